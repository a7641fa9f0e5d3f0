//! What is tried now: whom the index or the turn brings up is planned for, and what is in flight or has just failed waits.

use {
    crate::{
        draft::{Desk, Draft},
        effects::{Effect, Effects, Patience},
        live::{Change, Live},
        plan::{plan, plan_beside_allocation, Action, Policy},
        prices::PostPrices,
    },
    anyhow::{anyhow, Result},
    bulkhead_client::{state::FundStatus, Address},
    solana_account::Account,
    std::collections::{BTreeMap, BTreeSet},
};

/// What a keeper is there for.
#[derive(Clone, Copy, Debug)]
pub struct Aim {
    /// What it does.
    pub policy: Policy,
    /// Marks older than this are cranked for others.
    pub crank_after_slots: Option<u64>,
    /// Members looked at in a step besides those the index brings up: for settlements and calls.
    pub members_per_step: usize,
    /// Transactions in flight.
    pub most_in_flight: usize,
    /// How often failures are tried again.
    pub patience: Patience,
}

/// One transaction to send.
#[derive(Clone, Debug)]
pub struct Task {
    /// What it is for.
    pub effect: Effect,
    /// How.
    pub action: Action,
    /// The transaction.
    pub draft: Draft,
}

impl Task {
    /// Accounts that are different afterwards.
    pub fn touched(&self) -> Vec<Address> {
        let metas = self.draft.instructions.iter().flat_map(|instruction| &instruction.accounts);
        let written = metas.filter(|meta| meta.is_writable && !meta.is_signer).map(|meta| meta.pubkey);
        written.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// What became of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is done.
    Landed {
        /// Compute units.
        units: u64,
    },
    /// It ran and failed: somebody was faster, or the price moved. It cost a fee.
    Failed {
        /// The program's name for why.
        error: String,
    },
    /// The simulation failed, and nothing was sent.
    Refused {
        /// The program's name for why.
        error: String,
    },
    /// Its blockhash is too old now, and it never ran.
    Expired,
    /// The cluster could not be reached, and nothing was sent.
    Unreachable {
        /// Why.
        error: String,
    },
    /// It would have been sent.
    Dry {
        /// Compute units of the simulation.
        units: u64,
    },
}

impl Fate {
    /// As metrics and logs call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Landed { .. } => "landed",
            Self::Failed { .. } => "failed",
            Self::Refused { .. } => "refused",
            Self::Expired => "expired",
            Self::Unreachable { .. } => "unreachable",
            Self::Dry { .. } => "dry",
        }
    }
}

/// What a step has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Members below maintenance, in default or in grace.
    pub due: usize,
    /// For how many slots the oldest of them has been.
    pub oldest_due_slots: u64,
    /// Members whose numbers cannot be judged.
    pub unsound: usize,
}

/// The decisions of a running keeper.
pub struct Engine {
    live: Live,
    desk: Desk,
    aim: Aim,
    prices: Box<dyn PostPrices>,
    effects: Effects,
    /// The last member that had its turn.
    turn: Option<Address>,
    turn_slot: Option<u64>,
    due_since: BTreeMap<Address, u64>,
    found: Found,
}

impl Engine {
    /// A keeper of the fund in `live`.
    pub fn new(live: Live, desk: Desk, aim: Aim, prices: Box<dyn PostPrices>) -> Self {
        let effects = Effects::new(aim.patience);
        Self {
            live,
            desk,
            aim,
            prices,
            effects,
            turn: None,
            turn_slot: None,
            due_since: BTreeMap::new(),
            found: Found::default(),
        }
    }

    /// The fund.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// What the last step has found.
    pub fn found(&self) -> Found {
        self.found
    }

    /// Transactions in flight.
    pub fn in_flight(&self) -> usize {
        self.effects.in_flight()
    }

    /// Everything was read anew.
    pub fn replace(&mut self, live: Live) {
        if live.book().slot < self.live.book().slot {
            self.due_since.clear(); // the chain has begun again
        }
        self.desk.oracles = live.oracles().to_vec();
        self.live = live;
    }

    /// An account is different.
    ///
    /// # Errors
    /// As [`Live::apply`].
    pub fn apply(&mut self, address: &Address, account: Option<&Account>) -> Result<Change> {
        self.live.apply(address, account)
    }

    /// What to send now. It counts as in flight until [`Self::report`].
    ///
    /// # Errors
    /// When the fund itself holds numbers the program would not have written.
    pub fn step(&mut self) -> Result<Vec<Task>> {
        let tasks = self.decide();
        self.live.tidy();
        tasks
    }

    fn decide(&mut self) -> Result<Vec<Task>> {
        self.live.refresh();
        let slot = self.live.book().slot;
        self.effects.forget_before(slot);
        let due = self.live.due();
        self.note(&due, slot);
        let room = self.aim.most_in_flight.saturating_sub(self.effects.in_flight());
        if room == 0 {
            return Ok(Vec::new());
        }
        let busy = self.effects.busy();
        let takers: Vec<Address> =
            self.desk.members().into_iter().filter(|taker| !busy.contains(taker)).collect();
        let mut members = self.turn(due);
        members.extend(&takers);
        let part = self.live.part(members.difference(&busy).copied());
        self.found.unsound = part.unsound.len();

        let broken = |error| anyhow!("the fund's numbers cannot be planned with: {error:?}");
        let planned = plan(&part.book, &takers, &self.aim.policy).map_err(broken)?;
        let is_allocating = planned.iter().any(is_serial);
        let mut chosen = self.choose(planned, room);
        if chosen.is_empty() && is_allocating {
            let beside = plan_beside_allocation(&part.book, &takers, &self.aim.policy).map_err(broken)?;
            chosen = self.choose(beside, room);
        }
        chosen.extend(self.cranks(room - chosen.len()));
        Ok(chosen.into_iter().map(|action| self.task(action)).collect())
    }

    /// Prices first, then cranks, then the action.
    fn task(&mut self, action: Action) -> Task {
        let effect = Effect::of(&action);
        self.effects.start(effect.clone(), action.members());
        let mut draft = self.desk.draft(&action, self.live.book());
        let oracle = |market: &u16| self.desk.oracles.get(usize::from(*market)).copied();
        let oracles: Vec<Address> = action.markets().iter().filter_map(oracle).collect();
        let updates = self.prices.updates(&oracles, &self.desk.payer);
        draft.instructions.splice(0..0, updates);
        Task { effect, action, draft }
    }

    /// Whose turn it is: those due; while the fund is calm the next few of the others too, once a slot, and everybody while it
    /// is not, for then what nobody else has left to do decides.
    fn turn(&mut self, mut due: BTreeSet<Address>) -> BTreeSet<Address> {
        let (fund, slot) = (&self.live.book().fund, self.live.book().slot);
        let is_calm = fund.status == FundStatus::Active && fund.residual == 0;
        let had_turn = self.turn_slot.replace(slot) == Some(slot);
        let most = match is_calm {
            true if had_turn => return due,
            true => self.aim.members_per_step,
            false => usize::MAX,
        };
        let next = self.live.next_members(self.turn, most);
        self.turn = next.last().copied();
        due.extend(next);
        due
    }

    /// What of a plan may be tried now, the most urgent first.
    fn choose(&self, planned: Vec<Action>, room: usize) -> Vec<Action> {
        let fund = &self.live.book().fund;
        let mut declares = !self.effects.flies("declare_default");
        let mut taken = BTreeSet::new();
        let mut chosen: Vec<Action> = Vec::new();
        for mut action in planned {
            if !self.effects.may_try(&Effect::of(&action), self.live.book().slot) || chosen.len() == room {
                continue;
            }
            if is_serial(&action) {
                // A haircut is for when nobody has anything left to do: who is busy still has.
                let waits = matches!(action, Action::Haircut { .. }) && self.effects.in_flight() > 0;
                if !waits && chosen.is_empty() && !SERIAL.iter().any(|name| self.effects.flies(name)) {
                    chosen.push(action);
                }
                return chosen;
            }
            match &mut action {
                // Its record is numbered: the next can only be declared when this one is.
                Action::Declare { seq, .. } if !declares || *seq != fund.default_seq => {
                    declares = false;
                    continue;
                }
                Action::Settle { members, .. } => {
                    members.retain(|member| !taken.contains(member));
                    if members.is_empty() {
                        continue;
                    }
                }
                _ => {}
            }
            taken.extend(action.members());
            chosen.push(action);
        }
        chosen
    }

    /// Marks that nobody else has brought up to date.
    fn cranks(&self, room: usize) -> Vec<Action> {
        let Some(after) = self.aim.crank_after_slots else { return Vec::new() };
        let book = self.live.book();
        let is_old = |market: u16| {
            let mark = &self.live.markets()[usize::from(market)].mark;
            let news =
                book.quotes[usize::from(market)].0.is_some_and(|quote| quote.publish_ts > mark.publish_ts);
            news && book.slot.saturating_sub(mark.slot) >= after && !book.is_final(market)
        };
        let cranks = (0..self.live.markets().len() as u16).filter(|market| is_old(*market));
        let cranks = cranks.map(|market| Action::Crank { market });
        cranks.filter(|action| self.effects.may_try(&Effect::of(action), book.slot)).take(room).collect()
    }

    /// A task is over. Returns whether its effect is given up for a while.
    pub fn report(&mut self, task: &Task, fate: &Fate) -> bool {
        let slot = self.live.book().slot;
        match fate {
            Fate::Landed { .. } => self.effects.succeed(&task.effect),
            Fate::Unreachable { .. } => self.effects.drop_attempt(&task.effect),
            Fate::Dry { .. } => self.effects.pause(&task.effect, slot),
            Fate::Failed { .. } | Fate::Refused { .. } | Fate::Expired => {
                return self.effects.fail(&task.effect, slot)
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

/// Actions that change what everybody has: the next is decided on what they have done.
const SERIAL: [&str; 3] = ["allocate_loss", "allocate_residual", "haircut_gains"];

fn is_serial(action: &Action) -> bool {
    SERIAL.contains(&action.name())
}

#[cfg(test)]
mod tests;
