//! Liquidity providers of a pool whose price is a market of the fund: they insure what they lose against
//! holding, and are paid by a formula of two means. The keeper notes the prices and does the rest.

use {
    super::{part, told},
    crate::{
        recorder::Recorder,
        replay::work,
        report::{PoliciesReport, PolicyReport},
        rng::Rng,
        world::{token_account, World},
    },
    anyhow::{anyhow, Context, Result},
    bulkhead_client::{
        address,
        claims::{
            rules::policies as rules,
            state::{day_of, start_of, BookTerms, Expiry, Policy, PolicyBook},
        },
        policies::{self, BookKeys, Buyer, Held},
        Address, Instruction,
    },
    bulkhead_format::money,
    bulkhead_keeper::{draft::cranks, plan},
    bulkhead_math::{impermanent_loss::loss, impermanent_loss::Q32_ONE},
    solana_keypair::Keypair,
    solana_signer::Signer,
};

/// A provider: the value of its position and what it insures of it, in parts of the cover's limit.
struct Wish {
    position_bps: u64,
    insured_bps: u64,
    term_days: u8,
    how: &'static str,
}

const fn wish(position_bps: u64, insured_bps: u64, term_days: u8, how: &'static str) -> Wish {
    Wish { position_bps, insured_bps, term_days, how }
}

/// One starts its policy itself, one insures a third of its position, and one never claims. Whatever they
/// forget to start, the keeper starts.
const WISHES: [Wish; 5] = [
    wish(30_000, 30_000, 8, "starts and claims itself"),
    wish(15_000, 15_000, 8, "claims what the keeper has started"),
    wish(30_000, 10_000, 8, "insures a third of its position"),
    wish(8_000, 8_000, 9, "insures a day longer"),
    wish(12_000, 12_000, 9, "never claims"),
];
const OWN_START: usize = 0;
const SILENT: usize = 4;

/// The terms of the book: no deductible, a cap and a coinsurance of 10%, and a loading of 1.2.
const TERMS: BookTerms = BookTerms {
    min_insured: 1_000_000,
    theta_bps: 12_000,
    max_age_secs: 3_600,
    cover_index: 0,
    market_index: 0,
    deductible_bps: 0,
    cap_bps: 1_000,
    coinsurance_bps: 1_000,
    least_volatility_bps: 4_000,
    min_term_days: 8,
    max_term_days: 12,
};
/// The book is noted by the hour in the days of entry and exit, within the age of a print.
const NOTED_MS: i64 = 3_600_000;

/// The notice of contributors that policies of nine days need: the term and two days more.
pub const NOTICE_SECS: u32 = 11 * 86_400;

/// The providers and their book.
pub struct Providers {
    /// Book, cover and market.
    pub keys: BookKeys,
    market: u16,
    owners: Vec<Keypair>,
    /// The days on which policies expire, in order.
    days: Vec<u32>,
    limit: u64,
    /// What has happened.
    pub report: PoliciesReport,
}

impl Providers {
    /// Creates the book of a cover that is not open yet.
    pub fn found(world: &World, seed: u64, market: u16, cover: u16, limit: u64) -> Result<Self> {
        let mut rng = Rng::new(seed, "providers");
        let owners = WISHES.iter().map(|_| Keypair::new_from_array(rng.bytes())).collect();
        let creator = world.authority.pubkey();
        let keys = BookKeys {
            book: policies::book(&creator, 0),
            fund: world.keys.fund,
            cover: address::cover(&world.keys.fund, cover),
            market: world.keys.market(market),
            mint: world.keys.mint,
            token_program: world.keys.token_program,
        };
        let terms = BookTerms { cover_index: cover, market_index: market, ..TERMS };
        let create = policies::create_book(&keys, 0, creator, world.payer.pubkey(), terms);
        world.chain.run(vec![create], vec![&world.payer, &world.authority])?;
        Ok(Self { keys, market, owners, days: Vec::new(), limit, report: PoliciesReport::default() })
    }

    /// Lets everybody buy, and notes the prices of the day of entry.
    pub fn insure(&mut self, world: &World) -> Result<()> {
        for number in 0..WISHES.len() {
            self.buy(world, number)?;
        }
        self.days.dedup();
        let bought = day_of(world.validator.time().unix_ts());
        world.oracles.wait_until(start_of(bought + 1) * 1_000)?;
        // A day has a price once a later one has been noted.
        while day_of(self.book(world)?.noted_ts) < bought + 2 {
            let note = [self.crank(world), policies::note_price(&self.keys)];
            world.chain.run(note.to_vec(), vec![&world.payer])?;
            world.oracles.wait_until(world.validator.time().unix_ms + NOTED_MS)?;
        }
        Ok(())
    }

    fn buy(&mut self, world: &World, number: usize) -> Result<()> {
        let Wish { position_bps, insured_bps, term_days, how } = WISHES[number];
        let (position, insured) = (part(self.limit, position_bps), part(self.limit, insured_bps));
        let owner = &self.owners[number];
        let tokens = token_account(&owner.pubkey(), &self.keys.mint);
        // The variance is that of the last crank.
        world.chain.run(vec![self.crank(world)], vec![&world.payer])?;
        let book = self.book(world)?;
        let variance = world.book()?.markets[usize::from(self.market)].adjusted.variance;
        let quote = rules::premium(&book, insured, variance, term_days).ok().flatten();
        let max_premium = quote.context("the book does not sell")?;
        world.validator.set_tokens(&owner.pubkey(), &self.keys.mint, max_premium)?;
        let day = policies::expiry_day(world.validator.time().unix_ts(), term_days);
        let mut all = Vec::new();
        if !self.days.contains(&day) {
            all.push(policies::open_expiry(&self.keys, day, world.payer.pubkey()));
            self.days.push(day);
        }
        let payer = world.payer.pubkey();
        let buyer =
            Buyer { owner: owner.pubkey(), token_account: tokens, payer, insured, max_premium, term_days };
        all.push(policies::buy_policy(&self.keys, book.next_policy, day, &buyer));
        world.chain.run(all, vec![&world.payer, owner])?;
        world.validator.set_tokens(&owner.pubkey(), &self.keys.mint, 0)?;
        let policy = self.policy(world, number)?;
        self.report.policies.push(PolicyReport {
            provider: number,
            position,
            insured: policy.insured,
            term_days,
            premium: policy.premium,
            most: policy.most,
            how,
            ..PolicyReport::default()
        });
        Ok(())
    }

    /// Puts the policies in force: one by its owner, the others by the keeper.
    pub fn start(&mut self, world: &World, recorder: &mut Recorder) -> Result<()> {
        let day = self.policy(world, OWN_START)?.expiry_day;
        let start = policies::start_policy(&self.keys, OWN_START as u64, day);
        self.run(world, recorder, start, None)?;
        work(world, &world.keeper(plan::Policy::default()), recorder)?;
        for number in 0..WISHES.len() {
            let policy = self.policy(world, number)?;
            (self.report.policies[number].insured, self.report.policies[number].most) =
                (policy.insured, policy.most);
        }
        let sum = |of: fn(&PolicyReport) -> u64| money(self.report.policies.iter().map(of).sum());
        let what = format!(
            "{} liquidity providers have insured {} of impermanent loss for {}: it pays at most {}",
            WISHES.len(),
            sum(|policy| policy.insured),
            sum(|policy| policy.premium),
            sum(|policy| policy.most)
        );
        recorder.happened("cover", what);
        Ok(())
    }

    /// Lets the days of exit pass. The keeper notes their prices, settles them, has the fund pay, and opens
    /// the payouts.
    pub fn expire(&mut self, world: &World, recorder: &mut Recorder) -> Result<()> {
        let keeper = world.keeper(plan::Policy::default());
        let (first, last) = (self.days[0], self.days[self.days.len() - 1]);
        world.oracles.wait_until(start_of(first + 1) * 1_000)?;
        // Some hours more: the second day waits until the first one is paid.
        while world.validator.time().unix_ts() < start_of(last + 2) + 4 * 3_600 {
            work(world, &keeper, recorder)?;
            world.oracles.wait_until(world.validator.time().unix_ms + NOTED_MS)?;
        }
        for day in self.days.clone() {
            let expiry: Expiry = world.chain.read(&self.keys.expiry(day))?;
            self.note_losses(world, &expiry)?;
            let what = format!(
                "policies of {} are settled: {} for all, {} are there",
                bulkhead_format::utc(start_of(day) * 1_000).split(['T', ' ']).next().unwrap_or_default(),
                money(expiry.total),
                money(expiry.reserved)
            );
            recorder.happened("cover", what);
            self.report.total += expiry.total;
            self.report.reserved += expiry.reserved;
        }
        Ok(())
    }

    /// What the position of each provider of a day has lost, and what the formula pays for it.
    fn note_losses(&mut self, world: &World, expiry: &Expiry) -> Result<()> {
        let book = self.book(world)?;
        for (number, row) in self.report.policies.iter_mut().enumerate() {
            let policy: Policy = world.chain.read(&self.keys.policy(number as u64))?;
            if policy.expiry_day != expiry.day {
                continue;
            }
            let cohort = expiry.cohort(policy.term_days).map_err(|_| anyhow!("a term of no book"))?;
            let lost = loss(cohort.entry_price, expiry.exit_price).map_err(|_| anyhow!("no loss"))?;
            row.lost = (u128::from(row.position) * u128::from(lost) / u128::from(Q32_ONE)) as u64;
            row.payout = book.terms(policy.insured).payout(lost).map_err(|_| anyhow!("no payout"))?;
            (row.entry_price, row.exit_price) = (cohort.entry_price, expiry.exit_price);
        }
        Ok(())
    }

    /// Providers claim what they are paid.
    pub fn claim(&mut self, world: &World, recorder: &mut Recorder) -> Result<()> {
        for number in (0..WISHES.len()).filter(|number| *number != SILENT) {
            let policy = self.policy(world, number)?;
            let held = Held {
                number: policy.number,
                day: policy.expiry_day,
                owner: policy.owner,
                payer: policy.payer,
            };
            let tokens = token_account(&policy.owner, &self.keys.mint);
            let claim = policies::claim_policy(&self.keys, &held, tokens);
            self.run(world, recorder, claim, Some(&self.owners[number]))?;
            self.report.policies[number].paid = world.chain.token_amounts(&[tokens])?[0];
            recorder.check()?;
        }
        let paid = self.report.policies.iter().map(|policy| policy.paid).sum();
        let count = self.report.policies.iter().filter(|policy| policy.paid > 0).count();
        recorder.happened("cover", format!("{count} liquidity providers are paid {}", money(paid)));
        Ok(())
    }

    /// Waits until the time for payouts is over. The keeper ends them, and the rest goes back to the fund.
    pub fn end(&mut self, world: &World, recorder: &mut Recorder) -> Result<()> {
        let mut ends = 0;
        for day in &self.days {
            let expiry: Expiry = world.chain.read(&self.keys.expiry(*day))?;
            ends = ends.max(expiry.expires_ts);
        }
        world.oracles.wait_until((ends * 1_000).max(world.validator.time().unix_ms))?;
        work(world, &world.keeper(plan::Policy::default()), recorder)?;
        recorder.happened("cover", "the time for payouts of policies is over".into());
        recorder.check().map(drop)
    }

    fn run(
        &self,
        world: &World,
        recorder: &mut Recorder,
        instruction: Instruction,
        signer: Option<&Keypair>,
    ) -> Result<()> {
        let signers = [Some(&world.payer), signer].into_iter().flatten().collect();
        told(recorder, &world.chain.run(vec![instruction], signers)?)
    }

    fn crank(&self, world: &World) -> Instruction {
        cranks(&world.keys, &world.oracle_accounts, &[self.market]).remove(0)
    }

    fn book(&self, world: &World) -> Result<PolicyBook> {
        world.chain.read(&self.keys.book)
    }

    fn policy(&self, world: &World, number: usize) -> Result<Policy> {
        world.chain.read(&self.keys.policy(number as u64))
    }

    /// The account that the cover pays to.
    pub fn vault(&self) -> Address {
        self.keys.vault()
    }
}
