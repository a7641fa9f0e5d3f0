//! Members of a replay: who they are, and what they hold when a crash begins.

use {
    bulkhead_model::{Int, MarketParams},
    rand::{Rng, SeedableRng},
    rand_chacha::ChaCha8Rng,
};

/// Margins of leveraged members over their initial margin, in percent of it.
const CUSHIONS: [Int; 9] = [105, 110, 120, 135, 150, 180, 210, 250, 300];
/// Four leveraged members in five are long.
const LONG: f64 = 0.8;

/// One side of a trade, and the money behind it.
#[derive(Clone, Debug)]
pub struct Seat {
    /// The market that it trades.
    pub market: usize,
    /// Signed lots.
    pub lots: Int,
    /// Margin in percent of its initial margin.
    pub cushion: Int,
}

/// Draws leveraged members and one hedger for each of them, which holds the other side with a margin
/// that no crash uses up. `prices` are mantissas at the start; a market without one has no members.
pub fn draw(
    members: usize,
    prices: &[Option<Int>],
    params: &[MarketParams],
    quote: u32,
    seed: u64,
) -> Vec<Seat> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let open: Vec<usize> = (0..prices.len()).filter(|market| prices[*market].is_some()).collect();
    (0..members / 2)
        .flat_map(|_| {
            let market = open[rng.random_range(0..open.len())];
            let dollars = rng.random_range(20_000..60_000) * [1, 1, 1, 2, 3][rng.random_range(0..5)];
            let is_long = rng.random_bool(LONG);
            let cushion = CUSHIONS[rng.random_range(0..CUSHIONS.len())];
            let of = &params[market];
            let scale = (10 as Int).pow(of.price_decimals + of.lot_decimals - quote);
            let size = dollars * (10 as Int).pow(quote) * scale / prices[market].unwrap_or(1);
            let lots = if is_long { size } else { -size };
            [Seat { market, lots, cushion }, Seat { market, lots: -lots, cushion: 1_500 }]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use {super::*, crate::shipped::Shipped};

    #[test]
    fn every_lot_has_another_side() {
        let params: Vec<MarketParams> =
            Shipped::bundled().unwrap().markets.into_iter().map(|(_, params)| params).collect();
        let prices = [Some(800_000_000_000), None, Some(2_000_000_000)];
        let seats = draw(200, &prices, &params, 6, 7);
        assert_eq!(seats.len(), 200);
        for market in 0..3 {
            assert_eq!(
                seats.iter().filter(|seat| seat.market == market).map(|seat| seat.lots).sum::<Int>(),
                0
            );
        }
        assert!(seats.iter().all(|seat| seat.market != 1 && seat.lots != 0));
    }
}
