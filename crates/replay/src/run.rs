//! One crash under one setting: members, keepers and prices on the reference model.

use {
    crate::{crowd, path::Crash, shipped::Shipped},
    bulkhead_model::{Clock, DefaultStatus, Int, MarketParams, MemberStatus, Model, Op, Reason, Update},
    rand::{Rng, SeedableRng},
    rand_chacha::ChaCha8Rng,
    std::collections::{BTreeMap, BTreeSet},
};

/// Keepers that liquidate and take over. Each has margin for whatever it takes.
const KEEPERS: [&str; 4] = ["keeper 1", "keeper 2", "keeper 3", "keeper 4"];
/// A keeper cranks when the price has moved by this since its last print, or the print is this old.
const CRANK_BPS: f64 = 3.0;
const CRANK_SECS: i64 = 15;
/// What a keeper pays to get rid of lots elsewhere, in bps of notional.
const COST_BPS: f64 = 5.0;
/// What a buyer of the house's lots asks besides, for their size.
const SALE_BPS: f64 = 50.0;
/// Half of the confidence interval of a print, in bps of its price.
const CONFIDENCE_BPS: f64 = 4.0;
/// Odds a second of a wild print, its size, and for how many seconds it stands.
const WILD_ODDS: f64 = 1.0 / 900.0;
const WILD_MOVE: std::ops::Range<f64> = 0.02..0.08;
const WILD_SECS: std::ops::RangeInclusive<i64> = 1..=8;
const SLOT_MS: Int = 400;
/// How long the chain can be reached at a time on a congested day.
const REACH_SECS: usize = 30;

/// Sets the protocol's length of a cell, the age of full doubt and the bonus.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Settings {
    /// Length of a cell of the range, in seconds.
    pub cell_secs: u32,
    /// Age of a print at which the doubt of B is full.
    pub age_full_secs: u32,
    /// Bonus of a liquidator, in bps of notional.
    pub bonus_bps: u32,
    /// Prints and keepers reach the chain for half a minute in so many seconds: 1 is always, minutes
    /// is a congested day.
    pub reach_secs: u32,
    /// Members, keepers apart.
    pub members: usize,
    /// Whether wild prints occur that stand for up to eight seconds.
    pub wild: bool,
    /// Of members and wild prints.
    pub seed: u64,
}

/// What happened in one replay. Money is in dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Outcome {
    /// Members that were liquidated, wholly or in part.
    pub liquidated: u64,
    /// Of them, members whose first liquidation was at a wild print.
    pub at_wild: u64,
    /// Members that defaulted.
    pub defaults: u64,
    /// What members paid in excess of the true price when their lots were taken, less the bonus.
    pub given_away: f64,
    /// What the treasury has less, fees of liquidations aside.
    pub treasury_paid: f64,
    /// What the contributions of members that did not default are worth less, and losses that
    /// nobody had paid at the end.
    pub survivors_paid: f64,
    /// Notional taken by liquidators.
    pub taken: f64,
    /// Of it, notional that was profitable to take within ten seconds of the print.
    pub taken_at_once: f64,
    /// Trades at the start that the rules refused.
    pub refused: u64,
}

/// Replays a crash.
///
/// # Panics
/// If the model's books do not balance at the end: then the replay has found a bug.
pub fn replay(crash: &Crash, shipped: &Shipped, settings: &Settings) -> Outcome {
    let mut run = Run::new(crash, shipped, settings);
    for second in 1..crash.secs() {
        run.second(second);
    }
    run.finish()
}

struct Run<'a> {
    crash: &'a Crash,
    model: Model,
    clock: Clock,
    rng: ChaCha8Rng,
    settings: Settings,
    /// By market: the last print and when it was, and until when a wild print stands.
    printed: Vec<(f64, i64)>,
    wild_until: Vec<i64>,
    /// By market: since when the price has been moving, for what is taken at once.
    moved_at: Vec<i64>,
    liquidated: BTreeSet<String>,
    /// After the first trades: the treasury, and contributions by member.
    treasury: Int,
    contributions: BTreeMap<String, f64>,
    outcome: Outcome,
}

impl<'a> Run<'a> {
    fn new(crash: &'a Crash, shipped: &Shipped, settings: &Settings) -> Self {
        let mut fund = shipped.fund.clone();
        fund.age_full_secs = settings.age_full_secs.into();
        fund.liquidation_bonus_bps = settings.bonus_bps.into();
        let params: Vec<MarketParams> = shipped.markets.iter().map(|(_, params)| params.clone()).collect();
        let clock = Clock { slot: 1_000, ts: crash.start_ts.into() };
        let mut model = Model::new(fund, params.clone(), clock);
        for market in &mut model.markets {
            market.cell_secs = settings.cell_secs.into();
        }
        let markets = crash.prices.len();
        let mut run = Self {
            crash,
            model,
            clock,
            rng: ChaCha8Rng::seed_from_u64(settings.seed),
            settings: *settings,
            printed: vec![(0.0, 0); markets],
            wild_until: vec![0; markets],
            moved_at: vec![0; markets],
            liquidated: BTreeSet::new(),
            treasury: 0,
            contributions: BTreeMap::new(),
            outcome: Outcome::default(),
        };
        run.populate(&params);
        run
    }

    /// Members trade at the first price; their margins cover what the rules ask for.
    fn populate(&mut self, params: &[MarketParams]) {
        (0..self.crash.prices.len()).for_each(|market| self.crank(market, 0, None));
        let quote = self.model.params.quote_decimals;
        let prices: Vec<Option<Int>> =
            self.model.markets.iter().map(|market| (market.price > 0).then_some(market.price)).collect();
        let seats = crowd::draw(self.settings.members, &prices, params, quote, self.settings.seed);
        let value = |seat: &crowd::Seat| {
            let market = &self.model.markets[seat.market];
            seat.lots.abs() * market.price / market.scale
        };
        let long: Int = seats.iter().filter(|seat| seat.lots > 0).map(value).sum();
        let funded: Vec<(Int, Int)> = seats
            .iter()
            .map(|seat| {
                let (rates, value) = (params[seat.market].rates, value(seat));
                let contribution = (value * 25 / 1_000).max(self.model.params.min_contribution * 12 / 10);
                // A fee, the spread of A and the add-on of large positions on top.
                (value * rates.initial / 10_000 * seat.cushion / 100 + value / 200, contribution)
            })
            .collect();
        for (number, (margin, contribution)) in funded.iter().enumerate() {
            self.seat(&name(number), *margin, *contribution);
        }
        for keeper in KEEPERS {
            self.seat(keeper, long, long / 100);
        }
        let treasury = funded.iter().map(|(_, contribution)| contribution).sum::<Int>() / 20;
        let treasury = treasury.max(self.model.params.treasury_floor);
        self.model.give("treasurer", treasury as u64);
        self.try_op(Op::FundTreasury { funder: "treasurer".into(), amount: treasury as u64 });
        for (number, pair) in seats.chunks(2).enumerate() {
            let (buyer, seller) = if pair[0].lots > 0 { (0, 1) } else { (1, 0) };
            let op = Op::Novate {
                buyer: name(2 * number + buyer),
                seller: name(2 * number + seller),
                market: pair[0].market as u16,
                lots: pair[0].lots.unsigned_abs() as u64,
                price: self.model.markets[pair[0].market].price as u64,
            };
            self.outcome.refused += u64::from(!self.try_op(op));
        }
        self.treasury = self.model.treasury;
        self.contributions = self.contributions();
    }

    /// What the shares of every member are worth, in dollars.
    fn contributions(&self) -> BTreeMap<String, f64> {
        let (money, shares) =
            (self.model.contributions as f64 / 1e6, self.model.total_shares().max(1) as f64);
        let worth = |name: &String| self.model.live_shares(name) as f64 / shares * money;
        self.model.members.keys().map(|name| (name.clone(), worth(name))).collect()
    }

    fn seat(&mut self, name: &str, margin: Int, contribution: Int) {
        self.model.give(name, (margin + contribution) as u64);
        self.try_op(Op::Open { member: name.into() });
        self.try_op(Op::Deposit { member: name.into(), amount: margin as u64 });
        self.try_op(Op::Contribute { member: name.into(), amount: contribution as u64 });
    }

    fn second(&mut self, second: usize) {
        self.clock.ts = (self.crash.start_ts + second as i64).into();
        self.clock.slot = 1_000 + second as Int * 1_000 / SLOT_MS;
        if second % self.settings.reach_secs.max(1) as usize >= REACH_SECS {
            return;
        }
        let now = second as i64;
        let mut moved = false;
        for market in 0..self.crash.prices.len() {
            let Some(true_price) = self.true_price(market, second) else { continue };
            let (last, at) = self.printed[market];
            let is_wild = now < self.wild_until[market];
            let wild = (self.settings.wild && !is_wild && self.rng.random_bool(WILD_ODDS)).then(|| {
                (
                    self.rng.random_range(WILD_MOVE),
                    self.rng.random_bool(0.5),
                    self.rng.random_range(WILD_SECS),
                )
            });
            if let Some((size, up, secs)) = wild {
                self.crank(market, second, Some(if up { 1.0 + size } else { 1.0 - size }));
                self.wild_until[market] = now + secs;
                moved = true;
            } else if !is_wild
                && ((true_price / last - 1.0).abs() * 1e4 >= CRANK_BPS || now - at >= CRANK_SECS)
            {
                self.crank(market, second, None);
                moved = true;
            }
        }
        if moved || second.is_multiple_of(5) {
            self.keep(second);
        }
    }

    fn true_price(&self, market: usize, second: usize) -> Option<f64> {
        self.crash.prices[market].as_ref().map(|prices| prices[second])
    }

    /// A print of this second reaches the chain; a wild one is off by a factor.
    fn crank(&mut self, market: usize, second: usize, off: Option<f64>) {
        let Some(price) = self.true_price(market, second) else { return };
        let printed = price * off.unwrap_or(1.0);
        let decimals = self.model.markets[market].params.price_decimals;
        let mantissa = printed * 10f64.powi(decimals as i32);
        let update = Update {
            price: mantissa.round() as i64,
            confidence: (mantissa * CONFIDENCE_BPS / 1e4) as u64,
            exponent: -(decimals as i32),
            age_secs: 0,
            full: true,
        };
        self.try_op(Op::Crank { market: market as u16, update });
        if (printed / self.printed[market].0 - 1.0).abs() * 1e4 >= CRANK_BPS {
            self.moved_at[market] = second as i64;
        }
        self.printed[market] = (printed, second as i64);
    }

    /// What keepers do after a print: liquidate, declare, allocate, sell the house.
    fn keep(&mut self, second: usize) {
        let weak: Vec<String> = self
            .model
            .members
            .iter()
            .filter(|(name, member)| {
                member.has_positions() && !KEEPERS.contains(&name.as_str()) && self.is_weak(name)
            })
            .map(|(name, _)| name.clone())
            .collect();
        for member in weak {
            self.liquidate(&member, second);
            let keeper = Some(KEEPERS[0].to_owned());
            self.try_op(Op::SettleEpoch { member: member.clone() }); // refused unless its epoch has ended
            self.try_op(Op::Declare { member, keeper });
        }
        let open: Vec<_> = self
            .model
            .defaults
            .iter()
            .filter(|(_, record)| record.status == DefaultStatus::Declared)
            .map(|(id, _)| id.clone())
            .collect();
        for record in open {
            self.try_op(Op::Allocate { record, keeper: Some(KEEPERS[0].into()) });
        }
        if self.model.residual > 0 {
            self.try_op(Op::AllocateResidual);
        }
        for market in 0..self.crash.prices.len() {
            self.sell_house(market, second);
        }
    }

    /// Whether a member may be below maintenance margin even at the favourable ends of A, or is in
    /// grace: only then the model is asked.
    fn is_weak(&self, name: &str) -> bool {
        let member = &self.model.members[name];
        let (mut equity, mut maintenance) = (member.margin as f64, 0.0);
        for held in member.positions.iter().filter(|held| !held.is_free()) {
            let market = &self.model.markets[held.market];
            let price = market.interval_of_others(self.clock).favourable(held.lots) as f64;
            let (lots, scale) = (held.lots as f64, market.scale as f64);
            equity += (held.raw as f64 + lots * price) / scale;
            maintenance += lots.abs() * market.price as f64 / scale * market.rates.maintenance as f64 / 1e4;
        }
        member.status == MemberStatus::Grace || equity < maintenance * 1.001
    }

    /// The keeper takes lots of a member if that pays at the true price, bonus included.
    fn liquidate(&mut self, member: &str, second: usize) {
        let held: Vec<(usize, Int)> = self.model.members[member]
            .positions
            .iter()
            .filter(|held| held.lots != 0)
            .map(|held| (held.market, held.lots))
            .collect();
        for (market, lots) in held {
            let Some(true_price) = self.true_price(market, second) else { continue };
            let at = &self.model.markets[market];
            let unit = 10f64.powi(at.params.price_decimals as i32);
            let price = at.interval_of_others(self.clock).favourable(lots) as f64 / unit;
            // A long's lots are bought: what the price is above the true one costs the keeper.
            let cost_bps = (price / true_price - 1.0) * 1e4 * (lots.signum() as f64) + COST_BPS;
            if f64::from(self.settings.bonus_bps) < cost_bps {
                continue;
            }
            let scale = at.scale as f64;
            let taker = KEEPERS[self.rng.random_range(0..KEEPERS.len())].to_owned();
            let op = Op::Liquidate {
                member: taker.clone(),
                target: member.into(),
                market: market as u16,
                lots: lots.unsigned_abs() as u64,
            };
            let treasury = self.model.treasury;
            if !self.try_op(op) {
                continue;
            }
            self.treasury += self.model.treasury - treasury;
            let taken = (lots - self.model.members[member].lots(market)) as f64;
            let value = taken.abs() * true_price * unit / scale / 1e6;
            self.outcome.taken += value;
            if second as i64 - self.moved_at[market] <= 10 {
                self.outcome.taken_at_once += value;
            }
            self.outcome.given_away += taken * (true_price - price) * unit / scale / 1e6;
            if self.liquidated.insert(member.into()) {
                self.outcome.at_wild += u64::from((second as i64) < self.wild_until[market]);
            }
        }
    }

    /// Buyers take what the house sells once its discount pays for the sale elsewhere.
    fn sell_house(&mut self, market: usize, second: usize) {
        let lots = self.model.house_lots(market);
        let Some(true_price) = self.true_price(market, second).filter(|_| lots != 0) else { return };
        let at = &self.model.markets[market];
        let unit = 10f64.powi(at.params.price_decimals as i32);
        let params = &self.model.params;
        let elapsed = (self.clock.slot - at.house_since).clamp(0, params.auction_slots) as f64;
        let discount_bps = params.auction_max_discount_bps as f64 * elapsed / params.auction_slots as f64;
        let price = at.interval_of_others(self.clock).favourable(lots) as f64 / unit;
        let cost_bps = (price / true_price - 1.0) * 1e4 * (lots.signum() as f64) + COST_BPS + SALE_BPS;
        if discount_bps >= cost_bps {
            let member = KEEPERS[self.rng.random_range(0..KEEPERS.len())].to_owned();
            self.try_op(Op::TakeOver { member, market: market as u16, lots: lots.unsigned_abs() as u64 });
        }
    }

    fn try_op(&mut self, op: Op) -> bool {
        debug_assert!(self.model.can_try(&op));
        let outcome: Result<(), BTreeSet<Reason>> = self.model.apply(&op, self.clock);
        outcome.is_ok()
    }

    fn finish(mut self) -> Outcome {
        let broken = self.model.broken();
        assert!(broken.is_empty(), "{}: {broken:?}", self.crash.name);
        self.outcome.liquidated = self.liquidated.len() as u64;
        self.outcome.defaults = self.model.defaults.len() as u64;
        self.outcome.treasury_paid = (self.treasury - self.model.treasury) as f64 / 1e6;
        let now = self.contributions();
        let defaulted: BTreeSet<&String> =
            self.model.defaults.values().map(|record| &record.member).collect();
        let survivors = self.contributions.iter().filter(|(name, _)| !defaulted.contains(name));
        let lost: f64 = survivors.map(|(name, before)| before - now[name]).sum();
        self.outcome.survivors_paid = lost + self.model.unfunded() as f64 / 1e6;
        self.outcome
    }
}

fn name(number: usize) -> String {
    format!("member {number:04}")
}
