//! Steps 1 and 7: a program is the built one, and the right key can upgrade it.

use {
    crate::{
        layout::{Layout, HEAD},
        loader::{carries, deploy, sizes, Buffer, Deployed},
        profile::Network,
        site::{Build, Site},
        step::{Found, Step, Work},
    },
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::{Address, Instruction},
    bulkhead_format::thousands,
    bulkhead_inspect::build::hash,
    solana_loader_v3_interface::instruction as loader,
    solana_signer::Signer,
};

/// A program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// That of the fund.
    Fund,
    /// That of claims on covers.
    Claims,
}

impl Program {
    /// The build that is wanted; none if the profile does not ask for it.
    fn build(self, site: &Site) -> Option<&Build> {
        match self {
            Self::Fund => Some(&site.program),
            Self::Claims => site.claims.as_ref(),
        }
    }
}

impl Step for Program {
    fn name(&self) -> &'static str {
        match self {
            Self::Fund => "program",
            Self::Claims => "claims",
        }
    }

    fn look(&self, site: &Site) -> Result<Found> {
        let Some(build) = self.build(site) else {
            return Ok(Found::Done("the profile has no [claims]".into()));
        };
        let deployed = Deployed::read(&site.cluster, &build.address)?;
        if site.skip_program {
            return skipped(build, deployed.as_ref());
        }
        ensure!(
            carries(&build.bytes, &build.address),
            "the build is for another address than {}: run `cargo xtask build` with the same \
             BULKHEAD_PROGRAM_ID and BULKHEAD_COVER_PROGRAM_ID",
            build.address
        );
        if let Some(released) = &build.sha256 {
            let own = hash(&build.bytes);
            ensure!(
                own == *released,
                "the build has the SHA-256 {own}, and {} sha256 names {released}: it is not the released one",
                build.section
            );
        }
        match deployed {
            None => first(site, build),
            Some(deployed) if !deployed.is(&build.bytes) => upgrade(site, build, &deployed),
            Some(deployed) => hand_over(site, build, &deployed),
        }
    }

    fn prepare(&self, site: &Site) -> Result<()> {
        let Some(build) = self.build(site) else { return Ok(()) };
        match Deployed::read(&site.cluster, &build.address)? {
            None if build.key.is_none() => {
                site.cluster.write_program(&build.address, &build.bytes, &site.upgrade_authority)
            }
            None => buffer(site, build)?.fill(&site.payer().pubkey()),
            Some(deployed) if !deployed.is(&build.bytes) => {
                let extension = deployed.extension(&build.bytes);
                if extension > 0 {
                    let payer = site.payer().pubkey();
                    let extend = loader::extend_program(&build.address, Some(&payer), extension as u32);
                    site.cluster.next_slot()?;
                    site.cluster.send(&[extend], &[site.payer()])?;
                    site.cluster.next_slot()?;
                }
                buffer(site, build)?.fill(&deployed.authority.context("the program is final")?)
            }
            Some(_) => Ok(()),
        }
    }
}

fn buffer<'s>(site: &'s Site, build: &'s Build) -> Result<Buffer<'s>> {
    Buffer::new(&site.cluster, site.payer(), &build.bytes)
}

/// A program that stays as it is must be there.
fn skipped(build: &Build, deployed: Option<&Deployed>) -> Result<Found> {
    let deployed = deployed.with_context(|| format!("there is no program at {} to skip", build.address))?;
    Ok(Found::Done(format!("skipped: {} is {}", build.address, described(&deployed.bytes))))
}

/// Finds the work of a first deployment.
fn first(site: &Site, build: &Build) -> Result<Found> {
    let Build { address, section, bytes, max_bytes, .. } = build;
    ensure!(
        *max_bytes >= bytes.len(),
        "{section} max_bytes = {max_bytes} is less than the program's {}: raise it",
        bytes.len()
    );
    let mut work =
        Work { changes: vec![format!("program {address}: none -> {}", described(bytes))], ..Work::default() };
    let Some(key) = &build.key else {
        ensure!(
            site.profile.network == Network::Localnet,
            "there is no program at {address}: its first deployment needs {section} key, the program's own \
             key file"
        );
        work.changes.push(format!("by cheat code, for there is no {section} key: Surfpool only"));
        return Ok(Found::Open(work));
    };
    ensure!(
        key.pubkey() == *address,
        "{section} key is {}, the program is built for {address}: let BULKHEAD_PROGRAM_ID and \
         BULKHEAD_COVER_PROGRAM_ID name the addresses of the keys and build again, or give the other key",
        key.pubkey()
    );
    let payer = site.payer().pubkey();
    let buffer = buffer(site, build)?.address;
    work.calls.push(deploy(&site.cluster, &payer, address, &buffer, &payer, *max_bytes)?);
    if site.upgrade_authority != payer {
        work.changes.push(format!("upgrade authority: {}, which has to accept", site.upgrade_authority));
        work.calls.push(vec![accepted(address, &payer, &site.upgrade_authority)]);
    }
    work.rent = sizes(*max_bytes).iter().map(|size| site.cluster.rent(*size)).sum::<Result<u64>>()?;
    Ok(Found::Open(work))
}

/// Finds the work of an upgrade.
fn upgrade(site: &Site, build: &Build, deployed: &Deployed) -> Result<Found> {
    let Build { address, bytes, .. } = build;
    let Some(authority) = deployed.authority else {
        bail!("{address} is final: it cannot be upgraded, and is not this build")
    };
    if let Some(layout) = Layout::of(address) {
        let unreadable = layout.unreadable(&site.cluster.program_accounts(address, Some(HEAD), None)?);
        ensure!(
            unreadable.is_empty(),
            "this build reads layout version {} and could not read {}: no upgrade before they are migrated",
            layout.version,
            unreadable.join(", ")
        );
    }
    let buffer = buffer(site, build)?.address;
    let mut work = Work {
        changes: vec![format!("program {address}: {} -> {}", described(&deployed.bytes), described(bytes))],
        // The payer of the buffer gets its rent back.
        calls: vec![vec![loader::upgrade(address, &buffer, &authority, &site.payer().pubkey())]],
        rent: site.cluster.rent(sizes(bytes.len())[1])?,
    };
    let extension = deployed.extension(bytes);
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
fn hand_over(site: &Site, build: &Build, deployed: &Deployed) -> Result<Found> {
    let Build { address, bytes, .. } = build;
    let Some(authority) = deployed.authority.filter(|authority| *authority != site.upgrade_authority) else {
        return Ok(Found::Done(format!("{address} is this build, {}", described(bytes))));
    };
    let to = site.upgrade_authority;
    // A multisig's transaction has the signature of one vault. Of two vaults the old one signs alone, and
    // what protects from a wrong address is that the new one was derived from an account that was read.
    let are_both_elsewhere = [&authority, &to].iter().all(|party| site.key(party).is_none());
    let (says, call) = match are_both_elsewhere {
        true => ("", loader::set_upgrade_authority(address, &authority, Some(&to))),
        false => (", which has to accept", accepted(address, &authority, &to)),
    };
    let changes = vec![format!("upgrade authority: {authority} -> {to}{says}")];
    Ok(Found::Open(Work { changes, calls: vec![vec![call]], rent: 0 }))
}

/// The hand-over that the new authority signs too. An account that can sign nothing can therefore not be
/// given a program by mistake, which nobody could ever upgrade again.
fn accepted(address: &Address, authority: &Address, to: &Address) -> Instruction {
    loader::set_upgrade_authority_checked(address, authority, to)
}

fn described(program: &[u8]) -> String {
    format!("{} bytes {:.8}", thousands(program.len() as u64), hash(program))
}
