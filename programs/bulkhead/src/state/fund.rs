//! The fund: one settlement mint, one vault, and the buckets that say whose money is in it.

use {
    super::{epoch_record::Indices, gains_cut::*, params::*, rounds::*},
    crate::{arithmetic::*, constants::*, error::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::{
        assessment::Assessment,
        covers::{HoldBucket, HoldPlan},
        cushions::CushionRound,
        exit_clock::{Block, Daily, ExitClock, TimedBlock, Watches},
        house_round::HouseRound,
        recoveries::LossBook,
        shares::ShareBook,
        units::{Bps, Money},
        Round,
    },
    bytemuck::{Pod, Zeroable},
};

/// The state of a fund.
#[pod_wrapper]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum FundStatus {
    /// All instructions are available.
    Active = 0,
    /// A loss exceeded the layers. Nobody can add risk until it is funded.
    Recovery = 1,
    /// Nothing is left to pay a loss with. Members are closed out and share the remaining money pro
    /// rata.
    WindDown = 2,
}

/// Actions that a pause can stop. It can never stop deposits of margin, liquidation, default,
/// allocation and due withdrawals.
pub mod pause {
    /// New members.
    pub const OPEN_MEMBER: u8 = 1 << 0;
    /// Contributions.
    pub const CONTRIBUTE: u8 = 1 << 1;
    /// Trades that add risk. Reducing trades go on.
    pub const NOVATE: u8 = 1 << 2;
    /// Withdrawals of margin.
    pub const WITHDRAW_MARGIN: u8 = 1 << 3;
    /// Everything that can be paused.
    pub const ALL: u8 = OPEN_MEMBER | CONTRIBUTE | NOVATE | WITHDRAW_MARGIN;
    /// How many parts there are.
    pub const PARTS: usize = ALL.count_ones() as usize;
}

/// The last pause of a part.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct PauseState {
    /// When it began.
    pub since_ts: i64,
    /// When it ends, or has ended.
    pub expires_ts: i64,
}

impl PauseState {
    /// When the next one may start: it waits as long as this one lasted.
    pub fn allowed_ts(&self) -> i64 {
        self.expires_ts.saturating_add(self.expires_ts.saturating_sub(self.since_ts))
    }
}

/// The call on the shares of an ended epoch.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct AssessmentState {
    /// Shares there were when the epoch ended.
    pub shares: PodU128,
    /// Their share epoch, plus one.
    pub epoch: u64,
    /// Their value before the losses.
    pub base: u64,
    /// Called so far.
    pub called: u64,
    /// Paid so far.
    pub collected: u64,
    /// When it can no longer be collected.
    pub ends_ts: i64,
    /// From when on a gains cut waits for it.
    pub began_ts: i64,
    /// The part of the residual that was called and that nobody has paid since; what has lapsed of a call
    /// stays in it until its loss is paid.
    pub asked: u64,
    /// Whether a loss can still call them.
    pub callable: PodBool,
    #[doc(hidden)]
    pub _pad: [u8; 7],
}

/// The loss that a member could cause beyond its own margin, as of the last report.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct Exposure {
    /// The member's account; zero: nobody.
    pub member: Address,
    /// Its contribution as of then, plus contributions since. The others' resources exclude it.
    pub contribution: u64,
    /// Its loss in the stress move.
    pub stress_loss: u64,
}

/// The exit clock, and what blocks exits for a time: see [`bulkhead_math::exit_clock`].
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, IdlType)]
pub struct ExitState {
    /// Milliseconds during which exits were open.
    pub millis: u64,
    /// Chain time up to which the clock has run.
    pub ts: i64,
    /// Slot up to which the clock has run.
    pub slot: u64,
    /// Milliseconds that slots allowed and seconds have not used.
    pub carry_ms: u64,
    /// Reading, in seconds, at the first reopening of a series with less than an hour between each
    /// two.
    pub series_since: u64,
    /// Reading, in seconds, at the last reopening.
    pub reopened: u64,
    /// Graces block exits until then, or until nobody is in grace.
    pub grace_until_ts: i64,
    /// Open watches block exits until then.
    pub watch_until_ts: i64,
    /// Watches that ended by then are not counted any more.
    pub watches_swept_ts: i64,
    /// Day that `grace_used_secs` is of.
    pub grace_day: u32,
    /// Seconds of that day in which graces have blocked exits.
    pub grace_used_secs: u32,
    /// Day that `watch_used_secs` is of.
    pub watch_day: u32,
    /// Seconds of that day in which watches have blocked exits.
    pub watch_used_secs: u32,
    /// Watches that are open.
    pub open_watches: u32,
    /// Whether exits were blocked when the clock last ran.
    pub blocked: PodBool,
    #[doc(hidden)]
    pub _pad: [u8; 3],
    /// Covers hold exits until then.
    pub hold_until_ts: i64,
    /// When `hold_used_secs` was computed.
    pub hold_ts: i64,
    /// Seconds of the bucket that holds have used: see [`bulkhead_math::covers::HoldBucket`].
    pub hold_used_secs: u64,
}

impl ExitState {
    /// The clock as the math takes it.
    pub fn clock(&self) -> ExitClock {
        ExitClock {
            millis: self.millis,
            vest_millis: 0, // a word of the fund: see `Fund::exit_clock`
            ts: self.ts,
            slot: self.slot,
            carry_ms: self.carry_ms,
            blocked: self.blocked.get(),
            series_since: self.series_since,
            reopened: self.reopened,
        }
    }

    /// Writes the clock.
    pub fn set_clock(&mut self, clock: &ExitClock) {
        self.millis = clock.millis;
        self.ts = clock.ts;
        self.slot = clock.slot;
        self.carry_ms = clock.carry_ms;
        self.blocked = clock.blocked.into();
        self.series_since = clock.series_since;
        self.reopened = clock.reopened;
    }

    /// The reading in seconds, rounded down.
    pub fn secs(&self) -> u64 {
        self.clock().secs()
    }

    /// When graces, watches and holds of covers stop blocking exits if nobody does anything.
    #[inline(always)]
    pub fn blocked_until(&self) -> i64 {
        self.cleared_until().max(self.hold_until_ts)
    }

    /// When graces and watches stop blocking exits if nobody does anything.
    #[inline(always)]
    pub fn cleared_until(&self) -> i64 {
        let watched = if self.open_watches == 0 { 0 } else { self.watch_until_ts };
        self.grace_until_ts.max(watched)
    }

    /// Whether graces or watches have blocked exits since the clock last ran, or watches are still counted.
    /// Otherwise there is nothing to book for them: see `blocks_that_had_ended_have_nothing_to_book`.
    #[inline(always)]
    fn runs_timed_blocks(&self) -> bool {
        self.open_watches > 0 || self.ts < self.grace_until_ts.max(self.watch_until_ts)
    }

    /// The bucket that the holds of covers come out of, as the math takes it.
    pub fn holds(&self) -> HoldBucket {
        HoldBucket { used: self.hold_used_secs, ts: self.hold_ts }
    }

    /// Writes a hold of covers.
    pub fn set_hold(&mut self, plan: &HoldPlan) {
        self.hold_until_ts = plan.until;
        self.hold_used_secs = plan.next.used;
        self.hold_ts = plan.next.ts;
    }

    /// The block by graces as the math takes it.
    pub fn graces(&self) -> TimedBlock {
        TimedBlock {
            until: self.grace_until_ts,
            ts: self.ts,
            daily: daily(self.grace_day, self.grace_used_secs),
        }
    }

    /// Writes the block by graces, as of the moment up to which the clock has run.
    pub fn set_graces(&mut self, block: &TimedBlock) {
        self.grace_until_ts = block.until;
        (self.grace_day, self.grace_used_secs) = words(&block.daily);
    }

    /// The open watches as the math takes them.
    pub fn watches(&self) -> Watches {
        let daily = daily(self.watch_day, self.watch_used_secs);
        let block = TimedBlock { until: self.watch_until_ts, ts: self.ts, daily };
        Watches { open: self.open_watches, swept: self.watches_swept_ts, block }
    }

    /// Writes the open watches, as of the moment up to which the clock has run.
    pub fn set_watches(&mut self, watches: &Watches) {
        self.open_watches = watches.open;
        self.watches_swept_ts = watches.swept;
        self.watch_until_ts = watches.block.until;
        (self.watch_day, self.watch_used_secs) = words(&watches.block.daily);
    }
}

/// Seconds of a day as the math takes them.
pub(super) fn daily(day: u32, used: u32) -> Daily {
    Daily { day: u64::from(day), used: u64::from(used) }
}

/// Seconds of a day as accounts hold them: a day has few, and there are days for ten million years.
pub(super) fn words(daily: &Daily) -> (u32, u32) {
    (u32::try_from(daily.day).unwrap_or(u32::MAX), u32::try_from(daily.used).unwrap_or(u32::MAX))
}

/// One clearing fund.
#[account]
pub struct Fund {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Bump of the vault.
    pub vault_bump: u8,
    /// See [`FundStatus`].
    pub status: PodFundStatus,
    #[doc(hidden)]
    pub _pad0: u8,
    /// Decimals of the settlement mint.
    pub quote_decimals: u8,
    /// Number of the fund among those of its creator and mint.
    pub id: u16,

    // Authorities
    /// The key that sets parameters; in practice a multisig.
    pub authority: Address,
    /// The key that the authority is offered to. It takes over when it accepts.
    pub pending_authority: Address,
    /// The key that can pause and veto, and nothing else.
    pub guardian: Address,
    /// Settlement mint.
    pub mint: Address,
    /// The token account that holds all the money.
    pub vault: Address,
    /// The token program that owns mint and vault.
    pub token_program: Address,
    /// Raised by every instruction of the authority, but for a veto.
    pub governance_nonce: u64,
    /// When the guardian has vetoed its own replacement; zero: never.
    pub guardian_veto_ts: i64,
    /// Money that is asked back from the treasury, and still liable; zero: none.
    pub treasury_notice: u64,

    // Buckets: whose money the vault holds
    /// Sum of all members' margins.
    pub margin_total: u64,
    /// The default fund.
    pub contributions: u64,
    /// The protocol's own money.
    pub treasury: u64,
    /// Rewards not paid out.
    pub rewards_unclaimed: u64,
    /// Money that losers have paid in and winners have not drawn yet.
    pub pool: u64,
    /// Money set aside for covered losses.
    pub cover_reserve: u64,
    /// Money that came back after losses, owed to the members that bore them.
    pub recoveries: u64,

    // Shares
    /// Shares of the current epoch.
    pub total_shares: PodU128,
    /// Number of the share epoch. It ends when a loss takes all contributions.
    pub share_epoch: u64,
    /// Rewards per share.
    pub reward_index: PodU128,
    /// See [`Index::surplus`].
    pub reward_surplus: u64,
    /// Losses per share.
    pub loss_index: PodU128,

    // Losses
    /// Number of defaults declared so far, which is the number of the next one.
    pub default_seq: u64,
    /// Losses that nobody has paid yet.
    pub unfunded: u64,
    /// The part of it that no open default owns.
    pub residual: u64,
    /// Defaults declared and not allocated.
    pub open_defaults: u32,
    /// Members in their grace period.
    pub graces: u32,
    /// Members.
    pub members: u32,
    /// Markets.
    pub market_count: u16,
    /// Markets in which the house holds lots.
    pub open_houses: u16,
    /// Members that a wind-down has closed out.
    pub closed_out: u32,
    /// Number of the current cooling-off period.
    pub cooling_off: u32,
    /// Whether a wind-down has closed members out: it cannot be averted any more.
    pub is_wound_up: PodBool,
    /// Cuts in a row that were too small. With the second one the wind-down begins.
    pub small_cuts: u8,
    #[doc(hidden)]
    pub _pad: [u8; 6],

    // Recoveries: see `bulkhead_math::recoveries`
    /// Losses borne and not recovered.
    pub losses_outstanding: u64,
    /// Units they are held in.
    pub loss_units: PodU128,
    /// Loss units per share.
    pub loss_units_index: PodU128,
    /// Number of the loss epoch. It ends when everything is recovered; units of an earlier one are
    /// worth nothing.
    pub loss_epoch: u64,
    /// [`Self::loss_units_index`] when the epoch began.
    pub loss_epoch_index: PodU128,
    /// The part of `recoveries` that waits until it can pay all losses.
    pub recoveries_held: u64,

    // Layers 5 and 7
    /// The call on the shares of the epoch that a loss has ended.
    pub assessment: AssessmentState,
    /// Contributions before the first loss of the last cooling-off period.
    pub contributions_before: u64,
    /// Shares they were held in.
    pub shares_before: PodU128,
    /// When the cooling-off period ends: the next loss starts another one.
    pub cooling_off_ends_ts: i64,
    /// When the wind-down began.
    pub wind_down_ts: i64,
    /// Gains of closed-out members, not paid out.
    pub claims: u64,
    /// All claims when the first one was paid; zero before.
    pub payout_claims: u64,
    /// Money there was for them.
    pub payout_pool: u64,
    /// The fund's loss epoch then.
    pub payout_loss_epoch: u64,
    /// Units of the losses borne that what the claims lack bought.
    pub payout_units: PodU128,

    // Parameters
    /// Set by governance.
    pub params: FundParams,
    /// Room for more parameters.
    #[doc(hidden)]
    pub _params_reserved: [u8; 24],

    // Adjustment
    /// Fees and premiums on their way to the contributors: they reach the shares little by little.
    pub rewards_streaming: u64,
    /// When some were released last.
    pub rewards_ts: i64,
    /// Contributions that have left during the last day: see [`bulkhead_math::exit::Outflow`].
    pub outflow: u64,
    /// When `outflow` was computed.
    pub outflow_ts: i64,
    /// The two members with the largest exposures known, in no order. Anyone can correct the table
    /// with `report_exposure`.
    pub exposures: [Exposure; 2],

    // Exits
    /// The exit clock, and what blocks exits for a time.
    pub exits: ExitState,
    /// What houses of silent markets have at risk that do not block exits: see
    /// `rules::house::book`.
    pub waived_at_risk: u64,
    /// How many there are.
    pub waived_houses: u16,
    #[doc(hidden)]
    pub _pad2: [u8; 6],

    // Cushions and houses: see `bulkhead_math::cushions` and `bulkhead_math::house_round`
    /// Money in all cushions that are not released: what defaulters have left stands behind the
    /// sale of their lots.
    pub cushions: u64,
    /// Results of flat houses that are not realised yet; losses are negative.
    pub house_result: i64,
    /// Number of the present house round.
    pub house_round: u64,
    /// Its cushions.
    pub cushion_round: CushionRoundState,
    /// The last eight rounds that have ended, each at its number modulo eight, until all its
    /// records are released.
    pub ended_rounds: [EndedRoundState; HOUSE_ROUNDS],

    // Gains cuts: see `bulkhead_math::gains_cut`
    /// Number of the last cut round; they count from one.
    pub cut_seq: u64,
    /// What registered claims are owed, those that are not cut yet included. Nothing else draws on
    /// this much of the pool.
    pub gain_claims: u64,
    /// The last eight cut rounds, each at its number modulo eight.
    pub cut_rounds: [CutRound; KEPT_ROUNDS],

    // Crowding: see `bulkhead_math::crowding`
    /// What all markets have booked: the sum of [`Market::crowding`](super::Market::crowding).
    pub crowding: u64,

    // Governance
    /// The key that has created the fund, which is a part of its address.
    pub creator: Address,
    /// The token account that treasury is paid to.
    pub treasury_to: Address,
    /// Reading of the exit clock, in seconds, from which `treasury_notice` can be claimed.
    pub treasury_ready_secs: u64,
    /// Reading of the exit clock, in seconds, from which it can be paid; zero before the commitment.
    pub treasury_exit_secs: u64,
    /// Pauses, by part: the n-th is that of bit n.
    pub pauses: [PauseState; pause::PARTS],

    // Offers
    /// Losses so far that nobody had paid when they came, which is the number of the next one: each
    /// voids the takings that wait.
    pub loss_seq: u64,

    // Covers: see `rules::covers`
    /// What all covers together may still draw: the sum of `limit - drawn` of those that have not ended.
    pub committed: u64,
    /// What covers are owed that are not suspended.
    pub cover_owed: u64,
    /// Covers that have not ended.
    pub covers: u16,
    /// Covers opened so far, which is the index of the next one.
    pub cover_seq: u16,
    #[doc(hidden)]
    pub _pad3: [u8; 4],
    /// Milliseconds of the clock that gains vest by: see [`ExitClock::vest_millis`].
    pub vest_millis: u64,

    #[doc(hidden)]
    pub _reserved: [u8; 16],
}

const _: () = assert!(core::mem::size_of::<Fund>() == 3_248);

impl AssessmentState {
    /// Returns the call as the math takes it.
    pub fn plan(&self) -> Assessment {
        Assessment {
            shares: self.shares.get(),
            base: self.base,
            called: self.called,
            collected: self.collected,
            asked: self.asked,
        }
    }

    /// Returns the ended epoch as money and shares before the losses.
    pub fn book(&self) -> ShareBook {
        ShareBook { contributions: self.base, total_shares: self.shares.get() }
    }

    /// Returns `true` while there is something to collect and still time.
    pub fn is_open(&self, now: i64) -> bool {
        self.plan().open() > 0 && now <= self.ends_ts
    }

    /// Returns `true` while a gains cut waits for it: twice `secs`, which everybody has to pay, at most.
    /// Otherwise small defaults one after another, each of which raises the call, would hold it up.
    pub fn holds(&self, secs: u32, now: i64) -> bool {
        let until = self.began_ts.saturating_add(i64::from(secs).saturating_mul(2));
        self.is_open(now) && now <= until
    }
}

impl Fund {
    /// Refuses an account in a layout that this program does not read.
    #[inline(always)]
    pub fn check(&self) -> Result<()> {
        require!(self.version == VERSION, BulkheadError::WrongVersion);
        Ok(())
    }

    /// Refuses unless the authority signs with a live mandate. Raises the nonce.
    pub fn authorize(&mut self, signer: &Address, mandate: &Mandate, slot: u64) -> Result<()> {
        require!(anchor_lang::address_eq(&self.authority, signer), BulkheadError::NotAuthority);
        self.use_mandate(mandate, slot)
    }

    /// Refuses unless the guardian signs, in its last valid slot at the latest. It needs no nonce,
    /// and uses none up: a thief of the authority cannot make it fail, and the other way round.
    pub fn require_guardian(&self, signer: &Address, last_valid_slot: u64, slot: u64) -> Result<()> {
        require!(self.is_guardian(signer), BulkheadError::NotGuardian);
        require!(slot <= last_valid_slot, BulkheadError::MandateExpired);
        Ok(())
    }

    /// Returns `true` if a key is the guardian's.
    pub fn is_guardian(&self, signer: &Address) -> bool {
        anchor_lang::address_eq(&self.guardian, signer)
    }

    /// Offers the authority to a key. The zero address takes an offer back.
    pub fn offer_authority(&mut self, to: Address) {
        self.pending_authority = to;
    }

    /// Gives the authority to the key that it was offered to, with a live mandate. Raises the
    /// nonce.
    pub fn accept_authority(&mut self, signer: &Address, mandate: &Mandate, slot: u64) -> Result<()> {
        let offered = anchor_lang::address_eq(&self.pending_authority, signer);
        require!(offered, BulkheadError::NotPendingAuthority);
        self.use_mandate(mandate, slot)?;
        self.authority = self.pending_authority;
        self.pending_authority = Address::default();
        Ok(())
    }

    fn use_mandate(&mut self, mandate: &Mandate, slot: u64) -> Result<()> {
        require!(mandate.nonce == self.governance_nonce, BulkheadError::StaleNonce);
        require!(slot <= mandate.last_valid_slot, BulkheadError::MandateExpired);
        self.governance_nonce = add(self.governance_nonce, 1)?;
        Ok(())
    }

    // Pause

    /// Pauses the parts `bits` until `now + secs`.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`, `PauseTooLong`.
    pub fn pause(&mut self, bits: u8, secs: i64, now: i64) -> Result<()> {
        require!(bits != 0 && bits & !pause::ALL == 0, BulkheadError::ParameterOutOfBounds);
        require!((1..=MAX_PAUSE_SECS).contains(&secs), BulkheadError::PauseTooLong);
        let expires_ts = now.checked_add(secs).ok_or(BulkheadError::Overflow)?;
        for pause in self.parts(bits) {
            require!(now >= pause.allowed_ts(), BulkheadError::PauseTooLong);
            *pause = PauseState { since_ts: now, expires_ts };
        }
        Ok(())
    }

    /// Ends the pauses of the parts `bits`, with a delay.
    ///
    /// # Errors
    /// `ParameterOutOfBounds`.
    pub fn end_pause(&mut self, bits: u8, now: i64) -> Result<()> {
        require!(bits != 0 && bits & !pause::ALL == 0, BulkheadError::ParameterOutOfBounds);
        let soonest = now.checked_add(UNPAUSE_SECS).ok_or(BulkheadError::Overflow)?;
        for pause in self.parts(bits) {
            pause.expires_ts = pause.expires_ts.min(soonest);
        }
        Ok(())
    }

    fn parts(&mut self, bits: u8) -> impl Iterator<Item = &mut PauseState> {
        let named = move |part: &usize| bits >> part & 1 != 0;
        self.pauses.iter_mut().enumerate().filter(move |(part, _)| named(part)).map(|(_, pause)| pause)
    }

    /// Returns `true` if one of the parts `bits` is paused at `now`.
    #[inline(always)]
    pub fn is_paused(&self, bits: u8, now: i64) -> bool {
        self.paused(now) & bits != 0
    }

    /// Returns the parts that are paused at `now`, as bits.
    pub fn paused(&self, now: i64) -> u8 {
        let bits = self.pauses.iter().enumerate();
        bits.filter(|(_, pause)| now < pause.expires_ts).fold(0, |bits, (part, _)| bits | 1 << part)
    }

    /// Returns when the last pause of one of the parts `bits` ends, or has ended.
    pub fn last_pause_of(&self, bits: u8) -> i64 {
        let named = self.pauses.iter().enumerate().filter(|(part, _)| bits >> part & 1 != 0);
        named.map(|(_, pause)| pause.expires_ts).max().unwrap_or_default()
    }

    /// Refuses while `bit` is paused.
    #[inline(always)]
    pub fn require_not_paused(&self, bit: u8, now: i64) -> Result<()> {
        require!(!self.is_paused(bit, now), BulkheadError::Paused);
        Ok(())
    }

    // Contributions

    /// Returns money and shares of the default fund.
    #[inline(always)]
    pub fn book(&self) -> ShareBook {
        ShareBook { contributions: self.contributions, total_shares: self.total_shares.get() }
    }

    /// Writes money and shares of the default fund.
    #[inline(always)]
    pub fn set_book(&mut self, book: ShareBook) {
        self.contributions = book.contributions;
        self.total_shares = book.total_shares.into();
    }

    /// Books a loss that nobody has paid yet.
    pub fn note_unfunded(&mut self, amount: Money) -> Result<()> {
        if amount > 0 {
            self.unfunded = add(self.unfunded, amount)?;
            self.loss_seq = add(self.loss_seq, 1)?;
        }
        Ok(())
    }

    // Exits

    /// Runs the exit clock and books what has blocked exits until now.
    ///
    /// Every instruction that writes the fund does this first: the stretch since then is judged by
    /// what has blocked exits in it, which the instruction may change.
    #[inline(never)]
    pub fn run_exit_clock(&mut self, clock: &Clock) -> Result<()> {
        let has_run = self.exits.ts == clock.unix_timestamp && self.exits.slot == clock.slot;
        if has_run && self.exits.blocked.get() == self.blocks_exits(clock.unix_timestamp) {
            return Ok(()); // nearly always in a busy fund: see `a_clock_that_has_run_stands_still`
        }
        let next = self.exit_clock_at(clock.unix_timestamp, clock.slot)?;
        if self.exits.runs_timed_blocks() {
            let graces = self.exits.graces().advance(clock.unix_timestamp);
            let watches = self.exits.watches().advance(clock.unix_timestamp);
            self.exits.set_graces(&graces);
            self.exits.set_watches(&watches);
        }
        self.exits.set_clock(&next);
        self.vest_millis = next.vest_millis;
        Ok(())
    }

    /// Returns the exit clock as it is at this moment.
    #[inline(always)]
    pub fn exit_clock_at(&self, now: i64, slot: u64) -> Result<ExitClock> {
        let clearing = Block { held: self.clears(), until: self.exits.cleared_until() };
        let held = clearing.held || self.cover_owed > 0;
        let block = Block { held, until: clearing.until.max(self.exits.hold_until_ts) };
        let slot_ms = u32::from(self.params.slot_ms);
        self.exit_clock().advance(now, slot, slot_ms, block, clearing).or_fail()
    }

    /// Returns the exit clock as it last ran, with the count that gains vest by.
    #[inline(always)]
    pub fn exit_clock(&self) -> ExitClock {
        ExitClock { vest_millis: self.vest_millis, ..self.exits.clock() }
    }

    /// Refuses while exits are blocked. Contributions neither leave then, because they are liable
    /// for the loss that is on its way, nor enter, because nobody inherits a loss that was there
    /// before.
    ///
    /// # Errors
    /// `LossPending`.
    #[inline(always)]
    pub fn require_exits_open(&self, now: i64) -> Result<()> {
        require!(!self.blocks_exits(now), BulkheadError::LossPending);
        Ok(())
    }

    /// Whether exits are blocked at `now`.
    #[inline(always)]
    pub fn blocks_exits(&self, now: i64) -> bool {
        self.holds_exits() || now < self.exits.blocked_until()
    }

    /// Whether something blocks exits that does not end by itself: what clearing waits for, or what a
    /// cover is owed.
    #[inline(always)]
    pub fn holds_exits(&self) -> bool {
        self.clears() || self.cover_owed > 0
    }

    /// Whether clearing waits for something that does not end by itself: an open default, an unfunded
    /// loss, or a house, which is a loss of unknown size. Houses of silent markets count only
    /// while they have more at risk than treasury and the cushions of the present round hold.
    #[inline(always)]
    pub fn clears(&self) -> bool {
        self.has_open_loss() || self.open_houses > self.waived_houses || self.held_for_waived() > 0
    }

    /// Whether clearing blocks exits at `now`, and not only a cover.
    #[inline(always)]
    pub fn blocks_for_clearing(&self, now: i64) -> bool {
        self.clears() || now < self.exits.cleared_until()
    }

    /// The cushions of the present house round.
    pub fn cushion_round(&self) -> CushionRound {
        self.cushion_round.plan()
    }

    /// Results of flat houses that are not realised yet.
    pub fn house_results(&self) -> HouseRound {
        HouseRound { result: self.house_result }
    }

    /// Whether the results of all houses are known: no house holds lots, and no default is open
    /// that a gain could still pay for. Before, the order of the calls would decide who pays (P13).
    pub fn can_end_house_round(&self) -> bool {
        self.open_defaults == 0 && self.open_houses == self.waived_houses
    }

    /// Returns what waived houses have at risk beyond treasury and the cushions of the present round. A
    /// gain of other houses stands for it: it is not paid out before.
    pub fn held_for_waived(&self) -> Money {
        self.waived_at_risk.saturating_sub(self.treasury.saturating_add(self.cushion_round.money))
    }

    /// Returns a cut round.
    #[inline(always)]
    pub fn cut_round(&self, number: u64) -> &CutRound {
        &self.cut_rounds[place_of(number)]
    }

    /// Returns a cut round to change it.
    #[inline(always)]
    pub fn cut_round_mut(&mut self, number: u64) -> &mut CutRound {
        &mut self.cut_rounds[place_of(number)]
    }

    /// Returns the residual that layers 3 to 5 take now: not what defaulters' gains may still cancel when
    /// they are cut. It would come back to others than those that have paid it.
    pub fn allocatable(&self) -> Money {
        let waits = if self.registers_gains() { self.cut_round(self.cut_seq).gone } else { 0 };
        self.residual.saturating_sub(waits)
    }

    /// Returns `true` while members register their gains, and until these are cut.
    pub fn registers_gains(&self) -> bool {
        self.cut_seq > 0 && !self.cut_round(self.cut_seq).is_cut.get()
    }

    /// Returns what of the pool no registered claim waits for. Claims are older than everything else
    /// that draws on the pool.
    #[inline(always)]
    pub fn free_pool(&self) -> Money {
        self.pool.saturating_sub(self.gain_claims)
    }

    /// Whether a house round could be ended and there is something to realise in it, or to release.
    pub fn is_house_round_due(&self) -> bool {
        let is_free = self.house_result.max(0).unsigned_abs() > self.held_for_waived();
        let gain_is_payable = self.house_result > 0 && (is_free && self.free_pool() > 0 || self.residual > 0);
        let has_result = self.house_result < 0 || gain_is_payable;
        self.can_end_house_round() && (has_result || self.can_close_cushion_round())
    }

    /// Whether the present round has cushions that can be released: the place of the eighth round
    /// before it is free, and silent houses do not need all of the money.
    pub fn can_close_cushion_round(&self) -> bool {
        let round = self.cushion_round();
        let all_carried = round.money > 0 && round.money <= self.waived_at_risk && !round.is_used_up();
        round.records > 0 && !all_carried && self.ended_rounds[place_of(self.house_round)].records == 0
    }

    /// Whether a default is open or a loss unfunded.
    #[inline(always)]
    pub fn has_open_loss(&self) -> bool {
        self.open_defaults > 0 || self.unfunded > 0
    }

    /// Returns the money that stands behind the default of a member with this `contribution`:
    /// treasury and the others' contributions, without what is pledged to covers.
    pub fn mutual_resources(&self, contribution: Money) -> Result<Money> {
        let others = sub(self.contributions, contribution)?;
        Ok(add(self.treasury, others)?.saturating_sub(self.pledged()))
    }

    /// Returns what is pledged to covers. In a wind-down they are paid nothing, and keep nobody's money.
    #[inline(always)]
    pub fn pledged(&self) -> Money {
        if self.status == FundStatus::WindDown {
            0
        } else {
            self.committed
        }
    }

    /// Returns `true` if the fund has neither members nor a treasury: a new market is nobody's risk.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.members == 0 && self.treasury == 0
    }

    /// Returns the least that governance must leave in the treasury, rounded up in favour of
    /// members. It is the protocol's skin in the game, so it ends with the last member of a fund in
    /// wind-down.
    pub fn treasury_floor(&self) -> Result<Money> {
        if self.status == FundStatus::WindDown && self.members == 0 {
            return Ok(0);
        }
        let relative = Bps(self.params.treasury_floor_bps).of(self.contributions, Round::Up).or_fail()?;
        Ok(relative.max(self.params.treasury_floor))
    }

    /// Returns the losses outstanding.
    pub fn losses(&self) -> LossBook {
        LossBook { outstanding: self.losses_outstanding, units: self.loss_units.get() }
    }

    /// Writes the losses outstanding.
    pub fn set_losses(&mut self, book: LossBook) {
        self.losses_outstanding = book.outstanding;
        self.loss_units = book.units.into();
    }

    /// Returns the indices up to which shares of the current epoch accrue.
    #[inline(always)]
    pub fn indices(&self) -> Indices {
        Indices { reward: self.reward_index, loss: self.loss_index, loss_units: self.loss_units_index }
    }

    /// Returns what the vault owes: the sum of all buckets. P1 says that the vault holds at least
    /// this.
    pub fn owed(&self) -> Result<Money> {
        let sum = self.margin_total.checked_add(self.contributions);
        let sum = sum.and_then(|sum| sum.checked_add(self.treasury));
        let sum = sum.and_then(|sum| sum.checked_add(self.rewards_unclaimed));
        let sum = sum.and_then(|sum| sum.checked_add(self.rewards_streaming));
        let sum = sum.and_then(|sum| sum.checked_add(self.pool));
        let sum = sum.and_then(|sum| sum.checked_add(self.cover_reserve));
        let sum = sum.and_then(|sum| sum.checked_add(self.recoveries));
        let sum = sum.and_then(|sum| sum.checked_add(self.cushions));
        sum.ok_or_else(|| BulkheadError::Overflow.into())
    }

    /// Checks what must hold after every instruction and costs little to check: one sentence a
    /// line, each with its own error.
    #[inline(never)]
    pub fn invariant(&self) -> Result<()> {
        require!(self.residual <= self.unfunded, BulkheadError::ResidualAboveUnfunded);
        let owned = self.open_defaults > 0 || self.unfunded == self.residual;
        require!(owned, BulkheadError::UnfundedWithoutDefault);
        let backed = self.contributions > 0 || self.total_shares.is_zero() || self.open_defaults > 0;
        require!(backed, BulkheadError::SharesWithoutContributions);
        require!(self.recoveries_held <= self.recoveries, BulkheadError::RecoveriesHeldAboveTotal);
        require!(self.closed_out <= self.members, BulkheadError::ClosedOutAboveMembers);
        self.owed().map(drop)
    }
}
