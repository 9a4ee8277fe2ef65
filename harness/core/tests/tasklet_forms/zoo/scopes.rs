//! Names, items and `cfg`s in the blocks of a body.

use crate::reference::agrees;

pub mod names {
    /// Named like a type of the signature.
    #[allow(dead_code)]
    pub struct Error;
    pub const LIMIT: i64 = 3;
}

agrees! {
    an_item_of_an_inner_block_is_not_seen_behind_it() -> i64;
    {
        fn price() -> i64 { 1 }
        { fn price() -> i64 { 2 } B::schedule().await?; e(price() as u32, ()); }
        Ok(price())
    }
    Ok(1) "e2"

    an_outer_function_is_called_behind_a_block_that_hides_it(a: i64 = 5) -> i64;
    {
        let early: i64 = { B::schedule().await?; price() };
        let hidden: i64 = { fn price() -> i64 { 30 } op(a).await?; price() };
        fn price() -> i64 { 100 }
        Ok(early + hidden + price())
    }
    Ok(230) ""

    a_const_of_an_inner_block_is_not_seen_behind_it(a: i64 = 5) -> i64;
    {
        const STEP: i64 = 1;
        let inner: i64 = { const STEP: i64 = 20; op(a).await?; STEP };
        B::schedule().await?;
        Ok(inner + STEP)
    }
    Ok(21) ""

    two_blocks_have_a_const_of_one_name(a: i64 = 5) -> i64;
    {
        let one: i64 = { const N: i64 = 1; op(a).await?; N };
        let two: i64 = { const N: i64 = 2; op(a).await?; N };
        Ok(10 * one + two)
    }
    Ok(12) ""

    two_blocks_have_a_struct_of_one_name(a: i64 = 5) -> i64;
    {
        let one: i64 = { struct Unit(i64); op(a).await?; let u = Unit(1); u.0 };
        let two: i64 = { struct Unit { n: i64 } op(a).await?; let u = Unit { n: 2 }; u.n };
        Ok(10 * one + two)
    }
    Ok(12) ""

    a_use_of_an_inner_block_is_not_seen_behind_it(a: i64 = 5) -> i64;
    {
        use std::cmp::max as pick;
        let inner: i64 = { use std::cmp::min as pick; op(a).await?; pick(1, 20) };
        B::schedule().await?;
        Ok(inner + pick(1, 20))
    }
    Ok(21) ""

    a_second_macro_of_one_name_is_seen_from_there_on(a: i64 = 5) -> i64;
    {
        macro_rules! n { () => { 1i64 } }
        let one: i64 = n!();
        op(a).await?;
        let two: i64 = { macro_rules! n { () => { 20i64 } } op(a).await?; n!() };
        op(a).await?;
        let three: i64 = n!();
        macro_rules! n { () => { 300i64 } }
        op(a).await?;
        Ok(one + two + three + n!())
    }
    Ok(322) ""

    a_glob_in_the_body_leaves_the_signature_alone(a: i64 = 5) -> i64;
    {
        use crate::zoo::scopes::names::*;
        op(a).await?;
        Ok(LIMIT)
    }
    Ok(3) ""

    a_local_is_shadowed_in_its_block_only(a: i64 = 5) -> i64;
    {
        let n: i64 = a;
        let inner: i64 = { let n: i64 = n + 1; op(n).await?; let n: i64 = n * 10; op(n).await?; n };
        op(n).await?;
        Ok(n * 100 + inner)
    }
    Ok(560) ""

    a_pattern_shadows_in_its_arm_only(a: i64 = 5) -> i64;
    {
        let n: i64 = a;
        let m: Option<i64> = Some(7);
        let inner: i64 = match m {
            Some(n) if n > 5 => { op(n).await?; n }
            _ => 0,
        };
        if let Some(n) = m { op(n).await?; e(n as u32, ()); }
        Ok(100 * n + inner)
    }
    Ok(507) "e7"

    /// rustc says what is there; a macro may not run what is not.
    a_statement_that_is_not_there_does_not_await(a: i64 = 5) -> i64;
    {
        #[cfg(any())]
        op(e(1, a)).await?;
        #[cfg(all())]
        op(e(2, a)).await?;
        #[cfg(any())]
        let a = 100;
        Ok(a)
    }
    Ok(5) "e2"

    an_arm_that_is_not_there_is_not_taken(a: i64 = 5) -> i64;
    {
        let n: i64 = match a {
            #[cfg(any())]
            5 => op(e(1, 1)).await?,
            #[cfg(all())]
            5 => op(e(2, 2)).await?,
            _ => 0,
        };
        Ok(n)
    }
    Ok(7) "e2"

    a_field_that_is_not_there_is_not_filled(a: i64 = 5) -> (i64, i64);
    {
        let p: Pair = Pair {
            #[cfg(any())]
            a: op(e(1, 1)).await?,
            #[cfg(all())]
            a: op(e(2, 2)).await?,
            b: e(3, a),
        };
        op(a).await?;
        Ok((p.a, p.b))
    }
    Ok((7, 5)) "e2 e3"

    an_element_that_is_not_there_is_not_evaluated(a: i64 = 5) -> Vec<i64>;
    {
        let v: Vec<i64> = [#[cfg(any())] op(e(1, 1)).await?, op(e(2, 2)).await?, a].to_vec();
        op(a).await?;
        Ok(v)
    }
    Ok([7, 5]) "e2"

    a_block_that_is_not_there_is_not_entered(a: i64 = 5) -> i64;
    {
        let mut n: i64 = a;
        #[cfg(any())]
        { n += op(e(1, a)).await?; }
        #[cfg(all())]
        { n += op(e(2, a)).await?; }
        #[cfg(any())]
        if n > 0 { return Ok(op(e(3, a)).await?); }
        Ok(n)
    }
    Ok(21) "e2"
}
