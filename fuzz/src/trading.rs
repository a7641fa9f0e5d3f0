//! One market: trades, settlements, defaults and sales by the house, in any order.

use {
    crate::input::{decode, Actions, Size},
    arbitrary::Arbitrary,
    bulkhead_math::{
        declaration::shortfall,
        house::{take_into_house, DefaultedPosition},
        positions::{plan_settle, Position},
        units::Scale,
    },
};

const MEMBERS: usize = 4;
const HOUSE: usize = MEMBERS;

#[derive(Arbitrary)]
struct Input {
    decimals: [u8; 3],
    margins: [Size<48>; MEMBERS],
    actions: Actions<Action>,
}

#[derive(Arbitrary)]
enum Action {
    /// A member buys from another one, or from the house.
    Trade { buyer: u8, seller: u8, lots: Size<32>, price: Size<40> },
    /// Profit or loss becomes cash.
    Settle { who: u8, mark: Size<40> },
    /// A member with negative equity is declared; the house takes its position over.
    Declare { who: u8, mark: Size<40> },
}

/// The books of one market.
struct Market {
    scale: Scale,
    /// The members', and last the house's.
    positions: [Position; MEMBERS + 1],
    margins: [u64; MEMBERS],
    pool: u64,
    unfunded: u64,
}

/// P2 and P3 after every action, and a settlement that leaves less than a unit unless the money has
/// run out.
pub fn trading(data: &[u8]) {
    let Some(Input { decimals, margins, actions }) = decode(data) else { return };
    let [price, lot, quote] = decimals.map(|decimals| decimals % 13);
    let Ok(scale) = Scale::from_decimals(price, lot, quote) else { return };
    let margins = margins.map(|margin| margin.0);
    let mut market = Market { scale, positions: Default::default(), margins, pool: 0, unfunded: 0 };
    let money = market.money();
    for action in actions.0 {
        market.act(action);
        let lots: i128 = market.positions.iter().map(|position| i128::from(position.lots)).sum();
        let raw: i128 = market.positions.iter().map(|position| position.raw).sum();
        assert_eq!(lots, 0, "P2: lots");
        let cash = u128::from(market.pool) + u128::from(market.unfunded);
        assert_eq!(raw, cash as i128 * i128::from(scale.get()), "P3: raw quote against {cash} of cash");
        assert_eq!(market.money(), money, "money is neither made nor lost");
    }
}

impl Market {
    fn money(&self) -> u128 {
        self.margins.iter().chain([&self.pool]).map(|money| u128::from(*money)).sum()
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Trade { buyer, seller, lots, price } => {
                let (buyer, seller) = (usize::from(buyer) % MEMBERS, usize::from(seller) % (HOUSE + 1));
                if buyer != seller {
                    self.trade(buyer, seller, lots.0 as i64, price.positive());
                }
            }
            Action::Settle { who, mark } => self.settle(usize::from(who) % MEMBERS, mark.positive()),
            Action::Declare { who, mark } => self.declare(usize::from(who) % MEMBERS, mark.positive()),
        }
    }

    /// 48 trades of 2^32 lots at 2^40 fit every type.
    fn trade(&mut self, buyer: usize, seller: usize, lots: i64, price: u64) {
        let [bought, sold] = [(buyer, lots), (seller, -lots)]
            .map(|(who, lots)| self.positions[who].trade(lots, price).expect("it fits"));
        self.positions[buyer] = bought;
        self.positions[seller] = sold;
    }

    fn settle(&mut self, who: usize, mark: u64) {
        let (position, margin) = (self.positions[who], self.margins[who]);
        // A profit beyond 64 bits of money has no settlement.
        let Ok(plan) = plan_settle(position, mark, self.scale, margin, self.pool) else { return };
        let left = plan.position.profit_raw(mark).expect("it was computed before");
        let whole = (0..i128::from(self.scale.get())).contains(&left);
        let exhausted = if left < 0 { plan.margin == 0 } else { plan.pool == 0 };
        assert!(whole || exhausted, "{left} is left of {position:?} at {mark}");
        assert_eq!(plan.position.lots, position.lots, "a settlement moves no lots");
        (self.positions[who], self.margins[who], self.pool) = (plan.position, plan.margin, plan.pool);
    }

    fn declare(&mut self, who: usize, mark: u64) {
        let held = DefaultedPosition { position: self.positions[who], price: mark, scale: self.scale };
        let Ok((house, profit)) = take_into_house(&held, self.positions[HOUSE]) else { return };
        let Ok(loss) = shortfall(self.margins[who], profit) else { return };
        let Some(pool) = self.pool.checked_add(self.margins[who]) else { return };
        let Some(unfunded) = self.unfunded.checked_add(loss) else { return };
        (self.positions[who], self.positions[HOUSE]) = (Position::default(), house);
        (self.margins[who], self.pool, self.unfunded) = (0, pool, unfunded);
    }
}
