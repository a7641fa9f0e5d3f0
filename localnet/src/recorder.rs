//! Looks on while the keeper works: notes what happens, and checks the properties from account data.

use {
    crate::{
        adjustment::{sights, Sight},
        book::Book,
        chain::Outcome,
        checks::{self, deviation_micro, Haircut, History, Paid, Property},
        format::{money, percent, utc},
        keeper::Watch,
        plan::Action,
        progress::Progress,
        report::{
            AssessedReport, ClaimReport, CutReport, DefaultReport, Happening, PositionReport, RecoveredReport,
            RepaidReport, ResidualReport,
        },
        world::World,
    },
    anyhow::{anyhow, Context, Result},
    bulkhead_client::{event::Event, rules::premium, state::DefaultRecord, Address},
    bulkhead_math::gains::plan_cut,
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
    /// P12.
    Recoveries,
}

/// Who looks on.
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
    /// Claims and the money for them, when the first one was paid.
    payout: Option<(u64, u64)>,
    history: History,
    /// Margin that became contribution: whose, how much, and after how many haircuts.
    pub contributed: Vec<(usize, u64, usize)>,
    /// Layer 5, by member and ended epoch.
    pub assessed: BTreeMap<(u64, usize), AssessedReport>,
    /// Layer 6, by cut and member.
    pub cuts: Vec<CutReport>,
    /// Layer 7.
    pub claims: Vec<ClaimReport>,
    /// What defaulters have paid back, and who has got it.
    pub repaid: RepaidReport,
    /// What happened.
    pub timeline: Vec<Happening>,
    /// Defaults, by number.
    pub defaults: BTreeMap<u64, DefaultReport>,
    /// Residual losses.
    pub residuals: Vec<ResidualReport>,
    /// Every haircut, in order.
    pub haircuts: Vec<Haircut>,
    /// The markets at every price.
    pub sights: Vec<Sight>,
    /// Liquidations.
    pub liquidated: u64,
    /// Times a breaker has tripped.
    pub trips: u64,
    /// Premiums collected.
    pub premiums: u64,
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
            defaults: BTreeMap::new(),
            residuals: Vec::new(),
            haircuts: Vec::new(),
            sights: Vec::new(),
            liquidated: 0,
            trips: 0,
            premiums: 0,
            properties: vec![
                Property::new("P1", "the vault covers the buckets, and every bucket is what members can claim from it"),
                Property::new("P2", "in every market the members' lots and the house's sum to zero"),
                Property::new(
                    "P3",
                    "all raw quote less pending cuts is the pool and the unfunded losses less claims, exactly",
                ),
                Property::new("P4", "in every layer each survivor pays its exact pro-rata part, within one base unit"),
                Property::new("P5", "a layer pays only when the ones before it are empty"),
                Property::new("P10", "everybody can leave, with exactly what is theirs, the last one too"),
                Property::new("P11", "nobody's initial margin pays for another's default"),
                Property::new("P12", "recoveries reach those who bore losses, and never exceed what they lost"),
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
        self.note(Checked::Custody, checks::custody(&book, &self.history));
        self.note(Checked::Novation, checks::novation(&book));
        self.note(Checked::ZeroSum, checks::zero_sum(&book));
        self.note(Checked::Recoveries, checks::recoveries(&book, &self.history));
        Ok(book)
    }

    /// Notes the markets as they are.
    pub fn sight(&mut self, book: &Book) {
        let utc = self.utc();
        self.sights.extend(sights(book, &self.world.parameters, &utc));
    }

    /// Notes what happened in a transaction that is nobody's action: cranks, collected premiums.
    pub fn tell(&mut self, outcome: &Outcome) -> Result<()> {
        outcome.events.iter().try_for_each(|event| self.see(event, None))
    }

    /// Adds to the timeline.
    pub fn happened(&mut self, kind: &'static str, what: String) {
        let utc = self.utc();
        self.progress.line(&format!("  {utc}  {what}"));
        self.timeline.push(Happening { utc, kind, what });
    }

    /// Notes that an account is closed.
    pub fn closed(&mut self) {
        self.history.closed += 1;
    }

    /// A recovery of `amount`: everybody gets the same fraction of what it has not recovered (P12).
    pub fn check_recovery(&mut self, before: &Book, after: &Book, amount: u64) -> Result<()> {
        let outstanding = before.fund.losses_outstanding;
        for (number, wallet) in self.world.wallets.iter().enumerate() {
            let was = checks::touched(before, &before.members[&wallet.member]).map_err(|error| anyhow!(error))?;
            let own = before.fund.losses().outstanding_of(was.loss_units.get()).map_err(named)?;
            let recovery = |book: &Book| checks::recovery(book, &book.members[&wallet.member]);
            let more = recovery(after).and_then(|is| Ok(is - recovery(before)?)).map_err(|error| anyhow!(error))?;
            if own > 0 {
                let deviation_micro = deviation_micro(more.into(), amount, own.into(), outstanding.into());
                let kind = wallet.kind.name();
                let row = RecoveredReport { member: number, kind, lost: own, recovered: more, deviation_micro };
                self.repaid.recovered.push(row);
            }
        }
        self.repaid.amount += amount;
        // What was borne is rounded down and what is outstanding up: less than two units too little, never too much.
        let off = self.repaid.recovered.iter().find(|row| !(-2_000_000..=0).contains(&row.deviation_micro));
        let found = match off {
            None => Ok(()),
            Some(row) => Err(format!("a recovery is {} millionths of a unit off", row.deviation_micro)),
        };
        self.note(Checked::Recoveries, found);
        Ok(())
    }

    /// Notes a recovery that was paid to a wallet.
    pub fn recovered(&mut self, amount: u64) {
        self.history.paid_back += amount;
    }

    /// One line for the liquidations since the last, and for what many members have paid or been paid.
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
                format!("pay-out: {count} claim{} {}", if count == 1 { " gets" } else { "s get" }, money(amount)),
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

    fn see(&mut self, event: &Event, after: Option<&Book>) -> Result<()> {
        match event {
            Event::Liquidated(event) => {
                self.liquidated += 1;
                let (count, lots) = self.liquidations.entry(event.market_index as u16).or_default();
                *count += 1;
                *lots += event.lots.unsigned_abs();
            }
            Event::BreakerTripped(event) => {
                self.trips += 1;
                let mut named = self.world.parameters.markets.iter().enumerate();
                let named = named.find(|(index, _)| self.world.keys.market(*index as u16) == event.market);
                let symbol = named.map_or("?", |(_, market)| market.symbol.as_str());
                let minutes = (event.until_ts * 1_000 - self.world.validator.time().unix_ms + 59_999) / 60_000;
                let what = format!("the breaker of {symbol} trips: no new risk for {minutes} minutes");
                self.happened("breaker", what);
            }
            Event::PremiumCollected(event) => self.premiums += event.amount,
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
                self.history.paid_for_others += event.from_survivors;
                let worst = self.check_allocation(after, paid, record.contributions_before, Some(&event.member));
                self.book_default(&record, worst);
                self.tell_call(after, event.called);
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
                self.history.paid_for_others += event.from_survivors;
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
            Event::AssessmentPaid(event) => {
                self.history.paid_for_others += event.amount;
                self.collected = (self.collected.0 + 1, self.collected.1 + event.amount);
                if let Some(after) = after {
                    self.check_assessment(after, &event.member, event.amount)?;
                }
            }
            Event::ContributionCalled(event) if event.amount > 0 => {
                let what = format!("{} is called to contribute {}", self.name(&event.member), money(event.amount));
                self.happened("call", what);
            }
            Event::CallEnforced(event) => {
                let what = format!(
                    "{} of the margin of {} become contribution",
                    money(event.amount),
                    self.name(&event.member)
                );
                self.happened("call", what);
                self.contributed.push((self.world.numbers[&event.member], event.amount, self.haircuts.len()));
            }
            Event::GainsCut(event) => {
                self.history.paid_for_others += event.amount + event.excess;
                let market = event.market_index as u16;
                let side = if event.side == 0 { "longs" } else { "shorts" };
                let symbol = &self.world.parameters.markets[usize::from(market)].symbol;
                let what = format!("gains haircut: {} of the gains of {symbol} {side}", money(event.amount));
                self.happened("cut", what);
                let after = after.context("a haircut was sent together with other actions")?;
                self.check_cut(after, market, event.side as usize, event.amount, event.lots)?;
            }
            Event::WindDownStarted(event) => {
                let days = self.world.parameters.fund.wind_down_secs / 86_400;
                let what = format!("wind-down: {} is left to pay, final marks in {days} days", money(event.residual));
                self.happened("wind-down", what);
                let empty = self.before.as_ref().map_or(Ok(()), checks::layers_empty);
                self.note(Checked::Order, empty);
            }
            Event::MarkFixed(event) => {
                let market = &self.world.parameters.markets[event.market_index as usize];
                let price = event.price as f64 / 10f64.powi(market.params.price_decimals.into());
                self.happened("wind-down", format!("the final mark of {} is {price:.2}", market.symbol));
            }
            Event::ClosedOut(_) => self.closed_out += 1,
            Event::ClaimPaid(event) => {
                self.history.paid_for_others += event.claim - event.paid;
                self.paid_out = (self.paid_out.0 + 1, self.paid_out.1 + event.paid);
                self.check_claim(&event.member, event.claim, event.paid);
            }
            Event::EpochWiped(event) => {
                self.dust = event.dust; // told before the allocation that ends the epoch
                self.happened("epoch", format!("the contributions are gone: share epoch {} ends", event.epoch));
            }
            Event::TakenOver(event) => {
                let market = &self.world.parameters.markets[event.market_index as usize];
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

    fn tell_call(&mut self, after: &Book, called: u64) {
        if called > 0 && after.fund.residual > 0 {
            let minutes = self.world.parameters.fund.assessment_secs / 60;
            let what =
                format!("assessment: {} is called from the survivors so far, {minutes} minutes to pay", money(called));
            self.happened("assessment", what);
        }
    }

    /// Layer 5: what a member has paid against its exact part of the call. Who paid less had no more above its initial
    /// margin, or had not agreed to more.
    fn check_assessment(&mut self, after: &Book, member: &Address, amount: u64) -> Result<()> {
        let Some(before) = self.before.take() else { return Ok(()) };
        let state = &after.members[member];
        let call = &after.fund.assessment;
        let (shares, all) = (state.assessed_shares.get(), call.shares.get());
        let deviation_micro = deviation_micro(state.assessment_paid.into(), call.called, shares, all);
        let due = after.assessment_due(state).unwrap_or(u64::MAX);
        let free = after.risk(state).and_then(|risk| risk.free(state.margin)).unwrap_or(u64::MAX);
        let number = self.world.numbers[member];
        let exact = deviation_micro.abs() <= 1_000_000 || (deviation_micro < 0 && (due == 0 || free == 0));
        let found = match exact {
            true => Ok(()),
            false => Err(format!("member {number} paid an assessment {deviation_micro} millionths of a unit off")),
        };
        self.note(Checked::ProRata, found);
        let order = match before.fund.contributions {
            0 => Ok(()),
            left => Err(format!("an assessment was collected although contributions of {left} are left")),
        };
        self.note(Checked::Order, order);
        self.note(Checked::OwnLosses, checks::assessed_own_free_margin(&before, after, member, amount));
        self.assessed.insert((call.epoch, number), self.assessed_report(after, number));
        Ok(())
    }

    fn assessed_report(&self, book: &Book, number: usize) -> AssessedReport {
        let wallet = &self.world.wallets[number];
        let (state, call) = (&book.members[&wallet.member], &book.fund.assessment);
        let (shares, all) = (state.assessed_shares.get(), call.shares.get());
        let part = deviation_micro(0, call.called, shares, all);
        AssessedReport {
            member: number,
            kind: wallet.kind.name(),
            part: part.unsigned_abs() / 1_000_000,
            paid: state.assessment_paid,
            deviation_micro: deviation_micro(state.assessment_paid.into(), call.called, shares, all),
        }
    }

    /// Notes who was called and could pay nothing.
    pub fn note_unpaid_assessments(&mut self, book: &Book) {
        let call = &book.fund.assessment;
        for number in 0..self.world.wallets.len() {
            let state = &book.members[&self.world.wallets[number].member];
            if call.called > 0 && state.assessed_epoch == call.epoch && !state.assessed_shares.is_zero() {
                let report = self.assessed_report(book, number);
                self.assessed.entry((call.epoch, number)).or_insert(report);
            }
        }
    }

    /// Layer 6: everybody on the winning side is cut by its lots, at most its gain.
    fn check_cut(&mut self, after: &Book, index: u16, side: usize, amount: u64, lots: u64) -> Result<()> {
        let Some(before) = self.before.clone() else { return Ok(()) };
        let (was, is) = (before.market(index).map_err(named)?, after.market(index).map_err(named)?);
        let per_lot = is.cut_index[side].get() - was.cut_index[side].get();
        let scale = u128::from(is.scale);
        let mut found = Ok(());
        for (number, wallet) in self.world.wallets.iter().enumerate() {
            let state = &before.members[&wallet.member];
            let held = state.positions.iter().find(|held| held.market == index && !held.is_free());
            let Some(held) = held.filter(|held| held.cut_lots != 0 && usize::from(held.cut_lots < 0) == side) else {
                continue;
            };
            let position = premium::position_of(was, held).map_err(|_| anyhow!("a position has no value"))?;
            let counted = held.cut_lots.unsigned_abs();
            let cut = plan_cut(position, counted, per_lot, is.cut_price[side]).map_err(named)?;
            // In millionths of a unit: the raw quote of a unit is not always a million.
            let raw = per_lot * u128::from(counted);
            let exact = deviation_micro(0, amount, counted.into(), lots.into());
            let deviation = (raw * 1_000_000 / scale) as i64 + exact;
            // Whole raw quote per lot, rounded up: the excess is the house's.
            let most = 1_000_000 + (u128::from(counted) * 1_000_000 / scale) as i64;
            if !(-1_000_000..=most).contains(&deviation) {
                found = Err(format!("the cut of member {number} is {deviation} millionths of a unit off"));
            }
            self.cuts.push(CutReport {
                member: number,
                kind: wallet.kind.name(),
                market: self.world.parameters.markets[usize::from(index)].symbol.clone(),
                part: (raw / scale) as u64,
                taken: (cut.taken / scale) as u64,
                lapsed: (cut.lapsed / scale) as u64,
                deviation_micro: deviation,
            });
        }
        self.note(Checked::ProRata, found);
        self.note(Checked::Order, checks::layers_empty(&before));
        self.note(Checked::OwnLosses, checks::own_losses_only(&before, after));
        Ok(())
    }

    /// Layer 7: every claim is paid the same part of the pool.
    fn check_claim(&mut self, member: &Address, claim: u64, paid: u64) {
        let Some(before) = self.before.take() else { return };
        let fund = &before.fund;
        let (claims, pool) = *self.payout.get_or_insert((fund.claims, fund.pool.min(fund.claims)));
        let number = self.world.numbers[member];
        let deviation_micro = deviation_micro(paid.into(), pool, claim.into(), claims.into());
        let found = match deviation_micro.abs() <= 1_000_000 {
            true => Ok(()),
            false => Err(format!("the claim of member {number} is paid {deviation_micro} millionths of a unit off")),
        };
        self.note(Checked::ProRata, found);
        let order = match fund.residual > 0 && fund.payout_claims == 0 {
            true => checks::layers_empty(&before),
            false => Ok(()),
        };
        self.note(Checked::Order, order);
        self.claims.push(ClaimReport {
            member: number,
            kind: self.world.wallets[number].kind.name(),
            claim,
            paid,
            deviation_micro,
        });
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
            bounties: record.bounties,
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
            report.bounties = record.bounties;
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

fn named(error: bulkhead_math::MathError) -> anyhow::Error {
    anyhow!("a position has no value: {error:?}")
}
