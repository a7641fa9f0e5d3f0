//! State of a book of policies.

use {
    crate::{
        number::Int,
        op::{BookTerms, Name},
    },
    std::collections::BTreeMap,
};

/// The name of the book's vault among wallets: what a cover pays to it.
pub const BOOK: &str = "book";

/// Policies on one market's price, under one set of terms.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PolicyBook {
    /// What it was created with.
    pub terms: BookTerms,
    /// Number of the next policy.
    pub next_policy: u64,
    /// Policies that are neither paid nor closed, by number.
    pub policies: BTreeMap<u64, Policy>,
    /// What policies share that expire on a day, by the day.
    pub expiries: BTreeMap<u32, Expiry>,
    /// The day whose draw is not paid out.
    pub drawing: Option<u32>,
    /// The price that was noted last; zero: none.
    pub price: Int,
    /// When a crank took it.
    pub price_ts: Int,
    /// Until when it counts at most.
    pub price_until_ts: Int,
    /// When prices were noted last.
    pub noted_ts: Int,
    /// What is kept of days.
    pub days: BTreeMap<Int, PriceDay>,
}

/// Prices of a UTC day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PriceDay {
    /// Covered seconds.
    pub secs: Int,
    /// Sum of price times covered seconds.
    pub price_seconds: Int,
    /// The highest variance that was noted.
    pub variance: Int,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// Who is paid.
    pub owner: Name,
    /// Its term in days.
    pub term_days: u8,
    /// The day on which it expires.
    pub expiry: u32,
    /// Value at entry.
    pub insured: Int,
    /// What it has cost.
    pub premium: Int,
    /// Its price of entry, once it is in force.
    pub entry: Option<Int>,
}

/// Where the policies of a day stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum ExpiryState {
    #[default]
    Running,
    Drawn,
    Open,
    Ended,
}

/// What the policies that expire on a day share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Expiry {
    /// Where they stand.
    pub state: ExpiryState,
    /// The price of exit; zero: the day has none.
    pub exit: Int,
    /// The most that they pay together when they are settled; before, it is computed.
    pub pledged: Int,
    /// What they are paid together by the formula.
    pub total: Int,
    /// What the cover had paid when this day drew on it.
    pub drawn_before: Int,
    /// What the draw took of the first loss.
    pub from_first_loss: Int,
    /// What they share.
    pub reserved: Int,
    /// What was paid of it.
    pub paid: Int,
    /// Until when it is claimed.
    pub expires_ts: Int,
}
