//! Claims on losses of what a cover is for: docs/claims.md. The panel is the drawer of its cover, and its
//! vault the wallet [`PANEL`]. The tree of claims is their list here; `crates/sum-tree` is tested alone.

use crate::{
    exit::DAY_SECS,
    number::{part, quotient, Int},
    op::{CoverPurse, Leaf, Op, PanelTerms},
    reason::Reason,
    state::{CoverStatus, Life, Loss, LossState, Model, Panel, GUARDIAN, PANEL},
};

/// How old an incident may be when it is alerted.
const INCIDENT_SECS: Int = 14 * DAY_SECS;
/// Time for a root, from the alert or the veto.
const ROOT_SECS: Int = 3 * DAY_SECS;
/// Time for votes, from the root.
const VOTE_SECS: Int = 7 * DAY_SECS;
/// A root is public for so long before the fund is drawn on.
const REVIEW_SECS: Int = DAY_SECS;
/// Time for the decision on an approved root, from the end of the votes.
const DECIDE_SECS: Int = 3 * DAY_SECS;
/// How long claims are paid.
const CLAIM_SECS: Int = 90 * DAY_SECS;
/// Of the limit, the bond in basis points.
const BOND_OF_LIMIT: Int = 100;
/// Of all contributions, the bond in basis points.
const BOND_OF_CONTRIBUTIONS: Int = 14;
/// Losses whose live times the panel remembers.
const REMEMBERED: usize = 4;
/// Claims of a page.
const PAGE_CLAIMS: u32 = 8_192;
/// Claims of a tree.
const MOST_CLAIMS: usize = 65_536;

impl Loss {
    /// What all claims come to.
    pub fn total(&self) -> Int {
        self.claims.iter().map(|leaf| Int::from(leaf.amount)).sum()
    }

    /// 8: what a claim of so much is paid, rounded down in favour of the fund.
    pub fn pays(&self, amount: Int) -> Int {
        quotient(amount, self.reserved, self.total()).down()
    }

    /// From the alert until it is rejected, has lapsed, or its claims are open.
    pub fn is_live(&self) -> bool {
        matches!(self.state, LossState::Alerted | LossState::Voting | LossState::Decided)
    }

    fn is_over(&self) -> bool {
        matches!(self.state, LossState::Expired | LossState::Rejected | LossState::Lapsed)
    }

    /// Nobody has voted on this list, which takes the place of another.
    fn list(&mut self, claims: &[Leaf]) {
        self.claims = claims.to_vec();
        self.approvals.clear();
        self.rejections.clear();
    }

    fn sum_of_paid(&self) -> Int {
        let amount = |index: &u32| Int::from(self.claims[*index as usize].amount);
        self.claimed.iter().map(|index| self.pays(amount(index))).sum()
    }
}

/// The page that a claim is on.
pub fn page_of(index: u32) -> u16 {
    u16::try_from(index / PAGE_CLAIMS).unwrap_or(u16::MAX)
}

impl Panel {
    /// A panel with these terms.
    pub fn new(terms: PanelTerms) -> Self {
        Self { terms, next_loss: 0, losses: Default::default(), lives: vec![] }
    }

    /// The loss that is live.
    pub fn live(&self) -> Option<u64> {
        self.lives.last().filter(|life| life.end_ts.is_none()).map(|life| life.loss)
    }

    /// 4: seconds from then until now without those in which another loss was live, as far as the panel
    /// remembers.
    fn idle_secs(&self, since: Int, now: Int) -> Int {
        let lived = |life: &Life| (life.end_ts.unwrap_or(now) - life.start_ts.max(since)).max(0);
        let remembered = self.lives.iter().rev().take(REMEMBERED);
        now - since - remembered.map(lived).sum::<Int>()
    }

    fn end_life(&mut self, now: Int) {
        self.lives.last_mut().expect("a live loss").end_ts = Some(now);
    }
}

/// The panel and its cover.
impl Model {
    /// Creates the panel of a history.
    pub fn with_panel(mut self, terms: PanelTerms) -> Self {
        self.give(PANEL, 0);
        self.panel = Some(Panel::new(terms));
        self
    }

    fn claims_panel(&mut self) -> &mut Panel {
        self.panel.as_mut().expect("a history with a panel")
    }

    fn loss_of(&self, number: u64) -> Loss {
        self.panel.as_ref().expect("a history with a panel").losses[&number].clone()
    }

    fn keep(&mut self, number: u64, loss: Loss) {
        self.claims_panel().losses.insert(number, loss);
    }

    /// The cover of the panel, if it is registered.
    pub fn panel_cover(&self) -> Option<usize> {
        let index = usize::from(self.panel.as_ref()?.terms.cover);
        (index < self.covers.len()).then_some(index)
    }

    /// The cover names the panel.
    fn require_panel(&mut self) -> usize {
        let index = self.panel_cover().expect("a cover");
        let is_drawer = self.covers[index].terms.destination == PANEL;
        self.require(is_drawer, Reason::NotDrawer);
        index
    }

    /// Of claims: the accounts of panel, cover, loss and page are there, and a new page is not.
    pub(crate) fn can_try_claim(&self, op: &Op) -> bool {
        if !op.is_of_claims() {
            return true;
        }
        let Some(panel) = &self.panel else { return false };
        let loss = op.loss().map(|number| panel.losses.get(&number));
        let has_page = |page: u16| loss.flatten().is_some_and(|loss| loss.pages.contains(&page));
        let are_there = match op {
            Op::OpenPage { page, .. } => !has_page(*page),
            Op::ClosePage { page, .. } => has_page(*page),
            Op::ClaimCover { index, .. } | Op::PushClaim { index, .. } => has_page(page_of(*index)),
            _ => true,
        };
        are_there && self.panel_cover().is_some() && loss.is_none_or(|loss| loss.is_some())
    }

    /// Holds exits, if the cover still serves what happened before.
    fn hold_if_served(&mut self, index: usize, secs: Int) {
        if self.serves_drawer(index) {
            self.advance_exit_clock();
            self.hold_cover(index, secs);
        }
    }
}

/// From the alert to the decision.
impl Model {
    /// 2: the bond of an alert, rounded up in favour of the contributors.
    pub fn bond_of(&self, index: usize) -> Int {
        let least = Int::from(self.panel.as_ref().expect("a history with a panel").terms.min_bond);
        let of_limit = part(self.covers[index].limit, BOND_OF_LIMIT).up();
        let of_contributions = part(self.contributions, BOND_OF_CONTRIBUTIONS).up();
        least.max(of_limit).max(of_contributions)
    }

    /// `alert_loss`: exits are held, which books a lapse before the incident is judged.
    pub(crate) fn alert_loss(&mut self, by: &str, incident_ts: Int, peril: u8, max_bond: Int) {
        let (now, index) = (self.clock.ts, self.require_panel());
        self.advance_exit_clock();
        self.hold_cover(index, ROOT_SECS);
        let (bond, cover) = (self.bond_of(index), self.covers[index].clone());
        let panel = self.claims_panel().clone();
        self.require(cover.terms.beneficiary == by || by == GUARDIAN, Reason::NotReporter);
        self.require(panel.live().is_none(), Reason::LossLive);
        self.require(peril < panel.terms.perils, Reason::UnknownPeril);
        self.require(incident_ts >= cover.opens_ts, Reason::IncidentBeforeOpening);
        self.require(incident_ts < cover.over_ts(), Reason::IncidentAfterEnd);
        self.require(incident_ts <= now, Reason::IncidentInFuture);
        self.require(panel.idle_secs(incident_ts, now) <= INCIDENT_SECS, Reason::IncidentTooOld);
        self.require(bond <= max_bond, Reason::BondAboveLimit);
        let number = panel.next_loss;
        let loss = Loss {
            reporter: by.into(),
            bond,
            peril,
            incident_ts,
            alerted_ts: now,
            due_ts: now + ROOT_SECS,
            ..Loss::default()
        };
        self.keep(number, loss);
        let panel = self.claims_panel();
        panel.next_loss += 1;
        panel.lives.push(Life { loss: number, start_ts: now, end_ts: None });
        self.move_tokens(by, PANEL, bond);
    }

    fn move_tokens(&mut self, from: &str, to: &str, amount: Int) {
        *self.purses.entry(from.into()).or_default() -= amount;
        *self.purses.entry(to.into()).or_default() += amount;
    }

    /// `post_root`: 6. A root in another's place gains no time.
    pub(crate) fn post_root(&mut self, by: &str, number: u64, claims: &[Leaf]) {
        let (now, index) = (self.clock.ts, self.require_panel());
        let mut loss = self.loss_of(number);
        let is_beneficiarys = self.covers[index].terms.beneficiary == by;
        let is_unwanted = loss.state == LossState::Voting && loss.approvals.is_empty();
        let replaces = is_beneficiarys && is_unwanted;
        let total: Int = claims.iter().map(|leaf| Int::from(leaf.amount)).sum();
        let is_a_tree = total > 0 && total <= u64::MAX.into() && claims.len() <= MOST_CLAIMS;
        self.require(is_beneficiarys || by == loss.reporter, Reason::NotReporter);
        self.require(replaces || loss.state == LossState::Alerted, Reason::RootNotDue);
        self.require(now < loss.due_ts, Reason::RootTooLate);
        self.require(is_a_tree, Reason::InvalidRoot);
        self.require(loss.vetoed.as_deref() != Some(claims), Reason::RootVetoed);
        if !self.refused.is_empty() {
            return;
        }
        loss.list(claims);
        (loss.state, loss.posted_ts) = (LossState::Voting, now);
        loss.due_ts = if replaces { loss.due_ts } else { now + VOTE_SECS };
        let left = loss.due_ts - now;
        self.keep(number, loss);
        self.hold_if_served(index, left);
    }

    /// `vote_root`
    pub(crate) fn vote_root(&mut self, by: &str, number: u64, claims: &[Leaf], approves: bool) {
        let (now, index) = (self.clock.ts, self.require_panel());
        let (mut loss, terms) = (self.loss_of(number), self.claims_panel().terms.clone());
        let has_voted = loss.approvals.contains(by) || loss.rejections.contains(by);
        self.require(terms.keys.iter().any(|key| key == by), Reason::NotPanelMember);
        self.require(loss.state == LossState::Voting, Reason::NotVoting);
        self.require(now < loss.due_ts, Reason::VotingOver);
        self.require(loss.claims == claims, Reason::WrongRoot);
        self.require(!has_voted, Reason::AlreadyVoted);
        let votes = if approves { &mut loss.approvals } else { &mut loss.rejections };
        votes.insert(by.into());
        let is_approved_now = approves && loss.approvals.len() == terms.quorum;
        self.keep(number, loss);
        if is_approved_now && self.refused.is_empty() {
            self.hold_if_served(index, DECIDE_SECS);
        }
    }

    /// `veto_root`: once, before the decision.
    pub(crate) fn veto_root(&mut self, by: &str, number: u64) {
        let (now, index) = (self.clock.ts, self.require_panel());
        let mut loss = self.loss_of(number);
        self.require(by == GUARDIAN, Reason::NotGuardian);
        self.require(loss.state == LossState::Voting, Reason::NotVoting);
        self.require(loss.vetoed.is_none(), Reason::VetoSpent);
        if !self.refused.is_empty() {
            return;
        }
        loss.vetoed = Some(loss.claims.clone());
        loss.list(&[]);
        (loss.state, loss.due_ts) = (LossState::Alerted, now + ROOT_SECS);
        self.keep(number, loss);
        self.hold_if_served(index, ROOT_SECS);
    }

    /// `decide_loss`: 5 and 7.
    pub(crate) fn decide_loss(&mut self, number: u64) {
        let (now, index) = (self.clock.ts, self.require_panel());
        let (loss, terms) = (self.loss_of(number), self.claims_panel().terms.clone());
        let is_over = now >= loss.due_ts;
        let can_be_approved = terms.keys.len() - loss.rejections.len() >= terms.quorum;
        let state = match loss.state {
            LossState::Alerted => {
                self.require(is_over, Reason::VoteRunning);
                LossState::Rejected
            }
            LossState::Voting if loss.approvals.len() < terms.quorum => {
                self.require(is_over || !can_be_approved, Reason::VoteRunning);
                LossState::Rejected
            }
            LossState::Voting => {
                self.require(now >= loss.posted_ts + REVIEW_SECS, Reason::ReviewRunning);
                let is_late = now >= loss.due_ts + DECIDE_SECS;
                if is_late {
                    LossState::Lapsed
                } else {
                    LossState::Decided
                }
            }
            _ => return self.require(false, Reason::NotVoting),
        };
        if !self.refused.is_empty() {
            return;
        }
        if state == LossState::Decided {
            return self.draw_for(number, index);
        }
        self.keep(number, Loss { state, ..loss });
        self.claims_panel().end_life(now);
    }

    /// The cover is drawn on for all that was lost.
    fn draw_for(&mut self, number: u64, index: usize) {
        let (loss, first_loss) = (self.loss_of(number), self.covers[index].first_loss);
        self.advance_exit_clock();
        self.draw_cover(index, loss.total());
        let cover = &self.covers[index];
        let (drawn_before, from_first_loss) = (cover.drawn, first_loss - cover.first_loss);
        self.keep(number, Loss { state: LossState::Decided, drawn_before, from_first_loss, ..loss });
    }

    /// `settle_bond`: a rejected loss forfeits it to the contributors or, once the cover has ended, to
    /// those who have borne losses.
    pub(crate) fn settle_bond(&mut self, number: u64, to: &str) {
        let loss = self.loss_of(number);
        let is_decided = !matches!(loss.state, LossState::Alerted | LossState::Voting);
        let is_forfeited = loss.state == LossState::Rejected;
        self.require(is_decided, Reason::BondHeld);
        self.require(loss.bond > 0, Reason::BondSettled);
        self.require(is_forfeited || to == loss.reporter, Reason::WrongDestination);
        if !self.refused.is_empty() {
            return;
        }
        let bond = loss.bond;
        self.keep(number, Loss { bond: 0, ..loss });
        if !is_forfeited {
            return self.move_tokens(PANEL, to, bond);
        }
        let index = self.panel_cover().expect("a cover");
        self.advance_exit_clock();
        match self.covers[index].status {
            CoverStatus::Ended => self.return_cover(PANEL, bond),
            _ => self.fund_cover(PANEL, index, bond, CoverPurse::Forfeited),
        }
    }
}

/// From the decision to the last claim.
impl Model {
    /// `open_claims`: 8. What the draw has got is fixed.
    pub(crate) fn open_claims(&mut self, number: u64) {
        let (now, index) = (self.clock.ts, self.panel_cover().expect("a cover"));
        if self.covers[index].payable > 0 {
            self.advance_exit_clock();
            self.collect_cover(index, PANEL);
        }
        let (loss, cover) = (self.loss_of(number), self.covers[index].clone());
        self.require(loss.state == LossState::Decided, Reason::NotDecided);
        self.require(cover.owed == 0 && cover.payable == 0, Reason::CoverOwes);
        if !self.refused.is_empty() {
            return;
        }
        let reserved = loss.from_first_loss + cover.drawn - loss.drawn_before;
        self.keep(number, Loss { state: LossState::Open, reserved, expires_ts: now + CLAIM_SECS, ..loss });
        self.claims_panel().end_life(now);
    }

    fn require_claimable(&mut self, loss: &Loss) {
        match loss.state {
            LossState::Open => self.require(self.clock.ts < loss.expires_ts, Reason::ClaimsOver),
            LossState::Expired => self.require(false, Reason::ClaimsOver),
            _ => self.require(false, Reason::ClaimsNotOpen),
        }
    }

    /// `open_page`
    pub(crate) fn open_page(&mut self, number: u64, page: u16) {
        let mut loss = self.loss_of(number);
        let has_claims = loss.claims.len() > usize::from(page) * PAGE_CLAIMS as usize;
        self.require_claimable(&loss);
        self.require(has_claims, Reason::WrongPage);
        loss.pages.insert(page);
        self.keep(number, loss);
    }

    /// `claim_cover` and `push_claim`: each leaf once.
    pub(crate) fn pay_leaf(&mut self, number: u64, index: u32, leaf: &Leaf, to: &str) {
        let mut loss = self.loss_of(number);
        self.require_claimable(&loss);
        let listed = loss.claims.get(index as usize);
        self.require(listed.is_some(), Reason::IndexBeyondLeaves);
        self.require(listed.is_none_or(|listed| listed == leaf), Reason::WrongProof);
        self.require(!loss.claimed.contains(&index), Reason::AlreadyClaimed);
        if loss.claims.is_empty() {
            return;
        }
        let more = self.fault == Some(crate::Fault::ClaimPaysMore);
        let pay = loss.pays(leaf.amount.into()) + Int::from(more);
        self.require(pay > 0, Reason::ClaimTooSmall);
        loss.claimed.insert(index);
        loss.paid += pay;
        self.keep(number, loss);
        self.move_tokens(PANEL, to, pay);
    }

    /// `expire_loss`: what is left goes to those who have borne losses.
    pub(crate) fn expire_loss(&mut self, number: u64) {
        let (now, loss) = (self.clock.ts, self.loss_of(number));
        match loss.state {
            LossState::Open => self.require(now >= loss.expires_ts, Reason::ClaimsRunning),
            LossState::Expired => self.require(false, Reason::ClaimsOver),
            _ => self.require(false, Reason::ClaimsNotOpen),
        }
        let rest = loss.reserved - loss.paid;
        self.keep(number, Loss { state: LossState::Expired, ..loss });
        if rest > 0 && self.refused.is_empty() {
            self.advance_exit_clock();
            self.return_cover(PANEL, rest);
        }
    }

    /// `close_page`
    pub(crate) fn close_page(&mut self, number: u64, page: u16) {
        let mut loss = self.loss_of(number);
        self.require(loss.state == LossState::Expired, Reason::ClaimsRunning);
        loss.pages.remove(&page);
        self.keep(number, loss);
    }

    /// `close_loss`: its number is not used again.
    pub(crate) fn close_loss(&mut self, number: u64) {
        let loss = self.loss_of(number);
        let is_empty = loss.is_over() && loss.pages.is_empty() && loss.bond == 0;
        self.require(is_empty, Reason::LossNotOver);
        self.claims_panel().losses.remove(&number);
    }
}

/// C5, and C6 of the panel's vault.
impl Model {
    /// What the panel's vault is for: bonds, what open claims share and have not been paid, and what the
    /// cover has sent for a loss whose claims are not open.
    pub fn panel_owes(&self) -> Int {
        let (Some(panel), Some(index)) = (&self.panel, self.panel_cover()) else { return 0 };
        let cover = &self.covers[index];
        let claims = |loss: &Loss| match loss.state {
            LossState::Open => loss.reserved - loss.paid,
            LossState::Decided => loss.from_first_loss + cover.drawn - loss.drawn_before - cover.payable,
            _ => 0,
        };
        panel.losses.values().map(|loss| loss.bond + claims(loss)).sum()
    }

    /// Sentences about what does not hold of panel and losses.
    pub(crate) fn broken_claims(&self) -> Vec<String> {
        let mut found = vec![];
        let Some(panel) = &self.panel else { return found };
        let (held, owed) = (self.purses[PANEL], self.panel_owes());
        if held != owed {
            found.push(format!("C6: {held} in the panel's vault for {owed}"));
        }
        let live: Vec<u64> =
            panel.losses.iter().filter(|(_, loss)| loss.is_live()).map(|(number, _)| *number).collect();
        if live != panel.live().into_iter().collect::<Vec<_>>() {
            found.push(format!("losses {live:?} are live, and the panel says {:?}", panel.live()));
        }
        for (number, loss) in &panel.losses {
            let is_bounded = loss.paid <= loss.reserved && loss.reserved <= loss.total();
            if !is_bounded || loss.paid != loss.sum_of_paid() {
                found.push(format!("C5: loss {number} pays more than it has, or not each once: {loss:?}"));
            }
            if loss.bond < 0 || loss.state == LossState::Voting && loss.claims.is_empty() {
                found.push(format!("loss {number}: {loss:?}"));
            }
        }
        found
    }

    /// What an accepted action on claims has done that it may not.
    pub(crate) fn broken_claim(&self, before: &Self, op: &Op) -> Option<String> {
        let purse = |model: &Self, name: &str| model.purses.get(name).copied().unwrap_or_default();
        let gained = |name: &str| purse(self, name) - purse(before, name);
        let was = |number: &u64| before.loss_of(*number);
        match op {
            Op::ClaimCover { by, loss, index, amount } => {
                broken_payment(&was(loss), *index, (*amount).into(), gained(by))
            }
            Op::PushClaim { loss, index, leaf, to } => {
                broken_payment(&was(loss), *index, leaf.amount.into(), gained(to))
            }
            Op::SettleBond { loss, .. } => {
                let loss = was(loss);
                let to_fund = if loss.state == LossState::Rejected { loss.bond } else { 0 };
                let holds = self.vault - before.vault == to_fund
                    && gained(&loss.reporter) == loss.bond - to_fund
                    && gained(PANEL) == -loss.bond;
                (!holds).then(|| format!("a bond of {} goes astray: {loss:?}", loss.bond))
            }
            Op::ExpireLoss { loss } => {
                let loss = was(loss);
                let returned = self.vault - before.vault;
                (returned != loss.reserved - loss.paid).then(|| format!("{returned} returns of {loss:?}"))
            }
            Op::OpenClaims { loss } => {
                let (is, cover) = (self.loss_of(*loss), &self.covers[self.panel_cover()?]);
                let holds = is.reserved <= is.from_first_loss + cover.limit && is.reserved <= is.total();
                (!holds).then(|| format!("C5: {} are reserved of {cover:?}", is.reserved))
            }
            _ => None,
        }
    }
}

/// C5: a claim was not paid before, and is paid its part of what is reserved within a unit, which the fund
/// keeps.
fn broken_payment(loss: &Loss, index: u32, amount: Int, paid: Int) -> Option<String> {
    let (fair, total) = (amount * loss.reserved, loss.total());
    let is_fair = paid > 0 && paid * total <= fair && fair < (paid + 1) * total;
    let is_first = !loss.claimed.contains(&index);
    (!is_fair || !is_first).then(|| format!("C5: {paid} are paid for claim {index} of {amount}: {loss:?}"))
}
