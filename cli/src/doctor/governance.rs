//! Checks the powers of governance: the program, the fund's authority and guardian, their changes
//! and pauses.

use {
    super::Findings,
    crate::{
        actions::governance::paused,
        idl,
        session::{symbol, Session},
        text::Tone,
        views::changes::{label, stands, when, window},
    },
    anyhow::{Context, Result},
    bulkhead_book::Book,
    bulkhead_client::{program_id, state::QueuedChange, Address},
    solana_loader_v3_interface::state::UpgradeableLoaderState,
    solana_sdk_ids::{bpf_loader, bpf_loader_upgradeable},
};

/// The power to replace the program.
#[derive(Debug, PartialEq, Eq)]
enum Upgrades {
    Nobody,
    By(Address),
}

/// Checks the power to replace the program.
pub(super) async fn program(found: &mut Findings, session: &Session) -> Result<()> {
    let account =
        session.account(&program_id()).await?.context("the program does not exist on this cluster")?;
    let what = "upgrade authority";
    if account.owner == bpf_loader::ID {
        found.note(what, Tone::Good, "nobody: the loader replaces no program");
        return Ok(());
    }
    if account.owner != bpf_loader_upgradeable::ID {
        found.note(what, Tone::Warn, format!("unknown: the program belongs to {}", account.owner));
        return Ok(());
    }
    let data = match program_data(&account.data) {
        Some(address) => session.account(&address).await?,
        None => None,
    };
    match data.and_then(|account| upgrades(&account.data)) {
        None => found.note(what, Tone::Bad, "the program has no program data: it cannot run"),
        Some(Upgrades::Nobody) => found.note(what, Tone::Good, "nobody: the program cannot be replaced"),
        Some(Upgrades::By(who)) => {
            found.check(what, !who.is_on_curve(), Tone::Warn, kind(&who, "can replace the program"))
        }
    }
    Ok(())
}

/// The address of a program's data, from the loader's state of the program.
fn program_data(state: &[u8]) -> Option<Address> {
    match bincode::deserialize(state) {
        Ok(UpgradeableLoaderState::Program { programdata_address }) => Some(programdata_address),
        _ => None,
    }
}

/// The power to replace a program, from the loader's state of its data.
fn upgrades(state: &[u8]) -> Option<Upgrades> {
    match bincode::deserialize(state) {
        Ok(UpgradeableLoaderState::ProgramData { upgrade_authority_address, .. }) => {
            // No key can sign for the zero address.
            let who = upgrade_authority_address.filter(|who| *who != Address::default());
            Some(who.map_or(Upgrades::Nobody, Upgrades::By))
        }
        _ => None,
    }
}

fn kind(who: &Address, can: &str) -> String {
    if who.is_on_curve() {
        format!("{who} is a plain wallet: one key {can}")
    } else {
        format!("{who} is a program's address, such as a multisig's")
    }
}

/// Checks authority, guardian, pause and parameters.
pub(super) fn fund(found: &mut Findings, book: &Book) {
    let fund = &book.fund;
    // A fund of another version cannot be read at all.
    found.note("layout", Tone::Good, format!("version {}", fund.version));
    found.check("authority", !fund.authority.is_on_curve(), Tone::Warn, kind(&fund.authority, "governs"));
    let two = fund.authority != fund.guardian;
    let guards = if two { "two keys" } else { "the authority is its own guardian: nobody else can veto" };
    found.check("authority and guardian", two, Tone::Warn, guards);
    let settled = fund.pending_authority == Address::default();
    let offer =
        if settled { "nobody".into() } else { format!("{}, who can take it", fund.pending_authority) };
    found.check("authority offered to", settled, Tone::Warn, offer);
    let paused = paused(fund, book.now);
    found.check("paused", paused == "nothing", Tone::Warn, paused);

    bounds(found, "fund's parameters", fund.params.validate());
    for market in &book.markets {
        let name = format!("{} parameters", symbol(&market.oracle.feed_id, market.index));
        bounds(found, &name, market.params().validate(&fund.params));
    }
}

fn bounds(found: &mut Findings, what: &str, outcome: Result<(), impl std::fmt::Debug>) {
    match outcome {
        Ok(()) => found.note(what, Tone::Good, "within the program's bounds"),
        Err(error) => {
            let error = format!("{error:?}");
            found.note(what, Tone::Bad, idl::explained(&error).unwrap_or(error));
        }
    }
}

/// Notes the queued changes.
pub(super) fn changes(found: &mut Findings, book: &Book, changes: &[QueuedChange]) {
    for record in changes {
        let Ok(change) = record.change() else {
            found.note(format!("change {}", record.number), Tone::Bad, "cannot be read: veto it");
            continue;
        };
        let (what, window) = (label(book, &change), window(record, &change, book));
        let (ready, last) = (when(record, window.opens, book), when(record, window.closes, book));
        let stands = stands(record, &change, book);
        let says = match stands {
            "expired" => format!("{what}: can no longer be applied; a veto returns its rent"),
            _ => format!("{what}: {stands}, can be applied from {ready}; to {last}"),
        };
        found.check(format!("change {}", record.number), stands == "expired", Tone::Warn, says);
    }
    if changes.is_empty() {
        found.note("changes", Tone::Good, "none is queued");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loaders_accounts_are_read() {
        let key = [7; 32];
        let program = [&2u32.to_le_bytes()[..], &key].concat();
        assert_eq!(program_data(&program), Some(Address::new_from_array(key)));
        assert_eq!(program_data(&program[..20]), None);
        let slot = 5u64.to_le_bytes();
        let owned = [&3u32.to_le_bytes()[..], &slot, &[1], &key, b"ELF"].concat();
        assert_eq!(upgrades(&owned), Some(Upgrades::By(Address::new_from_array(key))));
        let fixed = [&3u32.to_le_bytes()[..], &slot, &[0], &[0; 32]].concat();
        assert_eq!(upgrades(&fixed), Some(Upgrades::Nobody));
        let zero = [&3u32.to_le_bytes()[..], &slot, &[1], &[0; 32]].concat();
        assert_eq!(upgrades(&zero), Some(Upgrades::Nobody));
        assert_eq!(upgrades(&program), None, "another state");
    }
}
