//! What messages look like, as numbers that change with them: the fingerprints of message types.
//!
//! ```text
//!   #[message] struct Order { item: String, lines: Vec<Line> }
//!
//!   words of Order   Order item string lines sequence Line
//!   words of Line    Line ..
//! ```
//!
//! Every `#[message]` type that is reached has an entry of its own: so what is found to have
//! changed is named, and not all that it is part of.

use std::{any::TypeId, fmt, marker::PhantomData};

use crate::Message;

/// Hashes tokens and names, the same in every build: FNV-1a over 64 bits.
#[derive(Clone, Copy)]
struct Hash(u64);

impl Hash {
    const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&[0xff]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

/// A message type that a pickle may contain.
#[derive(Clone, Copy)]
pub struct Shape {
    id: TypeId,
    /// Path of the type.
    pub name: &'static str,
    /// Changes with the names, the order and the types of its fields and variants.
    pub fingerprint: u64,
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{:016x}", self.name, self.fingerprint)
    }
}

/// Collects the message types of a graph.
#[derive(Default)]
pub struct Shapes {
    list: Vec<Shape>,
    /// The types whose description has begun, outermost first.
    open: Vec<TypeId>,
    /// What is said of the innermost of them.
    words: Option<Hash>,
    /// Types of `open` below this are behind a channel, which holds no items itself.
    apart: usize,
    in_itself: Option<&'static str>,
}

impl Shapes {
    /// Adds to the description of the type at hand: the name of a field, of a variant, of a type
    /// without parts.
    pub fn word(&mut self, word: &str) {
        if let Some(words) = &mut self.words {
            words.add(word.as_bytes());
        }
    }

    /// Adds another message type to the description of the type at hand.
    pub fn part<T: Message>(&mut self) {
        T::describe(self);
    }

    /// Adds a message type that is not part of the type at hand but travels over a channel in it:
    /// it may be that type itself.
    pub fn apart<T: Message>(&mut self) {
        let before = std::mem::replace(&mut self.apart, self.open.len());
        T::describe(self);
        self.apart = before;
    }

    /// Describes a type with a name of its own: `arguments` adds its type arguments, `parts` what
    /// it consists of.
    ///
    /// The types it is a part of have only its name and arguments in their own descriptions, so
    /// that of nested types the one that changed is found, and not all around it.
    pub fn named<T: Message>(
        &mut self,
        name: &'static str,
        arguments: impl FnOnce(&mut Self),
        parts: impl FnOnce(&mut Self),
    ) {
        let id = TypeId::of::<T>();
        let outer = self.words.replace(Hash::EMPTY);
        self.word(name);
        arguments(self);
        let identity = std::mem::replace(&mut self.words, outer).map_or(0, |words| words.0);
        if let Some(words) = &mut self.words {
            words.add(&identity.to_le_bytes());
        }
        if self.list.iter().any(|shape| shape.id == id) {
            return;
        }
        if let Some(at) = self.open.iter().position(|open| *open == id) {
            if at >= self.apart {
                self.in_itself.get_or_insert(name);
            }
            return;
        }
        self.open.push(id);
        let outer = self.words.replace(Hash(identity));
        parts(self);
        let fingerprint = std::mem::replace(&mut self.words, outer).map_or(0, |words| words.0);
        self.open.pop();
        self.list.push(Shape { id, name, fingerprint });
    }

    /// The fingerprint of what `parts` adds, which has no name of its own.
    pub fn unnamed(&mut self, parts: impl FnOnce(&mut Self)) -> u64 {
        let outer = self.words.replace(Hash::EMPTY);
        parts(self);
        std::mem::replace(&mut self.words, outer).map_or(0, |words| words.0)
    }

    /// The types found, each behind those that it contains.
    #[must_use]
    pub fn list(&self) -> &[Shape] {
        &self.list
    }

    /// A type that contains itself, if there is one: reading it could take more native stack
    /// than there is.
    #[must_use]
    pub fn in_itself(&self) -> Option<&'static str> {
        self.in_itself
    }
}

impl fmt::Debug for Shapes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.list).finish()
    }
}

/// Used by `#[message]`: the type of a field, which need not be a message itself.
#[doc(hidden)]
pub struct Part<T>(&'static str, PhantomData<fn() -> T>);

impl<T> Part<T> {
    /// With the type as it stands in the source.
    #[must_use]
    pub fn new(text: &'static str) -> Self {
        Self(text, PhantomData)
    }
}

impl<T: Message> Part<T> {
    pub fn __describe(&self, shapes: &mut Shapes) {
        shapes.part::<T>();
    }
}

/// Used by `#[message]`: what takes the place of [`Part::__describe`] for a type that is no message.
/// It is called by name, where a trait of the author may be in scope that has methods for all types:
/// hence a name that no author gives.
#[doc(hidden)]
pub trait Foreign {
    fn __describe(&self, shapes: &mut Shapes);
}

impl<T> Foreign for Part<T> {
    fn __describe(&self, shapes: &mut Shapes) {
        shapes.word(self.0);
    }
}
