//! Checks of one step of the loss waterfall against the book before and after it.

use {
    super::{named, Checked, Recorder},
    crate::{
        checks::{self, deviation_micro, Haircut, Paid},
        report::{AssessedReport, ClaimReport, CutReport, RecoveredReport},
    },
    anyhow::{anyhow, Result},
    bulkhead_book::Book,
    bulkhead_client::{rules::premium, Address},
    bulkhead_math::gains::plan_cut,
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
        // two units too small and never too large.
        let off = self.repaid.recovered.iter().find(|row| !(-2_000_000..=0).contains(&row.deviation_micro));
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

    /// Checks layer 6: every position on the winning side is cut by its lots, and by at most its
    /// gain.
    pub(super) fn check_cut(
        &mut self,
        after: &Book,
        index: u16,
        side: usize,
        amount: u64,
        lots: u64,
    ) -> Result<()> {
        let Some(before) = self.before.clone() else { return Ok(()) };
        let (was, is) = (before.market(index).map_err(named)?, after.market(index).map_err(named)?);
        let per_lot = is.cut_index[side].get() - was.cut_index[side].get();
        let scale = u128::from(is.scale);
        let mut found = Ok(());
        for (number, wallet) in self.world.wallets.iter().enumerate() {
            let state = &before.members[&wallet.member];
            let held = state.positions.iter().find(|held| held.market == index && !held.is_free());
            let Some(held) = held.filter(|held| held.cut_lots != 0 && usize::from(held.cut_lots < 0) == side)
            else {
                continue;
            };
            let position = premium::position_of(was, held).map_err(|_| anyhow!("a position has no value"))?;
            let counted = held.cut_lots.unsigned_abs();
            let cut = plan_cut(position, counted, per_lot, is.cut_price[side]).map_err(named)?;
            // The deviation is in millionths of a base unit; a base unit is `scale` raw quote, not
            // always a million.
            let raw = per_lot * u128::from(counted);
            let exact = deviation_micro(0, amount, counted.into(), lots.into());
            let deviation = (raw * 1_000_000 / scale) as i64 + exact;
            // The cut per lot is whole raw quote, rounded up: that is below one raw quote for each lot.
            // The house keeps the excess. The deviation itself is rounded to a millionth.
            let rounding_micro = (u128::from(counted) * 1_000_000 / scale) as i64;
            if !(-1..=rounding_micro + 1).contains(&deviation) {
                found = Err(format!("the cut of member {number} is {deviation} millionths of a unit off"));
            }
            self.cuts.push(CutReport {
                member: number,
                kind: wallet.kind.name(),
                market: self.world.parameters.markets[usize::from(index)].symbol.clone(),
                part: (raw / scale) as u64,
                taken: (cut.taken / scale) as u64,
                lapsed: (cut.lapsed / scale) as u64,
                deviation_micro: deviation,
                rounding_micro,
            });
        }
        self.note(Checked::ProRata, found);
        self.note(Checked::Order, checks::layers_empty(&before));
        self.note(Checked::OwnLosses, checks::own_losses_only(&before, after));
        Ok(())
    }

    /// Checks layer 7: every claim is paid the same part of the pool.
    pub(super) fn check_claim(&mut self, member: &Address, claim: u64, paid: u64) {
        let Some(before) = self.before.take() else { return };
        let fund = &before.fund;
        let (claims, pool) = *self.payout.get_or_insert((fund.claims, fund.pool.min(fund.claims)));
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
