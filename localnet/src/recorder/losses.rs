//! Checks of one step of the loss waterfall against the book before and after it.

use {
    super::{named, Checked, Recorder},
    crate::{
        checks::{self, deviation_micro, Haircut, Paid},
        report::{AssessedReport, ClaimReport, CutReport, RecoveredReport},
    },
    anyhow::{anyhow, Result},
    bulkhead_book::Book,
    bulkhead_client::Address,
};

impl Recorder<'_> {
    /// Checks a recovery of `amount`: every member gets the same fraction of the losses it has not
    /// recovered (P12).
    pub fn check_recovery(&mut self, before: &Book, after: &Book, amount: u64) -> Result<()> {
        let outstanding = before.fund.losses_outstanding;
        for (number, wallet) in self.world.wallets.iter().enumerate() {
            let was =
                checks::touched(before, &before.members[&wallet.member]).map_err(|error| anyhow!(error))?;
            let own = before.fund.losses().outstanding_of(was.loss_units.get()).map_err(named)?;
            let recovery = |book: &Book| checks::recovery(book, &book.members[&wallet.member]);
            let more =
                recovery(after).and_then(|is| Ok(is - recovery(before)?)).map_err(|error| anyhow!(error))?;
            if own > 0 {
                let deviation_micro = deviation_micro(more.into(), amount, own.into(), outstanding.into());
                let kind = wallet.kind.name();
                let row =
                    RecoveredReport { member: number, kind, lost: own, recovered: more, deviation_micro };
                self.repaid.recovered.push(row);
            }
        }
        self.repaid.amount += amount;
        // A member's loss is rounded down and the outstanding total up, so a recovery is less than
        // two units too small and never too large. A fraction of a unit that was left of an earlier
        // recovery can complete one.
        let most = if before.fund.recoveries > 0 { 999_999 } else { 0 };
        let off =
            self.repaid.recovered.iter().find(|row| !(-2_000_000..=most).contains(&row.deviation_micro));
        let found = match off {
            None => Ok(()),
            Some(row) => Err(format!("a recovery is {} millionths of a unit off", row.deviation_micro)),
        };
        self.note(Checked::Recoveries, found);
        Ok(())
    }

    /// Checks layers 3 and 4. Returns the largest deviation of a survivor from its exact part, in
    /// millionths of a unit.
    pub(super) fn check_allocation(
        &mut self,
        after: &Book,
        paid: Paid,
        contributions: u64,
        defaulter: Option<&Address>,
    ) -> i64 {
        let Some(before) = self.before.take() else { return 0 };
        let paid = Paid { dust: std::mem::take(&mut self.dust), ..paid };
        let haircut = Haircut { contributions, paid: paid.survivors };
        let pro_rata = checks::pro_rata(&before, after, &haircut, defaulter);
        self.note(Checked::Order, checks::order(after, &paid, defaulter));
        self.note(Checked::OwnLosses, checks::own_losses_only(&before, after));
        self.note(Checked::ProRata, pro_rata.clone().map(drop));
        self.haircuts.push(haircut);
        pro_rata.unwrap_or(i64::MAX)
    }

    /// Checks layer 5: the assessment that a member paid against its exact part of the call. A
    /// member may pay less only where it has no margin above its initial margin, or has not agreed
    /// to more.
    pub(super) fn check_assessment(&mut self, after: &Book, member: &Address, amount: u64) -> Result<()> {
        let Some(before) = self.before.take() else { return Ok(()) };
        let state = &after.members[member];
        let call = &after.fund.assessment;
        let (shares, all) = (state.assessed_shares.get(), call.shares.get());
        let deviation_micro = deviation_micro(state.assessment_paid.into(), call.called, shares, all);
        let due = after.assessment_due(state).unwrap_or(u64::MAX);
        let free = after.risk(state).and_then(|risk| risk.free(state.margin)).unwrap_or(u64::MAX);
        let number = self.world.numbers[member];
        let exact = deviation_micro.abs() <= 1_000_000 || (deviation_micro < 0 && (due == 0 || free == 0));
        let found = match exact {
            true => Ok(()),
            false => {
                Err(format!("member {number} paid an assessment {deviation_micro} millionths of a unit off"))
            }
        };
        self.note(Checked::ProRata, found);
        let order = match before.fund.contributions {
            0 => Ok(()),
            left => Err(format!("an assessment was collected although contributions of {left} are left")),
        };
        self.note(Checked::Order, order);
        self.note(Checked::OwnLosses, checks::assessed_own_free_margin(&before, after, member, amount));
        self.assessed.insert((call.epoch, number), self.assessed_report(after, number));
        Ok(())
    }

    fn assessed_report(&self, book: &Book, number: usize) -> AssessedReport {
        let wallet = &self.world.wallets[number];
        let (state, call) = (&book.members[&wallet.member], &book.fund.assessment);
        let (shares, all) = (state.assessed_shares.get(), call.shares.get());
        let part = deviation_micro(0, call.called, shares, all);
        AssessedReport {
            member: number,
            kind: wallet.kind.name(),
            part: part.unsigned_abs() / 1_000_000,
            paid: state.assessment_paid,
            deviation_micro: deviation_micro(state.assessment_paid.into(), call.called, shares, all),
        }
    }

    /// Notes the members that were called and could pay nothing.
    pub fn note_unpaid_assessments(&mut self, book: &Book) {
        let call = &book.fund.assessment;
        for number in 0..self.world.wallets.len() {
            let state = &book.members[&self.world.wallets[number].member];
            if call.called > 0 && state.assessed_epoch == call.epoch && !state.assessed_shares.is_zero() {
                let report = self.assessed_report(book, number);
                self.assessed.entry((call.epoch, number)).or_insert(report);
            }
        }
    }

    /// Checks layer 6: every registered gain is cut by the same fraction.
    pub(super) fn check_cut(&mut self, after: &Book, number: u64) -> Result<()> {
        let Some(before) = self.before.clone() else { return Ok(()) };
        let round = after.fund.cut_round(number).after();
        let mut found = Ok(());
        for (member, wallet) in self.world.wallets.iter().enumerate() {
            let claim = after.members[&wallet.member].gain_claim;
            if claim.round != number {
                continue;
            }
            let left = round.entitlement(claim.gain).map_err(named)?;
            let cut = claim.gain - left;
            let deviation_micro =
                deviation_micro(cut.into(), round.cut, claim.gain.into(), round.gains.into());
            // What is left is rounded down.
            if !(-1..=1_000_001).contains(&deviation_micro) {
                found =
                    Err(format!("the cut of member {member} is {deviation_micro} millionths of a unit off"));
            }
            let kind = wallet.kind.name();
            self.cuts.push(CutReport { member, kind, gain: claim.gain, cut, left, deviation_micro });
        }
        self.note(Checked::ProRata, found);
        self.note(Checked::OwnLosses, checks::own_losses_only(&before, after));
        Ok(())
    }

    /// Checks layer 7: every claim is paid the same part of the pool.
    pub(super) fn check_claim(&mut self, member: &Address, claim: u64, paid: u64) {
        let Some(before) = self.before.take() else { return };
        let fund = &before.fund;
        let (claims, pool) = *self.payout.get_or_insert((fund.claims, fund.free_pool().min(fund.claims)));
        let number = self.world.numbers[member];
        let deviation_micro = deviation_micro(paid.into(), pool, claim.into(), claims.into());
        let found = match deviation_micro.abs() <= 1_000_000 {
            true => Ok(()),
            false => Err(format!(
                "the claim of member {number} is paid {deviation_micro} millionths of a unit off"
            )),
        };
        self.note(Checked::ProRata, found);
        let order = match fund.residual > 0 && fund.payout_claims == 0 {
            true => checks::layers_empty(&before),
            false => Ok(()),
        };
        self.note(Checked::Order, order);
        self.claims.push(ClaimReport {
            member: number,
            kind: self.world.wallets[number].kind.name(),
            claim,
            paid,
            deviation_micro,
        });
    }
}
