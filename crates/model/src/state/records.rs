//! Records: defaults, ended epochs, calls and queued changes.

use {
    super::Clock,
    crate::{
        number::Int,
        op::{CoverTerms, Name, Settings, Terms},
        params::MarketParams,
    },
};

/// An offer.
#[derive(Clone, Debug, Hash)]
pub struct Offer {
    /// The market.
    pub market: usize,
    /// As posted.
    pub terms: Terms,
    /// Lots that are left, signed as the maker receives them.
    pub lots: Int,
    /// Number of the maker's next default when it was posted.
    pub record_count: u64,
    /// The taking that waits.
    pub taking: Option<Taking>,
}

/// A taking of an offer.
#[derive(Clone, Debug, Hash)]
pub struct Taking {
    /// Who.
    pub taker: Name,
    /// Lots that it receives, signed.
    pub lots: Int,
    /// The worst price that it accepts.
    pub limit: Int,
    /// The fill is at the first print after this second.
    pub ts: Int,
    /// What is locked of each side.
    pub locked: Lock,
    /// Losses of the fund that nobody had paid, so far.
    pub loss_seq: u64,
}

/// What takings lock of a side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Lock {
    /// Margin.
    pub margin: Int,
    /// The part of it that the age of a print asks for.
    pub doubt: Int,
    /// Stress loss.
    pub stress: Int,
    /// Contribution.
    pub contribution: Int,
}

/// Status of a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum DefaultStatus {
    Declared,
    Allocated,
}

/// The record of one default.
#[derive(Clone, Debug, Hash)]
#[allow(missing_docs)]
pub struct DefaultRecord {
    pub status: DefaultStatus,
    pub member: Name,
    pub declared: Clock,
    pub from_margin: Int,
    pub shortfall: Int,
    /// Set off: what was left of a gain that was cut.
    pub from_claim: Int,
    /// A gain that is not cut yet.
    pub assigned: Int,
    /// Set off.
    pub from_rewards: Int,
    pub from_recoveries: Int,
    pub from_contribution: Int,
    /// What layers 1 and 2 leave.
    pub unfunded: Int,
    /// The cushion at declaration, its units, and the round that they are in.
    pub cushion: Int,
    pub cushion_units: Int,
    pub round: u64,
    /// The indices of the round's losses when it came in.
    pub cushion_mark: (Int, Int),
    pub from_treasury: Int,
    pub from_survivors: Int,
    pub from_cushions: Int,
    pub residual: Int,
    pub contributions_before: Int,
    pub bounties: Int,
    pub repaid: Int,
    /// Market, lots and mark of what the house took.
    pub positions: Vec<(usize, Int, Int)>,
}

/// Indices at the end of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct EpochEnd {
    pub reward_index: Int,
    pub loss_index: Int,
    pub units_index: Int,
}

/// A call on the shares of an ended epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Assessment {
    /// The shares.
    pub shares: Int,
    /// Their epoch, plus one.
    pub epoch: Int,
    /// What they were worth before the losses.
    pub base: Int,
    /// Called so far.
    pub called: Int,
    /// Paid so far.
    pub collected: Int,
    /// Until when.
    pub ends_ts: Int,
    /// From when on a gains cut waits for it.
    pub began_ts: Int,
    /// What of the residual was called and is not paid, in time or not.
    pub asked: Int,
    /// Whether a loss can still call them.
    pub callable: bool,
}

/// A change of parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::large_enum_variant)] // Changes are few.
pub enum Change {
    /// Parameters of the fund.
    Fund(Settings),
    /// Parameters of a market.
    Market(usize, Settings),
    /// The decimals of a market's feed, which stays the same.
    FeedDecimals(usize, u32),
    /// The end of a market.
    Close(usize, Int),
    /// The final mark of a silent market.
    FinalMark(usize, Int),
    /// A new market.
    NewMarket(MarketParams),
    /// Another guardian.
    Guardian,
    /// A cover.
    NewCover(CoverTerms),
    /// Another limit of a cover.
    RaiseCover(usize, Int),
    /// The end of a cover's suspension, or of its lapse.
    ResumeCover(usize),
}

/// A queued change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QueuedChange {
    /// What.
    pub change: Change,
    /// When it was queued, on the clock that it waits by.
    pub queued_secs: Int,
    /// When it was queued.
    pub queued_ts: Int,
    /// How long it waits at least, as judged then.
    pub wait_secs: Int,
    /// Whether it waits by chain time instead of the exit clock.
    pub is_wall_time: bool,
}
