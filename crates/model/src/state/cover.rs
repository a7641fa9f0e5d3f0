//! State of a cover.

use crate::{number::Int, op::CoverTerms};

/// Status of a cover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum CoverStatus {
    #[default]
    Active,
    Suspended,
    Ended,
}

/// A part of the fund that is pledged to a program.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cover {
    /// As it was registered; only the limit and the least first loss rise.
    pub terms: CoverTerms,
    /// Status.
    pub status: CoverStatus,
    /// Most that it can draw in all.
    pub limit: Int,
    /// First loss that must be there when a period begins.
    pub first_loss_min: Int,
    /// Settled so far.
    pub drawn: Int,
    /// Drawn and not settled.
    pub owed: Int,
    /// Mean slot of what is owed, by size.
    pub owed_slot: Int,
    /// Settled and not collected.
    pub payable: Int,
    /// Money that pays first.
    pub first_loss: Int,
    /// Premium paid in advance.
    pub prepaid: Int,
    /// Draws of this cell of seven days and of the cell before.
    pub week: Week,
    /// Covered from then on.
    pub opens_ts: Int,
    /// The second in which the premium was used up.
    pub lapsed_ts: Option<Int>,
    /// The premium is paid until then.
    pub premium_ts: Int,
    /// When it was suspended last.
    pub suspended_ts: Int,
    /// A loss may be undecided until then.
    pub live_until_ts: Int,
    /// Of a venue: bad debt reported in a quarter of an hour and in the one before.
    pub reported: Reported,
    /// Of a venue: the quarter of an hour of its last settlement.
    pub settled_cell: Int,
}

/// Draws of a cover in a cell of seven days and in the cell before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Week {
    /// When the cell began.
    pub start_ts: Int,
    /// Owed for draws in it.
    pub drawn: Int,
    /// The same in the cell before.
    pub before: Int,
    /// Draws in it.
    pub draws: Int,
    /// Settlements in it.
    pub settlements: Int,
}

/// Bad debt that a venue has reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reported {
    /// Number of the quarter of an hour.
    pub cell: Int,
    /// In it.
    pub now: Int,
    /// In the one before.
    pub before: Int,
}

/// The bucket that holds come out of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Holds {
    /// Seconds that are used.
    pub used: Int,
    /// As of then.
    pub ts: Int,
}
