//! Worlds many tests start from, and the bad accounts every instruction of a kind must refuse.

use bulkhead_tests::{
    address, bulkhead,
    bulkhead::{constants::VERSION, state::AdjustmentTerms},
    keypair,
    outcome::{DUPLICATE_MUTABLE_ACCOUNT, NOT_WRITABLE},
    params::UNADJUSTED,
    token, usd, usdc,
    world::Setup,
    Address, BulkheadError, Call, InstructionError, Keypair, MarketSpec, World, SOL,
};

/// One lot of the SOL market is 0.01 SOL: 2 at 200.
pub const LOTS: u64 = 1_000;

/// Alice is 1,000 lots long of SOL at 200, Bob short; 2,000 notional, initial margin 200, maintenance 100.
///
/// Alice and Bob have 1,000 margin less the fee of 0.40 (2 bps), and 100 contributed; Carol has contributed 900, Dave
/// 3,000 of the 4,100 in all. The treasury has 100.40: the treasurer's 100 and half of both fees.
pub fn traded() -> World {
    traded_with(usdc(1_000))
}

/// The same with this margin of Alice.
pub fn traded_with(margin: u64) -> World {
    let mut world = World::new();
    contributors(&mut world, margin);
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world
}

/// The same in another SOL market.
pub fn traded_in(market: MarketSpec) -> World {
    let mut world = World::with(Setup { markets: vec![market], ..Setup::default() });
    contributors(&mut world, usdc(1_000));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world
}

/// A SOL market whose positions pay a premium, and whose rates stay.
pub fn premium_of(premium_bps_per_year: u16) -> MarketSpec {
    MarketSpec::sol().adjusted(AdjustmentTerms { premium_bps_per_year, ..UNADJUSTED })
}

/// Members, contributions and treasury of [`traded`], before the trade.
pub fn contributors(world: &mut World, margin: u64) {
    world.join("alice", margin, usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(900));
    world.join("dave", usdc(1_000), usdc(3_000));
    world.give("treasurer", usdc(1_000));
    world.run(world.fund_treasury("treasurer", usdc(100)));
}

/// [`traded`] with Alice's margin at 250, and SOL at 150: she has lost 500 and is 250.40 short.
pub fn bankrupt() -> World {
    let mut world = traded_with(usdc(250));
    world.set_price(SOL, usd(150));
    world
}

/// [`bankrupt`], declared: default 0 is open, the house holds 1,000 lots.
pub fn declared() -> World {
    let mut world = bankrupt();
    world.run(world.declare_default("alice"));
    world
}

/// [`declared`], allocated: 100 from Alice's contribution, 100.40 from the treasury, 50 of 4,000 from the survivors.
pub fn allocated() -> World {
    let mut world = declared();
    world.run(world.allocate_loss("alice"));
    world
}

/// Like [`bankrupt`] with SOL at 50: Alice has lost 1,500 and is 1,250.40 short, and the survivors have only 1,000: Dave
/// none.
pub fn ruined() -> World {
    let mut world = World::new();
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(1_000), usdc(900));
    world.give("treasurer", usdc(1_000));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(50));
    world
}

/// [`ruined`], allocated: epoch 0 has ended, 50 are nobody's to pay.
pub fn wiped() -> World {
    let mut world = ruined();
    world.default_member("alice");
    world
}

/// Offset of the version byte in every account.
const VERSION_AT: usize = 8;

/// Gives an account the layout version of another release.
pub fn set_version(world: &mut World, account: Address, version: u8) {
    world.patch(account, |account| account.data[VERSION_AT] = version);
}

/// An account of the program's in another layout is refused, whatever the call is.
#[track_caller]
pub fn refuses_version(world: &mut World, account: Address, call: impl Fn(&World) -> Call) {
    let call = call(world);
    for other in [0, VERSION - 1, VERSION + 1, 255] {
        set_version(world, account, other);
        let again = Call { instructions: call.instructions.clone(), signers: keys(&call) };
        world.refuse(again, BulkheadError::WrongVersion);
    }
    set_version(world, account, VERSION);
}

/// An account in the place of one of the program's: of another owner, of another type, too short, none; and the genuine
/// one, named as read only where it is written.
#[track_caller]
pub fn refuses_impostors(world: &mut World, account: Address, call: impl Fn(&World) -> Call) {
    let genuine = world.account(&account).expect("the account exists");
    let written = call(world).is_writable(account);
    let impostor = address("impostor");

    let mut other_owner = genuine.clone();
    other_owner.owner = token::TOKEN;
    world.put(impostor, other_owner);
    world.refuse(call(world).swap(account, impostor), InstructionError::IllegalOwner);

    let mut other_type = genuine.clone();
    other_type.data[..8].copy_from_slice(&[0xee; 8]);
    world.put(impostor, other_type);
    world.refuse(call(world).swap(account, impostor), InstructionError::InvalidAccountData);

    let mut short = genuine;
    short.data.truncate(40);
    world.put(impostor, short);
    world.refuse(call(world).swap(account, impostor), InstructionError::AccountDataTooSmall);

    let absent =
        if written { InstructionError::AccountDataTooSmall } else { InstructionError::UninitializedAccount };
    world.refuse(call(world).swap(account, address("nobody")), absent);
    if written {
        world.refuse(call(world).readonly(account), NOT_WRITABLE);
    }
}

/// What every call that moves money refuses: another vault, mint or token program, a wallet that is none of the mint,
/// and a fund or vault of another fund.
#[track_caller]
pub fn refuses_bad_custody(world: &mut World, wallet: Address, call: impl Fn(&World) -> Call) {
    let (vault, mint, program) = (world.vault(), world.mint, world.token_program);
    let other_vault = world.elsewhere(|world| world.vault());
    world.refuse(call(world).swap(vault, other_vault), BulkheadError::WrongVault);
    world.refuse(call(world).swap(vault, wallet), DUPLICATE_MUTABLE_ACCOUNT);

    let other_mint = address("another mint");
    world.put(other_mint, token::mint(program, &[]));
    world.refuse(call(world).swap(mint, other_mint), BulkheadError::WrongMint);

    for other in [token::TOKEN_2022, Address::default(), bulkhead::ID] {
        world.refuse(call(world).swap(program, other), BulkheadError::WrongTokenProgram);
    }

    let foreign = address("wallet of another mint");
    let mut account = world.account(&wallet).expect("the wallet exists");
    account.data[..32].copy_from_slice(other_mint.as_ref());
    world.put(foreign, account.clone());
    world.refuse(call(world).swap(wallet, foreign), TOKEN_MINT_MISMATCH);

    account.data[..32].copy_from_slice(mint.as_ref());
    account.owner = bulkhead::ID;
    world.put(foreign, account);
    world.refuse(call(world).swap(wallet, foreign), InstructionError::ExternalAccountDataModified);

    let fund = world.here.keys.fund;
    let other_fund = world.elsewhere(|world| world.here.keys.fund);
    world.refuse(call(world).swap(fund, other_fund), BulkheadError::WrongVault);
}

/// SPL Token: the two accounts are of different mints.
pub const TOKEN_MINT_MISMATCH: u32 = 3;
/// SPL Token: not enough tokens.
pub const TOKEN_INSUFFICIENT_FUNDS: u32 = 1;
/// SPL Token: the signer is not the owner.
pub const TOKEN_OWNER_MISMATCH: u32 = 4;
/// System program: the account exists already.
pub const ACCOUNT_IN_USE: u32 = 0;

/// The member account of a name in another fund, opened on first use.
pub fn member_elsewhere(world: &mut World, name: &str) -> Address {
    world.elsewhere(|world| {
        let member = world.account_of(name);
        if world.account(&member).is_none() {
            world.open(name);
        }
        member
    })
}

/// The SOL market of another fund.
pub fn market_elsewhere(world: &mut World) -> Address {
    world.elsewhere(|world| world.here.keys.market(SOL))
}

/// Refuses anybody else's signature where the account named signs: not signed at all, and signed by a stranger.
#[track_caller]
pub fn refuses_strangers(
    world: &mut World,
    signer: Address,
    error: BulkheadError,
    call: impl Fn(&World) -> Call,
) {
    world.refuse(call(world).unsigned(signer), InstructionError::MissingRequiredSignature);
    world.refuse(call(world).signed_by(signer, keypair("stranger")), error);
}

fn keys(call: &Call) -> Vec<Keypair> {
    call.signers.iter().map(|key| key.insecure_clone()).collect()
}
