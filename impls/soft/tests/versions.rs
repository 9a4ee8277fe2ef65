//! A pickle meets another version of its program: what has changed is named, what has not is
//! accepted, and relaxing is said by name.
//!
//! The versions of a message type stand in functions of their own: their paths are those of the
//! module, so they are the same, as they are in two builds of one program.

// What is kept over an await has its type written where it is made.
#![allow(clippy::type_complexity)]

use switchback::{
    Backend, Channel, Control, Error, Kind, Message, Portable, frame::FrameList, message,
    shape::Shapes, tasklet,
};
use switchback_soft::Soft;

#[tasklet]
async fn write<B: Portable, T: Message>(roots: T) -> Result<Vec<u8>, Error> {
    B::dump(&roots, &FrameList::default())
}

#[tasklet]
async fn read<B: Portable, T: Message>(bytes: Vec<u8>, accepted: Vec<String>) -> Result<T, Error> {
    let mut program: FrameList = FrameList::default();
    for name in &accepted {
        program.accept_changed(name.as_str());
    }
    B::load(&bytes, &program)
}

/// What a program says that has `New` where the one that wrote the pickle had `Old`.
fn upgraded<Old: Message, New: Message>(old: Old, accepted: &[&str]) -> Result<New, Error> {
    let bytes = Soft::run(write(old)).expect("a pickle");
    let accepted = accepted.iter().map(|name| (*name).to_owned()).collect();
    Soft::run(read::<Soft, New>(bytes, accepted))
}

#[track_caller]
fn refused<Old: Message, New: Message>(old: Old, what: &str) {
    let error = upgraded::<Old, New>(old, &[]).err().expect("another version");
    assert_eq!(error.kind(), Kind::BadPickle);
    assert!(error.detail().starts_with("at byte "), "{error}");
    assert!(error.detail().contains(what), "{error}");
}

mod old {
    use super::*;

    /// An order of one item, in the version that wrote the pickles.
    pub fn order() -> impl Message {
        #[message]
        struct Item {
            name: String,
            price: u32,
        }
        #[message]
        struct Order {
            items: Vec<Item>,
            reply: Option<u64>,
        }
        Order { items: vec![Item { name: "pen".into(), price: 3 }], reply: None }
    }

    pub fn note() -> impl Message {
        #[message]
        enum Note {
            Begun,
            Done { orders: u32 },
        }
        [Note::Begun, Note::Done { orders: 2 }]
    }

    macro_rules! versions {
        ($($test:ident: $outcome:expr => { $($item:item)+ })*) => {
            $(#[test]
            fn $test() {
                $(#[message]
                #[allow(dead_code)]
                $item)+
                $outcome
            })*
        };
    }

    versions!(
        comments_blanks_and_visibility_do_not_count:
            assert!(upgraded::<_, Order>(order(), &[]).is_ok()) => {
            /// What it is.
            pub(crate) struct Item { /* called */ pub name: String, pub price: u32, }
            pub struct Order { items: Vec<Item>, reply: Option<u64> }
            }
        a_field_of_another_type_in_a_nested_message:
            refused::<_, Order>(order(), "message type versions::old::Item has changed") => {
            struct Item { name: String, price: u64 }
            struct Order { items: Vec<Item>, reply: Option<u64> }
            }
        a_renamed_field:
            refused::<_, Order>(order(), "message type versions::old::Item has changed") => {
            struct Item { name: String, cost: u32 }
            struct Order { items: Vec<Item>, reply: Option<u64> }
            }
        fields_in_another_order:
            refused::<_, Order>(order(), "message type versions::old::Item has changed") => {
            struct Item { price: u32, name: String }
            struct Order { items: Vec<Item>, reply: Option<u64> }
            }
        a_field_more:
            refused::<_, Order>(order(), "message type versions::old::Order has changed") => {
            struct Item { name: String, price: u32 }
            struct Order { items: Vec<Item>, reply: Option<u64>, late: bool }
            }
        another_container_of_the_same_bytes:
            refused::<_, Order>(order(), "message type versions::old::Order has changed") => {
            struct Item { name: String, price: u32 }
            struct Order { items: std::collections::VecDeque<Item>, reply: Result<u64, Error> }
            }
        a_renamed_nested_message:
            refused::<_, Order>(order(), "message type versions::old::Item is in the pickle") => {
            struct Article { name: String, price: u32 }
            struct Order { items: Vec<Article>, reply: Option<u64> }
            }
        a_renamed_root:
            refused::<_, Command>(order(), "message type versions::old::Order is in the pickle") => {
            struct Item { name: String, price: u32 }
            struct Command { items: Vec<Item>, reply: Option<u64> }
            }
        variants_in_another_order:
            refused::<_, [Note; 2]>(note(), "message type versions::old::Note has changed") => {
            enum Note { Done { orders: u32 }, Begun }
            }
        a_renamed_variant:
            refused::<_, [Note; 2]>(note(), "message type versions::old::Note has changed") => {
            enum Note { Begun, Over { orders: u32 } }
            }
        roots_of_another_type:
            refused::<_, [Note; 3]>(note(), "the roots are of another type") => {
            enum Note { Begun, Done { orders: u32 } }
            }
    );

    #[test]
    fn a_change_that_is_accepted_by_name_is_read_as_what_it_is_now() {
        #[message]
        struct Item {
            name: String,
            cost: u64,
        }
        #[message]
        struct Order {
            items: Vec<Item>,
            reply: Option<u64>,
        }
        let other = upgraded::<_, Order>(order(), &["versions::old::Order"]);
        assert!(other.is_err(), "another name was accepted");
        let order: Order = upgraded(order(), &["versions::old::Item"]).expect("accepted");
        assert_eq!((order.items[0].name.as_str(), order.items[0].cost), ("pen", 3));
    }
}

#[message]
struct Of<T> {
    value: T,
}

#[test]
fn instances_of_a_generic_message_are_told_apart() {
    let pair = (Of { value: 1u32 }, Of { value: 2u64 });
    assert!(upgraded::<_, (Of<u32>, Of<u64>)>(pair.clone(), &[]).is_ok());
    refused::<_, (Of<u64>, Of<u32>)>(pair, "the roots are of another type");
}

#[tasklet]
async fn generic<B: Backend, T: Message>(value: T, out: B::Channel<T>) -> Result<(), Error> {
    B::schedule().await?;
    out.send(value).await
}

#[tasklet]
async fn two_instances<B: Portable>() -> Result<(), Error> {
    let (words, numbers): (B::Channel<String>, B::Channel<u64>) = (B::channel(), B::channel());
    let a = B::spawn_paused(generic::<B, String>("seven".to_owned(), words.clone()))?;
    let b = B::spawn_paused(generic::<B, u64>(7, numbers.clone()))?;
    let mut program = B::program::<generic::Call<B, u64>>();
    program.add::<B, generic::Call<B, String>>();
    let bytes = B::dump(&(vec![a, b], words, numbers), &program)?;
    let (all, words, numbers): (Vec<B::Handle>, B::Channel<String>, B::Channel<u64>) =
        B::load(&bytes, &program)?;
    for t in &all {
        t.insert()?;
    }
    assert_eq!(words.receive().await?, "seven");
    assert_eq!(numbers.receive().await?, 7);
    Ok(())
}

#[test]
fn instances_of_a_generic_tasklet_come_back_as_what_they_were() {
    Soft::run(two_instances()).unwrap();
}

#[tasklet]
async fn clerk<B: Backend>(orders: B::Channel<u64>) -> Result<u64, Error> {
    orders.receive().await
}

#[tasklet]
async fn office<B: Backend>(orders: B::Channel<u64>) -> Result<(), Error> {
    clerk(orders).await.map(drop)
}

#[tasklet]
async fn freeze<B: Portable>() -> Result<Vec<u8>, Error> {
    let orders: B::Channel<u64> = B::channel();
    let t = B::spawn(office(orders.clone()));
    B::schedule().await?;
    B::dump(&(t, orders), &B::program::<office::Call<B>>())
}

#[tasklet]
async fn thaw<B: Portable>(bytes: Vec<u8>, accepted: String) -> Result<(), Error> {
    let mut program: FrameList = B::program::<office::Call<B>>();
    program.accept_changed(accepted);
    let (t, orders): (B::Handle, B::Channel<u64>) = B::load(&bytes, &program)?;
    orders.send(1).await?;
    drop(t);
    Ok(())
}

/// As made by a program in which the code of `name` was another.
fn with_other_code(name: &str) -> Vec<u8> {
    let mut bytes = Soft::run(freeze()).unwrap();
    let at = bytes.windows(name.len()).position(|w| w == name.as_bytes()).expect("its name");
    bytes[at + name.len()] ^= 1;
    bytes
}

#[test]
fn a_changed_function_is_named_and_may_be_accepted_by_that_name() {
    for name in ["versions::clerk", "versions::office"] {
        let error = Soft::run(thaw(with_other_code(name), String::new())).unwrap_err();
        assert_eq!(error.kind(), Kind::BadPickle);
        let cause = format!("{name} has changed since the pickle was made");
        assert!(error.detail().contains(&cause), "{error}");
        assert_eq!(Soft::run(thaw(with_other_code(name), name.to_owned())), Ok(()));
    }
    let other = thaw(with_other_code("versions::clerk"), "versions::office".to_owned());
    assert!(Soft::run(other).is_err());
}

#[test]
fn a_format_of_another_version_is_refused() {
    let mut bytes = Soft::run(freeze()).unwrap();
    bytes[4] = 9;
    let error = Soft::run(thaw(bytes, String::new())).unwrap_err();
    assert!(error.detail().contains("format version 9, this program reads 2"), "{error}");
}

/// Contains itself by way of another, which `#[message]` cannot see.
#[message]
struct Tree {
    branches: Vec<Branch>,
}

#[message]
struct Branch {
    to: Option<Box<Tree>>,
}

/// Contains a channel of what contains a channel of it, which holds nothing.
#[message]
struct Request<B: Backend> {
    to: B::Channel<Answer<B>>,
}

#[message]
struct Answer<B: Backend> {
    more: B::Channel<Request<B>>,
}

#[test]
fn a_message_that_contains_itself_is_refused_in_both_directions() {
    let tree = Tree { branches: vec![Branch { to: None }] };
    let error = Soft::run(write(tree)).unwrap_err();
    assert_eq!(error.kind(), Kind::NotPicklable);
    assert!(error.detail().contains("versions::Tree contains itself"), "{error}");
    let bytes = Soft::run(write(1u8)).unwrap();
    let error = Soft::run(read::<Soft, Tree>(bytes, Vec::new())).err().expect("refused");
    assert!(error.detail().contains("versions::Tree contains itself"), "{error}");
    let mut shapes = Shapes::default();
    Request::<Soft>::describe(&mut shapes);
    assert_eq!(shapes.in_itself(), None);
}
