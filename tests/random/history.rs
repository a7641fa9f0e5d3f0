//! One history: both funds, its random numbers, and what has happened so far.

use {
    crate::{
        claims,
        draw::seconds,
        policies,
        prices::Window,
        sequence::Sequence,
        start::{model_params, with_terms, Start, StartMarket, NAMES},
        tally::Tally,
        twin::{Ended, Twin},
    },
    bulkhead_math::interval::CELL_SECS,
    bulkhead_model::{Fault, Op},
    bulkhead_tests::{
        bulkhead::state::{AdjustmentTerms, FundParams, FundStatus, MarketParams},
        params::{self, ADJUSTED, DAY, UNADJUSTED},
        rng::Rng,
        usdc, MarketSpec, World,
    },
};

/// Actions of one history: long enough for several defaults and an ended epoch.
pub const HISTORY_STEPS: u64 = 400;

/// A world in motion.
pub struct History {
    pub twin: Twin,
    pub rng: Rng,
    /// How many of a hundred prices are gaps.
    pub gaps: u64,
    /// Real prices, instead of random ones.
    pub window: Option<Window>,
    /// For how many actions no keeper cranks each market: its feed is silent.
    dark: [u64; 2],
    start: Start,
    /// What was tried, until everybody leaves.
    ops: Vec<Op>,
    leave: Option<u64>,
}

impl History {
    /// A fund with random parameters, and six members of random wealth; in one history of four, real prices.
    pub fn new(seed: u64, windows: &[Window]) -> Self {
        Self::faulty(seed, windows, None)
    }

    /// The same with a mistake in the model.
    pub fn faulty(seed: u64, windows: &[Window], fault: Option<Fault>) -> Self {
        let mut rng = Rng::new(seed);
        let window = (!windows.is_empty() && rng.chance(25)).then(|| rng.pick(windows).clone());
        let start = draw_start(&mut rng, window.as_ref());
        let gaps = *rng.pick(&[5, 15, 30]);
        let twin = Twin::new(&start, fault);
        Self { twin, rng, gaps, window, dark: [0; 2], start, ops: vec![], leave: None }
    }

    /// What comes after a sequence.
    pub fn resume(twin: Twin, start: Start) -> Self {
        Self { twin, rng: Rng::new(0), gaps: 0, window: None, dark: [0; 2], start, ops: vec![], leave: None }
    }

    /// The members' first money.
    pub fn join(&mut self, tally: &mut Tally) {
        for name in NAMES {
            let (margin, contribution) = (self.rng.between(1, usdc(500)), self.rng.between(1, usdc(500)));
            self.attempt(&Op::Deposit { member: name.into(), amount: margin }, tally);
            self.attempt(&Op::Contribute { member: name.into(), amount: contribution }, tally);
        }
        // The covers of book and panel are mostly there before losses leave nothing to pledge.
        for _ in 0..2 {
            if (self.lacks_book_cover() || self.lacks_panel_cover()) && self.rng.chance(70) {
                let name = *self.rng.pick(&NAMES);
                for op in self.draw_new_cover(name) {
                    self.attempt(&op, tally);
                }
            }
        }
        if self.twin.model.book_cover().is_some() && self.rng.chance(70) {
            let name = *self.rng.pick(&NAMES);
            for op in self.draw_purchase(name) {
                self.attempt(&op, tally);
            }
        }
    }

    /// What has happened, so that it can be repeated.
    pub fn sequence(&self) -> Sequence {
        Sequence { start: self.start.clone(), ops: self.ops.clone(), leave: self.leave }
    }

    pub fn world(&self) -> &World {
        &self.twin.world
    }

    /// Whether a wind-down has nothing left to do but to let everybody go.
    pub fn is_over(&self) -> bool {
        let fund = self.world().fund();
        fund.status == FundStatus::WindDown && fund.closed_out == fund.members && fund.claims == 0
    }

    /// Draws an action and tries it; now and then the last one once more.
    pub fn step(&mut self, tally: &mut Tally) {
        let again = self.ops.last().filter(|_| self.rng.chance(3)).cloned();
        let ops = match again {
            Some(last) => vec![last],
            None => {
                let action = self.choose();
                if !self.rng.chance(5) {
                    self.freshen(tally);
                }
                self.draw(action)
            }
        };
        for op in ops {
            self.attempt(&op, tally);
        }
    }

    /// Marks as a diligent keeper would have them, but for feeds that are silent for a while.
    fn freshen(&mut self, tally: &mut Tally) {
        for market in 0..2 {
            let dark = &mut self.dark[usize::from(market)];
            *dark = dark.saturating_sub(1);
            if *dark == 0 && self.rng.chance(1) {
                *dark = self.rng.between(1, 30);
            }
            if *dark == 0 && !self.world().prices(market).is_fresh {
                let op = self.last_price(market);
                self.attempt(&op, tally);
            }
        }
    }

    /// Prices as they were last, without doubt, for every market whose mark is not final.
    pub fn refresh(&mut self, tally: &mut Tally) {
        for op in self.last_prices() {
            self.attempt(&op, tally);
        }
    }

    /// The same two cells later: prices of before are out of every range.
    pub fn lasting(&self) -> Vec<Op> {
        let wait = seconds(2 * i64::from(CELL_SECS));
        let open = (0..2).filter(|market| self.world().market(*market).final_ts == 0);
        let lit = open.filter(|market| self.dark[usize::from(*market)] == 0);
        [wait].into_iter().chain(lit.map(|market| self.last_price(market))).collect()
    }

    pub fn last_price(&self, market: u16) -> Op {
        let price = self.world().here.markets[usize::from(market)].price;
        Op::Crank { market, update: self.twin.sound(market, price, 0) }
    }

    /// See [`Self::refresh`].
    pub fn last_prices(&self) -> Vec<Op> {
        let open = (0..2).filter(|market| self.world().market(*market).final_ts == 0);
        open.map(|market| self.last_price(market)).collect()
    }

    /// Tries an action on both funds.
    pub fn attempt(&mut self, op: &Op, tally: &mut Tally) -> Ended {
        if self.leave.is_none() {
            self.ops.push(op.clone());
        }
        let ended = self.twin.run(op);
        match &ended {
            Ended::Unsent => {}
            Ended::Accepted(meta) => {
                tally.accepted(op.name(), meta);
                tally.overlapping(self.twin.model.open_defaults());
                tally.came_to(&self.twin.outcomes);
            }
            Ended::Refused(error) => tally.refused(op.name(), error),
        }
        ended
    }

    /// From here on everybody leaves, by this seed.
    pub fn begin_to_leave(&mut self, seed: u64) {
        self.leave = Some(seed);
        self.rng = Rng::new(seed);
    }
}

/// How a history starts.
fn draw_start(rng: &mut Rng, window: Option<&Window>) -> Start {
    let params = model_params(&draw_params(rng));
    let token_2022 = rng.chance(25);
    let mut market = |symbol: &str, spec: &MarketSpec| StartMarket {
        symbol: symbol.into(),
        price: spec.price,
        params: draw_market(rng, &spec.params),
    };
    let mut markets = vec![market("SOL", &MarketSpec::sol()), market("BTC", &MarketSpec::btc())];
    for (market, price) in markets.iter_mut().zip(window.map(Window::first).into_iter().flatten()) {
        market.price = price;
    }
    let mut start = Start { token_2022, params, markets, book: None, panel: None };
    if start.params.cover_budget_bps > 0 && rng.chance(50) {
        // Policies need a notice that covers their term.
        let notice = 14 * DAY as u32;
        start.params.notice_secs = notice.into();
        start.params.cover_min_notice_secs = notice.into();
        start.book = Some(policies::draw_terms(rng));
    }
    if start.params.cover_budget_bps > 0 && rng.chance(60) {
        start.panel = Some(claims::draw_terms(rng, u16::from(start.book.is_some())));
    }
    start
}

/// Parameters of a fund.
pub fn draw_params(rng: &mut Rng) -> FundParams {
    let params = draw_uncovered_params(rng);
    if !rng.chance(40) {
        return params;
    }
    FundParams {
        exit_delay_slots: 150,
        outflow_cap_bps: *rng.pick(&[100, 1_000]),
        cover_budget_bps: *rng.pick(&[500, 2_500]),
        cover_min_notice_secs: *rng.pick(&[0, 3_600]),
        treasury_floor: *rng.pick(&[0, usdc(20)]),
        ..params
    }
}

/// Parameters of a fund that can have no covers.
fn draw_uncovered_params(rng: &mut Rng) -> FundParams {
    FundParams {
        exit_delay_slots: *rng.pick(&[0, 0, 100]),
        default_confirm_slots: *rng.pick(&[0, 0, 20]),
        clearing_fee_bps: *rng.pick(&[0, 2, 100]),
        reward_share_bps: *rng.pick(&[0, 3_333, 5_000, 10_000]),
        cover_limit_bps: *rng.pick(&[2_500, 5_000]),
        crowding_limit_bps: *rng.pick(&[10_000, 80_000, 200_000]),
        min_contribution: *rng.pick(&[0, 1, usdc(10)]),
        assessment_cap_bps: *rng.pick(&[0, 5_000, 20_000]),
        assessment_secs: *rng.pick(&[60 * 60, 3 * DAY as u32]),
        cooling_off_secs: *rng.pick(&[DAY as u32, 30 * DAY as u32]),
        call_secs: *rng.pick(&[60 * 60, DAY as u32]),
        wind_down_secs: *rng.pick(&[60 * 60, DAY as u32]),
        bounty_bps: *rng.pick(&[0, 50, 100]),
        bounty_cap: *rng.pick(&[1_000, usdc(50)]),
        outflow_cap_bps: *rng.pick(&[0, 0, 100, 2_500]),
        watch_secs: *rng.pick(&[0, 300, 1_800]),
        watch_day_secs: *rng.pick(&[400, 7_200]),
        grace_day_secs: *rng.pick(&[0, 700, 7_200, 14_400]),
        vest_secs: *rng.pick(&[60, 300, 3_600]),
        register_secs: *rng.pick(&[2 * 60 * 60, DAY as u32]),
        slot_ms: *rng.pick(&[320, 400]),
        age_full_secs: *rng.pick(&[20, 45, 240]),
        act_age_secs: *rng.pick(&[1, 10]),
        ..params::FUND
    }
}

/// A market's parameters: standard ones, under terms that leave the rates alone, move them, or move them wildly.
pub fn draw_market(rng: &mut Rng, standard: &MarketParams) -> bulkhead_model::MarketParams {
    let wild = AdjustmentTerms {
        multiplier_min_bps: 6_000,
        multiplier_max_bps: 50_000,
        volatility_half_life_secs: 3_600,
        maintenance_ramp_bps_per_hour: 500,
        premium_bps_per_year: 2_000,
        breaker_bps: 3_000,
        concentration_lots: 1 << 8,
        concentration_bps: 1_000,
        ..ADJUSTED
    };
    let params = with_terms(standard, rng.pick(&[UNADJUSTED, ADJUSTED, wild]));
    let dead_feed_secs = (*rng.pick(&[DAY, 14 * DAY])).into();
    bulkhead_model::MarketParams { dead_feed_secs, ..params }
}
