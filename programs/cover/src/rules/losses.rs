//! Losses: from the alert to the decision, and from the decision to the end of claims.
//!
//! An exploit is public at once, and contributors to the fund could leave before a root is there.
//! The alert therefore holds exits, and its bond pays for a hold that was wrong. A root then lists
//! the losses of all claimants; the panel votes on it, and its approval draws on the cover. Claims
//! open when the cover owes nothing more, so that all are paid at one ratio.

use {
    crate::{
        arithmetic::*,
        constants::*,
        error::*,
        fund::{CoverView, FundView},
        state::*,
    },
    anchor_lang::prelude::*,
    bulkhead_math::Round,
    bulkhead_sum_tree::Root,
};

/// What a reporter says about an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// When it happened.
    pub incident_ts: i64,
    /// Its peril, as the terms count them.
    pub peril: u8,
    /// The largest bond that the reporter pays, in base units.
    pub max_bond: u64,
}

/// Refuses a key that may not report losses.
///
/// # Errors
/// `NotReporter`.
pub fn require_reporter(fund: &FundView, cover: &CoverView, key: &Address) -> Result<()> {
    require!(
        cover.is_beneficiary(key) || anchor_lang::address_eq(&fund.guardian, key),
        CoverError::NotReporter
    );
    Ok(())
}

/// Begins a loss, and returns the bond that the reporter pays. `cover` is as the hold has left it,
/// so that a lapse that nobody had booked is seen.
///
/// # Errors
/// - `LossLive`, `UnknownPeril`, `BondAboveLimit`;
/// - `IncidentBeforeOpening`, `IncidentAfterEnd`, `IncidentInFuture`;
/// - `IncidentTooOld` if more than 14 days have passed in which no other loss of the cover was
///   live.
pub fn alert(
    panel: &mut Panel,
    (address, loss): (&Address, &mut Loss),
    alert: &Alert,
    fund: &FundView,
    cover: &CoverView,
    now: i64,
) -> Result<u64> {
    panel.require_no_live_loss()?;
    require!(alert.peril < panel.perils, CoverError::UnknownPeril);
    require!(alert.incident_ts >= cover.opens_ts, CoverError::IncidentBeforeOpening);
    require!(alert.incident_ts < cover.over_ts(), CoverError::IncidentAfterEnd);
    require!(alert.incident_ts <= now, CoverError::IncidentInFuture);
    let age = panel.idle_secs_since(alert.incident_ts, now);
    require!(age <= INCIDENT_SECS, CoverError::IncidentTooOld);
    let bond = bond(panel.min_bond, cover.limit, fund.contributions)?;
    require!(bond <= alert.max_bond, CoverError::BondAboveLimit);

    loss.version = VERSION;
    loss.state = LossState::Alerted.into();
    loss.peril = alert.peril;
    loss.number = panel.next_loss;
    loss.bond = bond;
    loss.incident_ts = alert.incident_ts;
    loss.alerted_ts = now;
    loss.due_ts = now.saturating_add(i64::from(ROOT_SECS));
    panel.next_loss = add(panel.next_loss, 1)?;
    panel.begin_life(address, now);
    Ok(bond)
}

/// Returns the bond of an alert: the largest of the panel's minimum, 1% of the limit, and 14 basis
/// points of the contributions. Rounded up: it favours the contributors, who are locked in by the
/// alert.
///
/// *Example:* with a limit of 100,000, contributions of 1,000,000 and a minimum of 500, the bond is
/// 1,400.
///
/// # Errors
/// `Overflow`.
pub fn bond(min_bond: u64, limit: u64, contributions: u64) -> Result<u64> {
    let of_limit = part(limit, BOND_LIMIT_BPS, ONE_BPS, Round::Up)?;
    let of_contributions = part(contributions, BOND_CONTRIBUTIONS_BPS, ONE_BPS, Round::Up)?;
    Ok(min_bond.max(of_limit).max(of_contributions))
}

/// Posts the root of the claims on a loss. The panel votes on it from now on. The beneficiary's takes the
/// place of one that nobody has approved of: a guardian whose list is wrong costs nobody its claim.
///
/// # Errors
/// `NotReporter` for a poster that is neither the beneficiary nor has reported the loss; `RootNotDue`,
/// `RootTooLate`, `InvalidRoot`; `RootVetoed` for the root that the guardian has
/// vetoed, whatever else it says of leaves and depth.
pub fn post_root(loss: &mut Loss, cover: &CoverView, poster: &Address, root: &Root, now: i64) -> Result<()> {
    let by_beneficiary = cover.is_beneficiary(poster);
    let posts = by_beneficiary || anchor_lang::address_eq(poster, &loss.reporter);
    require!(posts, CoverError::NotReporter);
    let replaces = by_beneficiary && loss.state == LossState::Voting && !loss.has_approvals();
    require!(replaces || loss.state == LossState::Alerted, CoverError::RootNotDue);
    require!(now < loss.due_ts, CoverError::RootTooLate);
    root.check().map_err(|_| CoverError::InvalidRoot)?;
    require!(root.top.hash() != [0; 32], CoverError::InvalidRoot);
    require!(root.top.hash() != loss.vetoed_root, CoverError::RootVetoed);
    loss.set_tree(root);
    loss.state = LossState::Voting.into();
    loss.posted_ts = now;
    if !replaces {
        loss.due_ts = now.saturating_add(i64::from(VOTE_SECS)); // a root in another's place gains no time
    }
    Ok(())
}

/// Casts the vote of one key, and returns `true` if the root is approved by it.
///
/// The vote names the root and all that is posted with it: one that was signed for a vetoed root does
/// not count for the next.
///
/// # Errors
/// `NotPanelMember`, `NotVoting`, `VotingOver`, `WrongRoot`, `AlreadyVoted`.
pub fn vote(
    panel: &Panel,
    loss: &mut Loss,
    voter: &Address,
    root: &Root,
    approves: bool,
    now: i64,
) -> Result<bool> {
    let bit = 1_u8.checked_shl(u32::from(panel.place_of(voter)?)).ok_or(CoverError::Overflow)?;
    require!(loss.state == LossState::Voting, CoverError::NotVoting);
    require!(now < loss.due_ts, CoverError::VotingOver);
    require!(*root == loss.tree(), CoverError::WrongRoot);
    require!((loss.approvals | loss.rejections) & bit == 0, CoverError::AlreadyVoted);
    if !approves {
        loss.rejections |= bit;
        return Ok(false);
    }
    loss.approvals |= bit;
    Ok(loss.approvals.count_ones() == u32::from(panel.quorum))
}

/// Sends the root of a loss back, once: another one can be posted within [`ROOT_SECS`].
///
/// # Errors
/// `NotVoting`, `VetoSpent`.
pub fn veto(loss: &mut Loss, now: i64) -> Result<()> {
    require!(loss.state == LossState::Voting, CoverError::NotVoting);
    require!(!loss.is_vetoed.get(), CoverError::VetoSpent);
    loss.is_vetoed = true.into();
    loss.vetoed_root = loss.root;
    loss.root = [0; 32];
    (loss.total, loss.leaves, loss.depth) = (0, 0, 0);
    (loss.approvals, loss.rejections) = (0, 0);
    loss.state = LossState::Alerted.into();
    loss.due_ts = now.saturating_add(i64::from(ROOT_SECS));
    Ok(())
}

/// What becomes of a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is approved: the cover is drawn on for this amount, in base units.
    Draws(u64),
    /// It is rejected: no root in time, too many against it, or no quorum in time.
    Rejected,
    /// It was approved, and nobody has decided in time.
    Lapsed,
}

/// Decides about a loss. Of an approved one, [`note_draw`] has to record the draw.
///
/// # Errors
/// `NotVoting` for a loss that is decided; `VoteRunning` while it can still be approved or
/// rejected; `ReviewRunning` in the day after the root of an approved one was posted.
pub fn decide(panel: &mut Panel, loss: &mut Loss, now: i64) -> Result<Decision> {
    let (is_due, votes) = (now >= loss.due_ts, loss.approvals.count_ones());
    let decision = if loss.state == LossState::Alerted {
        require!(is_due, CoverError::VoteRunning);
        Decision::Rejected
    } else {
        require!(loss.state == LossState::Voting, CoverError::NotVoting);
        if votes >= u32::from(panel.quorum) {
            require!(now >= loss.posted_ts.saturating_add(REVIEW_SECS), CoverError::ReviewRunning);
            match now < loss.due_ts.saturating_add(i64::from(DECIDE_SECS)) {
                true => Decision::Draws(loss.total),
                false => Decision::Lapsed,
            }
        } else {
            let left = u32::from(panel.key_count).saturating_sub(loss.rejections.count_ones());
            require!(is_due || left < u32::from(panel.quorum), CoverError::VoteRunning);
            Decision::Rejected
        }
    };
    loss.state = match decision {
        Decision::Draws(_) => LossState::Decided,
        Decision::Rejected => LossState::Rejected,
        Decision::Lapsed => LossState::Lapsed,
    }
    .into();
    if loss.is_over() {
        panel.end_life(now);
    }
    Ok(decision)
}

/// Records a draw: `before` and `after` are the cover around it. What it owes is not certain before
/// it settles.
///
/// # Errors
/// `Underflow`.
pub fn note_draw(loss: &mut Loss, before: &CoverView, after: &CoverView) -> Result<()> {
    loss.from_first_loss = sub(before.first_loss, after.first_loss)?;
    loss.drawn_before = after.drawn;
    Ok(())
}

/// Opens the claims on a loss, and returns what they share. Nobody else's draws are in it, for one
/// loss of a cover is live at a time.
///
/// # Errors
/// `NotDecided`; `CoverOwes` while something of the draw is neither paid nor lapsed, or not
/// collected.
pub fn open_claims(panel: &mut Panel, loss: &mut Loss, cover: &CoverView, now: i64) -> Result<u64> {
    require!(loss.state == LossState::Decided, CoverError::NotDecided);
    require!(cover.owed == 0 && cover.payable == 0, CoverError::CoverOwes);
    loss.reserved = add(loss.from_first_loss, sub(cover.drawn, loss.drawn_before)?)?;
    loss.expires_ts = now.saturating_add(CLAIM_SECS);
    loss.state = LossState::Open.into();
    panel.end_life(now);
    Ok(loss.reserved)
}

/// Where a bond goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bond {
    /// Back to the reporter: the loss was approved.
    Returned(u64),
    /// To the contributors, who were locked in for nothing.
    Forfeited(u64),
}

/// Takes the bond of a loss that is decided.
///
/// # Errors
/// `BondHeld`, `BondSettled`.
pub fn settle_bond(loss: &mut Loss) -> Result<Bond> {
    let waits = loss.state == LossState::Alerted || loss.state == LossState::Voting;
    require!(!waits, CoverError::BondHeld);
    require!(loss.bond > 0, CoverError::BondSettled);
    let bond = core::mem::take(&mut loss.bond);
    Ok(match loss.state == LossState::Rejected {
        true => Bond::Forfeited(bond),
        false => Bond::Returned(bond),
    })
}

/// Ends the claims on a loss, and returns the unclaimed rest.
///
/// # Errors
/// `ClaimsNotOpen`, `ClaimsOver` if it has ended before, `ClaimsRunning`.
pub fn expire(loss: &mut Loss, now: i64) -> Result<u64> {
    require!(loss.state != LossState::Expired, CoverError::ClaimsOver);
    require!(loss.state == LossState::Open, CoverError::ClaimsNotOpen);
    require!(now >= loss.expires_ts, CoverError::ClaimsRunning);
    loss.state = LossState::Expired.into();
    sub(loss.reserved, loss.paid)
}

/// Refuses to close a loss that something still depends on.
///
/// # Errors
/// `LossNotOver`.
pub fn require_closable(loss: &Loss) -> Result<()> {
    require!(loss.is_over() && loss.pages == 0 && loss.bond == 0, CoverError::LossNotOver);
    Ok(())
}
