//! A fund to try things on. Money is in dollars, prices are of one whole asset.

use crate::{Clock, FundParams, Int, MarketParams, Model, Op, Rates, Reason, Update};
use std::collections::BTreeSet;

pub const SOL: u16 = 0;
pub const BTC: u16 = 1;

/// A generator of pseudorandom numbers (xorshift), so that a history is repeated by its seed.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Dollars in base units.
pub fn usd(dollars: f64) -> u64 {
    (dollars * 1e6).round() as u64
}

pub fn fund_params() -> FundParams {
    FundParams {
        quote_decimals: 6,
        min_contribution: 0,
        treasury_floor: 0,
        bounty_cap: 0,
        notice_secs: 7 * 86_400,
        claim_window_secs: 2 * 86_400,
        exit_delay_slots: 150,
        max_mark_age_slots: 100,
        default_confirm_slots: 0,
        slot_ms: 400,
        age_full_secs: 45,
        act_age_secs: 10,
        vest_secs: 300,
        watch_secs: 1_800,
        watch_day_secs: 7_200,
        grace_day_secs: 7_200,
        auction_slots: 100,
        assessment_secs: 86_400,
        cooling_off_secs: 30 * 86_400,
        call_secs: 86_400,
        register_secs: 600,
        wind_down_secs: 86_400,
        cover_limit_bps: 5_000,
        crowding_limit_bps: 1_000_000,
        clearing_fee_bps: 0,
        reward_share_bps: 5_000,
        liquidation_bonus_bps: 100,
        liquidation_fee_bps: 50,
        liquidation_buffer_bps: 1_000,
        auction_max_discount_bps: 500,
        treasury_floor_bps: 0,
        assessment_cap_bps: 0,
        bounty_bps: 0,
        outflow_cap_bps: 0,
        cover_budget_bps: 0,
        cover_min_notice_secs: 0,
    }
}

pub fn market_params(lot_decimals: u32) -> MarketParams {
    MarketParams {
        price_decimals: 8,
        lot_decimals,
        feed_decimals: 8,
        expires_ts: 0,
        dead_feed_secs: 14 * 86_400,
        rates: Rates { initial: 1_000, maintenance: 500, contribution: 0, stress: 2_000 },
        max_open_interest: 1_000_000_000,
        price_band_bps: 100,
        confidence_multiple: 2,
        max_age_secs: 75,
        max_ahead_secs: 5,
        max_confidence_bps: 200,
        concentration_lots: 0,
        concentration_bps: 0,
        volatility_half_life_secs: 86_400,
        target_volatility_bps: 0,
        multiplier_min_bps: 10_000,
        multiplier_max_bps: 10_000,
        maintenance_ramp_bps_per_hour: 100,
        breaker_bps: 0,
        breaker_window_secs: 900,
        breaker_cooloff_secs: 1_800,
        premium_bps_per_year: 0,
    }
}

pub struct Scene {
    pub model: Model,
    pub clock: Clock,
}

impl Scene {
    pub fn new() -> Self {
        Self::with(fund_params(), vec![market_params(2), market_params(4)])
    }

    pub fn with(params: FundParams, markets: Vec<MarketParams>) -> Self {
        let clock = Clock { slot: 1_000, ts: 1_000_000_000 };
        Self { model: Model::new(params, markets, clock), clock }
    }

    /// Opens a member with margin and contribution.
    pub fn member(&mut self, name: &str, margin: f64, contribution: f64) {
        self.model.give(name, usd(1e9));
        self.ok(Op::Open { member: name.into() });
        if margin > 0.0 {
            self.ok(Op::Deposit { member: name.into(), amount: usd(margin) });
        }
        if contribution > 0.0 {
            self.ok(Op::Contribute { member: name.into(), amount: usd(contribution) });
        }
    }

    pub fn treasury(&mut self, dollars: f64) {
        self.model.give("treasurer", usd(dollars));
        self.ok(Op::FundTreasury { funder: "treasurer".into(), amount: usd(dollars) });
    }

    /// Time passes, with slots of 400 milliseconds.
    pub fn wait(&mut self, secs: i64) {
        self.clock.ts += Int::from(secs);
        self.clock.slot += Int::from(secs) * 1_000 / 400;
    }

    /// A print of now.
    pub fn crank(&mut self, market: u16, price: f64) {
        self.crank_aged(market, price, 0);
    }

    pub fn print(price: f64, age_secs: i64) -> Update {
        Update { price: (price * 1e8).round() as i64, confidence: 0, exponent: -8, age_secs, full: true }
    }

    pub fn crank_aged(&mut self, market: u16, price: f64, age_secs: i64) {
        self.ok(Op::Crank { market, update: Self::print(price, age_secs) });
    }

    /// A price that has been on chain for two cells, and a print of now.
    pub fn settle_price(&mut self, market: u16, price: f64) {
        self.crank(market, price);
        self.wait(20);
        self.crank(market, price);
    }

    pub fn novate(&mut self, buyer: &str, seller: &str, market: u16, lots: u64, price: f64) {
        self.ok(self.trade(buyer, seller, market, lots, price));
    }

    pub fn trade(&self, buyer: &str, seller: &str, market: u16, lots: u64, price: f64) -> Op {
        let price = (price * 1e8).round() as u64;
        Op::Novate { buyer: buyer.into(), seller: seller.into(), market, lots, price }
    }

    pub fn tries(&mut self, op: Op) -> Result<(), BTreeSet<Reason>> {
        let before = self.model.clone();
        let outcome = self.model.apply(&op, self.clock);
        let mut broken = self.model.broken();
        if outcome.is_ok() {
            broken.extend(self.model.broken_by(&before, &op));
        }
        assert!(broken.is_empty(), "after {op:?}: {broken:?}");
        outcome
    }

    pub fn ok(&mut self, op: Op) {
        let name = format!("{op:?}");
        self.tries(op).unwrap_or_else(|reasons| panic!("{name}: {reasons:?}"));
    }

    pub fn refused(&mut self, op: Op, reason: Reason) {
        let name = format!("{op:?}");
        let reasons = self.tries(op).expect_err(&name);
        assert!(reasons.contains(&reason), "{name}: {reasons:?}");
    }

    pub fn margin(&self, name: &str) -> f64 {
        self.model.members[name].margin as f64 / 1e6
    }

    pub fn contribution(&self, name: &str) -> f64 {
        self.model.contribution(name) as f64 / 1e6
    }
}

/// Equal within a hundredth of a cent.
pub fn assert_near(is: f64, expected: f64) {
    assert!((is - expected).abs() < 1e-4, "{is} is not {expected}");
}
