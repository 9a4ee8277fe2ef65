//! Values made of others: sequences, maps, variants.

use serde::de::{self, DeserializeSeed, Visitor};

use super::{Leaf, Reader, Refusal};

/// As many items as their type says, or as a collection has.
pub(super) struct Items<'r, 'a> {
    pub(super) leaf: Leaf<'r, 'a>,
    pub(super) left: usize,
}

impl<'a> Items<'_, 'a> {
    #[inline(always)]
    fn one<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<S::Value, Refusal> {
        let Leaf { input, depth, .. } = &mut self.leaf;
        seed.deserialize(Leaf { input, depth: *depth, place: size_of::<S::Value>() })
    }

    /// Counts the items that take no bytes.
    #[inline(always)]
    fn next<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<Option<S::Value>, Refusal> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        let before = self.leaf.input.rest.len();
        let item = self.one(seed)?;
        if self.leaf.input.rest.len() == before {
            let Some(free) = self.leaf.input.free.checked_sub(1) else {
                return Err(Refusal::new("too many items that take no bytes"));
            };
            self.leaf.input.free = free;
        }
        Ok(Some(item))
    }
}

impl<'a> de::SeqAccess<'a> for Items<'_, 'a> {
    type Error = Refusal;

    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refusal> {
        self.next(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.min(self.leaf.input.rest.len()))
    }
}

/// Items of a collection, as many as the bytes say: they are charged as what a `Vec` or a map takes
/// for them.
pub(super) struct Collected<'r, 'a> {
    items: Items<'r, 'a>,
    room: Room,
}

impl<'r, 'a> Collected<'r, 'a> {
    #[inline(always)]
    pub(super) fn new(leaf: Leaf<'r, 'a>, length: usize) -> Self {
        // Room is reserved for no more items than there are bytes for, and for no more than is paid
        // for at once, unless an item is larger than this.
        const LARGE: usize = 256;
        let Reader { rest, account, .. } = leaf.input;
        let hint = length.min(rest.len()).min(account.left / LARGE);
        let look = if length == 0 { NEVER } else { length };
        Self {
            items: Items { leaf, left: length },
            room: Room { length, hint, look, capacity: 0, before: 0 },
        }
    }
}

/// What a `Vec` has room for that is given one item after the other.
struct Room {
    length: usize,
    hint: usize,
    /// Number of items left at which it is to be looked at again.
    look: usize,
    /// Items that there is room for.
    capacity: usize,
    /// Bytes of the room before, which is there until the items are moved into this one.
    before: usize,
}

const NEVER: usize = usize::MAX;
/// Bytes that serde reserves at most.
const RESERVED: usize = 1 << 20;

impl Room {
    /// Charges for more room if the item to come has none, as `Vec` grows, and gives back what that
    /// has given back.
    #[cold]
    fn look(
        &mut self,
        left: usize,
        one: usize,
        input: &mut Reader<'_>,
        name: &str,
    ) -> Result<(), Refusal> {
        input.account.left += std::mem::take(&mut self.before);
        if one == 0 || left == 0 {
            self.look = NEVER;
        } else if self.length - left < self.capacity {
            self.look = self.length.checked_sub(self.capacity).unwrap_or(NEVER);
        } else {
            let wanted = match self.capacity {
                0 => self.hint.min(RESERVED / one).max(if one > 1024 { 1 } else { 8 / one.min(2) }),
                capacity => capacity.saturating_mul(2),
            };
            input.pay(wanted.saturating_mul(one), || format!("room for {wanted} of {name}"))?;
            self.before = self.capacity * one;
            self.capacity = wanted;
            self.look = left - 1;
        }
        Ok(())
    }
}

impl<'a> de::SeqAccess<'a> for Collected<'_, 'a> {
    type Error = Refusal;

    #[inline(always)]
    fn next_element_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refusal> {
        let left = self.items.left;
        if left == self.room.look {
            let name = std::any::type_name::<S::Value>();
            self.room.look(left, size_of::<S::Value>(), self.items.leaf.input, name)?;
        }
        self.items.next(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.room.hint)
    }
}

/// Entries of a node of a B-tree.
const NODE: usize = 11;

/// Bytes that a map takes for its entry number `count` as it grows, for keys or values of `size`: at
/// first a node, then two more, then what a table takes that is half full, with a byte for each
/// place and the smaller table still there. Nodes that are half full take less.
const fn mapped(count: usize, size: usize) -> usize {
    match count {
        0 => NODE * (size + 2),
        1..NODE => 0,
        NODE => 2 * NODE * (size + 8),
        _ => (size + 1) * 7 / 2,
    }
}

impl Collected<'_, '_> {
    /// Charges for a key or a value.
    #[inline(always)]
    fn entry<T>(&mut self, count: usize) -> Result<(), Refusal> {
        let what = || format!("room for {} in a map", std::any::type_name::<T>());
        self.items.leaf.input.pay(mapped(count, size_of::<T>()), what)
    }
}

impl<'a> de::MapAccess<'a> for Collected<'_, 'a> {
    type Error = Refusal;

    fn next_key_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refusal> {
        if self.items.left > 0 {
            self.entry::<S::Value>(self.room.length - self.items.left)?;
        }
        self.items.next(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<S::Value, Refusal> {
        self.entry::<S::Value>(self.room.length - self.items.left - 1)?;
        self.items.one(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.room.hint)
    }
}

impl<'a> de::EnumAccess<'a> for Leaf<'_, 'a> {
    type Error = Refusal;
    type Variant = Self;

    #[inline(always)]
    fn variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<(S::Value, Self), Refusal> {
        let number: u32 = self.input.number_as()?;
        let variant = de::IntoDeserializer::<Refusal>::into_deserializer(number);
        Ok((seed.deserialize(variant)?, self))
    }
}

impl<'a> de::VariantAccess<'a> for Leaf<'_, 'a> {
    type Error = Refusal;

    #[inline(always)]
    fn unit_variant(self) -> Result<(), Refusal> {
        Ok(())
    }

    #[inline(always)]
    fn newtype_variant_seed<S: DeserializeSeed<'a>>(self, seed: S) -> Result<S::Value, Refusal> {
        seed.deserialize(self)
    }

    #[inline(always)]
    fn tuple_variant<V: Visitor<'a>>(self, length: usize, visitor: V) -> Result<V::Value, Refusal> {
        self.sequence(length, visitor)
    }

    #[inline(always)]
    fn struct_variant<V: Visitor<'a>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.sequence(fields.len(), visitor)
    }
}
