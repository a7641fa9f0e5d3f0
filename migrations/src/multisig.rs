//! Judges a multisig of Squads v4: who can change it, how many must sign, and how long they wait.

use {
    anyhow::{bail, ensure, Result},
    bulkhead_squads::Multisig,
};

/// Least number of members that must sign.
const LEAST_THRESHOLD: u16 = 2;

/// Fails unless neither one stolen nor one lost key is enough to change or to stop what it governs.
///
/// # Errors
/// The rule that it breaks.
pub fn check(multisig: &Multisig) -> Result<()> {
    let (threshold, voters) = (multisig.threshold, multisig.voters());
    if let Some(key) = multisig.config_authority {
        bail!("{key} alone can change its members: let its configuration be changed by vote");
    }
    ensure!(
        threshold >= LEAST_THRESHOLD,
        "{threshold} member is enough to sign: at least {LEAST_THRESHOLD} must"
    );
    ensure!(
        voters > usize::from(threshold),
        "all of its {voters} voters must sign, so that one lost key stops it for ever: add a member"
    );
    Ok(())
}

/// Says how it signs.
pub fn described(multisig: &Multisig) -> String {
    let (threshold, voters) = (multisig.threshold, multisig.voters());
    format!("{threshold} of {voters} sign, time lock {} s", multisig.time_lock_secs)
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        bulkhead_squads::{Address, Member, INITIATES},
    };

    fn multisig(config_authority: u8, threshold: u16, permissions: &[u8]) -> Multisig {
        let members = permissions.iter().enumerate().map(|(index, permissions)| Member {
            key: Address::new_from_array([index as u8; 32]),
            permissions: *permissions,
        });
        let config_authority = Some(Address::new_from_array([config_authority; 32]));
        Multisig {
            config_authority: config_authority.filter(|key| *key != Address::default()),
            threshold,
            time_lock_secs: 86_400,
            transaction_index: 0,
            stale_index: 0,
            members: members.collect(),
        }
    }

    fn refusal(multisig: &Multisig) -> String {
        check(multisig).unwrap_err().to_string()
    }

    #[test]
    fn one_key_neither_changes_nor_stops_what_it_governs() {
        assert!(check(&multisig(0, 2, &[7, 7, 7])).is_ok());
        assert!(refusal(&multisig(5, 2, &[7, 7, 7])).contains("alone can change its members"));
        assert!(refusal(&multisig(0, 1, &[7, 7, 7])).contains("1 member is enough"));
        let idle = refusal(&multisig(0, 2, &[7, 7, INITIATES]));
        assert!(idle.contains("one lost key stops it"), "a member that only proposes does not vote: {idle}");
    }
}
