//! What comes next in a history, and how its details are drawn.

use {
    crate::{
        action::{
            Action, Action::*, ALERTED, ALL, BORNE, CLOSING, COVERED, DISTRESSED, ENDING, INSURED, OWED,
            REGISTERING, UNPAID,
        },
        history::{draw_market, draw_params, History},
        start::{self, fund_settings, market_settings, model_params, NAMES, TREASURER},
        twin::record_address,
    },
    bulkhead_math::interval::CELL_SECS,
    bulkhead_model::{
        Cover, CoverKind, CoverPurse, CoverStatus, CoverTerms, Deal, DefaultRecord, DefaultStatus, Int,
        MarketParams, Offer, OfferId, Op, RecordId, Settings, Terms, Update, BOOK, PANEL,
    },
    bulkhead_tests::{
        bulkhead::{
            constants::{DEFAULT_RETENTION_SECS, MAX_PAUSE_SECS},
            state::{CutRound, FundStatus},
        },
        contribution,
        params::DAY,
        rng::Rng,
        usd, usdc,
    },
};

impl History {
    /// What comes next: anything, or what the state of the fund asks for.
    pub fn choose(&mut self) -> Action {
        if self.window.is_some() && self.rng.chance(20) {
            return Crank;
        }
        let fund = self.world().fund();
        let pressing = if fund.status == FundStatus::WindDown {
            CLOSING
        } else if self.missed_rounds() && self.rng.chance(60) {
            REGISTERING
        } else if fund.residual > 0 {
            UNPAID
        } else if !self.bankrupt().is_empty() {
            DISTRESSED
        } else if !fund.blocks_exits(self.world().now()) && NAMES.into_iter().any(|name| self.is_short(name))
        {
            &[EnforceCall]
        } else if self.ends().is_some() && self.rng.chance(50) {
            ENDING
        } else if self.twin.model.covers.iter().any(|cover| cover.owed > 0) && self.rng.chance(60) {
            OWED
        } else if (self.lacks_book_cover() || self.lacks_panel_cover()) && self.rng.chance(50) {
            &[QueueCover]
        } else if self.has_policies() && self.rng.chance(if self.has_panel() { 40 } else { 70 }) {
            INSURED
        } else if self.has_panel() && self.rng.chance(60) {
            ALERTED
        } else if fund.covers > 0 && self.rng.chance(70) {
            COVERED
        } else if fund.losses_outstanding > 0 || fund.recoveries > 0 {
            BORNE
        } else {
            ALL
        };
        let bound = match pressing {
            _ if fund.status == FundStatus::WindDown => 70,
            INSURED | ALERTED => 40,
            _ => 25,
        };
        *if self.rng.chance(bound) { self.rng.pick(pressing) } else { self.rng.pick(ALL) }
    }

    /// Whether a gains cut registers, or somebody has missed one.
    fn missed_rounds(&self) -> bool {
        let seq = self.world().fund().cut_seq;
        self.registering().is_some() || NAMES.iter().any(|name| self.world().member(name).cut_seen < seq)
    }

    /// A market whose end is near, and whose mark is not final.
    fn ends(&self) -> Option<u16> {
        let near = |market: &u16| {
            let end = self.twin.model.end_ts(usize::from(*market));
            end.is_some_and(|end| end as i64 - self.world().now() < 2 * DAY)
        };
        (0..2).filter(near).find(|market| self.world().market(*market).final_ts == 0)
    }

    /// The details of an action, and what has to come before it; none, if there is nothing to do.
    pub fn draw(&mut self, action: Action) -> Vec<Op> {
        let ops = self.draw_now(action);
        // What is done to somebody needs a price that has lasted.
        let waits =
            matches!(action, Liquidate | Declare | TakeOver | CallStress | SellExcess) && self.rng.chance(60);
        let lasting = if waits { self.lasting() } else { vec![] };
        lasting.into_iter().chain(ops).collect()
    }

    fn draw_now(&mut self, action: Action) -> Vec<Op> {
        let name = *self.rng.pick(&NAMES);
        let other = *self.rng.pick(&NAMES);
        let market = self.rng.below(2) as u16;
        let amount = self.rng.magnitude(usdc(300));
        let member = || name.to_string();
        match action {
            Deposit => vec![Op::Deposit { member: member(), amount }],
            Withdraw => {
                let margin = self.world().member(name).margin;
                let amount = if self.rng.chance(30) { margin } else { self.rng.magnitude(margin.max(1)) };
                vec![Op::Withdraw { member: member(), amount }]
            }
            Contribute => vec![Op::Contribute { member: member(), amount }],
            Request => {
                let shares = self.world().member(name).shares.get();
                let shares =
                    if self.rng.chance(50) { shares } else { shares / u128::from(self.rng.between(1, 9)) };
                vec![Op::Request { member: member(), shares }]
            }
            Cancel => vec![Op::Cancel { member: member() }],
            Claim => vec![Op::Claim { member: member() }],
            ClaimRewards => vec![Op::ClaimRewards { member: member() }],
            Novate => self.draw_trade(name, other, market),
            NovateBatch => self.draw_batch(name, market),
            PostOffer => self.draw_offer(name, other, market),
            CancelOffer => self.draw_cancel(name),
            TakeOffer => self.draw_taking(name),
            FillOffer => self.draw_fill(name),
            LapseTaking => self.draw_lapse(name),
            Crank => self.draw_price(market),
            Settle => vec![Op::Settle { member: member(), market, by_owner: self.rng.chance(50) }],
            Liquidate if name == other => vec![],
            Liquidate => {
                let lots = self.rng.magnitude(1 << 14);
                vec![Op::Liquidate { member: member(), target: other.into(), market, lots }]
            }
            Declare => {
                let bankrupt = self.bankrupt();
                let target = if bankrupt.is_empty() || self.rng.chance(30) {
                    other
                } else {
                    *self.rng.pick(&bankrupt)
                };
                let keeper = (name != target && self.rng.chance(50)).then(member);
                vec![Op::Declare { member: target.into(), keeper }]
            }
            Allocate => self.draw_allocation(name),
            ReleaseCushion => self.draw_release(),
            BookCrowding => vec![Op::BookCrowding { market }],
            CallStress => vec![Op::CallStress { member: self.endangering(name) }],
            SellExcess if name == other => vec![],
            SellExcess => self.draw_excess_sale(name, other, market),
            TakeOver => vec![Op::TakeOver { member: member(), market, lots: self.rng.magnitude(1 << 14) }],
            AllocateResidual => vec![Op::AllocateResidual],
            SettleEpoch => vec![Op::SettleEpoch { member: member() }],
            EnforceCall => self.draw_call(name),
            CollectPremium => vec![Op::CollectPremium { market }],
            ReportExposure => vec![Op::ReportExposure { member: member() }],
            Watch => vec![Op::Watch { member: self.indebted(name) }],
            EndWatch => {
                let watched: Vec<String> = self.twin.model.watches.keys().cloned().collect();
                let named = (!watched.is_empty()).then(|| self.rng.pick(&watched).clone());
                vec![Op::EndWatch { member: named.unwrap_or_else(member) }]
            }
            BookHouse => vec![Op::BookHouse { market }],
            OpenGainsCut => self.draw_opening(),
            RegisterGains => self.draw_registration(name),
            CutGains => self.draw_cut(),
            PayClaim => vec![Op::PayClaim { member: member() }],
            AgreeAssessment => vec![Op::AgreeAssessment { member: member() }],
            RepayDefault => self.draw_repayment(name),
            GiveRecovery => {
                let lost = self.world().fund().losses_outstanding;
                let amount = if self.rng.chance(70) { self.rng.magnitude(lost.max(1)) } else { amount };
                vec![Op::GiveRecovery { giver: TREASURER.into(), amount }]
            }
            ClaimRecovery => vec![Op::ClaimRecovery { member: member() }],
            WaiveRecovery => vec![Op::WaiveRecovery { member: member() }],
            FixFinalMark => vec![Op::FixFinalMark { market }],
            CloseMarket => self.draw_dead_feed(market),
            EndMarket => self.draw_end(market),
            CloseOut => vec![Op::CloseOut { member: member() }],
            PayOut => vec![Op::PayOut { member: member() }],
            Pause => {
                let secs = self.rng.magnitude(MAX_PAUSE_SECS as u64 / 100) as i64;
                vec![Op::Pause { bits: self.rng.below(17) as u8, secs }]
            }
            FundTreasury => vec![Op::FundTreasury { funder: TREASURER.into(), amount }],
            EndPause => vec![Op::EndPause { bits: self.rng.below(17) as u8 }],
            RequestTreasury => {
                let amount = self.rng.magnitude(self.world().fund().treasury.max(1));
                vec![Op::RequestTreasury { to: TREASURER.into(), amount }]
            }
            CancelTreasury => vec![Op::CancelTreasury],
            ClaimTreasury => self.draw_treasury_claim(),
            Reopen => self.draw_reopening(name),
            CloseDefault => {
                let Some(record) = self.any_default(|_| true) else { return vec![] };
                let late = if self.rng.chance(30) { self.later(DEFAULT_RETENTION_SECS) } else { vec![] };
                late.into_iter().chain([Op::CloseDefault { record }]).collect()
            }
            QueueChange if self.rng.chance(30) => self.draw_closing(market),
            QueueChange => vec![self.draw_change(market)],
            ApplyChange => self.draw_due_change(),
            VetoChange => {
                let by_guardian = self.rng.chance(70);
                self.queued().map(|(number, _)| Op::VetoChange { number, by_guardian }).into_iter().collect()
            }
            QueueCover => self.draw_cover_change(name),
            SuspendCover => {
                let cover = self.any_cover(|cover| cover.status == CoverStatus::Active);
                cover.map(|cover| Op::SuspendCover { cover }).into_iter().collect()
            }
            FundCover => self.draw_funding(name),
            AccrueCover => {
                self.any_cover(|_| true).map(|cover| Op::AccrueCover { cover }).into_iter().collect()
            }
            HoldCover => {
                let secs = self.rng.magnitude(700_000) as u32;
                let cover = self.any_cover(|cover| cover.status == CoverStatus::Active);
                cover.map(|cover| Op::HoldCover { cover, secs }).into_iter().collect()
            }
            DrawCover => self.draw_on_cover(),
            SettleCover => self.draw_settlement(),
            CollectCover => self.draw_collection(name),
            ReturnCover => {
                let cover = self.any_cover(|cover| cover.drawn > 0);
                cover.map(|cover| Op::ReturnCover { giver: name.into(), cover, amount }).into_iter().collect()
            }
            EndCover => self.draw_end_of_cover(),
            ShowGap => {
                let cover = self.any_cover(|cover| cover.terms.kind == CoverKind::Venue);
                let Some(cover) = cover else { return vec![] };
                let mut ops = if self.rng.chance(50) { self.fall(cover) } else { vec![] };
                ops.push(Op::ShowGap { cover });
                ops
            }
            NotePrice | OpenExpiry | BuyPolicy | StartPolicy | SettleExpiry | OpenPayouts | ClaimPolicy
            | ClosePolicy | EndPayouts | CloseExpiry => self.draw_policy(action, name),
            AlertLoss | PostRoot | VoteRoot | VetoRoot | DecideLoss | SettleBond | OpenClaims | OpenPage
            | ClaimCover | PushClaim | ExpireLoss | ClosePage | CloseLoss => self.draw_claim(action, name),
            Restart => vec![Op::Restart],
            Gift => vec![Op::Gift { amount: self.rng.magnitude(usdc(10)) }],
            Wait => self.draw_wait(),
        }
    }

    /// Mostly a cover like this that has not ended, if there is one, or any.
    fn any_cover(&mut self, these: impl Fn(&Cover) -> bool) -> Option<u16> {
        let covers: Vec<_> = (0u16..).zip(&self.twin.model.covers).collect();
        let like = |(_, cover): &&(u16, &Cover)| cover.status != CoverStatus::Ended && these(cover);
        let some: Vec<u16> = covers.iter().filter(like).map(|(index, _)| *index).collect();
        let all: Vec<u16> = covers.iter().map(|(index, _)| *index).collect();
        let from = if some.is_empty() || self.rng.chance(10) { all } else { some };
        (!from.is_empty()).then(|| *self.rng.pick(&from))
    }

    /// A cover's limit is raised, or it is resumed; or a new cover, mostly with what it takes to open: its timelock, premium and
    /// first loss, and the hour until it opens.
    fn draw_cover_change(&mut self, name: &str) -> Vec<Op> {
        let number = self.world().fund().governance_nonce;
        let alive = self.twin.model.covers_alive();
        if alive > 0 && self.rng.chance(if alive > 2 { 90 } else { 50 }) {
            let is_out = |cover: &Cover| cover.status == CoverStatus::Suspended || cover.lapsed_ts.is_some();
            let resumes = self.rng.chance(60);
            let Some(cover) = self.any_cover(|cover| !resumes || is_out(cover)) else { return vec![] };
            let limit = self.twin.model.covers[usize::from(cover)].limit as u64;
            let change = match resumes {
                true => Op::QueueResume { cover },
                false => Op::QueueRaise { cover, limit: limit - 1 + self.rng.magnitude(limit) },
            };
            return [change].into_iter().chain(self.timelock()).chain([Op::ApplyChange { number }]).collect();
        }
        self.draw_new_cover(name)
    }

    /// Mostly the time until a change can be applied.
    fn timelock(&mut self) -> Vec<Op> {
        let wait = i64::from(self.world().fund().params.notice_secs) + 2 * DAY;
        if self.rng.chance(80) {
            self.later(wait)
        } else {
            vec![]
        }
    }

    /// A cover, with what it takes to open: its timelock, premium and first loss, and the hour until then.
    pub fn draw_new_cover(&mut self, name: &str) -> Vec<Op> {
        let number = self.world().fund().governance_nonce;
        let cover = self.twin.model.covers.len() as u16;
        let terms = self.draw_cover_terms(name);
        let (premium, first_loss) = (1 + terms.limit / 20, terms.first_loss_min);
        let mut ops = vec![Op::QueueCover { terms }];
        ops.extend(self.timelock());
        ops.push(Op::ApplyChange { number });
        let giver = || String::from(start::COVER_WALLETS[1]);
        if self.rng.chance(90) {
            let amount = if self.rng.chance(50) { premium } else { self.rng.magnitude(premium) };
            ops.push(Op::FundCover { giver: giver(), cover, amount, purse: CoverPurse::Prepaid });
        }
        if first_loss > 0 && self.rng.chance(90) {
            ops.push(Op::FundCover {
                giver: giver(),
                cover,
                amount: first_loss,
                purse: CoverPurse::FirstLoss,
            });
        }
        ops.extend(self.later(3_600));
        ops
    }

    /// Terms within the budget mostly, of which a member may be the beneficiary.
    fn draw_cover_terms(&mut self, name: &str) -> CoverTerms {
        let fund = self.world().fund();
        let all = (fund.treasury + fund.contributions) / 10_000 * u64::from(fund.params.cover_budget_bps);
        let room = all.saturating_sub(fund.committed).max(100);
        let limit =
            if self.rng.chance(80) { room / self.rng.between(1, 4) } else { self.rng.magnitude(2 * room) };
        let kind = *self.rng.pick(&[CoverKind::Claims, CoverKind::Venue, CoverKind::Parametric]);
        let is_venue = kind == CoverKind::Venue;
        let of_a_period = if is_venue { limit / 2 } else { limit }.max(1);
        let least = match kind {
            CoverKind::Claims => 1,
            CoverKind::Venue => limit.div_ceil(50),
            CoverKind::Parametric => 0,
        };
        let opens_ts = self.world().now() + self.rng.below(6 * DAY as u64) as i64;
        if self.twin.model.book.is_some() && self.twin.model.book_cover().is_none() && self.rng.chance(97) {
            return self.draw_book_cover(limit);
        }
        if self.lacks_panel_cover() && self.rng.chance(90) {
            return self.draw_panel_cover(limit, name);
        }
        CoverTerms {
            kind,
            destination: self.rng.pick(&[start::COVER_WALLETS[0], start::COVER_WALLETS[0], name]).to_string(),
            beneficiary: self.rng.pick(&[start::COVER_WALLETS[1], start::COVER_WALLETS[1], name]).to_string(),
            limit,
            first_loss_min: if self.rng.chance(50) { least } else { least.max(limit / 10) },
            per_draw: if self.rng.chance(3) { 0 } else { limit / self.rng.between(1, 3) },
            period_limit: if self.rng.chance(50) { of_a_period } else { self.rng.magnitude(of_a_period) },
            covered_debt: if is_venue { self.rng.magnitude(5 * limit).max(limit) } else { 0 },
            opens_ts,
            ends_ts: opens_ts + 1 + self.rng.below(120 * DAY as u64) as i64,
            premium_bps_per_year: *self.rng.pick(&[0, 100, 2_000, 60_000]),
            coinsurance_bps: if kind == CoverKind::Parametric { 0 } else { *self.rng.pick(&[1_000, 2_500]) },
            market: if is_venue { self.rng.below(2) as u16 } else { 0 },
            threshold_bps: if is_venue { *self.rng.pick(&[8_500, 9_500]) } else { 0 },
        }
    }

    /// Mostly what the book's policies need.
    fn draw_book_cover(&mut self, limit: u64) -> CoverTerms {
        let (odd, opens_ts) = (self.rng.chance(5), self.world().now());
        CoverTerms {
            kind: CoverKind::Parametric,
            destination: BOOK.into(),
            beneficiary: start::COVER_WALLETS[1].into(),
            limit,
            first_loss_min: u64::from(odd),
            per_draw: limit,
            period_limit: limit,
            covered_debt: 0,
            opens_ts,
            ends_ts: opens_ts + if odd { 1 } else { self.draw_duration() },
            premium_bps_per_year: 0,
            coinsurance_bps: if odd { 1_000 } else { 0 },
            market: 0,
            threshold_bps: 0,
        }
    }

    /// Of a cover of the second program, mostly for a year or two.
    fn draw_duration(&mut self) -> i64 {
        let (least, most) = if self.rng.chance(25) { (20, 200) } else { (200, 600) };
        self.rng.between(least * DAY as u64, most * DAY as u64) as i64
    }

    /// Mostly what claims need.
    fn draw_panel_cover(&mut self, limit: u64, name: &str) -> CoverTerms {
        let opens_ts = self.world().now();
        let is_members = self.rng.chance(20);
        CoverTerms {
            kind: CoverKind::Claims,
            destination: PANEL.into(),
            beneficiary: if is_members { name.into() } else { start::COVER_WALLETS[1].into() },
            limit,
            first_loss_min: *self.rng.pick(&[1, 1 + limit / 20]),
            per_draw: limit / self.rng.between(1, 2),
            period_limit: limit,
            covered_debt: 0,
            opens_ts,
            ends_ts: opens_ts + self.draw_duration(),
            premium_bps_per_year: *self.rng.pick(&[0, 0, 0, 100, 2_000]),
            coinsurance_bps: *self.rng.pick(&[1_000, 2_500]),
            market: 0,
            threshold_bps: 0,
        }
    }

    fn draw_funding(&mut self, name: &str) -> Vec<Op> {
        let Some(cover) = self.any_cover(|_| true) else { return vec![] };
        let purse = *self.rng.pick(&[CoverPurse::Prepaid, CoverPurse::FirstLoss, CoverPurse::Earned]);
        let terms = &self.twin.model.covers[usize::from(cover)].terms;
        let (limit, least) = (terms.limit, terms.first_loss_min);
        let amount = match purse {
            CoverPurse::FirstLoss if self.rng.chance(70) => least.max(1),
            _ => self.rng.magnitude(limit / 10 + 1),
        };
        let giver = if self.rng.chance(70) { start::COVER_WALLETS[1] } else { name };
        vec![Op::FundCover { giver: giver.into(), cover, amount, purse }]
    }

    /// The market of a venue falls within the quarter of an hour, and its price lasts.
    fn fall(&mut self, cover: u16) -> Vec<Op> {
        let market = self.twin.model.covers[usize::from(cover)].terms.market;
        if self.world().market(market).final_ts != 0 {
            return vec![];
        }
        let (price, least) = (self.world().here.markets[usize::from(market)].price, [usd(2), usd(600)]);
        let price = (price / 100 * self.rng.between(50, 95)).max(least[usize::from(market)]);
        let wait = seconds(2 * i64::from(CELL_SECS));
        vec![self.crank(market, price, 0), wait, self.crank(market, price, 0)]
    }

    /// Mostly of a cover that is open, more or less than its limits; of a venue mostly after a fall; mostly it is settled then.
    fn draw_on_cover(&mut self) -> Vec<Op> {
        let now = Int::from(self.world().now());
        let Some(cover) = self.any_cover(|cover| cover.opens_ts <= now && now < cover.ends_from_ts()) else {
            return vec![];
        };
        let at = &self.twin.model.covers[usize::from(cover)];
        let (is_venue, limit) = (at.terms.kind == CoverKind::Venue, at.limit as u64);
        let mut ops = if is_venue && self.rng.chance(70) { self.fall(cover) } else { vec![] };
        let amount =
            if self.rng.chance(50) { self.rng.magnitude(3 * limit) } else { 1 + self.rng.below(limit) };
        ops.push(Op::DrawCover { cover, amount });
        if self.rng.chance(40) {
            ops.push(slots(150));
            ops.extend(self.last_prices());
            ops.push(Op::SettleCover { cover });
        }
        ops
    }

    /// Mostly of what is owed, mostly after the slots that it waits.
    fn draw_settlement(&mut self) -> Vec<Op> {
        let Some(cover) = self.any_cover(|cover| cover.owed > 0) else { return vec![] };
        let mut ops = if self.rng.chance(60) { vec![slots(150)] } else { vec![] };
        ops.extend(self.last_prices());
        ops.push(Op::SettleCover { cover });
        ops
    }

    /// Of any cover, an ended one too, to whom it may be or anybody.
    fn draw_collection(&mut self, name: &str) -> Vec<Op> {
        let covers = self.twin.model.covers.len() as u64;
        if covers == 0 {
            return vec![];
        }
        let cover = self.rng.below(covers) as u16;
        let terms = self.twin.model.covers[usize::from(cover)].terms.clone();
        let to = self.rng.pick(&[terms.destination, terms.beneficiary, name.into()]).clone();
        vec![Op::CollectCover { cover, to }]
    }

    /// Mostly once its time has come.
    fn draw_end_of_cover(&mut self) -> Vec<Op> {
        let Some(cover) = self.any_cover(|_| true) else { return vec![] };
        let ends_ts = self.twin.model.covers[usize::from(cover)].ends_from_ts() as i64;
        let wait = ends_ts - self.world().now();
        let late = if wait > 0 && self.rng.chance(25) { self.later(wait) } else { vec![] };
        late.into_iter().chain([Op::EndCover { cover }]).collect()
    }

    /// An end of a market, mostly in time to be announced after a timelock.
    fn draw_end_ts(&mut self) -> i64 {
        self.world().now() + self.rng.below(30 * DAY as u64) as i64
    }

    /// An end of a market, a final mark of a silent one, or other decimals of its feed.
    fn draw_closing(&mut self, market: u16) -> Vec<Op> {
        match self.rng.below(4) {
            0 | 1 => {
                let end_ts = self.draw_end_ts();
                vec![Op::QueueClose { market, end_ts }]
            }
            2 => {
                let price = self.world().market(market).mark.price / 100 * self.rng.between(60, 140);
                let silence = self.rng.chance(70).then(|| seconds(100));
                silence.into_iter().chain([Op::QueueFinalMark { market, price }]).collect()
            }
            _ => vec![Op::QueueFeedDecimals { market, decimals: self.rng.between(5, 8) as u32 }],
        }
    }

    /// Now and then a feed that has been silent for long enough to be called dead.
    fn draw_dead_feed(&mut self, market: u16) -> Vec<Op> {
        let secs = i64::from(self.world().market(market).dead_feed_secs);
        let silence = self.rng.chance(30).then(|| seconds(secs));
        silence.into_iter().chain([Op::CloseMarket { market }]).collect()
    }

    /// A market on its way to its end: into its last hour, a few minutes of prices, or the end itself.
    fn draw_end(&mut self, market: u16) -> Vec<Op> {
        let (now, end) = (self.world().now(), self.twin.model.end_ts(usize::from(market)));
        let is_final = self.world().market(market).final_ts != 0;
        let Some(end) = end.filter(|_| !is_final).map(|end| end as i64) else {
            return vec![Op::FixFinalMark { market }];
        };
        match self.rng.below(4) {
            0 if now < end - 3_600 => vec![seconds(end - 3_600 - now)],
            1 | 2 if now < end => {
                let minutes = self.rng.between(1, 40);
                let step = || [self.last_price(market), seconds(60)];
                (0..minutes).flat_map(|_| step()).collect()
            }
            _ => {
                let after = self.rng.below(2) as i64 * 3_600;
                vec![seconds((end + after - now).max(0)), Op::FixFinalMark { market }]
            }
        }
    }

    /// Mostly somebody below zero, else this member.
    fn indebted(&mut self, name: &str) -> String {
        let bankrupt = self.bankrupt();
        let found = if bankrupt.is_empty() || self.rng.chance(20) { name } else { *self.rng.pick(&bankrupt) };
        found.to_string()
    }

    /// Mostly a default that is open, with a keeper or without, or any record.
    fn draw_allocation(&mut self, name: &str) -> Vec<Op> {
        let record = self.any_default(|record| record.status == DefaultStatus::Declared);
        let keeper = self.rng.chance(50).then(|| name.to_string());
        record.map(|record| Op::Allocate { record, keeper }).into_iter().collect()
    }

    /// Mostly one of these defaults, if there are any, or any.
    fn any_default(&mut self, these: impl Fn(&DefaultRecord) -> bool) -> Option<RecordId> {
        let records = &self.twin.model.defaults;
        let all: Vec<_> = records.keys().cloned().collect();
        let some: Vec<_> =
            records.iter().filter(|(_, record)| these(record)).map(|(id, _)| id.clone()).collect();
        let from = if some.is_empty() || self.rng.chance(10) { all } else { some };
        (!from.is_empty()).then(|| self.rng.pick(&from).clone())
    }

    /// Mostly somebody that has missed a round, perhaps once its moment has come.
    fn draw_registration(&mut self, name: &str) -> Vec<Op> {
        let cut_ts = self.registering().map(|round| round.cut_ts);
        let wait = cut_ts.map_or(0, |cut_ts| cut_ts - self.world().now());
        let late = if wait > 0 && self.rng.chance(80) { self.later(wait) } else { vec![] };
        let seq = self.world().fund().cut_seq;
        let missing = NAMES.into_iter().filter(|name| self.world().member(name).cut_seen < seq);
        let missing: Vec<_> = missing.collect();
        let member = if missing.is_empty() || self.rng.chance(10) { name } else { *self.rng.pick(&missing) };
        let ruin = if self.rng.chance(15) { self.ruin(member) } else { vec![] };
        late.into_iter().chain([Op::RegisterGains { member: member.into() }]).chain(ruin).collect()
    }

    /// The round that registers.
    fn registering(&self) -> Option<CutRound> {
        let fund = self.world().fund();
        fund.registers_gains().then(|| *fund.cut_round(fund.cut_seq))
    }

    /// A gains cut in which now and then nobody registers in time: the wind-down begins.
    fn draw_opening(&mut self) -> Vec<Op> {
        let secs = i64::from(self.world().fund().params.register_secs) + 60;
        let late = if self.rng.chance(20) { self.later(secs) } else { vec![] };
        let cut = (!late.is_empty()).then_some(Op::CutGains);
        [Op::OpenGainsCut].into_iter().chain(late).chain(cut).collect()
    }

    /// Mostly once registration is over.
    fn draw_cut(&mut self) -> Vec<Op> {
        let wait = self.registering().map_or(0, |round| round.ends_ts - self.world().now());
        let late = if wait > 0 && self.rng.chance(60) { self.later(wait) } else { vec![] };
        late.into_iter().chain([Op::CutGains]).collect()
    }

    /// A member with a registered gain loses more in a market than it has, and is declared, perhaps after its grace. Its claim
    /// is the fund's, and is set off once the round is cut.
    fn ruin(&mut self, name: &str) -> Vec<Op> {
        let open = |market: &u16| self.world().market(*market).final_ts == 0;
        let Some(market) = self.world().held(name).into_iter().find(open) else { return vec![] };
        let lots = self.world().member(name).position(market).lots;
        let price = self.world().here.markets[usize::from(market)].price;
        let (least, most) = if market == 0 { (usd(2), usd(4_000)) } else { (usd(600), usd(1_000_000)) };
        let price = if lots > 0 { price / 4 } else { price * 4 }.clamp(least, most);
        let record = (String::from(name), self.twin.model.members[name].record_count);
        let params = self.world().fund().params;
        let mut ops = vec![];
        for wait in [seconds(2 * i64::from(CELL_SECS)), slots(params.default_confirm_slots.into())] {
            ops.extend([self.crank(market, price, 0), self.last_price(1 - market), wait]);
            ops.extend([self.crank(market, price, 0), self.last_price(1 - market)]);
            ops.push(Op::Declare { member: name.into(), keeper: None });
        }
        ops.push(Op::Allocate { record, keeper: None });
        ops.extend([seconds(params.register_secs.into()), Op::CutGains]);
        ops
    }

    /// Mostly of a record that has a cushion, or any.
    fn draw_release(&mut self) -> Vec<Op> {
        let record = self.any_default(|record| record.cushion_units > 0);
        record.map(|record| Op::ReleaseCushion { record }).into_iter().collect()
    }

    /// Mostly somebody whose stress call would start or end, else this member.
    fn endangering(&mut self, name: &str) -> String {
        let model = &self.twin.model;
        let found = NAMES.into_iter().find(|name| model.can_call_stress(name));
        found.filter(|_| self.rng.chance(80)).unwrap_or(name).into()
    }

    /// Mostly of somebody whose call is due, perhaps after the time it takes.
    fn draw_excess_sale(&mut self, name: &str, other: &str, market: u16) -> Vec<Op> {
        let world = self.world();
        let called =
            NAMES.into_iter().find(|called| *called != name && world.member(called).is_stress_called.get());
        let target = called.unwrap_or(other);
        let member = world.member(target);
        let held = world.held(target).first().copied().unwrap_or(market);
        let wait = member.stress_due_secs as i64 - world.exit_secs() as i64;
        let mut ops =
            if called.is_some() && wait > 0 && self.rng.chance(80) { self.later(wait) } else { vec![] };
        let lots = self.rng.magnitude(1 << 14);
        ops.push(Op::SellExcess { member: name.into(), target: target.into(), market: held, lots });
        ops
    }

    /// Whoever is called already, perhaps when it is due, or has too little contributed; else anybody.
    fn draw_call(&mut self, name: &str) -> Vec<Op> {
        let world = self.world();
        let called = NAMES.into_iter().find(|name| world.member(name).call_amount > 0);
        let short = NAMES.into_iter().find(|name| self.is_short(name));
        let due = called.map_or(0, |name| world.member(name).call_due_secs);
        let wait = due as i64 - world.exit_secs() as i64;
        let name = called.or(short).filter(|_| self.rng.chance(80)).unwrap_or(name);
        let mut ops = if self.rng.chance(70) && wait > 0 { self.later(wait) } else { vec![] };
        let ended = self.world().member(name).share_epoch < self.world().fund().share_epoch;
        ops.push(Op::EnforceCall { member: name.into(), settle_epoch: ended && self.rng.chance(50) });
        ops
    }

    fn draw_repayment(&mut self, name: &str) -> Vec<Op> {
        let allocated = self.any_default(|record| record.status == DefaultStatus::Allocated);
        let Some(record) = allocated else { return vec![] };
        let written = self.world().default_at(&record_address(self.world(), &record));
        let owes = written.owed().unwrap_or(1);
        let amount = if self.rng.chance(30) { owes } else { self.rng.magnitude(owes.max(1)) };
        vec![Op::RepayDefault { payer: name.into(), record, amount }]
    }

    /// Whoever has neither shares nor positions takes the rest out and comes back; else somebody who cannot.
    fn draw_reopening(&mut self, name: &str) -> Vec<Op> {
        let world = self.world();
        let light = NAMES.into_iter().find(|name| {
            let member = world.member(name);
            member.shares.is_zero() && !member.has_positions() && member.claim == 0
        });
        let Some(light) = light else { return vec![Op::Reopen { member: name.into() }] };
        let member = || light.to_string();
        let amount = world.member(light).margin;
        vec![
            Op::Withdraw { member: member(), amount },
            Op::ClaimRewards { member: member() },
            Op::ClaimRecovery { member: member() },
            Op::WaiveRecovery { member: member() },
            Op::Reopen { member: member() },
        ]
    }

    /// Of the fund, of a market, of the guardian, or a new market, of which there are few.
    fn draw_change(&mut self, market: u16) -> Op {
        match self.rng.below(20) {
            0 => Op::QueueGuardian,
            1 if self.world().fund().market_count < 4 => {
                let standard = self.world().here.markets[usize::from(market)].params;
                Op::QueueNewMarket { params: draw_market(&mut self.rng, &standard) }
            }
            2..=10 => Op::QueueFundChange { settings: self.draw_settings() },
            _ => {
                let now = &self.twin.model.markets[usize::from(market)].params;
                let interest = ("max_open_interest".to_string(), now.max_open_interest);
                let mut expires_ts = now.expires_ts;
                if self.rng.chance(20) {
                    expires_ts = self.draw_end_ts().into();
                }
                let standard = self.world().here.markets[usize::from(market)].params;
                let drawn = MarketParams { expires_ts, ..draw_market(&mut self.rng, &standard) };
                let mut settings = self.some_of(market_settings(&drawn));
                if settings.is_empty() || self.rng.chance(20) {
                    settings = [(interest.0, interest.1 - Int::from(self.rng.below(2)))].into();
                }
                Op::QueueMarketChange { market, settings }
            }
        }
    }

    /// Parameters as they are drawn for a new fund; those of the kind that wait a day only; or a fee
    /// that may be too high.
    fn draw_settings(&mut self) -> Settings {
        let now = self.twin.model.params.clone();
        let set = |name: &str, value: Int| -> Settings { [(name.to_string(), value)].into() };
        match self.rng.below(6) {
            0 => set("treasury_floor", (now.treasury_floor + Int::from(self.rng.below(3)) - 1).max(0)),
            1 => set("crowding_limit_bps", *self.rng.pick(&[10_000, 80_000, 200_000])),
            2 => set("clearing_fee_bps", *self.rng.pick(&[0, 2, 100])),
            3 => set("notice_secs", *self.rng.pick(&[3_600, 86_400, 2 * 86_400])),
            _ => {
                let drawn = fund_settings(&model_params(&draw_params(&mut self.rng)));
                let mut some = self.some_of(drawn);
                some.remove("clearing_fee_bps");
                if some.is_empty() {
                    return set("bounty_bps", 50);
                }
                some
            }
        }
    }

    /// Each of these settings in one case of three.
    fn some_of(&mut self, settings: Settings) -> Settings {
        settings.into_iter().filter(|_| self.rng.chance(33)).collect()
    }

    /// Mostly when the request is due, or the exit that it has committed to.
    fn draw_treasury_claim(&mut self) -> Vec<Op> {
        let fund = self.world().fund();
        let due = fund.treasury_ready_secs.max(fund.treasury_exit_secs);
        let wait = due as i64 - self.world().exit_secs() as i64;
        let asked = fund.treasury_notice > 0;
        let late = if asked && wait > 0 && self.rng.chance(60) { self.later(wait) } else { vec![] };
        late.into_iter().chain([Op::ClaimTreasury]).collect()
    }

    /// A change that waits, and when it is due.
    fn queued(&mut self) -> Option<(u64, i64)> {
        let model = &self.twin.model;
        let waiting: Vec<_> =
            model.changes.iter().map(|(number, change)| (*number, model.change_ready_secs(change))).collect();
        let (number, ready_secs) = (!waiting.is_empty()).then(|| *self.rng.pick(&waiting))?;
        let reading = match self.twin.model.changes[&number].is_wall_time {
            true => self.world().now(),
            false => self.world().exit_secs() as i64,
        };
        Some((number, ready_secs as i64 - reading))
    }

    /// Mostly when its time has come.
    fn draw_due_change(&mut self) -> Vec<Op> {
        let Some((number, wait)) = self.queued() else { return vec![] };
        let late = if wait > 0 && self.rng.chance(60) { self.later(wait) } else { vec![] };
        late.into_iter().chain([Op::ApplyChange { number }]).collect()
    }

    /// Who is below zero.
    fn bankrupt(&self) -> Vec<&'static str> {
        NAMES.into_iter().filter(|name| self.world().equity(name) < 0).collect()
    }

    /// Whether a member has contributed less than its positions require.
    fn is_short(&self, name: &str) -> bool {
        let (member, fund) = (self.world().member(name), self.world().fund());
        let required = self.world().risk(name).required_contribution(fund.params.min_contribution);
        member.has_positions() && contribution(&fund, &member).expect("a value") < required
    }

    /// Mostly within the band, mostly of a size that somebody can bear.
    fn draw_trade(&mut self, buyer: &str, seller: &str, market: u16) -> Vec<Op> {
        if buyer == seller {
            return vec![];
        }
        let mark = self.world().market(market).mark.price;
        let price = if self.rng.chance(60) { mark } else { mark / 10_000 * self.rng.between(9_790, 10_210) };
        let held = self.world().member(buyer).position(market).lots.unsigned_abs();
        let lots =
            if held > 0 && self.rng.chance(20) { held } else { self.affordable(buyer, seller, market) };
        vec![Op::Novate { buyer: buyer.into(), seller: seller.into(), market, lots, price }]
    }

    /// A taker and up to four makers, seldom the same one twice; the taker opens, closes, or changes sides.
    fn draw_batch(&mut self, taker: &str, market: u16) -> Vec<Op> {
        let mark = self.world().market(market).mark.price;
        let held = self.world().member(taker).position(market).lots;
        let count = self.rng.between(1, 4);
        let mut deals: Vec<Deal> = vec![];
        for _ in 0..count {
            let maker = *self.rng.pick(&NAMES);
            let is_there = deals.iter().any(|deal| deal.maker == maker);
            if maker == taker || is_there && !self.rng.chance(3) {
                continue;
            }
            let at_mark = self.rng.chance(60);
            let price = if at_mark { mark } else { mark / 10_000 * self.rng.between(9_790, 10_210) };
            let lots = match self.rng.chance(20) {
                true => held.unsigned_abs() / 2 + 1,
                false => self.affordable(taker, maker, market) / count,
            };
            deals.push(Deal { maker: maker.into(), lots, price });
        }
        let buys = if held != 0 && self.rng.chance(40) { held < 0 } else { self.rng.chance(50) };
        vec![Op::NovateBatch { taker: taker.into(), buys, market, deals }]
    }

    /// An offer of a size that somebody can bear, at a distance, a price, or both; of few numbers, so that they are used again.
    fn draw_offer(&mut self, maker: &str, other: &str, market: u16) -> Vec<Op> {
        let mark = self.world().market(market).mark.price;
        let size = self.affordable(maker, other, market).max(1) as i64;
        let lots = if self.rng.chance(50) { size } else { -size };
        let distance_bps = if self.rng.chance(40) { 0 } else { self.rng.between(0, 410) as i16 - 205 };
        let free = if lots < 0 { 0 } else { u64::MAX };
        let limit_price = match self.rng.chance(60) {
            true => free,
            false => mark / 10_000 * self.rng.between(9_750, 10_250),
        };
        let min_lots = if self.rng.chance(70) { 0 } else { self.rng.magnitude(size as u64) };
        let lasts = if self.rng.chance(85) { 400 * DAY } else { self.rng.between(0, 60) as i64 };
        let expires_ts = self.world().now() + lasts;
        let taker = self.rng.chance(10).then(|| String::from(other));
        let terms = Terms { lots, min_lots, distance_bps, limit_price, expires_ts, taker };
        vec![Op::PostOffer { maker: maker.into(), number: self.rng.below(3), market, terms }]
    }

    /// Mostly an offer like this, if there is one, or any.
    fn any_offer(&mut self, these: impl Fn(&Offer) -> bool) -> Option<(OfferId, Offer)> {
        let all = self.twin.model.offers.clone();
        let some: Vec<_> = all
            .iter()
            .filter(|(_, offer)| these(offer))
            .map(|(id, offer)| (id.clone(), offer.clone()))
            .collect();
        let from = if some.is_empty() || self.rng.chance(10) { all.into_iter().collect() } else { some };
        (!from.is_empty()).then(|| self.rng.pick(&from).clone())
    }

    fn draw_cancel(&mut self, name: &str) -> Vec<Op> {
        let Some((offer, _)) = self.any_offer(|offer| offer.taking.is_none()) else { return vec![] };
        let by = if self.rng.chance(70) { offer.0.clone() } else { name.into() };
        vec![Op::CancelOffer { by, offer }]
    }

    /// All of an offer or a part of it, mostly at any price, and then mostly the first print after it, perhaps a later one, and
    /// the fill; or the time in which it lapses.
    fn draw_taking(&mut self, taker: &str) -> Vec<Op> {
        let is_for = |offer: &Offer| offer.taking.is_none();
        let Some((id, offer)) = self.any_offer(is_for) else { return vec![] };
        if id.0 == taker {
            return vec![];
        }
        let left = (offer.lots as i64).unsigned_abs();
        let size = if self.rng.chance(60) { left } else { self.rng.magnitude(left.max(1)) } as i64;
        let lots = if (offer.lots > 0) != self.rng.chance(3) { -size } else { size };
        let mark = self.world().market(offer.market as u16).mark.price;
        let limit_price = match self.rng.chance(70) {
            true if lots < 0 => 0,
            true => u64::MAX,
            false => mark / 10_000 * self.rng.between(9_900, 10_100),
        };
        let mut ops = vec![Op::TakeOffer { taker: taker.into(), offer: id.clone(), lots, limit_price }];
        if self.rng.chance(15) {
            return ops; // something comes between
        }
        if self.rng.chance(15) {
            let lapses = [seconds(31), self.last_price(offer.market as u16)];
            ops.extend(lapses.into_iter().chain([Op::LapseTaking { taker: taker.into(), offer: id }]));
            return ops;
        }
        ops.extend(self.draw_first_print(taker, id, offer.market as u16));
        ops
    }

    /// The second after this one, a print of it, and the fill at that print, perhaps once the mark has passed it.
    fn draw_first_print(&mut self, taker: &str, offer: OfferId, market: u16) -> Vec<Op> {
        let price = self.world().here.markets[usize::from(market)].price;
        let wild = self.rng.chance(10);
        let moved = |rng: &mut Rng, price: u64| {
            let bps = if wild { rng.between(8_500, 11_500) } else { rng.between(9_930, 10_070) };
            (price / 10_000 * bps).max(usd(2))
        };
        let first = moved(&mut self.rng, price);
        let crank = self.crank(market, first, 0);
        let Op::Crank { update, .. } = crank else { unreachable!("a crank") };
        let mut ops = vec![Op::Wait { secs: 1, slots: 2 }, crank];
        let mut age_secs = 0;
        if self.rng.chance(40) {
            let second = moved(&mut self.rng, first);
            age_secs = self.rng.between(1, 11) as i64;
            ops.extend([seconds(age_secs), self.crank(market, second, 0)]);
        }
        let gap_secs = if self.rng.chance(90) { 1 } else { 0 };
        ops.push(Op::FillOffer {
            taker: taker.into(),
            offer,
            update: Update { age_secs, ..update },
            gap_secs,
        });
        ops
    }

    /// Mostly a taking that waits, at a print that may be any.
    fn draw_fill(&mut self, name: &str) -> Vec<Op> {
        let Some((id, offer)) = self.any_offer(|offer| offer.taking.is_some()) else { return vec![] };
        let taker = offer.taking.map_or(name.into(), |taking| taking.taker);
        if self.rng.chance(50) {
            return self.draw_first_print(&taker, id, offer.market as u16);
        }
        let price = self.world().here.markets[offer.market].price;
        let Op::Crank { update, .. } = self.crank(offer.market as u16, price, 0) else {
            unreachable!("a crank")
        };
        let update = self.spoil(update);
        vec![Op::FillOffer { taker, offer: id, update, gap_secs: self.rng.below(40) as i64 }]
    }

    /// Mostly a taking whose time is over.
    fn draw_lapse(&mut self, name: &str) -> Vec<Op> {
        let Some((offer, found)) = self.any_offer(|offer| offer.taking.is_some()) else { return vec![] };
        let taker = found.taking.map_or(name.into(), |taking| taking.taker);
        let late = if self.rng.chance(70) { self.later(31) } else { vec![] };
        late.into_iter().chain([Op::LapseTaking { taker, offer }]).collect()
    }

    /// Up to a little more lots than the poorer side's margin allows: trades are as large as they can be, or refused.
    fn affordable(&mut self, buyer: &str, seller: &str, market: u16) -> u64 {
        let margin =
            [buyer, seller].map(|name| self.world().member(name).margin).into_iter().min().unwrap_or(0);
        let notional = self.rng.below(margin.saturating_mul(11).max(1)); // initial margin is a tenth
        let market = self.world().market(market);
        (u128::from(notional) * u128::from(market.scale) / u128::from(market.mark.price)) as u64
    }

    /// The next real prices; else small moves mostly, jumps of up to 40%, and gaps, more or less often. Now and then the oracle
    /// fails.
    fn draw_price(&mut self, market: u16) -> Vec<Op> {
        if let Some((secs, prices)) = self.window.as_mut().and_then(|window| window.tick()) {
            let cranks = (0..2).zip(prices).map(|(market, price)| self.crank(market, price, 0));
            return [seconds(secs)].into_iter().chain(cranks.collect::<Vec<_>>()).collect();
        }
        let (least, most) = if market == 0 { (usd(2), usd(4_000)) } else { (usd(600), usd(1_000_000)) };
        let bps = match self.rng.below(100) {
            chance if chance < self.gaps => self.rng.between(2_000, 40_000), // beyond anything the stress rate knows
            chance if chance < self.gaps + 25 => self.rng.between(6_000, 14_000),
            _ => self.rng.between(9_700, 10_300),
        };
        let odd = self.rng.below(1_000);
        let price = self.world().here.markets[usize::from(market)].price;
        let price = (price / 10_000 * bps + odd).clamp(least, most);
        let confidence = if self.rng.chance(70) { 0 } else { self.rng.below(price / 50) };
        let Op::Crank { market, update } = self.crank(market, price, confidence) else {
            unreachable!("a crank")
        };
        let update = if self.rng.chance(6) { self.spoil(update) } else { update };
        // Of several valid prints the caller chooses one.
        let age_secs = if self.rng.chance(15) { self.rng.below(60) as i64 } else { update.age_secs };
        vec![Op::Crank { market, update: Update { age_secs, ..update } }]
    }

    fn crank(&self, market: u16, price: u64, confidence: u64) -> Op {
        Op::Crank { market, update: self.twin.sound(market, price, confidence) }
    }

    /// One thing wrong with a price; an age of seconds may be right.
    fn spoil(&mut self, sound: Update) -> Update {
        match self.rng.below(6) {
            0 => Update { exponent: sound.exponent + 1, ..sound },
            1 => Update { price: -sound.price, ..sound },
            2 => Update { confidence: sound.price.unsigned_abs() / 20, ..sound },
            3 => Update { full: false, ..sound },
            4 => Update { age_secs: self.rng.below(120) as i64, ..sound },
            _ => Update { age_secs: -(self.rng.below(20) as i64), ..sound },
        }
    }

    /// A few slots, the days of a notice, or the quarter after which records are closed; now and then a chain that halts, or a
    /// clock that does.
    fn draw_wait(&mut self) -> Vec<Op> {
        if self.rng.chance(10) {
            let (secs, slots) = (self.rng.magnitude(100_000) as i64, self.rng.magnitude(5_000));
            let halted = self.rng.chance(50);
            return vec![if halted {
                Op::Wait { secs, slots: slots % 10 }
            } else {
                Op::Wait { secs: secs % 4, slots }
            }];
        }
        let secs = match self.rng.below(20) {
            0 => 91 * DAY,
            1..=7 => DAY + self.rng.below(DAY as u64) as i64,
            8..=12 => self.rng.below(700) as i64,
            _ => 0,
        };
        vec![seconds(secs), slots(self.rng.below(120))]
    }

    /// So much later, with marks of then.
    pub fn later(&self, secs: i64) -> Vec<Op> {
        [seconds(secs)].into_iter().chain(self.last_prices()).collect()
    }
}

/// Slots of 400 ms.
pub fn slots(slots: u64) -> Op {
    Op::Wait { secs: slots as i64 / 5 * 2, slots }
}

/// Seconds, and the slots they take.
pub fn seconds(secs: i64) -> Op {
    Op::Wait { secs, slots: secs.unsigned_abs() * 5 / 2 }
}
