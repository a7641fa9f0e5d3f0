//! What can happen, and how its details are drawn.

use {
    crate::history::{History, NAMES},
    bulkhead_tests::{
        bulkhead::{
            constants::{DEFAULT_RETENTION_SECS, MAX_PAUSE_SECS, ORACLE_SILENT_SLOTS},
            state::{DefaultRecord, DefaultStatus, FundStatus},
        },
        bulkhead_client::{address, instruction},
        params::DAY,
        token, usd, usdc, Call,
    },
};

/// One kind of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    Deposit,
    Withdraw,
    Contribute,
    Request,
    Cancel,
    Claim,
    ClaimRewards,
    Novate,
    Crank,
    Settle,
    Liquidate,
    Declare,
    Allocate,
    TakeOver,
    AllocateResidual,
    SettleEpoch,
    EnforceCall,
    CollectPremium,
    ReportExposure,
    HaircutGains,
    AgreeAssessment,
    RepayDefault,
    GiveRecovery,
    ClaimRecovery,
    WaiveRecovery,
    FixFinalMark,
    SetFinalMark,
    CloseOut,
    PayOut,
    Pause,
    FundTreasury,
    WithdrawTreasury,
    Reopen,
    CloseDefault,
    Gift,
    Wait,
}

use Action::*;

/// What is drawn from: every kind, the frequent ones several times.
pub const ALL: &[Action] = &[
    Deposit,
    Deposit,
    Deposit,
    Withdraw,
    Contribute,
    Request,
    Cancel,
    Claim,
    Claim,
    ClaimRewards,
    Novate,
    Novate,
    Novate,
    Novate,
    Novate,
    Novate,
    Crank,
    Crank,
    Crank,
    Crank,
    Settle,
    Settle,
    Settle,
    Liquidate,
    Liquidate,
    Declare,
    Declare,
    Declare,
    Allocate,
    Allocate,
    TakeOver,
    TakeOver,
    TakeOver,
    AllocateResidual,
    SettleEpoch,
    SettleEpoch,
    EnforceCall,
    EnforceCall,
    EnforceCall,
    EnforceCall,
    CollectPremium,
    ReportExposure,
    HaircutGains,
    AgreeAssessment,
    RepayDefault,
    GiveRecovery,
    ClaimRecovery,
    WaiveRecovery,
    FixFinalMark,
    SetFinalMark,
    CloseOut,
    PayOut,
    Pause,
    FundTreasury,
    WithdrawTreasury,
    Reopen,
    CloseDefault,
    Gift,
    Wait,
    Wait,
];

/// What a keeper or a member turns to while a loss is unpaid.
const UNPAID: &[Action] = &[
    AllocateResidual,
    EnforceCall,
    EnforceCall,
    EnforceCall,
    HaircutGains,
    HaircutGains,
    Crank,
    Settle,
    RepayDefault,
    Allocate,
    Wait,
];

/// While losses borne have not come back.
const BORNE: &[Action] =
    &[RepayDefault, RepayDefault, GiveRecovery, ClaimRecovery, WaiveRecovery, SettleEpoch, EnforceCall];

/// In a wind-down.
const CLOSING: &[Action] = &[
    FixFinalMark,
    FixFinalMark,
    SetFinalMark,
    CloseOut,
    CloseOut,
    CloseOut,
    PayOut,
    PayOut,
    Declare,
    Allocate,
    AllocateResidual,
    EnforceCall,
    ClaimRecovery,
    Wait,
];

impl Action {
    /// Changes the world without a transaction.
    pub fn sends_nothing(self) -> bool {
        matches!(self, Gift | Wait)
    }
}

impl History {
    /// What comes next: anything, or what the state of the fund asks for.
    pub fn choose(&mut self) -> Action {
        let fund = self.world.fund();
        let pressing = if fund.status == FundStatus::WindDown {
            CLOSING
        } else if fund.residual > 0 {
            UNPAID
        } else if !fund.is_loss_pending() && NAMES.into_iter().any(|name| self.is_short(name)) {
            &[EnforceCall]
        } else if fund.losses_outstanding > 0 || fund.recoveries > 0 {
            BORNE
        } else {
            ALL
        };
        let bound = if fund.status == FundStatus::WindDown { 70 } else { 25 };
        *if self.rng.chance(bound) { self.rng.pick(pressing) } else { self.rng.pick(ALL) }
    }

    /// The details of an action: words for the trail, and the call, unless there is nothing to send.
    pub fn draw(&mut self, action: Action) -> (String, Option<Call>) {
        let name = *self.rng.pick(&NAMES);
        let other = *self.rng.pick(&NAMES);
        let market = self.rng.below(2) as u16;
        let amount = self.rng.magnitude(usdc(300));
        let world = &self.world;
        match action {
            Deposit => (format!("{name} {amount}"), Some(world.deposit_margin(name, amount))),
            Withdraw => {
                let margin = world.member(name).margin;
                let amount = if self.rng.chance(30) { margin } else { self.rng.magnitude(margin.max(1)) };
                (format!("{name} {amount}"), Some(world.withdraw_margin(name, amount)))
            }
            Contribute => (format!("{name} {amount}"), Some(world.contribute(name, amount))),
            Request => {
                let shares = world.member(name).shares.get();
                let shares = if self.rng.chance(50) { shares } else { shares / u128::from(self.rng.between(1, 9)) };
                (format!("{name} {shares}"), Some(world.request_withdrawal(name, shares)))
            }
            Cancel => (name.into(), Some(world.cancel_withdrawal(name))),
            Claim => (name.into(), Some(world.claim_withdrawal(name))),
            ClaimRewards => (name.into(), Some(world.claim_rewards(name))),
            Novate => self.draw_trade(name, other, market),
            Crank => self.draw_price(market),
            Settle => (format!("{name} {market}"), Some(world.settle(name, market))),
            Liquidate if name != other => {
                let lots = self.rng.magnitude(1 << 14);
                (
                    format!("{name} takes {lots} of {other} in {market}"),
                    Some(world.liquidate(name, other, market, lots)),
                )
            }
            Declare if self.rng.chance(50) && name != other => {
                (format!("{name} for {other}"), Some(world.declare_default_for(other, name)))
            }
            Declare => (name.into(), Some(world.declare_default(name))),
            Allocate => {
                // The member's open default, or any record.
                let (records, member) = (world.all::<DefaultRecord>(), world.account_of(name));
                let is_own =
                    |record: &DefaultRecord| record.member == member && record.status == DefaultStatus::Declared;
                let own = records.iter().map(|(_, record)| record).find(|record| is_own(record));
                let any = (!records.is_empty()).then(|| self.rng.pick(&records).1.seq);
                if own.is_some() && name != other && self.rng.chance(50) {
                    return (format!("{name} for {other}"), Some(world.allocate_loss_for(other, name)));
                }
                let seq = own.map(|record| record.seq).or(any);
                (format!("{name} {seq:?}"), seq.map(|seq| world.allocate_loss_of(name, seq)))
            }
            TakeOver => {
                let lots = self.rng.magnitude(1 << 14);
                (format!("{name} {lots} in {market}"), Some(world.take_over(name, market, lots)))
            }
            AllocateResidual => (String::new(), Some(world.allocate_residual())),
            SettleEpoch => {
                let (epoch, last) = (world.member(name).share_epoch, world.fund().share_epoch.checked_sub(1));
                let (keys, member) = (&world.here.keys, world.account_of(name));
                let call = last.map(|last| instruction::settle_epoch(keys, member, epoch.min(last)));
                (name.into(), call.map(|call| Call::new(call, [])))
            }
            EnforceCall => {
                // Whoever is called already, perhaps when it is due, or has too little contributed; else anybody.
                let called = NAMES.into_iter().find(|name| world.member(name).call_amount > 0);
                let short = NAMES.into_iter().find(|name| self.is_short(name));
                let wait = called.map_or(0, |name| world.member(name).call_due_ts - world.now());
                let name = called.or(short).filter(|_| self.rng.chance(80)).unwrap_or(name);
                if self.rng.chance(70) && wait > 0 {
                    self.world.warp_secs(wait);
                    self.refresh();
                }
                let call = self.world.enforce_call(name);
                let ended = self.world.member(name).share_epoch < self.world.fund().share_epoch;
                let call = if ended && self.rng.chance(50) { self.world.settle_epoch(name).then(call) } else { call };
                (name.into(), Some(call))
            }
            CollectPremium => (market.to_string(), Some(world.collect_premium(market))),
            ReportExposure => (name.into(), Some(world.report_exposure(name))),
            HaircutGains => (String::new(), Some(world.haircut_gains())),
            AgreeAssessment => (name.into(), Some(world.agree_assessment(name))),
            RepayDefault => {
                let records = world.all::<DefaultRecord>();
                let owing = |record: &DefaultRecord| record.status == DefaultStatus::Allocated;
                let owed: Vec<_> = records.iter().filter(|(_, record)| owing(record)).collect();
                if owed.is_empty() {
                    return ("nothing".into(), None);
                }
                let record = self.rng.pick(&owed).1;
                let owes = record.owed().expect("an amount");
                let amount = if self.rng.chance(30) { owes } else { self.rng.magnitude(owes.max(1)) };
                (format!("{} of default {}", amount, record.seq), Some(world.repay_default(name, record.seq, amount)))
            }
            GiveRecovery => {
                let lost = world.fund().losses_outstanding;
                let amount = if self.rng.chance(70) { self.rng.magnitude(lost.max(1)) } else { amount };
                (amount.to_string(), Some(world.give_recovery("treasurer", amount)))
            }
            ClaimRecovery => (name.into(), Some(world.claim_recovery(name))),
            WaiveRecovery => (name.into(), Some(world.waive_recovery(name))),
            FixFinalMark => (market.to_string(), Some(world.fix_final_mark(market))),
            SetFinalMark => {
                let price = self.world.market(market).mark.price / 100 * self.rng.between(50, 150);
                if self.world.fund().status == FundStatus::WindDown && self.rng.chance(30) {
                    self.world.warp_slots(ORACLE_SILENT_SLOTS);
                }
                (format!("{market} {price}"), Some(self.world.set_final_mark(market, price)))
            }
            CloseOut => (name.into(), Some(world.close_out(name))),
            PayOut => (name.into(), Some(world.pay_out(name))),
            Pause => {
                let (bits, secs) = (self.rng.below(16) as u8, self.rng.magnitude(MAX_PAUSE_SECS as u64 / 100) as i64);
                (format!("{bits} {secs}"), Some(world.pause(bits, secs)))
            }
            FundTreasury => (amount.to_string(), Some(world.fund_treasury("treasurer", amount))),
            WithdrawTreasury => {
                let amount = self.rng.magnitude(world.fund().treasury.max(1));
                (amount.to_string(), Some(world.withdraw_treasury("treasurer", amount)))
            }
            Reopen => {
                // Whoever has nothing left, if anybody.
                let empty = NAMES.into_iter().find(|name| world.member(name).is_empty());
                let name = empty.unwrap_or(name);
                (name.into(), Some(world.close_member(name).then(world.open_member(name))))
            }
            CloseDefault => {
                let seq = self.rng.below(world.fund().default_seq.max(1));
                if self.rng.chance(30) {
                    self.world.warp_secs(DEFAULT_RETENTION_SECS);
                    self.refresh();
                }
                let world = &self.world;
                let record = address::default_record(&world.here.keys.fund, seq);
                (seq.to_string(), world.account(&record).map(|_| world.close_default(seq)))
            }
            Gift => {
                let (vault, gift) = (world.vault(), self.rng.magnitude(usdc(10)));
                self.world.patch(vault, |vault| token::set_amount(vault, token::amount(vault) + gift));
                (gift.to_string(), None)
            }
            Wait => self.draw_wait(),
            Liquidate => (format!("{name} itself: nothing"), None),
        }
    }

    /// Whether a member has contributed less than its positions require.
    fn is_short(&self, name: &str) -> bool {
        let (member, fund) = (self.world.member(name), self.world.fund());
        let required = self.world.risk(name).required_contribution(fund.params.min_contribution);
        member.has_positions() && member.contribution(&fund).expect("a value") < required
    }

    /// Mostly within the band, mostly of a size that somebody can bear.
    fn draw_trade(&mut self, buyer: &str, seller: &str, market: u16) -> (String, Option<Call>) {
        if buyer == seller {
            return (format!("{buyer} with itself: nothing"), None);
        }
        let mark = self.world.market(market).mark.price;
        let price = if self.rng.chance(60) { mark } else { mark / 10_000 * self.rng.between(9_790, 10_210) };
        let held = self.world.member(buyer).position(market).lots.unsigned_abs();
        let lots = if held > 0 && self.rng.chance(20) { held } else { self.affordable(buyer, seller, market) };
        let note = format!("{buyer} buys {lots} of {market} from {seller} at {price}");
        (note, Some(self.world.novate(buyer, seller, market, lots, price)))
    }

    /// Up to a little more lots than the poorer side's margin allows: trades are as large as they can be, or refused.
    fn affordable(&mut self, buyer: &str, seller: &str, market: u16) -> u64 {
        let margin = [buyer, seller].map(|name| self.world.member(name).margin).into_iter().min().unwrap_or(0);
        let notional = self.rng.below(margin.saturating_mul(11).max(1)); // initial margin is a tenth
        let market = self.world.market(market);
        (u128::from(notional) * u128::from(market.scale) / u128::from(market.mark.price)) as u64
    }

    /// Small moves mostly, jumps of up to 40%, and gaps, more or less often.
    fn draw_price(&mut self, market: u16) -> (String, Option<Call>) {
        let (least, most) = if market == 0 { (usd(2), usd(4_000)) } else { (usd(600), usd(1_000_000)) };
        let bps = match self.rng.below(100) {
            chance if chance < self.gaps => self.rng.between(2_000, 40_000), // beyond anything the stress rate knows
            chance if chance < self.gaps + 25 => self.rng.between(6_000, 14_000),
            _ => self.rng.between(9_700, 10_300),
        };
        let odd = self.rng.below(1_000);
        let price = self.world.here.markets[usize::from(market)].price;
        let price = (price / 10_000 * bps + odd).clamp(least, most);
        let confidence = if self.rng.chance(70) { 0 } else { self.rng.below(price / 50) };
        self.world.publish(market, price, confidence);
        (format!("{market} {price} +-{confidence}"), Some(self.world.crank_market(market)))
    }

    /// A few slots, the days of a notice, or the quarter after which records are closed.
    fn draw_wait(&mut self) -> (String, Option<Call>) {
        let secs = match self.rng.below(20) {
            0 => 91 * DAY,
            1..=7 => DAY + self.rng.below(DAY as u64) as i64,
            8..=12 => self.rng.below(700) as i64,
            _ => 0,
        };
        let slots = self.rng.below(120);
        self.world.warp_secs(secs);
        self.world.warp_slots(slots);
        (format!("{secs} s, {slots} slots"), None)
    }
}
