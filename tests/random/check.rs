//! What an accepted action may have done, against the state before it.

use {
    crate::start::NAMES,
    bulkhead_math::{requirements::Risk, units::Bps, Round},
    bulkhead_tests::{
        bulkhead::{
            events::{
                AssessmentPaid, ClaimPaid, CoverSettled, CushionReleased, DefaultDeclared, ExcessSold,
                GainsCut, GainsCutOpened, GainsRegistered, HousesRealised, LossAllocated, ResidualAllocated,
                Settled, StressCalled, WindDownStarted,
            },
            rules::{gains_cut, house, shares},
            state::{Fund, FundStatus, GainClaim, Market, Member, MemberStatus},
        },
        contribution,
        risk::MarketsAt,
        Address, Event, Meta, World,
    },
    solana_clock::Clock,
    std::collections::BTreeMap,
};

/// What accounts no longer tell, by member: assessments of the cooling-off period.
#[derive(Default)]
pub struct Ghost {
    cooling_off: u32,
    assessed: BTreeMap<Address, Assessed>,
}

#[derive(Default)]
struct Assessed {
    /// Paid in the period.
    paid: u64,
    /// The most its contribution was worth in it, and right before it.
    worth: u64,
}

/// What the layers after a defaulter's own have paid.
struct Paid {
    treasury: u64,
    survivors: u64,
    cushions: u64,
    residual: u64,
}

impl Paid {
    fn sum(&self) -> u64 {
        self.treasury + self.survivors + self.cushions + self.residual
    }
}

/// Ends of house rounds.
fn realised(meta: &Meta) -> impl Iterator<Item = &HousesRealised> {
    meta.events.iter().filter_map(|event| match event {
        Event::HousesRealised(event) => Some(event),
        _ => None,
    })
}

/// The fund and its members before an action.
pub struct Before {
    fund: Fund,
    members: Vec<(Address, Member)>,
    /// The same as their next touch will leave them.
    touched: Vec<Member>,
    markets: Vec<Market>,
    now: i64,
    exit_secs: u64,
    clock: Clock,
    restart_slot: u64,
}

impl Before {
    /// As it is now.
    pub fn take(world: &World) -> Self {
        let there = NAMES.iter().filter(|name| world.account(&world.account_of(name)).is_some());
        let members: Vec<_> = there.map(|name| (world.account_of(name), world.member(name))).collect();
        let fund = world.fund();
        Self {
            touched: members.iter().map(|(_, member)| touched(world, &fund, member)).collect(),
            members,
            markets: vec![world.market(0), world.market(1)],
            now: world.now(),
            exit_secs: world.exit_secs(),
            clock: world.clock(),
            restart_slot: world.restart_slot(),
            fund,
        }
    }

    /// Checks what the events say has happened.
    pub fn check(&self, world: &World, meta: &Meta, ghost: &mut Ghost) {
        let after = Self::take(world);
        if after.members.len() < self.members.len() {
            return; // somebody is gone for good, with nothing
        }
        self.remember_worth(&after, meta, ghost);
        for event in &meta.events {
            match event {
                Event::LossAllocated(event) => self.allocated(&after, event, world, meta),
                Event::ResidualAllocated(event) => self.residual_allocated(&after, event, meta),
                Event::CoverSettled(event) => self.cover_settled(&after, event),
                Event::GraceStarted(event) => self.was_bankrupt(&event.member),
                Event::DefaultDeclared(event) => {
                    self.was_bankrupt(&event.member);
                    self.declared(&after, event, meta);
                }
                Event::CushionReleased(event) => self.released(&after, event),
                Event::Liquidated(event) => self.liquidated(&after, &event.target),
                Event::StressCalled(event) => self.stress_called(event),
                Event::ExcessSold(event) => {
                    self.excess_sold(&after, event);
                    self.created_no_default(&after, &event.taker);
                }
                Event::Novated(event) => {
                    self.created_no_default(&after, &event.buyer);
                    self.created_no_default(&after, &event.seller);
                }
                Event::TakenOver(event) => self.created_no_default(&after, &event.member),
                Event::Settled(event) => self.settled(event),
                Event::AssessmentPaid(event) => self.assessed(&after, event, meta, ghost),
                Event::GainsCutOpened(event) => self.cut_opened(event),
                Event::GainsRegistered(event) => self.registered(&after, event),
                Event::GainsCut(event) => self.gains_cut(&after, event),
                Event::WindDownStarted(event) => self.wind_down_started(&after, event),
                Event::ClaimPaid(event) => self.claim_paid(&after, event),
                Event::MemberOpened(event) => drop(ghost.assessed.remove(&event.member)),
                _ => {}
            }
        }
        self.calls_nobody_early(&after, meta);
        self.recovered(&after, meta);
    }

    fn member(&self, address: &Address) -> &Member {
        let found = self.members.iter().find(|(member, _)| member == address);
        &found.unwrap_or_else(|| panic!("no member {address}")).1
    }

    fn markets(&self) -> MarketsAt {
        MarketsAt::new(self.markets.iter().copied(), &self.fund, &self.clock, self.restart_slot)
    }

    fn risk(&self, address: &Address) -> Risk {
        self.markets().risk(self.member(address))
    }

    fn equity(&self, address: &Address) -> i64 {
        self.risk(address).equity(self.member(address).margin).expect("equity fits")
    }

    /// P5 and P11: each layer in its turn, all of the loss and no more, and nobody's margin.
    fn allocated(&self, after: &Self, event: &LossAllocated, world: &World, meta: &Meta) {
        let record = world.default_record(event.seq);
        let own = record.from_claim + record.from_rewards + record.from_recoveries + record.from_contribution;
        let paid = Paid {
            treasury: event.from_treasury,
            survivors: event.from_survivors,
            cushions: event.from_cushions,
            residual: event.residual,
        };
        assert_eq!(own + paid.sum(), record.shortfall, "all of the loss is paid or residual");
        self.bounty(event.bounty, record.shortfall, 0);
        self.layers(self.fund.treasury - event.bounty, &paid, after, meta);
        assert_eq!(record.contributions_before, self.fund.contributions);
        self.same_margins(after, event.bounty);
    }

    /// The same for what no default owns.
    fn residual_allocated(&self, after: &Self, event: &ResidualAllocated, meta: &Meta) {
        let paid = Paid {
            treasury: event.from_treasury,
            survivors: event.from_survivors,
            cushions: event.from_cushions,
            residual: event.residual,
        };
        assert_eq!(paid.sum(), self.fund.residual);
        self.layers(self.fund.treasury, &paid, after, meta);
        self.same_margins(after, 0);
    }

    /// C3 and C4: a cover is paid by the treasury above its floor, then by contributions, pro rata; not by a margin, the pool or a
    /// cushion, and not while clearing waits for anything.
    fn cover_settled(&self, after: &Self, event: &CoverSettled) {
        let (treasury, contributions) = (event.from_treasury, event.from_contributions);
        assert_eq!(after.fund.treasury, self.fund.treasury - treasury);
        assert_eq!(after.fund.contributions, self.fund.contributions - contributions);
        let floor = self.fund.treasury_floor().expect("a floor").min(self.fund.treasury);
        assert!(after.fund.treasury >= floor, "C3: the treasury falls below its floor");
        let others =
            |fund: &Fund| (fund.pool, fund.cushions, fund.residual, fund.share_epoch, fund.cooling_off);
        assert_eq!(others(&after.fund), others(&self.fund), "C3: a settlement touches another layer");
        let whole = !self.fund.has_open_loss() && !self.fund.blocks_for_clearing(self.now);
        assert!(treasury + contributions == 0 || whole, "C4: a cover is paid while clearing has a loss");
        self.pro_rata(after, 0, contributions, None);
        self.same_margins(after, 0);
    }

    /// A declaration costs nobody but the defaulter; its bounty is small, its own, then the treasury's.
    fn declared(&self, after: &Self, event: &DefaultDeclared, meta: &Meta) {
        let defaulter = self.member(&event.member);
        assert_eq!(event.from_margin, defaulter.margin, "layer 1 is all of the margin");
        assert_eq!(after.member(&event.member).margin, 0);
        let shares = defaulter.live_shares(self.fund.share_epoch);
        let worth = self.fund.book().plan_redeem(shares).expect("a worth").amount;
        let set_off = event.from_claim + event.from_rewards + event.from_recoveries;
        assert_eq!(
            set_off + event.from_contribution + event.unfunded,
            event.shortfall,
            "all of it is paid or unfunded"
        );
        let left = worth - event.from_contribution;
        assert!(event.unfunded == 0 || left == 0, "P5: others pay before the defaulter's contribution");
        let own = self.bounty(event.bounty, event.shortfall, left);
        let left = left - own;
        let stress: u64 =
            defaulter.positions.iter().map(|held| self.stress_loss(held.market, held.lots)).sum();
        assert!(
            event.cushion == left.min(stress) || event.cushion == 0,
            "a cushion of {} of {left}",
            event.cushion
        );
        let taken = event.from_contribution + own + event.cushion;
        assert_eq!(after.fund.contributions, self.fund.contributions - taken, "P5: survivors paid");
        let realised = meta.events.iter().any(|event| matches!(event, Event::HousesRealised(_)));
        if !realised {
            assert_eq!(after.fund.treasury, self.fund.treasury - (event.bounty - own));
            assert_eq!(after.fund.cushions, self.fund.cushions + event.cushion);
        }
        self.pro_rata(after, taken, 0, Some(&event.member));
        let others = self.members.iter().filter(|(address, _)| *address != event.member);
        let gained: i64 =
            others.map(|(address, was)| after.member(address).margin as i64 - was.margin as i64).sum();
        assert_eq!(gained, event.bounty as i64, "P11: a declaration changed a margin");
    }

    /// Section 6: the stress loss of lots and their sale, which bounds a cushion.
    fn stress_loss(&self, market: u16, lots: i64) -> u64 {
        match lots {
            0 => 0,
            _ => house::stress_loss(&self.fund, &self.markets[usize::from(market)], lots).expect("a loss"),
        }
    }

    /// Checks a bounty of a default with this shortfall, and returns what the defaulter's contribution pays of it, `own` at most;
    /// the treasury pays the rest.
    fn bounty(&self, paid: u64, shortfall: u64, own: u64) -> u64 {
        let params = &self.fund.params;
        let most = Bps(params.bounty_bps).of(shortfall, Round::Down).expect("a part").min(params.bounty_cap);
        assert!(paid <= most, "a bounty of {paid} beyond {most}");
        assert!(paid == 0 || paid == most.min(own + self.fund.treasury), "a bounty of {paid} of {most}");
        paid.min(own)
    }

    /// P4, P5 and P13: each layer in its turn; contributions and cushions in the same proportion.
    fn layers(&self, there: u64, paid: &Paid, after: &Self, meta: &Meta) {
        self.layers_in_order(there, paid.treasury, paid.survivors + paid.cushions, paid.residual, after);
        self.pro_rata(after, 0, paid.survivors, None);
        let (contributions, cushions) = (u128::from(self.fund.contributions), u128::from(self.fund.cushions));
        let distance =
            (u128::from(paid.cushions) * contributions).abs_diff(u128::from(paid.survivors) * cushions);
        assert!(
            distance <= contributions + cushions,
            "P4: contributions pay {}, cushions {}",
            paid.survivors,
            paid.cushions
        );
        let by_houses: u64 = realised(meta).map(|event| event.from_cushions).sum();
        assert_eq!(after.fund.cushions, self.fund.cushions - paid.cushions - by_houses);
    }

    /// What a release gives back is the defaulter's, and nobody else pays for it.
    fn released(&self, after: &Self, event: &CushionReleased) {
        assert_eq!(
            after.fund.contributions,
            self.fund.contributions + event.amount,
            "a release changes the fund"
        );
        self.pro_rata(after, 0, 0, Some(&event.member));
        let is = contribution(&after.fund, after.member(&event.member)).expect("a value");
        let was = contribution(&self.fund, self.member(&event.member)).expect("a value");
        assert!(is <= was + event.amount + 1, "a release of {} turned {was} into {is}", event.amount);
        self.same_margins(after, 0);
    }

    /// Section 8: only who endangers more than the cover limit with every doubt in its favour, and no more than that.
    fn excess_sold(&self, after: &Self, event: &ExcessSold) {
        let was = self.member(&event.target);
        assert!(
            was.is_stress_called.get() && self.exit_secs >= was.stress_due_secs,
            "P8: not called, or not due"
        );
        assert!(self.excess(&event.target) > 0, "P8: within the limit");
        self.stays_healthy(after, &event.target);
    }

    /// By how much a member exceeds the cover limit.
    fn excess(&self, address: &Address) -> u64 {
        let (member, params) = (self.member(address), &self.fund.params);
        let risk = self.markets().risk_of_liquidation(member);
        let discount = Bps(params.auction_max_discount_bps);
        let loss = risk.stress_loss_favourable(member.margin, discount).expect("a loss");
        let own = contribution(&self.fund, member).expect("a value");
        let pledged = if self.fund.status == FundStatus::WindDown { 0 } else { self.fund.committed };
        let mutual = (self.fund.treasury + self.fund.contributions - own).saturating_sub(pledged);
        loss.saturating_sub(Bps(params.cover_limit_bps).of(mutual, Round::Down).expect("a limit"))
    }

    /// Section 8: a call starts for who is over the limit, and ends for who is not.
    fn stress_called(&self, event: &StressCalled) {
        assert_eq!(event.called == 1, self.excess(&event.member) > 0, "a call of the wrong member");
    }

    fn layers_in_order(&self, there: u64, treasury: u64, survivors: u64, residual: u64, after: &Self) {
        assert!(survivors == 0 || treasury == there, "P5: survivors and cushions before the treasury");
        assert!(residual == 0 || treasury == there, "P5: a residual before the treasury");
        assert!(residual == 0 || after.fund.contributions == 0, "P5: a residual before the contributions");
    }

    /// P4: every survivor keeps the same fraction, within a unit (and one more of rounding in both values).
    fn pro_rata(&self, after: &Self, burned: u64, lost: u64, defaulter: Option<&Address>) {
        let contributions = u128::from(self.fund.contributions - burned);
        let left = u128::from(after.fund.contributions);
        for (address, member) in self.members.iter().filter(|(address, _)| Some(address) != defaulter) {
            let was = u128::from(contribution(&self.fund, member).expect("a value"));
            let is = u128::from(contribution(&after.fund, after.member(address)).expect("a value"));
            if after.fund.share_epoch > self.fund.share_epoch {
                assert_eq!(is, 0, "P4: a value in an ended epoch");
            } else if lost == 0 {
                assert!(is >= was, "P4: a survivor paid for nothing");
            } else {
                let distance = (is * contributions).abs_diff(was * left);
                assert!(distance <= 2 * contributions, "P4: {was} became {is} of {left}/{contributions}");
            }
        }
    }

    /// P11, but for the keeper's bounty.
    fn same_margins(&self, after: &Self, bounty: u64) {
        let mut changed = 0;
        for (address, member) in &self.members {
            let is = after.member(address).margin;
            assert!(is >= member.margin, "P11: an allocation took from a margin");
            changed += is - member.margin;
        }
        assert_eq!(changed, bounty, "P11: an allocation changed a margin");
    }

    /// What each contribution was worth in the cooling-off period: the caps of assessments are measured against it. Shares that
    /// were bought in it count with their price beside the others with their value before the loss.
    fn remember_worth(&self, after: &Self, meta: &Meta, ghost: &mut Ghost) {
        if after.fund.cooling_off != ghost.cooling_off {
            ghost.cooling_off = after.fund.cooling_off;
            ghost.assessed.clear();
        }
        let mut worth = |state: &Self| {
            for (address, member) in &state.members {
                let seen = ghost.assessed.entry(*address).or_default();
                seen.worth = seen.worth.max(contribution(&state.fund, member).expect("a value"));
            }
        };
        worth(self);
        worth(after);
        for event in &meta.events {
            let (member, amount) = match event {
                Event::Contributed(event) => (event.member, event.amount),
                Event::CallEnforced(event) => (event.member, event.amount),
                _ => continue,
            };
            ghost.assessed.entry(member).or_default().worth += amount;
        }
    }

    /// P5: nobody is called while a layer before has money, and never for more than the loss.
    fn calls_nobody_early(&self, after: &Self, meta: &Meta) {
        let (was, is) = (&self.fund.assessment, &after.fund.assessment);
        if is.epoch == was.epoch && is.called == was.called || is.called == 0 {
            return;
        }
        if realised(meta).all(|event| event.recovered + event.cancelled == 0) {
            let layers = (after.fund.treasury, after.fund.contributions, after.fund.cushions);
            assert_eq!(layers, (0, 0, 0), "P5: a call before the layers are empty");
            let open = is.called - is.collected.min(is.called);
            assert!(open <= after.fund.residual, "more is called than is lost");
        }
        let most = Bps(after.fund.params.assessment_cap_bps).of(is.base, Round::Down).expect("a cap");
        assert!(is.called <= most, "{} called, the caps allow {most}", is.called);
    }

    /// P11 and the cap: from margin above initial margin only, within what the member agreed to.
    fn assessed(&self, after: &Self, event: &AssessmentPaid, meta: &Meta, ghost: &mut Ghost) {
        let (was, is) = (self.member(&event.member), after.member(&event.member));
        let settled = meta.events.iter().find_map(|event| match event {
            Event::ClosedOut(event) => Some(event.settled),
            _ => None,
        });
        let free = match settled {
            // Flat: there is no initial margin.
            Some(settled) => was.margin.saturating_add_signed(settled.min(0)),
            None => self.risk(&event.member).free(was.margin).expect("an amount"),
        };
        assert!(
            event.amount > 0 && event.amount <= free,
            "P11: {} assessed, {free} above initial margin",
            event.amount
        );
        assert!(self.fund.assessment.is_open(self.now), "an assessment of a call that is over");
        let seen = ghost.assessed.entry(event.member).or_default();
        seen.paid += event.amount;
        let cap = u128::from(was.assessment_cap_bps) * u128::from(seen.worth + 2) / 10_000;
        assert!(
            u128::from(seen.paid) <= cap,
            "{} assessed in one cooling-off period, the cap is {cap}",
            seen.paid
        );
        assert_eq!(seen.paid, is.assessed, "what was assessed in the period");
        for (address, member) in self.members.iter().filter(|(address, _)| *address != event.member) {
            assert_eq!(member.margin, after.member(address).margin, "P11: somebody else was assessed");
        }
    }

    /// P5 and P11: only when nobody else can be asked, of what was registered and never of a margin.
    fn gains_cut(&self, after: &Self, event: &GainsCut) {
        let round = self.fund.cut_round(event.round);
        assert_eq!(event.gains, round.gains, "gains that nobody has registered");
        assert_eq!(
            event.cut,
            round.loss.min(self.fund.residual).min(event.gains),
            "x = min(U, unfunded, sum G)"
        );
        assert_eq!(after.fund.residual, self.fund.residual - event.cut);
        assert!(self.now >= round.ends_ts, "before registration is over");
        self.same_margins(after, 0);
    }

    /// P11: a registration moves a gain into a claim, and no equity.
    fn registered(&self, after: &Self, event: &GainsRegistered) {
        let (was, is) = (self.member(&event.member), after.member(&event.member));
        assert!(is.margin <= was.margin, "a registration pays nothing");
        let others = self.members.iter().filter(|(address, _)| *address != event.member);
        for (address, member) in others {
            assert_eq!(member.margin, after.member(address).margin, "P11: somebody else's margin");
            assert_eq!(member.positions, after.member(address).positions, "somebody else's positions");
        }
        assert!(event.cut <= event.gain, "more is cut than gained");
    }

    /// Nobody draws a gain in a wind-down, nor what registered claims wait for.
    fn settled(&self, event: &Settled) {
        assert!(
            event.paid <= 0
                || event.paid as u64 <= self.fund.pool - self.fund.gain_claims.min(self.fund.pool),
            "P4: a gain of {} was drawn before registered ones",
            event.paid
        );
    }

    /// Layer 6 begins only when nobody else can be asked.
    fn cut_opened(&self, event: &GainsCutOpened) {
        self.layers_are_empty();
        assert_eq!(event.loss, self.fund.residual);
    }

    /// P5: before layers 6 and 7.
    fn layers_are_empty(&self) {
        let fund = &self.fund;
        assert!(fund.residual > 0 && fund.open_defaults == 0, "there is no loss of that kind");
        assert_eq!(
            (fund.treasury, fund.contributions, fund.cushions),
            (0, 0, 0),
            "P5: layers 3 and 4 are not empty"
        );
        let call = &fund.assessment;
        let open = call.called > call.collected && self.now <= call.ends_ts;
        // Small raises hold layer 6 up for no longer than twice the time to pay.
        let holds = self.now <= call.began_ts + 2 * i64::from(fund.params.assessment_secs);
        assert!(!(open && holds), "P5: the assessment is not over");
    }

    fn wind_down_started(&self, after: &Self, event: &WindDownStarted) {
        let round = self.fund.cut_round(self.fund.cut_seq);
        let cut = round.loss.min(self.fund.residual);
        assert!(round.gains < cut, "P5: there are gains to cut");
        assert!(round.gains == 0 || self.fund.small_cuts > 0, "P5: one cut that was too small ends no fund");
        assert_eq!(event.residual, after.fund.residual);
        self.same_margins(after, 0);
    }

    /// P4 in a wind-down: every claim gets the same part, within a unit, and bears the rest.
    fn claim_paid(&self, after: &Self, event: &ClaimPaid) {
        let fund = if self.fund.payout_claims > 0 { &self.fund } else { &after.fund };
        // The last claim clears what was fixed; if it was the only one, it gets all there is.
        if fund.payout_claims > 0 {
            let fair = u128::from(event.claim) * u128::from(fund.payout_pool);
            let paid = u128::from(event.paid) * u128::from(fund.payout_claims);
            assert!(
                fair.abs_diff(paid) < u128::from(fund.payout_claims),
                "P4: {} of {}",
                event.paid,
                event.claim
            );
        } else {
            let there = self.fund.pool - self.fund.gain_claims.min(self.fund.pool);
            assert_eq!(event.paid, event.claim.min(there));
        }
        assert!(self.members.iter().all(|(_, member)| member.status == MemberStatus::ClosedOut));
        let gained = after.member(&event.member).margin - self.member(&event.member).margin;
        assert_eq!(gained, event.paid);
    }

    /// P12: what comes back goes to everybody pro rata to what it has not recovered, and what somebody can claim nobody
    /// takes away.
    fn recovered(&self, after: &Self, meta: &Meta) {
        let closed = meta.events.iter().any(|event| match event {
            Event::MemberOpened(_) => true,
            // A latecomer gives the others back what they have borne, not by a recovery.
            Event::GainsRegistered(event) => event.cut > 0,
            _ => false,
        });
        let claim = |state: &Self, member: &Member| {
            let (borne, units) = (member.loss_borne.get(), member.loss_units.get());
            state.fund.losses().claimable(borne, units).expect("a claim")
        };
        for (index, (was, is)) in self.touched.iter().zip(&after.touched).enumerate() {
            let paid = meta.events.iter().find_map(|event| match event {
                Event::RecoveryPaid(event) if event.member == self.members[index].0 => Some(event.amount),
                // Set off.
                Event::DefaultDeclared(event) if event.member == self.members[index].0 => {
                    Some(event.from_recoveries)
                }
                _ => None,
            });
            let (before, now) = (claim(self, was), claim(after, is) + paid.unwrap_or(0));
            // A loss borne meanwhile is rounded down, and what is outstanding of it up: docs/recoveries.md.
            assert!(closed || now + 2 >= before, "P12: a claim of {before} has become {now}");
        }
        let (book, next) = (self.fund.losses(), after.fund.losses());
        let same_units = book.units == next.units && self.fund.loss_epoch == after.fund.loss_epoch;
        if !same_units || next.outstanding == book.outstanding {
            return;
        }
        assert!(next.outstanding < book.outstanding, "P12: losses without a unit");
        // What a latecomer bears, the earlier claims bear too until somebody touches them: docs/gains_cut.md.
        if self.members.iter().any(|(_, member)| has_grown(&self.fund, &member.gain_claim)) {
            return;
        }
        let (total, left) = (u128::from(book.outstanding), u128::from(next.outstanding));
        for (was, is) in self.touched.iter().zip(&after.touched) {
            let before = u128::from(book.outstanding_of(was.loss_units.get()).expect("an amount"));
            let now = u128::from(next.outstanding_of(is.loss_units.get()).expect("an amount"));
            assert!(
                (now * total).abs_diff(before * left) <= 2 * total,
                "P12: {before} of {total} outstanding has become {now} of {left}"
            );
        }
    }

    /// P8: only who is bankrupt with every doubt in its favour.
    fn was_bankrupt(&self, member: &Address) {
        let risk = self.markets().risk_of_default(self.member(member));
        let equity = risk.equity_favourable(self.member(member).margin).expect("equity fits");
        assert!(equity < 0, "P8: declared with an equity of {equity}");
    }

    /// P8: only who is below maintenance, whose health does not fall, and who is not pushed below zero.
    fn liquidated(&self, after: &Self, target: &Address) {
        let (was, margin) =
            (self.markets().risk_of_liquidation(self.member(target)), self.member(target).margin);
        assert!(was.is_liquidatable(margin).expect("it fits"), "P8: a healthy member was liquidated");
        self.stays_healthy(after, target);
    }

    /// P8: a sale of a member's lots takes neither its health nor, below zero, its equity.
    fn stays_healthy(&self, after: &Self, target: &Address) {
        let was = self.markets().risk_of_liquidation(self.member(target));
        let is = after.markets().risk_of_liquidation(after.member(target));
        let margin = self.member(target).margin;
        let equity = was.equity_favourable(margin).expect("equity fits");
        let left = is.equity_favourable(after.member(target).margin).expect("equity fits");
        assert!(left >= equity.min(0) - 1, "P8: a sale took {equity} to {left}");
        if equity >= 0 {
            // E'/MM' >= E/MM, cross-multiplied; a unit of rounding in the notional.
            let (now, then) = (
                i128::from(left) * i128::from(was.maintenance),
                i128::from(equity) * i128::from(is.maintenance),
            );
            assert!(now + 2 * i128::from(was.maintenance) >= then, "P8: health fell");
        }
    }

    /// P7: a trade leaves nobody below zero who was not before, but for a unit of rounding in the values.
    fn created_no_default(&self, after: &Self, member: &Address) {
        let (was, is) = (self.equity(member), after.equity(member));
        assert!(is >= 0 || is >= was - 1, "P7: a trade took an equity of {was} to {is}");
    }
}

/// Whether a latecomer has added to a claim, and its member's losses do not say so yet.
fn has_grown(fund: &Fund, claim: &GainClaim) -> bool {
    let round = fund.cut_round(claim.round);
    if claim.round == 0 || !round.is_cut.get() {
        return false;
    }
    let known = gains_cut::entitled_before(round, claim).expect("a part");
    round.after().entitlement(claim.gain).expect("a part") > known
}

/// The member as its next touch will leave it.
fn touched(world: &World, fund: &Fund, member: &Member) -> Member {
    let mut member = *member;
    if member.share_epoch == fund.share_epoch || member.shares.is_zero() {
        shares::touch(fund, &mut member).expect("a touch");
    } else {
        let ended = world.epoch_record(member.share_epoch);
        shares::settle_epoch(fund, &mut member, &ended).expect("a settlement");
    }
    // Its claim changes the fund's book of losses too: a copy of it.
    gains_cut::touch_claim(&mut fund.clone(), &mut member).expect("a claim");
    member
}
