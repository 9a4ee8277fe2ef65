//! Values made of others: sequences, maps, variants.

use serde::de::{self, DeserializeSeed, Visitor};

use super::{Leaf, Refusal};

/// The items of a sequence, or the keys and values of a map.
pub(super) struct Items<'r, 'a> {
    pub(super) leaf: Leaf<'r, 'a>,
    pub(super) left: usize,
}

impl<'a> Items<'_, 'a> {
    #[inline(always)]
    fn one<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<S::Value, Refusal> {
        let Leaf { input, depth } = &mut self.leaf;
        seed.deserialize(Leaf { input, depth: *depth })
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

    fn hint(&self) -> Option<usize> {
        Some(self.left.min(self.leaf.input.rest.len()))
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
        self.hint()
    }
}

impl<'a> de::MapAccess<'a> for Items<'_, 'a> {
    type Error = Refusal;

    fn next_key_seed<S: DeserializeSeed<'a>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Refusal> {
        self.next(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'a>>(&mut self, seed: S) -> Result<S::Value, Refusal> {
        self.one(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.hint()
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
