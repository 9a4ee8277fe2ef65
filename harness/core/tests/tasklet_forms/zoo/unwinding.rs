//! A destructor that panics: all else that a body holds is dropped nevertheless, once, in order.

use crate::reference::{agrees, guard};

agrees! {
    a_destructor_panics_at_the_end_of_a_loop(a: i64 = 5) -> i64;
    {
        let _k: Guard = guard(1);
        loop { op(a).await?; let _b: Bomb = Bomb(2); }
    }
    Panic("bomb 2") "b2 d1"

    a_destructor_panics_at_the_end_of_a_while(a: i64 = 5) -> i64;
    {
        let k: Guard = guard(1);
        while op(a).await? == 16 { touch(&k); let _b: Bomb = Bomb(2); }
        Ok(0)
    }
    Panic("bomb 2") "t1 b2 d1"

    a_destructor_panics_at_the_end_of_a_for(a: i64 = 5) -> i64;
    {
        let k: Guard = guard(1);
        for i in 0..3i64 { op(a).await?; let _b: Bomb = Bomb(i); touch(&k); }
        Ok(0)
    }
    Panic("bomb 0") "t1 b0 d1"

    a_destructor_panics_at_a_continue(a: i64 = 5) -> i64;
    {
        let _k: Guard = guard(1);
        while op(1).await? == 4 {
            let _b: Bomb = Bomb(2);
            if a > 3 { continue; }
            op(2).await?;
        }
        Ok(0)
    }
    Panic("bomb 2") "b2 d1"

    a_destructor_panics_at_a_break(a: i64 = 5) -> i64;
    {
        let _k: Guard = guard(1);
        let v: Vec<Guard> = vec![guard(5), guard(6)];
        for _g in v { op(a).await?; let _b: Bomb = Bomb(3); break; }
        op(a).await?;
        Ok(0)
    }
    Panic("bomb 3") "b3 d5 d6 d1"

    the_item_of_a_loop_panics_when_it_is_dropped(a: i64 = 5) -> i64;
    {
        let _k: Guard = guard(9);
        let v: Vec<Bomb> = vec![Bomb(1), Bomb(2), Bomb(3)];
        for _b in v { let _h: Guard = guard(4); op(a).await?; }
        Ok(0)
    }
    Panic("bomb 1") "d4 b1 b2 b3 d9"

    a_destructor_panics_at_the_end_of_a_branch(a: i64 = 5) -> i64;
    {
        let _k: Guard = guard(1);
        if op(a).await? == 16 { let _b: Bomb = Bomb(2); op(a).await?; e(3, ()); }
        op(e(4, a)).await?;
        Ok(0)
    }
    Panic("bomb 2") "e3 b2 d1"

    a_destructor_panics_behind_the_value_of_a_branch(a: i64 = 5) -> i64;
    {
        let _k: Guard = guard(1);
        let n: i64 = if a > 3 { let _b: Bomb = Bomb(2); op(a).await? } else { 3 };
        op(e(4, a)).await?;
        Ok(n)
    }
    Panic("bomb 2") "b2 d1"

    a_destructor_panics_at_the_end_of_an_arm(a: i64 = 5) -> i64;
    {
        let _k: Guard = guard(1);
        let n: i64 = match op(a).await? {
            16 => { let _b: Bomb = Bomb(2); let _l: Guard = guard(3); op(a).await? }
            _ => 0,
        };
        op(e(4, a)).await?;
        Ok(n)
    }
    Panic("bomb 2") "d3 b2 d1"

    a_destructor_panics_at_the_end_of_an_arm_without_an_await(a: i64 = 5) -> i64;
    {
        let _k: Guard = guard(1);
        op(a).await?;
        match a { 5 => { let _b: Bomb = Bomb(2); e(3, ()); } _ => { op(a).await?; } }
        op(e(4, a)).await?;
        Ok(0)
    }
    Panic("bomb 2") "e3 b2 d1"

    a_destructor_panics_where_a_labelled_block_is_left(a: i64 = 5) -> i64;
    {
        let _k: Guard = guard(1);
        'out: {
            let _l: Guard = guard(2);
            let _b: Bomb = Bomb(3);
            let _m: Guard = guard(4);
            op(a).await?;
            if a > 3 { break 'out; }
            e(5, ());
        }
        op(e(6, a)).await?;
        Ok(0)
    }
    Panic("bomb 3") "d4 b3 d2 d1"

    a_destructor_panics_where_code_without_awaits_is_left(a: i64 = 5) -> i64;
    {
        let _k: Guard = guard(1);
        loop {
            op(a).await?;
            for i in 0..3i64 {
                let _b: Bomb = Bomb(i);
                let _m: Guard = guard(4);
                if a > 3 { break; }
            }
        }
    }
    Panic("bomb 0") "d4 b0 d1"

    a_destructor_panics_where_code_without_awaits_goes_on_outside(a: i64 = 5) -> i64;
    {
        let _k: Guard = guard(1);
        'outer: loop {
            op(a).await?;
            for i in 0..3i64 {
                let _b: Bomb = Bomb(i);
                let _m: Guard = guard(4);
                if a > 3 { continue 'outer; }
            }
        }
    }
    Panic("bomb 0") "d4 b0 d1"

    a_destructor_panics_at_the_end_of_a_callee(a: i64 = 5) -> i64;
    {
        let _k: Guard = guard(1);
        let n: i64 = bursts(guard(2)).await?;
        Ok(n)
    }
    Panic("bomb 2") "t2 b2 d2 d1"
}
