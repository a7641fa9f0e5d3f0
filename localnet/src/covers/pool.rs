//! The lending pool of the scenario: `crates/sbf-venue`, deployed for the run. It is priced by a market of
//! the fund, and reports by a call of its own address what it lacks.

use {
    super::told,
    crate::{
        recorder::Recorder,
        report::PoolReport,
        rng::Rng,
        world::{token_account, World},
    },
    anyhow::{anyhow, ensure, Context, Result},
    bulkhead_client::{event::Event, instruction as build, program_id, Address, Instruction},
    bulkhead_format::money,
    bulkhead_keeper::draft::cranks,
    bytemuck::{bytes_of, try_pod_read_unaligned, AnyBitPattern},
    sbf_venue::{instruction as code, Account, Pool, ACCOUNT_TAG, BONUS_PERCENT, POOL, POOL_TAG},
    solana_instruction::AccountMeta,
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::cmp::Reverse,
};

/// The pool liquidates a loan at this much debt of its collateral.
pub const THRESHOLD_BPS: u16 = 8_500;
/// Debt of a loan's collateral when it is taken, and its part of all debt. The crash ruins the first
/// loan.
const LOANS_BPS: [(u64, u64); 2] = [(7_000, 7_000), (5_500, 3_000)];
/// What is lent of what suppliers have brought.
const LENT_BPS: u64 = 8_000;
/// A price lasts for longer than the two cells of the range on chain before the pool acts on it, in slots.
const SETTLED_SLOTS: u64 = 55;
const ONE_BPS: u64 = 10_000;

/// A loan: who has taken it, and the account that it is booked in.
struct Loan {
    owner: Keypair,
    account: Address,
    is_over: bool,
}

/// The pool and everybody in it.
pub struct Venue {
    program: Address,
    /// The pool's address, which is the drawer of its cover.
    pub pool: Address,
    /// Its token account, which is the destination of the cover.
    pub vault: Address,
    store: Address,
    collateral: Keypair,
    /// The market that it is priced by.
    pub market: u16,
    cover: u16,
    scale: u64,
    lender: Loan,
    liquidator: Loan,
    loans: Vec<Loan>,
    /// What has happened to it.
    pub report: PoolReport,
}

impl Venue {
    /// Deploys the pool; `debt` is what it will lend, and `cover` the number that its cover will have.
    pub fn found(world: &World, seed: u64, market: u16, cover: u16, debt: u64) -> Result<Self> {
        let mut rng = Rng::new(seed, "venue");
        let mut key = || Keypair::new_from_array(rng.bytes());
        let (program, collateral) = (key().pubkey(), key());
        world.validator.deploy_at(program, "sbf_venue.so")?;
        world.chain.run(world.create_mint(&collateral.pubkey())?, vec![&world.payer, &collateral])?;
        let market_address = world.keys.market(market);
        let (pool, bump) = Address::find_program_address(&[POOL, market_address.as_ref()], &program);
        let mut loan = || {
            let (owner, account) = (key(), key().pubkey());
            Loan { owner, account, is_over: false }
        };
        let mut venue = Self {
            program,
            pool,
            vault: token_account(&pool, &world.keys.mint),
            store: token_account(&pool, &collateral.pubkey()),
            market,
            cover,
            // Collateral has the decimals of money.
            scale: 10_u64.pow(world.parameters.markets[usize::from(market)].params.price_decimals.into()),
            lender: loan(),
            liquidator: loan(),
            loans: LOANS_BPS.iter().map(|_| loan()).collect(),
            collateral,
            report: PoolReport::default(),
        };
        venue.write(world, bump)?;
        venue.report.debt = debt;
        Ok(venue)
    }

    /// Writes the pool's accounts, as whoever sets one up would.
    fn write(&self, world: &World, bump: u8) -> Result<()> {
        let state = Pool {
            tag: POOL_TAG,
            bump,
            threshold_bps: THRESHOLD_BPS,
            market: world.keys.market(self.market).to_bytes(),
            cover: world.keys.cover(self.cover).to_bytes(),
            vault: self.vault.to_bytes(),
            store: self.store.to_bytes(),
            scale: self.scale,
            ..Pool::default()
        };
        world.validator.set_account(&self.pool, &self.program, bytes_of(&state))?;
        for mint in [&world.keys.mint, &self.collateral.pubkey()] {
            world.validator.set_tokens(&self.pool, mint, 0)?;
        }
        for Loan { owner, account, .. } in self.loans.iter().chain([&self.lender, &self.liquidator]) {
            let owned = Account {
                tag: ACCOUNT_TAG,
                pool: self.pool.to_bytes(),
                owner: owner.pubkey().to_bytes(),
                ..Account::default()
            };
            world.validator.set_account(account, &self.program, bytes_of(&owned))?;
            world.validator.set_sol(&owner.pubkey(), 1_000_000_000)?;
            for mint in [&world.keys.mint, &self.collateral.pubkey()] {
                world.validator.set_tokens(&owner.pubkey(), mint, 0)?;
            }
        }
        Ok(())
    }

    /// Lends what the pool was made for, at the market's mark.
    pub fn lend(&mut self, world: &World) -> Result<()> {
        let debt = self.report.debt;
        let supplied = debt * ONE_BPS / LENT_BPS;
        world.validator.set_tokens(&self.lender.owner.pubkey(), &world.keys.mint, supplied)?;
        self.send(world, vec![self.money(world, code::SUPPLY, supplied, &self.lender)], &self.lender.owner)?;
        let price = world.book()?.market(self.market).map_err(|_| anyhow!("no such market"))?.mark.price;
        for (loan, (of_collateral, part)) in self.loans.iter().zip(LOANS_BPS) {
            let amount = debt * part / ONE_BPS;
            let worth = u128::from(amount) * u128::from(ONE_BPS) / u128::from(of_collateral);
            let pledged = u64::try_from(worth * u128::from(self.scale) / u128::from(price))?;
            world.validator.set_tokens(&loan.owner.pubkey(), &self.collateral.pubkey(), pledged)?;
            let pledge = self.pledge(world, pledged, loan);
            self.send(world, vec![pledge, self.money(world, code::BORROW, amount, loan)], &loan.owner)?;
        }
        self.report.supplied = supplied;
        Ok(())
    }

    /// Liquidates what the market's price makes liquidatable, and reports the debt that no collateral is left
    /// for. Returns whether it has reported any.
    pub fn work(&mut self, world: &World, recorder: &mut Recorder) -> Result<bool> {
        if self.unsound(world)?.is_empty() {
            return Ok(false);
        }
        world.oracles.wait_slots(SETTLED_SLOTS)?;
        let mut has_reported = false;
        for index in self.unsound(world)? {
            self.liquidate(world, recorder, index)?;
            let left: Account = read(world, &self.loans[index].account)?;
            if left.collateral == 0 && left.debt > 0 {
                self.write_off(world, recorder, index, left.debt)?;
                has_reported = true;
            }
        }
        Ok(has_reported)
    }

    /// The loans that can be liquidated at the mark, the largest first.
    fn unsound(&self, world: &World) -> Result<Vec<usize>> {
        let (pool, price) = (read::<Pool>(world, &self.pool)?, self.price(world)?);
        let mut unsound = Vec::new();
        for (index, loan) in self.loans.iter().enumerate().filter(|(_, loan)| !loan.is_over) {
            let account: Account = read(world, &loan.account)?;
            let worth = pool.worth(account.collateral, price).context("a collateral has no worth")?;
            if pool.exceeds(account.debt, worth, THRESHOLD_BPS) {
                unsound.push((account.debt, index));
            }
        }
        unsound.sort_by_key(|(debt, _)| Reverse(*debt));
        Ok(unsound.into_iter().map(|(_, index)| index).collect())
    }

    fn price(&self, world: &World) -> Result<u64> {
        Ok(world.oracles.quotes()[usize::from(self.market)].0.unsigned_abs())
    }

    fn liquidate(&mut self, world: &World, recorder: &mut Recorder, index: usize) -> Result<()> {
        let (loan, price) = (&self.loans[index], self.price(world)?);
        let account: Account = read(world, &loan.account)?;
        // All collateral goes for this much, with the liquidator's bonus; rounded up, so that none is left.
        let worth = (u128::from(account.collateral) * u128::from(price)).div_ceil(self.scale.into());
        let dear = (worth * 100).div_ceil(u128::from(100 + BONUS_PERCENT)) + 1;
        let amount = account.debt.min(u64::try_from(dear)?);
        let liquidator = &self.liquidator.owner;
        world.validator.set_tokens(&liquidator.pubkey(), &world.keys.mint, amount)?;
        let accounts = [
            (self.vault, true),
            (token_account(&liquidator.pubkey(), &world.keys.mint), true),
            (world.keys.token_program, false),
            (world.keys.market(self.market), false),
            (self.store, true),
            (token_account(&liquidator.pubkey(), &self.collateral.pubkey()), true),
        ];
        let call = self.call(code::LIQUIDATE, amount, loan, &liquidator.pubkey(), &accounts);
        let mut instructions = cranks(&world.keys, &world.oracle_accounts, &[self.market]);
        instructions.push(call);
        told(recorder, &world.chain.run(instructions, vec![&world.payer, liquidator])?)?;
        let what =
            format!("the pool liquidates a loan of {}: {} is repaid", money(account.debt), money(amount));
        recorder.happened("cover", what);
        self.loans[index].is_over = true;
        Ok(())
    }

    /// Shows the gap, which holds exits, and reports a debt.
    fn write_off(&mut self, world: &World, recorder: &mut Recorder, index: usize, debt: u64) -> Result<()> {
        let mut instructions = cranks(&world.keys, &world.oracle_accounts, &[self.market]);
        instructions.push(build::show_gap(&world.keys, self.cover, self.market));
        let shown = world.chain.run(instructions, vec![&world.payer])?;
        told(recorder, &shown)?;
        let bound = shown.events.iter().find_map(|event| match event {
            Event::GapShown(event) => Some(event.bound),
            _ => None,
        });
        let accounts = [
            (program_id(), false),
            (world.keys.fund, true),
            (world.keys.cover(self.cover), true),
            (world.keys.market(self.market), false),
        ];
        let anyone = world.payer.pubkey();
        let call = self.call(code::WRITE_OFF, 0, &self.loans[index], &anyone, &accounts);
        let mut instructions = cranks(&world.keys, &world.oracle_accounts, &[self.market]);
        instructions.push(call);
        let outcome = world.chain.run(instructions, vec![&world.payer])?;
        self.report.reported += debt;
        self.report.bound = bound.unwrap_or_default();
        let what = format!(
            "the pool reports bad debt of {}; the fall of its market explains at most {}",
            money(debt),
            money(self.report.bound)
        );
        recorder.happened("cover", what);
        told(recorder, &outcome)
    }

    /// Books what the cover has paid into the pool's vault.
    pub fn receive(&mut self, world: &World, recorder: &mut Recorder) -> Result<()> {
        let anyone = world.payer.pubkey();
        let receive = self.call(code::RECEIVE, 0, &self.lender, &anyone, &[(self.vault, false)]);
        told(recorder, &world.chain.run(vec![receive], vec![&world.payer])?)?;
        let pool: Pool = read(world, &self.pool)?;
        // What suppliers could take out if everybody repaid.
        self.report.worth = pool.cash + pool.debt;
        ensure!(self.report.worth <= self.report.supplied, "a pool has got more than it has lost");
        Ok(())
    }

    fn send(&self, world: &World, instructions: Vec<Instruction>, signer: &Keypair) -> Result<()> {
        let mut all = cranks(&world.keys, &world.oracle_accounts, &[self.market]);
        all.extend(instructions);
        world.chain.run(all, vec![&world.payer, signer]).map(drop)
    }

    fn money(&self, world: &World, kind: u8, amount: u64, of: &Loan) -> Instruction {
        let owner = of.owner.pubkey();
        let accounts = [
            (self.vault, true),
            (token_account(&owner, &world.keys.mint), true),
            (world.keys.token_program, false),
            (world.keys.market(self.market), false),
        ];
        self.call(kind, amount, of, &owner, &accounts)
    }

    fn pledge(&self, world: &World, amount: u64, of: &Loan) -> Instruction {
        let owner = of.owner.pubkey();
        let tokens = token_account(&owner, &self.collateral.pubkey());
        let accounts = [(self.store, true), (tokens, true), (world.keys.token_program, false)];
        self.call(code::PLEDGE, amount, of, &owner, &accounts)
    }

    fn call(
        &self,
        kind: u8,
        amount: u64,
        of: &Loan,
        by: &Address,
        accounts: &[(Address, bool)],
    ) -> Instruction {
        let mut metas = vec![
            AccountMeta::new(self.pool, false),
            AccountMeta::new(of.account, false),
            AccountMeta::new_readonly(*by, true),
        ];
        metas.extend(accounts.iter().map(|(pubkey, is_writable)| AccountMeta {
            pubkey: *pubkey,
            is_signer: false,
            is_writable: *is_writable,
        }));
        Instruction {
            program_id: self.program,
            accounts: metas,
            data: [&[kind][..], &amount.to_le_bytes()].concat(),
        }
    }
}

fn read<T: AnyBitPattern>(world: &World, address: &Address) -> Result<T> {
    let data = world.chain.data(address)?;
    let found = try_pod_read_unaligned(&data);
    found.map_err(|error| anyhow!("{address} is no account of the pool: {error}"))
}
