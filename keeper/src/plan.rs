//! Decides a keeper's next actions: pure decisions over a [`Book`], made by the program's own
//! rules.
//!
//! A plan is a list of actions for one round. Each action is applied to a copy of the book before
//! the next is considered, so that the keeper's own margin is spent once. The caller sends the
//! actions and comes back with a new book until nothing is left to do.

use {
    anchor_lang::solana_program::clock::Clock,
    bulkhead::{
        oracle::Print,
        rules::{
            assessment, calls, closing, covers, crowding, default, exit_clock, final_price, gains_cut, house,
            offers,
            positions::{self, Side},
            rates, stress_call,
        },
    },
    bulkhead_book::{held_markets, scale, waived_markets, Book},
    bulkhead_client::{
        address::of_record,
        instruction::OfferKeys,
        state::{DefaultRecord, Fund, FundStatus, Market, Member, MemberStatus, Offer},
        Address,
    },
    bulkhead_math::{
        units::{raw_to_money, Money},
        MathError, Result, Round,
    },
    std::collections::BTreeSet,
};

mod action;
mod care;
mod settle;
mod take;

use care::Actions;
pub use {
    action::{Action, Posted},
    care::{exposure, is_filled, taken, Care, Planned, PutOff},
};

/// A market's crowding is booked when that changes the sum by so much of the fund's limit.
const BOOKED_BPS: u16 = 100;

/// The risk a keeper takes and the work that it finds worthwhile.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Part of the stress move that the keeper's own accounts must bear after taking a position.
    pub stress_bps: u64,
    /// Least discount at which house positions are worth buying.
    pub min_discount_bps: u16,
    /// Profits and losses below this part of the notional are left for later.
    pub settle_bps: u16,
    /// Least premium worth a transaction, in base units; at least one base unit.
    pub least_premium: Money,
    /// Whether gains of others are registered, for which nobody is paid.
    pub registers_gains: bool,
    /// What is about less is dust, in base units: takings of strangers are not filled, and members below
    /// maintenance or in default come last. Zero: nothing is dust.
    pub least_notional: Money,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            stress_bps: 12_500,
            min_discount_bps: 100,
            settle_bps: 100,
            least_premium: 1_000_000,
            registers_gains: true,
            least_notional: 0,
        }
    }
}

/// A part of a plan that could not be made, because an account holds numbers that the program would not
/// have written. Nothing else is left out with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// The name of the action.
    pub action: &'static str,
    /// The member or the market; `None` for the fund itself.
    pub of: Option<Address>,
}

/// What a plan comes to.
pub struct Plan {
    pub actions: Vec<Planned>,
    pub left_out: Vec<LeftOut>,
}

/// Plans the actions for now. `takers` are the keeper's own members; `book` must be cranked.
///
/// # Errors
/// `Overflow` when an account holds numbers that the program would not have written. A keeper that is
/// to go on all the same takes [`plan_weighed`].
pub fn plan(book: &Book, takers: &[Address], policy: &Policy) -> Result<Vec<Action>> {
    let plan = plan_weighed(book, takers, policy, &never_put_off, Allocations::First);
    match plan.left_out.is_empty() {
        true => Ok(plan.actions.into_iter().map(|planned| planned.action).collect()),
        false => Err(MathError::Overflow),
    }
}

/// What a plan does with losses that wait for their allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocations {
    /// They come first, and everything else waits for the next round: contributions change for everybody.
    First,
    /// They are on their way. The remaining work is better done now than never.
    UnderWay,
}

/// Plans the same, and says what each action is about. Actions that are `put_off` are left to others, and
/// so is all that follows from them. What cannot be planned leaves out itself alone.
pub fn plan_weighed(
    book: &Book,
    takers: &[Address],
    policy: &Policy,
    put_off: &dyn Fn(&Action) -> PutOff,
    allocations: Allocations,
) -> Plan {
    let mut planner = Planner::new(book, takers, policy, put_off);
    if allocations == Allocations::First {
        planner.allocate();
    }
    if planner.actions.is_empty() {
        planner.act();
    }
    planner.end()
}

/// Nothing has failed before.
fn never_put_off(_: &Action) -> PutOff {
    PutOff::No
}

/// Copies of the accounts that a rule has changed. They replace the book's own once the action is
/// planned.
struct Trial {
    fund: Fund,
    market: Market,
    members: Vec<(Address, Member)>,
    /// Lots that the rule moved, unsigned.
    lots: u64,
}

impl Trial {
    /// Copies the fund and a market.
    fn new(book: &Book, market: u16) -> Option<Self> {
        let market = *book.market(market).ok()?;
        Some(Self { fund: book.fund, market, members: Vec::new(), lots: 0 })
    }

    fn with(mut self, lots: u64, members: impl IntoIterator<Item = (Address, Member)>) -> Self {
        self.lots = lots;
        self.members.extend(members);
        self
    }
}

struct Planner<'a> {
    book: Book,
    clock: Clock,
    takers: &'a [Address],
    policy: &'a Policy,
    actions: Actions<'a>,
    left_out: Vec<LeftOut>,
}

impl<'a> Planner<'a> {
    /// Copies the book, with the exit clock of now: every instruction runs it first.
    fn new(
        book: &Book,
        takers: &'a [Address],
        policy: &'a Policy,
        put_off: &'a dyn Fn(&Action) -> PutOff,
    ) -> Self {
        let (book, clock) = (book.clone(), book.clock());
        let actions = Actions::new(policy.least_notional, put_off);
        let mut planner = Self { book, clock, takers, policy, actions, left_out: Vec::new() };
        if planner.book.fund.run_exit_clock(&clock).is_err() {
            planner.leave_out("run_exit_clock", None);
        }
        planner
    }

    fn end(self) -> Plan {
        Plan { actions: self.actions.planned, left_out: self.left_out }
    }

    /// Goes on without one part of the plan.
    fn leave_out(&mut self, action: &'static str, of: Option<Address>) {
        self.left_out.push(LeftOut { action, of });
    }

    /// Puts a trial's accounts into the book.
    fn apply(&mut self, trial: Trial) {
        self.book.fund = trial.fund;
        self.book.markets[usize::from(trial.market.index)] = trial.market;
        self.book.members.extend(trial.members);
    }

    /// Plans everything but allocations.
    fn act(&mut self) {
        if self.policy.registers_gains {
            self.register_gains();
        }
        self.settle_epochs();
        self.book_houses();
        self.release_cushions();
        self.declare();
        self.watch();
        self.assess();
        self.liquidate();
        self.sell_excess();
        self.take_over();
        self.settle();
        self.settle_covers();
        // Dust costs its owner a fee, and would keep the fund from ever having a quiet moment.
        if self.actions.are_dust(self.policy.least_notional) {
            self.call_contributions();
            self.call_stress();
            self.book_crowding();
            self.collect_premiums();
            self.accrue_covers();
            self.cut_gains();
            self.end_markets();
        }
        // Last: a taking of dust costs its owner a fee, and would stand before what protects the fund.
        self.fill_offers();
    }

    /// Allocates losses first: everything else waits for them.
    fn allocate(&mut self) {
        let allocate = |record: &DefaultRecord| Planned {
            action: Action::Allocate { seq: record.seq, record: of_record(record) },
            stake: Some(record.shortfall),
        };
        for planned in self.book.open_records().map(allocate) {
            self.actions.add(planned);
        }
        let fund = &self.book.fund;
        let has_money = fund.treasury > 0 || fund.contributions > 0 || fund.cushions > 0;
        if fund.allocatable() == 0 {
            return;
        }
        let is_due = if has_money { Ok(true) } else { self.can_call() };
        match is_due {
            Ok(false) => {}
            Ok(true) => {
                self.actions.push_for(0, Action::AllocateResidual); // after the defaults that have left it
            }
            Err(_) => self.leave_out("allocate_residual", None),
        }
    }

    /// Fills takings whose print the oracle's account has or the keeper can post, and ends those whose time
    /// is over. Anyone may, and neither side then depends on the other one.
    fn fill_offers(&mut self) {
        for (address, offer) in self.book.takings.clone() {
            let keys = OfferKeys { offer: address, maker: offer.maker, taker: offer.taking.taker };
            let ts = offer.taking.ts;
            let stake = self.book.market(offer.market_index).map_or(0, |market| taken(market, &offer));
            if offers::has_lapsed(&offer, self.book.now) {
                self.actions.push_for(stake, Action::LapseTaking { keys, ts });
            } else if let Some((action, trial)) = self.fillable(keys, offer) {
                if self.actions.push_for(stake, action) {
                    self.apply(trial);
                }
            }
        }
    }

    /// Runs the program's fill on copies of the accounts.
    fn fillable(&self, keys: OfferKeys, mut offer: Offer) -> Option<(Action, Trial)> {
        let market = offer.market_index;
        let least = self.policy.least_notional;
        is_filled(self.book.market(market).ok()?, &offer, self.takers, least).then_some(())?;
        let (print, account) = self.print_of(&keys.offer, &offer, market)?;
        let mut trial = Trial::new(&self.book, market)?;
        let cranks = trial.market.mark.publish_ts < print.publish_ts;
        let posted = account.map(|account| Posted { account, cranks });
        if cranks && posted.is_some() {
            let Book { fund, slot, now, .. } = &self.book;
            rates::update_mark(fund, &mut trial.market, &print, *slot, *now).ok()?;
        }
        let (mut maker, mut taker) =
            (*self.book.members.get(&keys.maker)?, *self.book.members.get(&keys.taker)?);
        let Trial { fund, market: at, .. } = &mut trial;
        let making = Side { address: &keys.maker, member: &mut maker, by_delegate: false };
        let taking = Side { address: &keys.taker, member: &mut taker, by_delegate: false };
        let (priced, rent_to, ts) = (self.book.priced(), offer.trader, offer.taking.ts);
        offers::fill(fund, at, &priced, &print, &mut offer, making, taking, &self.clock).ok()?;
        let markets = self.markets_of(&[keys.maker, keys.taker], market);
        let trial = trial.with(0, [(keys.maker, maker), (keys.taker, taker)]);
        Some((Action::FillOffer { market, keys, ts, rent_to, markets, posted }, trial))
    }

    /// The print that fills a taking, with the account that it must be posted to if the oracle's does not
    /// show it.
    fn print_of(&self, address: &Address, offer: &Offer, market: u16) -> Option<(Print, Option<Address>)> {
        let (ts, now) = (offer.taking.ts, self.book.now);
        if let Some(shown) = self.book.quotes.get(usize::from(market))?.first_after(ts, now) {
            return Some((shown, None));
        }
        let posting = self.book.prints.get(address)?;
        Some((posting.quote.first_after(ts, now)?, Some(posting.account)))
    }

    /// Gives back the cushions of defaults whose houses are sold: until then their members cannot
    /// leave, and the fund keeps eight rounds only.
    fn release_cushions(&mut self) {
        let round = self.book.fund.house_round;
        let ended =
            self.book.records.values().filter(|record| record.has_cushion() && record.cushion_round < round);
        let members = &self.book.members;
        let known = ended.filter(|record| members.contains_key(&record.member));
        let release =
            known.map(|r| Action::ReleaseCushion { seq: r.seq, member: r.member, record: of_record(r) });
        self.actions.extend(release);
    }

    /// Blocks exits for members that others would pay for as far as the marks show, until their default
    /// can be declared. Ends the watches of members that are sound again. Where exits are blocked
    /// already a watch would only use up the seconds of its day.
    fn watch(&mut self) {
        let declared: BTreeSet<Address> = self
            .actions
            .iter()
            .filter_map(|action| match action {
                Action::Declare { member, .. } => Some(*member),
                _ => None,
            })
            .collect();
        let fund = self.book.fund;
        let mut watches = Vec::new();
        for (address, member) in &self.book.members {
            let (mut trial, mut watched, markets) = (fund, *member, held_markets(member));
            let (priced, clock) = (self.book.priced(), &self.clock);
            if member.watch().is_open(self.book.now) {
                if exit_clock::end_watch(&mut trial, &mut watched, &priced, clock).is_ok() {
                    let action = Action::EndWatch { member: *address, markets };
                    watches.push(Planned { action, stake: None });
                }
            } else if !fund.blocks_exits(self.book.now)
                && !markets.is_empty()
                && !declared.contains(address)
                && exit_clock::open_watch(&mut trial, &mut watched, &priced, clock).is_ok()
            {
                let action = Action::OpenWatch { member: *address, markets };
                watches.push(Planned { action, stake: Some(exposure(&self.book, member)) });
            }
        }
        for planned in watches {
            self.actions.add(planned);
        }
    }

    /// Looks at houses that would block exits, or no longer would, if somebody looked.
    fn book_houses(&mut self) {
        for market in self.book.markets.iter().filter(|market| market.house_lots != 0) {
            let (mut trial, mut seen) = (self.book.fund, *market);
            if house::book(&mut trial, &mut seen, &self.book.moment()).is_err() {
                continue;
            }
            let of = |market: &Market| (market.house_waived > 0, market.house_waived_ts);
            if of(&seen) != of(market) {
                self.actions.push(Action::BookHouse { market: market.index });
            }
        }
    }

    /// Calls members beyond the cover limit, and ends the calls of members within it.
    fn call_stress(&mut self) {
        for (address, member) in &self.book.members {
            let can_change = member.has_positions() || member.is_stress_called.get();
            let mut called = *member;
            if can_change && stress_call::call(&self.book.fund, &mut called, &self.book.priced()).is_ok() {
                self.actions.push(Action::CallStress { member: *address, markets: held_markets(member) });
            }
        }
    }

    /// Books markets whose price has moved: a crank does not write the fund.
    fn book_crowding(&mut self) {
        let fund = &self.book.fund;
        let mutual = fund.treasury.saturating_add(fund.contributions);
        let limit = u128::from(mutual) * u128::from(fund.params.crowding_limit_bps) / 10_000;
        let least = limit * u128::from(BOOKED_BPS) / 10_000;
        for market in self.book.markets.iter() {
            let (mut after, mut booked) = (*fund, *market);
            let Ok(cost) = crowding::book(&mut after, &mut booked) else { continue };
            let moved = u128::from(cost.abs_diff(market.crowding));
            if moved > 0 && moved >= least && self.book.can_price(&[market.index]) {
                self.actions.push(Action::BookCrowding { market: market.index });
            }
        }
    }

    /// Whether more of the residual can be called from the survivors.
    fn can_call(&self) -> Result<bool> {
        assessment::can_call(&self.book.fund, self.book.now).map_err(|_| MathError::Overflow)
    }

    /// Layer 5: collects assessments from members with margin above their initial margin.
    fn assess(&mut self) {
        for (address, member) in &self.book.members {
            let can_pay = member.status == MemberStatus::Active || member.status == MemberStatus::Grace;
            let Ok(due) = self.book.assessment_due(member) else {
                self.left_out.push(LeftOut { action: "enforce_call", of: Some(*address) });
                continue;
            };
            if can_pay && due > 0 {
                let enforced = self.try_to_enforce(address, member);
                if enforced.is_some_and(|enforced| enforced.assessed > 0) {
                    let markets = held_markets(member);
                    self.actions.push(Action::Enforce { member: *address, markets });
                }
            }
        }
    }

    /// Runs the program's collection of assessment and call on copies of the accounts.
    fn try_to_enforce(&self, address: &Address, member: &Member) -> Option<calls::Enforced> {
        let (mut fund, mut member) = (self.book.fund, *member);
        calls::enforce(&mut fund, address, &mut member, &self.book.priced(), &self.clock).ok()
    }

    /// Pays what covers are owed, once clearing is whole: exits wait for it.
    fn settle_covers(&mut self) {
        let waived = waived_markets(&self.book.markets);
        let mut fund = self.book.fund;
        for (index, cover) in self.book.covers.iter().filter(|(_, cover)| cover.owed > 0) {
            let (mut trial, mut settled) = (fund, *cover);
            if covers::settle(&mut trial, &mut settled, &self.book.priced(), &self.clock).is_ok() {
                fund = trial;
                self.actions.push(Action::SettleCover { cover: *index, waived: waived.clone() });
            }
        }
        self.book.fund = fund;
    }

    /// Earns premiums of covers that are worth a transaction, and lets covers lapse whose premium is used
    /// up.
    fn accrue_covers(&mut self) {
        for (index, cover) in &self.book.covers {
            let (mut trial, mut accrued) = (self.book.fund, *cover);
            let Ok(plan) = covers::accrue(&mut trial, &mut accrued, self.book.now) else { continue };
            if plan.lapses || plan.premium >= self.policy.least_premium.max(1) {
                self.actions.push(Action::AccrueCover { cover: *index });
            }
        }
    }

    /// Collects premiums that positions have paid and the pool can pay out. Contributors earn them
    /// only once they are collected.
    fn collect_premiums(&mut self) {
        for market in &self.book.markets {
            let paid = || raw_to_money(market.adjusted.premium_raw.get(), scale(market)?, Round::Down);
            let Ok(paid) = paid() else {
                let of = Some(self.book.keys.market(market.index));
                self.left_out.push(LeftOut { action: "collect_premium", of });
                continue;
            };
            if paid.min(positions::drawable(&self.book.fund)) >= self.policy.least_premium.max(1) {
                self.actions.push(Action::CollectPremium { market: market.index });
            }
        }
    }

    /// Calls contributions below the required ones, and enforces calls that are due.
    fn call_contributions(&mut self) {
        for (address, member) in &self.book.members {
            if member.status == MemberStatus::Active && self.try_to_enforce(address, member).is_some() {
                self.actions.push(Action::Enforce { member: *address, markets: held_markets(member) });
            }
        }
    }

    /// Registers members whose gains a cut waits for. Nothing else can be done for such a member, and
    /// one that nobody registers pays nothing.
    fn register_gains(&mut self) {
        for (address, member) in &self.book.members {
            let must = gains_cut::must_register(&self.book.fund, member, self.book.now);
            if member.status != MemberStatus::ClosedOut && must.unwrap_or(false) {
                let markets = held_markets(member);
                self.actions.push(Action::RegisterGains { member: *address, markets });
            }
        }
    }

    /// Layer 6: opens a gains cut when layers 3 to 5 are empty and nothing else is left to do, cuts when
    /// registration is over, and pays claims as far as the pool reaches. Work that is to be tried again is
    /// left to do; what has been given up is not, or one action that fails for ever would end the waterfall.
    fn cut_gains(&mut self) {
        let (fund, now) = (&self.book.fund, self.book.now);
        let is_last = fund.graces == 0 && !self.actions.has_retries;
        if gains_cut::cut(&mut fund.clone(), now).is_ok() {
            self.actions.push(Action::CutGains);
        } else if is_last && gains_cut::open(&mut fund.clone(), &self.book.priced(), now).is_ok() {
            let waived = waived_markets(&self.book.markets);
            self.actions.push(Action::OpenGainsCut { waived });
        }
        for (address, member) in &self.book.members {
            if member.gain_claim.round != 0
                && gains_cut::pay(&mut fund.clone(), &mut member.clone(), now).is_ok()
            {
                self.actions.push(Action::PayClaim { member: *address });
            }
        }
    }

    /// Ends markets and the fund: the end of dead feeds, final marks whose time has come, then members
    /// that are closed out at them, then claims.
    fn end_markets(&mut self) {
        let (fund, now) = (&self.book.fund, self.book.now);
        for market in self.book.markets.iter() {
            let index = market.index;
            let (mut after, mut ended) = (*fund, *market);
            if final_price::fix(&mut after, &mut ended, now).is_ok() {
                self.actions.push(Action::FixFinalMark { market: index });
            } else if final_price::close_dead(&mut ended, now).is_ok() {
                self.actions.push(Action::CloseMarket { market: index });
            }
        }
        if !self.actions.are_dust(self.policy.least_notional) {
            return;
        }
        let winds_down = fund.status == FundStatus::WindDown;
        let is_due = now >= fund.wind_down_ts.saturating_add(i64::from(fund.params.wind_down_secs));
        for (address, member) in &self.book.members {
            let markets = held_markets(member);
            let last = markets.iter().filter(|market| self.book.is_final(**market)).count();
            let can_close = if winds_down { is_due && last == markets.len() } else { last > 0 };
            let equity = || self.book.risk(member)?.equity(member.margin);
            let Ok(solvent) = (if winds_down { equity().map(|equity| equity >= 0) } else { Ok(true) }) else {
                self.left_out.push(LeftOut { action: "close_out", of: Some(*address) });
                continue;
            };
            if member.status == MemberStatus::Active && can_close && solvent {
                self.actions.push(Action::CloseOut { member: *address, markets });
            }
        }
        if closing::require_payable(fund, self.book.now).is_ok() {
            let claims = self.book.members.iter().filter(|(_, member)| member.claim > 0);
            self.actions.extend(claims.map(|(member, _)| Action::PayOut { member: *member }));
        }
    }

    fn settle_epochs(&mut self) {
        let current = self.book.fund.share_epoch;
        let old = self
            .book
            .members
            .iter()
            .filter(|(_, member)| member.share_epoch < current && !member.shares.is_zero());
        self.actions.extend(
            old.map(|(member, state)| Action::SettleEpoch { member: *member, epoch: state.share_epoch }),
        );
    }

    /// Moves members with negative equity into grace and, when grace is over, into default. A
    /// member that has recovered leaves its grace, because its contribution cannot move while grace
    /// lasts.
    fn declare(&mut self) {
        for (address, member) in &self.book.members {
            let markets = held_markets(member);
            if markets.is_empty() {
                continue;
            }
            if self.can_judge(member) {
                let count = member.default_count;
                let action = Action::Declare { member: *address, count, markets };
                self.actions.push_for(exposure(&self.book, member), action);
            }
        }
    }

    /// Runs the program's judgement of a member on copies of the accounts. It refuses a member that is
    /// neither in grace nor has negative equity, and one whose grace is still running.
    fn can_judge(&self, member: &Member) -> bool {
        let can_change = member.status == MemberStatus::Active || member.status == MemberStatus::Grace;
        let (mut fund, mut member) = (self.book.fund, *member);
        can_change && default::judge(&mut fund, &mut member, &self.book.priced(), &self.clock).is_ok()
    }

    /// The markets that any of these members hold, and `named`.
    fn markets_of(&self, members: &[Address], named: u16) -> Vec<u16> {
        let held = members.iter().filter_map(|member| self.book.members.get(member)).flat_map(held_markets);
        held.chain([named]).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

#[cfg(test)]
pub(crate) mod tests;
