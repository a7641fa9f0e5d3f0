//! The properties of covers, at every look and around every settlement.

use {
    super::{Checked, Recorder},
    crate::{
        checks::{Haircut, Property},
        covers::ClaimAccounts,
    },
    anyhow::{Context, Result},
    bulkhead::events::CoverSettled,
    bulkhead_book::Book,
    bulkhead_client::{claims::state::Loss, state::Cover},
    bulkhead_format::{money, parts_per_million},
    bulkhead_inspect::covers::{self as checks, Insured, Settled},
};

impl Recorder<'_> {
    /// Checks the properties of covers too, from now on.
    pub fn watch_covers(&mut self, accounts: ClaimAccounts) {
        self.properties.extend(properties());
        self.claim_accounts = Some(accounts);
    }

    /// The loss is about to be closed.
    pub fn forget_claims(&mut self) {
        if let Some(accounts) = &mut self.claim_accounts {
            accounts.is_closed = true;
        }
    }

    /// C1, C6, C7, C9 and C11.
    pub(super) fn check_covers(&mut self, book: &Book) -> Result<()> {
        let Some(accounts) = self.claim_accounts else { return Ok(()) };
        let chain = &self.world.chain;
        let covers: Vec<Cover> = chain.all(&self.world.keys.fund)?;
        let losses: Vec<Loss> = match accounts.is_alerted && !accounts.is_closed {
            true => vec![chain.read(&accounts.loss)?],
            false => Vec::new(),
        };
        let vault = chain.token_amounts(&[accounts.vault])?[0];
        self.note(Checked::Pledged, checks::pledged(book, &covers));
        self.note(Checked::Reserve, checks::reserve(book, &covers, &losses, vault));
        self.note(Checked::Holds, checks::holds(book));
        self.check_policies(&covers)?;
        if let Some(before) = self.last.take().filter(|before| checks::was_held_throughout(before, book)) {
            self.note(Checked::NobodyMoves, checks::nobody_moves(&before, book));
        }
        self.last = Some(book.clone());
        Ok(())
    }

    /// C11 of every book.
    fn check_policies(&mut self, covers: &[Cover]) -> Result<()> {
        let chain = &self.world.chain;
        for shelf in chain.policies(&self.world.keys.fund)?.books.into_values() {
            let book = &shelf.book;
            let cover = covers.iter().find(|cover| cover.index == book.cover_index);
            let insured = Insured {
                book,
                cover: cover.context("a book without a cover")?,
                days: &shelf.days.into_values().collect::<Vec<_>>(),
                policies: &shelf.policies.into_values().collect::<Vec<_>>(),
                vault: chain.token_amounts(&[book.vault])?[0],
            };
            self.note(Checked::Payouts, checks::insured(&insured));
        }
        Ok(())
    }

    /// The loss was alerted.
    pub fn watch_claims(&mut self) {
        if let Some(accounts) = &mut self.claim_accounts {
            accounts.is_alerted = true;
        }
    }

    /// C3 and C4 of a settlement, which is a haircut of every share.
    pub(super) fn see_cover_settled(&mut self, event: &CoverSettled, after: &Book) -> Result<()> {
        self.history.paid_for_others += event.from_contributions;
        let Some(before) = self.before.take() else { return Ok(()) };
        let keys = &self.world.keys;
        let own = before.covers.iter().find(|(index, _)| keys.cover(**index) == event.cover);
        let (index, cover) = own.context("a cover that nobody knows was settled")?;
        let settled = Settled {
            cover: *index,
            from_treasury: event.from_treasury,
            from_contributions: event.from_contributions,
            lapsed: event.lapsed,
        };
        let haircut = Haircut { contributions: before.fund.contributions, paid: event.from_contributions };
        let what = format!(
            "cover {index} is settled: of {} that it is owed the treasury pays {}, contributions {} ({}), \
             and {} lapse",
            money(cover.owed),
            money(event.from_treasury),
            money(event.from_contributions),
            parts_per_million(haircut.ppm()),
            money(event.lapsed)
        );
        self.note(Checked::TwoBuckets, checks::settlement(&before, after, &settled));
        self.note(Checked::ClearingFirst, checks::clearing_is_whole(&before));
        self.haircuts.push(haircut);
        self.happened("cover", what);
        Ok(())
    }
}

/// The properties of covers, in the order of [`Checked`].
fn properties() -> impl Iterator<Item = Property> {
    let sentences = [
        ("C1", "what covers pledge is what they may still draw, and none is owed more than that"),
        ("C2", "both largest defaults and every cover fit into treasury and contributions"),
        ("C3", "a settlement takes from the treasury above its floor, then from contributions, pro rata"),
        ("C4", "nothing leaves the fund for a cover while clearing waits for anything"),
        ("C5", "each leaf of a loss is paid once, at the ratio of all, and never more than is reserved"),
        ("C6", "the reserve is what covers have in it, and a panel's vault what claims and bonds are owed"),
        ("C7", "nobody enters or leaves from an alert or a draw until its settlement"),
        ("C8", "exits were open for notice period and claim window before a cover opened"),
        ("C9", "all holds together stay within their bucket of fourteen days"),
        ("C10", "an instruction of covers costs no more than its bound, whatever the number of members"),
        ("C11", "payouts of impermanent loss are pledged, and paid for at their fair premium"),
    ];
    sentences.into_iter().map(|(id, sentence)| Property::new(id, sentence))
}
