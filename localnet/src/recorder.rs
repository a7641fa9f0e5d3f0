//! Looks on while the keeper works: notes what happens, and checks the properties from account data.

use {
    crate::{
        book::Book,
        chain::Outcome,
        checks::{self, Haircut, Paid, Property},
        format::{money, percent, utc},
        keeper::Watch,
        plan::Action,
        progress::Progress,
        report::{DefaultReport, Happening, PositionReport, ResidualReport},
        world::World,
    },
    anyhow::{Context, Result},
    bulkhead_client::{event::Event, state::DefaultRecord, Address},
    std::collections::BTreeMap,
};

/// The properties a run checks, in the order of [`Recorder::properties`].
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
}

/// Who looks on.
pub struct Recorder<'a> {
    world: &'a World<'a>,
    progress: &'a Progress,
    before: Option<Book>,
    after: Option<Book>,
    dust: u64,
    liquidations: BTreeMap<u16, (u64, u64)>,
    /// What happened.
    pub timeline: Vec<Happening>,
    /// Defaults, by number.
    pub defaults: BTreeMap<u64, DefaultReport>,
    /// Residual losses.
    pub residuals: Vec<ResidualReport>,
    /// Every haircut, in order.
    pub haircuts: Vec<Haircut>,
    /// What was checked.
    pub properties: Vec<Property>,
}

impl<'a> Recorder<'a> {
    /// Nothing has happened yet.
    pub fn new(world: &'a World<'a>, progress: &'a Progress) -> Self {
        Self {
            world,
            progress,
            before: None,
            after: None,
            dust: 0,
            liquidations: BTreeMap::new(),
            timeline: Vec::new(),
            defaults: BTreeMap::new(),
            residuals: Vec::new(),
            haircuts: Vec::new(),
            properties: vec![
                Property::new("P1", "the vault covers the buckets, and every bucket is what members can claim from it"),
                Property::new("P2", "in every market the members' lots and the house's sum to zero"),
                Property::new("P3", "all raw quote together is the pool and the unfunded losses, exactly"),
                Property::new("P4", "every share of the survivors loses the same fraction, within one base unit"),
                Property::new("P5", "a layer pays only when the ones before it are empty"),
                Property::new("P10", "everybody can leave, with exactly what is theirs, the last one too"),
                Property::new("P11", "nobody's margin pays for another's default"),
            ],
        }
    }

    /// Notes a check of a property.
    pub fn note(&mut self, property: Checked, found: Result<(), String>) {
        let when = self.utc();
        if let Err(violation) = &found {
            self.progress.alert(&format!("{} is violated: {violation}", self.properties[property as usize].id));
        }
        self.properties[property as usize].note(&when, found);
    }

    /// Checks what must hold at all times.
    pub fn check(&mut self) -> Result<Book> {
        let book = self.book()?;
        self.note(Checked::Custody, checks::custody(&book));
        self.note(Checked::Novation, checks::novation(&book));
        self.note(Checked::ZeroSum, checks::zero_sum(&book));
        Ok(book)
    }

    /// Adds to the timeline.
    pub fn happened(&mut self, kind: &'static str, what: String) {
        let utc = self.utc();
        self.progress.line(&format!("  {utc}  {what}"));
        self.timeline.push(Happening { utc, kind, what });
    }

    /// One line for the liquidations since the last.
    pub fn sum_up_liquidations(&mut self) {
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

    fn see(&mut self, event: &Event, after: Option<&Book>) -> Result<()> {
        match event {
            Event::Liquidated(event) => {
                let (count, lots) = self.liquidations.entry(event.market as u16).or_default();
                *count += 1;
                *lots += event.lots.unsigned_abs();
            }
            Event::GraceStarted(event) => {
                self.happened("grace", format!("{} has negative equity: grace", self.name(&event.member)));
            }
            Event::GraceEnded(event) => self.happened("grace", format!("{} has recovered", self.name(&event.member))),
            Event::DefaultDeclared(event) => {
                let lost = money(event.shortfall);
                let name = self.name(&event.member);
                self.happened("default", format!("{name} is in default: {lost} beyond its margin"));
                let report = self.default_report(event.seq, &event.member)?;
                self.defaults.insert(event.seq, report);
            }
            Event::LossAllocated(event) => {
                let after = after.context("an allocation was sent together with other actions")?;
                let record = after.records.get(&event.seq).copied().context("a default has no record")?;
                let paid = Paid {
                    treasury: event.from_treasury,
                    survivors: event.from_survivors,
                    residual: event.residual,
                    dust: 0,
                };
                let worst = self.check_allocation(after, paid, record.contributions_before, Some(&event.member));
                self.book_default(&record, worst);
            }
            Event::ResidualAllocated(event) => {
                let after = after.context("an allocation was sent together with other actions")?;
                let contributions = self.before.as_ref().map_or(0, |before| before.fund.contributions);
                let paid = Paid {
                    treasury: event.from_treasury,
                    survivors: event.from_survivors,
                    residual: event.residual,
                    dust: 0,
                };
                let worst = self.check_allocation(after, paid, contributions, None);
                let haircut_ppm = Haircut { contributions, paid: event.from_survivors }.ppm();
                let what = format!(
                    "residual loss: treasury {}, survivors {} ({})",
                    money(event.from_treasury),
                    money(event.from_survivors),
                    percent(haircut_ppm)
                );
                self.happened("residual", what);
                self.residuals.push(ResidualReport {
                    utc: self.utc(),
                    from_treasury: event.from_treasury,
                    from_survivors: event.from_survivors,
                    residual: event.residual,
                    haircut_ppm,
                    worst_deviation_micro: worst,
                });
            }
            Event::EpochWiped(event) => {
                self.dust = event.dust; // told before the allocation that ends the epoch
                self.happened("epoch", format!("the contributions are gone: share epoch {} ends", event.epoch));
            }
            Event::TakenOver(event) => {
                let market = &self.world.parameters.markets[event.market as usize];
                let assets = event.lots as f64 / 10f64.powi(market.params.lot_decimals.into());
                let price = event.price as f64 / 10f64.powi(market.params.price_decimals.into());
                let result = match event.house_result {
                    0 => String::new(),
                    result if result > 0 => format!(", house gain {}", money(result.unsigned_abs())),
                    result => format!(", house loss {}", money(result.unsigned_abs())),
                };
                let name = self.name(&event.member);
                let what = format!("{name} buys {assets:.2} {} from the house at {price:.2}{result}", market.symbol);
                self.happened("take over", what);
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns the largest deviation of a survivor.
    fn check_allocation(&mut self, after: &Book, paid: Paid, contributions: u64, defaulter: Option<&Address>) -> i64 {
        let Some(before) = self.before.take() else { return 0 };
        let paid = Paid { dust: std::mem::take(&mut self.dust), ..paid };
        let haircut = Haircut { contributions, paid: paid.survivors };
        let pro_rata = checks::pro_rata(&before, after, &haircut, defaulter);
        self.note(Checked::Order, checks::order(after, &paid, defaulter));
        self.note(Checked::OwnLosses, checks::own_losses_only(&before, after));
        self.note(Checked::ProRata, pro_rata.clone().map(drop));
        self.haircuts.push(haircut);
        pro_rata.unwrap_or(i64::MAX)
    }

    /// What is known at the declaration; the rest comes with the allocation.
    fn default_report(&self, seq: u64, member: &Address) -> Result<DefaultReport> {
        let record = self.world.chain.record(&self.world.keys, seq)?;
        let held = &record.positions[..usize::from(record.positions_len)];
        let number = self.world.numbers[member];
        Ok(DefaultReport {
            seq,
            member: number,
            kind: self.world.wallets[number].kind.name(),
            declared_utc: self.utc(),
            positions: held
                .iter()
                .map(|held| PositionReport {
                    market: self.world.parameters.markets[usize::from(held.market)].symbol.clone(),
                    lots: held.lots,
                    price: held.price,
                })
                .collect(),
            from_margin: record.from_margin,
            shortfall: record.shortfall,
            from_contribution: 0,
            from_treasury: 0,
            from_survivors: 0,
            residual: 0,
            contributions_before: 0,
            haircut_ppm: 0,
            worst_deviation_micro: 0,
        })
    }

    fn book_default(&mut self, record: &DefaultRecord, worst_deviation_micro: i64) {
        let haircut = Haircut { contributions: record.contributions_before, paid: record.from_survivors };
        let what = format!(
            "default {}: own contribution {}, treasury {}, survivors {} ({})",
            record.seq,
            money(record.from_contribution),
            money(record.from_treasury),
            money(record.from_survivors),
            percent(haircut.ppm())
        );
        self.happened("allocation", what);
        if let Some(report) = self.defaults.get_mut(&record.seq) {
            report.from_contribution = record.from_contribution;
            report.from_treasury = record.from_treasury;
            report.from_survivors = record.from_survivors;
            report.residual = record.residual;
            report.contributions_before = record.contributions_before;
            report.haircut_ppm = haircut.ppm();
            report.worst_deviation_micro = worst_deviation_micro;
        }
    }
}

impl Watch for Recorder<'_> {
    fn before(&mut self) -> Result<()> {
        // Between two blocks nothing changes: what one allocation left is what the next one finds.
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
        // The events of one allocation, in their order: the epoch may end before the loss is reported.
        outcome.events.iter().try_for_each(|event| self.see(event, after.as_ref()))?;
        self.after = after;
        Ok(())
    }
}
