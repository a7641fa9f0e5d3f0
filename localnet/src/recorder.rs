//! Watches the keeper at work: notes every event and checks the properties from account data.

use {
    crate::{
        adjustment::{sights, Sight},
        chain::Outcome,
        checks::{self, Haircut, History, Property},
        covers::ClaimAccounts,
        lockstep::Watch,
        progress::Progress,
        report::{
            AssessedReport, ClaimReport, CutReport, DefaultReport, Happening, HouseRoundReport, RepaidReport,
            ResidualReport,
        },
        world::World,
    },
    anyhow::{anyhow, Result},
    bulkhead_audit::{Accounts, Audit, Difference},
    bulkhead_book::Book,
    bulkhead_client::{event::Event, Address},
    bulkhead_format::{money, utc},
    bulkhead_keeper::plan::Action,
    std::collections::BTreeMap,
};

mod covers;
mod defaults;
mod events;
mod losses;

/// The properties that a run checks, in the order of [`Recorder::properties`]. Those of covers are there
/// once a run has covers.
#[derive(Clone, Copy, Debug)]
pub enum Checked {
    /// P1.
    Custody,
    /// P2.
    Novation,
    /// P3.
    ZeroSum,
    /// P4.
    ProRata,
    /// P5.
    Order,
    /// P10.
    NoLockUp,
    /// P11.
    OwnLosses,
    /// P12.
    Recoveries,
    /// The audit from events.
    Audit,
    /// C1.
    Pledged,
    /// C2.
    BothFit,
    /// C3.
    TwoBuckets,
    /// C4.
    ClearingFirst,
    /// C5.
    LeafOnce,
    /// C6.
    Reserve,
    /// C7.
    NobodyMoves,
    /// C8.
    CouldLeave,
    /// C9.
    Holds,
    /// C10.
    ConstantCost,
    /// C11.
    Payouts,
}

/// What one of the keeper's accounts has taken over, and got for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Takings {
    /// Liquidations, purchases from the house and purchases of an excess.
    pub count: u64,
    /// The value of the lots at the prices of the moment, in base units.
    pub lots_value: u64,
    /// Bonuses, discounts and bounties, in base units.
    pub earned: u64,
}

/// Observes a run.
pub struct Recorder<'a> {
    world: &'a World<'a>,
    progress: &'a Progress,
    before: Option<Book>,
    after: Option<Book>,
    dust: u64,
    liquidations: BTreeMap<u16, (u64, u64)>,
    collected: (u64, u64),
    closed_out: u64,
    paid_out: (u64, u64),
    /// Claims, and the money for them, at the time of the first payment.
    payout: Option<(u64, u64)>,
    history: History,
    /// Margin that became contribution: the member's number, the amount, and the number of haircuts
    /// before it.
    pub contributed: Vec<(usize, u64, usize)>,
    /// Layer 5, by ended share epoch and member.
    pub assessed: BTreeMap<(u64, usize), AssessedReport>,
    /// Layer 6, by cut and member.
    pub cuts: Vec<CutReport>,
    /// Layer 7, by claim.
    pub claims: Vec<ClaimReport>,
    /// Repayments of defaulters, and the members that recovered from them.
    pub repaid: RepaidReport,
    pub timeline: Vec<Happening>,
    /// What the keeper's accounts have taken and earned, by member's number.
    pub takings: BTreeMap<usize, Takings>,
    /// Defaults, by number.
    pub defaults: BTreeMap<u64, DefaultReport>,
    pub residuals: Vec<ResidualReport>,
    pub house_rounds: Vec<HouseRoundReport>,
    /// Watches that were opened.
    pub watches: usize,
    /// Haircuts, in order.
    pub haircuts: Vec<Haircut>,
    /// The markets at every price.
    pub sights: Vec<Sight>,
    /// Number of liquidations.
    pub liquidated: u64,
    /// Number of times that a breaker has tripped.
    pub trips: u64,
    /// Premiums collected, in base units.
    pub premiums: u64,
    pub properties: Vec<Property>,
    /// The books of the fund, from its events alone.
    audit: Audit,
    /// The first event that contradicts those before it.
    parted: Option<Difference>,
    /// Events of covers, in order.
    pub cover_events: Vec<Event>,
    /// Accounts of the claims on a cover, in a run that has covers.
    claim_accounts: Option<ClaimAccounts>,
    /// The book at the last look, in a run that has covers.
    last: Option<Book>,
}

impl<'a> Recorder<'a> {
    pub fn new(world: &'a World<'a>, progress: &'a Progress) -> Self {
        Self {
            world,
            progress,
            before: None,
            after: None,
            dust: 0,
            liquidations: BTreeMap::new(),
            collected: (0, 0),
            closed_out: 0,
            paid_out: (0, 0),
            payout: None,
            history: History::default(),
            contributed: Vec::new(),
            assessed: BTreeMap::new(),
            cuts: Vec::new(),
            claims: Vec::new(),
            repaid: RepaidReport::default(),
            timeline: Vec::new(),
            takings: BTreeMap::new(),
            defaults: BTreeMap::new(),
            residuals: Vec::new(),
            house_rounds: Vec::new(),
            watches: 0,
            haircuts: Vec::new(),
            sights: Vec::new(),
            liquidated: 0,
            trips: 0,
            premiums: 0,
            properties: properties(),
            audit: Audit::new(world.keys.fund),
            parted: None,
            cover_events: Vec::new(),
            claim_accounts: None,
            last: None,
        }
    }

    /// Notes a check of a property.
    pub fn note(&mut self, property: Checked, found: Result<(), String>) {
        let when = self.utc();
        if let Err(violation) = &found {
            self.progress
                .alert(&format!("{} is violated: {violation}", self.properties[property as usize].id));
        }
        self.properties[property as usize].note(&when, found);
    }

    /// Checks the properties that must hold at all times.
    pub fn check(&mut self) -> Result<Book> {
        let book = self.book()?;
        self.note(Checked::Custody, checks::custody(&book, &self.history));
        self.note(Checked::Novation, checks::novation(&book));
        self.note(Checked::ZeroSum, checks::zero_sum(&book));
        self.note(Checked::Recoveries, checks::recoveries(&book, &self.history));
        let audited = self.audited(&book);
        self.note(Checked::Audit, audited);
        self.check_covers(&book)?;
        Ok(book)
    }

    /// Compares the accounts with what the events alone say.
    fn audited(&mut self, book: &Book) -> Result<(), String> {
        for call in self.world.chain.take_calls() {
            if self.parted.is_none() {
                self.parted = self.audit.fold(&call).err();
            }
        }
        let accounts = Accounts {
            fund: &book.fund,
            vault: book.vault_amount,
            markets: book.markets.iter().collect(),
            members: book.members.iter().map(|(address, member)| (*address, member)).collect(),
            records: book.records.values().collect(),
        };
        let difference = match &self.parted {
            Some(parted) => Some(parted.clone()),
            None => self.audit.compare(&accounts).into_iter().next(),
        };
        difference.map_or(Ok(()), |difference| Err(difference.to_string()))
    }

    /// Notes the markets as they are.
    pub fn sight(&mut self, book: &Book) {
        let utc = self.utc();
        self.sights.extend(sights(book, &self.world.parameters, &utc));
    }

    /// Notes the events of a transaction that belongs to no action of the keeper: cranks, collected
    /// premiums.
    pub fn tell(&mut self, outcome: &Outcome) -> Result<()> {
        outcome.events.iter().try_for_each(|event| self.see(event, None))
    }

    /// Adds to the timeline.
    pub fn happened(&mut self, kind: &'static str, what: String) {
        let utc = self.utc();
        self.progress.line(&format!("  {utc}  {what}"));
        self.timeline.push(Happening { utc, kind, what });
    }

    /// Notes that an account was closed.
    pub fn closed(&mut self) {
        self.history.closed += 1;
    }

    /// Notes a recovery that was paid to a wallet.
    pub fn recovered(&mut self, amount: u64) {
        self.history.paid_back += amount;
    }

    /// Writes one line for the liquidations since the last one, and one for the payments of many
    /// members.
    pub fn sum_up(&mut self) {
        let (count, amount) = std::mem::take(&mut self.collected);
        if count > 0 {
            self.happened("assessment", format!("assessments: {count} members pay {}", money(amount)));
        }
        let count = std::mem::take(&mut self.closed_out);
        if count > 0 {
            self.happened("wind-down", format!("{count} members are closed out at the final marks"));
        }
        let (count, amount) = std::mem::take(&mut self.paid_out);
        if count > 0 {
            self.happened(
                "wind-down",
                format!(
                    "pay-out: {count} claim{} {}",
                    if count == 1 { " gets" } else { "s get" },
                    money(amount)
                ),
            );
        }
        for (market, (count, lots)) in std::mem::take(&mut self.liquidations) {
            let name = &self.world.parameters.markets[usize::from(market)];
            let assets = lots as f64 / 10f64.powi(name.params.lot_decimals.into());
            let plural = if count == 1 { "" } else { "s" };
            self.happened("liquidation", format!("{count} liquidation{plural}: {assets:.2} {}", name.symbol));
        }
    }

    fn utc(&self) -> String {
        utc(self.world.validator.time().unix_ms)
    }

    fn book(&self) -> Result<Book> {
        self.world.book()
    }

    fn name(&self, member: &Address) -> String {
        let number = self.world.numbers[member];
        format!("member {number} ({})", self.world.wallets[number].kind.name())
    }
}

impl Watch for Recorder<'_> {
    fn before(&mut self) -> Result<()> {
        // Nothing changes between two blocks: the book after one allocation is the book before the
        // next.
        let slot = self.world.validator.time().slot;
        self.before = match self.after.take().filter(|after| after.slot == slot) {
            Some(after) => Some(after),
            None => Some(self.book()?),
        };
        Ok(())
    }

    fn done(&mut self, action: &Action, outcome: &Outcome) -> Result<()> {
        if let Some(failure) = &outcome.failure {
            self.before = None;
            self.happened("refused", format!("{} refused: {failure}", action.name()));
            return Ok(());
        }
        let after = match self.before {
            Some(_) => Some(self.book()?),
            None => None,
        };
        // The events of one allocation come in order: the share epoch may end before the loss is
        // reported.
        outcome.events.iter().try_for_each(|event| self.see(event, after.as_ref()))?;
        self.after = after;
        Ok(())
    }
}

/// The properties a run checks, each with the sentence that the report prints, in the order of
/// [`Checked`].
fn properties() -> Vec<Property> {
    let sentences = [
        ("P1", "the vault covers the buckets, and every bucket equals the members' claims on it"),
        ("P2", "in every market the members' lots and the house's sum to zero"),
        ("P3", "all raw quote is the pool and the unfunded losses less claims, exactly"),
        ("P4", "in every layer each survivor pays its exact pro-rata part, within one base unit"),
        ("P5", "a layer pays only when the ones before it are empty"),
        ("P10", "every member can leave with exactly its own money, the last one too"),
        ("P11", "nobody's initial margin pays for another's default"),
        ("P12", "recoveries reach the members that bore losses and never exceed those losses"),
        ("E", "every bucket, market, member and default follows from the events alone, to the unit"),
    ];
    sentences.map(|(id, sentence)| Property::new(id, sentence)).into()
}

fn named(error: bulkhead_math::MathError) -> anyhow::Error {
    anyhow!("a position has no value: {error:?}")
}
