//! One life of a fund, on the banks of `solana-program-test`, with numbers worked out by hand.
//!
//! A lot is 0.01 SOL, so 1,000 lots at 200 are 2,000. Initial margin 10%, maintenance 5%, stress 30%; fee 2 bps, half of
//! it to contributors; a liquidator's bonus 1%, its target's fee 0.5%; the auction's discount 5% after 1,000 slots.
//!
//! | step | alice | bob | carol | dave | treasury | contributions | pool |
//! | --- | --- | --- | --- | --- | --- | --- | --- |
//! | margin; contribution | 300; 100 | 1,000; 100 | 1,000; 400 | 500; 400 | 30 | 1,000 | 0 |
//! | alice buys 1,000 of bob at 200; fee 2 x 0.40, rewards 0.40 | 299.60 | 999.60 | | | 30.40 | | |
//! | 178: alice has 299.60 - 220 = 79.60 of 89 needed; carol takes 500 lots, 890: bonus 8.90, fee 4.45 | 286.25 | | 1,008.90 | | 34.85 | | |
//! | 120: alice has 286.25 - 510: declared, 223.75 short | 0 | | | | | | 286.25 |
//! | allocated: 100 of alice's, 34.85, 88.90 of 900 | | | | | 0 | 811.10 | 510 |
//! | settled: carol -290, bob +800 | | 1,799.60 | 718.90 | | | | 0 |
//! | 200 slots on bob takes the house's 500 lots at 120 less 6: it lost 6, dave and the others pay | | | | | 0 | 805.10 | 6 |
//! | bob buys carol's 500 lots at 120; fee 2 x 0.12, rewards 0.12; bob settles +6 | | 1,805.48 | 718.78 | | 0.12 | | 0 |
//!
//! alice's loss of 510 is what she paid, 2,000, less carol's 890, less the 600 her last 500 lots are worth at 120. The pool
//! is empty when the house sells, so that the discount of 6 stays in bob's price.
//! Of 100 contributed, bob has 100 x 811.1 / 900 = 90.122222 after the default and 100 x 805.1 / 900 = 89.455555 after
//! the house; carol and dave four times as much, 360.488888 and 357.822222. Rewards: 0.40 over 1,000 of shares, then 0.12
//! over 900: alice 0.04, bob 0.04 + 0.013333, carol and dave 0.16 + 0.053333, each less a fraction of a unit.

use {
    bulkhead::{
        constants::DEFAULT_RETENTION_SECS,
        error::BulkheadError,
        state::{DefaultRecord, DefaultStatus, Fund, FundStatus, Mandate, Market, Member},
    },
    bulkhead_client::{
        account::decode,
        address,
        instruction::{self as call, Bid, Founders, FundKeys, Trader},
        program_id,
    },
    bulkhead_tests::{
        contribution, keypair, keys,
        params::{DAY, FUND, RECEIVERS},
        pyth::PriceUpdate,
        read::Readable,
        token, usd, usdc, world, Address, Instruction, Keypair, MarketSpec, Refusal, Signer, SOL,
    },
    solana_account::{Account, AccountSharedData},
    solana_clock::Clock,
    solana_compute_budget_interface::ComputeBudgetInstruction,
    solana_program_test::{tokio, ProgramTest, ProgramTestContext},
    solana_transaction::Transaction,
    solana_transaction_error::TransactionError,
};

const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "dave"];
const LOTS: u64 = 1_000;
/// Money to the hundredth.
const fn cents(cents: u64) -> u64 {
    cents * 10_000
}

#[test]
fn a_fund_lives_through_a_default_and_everyone_leaves() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let costs = [0, 12].map(|bystanders| runtime.block_on(life(bystanders)));
    // P9: twelve members more, and not a compute unit.
    assert_eq!(costs[0], costs[1], "what declaring and allocating cost depends on the number of members");
}

/// Returns what declaring and allocating have cost.
async fn life(bystanders: usize) -> [u64; 2] {
    let mut chain = Chain::start().await;
    chain.found().await;
    for index in 0..bystanders {
        chain.join(&format!("bystander {index}"), 1, 0).await;
    }

    // Deposit and contribute.
    for (name, margin, contribution) in
        [("alice", 300, 100), ("bob", 1_000, 100), ("carol", 1_000, 400), ("dave", 500, 400)]
    {
        chain.join(name, usdc(margin), usdc(contribution)).await;
    }

    // Novate: alice buys of bob.
    let keys = chain.keys;
    let (alice, bob, carol) = (trader(&keys, "alice"), trader(&keys, "bob"), trader(&keys, "carol"));
    chain.run(call::novate(&keys, SOL, alice, bob, LOTS, usd(200), &[]), &["alice", "bob"]).await;
    assert_eq!(chain.margins().await, [cents(29_960), cents(99_960), usdc(1_000), usdc(500)]);
    let fund = chain.fund().await;
    assert_eq!((fund.treasury, fund.rewards_streaming), (cents(3_040), cents(40)));

    // A fall, and a partial liquidation: half of the position.
    let crank = chain.lasting(usd(178)).await;
    let half = Bid::at_any_price(LOTS / 2, 1);
    let liquidate = call::liquidate(&keys, SOL, alice.member, carol, half, &[]);
    chain.send(&[crank, liquidate], &["carol"]).await.expect("alice is below maintenance");
    assert_eq!(chain.margins().await, [cents(28_625), cents(99_960), cents(100_890), usdc(500)]);
    assert_eq!(chain.fund().await.treasury, cents(3_485));
    assert_eq!(chain.lots().await, [500, -1_000, 500, 0]);
    chain
        .refuse(
            call::liquidate(&keys, SOL, alice.member, carol, half, &[]),
            &["carol"],
            BulkheadError::NotLiquidatable,
        )
        .await;

    // The crash: alice is in default, and layers 1 and 2 are hers alone.
    let crank = chain.lasting(usd(120)).await;
    chain.run(crank, &[]).await;
    let payer = chain.context.payer.pubkey();
    let others = [cents(99_960), cents(100_890), usdc(500)];
    let declared = chain.run(call::declare_default(&keys, alice.member, payer, None, 0, &[SOL]), &[]).await;
    assert_eq!(chain.margins().await[1..], others, "P11");
    let fund = chain.fund().await;
    assert_eq!((fund.unfunded, fund.pool, fund.treasury), (cents(12_375), cents(38_625), cents(3_485)));
    assert_eq!((fund.contributions, fund.open_defaults), (usdc(900), 1), "P5: no other layer is touched yet");

    // The waterfall, layers 3 and 4.
    let record = chain.record_address();
    let allocated = chain.run(call::allocate_loss(&keys, record, payer, None, 0), &[]).await;
    let record = chain.record(0).await;
    let paid = [record.from_margin, record.from_contribution, record.from_treasury, record.from_survivors];
    assert_eq!(
        paid,
        [cents(28_625), usdc(100), cents(3_485), cents(8_890)],
        "P5: each layer empty before the next"
    );
    assert_eq!((record.shortfall, record.residual), (cents(22_375), 0));
    assert!(record.status == DefaultStatus::Allocated);
    let fund = chain.fund().await;
    assert_eq!((fund.contributions, fund.treasury, fund.pool), (cents(81_110), 0, usdc(510)));
    assert!(fund.status == FundStatus::Active && fund.unfunded == 0);
    assert_eq!(chain.worth().await, [0, 90_122_222, 360_488_888, 360_488_888], "P4");
    assert_eq!(chain.margins().await[1..], others, "P11");

    // Cash: the pool is alice's loss; carol pays hers in, and bob draws what he has won, all there is.
    for member in [carol.member, bob.member] {
        chain.run(call::settle(&keys, SOL, member, None, &[]), &[]).await;
    }
    assert_eq!(chain.margins().await, [0, cents(179_960), cents(71_890), usdc(500)]);
    assert_eq!(chain.fund().await.pool, 0);

    // Whoever has contributed asks for it back.
    for name in &PEOPLE[1..] {
        let (owner, shares) = (keypair(name).pubkey(), chain.member(name).await.shares.get());
        chain.run(call::request_withdrawal(&keys, owner, shares), &[name]).await;
    }
    // Take over: after 200 of 1,000 slots the discount is 1%.
    chain.warp(200, 80).await;
    let crank = chain.price(usd(120));
    chain
        .send(&[crank, call::take_over(&keys, SOL, bob, Bid::at_any_price(LOTS, 1), &[])], &["bob"])
        .await
        .expect("the house sells");
    assert_eq!(chain.lots().await, [0, -500, 500, 0]);
    assert_eq!(chain.fund().await.residual, usdc(6));
    chain.run(call::allocate_residual(&keys, payer, 0), &[]).await;
    let fund = chain.fund().await;
    assert_eq!((fund.contributions, fund.pool, fund.unfunded), (cents(80_510), usdc(6), 0));
    assert_eq!(chain.worth().await, [0, 89_455_555, 357_822_222, 357_822_222], "P4");

    // The last two close against each other; bob draws the last of the pool.
    chain.run(call::novate(&keys, SOL, bob, carol, LOTS / 2, usd(120), &[]), &["bob", "carol"]).await;
    chain.run(call::settle(&keys, SOL, bob.member, None, &[]), &[]).await;
    assert_eq!(chain.margins().await, [0, cents(180_548), cents(71_878), usdc(500)]);
    let fund = chain.fund().await;
    assert_eq!((fund.pool, fund.treasury, chain.lots().await), (0, cents(12), [0; 4]));

    chain.leave().await;
    [declared, allocated]
}

fn trader(keys: &FundKeys, name: &str) -> Trader {
    let signer = keypair(name).pubkey();
    Trader { member: keys.member(&signer), signer }
}

/// The banks, the fund, and the accounts that are written from outside.
struct Chain {
    context: ProgramTestContext,
    keys: FundKeys,
    market: MarketSpec,
    clock: Clock,
    sent: u32,
    members: Vec<String>,
}

impl Chain {
    async fn start() -> Self {
        let folder = world::artifact().parent().expect("a folder").to_path_buf();
        assert!(folder.join("bulkhead.so").exists(), "{}: run cargo xtask build", folder.display());
        std::env::set_var("SBF_OUT_DIR", folder);
        if std::env::var_os("RUST_LOG").is_none() {
            std::env::set_var("RUST_LOG", "error"); // the banks log every instruction
        }
        let mut test = ProgramTest::default();
        test.prefer_bpf(true);
        test.add_program("bulkhead", program_id(), None);
        let mint = keys::address("mint");
        test.add_account(mint, token::mint(token::TOKEN, &[]));
        let context = test.start_with_context().await;
        let clock = Clock { slot: 1_000, unix_timestamp: 1_790_000_000, ..Clock::default() };
        let keys = FundKeys::new(&keypair("creator").pubkey(), mint, token::TOKEN, 0);
        let chain = Self { context, keys, market: MarketSpec::sol(), clock, sent: 0, members: Vec::new() };
        chain.context.set_sysvar(&chain.clock);
        chain
    }

    /// The fund, its market, marked at 200, and 30 in the treasury.
    async fn found(&mut self) {
        let (payer, keys) = (self.context.payer.pubkey(), self.keys);
        let (creator, authority) = (keypair("creator").pubkey(), keypair("authority").pubkey());
        let founders = Founders { creator, authority, guardian: keypair("guardian").pubkey() };
        let create = call::create_fund(&keys, 0, founders, payer, FUND);
        self.run(create, &["creator", "authority"]).await;
        let mandate = Mandate { nonce: 0, last_valid_slot: self.clock.slot };
        let market = call::create_market(&keys, SOL, authority, payer, self.market.params, mandate);
        self.run(market, &["authority"]).await;
        let crank = self.price(usd(200));
        self.run(crank, &[]).await;
        let wallet = self.wallet("treasurer", usdc(30));
        let treasurer = keypair("treasurer").pubkey();
        self.run(call::fund_treasury(&keys, treasurer, wallet, usdc(30)), &["treasurer"]).await;
    }

    async fn join(&mut self, name: &str, margin: u64, contribution: u64) {
        let (payer, keys, owner) = (self.context.payer.pubkey(), self.keys, keypair(name).pubkey());
        let wallet = self.wallet(name, margin + contribution);
        self.run(call::open_member(&keys, owner, payer, u16::MAX, u16::MAX), &[name]).await;
        self.members.push(name.into());
        self.run(call::deposit_margin(&keys, &owner, owner, wallet, margin), &[name]).await;
        if contribution > 0 {
            self.run(call::contribute(&keys, owner, wallet, contribution), &[name]).await;
        }
    }

    /// Everyone takes everything out; what each has then is worked out above.
    async fn leave(&mut self) {
        let keys = self.keys;
        self.warp(108_000, DAY).await;
        for (name, margin, contribution, rewards) in [
            ("alice", 0, 0, 0), // her fee was still on its way when she defaulted
            // 49,088 of 520,000 have arrived in a day and 40 s: 1/9, 4/9 and 4/9; the last one takes the other 470,912.
            ("bob", cents(180_548), 89_455_555, 5_454),
            ("carol", cents(71_878), 357_822_222, 21_816),
            ("dave", usdc(500), 357_822_223, 492_728), // and finds the fractions the others have left
        ] {
            let (owner, wallet) = (keypair(name).pubkey(), wallet_of(name));
            if margin > 0 {
                self.run(call::withdraw_margin(&keys, owner, wallet, margin, &[]), &[name]).await;
                self.run(call::claim_withdrawal(&keys, owner, wallet, &[]), &[name]).await;
            }
            if rewards > 0 {
                self.run(call::claim_rewards(&keys, owner, wallet), &[name]).await;
            }
            assert_eq!(self.balance(&wallet).await, margin + contribution + rewards, "{name}");
        }
        // alice owes nothing and is owed nothing. The survivors stay on record for what they have borne.
        self.members.retain(|name| name != "alice");
        self.run(call::close_member(&keys, keypair("alice").pubkey()), &["alice"]).await;
        let bob = call::close_member(&keys, keypair("bob").pubkey());
        self.refuse(bob, &["bob"], BulkheadError::MemberNotEmpty).await;

        // P1: the vault has the treasury, the bystanders' margin, and two units of fractions of rewards; to the unit.
        let (fund, vault) = (self.fund().await, self.balance(&address::vault(&keys.fund)).await);
        assert_eq!((fund.contributions, fund.total_shares.get(), fund.pool), (0, 0, 0));
        assert_eq!((fund.treasury, fund.rewards_unclaimed), (cents(12), 2));
        assert_eq!(vault, cents(12) + 2 + fund.margin_total);

        // The record can go when it has been there long enough; its rent to who paid it.
        let (payer, record) = (self.context.payer.pubkey(), self.record_address());
        self.refuse(call::close_default(&keys, record, payer), &[], BulkheadError::DefaultNotClosable).await;
        self.warp(5, DEFAULT_RETENTION_SECS).await;
        self.run(call::close_default(&keys, record, payer), &[]).await;
        assert!(self.account(&record).await.is_none());
    }

    // Transactions

    /// Runs an instruction that must succeed; its compute units.
    async fn run(&mut self, instruction: Instruction, signers: &[&str]) -> u64 {
        let sent = self.send(&[instruction], signers).await;
        sent.unwrap_or_else(|(error, logs)| panic!("{error}\n{}", logs.join("\n")))
    }

    /// Runs an instruction that must be refused by this error.
    async fn refuse(&mut self, instruction: Instruction, signers: &[&str], expected: BulkheadError) {
        let (error, logs) = self.send(&[instruction], signers).await.expect_err("a refusal");
        let wanted = TransactionError::InstructionError(1, expected.error());
        assert!(error == wanted, "{error}, not {expected:?}\n{}", logs.join("\n"));
    }

    /// After every success P1, P2 and P3 hold.
    async fn send(
        &mut self,
        instructions: &[Instruction],
        names: &[&str],
    ) -> Result<u64, (TransactionError, Vec<String>)> {
        self.sent += 1; // in the limit, so that no two transactions are the same
        let limit = ComputeBudgetInstruction::set_compute_unit_limit(200_000 + self.sent);
        let all: Vec<Instruction> = [limit].into_iter().chain(instructions.iter().cloned()).collect();
        let pairs: Vec<Keypair> = names.iter().map(|name| keypair(name)).collect();
        let signers: Vec<&Keypair> = [&self.context.payer].into_iter().chain(&pairs).collect();
        let payer = self.context.payer.pubkey();
        let signed =
            Transaction::new_signed_with_payer(&all, Some(&payer), &signers, self.context.last_blockhash);
        let outcome =
            self.context.banks_client.process_transaction_with_metadata(signed).await.expect("banks answer");
        let meta = outcome.metadata.expect("a transaction that was run");
        outcome.result.map_err(|error| (error, meta.log_messages))?;
        self.check().await;
        Ok(meta.compute_units_consumed)
    }

    /// P1, P2 and P3 from the accounts.
    async fn check(&self) {
        let Some(account) = self.account(&self.keys.fund).await else { return };
        let fund: Fund = decode(&account.data).expect("a fund");
        let mut members = Vec::new();
        for name in &self.members {
            members.push(self.member(name).await);
        }
        let vault = self.balance(&address::vault(&self.keys.fund)).await;
        let buckets =
            fund.margin_total + fund.contributions + fund.treasury + fund.rewards_unclaimed + fund.pool;
        let buckets = buckets + fund.rewards_streaming;
        assert_eq!(vault, buckets + fund.recoveries + fund.cover_reserve, "P1: nobody has made a gift");
        assert_eq!(members.iter().map(|member| member.margin).sum::<u64>(), fund.margin_total, "P1: margins");
        let shares: u128 = members.iter().map(|member| member.shares.get()).sum();
        assert_eq!(shares, fund.total_shares.get(), "P1: shares");

        let Some(account) = self.account(&self.keys.market(SOL)).await else { return };
        let market: Market = decode(&account.data).expect("a market");
        let held = members.iter().map(|member| member.position(SOL));
        let lots: i64 = held.clone().map(|position| position.lots).sum();
        assert_eq!(lots + market.house_lots, 0, "P2");
        let raw: i128 = held.map(|position| position.raw).sum::<i128>() + market.house_raw.get();
        assert_eq!(raw, i128::from(fund.pool + fund.unfunded) * i128::from(market.scale), "P3");
    }

    /// Lets slots and seconds pass.
    async fn warp(&mut self, slots: u64, secs: i64) {
        self.clock.slot += slots;
        self.clock.unix_timestamp += secs;
        self.context.set_sysvar(&self.clock);
        self.context.last_blockhash = self.context.get_new_latest_blockhash().await.expect("a blockhash");
    }

    // Accounts

    /// Publishes a price that lasts for two cells; the instruction that takes it into the mark then.
    async fn lasting(&mut self, price: u64) -> Instruction {
        let crank = self.price(price);
        self.run(crank, &[]).await;
        self.warp(50, 20).await;
        self.price(price)
    }

    /// Publishes a price; the instruction that takes it into the mark.
    fn price(&mut self, price: u64) -> Instruction {
        let (account, oracle) = (self.market.price_account, &self.market.params.oracle);
        let update = PriceUpdate {
            feed_id: oracle.feed_id,
            price: price as i64,
            confidence: 0,
            exponent: -8,
            publish_ts: self.clock.unix_timestamp,
            previous_publish_ts: self.clock.unix_timestamp - 1,
            posted_slot: self.clock.slot,
            partial: None,
        };
        self.put(account, update.account(&account, RECEIVERS[0]));
        call::crank_market(&self.keys, SOL, account)
    }

    fn wallet(&mut self, name: &str, amount: u64) -> Address {
        let account = token::wallet(token::TOKEN, &self.keys.mint, &keypair(name).pubkey(), amount);
        self.put(wallet_of(name), account);
        wallet_of(name)
    }

    fn put(&mut self, address: Address, account: Account) {
        self.context.set_account(&address, &AccountSharedData::from(account));
    }

    async fn account(&self, address: &Address) -> Option<Account> {
        self.context.banks_client.get_account(*address).await.expect("banks answer")
    }

    async fn read<T: Readable>(&self, address: &Address) -> T {
        let account = self.account(address).await.unwrap_or_else(|| panic!("no account {address}"));
        decode(&account.data).unwrap_or_else(|error| panic!("{address}: {error}"))
    }

    async fn balance(&self, wallet: &Address) -> u64 {
        self.account(wallet).await.map_or(0, |account| token::amount(&account))
    }

    async fn fund(&self) -> Fund {
        self.read(&self.keys.fund).await
    }

    /// The record of alice's default.
    fn record_address(&self) -> Address {
        address::default_record(&self.keys.member(&keypair("alice").pubkey()), 0)
    }

    async fn record(&self, seq: u64) -> DefaultRecord {
        let record: DefaultRecord = self.read(&self.record_address()).await;
        assert_eq!(record.seq, seq);
        record
    }

    async fn member(&self, name: &str) -> Member {
        self.read(&trader(&self.keys, name).member).await
    }

    // Of the four, in order

    async fn four(&self) -> [Member; 4] {
        let mut members = Vec::new();
        for name in PEOPLE {
            members.push(self.member(name).await);
        }
        members.try_into().unwrap_or_else(|_| unreachable!("four"))
    }

    async fn margins(&self) -> [u64; 4] {
        self.four().await.map(|member| member.margin)
    }

    async fn lots(&self) -> [i64; 4] {
        self.four().await.map(|member| member.position(SOL).lots)
    }

    /// What their shares are worth.
    async fn worth(&self) -> [u64; 4] {
        let fund = self.fund().await;
        self.four().await.map(|member| contribution(&fund, &member).expect("shares have a value"))
    }
}

fn wallet_of(name: &str) -> Address {
    keys::address(&format!("{name} wallet"))
}
