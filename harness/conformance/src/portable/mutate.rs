//! Changes of pickles: the same ones for the same seed.
//!
//! A pickle is a sequence of fields without marks between them. Most are numbers in groups of
//! seven bits, so a field may begin behind each byte below 0x80; with a [`Seed::probed`] seed
//! the real beginnings are known: a pickle that is cut off is refused at the field that is cut.

/// Pseudo random numbers: SplitMix64.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        (self.number() % (end.max(1) as u64)) as usize
    }
}

/// Numbers at which something may change.
const NUMBERS: [u64; 16] = [
    0,
    1,
    2,
    3,
    7,
    16,
    33,
    64,
    127,
    128,
    255,
    16_384,
    u32::MAX as u64,
    u32::MAX as u64 + 1,
    i64::MAX as u64,
    u64::MAX,
];

/// A number in groups of seven bits, lowest first; the top bit of a byte says that one follows.
#[must_use]
pub fn groups(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A pickle with the places where fields begin; the end is the last of them.
#[derive(Clone, Debug)]
pub struct Seed {
    bytes: Vec<u8>,
    cuts: Vec<usize>,
}

impl Seed {
    /// Takes every byte that may be the first of a field for one.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        let starts = |i: &usize| *i == 0 || bytes[*i - 1] < 0x80;
        let cuts = (0..bytes.len()).filter(starts).chain([bytes.len()]).collect();
        Self { bytes: bytes.to_vec(), cuts }
    }

    /// Learns from `refused_at` where fields begin: it gives the place that a pickle is refused at.
    pub fn probed(bytes: &[u8], refused_at: impl Fn(&[u8]) -> Option<usize>) -> Self {
        let mut cuts: Vec<usize> =
            (0..bytes.len()).filter_map(|end| refused_at(&bytes[..end])).collect();
        cuts.extend([0, bytes.len()]);
        cuts.retain(|cut| *cut <= bytes.len());
        cuts.sort_unstable();
        cuts.dedup();
        Self { bytes: bytes.to_vec(), cuts }
    }

    /// The pickle.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Number of its fields.
    #[must_use]
    pub fn fields(&self) -> usize {
        self.cuts.len().saturating_sub(1)
    }

    fn field(&self, i: usize) -> std::ops::Range<usize> {
        self.cuts[i]..self.cuts[i + 1]
    }

    fn any(&self, random: &mut Random) -> std::ops::Range<usize> {
        if self.fields() == 0 { 0..0 } else { self.field(random.below(self.fields())) }
    }

    /// Puts `new` in the place of a range; what begins behind it moves along.
    fn replace(&mut self, range: std::ops::Range<usize>, new: &[u8]) {
        self.cuts.retain(|cut| *cut <= range.start || *cut >= range.end);
        for cut in &mut self.cuts {
            if *cut >= range.end && *cut > range.start {
                *cut = *cut - range.len() + new.len();
            }
        }
        self.bytes.splice(range, new.iter().copied());
        // What is put behind the last field is a field of its own.
        self.cuts.push(self.bytes.len());
        self.cuts.dedup();
    }

    /// Makes one change; `other` lends fields.
    pub fn change(&mut self, random: &mut Random, other: &Self) {
        let field = self.any(random);
        let place = random.below(self.bytes.len());
        match random.below(12) {
            0 => self.poke(place, |byte, random| byte ^ (1 << random.below(8)), random),
            1 => self.poke(place, |_, random| [0, 1, 0x7F, 0x80, 0xFF][random.below(5)], random),
            2 | 3 => {
                let number = match random.below(20) {
                    i @ 0..16 => NUMBERS[i],
                    16 => self.bytes.len() as u64,
                    17 => self.fields() as u64,
                    _ => random.number() >> random.below(64),
                };
                self.replace(field, &groups(number));
            }
            4 => self.poke(field.start, |byte, _| byte.wrapping_add(1), random),
            5 => self.poke(field.start, |byte, _| byte.wrapping_sub(1), random),
            6 => self.replace(field, &[]),
            7 => {
                let copy = self.bytes[field.clone()].to_vec();
                self.replace(field.start..field.start, &copy);
            }
            8 => {
                let copy = self.bytes[self.any(random)].to_vec();
                self.replace(field, &copy);
            }
            9 => {
                let lent = other.any(random);
                let end = other.cuts[random.below(other.cuts.len())].max(lent.end);
                self.replace(field, &other.bytes[lent.start..end]);
            }
            10 => self.replace(place..self.bytes.len(), &[]),
            _ => {
                let more: Vec<u8> =
                    (0..1 + random.below(8)).map(|_| random.number() as u8).collect();
                self.replace(place..place, &more);
            }
        }
    }

    fn poke(&mut self, place: usize, new: impl Fn(u8, &mut Random) -> u8, random: &mut Random) {
        if let Some(byte) = self.bytes.get_mut(place) {
            *byte = new(*byte, random);
        }
    }
}

/// Changes seeds.
#[derive(Clone, Debug)]
pub struct Mutator {
    seeds: Vec<Seed>,
    random: Random,
}

impl Mutator {
    /// A mutator of these seeds, which must not be empty; the same `number`, the same changes.
    #[must_use]
    pub fn new(seeds: Vec<Seed>, number: u64) -> Self {
        Self { seeds, random: Random(number) }
    }

    /// The next changed pickle: one to four changes of a seed.
    pub fn pickle(&mut self) -> Vec<u8> {
        let random = &mut self.random;
        let other = random.below(self.seeds.len());
        let mut seed = self.seeds[random.below(self.seeds.len())].clone();
        for _ in 0..1 + random.below(2) * random.below(4) {
            seed.change(random, &self.seeds[other]);
        }
        seed.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_makes_the_same_changes() {
        let mutator = |number| Mutator::new(vec![Seed::new(b"some bytes"), Seed::new(b"")], number);
        let some = |mut m: Mutator| (0..1_000).map(|_| m.pickle()).collect::<Vec<_>>();
        assert_eq!(some(mutator(1)), some(mutator(1)));
        assert_ne!(some(mutator(1)), some(mutator(2)));
    }

    #[test]
    fn fields_stay_within_the_bytes_whatever_is_changed() {
        let mut random = Random(3);
        let other = Seed::new(&[1, 0x80, 2, 3, 0xFF, 0x01, 9]);
        for _ in 0..2_000 {
            let mut seed = Seed::new(&[5, 0x81, 0, 7, 7, 0xC0, 1]);
            for _ in 0..6 {
                seed.change(&mut random, &other);
                assert_eq!(seed.cuts.last(), Some(&seed.bytes.len()), "{seed:?}");
                assert!(seed.cuts.is_sorted(), "{seed:?}");
            }
        }
    }

    #[test]
    fn cut_pickles_tell_where_fields_begin() {
        // Fields of three bytes each.
        let seed = Seed::probed(&[0; 9], |cut| Some(cut.len() / 3 * 3));
        assert_eq!(seed.cuts, [0, 3, 6, 9]);
    }
}
