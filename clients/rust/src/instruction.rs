//! One builder per instruction; addresses that follow from others are derived here.

use {
    crate::{
        address,
        program::{program_id, LOCAL_PROGRAM_ID},
    },
    anchor_lang::{programs::System, Address, Discriminator, Id, InstructionData, ToAccountMetas},
    bulkhead::{
        accounts,
        constants::{PRO_CONTRACT, PRO_STORAGE},
        instruction as data,
        instructions::shared::custody::__client_accounts_custody::Custody,
        state::*,
    },
    solana_instruction::{AccountMeta, Instruction},
};

pub use bulkhead::rules::positions::{Bid, Deal};

/// Discriminator and name of every instruction, from the IDL.
const NAMES: &[(&[u8], &str)] = include!(concat!(env!("OUT_DIR"), "/instruction_names.rs"));

/// Returns the name of the instruction with this data; none for data of other programs.
pub fn name(data: &[u8]) -> Option<&'static str> {
    NAMES.iter().find(|(discriminator, _)| data.starts_with(discriminator)).map(|(_, name)| *name)
}

/// A fund and the accounts that its money moves through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundKeys {
    /// The fund.
    pub fund: Address,
    /// Its settlement mint.
    pub mint: Address,
    /// The program that owns the mint.
    pub token_program: Address,
}

impl FundKeys {
    /// The keys of the fund with this number that `creator` has created for a mint.
    pub fn new(creator: &Address, mint: Address, token_program: Address, id: u16) -> Self {
        Self { fund: address::fund(creator, &mint, id), mint, token_program }
    }

    fn custody(&self, token_account: Address) -> Custody {
        Custody {
            fund: self.fund,
            token_account,
            vault: address::vault(&self.fund),
            mint: self.mint,
            token_program: self.token_program,
        }
    }

    /// The member account of a wallet in this fund.
    pub fn member(&self, owner: &Address) -> Address {
        address::member(&self.fund, owner)
    }

    /// A cover of this fund.
    pub fn cover(&self, index: u16) -> Address {
        address::cover(&self.fund, index)
    }

    /// A market of this fund.
    pub fn market(&self, index: u16) -> Address {
        address::market(&self.fund, index)
    }
}

fn build(accounts: impl ToAccountMetas, data: impl InstructionData) -> Instruction {
    let mut accounts = accounts.to_account_metas(None);
    // An optional account that is not given is the program itself, which those structs know by its
    // address on local networks.
    for meta in accounts.iter_mut().filter(|meta| meta.pubkey == LOCAL_PROGRAM_ID) {
        meta.pubkey = program_id();
    }
    Instruction { program_id: program_id(), accounts, data: data.data() }
}

fn with_markets(
    mut instruction: Instruction,
    keys: &FundKeys,
    markets: &[u16],
    writable: bool,
) -> Instruction {
    instruction.accounts.extend(markets.iter().map(|index| AccountMeta {
        pubkey: keys.market(*index),
        is_signer: false,
        is_writable: writable,
    }));
    instruction
}

/// The keys of a new fund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Founders {
    /// Signs, and is a part of the fund's address.
    pub creator: Address,
    /// Signs, and sets parameters from then on.
    pub authority: Address,
    /// Can pause and veto from then on.
    pub guardian: Address,
}

/// Creates a fund and its vault; `keys` are those of the creator.
pub fn create_fund(
    keys: &FundKeys,
    id: u16,
    Founders { creator, authority, guardian }: Founders,
    payer: Address,
    params: FundParams,
) -> Instruction {
    let accounts = accounts::CreateFund {
        fund: keys.fund,
        mint: keys.mint,
        vault: address::vault(&keys.fund),
        creator,
        authority,
        payer,
        token_program: keys.token_program,
        system_program: System::id(),
    };
    build(accounts, data::CreateFund { id, guardian, params })
}

/// Adds a market to an empty fund.
pub fn create_market(
    keys: &FundKeys,
    index: u16,
    authority: Address,
    payer: Address,
    params: MarketParams,
    mandate: Mandate,
) -> Instruction {
    let accounts = accounts::CreateMarket {
        fund: keys.fund,
        market: keys.market(index),
        authority,
        payer,
        system_program: System::id(),
    };
    build(accounts, data::CreateMarket { index, params, mandate })
}

/// Opens the market of change `number`; `record_payer` has paid for its record.
pub fn open_market(
    keys: &FundKeys,
    index: u16,
    number: u64,
    authority: Address,
    payer: Address,
    record_payer: Address,
    mandate: Mandate,
) -> Instruction {
    let accounts = accounts::OpenMarket {
        fund: keys.fund,
        record: address::queued_change(&keys.fund, number),
        market: keys.market(index),
        authority,
        payer,
        record_payer,
        system_program: System::id(),
    };
    build(accounts, data::OpenMarket { index, mandate })
}

/// Pauses parts of a fund, in `last_valid_slot` at the latest.
pub fn pause(keys: &FundKeys, guardian: Address, bits: u8, secs: i64, last_valid_slot: u64) -> Instruction {
    build(accounts::Pause { fund: keys.fund, guardian }, data::Pause { bits, secs, last_valid_slot })
}

/// Ends pauses, in an hour.
pub fn end_pause(keys: &FundKeys, authority: Address, bits: u8, mandate: Mandate) -> Instruction {
    build(accounts::EndPause { fund: keys.fund, authority }, data::EndPause { bits, mandate })
}

/// Pays into the treasury.
pub fn fund_treasury(keys: &FundKeys, funder: Address, token_account: Address, amount: u64) -> Instruction {
    build(
        accounts::FundTreasury { custody: keys.custody(token_account), funder },
        data::FundTreasury { amount },
    )
}

/// Asks money back from the treasury, to be paid to a token account.
pub fn request_treasury(
    keys: &FundKeys,
    authority: Address,
    token_account: Address,
    amount: u64,
    mandate: Mandate,
) -> Instruction {
    let accounts = accounts::RequestTreasury { fund: keys.fund, token_account, authority };
    build(accounts, data::RequestTreasury { amount, mandate })
}

/// Takes a request of treasury back.
pub fn cancel_treasury(keys: &FundKeys, authority: Address, mandate: Mandate) -> Instruction {
    build(accounts::CancelTreasury { fund: keys.fund, authority }, data::CancelTreasury { mandate })
}

/// Commits to a request of treasury, or pays it to the token account that it names; `waived` are the
/// markets of waived houses.
pub fn claim_treasury(
    keys: &FundKeys,
    authority: Address,
    token_account: Address,
    waived: &[u16],
) -> Instruction {
    let accounts = accounts::ClaimTreasury { custody: keys.custody(token_account), authority };
    with_markets(build(accounts, data::ClaimTreasury {}), keys, waived, false)
}

/// Gives money to those who have borne losses.
pub fn give_recovery(keys: &FundKeys, giver: Address, token_account: Address, amount: u64) -> Instruction {
    build(
        accounts::GiveRecovery { custody: keys.custody(token_account), giver },
        data::GiveRecovery { amount },
    )
}

/// Announces a change; its number is the mandate's nonce.
pub fn queue_change(
    keys: &FundKeys,
    authority: Address,
    payer: Address,
    change: ParameterChange,
    mandate: Mandate,
) -> Instruction {
    let accounts = accounts::QueueChange {
        fund: keys.fund,
        record: address::queued_change(&keys.fund, mandate.nonce),
        market: change.market().map(|index| keys.market(index)),
        authority,
        payer,
        system_program: System::id(),
    };
    build(accounts, data::QueueChange { change, mandate })
}

/// Reads the change that the data of a `queue_change` announces; none from other data.
pub fn announced_change(bytes: &[u8]) -> Option<ParameterChange> {
    let arguments = bytes.strip_prefix(data::QueueChange::DISCRIMINATOR)?;
    let read = anchor_lang::wincode::config::deserialize(arguments, anchor_lang::BORSH_CONFIG);
    read.ok().map(|(change, _): (ParameterChange, Mandate)| change)
}

/// Puts change `number` in force; `market` is the one it is of, `payer` who paid for its record.
pub fn apply_change(
    keys: &FundKeys,
    authority: Address,
    payer: Address,
    number: u64,
    market: Option<u16>,
    mandate: Mandate,
) -> Instruction {
    let accounts = accounts::ApplyChange {
        fund: keys.fund,
        record: address::queued_change(&keys.fund, number),
        market: market.map(|index| keys.market(index)),
        authority,
        payer,
    };
    build(accounts, data::ApplyChange { mandate })
}

/// Stops change `number`.
pub fn veto_change(
    keys: &FundKeys,
    guardian: Address,
    payer: Address,
    number: u64,
    last_valid_slot: u64,
) -> Instruction {
    let record = address::queued_change(&keys.fund, number);
    let accounts = accounts::VetoChange { fund: keys.fund, record, guardian, payer };
    build(accounts, data::VetoChange { last_valid_slot })
}

/// Offers the authority; the zero address takes an offer back.
pub fn transfer_authority(keys: &FundKeys, authority: Address, to: Address, mandate: Mandate) -> Instruction {
    build(accounts::TransferAuthority { fund: keys.fund, authority }, data::TransferAuthority { to, mandate })
}

/// Takes the authority that was offered.
pub fn accept_authority(keys: &FundKeys, authority: Address, mandate: Mandate) -> Instruction {
    build(accounts::AcceptAuthority { fund: keys.fund, authority }, data::AcceptAuthority { mandate })
}

/// Opens a wallet's member account, which agrees to a cap of assessments of at most `most_bps` and to
/// at most so many markets.
pub fn open_member(
    keys: &FundKeys,
    owner: Address,
    payer: Address,
    most_bps: u16,
    markets: u16,
) -> Instruction {
    let accounts = accounts::OpenMember {
        fund: keys.fund,
        member: keys.member(&owner),
        owner,
        payer,
        system_program: System::id(),
    };
    build(accounts, data::OpenMember { most_bps, markets })
}

/// Closes an empty member account.
pub fn close_member(keys: &FundKeys, owner: Address) -> Instruction {
    build(accounts::CloseMember { fund: keys.fund, member: keys.member(&owner), owner }, data::CloseMember {})
}

/// Lets another key trade; the zero address means nobody.
pub fn set_delegate(keys: &FundKeys, owner: Address, delegate: Address, daily_budget: u64) -> Instruction {
    let accounts = accounts::SetDelegate { fund: keys.fund, member: keys.member(&owner), owner };
    build(accounts, data::SetDelegate { delegate, daily_budget })
}

/// Pays margin in, for any member.
pub fn deposit_margin(
    keys: &FundKeys,
    owner: &Address,
    depositor: Address,
    token_account: Address,
    amount: u64,
) -> Instruction {
    let accounts = accounts::DepositMargin {
        custody: keys.custody(token_account),
        member: keys.member(owner),
        depositor,
    };
    build(accounts, data::DepositMargin { amount })
}

/// Pays margin out; `markets` are those the member holds.
pub fn withdraw_margin(
    keys: &FundKeys,
    owner: Address,
    token_account: Address,
    amount: u64,
    markets: &[u16],
) -> Instruction {
    let accounts =
        accounts::WithdrawMargin { custody: keys.custody(token_account), member: keys.member(&owner), owner };
    with_markets(build(accounts, data::WithdrawMargin { amount }), keys, markets, false)
}

/// Buys shares of the default fund.
pub fn contribute(keys: &FundKeys, owner: Address, token_account: Address, amount: u64) -> Instruction {
    let accounts =
        accounts::Contribute { custody: keys.custody(token_account), member: keys.member(&owner), owner };
    build(accounts, data::Contribute { amount })
}

/// Asks for shares back.
pub fn request_withdrawal(keys: &FundKeys, owner: Address, shares: u128) -> Instruction {
    let accounts = accounts::RequestWithdrawal { fund: keys.fund, member: keys.member(&owner), owner };
    build(accounts, data::RequestWithdrawal { shares })
}

/// Takes a request back.
pub fn cancel_withdrawal(keys: &FundKeys, owner: Address) -> Instruction {
    let accounts = accounts::CancelWithdrawal { fund: keys.fund, member: keys.member(&owner), owner };
    build(accounts, data::CancelWithdrawal {})
}

/// Commits to an exit, or pays it; `markets` are those the member holds, and those of waived houses.
pub fn claim_withdrawal(
    keys: &FundKeys,
    owner: Address,
    token_account: Address,
    markets: &[u16],
) -> Instruction {
    let accounts = accounts::ClaimWithdrawal {
        custody: keys.custody(token_account),
        member: keys.member(&owner),
        owner,
    };
    with_markets(build(accounts, data::ClaimWithdrawal {}), keys, markets, false)
}

/// Pays rewards out.
pub fn claim_rewards(keys: &FundKeys, owner: Address, token_account: Address) -> Instruction {
    let accounts =
        accounts::ClaimRewards { custody: keys.custody(token_account), member: keys.member(&owner), owner };
    build(accounts, data::ClaimRewards {})
}

/// Pays out what has come back of losses borne.
pub fn claim_recovery(keys: &FundKeys, owner: Address, token_account: Address) -> Instruction {
    let accounts =
        accounts::ClaimRecovery { custody: keys.custody(token_account), member: keys.member(&owner), owner };
    build(accounts, data::ClaimRecovery {})
}

/// Gives up what has not come back.
pub fn waive_recovery(keys: &FundKeys, owner: Address) -> Instruction {
    let accounts = accounts::WaiveRecovery { fund: keys.fund, member: keys.member(&owner), owner };
    build(accounts, data::WaiveRecovery {})
}

/// Agrees to the cap of assessments in force, if it is at most `most_bps`.
pub fn agree_assessment(keys: &FundKeys, owner: Address, most_bps: u16) -> Instruction {
    let accounts = accounts::AgreeAssessment { fund: keys.fund, member: keys.member(&owner), owner };
    build(accounts, data::AgreeAssessment { most_bps })
}

/// Pays back what others have paid in a default.
pub fn repay_default(
    keys: &FundKeys,
    record: Address,
    payer: Address,
    token_account: Address,
    amount: u64,
) -> Instruction {
    build(
        accounts::RepayDefault { custody: keys.custody(token_account), record, payer },
        data::RepayDefault { amount },
    )
}

/// One side of a trade: whose account, and who signs for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trader {
    /// The member account.
    pub member: Address,
    /// Owner or delegate.
    pub signer: Address,
}

/// A trade; `others` are the other markets either side holds.
pub fn novate(
    keys: &FundKeys,
    market: u16,
    buyer: Trader,
    seller: Trader,
    lots: u64,
    price: u64,
    others: &[u16],
) -> Instruction {
    let accounts = accounts::Novate {
        fund: keys.fund,
        market: keys.market(market),
        buyer: buyer.member,
        seller: seller.member,
        buyer_signer: buyer.signer,
        seller_signer: seller.signer,
    };
    with_markets(build(accounts, data::Novate { lots, price }), keys, others, false)
}

/// Trades of one member with several makers, in this order, which `venue` signs for all of them as their
/// delegate or owner. The taker `buys`, or sells; `others` are the other markets that any of them holds.
pub fn novate_batch(
    keys: &FundKeys,
    market: u16,
    taker: Address,
    buys: bool,
    trades: &[(Address, Deal)],
    venue: Address,
    others: &[u16],
) -> Instruction {
    let accounts = accounts::NovateBatch { fund: keys.fund, market: keys.market(market), taker, venue };
    let deals = trades.iter().map(|(_, deal)| *deal).collect();
    let mut call = build(accounts, data::NovateBatch { buys, deals });
    call.accounts.extend(trades.iter().map(|(maker, _)| AccountMeta::new(*maker, false)));
    with_markets(call, keys, others, false)
}

/// Buys from the house; `others` are the other markets the taker holds.
pub fn take_over(keys: &FundKeys, market: u16, taker: Trader, bid: Bid, others: &[u16]) -> Instruction {
    let Bid { lots, limit_price } = bid;
    let accounts = accounts::TakeOver {
        fund: keys.fund,
        market: keys.market(market),
        member: taker.member,
        trader: taker.signer,
    };
    with_markets(build(accounts, data::TakeOver { lots, limit_price }), keys, others, false)
}

/// Offers lots to whoever comes, at a number that no other offer of the maker has.
pub fn post_offer(
    keys: &FundKeys,
    market: u16,
    maker: Trader,
    number: u64,
    terms: OfferTerms,
) -> Instruction {
    let accounts = accounts::PostOffer {
        fund: keys.fund,
        market: keys.market(market),
        maker: maker.member,
        offer: address::offer(&maker.member, number),
        trader: maker.signer,
        system_program: System::id(),
    };
    build(accounts, data::PostOffer { number, terms })
}

/// Takes an offer back; `rent_to` is the key that has posted it.
pub fn cancel_offer(offer: Address, rent_to: Address, signer: Address) -> Instruction {
    build(accounts::CancelOffer { offer, rent_to, signer }, data::CancelOffer {})
}

/// An offer, the member that has posted it, and the one that takes it or has taken it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferKeys {
    /// The offer.
    pub offer: Address,
    /// The member account that has posted it.
    pub maker: Address,
    /// The member account of the taker.
    pub taker: Address,
}

/// Takes lots of an offer, signed as the taker receives them; `signer` is its owner or delegate,
/// `others` are the other markets either side holds.
pub fn take_offer(
    keys: &FundKeys,
    market: u16,
    OfferKeys { offer, maker, taker }: OfferKeys,
    signer: Address,
    lots: i64,
    limit_price: u64,
    others: &[u16],
) -> Instruction {
    let accounts = accounts::TakeOffer {
        fund: keys.fund,
        market: keys.market(market),
        offer,
        maker,
        taker,
        trader: signer,
    };
    with_markets(build(accounts, data::TakeOffer { lots, limit_price }), keys, others, false)
}

/// Fills a taken offer from the oracle's account `price`; `rent_to` is the key that has posted it,
/// `others` are the other markets either side holds.
pub fn fill_offer(
    keys: &FundKeys,
    market: u16,
    OfferKeys { offer, maker, taker }: OfferKeys,
    price: Address,
    rent_to: Address,
    others: &[u16],
) -> Instruction {
    let accounts = accounts::FillOffer {
        fund: keys.fund,
        market: keys.market(market),
        offer,
        maker,
        taker,
        price,
        rent_to,
    };
    with_markets(build(accounts, data::FillOffer {}), keys, others, false)
}

/// Ends a taking that was not filled in time.
pub fn lapse_taking(OfferKeys { offer, maker, taker }: OfferKeys) -> Instruction {
    build(accounts::LapseTaking { offer, maker, taker }, data::LapseTaking {})
}

/// Takes the oracle's price into the mark.
pub fn crank_market(keys: &FundKeys, market: u16, price: Address) -> Instruction {
    let accounts = accounts::CrankMarket { fund: keys.fund, market: keys.market(market), price };
    build(accounts, data::CrankMarket {})
}

/// Creates the account of a feed of Pyth Pro on one of its channels.
pub fn open_pro_price(payer: Address, feed: u32, channel: u8) -> Instruction {
    let price = address::pro_price(feed, channel);
    let accounts = accounts::OpenProPrice { payer, price, system_program: System::id() };
    build(accounts, data::OpenProPrice { feed, channel })
}

/// Where a signed message lies in the data of [`post_pro_price`]: behind the instruction's number, those
/// of the signature, and the message's length.
pub const PRO_MESSAGE_AT: u16 = 8;

/// Posts a signed message of Pyth Pro to the account of one of its feeds; `treasury` is the one that the
/// contract's storage names. The instruction of the signature program that checks the message is the
/// transaction's number `ed25519_instruction`, and comes before this one.
pub fn post_pro_price(
    payer: Address,
    (feed, channel): (u32, u8),
    treasury: Address,
    ed25519_instruction: u16,
    message: &[u8],
) -> Instruction {
    let accounts = accounts::PostProPrice {
        payer,
        price: address::pro_price(feed, channel),
        contract: PRO_CONTRACT,
        storage: PRO_STORAGE,
        treasury,
        system_program: System::id(),
        instructions: Address::from_str_const("Sysvar1nstructions1111111111111111111111111"),
    };
    build(accounts, data::PostProPrice { ed25519_instruction, signature: 0, message: message.to_vec() })
}

/// Turns profit and loss of one position into cash. `trader` is the member's owner or delegate, if it settles for itself;
/// `others` are the other markets the member holds, which a loss that others settle needs.
pub fn settle(
    keys: &FundKeys,
    market: u16,
    member: Address,
    trader: Option<Address>,
    others: &[u16],
) -> Instruction {
    let accounts = accounts::Settle { fund: keys.fund, market: keys.market(market), member, trader };
    with_markets(build(accounts, data::Settle {}), keys, others, false)
}

/// Takes lots from a member below maintenance; `others` are the other markets either side holds.
pub fn liquidate(
    keys: &FundKeys,
    market: u16,
    target: Address,
    liquidator: Trader,
    bid: Bid,
    others: &[u16],
) -> Instruction {
    let Bid { lots, limit_price } = bid;
    let accounts = accounts::Liquidate {
        fund: keys.fund,
        market: keys.market(market),
        target,
        liquidator: liquidator.member,
        trader: liquidator.signer,
    };
    with_markets(build(accounts, data::Liquidate { lots, limit_price }), keys, others, false)
}

/// Declares a default; `count` is the member's `default_count`, `markets` are those it holds,
/// `keeper` is the member account that gets the bounty.
pub fn declare_default(
    keys: &FundKeys,
    member: Address,
    payer: Address,
    keeper: Option<Address>,
    count: u64,
    markets: &[u16],
) -> Instruction {
    let accounts = accounts::DeclareDefault {
        fund: keys.fund,
        member,
        record: address::default_record(&member, count),
        payer,
        system_program: System::id(),
        keeper,
    };
    with_markets(build(accounts, data::DeclareDefault {}), keys, markets, true)
}

/// Blocks exits because a member owes more than it has; `markets` are those it holds.
pub fn open_watch(keys: &FundKeys, member: Address, markets: &[u16]) -> Instruction {
    with_markets(
        build(accounts::OpenWatch { fund: keys.fund, member }, data::OpenWatch {}),
        keys,
        markets,
        false,
    )
}

/// Ends the watch on a member; `markets` are those it holds.
pub fn end_watch(keys: &FundKeys, member: Address, markets: &[u16]) -> Instruction {
    with_markets(
        build(accounts::EndWatch { fund: keys.fund, member }, data::EndWatch {}),
        keys,
        markets,
        false,
    )
}

/// Looks whether the house of a market blocks exits.
pub fn book_house(keys: &FundKeys, market: u16) -> Instruction {
    build(accounts::BookHouse { fund: keys.fund, market: keys.market(market) }, data::BookHouse {})
}

/// Runs the waterfall for a record; `epoch` is the fund's `share_epoch`, `keeper` the member account
/// that gets the bounty.
pub fn allocate_loss(
    keys: &FundKeys,
    record: Address,
    payer: Address,
    keeper: Option<Address>,
    epoch: u64,
) -> Instruction {
    let accounts = accounts::AllocateLoss {
        fund: keys.fund,
        record,
        epoch_record: address::epoch_record(&keys.fund, epoch),
        payer,
        system_program: System::id(),
        keeper,
    };
    build(accounts, data::AllocateLoss {})
}

/// Runs layers 3 to 5 for losses no open default owns; `epoch` is the fund's `share_epoch`.
pub fn allocate_residual(keys: &FundKeys, payer: Address, epoch: u64) -> Instruction {
    let accounts = accounts::AllocateResidual {
        fund: keys.fund,
        epoch_record: address::epoch_record(&keys.fund, epoch),
        payer,
        system_program: System::id(),
    };
    build(accounts, data::AllocateResidual {})
}

/// Takes a member out of an ended epoch, its own `share_epoch`.
pub fn settle_epoch(keys: &FundKeys, member: Address, epoch: u64) -> Instruction {
    let accounts = accounts::SettleEpoch {
        fund: keys.fund,
        member,
        epoch_record: address::epoch_record(&keys.fund, epoch),
    };
    build(accounts, data::SettleEpoch {})
}

/// Closes the record of an old default; the rent goes to its payer.
pub fn close_default(keys: &FundKeys, record: Address, payer: Address) -> Instruction {
    build(accounts::CloseDefault { fund: keys.fund, record, payer }, data::CloseDefault {})
}

/// Collects an assessment or a contribution call; `markets` are those the member holds.
pub fn enforce_call(keys: &FundKeys, member: Address, markets: &[u16]) -> Instruction {
    let accounts = accounts::EnforceCall { fund: keys.fund, member };
    with_markets(build(accounts, data::EnforceCall {}), keys, markets, false)
}

/// Turns a market's premiums into cash.
pub fn collect_premium(keys: &FundKeys, market: u16) -> Instruction {
    build(accounts::CollectPremium { fund: keys.fund, market: keys.market(market) }, data::CollectPremium {})
}

/// Looks at what a member endangers; `markets` are those it holds.
pub fn report_exposure(keys: &FundKeys, member: Address, markets: &[u16]) -> Instruction {
    let accounts = accounts::ReportExposure { fund: keys.fund, member };
    with_markets(build(accounts, data::ReportExposure {}), keys, markets, false)
}

/// Gives back what the cushion of a record has left; `member` is the defaulter.
pub fn release_cushion(keys: &FundKeys, member: Address, record: Address) -> Instruction {
    build(accounts::ReleaseCushion { fund: keys.fund, member, record }, data::ReleaseCushion {})
}

/// Books what one whole side of a market could cost.
pub fn book_crowding(keys: &FundKeys, market: u16) -> Instruction {
    build(accounts::BookCrowding { fund: keys.fund, market: keys.market(market) }, data::BookCrowding {})
}

/// Calls a member for its stress loss, or ends the call; `markets` are those it holds.
pub fn call_stress(keys: &FundKeys, member: Address, markets: &[u16]) -> Instruction {
    let accounts = accounts::CallStress { fund: keys.fund, member };
    with_markets(build(accounts, data::CallStress {}), keys, markets, false)
}

/// Takes lots of a member whose stress call is due; `others` are the other markets either side
/// holds.
pub fn sell_excess(
    keys: &FundKeys,
    market: u16,
    target: Address,
    taker: Trader,
    bid: Bid,
    others: &[u16],
) -> Instruction {
    let accounts = accounts::SellExcess {
        fund: keys.fund,
        market: keys.market(market),
        target,
        taker: taker.member,
        trader: taker.signer,
    };
    with_markets(
        build(accounts, data::SellExcess { lots: bid.lots, limit_price: bid.limit_price }),
        keys,
        others,
        false,
    )
}

/// Opens layer 6: members register their gains; `waived` are the markets of waived houses.
pub fn open_gains_cut(keys: &FundKeys, waived: &[u16]) -> Instruction {
    let accounts = accounts::OpenGainsCut { fund: keys.fund };
    with_markets(build(accounts, data::OpenGainsCut {}), keys, waived, false)
}

/// Registers a member's net gain as a claim; `markets` are those it holds.
pub fn register_gains(keys: &FundKeys, member: Address, markets: &[u16]) -> Instruction {
    let accounts = accounts::RegisterGains { fund: keys.fund, member };
    with_markets(build(accounts, data::RegisterGains {}), keys, markets, true)
}

/// Cuts the registered gains by the loss that no layer has paid, or starts the wind-down.
pub fn cut_gains(keys: &FundKeys) -> Instruction {
    build(accounts::CutGains { fund: keys.fund }, data::CutGains {})
}

/// Pays a member's claim to a registered gain.
pub fn pay_claim(keys: &FundKeys, member: Address) -> Instruction {
    build(accounts::PayClaim { fund: keys.fund, member }, data::PayClaim {})
}

/// Announces the end of a market whose feed is dead.
pub fn close_market(keys: &FundKeys, market: u16) -> Instruction {
    build(accounts::CloseMarket { fund: keys.fund, market: keys.market(market) }, data::CloseMarket {})
}

/// Makes the mark of a market final whose end has come.
pub fn fix_final_mark(keys: &FundKeys, market: u16) -> Instruction {
    build(accounts::FixFinalMark { fund: keys.fund, market: keys.market(market) }, data::FixFinalMark {})
}

/// Closes a member's positions at the final marks; `markets` are those it holds.
pub fn close_out(keys: &FundKeys, member: Address, markets: &[u16]) -> Instruction {
    let accounts = accounts::CloseOut { fund: keys.fund, member };
    with_markets(build(accounts, data::CloseOut {}), keys, markets, true)
}

/// Pays a claim on a closed fund.
pub fn pay_out(keys: &FundKeys, member: Address) -> Instruction {
    build(accounts::PayOut { fund: keys.fund, member }, data::PayOut {})
}

/// Opens the cover of change `number` as the next one of the fund; `record_payer` paid for the record.
pub fn open_cover(
    keys: &FundKeys,
    index: u16,
    number: u64,
    authority: Address,
    payer: Address,
    record_payer: Address,
    mandate: Mandate,
) -> Instruction {
    let accounts = accounts::OpenCover {
        fund: keys.fund,
        record: address::queued_change(&keys.fund, number),
        cover: keys.cover(index),
        authority,
        payer,
        record_payer,
        system_program: System::id(),
    };
    build(accounts, data::OpenCover { index, mandate })
}

/// Raises or resumes a cover as change `number` says; `record_payer` paid for the record.
pub fn amend_cover(
    keys: &FundKeys,
    index: u16,
    number: u64,
    authority: Address,
    record_payer: Address,
    mandate: Mandate,
) -> Instruction {
    let record = address::queued_change(&keys.fund, number);
    let accounts =
        accounts::AmendCover { fund: keys.fund, record, cover: keys.cover(index), authority, record_payer };
    build(accounts, data::AmendCover { mandate })
}

/// Suspends a cover, in `last_valid_slot` at the latest; guardian or authority signs.
pub fn suspend_cover(keys: &FundKeys, index: u16, guardian: Address, last_valid_slot: u64) -> Instruction {
    let accounts = accounts::SuspendCover { fund: keys.fund, cover: keys.cover(index), guardian };
    build(accounts, data::SuspendCover { last_valid_slot })
}

/// Pays into a purse of a cover.
pub fn fund_cover(
    keys: &FundKeys,
    index: u16,
    giver: Address,
    token_account: Address,
    amount: u64,
    purse: CoverPurse,
) -> Instruction {
    let custody = keys.custody(token_account);
    let accounts = accounts::FundCover { custody, cover: keys.cover(index), giver };
    build(accounts, data::FundCover { amount, purse: purse as u8 })
}

/// Earns the premium of a cover.
pub fn accrue_cover(keys: &FundKeys, index: u16) -> Instruction {
    let accounts = accounts::AccrueCover { fund: keys.fund, cover: keys.cover(index) };
    build(accounts, data::AccrueCover {})
}

/// Holds exits for a cover.
pub fn hold_cover(keys: &FundKeys, index: u16, drawer: Address, secs: u32) -> Instruction {
    let accounts = accounts::HoldCover { fund: keys.fund, cover: keys.cover(index), drawer };
    build(accounts, data::HoldCover { secs })
}

/// Books a loss; a venue names its market.
pub fn draw_cover(
    keys: &FundKeys,
    index: u16,
    drawer: Address,
    market: Option<u16>,
    amount: u64,
) -> Instruction {
    let market = market.map(|index| keys.market(index));
    let accounts = accounts::DrawCover { fund: keys.fund, cover: keys.cover(index), drawer, market };
    build(accounts, data::DrawCover { amount })
}

/// Pays what a cover is owed; `waived` are the markets of waived houses.
pub fn settle_cover(keys: &FundKeys, index: u16, waived: &[u16]) -> Instruction {
    let accounts = accounts::SettleCover { fund: keys.fund, cover: keys.cover(index) };
    with_markets(build(accounts, data::SettleCover {}), keys, waived, false)
}

/// Sends what is payable to a cover's destination, or what it has left to a token account of its
/// beneficiary.
pub fn collect_cover(keys: &FundKeys, index: u16, token_account: Address) -> Instruction {
    let custody = keys.custody(token_account);
    build(accounts::CollectCover { custody, cover: keys.cover(index) }, data::CollectCover {})
}

/// Gives back what a cover was paid.
pub fn return_cover(
    keys: &FundKeys,
    index: u16,
    giver: Address,
    token_account: Address,
    amount: u64,
) -> Instruction {
    let custody = keys.custody(token_account);
    let accounts = accounts::ReturnCover { custody, cover: keys.cover(index), giver };
    build(accounts, data::ReturnCover { amount })
}

/// Ends a cover.
pub fn end_cover(keys: &FundKeys, index: u16) -> Instruction {
    build(accounts::EndCover { fund: keys.fund, cover: keys.cover(index) }, data::EndCover {})
}

/// Holds exits because the market of a venue has fallen.
pub fn show_gap(keys: &FundKeys, index: u16, market: u16) -> Instruction {
    let (cover, market) = (keys.cover(index), keys.market(market));
    build(accounts::ShowGap { fund: keys.fund, cover, market }, data::ShowGap {})
}
