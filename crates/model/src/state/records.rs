//! Records: defaults, ended epochs, calls and queued changes.

use {
    super::{Clock, GainsClaim},
    crate::{
        number::Int,
        op::Name,
        params::{FundParams, MarketParams},
    },
};

/// Status of a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum DefaultStatus {
    Declared,
    Allocated,
}

/// The record of one default.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct DefaultRecord {
    pub status: DefaultStatus,
    pub member: Name,
    pub declared: Clock,
    pub from_margin: Int,
    pub shortfall: Int,
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
    /// The claim to a registered gain that the defaulter assigned.
    pub claim: Option<GainsClaim>,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct EpochEnd {
    pub reward_index: Int,
    pub loss_index: Int,
    pub units_index: Int,
}

/// A call on the shares of an ended epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    /// Whether a loss can still call them.
    pub callable: bool,
}

/// A change of parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Of the fund.
    Fund(FundParams),
    /// Of a market.
    Market(usize, MarketParams),
    /// The decimals of a market's feed, which stays the same.
    FeedDecimals(usize, u32),
    /// The end of a market.
    Close(usize, Int),
    /// The final mark of a silent market.
    FinalMark(usize, Int),
}

/// A queued change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedChange {
    /// What.
    pub change: Change,
    /// From when it can be applied, on the exit clock.
    pub ready_secs: Int,
    /// Until when, on the exit clock.
    pub expires_secs: Int,
    /// Whether these are seconds of chain time instead.
    pub is_wall_time: bool,
}
