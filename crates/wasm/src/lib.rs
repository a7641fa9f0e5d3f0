//! Quotes as a WebAssembly module. No number is computed here: the math crate computes all of them.
//!
//! A caller writes its arguments into the words at [`words`], calls a function, and reads the
//! results from the same words. Numbers of 64 bits or less take one word, numbers of 128 bits two,
//! the low one first; signed ones are in two's complement. Each function documents its words as
//! `arguments -> results` and returns 0, or the number of its [`MathError`] (see [`status`]).

#![cfg_attr(target_arch = "wasm32", no_std)]
#![deny(missing_docs)]

use {
    bulkhead_math::{
        house::AuctionTerms,
        interval::{Interval, IntervalTerms, Intervals, Range, Reading, CELL_SECS},
        liquidation::{plan_liquidate, LiquidationMarket, LiquidationTerms, Target},
        positions::{plan_settle, Position},
        requirements::{Mark, Rates, Risk},
        rewards::plan_fee,
        shares::ShareBook,
        units::{Bps, Scale},
        MathError, Result,
    },
    core::sync::atomic::{AtomicU64, Ordering::Relaxed},
};

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

/// Enough for the positions of a member, several times over.
const WORDS: usize = 256;

/// The words are atomic only because a plain static could not be written to; there is one thread.
static EXCHANGE: [AtomicU64; WORDS] = [const { AtomicU64::new(0) }; WORDS];

/// The address of the words.
#[cfg_attr(target_arch = "wasm32", no_mangle)]
pub extern "C" fn words() -> *const AtomicU64 {
    EXCHANGE.as_ptr()
}

/// Reads the arguments in order.
struct Arguments(usize);

impl Arguments {
    fn u64(&mut self) -> Result<u64> {
        let word = EXCHANGE.get(self.0).ok_or(MathError::Overflow)?.load(Relaxed);
        self.0 += 1;
        Ok(word)
    }

    fn i64(&mut self) -> Result<i64> {
        Ok(self.u64()? as i64)
    }

    fn u128(&mut self) -> Result<u128> {
        let (low, high) = (self.u64()?, self.u64()?);
        Ok(u128::from(high) << 64 | u128::from(low))
    }

    fn u32(&mut self) -> Result<u32> {
        u32::try_from(self.u64()?).map_err(|_| MathError::Overflow)
    }

    fn bps(&mut self) -> Result<Bps> {
        u16::try_from(self.u64()?).map(Bps).map_err(|_| MathError::Overflow)
    }

    fn scale(&mut self) -> Result<Scale> {
        Scale::from_stored(self.u64()?)
    }

    fn position(&mut self) -> Result<Position> {
        Ok(Position { lots: self.i64()?, raw: self.u128()? as i128 })
    }

    fn interval(&mut self) -> Result<Interval> {
        Ok(Interval { low: self.u64()?, high: self.u64()? })
    }

    fn market(&mut self) -> Result<Market> {
        Ok(Market {
            mark: Mark {
                price: self.u64()?,
                intervals: Intervals { others: self.interval()?, oneself: self.interval()? },
            },
            scale: self.scale()?,
            rates: Rates {
                initial: self.bps()?,
                maintenance: self.bps()?,
                contribution: self.bps()?,
                stress: self.bps()?,
                concentration_lots: self.u64()?,
                concentration: self.bps()?,
            },
        })
    }

    /// Reads a number of positions, each with its market. Returns the risk of all, and the position
    /// at `wanted`.
    fn risk(&mut self, wanted: u64) -> Result<(Risk, Option<(Position, Market)>)> {
        let (mut risk, mut found) = (Risk::default(), None);
        for index in 0..self.u64()? {
            let (position, market) = (self.position()?, self.market()?);
            risk.add(&position, &market.mark, market.scale, &market.rates)?;
            if index == wanted {
                found = Some((position, market));
            }
        }
        Ok((risk, found))
    }

    fn book(&mut self) -> Result<ShareBook> {
        Ok(ShareBook { contributions: self.u64()?, total_shares: self.u128()? })
    }
}

/// The part of a market that requirements need: price, ends of interval A, ends of interval B, scale,
/// rates of initial margin, maintenance margin, contribution and stress, lots without the
/// concentration add-on and its rate.
struct Market {
    mark: Mark,
    scale: Scale,
    rates: Rates,
}

/// Writes the results in order.
struct Results(usize);

impl Results {
    fn u64(&mut self, word: u64) -> Result<()> {
        EXCHANGE.get(self.0).ok_or(MathError::Overflow)?.store(word, Relaxed);
        self.0 += 1;
        Ok(())
    }

    fn i64(&mut self, number: i64) -> Result<()> {
        self.u64(number as u64)
    }

    fn u128(&mut self, number: u128) -> Result<()> {
        self.u64(number as u64)?;
        self.u64((number >> 64) as u64)
    }

    fn interval(&mut self, interval: &Interval) -> Result<()> {
        self.u64(interval.low)?;
        self.u64(interval.high)
    }

    fn position(&mut self, position: &Position) -> Result<()> {
        self.i64(position.lots)?;
        self.u128(position.raw as u128)
    }
}

/// Returns 0 for success, else 1 for `Overflow`, 2 for `Underflow`, 3 for `DivByZero`.
pub fn status(outcome: Result<()>) -> u32 {
    match outcome {
        Ok(()) => 0,
        Err(MathError::Overflow) => 1,
        Err(MathError::Underflow) => 2,
        Err(MathError::DivByZero) => 3,
    }
}

macro_rules! quotes {
    ($($(#[$doc:meta])* fn $name:ident($arguments:ident, $results:ident) $body:block)*) => {
        $(
            $(#[$doc])*
            #[cfg_attr(target_arch = "wasm32", no_mangle)]
            pub extern "C" fn $name() -> u32 {
                fn quote($arguments: &mut Arguments, $results: &mut Results) -> Result<()> { $body }
                status(quote(&mut Arguments(0), &mut Results(0)))
            }
        )*
    };
}

quotes! {
    /// `lots, price, scale -> notional`: see [`bulkhead_math::requirements::notional`].
    fn notional(arguments, results) {
        let (lots, price, scale) = (arguments.i64()?, arguments.u64()?, arguments.scale()?);
        results.u64(bulkhead_math::requirements::notional(lots, price, scale)?)
    }

    /// `position, price, scale -> profit`: see [`Position::profit`].
    fn profit(arguments, results) {
        results.i64(arguments.position()?.profit(arguments.u64()?, arguments.scale()?)?)
    }

    /// `position, price, scale, margin, pool -> paid, position, margin, pool`: see [`plan_settle`].
    fn settlement(arguments, results) {
        let position = arguments.position()?;
        let (price, scale) = (arguments.u64()?, arguments.scale()?);
        let plan = plan_settle(position, price, scale, arguments.u64()?, arguments.u64()?)?;
        results.i64(plan.paid)?;
        results.position(&plan.position)?;
        results.u64(plan.margin)?;
        results.u64(plan.pool)
    }

    /// `margin, minimum contribution, largest discount of an auction, unvested, count, count x
    /// (position, market) -> profit, equity, favourable equity, collateral, initial margin,
    /// maintenance margin, required contribution, stress loss, free margin, liquidatable`: see
    /// [`Risk`].
    fn requirements(arguments, results) {
        let (margin, min_contribution) = (arguments.u64()?, arguments.u64()?);
        let (discount, unvested) = (arguments.bps()?, arguments.i64()?);
        let risk = Risk { unvested, ..arguments.risk(u64::MAX)?.0 };
        results.i64(risk.profit)?;
        results.i64(risk.equity(margin)?)?;
        results.i64(risk.equity_favourable(margin)?)?;
        results.i64(risk.collateral(margin)?)?;
        results.u64(risk.initial)?;
        results.u64(risk.maintenance)?;
        results.u64(risk.required_contribution(min_contribution))?;
        results.u64(risk.stress_loss(margin, discount)?)?;
        results.u64(risk.free(margin)?)?;
        results.u64(u64::from(risk.is_liquidatable(margin)?))
    }

    /// `bonus, fee, buffer, most lots, liquidator's position, margin, index, count, count x
    /// (position, market) -> lots, notional, bonus, fee, target's position, liquidator's position`;
    /// `index` is the target's position that is liquidated: see [`plan_liquidate`].
    fn liquidation(arguments, results) {
        let (bonus, fee, buffer) = (arguments.bps()?, arguments.bps()?, arguments.bps()?);
        let terms = LiquidationTerms { bonus, fee, buffer };
        let (most, liquidator) = (arguments.u64()?, arguments.position()?);
        let (margin, index) = (arguments.u64()?, arguments.u64()?);
        let (risk, found) = arguments.risk(index)?;
        let (position, Market { mark, scale, rates }) = found.ok_or(MathError::Underflow)?;
        let market = LiquidationMarket {
            price: mark.price,
            transfer: mark.intervals.others.favouring(position.lots),
            scale,
            rates: &rates,
        };
        let plan = plan_liquidate(&Target { margin, risk, position }, liquidator, most, &market, &terms)?;
        results.i64(plan.lots)?;
        results.u64(plan.notional)?;
        results.u64(plan.bonus)?;
        results.u64(plan.fee)?;
        results.position(&plan.target)?;
        results.position(&plan.liquidator)
    }

    /// `contributions, total shares, amount -> shares`: see [`ShareBook::plan_mint`].
    fn shares_for(arguments, results) {
        results.u128(arguments.book()?.plan_mint(arguments.u64()?)?.shares)
    }

    /// `contributions, total shares, shares -> money`: see [`ShareBook::value_of`].
    fn share_value(arguments, results) {
        results.u64(arguments.book()?.value_of(arguments.u128()?)?)
    }

    /// `notional, rate, reward share -> fee, to rewards, to treasury`: see [`plan_fee`].
    fn fee(arguments, results) {
        let plan = plan_fee(arguments.u64()?, arguments.bps()?, arguments.bps()?)?;
        results.u64(plan.fee)?;
        results.u64(plan.to_rewards)?;
        results.u64(plan.to_treasury)
    }

    /// `price, confidence, its multiple, maintenance rate, base stress rate, age of full doubt, age in
    /// milliseconds, range (cell, high, low, high before, low before), now, uncertain price, its
    /// confidence -> ends of A, ends of B`; an uncertain price of zero is none: see [`Intervals::of`].
    fn intervals(arguments, results) {
        let (price, confidence) = (arguments.u64()?, arguments.u64()?);
        let terms = IntervalTerms {
            confidence_multiple: u8::try_from(arguments.u64()?).map_err(|_| MathError::Overflow)?,
            maintenance: arguments.bps()?,
            stress: arguments.bps()?,
            age_full_secs: arguments.u32()?,
        };
        let age_ms = arguments.u64()?;
        let range = Range {
            cell: arguments.u64()?,
            high: arguments.u64()?,
            low: arguments.u64()?,
            high_before: arguments.u64()?,
            low_before: arguments.u64()?,
        };
        let range = range.advance(price, arguments.i64()?, CELL_SECS).interval();
        let mut both = Intervals::of(&Reading { price, confidence, range, age_ms }, &terms)?;
        let (uncertain, its_confidence) = (arguments.u64()?, arguments.u64()?);
        if uncertain != 0 {
            both = both.with_uncertain(uncertain, its_confidence, &terms)?;
        }
        results.interval(&both.others)?;
        results.interval(&both.oneself)
    }

    /// `largest discount, slots, mark, house lots, elapsed slots -> price`: see
    /// [`AuctionTerms::price`].
    fn auction_price(arguments, results) {
        let terms = AuctionTerms { max_discount: arguments.bps()?, duration_slots: arguments.u32()? };
        results.u64(terms.price(arguments.u64()?, arguments.i64()?, arguments.u64()?)?)
    }
}
