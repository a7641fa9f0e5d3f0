//! Hard bounds and terms of every claim. They are the program's, so that nobody shortens a window
//! while claimants wait in it.

/// Layout version of every account this program writes.
pub const VERSION: u8 = 1;

/// Most keys of a panel.
pub const MAX_KEYS: usize = 7;

/// How old an incident may be when it is alerted. Time in which another loss of the cover was live
/// does not count.
pub const INCIDENT_SECS: i64 = 14 * DAY_SECS;

/// Time for a root, from the alert or from the guardian's veto. It is short because exits are held
/// meanwhile.
pub const ROOT_SECS: u32 = 3 * DAY_SECS as u32;

/// Time for the panel's votes, from the root. It is the longest single hold that a cover can ask
/// for.
pub const VOTE_SECS: u32 = 7 * DAY_SECS as u32;

/// A root is public for so long before a decision draws on it: everybody can recompute the tree,
/// and the guardian can veto it, whatever the panel has agreed on beforehand.
pub const REVIEW_SECS: i64 = DAY_SECS;

/// Time for the decision on an approved root, from the end of the votes. After it the loss lapses,
/// so that no approval lies about as an option.
pub const DECIDE_SECS: u32 = 3 * DAY_SECS as u32;

/// How long claims can be made once they are open.
pub const CLAIM_SECS: i64 = 90 * DAY_SECS;

/// The bond is at least this part of the limit, in basis points.
pub const BOND_LIMIT_BPS: u64 = 100;

/// The bond is at least this part of the contributions, in basis points: one for each of the 14
/// days that their owners may be locked in.
pub const BOND_CONTRIBUTIONS_BPS: u64 = 14;

/// Claims of one page.
pub const PAGE_CLAIMS: u32 = 8_192;

/// 100%.
pub const ONE_BPS: u64 = 10_000;

/// Live times of losses that a panel remembers.
pub const LIVES: usize = 4;

// Policies: see `rules::policies`

/// The shortest term of a policy. Beyond it nobody knows the price for certain when it buys.
pub const MIN_TERM_DAYS: u8 = 8;

/// The longest term of a policy.
pub const MAX_TERM_DAYS: u8 = 12;

/// Terms that there are, one a day.
pub const TERMS: usize = 5;

/// Days from a purchase to the end of the day of exit, beyond the term.
pub const EXIT_DAYS: u8 = 2;

/// Within so many days of its purchase a policy is priced, whatever the notice period is.
pub const MAX_PRICED_DAYS: u8 = 14;

/// Least part of a payout that the provider bears, in basis points.
pub const MIN_POLICY_COINSURANCE_BPS: u16 = 1_000;

/// Least loading of a premium, in basis points: the fair value.
pub const MIN_THETA_BPS: u32 = 10_000;

/// Largest loading of a premium, in basis points.
pub const MAX_THETA_BPS: u32 = 1_000_000;

/// The longest time for which one print may count.
pub const MAX_PRINT_SECS: u32 = 60 * 60;

/// How long a cover serves its drawer after its end, in seconds.
pub const SERVE_SECS: i64 = 14 * DAY_SECS;

/// Seconds of a day.
pub const DAY_SECS: i64 = 24 * 60 * 60;
