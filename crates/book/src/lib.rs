//! A fund and everything that belongs to it at one time, as decisions and checks read it.
//!
//! [`accounts`] decodes account data into a [`Book`]. The book judges members by the program's own
//! rules: [`Markets`] is a source of markets for them.

pub mod accounts;
mod markets;

pub use markets::{Markets, MarketsAt};
use {
    anchor_lang::solana_program::clock::Clock,
    bulkhead::{
        constants::FILL_AGE_SECS,
        oracle::{self, Print},
        rules::{
            assessment, final_price,
            interval::{Moment, Prices},
            rates, requirements, MarketSource,
        },
    },
    bulkhead_client::{
        instruction::FundKeys,
        program_id,
        state::{Cover, DefaultRecord, DefaultStatus, EpochRecord, Fund, Market, Member, Offer, Silence},
        Address,
    },
    bulkhead_math::{
        exit_clock::ExitClock,
        offers::is_first_after,
        requirements::Risk,
        units::{Money, Scale},
        MathError, Result,
    },
    solana_account::Account,
    std::collections::BTreeMap,
};

/// What an oracle's account offers a market.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quote {
    /// The print that a crank would take; `None` if it would refuse it.
    pub print: Option<Print>,
    /// The print in the account, whether it was taken already or not, and when the one before it was
    /// published.
    pub sequence: Option<(Print, i64)>,
}

impl Quote {
    /// Reads the price in an oracle's account and judges it as the program does.
    pub fn read(market: &Market, account: Option<&Account>, now: i64) -> Self {
        let (oracle, program) = (&market.oracle, program_id());
        let accepted = |account: &&Account| {
            oracle.accepts_owner(|owner| account.owner.as_array() == owner, program.as_array())
        };
        let account = account.filter(accepted);
        let Some(account) = account else { return Self::default() };
        let config = &market.oracle;
        let raw = oracle::parse(config, &account.data).ok();
        let print = raw.and_then(|raw| oracle::judge(&raw, config, market.price_decimals, now).ok());
        let before = oracle::previous_publish_ts(config, &account.data).ok().flatten();
        Self {
            print: print.filter(|print| print.publish_ts >= market.seen_ts),
            sequence: print.and_then(|print| Some((print, before?))),
        }
    }

    /// A print that a crank would take, of an oracle that does not say which one came before.
    pub fn of(print: Print) -> Self {
        Self { print: Some(print), sequence: None }
    }

    /// The print that fills a taking made in the second `ts`, if the account has it.
    pub fn first_after(&self, ts: i64, now: i64) -> Option<Print> {
        let (print, before) = self.sequence?;
        let is_young = now.saturating_sub(print.publish_ts) <= FILL_AGE_SECS;
        let fills = is_first_after(ts, before, print.publish_ts) && is_young;
        Some(print).filter(|print| fills && print.silence == Silence::None)
    }
}

/// A print that somebody can post for a taking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The account that it goes to.
    pub account: Address,
    /// What the account offers then.
    pub quote: Quote,
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
    pub markets: Markets,
    /// Members, by address.
    pub members: BTreeMap<Address, Member>,
    /// Records of defaults, by number.
    pub records: BTreeMap<u64, DefaultRecord>,
    /// Final indices of ended share epochs, by number.
    pub epochs: BTreeMap<u64, EpochRecord>,
    /// Offers that somebody has taken, by address.
    pub takings: BTreeMap<Address, Offer>,
    /// Prints that can be posted for takings, by the address of the offer.
    pub prints: BTreeMap<Address, Posting>,
    /// Covers that have not ended, by their number.
    pub covers: BTreeMap<u16, Cover>,
    /// Oracle prices, by market.
    pub quotes: Vec<Quote>,
}

impl Book {
    /// Returns the book as it will be once every market with a price is cranked. Every transaction
    /// cranks first.
    pub fn cranked(mut self) -> Self {
        let open = |market: &Market| market.final_ts == 0;
        for (market, quote) in self.markets.iter_mut().zip(&self.quotes).filter(|(market, _)| open(market)) {
            if let Some(print) = &quote.print {
                // The program's own rule computes the new mark, so rates, breaker and premium
                // follow. A price that the program refuses changes nothing.
                let mut next = *market;
                if rates::update_mark(&self.fund, &mut next, print, self.slot, self.now).is_ok() {
                    *market = next;
                }
            }
        }
        self
    }

    /// The clock of the snapshot, as rules read it: they use slot and unix time only.
    pub fn clock(&self) -> Clock {
        Clock {
            slot: self.slot,
            unix_timestamp: self.now,
            epoch_start_timestamp: 0,
            epoch: 0,
            leader_schedule_epoch: 0,
        }
    }

    /// The exit clock at the time of the snapshot.
    pub fn exit_clock(&self) -> ExitClock {
        self.fund.exit_clock_at(self.now, self.slot).unwrap_or(self.fund.exit_clock())
    }

    /// The reading of the exit clock in seconds.
    pub fn exit_secs(&self) -> u64 {
        self.exit_clock().secs()
    }

    /// Unix time at which the exit clock reads `secs`, if exits stay open until then.
    pub fn time_of(&self, secs: u64) -> i64 {
        let open_from = self.fund.exits.blocked_until().max(self.now);
        open_from.saturating_add_unsigned(secs.saturating_sub(self.exit_secs()))
    }

    /// The moment of the snapshot. Every transaction cranks first, so a restart of the cluster before
    /// it makes no mark stale.
    pub fn moment(&self) -> Moment {
        Moment::new(&self.fund.params, self.slot, self.now, 0)
    }

    /// The markets at the moment of the snapshot, as the program's rules read them.
    pub fn priced(&self) -> MarketsAt<'_> {
        self.markets.at(self.moment())
    }

    /// The prices of a market at the moment of the snapshot.
    ///
    /// # Errors
    /// `Overflow` if there is no such market.
    pub fn prices(&self, market: u16) -> Result<Prices> {
        self.priced().priced(market).map(|(_, prices)| prices).map_err(|_| MathError::Overflow)
    }

    /// Whether a crank of a market would be accepted.
    pub fn can_crank(&self, market: u16) -> bool {
        let is_running = |market: &Market| {
            market.final_ts == 0 && final_price::require_running(&self.fund, market, self.now).is_ok()
        };
        self.markets.get(usize::from(market)).is_some_and(is_running)
            && self.quotes.get(usize::from(market)).is_some_and(|quote| quote.print.is_some())
    }

    /// Whether each of these markets has a price that moves cash: a sound print, or a final mark.
    pub fn can_price(&self, markets: &[u16]) -> bool {
        let sound = |quote: &Quote| quote.print.is_some_and(|print| print.silence == Silence::None);
        markets
            .iter()
            .all(|index| self.is_final(*index) || self.quotes.get(usize::from(*index)).is_some_and(sound))
    }

    /// Whether lots may leave a member against its will, or the house, in this market now.
    pub fn can_act(&self, market: u16) -> bool {
        self.can_price(&[market]) && self.prices(market).is_ok_and(|prices| prices.is_recent)
    }

    /// Whether the end of a market has come, and its mark is final.
    pub fn is_final(&self, index: u16) -> bool {
        self.markets.get(usize::from(index)).is_some_and(|market| market.final_ts != 0)
    }

    /// The amount that `member` still owes of an open assessment.
    pub fn assessment_due(&self, member: &Member) -> Result<Money> {
        assessment::due(&self.fund, member, self.now).map_err(|_| MathError::Overflow)
    }

    pub fn market(&self, index: u16) -> Result<&Market> {
        self.markets.get(usize::from(index)).ok_or(MathError::Overflow)
    }

    /// Computes the requirements and profits of a member, as what it does itself is judged.
    ///
    /// # Errors
    /// `Overflow` when the member holds numbers that the program would not have written.
    pub fn risk(&self, member: &Member) -> Result<Risk> {
        requirements::risk(&self.fund, &self.priced(), member).map_err(|_| MathError::Overflow)
    }

    /// Computes the same as others judge the member to liquidate it.
    ///
    /// # Errors
    /// As [`Self::risk`].
    pub fn risk_of_liquidation(&self, member: &Member) -> Result<Risk> {
        requirements::risk_of_liquidation(&self.fund, &self.priced(), member).map_err(|_| MathError::Overflow)
    }

    /// Computes the same as others judge the member to declare its default.
    ///
    /// # Errors
    /// As [`Self::risk`].
    pub fn risk_of_default(&self, member: &Member) -> Result<Risk> {
        requirements::risk_of_default(&self.fund, &self.priced(), member).map_err(|_| MathError::Overflow)
    }

    /// Records of defaults whose loss is not allocated yet, by number.
    pub fn open_records(&self) -> impl Iterator<Item = &DefaultRecord> {
        self.records.values().filter(|record| record.status == DefaultStatus::Declared)
    }
}

/// The markets whose houses are silent and waited for by nothing: whoever relies on that shows them.
pub fn waived_markets<'a>(markets: impl IntoIterator<Item = &'a Market>) -> Vec<u16> {
    markets.into_iter().filter(|market| market.house_waived > 0).map(|market| market.index).collect()
}

/// The markets in which a member holds a position, in order.
pub fn held_markets(member: &Member) -> Vec<u16> {
    let mut markets: Vec<u16> = member.held().map(|held| held.market).collect();
    markets.sort_unstable();
    markets
}

/// A market's scale, checked.
pub fn scale(market: &Market) -> Result<Scale> {
    Scale::from_stored(market.scale)
}
