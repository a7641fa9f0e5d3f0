//! Every number of the program's accounts against the model's, to the unit.

use {
    crate::{
        claims, policies,
        start::NAMES,
        twin::{has_change, record_address},
    },
    bulkhead_cover::state::{ExpiryState, LossState},
    bulkhead_model::{self as model, Int, Model, Window},
    bulkhead_tests::{
        bulkhead::state::{
            place_of, Cover, CoverStatus, CushionLosses, DefaultRecord, DefaultStatus, Fund, FundStatus,
            GainClaim, Market, MarketRegime, Member, MemberStatus, Offer, PositionSlot, RangeState, Silence,
            Taking, HOUSE_ROUNDS,
        },
        keys, Address, Signer, World,
    },
    bytemuck::Zeroable,
    std::{collections::BTreeSet, fmt::Debug},
};

/// Panics with every number that differs.
pub fn assert_same(world: &World, model: &Model) {
    let mut found = Differences::default();
    let fund = world.fund();
    found.fund(&fund, model);
    found.at = "vault".into();
    found.same("balance", world.vault_balance(), model.vault);
    for (name, purse) in &model.purses {
        found.at = format!("wallet of {name}");
        found.same("balance", policies::purse(world, name), *purse);
    }
    for (index, market) in model.markets.iter().enumerate() {
        found.at = format!("market {index}");
        found.market(&world.market(index as u16), index, market, model);
    }
    for name in NAMES {
        found.at = name.into();
        let there = world.account(&world.account_of(name)).is_some();
        match model.members.get(name) {
            Some(member) if there => found.member(world, &world.member(name), &fund, member, model),
            member => found.flag("is there", there, member.is_some()),
        }
    }
    found.at = "covers".into();
    found.same("number", world.all::<Cover>().len(), model.covers.len());
    for (index, cover) in model.covers.iter().enumerate() {
        found.at = format!("cover {index}");
        found.cover(world, &world.cover(index as u16), cover);
    }
    if let Some(book) = &model.book {
        found.policies(world, book);
    }
    if let Some(panel) = &model.panel {
        found.claims(world, panel);
    }
    found.at = "offers".into();
    found.same("number", world.all::<Offer>().len(), model.offers.len());
    for ((maker, number), offer) in &model.offers {
        found.at = format!("offer {number} of {maker}");
        found.offer(world, &world.offer(maker, *number), offer);
    }
    found.at = "defaults".into();
    found.same("records", world.all::<DefaultRecord>().len(), model.defaults.len());
    for (id, record) in &model.defaults {
        found.at = format!("default {} of {}", id.1, id.0);
        found.defaulted(world, &world.default_at(&record_address(world, id)), record);
    }
    for number in 0..model.governance_nonce as u64 {
        found.at = format!("change {number}");
        match model.changes.get(&number) {
            Some(change) if has_change(world, number) => {
                let record = world.queued_change(number);
                found.same("queued_secs", record.queued_secs, change.queued_secs);
                found.same("queued_ts", record.queued_ts, change.queued_ts);
                found.same("ready_secs", record.ready_secs, change.queued_secs + change.wait_secs);
                found.flag("in_chain_time", record.in_chain_time.get(), change.is_wall_time);
            }
            change => found.flag("is there", has_change(world, number), change.is_some()),
        }
    }
    for (epoch, end) in model.epochs.iter().enumerate() {
        found.at = format!("epoch {epoch}");
        let record = world.epoch_record(epoch as u64);
        found.same("reward_index", record.reward_index.get(), end.reward_index);
        found.same("loss_index", record.loss_index.get(), end.loss_index);
        found.same("loss_units_index", record.loss_units_index.get(), end.units_index);
    }
    assert!(found.list.is_empty(), "the model differs: {}", found.list.join("\n"));
}

#[derive(Default)]
struct Differences {
    at: String,
    list: Vec<String>,
}

/// A number of the program's as the model has it. None comes near the limits of 128 signed bits.
trait Number {
    fn int(self) -> Int;
}

macro_rules! numbers {
    ($($type:ty),*) => { $(impl Number for $type { fn int(self) -> Int { self as Int } })* };
}

numbers!(u8, u16, u32, u64, i16, i64, u128, i128, usize);

impl Differences {
    fn same(&mut self, what: &str, program: impl Number, model: impl Number) {
        self.flag(what, program.int(), model.int());
    }

    fn flag<T: PartialEq + Debug>(&mut self, what: &str, program: T, model: T) {
        if program != model {
            self.list.push(format!("{what} of {} is {program:?}, the model says {model:?}", self.at));
        }
    }

    fn fund(&mut self, fund: &Fund, model: &Model) {
        self.at = "fund".into();
        let status = match model.status {
            model::FundStatus::Active => FundStatus::Active,
            model::FundStatus::Recovery => FundStatus::Recovery,
            model::FundStatus::WindDown => FundStatus::WindDown,
        };
        self.flag("status", FundStatus::from(fund.status), status);
        self.same("margin_total", fund.margin_total, model.margin_total());
        self.same("contributions", fund.contributions, model.contributions);
        self.same("treasury", fund.treasury, model.treasury);
        self.same("rewards_unclaimed", fund.rewards_unclaimed, model.rewards_unclaimed);
        self.same("rewards_streaming", fund.rewards_streaming, model.rewards_streaming);
        self.same("rewards_ts", fund.rewards_ts, model.rewards_ts);
        self.same("pool", fund.pool, model.pool);
        self.same("cushions", fund.cushions, model.cushions());
        self.same("house_result", fund.house_result, model.house_sum);
        self.same("house_round", fund.house_round, model.round);
        self.rounds(fund, model);
        self.same("crowding", fund.crowding, model.crowding());
        self.same("waived_at_risk", fund.waived_at_risk, model.waived_at_risk());
        self.same("cover_reserve", fund.cover_reserve, model.cover_reserve()); // C6
        self.same("committed", fund.committed, model.committed()); // C1
        self.same("cover_owed", fund.cover_owed, model.cover_owed());
        self.same("covers", fund.covers, model.covers_alive());
        self.same("cover_seq", fund.cover_seq, model.covers.len());
        self.same("recoveries", fund.recoveries, model.recoveries);
        self.same("recoveries_held", fund.recoveries_held, model.recoveries_held);
        self.same("total_shares", fund.total_shares.get(), model.total_shares());
        self.same("share_epoch", fund.share_epoch, model.share_epoch);
        self.same("reward_index", fund.reward_index.get(), model.reward_index);
        self.same("reward_surplus", fund.reward_surplus, model.reward_surplus);
        self.same("loss_index", fund.loss_index.get(), model.loss_index);
        self.same("default_seq", fund.default_seq, model.default_seq);
        self.same("loss_seq", fund.loss_seq, model.loss_seq);
        self.same("unfunded", fund.unfunded, model.unfunded());
        self.same("residual", fund.residual, model.residual);
        self.same("open_defaults", fund.open_defaults, model.open_defaults());
        self.same("graces", fund.graces, model.in_status(model::MemberStatus::Grace));
        self.same("members", fund.members, model.members.len());
        self.same("market_count", fund.market_count, model.markets.len());
        self.same("open_houses", fund.open_houses, model.open_houses());
        self.same("closed_out", fund.closed_out, model.in_status(model::MemberStatus::ClosedOut));
        self.same("cooling_off", fund.cooling_off, model.cooling_off);
        self.same("small_cuts", fund.small_cuts, model.small_cuts);
        self.same("cut_seq", fund.cut_seq, model.cut_seq);
        self.same("gain_claims", fund.gain_claims, model.gains_owed());
        self.cut_rounds(fund, model);
        self.flag("is_wound_up", fund.is_wound_up.get(), model.is_wound_up);
        self.same("losses_outstanding", fund.losses_outstanding, model.outstanding);
        self.same("loss_units", fund.loss_units.get(), model.units);
        self.same("loss_units_index", fund.loss_units_index.get(), model.units_index);
        self.same("loss_epoch", fund.loss_epoch, model.loss_epoch);
        self.same("loss_epoch_index", fund.loss_epoch_index.get(), model.loss_epoch_index);
        let (call, expected) = (&fund.assessment, &model.assessment);
        self.same("assessment.shares", call.shares.get(), expected.shares);
        self.same("assessment.epoch", call.epoch, expected.epoch);
        self.same("assessment.base", call.base, expected.base);
        self.same("assessment.called", call.called, expected.called);
        self.same("assessment.collected", call.collected, expected.collected);
        self.same("assessment.ends_ts", call.ends_ts, expected.ends_ts);
        self.same("assessment.began_ts", call.began_ts, expected.began_ts);
        self.flag("assessment.callable", call.callable.get(), expected.callable);
        self.same("contributions_before", fund.contributions_before, model.before.contributions);
        self.same("shares_before", fund.shares_before.get(), model.before.shares);
        self.same("cooling_off_ends_ts", fund.cooling_off_ends_ts, model.cooling_off_ends_ts);
        self.same("wind_down_ts", fund.wind_down_ts, model.wind_down_ts);
        self.same("claims", fund.claims, model.payout_left());
        self.same("payout_claims", fund.payout_claims, model.payout_claims);
        self.same("payout_pool", fund.payout_pool, model.payout_pool);
        self.same("payout_units", fund.payout_units.get(), model.payout_units);
        self.same("payout_loss_epoch", fund.payout_loss_epoch, model.payout_loss_epoch);
        self.same("outflow", fund.outflow, model.outflow.0);
        self.same("outflow_ts", fund.outflow_ts, model.outflow.1);
        let (exits, clock) = (&fund.exits, &model.exit);
        self.same("exits.millis", exits.millis, clock.ms);
        self.same("exits.ts", exits.ts, clock.seen.ts);
        self.same("exits.slot", exits.slot, clock.seen.slot);
        self.same("exits.carry_ms", exits.carry_ms, clock.carry_ms);
        self.same("vest_millis", fund.vest_millis, clock.vest_ms);
        self.flag("exits.blocked", exits.blocked.get(), clock.blocked);
        self.same("exits.series_since", exits.series_since, clock.series_since);
        self.same("exits.reopened", exits.reopened, clock.reopened);
        self.same("exits.grace_until_ts", exits.grace_until_ts, model.grace_until_ts);
        self.used("graces", (exits.grace_day, exits.grace_used_secs), model.grace_used);
        self.same("exits.watch_until_ts", exits.watch_until_ts, model.watch_until_ts);
        self.same("exits.watches_swept_ts", exits.watches_swept_ts, model.watches_swept_ts);
        self.same("exits.open_watches", exits.open_watches, model.open_watches());
        self.used("watches", (exits.watch_day, exits.watch_used_secs), model.watch_used);
        self.same("exits.hold_until_ts", exits.hold_until_ts, model.hold_until_ts);
        self.same("exits.hold_used_secs", exits.hold_used_secs, model.holds.used);
        self.same("exits.hold_ts", exits.hold_ts, model.holds.ts);
        self.flag("blocks_exits", fund.blocks_exits(model.clock.ts as i64), model.exits_blocked());
        self.same("governance_nonce", fund.governance_nonce, model.governance_nonce);
        for (part, (pause, expected)) in fund.pauses.iter().zip(model.pauses).enumerate() {
            self.same(&format!("pause {part}: since_ts"), pause.since_ts, expected.start_ts);
            self.same(&format!("pause {part}: expires_ts"), pause.expires_ts, expected.expires_ts);
            self.same(&format!("pause {part}: allowed_ts"), pause.allowed_ts(), expected.allowed_ts);
        }
        self.same("guardian_veto_ts", fund.guardian_veto_ts, model.guardian_veto_ts.unwrap_or(0));
        let request = model.treasury_exit.clone();
        let (amount, ready, due) =
            request.map_or((0, 0, 0), |exit| (exit.amount, exit.ready_secs, exit.exit_ready_secs));
        self.same("treasury_notice", fund.treasury_notice, amount);
        self.same("treasury_ready_secs", fund.treasury_ready_secs, ready);
        self.same("treasury_exit_secs", fund.treasury_exit_secs, due);
    }

    /// The cushions of the present round, and of those whose records are not all released.
    fn rounds(&mut self, fund: &Fund, model: &Model) {
        let (round, expected) = (&fund.cushion_round, model.present_round());
        self.same("cushion_round.money", round.money, expected.money);
        self.same("cushion_round.units", round.units.get(), expected.units);
        self.same("cushion_round.records", round.records, expected.records);
        self.losses("cushion_round", &round.losses, &expected.losses);
        for number in fund.house_round.saturating_sub(HOUSE_ROUNDS as u64)..fund.house_round {
            let (ended, expected) = (&fund.ended_rounds[place_of(number)], model.rounds.get(&number));
            let Some(expected) = expected else {
                self.same(&format!("records of round {number}"), ended.records, 0u64);
                continue;
            };
            let of = |what: &str| format!("{what} of round {number}");
            self.same(&of("money"), ended.money, expected.money);
            self.same(&of("worth"), ended.worth, expected.worth);
            self.same(&of("units"), ended.units.get(), expected.all_units);
            self.same(&of("open"), ended.open.get(), expected.units);
            self.same(&of("records"), ended.records, expected.records);
            self.flag(&of("carries"), ended.carries.get(), expected.is_carried);
            self.losses(&of("losses"), &ended.losses, &expected.losses);
        }
    }

    fn losses(&mut self, what: &str, is: &CushionLosses, expected: &model::RoundLosses) {
        self.same(&format!("{what}: index"), is.index.get(), expected.index);
        self.same(&format!("{what}: units_index"), is.units_index.get(), expected.units_index);
        self.same(&format!("{what}: epoch"), is.epoch, expected.epoch);
        self.same(&format!("{what}: epoch_index"), is.epoch_index.get(), expected.epoch_index);
    }

    /// The cut rounds whose pins are kept.
    fn cut_rounds(&mut self, fund: &Fund, model: &Model) {
        for (number, expected) in model.cut_rounds.iter().filter(|(at, _)| *at + 8 > model.cut_seq) {
            let (round, of) = (fund.cut_round(*number), |what: &str| format!("{what} of cut round {number}"));
            self.same(&of("loss"), round.loss, expected.loss);
            self.same(&of("gains"), round.gains, expected.gains);
            self.same(&of("cut"), round.cut, expected.cut);
            self.same(&of("first_borne"), round.first_borne, expected.first_borne);
            self.same(&of("gone"), round.gone, expected.gone);
            self.same(&of("paid"), round.paid, expected.paid);
            self.same(&of("first_gains"), round.first_gains, expected.first_gains);
            self.same(&of("first_cut"), round.first_cut, expected.first_cut);
            self.same(&of("units"), round.units.get(), expected.units);
            self.same(&of("loss_epoch"), round.loss_epoch, expected.loss_epoch);
            self.same(&of("cut_ts"), round.cut_ts, expected.cut_ts);
            self.same(&of("ends_ts"), round.ends_ts, expected.ends_ts);
            self.same(&of("reading"), round.reading, expected.secs);
            self.flag(&of("is_cut"), round.is_cut.get(), expected.is_cut);
        }
    }

    fn claim(&mut self, is: &GainClaim, expected: Option<model::GainsClaim>) {
        let expected = expected.unwrap_or_default();
        self.same("round of the claim", is.round, expected.round);
        self.same("gain of the claim", is.gain, expected.gain);
        self.same("paid of the claim", is.paid, expected.paid);
        self.same("entitled of the claim", is.entitled, expected.entitled);
        self.flag("is_booked of the claim", is.is_booked.get(), expected.is_booked);
    }

    /// Seconds of a day.
    fn used(&mut self, what: &str, (day, secs): (u32, u32), used: model::Used) {
        self.same(&format!("day of {what}"), day, used.day);
        self.same(&format!("seconds of {what}"), secs, used.secs);
    }

    fn range(&mut self, what: &str, is: &RangeState, range: &Window) {
        self.same(&format!("{what}: cell"), is.cell, range.cell);
        self.same(&format!("{what}: high"), is.high, range.high);
        self.same(&format!("{what}: low"), is.low, range.low);
        self.same(&format!("{what}: high_before"), is.high_before, range.high_before);
        self.same(&format!("{what}: low_before"), is.low_before, range.low_before);
    }

    fn market(&mut self, is: &Market, index: usize, market: &model::Market, model: &Model) {
        self.same("scale", is.scale, market.scale);
        self.same("mark", is.mark.price, market.price);
        self.same("confidence", is.mark.confidence, market.confidence);
        self.same("slot", is.mark.slot, market.slot);
        self.same("publish_ts", is.mark.publish_ts, market.publish_ts);
        self.same("opened_ts", is.opened_ts, market.opened_ts);
        self.same("final_ts", is.final_ts, market.final_ts);
        self.same("expires_ts", is.expires_ts, market.params.expires_ts);
        self.same("closing_ts", is.closing_ts, market.closing_ts);
        self.same("dead_ts", is.dead_ts, market.dead_ts);
        self.same("mend_until_ts", is.mend_until_ts, market.mend_until_ts);
        self.same("mend_since_ts", is.mend_since_ts, market.mend_since_ts);
        self.same("feed_decimals", is.oracle.feed_decimals, market.params.feed_decimals);
        self.same("spot", is.spot, market.spot);
        self.same("fresh_until_ts", is.fresh_until_ts, market.covers_until_ts);
        self.same("named_price", is.named_price, market.named.unwrap_or(0));
        let (hour, expected) = (is.hour.get(), market.hour);
        self.same("hour.price_seconds", hour.price_seconds, expected.sum);
        self.same("hour.covered", hour.covered, expected.covered);
        self.flag("hour.extended", hour.extended, expected.is_extended);
        self.same("hour.announced", hour.announced(), expected.end_ts);
        self.same("initial_bps", is.rates.initial_bps, market.rates.initial);
        self.same("maintenance_bps", is.rates.maintenance_bps, market.rates.maintenance);
        self.same("contribution_bps", is.rates.contribution_bps, market.rates.contribution);
        self.same("stress_bps", is.rates.stress_bps, market.rates.stress);
        let (state, memory, (target, rate)) = (&is.adjusted, &market.memory, market.derived());
        self.same("variance", state.variance, memory.variance);
        self.same("sample_price", state.sample_price, memory.sample_price);
        self.same("sample_ts", state.sample_ts, memory.sample_ts);
        self.same("run_ts", is.run_ts, memory.run_ts);
        self.same("target_variance", state.target_variance, target);
        self.same("premium_rate", state.premium_rate, rate);
        self.range("breaker", &state.breaker, &memory.breaker);
        self.range("range", &is.range, &market.range);
        self.range("gap", &is.gap, &market.gap);
        self.same("taken_cell", is.taken_cell, market.taken_cell);
        self.same("taken_lots", is.taken_lots, market.taken_lots);
        self.same("crank_ts", is.crank_ts, market.crank_ts);
        self.same("seen_ts", is.seen_ts, market.seen_ts);
        self.same("uncertain_price", is.uncertain_price, market.uncertain.0);
        self.same("uncertain_confidence", is.uncertain_confidence, market.uncertain.1);
        let silence = match market.silence {
            model::Silence::None => Silence::None,
            model::Silence::Price => Silence::Price,
            model::Silence::Exponent => Silence::Exponent,
            model::Silence::Uncertain => Silence::Uncertain,
        };
        self.flag("silence", Silence::from(is.silence), silence);
        self.same("halted_until_ts", state.halted_until_ts, memory.halted_until_ts);
        self.same("mean", state.mean.get(), memory.mean);
        self.same("maintenance_ramp", state.maintenance_ramp, memory.ramp);
        self.same("maintenance_target", state.maintenance_target, memory.ramp_target);
        self.same("multiplier_bps", state.multiplier_bps, memory.multiplier_bps);
        let regime = match memory.regime {
            model::Regime::Neutral => MarketRegime::Neutral,
            model::Regime::RiskOn => MarketRegime::RiskOn,
            model::Regime::RiskOff => MarketRegime::RiskOff,
        };
        self.flag("regime", MarketRegime::from(state.regime), regime);
        self.same("premium_index", state.premium_index.get(), market.premium_index);
        self.same("premium_raw", state.premium_raw.get(), market.premium_raw);
        self.same("open_interest", is.open_interest, model.open_interest(index));
        self.same("house_lots", is.house_lots, model.house_lots(index));
        self.same("house_raw", is.house_raw.get(), market.house_raw);
        self.same("house_waived", is.house_waived, market.house_waived.map_or(0, |waived| waived.at_risk));
        let published = market.house_waived.map_or(0, |waived| waived.published);
        self.same("house_waived_ts", is.house_waived_ts, published);
        self.same("crowding", is.crowding, market.crowding);
        self.same("house_since_slot", is.house_since_slot, market.house_since);
        for (number, pin) in &market.pins {
            self.same(&format!("pin of cut round {number}"), is.pins[place_of(*number)], *pin);
        }
    }

    fn cover(&mut self, world: &World, is: &Cover, cover: &model::Cover) {
        let (terms, week, reported) = (&cover.terms, &cover.week, &cover.reported);
        let status = match cover.status {
            model::CoverStatus::Active => CoverStatus::Active,
            model::CoverStatus::Suspended => CoverStatus::Suspended,
            model::CoverStatus::Ended => CoverStatus::Ended,
        };
        self.flag("status", CoverStatus::from(is.status), status);
        self.flag("kind", is.kind, terms.kind as u8);
        self.flag("destination", is.destination, policies::wallet(world, &terms.destination));
        self.flag("beneficiary", is.beneficiary, world.owner_of(&terms.beneficiary).pubkey());
        self.same("limit", is.limit, cover.limit);
        self.same("drawn", is.drawn, cover.drawn);
        self.same("owed", is.owed, cover.owed);
        self.same("owed_slot", is.owed_slot, cover.owed_slot);
        self.same("payable", is.payable, cover.payable);
        self.same("first_loss", is.first_loss, cover.first_loss);
        self.same("first_loss_min", is.first_loss_min, cover.first_loss_min);
        self.same("prepaid", is.prepaid, cover.prepaid);
        self.same("per_draw", is.per_draw, terms.per_draw);
        self.same("period_limit", is.period_limit, terms.period_limit);
        self.same("period_ts", is.period_ts, week.start_ts);
        self.same("period_drawn", is.period_drawn, week.drawn);
        self.same("period_before", is.period_before, week.before);
        self.same("period_draws", is.period_draws, week.draws);
        self.same("period_settlements", is.period_settlements, week.settlements);
        self.same("opens_ts", is.opens_ts, cover.opens_ts);
        self.same("ends_ts", is.ends_ts, terms.ends_ts);
        self.same("lapsed_ts", is.lapsed_ts, cover.lapsed_ts.unwrap_or(0));
        self.same("suspended_ts", is.suspended_ts, cover.suspended_ts);
        self.same("premium_ts", is.premium_ts, cover.premium_ts);
        self.same("live_until_ts", is.live_until_ts, cover.live_until_ts);
        self.same("covered_debt", is.covered_debt, terms.covered_debt);
        self.same("cell", is.cell, reported.cell);
        self.same("cell_drawn", is.cell_drawn, reported.now);
        self.same("before_drawn", is.before_drawn, reported.before);
        self.same("premium_bps_per_year", is.premium_bps_per_year, terms.premium_bps_per_year);
        self.same("coinsurance_bps", is.coinsurance_bps, terms.coinsurance_bps);
        self.same("market", is.market, terms.market);
        self.same("threshold_bps", is.threshold_bps, terms.threshold_bps);
        self.same("settled_cell", is.settled_cell, cover.settled_cell);
    }

    /// The book, its days and its policies.
    fn policies(&mut self, world: &World, book: &model::PolicyBook) {
        self.at = "book".into();
        let is = policies::book(world);
        self.same("next_policy", is.next_policy, book.next_policy);
        self.same("pledged", is.pledged, book.pledged()); // C11
        self.same("drawing_day", is.drawing_day, book.drawing.unwrap_or(0));
        self.same("price", is.price, book.price);
        self.same("price_ts", is.price_ts, book.price_ts);
        self.same("price_until_ts", is.price_until_ts, book.price_until_ts);
        self.same("noted_ts", is.noted_ts, book.noted_ts);
        for (day, kept) in &book.days {
            self.at = format!("day {day} of the book");
            let is = is.at(*day as u32).copied().unwrap_or_else(Zeroable::zeroed);
            self.same("number", is.day, *day);
            self.same("secs", is.secs, kept.secs);
            self.same("price_seconds", is.price_seconds.get(), kept.price_seconds);
            self.same("variance", is.variance, kept.variance);
        }
        for (day, expiry) in &book.expiries {
            self.at = format!("policies of day {day}");
            let Some(is) = policies::expiry(world, *day) else { return self.flag("is there", false, true) };
            let state = match expiry.state {
                model::ExpiryState::Running => ExpiryState::Running,
                model::ExpiryState::Drawn => ExpiryState::Drawn,
                model::ExpiryState::Open => ExpiryState::Open,
                model::ExpiryState::Ended => ExpiryState::Ended,
            };
            self.flag("state", ExpiryState::from(is.state), state);
            self.same("policies", is.policies, book.of_day(*day).count());
            self.same("pledged", is.pledged, book.pledged_of(*day));
            self.same("exit_price", is.exit_price, expiry.exit);
            self.same("total", is.total, expiry.total);
            self.same("drawn_before", is.drawn_before, expiry.drawn_before);
            self.same("from_first_loss", is.from_first_loss, expiry.from_first_loss);
            self.same("reserved", is.reserved, expiry.reserved);
            self.same("paid", is.paid, expiry.paid);
            self.same("expires_ts", is.expires_ts, expiry.expires_ts);
            for (term, cohort) in
                (8u8..).zip(&is.cohorts).filter(|_| expiry.state == model::ExpiryState::Running)
            {
                let (insured, entry) = book.cohort(*day, term);
                self.same(&format!("insured for {term} days"), cohort.insured, insured);
                self.same(&format!("entry of {term} days"), cohort.entry_price, entry);
            }
        }
        for number in 0..book.next_policy {
            self.at = format!("policy {number}");
            match (policies::policy(world, number), book.policies.get(&number)) {
                (Some(is), Some(policy)) => {
                    self.flag("owner", is.owner, world.owner_of(&policy.owner).pubkey());
                    self.same("expiry_day", is.expiry_day, policy.expiry);
                    self.same("term_days", is.term_days, policy.term_days);
                    self.same("insured", is.insured, policy.insured);
                    self.same("premium", is.premium, policy.premium);
                    self.same("most", is.most, book.terms.most(policy.insured));
                    self.flag("is_started", is.is_started.get(), policy.entry.is_some());
                }
                (is, policy) => self.flag("is there", is.is_some(), policy.is_some()),
            }
        }
    }

    /// The panel, its losses and their pages.
    fn claims(&mut self, world: &World, panel: &model::Panel) {
        self.at = "panel".into();
        let is = claims::panel(world);
        let live = panel.live().map_or_else(Address::default, |number| claims::loss_address(world, number));
        self.same("next_loss", is.next_loss, panel.next_loss);
        self.flag("live_loss", is.live_loss, live);
        for (life, expected) in is.lives.iter().zip(panel.lives.iter().rev()) {
            self.same("start_ts", life.start_ts, expected.start_ts);
            self.same("end_ts", life.end_ts, expected.end_ts.unwrap_or(0));
        }
        for number in 0..panel.next_loss {
            self.at = format!("loss {number}");
            match (claims::loss(world, number), panel.losses.get(&number)) {
                (Some(is), Some(loss)) => self.loss(world, number, &is, panel, loss),
                (is, loss) => self.flag("is there", is.is_some(), loss.is_some()),
            }
        }
    }

    fn loss(
        &mut self,
        world: &World,
        number: u64,
        is: &bulkhead_cover::state::Loss,
        panel: &model::Panel,
        loss: &model::Loss,
    ) {
        let state = match loss.state {
            model::LossState::Alerted => LossState::Alerted,
            model::LossState::Voting => LossState::Voting,
            model::LossState::Decided => LossState::Decided,
            model::LossState::Open => LossState::Open,
            model::LossState::Expired => LossState::Expired,
            model::LossState::Rejected => LossState::Rejected,
            model::LossState::Lapsed => LossState::Lapsed,
        };
        self.flag("state", LossState::from(is.state), state);
        let hash = |claims: &[model::Leaf]| match claims {
            [] => [0; 32],
            _ => claims::root(world, number, claims).top.hash(),
        };
        self.flag("root", is.root, hash(&loss.claims));
        self.flag("vetoed_root", is.vetoed_root, hash(loss.vetoed.as_deref().unwrap_or_default()));
        self.flag("is_vetoed", is.is_vetoed.get(), loss.vetoed.is_some());
        self.same("total", is.total, loss.total());
        self.same("leaves", is.leaves, loss.claims.len());
        let bits = |votes: &BTreeSet<String>| {
            let keys = panel.terms.keys.iter().enumerate().filter(|(_, key)| votes.contains(*key));
            keys.fold(0u8, |bits, (place, _)| bits | 1 << place)
        };
        self.flag("approvals", is.approvals, bits(&loss.approvals));
        self.flag("rejections", is.rejections, bits(&loss.rejections));
        self.flag("reporter", is.reporter, claims::signer(world, &loss.reporter).pubkey());
        self.same("peril", is.peril, loss.peril);
        self.same("bond", is.bond, loss.bond);
        self.same("incident_ts", is.incident_ts, loss.incident_ts);
        self.same("alerted_ts", is.alerted_ts, loss.alerted_ts);
        self.same("posted_ts", is.posted_ts, loss.posted_ts);
        self.same("due_ts", is.due_ts, loss.due_ts);
        self.same("drawn_before", is.drawn_before, loss.drawn_before);
        self.same("from_first_loss", is.from_first_loss, loss.from_first_loss);
        self.same("reserved", is.reserved, loss.reserved);
        self.same("paid", is.paid, loss.paid);
        self.same("expires_ts", is.expires_ts, loss.expires_ts);
        self.same("claimed", is.claimed, loss.claimed.len());
        self.same("pages", is.pages, loss.pages.len());
        for page in 0..2 {
            let of_page = |index: &&u32| loss.pages.contains(&page) && model::page_of(**index) == page;
            let expected: Vec<u32> = loss.claimed.iter().filter(of_page).copied().collect();
            let is = claims::page(world, number, page);
            self.flag("page", is.is_some(), loss.pages.contains(&page));
            self.flag("claims paid", is.map_or(vec![], |is| claims::marked(&is)), expected);
        }
    }

    fn offer(&mut self, world: &World, is: &Offer, offer: &model::Offer) {
        self.flag("market", is.market, keys::market(world.here.keys.fund, offer.market as u16));
        self.same("lots", is.lots, offer.lots);
        self.same("min_lots", is.min_lots, offer.terms.min_lots);
        self.same("limit_price", is.limit_price, offer.terms.limit_price);
        self.same("distance_bps", is.distance_bps, offer.terms.distance_bps);
        self.same("expires_ts", is.expires_ts, offer.terms.expires_ts);
        self.same("default_count", is.default_count, offer.record_count);
        let Some(expected) = &offer.taking else {
            return self.flag("taking", is.taking, Taking::zeroed());
        };
        self.flag("taker", is.taking.taker, world.account_of(&expected.taker));
        self.same("lots taken", is.taking.lots, expected.lots);
        self.same("limit of the taking", is.taking.limit_price, expected.limit);
        self.same("ts of the taking", is.taking.ts, expected.ts);
        self.same("locked by the taking", is.taking.locked, expected.locked.margin);
        self.same("stress loss of the taking", is.taking.locked_stress, expected.locked.stress);
        self.same("contribution of the taking", is.taking.locked_contribution, expected.locked.contribution);
        self.same("losses before the taking", is.taking.loss_seq, expected.loss_seq);
    }

    fn member(&mut self, world: &World, is: &Member, fund: &Fund, member: &model::Member, model: &Model) {
        let status = match member.status {
            model::MemberStatus::Active => MemberStatus::Active,
            model::MemberStatus::Grace => MemberStatus::Grace,
            model::MemberStatus::ClosedOut => MemberStatus::ClosedOut,
        };
        self.flag("status", MemberStatus::from(is.status), status);
        self.same("margin", is.margin, member.margin);
        let locked = model.locked(&self.at);
        self.same("locked", is.locked, locked.margin);
        self.same("locked_stress", is.locked_stress, locked.stress);
        self.same("locked_contribution", is.locked_contribution, locked.contribution);
        for (place, (is, slot)) in is.positions.iter().zip(&member.positions).enumerate() {
            self.same(&format!("takings of position {place}"), u64::from(is.takings), slot.takings as i128);
        }
        self.same("cut_seen", is.cut_seen, member.cut_seen);
        self.claim(&is.gain_claim, member.gains);
        self.same("settled.present", is.settled.present, member.settled[0]);
        self.same("settled.previous", is.settled.previous, member.settled[1]);
        self.same("settled.since", is.settled.since, member.period_secs);
        self.same("shares", is.shares.get(), member.shares);
        self.same("share_epoch", is.share_epoch, member.share_epoch);
        self.same("notice_shares", is.notice_shares.get(), member.notice_shares);
        self.same("notice_ready_secs", is.notice_ready_secs, member.notice_ready_secs);
        self.same("exit_ready_secs", is.exit_ready_secs, member.exit_ready_secs);
        self.flag("exit_renewed", is.exit_renewed.get(), member.exit_renewed);
        let (rewards, borne) = accrued(world, is, fund);
        self.same("rewards, accrued", rewards, member.rewards);
        self.same("losses borne, accrued", borne, member.loss_borne);
        self.same("loss_units", is.loss_units.get(), member.loss_units);
        self.same("loss_units_index", is.loss_units_index.get(), member.units_seen);
        self.same("loss_epoch", is.loss_epoch, member.loss_epoch);
        self.same("grace_slot", is.grace_slot, member.grace.slot);
        self.same("grace_ts", is.grace_ts, member.grace.ts);
        self.same("grace_day", is.grace_day, member.grace_day);
        self.flag("grace_is_long", is.grace_is_long.get(), member.grace_is_long);
        let watch = model.watches.get(self.at.as_str());
        self.same("watch_since_ts", is.watch_since_ts, watch.map_or(0, |watch| watch.start_ts));
        self.same("watch_until_ts", is.watch_until_ts, watch.map_or(0, |watch| watch.end_ts));
        self.used("the watch", (is.watch_day, is.watch_used_secs), member.watch_used);
        self.same("bought_shares", is.bought_shares.get(), member.bought.shares);
        self.same("bought_base", is.bought_base, member.bought.base);
        self.same("bought_epoch", is.bought_epoch, member.bought.epoch);
        self.same("bought_cooling_off", is.bought_cooling_off, member.bought.cooling_off);
        self.same("assessed_shares", is.assessed_shares.get(), member.assessed_shares);
        self.same("assessed_epoch", is.assessed_epoch, member.assessed_epoch);
        self.same("assessment_paid", is.assessment_paid, member.assessment_paid);
        self.same("assessed", is.assessed, member.assessed);
        self.same("cooling_off", is.cooling_off, member.cooling_off);
        self.same("assessment_cap_bps", is.assessment_cap_bps, member.assessment_cap_bps);
        self.same("call_amount", is.call_amount, member.call_amount);
        self.same("call_due_secs", is.call_due_secs, member.call_due_secs);
        self.flag("is_stress_called", is.is_stress_called.get(), member.stress_due_secs.is_some());
        self.same("stress_due_secs", is.stress_due_secs, member.stress_due_secs.unwrap_or(0));
        let cushions =
            model.defaults.values().filter(|record| record.member == self.at && record.cushion_units > 0);
        self.same("cushions", is.cushions, cushions.count());
        self.same("claim", is.claim, member.claim);
        for (place, (slot, position)) in is.positions.iter().zip(&member.positions).enumerate() {
            self.flag(&format!("position {place} free"), slot.is_free(), position.is_free());
            if !position.is_free() {
                self.position(place, slot, position);
            }
        }
        self.exposure(world, fund, model);
    }

    fn position(&mut self, place: usize, slot: &PositionSlot, position: &model::Position) {
        let at = |what: &str| format!("position {place} {what}");
        self.same(&at("market"), slot.market, position.market);
        self.same(&at("lots"), slot.lots, position.lots);
        self.same(&at("raw"), slot.raw.get(), position.raw);
        self.same(&at("premium_index"), slot.premium_index.get(), position.premium_paid);
    }

    /// The member's line in the table of the largest exposures.
    fn exposure(&mut self, world: &World, fund: &Fund, model: &Model) {
        let (name, account) = (self.at.clone(), world.account_of(&self.at));
        for place in 0..2 {
            let is = Some(&fund.exposures[place]).filter(|known| known.member == account);
            let is = is.map(|known| (known.contribution.int(), known.stress_loss.int()));
            let expected = model.exposures[place].as_ref().filter(|known| known.member == name);
            let expected = expected.map(|known| (known.contribution, known.stress_loss));
            self.flag(&format!("exposure {place}"), is, expected);
        }
    }

    fn defaulted(&mut self, world: &World, is: &DefaultRecord, record: &model::DefaultRecord) {
        let status = match record.status {
            model::DefaultStatus::Declared => DefaultStatus::Declared,
            model::DefaultStatus::Allocated => DefaultStatus::Allocated,
        };
        self.flag("status", DefaultStatus::from(is.status), status);
        self.flag("member", is.member, world.account_of(&record.member));
        self.same("declared_slot", is.declared_slot, record.declared.slot);
        self.same("declared_ts", is.declared_ts, record.declared.ts);
        self.same("from_margin", is.from_margin, record.from_margin);
        self.same("shortfall", is.shortfall, record.shortfall);
        self.same("from_claim", is.from_claim, record.from_claim);
        self.same("assigned", is.assigned, record.assigned);
        self.same("from_rewards", is.from_rewards, record.from_rewards);
        self.same("from_recoveries", is.from_recoveries, record.from_recoveries);
        self.same("from_contribution", is.from_contribution, record.from_contribution);
        self.same("unfunded", is.unfunded, record.unfunded);
        self.same("cushion", is.cushion, record.cushion);
        self.same("cushion_units", is.cushion_units.get(), record.cushion_units);
        self.same("cushion_round", is.cushion_round, record.round);
        self.same("cushion_mark.loss_index", is.cushion_mark.loss_index.get(), record.cushion_mark.0);
        self.same("cushion_mark.units_index", is.cushion_mark.units_index.get(), record.cushion_mark.1);
        self.same("from_treasury", is.from_treasury, record.from_treasury);
        self.same("from_survivors", is.from_survivors, record.from_survivors);
        self.same("from_cushions", is.from_cushions, record.from_cushions);
        self.same("residual", is.residual, record.residual);
        self.same("contributions_before", is.contributions_before, record.contributions_before);
        self.same("bounties", is.bounties, record.bounties);
        self.same("repaid", is.repaid, record.repaid);
        let taken = is.positions.iter().take(usize::from(is.positions_len));
        let taken: Vec<_> =
            taken.map(|lots| (usize::from(lots.market), lots.lots.int(), lots.price.int())).collect();
        self.flag("positions", &taken, &record.positions);
    }
}

/// Rewards and losses borne with what the shares have accrued since the last touch, Q64.64: the program waits for a touch, the
/// model does not.
fn accrued(world: &World, member: &Member, fund: &Fund) -> (u128, u128) {
    let shares = member.shares.get();
    if shares == 0 {
        return (member.rewards.get(), member.loss_borne.get());
    }
    let (reward, loss) = if member.share_epoch == fund.share_epoch {
        (fund.reward_index.get(), fund.loss_index.get())
    } else {
        let record = world.epoch_record(member.share_epoch);
        (record.reward_index.get(), record.loss_index.get())
    };
    (
        member.rewards.get() + shares * (reward - member.reward_index.get()),
        member.loss_borne.get() + shares * (loss - member.loss_index.get()),
    )
}
