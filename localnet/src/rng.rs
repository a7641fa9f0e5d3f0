//! Random numbers fixed by a seed: the same seed gives the same wallets, trades and report on every
//! machine.

/// SplitMix64: small, portable, and good enough to draw a population. It secures nothing.
pub struct Rng(u64);

impl Rng {
    /// Returns a stream of its own for each purpose, so that a change to one stream draws nothing
    /// from the others.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mixed = purpose.bytes().fold(seed ^ 0x9e37_79b9_7f4a_7c15, |state, byte| {
            (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3).rotate_left(23)
        });
        let mut rng = Self(mixed);
        rng.word();
        rng
    }

    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// Whether an event of `percent` probability happens.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `items`, which is not empty.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u64) as usize]
    }

    /// Shuffles `items`.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }

    /// Returns 32 bytes, for a key.
    pub fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&self.word().to_le_bytes()));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_purpose_fix_the_stream() {
        let draw = |seed, purpose| {
            let mut rng = Rng::new(seed, purpose);
            [rng.word(), rng.word(), rng.below(10)]
        };
        assert_eq!(draw(7, "wallets"), draw(7, "wallets"));
        assert_ne!(draw(7, "wallets"), draw(8, "wallets"));
        assert_ne!(draw(7, "wallets"), draw(7, "trades"));
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: Vec<u32> = (0..50).collect();
        Rng::new(1, "test").shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn draws_stay_in_their_bounds() {
        let mut rng = Rng::new(3, "test");
        let draws: Vec<u64> = (0..2_000).map(|_| rng.between(4, 6)).collect();
        assert!([4, 5, 6].iter().all(|value| draws.contains(value)));
        assert!(draws.iter().all(|value| (4..=6).contains(value)));
    }
}
