//! Where prices come from. A pull oracle's account only changes when somebody posts an update; the sponsored feeds are kept up
//! to date by Pyth, so that a keeper only reads them.

use {
    bulkhead_client::{Address, Instruction},
    std::str::FromStr,
};

/// Owner of the sponsored feeds' addresses.
const PUSH_ORACLE: &str = "pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT";

/// Posts price updates where nobody else does.
pub trait PostPrices: Send + Sync {
    /// Instructions that bring these oracle accounts up to date: they go before the cranks, in the same transaction. `payer`
    /// signs. None when there is nothing new, or nobody to ask.
    fn updates(&self, oracles: &[Address], payer: &Address) -> Vec<Instruction>;
}

/// Prices are posted by others.
pub struct Sponsored;

impl PostPrices for Sponsored {
    fn updates(&self, _: &[Address], _: &Address) -> Vec<Instruction> {
        Vec::new()
    }
}

/// The address of a feed's sponsored account, shard 0.
pub fn sponsored_account(feed_id: &[u8; 32]) -> Address {
    let oracle = Address::from_str(PUSH_ORACLE).expect("a constant address");
    Address::find_program_address(&[&0u16.to_le_bytes(), feed_id], &oracle).0
}
