//! States as few bytes: every field takes as many bits as it needs, one after the other.
//!
//! Bits are put and got in one word. What puts and gets sees to it that the word is stored, or
//! loaded, before another 56 bits: how often that is has no influence on the form.

/// Writes bits into bytes.
pub(crate) struct Writer<'a> {
    into: &'a mut [u8; Writer::ROOM],
    /// How many bytes are stored.
    at: usize,
    /// The bits behind them.
    word: u64,
    /// How many those are.
    filled: u32,
}

impl<'a> Writer<'a> {
    /// The most bytes that can be written, a power of two.
    const MOST: usize = 1024;

    /// Eight are stored at once wherever a value lies: then no branch depends on where that is.
    pub(crate) const ROOM: usize = Self::MOST + 8;

    #[inline]
    pub(crate) fn new(into: &'a mut [u8; Writer::ROOM]) -> Self {
        Writer {
            into,
            at: 0,
            word: 0,
            filled: 0,
        }
    }

    /// Adds the lowest `width` bits of a value that has no others: one at least, and at most 32.
    #[inline(always)]
    pub(crate) fn put(&mut self, value: u32, width: u32) {
        debug_assert!(u64::from(value) < 1 << width, "{value} has {width} bits");
        self.word |= u64::from(value) << self.filled;
        self.filled += width;
    }

    /// Stores what was put, so that there is room for 56 bits more.
    ///
    /// # Panics
    /// Where more was put since the last time: it is lost.
    #[inline(always)]
    pub(crate) fn store(&mut self) {
        assert!(self.filled < u64::BITS, "a word has room for what is put");
        // Where that wraps around, there is more than room for, and the end is a panic.
        let at = self.at % Self::MOST;
        self.into[at..at + 8].copy_from_slice(&self.word.to_le_bytes());
        self.at += (self.filled / 8) as usize;
        self.word >>= self.filled & !7;
        self.filled %= 8;
    }

    /// How many bytes were written; zeros fill the last.
    ///
    /// # Panics
    /// Where there was no room for them.
    #[inline]
    pub(crate) fn finish(mut self) -> usize {
        self.store();
        let written = self.at + usize::from(self.filled > 0);
        assert!(written <= Self::MOST, "there is room for what is written");
        written
    }
}

/// Reads bits from bytes.
pub(crate) struct Reader<'a> {
    from: &'a [u8],
    /// The bit at which the word was loaded.
    at: usize,
    /// What is left of the bits from there.
    word: u64,
    /// How many of them are got.
    taken: u32,
}

impl<'a> Reader<'a> {
    /// How many bytes there are to be behind the last that is read, because eight are loaded at
    /// once wherever a value lies.
    pub(crate) const BEHIND: usize = 8;

    #[inline]
    pub(crate) fn new(from: &'a [u8]) -> Self {
        let mut reader = Reader {
            from,
            at: 0,
            word: 0,
            taken: 0,
        };
        reader.load();
        reader
    }

    #[inline(always)]
    pub(crate) fn get(&mut self, width: u32) -> u32 {
        let value = self.word & ((1 << width) - 1);
        self.word >>= width;
        self.taken += width;
        u32::try_from(value).expect("at most 32 bits are read")
    }

    /// Loads what follows, so that 56 bits can be got.
    ///
    /// # Panics
    /// Where more was got since the last time: it was not there.
    #[inline(always)]
    pub(crate) fn load(&mut self) {
        assert!(self.taken <= 56, "a word has what is got");
        self.at += self.taken as usize;
        self.taken = 0;
        let loaded = self.from[self.at / 8..].first_chunk();
        let loaded = u64::from_le_bytes(*loaded.expect("eight bytes are behind the last"));
        self.word = loaded >> (self.at % 8);
    }
}

/// A value with a form in bits. Equal values have equal forms, and different ones different forms.
pub(crate) trait Bits: Sized {
    fn put(&self, writer: &mut Writer<'_>);
    /// Puts a one, and then the form.
    #[inline(always)]
    fn put_behind_one(&self, writer: &mut Writer<'_>) {
        writer.put(1, 1);
        self.put(writer);
    }
    fn get(reader: &mut Reader<'_>) -> Self;
}

/// A value whose form has always the same number of bits, so that it is put and got at once.
pub(crate) trait Form: Copy {
    /// The number of bits: at most 31.
    const WIDTH: u32;

    fn form(self) -> u32;

    /// The value with this form.
    fn of(form: u32) -> Self;

    /// The value with the lowest bits, which are taken away.
    #[inline(always)]
    fn take(form: &mut u32) -> Self {
        let value = Self::of(*form & ((1 << Self::WIDTH) - 1));
        *form >>= Self::WIDTH;
        value
    }

    /// Puts the form on top of what has so many bits.
    #[inline(always)]
    fn add_to(self, form: &mut u32, width: &mut u32) {
        *form |= self.form() << *width;
        *width += Self::WIDTH;
    }
}

impl<T: Form> Bits for T {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        writer.put(self.form(), T::WIDTH);
    }
    #[inline(always)]
    fn put_behind_one(&self, writer: &mut Writer<'_>) {
        writer.put(1 | self.form() << 1, T::WIDTH + 1);
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        T::of(reader.get(T::WIDTH))
    }
}

impl Form for bool {
    const WIDTH: u32 = 1;
    #[inline(always)]
    fn form(self) -> u32 {
        u32::from(self)
    }
    #[inline(always)]
    fn of(form: u32) -> Self {
        form == 1
    }
}

/// Both, one after the other: put and got at once.
impl<A: Form, B: Form> Form for (A, B) {
    const WIDTH: u32 = A::WIDTH + B::WIDTH;
    #[inline(always)]
    fn form(self) -> u32 {
        self.0.form() | self.1.form() << A::WIDTH
    }
    #[inline(always)]
    fn of(mut form: u32) -> Self {
        (A::take(&mut form), B::take(&mut form))
    }
}

impl<T: Bits> Bits for Option<T> {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        match self {
            Some(value) => value.put_behind_one(writer),
            None => writer.put(0, 1),
        }
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        bool::get(reader).then(|| T::get(reader))
    }
}

impl<T: Bits, const N: usize> Bits for [T; N] {
    #[inline(always)]
    fn put(&self, writer: &mut Writer<'_>) {
        for value in self {
            value.put(writer);
        }
    }
    #[inline(always)]
    fn get(reader: &mut Reader<'_>) -> Self {
        std::array::from_fn(|_| T::get(reader))
    }
}

/// The number of bits that numbers below `count` take.
pub(crate) const fn width(count: usize) -> u32 {
    usize::BITS - (count - 1).leading_zeros()
}

/// A small number in three bits: budgets and incarnations are below eight.
#[derive(Clone, Copy)]
pub(crate) struct Small(pub(crate) u8);

impl Form for Small {
    const WIDTH: u32 = 3;
    #[inline(always)]
    fn form(self) -> u32 {
        u32::from(self.0)
    }
    #[inline(always)]
    fn of(form: u32) -> Self {
        Small(u8::try_from(form).expect("three bits fit into eight"))
    }
}

/// A struct is its fields in order.
macro_rules! struct_bits {
    ($type:ty { $($field:ident),+ }) => {
        impl crate::bits::Bits for $type {
            #[inline(always)]
            fn put(&self, writer: &mut crate::bits::Writer<'_>) {
                $(self.$field.put(writer);)+
            }
            #[inline(always)]
            fn get(reader: &mut crate::bits::Reader<'_>) -> Self {
                $(let $field = crate::bits::Bits::get(reader);)+
                Self { $($field),+ }
            }
        }
    };
}

/// The same for one whose fields have a fixed form, and so many bits in all.
macro_rules! struct_form {
    ($type:ty [$width:literal] { $($field:ident),+ }) => {
        impl crate::bits::Form for $type {
            const WIDTH: u32 = $width;
            #[inline(always)]
            fn form(self) -> u32 {
                let (mut form, mut width) = (0, 0);
                $(crate::bits::Form::add_to(self.$field, &mut form, &mut width);)+
                debug_assert_eq!(width, $width, "the fields have as many bits as the struct");
                form
            }
            #[inline(always)]
            fn of(mut form: u32) -> Self {
                $(let $field = crate::bits::Form::take(&mut form);)+
                Self { $($field),+ }
            }
        }
    };
}

/// An enum without fields is the number of its variant; the variants are listed in their order.
macro_rules! name_form {
    ($type:ty [$($variant:expr),+ $(,)?]) => {
        impl crate::bits::Form for $type {
            const WIDTH: u32 = crate::bits::width([$($variant),+].len());
            #[inline(always)]
            fn form(self) -> u32 {
                self as u32
            }
            #[inline(always)]
            fn of(form: u32) -> Self {
                const ALL: &[$type] = &[$($variant),+];
                const {
                    let mut at = 0;
                    while at < ALL.len() {
                        assert!(ALL[at] as usize == at, "every variant is listed in its place");
                        at += 1;
                    }
                }
                ALL[form as usize]
            }
        }
    };
}

/// An enum with fields is the number of its variant, then the fields.
macro_rules! enum_bits {
    ($type:ident $width:literal { $($number:literal = $variant:ident $({ $($field:ident),+ })? $(( $($inner:ident),+ ))?),+ $(,)? }) => {
        impl crate::bits::Bits for $type {
            #[inline(always)]
            fn put(&self, writer: &mut crate::bits::Writer<'_>) {
                match self {
                    $($type::$variant $({ $($field),+ })? $(( $($inner),+ ))? => {
                        writer.put($number, $width);
                        $($(crate::bits::Bits::put($field, writer);)+)?
                        $($(crate::bits::Bits::put($inner, writer);)+)?
                    })+
                }
            }
            #[inline(always)]
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

pub(crate) use {enum_bits, name_form, struct_bits, struct_form};

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
        let mut room = [0; Writer::ROOM];
        let mut writer = Writer::new(&mut room);
        write(&mut writer);
        let len = writer.finish();
        room[..len].to_vec()
    }

    #[test]
    fn values_come_back_whatever_bit_they_begin_at() {
        let values: Vec<(u32, u32)> = (1..=32)
            .map(|width| (u32::MAX >> (32 - width) ^ 1, width))
            .collect();
        let mut bytes = written(|writer| {
            for &(value, width) in &values {
                writer.put(value, width);
                writer.store();
            }
        });
        assert_eq!(bytes.len(), (1..=32_usize).sum::<usize>().div_ceil(8));
        bytes.extend([0; Reader::BEHIND]);
        let mut reader = Reader::new(&bytes);
        for (value, width) in values {
            assert_eq!(reader.get(width), value);
            reader.load();
        }
    }

    #[test]
    fn how_often_bits_are_stored_has_no_influence_on_the_form() {
        let form = |often: bool| {
            written(|writer| {
                for value in 0..7 {
                    writer.put(value, 7);
                    if often {
                        writer.store();
                    }
                }
            })
        };
        assert_eq!(form(true), form(false));
    }

    #[test]
    #[should_panic(expected = "a word has room")]
    fn more_than_a_word_is_not_lost_unnoticed() {
        written(|writer| {
            writer.put(0, 32);
            writer.put(0, 32);
        });
    }

    #[test]
    #[should_panic(expected = "a word has what is got")]
    fn more_than_was_loaded_is_not_made_up() {
        let mut reader = Reader::new(&[0; 32]);
        reader.get(32);
        reader.get(25);
        reader.load();
    }

    #[test]
    #[should_panic(expected = "there is room for what is written")]
    fn more_than_there_is_room_for_is_not_lost_unnoticed() {
        written(|writer| {
            for _ in 0..=Writer::MOST / 4 {
                writer.put(0, 32);
                writer.store();
            }
        });
    }
}
