//! Fixtures of addresses, instructions and events, as the Rust client builds and reads them.

use {
    crate::number,
    anchor_lang::Discriminator,
    base64::{engine::general_purpose::STANDARD, Engine as _},
    bulkhead::events::{Contributed, DefaultClosed, Settled},
    bulkhead_client::{
        address,
        instruction::{self as build, Bid, Deal, FundKeys, Trader},
        Address, Instruction,
    },
    serde_json::{json, Value},
};

const TOKEN: Address = Address::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// Markets that the members of the fixtures hold: the middle one of three is missing.
const HELD: [u16; 2] = [0, 2];
const FUND_ID: u16 = 513;
const SEQ: u64 = 258;
const COUNT: u64 = 258;
const EPOCH: u64 = 3;

/// An address made of one number.
fn key(number: u8) -> Address {
    Address::new_from_array([number; 32])
}

fn keys() -> FundKeys {
    FundKeys::new(&key(3), key(1), TOKEN, FUND_ID)
}

pub fn addresses() -> Value {
    let FundKeys { fund, mint, .. } = keys();
    json!({
        "creator": key(3).to_string(),
        "mint": mint.to_string(),
        "id": FUND_ID,
        "owner": key(2).to_string(),
        "fund": fund.to_string(),
        "vault": address::vault(&fund).to_string(),
        "market 258": address::market(&fund, 258).to_string(),
        "member": address::member(&fund, &key(2)).to_string(),
        "default 258": address::default_record(&address::member(&fund, &key(2)), COUNT).to_string(),
        "epoch 3": address::epoch_record(&fund, EPOCH).to_string(),
        "change 2^64-1": address::queued_change(&fund, u64::MAX).to_string(),
    })
}

/// Transactions of wallet 2, whose counterparty is wallet 3; token accounts are 4, oracles 10 and
/// up.
pub fn instructions() -> Value {
    let keys = keys();
    let (owner, wallet) = (key(2), key(4));
    let trader = |wallet: Address| Trader { member: keys.member(&wallet), signer: wallet };
    let (own, other) = (trader(key(2)), trader(key(3)));
    let record = address::default_record(&other.member, COUNT);
    let cranked = |instruction: Instruction| {
        let crank = |index: u16| build::crank_market(&keys, index, key(10 + index as u8));
        HELD.map(crank).into_iter().chain([instruction]).collect::<Vec<_>>()
    };
    let taken_over = Bid { lots: 8, limit_price: 10 };
    let batch = [(other.member, Deal { lots: 12, price: 13 })];
    let liquidated = Bid { lots: 9, limit_price: 11 };
    json!({
        "openMember": describe(&[build::open_member(&keys, owner, owner, 0, 3)]),
        "depositMargin": describe(&[build::deposit_margin(&keys, &owner, owner, wallet, u64::MAX)]),
        "contribute": describe(&[build::contribute(&keys, owner, wallet, 1)]),
        "requestWithdrawal": describe(&[build::request_withdrawal(&keys, owner, u128::MAX - 1)]),
        "withdrawMargin": describe(&cranked(build::withdraw_margin(&keys, owner, wallet, 5, &HELD))),
        "claimWithdrawal": describe(&cranked(build::claim_withdrawal(&keys, owner, wallet, &HELD))),
        "novate": describe(&cranked(build::novate(&keys, 2, own, other, 6, 7, &[0]))),
        "novateBatch":
            describe(&cranked(build::novate_batch(&keys, 2, own.member, false, &batch, owner, &[0]))),
        "takeOver": describe(&cranked(build::take_over(&keys, 0, own, taken_over, &[2]))),
        "liquidate": describe(&cranked(build::liquidate(&keys, 0, other.member, own, liquidated, &[2]))),
        "declareDefault":
            describe(&cranked(build::declare_default(&keys, other.member, owner, None, COUNT, &HELD))),
        "allocateLoss":
            describe(&[build::allocate_loss(&keys, record, owner, Some(own.member), EPOCH)]),
        "enforceCall": describe(&cranked(build::enforce_call(&keys, other.member, &HELD))),
        "closeOut": describe(&cranked(build::close_out(&keys, other.member, &HELD))),
    })
}

pub fn describe(instructions: &[Instruction]) -> Vec<Value> {
    let describe = |instruction: &Instruction| {
        let accounts = instruction.accounts.iter().map(|account| {
            let (writable, signer) = (account.is_writable, account.is_signer);
            json!([
                account.pubkey.to_string(),
                if writable { "w" } else { "" },
                if signer { "s" } else { "" }
            ])
        });
        json!({ "accounts": accounts.collect::<Vec<_>>(), "data": STANDARD.encode(&instruction.data) })
    };
    instructions.iter().map(describe).collect()
}

pub fn events() -> Value {
    let contributed = Contributed { member: key(5), amount: u64::MAX, shares: u128::MAX.into(), released: 8 };
    let settled = Settled { member: key(6), paid: -7, market_index: 2 };
    json!([
        event(
            &contributed,
            json!({ "name": "Contributed", "data": {
                "member": key(5).to_string(), "amount": number(u64::MAX), "shares": number(u128::MAX),
                "released": number(8),
            }})
        ),
        event(
            &settled,
            json!({ "name": "Settled", "data": {
                "member": key(6).to_string(), "paid": number(-7), "marketIndex": number(2),
            }})
        ),
        event(
            &DefaultClosed { fund: key(7), seq: SEQ },
            json!({ "name": "DefaultClosed", "data": {
                "fund": key(7).to_string(), "seq": number(SEQ),
            }})
        ),
    ])
}

fn event<T: Discriminator + bytemuck::Pod>(event: &T, decoded: Value) -> Value {
    let bytes = [T::DISCRIMINATOR, bytemuck::bytes_of(event)].concat();
    json!({ "line": format!("Program data: {}", STANDARD.encode(bytes)), "decoded": decoded })
}
