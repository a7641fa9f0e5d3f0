//! Losses borne and recovered, in any order.

use {
    crate::input::{decode, Actions, Size},
    arbitrary::Arbitrary,
    bulkhead_math::{
        index::{accrued, whole_units},
        recoveries::{units_accrued, LossBook},
    },
};

const BEARERS: usize = 3;

#[derive(Arbitrary)]
struct Input {
    shares: [Size<60>; BEARERS],
    actions: Actions<Action>,
}

#[derive(Arbitrary)]
enum Action {
    /// One member bears a loss.
    Bear {
        who: u8,
        amount: Size<40>,
    },
    /// All bear one, by their shares.
    BearByShares {
        amount: Size<40>,
    },
    /// Money comes back.
    Recover {
        amount: Size<44>,
    },
    Claim {
        who: u8,
    },
    /// Gives up what has not come back.
    Waive {
        who: u8,
    },
}

/// A member's part of the book.
#[derive(Clone, Copy, Default)]
struct Bearer {
    shares: u128,
    /// Borne and not claimed, Q64.64.
    borne: u128,
    units: u128,
    /// All it ever bore, Q64.64, and all it ever got back.
    lost: u128,
    claimed: u64,
}

struct Bucket {
    book: LossBook,
    bearers: [Bearer; BEARERS],
    money: u64,
    held: u64,
}

/// P12 after every action: the bucket covers what is held and all claims, and nobody gets back more than it lost.
pub fn losses(data: &[u8]) {
    let Some(Input { shares, actions }) = decode(data) else { return };
    let bearers = shares.map(|shares| Bearer { shares: u128::from(shares.positive()), ..Bearer::default() });
    let mut bucket = Bucket { book: LossBook::default(), bearers, money: 0, held: 0 };
    for action in actions.0 {
        bucket.act(action);
        let claims = bucket.bearers.map(|bearer| u128::from(bearer.claimable(&bucket.book)));
        let owed = claims.iter().sum::<u128>() + u128::from(bucket.held);
        assert!(
            owed <= u128::from(bucket.money),
            "P12: {claims:?} and {} held of {}",
            bucket.held,
            bucket.money
        );
        for bearer in bucket.bearers {
            let back = u128::from(bearer.claimed) << 64;
            assert!(
                back <= bearer.lost,
                "P12: {} came back of {}",
                bearer.claimed,
                whole_units(bearer.lost).0
            );
        }
    }
}

impl Bearer {
    fn bear(&mut self, borne: u128, units: u128) {
        self.borne += borne;
        self.lost += borne;
        self.units += units;
    }

    fn claimable(&self, book: &LossBook) -> u64 {
        book.claimable(self.borne, self.units).expect("outstanding is at most what was borne")
    }
}

impl Bucket {
    fn act(&mut self, action: Action) {
        match action {
            Action::Bear { who, amount } => {
                let plan = self.book.plan_bear(amount.0).expect("48 losses of 2^40 fit");
                self.book = plan.next;
                self.bearers[usize::from(who) % BEARERS].bear(u128::from(amount.0) << 64, plan.units);
            }
            Action::BearByShares { amount } => self.bear_by_shares(amount.0),
            Action::Recover { amount } => self.recover(amount.0),
            Action::Claim { who } => {
                let bearer = &mut self.bearers[usize::from(who) % BEARERS];
                let claim = bearer.claimable(&self.book);
                bearer.borne -= u128::from(claim) << 64;
                bearer.claimed += claim;
                self.money -= claim;
            }
            Action::Waive { who } => {
                let bearer = &mut self.bearers[usize::from(who) % BEARERS];
                let claim = bearer.claimable(&self.book);
                self.book = self.book.plan_waive(bearer.units).expect("it falls");
                (bearer.borne, bearer.units) = (u128::from(claim) << 64, 0);
                self.recover(0); // what was held may now pay all
            }
        }
    }

    fn bear_by_shares(&mut self, amount: u64) {
        let shares = self.bearers.iter().map(|bearer| bearer.shares).sum();
        // A base unit buys about 2^20 shares. What a share bears may be 2^40 times as much as that; no fund comes near it.
        let amount = amount.min(u64::try_from(shares << 20).unwrap_or(u64::MAX));
        let plan = self.book.plan_bear_by_shares(amount, shares).expect("a loss of 2^40 fits");
        let booked = u128::from(plan.next.outstanding - self.book.outstanding) << 64;
        let mut total = 0;
        for bearer in &mut self.bearers {
            let borne = accrued(bearer.shares, 0, plan.loss_per_share).expect("a part of the loss");
            bearer.bear(
                borne,
                units_accrued(bearer.shares, 0, plan.units_per_share).expect("a part of the units"),
            );
            total += borne;
        }
        assert!(
            total <= booked && booked <= u128::from(amount) << 64,
            "borne, booked, lost: {total} {booked} {amount}"
        );
        self.book = plan.next;
    }

    fn recover(&mut self, amount: u64) {
        let plan = self.book.plan_recover(amount, self.held).expect("48 recoveries of 2^44 fit");
        self.money = self.money + amount - plan.excess;
        self.held = plan.held;
        if plan.ends_epoch {
            self.bearers.iter_mut().for_each(|bearer| bearer.units = 0);
        }
        self.book = plan.next;
    }
}
