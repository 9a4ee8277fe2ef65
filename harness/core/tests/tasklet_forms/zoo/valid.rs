//! Valid Rust in odd places, none of which a rule forbids.

use switchback::{Backend, Channel, Error, Message, tasklet};

use super::counter;
use crate::{everywhere, reference::agrees};

agrees! {
    a_local_gets_its_first_value_behind_an_await(a: i64 = 5) -> i64;
    {
        let x: i64;
        x = op(a).await?;
        op(a).await?;
        Ok(x)
    }
    Ok(16) ""

    a_local_gets_its_first_value_in_branches(a: i64 = 5) -> i64;
    {
        let x: i64;
        if a > 3 { x = op(a).await?; } else { x = 2; }
        op(a).await?;
        Ok(x)
    }
    Ok(16) ""

    a_break_stands_in_an_argument_of_an_awaited_call(a: i64 = 5) -> i64;
    {
        let mut n: i64 = 0;
        loop {
            n += op(if n > 20 { break } else { a }).await?;
        }
        Ok(n)
    }
    Ok(32) ""

    a_continue_stands_in_an_argument_of_an_awaited_call(a: i64 = 5) -> i64;
    {
        let mut n: i64 = 0;
        let mut turns: i64 = 0;
        while turns < 4 {
            turns += 1;
            n += op(if turns == 2 { continue } else { turns }).await?;
        }
        Ok(n)
    }
    Ok(4 + 10 + 13) ""

    a_labelled_exit_stands_in_an_argument_of_an_awaited_call(a: i64 = 5) -> i64;
    {
        let v: i64 = 'out: loop {
            for i in 0..9i64 {
                op(if i == 3 { break 'out i } else { i }).await?;
            }
        };
        Ok(v)
    }
    Ok(3) ""

    an_exit_stands_in_a_macro_of_a_condition(a: i64 = 5) -> i64;
    {
        let mut n: i64 = 0;
        loop {
            n += op(a).await?;
            if matches!(if n > 20 { break } else { n }, 16) { e(1, ()); }
            op(a).await?;
        }
        Ok(n)
    }
    Ok(32) "e1"

    an_exit_stands_in_a_macro_of_a_head(a: i64 = 5) -> i64;
    {
        let mut n: i64 = 0;
        'all: loop {
            n += op(a).await?;
            for i in vec![n, if n > 20 { break 'all } else { 1 }] {
                n += i;
                op(a).await?;
            }
        }
        Ok(n)
    }
    Ok(49) ""

    a_guarded_arm_of_a_match_with_a_value_exits(a: i64 = 5) -> i64;
    {
        let mut n: i64 = 0;
        loop {
            let x: i64 = match n {
                0 => op(a).await?,
                m if m > 20 => break,
                m if m == 16 => { n += 1; continue }
                _ => 9,
            };
            n += x;
        }
        Ok(n)
    }
    Ok(26) ""

    a_labelled_block_is_the_value_of_a_let(a: i64 = 5) -> i64;
    {
        let v: i64 = 'z: { if a > 4 { break 'z op(a).await?; } 2 };
        Ok(v)
    }
    Ok(16) ""

    a_labelled_block_is_the_value_of_a_return(a: i64 = 5) -> i64;
    {
        Ok('z: { if a > 9 { break 'z op(a).await?; } op(2).await? })
    }
    Ok(7) ""

    a_variant_is_named_again_in_its_arm(a: i64 = 5) -> i64;
    {
        use std::cmp::Ordering::{self, *};
        let none: Option<i64> = None;
        let order: Ordering = a.cmp(&5);
        let mut n: i64 = match none {
            None => { op(a).await?; if none == None { 1 } else { 2 } }
            Some(n) => n,
        };
        n += match order {
            Equal => { op(a).await?; if order == Equal { 10 } else { 20 } }
            Less | Greater => 30,
        };
        Ok(n)
    }
    Ok(11) ""

    a_constant_is_named_again_in_its_arm(a: i64 = 5) -> i64;
    {
        const FIVE: i64 = 5;
        let n: i64 = match a { FIVE => { op(a).await?; FIVE * 2 } other => other };
        op(a).await?;
        Ok(n)
    }
    Ok(10) ""

    a_named_format_argument_awaits(a: i64 = 5) -> String;
    {
        let w: usize = 4;
        Ok(format!("{x}{y:>w$}{0}", op(3).await?, x = op(a).await?, y = op(1).await?))
    }
    Ok("16   410") ""

    known_macros_await_in_conditions(a: i64 = 5) -> i64;
    {
        let mut n: i64 = 0;
        if matches!(op(a).await?, 16) { n += 1; }
        if a > 9 { n += 2; } else if matches!(op(a).await?, 15..=17 if a == 5) { n += 10; }
        if format!("{}", op(a).await?) == "16" { n += 100; }
        if vec![op(a).await?, 1].len() == 2 { n += 1000; }
        while matches!(op(n).await?, 0..=9999) { n += 2000; }
        Ok(n)
    }
    Ok(5111) ""

    known_macros_await_as_statements(a: i64 = 5) -> i64;
    {
        assert!(op(a).await? == 16);
        assert!(op(a).await? == 16, "{a}");
        assert_eq!(op(a).await?, 16, "{}", a);
        assert_ne!(op(a).await?, op(a + 1).await?);
        Ok(1)
    }
    Ok(1) ""

    a_format_string_names_a_local_with_spaces(a: i64 = 5) -> String;
    {
        let x: i64 = a;
        op(a).await?;
        Ok(format!("{x }|{x:>3 }|{0 }", x))
    }
    Ok("5|  5|5") ""

    a_format_string_names_a_width_with_a_sign(a: i64 = 5) -> String;
    {
        let w: usize = 4;
        op(a).await?;
        Ok(format!("{:+w$}", a))
    }
    Ok("  +5") ""

    a_format_string_names_an_alternate_width(a: i64 = 5) -> String;
    {
        let w: usize = 6;
        let p: usize = 2;
        op(a).await?;
        Ok(format!("{:#w$x}|{:.p$}|{:<w$}|", a, 1.234, a))
    }
    Ok("   0x5|1.23|5     |") ""

    a_format_string_goes_over_lines(a: i64 = 5) -> String;
    {
        let x: i64 = a;
        let y: i64 = 7;
        op(a).await?;
        Ok(format!("{x} \
                    {y}"))
    }
    Ok("5 7") ""

    a_format_string_names_a_raw_identifier(a: i64 = 5) -> String;
    {
        let r#type: i64 = a;
        op(a).await?;
        Ok(format!("{type} {}", r#type))
    }
    Ok("5 5") ""

    a_raw_format_string_names_a_local(a: i64 = 5) -> String;
    {
        let x: i64 = a;
        op(a).await?;
        Ok(format!(r#"{x} "{{x}}""#))
    }
    Ok("5 \"{x}\"") ""

    /// The type of `x` is not written: it may not be kept for a text that only looks like it.
    a_text_with_braces_is_no_use_of_a_local(a: i64 = 5) -> String;
    {
        let x = a.wrapping_add(1).count_ones();
        e(x, ());
        op(a).await?;
        let text: String = "{x}".to_owned();
        Ok(text + &format!("{{x}}"))
    }
    Ok("{x}{x}") "e2"

    an_underscore_stands_in_the_type_of_a_local(a: i64 = 5) -> i64;
    {
        let v: Vec<_> = vec![op(a).await?];
        Ok(v.len() as i64)
    }
    Ok(1) ""

    a_macro_of_the_body_declares_a_local_it_uses(a: i64 = 5) -> i64;
    {
        macro_rules! twice { ($n:expr) => {{ let n: i64 = $n; n + n }} }
        let n: i64 = 3;
        op(a).await?;
        let m: i64 = twice!(n + 1);
        op(a).await?;
        Ok(m + n)
    }
    Ok(11) ""

    a_local_is_assigned_by_a_macro_of_the_body(a: i64 = 5) -> i64;
    {
        macro_rules! grow { ($n:ident, $by:expr) => { $n += $by; } }
        let mut n: i64 = 3;
        op(a).await?;
        grow!(n, works(4)?);
        op(a).await?;
        Ok(n)
    }
    Ok(7) "w4"
}

#[tasklet]
async fn ident<B: Backend, T: Message>(value: T) -> Result<T, Error> {
    B::schedule().await?;
    Ok(value)
}

#[tasklet]
async fn assigns_to_its_own_argument<B: Backend>() -> Result<String, Error> {
    let mut t: String = "t".to_owned();
    B::schedule().await?;
    t = ident::<B, String>(t).await?;
    B::schedule().await?;
    Ok(t)
}

#[test]
fn a_local_gets_what_a_call_makes_of_it() {
    assert_eq!(everywhere!(assigns_to_its_own_argument()), Ok("t".to_owned()));
}

#[tasklet]
async fn without_turbofish<B: Backend>(a: i64) -> Result<i64, Error> {
    let x: i64 = ident(a).await?;
    let text: String = ident("x".to_owned()).await?;
    B::schedule().await?;
    let inner: i64 = ident(a).await?;
    let outer: i64 = ident(inner).await?;
    Ok(x + text.len() as i64 + outer)
}

#[test]
fn a_generic_tasklet_is_called_without_turbofish() {
    assert_eq!(everywhere!(without_turbofish(5)), Ok(11));
}

#[tasklet]
async fn inner_attributes<B: Backend>(a: i64) -> Result<i64, Error> {
    #![allow(unused_variables)]
    let unread: i64 = a;
    B::schedule().await?;
    {
        #![allow(unused_mut)]
        let mut n: i64 = ident(a).await?;
    }
    ident::<B, i64>(a).await
}

#[test]
fn inner_attributes_stand_in_a_body() {
    assert_eq!(everywhere!(inner_attributes(5)), Ok(5));
}

#[tasklet]
async fn through_a_reference<B: Backend>() -> Result<u64, Error> {
    let rx: B::Channel<u64> = counter::<B>(1);
    let d = &rx;
    let first: u64 = d.receive().await?;
    let second: u64 = d.receive().await?;
    let sum: u64 = 10 * first + second;
    Ok(sum + rx.receive().await?)
}

#[test]
fn a_channel_is_used_through_a_reference() {
    assert_eq!(everywhere!(through_a_reference()), Ok(15));
}

/// Named like the method it awaits.
#[tasklet]
async fn schedule<B: Backend>(n: u64) -> Result<u64, Error> {
    B::schedule().await?;
    Ok(n + 1)
}

#[tasklet]
async fn receive<B: Backend>(from: B::Channel<u64>) -> Result<u64, Error> {
    let first = from.receive().await?;
    B::schedule().await?;
    Ok(first + from.receive().await? + schedule(1).await?)
}

#[tasklet]
async fn channel<B: Backend>() -> Result<u64, Error> {
    let from: B::Channel<u64> = B::channel();
    B::spawn(super::count(1, from.clone()));
    B::schedule().await?;
    receive(from).await
}

#[test]
fn a_tasklet_is_named_like_a_method_that_it_calls() {
    assert_eq!(everywhere!(schedule(1)), Ok(2));
    assert_eq!(everywhere!(channel()), Ok(5));
}

type Answer<T> = Result<T, Error>;
type Fault = Error;
type Number = Result<i64, Fault>;

#[tasklet]
async fn alias<B: Backend>(a: i64) -> Answer<i64> {
    B::schedule().await?;
    let b = own_error(a).await?;
    Ok(b + whole_alias(a).await?)
}

#[tasklet]
async fn own_error<B: Backend>(a: i64) -> Result<i64, Fault> {
    if a > 9 {
        return Err(Error::new("big", ""));
    }
    B::schedule().await?;
    Ok(a)
}

#[tasklet]
async fn whole_alias<B: Backend>(a: i64) -> Number {
    B::schedule().await?;
    Ok(a)
}

#[test]
fn a_result_has_another_name() {
    assert_eq!(everywhere!(alias(5)), Ok(10));
    assert_eq!(everywhere!(alias(10)).map_err(|e| e.name().to_owned()), Err("big".to_owned()));
}

mod elsewhere {
    pub use switchback as tasklets;
}

#[switchback::tasklet(crate = crate::zoo::valid::elsewhere::tasklets)]
async fn renamed<B: Backend>(a: i64) -> Result<i64, Error> {
    let n: i64 = own_error(a).await?;
    for _ in 0..2u64 {
        B::schedule().await?;
    }
    Ok(n)
}

#[test]
fn the_crate_has_another_name() {
    assert_eq!(everywhere!(renamed(5)), Ok(5));
}

/// Makes tasklets, with names of its own in their bodies.
macro_rules! adders {
    ($($name:ident($argument:ident: $ty:ty) adds $more:expr;)*) => {$(
        #[tasklet]
        async fn $name<B: Backend>($argument: $ty) -> Result<$ty, Error> {
            let more: $ty = $more;
            let more: $ty = { let more: $ty = more + 1; B::schedule().await?; more - 1 };
            let kept: $ty = ident::<B, $ty>($argument).await?;
            let (mut sum, _): ($ty, u8) = (0 as $ty, 0u8);
            for step in 0..2u64 {
                B::schedule().await?;
                sum += (kept + more) * (step as $ty);
            }
            Ok(sum)
        }
    )*};
}

adders! {
    adds_one(n: u64) adds 1;
    adds_more(n: i64) adds 2;
}

macro_rules! relays {
    ($name:ident, $item:ty, $body:expr) => {
        #[tasklet]
        async fn $name<B: Backend>(
            from: B::Channel<$item>,
            to: B::Channel<$item>,
        ) -> Result<(), Error> {
            let to: B::Channel<$item> = to;
            loop {
                let value = from.receive().await?;
                B::schedule().await?;
                to.send($body(value)).await?;
            }
        }
    };
}

fn twice(n: u64) -> u64 {
    2 * n
}

relays!(doubles, u64, twice);

#[tasklet]
async fn doubled<B: Backend>() -> Result<u64, Error> {
    let to: B::Channel<u64> = B::channel();
    B::spawn(doubles(counter::<B>(4), to.clone()));
    let first = to.receive().await?;
    Ok(first + to.receive().await?)
}

#[test]
fn a_macro_makes_tasklets() {
    assert_eq!(everywhere!(adds_one(5)), Ok(6));
    assert_eq!(everywhere!(adds_more(5)), Ok(7));
    assert_eq!(everywhere!(doubled()), Ok(18));
}

macro_rules! declare {
    ($name:ident = $value:expr) => {
        let $name: i64 = $value;
    };
}

#[tasklet]
async fn declared_by_a_macro<B: Backend>(a: i64) -> Result<i64, Error> {
    B::schedule().await?;
    declare!(n = a + 1);
    let m: i64 = n;
    B::schedule().await?;
    Ok(m)
}

#[test]
fn a_macro_of_another_declares_a_local() {
    assert_eq!(everywhere!(declared_by_a_macro(5)), Ok(6));
}
