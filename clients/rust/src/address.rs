//! Program-derived addresses.

use {
    crate::program_id,
    anchor_lang::Address,
    bulkhead::{
        constants::PRO_CONTRACT,
        state::{seeds, DefaultRecord, ProPrice},
    },
};

fn derive(seeds: &[&[u8]]) -> Address {
    Address::find_program_address(seeds, &program_id()).0
}

/// The fund with this number that a key has created for a mint.
pub fn fund(creator: &Address, mint: &Address, id: u16) -> Address {
    derive(&[seeds::FUND, creator.as_ref(), mint.as_ref(), &id.to_le_bytes()])
}

/// A fund's vault.
pub fn vault(fund: &Address) -> Address {
    derive(&[seeds::VAULT, fund.as_ref()])
}

/// A fund's market.
pub fn market(fund: &Address, index: u16) -> Address {
    derive(&[seeds::MARKET, fund.as_ref(), &index.to_le_bytes()])
}

/// A wallet's member account.
pub fn member(fund: &Address, owner: &Address) -> Address {
    derive(&[seeds::MEMBER, fund.as_ref(), owner.as_ref()])
}

/// The record of a member's default, by its number among those of the member.
pub fn default_record(member: &Address, count: u64) -> Address {
    derive(&[seeds::DEFAULT, member.as_ref(), &count.to_le_bytes()])
}

/// The address of a record of a default.
pub fn of_record(record: &DefaultRecord) -> Address {
    default_record(&record.member, record.count)
}

/// The record of an ended epoch.
pub fn epoch_record(fund: &Address, epoch: u64) -> Address {
    derive(&[seeds::EPOCH, fund.as_ref(), &epoch.to_le_bytes()])
}

/// A member's offer, by the number that it has chosen.
pub fn offer(maker: &Address, number: u64) -> Address {
    derive(&[seeds::OFFER, maker.as_ref(), &number.to_le_bytes()])
}

/// A fund's cover.
pub fn cover(fund: &Address, index: u16) -> Address {
    derive(&[seeds::COVER, fund.as_ref(), &index.to_le_bytes()])
}

/// The account of a feed of Pyth Pro on one of its channels; markets of all funds read it.
pub fn pro_price(feed: u32, channel: u8) -> Address {
    derive(&[seeds::PRO_PRICE, PRO_CONTRACT.as_ref(), &ProPrice::number(feed, channel).to_le_bytes()])
}

/// The record of a queued change, by the nonce it was queued with.
pub fn queued_change(fund: &Address, number: u64) -> Address {
    derive(&[seeds::CHANGE, fund.as_ref(), &number.to_le_bytes()])
}
