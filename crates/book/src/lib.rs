//! A fund and everything that belongs to it at one time, as decisions and checks read it.
//!
//! [`accounts`] decodes account data into a [`Book`]; the book judges members by the program's own
//! rules.

pub mod accounts;

use {
    bulkhead::oracle::{self, OraclePrice},
    bulkhead_client::{
        instruction::FundKeys,
        state::{DefaultRecord, DefaultStatus, EpochRecord, Fund, Market, Member},
        Address,
    },
    bulkhead_math::{
        breaker::less_severe,
        risk::{Mark, Rates, Risk},
        units::{Bps, Money, Price, Scale},
        MathError, Result,
    },
    solana_account::Account,
    std::collections::{BTreeMap, BTreeSet},
};

/// The price that an oracle offers a market; `None` if a crank would refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote(pub Option<OraclePrice>);

impl Quote {
    /// Reads the price in an oracle's account and judges it as the program does.
    pub fn read(market: &Market, account: Option<&Account>, now: i64) -> Self {
        let accepted = |owner: &Address| market.oracle.owners.iter().any(|known| *known == owner.to_bytes());
        let account = account.filter(|account| accepted(&account.owner));
        Self(account.and_then(|account| {
            let raw = oracle::parse(&market.oracle, &account.data).ok()?;
            let price = oracle::judge(&raw, &market.oracle, market.price_decimals, now).ok()?;
            (price.publish_ts >= market.mark.publish_ts).then_some(price)
        }))
    }
}

/// A fund and its accounts at one time.
#[derive(Clone)]
pub struct Book {
    pub keys: FundKeys,
    /// Slot of the snapshot.
    pub slot: u64,
    /// Unix time of the snapshot.
    pub now: i64,
    pub fund: Fund,
    /// Balance of the fund's vault, in base units.
    pub vault_amount: u64,
    /// Markets, by index.
    pub markets: Vec<Market>,
    /// Members, by address.
    pub members: BTreeMap<Address, Member>,
    /// Records of defaults, by number.
    pub records: BTreeMap<u64, DefaultRecord>,
    /// Final indices of ended share epochs, by number.
    pub epochs: BTreeMap<u64, EpochRecord>,
    /// Oracle prices, by market.
    pub quotes: Vec<Quote>,
}

impl Book {
    /// Returns the book as it will be once every market with a price is cranked. Every transaction
    /// cranks first.
    pub fn cranked(mut self) -> Self {
        for (market, quote) in
            self.markets.iter_mut().zip(&self.quotes).filter(|(market, _)| market.final_ts == 0)
        {
            if let Quote(Some(quote)) = quote {
                // The program's own code computes the new mark, so rates, breaker and premium
                // follow. A price that the program refuses changes nothing.
                let mut next = *market;
                if next.update_mark(quote, self.slot, self.now).is_ok() {
                    *market = next;
                }
            }
        }
        self
    }

    /// Whether each of these markets has a price to act on: a fresh one, or a final mark.
    pub fn can_price(&self, markets: &[u16]) -> bool {
        markets.iter().all(|index| {
            self.is_final(*index) || matches!(self.quotes.get(usize::from(*index)), Some(Quote(Some(_))))
        })
    }

    /// Whether the wind-down has made a market's mark final.
    pub fn is_final(&self, index: u16) -> bool {
        self.markets.get(usize::from(index)).is_some_and(|market| market.final_ts != 0)
    }

    /// The amount that `member` still owes of an open assessment.
    pub fn assessment_due(&self, member: &Member) -> Result<Money> {
        self.fund.assessment_due(member, self.now).map_err(|_| MathError::Overflow)
    }

    /// Takes premiums and pending cuts out of every position, as the next touch of each position
    /// will. Returns the positions that were cut.
    pub fn take_dues(&mut self) -> Result<BTreeSet<(u16, Address)>> {
        let mut cut = BTreeSet::new();
        for (address, member) in &mut self.members {
            for held in member.positions.iter_mut().filter(|held| !held.is_free()) {
                let index = usize::from(held.market);
                let market = self.markets.get_mut(index).ok_or(MathError::Overflow)?;
                let before = held.cut_index;
                // The market books the premium only when the position is touched.
                let position = market.after_premium(held).map_err(|_| MathError::Overflow)?;
                held.set(position);
                held.premium_index = market.adjusted.premium_index;
                market.take_cut(held).map_err(|_| MathError::Overflow)?;
                if held.cut_index != before {
                    cut.insert((held.market, *address));
                }
            }
        }
        Ok(cut)
    }

    pub fn market(&self, index: u16) -> Result<&Market> {
        self.markets.get(usize::from(index)).ok_or(MathError::Overflow)
    }

    /// Computes the requirements and profits of a member at the marks.
    pub fn risk(&self, member: &Member) -> Result<Risk> {
        self.risk_by(member, |market| Ok(rates(market)))
    }

    fn risk_by(&self, member: &Member, rates: impl Fn(&Market) -> Result<Rates>) -> Result<Risk> {
        let mut risk = Risk::default();
        for held in member.positions.iter().filter(|held| !held.is_free()) {
            let market = self.market(held.market)?;
            let position = market.position_of(held).map_err(|_| MathError::Overflow)?;
            risk.add(&position, &mark(market)?, scale(market)?, &rates(market)?)?;
        }
        Ok(risk)
    }

    /// Computes the same as [`Self::risk`] for the judgement of a default: where a breaker has
    /// tripped, at the less severe of the mark and its mean.
    pub fn risk_of_default(&self, member: &Member) -> Result<Risk> {
        let mut risk = self.risk(member)?;
        for market in self.markets.iter().filter(|market| market.is_halted(self.now)) {
            let held = member.position(market.index);
            let price = less_severe(held.lots, market.mark.price, market.adjusted.mean_price());
            risk.judge_at(&held, market.mark.price, price, scale(market)?)?;
        }
        Ok(risk)
    }

    /// Whether a member meets the requirements for taking over a position and could bear
    /// `stress_bps` of the stress move.
    pub fn is_covered(&self, member: &Member, stress_bps: u64) -> Result<bool> {
        let risk = self.risk_by(member, |market| market.taker_rates().map_err(|_| MathError::Overflow))?;
        let needed = (u128::from(risk.stress) * u128::from(stress_bps) / 10_000).max(risk.initial.into());
        let book = self.fund.book();
        let contribution = book.value_of(member.live_shares(&self.fund))?;
        let others = self.fund.contributions.checked_sub(contribution).ok_or(MathError::Underflow)?;
        let mutual = self.fund.treasury.checked_add(others).ok_or(MathError::Overflow)?;
        let limit = Bps(self.fund.params.cover_limit_bps);
        // After a total loss nobody can contribute before the house is empty.
        let nobody_contributes =
            self.fund.total_shares.is_zero() && self.fund.require_no_loss_pending().is_err();
        let contributes = contribution >= risk.required_contribution(self.fund.params.min_contribution);
        let reserve = self.fund.assessment_reserve(member, self.now).map_err(|_| MathError::Overflow)?;
        Ok(i128::from(risk.collateral(member.margin)?) >= needed as i128
            && risk.free(member.margin)? >= reserve
            && (contributes || nobody_contributes)
            && risk.within_cover_limit(member.margin, limit, mutual)?)
    }

    /// Records of defaults whose loss is not allocated yet, by number.
    pub fn open_records(&self) -> impl Iterator<Item = &DefaultRecord> {
        self.records.values().filter(|record| record.status == DefaultStatus::Declared)
    }
}

/// The markets in which a member holds a position, in order.
pub fn held_markets(member: &Member) -> Vec<u16> {
    let mut markets: Vec<u16> =
        member.positions.iter().filter(|held| !held.is_free()).map(|held| held.market).collect();
    markets.sort_unstable();
    markets
}

/// The mark, with the spread that requirements add to it.
pub fn mark(market: &Market) -> Result<Mark> {
    let spread = market
        .mark
        .confidence
        .checked_mul(u64::from(market.confidence_multiple))
        .ok_or(MathError::Overflow)?;
    Ok(Mark { price: market.mark.price, spread })
}

pub fn scale(market: &Market) -> Result<Scale> {
    Scale::from_stored(market.scale)
}

pub fn rates(market: &Market) -> Rates {
    market.risk_rates()
}

pub fn price(market: &Market) -> Price {
    market.mark.price
}
