//! What this crate generates from the IDL is what the program itself says.

use {
    bulkhead::{error::BulkheadError, events as emitted, state},
    bulkhead_client::instruction::{self as build, Bid, Deal, Founders, FundKeys, Trader},
    bulkhead_interface::{
        account::{decode, decode_owned, Account, AccountError},
        address, error,
        event::Event,
        instruction::{self, WithMarkets},
        program_id,
        set::{filter, FundSet},
        types, AccountMeta, Address, Instruction, Wire,
    },
    bytemuck::Pod,
};

fn key(byte: u8) -> Address {
    Address::new_from_array([byte; 32])
}

fn keys() -> FundKeys {
    FundKeys::new(&key(1), key(2), address::TOKEN_PROGRAM, 3)
}

/// A value of the program whose bytes differ from field to field. Each is 0 or 1, so that every
/// boolean is one.
fn pattern<T: Pod>(seed: usize) -> T {
    let bytes: Vec<u8> = (0..size_of::<T>()).map(|at| ((at * 7 + at / 5 + seed) % 3 == 1) as u8).collect();
    bytemuck::pod_read_unaligned(&bytes)
}

/// Every byte of an account of the program has its field here.
fn is_read<P: Pod, T: Account + PartialEq + std::fmt::Debug>(version_at: usize) -> (P, T) {
    let mut account: P = pattern(1);
    bytemuck::bytes_of_mut(&mut account)[version_at] = 2;
    let data = [&T::DISCRIMINATOR[..], bytemuck::bytes_of(&account)].concat();
    let read: T = decode(&data).unwrap();
    assert_eq!(read.to_bytes(), bytemuck::bytes_of(&account), "{}", T::NAME);
    assert_eq!(decode::<T>(&data[..data.len() - 1]), Err(AccountError::Kind(T::NAME)));
    assert_eq!(decode_owned::<T>(&key(9), &data), Err(AccountError::Owner(key(9))));
    let mut other = data;
    other[8 + version_at] = 7;
    assert_eq!(decode::<T>(&other), Err(AccountError::Version(7)));
    (account, read)
}

#[test]
fn accounts_are_those_of_the_program() {
    let (program, read) = is_read::<state::Fund, types::Fund>(0);
    assert_eq!((program.margin_total, program.unfunded), (read.margin_total, read.unfunded));
    assert_eq!((program.total_shares.get(), program.authority), (read.total_shares, read.authority));
    assert_eq!(program.params.notice_secs, read.params.notice_secs);
    let (program, read) = is_read::<state::Market, types::Market>(0);
    assert_eq!((program.mark.price, program.house_raw.get()), (read.mark.price, read.house_raw));
    assert_eq!(program.oracle.feed_id, read.oracle.feed_id);
    let (program, read) = is_read::<state::Member, types::Member>(0);
    assert_eq!((program.owner, program.margin), (read.owner, read.margin));
    assert_eq!((program.rewards.get(), program.default_count), (read.rewards, read.default_count));
    assert_eq!(program.positions[3].lots, read.positions[3].lots);
    is_read::<state::DefaultRecord, types::DefaultRecord>(0);
    is_read::<state::EpochRecord, types::EpochRecord>(0);
    is_read::<state::QueuedChange, types::QueuedChange>(0);
    is_read::<state::ProPrice, types::ProPrice>(0);
}

#[test]
fn a_set_sorts_the_accounts_of_one_fund() {
    let fund = keys().fund;
    let mut market: state::Market = pattern(2);
    (market.version, market.fund, market.index) = (2, fund, 5);
    let mut member: state::Member = pattern(3);
    (member.version, member.fund, member.owner) = (2, fund, key(7));
    let stranger = state::Member { fund: key(8), ..member };
    let data = |discriminator: [u8; 8], body: &[u8]| [&discriminator[..], body].concat();
    let accounts = [
        (key(20), data(types::Market::DISCRIMINATOR, bytemuck::bytes_of(&market))),
        (key(21), data(types::Member::DISCRIMINATOR, bytemuck::bytes_of(&member))),
        (key(22), data(types::Member::DISCRIMINATOR, bytemuck::bytes_of(&stranger))),
        (key(23), vec![1, 2, 3]),
    ];
    let read = |owner: Address| {
        FundSet::read(&fund, accounts.iter().map(|(address, data)| (*address, owner, data.as_slice())))
    };
    let set = read(program_id()).unwrap();
    assert_eq!((set.markets.len(), set.members.len()), (1, 1));
    assert_eq!((set.markets[&5].index, set.members[&key(21)].owner), (5, key(7)));
    assert!(!set.is_complete(), "the fund itself is not there");
    assert_eq!(read(key(1)).unwrap_err(), AccountError::Owner(key(1)));
    let (offset, bytes) = filter(&fund);
    assert_eq!(accounts[1].1[offset..offset + 32], bytes);
}

fn same(ours: Instruction, theirs: Instruction) {
    assert_eq!(ours, theirs);
    assert!(instruction::name(&ours.data).is_some());
}

/// What is needed to post a signed message of Pyth Pro.
#[test]
fn prices_of_pyth_pro_are_posted_in_the_same_way() {
    let price = address::pro_price(6, 3);
    let open = instruction::OpenProPrice { payer: key(1), price, feed: 6, channel: 3 };
    same(open.instruction(), build::open_pro_price(key(1), 6, 3));
    let instructions = Address::from_str_const("Sysvar1nstructions1111111111111111111111111");
    let message = vec![7; 250];
    let post = instruction::PostProPrice {
        payer: key(1),
        price,
        treasury: key(2),
        instructions,
        ed25519_instruction: 4,
        signature: 0,
        message: message.clone(),
    };
    let built = build::post_pro_price(key(1), (6, 3), key(2), 4, &message);
    assert_eq!(built.data[build::PRO_MESSAGE_AT.into()..], message);
    same(post.instruction(), built);
}

#[test]
fn instructions_are_those_of_the_workspace_client() {
    let keys = keys();
    let (fund, mint, token_program) = (keys.fund, keys.mint, keys.token_program);
    let (vault, wallet, tokens) = (address::vault(&fund), key(5), key(6));
    let member = address::member(&fund, &wallet);
    let market = address::market(&fund, 4);
    assert_eq!(fund, address::fund(&key(1), &mint, 3));

    let open =
        instruction::OpenMember { fund, member, owner: wallet, payer: key(9), most_bps: 5_000, markets: 3 };
    same(open.instruction(), build::open_member(&keys, wallet, key(9), 5_000, 3));
    let deposit = instruction::DepositMargin {
        fund,
        token_account: tokens,
        vault,
        mint,
        token_program,
        member,
        depositor: key(8),
        amount: 77,
    };
    same(deposit.instruction(), build::deposit_margin(&keys, &wallet, key(8), tokens, 77));
    let withdraw = instruction::WithdrawMargin {
        fund,
        token_account: tokens,
        vault,
        mint,
        token_program,
        member,
        owner: wallet,
        amount: 9,
    };
    let ours = withdraw.instruction().with_markets(&fund, &[1, 4], false);
    same(ours, build::withdraw_margin(&keys, wallet, tokens, 9, &[1, 4]));
    let novate = instruction::Novate {
        fund,
        market,
        buyer: member,
        seller: key(10),
        buyer_signer: wallet,
        seller_signer: key(11),
        lots: 12,
        price: 13,
    };
    let (buyer, seller) = (Trader { member, signer: wallet }, Trader { member: key(10), signer: key(11) });
    let ours = novate.instruction().with_markets(&fund, &[2], false);
    same(ours, build::novate(&keys, 4, buyer, seller, 12, 13, &[2]));
    let batch = instruction::NovateBatch {
        fund,
        market,
        taker: member,
        venue: wallet,
        buys: true,
        deals: vec![types::Deal { lots: 12, price: 13 }, types::Deal { lots: u64::MAX, price: 1 }],
    };
    let mut ours = batch.instruction();
    ours.accounts.extend([key(10), key(11)].map(|maker| AccountMeta::new(maker, false)));
    let deals = [(key(10), Deal { lots: 12, price: 13 }), (key(11), Deal { lots: u64::MAX, price: 1 })];
    let theirs = build::novate_batch(&keys, 4, member, true, &deals, wallet, &[2]);
    same(ours.with_markets(&fund, &[2], false), theirs);
    let take = instruction::TakeOver { fund, market, member, trader: wallet, lots: 3, limit_price: 4 };
    same(take.instruction(), build::take_over(&keys, 4, buyer, Bid { lots: 3, limit_price: 4 }, &[]));
    for keeper in [None, Some(key(12))] {
        let declare = instruction::DeclareDefault {
            fund,
            member,
            record: address::default_record(&member, 6),
            payer: wallet,
            keeper,
        };
        let ours = declare.instruction().with_markets(&fund, &[0], true);
        same(ours, build::declare_default(&keys, member, wallet, keeper, 6, &[0]));
    }
    let request = instruction::RequestWithdrawal { fund, member, owner: wallet, shares: u128::MAX - 5 };
    same(request.instruction(), build::request_withdrawal(&keys, wallet, u128::MAX - 5));
}

/// The nested arguments of governance, and the tag of an enum.
#[test]
fn governance_is_that_of_the_workspace_client() {
    let keys = keys();
    let (fund, authority) = (keys.fund, key(5));
    let params: state::FundParams = pattern(1);
    let ours: types::FundParams = Wire::read(&mut bytemuck::bytes_of(&params)).unwrap();
    let create = instruction::CreateFund {
        fund,
        mint: keys.mint,
        vault: address::vault(&fund),
        creator: key(1),
        authority,
        payer: key(6),
        token_program: keys.token_program,
        id: 3,
        guardian: key(7),
        params: ours,
    };
    let founders = Founders { creator: key(1), authority, guardian: key(7) };
    same(create.instruction(), build::create_fund(&keys, 3, founders, key(6), params));

    let mandate = state::Mandate { nonce: 8, last_valid_slot: 9 };
    let change = |change: types::ParameterChange, market: Option<u16>| {
        let queue = instruction::QueueChange {
            fund,
            record: address::queued_change(&fund, 8),
            market: market.map(|index| address::market(&fund, index)),
            authority,
            payer: authority,
            change,
            mandate: types::Mandate { nonce: 8, last_valid_slot: 9 },
        };
        queue.instruction()
    };
    let theirs = |change| build::queue_change(&keys, authority, authority, change, mandate);
    let fund_change = types::FundChange { touched: 5, values: ours };
    same(
        change(types::ParameterChange::Fund(fund_change), None),
        theirs(state::ParameterChange::Fund(state::FundChange { touched: 5, values: params })),
    );
    same(change(types::ParameterChange::Close(2, -7), Some(2)), theirs(state::ParameterChange::Close(2, -7)));
    same(
        change(types::ParameterChange::Guardian(key(3)), None),
        theirs(state::ParameterChange::Guardian(key(3))),
    );
}

#[test]
fn events_and_errors_are_those_of_the_program() {
    let event = emitted::Novated {
        buyer: key(1),
        seller: key(2),
        lots: -3,
        price: 4,
        fee: 5,
        market_index: 6,
        to_rewards: 7,
    };
    let bytes = [<emitted::Novated as anchor_lang::Discriminator>::DISCRIMINATOR, bytemuck::bytes_of(&event)]
        .concat();
    let Some(Event::Novated(read)) = Event::decode(&bytes) else { panic!("a trade") };
    assert_eq!((read.buyer, read.lots, read.price, read.market_index), (key(1), -3, 4, 6));
    assert_eq!(Event::decode(&bytes[..bytes.len() - 1]), None);
    for known in BulkheadError::ALL {
        let (name, _) = error::find(bulkhead_client::error::code(*known)).expect("every error is known");
        assert_eq!(name, format!("{known:?}"));
    }
    assert_eq!(error::find(1), None);
}
