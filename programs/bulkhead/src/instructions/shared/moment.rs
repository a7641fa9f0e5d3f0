//! The moment at which an instruction runs.

use {
    crate::{rules::interval::Moment, state::FundParams},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    pinocchio::sysvars::get_sysvar,
};

/// Address of the sysvar that holds the slot of the cluster's last restart.
const LAST_RESTART_SLOT: Address = Address::from_str_const("SysvarLastRestartS1ot1111111111111111111111");

/// Returns the present moment under a fund's parameters, for an instruction that is given no market. It does
/// not ask when the cluster was restarted: every mark counts as older than that, so that none is fresh. (Where
/// a mark that is not fresh permits something, as of a waived house, the market is looked for first.)
pub fn moment_without_markets(params: &FundParams, clock: &Clock) -> Moment {
    Moment::new(params, clock.slot, clock.unix_timestamp, u64::MAX)
}

/// Returns the present moment under a fund's parameters. `clock` is the clock sysvar.
pub fn moment(params: &FundParams, clock: &Clock) -> Result<Moment> {
    let mut restart_slot = [0; 8];
    get_sysvar(&mut restart_slot, &LAST_RESTART_SLOT, 0)?;
    Ok(Moment::new(params, clock.slot, clock.unix_timestamp, u64::from_le_bytes(restart_slot)))
}
