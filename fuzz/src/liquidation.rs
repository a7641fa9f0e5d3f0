//! A liquidation of a member with positions in two markets, at any rates a market may have.

use {
    crate::input::{decode, Size},
    arbitrary::Arbitrary,
    bulkhead_math::{
        liquidation::{plan_liquidate, LiquidationMarket, LiquidationTerms, Target},
        positions::Position,
        requirements::{Mark, Rates, Risk},
        units::{Bps, Scale},
        Result,
    },
};

#[derive(Arbitrary)]
struct Input {
    markets: [Market; 2],
    margin: Size<48>,
    liquidator: (i32, i64),
    max: Size<32>,
    bonus: u16,
    fee: u16,
    buffer: u16,
}

#[derive(Arbitrary)]
struct Market {
    decimals: [u8; 3],
    short: bool,
    lots: Size<32>,
    entry: Size<40>,
    price: Size<40>,
    /// Settled before, so that not every profit is a trade's.
    settled: i32,
    maintenance: u16,
    gap: u16,
    concentration: u16,
    concentration_lots: Size<32>,
}

/// P7 and P8: health never falls, equity never goes below zero, nothing is created or lost.
pub fn liquidation(data: &[u8]) {
    let Some(input) = decode::<Input>(data) else { return };
    // A number that does not fit is no liquidation.
    let _ = check(&input);
}

fn check(input: &Input) -> Result<()> {
    let [market, other] = [input.markets[0].build()?, input.markets[1].build()?];
    let margin = input.margin.0;
    // The bounds of the program: bonus and fee together are at most a tenth.
    let bonus = input.bonus % 1_001;
    let fee = input.fee % (1_001 - bonus);
    let terms = LiquidationTerms { bonus: Bps(bonus), fee: Bps(fee), buffer: Bps(input.buffer % 10_001) };

    let risk = risk(&[&market, &other])?;
    if !risk.is_liquidatable(margin)? {
        return Ok(());
    }
    let equity = risk.equity(margin)?;
    let target = Target { margin, risk, position: market.position };
    let liquidator = Position { lots: input.liquidator.0.into(), raw: input.liquidator.1.into() };
    let place = LiquidationMarket {
        price: market.price,
        transfer: market.price,
        scale: market.scale,
        rates: &market.rates,
    };
    let plan = plan_liquidate(&target, liquidator, input.max.0, &place, &terms)?;

    assert_eq!(
        plan.target.merge(plan.liquidator)?,
        market.position.merge(liquidator)?,
        "nothing is created or lost"
    );
    assert!(
        plan.lots.unsigned_abs() <= input.max.0.min(market.position.lots.unsigned_abs()),
        "no more than there is"
    );
    assert!(plan.lots == 0 || (plan.lots < 0) == (market.position.lots < 0), "the target's side");
    assert!(plan.bonus + plan.fee <= margin, "bonus and fee are paid from margin");

    let after = Built { position: plan.target, ..market };
    let next = self::risk(&[&after, &other])?;
    let equity_after = next.equity(margin - plan.bonus - plan.fee)?;
    assert_eq!(equity - equity_after, (plan.bonus + plan.fee) as i64, "it costs what it says");
    if equity < 0 {
        assert_eq!((plan.bonus, plan.fee), (0, 0), "who has nothing pays nothing");
        return Ok(());
    }
    assert!(equity_after >= 0, "{equity} became {equity_after}");
    // E' / MM' >= E / MM, cross-multiplied: MM' may be two units more than MM less what was taken, for both round up.
    let (before, left) = (i128::from(risk.maintenance), i128::from(next.maintenance));
    let health = i128::from(equity_after) * before + 2 * i128::from(equity);
    assert!(health >= i128::from(equity) * left, "{equity} / {before} fell to {equity_after} / {left}");
    Ok(())
}

/// A position in a market.
#[derive(Clone, Copy)]
struct Built {
    position: Position,
    price: u64,
    scale: Scale,
    rates: Rates,
}

impl Market {
    fn build(&self) -> Result<Built> {
        let [price, lot, quote] = self.decimals.map(|decimals| decimals % 13);
        let scale = Scale::from_decimals(price, lot, quote)?;
        let lots = self.lots.0 as i64;
        let position = Position::default()
            .trade(if self.short { -lots } else { lots }, self.entry.positive())?
            .realise(self.settled.into(), scale)?;
        let maintenance = 1 + self.maintenance % 9_999;
        let initial = maintenance + 1 + self.gap % (10_000 - maintenance);
        let rates = Rates {
            initial: Bps(initial),
            maintenance: Bps(maintenance),
            contribution: Bps(0),
            stress: Bps(initial),
            concentration_lots: self.concentration_lots.0,
            concentration: Bps(self.concentration % 5_001),
        };
        Ok(Built { position, price: self.price.positive(), scale, rates })
    }
}

fn risk(positions: &[&Built]) -> Result<Risk> {
    let mut risk = Risk::default();
    for built in positions {
        risk.add(&built.position, &Mark::exact(built.price), built.scale, &built.rates)?;
    }
    Ok(risk)
}
