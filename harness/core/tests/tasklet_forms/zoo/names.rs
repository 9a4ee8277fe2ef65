//! Paths, generics, visibility and names that could collide with generated ones.

// Needlessly long paths are the subject here.
#![allow(unused_qualifications)]

use switchback::{Backend, Channel, Error, Message, tasklet};

use self::inner::State;
use crate::everywhere;

mod inner {
    use switchback::message;

    /// Named like the generated enum, and like the generated call.
    #[message]
    #[derive(Debug, PartialEq)]
    pub struct State(pub u64);
    pub type Call = State;

    pub mod deep {
        use switchback::{Backend, Error, tasklet};

        #[tasklet]
        pub(in crate::zoo::names) async fn up<B: Backend>(n: u64) -> Result<u64, Error> {
            B::schedule().await?;
            Ok(super::super::add(self::one(), n))
        }

        fn one() -> u64 {
            1
        }
    }
}

use inner::Call;

fn add(a: u64, b: u64) -> u64 {
    a + b
}

#[tasklet]
async fn collide<B: Backend>(state: State) -> Result<Call, Error> {
    let kept: Call = State(state.0 + 1);
    B::schedule().await?;
    let up = self::inner::deep::up(kept.0).await?;
    B::schedule().await?;
    Ok(inner::State(up))
}

#[test]
fn names_of_the_generated_module_hide_nothing() {
    assert_eq!(everywhere!(collide(State(1))), Ok(State(3)));
}

#[tasklet]
async fn relay<B: Backend, T, const N: usize>(
    from: B::Channel<T>,
    to: B::Channel<T>,
) -> Result<(), Error>
where
    T: Message,
{
    for _ in 0..N {
        let value = from.receive().await?;
        to.send(value).await?;
    }
    Ok(())
}

#[tasklet]
async fn relayed<B: Backend>(word: String) -> Result<String, Error> {
    let (from, to): (B::Channel<String>, B::Channel<String>) = (B::channel(), B::channel());
    B::spawn(relay::<B, String, 2>(from.clone(), to.clone()));
    from.send(word.clone()).await?;
    let first = to.receive().await?;
    from.send(word).await?;
    Ok(first + &to.receive().await?)
}

#[test]
fn a_tasklet_is_generic_over_messages_and_numbers() {
    assert_eq!(everywhere!(relayed("ab".to_owned())), Ok("abab".to_owned()));
}

#[tasklet]
async fn argument_patterns<B: Backend>(
    (a, b): (u64, u64),
    _: bool,
    mut c: u64,
) -> Result<u64, Error> {
    B::schedule().await?;
    c += a;
    B::schedule().await?;
    Ok(b * c)
}

#[test]
fn arguments_are_taken_apart() {
    assert_eq!(everywhere!(argument_patterns((2, 3), true, 4)), Ok(18));
}

#[tasklet]
async fn items<B: Backend>(n: u64) -> Result<u64, Error> {
    use std::cmp::max;
    const STEP: u64 = 3;
    fn twice(n: u64) -> u64 {
        2 * n
    }
    B::schedule().await?;
    let more: u64 = twice(n) + STEP;
    B::schedule().await?;
    Ok(max(more, twice(more - n)))
}

#[test]
fn items_in_the_body_are_seen_after_an_await() {
    assert_eq!(everywhere!(items(4)), Ok(14));
}

#[tasklet]
async fn shadows<B: Backend>(n: u64) -> Result<u64, Error> {
    let n = n + 1;
    B::schedule().await?;
    if n == 3 {
        let n: u64 = n * 100;
        B::schedule().await?;
        return Ok(n);
    }
    let n = n * 2;
    B::schedule().await?;
    Ok(n)
}

#[test]
fn an_inner_name_does_not_replace_an_outer_one() {
    assert_eq!(everywhere!(shadows(4)), Ok(10));
    assert_eq!(everywhere!(shadows(2)), Ok(300));
}

#[tasklet]
async fn nothing<B: Backend>() -> Result<(), Error> {
    Ok(())
}

#[test]
fn a_tasklet_may_never_suspend() {
    assert_eq!(everywhere!(nothing()), Ok(()));
}

/// A trait in scope that has methods for every type, with the names that generated code could use.
mod blanket {
    use switchback::{Backend, Error, message, tasklet};

    use crate::everywhere;

    macro_rules! methods {
        ($($name:ident)*) => {
            #[allow(dead_code)]
            trait Everything {
                $(fn $name(&self) -> u64 {
                    7
                })*
            }
        };
    }
    methods!(copy write read describe number word part named leaf like output short step start waits);
    impl<T> Everything for T {}

    /// No message: the message that holds it says how it is written.
    #[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
    struct Foreign;

    #[message]
    struct Guard(u64, Foreign);

    impl Drop for Guard {
        fn drop(&mut self) {
            self.0 = 0;
        }
    }

    #[tasklet]
    async fn kept<B: Backend>(n: u64) -> Result<u64, Error> {
        let guard: Guard = Guard(n, Foreign);
        let seen: u64 = guard.0;
        B::schedule().await?;
        B::schedule().await?;
        Ok(seen + n.copy())
    }

    #[test]
    fn a_trait_of_all_types_takes_no_method_from_a_frame() {
        assert_eq!(everywhere!(kept(5)), Ok(12));
    }
}

/// Tasklets that a macro makes: its own locals have the names of those of its caller.
macro_rules! with_locals_of_its_own {
    ($name:ident, $x:ident, $value:expr, $text:expr) => {
        #[tasklet]
        async fn $name<B: Backend>($x: i64) -> Result<(i64, String), Error> {
            let x: String = "of the macro".to_owned();
            B::schedule().await?;
            let mut total: i64 = 0;
            let all: Vec<i64> = vec![1, 2];
            for n in all {
                let x: i64 = 100 * n + x.len() as i64;
                deep_up::<B>(1).await?;
                total += x + $value;
            }
            let more: i64 = total + deep_up::<B>(0).await? as i64 + $value;
            if let Some(x) = Some(more) {
                B::schedule().await?;
                total += x - $value;
            }
            let text: String = format!("{x} {}", $text);
            B::schedule().await?;
            Ok((total, text))
        }
    };
}

use self::inner::deep::up as deep_up;

with_locals_of_its_own!(named_alike, x, x + 1, format!("{x}"));
with_locals_of_its_own!(named_otherwise, y, y + 1, format!("{y}"));

#[test]
fn locals_of_a_macro_are_not_those_of_its_caller() {
    let own = everywhere!(named_otherwise(5));
    // An expression that the macro takes is one operand: 112 and 212 and twice 6, then 1 more.
    assert_eq!(own, Ok((336 + 337, "of the macro 5".to_owned())));
    assert_eq!(everywhere!(named_alike(5)), own);
}
