//! The demo's world: a validator with a fund, its markets, and members' wallets, set up through the
//! program's own instructions.

use {
    crate::{
        chain::{Chain, Order},
        lockstep::Keeper,
        migration::Parameters,
        population::{Kind, Population},
        progress::Progress,
        publisher::Publisher,
        rng::Rng,
        validator::Validator,
    },
    anyhow::{anyhow, Result},
    bulkhead_book::Book,
    bulkhead_client::{
        instruction::{self as build, Bid, Founders, FundKeys, Trader},
        state::Mandate,
        Address, Instruction,
    },
    bulkhead_keeper::{
        draft::{cranks, others},
        plan::Policy,
    },
    solana_instruction::AccountMeta,
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::{collections::BTreeMap, str::FromStr},
};

const SYSTEM: Address = Address::new_from_array([0; 32]);
const TOKEN: &str = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
const ASSOCIATED_TOKEN: &str = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL";
const MINT_LEN: usize = 82;

/// Members opened in one transaction: four signatures, three accounts each, and the accounts that
/// they share fill it.
const JOINS_PER_TRANSACTION: usize = 4;
/// Transactions in one block.
const PER_BLOCK: usize = 32;
/// SOL for a wallet's own fees.
const WALLET_LAMPORTS: u64 = 1_000_000_000;

/// Stake of the account for the bounties: one token.
const BOUNTY_STAKE: u64 = 1_000_000;

/// A wallet with a member account.
pub struct Wallet {
    pub key: Keypair,
    pub tokens: Address,
    pub member: Address,
    pub kind: Kind,
    /// Tokens that it started with; all of them go into the fund.
    pub stake: u64,
    /// The part of them that it contributes.
    pub contribution: u64,
}

/// The validator, the fund and its members.
pub struct World<'v> {
    pub validator: &'v Validator,
    pub oracles: &'v Publisher<'v>,
    /// The cluster as clients see it.
    pub chain: Chain<'v>,
    pub keys: FundKeys,
    /// The parameters that the fund was created with.
    pub parameters: Parameters,
    /// Oracle accounts, by market.
    pub oracle_accounts: Vec<Address>,
    /// Pays for the set-up.
    pub payer: Keypair,
    /// Governs the fund.
    pub authority: Keypair,
    /// Members' wallets, the keeper's last; the very last one is for its bounties.
    pub wallets: Vec<Wallet>,
    /// Numbers of wallets, by member account.
    pub numbers: BTreeMap<Address, usize>,
    /// Whether the keeper registers the gains of others in time.
    pub registers: bool,
    /// Whether liquidity providers have policies, which the keeper serves.
    pub insures: bool,
}

/// The key that pays in a run with this seed.
pub fn payer(seed: u64) -> Keypair {
    key(&mut Rng::new(seed, "payer"))
}

fn key(rng: &mut Rng) -> Keypair {
    Keypair::new_from_array(rng.bytes())
}

fn address(text: &str) -> Address {
    Address::from_str(text).expect("a constant address")
}

/// Derives a wallet's token account.
pub fn token_account(wallet: &Address, mint: &Address) -> Address {
    let seeds = [wallet.as_ref(), address(TOKEN).as_ref(), mint.as_ref()].map(<[u8]>::to_vec);
    let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
    Address::find_program_address(&seeds, &address(ASSOCIATED_TOKEN)).0
}

impl<'v> World<'v> {
    /// Creates mint, fund and markets.
    pub fn found(
        validator: &'v Validator,
        oracles: &'v Publisher<'v>,
        parameters: Parameters,
        seed: u64,
    ) -> Result<Self> {
        let mut rng = Rng::new(seed, "governance");
        let (mint, authority) = (key(&mut rng), key(&mut rng));
        let keys = FundKeys::new(&authority.pubkey(), mint.pubkey(), address(TOKEN), parameters.fund_id);
        let world = Self {
            validator,
            oracles,
            chain: Chain::new(validator.rpc_url(), oracles),
            keys,
            oracle_accounts: oracles.accounts(),
            parameters,
            payer: payer(seed),
            authority,
            wallets: Vec::new(),
            numbers: BTreeMap::new(),
            registers: true,
            insures: false,
        };
        let payer = world.payer.pubkey();
        let authority = world.authority.pubkey();
        let founders = Founders { creator: authority, authority, guardian: authority };
        let fund =
            build::create_fund(&keys, world.parameters.fund_id, founders, payer, world.parameters.fund);
        world.chain.run(world.create_mint(&mint.pubkey())?, vec![&world.payer, &mint])?;
        world.chain.run(vec![fund], vec![&world.payer, &world.authority])?;
        for (index, market) in world.parameters.markets.iter().enumerate() {
            let mandate = Mandate { nonce: index as u64, last_valid_slot: validator.time().slot + 150 };
            let create = build::create_market(
                &keys,
                index as u16,
                world.authority.pubkey(),
                payer,
                market.params,
                mandate,
            );
            world.chain.run(vec![create], vec![&world.payer, &world.authority])?;
        }
        Ok(world)
    }

    /// Creates a mint with the decimals of the fund's money.
    pub fn create_mint(&self, mint: &Address) -> Result<Vec<Instruction>> {
        let meta =
            |key: Address, signer: bool| AccountMeta { pubkey: key, is_signer: signer, is_writable: true };
        let mut create = vec![0, 0, 0, 0];
        create.extend(self.chain.rent(MINT_LEN)?.to_le_bytes());
        create.extend((MINT_LEN as u64).to_le_bytes());
        create.extend(address(TOKEN).to_bytes());
        let mut initialize = vec![20, self.parameters.quote_decimals];
        initialize.extend(self.authority.pubkey().to_bytes());
        initialize.push(0); // nobody can freeze
        Ok(vec![
            Instruction {
                program_id: SYSTEM,
                accounts: vec![meta(self.payer.pubkey(), true), meta(*mint, true)],
                data: create,
            },
            Instruction { program_id: address(TOKEN), accounts: vec![meta(*mint, false)], data: initialize },
        ])
    }

    /// Opens the members' accounts, pays their margin and contributions in, and fills the treasury.
    pub fn join(&mut self, population: &Population, seed: u64, progress: &Progress) -> Result<()> {
        let mut rng = Rng::new(seed, "wallets");
        for seat in &population.seats {
            let key = key(&mut rng);
            let wallet = Wallet {
                tokens: token_account(&key.pubkey(), &self.keys.mint),
                member: self.keys.member(&key.pubkey()),
                kind: seat.kind,
                stake: seat.margin + seat.contribution,
                contribution: seat.contribution,
                key,
            };
            self.numbers.insert(wallet.member, self.wallets.len());
            self.wallets.push(wallet);
        }
        let key = key(&mut rng);
        let tokens = token_account(&key.pubkey(), &self.keys.mint);
        let member = self.keys.member(&key.pubkey());
        self.numbers.insert(member, self.wallets.len());
        self.wallets.push(Wallet {
            key,
            tokens,
            member,
            kind: Kind::Bounty,
            stake: BOUNTY_STAKE,
            contribution: 0,
        });
        self.fill_treasury(population.treasury)?;
        let mut joined = 0;
        for block in self.wallets.chunks(JOINS_PER_TRANSACTION * PER_BLOCK) {
            for wallet in block {
                self.validator.set_sol(&wallet.key.pubkey(), WALLET_LAMPORTS)?;
                self.validator.set_tokens(&wallet.key.pubkey(), &self.keys.mint, wallet.stake)?;
            }
            let orders =
                block.chunks(JOINS_PER_TRANSACTION).map(|wallets| self.join_order(wallets)).collect();
            self.send_all(orders)?;
            joined += block.len();
            progress.count("members joined", joined, self.wallets.len());
        }
        Ok(())
    }

    fn join_order<'w>(&'w self, wallets: &'w [Wallet]) -> Order<'w> {
        let mut order = Order { instructions: Vec::new(), signers: vec![&self.payer] };
        for wallet in wallets {
            let owner = wallet.key.pubkey();
            let margin = wallet.stake - wallet.contribution;
            order.signers.push(&wallet.key);
            let cap = self.parameters.fund.assessment_cap_bps;
            order.instructions.push(build::open_member(
                &self.keys,
                owner,
                self.payer.pubkey(),
                cap,
                u16::MAX,
            ));
            if margin > 0 {
                order.instructions.push(build::deposit_margin(
                    &self.keys,
                    &owner,
                    owner,
                    wallet.tokens,
                    margin,
                ));
            }
            if wallet.contribution > 0 {
                order.instructions.push(build::contribute(
                    &self.keys,
                    owner,
                    wallet.tokens,
                    wallet.contribution,
                ));
            }
        }
        order
    }

    fn fill_treasury(&self, amount: u64) -> Result<()> {
        let funder = self.authority.pubkey();
        self.validator.set_tokens(&funder, &self.keys.mint, amount)?;
        let pay = build::fund_treasury(&self.keys, funder, token_account(&funder, &self.keys.mint), amount);
        self.chain.run(vec![pay], vec![&self.payer, &self.authority])?;
        Ok(())
    }

    /// Makes the population's trades at the marks.
    pub fn trade(&self, population: &Population, progress: &Progress) -> Result<()> {
        let mut made = 0;
        for block in population.trades.chunks(PER_BLOCK) {
            let orders = block.iter().map(|trade| {
                let held = |seat: usize| {
                    population.seats[seat].lots.iter().enumerate().filter(|(_, lots)| **lots != 0)
                };
                let mut markets: Vec<u16> =
                    held(trade.buyer).chain(held(trade.seller)).map(|(market, _)| market as u16).collect();
                markets.sort_unstable();
                markets.dedup();
                self.novate(trade.market as u16, (trade.buyer, trade.seller), trade.lots, &markets)
            });
            self.send_all(orders.collect())?;
            made += block.len();
            progress.count("trades novated", made, population.trades.len());
        }
        Ok(())
    }

    /// Trades at the mark between two wallets, by number; `markets` are all markets that either
    /// side holds.
    pub fn novate(
        &self,
        market: u16,
        (buyer, seller): (usize, usize),
        lots: u64,
        markets: &[u16],
    ) -> Order<'_> {
        let side = |number: usize| {
            let wallet = &self.wallets[number];
            (Trader { member: wallet.member, signer: wallet.key.pubkey() }, &wallet.key)
        };
        let ((buyer, buyer_key), (seller, seller_key)) = (side(buyer), side(seller));
        let price = self.oracles.quotes()[usize::from(market)].0.unsigned_abs();
        let mut instructions = cranks(&self.keys, &self.oracle_accounts, markets);
        instructions.push(build::novate(
            &self.keys,
            market,
            buyer,
            seller,
            lots,
            price,
            &others(markets, market),
        ));
        Order { instructions, signers: vec![&self.payer, buyer_key, seller_key] }
    }

    /// Buys from the house for a wallet, by number; `markets` are all markets that it holds.
    pub fn take_over(&self, market: u16, number: usize, bid: Bid, markets: &[u16]) -> Order<'_> {
        let wallet = &self.wallets[number];
        let taker = Trader { member: wallet.member, signer: wallet.key.pubkey() };
        let mut instructions = cranks(&self.keys, &self.oracle_accounts, markets);
        instructions.push(build::take_over(&self.keys, market, taker, bid, &others(markets, market)));
        Order { instructions, signers: vec![&self.payer, &wallet.key] }
    }

    /// Sends transactions that must all succeed, block by block.
    pub fn send_all(&self, orders: Vec<Order>) -> Result<()> {
        for block in orders.chunks(PER_BLOCK) {
            for outcome in self.chain.send(block)? {
                if let Some(failure) = outcome.failure {
                    return Err(anyhow!("a transaction of the set-up or the exit was refused: {failure}"));
                }
            }
        }
        Ok(())
    }

    /// Reads the fund.
    pub fn book(&self) -> Result<Book> {
        self.chain.book(&self.keys, &self.oracle_accounts)
    }

    /// The keeper of this fund.
    pub fn keeper(&self, policy: Policy) -> Keeper<'_> {
        let takers =
            self.wallets.iter().filter(|wallet| wallet.kind == Kind::Keeper).map(|wallet| &wallet.key);
        Keeper {
            chain: &self.chain,
            keys: self.keys,
            oracles: &self.oracle_accounts,
            payer: &self.payer,
            takers: takers.collect(),
            bounty: self
                .wallets
                .iter()
                .find(|wallet| wallet.kind == Kind::Bounty)
                .map(|wallet| wallet.member),
            policy: Policy { registers_gains: self.registers, ..policy },
            serves: self.insures,
        }
    }
}
