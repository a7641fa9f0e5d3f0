//! P10: whatever has happened, everybody gets out what is theirs, in any order, the last one too.

use {
    crate::{
        action::Action,
        history::{History, Tally, NAMES},
    },
    bulkhead_math::units::Scale,
    bulkhead_tests::{
        bulkhead::state::{FundStatus, MemberStatus},
        params::DAY,
        usdc,
    },
};

impl History {
    /// Closes every position, pays every loss, and takes all money out.
    pub fn leave(&mut self, tally: &mut Tally) {
        self.world.warp_secs(4 * DAY); // a pause has ended by now
        self.certain_prices();
        for name in NAMES {
            if self.world.member(name).share_epoch < self.world.fund().share_epoch {
                self.must(Action::SettleEpoch, self.world.settle_epoch(name), tally);
            }
        }
        self.close_positions(tally);
        self.take_contributions(tally);
        self.take_margins(tally);
        self.nothing_is_left();
    }

    /// Prices as they are, without doubt: who is bankrupt can be declared.
    fn certain_prices(&mut self) {
        self.world.refresh();
    }

    /// Losers pay, the bankrupt default, the house sells to those who hold the other side, the rest close out with one
    /// another at the mark; then every gain is drawn.
    fn close_positions(&mut self, tally: &mut Tally) {
        self.settle_all(tally);
        self.declare_all(tally);
        self.pay_losses(tally);
        for market in 0..2 {
            self.empty_house(market, tally);
            self.match_all(market, tally);
        }
        self.pay_losses(tally);
        self.lend(tally);
        self.settle_all(tally);
        for market in 0..2 {
            if self.world.market(market).is_house_due() {
                self.must(Action::Settle, self.world.settle(NAMES[0], market), tally);
            }
        }
        for name in NAMES {
            assert!(!self.world.member(name).has_positions(), "P10: {name} still holds something");
        }
    }

    /// Losers first, so that the pool has what winners draw.
    fn settle_all(&mut self, tally: &mut Tally) {
        for losers in [true, false] {
            for name in NAMES {
                for market in self.world.held(name) {
                    if (self.profit(name, market) < 0) == losers {
                        self.must(Action::Settle, self.world.settle(name, market), tally);
                    }
                }
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

    fn profit(&self, name: &str, market: u16) -> i64 {
        let (member, market) = (self.world.member(name), self.world.market(market));
        let scale = Scale::from_stored(market.scale).expect("a scale");
        member.position(market.index).profit(market.mark.price, scale).expect("a profit")
    }

    /// Everybody below zero, and whoever is in grace: its period ends one way or the other.
    fn declare_all(&mut self, tally: &mut Tally) {
        for name in NAMES {
            let member = self.world.member(name);
            let (bankrupt, in_grace) = (self.world.equity(name) < 0, member.status == MemberStatus::Grace);
            if member.status == MemberStatus::Defaulted || !(bankrupt || in_grace) {
                continue;
            }
            for _ in 0..3 {
                let member = self.world.member(name);
                let settled = member.status == MemberStatus::Active && self.world.equity(name) >= 0;
                if settled || member.status == MemberStatus::Defaulted {
                    break;
                }
                // A first call starts (or ends) the grace period, one after it declares.
                self.world.warp_slots(20);
                self.certain_prices();
                self.must(Action::Declare, self.world.declare_default(name), tally);
            }
        }
    }

    /// Every open default is allocated; what nobody can pay a friend of the fund does, for members have nothing left.
    fn pay_losses(&mut self, tally: &mut Tally) {
        for name in NAMES {
            if self.world.member(name).status == MemberStatus::Defaulted {
                self.must(Action::Allocate, self.world.allocate_loss(name), tally);
            }
        }
        if self.world.fund().residual > 0 {
            self.must(Action::AllocateResidual, self.world.allocate_residual(), tally);
        }
        let residual = self.world.fund().residual;
        if residual > 0 {
            assert_eq!(self.world.fund().contributions, 0, "a residual while there are contributions");
            self.must(Action::FundTreasury, self.world.fund_treasury("treasurer", residual), tally);
            self.must(Action::AllocateResidual, self.world.allocate_residual(), tally);
        }
        let fund = self.world.fund();
        assert_eq!((fund.unfunded, fund.open_defaults), (0, 0), "P10: a loss that cannot be paid");
        assert!(fund.status == FundStatus::Active);
        for name in NAMES {
            if self.world.member(name).share_epoch < self.world.fund().share_epoch {
                self.must(Action::SettleEpoch, self.world.settle_epoch(name), tally);
            }
        }
    }

    /// P2: members hold together what the house holds, on the other side. They take it, which needs no requirement.
    fn empty_house(&mut self, market: u16, tally: &mut Tally) {
        for name in NAMES {
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

    fn take_contributions(&mut self, tally: &mut Tally) {
        for name in NAMES {
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
        let mut names = NAMES;
        self.rng.shuffle(&mut names);
        for name in names {
            if self.world.member(name).shares.get() == 0 {
                continue;
            }
            if delay > 0 {
                self.must(Action::Claim, self.world.claim_withdrawal(name), tally);
                self.world.set_clock(self.world.slot() + delay, self.world.now());
            }
            let worth = self.world.member(name).contribution(&self.world.fund()).expect("a value");
            let purse = self.world.purse(name);
            self.must(Action::Claim, self.world.claim_withdrawal(name), tally);
            let paid = self.world.purse(name) - purse;
            assert!(paid + 1 >= worth && paid <= worth, "P10: {worth} of contribution paid as {paid}");
        }
    }

    fn take_margins(&mut self, tally: &mut Tally) {
        let mut names = NAMES;
        self.rng.shuffle(&mut names);
        for name in names {
            let margin = self.world.member(name).margin;
            if margin > 0 {
                self.must(Action::Withdraw, self.world.withdraw_margin(name, margin), tally);
            }
            self.attempt(Action::ClaimRewards, self.world.claim_rewards(name), tally);
            if self.world.member(name).is_empty() {
                let reopen = self.world.close_member(name).then(self.world.open_member(name));
                self.must(Action::Reopen, reopen, tally);
            }
        }
    }

    /// What is in the buckets now is nobody's but the treasury's and those's who bore losses, and rounding.
    fn nothing_is_left(&self) {
        let (fund, members) = (self.world.fund(), NAMES.len() as u64);
        assert_eq!((fund.margin_total, fund.total_shares.get()), (0, 0), "P10: money is left");
        assert!(fund.contributions <= members + 1, "P10: {} of contributions are left", fund.contributions);
        assert!(fund.rewards_unclaimed <= members + 1, "P10: {} of rewards are left", fund.rewards_unclaimed);
        assert!(fund.pool <= 2, "P10: {} are left in the pool", fund.pool);
    }
}
