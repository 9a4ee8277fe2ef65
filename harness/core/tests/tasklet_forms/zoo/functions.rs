//! Whole functions: generics, names, aliases, macros that make them. None of it a rule forbids.

// Paths of macros, and conditions that are always true.
#![allow(unused_qualifications, clippy::non_minimal_cfg)]

use switchback::{Backend, Channel, Error, Message, tasklet};

use super::counter;
use crate::everywhere;

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
    let first = d.receive().await?;
    let second = d.receive().await?;
    Ok(10 * first + second + rx.receive().await?)
}

#[test]
fn a_channel_is_used_through_a_reference() {
    assert_eq!(everywhere!(through_a_reference()), Ok(15));
}

#[tasklet]
async fn inferred<B: Backend>() -> Result<usize, Error> {
    let all: Vec<_> = vec![1u64, 2];
    let n: usize = all.len();
    B::schedule().await?;
    Ok(n)
}

#[test]
fn an_underscore_stands_in_the_type_of_a_local_that_nothing_reads() {
    assert_eq!(everywhere!(inferred()), Ok(2));
}

#[tasklet]
async fn nested_without_turbofish<B: Backend>(a: i64) -> Result<i64, Error> {
    let x: i64 = 1;
    Ok(x + ident(ident(a).await?).await?)
}

#[test]
fn generic_tasklets_nest_without_turbofish() {
    assert_eq!(everywhere!(nested_without_turbofish(5)), Ok(6));
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
use switchback::Error as Failure;
type Number = Result<i64, Fault>;

#[tasklet]
async fn alias<B: Backend>(a: i64) -> Answer<i64> {
    B::schedule().await?;
    let b = own_error(a).await?;
    Ok(b + imported(a).await?)
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
async fn imported<B: Backend>(a: i64) -> Result<i64, Failure> {
    B::schedule().await?;
    whole_alias(a).await
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

#[switchback::tasklet(crate = crate::zoo::functions::elsewhere::tasklets)]
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

#[tasklet]
async fn configured<B: Backend>(
    a: i64,
    #[cfg(any())] b: NoType,
    #[cfg(all())] c: i64,
) -> Result<i64, Error> {
    B::schedule().await?;
    Ok(a + c)
}

#[tasklet]
#[cfg(any())]
async fn absent<B: Backend>(a: NoType) -> Result<NoType, Error> {
    op(a).await
}

#[tasklet]
#[cfg(all())]
#[cfg_attr(any(), no_such_attribute)]
async fn absent<B: Backend>(a: i64) -> Result<i64, Error> {
    B::schedule().await?;
    Ok(a)
}

#[test]
fn a_tasklet_that_is_not_there_leaves_nothing() {
    assert_eq!(everywhere!(absent(4)), Ok(4));
}

#[test]
fn a_parameter_that_is_not_there_is_not_passed() {
    assert_eq!(everywhere!(configured(1, 2)), Ok(3));
}
