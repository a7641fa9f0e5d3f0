//! P10: whatever has happened, everybody gets out what is theirs by calls that nobody can refuse, in any order, the last
//! one too. What the fund cannot pay its own layers end: nobody gives it a unit.

use {
    crate::{
        draw::{seconds, slots},
        history::History,
        start::{NAMES, TREASURER},
        tally::Tally,
        twin::Ended,
    },
    bulkhead_math::{interval::CELL_SECS, units::Scale},
    bulkhead_model::{CoverStatus, DefaultStatus, Op, RecordId},
    bulkhead_tests::{
        bulkhead::{
            constants::{CONFIRM_WINDOW_SECS, SILENT_GRACE_SECS, TAKING_SECS},
            rules::{gains_cut, premium, rewards},
            state::{FundStatus, MemberStatus, KEPT_ROUNDS},
        },
        contribution,
        params::DAY,
        usdc,
    },
};

/// Rounds of haircuts and of sales by the house, each over at most half of the loss of the one before.
const ROUNDS: usize = 200;

impl History {
    /// Closes every position, ends every loss, takes all money out and closes all accounts.
    pub fn leave(&mut self, seed: u64, tally: &mut Tally) {
        self.begin_to_leave(seed);
        self.wait(&slots(50), tally); // a price from the future has its time
        if self.rng.chance(50) || self.world().fund().is_paused(u8::MAX, self.world().now()) {
            self.wait(&seconds(4 * DAY), tally); // a pause has ended by then, and so has an assessment
        }
        self.refresh(tally);
        self.end_offers(tally);
        self.settle_epochs(tally);
        self.finish_cut(tally);
        for _ in 0..ROUNDS {
            if !self.is_closing() {
                self.close_positions(tally);
            }
            if !self.is_closing() {
                break;
            }
            self.wind_down(tally);
            if self.is_closing() {
                break;
            }
        }
        self.release_cushions(tally);
        self.settle_covers(tally);
        assert_eq!(self.world().fund().cover_owed, 0, "P10: a cover is never settled");
        self.outlast_holds(tally);
        if self.rng.chance(50) {
            self.end_covers(tally);
            self.end_claims(tally);
            self.refresh(tally);
        }
        self.take_contributions(tally);
        self.take_margins(tally);
        for market in 0..2 {
            self.attempt(&Op::CollectPremium { market }, tally);
        }
        self.close_accounts(tally);
        self.nothing_is_left(tally);
        self.end_covers(tally);
        self.end_claims(tally);
    }

    pub fn wait(&mut self, wait: &Op, tally: &mut Tally) {
        self.attempt(wait, tally);
    }

    /// Every taking lapses, and every offer is taken back, whatever has become of its maker.
    fn end_offers(&mut self, tally: &mut Tally) {
        self.wait(&seconds(TAKING_SECS + 1), tally);
        for (offer, found) in self.twin.model.offers.clone() {
            if let Some(taking) = found.taking {
                self.must(&Op::LapseTaking { taker: taking.taker, offer: offer.clone() }, tally);
            }
            self.must(&Op::CancelOffer { by: offer.0.clone(), offer }, tally);
        }
        self.refresh(tally);
    }

    /// Open defaults, in any order.
    fn allocations(&mut self) -> Vec<Op> {
        let records = self.twin.model.defaults.iter();
        let open = records.filter(|(_, record)| record.status == DefaultStatus::Declared);
        let mut all: Vec<Op> =
            open.map(|(id, _)| Op::Allocate { record: id.clone(), keeper: None }).collect();
        self.rng.shuffle(&mut all);
        all
    }

    /// Every cushion comes back once the houses are flat, in any order.
    fn release_cushions(&mut self, tally: &mut Tally) {
        self.release_ended(tally);
        let held = self.twin.model.defaults.values().filter(|record| record.cushion_units > 0);
        assert_eq!(held.count(), 0, "P10: a cushion is never released");
        assert_eq!(self.world().fund().cushions, 0, "P10: money of a cushion is left");
    }

    /// Cushions of rounds that have ended; a part of one may go on behind a silent house.
    fn release_ended(&mut self, tally: &mut Tally) {
        for _ in 0..ROUNDS {
            let (round, records) = (self.twin.model.round, self.twin.model.defaults.iter());
            let held = records.filter(|(_, record)| record.cushion_units > 0 && record.round < round);
            let mut all: Vec<RecordId> = held.map(|(id, _)| id.clone()).collect();
            if all.is_empty() {
                return;
            }
            self.rng.shuffle(&mut all);
            for record in all {
                self.must(&Op::ReleaseCushion { record }, tally);
            }
        }
        panic!("P10: the cushions do not end");
    }

    /// Everybody is registered in every round that there was, and a round that registers is cut.
    fn finish_cut(&mut self, tally: &mut Tally) {
        let fund = self.world().fund();
        if !fund.registers_gains() {
            self.register_all(tally);
            return;
        }
        let round = *fund.cut_round(fund.cut_seq);
        self.wait(&seconds((round.cut_ts - self.world().now()).max(0)), tally);
        self.refresh(tally);
        self.register_all(tally);
        self.wait(&seconds((round.ends_ts - self.world().now()).max(0)), tally);
        self.must(&Op::CutGains, tally);
        self.refresh(tally);
    }

    /// Each member in every round that it has missed, in any order.
    fn register_all(&mut self, tally: &mut Tally) {
        for name in self.shuffled() {
            let register = Op::RegisterGains { member: name.into() };
            while self.attempt(&register, tally).is_accepted() {}
        }
    }

    /// Claims of members, as far as the pool reaches.
    fn pay_claims(&mut self, tally: &mut Tally) {
        for name in self.shuffled() {
            self.attempt(&Op::PayClaim { member: name.into() }, tally);
        }
    }

    /// Layer 6, once the houses are sold: their result comes first.
    fn cut_gains(&mut self, tally: &mut Tally) {
        self.fix_ended(tally);
        for market in 0..2 {
            if self.world().market(market).final_ts == 0 {
                self.empty_house(market, tally);
            }
        }
        self.settle_houses(tally);
        self.pay_claims(tally);
        self.allocate_all(tally);
        if self.world().fund().residual == 0 || self.is_closing() {
            return;
        }
        self.must(&Op::OpenGainsCut, tally);
        self.finish_cut(tally);
    }

    /// Whether a member is owed something for a gain that it has registered.
    fn is_owed(&self, name: &str) -> bool {
        let (fund, member) = (self.world().fund(), self.world().member(name));
        gains_cut::worth_to_others(&fund, &member).expect("a claim") > 0
    }

    /// A call that nobody may refuse.
    pub fn must(&mut self, op: &Op, tally: &mut Tally) {
        match self.attempt(op, tally) {
            Ended::Accepted(_) => {}
            Ended::Unsent => panic!("P10: {} names what is not there", op.name()),
            Ended::Refused(error) => panic!("P10: {} refused by {error:?}: {op:?}", op.name()),
        }
    }

    fn is_closing(&self) -> bool {
        self.world().fund().status == FundStatus::WindDown
    }

    fn shuffled(&mut self) -> [&'static str; NAMES.len()] {
        let mut names = NAMES;
        self.rng.shuffle(&mut names);
        names
    }

    fn settle_epochs(&mut self, tally: &mut Tally) {
        for name in self.shuffled() {
            if self.world().member(name).share_epoch < self.world().fund().share_epoch {
                self.must(&Op::SettleEpoch { member: name.into() }, tally);
            }
        }
    }

    /// Losers pay, the bankrupt default, the house sells to those who hold the other side, the rest close out with one
    /// another at the mark; then every gain is drawn. Until nothing is owed any more, or the wind-down has begun.
    fn close_positions(&mut self, tally: &mut Tally) {
        for _ in 0..ROUNDS {
            self.refresh(tally);
            self.end_markets(tally);
            self.settle_all(tally);
            self.declare_all(tally);
            self.end_losses(tally);
            if self.is_closing() {
                return;
            }
            self.refresh(tally);
            self.end_markets(tally);
            for market in 0..2 {
                if self.world().market(market).final_ts == 0 {
                    self.empty_house(market, tally);
                    self.match_all(market, tally);
                }
            }
            self.end_losses(tally);
            if self.is_closing() {
                return;
            }
            self.lend(tally);
            self.settle_all(tally);
            self.settle_houses(tally);
            self.pay_claims(tally);
            self.settle_all(tally);
            self.settle_covers(tally);
            let flat =
                NAMES.iter().all(|name| !self.world().member(name).has_positions() && !self.is_owed(name));
            if flat && !self.world().fund().holds_exits() {
                // Graces and watches end by themselves.
                let blocked = self.world().fund().exits.blocked_until() - self.world().now();
                self.wait(&seconds(blocked.max(0)), tally);
                return;
            }
        }
        panic!("P10: the losses do not end");
    }

    /// What covers are owed is paid once clearing is whole, or lapses.
    fn settle_covers(&mut self, tally: &mut Tally) {
        let fund = self.world().fund();
        if fund.cover_owed == 0 || fund.clears() && !self.is_closing() {
            return;
        }
        let cleared = fund.exits.cleared_until() - self.world().now();
        self.wait(&seconds(cleared.max(0)), tally);
        self.wait(&slots(150), tally);
        self.release_ended(tally);
        for (cover, found) in (0u16..).zip(self.twin.model.covers.clone()) {
            if found.owed > 0 && found.status == CoverStatus::Active {
                self.must(&Op::SettleCover { cover }, tally);
            }
        }
        self.refresh(tally);
    }

    /// Holds end by themselves.
    fn outlast_holds(&mut self, tally: &mut Tally) {
        let held = self.world().fund().exits.hold_until_ts - self.world().now();
        self.wait(&seconds(held.max(0)), tally);
        self.refresh(tally);
    }

    /// Every cover ends, whatever its drawer does, and its money goes where it belongs.
    fn end_covers(&mut self, tally: &mut Tally) {
        for (cover, found) in (0u16..).zip(self.twin.model.covers.clone()) {
            if found.status != CoverStatus::Ended {
                // What a suspended cover is owed lapses in the end; whoever accrues may end it earlier by a lapse.
                let owed_until = found.over_ts() as i64 + if found.owed > 0 { 42 * DAY } else { 0 };
                let wait = owed_until.max(found.ends_from_ts() as i64) - self.world().now();
                self.wait(&seconds(wait.max(0)), tally);
                self.must(&Op::EndCover { cover }, tally);
            }
            for to in [&found.terms.destination, &found.terms.beneficiary] {
                self.attempt(&Op::CollectCover { cover, to: to.clone() }, tally);
            }
        }
        let fund = self.world().fund();
        assert_eq!(
            (fund.covers, fund.committed, fund.cover_owed),
            (0, 0, 0),
            "P10: something is pledged for ever"
        );
        assert_eq!(fund.cover_reserve, 0, "P10: money of covers is left");
    }

    /// Losers first, so that the pool has what winners draw. A loss that a gain of the same member covers may have
    /// to wait until the lots are closed, and ask for no initial margin any more.
    fn settle_all(&mut self, tally: &mut Tally) {
        for losers in [true, false] {
            for name in self.shuffled() {
                for market in self.world().held(name) {
                    if (self.profit(name, market) < 0) == losers {
                        let settle = Op::Settle { member: name.into(), market, by_owner: true };
                        if losers {
                            self.attempt(&settle, tally);
                        } else {
                            self.must(&settle, tally);
                        }
                    }
                }
            }
        }
    }

    /// What the houses have gained before anybody had paid it.
    fn settle_houses(&mut self, tally: &mut Tally) {
        for market in 0..2 {
            if self.world().market(market).is_house_due() || self.world().fund().is_house_round_due() {
                self.must(&Op::Settle { member: NAMES[0].into(), market, by_owner: false }, tally);
            }
        }
    }

    /// Who has lost in one market what it has gained in the other may have no cash to begin with: anyone may lend it, and
    /// it comes back with the gain.
    fn lend(&mut self, tally: &mut Tally) {
        for name in NAMES {
            let held = self.world().held(name);
            let lost: i64 = held.iter().map(|market| self.profit(name, *market).min(0)).sum();
            let missing = lost.unsigned_abs().saturating_sub(self.world().member(name).margin);
            if missing > 0 {
                self.must(&Op::Deposit { member: name.into(), amount: missing }, tally);
            }
        }
    }

    /// Of a position, pending cuts taken.
    fn profit(&self, name: &str, market: u16) -> i64 {
        let (member, market) = (self.world().member(name), self.world().market(market));
        let slot = member.positions.iter().find(|slot| slot.market == market.index && !slot.is_free());
        let position = slot
            .map_or_else(Default::default, |slot| premium::position_of(&market, slot).expect("a position"));
        position
            .profit(market.mark.price, Scale::from_stored(market.scale).expect("a scale"))
            .expect("a profit")
    }

    /// Everybody below zero, and whoever is in grace: its period ends one way or the other.
    fn declare_all(&mut self, tally: &mut Tally) {
        self.settle_epochs(tally);
        for name in self.shuffled() {
            for _ in 0..3 {
                let member = self.world().member(name);
                let settled = member.status == MemberStatus::Active && self.world().equity(name) >= 0;
                if settled || member.status == MemberStatus::ClosedOut {
                    break;
                }
                // A first call starts (or ends) the grace period, one after it declares, both at a price that
                // has lasted.
                self.last(tally);
                let declare = Op::Declare { member: name.into(), keeper: None };
                if self.attempt(&declare, tally).is_accepted() {
                    continue;
                }
                // Sound again, and below initial margin: its grace ends by itself.
                assert!(member.status == MemberStatus::Grace, "P10: {name} is not declared");
                self.wait(&seconds(i64::from(SILENT_GRACE_SECS + CONFIRM_WINDOW_SECS)), tally);
                self.last(tally);
                self.must(&declare, tally);
            }
        }
    }

    /// Lets the prices last for two cells.
    fn last(&mut self, tally: &mut Tally) {
        self.refresh(tally);
        self.wait(&seconds(2 * i64::from(CELL_SECS)), tally);
        self.refresh(tally);
    }

    /// Every open default is allocated, and what is not paid goes through the layers: treasury and contributions, the
    /// assessment, the gains cut, until it is paid or the wind-down begins.
    fn end_losses(&mut self, tally: &mut Tally) {
        for _ in 0..ROUNDS {
            self.allocate_all(tally);
            self.settle_epochs(tally);
            if self.world().fund().residual == 0 {
                return;
            }
            self.cut_gains(tally);
            if self.is_closing() {
                return;
            }
            self.declare_all(tally);
        }
        panic!("P10: a loss that is never paid");
    }

    /// Layers 3 to 5, and the end of the assessment.
    fn allocate_all(&mut self, tally: &mut Tally) {
        for op in self.allocations() {
            self.must(&op, tally);
        }
        if self.world().fund().residual > 0 {
            self.must(&Op::AllocateResidual, tally);
        }
        self.end_assessment(tally);
    }

    /// Whoever owes is assessed; whoever has nothing to pay with holds up the others until the call is over.
    fn end_assessment(&mut self, tally: &mut Tally) {
        if !self.world().fund().assessment.is_open(self.world().now()) {
            return;
        }
        for name in self.shuffled() {
            self.attempt(&Op::EnforceCall { member: name.into(), settle_epoch: false }, tally);
        }
        let ends = self.world().fund().assessment.ends_ts;
        if self.world().fund().assessment.is_open(self.world().now()) {
            self.wait(&seconds(ends - self.world().now() + 1), tally);
            self.refresh(tally);
        }
    }

    /// P2: members hold together what the house holds, on the other side. They take it, which needs no requirement.
    fn empty_house(&mut self, market: u16, tally: &mut Tally) {
        for name in self.shuffled() {
            let (house, own) =
                (self.world().market(market).house_lots, self.world().member(name).position(market).lots);
            if house != 0 && own != 0 && (house < 0) != (own < 0) {
                let lots = house.unsigned_abs().min(own.unsigned_abs());
                self.must(&Op::TakeOver { member: name.into(), market, lots }, tally);
            }
        }
        assert_eq!(self.world().market(market).house_lots, 0, "P10: lots nobody can take");
    }

    /// Longs and shorts close with one another; a fee nobody has is paid for by a deposit.
    fn match_all(&mut self, market: u16, tally: &mut Tally) {
        for seller in NAMES {
            for buyer in NAMES {
                let long = self.world().member(seller).position(market).lots;
                let short = self.world().member(buyer).position(market).lots;
                if long <= 0 || short >= 0 {
                    continue;
                }
                let lots = long.unsigned_abs().min(short.unsigned_abs());
                for side in [seller, buyer] {
                    let owed = usdc(10_000).saturating_sub(self.world().member(side).margin);
                    if owed > 0 {
                        self.must(&Op::Deposit { member: side.into(), amount: owed }, tally);
                    }
                }
                let price = self.world().market(market).mark.price;
                let (buyer, seller) = (buyer.into(), seller.into());
                self.must(&Op::Novate { buyer, seller, market, lots, price }, tally);
            }
        }
    }

    /// Makes the mark of a market final, an hour later if its last hour goes on.
    fn fix(&mut self, market: u16, tally: &mut Tally) {
        if !self.twin.model.has_ended(market.into()) {
            self.wait(&seconds(60 * 60), tally);
        }
        self.must(&Op::FixFinalMark { market }, tally);
    }

    fn fix_ended(&mut self, tally: &mut Tally) {
        for market in 0..2 {
            let is_final = self.world().market(market).final_ts != 0;
            if !is_final && self.twin.model.has_ended(market.into()) {
                self.must(&Op::FixFinalMark { market }, tally);
            }
        }
    }

    /// Markets whose end has come get their final marks, and everybody is closed out at them.
    fn end_markets(&mut self, tally: &mut Tally) {
        self.fix_ended(tally);
        let ended = |history: &Self, name: &str| {
            history.world().held(name).into_iter().any(|market| history.world().market(market).final_ts != 0)
        };
        for name in self.shuffled() {
            if ended(self, name) && self.world().member(name).status == MemberStatus::Active {
                self.must(&Op::CloseOut { member: name.into() }, tally);
            }
        }
    }

    /// Layer 7: final marks, everybody closed out, and the claims paid; unless it is averted.
    fn wind_down(&mut self, tally: &mut Tally) {
        let due = self.world().fund().wind_down_ts + i64::from(self.world().fund().params.wind_down_secs);
        if self.rng.chance(50) {
            // A print counts in the last hour, another one ends nothing.
            let within = due - self.world().now() - self.rng.below(3_600) as i64;
            self.wait(&seconds(within.max(0)), tally);
            self.refresh(tally);
        }
        self.wait(&seconds((due - self.world().now()).max(0)), tally);
        for market in 0..2 {
            if !self.is_closing() {
                return; // the house of a market that has ended has paid the rest
            }
            if self.world().market(market).final_ts == 0 {
                self.fix(market, tally);
            }
        }
        self.declare_all(tally);
        self.allocate_all(tally);
        if !self.is_closing() {
            return; // somebody has paid the rest before anybody was closed out
        }
        for name in self.shuffled() {
            if self.world().member(name).status != MemberStatus::ClosedOut {
                self.must(&Op::CloseOut { member: name.into() }, tally);
            }
        }
        if self.world().fund().residual > 0 && self.world().fund().payout_claims == 0 {
            self.must(&Op::AllocateResidual, tally);
            self.end_assessment(tally);
        }
        for name in self.shuffled() {
            if self.world().member(name).claim > 0 {
                self.must(&Op::PayOut { member: name.into() }, tally);
            }
        }
        let fund = self.world().fund();
        assert_eq!(
            (fund.claims, fund.unfunded, fund.open_houses),
            (0, 0, 0),
            "P10: the wind-down does not end"
        );
        self.settle_epochs(tally);
    }

    fn take_contributions(&mut self, tally: &mut Tally) {
        for name in self.shuffled() {
            let member = self.world().member(name);
            if member.notice_shares.get() > 0 {
                self.must(&Op::Cancel { member: name.into() }, tally);
            }
            if member.shares.get() > 0 {
                self.must(&Op::Request { member: name.into(), shares: member.shares.get() }, tally);
            }
        }
        let params = self.world().fund().params;
        self.wait(&seconds(i64::from(params.notice_secs)), tally);
        let delay = u64::from(params.exit_delay_slots);
        for name in self.shuffled() {
            if self.world().member(name).shares.get() == 0 {
                continue;
            }
            let worth = contribution(&self.world().fund(), &self.world().member(name)).expect("a value");
            let purse = self.world().purse(name);
            // The outflow cap and the cover of the two largest exposures stop nobody for longer than half of the window.
            let claim = Op::Claim { member: name.into() };
            if !self.attempt(&claim, tally).is_accepted() {
                self.wait(&seconds(i64::from(params.claim_window_secs / 2)), tally);
                self.must(&claim, tally);
            }
            if delay > 0 {
                self.wait(&Op::Wait { secs: (delay * 2 / 5) as i64, slots: delay }, tally);
                self.must(&claim, tally);
            }
            let paid = self.world().purse(name) - purse;
            assert!(paid + 1 >= worth && paid <= worth, "P10: {worth} of contribution paid as {paid}");
        }
    }

    fn take_margins(&mut self, tally: &mut Tally) {
        self.end_assessment(tally);
        self.vest(tally);
        for name in self.shuffled() {
            let (margin, purse) = (self.world().member(name).margin, self.world().purse(name));
            if margin > 0 {
                self.must(&Op::Withdraw { member: name.into(), amount: margin }, tally);
            }
            assert_eq!(self.world().purse(name) - purse, margin, "P10: a margin was not paid in full");
        }
    }

    /// What has been settled last is money to leave with after two vesting periods, from when no watch
    /// and no grace blocks exits any more.
    fn vest(&mut self, tally: &mut Tally) {
        let fund = self.world().fund();
        let blocked = (fund.exits.blocked_until() - self.world().now()).max(0);
        self.wait(&seconds(blocked + 2 * i64::from(fund.params.vest_secs)), tally);
        self.refresh(tally);
    }

    /// Whether an account can be closed: closing ends a claim of which nothing is left.
    fn is_empty(&self, name: &str) -> bool {
        let (fund, mut member) = (self.world().fund(), self.world().member(name));
        if gains_cut::worth_to_others(&fund, &member).expect("a claim") == 0 {
            member.gain_claim.round = 0;
        }
        member.is_empty()
    }

    /// What has come back of losses is claimed, what has not is given up, and every account is closed.
    fn close_accounts(&mut self, tally: &mut Tally) {
        for name in self.shuffled() {
            if self.world().member(name).watch_until_ts != 0 {
                self.must(&Op::EndWatch { member: name.into() }, tally);
            }
            self.attempt(&Op::ClaimRewards { member: name.into() }, tally);
            self.attempt(&Op::ClaimRecovery { member: name.into() }, tally);
            if !self.is_empty(name) {
                self.must(&Op::WaiveRecovery { member: name.into() }, tally);
                // What was held for those who have left may be its own now.
                self.attempt(&Op::ClaimRecovery { member: name.into() }, tally);
            }
            assert!(self.is_empty(name), "P10: {name} cannot be closed");
        }
        for name in self.shuffled() {
            self.must(&Op::Close { member: name.into() }, tally);
        }
    }

    /// What is in the buckets now is nobody's but the treasury's, and rounding.
    fn nothing_is_left(&mut self, tally: &mut Tally) {
        let (fund, members) = (self.world().fund(), NAMES.len() as u64);
        assert_eq!(
            (fund.members, fund.margin_total, fund.total_shares.get()),
            (0, 0, 0),
            "P10: money is left"
        );
        assert!(fund.contributions <= members + 1, "P10: {} of contributions are left", fund.contributions);
        assert!(fund.rewards_unclaimed <= members + 1, "P10: {} of rewards are left", fund.rewards_unclaimed);
        // If a defaulter held the last shares something may be on its way still. Without shares it is the treasury's.
        let mut later = fund;
        rewards::release(&mut later, i64::MAX).expect("a release");
        assert_eq!(
            (later.rewards_streaming, later.treasury),
            (0, fund.treasury + fund.rewards_streaming),
            "P10: rewards are on their way to nobody"
        );
        // What claims could not divide, and what latecomers have added to claims that had left their round, is the houses'
        // when the place of the round is used again.
        let kept = (1..=fund.cut_seq).rev().take(KEPT_ROUNDS).map(|number| fund.cut_round(number));
        assert!(kept.clone().all(|round| round.claims == 0), "P10: a claim is never paid");
        assert_eq!(
            fund.gain_claims,
            kept.map(|round| round.after().owed()).sum::<u64>(),
            "P10: claims are left"
        );
        // A claim that leaves with its member leaves less than a unit behind, which is the houses' as well.
        let of_houses = fund.house_result.max(0).unsigned_abs();
        assert!(of_houses <= members, "P10: {of_houses} are left for the houses");
        assert!(fund.pool <= 4 + fund.gain_claims + of_houses, "P10: {} are left in the pool", fund.pool);
        assert!(fund.recoveries <= 4 * members + 2, "P10: {} of recoveries are left", fund.recoveries);
        // Nor does a floor keep the treasury of a closed fund.
        if fund.status == FundStatus::WindDown && fund.treasury > 0 {
            self.take_treasury(fund.treasury, tally);
        }
    }

    /// It leaves like a contribution does.
    fn take_treasury(&mut self, amount: u64, tally: &mut Tally) {
        if self.twin.model.treasury_exit.is_some() {
            self.must(&Op::CancelTreasury, tally);
        }
        self.must(&Op::RequestTreasury { to: TREASURER.into(), amount }, tally);
        let params = self.world().fund().params;
        self.wait(&seconds(i64::from(params.notice_secs)), tally);
        self.must(&Op::ClaimTreasury, tally);
        if params.exit_delay_slots > 0 {
            self.wait(&slots(u64::from(params.exit_delay_slots)), tally);
            self.must(&Op::ClaimTreasury, tally);
        }
    }
}
