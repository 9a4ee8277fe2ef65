//! What may travel over a channel.

use serde::{Serialize, de::DeserializeOwned};

/// A value that channels carry and frames keep.
///
/// Not a blanket impl, so that a missing derive gives one readable error. Write
/// `#[message]` on your own types, it adds the derives and this impl.
///
/// ```
/// use switchback::message;
///
/// #[message]
/// pub struct Order { pub item: String, pub count: u32 }
///
/// fn needs_message<T: switchback::Message>() {}
/// needs_message::<Order>();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept over an await or sent over a channel",
    label = "not a `Message`",
    note = "write #[message] on your own type; a foreign type needs a newtype with #[message]"
)]
pub trait Message: Clone + Send + Serialize + DeserializeOwned + 'static {}

macro_rules! messages {
    ($($t:ty),* $(,)?) => { $(impl Message for $t {})* };
}
messages!(
    (),
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64,
    String,
    crate::Error
);

impl<T: Message> Message for Vec<T> {}
impl<T: Message> Message for Option<T> {}
impl<T: Message> Message for Box<T> {}
impl<T: Message> Message for std::collections::VecDeque<T> {}
impl<T: Message> Message for std::ops::Range<T> {}
impl<T: Message, E: Message> Message for Result<T, E> {}
impl<K: Message + Ord, V: Message> Message for std::collections::BTreeMap<K, V> {}

macro_rules! tuples {
    ($($name:ident)+) => { impl<$($name: Message),+> Message for ($($name,)+) {} };
}
tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);

macro_rules! arrays {
    ($($n:literal)*) => { $(impl<T: Message> Message for [T; $n] {})* };
}
arrays!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 32);
