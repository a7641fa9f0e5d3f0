//! Draws the members of the demo, of mixed size and leverage, from a seed, and the trades between
//! them.
//!
//! - Traders are mostly long, with the initial margin times a cushion of 1.05 to 3.
//! - The whale is long of the youngest asset, with twice the initial margin, as large as the cover
//!   limit allows. Most losses of clearing houses came from one such member (Nasdaq Clearing,
//!   2018).
//! - Hedgers take the other side of the traders, at two to three times leverage.
//! - Backers hold no positions and contribute for the fees.
//! - Keepers are the keeper's own accounts, with margin for the positions that they will take from
//!   others.
//!
//! In a scenario of linked members half of them are one group instead. The group is long of the
//! last market with the least margin that the rules allow; hedgers hold the other side of all of
//! them.
//!
//! Every member meets the fund's requirements. A member that would endanger more of the mutual
//! resources than the cover limit allows posts more margin until it does not.

use {
    crate::{migration::Parameters, rng::Rng},
    anyhow::{anyhow, ensure, Result},
    bulkhead_client::state::MarketParams,
    bulkhead_math::{
        positions::Position,
        requirements::{notional, Mark, Risk},
        units::{Bps, Scale},
        MathError, Round,
    },
};

/// Number of the keeper's accounts.
pub const KEEPERS: usize = 3;

/// Most members: the addresses and the trades of a run must fit.
pub const MAX_MEMBERS: usize = 20_000;

/// Cushions over initial margin, in percent of it.
const CUSHIONS: [u64; 9] = [105, 110, 120, 135, 150, 180, 210, 250, 300];

/// The whale's cushion, in percent of its initial margin.
const WHALE_CUSHION: u64 = 210;

/// A member's part in the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Trades with leverage.
    Trader,
    /// The member that is too large.
    Whale,
    /// Takes the other side.
    Hedger,
    /// A member of a group that bets together.
    Linked,
    /// Only contributes.
    Backer,
    /// An account of the keeper.
    Keeper,
    /// The keeper's account for its bounties, opened beside the population.
    Bounty,
}

impl Kind {
    /// The name that the report shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trader => "trader",
            Self::Whale => "whale",
            Self::Hedger => "hedger",
            Self::Backer => "backer",
            Self::Linked => "linked",
            Self::Keeper => "keeper",
            Self::Bounty => "bounties",
        }
    }

    /// Whether its size is the most that the cover limit allows.
    fn is_too_large(self) -> bool {
        matches!(self, Self::Whale | Self::Linked)
    }
}

/// A member and its money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    pub kind: Kind,
    /// Margin that it deposits, in base units.
    pub margin: u64,
    /// Contribution that it pays in, in base units.
    pub contribution: u64,
    /// Lots that it will hold, by market.
    pub lots: Vec<i64>,
}

/// A trade at the mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    pub market: usize,
    /// Number of the member that receives the lots.
    pub buyer: usize,
    /// Number of the member that gives them.
    pub seller: usize,
    /// Number of lots, unsigned.
    pub lots: u64,
}

/// All members, and the trades between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population {
    /// Members, the keepers last.
    pub seats: Vec<Seat>,
    /// Trades, in order.
    pub trades: Vec<Trade>,
    /// Money of the treasury at the start: the floor that the parameters demand.
    pub treasury: u64,
}

/// Draws `members` members and the keepers. `quotes` are price and confidence by market.
pub fn draw(
    parameters: &Parameters,
    quotes: &[(i64, u64)],
    members: usize,
    seed: u64,
    linked: bool,
) -> Result<Population> {
    ensure!(members >= 2, "--members {members}: a trade has two sides, so there must be at least 2 members");
    ensure!(members <= MAX_MEMBERS, "--members {members}: at most {MAX_MEMBERS}");
    let draw = Draw { parameters, quotes, rng: Rng::new(seed, "population") };
    draw.population(members, linked).map_err(|error| {
        anyhow!("these parameters cannot be traded with ({error:?}): check prices and decimals")
    })
}

struct Draw<'a> {
    parameters: &'a Parameters,
    quotes: &'a [(i64, u64)],
    rng: Rng,
}

impl Draw<'_> {
    fn population(mut self, members: usize, linked: bool) -> Result<Population, MathError> {
        let mut seats = if linked { self.linked_seats(members) } else { self.seats(members) };
        for seat in seats.iter_mut().filter(|seat| seat.kind == Kind::Trader) {
            seat.lots = self.trader_lots()?;
        }
        self.feed_whale(&mut seats)?;
        self.hedge(&mut seats)?;
        let trades = self.trades(&seats);
        let long = self.long_notional(&seats)?;
        for seat in &mut seats {
            self.fill(seat, long)?;
        }
        let treasury = self.treasury(&seats)?;
        self.respect_cover_limit(&mut seats, treasury)?;
        Ok(Population { seats, trades, treasury })
    }

    /// Draws one whale, a tenth of backers, three tenths of hedgers and traders for the rest.
    fn seats(&mut self, members: usize) -> Vec<Seat> {
        let mut kinds = vec![Kind::Trader; members];
        kinds[0] = Kind::Whale;
        let backers = members / 10;
        let hedgers = (members * 3 / 10).max(1);
        kinds[1..=hedgers].fill(Kind::Hedger);
        kinds[hedgers + 1..][..backers.min(members - hedgers - 1)].fill(Kind::Backer);
        self.rng.shuffle(&mut kinds);
        kinds.extend([Kind::Keeper; KEEPERS]);
        let flat = vec![0; self.parameters.markets.len()];
        kinds.into_iter().map(|kind| Seat { kind, margin: 0, contribution: 0, lots: flat.clone() }).collect()
    }

    /// Draws a linked half, an eighth of backers and hedgers for the rest.
    fn linked_seats(&mut self, members: usize) -> Vec<Seat> {
        let mut kinds = vec![Kind::Hedger; members];
        let linked = members / 2;
        kinds[..linked].fill(Kind::Linked);
        kinds[linked..][..(members / 8).max(1).min(members - linked - 1)].fill(Kind::Backer);
        self.rng.shuffle(&mut kinds);
        kinds.extend([Kind::Keeper; KEEPERS]);
        let flat = vec![0; self.parameters.markets.len()];
        kinds.into_iter().map(|kind| Seat { kind, margin: 0, contribution: 0, lots: flat.clone() }).collect()
    }

    /// Draws one or two markets, the youngest asset most often; four traders in five are long.
    fn trader_lots(&mut self) -> Result<Vec<i64>, MathError> {
        let count = self.parameters.markets.len();
        let size = self.rng.between(20_000, 60_000) * self.rng.pick(&[1, 1, 1, 2, 3]);
        let long = self.rng.chance(80);
        let first = self.favourite(count);
        let second = self.favourite(count);
        let share = if first == second || self.rng.chance(50) { 100 } else { self.rng.between(50, 80) };
        let mut lots = vec![0; count];
        for (market, percent) in [(first, share), (second, 100 - share)] {
            let dollars = size * percent / 100;
            let held = self.lots_for(market, dollars)?;
            lots[market] += if long { held } else { -held };
        }
        Ok(lots)
    }

    /// Sizes the whale, or each linked member, so that its stress loss is the most that the cover
    /// limit allows at the least resources the others can have.
    fn feed_whale(&mut self, seats: &mut [Seat]) -> Result<(), MathError> {
        let market = self.parameters.markets.len() - 1;
        let rates = &self.market(market).terms.rates;
        let mut mutual = 0;
        for seat in seats.iter().filter(|seat| !seat.kind.is_too_large()) {
            let required = self.risk(seat)?.required_contribution(self.parameters.fund.min_contribution);
            mutual += match seat.kind {
                Kind::Keeper => required.max(percent(self.long_notional(seats)?, 1)),
                _ => required,
            };
        }
        let limit = Bps(self.parameters.fund.cover_limit_bps).of(mutual, Round::Down)?;
        for seat in seats.iter_mut().filter(|seat| seat.kind.is_too_large()) {
            let cushion = if seat.kind == Kind::Whale { WHALE_CUSHION } else { CUSHIONS[0] };
            let uncovered_bps =
                u64::from(rates.stress_bps).saturating_sub(u64::from(rates.initial_bps) * cushion / 100);
            let dollars =
                limit / 10u64.pow(self.parameters.quote_decimals.into()) * 10_000 / uncovered_bps.max(1);
            seat.lots[market] = self.lots_for(market, dollars)?;
        }
        Ok(())
    }

    /// Draws a market: the last with 45%, the one before with 30%, and so on.
    fn favourite(&mut self, count: usize) -> usize {
        let from_last = match self.rng.below(100) {
            0..45 => 0,
            45..75 => 1,
            _ => 2,
        };
        count - 1 - from_last.min(count - 1)
    }

    fn lots_for(&self, market: usize, dollars: u64) -> Result<i64, MathError> {
        let units = u128::from(dollars) * 10u128.pow(self.parameters.quote_decimals.into());
        let raw = units
            .checked_mul(scale(self.market(market), self.parameters)?.get().into())
            .ok_or(MathError::Overflow)?;
        i64::try_from(raw / self.quotes[market].0.unsigned_abs() as u128).map_err(|_| MathError::Overflow)
    }

    /// Lets hedgers share the traders' net position, by weight.
    fn hedge(&mut self, seats: &mut [Seat]) -> Result<(), MathError> {
        let hedgers: Vec<usize> =
            (0..seats.len()).filter(|index| seats[*index].kind == Kind::Hedger).collect();
        for market in 0..self.parameters.markets.len() {
            let net: i64 = seats.iter().map(|seat| seat.lots[market]).sum();
            let weights: Vec<i64> = hedgers.iter().map(|_| self.rng.between(1, 3) as i64).collect();
            let total: i64 = weights.iter().sum();
            let mut left = -net;
            for (hedger, weight) in hedgers.iter().zip(&weights) {
                let part = i128::from(-net) * i128::from(*weight) / i128::from(total);
                let part = i64::try_from(part).map_err(|_| MathError::Overflow)?;
                seats[*hedger].lots[market] = part;
                left -= part;
            }
            seats[hedgers[0]].lots[market] += left;
        }
        Ok(())
    }

    /// Matches buyers and sellers of each market in random order.
    fn trades(&mut self, seats: &[Seat]) -> Vec<Trade> {
        let mut trades = Vec::new();
        for market in 0..self.parameters.markets.len() {
            let mut sides = [true, false].map(|long| {
                let mut side: Vec<(usize, u64)> = seats
                    .iter()
                    .enumerate()
                    .filter(|(_, seat)| seat.lots[market] != 0 && (seat.lots[market] > 0) == long)
                    .map(|(index, seat)| (index, seat.lots[market].unsigned_abs()))
                    .collect();
                self.rng.shuffle(&mut side);
                side
            });
            let [buyers, sellers] = &mut sides;
            while let (Some((buyer, wanted)), Some((seller, offered))) =
                (buyers.last_mut(), sellers.last_mut())
            {
                let lots = (*wanted).min(*offered);
                trades.push(Trade { market, buyer: *buyer, seller: *seller, lots });
                *wanted -= lots;
                *offered -= lots;
                buyers.retain(|(_, lots)| *lots > 0);
                sellers.retain(|(_, lots)| *lots > 0);
            }
        }
        trades
    }

    /// Fills in margin and contribution for the lots that a seat will hold.
    fn fill(&mut self, seat: &mut Seat, long: u64) -> Result<(), MathError> {
        let risk = self.risk(seat)?;
        let value = self.notional(seat)?;
        let fees = Bps(self.parameters.fund.clearing_fee_bps * 2).of(value, Round::Up)?; // in and out again
        let spread = risk.profit_adverse.min(0).unsigned_abs();
        let required = risk.required_contribution(self.parameters.fund.min_contribution);
        let (margin, contribution) = match seat.kind {
            Kind::Trader => (
                percent(risk.initial, self.rng.pick(&CUSHIONS)),
                percent(required, self.rng.between(110, 150)),
            ),
            Kind::Whale => (percent(risk.initial, WHALE_CUSHION), percent(required, 110)),
            Kind::Linked => (percent(risk.initial, CUSHIONS[0]), percent(required, 101)),
            Kind::Bounty => (0, 0),
            Kind::Hedger => {
                (percent(value, self.rng.between(33, 50)), percent(required, self.rng.between(120, 200)))
            }
            Kind::Backer => (0, self.parameters.fund.min_contribution * self.rng.between(2, 10)),
            // Each keeper could take a quarter of everything, at one and a half times leverage.
            Kind::Keeper => (percent(long, 17), percent(long, 1).max(required)),
        };
        seat.margin = margin + spread + fees;
        seat.contribution = contribution;
        Ok(())
    }

    fn treasury(&self, seats: &[Seat]) -> Result<u64, MathError> {
        let contributions = seats.iter().map(|seat| seat.contribution).sum();
        let params = &self.parameters.fund;
        Ok(Bps(params.treasury_floor_bps).of(contributions, Round::Up)?.max(params.treasury_floor))
    }

    fn respect_cover_limit(&self, seats: &mut [Seat], treasury: u64) -> Result<(), MathError> {
        let contributions: u64 = seats.iter().map(|seat| seat.contribution).sum();
        for seat in seats {
            let mutual = treasury + contributions - seat.contribution;
            // The limit is undercut by a hundredth, because a trade is checked at its own marks.
            let limit = percent(Bps(self.parameters.fund.cover_limit_bps).of(mutual, Round::Down)?, 99);
            let stress =
                self.risk(seat)?.stress_loss(seat.margin, self.parameters.fund.auction().max_discount)?;
            seat.margin += stress.saturating_sub(limit);
        }
        Ok(())
    }

    fn long_notional(&self, seats: &[Seat]) -> Result<u64, MathError> {
        let mut long = 0;
        for seat in seats {
            for (market, lots) in seat.lots.iter().enumerate() {
                long += self.value((*lots).max(0), market)?;
            }
        }
        Ok(long)
    }

    fn notional(&self, seat: &Seat) -> Result<u64, MathError> {
        seat.lots.iter().enumerate().map(|(market, lots)| self.value(*lots, market)).sum()
    }

    fn value(&self, lots: i64, market: usize) -> Result<u64, MathError> {
        notional(lots, self.quotes[market].0.unsigned_abs(), scale(self.market(market), self.parameters)?)
    }

    /// Requirements of a seat's positions, traded at the mark.
    fn risk(&self, seat: &Seat) -> Result<Risk, MathError> {
        let mut risk = Risk::default();
        for (index, lots) in seat.lots.iter().enumerate().filter(|(_, lots)| **lots != 0) {
            let market = self.market(index);
            let (price, confidence) = (self.quotes[index].0.unsigned_abs(), self.quotes[index].1);
            let mark = Mark::around(price, confidence * u64::from(market.terms.confidence_multiple));
            let position = Position::default().trade(*lots, price)?;
            risk.add(
                &position,
                &mark,
                scale(market, self.parameters)?,
                &market.terms.rates.with(&market.terms.adjustment),
            )?;
        }
        Ok(risk)
    }

    fn market(&self, index: usize) -> &MarketParams {
        &self.parameters.markets[index].params
    }
}

fn scale(market: &MarketParams, parameters: &Parameters) -> Result<Scale, MathError> {
    Scale::from_decimals(market.price_decimals, market.lot_decimals, parameters.quote_decimals)
}

fn percent(amount: u64, percent: u64) -> u64 {
    amount / 100 * percent + amount % 100 * percent / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quotes() -> Vec<(i64, u64)> {
        [117_584.6, 4_091.19, 209.56].map(|usd| ((usd * 1e8) as i64, (usd * 6e4) as u64)).to_vec()
    }

    fn draw_members(members: usize, seed: u64) -> Population {
        draw(&Parameters::bundled().unwrap(), &quotes(), members, seed, false).unwrap()
    }

    #[test]
    fn a_trade_has_two_sides() {
        let parameters = Parameters::bundled().unwrap();
        for members in [0, 1] {
            let error = draw(&parameters, &quotes(), members, 1, false).unwrap_err().to_string();
            assert!(error.contains("at least 2"), "{error}");
        }
        assert!(!draw_members(2, 1).trades.is_empty());
    }

    #[test]
    fn the_seed_decides() {
        assert_eq!(draw_members(30, 7), draw_members(30, 7));
        assert_ne!(draw_members(30, 7), draw_members(30, 8));
    }

    #[test]
    fn trades_lead_to_what_everybody_wants_to_hold() {
        for seed in 0..20 {
            let population = draw_members(31, seed);
            let mut held = vec![vec![0i64; 3]; population.seats.len()];
            for trade in &population.trades {
                assert_ne!(trade.buyer, trade.seller);
                held[trade.buyer][trade.market] += trade.lots as i64;
                held[trade.seller][trade.market] -= trade.lots as i64;
            }
            for (seat, held) in population.seats.iter().zip(held) {
                assert_eq!(seat.lots, held);
            }
        }
    }

    #[test]
    fn everybody_meets_the_requirements() {
        let parameters = Parameters::bundled().unwrap();
        for (members, seed) in [(2, 1), (3, 2), (10, 3), (30, 4), (500, 5)] {
            let population = draw_members(members, seed);
            let quotes = quotes();
            let draw = Draw { parameters: &parameters, quotes: &quotes, rng: Rng::new(0, "unused") };
            let contributions: u64 = population.seats.iter().map(|seat| seat.contribution).sum();
            for seat in &population.seats {
                let risk = draw.risk(seat).unwrap();
                let mutual = population.treasury + contributions - seat.contribution;
                assert!(risk.meets_initial(seat.margin).unwrap(), "{seat:?}");
                assert!(
                    seat.contribution >= risk.required_contribution(parameters.fund.min_contribution),
                    "{seat:?}"
                );
                let discount = parameters.fund.auction().max_discount;
                assert!(
                    risk.within_cover_limit(seat.margin, discount, Bps(5_000), mutual).unwrap(),
                    "{seat:?}"
                );
            }
        }
    }

    #[test]
    fn leverage_is_mixed() {
        let population = draw_members(100, 1);
        let quotes = quotes();
        let parameters = Parameters::bundled().unwrap();
        let draw = Draw { parameters: &parameters, quotes: &quotes, rng: Rng::new(0, "unused") };
        let leverages: Vec<u64> = population
            .seats
            .iter()
            .filter(|seat| seat.kind == Kind::Trader)
            .map(|seat| draw.notional(seat).unwrap() / seat.margin)
            .collect();
        assert!(leverages.iter().any(|leverage| *leverage >= 7), "{leverages:?}");
        assert!(leverages.iter().any(|leverage| *leverage <= 3), "{leverages:?}");
    }
}
