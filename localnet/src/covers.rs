//! Covers in a crash: a protocol whose users have claims, a lending pool with bad debt, and liquidity
//! providers that insure impermanent loss, beside the defaults of the fund itself.
//!
//! - [`Covers::register`] opens all covers before anybody trades, founds the pool (`pool`), and lets
//!   providers buy (`policies`).
//! - [`Covers::after_price`] lets the pool liquidate and report, and raises the alarm for the protocol
//!   (`loss`) at the lowest price.
//! - [`Covers::pay`] has the panel decide, the policies expire, and the fund pay.
//! - [`Covers::finish`] lets victims and providers claim, and ends the covers.

use {
    crate::{
        chain::Outcome,
        population::Population,
        recorder::{Checked, Recorder},
        replay::work,
        report::{CoverReport, CoversReport},
        rng::Rng,
        scenario::{Scenario, Tick},
        world::{token_account, World},
    },
    anyhow::{bail, Context, Result},
    bulkhead_book::Book,
    bulkhead_client::{
        address,
        constants::{COVER_OPENS_SECS, SETTLE_SLOTS},
        event::Event,
        instruction as build,
        state::{Cover, CoverKind, CoverPurse, CoverTerms, Mandate, ParameterChange, QueuedChange},
        Address,
    },
    bulkhead_format::money,
    bulkhead_inspect::covers::{self as checks, Opening},
    bulkhead_keeper::plan::Policy,
    solana_keypair::Keypair,
    solana_signer::Signer,
};

mod loss;
mod policies;
mod pool;

pub use loss::ClaimAccounts;
use {loss::Protocol, policies::Providers, pool::Venue};

/// Numbers of the covers.
const CLAIMS: u16 = 0;
const VENUE: u16 = 1;
const POLICIES: u16 = 2;
const COVERS: usize = 3;
/// What all pledge together, of the contributions, and their parts of it, in basis points.
const PLEDGED_BPS: u64 = 2_000;
const PARTS_BPS: [u64; COVERS] = [4_800, 3_200, 2_000];
/// First loss, coinsurance and premium, in basis points. A book of policies takes its coinsurance itself, and
/// each policy its premium.
const FIRST_LOSS_BPS: [u64; COVERS] = [500, 200, 0];
const COINSURANCE_BPS: [u16; COVERS] = [1_000, 1_000, 0];
const PREMIUM_BPS_PER_YEAR: u16 = 500;
/// Premium paid in advance, of the limit: more than the covers' time costs.
const PREPAID_BPS: u64 = 125;
/// Debt of the pool, in limits of its cover.
const DEBT: u64 = 8;
/// How long the covers last, from their opening.
const TERM_SECS: i64 = 60 * DAY_SECS;
const DAY_SECS: i64 = 86_400;
const ONE_BPS: u64 = 10_000;
/// A draw waits for so many slots before its settlement, and a little more.
const SETTLES_AFTER_SLOTS: u64 = SETTLE_SLOTS + 10;

/// Compute units that an instruction may cost at any number of members and claims.
const MOST_UNITS: [(&str, u64); 3] = [("settle_cover", 3_500), ("claim_cover", 6_000), ("push_claim", 6_000)];

/// How long before the first price the fund is set up: notice and claim window pass before a cover opens, and
/// then the day of the purchase and that of the entry of policies.
pub const SET_UP_MS: i64 = 16 * DAY_SECS * 1_000;

/// How long after its change a cover opens at the earliest.
pub const OPENS_MS: i64 = COVER_OPENS_SECS * 1_000 + 1_000;

/// The covers of a run, and everybody whom they concern.
pub struct Covers {
    protocol: Protocol,
    venue: Venue,
    providers: Providers,
    /// Pays premiums, first losses and the bond, and gets back what is not used.
    sponsor: Keypair,
    openings: Vec<Opening>,
    registered: Option<Book>,
    lowest_ms: i64,
    report: CoversReport,
}

/// Lets a fund have covers, and gives it the money for them: with as much more in contributions and treasury
/// as they pledge, the members' trades fit as they did without.
pub fn prepare(parameters: &mut crate::migration::Parameters) {
    let fund = &mut parameters.fund;
    fund.cover_budget_bps = 2_500;
    fund.notice_secs = policies::NOTICE_SECS;
    fund.cover_min_notice_secs = fund.notice_secs;
    fund.outflow_cap_bps = 1_000; // the most that a fund with covers may let out in a day
}

/// Raises contributions and treasury by what covers will pledge. Returns that.
pub fn endow(population: &mut Population) -> u64 {
    for seat in &mut population.seats {
        seat.contribution += seat.contribution / 4;
    }
    let contributions: u64 = population.seats.iter().map(|seat| seat.contribution).sum();
    let pledged = part(contributions, PLEDGED_BPS);
    population.treasury += pledged / 2;
    pledged
}

/// A part of an amount in basis points, rounded down.
fn part(amount: u64, bps: u64) -> u64 {
    (u128::from(amount) * u128::from(bps) / u128::from(ONE_BPS)) as u64
}

/// Notes the events of a transaction that the scenario has sent.
fn told(recorder: &mut Recorder, outcome: &Outcome) -> Result<()> {
    recorder.tell(outcome)
}

impl Covers {
    /// Registers all covers, pays premium and first loss in, waits until they are open, and lets providers
    /// buy their policies.
    pub fn register(world: &World, scenario: &Scenario, pledged: u64, seed: u64) -> Result<Self> {
        let limits = PARTS_BPS.map(|bps| part(pledged, bps));
        let sponsor = Keypair::new_from_array(Rng::new(seed, "sponsor").bytes());
        world.validator.set_sol(&sponsor.pubkey(), 1_000_000_000)?;
        let market = u16::try_from(world.parameters.markets.len() - 1)?;
        let protocol = Protocol::found(world, seed, CLAIMS, limits[0])?;
        let venue = Venue::found(world, seed, market, VENUE, limits[1] * DEBT)?;
        let providers = Providers::found(world, seed, market, POLICIES, limits[2])?;
        let mut covers = Self {
            protocol,
            venue,
            providers,
            sponsor,
            openings: Vec::new(),
            registered: None,
            lowest_ms: lowest(scenario),
            report: CoversReport::default(),
        };
        let terms = covers.terms(limits);
        covers.open(world, &terms)?;
        covers.pay_in(world, &terms)?;
        world.oracles.wait_until(world.validator.time().unix_ms + OPENS_MS)?;
        covers.providers.insure(world)?;
        Ok(covers)
    }

    fn terms(&self, limits: [u64; COVERS]) -> [CoverTerms; COVERS] {
        let terms = |index: usize| CoverTerms {
            drawer: self.protocol.keys.panel,
            destination: self.protocol.keys.vault(),
            beneficiary: self.sponsor.pubkey(),
            terms_hash: [1 + index as u8; 32],
            limit: limits[index],
            first_loss_min: part(limits[index], FIRST_LOSS_BPS[index]),
            per_draw: limits[index],
            period_limit: limits[index],
            covered_debt: 0,
            opens_ts: 0,
            ends_ts: 0,
            premium_bps_per_year: PREMIUM_BPS_PER_YEAR,
            coinsurance_bps: COINSURANCE_BPS[index],
            market: 0,
            threshold_bps: 0,
            kind: CoverKind::Claims as u8,
        };
        let venue = CoverTerms {
            kind: CoverKind::Venue as u8,
            drawer: self.venue.pool,
            destination: self.venue.vault,
            first_loss_min: terms(1).first_loss_min + 1, // 2% are rounded up in favour of the fund
            period_limit: limits[1] / 2,
            covered_debt: self.venue.report.debt,
            threshold_bps: pool::THRESHOLD_BPS,
            market: self.venue.market,
            ..terms(1)
        };
        let policies = CoverTerms {
            kind: CoverKind::Parametric as u8,
            drawer: self.providers.keys.book,
            destination: self.providers.vault(),
            premium_bps_per_year: 0,
            ..terms(2)
        };
        [terms(0), venue, policies]
    }

    /// Queues them, waits until everybody could have left, and opens them.
    fn open(&mut self, world: &World, terms: &[CoverTerms; COVERS]) -> Result<()> {
        let (payer, authority) = (world.payer.pubkey(), world.authority.pubkey());
        let now = world.validator.time().unix_ts();
        let fund = world.book()?.fund;
        let first = fund.governance_nonce;
        let mandate = |nonce: u64| Mandate { nonce, last_valid_slot: world.validator.time().slot + 150 };
        let mut queued_secs = Vec::new();
        for (number, terms) in (first..).zip(terms) {
            let terms = CoverTerms { opens_ts: now, ends_ts: now + SET_UP_MS / 1_000 + TERM_SECS, ..*terms };
            let change = ParameterChange::NewCover(terms);
            let queue = build::queue_change(&world.keys, authority, payer, change, mandate(number));
            world.chain.run(vec![queue], vec![&world.payer, &world.authority])?;
            queued_secs.push(world.book()?.exit_secs());
        }
        for number in (first..).take(terms.len()) {
            let change: QueuedChange = world.chain.read(&address::queued_change(&world.keys.fund, number))?;
            let left = change.ready_secs.saturating_sub(world.book()?.exit_secs());
            world.oracles.wait_until(world.validator.time().unix_ms + (left as i64 + 1) * 1_000)?;
        }
        for (index, number) in (first..).take(terms.len()).enumerate() {
            let mandate = mandate(world.book()?.fund.governance_nonce);
            let cover = index as u16;
            let open = build::open_cover(&world.keys, cover, number, authority, payer, payer, mandate);
            world.chain.run(vec![open], vec![&world.payer, &world.authority])?;
            let applied_secs = world.book()?.exit_secs();
            self.openings.push(Opening { queued_secs: queued_secs[index], applied_secs });
        }
        self.registered = Some(world.book()?);
        Ok(())
    }

    /// Pays premium and first loss in; each policy pays its own premium.
    fn pay_in(&mut self, world: &World, terms: &[CoverTerms; COVERS]) -> Result<()> {
        let (sponsor, tokens) = (self.sponsor.pubkey(), self.tokens(world));
        for (index, terms) in (0..).zip(terms).take(usize::from(POLICIES)) {
            let purses = [
                (CoverPurse::Prepaid, part(terms.limit, PREPAID_BPS)),
                (CoverPurse::FirstLoss, terms.first_loss_min),
            ];
            let all = purses.iter().map(|(_, amount)| amount).sum();
            world.validator.set_tokens(&sponsor, &world.keys.mint, all)?;
            let pay = |(purse, amount): (CoverPurse, u64)| {
                build::fund_cover(&world.keys, index, sponsor, tokens, amount, purse)
            };
            world.chain.run(purses.map(pay).to_vec(), vec![&world.payer, &self.sponsor])?;
            self.report.paid_in += all;
            self.report.covers.push(CoverReport {
                cover: index,
                kind: if index == VENUE { "venue" } else { "claims" },
                limit: terms.limit,
                prepaid: purses[0].1,
                ..CoverReport::default()
            });
        }
        let limit = terms[usize::from(POLICIES)].limit;
        self.report.covers.push(CoverReport {
            cover: POLICIES,
            kind: "policies",
            limit,
            ..CoverReport::default()
        });
        Ok(())
    }

    fn tokens(&self, world: &World) -> Address {
        token_account(&self.sponsor.pubkey(), &world.keys.mint)
    }

    /// Begins to record: the pool lends, and what the registration asks for is checked.
    pub fn begin(&mut self, world: &World, recorder: &mut Recorder) -> Result<()> {
        recorder.watch_covers(self.protocol.accounts());
        self.venue.lend(world)?;
        let book = world.book()?;
        if let Some(registered) = &self.registered {
            recorder.note(Checked::BothFit, checks::both_largest_fit(registered));
        }
        recorder.note(Checked::BothFit, checks::both_largest_fit(&book));
        for opening in &self.openings {
            recorder.note(Checked::CouldLeave, checks::everybody_could_leave(&book, opening));
        }
        let pledged = format!(
            "three covers pledge {} of the fund's {}: {} for claims on a protocol, {} for a lending pool, {} \
             for policies",
            money(book.fund.committed),
            money(book.fund.treasury + book.fund.contributions),
            money(self.report.covers[0].limit),
            money(self.report.covers[1].limit),
            money(self.report.covers[2].limit)
        );
        self.report.pledged = book.fund.committed;
        recorder.happened("cover", pledged);
        self.providers.start(world, recorder)
    }

    /// Acts on a new price, before the keeper does: what is drawn here waits until clearing is whole.
    pub fn after_price(&mut self, world: &World, tick: &Tick, recorder: &mut Recorder) -> Result<()> {
        if tick.at_ms == self.lowest_ms {
            self.protocol.alert(world, recorder, &self.sponsor)?;
            self.nobody_enters(world, recorder)?;
        }
        if self.venue.work(world, recorder)? {
            recorder.check()?;
        }
        Ok(())
    }

    /// A wallet tries to contribute while exits are held, and is refused.
    fn nobody_enters(&mut self, world: &World, recorder: &mut Recorder) -> Result<()> {
        let wallet = &world.wallets[0];
        world.validator.set_tokens(&wallet.key.pubkey(), &world.keys.mint, 1_000_000)?;
        let enter = build::contribute(&world.keys, wallet.key.pubkey(), wallet.tokens, 1_000_000);
        let refused = refusal(world, vec![enter], &wallet.key, "LossPending")?;
        world.validator.set_tokens(&wallet.key.pubkey(), &world.keys.mint, 0)?;
        recorder.note(Checked::NobodyMoves, refused);
        Ok(())
    }

    /// Has all losses paid, once the crash is over and every position is closed. Returns the book after the
    /// last settlement.
    pub fn pay(&mut self, world: &World, recorder: &mut Recorder) -> Result<Book> {
        self.settle(world, recorder)?;
        self.collect(world, recorder, VENUE, self.venue.vault)?;
        self.venue.receive(world, recorder)?;
        self.protocol.decide(world, recorder)?;
        self.settle(world, recorder)?;
        self.protocol.open(world, recorder)?;
        self.providers.expire(world, recorder)?;
        recorder.check()
    }

    /// Posts the list of the protocol's users, and has the panel vote.
    pub fn list(&mut self, world: &World, recorder: &mut Recorder) -> Result<()> {
        self.protocol.post(world, recorder, &self.sponsor)?;
        self.protocol.vote(world, recorder)
    }

    /// Lets the keeper settle what covers are owed.
    fn settle(&self, world: &World, recorder: &mut Recorder) -> Result<()> {
        let keeper = world.keeper(Policy::default());
        world.oracles.wait_slots(SETTLES_AFTER_SLOTS)?;
        let book = work(world, &keeper, recorder)?;
        if book.fund.cover_owed > 0 {
            bail!("covers are still owed {}: clearing is not whole", book.fund.cover_owed);
        }
        Ok(())
    }

    fn collect(&mut self, world: &World, recorder: &mut Recorder, cover: u16, to: Address) -> Result<()> {
        let collect = build::collect_cover(&world.keys, cover, to);
        told(recorder, &world.chain.run(vec![collect], vec![&world.payer])?)
    }

    /// Lets victims and providers claim, and ends everything once the time for that is over. The money that
    /// is left goes back to those who have borne the losses, and to the sponsor.
    pub fn finish(mut self, world: &World, recorder: &mut Recorder) -> Result<CoversReport> {
        self.protocol.claim(world, recorder)?;
        self.providers.claim(world, recorder)?;
        self.protocol.expire(world, recorder)?;
        self.providers.end(world, recorder)?;
        let ends = world.chain.all::<Cover>(&world.keys.fund)?.iter().map(Cover::ends_at_the_earliest).max();
        world.oracles.wait_until(ends.context("there are no covers")? * 1_000)?;
        world.validator.set_tokens(&self.sponsor.pubkey(), &world.keys.mint, 0)?;
        for cover in [CLAIMS, VENUE] {
            let end = build::end_cover(&world.keys, cover);
            told(recorder, &world.chain.run(vec![end], vec![&world.payer])?)?;
            self.collect(world, recorder, cover, self.tokens(world))?;
        }
        // It has neither premium nor first loss to give back.
        let end = build::end_cover(&world.keys, POLICIES);
        told(recorder, &world.chain.run(vec![end], vec![&world.payer])?)?;
        recorder.happened("cover", "the covers end and pledge nothing any more".into());
        recorder.check()?;
        let ledger = world.chain.ledger();
        for (name, most) in MOST_UNITS {
            if let Some(cost) = ledger.instructions.get(name) {
                recorder.note(Checked::ConstantCost, checks::cost(name, cost.units_max, most));
            }
        }
        Ok(self.summed(world, recorder))
    }

    /// Adds what the fund's events say to the report.
    fn summed(self, world: &World, recorder: &Recorder) -> CoversReport {
        let mut report = self.report;
        for event in &recorder.cover_events {
            let cover = match event {
                Event::CoverAccrued(event) => event.cover,
                Event::CoverDrawn(event) => event.cover,
                Event::CoverSettled(event) => event.cover,
                Event::CoverCollected(event) => event.cover,
                Event::CoverReturned(event) => event.cover,
                _ => continue,
            };
            if let Some(own) = report.covers.iter_mut().find(|own| world.keys.cover(own.cover) == cover) {
                own.book(event);
            }
        }
        for (cover, coinsurance_bps) in report.covers.iter_mut().zip(COINSURANCE_BPS) {
            cover.share_the_rest(coinsurance_bps);
        }
        report.policies = self.providers.report;
        let premiums: u64 = report.policies.policies.iter().map(|policy| policy.premium).sum();
        let book = &mut report.covers[usize::from(POLICIES)];
        (book.premium, report.policies.returned) = (premiums, book.returned);
        report.paid_in += premiums;
        report.pool = self.venue.report;
        report.loss = self.protocol.report;
        report
    }
}

/// Runs a transaction that has to be refused with this error.
fn refusal(
    world: &World,
    instructions: Vec<bulkhead_client::Instruction>,
    signer: &Keypair,
    error: &str,
) -> Result<Result<(), String>> {
    let order = crate::chain::Order { instructions, signers: vec![&world.payer, signer] };
    let outcome = world.chain.send(&[order])?.remove(0);
    Ok(match outcome.failure {
        Some(failure) if failure.contains(error) => Ok(()),
        Some(failure) => Err(format!("refused, but not by {error}: {failure}")),
        None => Err(format!("accepted, instead of {error}")),
    })
}

/// The time of the lowest price of the last asset.
fn lowest(scenario: &Scenario) -> i64 {
    let last = |tick: &Tick| tick.usd.last().copied().unwrap_or(f64::MAX);
    let ticks = scenario.ticks();
    let lowest = ticks.iter().skip(1).min_by(|a, b| last(a).total_cmp(&last(b)));
    lowest.map_or(0, |tick| tick.at_ms)
}
