//! Oracle prices: real accounts, accounts made by Pyth's own SDK, and what the program says of each.
//!
//! - `dumps`: every real account of `../shared/data/oracle`, on the host and through the built program;
//! - `parsed`: accounts of both kinds by the SDK's own types, on the host;
//! - `cranked`: the same through `crank_market` of the built program;
//! - `posted`: prices that are posted and cranked in one transaction;
//! - `pro`: signed messages of Pyth Pro, through a stand-in of Pyth's contract.

mod accounts;
mod cranked;
mod dumps;
mod parsed;
mod posted;
mod pro;
