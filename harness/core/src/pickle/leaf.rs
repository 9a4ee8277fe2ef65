//! Values in the format of postcard, read with bounds that postcard does not have: on depth, and
//! on items that take no bytes.

mod items;

use std::fmt::Display;

use serde::de::{self, Visitor};

use self::items::{Collected, Items};
use super::Reader;

/// Values inside values that are read by native recursion.
const DEPTH: u32 = 128;

/// Says, as the name of a new type, that what is inside takes a place of its own on the heap,
/// which an [`Error`](crate::Error) does. Serde has no other word for it.
pub(crate) const BOXED: &str = "an error";
/// Bytes of that place: two counts, the kind, two texts and a source.
const PLACE: usize = 80;
/// What an allocator keeps beside a value.
const HEAD: usize = 16;

/// Why a value was refused; the place is where the reader stands.
#[derive(Debug)]
pub(super) struct Refusal(Box<str>);

impl Refusal {
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    #[cold]
    fn new(text: &str) -> Self {
        Self(text.into())
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

impl de::Error for Refusal {
    #[cold]
    fn custom<T: Display>(text: T) -> Self {
        Self(text.to_string().into())
    }
}

impl<'a> Reader<'a> {
    #[inline(always)]
    fn take(&mut self) -> Result<u8, Refusal> {
        match self.rest.split_first() {
            Some((byte, rest)) => {
                self.rest = rest;
                Ok(*byte)
            }
            None => Err(Refusal::new("the bytes end early")),
        }
    }

    #[inline(always)]
    fn slice(&mut self, length: usize) -> Result<&'a [u8], Refusal> {
        match self.rest.split_at_checked(length) {
            Some((head, rest)) => {
                self.rest = rest;
                Ok(head)
            }
            None => Err(Refusal::new("a length beyond the end of the bytes")),
        }
    }

    #[inline(always)]
    pub(super) fn varint(&mut self) -> Result<u64, Refusal> {
        let first = self.take()?;
        if first < 0x80 { Ok(u64::from(first)) } else { self.varint_rest(u128::from(first)) }
    }

    #[inline]
    fn varint_rest(&mut self, first: u128) -> Result<u64, Refusal> {
        let number = self.wide(first, 64)?;
        Ok(number as u64)
    }

    /// The rest of a number of at most `bits` bits, whose first byte says that there is more.
    fn wide(&mut self, first: u128, bits: u32) -> Result<u128, Refusal> {
        let mut number = first & 0x7f;
        let mut shift = 7;
        loop {
            let byte = self.take()?;
            let group = u128::from(byte & 0x7f);
            if shift >= bits || (bits - shift < 7 && group >> (bits - shift) != 0) {
                return Err(Refusal::new("a number of too many bits"));
            }
            number |= group << shift;
            if byte < 0x80 {
                return Ok(number);
            }
            shift += 7;
        }
    }

    #[inline(always)]
    fn number_as<T: TryFrom<u64>>(&mut self) -> Result<T, Refusal> {
        T::try_from(self.varint()?).map_err(|_| Refusal::new("a number of too many bits"))
    }

    #[inline(always)]
    fn signed_as<T: TryFrom<i64>>(&mut self) -> Result<T, Refusal> {
        let zigzag = self.varint()?;
        let number = (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
        T::try_from(number).map_err(|_| Refusal::new("a number of too many bits"))
    }

    fn wide_number(&mut self) -> Result<u128, Refusal> {
        match self.take()? {
            first @ 0..0x80 => Ok(u128::from(first)),
            first => self.wide(u128::from(first), 128),
        }
    }

    /// Items that take a byte each, or are among the few that take none.
    #[inline]
    fn items(&mut self) -> Result<usize, Refusal> {
        let length: usize = self.number_as()?;
        if length > self.rest.len().saturating_add(self.free) {
            return Err(Refusal::new("a length beyond the end of the bytes"));
        }
        Ok(length)
    }

    /// Charges memory before it is taken.
    #[inline(always)]
    fn pay(&mut self, bytes: usize, what: impl FnOnce() -> String) -> Result<(), Refusal> {
        match self.account.left.checked_sub(bytes) {
            Some(left) => {
                self.account.left = left;
                Ok(())
            }
            None => Err(self.unpaid(bytes, what)),
        }
    }

    #[cold]
    #[inline(never)]
    fn unpaid(&mut self, bytes: usize, what: impl FnOnce() -> String) -> Refusal {
        Refusal::new(&self.too_much(bytes, &what()))
    }

    /// Some bytes that the caller may want to own.
    #[inline(always)]
    fn owned(&mut self, length: usize) -> Result<&'a [u8], Refusal> {
        let bytes = self.slice(length)?;
        self.pay(length, || "a text".to_owned())?;
        Ok(bytes)
    }

    fn text(&mut self) -> Result<&'a str, Refusal> {
        let length = self.number_as()?;
        std::str::from_utf8(self.owned(length)?)
            .map_err(|_| Refusal::new("a text that is no UTF-8"))
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let bytes = self.slice(N)?;
        <[u8; N]>::try_from(bytes).map_err(|_| Refusal::new("the bytes end early"))
    }
}

/// A reader as serde's source of one value.
pub(super) struct Leaf<'r, 'a> {
    input: &'r mut Reader<'a>,
    depth: u32,
    /// Bytes of the place that this value comes to, which is paid for. A value that is larger lies
    /// elsewhere, in a box: serde does not say so, but the two sizes do.
    place: usize,
}

impl<'r, 'a> Leaf<'r, 'a> {
    #[inline(always)]
    pub(super) fn new<T>(input: &'r mut Reader<'a>) -> Self {
        Self { input, depth: DEPTH, place: size_of::<T>() }
    }

    /// Charges for the box that a `T` lies in if it is larger than the place that it comes to. A
    /// box of a smaller value is not charged: it takes at most 32 bytes.
    #[inline(always)]
    fn boxed<T>(self) -> Result<Self, Refusal> {
        let size = size_of::<T>();
        if size <= self.place {
            return Ok(self);
        }
        self.input.pay(size + HEAD, || format!("a boxed {}", std::any::type_name::<T>()))?;
        Ok(Self { place: size, ..self })
    }

    /// For what is inside of this value.
    #[inline(always)]
    fn inner(self) -> Result<Self, Refusal> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(Refusal::new("values nested too deep")),
        }
    }

    #[inline(always)]
    fn sequence<V: Visitor<'a>>(self, left: usize, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_seq(Items { leaf: self.boxed::<V::Value>()?.inner()?, left })
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $read:ident;)*) => {
        $(#[inline(always)]
        fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refusal> {
            visitor.$visit(self.input.$read()?)
        })*
    };
}

macro_rules! refused {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'a>>(self, _: V) -> Result<V::Value, Refusal> {
            Err(Refusal::new("a type that cannot say how it is to be read"))
        })*
    };
}

impl<'a> de::Deserializer<'a> for Leaf<'_, 'a> {
    type Error = Refusal;

    numbers!(
        deserialize_u8 visit_u8 take;
        deserialize_u16 visit_u16 number_as;
        deserialize_u32 visit_u32 number_as;
        deserialize_u64 visit_u64 number_as;
        deserialize_u128 visit_u128 wide_number;
        deserialize_i16 visit_i16 signed_as;
        deserialize_i32 visit_i32 signed_as;
        deserialize_i64 visit_i64 signed_as;
        deserialize_str visit_borrowed_str text;
        deserialize_string visit_borrowed_str text;
    );

    refused!(deserialize_any deserialize_identifier deserialize_ignored_any);

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.input.take()? {
            0 => visitor.visit_bool(false),
            1 => visitor.visit_bool(true),
            _ => Err(Refusal::new("neither true nor false")),
        }
    }

    fn deserialize_i8<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_i8(self.input.take()?.cast_signed())
    }

    fn deserialize_i128<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let zigzag = self.input.wide_number()?;
        visitor.visit_i128((zigzag >> 1).cast_signed() ^ -((zigzag & 1).cast_signed()))
    }

    fn deserialize_f32<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_f32(f32::from_le_bytes(self.input.fixed()?))
    }

    fn deserialize_f64<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_f64(f64::from_le_bytes(self.input.fixed()?))
    }

    fn deserialize_char<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let mut characters = self.input.text()?.chars();
        match (characters.next(), characters.next()) {
            (Some(one), None) => visitor.visit_char(one),
            _ => Err(Refusal::new("not one character")),
        }
    }

    fn deserialize_bytes<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let length = self.input.number_as()?;
        visitor.visit_borrowed_bytes(self.input.owned(length)?)
    }

    fn deserialize_byte_buf<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.deserialize_bytes(visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let leaf = self.boxed::<V::Value>()?;
        match leaf.input.take()? {
            0 => visitor.visit_none(),
            1 => visitor.visit_some(leaf.inner()?),
            _ => Err(Refusal::new("neither none nor some")),
        }
    }

    fn deserialize_unit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_unit()
    }

    #[inline(always)]
    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        if name == BOXED {
            self.input.pay(PLACE, || BOXED.to_owned())?;
            return visitor.visit_newtype_struct(Self { place: PLACE, ..self });
        }
        visitor.visit_newtype_struct(self.boxed::<V::Value>()?.inner()?)
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let length = self.input.items()?;
        visitor.visit_seq(Collected::new(self.boxed::<V::Value>()?.inner()?, length))
    }

    #[inline(always)]
    fn deserialize_tuple<V: Visitor<'a>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.sequence(length, visitor)
    }

    #[inline(always)]
    fn deserialize_tuple_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.sequence(length, visitor)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let length = self.input.items()?;
        visitor.visit_map(Collected::new(self.boxed::<V::Value>()?.inner()?, length))
    }

    #[inline(always)]
    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.sequence(fields.len(), visitor)
    }

    #[inline(always)]
    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_enum(self.boxed::<V::Value>()?.inner()?)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}
