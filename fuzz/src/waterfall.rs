//! The default fund: contributions, redemptions and losses, in any order.

use {
    crate::input::{decode, Actions, Size},
    arbitrary::Arbitrary,
    bulkhead_math::{
        declaration::Defaulter,
        shares::{ShareBook, VIRTUAL_SHARES},
        waterfall::{plan_waterfall, Layers, WaterfallPlan},
    },
    num_bigint::BigUint,
};

const HOLDERS: usize = 4;

#[derive(Arbitrary)]
struct Input {
    treasury: Size<56>,
    actions: Actions<Action>,
}

#[derive(Arbitrary)]
enum Action {
    Contribute {
        who: u8,
        amount: Size<56>,
    },
    /// This part of the shares, of 255.
    Redeem {
        who: u8,
        part: u8,
    },
    /// A loss with a defaulter, whose lots may cost so much to sell, or without one.
    Lose {
        who: Option<u8>,
        amount: Size<60>,
        stress: Size<56>,
    },
    /// Fees.
    Earn {
        amount: Size<56>,
    },
}

/// The fund and who holds it.
struct Fund {
    book: ShareBook,
    shares: [u128; HOLDERS],
    treasury: u64,
    cushions: u64,
}

/// P1, P4 and P5 after every action: the fund covers every share, a loss is paid in order and to
/// the unit, a haircut takes the same part of each survivor within a unit, and nobody's coming or
/// going costs the others.
pub fn waterfall(data: &[u8]) {
    let Some(Input { treasury, actions }) = decode(data) else { return };
    let book = ShareBook { contributions: 0, total_shares: 0 };
    let mut fund = Fund { book, shares: [0; HOLDERS], treasury: treasury.0, cushions: 0 };
    for action in actions.0 {
        match action {
            Action::Contribute { who, amount } => fund.contribute(usize::from(who) % HOLDERS, amount.0),
            Action::Redeem { who, part } => fund.redeem(usize::from(who) % HOLDERS, part),
            Action::Lose { who: Some(who), amount, stress } => {
                let unfunded = fund.declare(usize::from(who) % HOLDERS, amount.0, stress.0);
                fund.lose(unfunded);
            }
            Action::Lose { who: None, amount, .. } => fund.lose(amount.0),
            Action::Earn { amount } => fund.treasury += amount.0,
        }
        assert_eq!(fund.shares.iter().sum::<u128>(), fund.book.total_shares, "every share has a holder");
        let values = fund.values().iter().map(|value| u128::from(*value)).sum::<u128>();
        assert!(values <= u128::from(fund.book.contributions), "P1: {values} of {:?}", fund.book);
        assert!(!fund.book.is_exhausted(), "the epoch should have ended: {:?}", fund.book);
    }
}

impl Fund {
    fn values(&self) -> [u64; HOLDERS] {
        self.shares.map(|shares| self.book.value_of(shares).expect("what is in the fund fits"))
    }

    fn contribute(&mut self, who: usize, amount: u64) {
        let before = self.values();
        let plan = self.book.plan_mint(amount).expect("48 contributions of 2^56 fit");
        price_keeps(&self.book, &plan.next);
        self.book = plan.next;
        self.shares[who] += plan.shares;
        let gain = self.values()[who].checked_sub(before[who]).expect("who pays in has no less");
        assert!(
            gain <= amount.saturating_add(1),
            "{amount} became {gain}: rounding of what was held is one unit"
        );
    }

    fn redeem(&mut self, who: usize, part: u8) {
        let before = self.values();
        let shares = self.shares[who] / 255 * u128::from(part);
        let plan = self.book.plan_redeem(shares).expect("the shares are there");
        assert!(plan.amount <= before[who], "paid {} for {}", plan.amount, before[who]);
        price_keeps(&self.book, &plan.next);
        self.book = plan.next;
        self.shares[who] -= shares;
    }

    /// Layers 1 and 2. Returns what they leave.
    fn declare(&mut self, who: usize, loss: u64, stress: u64) -> u64 {
        let all = self.book.plan_redeem(self.shares[who]).expect("the shares are there");
        let defaulter = Defaulter { shortfall: loss, contribution: all.amount, ..Defaulter::default() };
        let plan = defaulter.declare(0, stress);
        assert_eq!(plan.own + plan.unfunded, loss, "layer 2 and what it leaves are the loss");
        assert!(plan.unfunded == 0 || plan.own == all.amount, "P5: layer 3 before 2");
        let taken = self
            .book
            .plan_take(&all, plan.from_contribution().expect("no more than there is"))
            .expect("it fits");
        assert!(taken.shares <= self.shares[who]);
        price_keeps(&self.book, &taken.next);
        self.book = taken.next;
        self.shares[who] -= taken.shares;
        self.cushions += plan.cushion;
        plan.unfunded
    }

    fn lose(&mut self, loss: u64) {
        let layers = Layers { treasury: self.treasury, book: self.book, cushions: self.cushions };
        let plan = plan_waterfall(loss, &layers).expect("the layers fit");
        check_order(loss, &layers, &plan);

        let before = self.book;
        let after = ShareBook { contributions: before.contributions - plan.from_survivors, ..before };
        let (had, has) = (u128::from(before.contributions) + 1, u128::from(after.contributions) + 1);
        for shares in self.shares {
            let [then, now] = [before, after].map(|book| u128::from(book.value_of(shares).expect("it fits")));
            assert!(
                (now * had).abs_diff(then * has) <= had,
                "P4: {then} became {now}, all of it {had} {has}"
            );
        }
        self.cushions -= plan.from_cushions;
        (self.book, self.treasury) = (plan.book, plan.treasury);
        if plan.ends_epoch {
            self.shares = [0; HOLDERS];
        }
    }
}

/// That a share is worth no less than before, exactly: whoever came, went or was seized has not
/// cost the others anything.
fn price_keeps(before: &ShareBook, after: &ShareBook) {
    let assets = |book: &ShareBook| BigUint::from(book.contributions) + 1u8;
    let shares = |book: &ShareBook| BigUint::from(book.total_shares + VIRTUAL_SHARES);
    assert!(assets(after) * shares(before) >= assets(before) * shares(after), "{before:?} became {after:?}");
}

fn check_order(loss: u64, layers: &Layers, plan: &WaterfallPlan) {
    let paid = plan.paid().expect("it is at most the loss");
    assert_eq!(paid + plan.residual, loss, "the layers and the residual are the loss");
    let from_members = plan.from_survivors + plan.from_cushions;
    assert!(from_members == 0 || plan.from_treasury == layers.treasury, "P5: layer 4 before 3");
    let members = layers.book.contributions + layers.cushions;
    assert!(plan.residual == 0 || from_members == members, "P5: a residual before layer 4 is empty");
    let before = layers.book.contributions + layers.treasury;
    let left = before - plan.from_survivors - plan.from_treasury;
    assert_eq!(plan.book.contributions + plan.treasury, left, "what is left is what nobody paid");
}
