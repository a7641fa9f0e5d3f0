//! The default fund: contributions, redemptions and losses, in any order.

use {
    crate::input::{decode, Actions, Size},
    arbitrary::Arbitrary,
    bulkhead_math::{
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
    /// A loss with a defaulter, or without one.
    Lose {
        who: Option<u8>,
        amount: Size<60>,
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
}

/// P1, P4 and P5 after every action: the fund covers every share, a loss is paid in order and to the unit, a haircut takes
/// the same part of each survivor within a unit, and nobody's coming or going costs the others.
pub fn waterfall(data: &[u8]) {
    let Some(Input { treasury, actions }) = decode(data) else { return };
    let book = ShareBook { contributions: 0, total_shares: 0 };
    let mut fund = Fund { book, shares: [0; HOLDERS], treasury: treasury.0 };
    for action in actions.0 {
        match action {
            Action::Contribute { who, amount } => fund.contribute(usize::from(who) % HOLDERS, amount.0),
            Action::Redeem { who, part } => fund.redeem(usize::from(who) % HOLDERS, part),
            Action::Lose { who, amount } => fund.lose(who.map(|who| usize::from(who) % HOLDERS), amount.0),
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

    fn lose(&mut self, who: Option<usize>, loss: u64) {
        let defaulter_shares = who.map_or(0, |who| self.shares[who]);
        let layers = Layers { defaulter_shares, treasury: self.treasury, book: self.book };
        let plan = plan_waterfall(loss, &layers).expect("the layers fit");
        check_order(loss, &layers, &plan);

        if let Some(who) = who {
            self.shares[who] -= plan.shares_burned;
        }
        // As they stand between layers 2 and 4, then after.
        let paid = plan.from_survivors;
        let end = self.book.contributions - plan.from_defaulter - paid;
        let between = ShareBook { contributions: end + paid, total_shares: plan.surviving_shares };
        let after = ShareBook { contributions: end, ..between };
        price_keeps(&self.book, &between);
        let (had, has) = (u128::from(between.contributions) + 1, u128::from(after.contributions) + 1);
        for shares in self.shares {
            let [before, now] =
                [between, after].map(|book| u128::from(book.value_of(shares).expect("it fits")));
            assert!(
                (now * had).abs_diff(before * has) <= had,
                "P4: {before} became {now}, all of it {had} {has}"
            );
        }
        (self.book, self.treasury) = (plan.book, plan.treasury);
        if plan.ends_epoch {
            self.shares = [0; HOLDERS];
        }
    }
}

/// That a share is worth no less than before, exactly: whoever came, went or was seized has not cost the others anything.
fn price_keeps(before: &ShareBook, after: &ShareBook) {
    let assets = |book: &ShareBook| BigUint::from(book.contributions) + 1u8;
    let shares = |book: &ShareBook| BigUint::from(book.total_shares + VIRTUAL_SHARES);
    assert!(assets(after) * shares(before) >= assets(before) * shares(after), "{before:?} became {after:?}");
}

fn check_order(loss: u64, layers: &Layers, plan: &WaterfallPlan) {
    let paid = plan.paid().expect("it is at most the loss");
    assert_eq!(paid + plan.residual, loss, "the layers and the residual are the loss");
    assert!(plan.shares_burned <= layers.defaulter_shares);
    assert!(plan.from_treasury == 0 || plan.shares_burned == layers.defaulter_shares, "P5: layer 3 before 2");
    assert!(plan.from_survivors == 0 || plan.from_treasury == layers.treasury, "P5: layer 4 before 3");
    let survivors = layers.book.contributions - plan.from_defaulter;
    assert!(plan.residual == 0 || plan.from_survivors == survivors, "P5: a residual before layer 4 is empty");
    let before = layers.book.contributions + layers.treasury;
    assert_eq!(plan.book.contributions + plan.treasury, before - paid, "what is left is what nobody paid");
}
