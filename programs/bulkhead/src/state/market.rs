//! A market: one asset, one oracle feed, its mark, its rates and the house's position in it.

mod adjustment;

pub use adjustment::{Adjusted, AdjustmentState, MarketRegime};

use {
    super::{change::MarketTerms, fund::Fund, member::PositionSlot, params::*},
    crate::{
        constants::{ONE_BPS, ORACLE_SILENT_SLOTS, VERSION},
        error::*,
        oracle::OraclePrice,
    },
    anchor_lang::prelude::*,
    bulkhead_math::{
        adjustment::effective,
        auction::merged_since,
        haircut::{plan_cut, CutPlan, HaircutPlan},
        position::Position,
        premium,
        risk::{Mark, Rates},
        rounding::raw_to_money,
        units::{Lots, Money, Scale},
        Round,
    },
    bytemuck::{Pod, Zeroable},
};

/// The last price taken from the oracle.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct MarkState {
    /// Price mantissa; zero before the first crank.
    pub price: u64,
    /// The oracle's confidence interval, same exponent.
    pub confidence: u64,
    /// Slot of the crank.
    pub slot: u64,
    /// The oracle's publish time.
    pub publish_ts: i64,
}

/// One market of a fund.
#[account]
pub struct Market {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// The feed's exponent is minus this.
    pub price_decimals: u8,
    /// A lot is `10^-lot_decimals` of the asset.
    pub lot_decimals: u8,
    /// Confidences that a requirement moves the mark by.
    pub confidence_multiple: u8,
    #[doc(hidden)]
    pub _pad: u8,
    /// Number of this market in its fund.
    pub index: u16,
    /// The fund.
    pub fund: Address,

    // Price
    /// Where the price comes from.
    pub oracle: OracleConfig,
    /// The last price.
    pub mark: MarkState,
    /// Raw quote per base unit of money.
    pub scale: u64,

    // Rates
    /// Set by governance, for the target volatility.
    pub base_rates: MarketRates,
    /// In force since the last crank: see [`bulkhead_math::adjustment`].
    pub rates: MarketRates,
    /// What moves them: set by governance.
    pub adjustment: AdjustmentTerms,
    /// What the market remembers for it.
    pub adjusted: AdjustmentState,
    /// How far from the mark a trade may be.
    pub price_band_bps: u16,
    #[doc(hidden)]
    pub _pad2: [u8; 6],
    /// Most lots that may be open on one side.
    pub max_open_interest: u64,
    /// Trading starts: later for a market that is added while others' contributions are at stake.
    pub opens_ts: i64,

    // Book
    /// Lots open on the long side, the house's included; the short side has as many (P2).
    pub open_interest: u64,
    /// The house's lots.
    pub house_lots: i64,
    /// The house's raw quote.
    pub house_raw: PodI128,
    /// Slot from which the house's auction counts.
    pub house_since_slot: u64,

    // Losses and gains haircut; two sides are long, short
    /// The fund's loss episode in which this market last had a loss.
    pub loss_episode: u64,
    /// Lots of those who lost in it, signed: the other side has won.
    pub episode_lots: i64,
    /// What they lost: this market's weight when gains are cut.
    pub episode_loss: u64,
    /// Members' lots that a haircut counts, by side: see [`super::PositionSlot::cut_lots`].
    pub cut_lots: [u64; 2],
    /// Raw quote cut per lot, by side.
    pub cut_index: [PodU128; 2],
    /// The mark of the last cut, by side: no more than the gain at it is taken.
    pub cut_price: [u64; 2],
    /// [`Self::cut_index`] before the last cut.
    pub cut_index_before: [PodU128; 2],
    /// The mark of the cut before the last.
    pub cut_price_before: [u64; 2],
    /// Raw quote of the last cut; zero when there was a default since.
    pub cut_raw: PodU128,
    /// Raw quote that lapsed since the last cut.
    pub lapsed_raw: PodU128,
    /// When a wind-down has fixed the mark for good; zero before.
    pub final_ts: i64,

    #[doc(hidden)]
    pub _reserved: [u8; 64],
}

const _: () = assert!(core::mem::size_of::<Market>() == 736);

/// The side of these lots: 0 long, 1 short.
#[inline(always)]
fn side_of(lots: Lots) -> usize {
    usize::from(lots < 0)
}

impl Market {
    /// Whether this is a market of `fund` in the layout this program reads.
    #[inline(always)]
    pub fn check(&self, fund: &Address) -> Result<()> {
        require!(anchor_lang::address_eq(&self.fund, fund), BulkheadError::WrongFund);
        require!(self.version == VERSION, BulkheadError::WrongVersion);
        Ok(())
    }

    /// What it trades under.
    pub fn terms(&self) -> MarketTerms {
        MarketTerms {
            max_open_interest: self.max_open_interest,
            rates: self.base_rates,
            adjustment: self.adjustment,
            price_band_bps: self.price_band_bps,
            confidence_multiple: self.confidence_multiple,
            _pad: [0; 5],
        }
    }

    /// Its parameters with other terms, to be checked.
    pub fn with_terms(&self, terms: &MarketTerms) -> MarketParams {
        MarketParams {
            oracle: self.oracle,
            rates: terms.rates,
            adjustment: terms.adjustment,
            max_open_interest: terms.max_open_interest,
            price_band_bps: terms.price_band_bps,
            confidence_multiple: terms.confidence_multiple,
            price_decimals: self.price_decimals,
            lot_decimals: self.lot_decimals,
        }
    }

    /// Its parameters with another oracle, to be checked.
    pub fn with_oracle(&self, oracle: &OracleConfig) -> MarketParams {
        MarketParams { oracle: *oracle, ..self.with_terms(&self.terms()) }
    }

    /// Trades under these terms from now on. Maintenance margin ramps from where it is.
    pub fn set_terms(&mut self, terms: &MarketTerms) -> Result<()> {
        self.base_rates = terms.rates;
        self.adjustment = terms.adjustment;
        self.max_open_interest = terms.max_open_interest;
        self.price_band_bps = terms.price_band_bps;
        self.confidence_multiple = terms.confidence_multiple;
        self.adopt_adjustment()
    }

    /// The rates in force as requirements use them.
    #[inline(always)]
    pub fn risk_rates(&self) -> Rates {
        self.rates.with(&self.adjustment)
    }

    /// What is asked of who takes risk over that the fund has already, from the house or from a member below maintenance: the
    /// base rates, above maintenance margin in force. A multiplier here would keep takers away in the very crash in which the
    /// fund needs them, and leave the position to the contributors.
    #[inline(always)]
    pub fn taker_rates(&self) -> Result<Rates> {
        if self.adjusted.multiplier_bps <= ONE_BPS {
            return Ok(self.risk_rates()); // no higher than that
        }
        self.base_rates_in_force()
    }

    #[inline(never)]
    fn base_rates_in_force(&self) -> Result<Rates> {
        effective(&self.base_rates.with(&self.adjustment), ONE_BPS, self.adjusted.maintenance_ramp).or_fail()
    }

    /// Raw quote per base unit.
    #[inline(always)]
    pub fn scale(&self) -> Result<Scale> {
        Scale::from_stored(self.scale).or_fail()
    }

    /// Refuses a mark older than `max_age` slots: whoever needs a price puts the crank into the same transaction.
    /// A final mark is never stale.
    #[inline(always)]
    pub fn require_fresh(&self, slot: u64, max_age: u32) -> Result<()> {
        if self.final_ts != 0 {
            return Ok(());
        }
        let age = slot.saturating_sub(self.mark.slot);
        require!(self.mark.price > 0 && age <= u64::from(max_age), BulkheadError::StaleMark);
        Ok(())
    }

    /// Whether nobody could take a price from the oracle for this long; a final mark needs none.
    pub fn is_silent(&self, slot: u64, slots: u64) -> bool {
        self.final_ts == 0 && slot.saturating_sub(self.mark.slot) >= slots
    }

    /// The mark as requirements use it.
    #[inline(always)]
    pub fn risk_mark(&self) -> Result<Mark> {
        let spread = self.mark.confidence.checked_mul(u64::from(self.confidence_multiple));
        Ok(Mark { price: self.mark.price, spread: spread.ok_or(BulkheadError::Overflow)? })
    }

    /// Refuses once the mark is final.
    #[inline(always)]
    pub fn require_not_final(&self) -> Result<()> {
        require!(self.final_ts == 0, BulkheadError::MarketClosed);
        Ok(())
    }

    /// Takes a checked oracle price into the mark, and what follows from it: see [`Self::adjust`].
    pub fn update_mark(&mut self, price: &OraclePrice, slot: u64, now: i64) -> Result<Adjusted> {
        self.require_not_final()?;
        require!(price.publish_ts >= self.mark.publish_ts, BulkheadError::OracleWentBack);
        let last = self.mark;
        self.mark = MarkState { price: price.price, confidence: price.confidence, slot, publish_ts: price.publish_ts };
        self.adjust(&last, now)
    }

    /// The house's position.
    #[inline(always)]
    pub fn house(&self) -> Position {
        Position { lots: self.house_lots, raw: self.house_raw.get() }
    }

    /// Fixes the mark for good, without doubt. Premiums nobody has collected are the house's from here on: they pay losses.
    pub fn fix_mark(&mut self, price: u64, now: i64) -> Result<()> {
        self.mark.price = price;
        self.mark.confidence = 0;
        self.final_ts = now;
        let premium = core::mem::take(&mut self.adjusted.premium_raw).get();
        self.place_premium(premium)
    }

    /// Whether a flat house has a result to realise: a gain that nobody had paid in yet when it was made, or what lapsed
    /// of a haircut.
    #[inline(always)]
    pub fn is_house_due(&self) -> bool {
        self.house_lots == 0 && self.house_raw.get().unsigned_abs() >= u128::from(self.scale)
    }

    /// Writes the house's position.
    #[inline(always)]
    pub fn set_house(&mut self, house: Position) {
        self.house_lots = house.lots;
        self.house_raw = house.raw.into();
    }

    /// The house's position becomes `next` by taking over `taken` lots of a defaulter.
    #[inline(never)]
    pub fn take_into_house(&mut self, taken: Lots, next: Position, slot: u64) -> Result<()> {
        self.house_since_slot = merged_since(self.house_lots, self.house_since_slot, taken, slot).or_fail()?;
        // The defaulter's lots were counted before and are so no longer; the house's are.
        self.move_open_interest(taken, 0)?;
        self.move_open_interest(self.house_lots, next.lots)?;
        self.set_house(next);
        Ok(())
    }

    /// Keeps the long side's total when somebody's lots change.
    pub fn move_open_interest(&mut self, before: Lots, after: Lots) -> Result<()> {
        let long = |lots: Lots| lots.max(0).unsigned_abs();
        self.open_interest = sub(add(self.open_interest, long(after))?, long(before))?;
        Ok(())
    }

    /// Whether a loss in this market is not paid for yet: it then only reduces.
    #[inline(always)]
    pub fn is_in_default(&self, fund: &Fund) -> bool {
        self.loss_episode == fund.loss_episode
    }

    // Gains haircut

    /// A default has new winners: what lapsed before says nothing about them.
    pub fn forget_cut(&mut self) {
        self.cut_raw = 0.into();
        self.lapsed_raw = 0.into();
    }

    /// The side that has won what the other has lost in this episode.
    pub fn winning_side(&self) -> usize {
        match self.episode_lots.signum() {
            1 => 1,
            -1 => 0,
            _ => usize::from(self.cut_lots[1] > self.cut_lots[0]), // as much was lost on both: whoever is more
        }
    }

    /// This market's weight when gains are cut: what was lost in it, or zero when its winning side cannot be cut. When
    /// more than half of the last cut has lapsed its gains are gone, and another round would never end; otherwise the loss
    /// at least halves with every round.
    pub fn cut_weight(&self, slot: u64) -> Money {
        let (lapsed, cut) = (self.lapsed_raw.get(), self.cut_raw.get());
        let uncuttable = self.cut_lots[self.winning_side()] == 0 || self.is_silent(slot, ORACLE_SILENT_SLOTS);
        if uncuttable || cut > 0 && lapsed.saturating_mul(2) > cut {
            return 0;
        }
        self.episode_loss.max(1)
    }

    /// Cuts a side at the mark.
    pub fn cut(&mut self, side: usize, plan: &HaircutPlan) -> Result<()> {
        let index = self.cut_index[side];
        self.cut_index_before[side] = index;
        self.cut_price_before[side] = self.cut_price[side];
        self.cut_index[side] = index.checked_add(plan.per_lot).ok_or(BulkheadError::Overflow)?;
        let house = self.house_raw.checked_add(plan.excess).ok_or(BulkheadError::Overflow)?;
        self.house_raw = house;
        self.cut_price[side] = self.mark.price;
        let cut = plan.per_lot.saturating_mul(u128::from(self.cut_lots[side]));
        self.cut_raw = cut.into();
        self.lapsed_raw = 0.into();
        Ok(())
    }

    /// Whether a position has not been touched since its side was cut.
    #[inline(always)]
    pub fn is_cut_pending(&self, held: &PositionSlot) -> bool {
        self.cut_index[side_of(held.cut_lots)] != held.cut_index && held.cut_lots != 0
    }

    /// What is pending of cuts on a position, as it would be taken now: first what came before the last cut, at the mark of
    /// then, so that being touched late changes nothing. (Of three cuts untouched the first two count as one.)
    #[inline(never)]
    fn pending_cut(&self, held: &PositionSlot, position: Position) -> Result<CutPlan> {
        let (side, lots) = (side_of(held.cut_lots), held.cut_lots.unsigned_abs());
        let (index, from) = (self.cut_index[side].get(), held.cut_index.get());
        let before = self.cut_index_before[side].get().max(from);
        let grown = |to: u128, from: u128| to.checked_sub(from).ok_or(BulkheadError::Underflow);
        let first = plan_cut(position, lots, grown(before, from)?, self.cut_price_before[side]).or_fail()?;
        let last = plan_cut(first.position, lots, grown(index, before)?, self.cut_price[side]).or_fail()?;
        Ok(CutPlan {
            position: last.position,
            taken: last.taken.checked_add(first.taken).ok_or(BulkheadError::Overflow)?,
            lapsed: last.lapsed.checked_add(first.lapsed).ok_or(BulkheadError::Overflow)?,
        })
    }

    /// A position as it is after the premium it owes and pending cuts.
    #[inline(always)]
    pub fn position_of(&self, held: &PositionSlot) -> Result<Position> {
        if held.premium_index == self.adjusted.premium_index && !self.is_cut_pending(held) {
            return Ok(held.position());
        }
        self.pending_position(held)
    }

    #[inline(never)]
    fn pending_position(&self, held: &PositionSlot) -> Result<Position> {
        let position = self.after_premium(held)?;
        if !self.is_cut_pending(held) {
            return Ok(position);
        }
        Ok(self.pending_cut(held, position)?.position)
    }

    /// A position as it is after the premium it owes, before cuts.
    pub fn after_premium(&self, held: &PositionSlot) -> Result<Position> {
        held.position().pay(self.premium_due(held)?).or_fail()
    }

    /// What a position owes of the premium since its last touch, in raw quote.
    #[inline(always)]
    fn premium_due(&self, held: &PositionSlot) -> Result<u128> {
        premium::due(held.lots, held.premium_index.get(), self.adjusted.premium_index.get()).or_fail()
    }

    /// Takes the premium a position owes out of its raw quote. The premium comes before a cut, so that a haircut finds the
    /// gain that is left (P11).
    #[inline(always)]
    pub fn take_premium(&mut self, held: &mut PositionSlot) -> Result<()> {
        if held.premium_index == self.adjusted.premium_index {
            return Ok(());
        }
        self.take_due_premium(held)
    }

    #[inline(never)]
    fn take_due_premium(&mut self, held: &mut PositionSlot) -> Result<()> {
        let due = self.premium_due(held)?;
        held.premium_index = self.adjusted.premium_index;
        held.set(held.position().pay(due).or_fail()?);
        self.place_premium(due)
    }

    /// Premium waits to be collected, in raw quote; once the mark is final it is the house's.
    #[inline(always)]
    fn place_premium(&mut self, raw: u128) -> Result<()> {
        if self.final_ts == 0 {
            self.adjusted.premium_raw = self.adjusted.premium_raw.checked_add(raw).ok_or(BulkheadError::Overflow)?;
            return Ok(());
        }
        let house = self.house_raw.get().checked_add_unsigned(raw).ok_or(BulkheadError::Overflow)?;
        self.house_raw = house.into();
        Ok(())
    }

    /// Takes pending cuts out of a position; what it has no gain for lapses to the house. Returns what was taken, in money,
    /// rounded down: it is what the member can recover.
    #[inline(always)]
    pub fn take_cut(&mut self, held: &mut PositionSlot) -> Result<Money> {
        if !self.is_cut_pending(held) {
            return Ok(0); // nearly always
        }
        self.take_pending_cut(held)
    }

    #[inline(never)]
    fn take_pending_cut(&mut self, held: &mut PositionSlot) -> Result<Money> {
        let cut = self.pending_cut(held, held.position())?;
        held.set(cut.position);
        held.cut_index = self.cut_index[side_of(held.cut_lots)];
        let house = self.house_raw.get().checked_sub_unsigned(cut.lapsed).ok_or(BulkheadError::Overflow)?;
        self.house_raw = house.into();
        self.lapsed_raw = self.lapsed_raw.get().saturating_add(cut.lapsed).into();
        if held.is_free() {
            // All of a closed position was cut: its slot is free, and nothing of it is counted any more.
            self.count(held, 0)?;
        }
        raw_to_money(cut.taken, self.scale()?, Round::Down).or_fail() // favours the fund
    }

    /// Writes a position whose cuts are taken, and keeps what a haircut counts.
    #[inline(never)]
    pub fn write(&mut self, held: &mut PositionSlot, next: Position, in_default: bool) -> Result<()> {
        held.set(next);
        let counted = match in_default {
            _ if next.is_empty() => 0,
            true => held.cut_lots,
            false => next.lots,
        };
        self.count(held, counted)?;
        held.cut_index = self.cut_index[side_of(counted)];
        held.premium_index = self.adjusted.premium_index;
        Ok(())
    }

    /// A haircut counts `to` lots of this position from now on.
    fn count(&mut self, held: &mut PositionSlot, to: Lots) -> Result<()> {
        let from = held.cut_lots;
        if from != to {
            let (from_side, to_side) = (side_of(from), side_of(to));
            self.cut_lots[from_side] = sub(self.cut_lots[from_side], from.unsigned_abs())?;
            self.cut_lots[to_side] = add(self.cut_lots[to_side], to.unsigned_abs())?;
            held.cut_lots = to;
        }
        Ok(())
    }
}
