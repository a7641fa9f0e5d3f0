//! Conditions of a public cluster, checked before anything is sent: a person confirms the network,
//! and no single key governs.

use {
    crate::{
        cluster::Cluster,
        multisig,
        profile::{addresses, Network},
        site::Site,
    },
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::Address,
    bulkhead_inspect::build::hash,
    bulkhead_squads::{Multisig, MultisigKeys},
    std::io::{stderr, stdin, IsTerminal, Write},
};

/// Shortest time lock of an authority, in seconds: time to read what was approved, and to take it back.
const LEAST_AUTHORITY_LOCK_SECS: u32 = 3_600;
/// Longest time lock of a guardian, in seconds. The fastest change waits for a day.
const MOST_GUARDIAN_LOCK_SECS: u32 = 3_600;

/// Fails unless the network's name was given, or is typed.
pub fn confirm(network: Network, given: Option<&str>) -> Result<()> {
    if !network.is_public() {
        return Ok(());
    }
    let name = network.name();
    let said = match given {
        Some(given) => given.to_owned(),
        None if stdin().is_terminal() => {
            eprint!("this changes {name}: type its name to go on: ");
            stderr().flush()?;
            let mut line = String::new();
            stdin().read_line(&mut line)?;
            line.trim().to_owned()
        }
        None => bail!("this changes {name}: repeat it with --confirm {name}, or look first with --dry-run"),
    };
    ensure!(said == name, "`{said}` does not confirm {name}: nothing was done");
    Ok(())
}

/// Fails on a public cluster unless authorities and guardian are vaults of multisigs that were looked at.
/// Returns what was found, a line for each.
///
/// # Errors
/// The party that is no such vault, or the rule that its multisig breaks.
pub fn authorities(site: &Site) -> Result<Vec<String>> {
    if !site.profile.network.is_public() {
        return Ok(vec![]);
    }
    let governance = &site.profile.governance;
    let programs = addresses("[governance] multisig_programs", &governance.multisig_programs)?;
    let multisigs = addresses("[governance] multisigs", &governance.multisigs)?;
    let parties = [
        ("[governance] authority", site.authority),
        ("[program] upgrade_authority", site.upgrade_authority),
        ("[governance] guardian", site.guardian),
    ];
    let mut found = Vec::new();
    for (key, party) in parties {
        let governing = governing(&site.cluster, &party, &programs, &multisigs).context(key)?;
        let Some((address, multisig)) = governing else {
            bail!(
                "{key}: {party} is no vault of a listed multisig. On {} one lost or stolen key must \
                 not be able to change the fund: make a multisig (Squads v4), give its vault here \
                 and the multisig's account in [governance] multisigs; programs with the same \
                 accounts go into multisig_programs",
                site.profile.network.name()
            )
        };
        multisig::check(&multisig).with_context(|| format!("{key}: multisig {address}"))?;
        found.push((key, address, multisig));
    }
    let [authority, upgrades, guardian] = &found[..] else { bail!("three parties govern") };
    for (key, address, multisig) in [authority, upgrades] {
        ensure!(
            multisig.time_lock_secs >= LEAST_AUTHORITY_LOCK_SECS,
            "{key}: multisig {address} has a time lock of {} s: at least {LEAST_AUTHORITY_LOCK_SECS}, so \
             that somebody sees what it does before it is done",
            multisig.time_lock_secs
        );
    }
    let (key, address, multisig) = guardian;
    ensure!(
        multisig.time_lock_secs <= MOST_GUARDIAN_LOCK_SECS,
        "{key}: multisig {address} waits {} s before it acts: at most {MOST_GUARDIAN_LOCK_SECS}, for it has \
         to stop a change before its day is over",
        multisig.time_lock_secs
    );
    ensure!(
        *address != authority.1,
        "{key}: it is the multisig of the authority too, which could then veto nothing of itself"
    );
    let shared: Vec<Address> = multisig.voters_in(&authority.2).collect();
    ensure!(
        multisig.voters() - shared.len() >= usize::from(multisig.threshold),
        "{key}: {} of its voters are voters of the authority too ({}), and without them it cannot reach its \
         threshold: whoever has the authority's keys would veto nothing",
        shared.len(),
        shared.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    );
    let line = |(key, address, multisig): &(&str, Address, Multisig)| {
        format!("{key}: a vault of {address}, {}", multisig::described(multisig))
    };
    Ok(found.iter().map(line).collect())
}

/// Fails on mainnet unless the profile names the hashes of the builds that were released: what is deployed
/// there should be what others have built too.
///
/// # Errors
/// When one is missing.
pub fn released(site: &Site) -> Result<()> {
    if site.profile.network != Network::Mainnet || site.skip_program {
        return Ok(());
    }
    for build in [Some(&site.program), site.claims.as_ref()].into_iter().flatten() {
        ensure!(
            build.sha256.is_some(),
            "{} sha256 is missing: on mainnet the profile names the hash of the released build, which \
             `cargo xtask build` prints and others have compared. The present build has {}",
            build.section,
            hash(&build.bytes)
        );
    }
    Ok(())
}

/// The multisig of a vault, among those that are listed; `None` if the party is no vault of one. Only a
/// vault can sign: the multisig's own account, or a proposal in it, would lose the power for ever.
fn governing(
    cluster: &Cluster,
    party: &Address,
    programs: &[Address],
    multisigs: &[Address],
) -> Result<Option<(Address, Multisig)>> {
    if party.is_on_curve() {
        return Ok(None); // somebody may hold its key
    }
    for address in multisigs {
        let account = cluster.account(address)?;
        let account =
            account.with_context(|| format!("multisig {address} does not exist on this cluster"))?;
        ensure!(
            programs.contains(&account.owner),
            "multisig {address} belongs to {}, which is not in multisig_programs",
            account.owner
        );
        let multisig = Multisig::decode(&account.data).with_context(|| format!("multisig {address}"))?;
        let keys = MultisigKeys { program: account.owner, multisig: *address };
        if keys.vault_index(party).is_some() {
            return Ok(Some((*address, multisig)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_clusters_own_name_confirms() {
        assert!(confirm(Network::Localnet, None).is_ok());
        assert!(confirm(Network::Mainnet, Some("mainnet")).is_ok());
        let error = confirm(Network::Mainnet, Some("devnet")).unwrap_err().to_string();
        assert!(error.contains("does not confirm mainnet"), "{error}");
    }
}
