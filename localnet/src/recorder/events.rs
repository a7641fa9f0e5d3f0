//! Turns the program's events into the run's timeline and starts the check that each of them calls
//! for.

use {
    super::{Checked, Recorder},
    crate::{
        checks::{self, Haircut, Paid},
        population::Kind,
        report::{HouseRoundReport, ResidualReport},
    },
    anyhow::{Context, Result},
    bulkhead::events::{
        AssessmentPaid, BreakerTripped, CallEnforced, ClaimPaid, CushionReleased, DefaultDeclared,
        ExcessSold, GainsCut, HousesRealised, Liquidated, LossAllocated, MarkFixed, ResidualAllocated,
        StressCalled, TakenOver, WindDownStarted,
    },
    bulkhead_book::Book,
    bulkhead_client::{event::Event, Address},
    bulkhead_format::{money, parts_per_million},
    bulkhead_math::{requirements::notional, units::Scale},
};

/// An event of the loss waterfall needs the book as it was before and after the transaction that
/// emitted it.
const SENT_TOGETHER: &str = "an action that changes everybody's account was sent together with other actions";

impl Recorder<'_> {
    /// Notes one event. `after` is the book after the transaction, where the transaction was sent
    /// alone.
    pub(super) fn see(&mut self, event: &Event, after: Option<&Book>) -> Result<()> {
        match event {
            Event::Liquidated(event) => self.see_liquidation(event),
            Event::BreakerTripped(event) => self.see_breaker(event),
            Event::PremiumCollected(event) => self.premiums += event.amount,
            Event::GraceStarted(event) => {
                self.happened("grace", format!("{} has negative equity: grace", self.name(&event.member)));
            }
            Event::GraceEnded(event) => {
                self.happened("grace", format!("{} has recovered", self.name(&event.member)))
            }
            Event::DefaultDeclared(event) => self.see_default(event)?,
            Event::LossAllocated(event) => self.see_allocation(event, after.context(SENT_TOGETHER)?)?,
            Event::ResidualAllocated(event) => self.see_residual(event, after.context(SENT_TOGETHER)?),
            Event::AssessmentPaid(event) => self.see_assessment(event, after)?,
            Event::ContributionCalled(event) if event.amount > 0 => {
                let what =
                    format!("{} is called to contribute {}", self.name(&event.member), money(event.amount));
                self.happened("call", what);
            }
            Event::CallEnforced(event) => self.see_call(event),
            Event::GainsRegistered(event) => self.history.paid_for_others += event.cut,
            Event::GainsCut(event) => self.see_cut(event, after.context(SENT_TOGETHER)?)?,
            Event::WindDownStarted(event) => self.see_wind_down(event),
            Event::MarkFixed(event) => self.see_final_mark(event),
            Event::ClosedOut(_) => self.closed_out += 1,
            Event::ClaimPaid(event) => self.see_claim(event),
            Event::EpochWiped(event) => {
                self.dust = event.dust; // The event precedes the allocation that ends the epoch.
                self.happened(
                    "epoch",
                    format!("the contributions are gone: share epoch {} ends", event.epoch),
                );
            }
            Event::TakenOver(event) => self.see_take_over(event),
            Event::WatchOpened(event) => {
                self.watches += 1;
                let name = self.name(&event.member);
                self.happened("watch", format!("{name} owes more than it has at the marks: nobody leaves"));
            }
            Event::WatchEnded(event) => {
                self.happened("watch", format!("{} is sound again", self.name(&event.member)));
            }
            Event::HousesRealised(event) => self.see_house_round(event),
            Event::CushionReleased(event) => self.see_release(event),
            Event::StressCalled(event) => self.see_stress_call(event),
            Event::ExcessSold(event) => self.see_sale(event),
            Event::CoverSettled(event) => self.see_cover_settled(event, after.context(SENT_TOGETHER)?)?,
            _ => {}
        }
        if is_of_a_cover(event) {
            self.cover_events.push(*event);
        }
        Ok(())
    }

    fn see_liquidation(&mut self, event: &Liquidated) {
        self.liquidated += 1;
        let (count, lots) = self.liquidations.entry(event.market_index as u16).or_default();
        *count += 1;
        *lots += event.lots.unsigned_abs();
        self.takes(&event.liquidator, event.market_index, event.lots, event.bonus);
    }

    /// Notes what a member has taken over, and got for it.
    fn takes(&mut self, member: &Address, market: u64, lots: i64, earned: u64) {
        let Some(number) = self.world.numbers.get(member) else { return };
        let params = &self.world.parameters.markets[market as usize].params;
        let price = self.world.oracles.quotes()[market as usize].0.unsigned_abs();
        let quote_decimals = self.world.parameters.quote_decimals;
        let scale = Scale::from_decimals(params.price_decimals, params.lot_decimals, quote_decimals);
        let value = scale.and_then(|scale| notional(lots, price, scale)).unwrap_or_default();
        let takings = self.takings.entry(*number).or_default();
        takings.count += 1;
        takings.lots_value += value;
        takings.earned += earned;
    }

    /// Notes a bounty, which the keeper's account for bounties receives.
    fn earns_bounty(&mut self, amount: u64) {
        let bounty = self.world.wallets.iter().position(|wallet| wallet.kind == Kind::Bounty);
        if let Some(number) = bounty.filter(|_| amount > 0) {
            self.takings.entry(number).or_default().earned += amount;
        }
    }

    fn see_breaker(&mut self, event: &BreakerTripped) {
        self.trips += 1;
        let mut named = self.world.parameters.markets.iter().enumerate();
        let named = named.find(|(index, _)| self.world.keys.market(*index as u16) == event.market);
        let symbol = named.map_or("?", |(_, market)| market.symbol.as_str());
        let minutes = (event.until_ts * 1_000 - self.world.validator.time().unix_ms + 59_999) / 60_000;
        self.happened("breaker", format!("the breaker of {symbol} trips: no new risk for {minutes} minutes"));
    }

    fn see_default(&mut self, event: &DefaultDeclared) -> Result<()> {
        let (name, lost) = (self.name(&event.member), money(event.shortfall));
        self.happened("default", format!("{name} is in default: {lost} beyond its margin"));
        self.earns_bounty(event.bounty);
        let report = self.default_report(event.seq, &event.member)?;
        self.history.paid_back += event.from_recoveries;
        self.defaults.insert(event.seq, report);
        if event.unfunded == 0 {
            let what = format!(
                "default {}: paid by itself, a cushion of {} stands behind its lots",
                event.seq,
                money(event.cushion)
            );
            self.happened("allocation", what);
        }
        Ok(())
    }

    fn see_house_round(&mut self, event: &HousesRealised) {
        let HousesRealised { from_cushions, unfunded, cancelled, recovered, .. } = *event;
        if from_cushions + unfunded + cancelled + recovered > 0 {
            let what = format!(
                "the houses are sold: cushions pay {}, {} is unpaid, {} of loss cancelled, {} recovered",
                money(from_cushions),
                money(unfunded),
                money(cancelled),
                money(recovered)
            );
            self.happened("houses", what);
            let utc = self.utc();
            self.house_rounds.push(HouseRoundReport { utc, from_cushions, unfunded, cancelled, recovered });
        }
    }

    fn see_release(&mut self, event: &CushionReleased) {
        let name = self.name(&event.member);
        self.happened("cushion", format!("{name} gets {} of its cushion back", money(event.amount)));
        if let Some(report) = self.defaults.get_mut(&event.seq) {
            report.given_back += event.amount;
        }
    }

    fn see_stress_call(&mut self, event: &StressCalled) {
        let name = self.name(&event.member);
        let what = match event.called {
            0 => format!("{name} is within the cover limit again"),
            _ => format!("{name} is beyond the cover limit and only reduces"),
        };
        self.happened("stress call", what);
    }

    fn see_sale(&mut self, event: &ExcessSold) {
        let (name, lots) = (self.name(&event.target), event.lots.unsigned_abs());
        self.happened("stress call", format!("{lots} lots of {name} beyond the cover limit are sold"));
        self.takes(&event.taker, event.market_index, event.lots, event.discount);
    }

    fn see_allocation(&mut self, event: &LossAllocated, after: &Book) -> Result<()> {
        let record = after.records.get(&event.seq).copied().context("a default has no record")?;
        let paid = Paid {
            treasury: event.from_treasury,
            survivors: event.from_survivors,
            residual: event.residual,
            dust: 0,
        };
        self.history.paid_for_others += event.from_survivors + event.from_cushions;
        self.earns_bounty(event.bounty);
        let worst = self.check_allocation(after, paid, record.contributions_before, Some(&event.member));
        self.book_default(&record, worst);
        self.tell_call(after, event.called);
        Ok(())
    }

    fn see_residual(&mut self, event: &ResidualAllocated, after: &Book) {
        let contributions = self.before.as_ref().map_or(0, |before| before.fund.contributions);
        let paid = Paid {
            treasury: event.from_treasury,
            survivors: event.from_survivors,
            residual: event.residual,
            dust: 0,
        };
        self.history.paid_for_others += event.from_survivors + event.from_cushions;
        let worst = self.check_allocation(after, paid, contributions, None);
        let haircut_ppm = Haircut { contributions, paid: event.from_survivors }.ppm();
        let what = format!(
            "residual loss: treasury {}, survivors {} ({})",
            money(event.from_treasury),
            money(event.from_survivors),
            parts_per_million(haircut_ppm)
        );
        self.happened("residual", what);
        self.residuals.push(ResidualReport {
            utc: self.utc(),
            from_treasury: event.from_treasury,
            from_survivors: event.from_survivors,
            from_cushions: event.from_cushions,
            residual: event.residual,
            haircut_ppm,
            worst_deviation_micro: worst,
        });
    }

    fn tell_call(&mut self, after: &Book, called: u64) {
        if called > 0 && after.fund.residual > 0 {
            let minutes = self.world.parameters.fund.assessment_secs / 60;
            let called = money(called);
            let what =
                format!("assessment: {called} is called from the survivors so far, {minutes} minutes to pay");
            self.happened("assessment", what);
        }
    }

    fn see_assessment(&mut self, event: &AssessmentPaid, after: Option<&Book>) -> Result<()> {
        self.history.paid_for_others += event.amount;
        self.collected = (self.collected.0 + 1, self.collected.1 + event.amount);
        match after {
            Some(after) => self.check_assessment(after, &event.member, event.amount),
            None => Ok(()),
        }
    }

    fn see_call(&mut self, event: &CallEnforced) {
        let (amount, name) = (money(event.amount), self.name(&event.member));
        self.happened("call", format!("{amount} of the margin of {name} become contribution"));
        self.contributed.push((self.world.numbers[&event.member], event.amount, self.haircuts.len()));
    }

    fn see_cut(&mut self, event: &GainsCut, after: &Book) -> Result<()> {
        self.history.paid_for_others += event.cut;
        let (cut, gains) = (money(event.cut), money(event.gains));
        self.happened("cut", format!("gains cut: {cut} of {gains} of everybody's net gains"));
        self.check_cut(after, event.round)
    }

    fn see_wind_down(&mut self, event: &WindDownStarted) {
        let days = self.world.parameters.fund.wind_down_secs / 86_400;
        let what = format!("wind-down: {} is left to pay, final marks in {days} days", money(event.residual));
        self.happened("wind-down", what);
        let empty = self.before.as_ref().map_or(Ok(()), checks::layers_empty);
        self.note(Checked::Order, empty);
    }

    fn see_final_mark(&mut self, event: &MarkFixed) {
        let market = &self.world.parameters.markets[event.market_index as usize];
        let price = event.price as f64 / 10f64.powi(market.params.price_decimals.into());
        self.happened("wind-down", format!("the final mark of {} is {price:.2}", market.symbol));
    }

    fn see_claim(&mut self, event: &ClaimPaid) {
        self.history.paid_for_others += event.claim - event.paid;
        self.paid_out = (self.paid_out.0 + 1, self.paid_out.1 + event.paid);
        self.check_claim(&event.member, event.claim, event.paid);
    }

    fn see_take_over(&mut self, event: &TakenOver) {
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
        self.takes(&event.member, event.market_index, event.lots, event.discount);
    }
}

/// Whether an event says what a cover has earned, drawn, paid or given back.
fn is_of_a_cover(event: &Event) -> bool {
    use Event::{CoverAccrued, CoverCollected, CoverDrawn, CoverReturned, CoverSettled};
    matches!(event, CoverAccrued(_) | CoverCollected(_) | CoverDrawn(_) | CoverReturned(_) | CoverSettled(_))
}
