//! The order of samples: random, and the same again from the same seed.

/// A small generator (xorshift with a multiplied output); not for anything but orders.
#[derive(Clone, Debug)]
pub struct Shuffler {
    state: u64,
}

impl Shuffler {
    /// A generator for a seed; `stream` tells apart those that share one.
    #[must_use]
    pub const fn new(seed: u64, stream: u64) -> Self {
        // The state must not be zero, and close seeds must not give close orders.
        let mixed =
            (seed ^ stream.wrapping_mul(0xD6E8_FEB8_6659_FD93)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self { state: mixed | 1 }
    }

    const fn next(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Puts `items` in a random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            // The bias of a remainder is below one in 2^50 for the few lanes of a block.
            let chosen = (self.next() >> 11) as usize % (last + 1);
            items.swap(last, chosen);
        }
    }
}
