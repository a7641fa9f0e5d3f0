//! A fund and all that belongs to it at one time, as decisions and checks read it.

use {
    bulkhead::{
        oracle::{self, OraclePrice},
        rules::{assessment, gains, premium, rates},
    },
    bulkhead_client::{
        instruction::FundKeys,
        state::{DefaultRecord, DefaultStatus, EpochRecord, Fund, Market, Member},
        Address,
    },
    bulkhead_math::{
        breaker::less_severe,
        exit_clock::ExitClock,
        requirements::{Mark, Rates, Risk},
        units::{Bps, Money, Price, Scale},
        MathError, Result,
    },
    solana_account::Account,
    std::collections::{BTreeMap, BTreeSet},
};

/// What an oracle says about a market, if a crank would take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote(pub Option<OraclePrice>);

impl Quote {
    /// The price in an oracle's account, judged as the program would.
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

/// A fund at one time.
#[derive(Clone)]
pub struct Book {
    /// Its addresses.
    pub keys: FundKeys,
    /// Slot of the snapshot.
    pub slot: u64,
    /// Unix time of the snapshot.
    pub now: i64,
    /// The fund.
    pub fund: Fund,
    /// What its vault holds.
    pub vault_amount: u64,
    /// Markets, by index.
    pub markets: Vec<Market>,
    /// Members, by address.
    pub members: BTreeMap<Address, Member>,
    /// Records of defaults, by number.
    pub records: BTreeMap<u64, DefaultRecord>,
    /// Final indices of ended epochs.
    pub epochs: BTreeMap<u64, EpochRecord>,
    /// Oracle prices, by market.
    pub quotes: Vec<Quote>,
}

impl Book {
    /// The book as it will be once the markets are cranked, which every transaction does first.
    pub fn cranked(mut self) -> Self {
        for (market, quote) in self.markets.iter_mut().zip(&self.quotes).filter(|(market, _)| market.final_ts == 0) {
            if let Quote(Some(quote)) = quote {
                // By the program's own code: rates, breaker and premium follow. A price it would refuse changes nothing.
                let mut next = *market;
                if rates::update_mark(&mut next, quote, self.slot, self.now).is_ok() {
                    *market = next;
                }
            }
        }
        self
    }

    /// Whether every market of these has a price to act on.
    pub fn can_price(&self, markets: &[u16]) -> bool {
        markets
            .iter()
            .all(|index| self.is_final(*index) || matches!(self.quotes.get(usize::from(*index)), Some(Quote(Some(_)))))
    }

    /// Whether a wind-down has fixed a market's mark for good.
    pub fn is_final(&self, index: u16) -> bool {
        self.markets.get(usize::from(index)).is_some_and(|market| market.final_ts != 0)
    }

    /// What `member` still owes of an open assessment.
    pub fn assessment_due(&self, member: &Member) -> Result<Money> {
        assessment::due(&self.fund, member, self.now).map_err(|_| MathError::Overflow)
    }

    /// Takes premiums and pending cuts out of every position, as the next touch will. Returns whose cuts.
    pub fn take_dues(&mut self) -> Result<BTreeSet<(u16, Address)>> {
        let mut cut = BTreeSet::new();
        for (address, member) in &mut self.members {
            for held in member.positions.iter_mut().filter(|held| !held.is_free()) {
                let index = usize::from(held.market);
                let market = self.markets.get_mut(index).ok_or(MathError::Overflow)?;
                let before = held.cut_index;
                // Whoever touches the position books it; until then the market does not have it.
                let position = premium::after_premium(market, held).map_err(|_| MathError::Overflow)?;
                held.set(position);
                held.premium_index = market.adjusted.premium_index;
                gains::take_cut(market, held).map_err(|_| MathError::Overflow)?;
                if held.cut_index != before {
                    cut.insert((held.market, *address));
                }
            }
        }
        Ok(cut)
    }

    /// A market.
    pub fn market(&self, index: u16) -> Result<&Market> {
        self.markets.get(usize::from(index)).ok_or(MathError::Overflow)
    }

    /// Requirements and profits of a member at the marks.
    pub fn risk(&self, member: &Member) -> Result<Risk> {
        self.risk_by(member, |market| Ok(market.risk_rates()))
    }

    fn risk_by(&self, member: &Member, rates: impl Fn(&Market) -> Result<Rates>) -> Result<Risk> {
        let mut risk = Risk::default();
        for held in member.positions.iter().filter(|held| !held.is_free()) {
            let market = self.market(held.market)?;
            let position = premium::position_of(market, held).map_err(|_| MathError::Overflow)?;
            risk.add(&position, &mark(market)?, scale(market)?, &rates(market)?)?;
        }
        Ok(risk)
    }

    /// The same as a default is judged by: where a breaker has tripped, at the less severe of the mark and its mean.
    pub fn risk_of_default(&self, member: &Member) -> Result<Risk> {
        let mut risk = self.risk(member)?;
        for market in self.markets.iter().filter(|market| market.is_halted(self.now)) {
            let held = member.position(market.index);
            let price = less_severe(held.lots, market.mark.price, market.adjusted.mean_price());
            risk.judge_at(&held, market.mark.price, price, scale(market)?)?;
        }
        Ok(risk)
    }

    /// Whether a member meets what taking over requires, and could bear `stress_bps` of the stress move.
    pub fn is_covered(&self, member: &Member, stress_bps: u64) -> Result<bool> {
        let risk = self.risk_by(member, |market| rates::of_takers(market).map_err(|_| MathError::Overflow))?;
        let needed = (u128::from(risk.stress) * u128::from(stress_bps) / 10_000).max(risk.initial.into());
        let book = self.fund.book();
        let contribution = book.value_of(member.live_shares(self.fund.share_epoch))?;
        let others = self.fund.contributions.checked_sub(contribution).ok_or(MathError::Underflow)?;
        let mutual = self.fund.treasury.checked_add(others).ok_or(MathError::Overflow)?;
        let limit = Bps(self.fund.params.cover_limit_bps);
        // After a total loss nobody can contribute before the house is empty.
        let nobody_contributes = self.fund.total_shares.is_zero() && self.fund.blocks_exits(self.now);
        let contributes = contribution >= risk.required_contribution(self.fund.params.min_contribution);
        let reserve = assessment::reserve(&self.fund, member, self.now).map_err(|_| MathError::Overflow)?;
        Ok(i128::from(risk.collateral(member.margin)?) >= needed as i128
            && risk.free(member.margin)? >= reserve
            && (contributes || nobody_contributes)
            && risk.within_cover_limit(member.margin, limit, mutual)?)
    }

    /// The exit clock at the time of the snapshot.
    pub fn exit_clock(&self) -> ExitClock {
        self.fund.exit_clock_at(self.now, self.slot).unwrap_or(self.fund.exits.clock())
    }

    /// Its reading, in seconds.
    pub fn exit_secs(&self) -> u64 {
        self.exit_clock().secs()
    }

    /// When the exit clock reads `secs`, as unix time, if exits stay open until then.
    pub fn time_of(&self, secs: u64) -> i64 {
        let blocked = self.fund.exits.blocked_until().max(self.now);
        blocked.saturating_add_unsigned(secs.saturating_sub(self.exit_secs()))
    }

    /// Records of defaults nobody has paid for, by number.
    pub fn open_records(&self) -> impl Iterator<Item = &DefaultRecord> {
        self.records.values().filter(|record| record.status == DefaultStatus::Declared)
    }
}

/// Markets a member holds, in order.
pub fn held_markets(member: &Member) -> Vec<u16> {
    let mut markets: Vec<u16> =
        member.positions.iter().filter(|held| !held.is_free()).map(|held| held.market).collect();
    markets.sort_unstable();
    markets
}

/// A market's mark as requirements use it.
pub fn mark(market: &Market) -> Result<Mark> {
    let spread =
        market.mark.confidence.checked_mul(u64::from(market.confidence_multiple)).ok_or(MathError::Overflow)?;
    Ok(Mark { price: market.mark.price, spread })
}

/// A market's scale.
pub fn scale(market: &Market) -> Result<Scale> {
    Scale::from_stored(market.scale)
}

/// A market's rates.
pub fn rates(market: &Market) -> Rates {
    market.risk_rates()
}

/// A market's price.
pub fn price(market: &Market) -> Price {
    market.mark.price
}
