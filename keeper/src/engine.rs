//! Decides which actions to try now. The engine plans for the members that the index or their turn
//! brings up; an effect in flight, or one that has just failed, waits.

use {
    crate::{
        draft::{Draft, KeeperAccounts},
        effects::{Effect, Effects, Patience},
        live::{Change, Live},
        plan::{is_filled, plan_weighed, Action, Allocations, Care, LeftOut, Planned, Policy},
        policies::Policies,
        prices::{
            listener::Ask,
            poster::{Heard, Postable, Poster},
            pro::{self, desk::Desk, feeds_of, ProFeed},
        },
        purse::Purse,
    },
    anyhow::Result,
    bulkhead::{constants::DEFAULT_RETENTION_SECS, oracle::Print},
    bulkhead_book::{Posting, Quote},
    bulkhead_client::{
        address::of_record,
        state::{DefaultRecord, DefaultStatus, FundStatus, Market},
        Address, Instruction,
    },
    bulkhead_pyth::{route::RouteError, FeedId},
    solana_account::Account,
    std::{
        collections::{BTreeMap, BTreeSet},
        time::Instant,
    },
};

/// The settings of an engine.
#[derive(Clone, Copy, Debug)]
pub struct EngineSettings {
    pub policy: Policy,
    /// Marks older than this are cranked for others.
    pub crank_after_slots: Option<u64>,
    /// Prices on chain that are older are posted before a crank, where they can be.
    pub post_after_secs: u32,
    /// Notes of one book of policies are at least so far apart; without it policies are not served.
    pub least_note_secs: Option<u32>,
    /// Members looked at in a step besides those that the index brings up, for settlements and
    /// calls.
    pub members_per_step: usize,
    /// Most transactions in flight.
    pub most_in_flight: usize,
    /// Most lamports that errands cost in an hour.
    pub errand_lamports_per_hour: u64,
    pub patience: Patience,
}

/// One transaction to send.
#[derive(Clone, Debug)]
pub struct Task {
    pub effect: Effect,
    pub action: Action,
    /// What it offers for its place in a block, and who pays for it.
    pub care: Care,
    pub draft: Draft,
    /// Earlier attempts that have expired.
    pub expired: u32,
    /// Whether it posts a price.
    pub posts: bool,
    /// Lamports that Pyth Pro's contract takes for its posts.
    pub pro_fee: u64,
    /// The chain's time when it was decided on: it runs no earlier.
    pub decided_ts: i64,
}

impl Task {
    /// Accounts that the transaction may change.
    pub fn touched(&self) -> Vec<Address> {
        let metas = self.draft.instructions.iter().flat_map(|instruction| &instruction.accounts);
        let written = metas.filter(|meta| meta.is_writable && !meta.is_signer).map(|meta| meta.pubkey);
        written.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// The end of an attempt to send a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// The transaction ran and succeeded.
    Landed {
        /// Compute units that it used.
        units: u64,
        /// Bounties, bonuses and discounts in base units, as the simulation before it has paid them.
        earned: u64,
        /// Lamports that the network took.
        fee: u64,
    },
    /// The transaction ran and failed: another keeper was faster, or the price moved. It cost a
    /// fee.
    Failed {
        /// The program's name for the error.
        error: String,
        /// Lamports that the network took.
        fee: u64,
    },
    /// The simulation failed, and nothing was sent.
    Refused {
        /// The program's name for the error.
        error: String,
    },
    /// The blockhash is too old, and the transaction never ran.
    Expired,
    /// The cluster could not be reached, and nothing was sent.
    Unreachable {
        /// The failure of the connection.
        error: String,
    },
    /// A dry run simulated the transaction and sent nothing.
    Dry {
        /// Compute units of the simulation.
        units: u64,
        /// Bounties, bonuses and discounts in base units that it would pay.
        earned: u64,
    },
}

impl SendOutcome {
    /// The name that metrics and logs use.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Landed { .. } => "landed",
            Self::Failed { .. } => "lost",
            Self::Refused { .. } => "refused",
            Self::Expired => "expired",
            Self::Unreachable { .. } => "unreachable",
            Self::Dry { .. } => "dry",
        }
    }
}

/// The state of the members after a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Members below maintenance, in default or in grace.
    pub due: usize,
    /// Slots for which the longest-standing of them has been due.
    pub oldest_due_slots: u64,
    /// Members whose numbers leave their types.
    pub unsound: usize,
    /// Errands that wait for money.
    pub waiting: usize,
}

/// Places in flight that are left. What nobody is paid for has half of them at most, and errands a quarter:
/// a liquidation, a declaration or an allocation finds one, whatever strangers bring about.
struct Places {
    all: usize,
    unpaid: usize,
    errands: usize,
}

impl Places {
    fn of(most: usize, effects: &Effects) -> Self {
        let errands = effects.in_flight_of(Care::Errand);
        let unpaid = effects.in_flight_of(Care::Upkeep) + errands;
        Self {
            all: most.saturating_sub(effects.in_flight()),
            unpaid: (most / 2).max(1).saturating_sub(unpaid),
            errands: (most / 4).max(1).saturating_sub(errands),
        }
    }

    /// Takes a place for an action that gets this care. Returns `false` if there is none.
    fn take(&mut self, care: Care) -> bool {
        let mut wanted = match care {
            Care::Guard => vec![&mut self.all],
            Care::Upkeep => vec![&mut self.all, &mut self.unpaid],
            Care::Errand => vec![&mut self.all, &mut self.unpaid, &mut self.errands],
        };
        let is_left = wanted.iter().all(|places| **places > 0);
        wanted.iter_mut().filter(|_| is_left).for_each(|places| **places -= 1);
        is_left
    }
}

/// The decisions of a running keeper.
pub struct Engine {
    live: Live,
    accounts: KeeperAccounts,
    settings: EngineSettings,
    /// Posts prices; without it, those on chain must do.
    poster: Option<Poster>,
    /// Posts messages of Pyth Pro; without it, somebody else must.
    desk: Option<Desk>,
    effects: Effects,
    /// The money for errands.
    purse: Purse,
    /// The last member that had its turn.
    turn: Option<Address>,
    turn_slot: Option<u64>,
    /// The slot in which policies had their turn.
    served_slot: Option<u64>,
    due_since: BTreeMap<Address, u64>,
    found: Found,
    /// What the last step could not plan, and members that it could not judge.
    left_out: BTreeSet<LeftOut>,
    /// The takings whose prints Hermes was asked for: the offer, and the second.
    asked: BTreeMap<Address, i64>,
}

impl Engine {
    pub fn new(
        live: Live,
        accounts: KeeperAccounts,
        settings: EngineSettings,
        poster: Option<Poster>,
    ) -> Self {
        let effects = Effects::new(settings.patience);
        let purse = Purse::new(settings.errand_lamports_per_hour);
        Self {
            live,
            accounts,
            settings,
            poster,
            desk: None,
            effects,
            purse,
            turn: None,
            turn_slot: None,
            served_slot: None,
            due_since: BTreeMap::new(),
            found: Found::default(),
            left_out: BTreeSet::new(),
            asked: BTreeMap::new(),
        }
    }

    /// The same engine, which posts messages of Pyth Pro if it has a desk.
    pub fn with_desk(self, desk: Option<Desk>) -> Self {
        Self { desk, ..self }
    }

    pub fn live(&self) -> &Live {
        &self.live
    }

    pub fn found(&self) -> Found {
        self.found
    }

    /// What the last step went on without, because its numbers leave their types.
    pub fn left_out(&self) -> &BTreeSet<LeftOut> {
        &self.left_out
    }

    /// Whether other accounts are to be read since the last call: see [`Live::take_moved`].
    pub fn take_moved(&mut self) -> bool {
        self.live.take_moved()
    }

    /// The feeds of the prices that the keeper posts, as its markets are now: those of Hermes and those of
    /// Pyth Pro.
    pub fn follow_prices(&mut self) -> (Vec<FeedId>, Vec<ProFeed>) {
        let markets = self.live.markets();
        let hermes = self.poster.as_mut().map(|poster| poster.follow(markets)).unwrap_or_default();
        (hermes, self.desk.as_ref().map(|_| feeds_of(markets)).unwrap_or_default())
    }

    /// The money for errands.
    pub fn purse(&self) -> &Purse {
        &self.purse
    }

    /// Number of transactions in flight.
    pub fn in_flight(&self) -> usize {
        self.effects.in_flight()
    }

    /// Replaces the fund by one that was read anew.
    pub fn replace(&mut self, mut live: Live) {
        live.inherit(&mut self.live);
        if live.book().slot < self.live.book().slot {
            self.due_since.clear(); // the chain has begun again
        }
        self.live = live;
    }

    /// Takes in a price update that the keeper can post. Returns how many of its prices are too old
    /// for their markets already.
    ///
    /// # Errors
    /// As [`Poster::hear`].
    pub fn hear(&mut self, heard: &Heard) -> Result<usize, RouteError> {
        let Some(poster) = &mut self.poster else { return Ok(0) };
        let offered = poster.hear(heard, self.live.markets())?;
        Ok(self.offer(offered))
    }

    /// Takes in a message of Pyth Pro that the keeper can post. Returns for how many markets it is too old
    /// already.
    pub fn hear_pro(&mut self, heard: &pro::listener::Heard) -> usize {
        let Some(desk) = &mut self.desk else { return 0 };
        let offered = desk.hear(heard, self.live.markets());
        self.offer(offered)
    }

    fn offer(&mut self, offered: Vec<(u16, Postable)>) -> usize {
        let now = self.live.book().now;
        let mut stale = 0;
        for (market, postable) in offered {
            let quote = Quote::read(&self.live.markets()[usize::from(market)], Some(&postable.account), now);
            stale += usize::from(quote.print.is_none());
            self.live.offer(market, postable, self.settings.post_after_secs);
        }
        stale
    }

    /// Takes in the policies of the fund as they were read.
    pub fn serve(&mut self, read: Policies) {
        self.live.serve(read);
    }

    /// The longest time by which the note of a price is late, in seconds.
    pub fn late_secs(&self) -> u64 {
        let least = self.settings.least_note_secs;
        least.map_or(0, |least| self.live.policies().late_secs(self.live.book().now, least))
    }

    /// Takes in a changed account.
    ///
    /// # Errors
    /// As [`Live::apply`].
    pub fn apply(&mut self, address: &Address, account: Option<&Account>) -> Result<Change> {
        self.live.apply(address, account)
    }

    /// Returns the tasks to send now. Each counts as in flight until [`Self::report`]. What cannot be planned
    /// is [left out](Self::left_out), and stops nothing else.
    pub fn step(&mut self) -> Vec<Task> {
        let tasks = self.decide();
        self.live.tidy();
        tasks
    }

    fn decide(&mut self) -> Vec<Task> {
        self.live.refresh();
        let slot = self.live.book().slot;
        self.effects.forget_before(slot);
        let due = self.live.due();
        self.note(&due, slot);
        self.purse.fill(self.live.book().now);
        let mut places = Places::of(self.settings.most_in_flight, &self.effects);
        if places.all == 0 {
            return Vec::new();
        }
        let busy = self.effects.busy();
        let takers: Vec<Address> =
            self.accounts.members().into_iter().filter(|taker| !busy.contains(taker)).collect();
        let mut members = self.turn(due);
        members.extend(&takers);
        members.extend(self.live.takings());
        let mut part = self.live.part(members.difference(&busy).copied());
        part.book.prints = self.prints();
        (self.found.unsound, self.found.waiting) = (part.unsound.len(), 0);
        self.left_out =
            part.unsound.iter().map(|member| LeftOut { action: "judge", of: Some(*member) }).collect();

        let policy = self.settings.policy;
        let put_off = |action: &Action| self.effects.put_off(&Effect::of(action), slot);
        let plan = plan_weighed(&part.book, &takers, &policy, &put_off, Allocations::First);
        self.left_out.extend(plan.left_out);
        let planned = plan.actions;
        let is_allocating = planned.iter().any(|planned| is_serial(&planned.action));
        // Marks and prices of days come before all other upkeep, of which there may be much.
        let mut upkeep = self.cranks(&mut places);
        let (notes, policies): (Vec<Action>, Vec<Action>) =
            self.policies().into_iter().partition(|action| matches!(action, Action::NotePrice { .. }));
        upkeep.extend(notes.into_iter().filter(|_| places.take(Care::Upkeep)));
        let mut chosen = self.choose(planned, &mut places);
        if chosen.is_empty() && is_allocating {
            let put_off = |action: &Action| self.effects.put_off(&Effect::of(action), slot);
            let beside = plan_weighed(&part.book, &takers, &policy, &put_off, Allocations::UnderWay);
            self.left_out.extend(beside.left_out);
            chosen = self.choose(beside.actions, &mut places);
        }
        let rest = policies.into_iter().chain(self.closings());
        upkeep.extend(rest.filter(|_| places.take(Care::Upkeep)));
        chosen.extend(upkeep.into_iter().map(|action| (action, Care::Upkeep)));
        chosen.into_iter().map(|(action, care)| self.task(action, care)).collect()
    }

    /// The prints that the keeper has heard of those that takings wait for.
    fn prints(&self) -> BTreeMap<Address, Posting> {
        let (Some(poster), now) = (&self.poster, self.live.book().now) else { return BTreeMap::new() };
        let print =
            |(address, ts, market): (Address, i64, &Market)| Some((address, poster.print(market, ts, now)?));
        self.takings().filter_map(print).collect()
    }

    /// The takings that wait and that the keeper fills, each with its second and its market.
    fn takings(&self) -> impl Iterator<Item = (Address, i64, &Market)> {
        let (markets, takings) = (self.live.markets(), self.live.book().takings.iter());
        let (own, least) = (self.accounts.members(), self.settings.policy.least_notional);
        takings.filter_map(move |(address, offer)| {
            let market = markets.get(usize::from(offer.market_index))?;
            is_filled(market, offer, &own, least).then_some((*address, offer.taking.ts, market))
        })
    }

    /// Questions for the prints of takings that the keeper should have heard and has not, one for each
    /// taking.
    pub fn asks(&mut self) -> Vec<Ask> {
        let Some(poster) = &self.poster else { return Vec::new() };
        let (book, since) = (self.live.book(), Instant::now());
        let misses = |(address, ts, market): &(Address, i64, &Market)| {
            let is_shown = book
                .quotes
                .get(usize::from(market.index))
                .is_some_and(|quote| quote.first_after(*ts, book.now).is_some());
            !is_shown && self.asked.get(address) != Some(ts) && poster.misses(market, *ts, book.now)
        };
        let missing = self.takings().filter(misses);
        let missing: Vec<(Address, Ask)> = missing
            .map(|(address, ts, market)| (address, Ask { feed: market.oracle.feed_id, ts, since }))
            .collect();
        self.asked.retain(|address, _| book.takings.contains_key(address));
        self.asked.extend(missing.iter().map(|(address, ask)| (*address, ask.ts)));
        missing.into_iter().map(|(_, ask)| ask).collect()
    }

    /// Builds the task of an action: price updates first, then cranks, then the action.
    fn task(&mut self, action: Action, care: Care) -> Task {
        let effect = Effect::of(&action);
        let each = Effect::each(&action);
        let expired = each.iter().map(|effect| self.effects.expired(effect)).max().unwrap_or_default();
        self.effects.start(effect.clone(), action.members(), care);
        self.accounts.oracles = self.live.cranked_from();
        let mut draft = self.accounts.draft(&action, self.live.book());
        let book = self.live.book();
        let cranked = action.markets().iter().filter(|market| book.can_crank(**market));
        let posts: Vec<Address> = cranked.filter_map(|market| self.live.posts_to(*market)).collect();
        let mut updates = self.poster.as_ref().map(|poster| poster.updates(&posts)).unwrap_or_default();
        let is_open = |account: &Address| self.live.is_open(account);
        updates.extend(self.desk.iter().flat_map(|desk| desk.updates(&posts, is_open)));
        let pro_fee = self.desk.as_ref().map_or(0, |desk| desk.fee(&posts));
        draft.instructions.splice(0..0, updates);
        let print = self.print_of(&action);
        let has_print = !print.is_empty();
        if let Action::FillOffer { posted: Some(posted), .. } = &action {
            let at = draft.instructions.len() - 1 - usize::from(posted.cranks);
            draft.instructions.splice(at..at, print);
        }
        let decided_ts = self.live.book().now;
        let posts = !posts.is_empty() || has_print;
        Task { effect, action, care, draft, expired, posts, pro_fee, decided_ts }
    }

    /// Instructions that post the print of a fill, if its action says so. They go after the other posts and
    /// cranks, which may use the same account for a later print.
    fn print_of(&self, action: &Action) -> Vec<Instruction> {
        let Action::FillOffer { market, keys, posted: Some(_), .. } = action else { return Vec::new() };
        let (book, markets) = (self.live.book(), self.live.markets());
        let print = || {
            let (poster, offer) = (self.poster.as_ref()?, book.takings.get(&keys.offer)?);
            Some(poster.post_print(markets.get(usize::from(*market))?, offer.taking.ts))
        };
        print().unwrap_or_default()
    }

    /// Chooses the members to plan for. Members that are due always count. While the fund is calm,
    /// the next few of the others join them once a slot. While it is not, everybody joins, because
    /// the gains cut depends on nobody else having anything left to do.
    fn turn(&mut self, mut due: BTreeSet<Address>) -> BTreeSet<Address> {
        let (fund, slot) = (&self.live.book().fund, self.live.book().slot);
        let is_calm = fund.status == FundStatus::Active && fund.residual == 0;
        let had_turn = self.turn_slot.replace(slot) == Some(slot);
        let most = match is_calm {
            true if had_turn => return due,
            true => self.settings.members_per_step,
            false => usize::MAX,
        };
        let next = self.live.next_members(self.turn, most);
        self.turn = next.last().copied();
        due.extend(next);
        due
    }

    /// Chooses the actions of a plan that may be tried now, the most urgent first, with the care of each.
    fn choose(&mut self, mut planned: Vec<Planned>, places: &mut Places) -> Vec<(Action, Care)> {
        let (slot, least) = (self.live.book().slot, self.settings.policy.least_notional);
        let mut taken = self.effects.engaged();
        let mut chosen: Vec<(Action, Care)> = Vec::new();
        planned.sort_by_key(|planned| planned.rank(least));
        for planned in planned {
            let (care, is_dust) = (planned.care(least), planned.is_dust(least));
            let mut action = planned.action;
            if let Action::Settle { members, .. } = &mut action {
                members.retain(|member| !taken.contains(member));
                if members.is_empty() {
                    continue;
                }
            }
            if !self.effects.may_try(&Effect::of(&action), slot) {
                continue;
            }
            if is_serial(&action) {
                if chosen.is_empty() && !self.waits(&action) && places.take(care) {
                    return vec![(action, care)];
                }
                continue;
            }
            if care == Care::Errand && !self.purse.affords(is_dust) {
                self.found.waiting += 1;
            } else if places.take(care) {
                taken.extend(action.members());
                chosen.push((action, care));
            }
        }
        chosen
    }

    /// Whether an action that changes the accounts of all members waits for another one. A gains cut waits
    /// until nobody has anything left to do, and a member in flight still has, but for errands: strangers
    /// can always keep one in flight. A crank or a note changes no member, and there is always one.
    fn waits(&self, action: &Action) -> bool {
        let is_cut = matches!(action, Action::OpenGainsCut { .. });
        is_cut && self.effects.changes_members() || SERIAL.iter().any(|name| self.effects.flies(name))
    }

    /// Cranks for marks that nobody else has brought up to date.
    fn cranks(&self, places: &mut Places) -> Vec<Action> {
        let Some(after) = self.settings.crank_after_slots else { return Vec::new() };
        let book = self.live.book();
        let is_old = |market: u16| {
            let known = &self.live.markets()[usize::from(market)];
            let mark = &known.mark;
            let print = book.quotes.get(usize::from(market)).and_then(|quote| quote.print);
            let news = print.is_some_and(|print| print.publish_ts > mark.publish_ts && tells(known, &print));
            news && book.slot.saturating_sub(mark.slot) >= after && !book.is_final(market)
        };
        let cranks = (0..self.live.markets().len() as u16).filter(|market| is_old(*market));
        let cranks = cranks.map(|market| Action::Crank { market });
        let cranks = cranks.filter(|action| self.effects.may_try(&Effect::of(action), book.slot));
        cranks.filter(|_| places.take(Care::Upkeep)).collect()
    }

    /// Records of defaults that are old enough to be closed, and whose rent this keeper has paid.
    fn closings(&self) -> Vec<Action> {
        let (book, payer) = (self.live.book(), self.accounts.payer);
        let is_due = |record: &&DefaultRecord| {
            let is_over = record.status == DefaultStatus::Allocated && !record.has_cushion();
            let age = book.now.saturating_sub(record.declared_ts);
            record.payer == payer && is_over && age >= DEFAULT_RETENTION_SECS
        };
        let due = book.records.values().filter(is_due);
        let close = due.map(|known| Action::CloseDefault { seq: known.seq, record: of_record(known), payer });
        close.filter(|action| self.effects.may_try(&Effect::of(action), book.slot)).collect()
    }

    /// What is due for policies, once a slot.
    fn policies(&mut self) -> Vec<Action> {
        let slot = self.live.book().slot;
        let Some(least) = self.settings.least_note_secs else { return Vec::new() };
        if self.served_slot.replace(slot) == Some(slot) {
            return Vec::new();
        }
        let due = self.live.policies().plan(self.live.book(), least).into_iter();
        due.filter(|action| self.effects.may_try(&Effect::of(action), slot)).collect()
    }

    /// Takes in the end of a task. Returns `true` if its effect is given up for a while.
    pub fn report(&mut self, task: &Task, outcome: &SendOutcome) -> bool {
        let slot = self.live.book().slot;
        if let (Care::Errand, SendOutcome::Landed { fee, .. } | SendOutcome::Failed { fee, .. }) =
            (task.care, outcome)
        {
            self.purse.pay(*fee);
        }
        let each = Effect::each(&task.action);
        match outcome {
            SendOutcome::Landed { .. } => {
                each.iter().for_each(|effect| self.effects.succeed(effect));
                if let Action::NotePrice { keys, .. } = &task.action {
                    self.live.noted(&keys.book, task.decided_ts);
                }
            }
            SendOutcome::Unreachable { .. } => self.effects.drop_attempt(&task.effect),
            SendOutcome::Dry { .. } => each.iter().for_each(|effect| self.effects.pause(effect, slot)),
            SendOutcome::Failed { .. } | SendOutcome::Refused { .. } if each.len() > 1 => {
                self.effects.part(&each, slot);
            }
            SendOutcome::Failed { .. } | SendOutcome::Refused { .. } => {
                return self.effects.fail(&task.effect, slot)
            }
            SendOutcome::Expired => {
                let are_used_up = each.iter().map(|effect| self.effects.expire(effect, slot));
                return are_used_up.fold(false, |any, is_used_up| any | is_used_up);
            }
        }
        false
    }

    fn note(&mut self, due: &BTreeSet<Address>, slot: u64) {
        self.due_since.retain(|address, _| due.contains(address));
        for address in due {
            self.due_since.entry(*address).or_insert(slot);
        }
        let oldest = self.due_since.values().min().map_or(0, |since| slot.saturating_sub(*since));
        self.found = Found { due: due.len(), oldest_due_slots: oldest, ..self.found };
    }
}

/// Seconds after which a market that is silent for want of a price is told so again.
const SILENT_AGAIN_SECS: i64 = 60;

/// Whether a crank with this print changes what a market knows. One that only repeats why there is no price,
/// as while an exchange is closed, keeps older prints out; that is worth its fee once in a while.
fn tells(market: &Market, print: &Print) -> bool {
    let repeats = print.price == 0 && market.silence == print.silence;
    !repeats || print.publish_ts >= market.seen_ts.saturating_add(SILENT_AGAIN_SECS)
}

/// Actions that change the accounts of all members: the next one is planned on their effect.
const SERIAL: [&str; 4] = ["allocate_loss", "allocate_residual", "open_gains_cut", "cut_gains"];

fn is_serial(action: &Action) -> bool {
    SERIAL.contains(&action.name())
}

#[cfg(test)]
mod tests;
