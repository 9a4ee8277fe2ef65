//! Values that a pattern takes apart or that have no name: when their parts end.

use crate::reference::{agrees, guard};

agrees! {
    /// What a pattern names it moves; the number it leaves has no destructor.
    a_pattern_leaves_a_number_and_the_guard_is_held(a: i64 = 5) -> i64;
    {
        let pair: (i64, Guard) = (7, guard(1));
        let (_, g) = pair;
        let g: Guard = g;
        op(a).await?;
        Ok(e(3, touch(&g)))
    }
    Ok(1) "t1 e3 d1"

    a_text_left_by_a_pattern_may_end_early(a: i64 = 5) -> i64;
    {
        let pair: (String, Guard) = (format!("{a}"), guard(1));
        match pair {
            (_, g) => { let g: Guard = g; op(a).await?; e(3, ()); touch(&g); }
        }
        Ok(e(4, 0))
    }
    Ok(0) "e3 t1 d1 e4"

    an_underscore_ends_the_value_of_a_block_that_awaits(a: i64 = 5) -> i64;
    {
        let _ = { op(a).await?; guard(1) };
        e(3, ());
        let _ = if a > 3 { made(4).await? } else { guard(5) };
        e(6, ());
        let _ = match op(1).await? { 4 => guard(7), _ => guard(8) };
        e(9, ());
        _ = { op(1).await?; guard(10) };
        Ok(e(11, 0))
    }
    Ok(0) "d1 e3 d4 e6 d7 e9 d10 e11"

    a_pattern_ends_what_it_leaves_of_a_block_that_awaits(a: i64 = 5) -> i64;
    {
        let (first, _) = { (made(a).await?, guard(4)) };
        let first: Guard = first;
        e(1, ());
        let Some((second, _)) = ({ op(1).await?; Some((guard(6), guard(7))) }) else { return Ok(3) };
        let second: Guard = second;
        e(2, ());
        let (_, third): (Guard, Guard) = if a > 3 { (made(8).await?, guard(9)) } else { return Ok(4) };
        Ok(e(3, first.number() + second.number() + third.number()))
    }
    Ok(20) "d4 e1 d7 e2 d8 e3 d9 d6 d5"

    a_copy_out_of_the_value_of_a_block_ends_the_rest(a: i64 = 5) -> i64;
    {
        let Guard(n) = { op(a).await?; guard(2) };
        let n: i64 = n;
        e(3, ());
        op(n).await?;
        Ok(n)
    }
    Ok(2) "d2 e3"

    a_block_that_awaits_is_a_temporary_of_its_statement(a: i64 = 5) -> i64;
    {
        let n: i64 = touch(&{ op(a).await?; guard(9) });
        e(3, ());
        let m: i64 = ({ op(a).await?; guard(8) }).number() + e(4, 1);
        e(5, ());
        let k: i64 = (if n > 1 { made(7).await? } else { guard(6) }).0;
        Ok(e(6, n + m + k))
    }
    Ok(25) "t9 d9 e3 e4 d8 e5 d7 e6"

    a_condition_ends_its_temporaries_before_the_branch(a: i64 = 5) -> i64;
    {
        if touch(&made(2).await?) == 2 { e(1, ()); op(a).await?; }
        let mut rounds: i64 = 0;
        while touch(&made(3).await?) > rounds { rounds += 2; e(4, ()); }
        Ok(rounds)
    }
    Ok(4) "t2 d2 e1 t3 d3 e4 t3 d3 e4 t3 d3"

    an_arm_without_a_name_leaves_the_local(a: i64 = 5) -> i64;
    {
        let made: Option<Guard> = Some(guard(a));
        match made {
            Some(g) if g.0 == 1 => { let g: Guard = g; op(1).await?; touch(&g); }
            _ => { op(2).await?; e(1, ()); }
        }
        Ok(e(2, 0))
    }
    Ok(0) "e1 e2 d5"

    a_condition_at_the_end_of_a_body_ends_what_it_made(a: i64 = 5) -> i64;
    {
        let mut left: i64 = 2;
        while left > 0 {
            left -= 1;
            let Some(x) = Some(1i64) else { break; };
            let x: i64 = x;
            if op(a).await? > op(x).await? { e(1, ()); }
        }
        Ok(e(2, 0))
    }
    Ok(0) "e1 e1 e2"

    a_text_as_a_temporary_of_an_awaited_call(a: i64 = 5) -> i64;
    {
        let n: i64 = op(a.to_string().len() as i64).await?;
        let m: i64 = format!("{n}{n}").len() as i64 + op(vec![n, a].len() as i64).await?;
        Ok(n + m)
    }
    Ok(13) ""

    an_assignment_that_takes_apart_gives_values(a: i64 = 5) -> i64;
    {
        let x: i64;
        let y: i64;
        (x, _) = (op(a).await?, 1);
        [y, _] = [x + 1, op(x).await?];
        let mut z: i64 = a;
        let n: i64 = z ^ op({ (z, _) = (a + 1, 0); z }).await?;
        Ok(x + y + z + n)
    }
    Ok(61) ""

    a_variant_without_a_part_leaves_nothing(a: i64 = 5) -> i64;
    {
        let mut all: Vec<Guard> = vec![guard(1)];
        let mut n: i64 = 0;
        loop {
            match Some(all.pop()) {
                Some(Some(g)) => { let g: Guard = g; op(a).await?; n += touch(&g); }
                Some(None) => { op(a).await?; break; }
                None => return Ok(e(1, 0)),
            }
        }
        Ok(e(2, n))
    }
    Ok(1) "t1 d1 e2"
}
