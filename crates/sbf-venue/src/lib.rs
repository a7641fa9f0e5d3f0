//! A lending pool whose bad debt a cover pays: suppliers lend, borrowers pledge, anyone liquidates, and what no
//! collateral is left for is reported to Bulkhead by a call of the pool's own address.
//!
//! It is an example for integrators, and the venue of tests; it pays no interest, and its accounts are written by whoever
//! sets it up. Loans are priced by the account of the Bulkhead market that bounds the cover.

#![cfg_attr(target_os = "solana", no_std)]

#[cfg(target_os = "solana")]
mod entrypoint;

use bytemuck::{Pod, Zeroable};

/// What a pool's address is derived from, before the market's address and its bump.
pub const POOL: &[u8] = b"pool";

/// Where the price of a Bulkhead market lies in its account.
pub const MARKET_PRICE_AT: usize = 192;

/// Percent that a liquidator gets of the collateral beyond what it repays.
pub const BONUS_PERCENT: u64 = 5;

/// What a pool owes and has. All of it belongs to the pool's address.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Pool {
    /// [`POOL_TAG`].
    pub tag: u8,
    /// Bump of the pool's address.
    pub bump: u8,
    /// Debt of its collateral at which a loan is liquidated.
    pub threshold_bps: u16,
    /// Keeps the layout free of padding.
    pub pad: [u8; 4],
    /// The Bulkhead market.
    pub market: [u8; 32],
    /// The cover.
    pub cover: [u8; 32],
    /// Token account of the money that is lent.
    pub vault: [u8; 32],
    /// Token account of the collateral.
    pub store: [u8; 32],
    /// Price times units of collateral per unit of money.
    pub scale: u64,
    /// Money that is not lent.
    pub cash: u64,
    /// Sum of all debts.
    pub debt: u64,
    /// Sum of all suppliers' shares.
    pub shares: u64,
    /// Bad debt that was reported, ever.
    pub reported: u64,
}

/// What a supplier or a borrower has in a pool.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub struct Account {
    /// [`ACCOUNT_TAG`].
    pub tag: u8,
    /// Keeps the layout free of padding.
    pub pad: [u8; 7],
    /// The pool.
    pub pool: [u8; 32],
    /// The key that signs for it.
    pub owner: [u8; 32],
    /// A supplier's shares.
    pub shares: u64,
    /// A borrower's collateral.
    pub collateral: u64,
    /// A borrower's debt.
    pub debt: u64,
}

/// First byte of a pool.
pub const POOL_TAG: u8 = 1;
/// First byte of an account.
pub const ACCOUNT_TAG: u8 = 2;

/// First byte of an instruction's data. An amount of eight bytes follows, but for the last two.
pub mod instruction {
    /// Lends money to the pool.
    pub const SUPPLY: u8 = 0;
    /// Takes shares out.
    pub const WITHDRAW: u8 = 1;
    /// Pledges an amount of collateral.
    pub const PLEDGE: u8 = 2;
    /// Borrows money, at most 10% below the threshold.
    pub const BORROW: u8 = 3;
    /// Repays debt.
    pub const REPAY: u8 = 4;
    /// Repays somebody's debt, for collateral and a bonus.
    pub const LIQUIDATE: u8 = 5;
    /// Reports the debt of a loan that no collateral is left for.
    pub const WRITE_OFF: u8 = 6;
    /// Counts money that has come into the vault: a cover has paid.
    pub const RECEIVE: u8 = 7;
}

impl Pool {
    /// What a collateral is worth at a price, rounded down in favour of the suppliers.
    pub fn worth(&self, collateral: u64, price: u64) -> Option<u64> {
        let raw = u128::from(collateral).checked_mul(price.into())?;
        u64::try_from(raw.checked_div(self.scale.into())?).ok()
    }

    /// Whether a debt is above this part of the worth of its collateral.
    pub fn exceeds(&self, debt: u64, worth: u64, part_bps: u16) -> bool {
        u128::from(debt) * 10_000 > u128::from(worth) * u128::from(part_bps)
    }
}
