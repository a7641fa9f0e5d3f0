//! What broke elsewhere, tried here: one test per attack, named by its number in the list of threats, against the built
//! program. Every transaction that succeeds is followed by a recount of all books (P1, P2, P3).
//!
//! - `custody`: 1, 3, P10: the vault covers all claims, and everyone gets out;
//! - `defaults`: E9, E11 to E13: who pays for a default and its close-out;
//! - `shares`: 4, 5, 6, 13: the price of a share through losses, wipes and donations;
//! - `waterfall`: 2, 7, 8, 9: who pays a loss, in which order, and who never does;
//! - `stuck`: 19, 20: a default always gets through, and only once;
//! - `exits`: 10, 12, P6: running from a loss;
//! - `exit_clock`: E3, E5, S8, P6: exits beside a loss that is visible, and blocks that end;
//! - `calls`: 2, 9, 10, 19, 20, 26: assessments, and who would rather not pay them;
//! - `early_gains`: R4: gains drawn before anybody declares;
//! - `gains_cut`: E6 to E9, 3, 10, 16, 19, 20: the gains cut, bounties and the wind-down;
//! - `ends`: E4, E10, E16, I4, I6: the end of a market, its final mark, and feeds that change;
//! - `recoveries`: 5, 6, 14: what comes back, and to whom;
//! - `pauses`: 11: what a guardian cannot stop;
//! - `collusion`: 16, 17, P7: accounts that belong together;
//! - `prices`: 18, E5, I1, P8: stale, uncertain, jumped and left-out prices;
//! - `look_ahead`: E1, I2, I3, P7: prints that are known before they are posted;
//! - `silent`: E2, E3, E4, I5, I6, I7: feeds and clocks that stop;
//! - `limits`: 24, P7, P8, P10: crowding, stress calls, and what a delegate concedes;
//! - `impostors`: 22: accounts that are not what they seem;
//! - `composition`: 23: everything in one transaction, and in one instruction of another program;
//! - `callers`: 23: programs in the middle: members they own, signatures they are lent, reentrancy, flash loans;
//! - `revival`: 23: accounts that are closed, and rents that are not quite there;
//! - `governors`: 24: multisigs, proposals signed long ago, stolen keys;
//! - `adjustment`: 11, 12, 15, 18, 26: rates, breakers, premiums and rewards that follow the market;
//! - `scale`: P9: the cost of a loss does not depend on how many bear it;
//! - `claims`: P6, P7, P10: claims of the gains cut, and what nobody gains by their order;
//! - `open`: attacks that still succeed.

mod adjustment;
mod callers;
mod calls;
mod claims;
mod collusion;
mod common;
mod composition;
mod custody;
mod defaults;
mod early_gains;
mod ends;
mod exit_clock;
mod exits;
mod gains_cut;
mod governors;
mod impostors;
mod limits;
mod look_ahead;
mod open;
mod pauses;
mod prices;
mod recoveries;
mod revival;
mod scale;
mod shares;
mod silent;
mod stuck;
mod waterfall;
