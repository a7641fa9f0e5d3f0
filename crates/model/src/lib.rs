//! Bulkhead once more, in plain integers and written for obviousness: a reference the built program
//! is compared with after every action (`tests/random`).
//!
//! It is written from the documentation and shares no code with the program or its mathematics.
//! What follows from something else is computed from it, over all members if need be: totals, the
//! house's lots, open losses. Rewards and losses that shares bear are given to every member at
//! once. Only where the protocol itself defines a rounding by when somebody is touched (premiums,
//! cuts, units of losses) the model waits for the same touch.
//!
//! - [`Model::apply`] tries an [`Op`]: everything changes, or nothing does and every [`Reason`]
//!   that was met is returned. A reason that depends on others not holding may be among them
//!   although it does not hold by itself.
//! - Numbers in comments are those of the formulas in `docs`.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod assessment;
mod books;
mod calls;
mod claims;
mod closing;
mod covers;
mod crowding;
mod cushions;
mod default;
mod exit;
mod gains_cut;
mod governance;
mod house;
mod interval;
mod liquidation;
mod membership;
mod number;
mod offers;
mod op;
mod oracle;
mod params;
mod policies;
mod positions;
mod rates;
mod reason;
mod recoveries;
mod requirements;
mod rewards;
mod shares;
mod state;
#[cfg(test)]
mod tests;
mod trading;
mod waterfall;

pub use {
    claims::page_of,
    interval::{Interval, Window, CELL_SECS},
    number::{Int, Q64},
    op::{
        BookTerms, CoverKind, CoverPurse, CoverTerms, Deal, Leaf, Name, OfferId, Op, PanelTerms, RecordId,
        Settings, Terms, Update,
    },
    params::{FundParams, MarketParams, Rates},
    reason::Reason,
    state::*,
};

use std::collections::{BTreeMap, BTreeSet};

/// Instructions that no [`Op`] stands for, and why.
pub const NOT_MODELLED: [(&str, &str); 5] = [
    ("create_fund", "how every history starts: Model::new"),
    ("create_market", "of the first markets, how every history starts: Model::new"),
    ("set_delegate", "changes no number"),
    ("transfer_authority", "changes no number"),
    ("accept_authority", "changes no number"),
];

/// A mistake that a test puts into a model to see that the comparison finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// A gain is settled rounded up instead of down.
    SettleRoundsGainsUp,
    /// A claim on a loss is paid a unit more.
    ClaimPaysMore,
}

impl Model {
    /// A new fund with these markets, none of them cranked yet.
    pub fn new(params: FundParams, markets: Vec<MarketParams>, clock: Clock) -> Self {
        let quote_decimals = params.quote_decimals;
        Self {
            clock,
            params,
            restart_slot: 0,
            governance_nonce: markets.len() as Int,
            markets: markets
                .into_iter()
                .map(|params| Market::new(params, quote_decimals, clock.ts))
                .collect(),
            rewards_ts: clock.ts,
            status: FundStatus::Active,
            members: BTreeMap::new(),
            defaults: BTreeMap::new(),
            offers: BTreeMap::new(),
            covers: vec![],
            book: None,
            panel: None,
            epochs: vec![],
            vault: 0,
            purses: BTreeMap::new(),
            contributions: 0,
            treasury: 0,
            rewards_unclaimed: 0,
            rewards_streaming: 0,
            pool: 0,
            rounds: BTreeMap::new(),
            round: 0,
            house_sum: 0,
            recoveries: 0,
            recoveries_held: 0,
            reward_index: 0,
            reward_surplus: 0,
            share_epoch: 0,
            loss_index: 0,
            outstanding: 0,
            units: 0,
            units_index: 0,
            loss_epoch: 0,
            loss_epoch_index: 0,
            residual: 0,
            default_seq: 0,
            loss_seq: 0,
            assessment: Assessment::default(),
            cooling_off: 0,
            cooling_off_ends_ts: 0,
            before: Book::default(),
            cut_rounds: BTreeMap::new(),
            cut_seq: 0,
            small_cuts: 0,
            wind_down_ts: 0,
            is_wound_up: false,
            payout_claims: 0,
            payout_pool: 0,
            payout_units: 0,
            payout_loss_epoch: 0,
            exit: ExitClock { seen: clock, ..ExitClock::default() },
            grace_until_ts: 0,
            grace_used: Used::default(),
            watches: BTreeMap::new(),
            watch_until_ts: 0,
            watches_swept_ts: 0,
            watch_used: Used::default(),
            hold_until_ts: 0,
            holds: Holds::default(),
            outflow: (0, 0),
            exposures: [None, None],
            changes: BTreeMap::new(),
            pauses: Default::default(),
            treasury_exit: None,
            guardian_veto_ts: None,
            selling: false,
            refused: BTreeSet::new(),
            fault: None,
        }
    }

    /// Puts tokens into a wallet at the start of a history.
    pub fn give(&mut self, name: &str, amount: u64) {
        *self.purses.entry(name.into()).or_default() += Int::from(amount);
    }

    /// Returns the same model with a mistake in it.
    pub fn with(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// Returns `true` if everything that an action names exists, so that it can be tried.
    pub fn can_try(&self, op: &Op) -> bool {
        let is_member = |name: &Name| self.members.contains_key(name);
        if let Op::Open { member } = op {
            return !is_member(member);
        }
        let is_cover = |cover: usize| cover < self.covers.len();
        let names_are_there = op.members().into_iter().all(is_member) && op.cover().is_none_or(is_cover);
        names_are_there
            && self.can_try_policy(op)
            && self.can_try_claim(op)
            && match op {
                Op::Allocate { record, .. }
                | Op::ReleaseCushion { record }
                | Op::RepayDefault { record, .. }
                | Op::CloseDefault { record } => self.defaults.contains_key(record),
                Op::ApplyChange { number } | Op::VetoChange { number, .. } => {
                    self.changes.contains_key(number)
                }
                Op::NovateBatch { taker, deals, .. } => deals.iter().all(|deal| deal.maker != *taker),
                Op::PostOffer { maker, number, .. } => !self.offers.contains_key(&(maker.clone(), *number)),
                Op::TakeOffer { taker, offer, .. }
                | Op::FillOffer { taker, offer, .. }
                | Op::LapseTaking { taker, offer } => self.offers.contains_key(offer) && *taker != offer.0,
                Op::CancelOffer { offer, .. } => self.offers.contains_key(offer),
                // Its instruction names the record of an ended epoch.
                Op::SettleEpoch { .. } => self.share_epoch > 0,
                Op::EnforceCall { member, settle_epoch } => {
                    !settle_epoch || self.members[member].share_epoch < self.share_epoch
                }
                _ => true,
            }
    }

    /// Of policies: the accounts of book, cover, day and policy are there, and a new one is not.
    fn can_try_policy(&self, op: &Op) -> bool {
        let Some(book) = &self.book else { return !op.is_of_policies() };
        let has_day = |day: u32| book.expiries.contains_key(&day);
        let has_cover = self.book_cover().is_some();
        match op {
            Op::OpenExpiry { day } => !has_day(*day),
            Op::BuyPolicy { term_days, .. } => {
                let today = (self.clock.ts / exit::DAY_SECS) as u32;
                has_cover && has_day(today + u32::from(*term_days))
            }
            Op::SettleExpiry { day } | Op::OpenPayouts { day } | Op::EndPayouts { day } => {
                has_cover && has_day(*day)
            }
            Op::CloseExpiry { day } => has_day(*day),
            Op::StartPolicy { number } | Op::ClaimPolicy { number, .. } | Op::ClosePolicy { number } => {
                book.policies.contains_key(number)
            }
            _ => true,
        }
    }

    /// Tries an action at this moment.
    ///
    /// # Errors
    /// Returns every reason that was met; nothing has changed then.
    pub fn apply(&mut self, op: &Op, clock: Clock) -> Result<(), BTreeSet<Reason>> {
        let mut next = self.clone();
        next.clock = clock;
        if Self::moves_exit_clock(op) {
            next.advance_exit_clock();
        }
        next.act(op);
        self.clock = clock;
        if !next.refused.is_empty() {
            return Err(next.refused);
        }
        *self = next;
        Ok(())
    }

    fn act(&mut self, op: &Op) {
        match op {
            Op::Open { member } => self.open_member(member),
            Op::Close { member } => self.close_member(member),
            Op::Reopen { member } => {
                self.close_member(member);
                self.open_member(member);
            }
            Op::Deposit { member, amount } => self.deposit(member, (*amount).into()),
            Op::Withdraw { member, amount } => self.withdraw(member, (*amount).into()),
            Op::Contribute { member, amount } => self.contribute(member, (*amount).into()),
            Op::Request { member, shares } => self.request(member, *shares as Int),
            Op::Cancel { member } => self.cancel(member),
            Op::Claim { member } => self.claim(member),
            Op::ClaimRewards { member } => self.claim_rewards(member),
            Op::ClaimRecovery { member } => self.claim_recovery(member),
            Op::WaiveRecovery { member } => self.waive_recovery(member),
            Op::AgreeAssessment { member } => self.agree_assessment(member),
            Op::RepayDefault { payer, record, amount } => self.repay_default(payer, record, (*amount).into()),
            Op::Novate { buyer, seller, market, lots, price } => {
                self.novate(buyer, seller, usize::from(*market), (*lots).into(), (*price).into());
            }
            Op::NovateBatch { taker, buys, market, deals } => {
                self.novate_batch(taker, *buys, usize::from(*market), deals);
            }
            Op::PostOffer { maker, number, market, terms } => {
                self.post_offer(maker, *number, usize::from(*market), terms);
            }
            Op::CancelOffer { by, offer } => self.cancel_offer(by, offer),
            Op::TakeOffer { taker, offer, lots, limit_price } => {
                self.take_offer(taker, offer, (*lots).into(), (*limit_price).into());
            }
            Op::FillOffer { taker, offer, update, gap_secs } => {
                self.fill_offer(offer, taker, update, (*gap_secs).into());
            }
            Op::LapseTaking { taker, offer } => self.lapse_taking(offer, taker),
            Op::TakeOver { member, market, lots } => {
                self.take_over(member, usize::from(*market), (*lots).into())
            }
            Op::Liquidate { member, target, market, lots } => {
                self.liquidate(member, target, usize::from(*market), (*lots).into());
            }
            Op::Crank { market, update } => self.crank(usize::from(*market), update),
            Op::Settle { member, market, by_owner } => self.settle(member, usize::from(*market), *by_owner),
            Op::CollectPremium { market } => self.collect_premium(usize::from(*market)),
            Op::ReportExposure { member } => self.report_exposure(member),
            Op::BookCrowding { market } => self.book_crowding(usize::from(*market)),
            Op::CallStress { member } => self.call_stress(member),
            Op::SellExcess { member, target, market, lots } => {
                self.sell_excess(member, target, usize::from(*market), (*lots).into());
            }
            Op::Watch { member } => self.watch(member),
            Op::EndWatch { member } => self.unwatch(member),
            Op::BookHouse { market } => self.book_house(usize::from(*market)),
            Op::Declare { member, keeper } => self.declare(member, keeper.as_deref()),
            Op::Allocate { record, keeper } => self.allocate(record, keeper.as_deref()),
            Op::ReleaseCushion { record } => self.release_cushion(record),
            Op::AllocateResidual => self.allocate_residual(),
            Op::EnforceCall { member, settle_epoch } => {
                if *settle_epoch {
                    self.settle_epoch(member);
                }
                self.enforce_call(member);
            }
            Op::SettleEpoch { member } => self.settle_epoch(member),
            Op::OpenGainsCut => self.open_gains_cut(),
            Op::RegisterGains { member } => self.register_gains(member),
            Op::CutGains => self.cut_gains(),
            Op::PayClaim { member } => self.pay_claim(member),
            Op::FixFinalMark { market } => self.fix_final_mark(usize::from(*market)),
            Op::CloseOut { member } => self.close_out(member),
            Op::PayOut { member } => self.pay_out(member),
            Op::CloseDefault { record } => self.close_default(record),
            Op::Pause { bits, secs } => self.pause(*bits, (*secs).into()),
            Op::EndPause { bits } => self.end_pause(*bits),
            Op::FundTreasury { funder, amount } => self.fund_treasury(funder, (*amount).into()),
            Op::RequestTreasury { to, amount } => self.request_treasury(to, (*amount).into()),
            Op::CancelTreasury => self.cancel_treasury(),
            Op::ClaimTreasury => self.claim_treasury(),
            Op::GiveRecovery { giver, amount } => self.give_recovery(giver, (*amount).into()),
            Op::CloseMarket { market } => self.close_market(usize::from(*market)),
            Op::QueueFundChange { settings } => self.queue_change(Change::Fund(settings.clone())),
            Op::QueueMarketChange { market, settings } => {
                self.queue_change(Change::Market(usize::from(*market), settings.clone()));
            }
            Op::QueueFeedDecimals { market, decimals } => {
                self.queue_change(Change::FeedDecimals(usize::from(*market), *decimals));
            }
            Op::QueueClose { market, end_ts } => {
                self.queue_change(Change::Close(usize::from(*market), (*end_ts).into()));
            }
            Op::QueueFinalMark { market, price } => {
                self.queue_change(Change::FinalMark(usize::from(*market), (*price).into()));
            }
            Op::QueueNewMarket { params } => self.queue_change(Change::NewMarket(params.clone())),
            Op::QueueGuardian => self.queue_change(Change::Guardian),
            Op::QueueCover { terms } => self.queue_change(Change::NewCover(terms.clone())),
            Op::QueueRaise { cover, limit } => {
                self.queue_change(Change::RaiseCover(usize::from(*cover), (*limit).into()));
            }
            Op::QueueResume { cover } => self.queue_change(Change::ResumeCover(usize::from(*cover))),
            Op::SuspendCover { cover } => self.suspend_cover(usize::from(*cover)),
            Op::FundCover { giver, cover, amount, purse } => {
                self.fund_cover(giver, usize::from(*cover), (*amount).into(), *purse);
            }
            Op::AccrueCover { cover } => self.accrue_cover(usize::from(*cover)),
            Op::HoldCover { cover, secs } => {
                self.require_other_drawer(usize::from(*cover));
                self.hold_cover(usize::from(*cover), (*secs).into());
            }
            Op::DrawCover { cover, amount } => {
                self.require_other_drawer(usize::from(*cover));
                self.draw_cover(usize::from(*cover), (*amount).into());
            }
            Op::SettleCover { cover } => self.settle_cover(usize::from(*cover)),
            Op::CollectCover { cover, to } => self.collect_cover(usize::from(*cover), to),
            Op::ReturnCover { giver, amount, .. } => self.return_cover(giver, (*amount).into()),
            Op::EndCover { cover } => self.end_cover(usize::from(*cover)),
            Op::ShowGap { cover } => self.show_gap(usize::from(*cover)),
            Op::ApplyChange { number } => self.apply_change(*number),
            Op::VetoChange { number, by_guardian } => self.veto_change(*number, *by_guardian),
            Op::NotePrice => self.note_price(),
            Op::OpenExpiry { day } => self.open_expiry(*day),
            Op::BuyPolicy { owner, insured, term_days, max_premium } => {
                self.buy_policy(owner, (*insured).into(), *term_days, (*max_premium).into());
            }
            Op::StartPolicy { number } => self.start_policy(*number),
            Op::SettleExpiry { day } => self.settle_expiry(*day),
            Op::OpenPayouts { day } => self.open_payouts(*day),
            Op::ClaimPolicy { by, number } => self.claim_policy(by, *number),
            Op::ClosePolicy { number } => self.close_policy(*number),
            Op::EndPayouts { day } => self.end_payouts(*day),
            Op::CloseExpiry { day } => self.close_expiry(*day),
            Op::AlertLoss { by, incident_ts, peril, max_bond } => {
                self.alert_loss(by, (*incident_ts).into(), *peril, (*max_bond).into());
            }
            Op::PostRoot { by, loss, claims } => self.post_root(by, *loss, claims),
            Op::VoteRoot { by, loss, claims, approves } => self.vote_root(by, *loss, claims, *approves),
            Op::VetoRoot { by, loss } => self.veto_root(by, *loss),
            Op::DecideLoss { loss } => self.decide_loss(*loss),
            Op::SettleBond { loss, to } => self.settle_bond(*loss, to),
            Op::OpenClaims { loss } => self.open_claims(*loss),
            Op::OpenPage { loss, page } => self.open_page(*loss, *page),
            Op::ClaimCover { by, loss, index, amount } => {
                let leaf = Leaf { claimant: by.clone(), amount: *amount };
                self.pay_leaf(*loss, *index, &leaf, by);
            }
            Op::PushClaim { loss, index, leaf, to } => {
                self.require(*to == associated(&leaf.claimant), Reason::WrongDestination);
                self.pay_leaf(*loss, *index, leaf, to);
            }
            Op::ExpireLoss { loss } => self.expire_loss(*loss),
            Op::ClosePage { loss, page } => self.close_page(*loss, *page),
            Op::CloseLoss { loss } => self.close_loss(*loss),
            Op::Restart => self.restart_slot = self.clock.slot,
            Op::Gift { amount } => self.vault += Int::from(*amount),
            Op::Wait { .. } => {}
        }
    }
}
