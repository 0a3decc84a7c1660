//! States as few bytes: every field takes as many bits as it needs, one after the other.

/// Writes bits into bytes.
pub(crate) struct Writer<'a> {
    into: &'a mut Vec<u8>,
    word: u64,
    filled: u32,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(into: &'a mut Vec<u8>) -> Self {
        Writer {
            into,
            word: 0,
            filled: 0,
        }
    }

    /// Adds the lowest `width` bits of a value that has no others. At most 32.
    #[inline]
    pub(crate) fn put(&mut self, value: u32, width: u32) {
        debug_assert!(u64::from(value) < 1 << width, "{value} has {width} bits");
        self.word |= u64::from(value) << self.filled;
        self.filled += width;
        if self.filled >= 32 {
            let low = u32::try_from(self.word & u64::from(u32::MAX)).expect("it is masked");
            self.into.extend_from_slice(&low.to_le_bytes());
            self.word >>= 32;
            self.filled -= 32;
        }
    }

    /// Writes what is left; zeros fill the last byte, and zero bytes at the end are left out.
    pub(crate) fn finish(self) {
        let bytes = self.filled.div_ceil(8) as usize;
        self.into
            .extend_from_slice(&self.word.to_le_bytes()[..bytes]);
    }
}

/// Reads bits from bytes. Behind the end are zeros.
pub(crate) struct Reader<'a> {
    from: &'a [u8],
    word: u64,
    filled: u32,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(from: &'a [u8]) -> Self {
        Reader {
            from,
            word: 0,
            filled: 0,
        }
    }

    #[inline]
    pub(crate) fn get(&mut self, width: u32) -> u32 {
        if self.filled < width {
            self.refill();
        }
        let value =
            u32::try_from(self.word & ((1 << width) - 1)).expect("at most 32 bits are read");
        self.word >>= width;
        self.filled -= width;
        value
    }

    fn refill(&mut self) {
        let (low, rest) = match self.from.split_first_chunk::<4>() {
            Some((chunk, rest)) => (u32::from_le_bytes(*chunk), rest),
            None => {
                let mut last = [0; 4];
                last[..self.from.len()].copy_from_slice(self.from);
                (u32::from_le_bytes(last), &[][..])
            }
        };
        self.from = rest;
        self.word |= u64::from(low) << self.filled;
        self.filled += 32;
    }
}

/// A value with a form in bits. Equal values have equal forms, and different ones different forms.
pub(crate) trait Bits: Sized {
    fn put(&self, writer: &mut Writer<'_>);
    fn get(reader: &mut Reader<'_>) -> Self;
}

impl Bits for bool {
    fn put(&self, writer: &mut Writer<'_>) {
        writer.put(u32::from(*self), 1);
    }
    fn get(reader: &mut Reader<'_>) -> Self {
        reader.get(1) == 1
    }
}

impl<T: Bits> Bits for Option<T> {
    fn put(&self, writer: &mut Writer<'_>) {
        self.is_some().put(writer);
        if let Some(value) = self {
            value.put(writer);
        }
    }
    fn get(reader: &mut Reader<'_>) -> Self {
        bool::get(reader).then(|| T::get(reader))
    }
}

impl<T: Bits, const N: usize> Bits for [T; N] {
    fn put(&self, writer: &mut Writer<'_>) {
        for value in self {
            value.put(writer);
        }
    }
    fn get(reader: &mut Reader<'_>) -> Self {
        std::array::from_fn(|_| T::get(reader))
    }
}

/// The number of bits that numbers below `count` take.
pub(crate) const fn width(count: usize) -> u32 {
    usize::BITS - (count - 1).leading_zeros()
}

/// A small number in three bits: budgets and incarnations are below eight.
pub(crate) const SMALL: u32 = 3;

/// A struct is its fields in order.
macro_rules! struct_bits {
    ($type:ty { $($field:ident),+ } $(small { $($small:ident),+ })?) => {
        impl crate::bits::Bits for $type {
            fn put(&self, writer: &mut crate::bits::Writer<'_>) {
                $(self.$field.put(writer);)+
                $($(writer.put(u32::from(self.$small), crate::bits::SMALL);)+)?
            }
            fn get(reader: &mut crate::bits::Reader<'_>) -> Self {
                $(let $field = crate::bits::Bits::get(reader);)+
                $($(let $small = u8::try_from(reader.get(crate::bits::SMALL)).expect("three bits");)+)?
                Self { $($field,)+ $($($small),+)? }
            }
        }
    };
}

/// An enum without fields is the number of its variant.
macro_rules! name_bits {
    ($type:ty [$($variant:expr),+ $(,)?]) => {
        impl crate::bits::Bits for $type {
            fn put(&self, writer: &mut crate::bits::Writer<'_>) {
                let all = [$($variant),+];
                let index = all.iter().position(|of| of == self).expect("every variant is listed");
                let index = u32::try_from(index).expect("there are few");
                writer.put(index, crate::bits::width(all.len()));
            }
            fn get(reader: &mut crate::bits::Reader<'_>) -> Self {
                let all = [$($variant),+];
                all[reader.get(crate::bits::width(all.len())) as usize]
            }
        }
    };
}

/// An enum with fields is the number of its variant, then the fields.
macro_rules! enum_bits {
    ($type:ident $width:literal { $($number:literal = $variant:ident $({ $($field:ident),+ })? $(( $($inner:ident),+ ))?),+ $(,)? }) => {
        impl crate::bits::Bits for $type {
            fn put(&self, writer: &mut crate::bits::Writer<'_>) {
                match self {
                    $($type::$variant $({ $($field),+ })? $(( $($inner),+ ))? => {
                        writer.put($number, $width);
                        $($(crate::bits::Bits::put($field, writer);)+)?
                        $($(crate::bits::Bits::put($inner, writer);)+)?
                    })+
                }
            }
            fn get(reader: &mut crate::bits::Reader<'_>) -> Self {
                match reader.get($width) {
                    $($number => {
                        $($(let $field = crate::bits::Bits::get(reader);)+)?
                        $($(let $inner = crate::bits::Bits::get(reader);)+)?
                        $type::$variant $({ $($field),+ })? $(( $($inner),+ ))?
                    })+
                    unknown => unreachable!("no variant of the type is number {unknown}"),
                }
            }
        }
    };
}

pub(crate) use {enum_bits, name_bits, struct_bits};
