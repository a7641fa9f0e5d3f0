//! Program-derived addresses.

use crate::{program_id, Address};

/// The program that makes wallets' token accounts.
pub const ASSOCIATED_TOKEN_PROGRAM: Address =
    Address::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

/// SPL Token.
pub const TOKEN_PROGRAM: Address = Address::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");

fn derive(seeds: &[&[u8]]) -> Address {
    Address::find_program_address(seeds, &program_id()).0
}

/// The fund with this number that a key has created for a mint.
pub fn fund(creator: &Address, mint: &Address, id: u16) -> Address {
    derive(&[b"fund", creator.as_ref(), mint.as_ref(), &id.to_le_bytes()])
}

/// A fund's vault.
pub fn vault(fund: &Address) -> Address {
    derive(&[b"vault", fund.as_ref()])
}

/// A fund's market.
pub fn market(fund: &Address, index: u16) -> Address {
    derive(&[b"market", fund.as_ref(), &index.to_le_bytes()])
}

/// A wallet's member account.
pub fn member(fund: &Address, owner: &Address) -> Address {
    derive(&[b"member", fund.as_ref(), owner.as_ref()])
}

/// The record of a member's default, by its number among those of the member.
pub fn default_record(member: &Address, count: u64) -> Address {
    derive(&[b"default", member.as_ref(), &count.to_le_bytes()])
}

/// The record of an ended share epoch.
pub fn epoch_record(fund: &Address, epoch: u64) -> Address {
    derive(&[b"epoch", fund.as_ref(), &epoch.to_le_bytes()])
}

/// The record of a queued change, by the nonce it was queued with.
pub fn queued_change(fund: &Address, number: u64) -> Address {
    derive(&[b"change", fund.as_ref(), &number.to_le_bytes()])
}

/// Pyth Pro's contract, which verifies signed messages.
pub const PRO_CONTRACT: Address = Address::from_str_const("pytd2yyk641x7ak7mkaasSJVXh6YYZnC7wTmtgAyxPt");

/// The account of a feed of Pyth Pro on one of its channels; markets of all funds read it.
pub fn pro_price(feed: u32, channel: u8) -> Address {
    let number = (u64::from(channel) << 32) | u64::from(feed);
    derive(&[b"pro_price", PRO_CONTRACT.as_ref(), &number.to_le_bytes()])
}

/// A wallet's associated token account.
pub fn token_account(wallet: &Address, mint: &Address, token_program: &Address) -> Address {
    let seeds = [wallet.as_ref(), token_program.as_ref(), mint.as_ref()];
    Address::find_program_address(&seeds, &ASSOCIATED_TOKEN_PROGRAM).0
}
