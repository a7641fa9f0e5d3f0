//! P10: whatever has happened, everybody gets out what is theirs by calls that nobody can refuse, in any order, the last
//! one too. What the fund cannot pay its own layers end: nobody gives it a unit.

use {
    crate::{
        action::Action,
        history::{History, Tally, NAMES},
    },
    bulkhead_math::units::Scale,
    bulkhead_tests::{
        bulkhead::{
            constants::ORACLE_SILENT_SLOTS,
            state::{FundStatus, MemberStatus},
        },
        params::{ADJUSTED, DAY},
        usdc,
    },
};

/// Rounds of haircuts and of sales by the house, each over at most half of the loss of the one before.
const ROUNDS: usize = 200;

impl History {
    /// Closes every position, ends every loss, takes all money out and closes all accounts.
    pub fn leave(&mut self, tally: &mut Tally) {
        if self.rng.chance(50) || self.world.fund().is_paused(u8::MAX, self.world.now()) {
            self.world.warp_secs(4 * DAY); // a pause has ended by then, and so has an assessment
        }
        self.refresh();
        self.settle_epochs(tally);
        if !self.is_closing() {
            self.close_positions(tally);
        }
        if self.is_closing() {
            self.wind_down(tally);
        } else {
            self.take_contributions(tally);
        }
        self.take_margins(tally);
        for market in 0..2 {
            self.attempt(Action::CollectPremium, self.world.collect_premium(market), tally);
        }
        self.close_accounts(tally);
        self.nothing_is_left();
    }

    fn is_closing(&self) -> bool {
        self.world.fund().status == FundStatus::WindDown
    }

    fn shuffled(&mut self) -> [&'static str; NAMES.len()] {
        let mut names = NAMES;
        self.rng.shuffle(&mut names);
        names
    }

    fn settle_epochs(&mut self, tally: &mut Tally) {
        for name in self.shuffled() {
            if self.world.member(name).share_epoch < self.world.fund().share_epoch {
                self.must(Action::SettleEpoch, self.world.settle_epoch(name), tally);
            }
        }
    }

    /// Losers pay, the bankrupt default, the house sells to those who hold the other side, the rest close out with one
    /// another at the mark; then every gain is drawn. Until nothing is owed any more, or the wind-down has begun.
    fn close_positions(&mut self, tally: &mut Tally) {
        for _ in 0..ROUNDS {
            self.settle_all(tally);
            self.declare_all(tally);
            self.end_losses(tally);
            if self.is_closing() {
                return;
            }
            for market in 0..2 {
                self.empty_house(market, tally);
                self.match_all(market, tally);
            }
            self.end_losses(tally);
            if self.is_closing() {
                return;
            }
            self.lend(tally);
            self.settle_all(tally);
            self.settle_houses(tally);
            let flat = NAMES.iter().all(|name| !self.world.member(name).has_positions());
            if flat && !self.world.fund().is_loss_pending() {
                return;
            }
        }
        panic!("P10: the losses do not end");
    }

    /// Losers first, so that the pool has what winners draw.
    fn settle_all(&mut self, tally: &mut Tally) {
        for losers in [true, false] {
            for name in self.shuffled() {
                for market in self.world.held(name) {
                    if (self.profit(name, market) < 0) == losers {
                        self.must(Action::Settle, self.world.settle(name, market), tally);
                    }
                }
            }
        }
    }

    /// What lapsed of a haircut, and what the house has gained before anybody had paid it.
    fn settle_houses(&mut self, tally: &mut Tally) {
        for market in 0..2 {
            if self.world.market(market).is_house_due() {
                self.must(Action::Settle, self.world.settle(NAMES[0], market), tally);
            }
        }
    }

    /// Who has lost in one market what it has gained in the other may have no cash to begin with: anyone may lend it, and
    /// it comes back with the gain.
    fn lend(&mut self, tally: &mut Tally) {
        for name in NAMES {
            let held = self.world.held(name);
            let lost: i64 = held.iter().map(|market| self.profit(name, *market).min(0)).sum();
            let missing = lost.unsigned_abs().saturating_sub(self.world.member(name).margin);
            if missing > 0 {
                self.must(Action::Deposit, self.world.deposit_margin(name, missing), tally);
            }
        }
    }

    /// Of a position, pending cuts taken.
    fn profit(&self, name: &str, market: u16) -> i64 {
        let (member, market) = (self.world.member(name), self.world.market(market));
        let slot = member.positions.iter().find(|slot| slot.market == market.index && !slot.is_free());
        let position = slot.map_or_else(Default::default, |slot| market.position_of(slot).expect("a position"));
        position.profit(market.mark.price, Scale::from_stored(market.scale).expect("a scale")).expect("a profit")
    }

    /// Everybody below zero, and whoever is in grace: its period ends one way or the other.
    fn declare_all(&mut self, tally: &mut Tally) {
        for name in self.shuffled() {
            for _ in 0..3 {
                let member = self.world.member(name);
                let settled = member.status == MemberStatus::Active && self.world.equity(name) >= 0;
                if settled || matches!(member.status.into(), MemberStatus::Defaulted | MemberStatus::ClosedOut) {
                    break;
                }
                // A first call starts (or ends) the grace period, one after it declares.
                self.world.warp_slots(20);
                self.refresh();
                let halted = (0..2).any(|market| self.world.market(market).is_halted(self.world.now()));
                if halted && self.attempt(Action::Declare, self.world.declare_default(name), tally).is_some() {
                    continue;
                }
                if halted {
                    // A breaker puts a default off for no longer than its cool-off.
                    self.world.warp_secs(ADJUSTED.breaker_cooloff_secs.into());
                    self.refresh();
                }
                self.must(Action::Declare, self.world.declare_default(name), tally);
            }
        }
    }

    /// Every open default is allocated, and what is not paid goes through the layers: treasury and contributions, the
    /// assessment, the gains haircut. What lapses of the last one is a new loss, until it is paid or the wind-down begins.
    fn end_losses(&mut self, tally: &mut Tally) {
        for _ in 0..ROUNDS {
            self.allocate_all(tally);
            self.settle_epochs(tally);
            if self.world.fund().residual == 0 {
                return;
            }
            self.must(Action::HaircutGains, self.world.haircut_gains(), tally);
            if self.is_closing() {
                return;
            }
            // Touch everybody: what there is no gain for lapses, and who has paid may be bankrupt now.
            self.settle_all(tally);
            self.settle_houses(tally);
            self.declare_all(tally);
        }
        panic!("P10: a loss that is never paid");
    }

    /// Layers 2 to 5, and the end of the assessment.
    fn allocate_all(&mut self, tally: &mut Tally) {
        for name in self.shuffled() {
            if self.world.member(name).status == MemberStatus::Defaulted {
                self.must(Action::Allocate, self.world.allocate_loss(name), tally);
            }
        }
        if self.world.fund().residual > 0 {
            self.must(Action::AllocateResidual, self.world.allocate_residual(), tally);
        }
        self.end_assessment(tally);
    }

    /// Whoever owes is assessed; whoever has nothing to pay with holds up the others until the call is over.
    fn end_assessment(&mut self, tally: &mut Tally) {
        if !self.world.fund().assessment.is_open(self.world.now()) {
            return;
        }
        for name in self.shuffled() {
            if self.world.member(name).status != MemberStatus::Defaulted {
                self.attempt(Action::EnforceCall, self.world.enforce_call(name), tally);
            }
        }
        let ends = self.world.fund().assessment.ends_ts;
        if self.world.fund().assessment.is_open(self.world.now()) {
            self.world.warp_secs(ends - self.world.now() + 1);
            self.refresh();
        }
    }

    /// P2: members hold together what the house holds, on the other side. They take it, which needs no requirement.
    fn empty_house(&mut self, market: u16, tally: &mut Tally) {
        for name in self.shuffled() {
            let (house, own) = (self.world.market(market).house_lots, self.world.member(name).position(market).lots);
            if house != 0 && own != 0 && (house < 0) != (own < 0) {
                let lots = house.unsigned_abs().min(own.unsigned_abs());
                self.must(Action::TakeOver, self.world.take_over(name, market, lots), tally);
            }
        }
        assert_eq!(self.world.market(market).house_lots, 0, "P10: lots nobody can take");
    }

    /// Longs and shorts close with one another; a fee nobody has is paid for by a deposit.
    fn match_all(&mut self, market: u16, tally: &mut Tally) {
        for seller in NAMES {
            for buyer in NAMES {
                let long = self.world.member(seller).position(market).lots;
                let short = self.world.member(buyer).position(market).lots;
                if long <= 0 || short >= 0 {
                    continue;
                }
                let lots = long.unsigned_abs().min(short.unsigned_abs());
                for side in [seller, buyer] {
                    let owed = usdc(10_000).saturating_sub(self.world.member(side).margin);
                    if owed > 0 {
                        self.must(Action::Deposit, self.world.deposit_margin(side, owed), tally);
                    }
                }
                let price = self.world.market(market).mark.price;
                self.must(Action::Novate, self.world.novate(buyer, seller, market, lots, price), tally);
            }
        }
    }

    /// Layer 7: final marks, everybody closed out or in default, and the claims paid.
    fn wind_down(&mut self, tally: &mut Tally) {
        let due = self.world.fund().wind_down_ts + i64::from(self.world.fund().params.wind_down_secs);
        self.world.warp_secs((due - self.world.now()).max(0));
        for market in 0..2 {
            self.refresh();
            if self.world.market(market).final_ts != 0 {
                continue;
            }
            if self.rng.chance(30) {
                self.world.warp_slots(ORACLE_SILENT_SLOTS);
                let price = self.world.market(market).mark.price;
                self.must(Action::SetFinalMark, self.world.set_final_mark(market, price), tally);
            } else {
                self.must(Action::FixFinalMark, self.world.fix_final_mark(market), tally);
            }
        }
        self.declare_all(tally);
        self.allocate_all(tally);
        for name in self.shuffled() {
            if self.world.member(name).status != MemberStatus::ClosedOut {
                self.must(Action::CloseOut, self.world.close_out(name), tally);
            }
        }
        self.settle_houses(tally);
        if self.world.fund().residual > 0 && self.world.fund().payout_claims == 0 {
            self.must(Action::AllocateResidual, self.world.allocate_residual(), tally);
            self.end_assessment(tally);
        }
        for name in self.shuffled() {
            if self.world.member(name).claim > 0 {
                self.must(Action::PayOut, self.world.pay_out(name), tally);
            }
        }
        self.settle_houses(tally);
        let fund = self.world.fund();
        assert_eq!((fund.claims, fund.unfunded, fund.open_houses), (0, 0, 0), "P10: the wind-down does not end");
        self.settle_epochs(tally);
    }

    fn take_contributions(&mut self, tally: &mut Tally) {
        for name in self.shuffled() {
            let member = self.world.member(name);
            if member.notice_shares.get() > 0 {
                self.must(Action::Cancel, self.world.cancel_withdrawal(name), tally);
            }
            if member.shares.get() > 0 {
                self.must(Action::Request, self.world.request_withdrawal(name, member.shares.get()), tally);
            }
        }
        self.world.warp_secs(DAY);
        let delay = u64::from(self.world.fund().params.exit_delay_slots);
        for name in self.shuffled() {
            if self.world.member(name).shares.get() == 0 {
                continue;
            }
            let worth = self.world.member(name).contribution(&self.world.fund()).expect("a value");
            let purse = self.world.purse(name);
            // The outflow cap and the cover of the two largest exposures stop nobody for longer than half of the window.
            if self.attempt(Action::Claim, self.world.claim_withdrawal(name), tally).is_none() {
                self.world.warp_secs(DAY / 2);
                self.must(Action::Claim, self.world.claim_withdrawal(name), tally);
            }
            if delay > 0 {
                self.world.set_clock(self.world.slot() + delay, self.world.now());
                self.must(Action::Claim, self.world.claim_withdrawal(name), tally);
            }
            let paid = self.world.purse(name) - purse;
            assert!(paid + 1 >= worth && paid <= worth, "P10: {worth} of contribution paid as {paid}");
        }
    }

    fn take_margins(&mut self, tally: &mut Tally) {
        self.end_assessment(tally);
        for name in self.shuffled() {
            let (margin, purse) = (self.world.member(name).margin, self.world.purse(name));
            if margin > 0 {
                self.must(Action::Withdraw, self.world.withdraw_margin(name, margin), tally);
            }
            assert_eq!(self.world.purse(name) - purse, margin, "P10: a margin was not paid in full");
        }
    }

    /// What has come back of losses is claimed, what has not is given up, and every account is closed.
    fn close_accounts(&mut self, tally: &mut Tally) {
        for name in self.shuffled() {
            self.attempt(Action::ClaimRewards, self.world.claim_rewards(name), tally);
            self.attempt(Action::ClaimRecovery, self.world.claim_recovery(name), tally);
            if !self.world.member(name).is_empty() {
                self.must(Action::WaiveRecovery, self.world.waive_recovery(name), tally);
                // What was held for those who have left may be its own now.
                self.attempt(Action::ClaimRecovery, self.world.claim_recovery(name), tally);
            }
            assert!(self.world.member(name).is_empty(), "P10: {name} cannot be closed");
        }
        for name in self.shuffled() {
            self.world.run(self.world.close_member(name));
        }
    }

    /// What is in the buckets now is nobody's but the treasury's, and rounding.
    fn nothing_is_left(&mut self) {
        let (fund, members) = (self.world.fund(), NAMES.len() as u64);
        assert_eq!((fund.members, fund.margin_total, fund.total_shares.get()), (0, 0, 0), "P10: money is left");
        assert!(fund.contributions <= members + 1, "P10: {} of contributions are left", fund.contributions);
        assert!(fund.rewards_unclaimed <= members + 1, "P10: {} of rewards are left", fund.rewards_unclaimed);
        assert_eq!(fund.rewards_streaming, 0, "P10: rewards are on their way to nobody");
        assert!(fund.pool <= 4, "P10: {} are left in the pool", fund.pool);
        assert!(fund.recoveries <= 4 * members + 2, "P10: {} of recoveries are left", fund.recoveries);
        // Nor does a floor keep the treasury of a closed fund.
        if fund.status == FundStatus::WindDown && fund.treasury > 0 {
            self.world.run(self.world.withdraw_treasury("treasurer", fund.treasury));
        }
    }
}
