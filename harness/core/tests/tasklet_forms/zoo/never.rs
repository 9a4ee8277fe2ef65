//! Code that is never reached, since something before it does not end.

use crate::reference::{agrees, guard};

agrees! {
    an_argument_of_an_awaited_call_panics(a: i64 = 5) -> i64;
    {
        let _k: Guard = guard(1);
        let n: i64 = both(op(a).await?, { panic!("m{}", e(2, a)) }).await?;
        Ok(e(3, n))
    }
    Panic("m5") "e2 d1"

    the_only_argument_of_an_awaited_call_panics(a: i64 = 5) -> i64;
    {
        let n: i64 = op(unreachable!("{}", e(1, a))).await?;
        Ok(e(3, n))
    }
    Panic("internal error: entered unreachable code: 5") "e1"

    an_argument_of_an_awaited_call_returns(a: i64 = 5) -> i64;
    {
        let _k: Guard = guard(1);
        let n: i64 = both(op(a).await?, return Ok(e(2, 6))).await?;
        op(e(3, n)).await
    }
    Ok(6) "e2 d1"

    the_only_argument_of_an_awaited_call_returns(a: i64 = 5) -> i64;
    {
        let n: i64 = op({ return Ok(e(2, 6)) }).await?;
        Ok(e(3, n))
    }
    Ok(6) "e2"

    an_argument_of_an_awaited_call_leaves_a_loop(a: i64 = 5) -> i64;
    {
        for i in 0..3i64 {
            let _g: Guard = guard(i);
            op({ if e(10 + i as u32, i) == 1 { break } else { continue } }).await?;
        }
        loop { op({ break }).await?; }
        Ok(e(3, a))
    }
    Ok(5) "e10 d0 e11 d1 e3"

    an_argument_of_a_method_that_is_awaited_returns(a: i64 = 5) -> i64;
    {
        fn same<T>(value: T) -> T { value }
        let n: i64 = same(op(a).await?) + eats(made(return Ok(e(2, 6))).await?).await?;
        Ok(e(3, n))
    }
    Ok(6) "e2"

    all_arms_of_a_scrutinee_leave(a: i64 = 5) -> i64;
    {
        let n: i64 = match (if a > 3 { return Ok(e(1, 1)) } else { panic!("x") }) {
            4 => op(a).await?,
            _ => 3,
        };
        Ok(op(e(2, n)).await?)
    }
    Ok(1) "e1"

    a_condition_leaves(a: i64 = 5) -> i64;
    {
        op(a).await?;
        if return Ok(e(1, 1)) { op(a).await?; }
        while panic!("x") { op(a).await?; }
        op(e(2, a)).await
    }
    Ok(1) "e1"

    a_loop_is_left_before_it_goes_on(a: i64 = 5) -> i64;
    {
        loop {
            op(a).await?;
            { if a > 3 { return Ok(e(1, 1)); continue; } }
            panic!("x");
            continue;
        }
    }
    Ok(1) "e1"
}
