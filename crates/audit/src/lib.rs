//! The audit: the books of a fund recomputed from its events alone, and compared with its accounts.
//!
//! [`Audit`] begins with nothing and takes the events of one call of the program after the other. It
//! keeps a fund, its markets, members and defaults in the program's own layouts, and books on them
//! what each event says. No account, no price and no clock of the chain enters. An event that tells
//! the same twice (what a withdrawal paid, and the shares that it burned) must agree with the books:
//! the first one that does not is where history and events part. At the end [`Audit::compare`] holds
//! the books against the accounts, to the unit.
//!
//! Amounts that follow from others by a rule of the protocol, such as the part of a recovery that
//! each member can claim, are computed with the program's rules. The audit proves that events tell
//! everything, and that accounts hold nothing else. Whether the rules are right is what the reference
//! model tests.
//!
//! # Not in the books
//! Limits, clocks and deadlines (the exit clock, notices, stress calls, exposures, what is left of a
//! cap of assessments, unvested results) move no money, and the raw quote of a house is not told by
//! events until it becomes a result.

mod compare;
mod covers;
mod difference;
mod gains;
mod losses;
mod membership;
mod offers;
mod order;
mod trading;

use {
    bulkhead_client::{
        event::Event,
        rules::house_round::RoundEnd,
        state::{DefaultRecord, EpochRecord, Fund, FundStatus, Market, Member},
        Address,
    },
    bytemuck::Zeroable,
    difference::{same, Fallible, Result},
    offers::Resting,
    std::collections::BTreeMap,
};
pub use {compare::Accounts, difference::Difference};

/// The chain time that rules are given. The books have no clock: rewards are released when an event
/// says so, and this moment, which is that of the fund's last release, releases none.
const NO_TIME: i64 = 0;

/// The books of one fund.
#[derive(Clone)]
pub struct Audit {
    address: Address,
    fund: Fund,
    markets: BTreeMap<u16, Market>,
    market_numbers: BTreeMap<Address, u16>,
    members: BTreeMap<Address, Member>,
    records: BTreeMap<u64, DefaultRecord>,
    epochs: BTreeMap<u64, EpochRecord>,
    offers: BTreeMap<Address, Resting>,
    /// The end of a house round that the rule of an event has booked already.
    ended: Option<RoundEnd>,
    is_created: bool,
}

impl Audit {
    /// The books of the fund at this address, before it was created.
    pub fn new(address: Address) -> Self {
        let mut fund = Fund::zeroed();
        fund.params.vest_secs = 1; // a period, for rules that divide by it
        Self {
            address,
            fund,
            markets: BTreeMap::new(),
            market_numbers: BTreeMap::new(),
            members: BTreeMap::new(),
            records: BTreeMap::new(),
            epochs: BTreeMap::new(),
            offers: BTreeMap::new(),
            ended: None,
            is_created: false,
        }
    }

    /// Whether the event that created the fund was seen.
    pub fn is_created(&self) -> bool {
        self.is_created
    }

    /// The fund as the books have it. Fields that are not in the books are zero.
    pub fn fund(&self) -> &Fund {
        &self.fund
    }

    /// The members as the books have them, by address.
    pub fn members(&self) -> &BTreeMap<Address, Member> {
        &self.members
    }

    /// The markets as the books have them, by index.
    pub fn markets(&self) -> &BTreeMap<u16, Market> {
        &self.markets
    }

    /// The defaults that are not closed, by number.
    pub fn records(&self) -> &BTreeMap<u64, DefaultRecord> {
        &self.records
    }

    /// Books the events of one call of the program, in the order in which they were emitted. Events of
    /// other funds are passed over.
    ///
    /// # Errors
    /// The first event that the books cannot follow: it says something else than they do, or something
    /// before it is missing. The books are not usable after that.
    pub fn fold(&mut self, call: &[Event]) -> std::result::Result<(), Difference> {
        let own: Vec<&Event> = call.iter().filter(|event| self.concerns(event)).collect();
        let mut is_accrued = false;
        for event in order::by_booking(&own) {
            let accrued = self.accrue_first(event, &own, &mut is_accrued);
            accrued.and_then(|()| self.book(event)).map_err(|difference| difference.of(event.name()))?;
        }
        same("the end of a house round", self.ended.take().is_some(), false)
    }

    /// Whether an event is this fund's: it names the fund, or one of its members or markets.
    fn concerns(&self, event: &Event) -> bool {
        match order::subject(event) {
            order::Subject::Fund(fund) => fund == self.address,
            order::Subject::Member(member) => self.members.contains_key(&member),
            order::Subject::Market(market) => self.market_numbers.contains_key(&market),
        }
    }

    fn book(&mut self, event: &Event) -> Result<()> {
        match event {
            Event::FundCreated(_) => self.is_created = true,
            Event::TreasuryMoved(event) => self.treasury_moved(event)?,
            Event::TreasuryCommitted(event) => membership::release(&mut self.fund, event.released)?,
            Event::MemberOpened(event) => self.member_opened(event)?,
            Event::MemberClosed(event) => self.member_closed(event)?,
            Event::MarginMoved(event) => self.margin_moved(event)?,
            Event::Contributed(event) => self.contributed(event)?,
            Event::WithdrawalRequested(event) => self.withdrawal_requested(event)?,
            Event::ExitCommitted(event) => self.exit_committed(event)?,
            Event::WithdrawalPaid(event) => self.withdrawal_paid(event)?,
            Event::RewardsPaid(event) => self.rewards_paid(event)?,
            Event::EpochSettled(event) => self.epoch_settled(event)?,
            Event::ContributionCalled(event) => self.contribution_called(event)?,
            Event::CallEnforced(event) => self.call_enforced(event)?,
            Event::AssessmentPaid(event) => self.assessment_paid(event)?,
            Event::GraceStarted(event) => self.grace(&event.member, true)?,
            Event::GraceEnded(event) => self.grace(&event.member, false)?,
            event => return self.book_trade(event),
        }
        Ok(())
    }

    fn book_trade(&mut self, event: &Event) -> Result<()> {
        match event {
            Event::MarketCreated(event) => self.market_created(event),
            Event::Cranked(event) => self.cranked(event),
            Event::TermsChanged(event) => self.terms_changed(event),
            Event::PremiumCollected(event) => self.premium_collected(event),
            Event::Novated(event) => self.novated(event),
            Event::Settled(event) => self.settled(event),
            Event::Liquidated(event) => self.liquidated(event),
            Event::TakenOver(event) => self.taken_over(event),
            Event::ExcessSold(event) => self.excess_sold(event),
            Event::MarkFixed(event) => self.mark_fixed(event),
            Event::HouseBooked(event) => self.house_booked(event),
            Event::OfferPosted(event) => self.offer_posted(event),
            Event::OfferTaken(event) => self.offer_taken(event),
            Event::OfferFilled(event) => self.offer_filled(event),
            Event::TakingLapsed(event) => self.taking_lapsed(event),
            Event::OfferCancelled(event) => self.offer_cancelled(event),
            event => self.book_cover(event),
        }
    }

    fn book_cover(&mut self, event: &Event) -> Result<()> {
        match event {
            Event::CoverAccrued(event) => self.cover_accrued(event),
            Event::CoverFunded(event) => self.cover_funded(event),
            Event::CoverSettled(event) => self.cover_settled(event),
            Event::CoverCollected(event) => self.cover_collected(event),
            Event::CoverReturned(event) => self.cover_returned(event),
            event => self.book_loss(event),
        }
    }

    fn book_loss(&mut self, event: &Event) -> Result<()> {
        match event {
            Event::DefaultDeclared(event) => self.default_declared(event),
            Event::LossAllocated(event) => self.loss_allocated(event),
            Event::ResidualAllocated(event) => self.residual_allocated(event),
            Event::HouseFlat(event) => self.house_flat(event),
            Event::HousesRealised(event) => self.houses_realised(event),
            Event::CushionReleased(event) => self.cushion_released(event),
            Event::DefaultClosed(event) => self.default_closed(event),
            Event::Recovered(event) => self.recovered(event),
            Event::RecoveryPaid(event) => self.recovery_paid(event),
            Event::RecoveryWaived(event) => self.recovery_waived(event),
            Event::GainsCutOpened(event) => self.gains_cut_opened(event),
            Event::GainsRegistered(event) => self.gains_registered(event),
            Event::GainsCut(event) => self.gains_cut(event),
            Event::GainPaid(event) => self.gain_paid(event),
            Event::WindDownStarted(_) => {
                same("the fund winds down", true, self.fund.status == FundStatus::WindDown)
            }
            Event::ClosedOut(event) => self.closed_out(event),
            Event::ClaimPaid(event) => self.claim_paid(event),
            // The others move no money.
            _ => Ok(()),
        }
    }

    /// Takes a copy of a member out of the books; [`Self::put`] writes it back.
    fn member(&self, address: &Address) -> Result<Member> {
        self.members.get(address).copied().or_missing(|| format!("member {address}"))
    }

    fn put(&mut self, address: Address, member: Member) {
        self.members.insert(address, member);
    }

    fn market(&self, index: u64) -> Result<Market> {
        let found = u16::try_from(index).ok().and_then(|index| self.markets.get(&index));
        found.copied().or_missing(|| format!("market {index}"))
    }

    fn put_market(&mut self, market: Market) {
        self.markets.insert(market.index, market);
    }
}
