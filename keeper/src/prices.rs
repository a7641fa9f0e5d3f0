//! Sources of prices. A pull oracle's account changes only when somebody posts an update. Pyth
//! keeps the sponsored feeds up to date, so a keeper only reads them.

use {
    bulkhead_client::{Address, Instruction},
    std::str::FromStr,
};

/// The program that owns the sponsored feeds' addresses.
const PUSH_ORACLE: &str = "pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT";

/// Posts price updates where nobody else does.
pub trait PostPrices: Send + Sync {
    /// Instructions that bring these oracle accounts up to date. They go before the cranks in the
    /// same transaction, and `payer` signs. The list is empty when there is no newer price or no
    /// source.
    fn updates(&self, oracles: &[Address], payer: &Address) -> Vec<Instruction>;
}

/// Leaves the posting of prices to others.
pub struct Sponsored;

impl PostPrices for Sponsored {
    fn updates(&self, _: &[Address], _: &Address) -> Vec<Instruction> {
        Vec::new()
    }
}

/// Derives the address of a feed's sponsored account, shard 0.
pub fn sponsored_account(feed_id: &[u8; 32]) -> Address {
    let oracle = Address::from_str(PUSH_ORACLE).expect("a constant address");
    Address::find_program_address(&[&0u16.to_le_bytes(), feed_id], &oracle).0
}
