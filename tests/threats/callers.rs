//! Programs in the middle: members that programs own, and what a program may do with the signatures it is lent.

use {
    crate::{common::*, impostors::funded, impostors::money_calls},
    anchor_lang::Discriminator,
    bulkhead::state::{Fund, Member},
    bulkhead_client::{
        account::decode,
        instruction::{self, Trader},
    },
    bulkhead_tests::{
        address, bulkhead, contribution,
        outcome::NOT_WRITABLE,
        params::{DAY, FUND},
        token, usd, usdc, AccountMeta, Address, BulkheadError, Call, Caller, FundKeys, Instruction,
        InstructionError, MintKind, Refusal, Signer, World, SOL,
    },
    bytemuck::bytes_of,
};

/// SPL Token: not enough tokens.
const INSUFFICIENT_FUNDS: u32 = 1;

/// What a program's wallet holds at first.
const MONEY: u64 = usdc(10_000);

/// The other party in most of it, a wallet.
const ANN: &str = "ann";

const LOTS: u64 = 1_000;

/// A member that a program owns, as a vault or a multisig does: its PDA signs, and no key can.
struct Vault {
    keys: FundKeys,
    owner: Address,
    wallet: Address,
}

impl Vault {
    /// With a full wallet and no member account yet.
    fn new(world: &mut World) -> Self {
        let (owner, wallet) = (Caller::default().pda, address("vault wallet"));
        world.put(wallet, token::wallet(world.token_program, &world.mint, &owner, MONEY));
        Self { keys: world.here.keys, owner, wallet }
    }

    /// With a member account, this margin and the least contribution.
    fn joined(world: &mut World, margin: u64) -> Self {
        let vault = Self::new(world);
        let join = vault.open(world).then(vault.contribute(FUND.min_contribution));
        world.run(join.by_cpi());
        if margin > 0 {
            world.run(vault.deposit(margin).by_cpi());
        }
        vault
    }

    fn account(&self) -> Address {
        self.keys.member(&self.owner)
    }

    fn member(&self, world: &World) -> Member {
        decode(&world.account(&self.account()).expect("it is open").data).expect("a member")
    }

    fn trader(&self) -> Trader {
        Trader { member: self.account(), signer: self.owner }
    }

    /// All that is its own: in its wallet, and in the fund.
    fn wealth(&self, world: &World) -> u64 {
        let member = self.member(world);
        world.balance(&self.wallet)
            + member.margin
            + contribution(&world.fund(), &member).expect("shares have a value")
    }

    fn open(&self, world: &World) -> Call {
        call(instruction::open_member(&self.keys, self.owner, world.payer.pubkey(), u16::MAX, u16::MAX))
    }

    fn deposit(&self, amount: u64) -> Call {
        call(instruction::deposit_margin(&self.keys, &self.owner, self.owner, self.wallet, amount))
    }

    fn contribute(&self, amount: u64) -> Call {
        call(instruction::contribute(&self.keys, self.owner, self.wallet, amount))
    }

    fn buy(&self, world: &World, seller: &str, lots: u64, price: u64) -> Call {
        let instruction =
            instruction::novate(&self.keys, SOL, self.trader(), trader(world, seller), lots, price, &[]);
        Call::new(instruction, [world.owner_of(seller)])
    }

    fn sell(&self, world: &World, buyer: &str, lots: u64, price: u64) -> Call {
        let instruction =
            instruction::novate(&self.keys, SOL, trader(world, buyer), self.trader(), lots, price, &[]);
        Call::new(instruction, [world.owner_of(buyer)])
    }

    fn settle(&self) -> Call {
        call(instruction::settle(&self.keys, SOL, self.account(), None, &[]))
    }

    fn withdraw(&self, amount: u64, held: &[u16]) -> Call {
        call(instruction::withdraw_margin(&self.keys, self.owner, self.wallet, amount, held))
    }

    fn request(&self, shares: u128) -> Call {
        call(instruction::request_withdrawal(&self.keys, self.owner, shares))
    }

    fn claim(&self) -> Call {
        call(instruction::claim_withdrawal(&self.keys, self.owner, self.wallet, &[]))
    }

    fn claim_rewards(&self) -> Call {
        call(instruction::claim_rewards(&self.keys, self.owner, self.wallet))
    }

    fn close(&self) -> Call {
        call(instruction::close_member(&self.keys, self.owner))
    }

    /// Tokens from its wallet to another.
    fn pay(&self, world: &World, to: Address, amount: u64) -> Call {
        transfer(world, self.wallet, to, self.owner, amount)
    }
}

/// An instruction that nobody signs but the vault, if anybody.
fn call(instruction: Instruction) -> Call {
    Call::new(instruction, [])
}

fn trader(world: &World, name: &str) -> Trader {
    Trader { member: world.account_of(name), signer: world.owner_of(name).pubkey() }
}

/// A transfer by the token program itself.
fn transfer(world: &World, from: Address, to: Address, authority: Address, amount: u64) -> Call {
    let accounts = vec![
        AccountMeta::new(from, false),
        AccountMeta::new(to, false),
        AccountMeta::new_readonly(authority, true),
    ];
    let data = [3u8].into_iter().chain(amount.to_le_bytes()).collect();
    call(Instruction { program_id: world.token_program, accounts, data })
}

/// Two worlds that are the same but for who is a member: a program's vault in the one, a wallet in the other.
struct Twins {
    program: World,
    wallet: World,
    vault: Vault,
}

impl Twins {
    fn new() -> Self {
        let [mut program, mut wallet] = [World::new(), World::new()];
        for world in [&mut program, &mut wallet] {
            world.join("ben", usdc(1_000), usdc(1_000));
        }
        let vault = Vault::new(&mut program);
        wallet.give(ANN, MONEY);
        Self { program, wallet, vault }
    }

    /// The vault does by CPI what the wallet does itself, with the same result to the byte.
    #[track_caller]
    fn step(&mut self, by_program: Call, by_wallet: Call) {
        let (told, said) = (self.program.run(by_program.by_cpi()), self.wallet.run(by_wallet));
        assert_eq!(told.event_names(), said.event_names());
        self.assert_equal();
    }

    #[track_caller]
    fn both(&mut self, act: impl Fn(&mut World)) {
        act(&mut self.program);
        act(&mut self.wallet);
        self.assert_equal();
    }

    #[track_caller]
    fn assert_equal(&self) {
        let member = |world: &World, address: Address| -> Option<Member> {
            world.account(&address).map(|account| decode(&account.data).expect("a member"))
        };
        let of_vault = member(&self.program, self.vault.account());
        let of_ann = member(&self.wallet, self.wallet.account_of(ANN));
        let anybody = |member: Member| Member { owner: Address::default(), bump: 0, ..member };
        let bytes = |member: Option<Member>| member.map(|member| bytes_of(&anybody(member)).to_vec());
        assert_eq!(bytes(of_vault), bytes(of_ann), "the member");
        assert_eq!(bytes_of(&self.program.fund()), bytes_of(&self.wallet.fund()), "the fund");
        assert_eq!(self.program.vault_balance(), self.wallet.vault_balance());
        assert_eq!(self.program.balance(&self.vault.wallet), self.wallet.purse(ANN));
    }
}

/// Threat 23, the other way round: who calls by CPI is served like anybody, from opening to closing.
#[test]
fn t23_a_member_that_a_program_owns_is_a_member_like_any_other() {
    let mut twins = Twins::new();
    twins.step(twins.vault.open(&twins.program), twins.wallet.open_member(ANN));
    twins.step(twins.vault.deposit(usdc(1_000)), twins.wallet.deposit_margin(ANN, usdc(1_000)));
    twins.step(twins.vault.contribute(usdc(100)), twins.wallet.contribute(ANN, usdc(100)));
    let (buy, bought) = (
        twins.vault.buy(&twins.program, "ben", LOTS, usd(200)),
        twins.wallet.novate(ANN, "ben", SOL, LOTS, usd(200)),
    );
    twins.step(buy, bought);

    // 100 gained.
    twins.both(|world| {
        world.set_price(SOL, usd(210));
        world.run(world.settle("ben", SOL));
    });
    twins.step(twins.vault.settle(), twins.wallet.settle(ANN, SOL));
    twins.both(World::vest);
    twins.step(twins.vault.withdraw(usdc(100), &[SOL]), twins.wallet.withdraw_margin(ANN, usdc(100)));
    let (sell, sold) = (
        twins.vault.sell(&twins.program, "ben", LOTS, usd(210)),
        twins.wallet.novate("ben", ANN, SOL, LOTS, usd(210)),
    );
    twins.step(sell, sold);

    // Out again, with everything but two fees: 2 bps of 2,000 and of 2,100.
    let margin = twins.vault.member(&twins.program).margin;
    assert_eq!(margin, usdc(1_000) - 400_000 - 420_000);
    twins.step(twins.vault.withdraw(margin, &[]), twins.wallet.withdraw_margin(ANN, margin));
    let shares = twins.vault.member(&twins.program).shares.get();
    twins.step(twins.vault.request(shares), twins.wallet.request_withdrawal(ANN, shares));
    twins.both(|world| world.warp_secs(DAY));
    twins.step(twins.vault.claim(), twins.wallet.claim_withdrawal(ANN));
    twins.step(twins.vault.claim_rewards(), twins.wallet.claim_rewards(ANN));
    twins.step(twins.vault.close(), twins.wallet.close_member(ANN));
    assert!(twins.program.account(&twins.vault.account()).is_none());
    let money = twins.program.balance(&twins.vault.wallet);
    assert!(money > MONEY + usdc(99), "the program has {money}");
}

/// The same at once: five calls of one instruction.
#[test]
fn t23_a_program_opens_pays_trades_and_withdraws_in_one_instruction() {
    let mut world = World::new();
    world.join("ben", usdc(1_000), usdc(1_000));
    let vault = Vault::new(&mut world);
    let everything = vault
        .open(&world)
        .then(vault.deposit(usdc(1_000)))
        .then(vault.contribute(usdc(100)))
        .then(vault.buy(&world, "ben", LOTS, usd(200)))
        .then(vault.withdraw(usdc(100), &[SOL]));
    let meta = world.run(everything.by_cpi());
    assert_eq!(meta.event_names(), ["MemberOpened", "MarginMoved", "Contributed", "Novated", "MarginMoved"]);
    let member = vault.member(&world);
    assert_eq!((member.margin, member.owner), (usdc(900) - 400_000, vault.owner));
    assert_eq!(member.position(SOL).lots, LOTS as i64);
    assert_everyone_is_covered(&world);
}

/// A program that only trades for a member, as its delegate, can take nothing out, even for a moment.
#[test]
fn t23_a_program_as_delegate_trades_and_takes_nothing_out() {
    let mut world = World::new();
    world.join(ANN, usdc(1_000), usdc(100));
    world.join("ben", usdc(1_000), usdc(1_000));
    let (ann, program) = (world.owner_of(ANN).pubkey(), Caller::default().pda);
    let trade = |world: &World| world.novate(ANN, "ben", SOL, LOTS, usd(200)).swap(ann, program).by_cpi();
    world.refuse(trade(&world), BulkheadError::NotTrader);
    world.run(world.set_delegate(ANN, program));
    world.run(trade(&world));
    assert_eq!(world.member(ANN).position(SOL).lots, LOTS as i64);

    let calls = [
        world.withdraw_margin(ANN, 1),
        world.contribute(ANN, 1),
        world.request_withdrawal(ANN, 1),
        world.cancel_withdrawal(ANN),
        world.claim_withdrawal(ANN),
        world.claim_rewards(ANN),
        world.set_delegate(ANN, program),
        world.close_member(ANN),
    ];
    for call in calls {
        world.refuse(call.swap(ann, program).by_cpi(), BulkheadError::NotOwner);
    }
}

/// What is done between a deposit of [`DEPOSIT`] and the end of the instruction, and the fees of it.
type Act = fn(&mut World, &Vault) -> (Call, u64);

const DEPOSIT: u64 = usdc(1_000);

const ACTS: [(&str, Act); 5] = [
    ("nothing", |_, vault| (vault.withdraw(DEPOSIT, &[]), 0)),
    ("bought at the top of the band, sold at its bottom", |world, vault| {
        let fees = 408_000 + 392_000;
        let act = vault
            .buy(world, ANN, LOTS, usd(204))
            .then(vault.sell(world, ANN, LOTS, usd(196)))
            .then(vault.settle())
            .then(world.settle(ANN, SOL))
            .then(world.withdraw_margin(ANN, DEPOSIT - fees)) // the gain of 80 has not vested
            .then(vault.withdraw(DEPOSIT - usdc(80) - fees, &[]));
        (act, 2 * fees)
    }),
    ("bought at the old price, sold at the new one", |world, vault| {
        let (fees, [old, new]) = (400_000 + 420_000, two_prices(world));
        let act = old
            .then(vault.buy(world, ANN, LOTS, usd(200)))
            .then(new)
            .then(world.settle(ANN, SOL))
            .then(vault.settle())
            .then(vault.sell(world, ANN, LOTS, usd(210)))
            .then(world.withdraw_margin(ANN, DEPOSIT - usdc(100) - fees))
            .then(vault.withdraw(DEPOSIT - fees, &[])); // the gain of 100 has not vested
        (act, 2 * fees)
    }),
    ("the same, settled before the loser's money is there", |world, vault| {
        let (fees, [old, new]) = (400_000 + 420_000, two_prices(world));
        let act = old
            .then(vault.buy(world, ANN, LOTS, usd(200)))
            .then(new)
            .then(vault.settle())
            .then(vault.sell(world, ANN, LOTS, usd(210)))
            .then(vault.withdraw(DEPOSIT - fees, &[SOL]));
        (act, 2 * fees)
    }),
    (
        "most of the default fund, for rewards of its own fees that have not arrived by then",
        |world, vault| {
            let act = vault
                .contribute(usdc(5_000))
                .then(vault.buy(world, ANN, LOTS, usd(200)))
                .then(vault.sell(world, ANN, LOTS, usd(200)))
                .then(vault.withdraw(DEPOSIT - 800_000, &[]));
            (act, 4 * 400_000)
        },
    ),
];

/// 200, then 210: cranks of two updates, both newer than the mark.
fn two_prices(world: &mut World) -> [Call; 2] {
    world.warp_secs(30);
    [second_price(world, usd(200), 20), second_price(world, usd(210), 10)]
}

/// Threat 23: whatever a program does between a deposit and a withdrawal, with a friend on the other side, the two have
/// paid for it afterwards, and nobody else has less.
#[test]
fn t23_depositing_acting_and_withdrawing_in_one_cpi_gains_nothing() {
    for (name, act) in ACTS {
        let mut world = World::with_market(FUND, free_market());
        world.join(ANN, DEPOSIT, FUND.min_contribution);
        world.join("ben", usdc(1_000), usdc(1_000));
        let vault = Vault::joined(&mut world, 0);
        let ours = |world: &World| {
            let friend = world.purse(ANN) + world.member(ANN).margin + worth(world, ANN);
            (vault.wealth(world) + friend) as i64
        };
        let others = |world: &World| world.fund().treasury + world.member("ben").margin + worth(world, "ben");
        let (before, before_others) = (ours(&world), others(&world));

        let (act, fees) = act(&mut world, &vault);
        world.run(vault.deposit(DEPOSIT).then(act).by_cpi());
        let gained = ours(&world) - before;
        println!("{name}: {gained} of {fees} in fees");
        assert!((-(fees as i64)..=0).contains(&gained), "{name}: {gained}");
        assert!(gained < 0 || fees == 0, "{name}: fees came back whole");
        assert!(others(&world) >= before_others, "{name}: others have less");
        let left = vault.member(&world);
        assert_eq!(left.margin as i64, left.settled.present.max(0), "{name}: a gain has not vested");
        assert_everyone_is_covered(&world);
    }
}

/// Threat 23: a loss that is made but not settled cannot be left behind in the same instruction.
#[test]
fn t23_a_loss_made_in_one_cpi_is_not_left_behind() {
    let mut world = World::with_market(FUND, free_market());
    world.join(ANN, DEPOSIT, FUND.min_contribution);
    world.join("ben", usdc(1_000), usdc(1_000));
    let vault = Vault::joined(&mut world, 0);
    // 80 lost at the edges of the band, and two fees.
    let lose_and_take = |world: &World, amount: u64| {
        vault
            .deposit(DEPOSIT)
            .then(vault.buy(world, ANN, LOTS, usd(204)))
            .then(vault.sell(world, ANN, LOTS, usd(196)))
            .then(vault.withdraw(amount, &[SOL]))
            .by_cpi()
    };
    let rest = DEPOSIT - 800_000 - usdc(80);
    world.refuse(lose_and_take(&world, rest + 1), BulkheadError::BelowInitialMargin);
    world.run(lose_and_take(&world, rest));
    assert_eq!(vault.member(&world).margin, usdc(80));
}

/// What members and governance sign, one after the other.
const SIGNED: [fn(&World) -> Call; 13] = [
    |world| world.open_member("cat"),
    |world| world.deposit_margin(ANN, 1),
    |world| world.contribute(ANN, usdc(1)),
    |world| world.novate(ANN, "ben", SOL, 1, usd(200)),
    |world| world.withdraw_margin(ANN, 1),
    |world| world.request_withdrawal(ANN, 1),
    |world| world.cancel_withdrawal(ANN),
    |world| world.set_delegate(ANN, Caller::default().pda),
    |world| world.claim_rewards("ben"),
    |world| world.fund_treasury(ANN, usdc(1)),
    |world| world.request_treasury(ANN, 1),
    |world| world.cancel_treasury(),
    |world| world.close_member("cat"),
];

/// Calls each of [`SIGNED`] by CPI, first as `attack` would have it, for every account, then as it should be.
fn attack_each(attack: impl Fn(&mut World, fn(&World) -> Call, &AccountMeta)) {
    let mut world = World::with_market(FUND, free_market());
    for name in [ANN, "ben"] {
        world.join(name, usdc(1_000), usdc(1_000));
    }
    world.run(world.novate("ben", ANN, SOL, 10, usd(200)));
    world.stream_out(); // rewards to claim
    for call in SIGNED {
        let [instruction] = &call(&world).instructions[..] else { panic!("one instruction each") };
        for meta in &instruction.accounts {
            attack(&mut world, call, meta);
        }
        world.run(call(&world).by_cpi());
    }
}

/// Threat 23: a signature that the transaction has, but the caller does not pass on, is none.
#[test]
fn t23_a_signature_the_caller_drops_is_missing() {
    attack_each(|world, call, meta| {
        if meta.is_signer {
            let dropped = call(world).by_cpi_telling(|call| call.unsigned(meta.pubkey));
            world.refuse(dropped, InstructionError::MissingRequiredSignature);
        }
    });
}

/// Threat 23: an account that the transaction may write, but the caller does not pass on as such, is refused, not
/// forgotten: no half of a change is made.
#[test]
fn t23_an_account_the_caller_makes_read_only_is_refused() {
    attack_each(|world, call, meta| {
        if !meta.is_writable {
            return;
        }
        let error = match world.account(&meta.pubkey) {
            // Anchor has one error for both flags of a signer.
            _ if meta.is_signer => InstructionError::MissingRequiredSignature,
            // To be created: it is the system program that asks for more than there is.
            None => InstructionError::PrivilegeEscalation,
            Some(_) => NOT_WRITABLE.error(),
        };
        world.refuse(call(world).by_cpi_telling(|call| call.readonly(meta.pubkey)), error);
    });
}

/// Threat 23: nor does a caller pass on what nobody gave it, or sign for another program.
#[test]
fn t23_a_caller_passes_on_no_more_than_it_has() {
    let mut world = funded();
    let (ann, fund) = (world.owner_of(ANN).pubkey(), world.here.keys.fund);
    let unsigned = world.withdraw_margin(ANN, 1).unsigned(ann);
    world.refuse(unsigned.by_cpi_telling(|call| call.signed(ann)), InstructionError::PrivilegeEscalation);
    let readonly = world.withdraw_margin(ANN, 1).readonly(fund);
    world.refuse(readonly.by_cpi_telling(|call| call.writable(fund)), InstructionError::PrivilegeEscalation);

    let vault = Vault::joined(&mut world, usdc(10));
    let thief = Caller::named("the same code elsewhere");
    world.load(&thief);
    let unsigned = vault.withdraw(1, &[]).unsigned(vault.owner);
    let stolen = thief.forward(unsigned, |call| call.signed(vault.owner));
    world.refuse(stolen, InstructionError::PrivilegeEscalation);
    world.run(vault.withdraw(1, &[]).by_cpi());
}

/// Threat 23: a program that calls is not the token program that is called in turn.
#[test]
fn t23_the_program_that_calls_is_no_token_program() {
    let mut world = funded();
    let (genuine, program) = (world.token_program, Caller::default().program);
    for call in money_calls(&world) {
        world.refuse(call.swap(genuine, program).by_cpi(), BulkheadError::WrongTokenProgram);
    }
    // No fund is born with it either, not even for a mint of its own.
    let mut unborn = World::without_fund(MintKind::Spl);
    let create = |world: &World| world.create_fund(FUND).swap(genuine, program).by_cpi();
    unborn.refuse(create(&unborn), BulkheadError::WrongTokenProgram);
    unborn.patch(unborn.mint, |mint| mint.owner = program);
    unborn.refuse(create(&unborn), BulkheadError::WrongTokenProgram);
}

/// Threat 23: reentrancy. Two things stop it. Bulkhead calls nobody but the system program and the fund's token program,
/// one of two that are known, and takes no mint with a hook: no code of a stranger's ever runs inside an instruction. And
/// the runtime enters no program that is already running further up, unless it calls itself.
///
/// The second holds without the first: here a fund is made to believe in a token program that calls whoever stands in
/// the place of the wallet.
#[test]
fn t23_a_program_that_bulkhead_calls_cannot_call_it_back() {
    let mut world = funded();
    let [impostor, stranger] = ["token program of the attacker", "any other program"].map(Caller::named);
    world.load(&impostor);
    world.load(&stranger);
    let pay_from =
        |world: &World, wallet: Address| world.deposit_margin(ANN, 1).swap(world.wallet_of(ANN), wallet);
    let refused = pay_from(&world, bulkhead::ID).swap(world.token_program, impostor.program).by_cpi();
    world.refuse(refused, BulkheadError::WrongTokenProgram);

    believe(&mut world, impostor.program);
    // It does call: this one is entered, and makes nothing of no data.
    world.refuse(pay_from(&world, stranger.program).by_cpi(), InstructionError::InvalidInstructionData);
    world.refuse(pay_from(&world, bulkhead::ID).by_cpi(), InstructionError::ReentrancyNotAllowed);

    // Nor can who calls be called.
    believe(&mut world, Caller::default().program);
    world.refuse(pay_from(&world, stranger.program).by_cpi(), InstructionError::ReentrancyNotAllowed);
}

/// Writes another token program into the fund, behind the program's back.
fn believe(world: &mut World, token_program: Address) {
    world.patch(world.here.keys.fund, |fund| {
        let at = Fund::DISCRIMINATOR.len() + std::mem::offset_of!(Fund, token_program);
        fund.data[at..at + 32].copy_from_slice(token_program.as_ref());
    });
    world.here.keys.token_program = token_program;
}

/// Threat 23: margin of a flash loan. A program lends to ann, who deposits, trades, withdraws and pays back, all in one
/// instruction. What she may withdraw is never what she owes: the rest comes out of her own pocket, and stays.
#[test]
fn t23_a_flash_loan_is_no_margin() {
    const LOAN: u64 = usdc(600);
    let mut world = World::with_market(FUND, free_market());
    world.join(ANN, 0, usdc(100));
    world.join("ben", usdc(1_000), usdc(100));
    world.patch(world.wallet_of(ANN), |wallet| token::set_amount(wallet, 0));
    let lender = Vault::new(&mut world);
    let flash = |world: &World, out: u64| {
        let (ann, wallet) = (world.owner_of(ANN), world.wallet_of(ANN));
        let repay = transfer(world, wallet, lender.wallet, ann.pubkey(), LOAN);
        lender
            .pay(world, wallet, LOAN)
            .then(world.deposit_margin(ANN, LOAN))
            .then(world.novate(ANN, "ben", SOL, LOTS, usd(200)))
            .then(world.withdraw_margin(ANN, out).with(world.here.keys.market(SOL)))
            .then(repay)
            .by_cpi()
    };
    world.refuse(flash(&world, LOAN), BulkheadError::InsufficientMargin);
    world.refuse(flash(&world, usdc(400)), BulkheadError::BelowInitialMargin);
    // A stress loss of 599.80, of which the others carry half of what they have: ben's 100 and 0.40 of fees.
    let most = LOAN - 400_000 - (599_800_000 - 50_200_000);
    world.refuse(flash(&world, most + 1), BulkheadError::CoverLimitExceeded);
    world.refuse(flash(&world, most), INSUFFICIENT_FUNDS);
    world.give(ANN, LOAN - most - 1);
    world.refuse(flash(&world, most), INSUFFICIENT_FUNDS);

    world.give(ANN, 1);
    world.run(flash(&world, most));
    assert_eq!((world.purse(ANN), world.balance(&lender.wallet)), (0, MONEY));
    assert_eq!(world.member(ANN).margin, LOAN - 400_000 - most);
    assert_everyone_is_covered(&world);
}

/// Threat 23: nor does a loan carry a member past its loss: what was lent to it pays that loss, or stays.
#[test]
fn t23_margin_lent_to_a_failing_member_does_not_come_back() {
    const LOAN: u64 = usdc(10_000);
    let mut world = precise(&[(ANN, usdc(500))]);
    world.open("lender");
    insolvent(&mut world, usdc(400));
    let lend = |world: &World| world.deposit_margin_for("lender", DEBTOR, LOAN);
    let back = |world: &World, amount: u64| world.withdraw_margin(DEBTOR, amount);
    let unsettled = lend(&world).then(back(&world, LOAN));
    world.refuse(unsettled.by_cpi(), BulkheadError::BelowInitialMargin);
    let settled = |world: &World, amount: u64| {
        lend(world).then(world.settle(DEBTOR, SOL)).then(back(world, amount)).by_cpi()
    };
    world.refuse(settled(&world, LOAN), BulkheadError::InsufficientMargin);

    // 400 have paid the loss; a stress loss of 29.99% of 27,400, less half of ann's 500, stays.
    let most = LOAN - usdc(400) - (8_217_260_000 - usdc(250));
    world.refuse(settled(&world, most + 1), BulkheadError::CoverLimitExceeded);
    world.run(settled(&world, most));
    world.refuse(world.declare_default(DEBTOR), BulkheadError::EquityNotNegative);
}
