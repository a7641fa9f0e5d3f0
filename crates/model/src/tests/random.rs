//! Random histories of the model alone: the books hold after every action.

use super::scene::{fund_params, market_params, usd, Rng, Scene};
use crate::{CoverKind, CoverPurse, CoverTerms, Int, Op, Rates, Reason};
use std::collections::{BTreeMap, BTreeSet};

const NAMES: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];

impl Rng {
    fn name(&mut self) -> String {
        NAMES[self.below(NAMES.len() as u64) as usize].into()
    }

    /// Small amounts and large ones alike.
    fn amount(&mut self) -> u64 {
        let digits = self.below(12) as u32;
        1 + self.below(10u64.pow(digits))
    }
}

struct History {
    scene: Scene,
    rng: Rng,
    prices: [f64; 2],
    /// Nobody registers in time.
    is_lazy: bool,
    accepted: BTreeMap<&'static str, usize>,
}

impl History {
    fn new(seed: u64) -> Self {
        let mut rng = Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut params = fund_params();
        params.clearing_fee_bps = 5;
        params.bounty_cap = Int::from(usd(10.0));
        params.bounty_bps = 100;
        params.assessment_cap_bps = [0, 5_000][rng.below(2) as usize];
        params.default_confirm_slots = [0, 25][rng.below(2) as usize];
        params.min_contribution = 10;
        params.cover_limit_bps = [2_000, 10_000, 1 << 40][rng.below(3) as usize];
        params.crowding_limit_bps = [80_000, 1 << 40][rng.below(2) as usize];
        params.vest_secs = 60;
        params.notice_secs = 100;
        params.claim_window_secs = 20_000;
        params.assessment_secs = 300;
        params.register_secs = 120;
        params.wind_down_secs = 600;
        params.call_secs = 60;
        if seed / 3 % 3 == 1 {
            params.exit_delay_slots = 150;
            params.outflow_cap_bps = 1_000;
            params.cover_budget_bps = 2_500;
        }
        let breaker_bps = [0, 0, 0, 1_500][rng.below(4) as usize];
        let contribution = [10, 100][rng.below(2) as usize];
        let market = |lot_decimals| {
            let mut market = market_params(lot_decimals);
            market.rates = Rates { initial: 1_000, maintenance: 500, contribution, stress: 3_000 };
            market.premium_bps_per_year = 500;
            market.breaker_bps = breaker_bps;
            market.breaker_cooloff_secs = 60;
            market.dead_feed_secs = 50_000;
            market
        };
        let mut markets = vec![market(2), market(4)];
        if rng.below(2) == 0 {
            markets[1].expires_ts = 1_000_000_000 + 5_000 + Int::from(rng.below(20_000));
        }
        let scene = Scene::with(params, markets);
        let mut history = Self {
            scene,
            rng,
            prices: [200.0, 60_000.0],
            is_lazy: seed.is_multiple_of(2),
            accepted: BTreeMap::new(),
        };
        history.scene.treasury([1.0, 2_000.0][history.rng.below(2) as usize]);
        let most = [100, 5_000][history.rng.below(2) as usize];
        for name in NAMES {
            let (margin, contribution) =
                (history.rng.below(20_000) as f64, 1.0 + history.rng.below(most) as f64);
            history.scene.member(name, margin, contribution);
        }
        history.publish();
        if seed / 3 % 3 == 1 {
            history.open_covers();
        }
        history
    }

    /// Covers for claims, of a venue and parametric, all within the budget; beneficiaries and destinations
    /// are members.
    fn open_covers(&mut self) {
        let model = &self.scene.model;
        let limit = ((model.treasury + model.contributions) / 20) as u64;
        let ends_ts = self.scene.clock.ts as i64 + 400_000 + self.rng.below(2_000_000) as i64;
        for kind in [CoverKind::Claims, CoverKind::Venue, CoverKind::Parametric] {
            let is_venue = kind == CoverKind::Venue;
            let terms = CoverTerms {
                kind,
                destination: self.rng.name(),
                beneficiary: self.rng.name(),
                limit,
                first_loss_min: limit / 20,
                per_draw: limit,
                period_limit: limit / 2,
                covered_debt: if is_venue { 5 * limit } else { 0 },
                opens_ts: 1,
                ends_ts,
                premium_bps_per_year: [0, 500, 50_000][self.rng.below(3) as usize],
                coinsurance_bps: 1_000,
                market: 0,
                threshold_bps: if is_venue { 9_000 } else { 0 },
            };
            let number = self.scene.model.governance_nonce as u64;
            let _ = self.attempt(Op::QueueCover { terms });
            self.scene.wait(120_000);
            let _ = self.attempt(Op::ApplyChange { number });
        }
        self.scene.wait(4_000);
        for cover in 0..self.scene.model.covers.len() as u16 {
            for purse in [CoverPurse::Prepaid, CoverPurse::FirstLoss] {
                let _ =
                    self.attempt(Op::FundCover { giver: "alice".into(), cover, amount: limit / 10, purse });
            }
        }
        self.publish();
    }

    /// Something that somebody does with a cover.
    fn draw_with_cover(&mut self) -> Op {
        let rng = &mut self.rng;
        let cover = rng.below(self.scene.model.covers.len() as u64) as u16;
        let at = &self.scene.model.covers[usize::from(cover)];
        let limit = at.limit as u64;
        let name = rng.name();
        let amount = if rng.below(3) == 0 { rng.amount() } else { 1 + rng.below(limit.max(1)) };
        match rng.below(18) {
            0..=4 => Op::DrawCover { cover, amount },
            5..=7 => Op::SettleCover { cover },
            8 => Op::HoldCover { cover, secs: 1 + (amount % [600, 700_000][rng.below(2) as usize]) as u32 },
            9 | 10 => {
                let purse =
                    [CoverPurse::Prepaid, CoverPurse::FirstLoss, CoverPurse::Earned, CoverPurse::Forfeited];
                let purse = purse[rng.below(3) as usize];
                Op::FundCover { giver: name, cover, amount: 1 + limit / 10, purse }
            }
            11 => Op::AccrueCover { cover },
            12 => {
                let to = [at.terms.destination.clone(), at.terms.beneficiary.clone(), name];
                Op::CollectCover { cover, to: to[rng.below(3) as usize].clone() }
            }
            13 => Op::ReturnCover { giver: name, cover, amount },
            14 if rng.below(4) == 0 => Op::SuspendCover { cover },
            14 => Op::EndCover { cover },
            15 => Op::ShowGap { cover },
            16 if rng.below(2) == 0 => Op::QueueRaise { cover, limit: limit + amount },
            16 => Op::QueueResume { cover },
            _ => {
                let changes: Vec<u64> = self.scene.model.changes.keys().copied().collect();
                let number = changes.get(rng.below(changes.len().max(1) as u64) as usize);
                Op::ApplyChange { number: number.copied().unwrap_or_default() }
            }
        }
    }

    fn publish(&mut self) {
        for market in 0..2 {
            let spread = [0.001, 0.01, 0.01, 0.05, 0.05, 0.3][self.rng.below(6) as usize];
            let moved = (self.rng.below(2_001) as f64 / 1_000.0 - 1.0) * spread;
            self.prices[market] = (self.prices[market] * (1.0 + moved)).clamp(1.0, 1e6);
            let mut update = Scene::print(self.prices[market], self.rng.below(4) as i64);
            update.confidence = update.price as u64 / 10_000 * self.rng.below(30);
            match self.rng.below(40) {
                0 => update.price = -1,
                1 => update.exponent = -5,
                2 => update.confidence = update.price.unsigned_abs() / 10,
                _ => {}
            }
            if self.rng.below(10) > 0 {
                let _ = self.attempt(Op::Crank { market: market as u16, update });
            }
        }
    }

    fn attempt(&mut self, op: Op) -> Result<(), BTreeSet<Reason>> {
        if !self.scene.model.can_try(&op) {
            return Ok(());
        }
        let name = op.name();
        let outcome = self.scene.tries(op);
        *self.accepted.entry(name).or_default() += usize::from(outcome.is_ok());
        outcome
    }

    /// Keepers do what can be done, with gaps if there are to be some.
    fn sweep(&mut self, gaps: bool) {
        let mut ops = vec![];
        for name in NAMES {
            ops.push(Op::RegisterGains { member: name.into() });
            ops.push(Op::Declare { member: name.into(), keeper: None });
        }
        for record in self.scene.model.defaults.keys() {
            ops.push(Op::Allocate { record: record.clone(), keeper: None });
            ops.push(Op::ReleaseCushion { record: record.clone() });
        }
        for market in 0..2 {
            ops.push(Op::TakeOver { member: self.rng.name(), market, lots: u64::MAX / 2 });
            ops.push(Op::CloseMarket { market });
            ops.push(Op::FixFinalMark { market });
            ops.push(Op::BookHouse { market });
        }
        ops.extend([Op::AllocateResidual, Op::OpenGainsCut, Op::CutGains]);
        for cover in 0..self.scene.model.covers.len() as u16 {
            ops.extend([Op::SettleCover { cover }, Op::EndCover { cover }]);
        }
        ops.extend(self.scene.model.changes.keys().map(|number| Op::ApplyChange { number: *number }));
        for name in NAMES {
            ops.push(Op::PayClaim { member: name.into() });
            ops.push(Op::CloseOut { member: name.into() });
            ops.push(Op::PayOut { member: name.into() });
        }
        for op in ops {
            let name = self.rng.name();
            if let Op::Declare { member, .. } = &op {
                for market in 0..2 {
                    let liquidate = Op::Liquidate {
                        member: name.clone(),
                        target: member.clone(),
                        market,
                        lots: u64::MAX / 2,
                    };
                    if name != *member {
                        let _ = self.attempt(liquidate);
                    }
                }
            }
            let is_late = gaps && self.is_lazy && matches!(op, Op::RegisterGains { .. });
            if !is_late && (!gaps || self.rng.below(4) > 0) {
                let _ = self.attempt(op);
            }
        }
    }

    /// All feeds fall silent for ever, and everybody leaves by permissionless calls and its own.
    fn leave(&mut self) {
        for round in 0..300 {
            self.scene.wait(8_000);
            self.sweep(false);
            for name in NAMES {
                let Some(member) = self.scene.model.members.get(name).cloned() else { continue };
                let own: Vec<Op> = vec![
                    Op::SettleEpoch { member: name.into() },
                    Op::Settle { member: name.into(), market: 0, by_owner: true },
                    Op::Settle { member: name.into(), market: 1, by_owner: true },
                    Op::Request { member: name.into(), shares: member.shares as u128 },
                    Op::ClaimRewards { member: name.into() },
                    Op::ClaimRecovery { member: name.into() },
                    Op::WaiveRecovery { member: name.into() },
                    Op::Withdraw { member: name.into(), amount: member.margin as u64 },
                    Op::EnforceCall { member: name.into(), settle_epoch: false },
                ];
                if round % 5 == 0 {
                    let _ = self.attempt(Op::Cancel { member: name.into() });
                }
                for op in own {
                    let _ = self.attempt(op);
                }
            }
            // A commitment is paid at the next call, whichever call it was.
            for secs in [1_000, 60, 60] {
                self.scene.wait(secs);
                for name in NAMES {
                    let _ = self.attempt(Op::Claim { member: name.into() });
                }
            }
            for name in NAMES {
                if self.scene.model.members.contains_key(name) {
                    let _ = self.attempt(Op::Close { member: name.into() });
                }
            }
            if self.scene.model.members.is_empty() {
                return self.end_covers();
            }
        }
        panic!("locked up: {:#?}", self.scene.model);
    }

    /// Every cover ends, whatever its drawer and its guardian have done, and pledges nothing.
    fn end_covers(&mut self) {
        for cover in 0..self.scene.model.covers.len() as u16 {
            self.scene.wait(60);
            let _ = self.attempt(Op::SettleCover { cover });
            let at = &self.scene.model.covers[usize::from(cover)];
            let ends_ts = at.ends_from_ts().max(at.over_ts() + if at.owed > 0 { 42 * 86_400 } else { 0 });
            self.scene.wait((ends_ts - self.scene.clock.ts).max(0) as i64);
            let ended = self.attempt(Op::EndCover { cover });
            let had_ended = ended.clone().is_err_and(|reasons| reasons.contains(&Reason::CoverHasEnded));
            assert!(ended.is_ok() || had_ended, "P10: cover {cover}: {ended:?}");
        }
        assert_eq!((self.scene.model.committed(), self.scene.model.cover_owed()), (0, 0));
    }

    fn step(&mut self) {
        if self.rng.below(20) == 0 {
            self.publish();
            return self.sweep(true);
        }
        match self.rng.below(12) {
            0 | 1 => self.scene.wait(1 + self.rng.below(30) as i64),
            2 => match self.rng.below(60) {
                0 => self.scene.wait([10_000, 100_000][self.rng.below(2) as usize]),
                1 | 2 => self.scene.wait(2_000),
                3 => self.scene.clock.ts += 3_600,
                4 => self.scene.clock.slot += 200,
                _ => self.scene.wait(20),
            },
            3..=5 => self.publish(),
            _ => {
                let with_cover = !self.scene.model.covers.is_empty() && self.rng.below(4) == 0;
                let op = if with_cover { self.draw_with_cover() } else { self.draw() };
                let _ = self.attempt(op);
            }
        }
    }

    fn draw(&mut self) -> Op {
        let rng = &mut self.rng;
        let market = rng.below(2) as u16;
        let (member, other) = (rng.name(), rng.name());
        let mark = self.scene.model.markets[usize::from(market)].price;
        let margin = self.scene.model.members.get(&member).map_or(0, |member| member.margin);
        let scale = self.scene.model.markets[usize::from(market)].scale;
        let most = (margin * 9 * scale / mark.max(1)).clamp(1, 1_000_000) as u64;
        let lots = 1 + rng.below(most);
        let band = 1.0 + (rng.below(201) as f64 - 100.0) / 10_000.0;
        let keeper = (rng.below(2) == 0).then(|| other.clone());
        let records: Vec<_> = self.scene.model.defaults.keys().cloned().collect();
        let any_record =
            |rng: &mut Rng| records.get(rng.below(records.len().max(1) as u64) as usize).cloned();
        match rng.below(42) {
            0..=5 | 35.. if member != other => {
                Op::Novate { buyer: member, seller: other, market, lots, price: (mark as f64 * band) as u64 }
            }
            6 => Op::Deposit { member, amount: rng.amount() },
            7 if rng.below(2) == 0 => Op::Withdraw { member, amount: (margin / 2).max(1) as u64 },
            7 => Op::Withdraw { member, amount: rng.amount() },
            8 => Op::Contribute { member, amount: rng.amount() },
            9 => {
                let held = self.scene.model.members.get(&member).map_or(0, |member| member.shares);
                Op::Request { member, shares: held as u128 / 2 + 1 }
            }
            10 | 11 => Op::Claim { member },
            12 | 13 => Op::Settle { member, market, by_owner: rng.below(2) == 0 },
            14 | 15 if member != other => Op::Liquidate {
                member,
                target: other,
                market,
                lots: [lots, u64::MAX / 2][rng.below(2) as usize],
            },
            16 | 17 => Op::TakeOver { member, market, lots: [lots, u64::MAX / 2][rng.below(2) as usize] },
            18..=20 => Op::Declare { member, keeper },
            21 => match any_record(rng) {
                Some(record) if rng.below(3) == 0 => Op::ReleaseCushion { record },
                Some(record) => Op::Allocate { record, keeper },
                None => Op::AllocateResidual,
            },
            22 => Op::AllocateResidual,
            23 => Op::EnforceCall { member, settle_epoch: rng.below(3) == 0 },
            24 => Op::SettleEpoch { member },
            25 => match rng.below(3) {
                0 => Op::OpenGainsCut,
                1 => Op::CutGains,
                _ => Op::PayClaim { member },
            },
            32 | 33 => Op::RegisterGains { member },
            26 => [Op::ClaimRewards { member: member.clone() }, Op::ClaimRecovery { member }]
                [rng.below(2) as usize]
                .clone(),
            27 => {
                [Op::CollectPremium { market }, Op::ReportExposure { member }][rng.below(2) as usize].clone()
            }
            28 => {
                [Op::Watch { member: member.clone() }, Op::EndWatch { member }][rng.below(2) as usize].clone()
            }
            29 => match rng.below(6) {
                0 => Op::BookHouse { market },
                1 => Op::BookCrowding { market },
                2 | 3 => Op::CallStress { member },
                _ if member != other => Op::SellExcess { member, target: other, market, lots },
                _ => Op::CallStress { member },
            },
            30 if rng.below(3) == 0 => {
                let end_ts = self.scene.clock.ts as i64 + [1_000, 300_000][rng.below(2) as usize];
                [
                    Op::CloseMarket { market },
                    Op::QueueClose { market, end_ts },
                    Op::ApplyChange { number: rng.below(40) },
                ][rng.below(3) as usize]
                    .clone()
            }
            _ => {
                [Op::FixFinalMark { market }, Op::CloseOut { member: member.clone() }, Op::PayOut { member }]
                    [rng.below(3) as usize]
                    .clone()
            }
        }
    }
}

/// P1 to P3 are checked by [`Scene::tries`] after every action.
#[test]
fn books_hold_in_random_histories() {
    let mut accepted: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 1..=120 {
        let mut history = History::new(seed);
        for _ in 0..600 {
            history.step();
        }
        if seed % 3 == 0 {
            history.leave();
        }
        for (name, count) in history.accepted {
            *accepted.entry(name).or_default() += count;
        }
    }
    let often =
        ["Novate", "Liquidate", "TakeOver", "Declare", "Allocate", "Settle", "Claim", "Withdraw", "CloseOut"];
    let rarely = [
        "ReleaseCushion",
        "RegisterGains",
        "CutGains",
        "PayClaim",
        "FixFinalMark",
        "PayOut",
        "Watch",
        "ShowGap",
    ];
    let of_covers = [
        "DrawCover",
        "SettleCover",
        "HoldCover",
        "FundCover",
        "AccrueCover",
        "CollectCover",
        "ReturnCover",
        "EndCover",
        "SuspendCover",
    ];
    let hardly = |name: &str, least: usize| accepted.get(name).is_none_or(|count| *count < least);
    for (names, least) in [(often.as_slice(), 10), (rarely.as_slice(), 1), (of_covers.as_slice(), 3)] {
        for name in names {
            assert!(!hardly(name, least), "{name} was hardly accepted: {accepted:?}");
        }
    }
}
