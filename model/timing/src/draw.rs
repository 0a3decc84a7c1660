//! Randomness that is the same everywhere: a seed, no system library, no dependency's choice.

use std::fmt;
use std::time::Duration;

/// Numbers that look random and are a function of their seed alone: SplitMix64.
#[derive(Clone, Debug)]
pub struct Source(u64);

impl Source {
    /// The numbers of one purpose: those of another, or of another seed, are independent of them.
    pub fn new(seed: u64, purpose: u64) -> Source {
        let mut source = Source(seed);
        let mixed = source.next() ^ purpose.wrapping_mul(0xd134_2543_de82_ef95);
        Source(mixed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number of the exponential distribution of mean 1, by von Neumann's method.
    ///
    /// It compares uniform numbers and takes no logarithm, whose last digit is not the same on
    /// every system.
    pub fn exponential(&mut self) -> f64 {
        let mut whole = 0.0;
        loop {
            let first = self.unit();
            let (mut last, mut falling) = (first, 1);
            loop {
                let next = self.unit();
                if next >= last {
                    break;
                }
                last = next;
                falling += 1;
            }
            if falling % 2 == 1 {
                return whole + first;
            }
            whole += 1.0;
        }
    }
}

/// How long something takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// Always the same.
    Fixed(Duration),
    /// Anything from the first up to the second, each as likely.
    Uniform(Duration, Duration),
    /// At least so long, and beyond that memoryless: most are short and some are long.
    Exponential {
        /// The least.
        least: Duration,
        /// The mean, the least included.
        mean: Duration,
    },
}

impl Delay {
    /// It takes no time.
    pub const NONE: Delay = Delay::Fixed(Duration::ZERO);

    /// Exponential, with a quarter of the mean as the least.
    pub const fn around(mean: Duration) -> Delay {
        let least = Duration::from_nanos(mean.as_nanos() as u64 / 4);
        Delay::Exponential { least, mean }
    }

    /// One delay.
    pub fn draw(self, source: &mut Source) -> Duration {
        match self {
            Delay::Fixed(always) => always,
            Delay::Uniform(least, most) => {
                least + most.saturating_sub(least).mul_f64(source.unit())
            }
            Delay::Exponential { least, mean } => {
                least + mean.saturating_sub(least).mul_f64(source.exponential())
            }
        }
    }

    /// The mean of all.
    pub fn mean(self) -> Duration {
        match self {
            Delay::Fixed(always) => always,
            Delay::Uniform(least, most) => (least + most) / 2,
            Delay::Exponential { mean, .. } => mean,
        }
    }

    /// Half as long: one way of a round trip.
    #[must_use]
    pub fn half(self) -> Delay {
        match self {
            Delay::Fixed(always) => Delay::Fixed(always / 2),
            Delay::Uniform(least, most) => Delay::Uniform(least / 2, most / 2),
            Delay::Exponential { least, mean } => Delay::Exponential {
                least: least / 2,
                mean: mean / 2,
            },
        }
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Delay::Fixed(always) => write!(f, "{always:?}"),
            Delay::Uniform(least, most) => write!(f, "uniform, {least:?} to {most:?}"),
            Delay::Exponential { least, mean } => {
                write!(f, "exponential above {least:?}, mean {mean:?}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: u32 = 100_000;

    fn mean_drawn(delay: Delay) -> f64 {
        let mut source = Source::new(7, 0);
        let drawn = (0..MANY).map(|_| delay.draw(&mut source));
        drawn.sum::<Duration>().as_secs_f64() / f64::from(MANY)
    }

    #[test]
    fn the_mean_of_what_is_drawn_is_the_mean_that_is_stated() {
        let (one, three) = (Duration::from_secs(1), Duration::from_secs(3));
        let exponential = |least, mean| Delay::Exponential { least, mean };
        for delay in [
            Delay::Fixed(three),
            Delay::Uniform(one, three),
            exponential(Duration::ZERO, one),
            exponential(one, three),
            Delay::around(three).half(),
        ] {
            let (drawn, stated) = (mean_drawn(delay), delay.mean().as_secs_f64());
            assert!((drawn - stated).abs() < 0.02 * stated, "{delay}: {drawn}");
        }
    }

    #[test]
    fn as_many_exponential_delays_are_longer_than_their_mean_as_should_be() {
        let mut source = Source::new(7, 1);
        let longer = (0..MANY).filter(|_| source.exponential() > 1.0).count();
        let share = longer as f64 / f64::from(MANY);
        assert!((share - (-1.0_f64).exp()).abs() < 0.005, "{share}");
    }

    #[test]
    fn the_same_seed_draws_the_same_and_another_purpose_does_not() {
        let draw = |seed, purpose| Source::new(seed, purpose).unit().to_bits();
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert_ne!(draw(1, 2), draw(2, 2));
    }
}
