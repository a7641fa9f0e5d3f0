//! Keeps account of attempts: the same effect is in flight at most once, and its attempts are
//! bounded.

use {
    crate::plan::{Action, Care, PutOff},
    bulkhead_client::Address,
    std::collections::{BTreeMap, BTreeSet, HashMap},
};

/// The effect an action is meant to have, whatever its size.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Effect {
    /// The action's name.
    pub name: &'static str,
    /// The member, the offer or the book it concerns.
    pub member: Option<Address>,
    /// Its market, default, share epoch, taking, policy or day.
    pub number: u64,
}

impl Effect {
    pub fn of(action: &Action) -> Self {
        let (member, number) = match action {
            Action::Crank { market }
            | Action::CollectPremium { market }
            | Action::BookCrowding { market }
            | Action::BookHouse { market }
            | Action::CloseMarket { market }
            | Action::FixFinalMark { market } => (None, (*market).into()),
            Action::SettleCover { cover, .. } | Action::AccrueCover { cover } => (None, (*cover).into()),
            Action::NotePrice { keys, .. } => (Some(keys.book), 0),
            Action::StartPolicy { keys, number, .. } => (Some(keys.book), *number),
            Action::SettleExpiry { keys, day }
            | Action::OpenPayouts { keys, day }
            | Action::EndPayouts { keys, day } => (Some(keys.book), (*day).into()),
            Action::Allocate { seq, .. } | Action::CloseDefault { seq, .. } => (None, *seq),
            Action::ReleaseCushion { seq, member, .. } => (Some(*member), *seq),
            Action::AllocateResidual | Action::OpenGainsCut { .. } | Action::CutGains => (None, 0),
            Action::SettleEpoch { member, epoch } => (Some(*member), *epoch),
            Action::Liquidate { market, target, .. } | Action::SellExcess { market, target, .. } => {
                (Some(*target), (*market).into())
            }
            Action::TakeOver { market, .. } => (None, (*market).into()),
            // The next taking of an offer is another effect: failures of one of a lot do not put it off.
            Action::FillOffer { keys, ts, .. } | Action::LapseTaking { keys, ts } => {
                (Some(keys.offer), ts.unsigned_abs())
            }
            Action::Settle { market, members, .. } => (members.first().copied(), (*market).into()),
            Action::Declare { member, .. }
            | Action::OpenWatch { member, .. }
            | Action::EndWatch { member, .. }
            | Action::Enforce { member, .. }
            | Action::CallStress { member, .. }
            | Action::CloseOut { member, .. }
            | Action::RegisterGains { member, .. }
            | Action::PayClaim { member }
            | Action::PayOut { member } => (Some(*member), 0),
        };
        Self { name: action.name(), member, number }
    }

    /// All effects of an action: settlements of several members in one transaction have one for each.
    pub fn each(action: &Action) -> Vec<Self> {
        let of = Self::of(action);
        match action {
            Action::Settle { members, .. } => {
                members.iter().map(|member| Self { member: Some(*member), ..of.clone() }).collect()
            }
            _ => vec![of],
        }
    }
}

/// Bounds of repeated attempts, in slots of the chain: while the cluster is out of reach, no time
/// passes.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Longest wait between two attempts.
    pub longest_wait_slots: u64,
    /// Attempts after which an effect waits for `pause_slots`.
    pub max_attempts: u32,
    /// The wait after `max_attempts`.
    pub pause_slots: u64,
}

/// Failures of one effect since its last success.
#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    attempts: u32,
    /// Attempts that have expired: the next one offers more.
    expired: u32,
    not_before: u64,
    /// Whether it has failed together with others, and is tried without them.
    is_alone: bool,
}

/// An attempt in flight.
#[derive(Clone, Debug)]
struct Flight {
    /// Members that it changes.
    members: Vec<Address>,
    care: Care,
}

/// Effects in flight and effects that have failed.
pub struct Effects {
    patience: Patience,
    flying: BTreeMap<Effect, Flight>,
    failed: HashMap<Effect, Failures>,
}

impl Effects {
    pub fn new(patience: Patience) -> Self {
        Self { patience, flying: BTreeMap::new(), failed: HashMap::new() }
    }

    /// Whether an effect may be tried in this slot.
    pub fn may_try(&self, effect: &Effect, slot: u64) -> bool {
        !self.flying.contains_key(effect)
            && self.failed.get(effect).is_none_or(|failed| slot >= failed.not_before)
    }

    /// Whether an effect waits because it has failed, or is tried without others.
    pub fn put_off(&self, effect: &Effect, slot: u64) -> PutOff {
        match self.failed.get(effect) {
            Some(failed) if failed.is_alone && slot >= failed.not_before => PutOff::Alone,
            None => PutOff::No,
            Some(failed) if slot >= failed.not_before => PutOff::No,
            Some(failed) if failed.attempts > 0 => PutOff::Retry,
            Some(_) => PutOff::GivenUp,
        }
    }

    /// Notes the start of an attempt, which changes `members`.
    pub fn start(&mut self, effect: Effect, members: Vec<Address>, care: Care) {
        self.flying.insert(effect, Flight { members, care });
    }

    /// Notes a success.
    pub fn succeed(&mut self, effect: &Effect) {
        self.flying.remove(effect);
        self.failed.remove(effect);
    }

    /// Notes a failure: the next attempt waits twice as long as the last. Returns `true` once the
    /// attempts are used up and a pause begins.
    pub fn fail(&mut self, effect: &Effect, slot: u64) -> bool {
        self.flying.remove(effect);
        let failed = self.failed.entry(effect.clone()).or_default();
        failed.attempts += 1;
        let is_used_up = failed.attempts >= self.patience.max_attempts;
        let wait = match is_used_up {
            true => self.patience.pause_slots,
            false => 1u64
                .checked_shl(failed.attempts - 1)
                .unwrap_or(u64::MAX)
                .min(self.patience.longest_wait_slots),
        };
        failed.not_before = slot.saturating_add(wait);
        if is_used_up {
            failed.attempts = 0;
        }
        is_used_up
    }

    /// Notes the failure of a transaction with several effects, any of which may be the reason. Each is tried
    /// without the others next, and at once.
    pub fn part(&mut self, effects: &[Effect], slot: u64) {
        for effect in effects {
            self.flying.remove(effect);
            let failed = self.failed.entry(effect.clone()).or_default();
            (failed.is_alone, failed.not_before) = (true, slot);
        }
    }

    /// Notes an attempt that came too late to run. Returns as [`Self::fail`].
    pub fn expire(&mut self, effect: &Effect, slot: u64) -> bool {
        let is_used_up = self.fail(effect, slot);
        let failed = self.failed.entry(effect.clone()).or_default();
        failed.expired = failed.expired.saturating_add(1);
        is_used_up
    }

    /// Attempts of an effect that have expired since its last success.
    pub fn expired(&self, effect: &Effect) -> u32 {
        self.failed.get(effect).map_or(0, |failed| failed.expired)
    }

    /// Notes that an attempt is over and that the effect can wait for a while.
    pub fn pause(&mut self, effect: &Effect, slot: u64) {
        self.flying.remove(effect);
        let not_before = slot.saturating_add(self.patience.pause_slots);
        self.failed.insert(effect.clone(), Failures { not_before, ..Failures::default() });
    }

    /// Forgets an attempt that never reached the cluster.
    pub fn drop_attempt(&mut self, effect: &Effect) {
        self.flying.remove(effect);
    }

    /// Members that a guard in flight changes: nothing else is planned for them before it is over.
    ///
    /// What nobody is paid for keeps off nothing. It may take half a minute, or a minute and a half where
    /// somebody keeps it from landing, and strangers can bring it about for any member.
    pub fn busy(&self) -> BTreeSet<Address> {
        self.members_of(|care| care == Care::Guard)
    }

    /// Members that anything else in flight changes. They are not settled before it is over.
    pub fn engaged(&self) -> BTreeSet<Address> {
        self.members_of(|care| care != Care::Guard)
    }

    fn members_of(&self, wanted: impl Fn(Care) -> bool) -> BTreeSet<Address> {
        let flights = self.flying.values().filter(|flight| wanted(flight.care));
        flights.flat_map(|flight| &flight.members).copied().collect()
    }

    /// Whether anything in flight but an errand changes a member.
    pub fn changes_members(&self) -> bool {
        let changes = |flight: &Flight| flight.care != Care::Errand && !flight.members.is_empty();
        self.flying.values().any(changes)
    }

    /// Number of effects in flight.
    pub fn in_flight(&self) -> usize {
        self.flying.len()
    }

    /// Number of effects in flight that get this care.
    pub fn in_flight_of(&self, care: Care) -> usize {
        self.flying.values().filter(|flight| flight.care == care).count()
    }

    /// Whether an effect of this name is in flight.
    pub fn flies(&self, name: &str) -> bool {
        self.flying.keys().any(|effect| effect.name == name)
    }

    /// Forgets failures of long ago. On a chain that has begun again, every known failure is
    /// forgotten.
    pub fn forget_before(&mut self, slot: u64) {
        let kept = slot.saturating_sub(2 * self.patience.pause_slots)
            ..=slot.saturating_add(self.patience.pause_slots);
        self.failed.retain(|_, failed| kept.contains(&failed.not_before));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience { longest_wait_slots: 8, max_attempts: 6, pause_slots: 100 };

    fn effect() -> Effect {
        Effect::of(&Action::Crank { market: 3 })
    }

    #[test]
    fn the_same_effect_flies_once() {
        let (mut effects, effect) = (Effects::new(PATIENCE), effect());
        assert!(effects.may_try(&effect, 0));
        effects.start(effect.clone(), vec![Address::default()], Care::Guard);
        assert!(!effects.may_try(&effect, u64::MAX) && effects.flies("crank_market"));
        assert_eq!(effects.busy().len(), 1);
        effects.succeed(&effect);
        assert!(effects.may_try(&effect, 0) && effects.busy().is_empty());
    }

    /// A stranger that has an errand run for a member would otherwise shield it from its liquidation.
    #[test]
    fn only_guards_keep_others_off_their_members() {
        let (mut effects, effect) = (Effects::new(PATIENCE), effect());
        for (care, busy, engaged) in [(Care::Guard, 1, 0), (Care::Upkeep, 0, 1), (Care::Errand, 0, 1)] {
            effects.start(effect.clone(), vec![Address::default()], care);
            assert_eq!((effects.busy().len(), effects.engaged().len()), (busy, engaged), "{care:?}");
            assert_eq!((effects.in_flight(), effects.in_flight_of(care)), (1, 1));
            effects.succeed(&effect);
        }
    }

    /// A gains cut waits for members in flight. There is nearly always a crank on its way.
    #[test]
    fn a_crank_and_an_errand_hold_up_no_gains_cut() {
        let (mut effects, effect, member) = (Effects::new(PATIENCE), effect(), vec![Address::default()]);
        for (members, care, holds_up) in [
            (vec![], Care::Upkeep, false),
            (member.clone(), Care::Errand, false),
            (member.clone(), Care::Upkeep, true),
            (member, Care::Guard, true),
        ] {
            effects.start(effect.clone(), members, care);
            assert_eq!(effects.changes_members(), holds_up);
            effects.succeed(&effect);
        }
    }

    #[test]
    fn the_size_of_an_action_is_no_part_of_its_effect() {
        let of = |lots, taker| {
            let (market, target) = (1, Address::default());
            Effect::of(&Action::Liquidate { market, target, taker, lots, limit_price: 0, markets: vec![] })
        };
        assert_eq!(of(1, Address::default()), of(2, Address::new_from_array([1; 32])));
    }

    #[test]
    fn attempts_wait_twice_as_long_each_time_and_end_in_a_pause() {
        let (mut effects, effect) = (Effects::new(PATIENCE), effect());
        let mut slot = 1_000;
        let mut waits = vec![];
        for _ in 0..PATIENCE.max_attempts {
            effects.fail(&effect, slot);
            let wait = (0..).find(|wait| effects.may_try(&effect, slot + wait)).unwrap();
            waits.push(wait);
            slot += wait;
        }
        assert_eq!(waits, [1, 2, 4, 8, 8, 100]);
        assert_eq!(effects.put_off(&effect, slot), PutOff::No);
        assert_eq!(effects.put_off(&effect, slot - 1), PutOff::GivenUp);
        effects.fail(&effect, slot);
        assert_eq!(effects.put_off(&effect, slot), PutOff::Retry);
    }

    /// One member that cannot be settled would otherwise hold up eleven others, again and again.
    #[test]
    fn effects_that_failed_together_are_tried_one_by_one() {
        let mut effects = Effects::new(PATIENCE);
        let members = [1, 2].map(|byte| Address::new_from_array([byte; 32]));
        let settle = Action::Settle { market: 3, members: members.to_vec(), markets: vec![3] };
        let each = Effect::each(&settle);
        assert_eq!(each.iter().map(|effect| effect.member).collect::<Vec<_>>(), members.map(Some));
        assert_eq!(Effect::each(&Action::Crank { market: 3 }), [effect()]);

        effects.start(Effect::of(&settle), members.to_vec(), Care::Upkeep);
        effects.part(&each, 50);
        assert_eq!(effects.in_flight(), 0);
        assert_eq!(each.iter().map(|it| effects.put_off(it, 50)).collect::<Vec<_>>(), [PutOff::Alone; 2]);
        // The one that is wrong waits, and stays alone; the other one goes with others again.
        effects.fail(&each[0], 50);
        effects.succeed(&each[1]);
        assert_eq!(effects.put_off(&each[0], 50), PutOff::Retry);
        assert_eq!(effects.put_off(&each[0], 51), PutOff::Alone);
        assert_eq!(effects.put_off(&each[1], 50), PutOff::No);
    }

    #[test]
    fn what_failed_on_a_chain_that_began_again_is_forgotten() {
        let (mut effects, effect) = (Effects::new(PATIENCE), effect());
        effects.fail(&effect, 1_000_000);
        effects.forget_before(10);
        assert!(effects.may_try(&effect, 10));
    }
}
