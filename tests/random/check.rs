//! What an accepted action may have done, against the state before it.

use {
    crate::history::NAMES,
    bulkhead_math::risk::Risk,
    bulkhead_tests::{
        bulkhead::{
            events::{LossAllocated, ResidualAllocated},
            state::{Fund, Market, Member},
        },
        risk::risk,
        Address, Event, Meta, World,
    },
};

/// The fund and its members before an action.
pub struct Before {
    fund: Fund,
    members: Vec<(Address, Member)>,
    markets: Vec<Market>,
}

impl Before {
    /// As it is now.
    pub fn take(world: &World) -> Self {
        Self {
            fund: world.fund(),
            members: NAMES.iter().map(|name| (world.account_of(name), world.member(name))).collect(),
            markets: vec![world.market(0), world.market(1)],
        }
    }

    /// Checks what the events say has happened.
    pub fn check(&self, world: &World, meta: &Meta) {
        let after = Self::take(world);
        for event in &meta.events {
            match event {
                Event::LossAllocated(event) => self.allocated(&after, event, world),
                Event::ResidualAllocated(event) => self.residual_allocated(&after, event),
                Event::GraceStarted(event) => self.was_bankrupt(&event.member),
                Event::DefaultDeclared(event) => self.was_bankrupt(&event.member),
                Event::Liquidated(event) => self.liquidated(&after, &event.target),
                Event::Novated(event) => {
                    self.created_no_default(&after, &event.buyer);
                    self.created_no_default(&after, &event.seller);
                }
                _ => {}
            }
        }
    }

    fn member(&self, address: &Address) -> &Member {
        let found = self.members.iter().find(|(member, _)| member == address);
        &found.unwrap_or_else(|| panic!("no member {address}")).1
    }

    fn risk(&self, address: &Address) -> Risk {
        risk(self.member(address), |market| self.markets[usize::from(market)])
    }

    fn equity(&self, address: &Address) -> i64 {
        self.risk(address).equity(self.member(address).margin).expect("equity fits")
    }

    /// P5 and P11: each layer in its turn, all of the loss and no more, and nobody's margin.
    fn allocated(&self, after: &Self, event: &LossAllocated, world: &World) {
        let own = self.member(&event.member).contribution(&self.fund).expect("a value");
        let record = world.default_record(event.seq);
        let paid = event.from_contribution + event.from_treasury + event.from_survivors;
        assert_eq!(paid + event.residual, record.shortfall, "all of the loss is paid or residual");
        assert!(event.from_contribution <= own, "P5: more than the defaulter's contribution");
        assert!(event.from_treasury == 0 || event.from_contribution == own, "P5: the treasury before the defaulter");
        self.layers_in_order(event.from_treasury, event.from_survivors, event.residual, after);
        assert_eq!(record.contributions_before, self.fund.contributions - event.from_contribution);
        self.pro_rata(after, event.from_contribution, event.from_survivors, Some(&event.member));
        self.same_margins(after);
    }

    /// The same for what no default owns.
    fn residual_allocated(&self, after: &Self, event: &ResidualAllocated) {
        assert_eq!(event.from_treasury + event.from_survivors + event.residual, self.fund.residual);
        self.layers_in_order(event.from_treasury, event.from_survivors, event.residual, after);
        self.pro_rata(after, 0, event.from_survivors, None);
        self.same_margins(after);
    }

    fn layers_in_order(&self, treasury: u64, survivors: u64, residual: u64, after: &Self) {
        assert!(survivors == 0 || treasury == self.fund.treasury, "P5: the survivors before the treasury");
        assert!(residual == 0 || treasury == self.fund.treasury, "P5: a residual before the treasury");
        assert!(residual == 0 || after.fund.contributions == 0, "P5: a residual before the contributions");
    }

    /// P4: every survivor keeps the same fraction, within a unit (and one more of rounding in both values).
    fn pro_rata(&self, after: &Self, burned: u64, lost: u64, defaulter: Option<&Address>) {
        let contributions = u128::from(self.fund.contributions - burned);
        let left = u128::from(after.fund.contributions);
        for (address, member) in self.members.iter().filter(|(address, _)| Some(address) != defaulter) {
            let was = u128::from(member.contribution(&self.fund).expect("a value"));
            let is = u128::from(after.member(address).contribution(&after.fund).expect("a value"));
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

    /// P11.
    fn same_margins(&self, after: &Self) {
        for (address, member) in &self.members {
            assert_eq!(member.margin, after.member(address).margin, "P11: an allocation changed a margin");
        }
    }

    /// P8: only who is bankrupt with every doubt in its favour.
    fn was_bankrupt(&self, member: &Address) {
        let equity = self.risk(member).equity_favourable(self.member(member).margin).expect("equity fits");
        assert!(equity < 0, "P8: declared with an equity of {equity}");
    }

    /// P8: only who is below maintenance, whose health does not fall, and who is not pushed below zero.
    fn liquidated(&self, after: &Self, target: &Address) {
        let (was, is) = (self.risk(target), after.risk(target));
        let margin = self.member(target).margin;
        assert!(was.is_liquidatable(margin).expect("it fits"), "P8: a healthy member was liquidated");
        let (equity, left) = (self.equity(target), after.equity(target));
        assert!(left >= equity.min(0) - 1, "P8: a liquidation took {equity} to {left}");
        if equity >= 0 {
            // E'/MM' >= E/MM, cross-multiplied; a unit of rounding in the notional.
            let (now, then) =
                (i128::from(left) * i128::from(was.maintenance), i128::from(equity) * i128::from(is.maintenance));
            assert!(now + 2 * i128::from(was.maintenance) >= then, "P8: health fell");
        }
    }

    /// P7: a trade leaves nobody below zero who was not before, but for a unit of rounding in the values.
    fn created_no_default(&self, after: &Self, member: &Address) {
        let (was, is) = (self.equity(member), after.equity(member));
        assert!(is >= 0 || is >= was - 1, "P7: a trade took an equity of {was} to {is}");
    }
}
