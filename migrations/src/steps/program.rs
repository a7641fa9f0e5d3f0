//! Step 1: the program is the built one, and the right key can upgrade it.

use {
    crate::{
        layout::{self, HEAD},
        loader::{deploy, fingerprint, sizes, Buffer, Deployed},
        profile::Network,
        site::Site,
        step::{Found, Step, Work},
    },
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::PROGRAM_ID,
    bulkhead_format::thousands,
    solana_loader_v3_interface::instruction as loader,
    solana_signer::Signer,
};

/// See the module.
pub struct Program;

impl Step for Program {
    fn name(&self) -> &'static str {
        "program"
    }

    fn look(&self, site: &Site) -> Result<Found> {
        match Deployed::read(&site.cluster, &PROGRAM_ID)? {
            None => first(site),
            Some(deployed) if !deployed.is(&site.program) => upgrade(site, &deployed),
            Some(deployed) => hand_over(site, &deployed),
        }
    }

    fn prepare(&self, site: &Site) -> Result<()> {
        match Deployed::read(&site.cluster, &PROGRAM_ID)? {
            None if site.program_key.is_none() => {
                site.cluster.write_program(&site.program, &site.upgrade_authority)
            }
            None => buffer(site)?.fill(&site.payer().pubkey()),
            Some(deployed) if !deployed.is(&site.program) => {
                let extension = deployed.extension(&site.program);
                if extension > 0 {
                    let extend =
                        loader::extend_program(&PROGRAM_ID, Some(&site.payer().pubkey()), extension as u32);
                    site.cluster.next_slot()?;
                    site.cluster.send(&[extend], &[site.payer()])?;
                    site.cluster.next_slot()?;
                }
                buffer(site)?.fill(&deployed.authority.context("the program is final")?)
            }
            Some(_) => Ok(()),
        }
    }
}

fn buffer(site: &Site) -> Result<Buffer<'_>> {
    Buffer::new(&site.cluster, site.payer(), &site.program)
}

/// Finds the work of a first deployment.
fn first(site: &Site) -> Result<Found> {
    let max_bytes = site.profile.program.max_bytes;
    ensure!(
        max_bytes >= site.program.len(),
        "[program] max_bytes = {max_bytes} is less than the program's {}: raise it",
        site.program.len()
    );
    let mut work = Work {
        changes: vec![format!("program {PROGRAM_ID}: none -> {}", described(&site.program))],
        ..Work::default()
    };
    let Some(key) = &site.program_key else {
        ensure!(
            site.profile.network == Network::Localnet,
            "there is no program at {PROGRAM_ID}: its first deployment needs [program] key, the program's \
             own key file"
        );
        work.changes.push("by cheat code, for there is no [program] key: Surfpool only".into());
        return Ok(Found::Open(work));
    };
    ensure!(
        key.pubkey() == PROGRAM_ID,
        "[program] key is {}, the program is built for {PROGRAM_ID}: put its address into declare_id! in \
         programs/bulkhead/src/lib.rs and build again, or give the other key",
        key.pubkey()
    );
    let payer = site.payer().pubkey();
    work.calls.push(deploy(&site.cluster, &payer, &PROGRAM_ID, &buffer(site)?.address, &payer, max_bytes)?);
    if site.upgrade_authority != payer {
        work.changes.push(format!("upgrade authority: {}", site.upgrade_authority));
        work.calls.push(vec![loader::set_upgrade_authority(
            &PROGRAM_ID,
            &payer,
            Some(&site.upgrade_authority),
        )]);
    }
    work.rent = sizes(max_bytes).iter().map(|size| site.cluster.rent(*size)).sum::<Result<u64>>()?;
    Ok(Found::Open(work))
}

/// Finds the work of an upgrade.
fn upgrade(site: &Site, deployed: &Deployed) -> Result<Found> {
    let Some(authority) = deployed.authority else {
        bail!("{PROGRAM_ID} is final: it cannot be upgraded, and is not this build")
    };
    let unreadable = layout::unreadable(&site.cluster.program_accounts(Some(HEAD), None)?);
    ensure!(
        unreadable.is_empty(),
        "this build reads layout version {} and could not read {}: no upgrade before they are migrated",
        bulkhead::constants::VERSION,
        unreadable.join(", ")
    );
    let buffer = buffer(site)?.address;
    let mut work = Work {
        changes: vec![format!(
            "program {PROGRAM_ID}: {} -> {}",
            described(&deployed.bytes),
            described(&site.program)
        )],
        // The payer of the buffer gets its rent back.
        calls: vec![vec![loader::upgrade(&PROGRAM_ID, &buffer, &authority, &site.payer().pubkey())]],
        rent: site.cluster.rent(sizes(site.program.len())[1])?,
    };
    let extension = deployed.extension(&site.program);
    if extension > 0 {
        work.changes.push(format!("room: {} more bytes", thousands(extension as u64)));
        let more = site.cluster.rent(sizes(deployed.bytes.len() + extension)[1])?;
        work.rent += more - site.cluster.rent(sizes(deployed.bytes.len())[1])?;
    }
    if site.key(&authority).is_none() {
        work.changes.push(format!("by {authority}, from buffer {buffer}"));
    }
    Ok(Found::Open(work))
}

/// The build is right, but the upgrade authority may not be.
fn hand_over(site: &Site, deployed: &Deployed) -> Result<Found> {
    let Some(authority) = deployed.authority.filter(|authority| *authority != site.upgrade_authority) else {
        return Ok(Found::Done(format!("{PROGRAM_ID} is this build, {}", described(&site.program))));
    };
    Ok(Found::Open(Work {
        changes: vec![format!("upgrade authority: {authority} -> {}", site.upgrade_authority)],
        calls: vec![vec![loader::set_upgrade_authority(
            &PROGRAM_ID,
            &authority,
            Some(&site.upgrade_authority),
        )]],
        rent: 0,
    }))
}

fn described(program: &[u8]) -> String {
    let used = program.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    format!("{} bytes {:.8}", thousands(program.len() as u64), fingerprint(&program[..used]))
}
