//! Types under `#[message]`: sent, written and read back.

use std::collections::HashMap;

use switchback::{
    Error, Message, message,
    pickle::{Reader, Writer},
    shape::Shapes,
};

fn again<T: Message>(value: &T) -> Result<T, Error> {
    let mut out = Writer::default();
    out.leaf(&value.clone())?;
    let bytes = out.into_bytes();
    let mut input = Reader::new(&bytes);
    let read = input.leaf()?;
    assert!(input.is_empty());
    Ok(read)
}

#[message]
#[derive(Debug, PartialEq)]
struct Plain {
    name: String,
    counts: HashMap<u8, Vec<u64>>,
}

#[message]
#[derive(Clone, Debug, PartialEq)]
enum Either<L, R: Message> {
    Left(L),
    Right { value: R, plain: Vec<Plain> },
    Neither,
}

#[test]
fn a_struct_reads_back_as_it_was_written() -> Result<(), Error> {
    let plain = Plain { name: "p".to_owned(), counts: HashMap::from([(1, vec![2, 3])]) };
    assert_eq!(again(&plain)?, plain);
    Ok(())
}

#[test]
fn a_generic_enum_reads_back_as_it_was_written() -> Result<(), Error> {
    let plain = vec![Plain { name: String::new(), counts: HashMap::new() }];
    for either in [Either::Left(7u64), Either::Right { value: 'r', plain }, Either::Neither] {
        assert_eq!(again(&either)?, either);
    }
    Ok(())
}

/// The fingerprint of a message type, and those of the messages in it, by name.
fn fingerprints<T: Message>() -> Vec<(&'static str, u64)> {
    let mut shapes = Shapes::default();
    T::describe(&mut shapes);
    shapes.list().iter().map(|shape| (shape.name, shape.fingerprint)).collect()
}

mod configured {
    use super::*;

    /// Of types that are not there, nothing is said.
    #[message]
    #[derive(Debug, PartialEq)]
    #[cfg_attr(all(), derive(Clone))]
    pub enum Order {
        #[cfg(any())]
        Other(NoType),
        Keep(#[cfg(any())] NoType, i64),
        #[cfg(not(any()))]
        Delete {
            #[cfg(any())]
            why: NoType,
            #[cfg_attr(any(), serde(skip))]
            at: i64,
        },
    }

    #[message]
    #[cfg(any())]
    pub struct Gone(NoType);

    pub fn plain() -> impl Message {
        #[message]
        enum Order {
            Keep(i64),
            Delete { at: i64 },
        }
        [Order::Keep(9), Order::Delete { at: 7 }]
    }

    pub fn local() -> (impl Message + PartialEq + std::fmt::Debug, usize) {
        #[message]
        #[derive(Debug, PartialEq)]
        struct Local {
            #[cfg(any())]
            more: NoType,
            x: u8,
        }
        (Local { x: 3 }, size_of::<Local>())
    }
}

#[test]
fn a_variant_or_field_that_is_not_there_is_no_part_of_a_message() -> Result<(), Error> {
    fn of<T: Message>(_: &T) -> Vec<(&'static str, u64)> {
        fingerprints::<T>()
    }
    let (keep, delete) = (configured::Order::Keep(9), configured::Order::Delete { at: 7 });
    let all = [keep, delete];
    assert_eq!(again(&all)?, all);
    // As if what is not there had never been written.
    assert_eq!(of(&all), of(&configured::plain()));
    let (local, size) = configured::local();
    assert_eq!((again(&local)?, size), (local, 1));
    Ok(())
}

/// Attributes of serde that the macro would write too.
mod spoken_for {
    use super::*;

    #[message]
    #[derive(Debug, PartialEq)]
    #[serde(bound = "")]
    pub struct Bounds<T: Message>(pub T);

    #[message]
    #[derive(Debug, PartialEq)]
    #[serde(bound(deserialize = "T: Message"))]
    pub struct Half<T>(pub T);

    #[message]
    #[derive(Debug, PartialEq)]
    #[serde(crate = "serde", rename_all = "camelCase")]
    pub struct Path<T> {
        pub some_value: T,
    }

    #[message]
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct Derived<T>(pub T);

    #[message]
    #[derive(Debug, PartialEq)]
    #[serde(into = "i64", try_from = "i64")]
    pub struct Converted(pub i64);

    impl From<Converted> for i64 {
        fn from(x: Converted) -> Self {
            x.0 + 1
        }
    }

    impl TryFrom<i64> for Converted {
        type Error = std::num::TryFromIntError;

        fn try_from(x: i64) -> Result<Self, Self::Error> {
            u32::try_from(x).map(|x| Self(i64::from(x) - 1))
        }
    }
}

#[test]
fn what_an_author_says_of_serde_is_not_said_twice() -> Result<(), Error> {
    use spoken_for::*;
    assert_eq!(again(&Bounds(7u8))?, Bounds(7u8));
    assert_eq!(again(&Half(8u8))?, Half(8u8));
    assert_eq!(again(&Path { some_value: 9u8 })?, Path { some_value: 9u8 });
    assert_eq!(again(&Derived(3u8))?, Derived(3u8));
    assert_eq!(again(&Converted(5))?, Converted(5));
    assert!(again(&Converted(-5)).is_err(), "the conversion refuses what it does not know");
    Ok(())
}
