//! State of a member.

use super::{Clock, Used};
use crate::number::Int;

/// Positions a member can hold.
pub const MAX_POSITIONS: usize = 8;

/// Status of a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum MemberStatus {
    #[default]
    Active,
    Grace,
    ClosedOut,
}

/// One wallet's account.
#[derive(Clone, Debug, Default, Hash)]
pub struct Member {
    /// Status.
    pub status: MemberStatus,
    /// Its own cash.
    pub margin: Int,
    /// Signed results settled in a period, and in the one before (section 4).
    pub settled: [Int; 2],
    /// The reading of the exit clock at which the period of the first began.
    pub period_secs: Int,
    /// Shares of the default fund.
    pub shares: Int,
    /// Their epoch.
    pub share_epoch: Int,
    /// Shares asked back.
    pub notice_shares: Int,
    /// When they can be claimed, on the exit clock.
    pub notice_ready_secs: Int,
    /// When a committed exit can be paid, on the exit clock; zero if there is none.
    pub exit_ready_secs: Int,
    /// Whether a commitment that a block has interrupted was made again.
    pub exit_renewed: bool,
    /// Earned and not paid, Q64.64, up to now.
    pub rewards: Int,
    /// Borne for others, less what was paid back, Q64.64, up to now.
    pub loss_borne: Int,
    /// Units of losses, up to the last touch: their rounding depends on it.
    pub loss_units: Int,
    /// The fund's units per share at the last touch.
    pub units_seen: Int,
    /// The loss epoch of the units.
    pub loss_epoch: Int,
    /// When the grace period began.
    pub grace: Clock,
    /// The day of chain time on which it began.
    pub grace_day: Int,
    /// Whether it is as long as a silent leg asks for.
    pub grace_is_long: bool,
    /// Seconds of watches on a day.
    pub watch_used: Used,
    /// Shares bought since the first loss of a cooling-off period.
    pub bought: Bought,
    /// Shares of an ended epoch that a call is on, that epoch plus one, and what was paid of it.
    pub assessed_shares: Int,
    /// See `assessed_shares`.
    pub assessed_epoch: Int,
    /// See `assessed_shares`.
    pub assessment_paid: Int,
    /// Assessments paid in the cooling-off period.
    pub assessed: Int,
    /// Its number.
    pub cooling_off: Int,
    /// The cap agreed to.
    pub assessment_cap_bps: Int,
    /// Contribution called for.
    pub call_amount: Int,
    /// When it is taken, on the exit clock.
    pub call_due_secs: Int,
    /// When the excess of a stress call is sold, on the exit clock; a member that is called is
    /// reduce-only.
    pub stress_due_secs: Option<Int>,
    /// The last cut round in which it is registered.
    pub cut_seen: u64,
    /// Its claim to a registered gain.
    pub gains: Option<GainsClaim>,
    /// Number of its next record of a default.
    pub record_count: u64,
    /// Gain that waits for the pay-out of a wind-down.
    pub claim: Int,
    /// Positions, in the places the account has for them.
    pub positions: [Position; MAX_POSITIONS],
}

/// Shares that a member has bought since the first loss of a cooling-off period (section 7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bought {
    /// Number of the cooling-off period.
    pub cooling_off: Int,
    /// Epoch of the shares.
    pub epoch: Int,
    /// The shares.
    pub shares: Int,
    /// The lower of what was paid for them and what they were worth before the loss.
    pub base: Int,
}

/// A claim to registered gains (section 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct GainsClaim {
    /// Number of the round.
    pub round: u64,
    /// The gain that was registered.
    pub gain: Int,
    /// What of it was paid.
    pub paid: Int,
    /// What it was entitled to when its cut was booked as a loss borne.
    pub entitled: Int,
    /// Whether it was booked.
    pub is_booked: bool,
}

/// Position of a member in one market; a slot that holds nothing is free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Position {
    /// The market.
    pub market: usize,
    /// Signed lots.
    pub lots: Int,
    /// Raw quote received less raw quote paid.
    pub raw: Int,
    /// The premium index up to which it has paid.
    pub premium_paid: Int,
    /// Takings in this market that the slot is kept for.
    pub takings: usize,
}

impl Position {
    /// Returns `true` if nothing is held and nothing is owed.
    pub fn is_free(&self) -> bool {
        self.lots == 0 && self.raw == 0
    }

    /// The same place without a position.
    pub fn emptied(&self) -> Self {
        Self { market: self.market, takings: self.takings, ..Self::default() }
    }
}

impl Member {
    /// Position in a market.
    pub fn held(&self, market: usize) -> Option<&Position> {
        self.positions.iter().find(|position| position.market == market && !position.is_free())
    }

    /// Lots in a market.
    pub fn lots(&self, market: usize) -> Int {
        self.held(market).map_or(0, |position| position.lots)
    }

    /// Returns `true` if any slot holds something.
    pub fn has_positions(&self) -> bool {
        self.positions.iter().any(|position| !position.is_free())
    }
}
