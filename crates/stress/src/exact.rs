//! The same day on the reference model, in whole units: the approximation is measured by it.
//!
//! The model is driven by its own operations. Every five minutes all markets are cranked twice, two
//! cells of chain time apart, so that the mark is the price of the step; then members are declared
//! or liquidated, in the order of the approximation, and takers buy from the house once the auction
//! has reached the discount that the square root law asks for.

use crate::{
    behaviour::{impact, Behaviour, HOUR, STEPS},
    day::{Outcome, ASSESSMENTS, CONTRIBUTIONS, TREASURY},
    fund::Fund,
    paths::Path,
    Shipped,
};
use anyhow::{bail, Result};
use bulkhead_model::{Clock, DefaultStatus, FundParams, Int, MarketParams, Model, Op, Rates, Update};

/// The account that takes over: it must have more than any house can hold.
pub const TAKER: &str = "taker";
/// Price decimals of every market.
const PRICE_DECIMALS: u32 = 8;
/// Decimals of money.
const QUOTE_DECIMALS: u32 = 6;
/// A lot is worth this at the start.
const LOT: f64 = 0.01;
/// Price of every market at the start, of which a lot is a ten-thousandth.
const START: f64 = 100.0;
/// Slots of 400 milliseconds in a second.
const SLOTS_A_SECOND: f64 = 2.5;
/// Seconds between the two cranks of a step.
const SETTLE_SECS: Int = 20;
/// Seconds of a step.
const STEP_SECS: Int = 300;

fn bps(rate: f64) -> Int {
    (rate * 1e4).round() as Int
}

fn money(amount: f64) -> u64 {
    (amount * 1e6).round() as u64
}

/// The driven model.
struct Driver<'a> {
    model: Model,
    clock: Clock,
    fund: &'a Fund,
    behaviour: &'a Behaviour,
    capacity: Vec<f64>,
    peak: Vec<f64>,
    /// Seconds of this step that takers have waited for the auction.
    waited: Int,
    /// Factor of the usual confidence in prints; none while positions are opened.
    doubt: f64,
    outcome: Outcome,
}

/// The shipped parameters with the terms of the fund, and without the rules that the approximation
/// leaves out: fees, bounties, assessments, exits, and limits on the size of a fund.
fn fund_params(fund: &Fund, shipped: &Shipped) -> FundParams {
    let terms = &fund.terms;
    FundParams {
        quote_decimals: QUOTE_DECIMALS,
        min_contribution: 0,
        treasury_floor: 0,
        treasury_floor_bps: 0,
        bounty_cap: 0,
        bounty_bps: 0,
        max_mark_age_slots: 1_000,
        default_confirm_slots: 0,
        watch_secs: 0,
        watch_day_secs: 0,
        grace_day_secs: 0,
        clearing_fee_bps: 0,
        reward_share_bps: 0,
        liquidation_bonus_bps: bps(terms.liquidation_bonus),
        liquidation_fee_bps: bps(terms.liquidation_fee),
        liquidation_buffer_bps: bps(terms.liquidation_buffer),
        auction_max_discount_bps: bps(terms.most_discount),
        assessment_cap_bps: 0,
        ..shipped.without_limits()
    }
}

/// A market with the rates of the fund's, which never change.
fn market_params(fund: &Fund, index: usize, shipped: &Shipped) -> MarketParams {
    let market = &fund.markets[index];
    MarketParams {
        price_decimals: PRICE_DECIMALS,
        feed_decimals: PRICE_DECIMALS,
        lot_decimals: 4,
        rates: Rates {
            initial: bps(market.initial),
            maintenance: bps(market.maintenance),
            contribution: 0,
            stress: bps(market.stress),
        },
        max_open_interest: Int::from(u64::MAX),
        confidence_multiple: 1,
        max_age_secs: 400,
        max_confidence_bps: 1_000,
        concentration_lots: 0,
        concentration_bps: 0,
        target_volatility_bps: 0,
        multiplier_min_bps: 10_000,
        multiplier_max_bps: 10_000,
        maintenance_ramp_bps_per_hour: 0,
        breaker_bps: 0,
        premium_bps_per_year: 0,
        ..shipped.markets[0].1.clone()
    }
}

/// Simulates one day of a small fund on the reference model. The fund's last member must hold
/// nothing and be able to take over whatever the others lose.
///
/// # Errors
/// When the model refuses an operation that the day needs.
pub fn day(fund: &Fund, behaviour: &Behaviour, path: &Path) -> Result<Outcome> {
    let mut driver = Driver::new(fund, behaviour)?;
    let members = fund.members.len();
    let mut due: Vec<Option<usize>> = vec![None; members];
    let mut recovers = None;
    let mut order: Vec<usize> = Vec::new();
    for step in 1..=STEPS {
        driver.refill();
        driver.crank(path, step)?;
        for (member, due) in due.iter_mut().enumerate().take(members - 1) {
            let (equity, maintenance) = driver.equity(member, path, step);
            if due.is_none() && equity < maintenance {
                let back = *recovers.get_or_insert(step + behaviour.outage_steps);
                *due = Some((step + behaviour.delay_steps).max(back));
                order.push(member);
            }
        }
        for member in order.clone() {
            if due[member].is_some_and(|due| step >= due) {
                driver.judge(member, path, step)?;
            }
        }
        driver.sell(path, step)?;
    }
    // What the house still holds is sold at the last price.
    driver.capacity.fill(f64::INFINITY);
    driver.sell(path, STEPS)?;
    driver.finish()
}

impl<'a> Driver<'a> {
    /// Opens the members, gives them their money, and novates their positions at the opening price.
    fn new(fund: &'a Fund, behaviour: &'a Behaviour) -> Result<Self> {
        let shipped = Shipped::bundled()?;
        let markets: Vec<MarketParams> =
            (0..fund.markets.len()).map(|index| market_params(fund, index, &shipped)).collect();
        let clock = Clock { slot: 1_000, ts: 1_700_000_000 };
        let hour = |index: usize| behaviour.participation * fund.markets[index].volume / 24.0;
        let mut driver = Self {
            model: Model::new(fund_params(fund, &shipped), markets, clock),
            clock,
            fund,
            behaviour,
            capacity: (0..fund.markets.len()).map(hour).collect(),
            peak: vec![0.0; fund.markets.len()],
            doubt: 0.0,
            waited: 0,
            outcome: Outcome::default(),
        };
        for member in 0..fund.members.len() {
            let name = driver.name(member);
            let (margin, contribution) = (fund.members.margin[member], fund.members.contribution[member]);
            driver.model.give(&name, money(margin) + money(contribution));
            driver.does(Op::Open { member: name.clone() })?;
            for op in [
                Op::Deposit { member: name.clone(), amount: money(margin) },
                Op::Contribute { member: name, amount: money(contribution) },
            ] {
                let is_nothing =
                    matches!(op, Op::Deposit { amount: 0, .. } | Op::Contribute { amount: 0, .. });
                if !is_nothing {
                    driver.does(op)?;
                }
            }
        }
        driver.model.give("treasurer", money(fund.treasury));
        if money(fund.treasury) > 0 {
            driver.does(Op::FundTreasury { funder: "treasurer".into(), amount: money(fund.treasury) })?;
        }
        driver.doubt = 0.0;
        driver.crank(&Path::flat(fund.markets.len()), 0)?;
        for market in 0..fund.markets.len() {
            driver.open_positions(market)?;
        }
        driver.doubt = behaviour.confidence_factor;
        Ok(driver)
    }

    fn name(&self, member: usize) -> String {
        if member + 1 == self.fund.members.len() {
            TAKER.into()
        } else {
            format!("m{member:04}")
        }
    }

    fn does(&mut self, op: Op) -> Result<()> {
        let name = format!("{op:?}");
        match self.model.apply(&op, self.clock) {
            Ok(()) => Ok(()),
            Err(reasons) => bail!("the model refuses {name}: {reasons:?}"),
        }
    }

    fn passes(&mut self, secs: Int) {
        self.clock.ts += secs;
        self.clock.slot += (secs as f64 * SLOTS_A_SECOND).round() as Int;
    }

    /// Pairs buyers and sellers of a market.
    fn open_positions(&mut self, market: usize) -> Result<()> {
        let lots = |value: f64| (value / LOT).round() as i64;
        let mut open: Vec<i64> = self.fund.members.value[market].iter().map(|value| lots(*value)).collect();
        // What rounding leaves over is the taker's.
        let rest: i64 = open.iter().sum();
        *open.last_mut().expect("a fund has members") -= rest;
        let (mut buyer, mut seller) = (0, 0);
        while let (Some(buys), Some(sells)) = (
            open[buyer..].iter().position(|lots| *lots > 0),
            open[seller..].iter().position(|lots| *lots < 0),
        ) {
            (buyer, seller) = (buyer + buys, seller + sells);
            let lots = open[buyer].min(-open[seller]);
            let op = Op::Novate {
                buyer: self.name(buyer),
                seller: self.name(seller),
                market: market as u16,
                lots: lots.unsigned_abs(),
                price: (START * 1e8) as u64,
            };
            self.does(op)?;
            open[buyer] -= lots;
            open[seller] += lots;
        }
        Ok(())
    }

    fn refill(&mut self) {
        for (capacity, market) in self.capacity.iter_mut().zip(&self.fund.markets) {
            let hour = self.behaviour.participation * market.volume / 24.0;
            *capacity = (*capacity + hour / HOUR as f64).min(hour);
        }
    }

    /// The price of a step has been on chain for two cells.
    fn crank(&mut self, path: &Path, step: usize) -> Result<()> {
        self.passes((STEP_SECS - SETTLE_SECS - self.waited).max(1));
        self.waited = 0;
        self.print(path, step)?;
        self.passes(SETTLE_SECS);
        self.print(path, step)
    }

    fn print(&mut self, path: &Path, step: usize) -> Result<()> {
        for market in 0..self.fund.markets.len() {
            let price = path.price[market][step] * START;
            let confidence = self.fund.markets[market].confidence * self.doubt;
            let update = Update {
                price: (price * 1e8).round() as i64,
                confidence: (price * confidence * 1e8).round() as u64,
                exponent: -(PRICE_DECIMALS as i32),
                age_secs: 0,
                full: true,
            };
            self.does(Op::Crank { market: market as u16, update })?;
        }
        Ok(())
    }

    /// The end of the interval that favours the holder of `lots`, in whole assets.
    fn favourable(&self, market: usize, lots: Int, path: &Path, step: usize) -> f64 {
        let of = &self.fund.markets[market];
        let doubt = (of.confidence * self.behaviour.confidence_factor).min(of.maintenance / 2.0);
        path.price[market][step] * START * (1.0 + doubt * lots.signum() as f64)
    }

    /// Equity at the favourable ends, and maintenance margin, of a member of the model.
    fn equity(&self, member: usize, path: &Path, step: usize) -> (f64, f64) {
        let held = &self.model.members[&self.name(member)];
        let mut equity = held.margin as f64 / 1e6;
        let mut maintenance = 0.0;
        for position in held.positions.iter().filter(|position| !position.is_free()) {
            let market = position.market;
            let price = self.favourable(market, position.lots, path, step);
            let scale = self.model.markets[market].scale as f64;
            equity += (position.lots as f64 * price * 1e8 + position.raw as f64) / scale / 1e6;
            let notional = position.lots.abs() as f64 * LOT * path.price[market][step];
            maintenance += notional * self.fund.markets[market].maintenance;
        }
        (equity, maintenance)
    }

    fn judge(&mut self, member: usize, path: &Path, step: usize) -> Result<()> {
        let (equity, maintenance) = self.equity(member, path, step);
        if !self.model.members[&self.name(member)].has_positions() || equity >= maintenance {
            return Ok(());
        }
        // Within a millionth the model, which rounds, decides.
        if equity < -1e-6 {
            return self.declare(member);
        }
        self.liquidate(member, path, step)
    }

    fn declare(&mut self, member: usize) -> Result<()> {
        let name = self.name(member);
        let id = (name.clone(), self.model.members[&name].record_count);
        let held = &self.model.members[&name];
        if held.shares > 0 && held.share_epoch != self.model.share_epoch {
            self.does(Op::SettleEpoch { member: name.clone() })?;
        }
        self.does(Op::Declare { member: name, keeper: None })?;
        let record = &self.model.defaults[&id];
        let shortfall = record.shortfall as f64 / 1e6;
        if record.status == DefaultStatus::Declared {
            self.does(Op::Allocate { record: id, keeper: None })?;
        }
        self.outcome.defaults += 1;
        self.outcome.shortfall += shortfall;
        if shortfall > self.outcome.largest {
            (self.outcome.largest, self.outcome.second) = (shortfall, self.outcome.largest);
        } else {
            self.outcome.second = self.outcome.second.max(shortfall);
        }
        for market in 0..self.fund.markets.len() {
            self.peak[market] = self.peak[market].max(self.model.house_lots(market).abs() as f64 * LOT);
        }
        Ok(())
    }

    fn liquidate(&mut self, member: usize, path: &Path, step: usize) -> Result<()> {
        let name = self.name(member);
        let before = self.model.clone();
        let of = |market: usize| {
            let lots = before.members[&name].lots(market).abs() as f64;
            lots * path.price[market][step] * self.fund.markets[market].maintenance
        };
        let mut held: Vec<usize> = (0..self.fund.markets.len()).filter(|market| of(*market) > 0.0).collect();
        held.sort_by(|a, b| of(*b).total_cmp(&of(*a)).then(a.cmp(b)));
        let mut is_liquidated = false;
        for market in held {
            let (equity, maintenance) = self.equity(member, path, step);
            if equity >= maintenance {
                break;
            }
            let lots = (self.capacity[market] / LOT).floor() as u64;
            if lots == 0 {
                continue;
            }
            let had = self.model.members[&name].lots(market).abs();
            let op =
                Op::Liquidate { member: TAKER.into(), target: name.clone(), market: market as u16, lots };
            self.does(op)?;
            let left = self.model.members[&name].lots(market).abs();
            self.capacity[market] -= (had - left) as f64 * LOT;
            is_liquidated = true;
        }
        self.outcome.liquidated += u32::from(is_liquidated);
        Ok(())
    }

    /// The discount at which takers buy, in whole basis points.
    fn asked(&self, market: usize) -> f64 {
        let of = &self.fund.markets[market];
        let cost = impact(self.behaviour.impact, of.deviation, self.peak[market], of.volume);
        // The house offers the favourable end, which the approximation does not.
        let doubt = (of.confidence * self.behaviour.confidence_factor).min(of.maintenance / 2.0);
        ((cost + doubt) * 1e4).round() / 1e4
    }

    /// Takers buy as much as they absorb, at the discount of the square root law: the auction waits for
    /// it, at most to its end.
    fn sell(&mut self, path: &Path, step: usize) -> Result<()> {
        let markets = self.fund.markets.len();
        for market in 0..markets {
            let held = self.model.house_lots(market).abs();
            let lots = ((self.capacity[market] / LOT).floor() as Int).min(held);
            if lots <= 0 {
                if held == 0 {
                    self.peak[market] = 0.0;
                }
                continue;
            }
            let whole = self.model.params.auction_slots as f64;
            let wait = self.asked(market) / self.fund.terms.most_discount * whole;
            let since = self.model.markets[market].house_since;
            let missing = (since as f64 + wait - self.clock.slot as f64).ceil().max(0.0) as Int;
            if missing > 0 {
                // The price stands still while takers wait.
                self.clock.slot += missing;
                let secs = (missing as f64 / SLOTS_A_SECOND).ceil() as Int;
                self.clock.ts += secs;
                self.waited += secs;
                self.print(path, step)?;
            }
            self.does(Op::TakeOver { member: TAKER.into(), market: market as u16, lots: lots as u64 })?;
            self.capacity[market] -= lots as f64 * LOT;
            if self.model.house_lots(market) == 0 {
                self.peak[market] = 0.0;
            }
        }
        if self.model.residual > 0 {
            self.does(Op::AllocateResidual)?;
        }
        Ok(())
    }

    /// Compares the buckets with those of the morning. Layers 2 and 4 are one sum, the loss of all
    /// contributions and cushions; the unpaid rest is that of layer 5.
    fn finish(mut self) -> Result<Outcome> {
        let of = |amount: Int| amount as f64 / 1e6;
        let before = self.fund;
        let left = of(self.model.contributions + self.model.cushions());
        self.outcome.paid[CONTRIBUTIONS] = before.contributions() - left;
        self.outcome.paid[TREASURY] = before.treasury - of(self.model.treasury);
        self.outcome.paid[ASSESSMENTS] = of(self.model.unfunded());
        Ok(self.outcome)
    }
}
