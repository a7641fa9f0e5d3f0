//! Two floors under the program's compute units: instructions that do what nobody could leave out, without
//! the arithmetic of money and with it.
//!
//! The benchmark runs them at the program's address on the very accounts and data of the program's own call.
//! They guard nothing and are for the benchmark only.
//!
//! # Without arithmetic
//!
//! What an instruction here does, because the same instruction of any program with these accounts must:
//!
//! - every account check of the program: owner, type, layout version, writable, signer, relations by stored
//!   addresses, the vault, mint and token program of the fund, the feed of the market, none borrowed twice;
//!   an address is derived where the program derives it;
//! - states and times that are compared: status, pause, pending losses, the age of a mark;
//! - the clock, where the program reads it;
//! - the same calls of other programs with the same accounts, and events of the same length;
//! - a load and a store of every word of state the program changes, and a load of those it decides by.
//!
//! What it leaves out: products, quotients, sums and comparisons of money, shares, prices and rates; the
//! invariant after an instruction; everything that takes effect only in other than the typical case. Stores
//! add one to what was there, which costs one instruction and keeps the compiler from dropping them. A
//! transfer whose amount the program computes is of one unit.
//!
//! # With arithmetic
//!
//! The second floor does the same, and the arithmetic of money that the rules need in the typical case: each
//! word that the program changes is computed, and each limit compared, by plain code without checks
//! (`program/rules.rs`). The benchmark asserts that every word is the program's. A number is a word where
//! those of the typical case fit one, and *long*, of 128 bits, where they do not. Beside sums and
//! comparisons it counts:
//!
//! | rule | products | divisions | long products | long divisions |
//! | --- | ---: | ---: | ---: | ---: |
//! | `exit_clock`, in the first instruction of a slot | 2 | | | |
//! | `interval`: cell, maintenance margin, confidence, age | 4 | 2 | | |
//! | `crowding` of a market | 5 | 2 | | |
//! | its limit, when open interest has risen | 1 | 1 | | |
//! | `requirements` of who adds risk, with the cover limit | 6 | 7 | | |
//! | `shares`: what a member's are worth, or what it buys | | | 1 | 1 |
//!
//! | instruction | products | divisions | long products | and the rules above |
//! | --- | ---: | ---: | ---: | --- |
//! | `novate` | 5 | 3 | | interval, crowding, limit; twice requirements, shares |
//! | `liquidate` | 15 | 12 | 1 | clock, interval, crowding, requirements, shares |
//! | `take_over` | 5 | 2 | 1 | interval, crowding, requirements, shares |
//! | `settle` | 2 | 3 | | clock |
//! | `crank_market` | 32 | 14 | 1 | |
//! | `declare_default` | 2 | 2 | | clock, interval, crowding, shares |
//! | `allocate_loss` | | | 1 | one long division |
//! | `contribute` | | | | shares |
//! | `claim_withdrawal` | | | | clock, shares |
//! | `claim_rewards` | | | 1 | |
//! | `claim_treasury` | 1 | 1 | | clock |
//! | `deposit_margin`, `fund_treasury` | | | | |
//!
//! Their own are: of a novation the band, the value, the fee and its parts; of a liquidation the target's
//! risk, the most lots, what the target can afford, bonus, fee and bid; of a sale by the house discount,
//! price and bid; of a settlement profit, raw quote and the vesting period; of a price two decays, mean,
//! variance, windows, premium and rates, and a root whose steps are not in the table; of a declaration profit
//! and raw quote, and when exits were open again; of an allocation the loss of a share; of a treasury its
//! floor.
//!
//! Both are bounds for programs with this interface, not the least of this program. The benchmark checks that
//! they call, log and write at least what the program does.

#![cfg_attr(target_os = "solana", no_std)]

#[cfg(any(target_os = "solana", test))]
mod layout;
#[cfg(any(target_os = "solana", test))]
mod money;
#[cfg(target_os = "solana")]
mod program;
