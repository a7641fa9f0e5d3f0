//! Quotes of the math crate, for ordinary and for extreme numbers.

use {
    crate::number,
    bulkhead_math::{
        house::AuctionTerms,
        interval::{Interval, IntervalTerms, Intervals, Range, Reading, CELL_SECS},
        liquidation::{plan_liquidate, LiquidationMarket, LiquidationTerms, Target},
        positions::{plan_settle, Position},
        requirements::{notional, Mark, Rates, Risk},
        rewards::plan_fee,
        shares::ShareBook,
        units::{Bps, Scale},
        MathError, Result,
    },
    serde_json::{json, Value},
};

/// Draws of each quote.
const DRAWS: usize = 200;

pub fn quotes() -> Value {
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    let mut each = |quote: fn(&mut Draw) -> Value| (0..DRAWS).map(|_| quote(&mut draw)).collect::<Vec<_>>();
    json!({
        "notional": each(notionals),
        "profit": each(profits),
        "settlement": each(settlements),
        "requirements": each(requirements),
        "liquidation": each(liquidations),
        "shares": each(shares),
        "fee": each(fees),
        "auctionPrice": each(auction_prices),
        "intervals": each(intervals),
    })
}

/// Numbers from a fixed sequence (xorshift64*), of all magnitudes.
struct Draw(u64);

impl Draw {
    fn word(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `2^bits`; small numbers are as likely as large ones.
    fn bits(&mut self, bits: u32) -> u64 {
        let bits = self.word() % u64::from(bits) + 1;
        self.word() >> (64 - bits)
    }

    fn signed(&mut self, bits: u32) -> i64 {
        let magnitude = self.bits(bits) as i64;
        if self.word().is_multiple_of(2) {
            magnitude
        } else {
            -magnitude
        }
    }

    fn bps(&mut self) -> Bps {
        Bps((self.word() % 10_001) as u16)
    }

    fn scale(&mut self) -> Scale {
        Scale::from_decimals((self.word() % 7) as u8 + 2, 4, 6).expect("at least one")
    }

    fn price(&mut self) -> u64 {
        self.bits(44) + 1
    }

    /// A position near its break-even, or anywhere.
    fn position(&mut self, price: u64) -> Position {
        let lots = self.signed(36);
        let raw = match self.word() % 4 {
            0 => i128::from(self.signed(62)) * i128::from(self.bits(40)),
            _ => -i128::from(lots) * i128::from(price) / 10 * i128::from(8 + self.word() % 5),
        };
        Position { lots, raw }
    }

    /// Intervals around a price, B at least as wide as A.
    fn intervals(&mut self, price: u64) -> Intervals {
        let others = Interval {
            low: price - price / (self.word() % 1_000 + 1),
            high: price.saturating_add(price / (self.word() % 1_000 + 1)),
        };
        let oneself = Interval {
            low: others.low - others.low / (self.word() % 100 + 1),
            high: others.high.saturating_add(others.high / (self.word() % 100 + 1)),
        };
        Intervals { others, oneself }
    }

    fn holding(&mut self) -> Holding {
        let price = self.price();
        let initial = self.bps();
        let maintenance = Bps((u64::from(initial.0) * (self.word() % 101) / 100) as u16);
        Holding {
            position: self.position(price),
            price,
            intervals: self.intervals(price),
            scale: self.scale(),
            rates: Rates {
                initial,
                maintenance,
                contribution: self.bps(),
                stress: self.bps(),
                concentration_lots: self.bits(36),
                concentration: self.bps(),
            },
        }
    }
}

struct Holding {
    position: Position,
    price: u64,
    intervals: Intervals,
    scale: Scale,
    rates: Rates,
}

impl Holding {
    fn json(&self) -> Value {
        let Self { position, price, intervals, scale, rates } = self;
        json!({
            "position": position_json(position),
            "market": {
                "price": number(price),
                "intervals": intervals_json(intervals),
                "scale": number(scale.get()),
                "rates": {
                    "initialBps": rates.initial.0,
                    "maintenanceBps": rates.maintenance.0,
                    "contributionBps": rates.contribution.0,
                    "stressBps": rates.stress.0,
                },
                "concentration": {
                    "concentrationLots": number(rates.concentration_lots),
                    "concentrationBps": rates.concentration.0,
                },
            },
        })
    }
}

fn intervals_json(Intervals { others, oneself }: &Intervals) -> Value {
    let ends = |Interval { low, high }: &Interval| json!({ "low": number(low), "high": number(high) });
    json!({ "others": ends(others), "oneself": ends(oneself) })
}

/// Both intervals of a mark of some age, with a range around it and now and then an uncertain print.
fn intervals(draw: &mut Draw) -> Value {
    let price = draw.price();
    let now = 1_700_000_000 + (draw.word() % 60) as i64;
    let near = |draw: &mut Draw| price - price / 20 + draw.word() % (price / 10 + 1);
    let (one, two, three, four) = (near(draw), near(draw), near(draw), near(draw));
    let range = Range {
        cell: (now / i64::from(CELL_SECS)) as u64 - draw.word() % 4,
        high: one.max(two),
        low: one.min(two),
        high_before: three.max(four),
        low_before: three.min(four),
    };
    let terms = IntervalTerms {
        confidence_multiple: (draw.word() % 9) as u8,
        maintenance: draw.bps(),
        stress: draw.bps(),
        age_full_secs: (draw.word() % 240 + 1) as u32,
    };
    let (confidence, age_ms) = (draw.bits(30), draw.bits(20));
    let uncertain = if draw.word().is_multiple_of(3) { near(draw) + 1 } else { 0 };
    let its_confidence = draw.bits(30);
    let reading =
        Reading { price, confidence, range: range.advance(price, now, CELL_SECS).interval(), age_ms };
    let quote = Intervals::of(&reading, &terms).and_then(|both| match uncertain {
        0 => Ok(both),
        _ => both.with_uncertain(uncertain, its_confidence, &terms),
    });
    json!({
        "price": number(price),
        "confidence": number(confidence),
        "confidenceMultiple": terms.confidence_multiple,
        "maintenanceBps": terms.maintenance.0,
        "stressBps": terms.stress.0,
        "ageFullSecs": terms.age_full_secs,
        "ageMs": number(age_ms),
        "range": {
            "cell": number(range.cell),
            "high": number(range.high),
            "low": number(range.low),
            "highBefore": number(range.high_before),
            "lowBefore": number(range.low_before),
        },
        "now": number(now),
        "uncertainPrice": number(uncertain),
        "uncertainConfidence": number(its_confidence),
        "quote": outcome(quote.map(|both| intervals_json(&both))),
    })
}

fn position_json(position: &Position) -> Value {
    json!({ "lots": number(position.lots), "raw": number(position.raw) })
}

/// The quote, or the name of its error.
fn outcome(outcome: Result<Value>) -> Value {
    match outcome {
        Ok(value) => json!({ "value": value }),
        Err(error) => json!({ "error": match error {
            MathError::Overflow => "Overflow",
            MathError::Underflow => "Underflow",
            MathError::DivByZero => "DivByZero",
        }}),
    }
}

fn notionals(draw: &mut Draw) -> Value {
    let (lots, price, scale) = (draw.signed(63), draw.bits(63), draw.scale());
    let value = notional(lots, price, scale).map(number);
    let (lots, price, scale) = (number(lots), number(price), number(scale.get()));
    json!({ "lots": lots, "price": price, "scale": scale, "quote": outcome(value) })
}

fn profits(draw: &mut Draw) -> Value {
    let Holding { position, price, scale, .. } = draw.holding();
    json!({
        "position": position_json(&position),
        "price": number(price),
        "scale": number(scale.get()),
        "quote": outcome(position.profit(price, scale).map(number)),
    })
}

fn settlements(draw: &mut Draw) -> Value {
    let Holding { position, price, scale, .. } = draw.holding();
    let (margin, pool) = (draw.bits(50), draw.bits(50));
    let quote = plan_settle(position, price, scale, margin, pool).map(|plan| {
        json!({
            "paid": number(plan.paid),
            "position": position_json(&plan.position),
            "margin": number(plan.margin),
            "pool": number(plan.pool),
        })
    });
    json!({
        "position": position_json(&position),
        "price": number(price),
        "scale": number(scale.get()),
        "margin": number(margin),
        "pool": number(pool),
        "quote": outcome(quote),
    })
}

fn requirements(draw: &mut Draw) -> Value {
    let (margin, min_contribution, unvested) = (draw.bits(60), draw.bits(40), draw.signed(60));
    let discount = Bps((draw.word() % 2_501) as u16);
    let holdings: Vec<Holding> = (0..draw.word() % 9).map(|_| draw.holding()).collect();
    let quote = risk_of(&holdings).and_then(|risk| {
        let risk = Risk { unvested, ..risk };
        Ok(json!({
            "profit": number(risk.profit),
            "equity": number(risk.equity(margin)?),
            "equityFavourable": number(risk.equity_favourable(margin)?),
            "collateral": number(risk.collateral(margin)?),
            "initialMargin": number(risk.initial),
            "maintenanceMargin": number(risk.maintenance),
            "requiredContribution": number(risk.required_contribution(min_contribution)),
            "stressLoss": number(risk.stress_loss(margin, discount)?),
            "freeMargin": number(risk.free(margin)?),
            "isLiquidatable": risk.is_liquidatable(margin)?,
        }))
    });
    json!({
        "margin": number(margin),
        "minContribution": number(min_contribution),
        "auctionMaxDiscountBps": discount.0,
        "unvested": number(unvested),
        "holdings": holdings.iter().map(Holding::json).collect::<Vec<_>>(),
        "quote": outcome(quote),
    })
}

fn risk_of(holdings: &[Holding]) -> Result<Risk> {
    let mut risk = Risk::default();
    for Holding { position, price, intervals, scale, rates } in holdings {
        risk.add(position, &Mark { price: *price, intervals: *intervals }, *scale, rates)?;
    }
    Ok(risk)
}

fn liquidations(draw: &mut Draw) -> Value {
    let holdings: Vec<Holding> = (0..draw.word() % 3 + 1).map(|_| draw.holding()).collect();
    let index = (draw.word() % holdings.len() as u64) as usize;
    let margin = draw.bits(56);
    let liquidator = draw.position(holdings[index].price);
    let terms = LiquidationTerms { bonus: Bps(100), fee: Bps(50), buffer: Bps(1_000) };
    let most = draw.bits(40);
    let quote = risk_of(&holdings).and_then(|risk| {
        let Holding { position, price, intervals, scale, rates } = &holdings[index];
        let transfer = intervals.others.favouring(position.lots);
        let market = LiquidationMarket { price: *price, transfer, scale: *scale, rates };
        let target = Target { margin, risk, position: *position };
        let plan = plan_liquidate(&target, liquidator, most, &market, &terms)?;
        Ok(json!({
            "lots": number(plan.lots),
            "notional": number(plan.notional),
            "bonus": number(plan.bonus),
            "fee": number(plan.fee),
            "target": position_json(&plan.target),
            "liquidator": position_json(&plan.liquidator),
        }))
    });
    json!({
        "holdings": holdings.iter().map(Holding::json).collect::<Vec<_>>(),
        "index": index,
        "margin": number(margin),
        "liquidator": position_json(&liquidator),
        "lots": number(most),
        "params": {
            "liquidationBonusBps": terms.bonus.0,
            "liquidationFeeBps": terms.fee.0,
            "liquidationBufferBps": terms.buffer.0,
        },
        "quote": outcome(quote),
    })
}

fn shares(draw: &mut Draw) -> Value {
    let total_shares = u128::from(draw.word()) << (draw.word() % 41);
    let book = ShareBook { contributions: draw.bits(63), total_shares };
    let (amount, shares) = (draw.bits(63), total_shares / u128::from(draw.bits(20) + 1));
    json!({
        "fund": { "contributions": number(book.contributions), "totalShares": number(total_shares) },
        "amount": number(amount),
        "shares": number(shares),
        "sharesFor": outcome(book.plan_mint(amount).map(|plan| number(plan.shares))),
        "shareValue": outcome(book.value_of(shares).map(number)),
    })
}

fn fees(draw: &mut Draw) -> Value {
    let (notional, rate, share) = (draw.bits(64), draw.bps(), draw.bps());
    let quote = plan_fee(notional, rate, share).map(|plan| {
        json!({
            "fee": number(plan.fee),
            "toRewards": number(plan.to_rewards),
            "toTreasury": number(plan.to_treasury),
        })
    });
    json!({
        "notional": number(notional),
        "params": { "clearingFeeBps": rate.0, "rewardShareBps": share.0 },
        "quote": outcome(quote),
    })
}

fn auction_prices(draw: &mut Draw) -> Value {
    let terms = AuctionTerms { max_discount: Bps(1_000), duration_slots: 1_500 };
    let (mark, lots, elapsed) = (draw.bits(64), draw.signed(40), draw.word() % 2_000);
    json!({
        "mark": number(mark),
        "houseLots": number(lots),
        "elapsed": number(elapsed),
        "params": { "auctionMaxDiscountBps": terms.max_discount.0, "auctionSlots": terms.duration_slots },
        "quote": outcome(terms.price(mark, lots, elapsed).map(number)),
    })
}
