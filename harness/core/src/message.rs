//! What may travel over a channel.

use serde::{Serialize, de::DeserializeOwned};

use crate::shape::Shapes;

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
    note = "write #[message] on your own type; keep what a foreign one is made of, or if serde knows it \
            a newtype with #[message]"
)]
pub trait Message: Clone + Send + Serialize + DeserializeOwned + 'static {
    /// Describes the type, so that a pickle made with another version of it is refused.
    ///
    /// `#[message]` writes it. An impl without it is known by the path of its type alone: then a
    /// load does not notice that its content changed, nor that it contains itself.
    fn describe(shapes: &mut Shapes) {
        shapes.word(std::any::type_name::<Self>());
    }
}

macro_rules! messages {
    ($($t:ty = $word:literal),* $(,)?) => {
        $(impl Message for $t {
            fn describe(shapes: &mut Shapes) {
                shapes.word($word);
            }
        })*
    };
}
messages!(
    () = "unit",
    bool = "bool",
    char = "char",
    u8 = "u8",
    u16 = "u16",
    u32 = "u32",
    u64 = "u64",
    u128 = "u128",
    usize = "usize",
    i8 = "i8",
    i16 = "i16",
    i32 = "i32",
    i64 = "i64",
    i128 = "i128",
    isize = "isize",
    f32 = "f32",
    f64 = "f64",
    String = "string",
    crate::Error = "error",
);

/// Types whose bytes are those of others in a row, after a word of their own.
macro_rules! made_of {
    ($([$($bounds:tt)*] $t:ty = $word:literal $($part:ident)+;)*) => {
        $(impl<$($bounds)*> Message for $t {
            fn describe(shapes: &mut Shapes) {
                shapes.word($word);
                $(shapes.part::<$part>();)+
            }
        })*
    };
}
made_of!(
    [T: Message] Vec<T> = "sequence" T;
    [T: Message] std::collections::VecDeque<T> = "sequence" T;
    [T: Message] Option<T> = "option" T;
    [T: Message] Box<T> = "box" T;
    [T: Message] std::ops::Range<T> = "range" T;
    [T: Message, E: Message] Result<T, E> = "result" T E;
    [K: Message + Ord, V: Message] std::collections::BTreeMap<K, V> = "map" K V;
    [A: Message] (A,) = "tuple1" A;
    [A: Message, B: Message] (A, B) = "tuple2" A B;
    [A: Message, B: Message, C: Message] (A, B, C) = "tuple3" A B C;
    [A: Message, B: Message, C: Message, D: Message] (A, B, C, D) = "tuple4" A B C D;
    [A: Message, B: Message, C: Message, D: Message, E: Message]
        (A, B, C, D, E) = "tuple5" A B C D E;
    [A: Message, B: Message, C: Message, D: Message, E: Message, F: Message]
        (A, B, C, D, E, F) = "tuple6" A B C D E F;
);

macro_rules! arrays {
    ($($n:literal)*) => {
        $(impl<T: Message> Message for [T; $n] {
            fn describe(shapes: &mut Shapes) {
                shapes.word(concat!("array", $n));
                shapes.part::<T>();
            }
        })*
    };
}
// Those that serde knows, but for the empty one, which it writes whatever its items are.
arrays!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);
