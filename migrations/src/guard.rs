//! Conditions of a public cluster, checked before anything is sent: a person confirms the network,
//! and no single key governs.

use {
    crate::{
        cluster::Cluster,
        profile::{addresses, Network},
        site::Site,
    },
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::Address,
    std::io::{stderr, stdin, IsTerminal, Write},
};

/// Number of vaults of one multisig.
const VAULTS: u8 = u8::MAX;

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

/// Fails on a public cluster unless the authorities are multisigs.
pub fn authorities(site: &Site) -> Result<()> {
    if !site.profile.network.is_public() {
        return Ok(());
    }
    let governance = &site.profile.governance;
    let programs = addresses("[governance] multisig_programs", &governance.multisig_programs)?;
    let multisigs = addresses("[governance] multisigs", &governance.multisigs)?;
    for (key, authority) in
        [("[governance] authority", site.authority), ("[program] upgrade_authority", site.upgrade_authority)]
    {
        let found = is_vault(&site.cluster, &authority, &programs, &multisigs).context(key)?;
        ensure!(
            found,
            "{key}: {authority} is no vault of a listed multisig. On {} one lost or stolen key must \
             not be able to change the fund: make a multisig (Squads v4), give its vault as the \
             authority and the multisig's account in [governance] multisigs; other multisig programs \
             go into multisig_programs",
            site.profile.network.name()
        );
    }
    Ok(())
}

/// Whether the account is a vault of one of these multisigs. Only a vault can sign: the multisig's own
/// account, or a proposal in it, would lose the power for ever.
fn is_vault(
    cluster: &Cluster,
    authority: &Address,
    programs: &[Address],
    multisigs: &[Address],
) -> Result<bool> {
    if authority.is_on_curve() {
        return Ok(false); // somebody may hold its key
    }
    for multisig in multisigs {
        let account = cluster.account(multisig)?;
        let owner =
            account.with_context(|| format!("multisig {multisig} does not exist on this cluster"))?.owner;
        ensure!(
            programs.contains(&owner),
            "multisig {multisig} belongs to {owner}, which is not in multisig_programs"
        );
        if vaults(multisig, &owner).any(|vault| vault == *authority) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The vaults of a Squads v4 multisig, and the one signer of simpler ones.
fn vaults<'a>(multisig: &'a Address, program: &'a Address) -> impl Iterator<Item = Address> + 'a {
    let squads = (0..=VAULTS).map(move |index| vault(multisig, program, index));
    squads.chain(std::iter::once_with(move || Address::find_program_address(&[multisig.as_ref()], program).0))
}

/// A vault of a Squads v4 multisig.
pub fn vault(multisig: &Address, program: &Address, index: u8) -> Address {
    Address::find_program_address(&[b"multisig", multisig.as_ref(), b"vault", &[index]], program).0
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
