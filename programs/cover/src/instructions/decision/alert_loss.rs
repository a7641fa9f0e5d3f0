use {
    crate::{
        constants::ROOT_SECS,
        error::*,
        events::*,
        instructions::shared::*,
        rules::losses::{self, Alert},
        state::*,
    },
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    anchor_spl::token_2022_cpi::instructions::TransferChecked,
};

/// Reports a loss of what is covered, with a bond, and holds exits from the fund: an exploit is
/// public at once, and a root takes days.
///
/// - The cover's beneficiary or the fund's guardian signs (`NotReporter`), and pays the bond, at
///   most `max_bond` (`BondAboveLimit`). A rejected loss forfeits it.
/// - The cover names this panel as its drawer (`NotDrawer`), and serves losses still (the fund's
///   `CoverNotOpen`, `CoverOver`, `CoverHasEnded`).
/// - The incident happened while the cover was in force (`IncidentBeforeOpening`,
///   `IncidentAfterEnd`, `IncidentInFuture`), at most 14 days ago, but for the time in which
///   another loss was live (`IncidentTooOld`), by one of the named perils (`UnknownPeril`).
/// - No other loss of the cover is live (`LossLive`).
#[derive(Accounts)]
pub struct AlertLoss {
    /// Panel, fund and cover.
    pub drawer: Nested<Drawer>,
    /// The new loss.
    #[account(mut)]
    pub loss: UncheckedAccount,
    /// The panel's vault.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// The token account that the bond comes from; the token program checks its owner and mint.
    #[account(mut)]
    pub token_account: UncheckedAccount,
    /// The fund's mint.
    pub mint: UncheckedAccount,
    /// The program that owns mint and vault.
    pub token_program: UncheckedAccount,
    /// Beneficiary or guardian.
    pub reporter: Signer,
    /// Pays the rent and gets it back.
    // SAFETY: it may be the reporter. A `Signer` borrows no data, and none of the other accounts
    // can sign.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// Creates the loss.
    pub system_program: Program<System>,
}

impl AlertLoss {
    fn validate(&self) -> Result<()> {
        let Self { drawer, vault, mint, token_program, reporter, .. } = self;
        drawer.check()?;
        require!(*vault.address() == drawer.panel.vault, CoverError::WrongVault);
        require!(*mint.address() == drawer.panel.mint, CoverError::WrongMint);
        require!(*token_program.address() == drawer.panel.token_program, CoverError::WrongTokenProgram);
        losses::require_reporter(&drawer.fund()?, &drawer.cover()?, reporter.address())
        // loss - its address is checked when it is created. token_account - checked by the token
        // program. payer - signs.
    }

    /// See [`AlertLoss`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>, incident_ts: i64, peril: u8, max_bond: u64) -> Result<()> {
        ctx.accounts.validate()?;
        let now = Clock::get()?.unix_timestamp;
        let Self { drawer, loss, vault, token_account, mint, token_program, reporter, payer, .. } =
            &mut ctx.accounts;
        drawer.panel.require_no_live_loss()?;
        // Before the cover is judged: it books a lapse that nobody has booked.
        drawer.hold(ROOT_SECS)?;
        let (fund, cover) = (drawer.fund()?, drawer.cover()?);
        let panel = &mut drawer.panel;
        let (mut record, bump) = create_record::<Loss>(
            payer.account(),
            loss.account(),
            seeds::LOSS,
            panel.address(),
            &panel.next_loss.to_le_bytes(),
            CoverError::WrongLoss,
        )?;
        let alert = Alert { incident_ts, peril, max_bond };
        let bond = losses::alert(panel, (loss.address(), &mut record), &alert, &fund, &cover, now)?;
        record.bump = bump;
        record.panel = *panel.address();
        record.reporter = *reporter.address();
        record.payer = *payer.address();
        TransferChecked {
            from: token_account.account(),
            mint: mint.account(),
            to: vault.account(),
            authority: reporter.account(),
            amount: bond,
            decimals: panel.quote_decimals,
            token_program: token_program.address(),
        }
        .invoke()?;
        emit!(LossAlerted {
            panel: *panel.address(),
            loss: *loss.address(),
            reporter: *reporter.address(),
            incident_ts,
            due_ts: record.due_ts,
            bond,
            number: record.number,
            peril: u64::from(peril),
        });
        Ok(())
    }
}
