//! Accounts that can never sign, and must therefore not be given a power over a fund.

use {
    bulkhead_client::{cover_program_id, program_id, Address},
    bulkhead_squads::{Multisig, PROGRAM},
    solana_sdk_ids::{bpf_loader_upgradeable, sysvar},
};

/// The token programs.
const TOKENS: [Address; 2] = [
    Address::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"),
    Address::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"),
];

/// Says why an account can never sign, if that is certain; `None` for a wallet, for a vault, and for an
/// account of a program that is not known here. A power that is offered to such an account would never be
/// taken, and one that is given to it would be lost.
pub fn never_signs(owner: &Address, is_executable: bool, data: &[u8]) -> Option<&'static str> {
    match *owner {
        _ if Multisig::decode(data).is_ok() => {
            Some("it is a multisig's own account, which holds members and rules: what signs is its vault")
        }
        PROGRAM => Some("it belongs to Squads and is no vault: what signs is the multisig's vault"),
        owner if TOKENS.contains(&owner) => Some("it is a token account or a mint"),
        owner if owner == program_id() || owner == cover_program_id() => {
            Some("it is an account of Bulkhead itself")
        }
        sysvar::ID => Some("it belongs to the cluster itself"),
        bpf_loader_upgradeable::ID => Some("it is a program, or a program's bytes"),
        _ if is_executable => Some("it is a program"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYSTEM: Address = Address::new_from_array([0; 32]);

    #[test]
    fn wallets_vaults_and_unknown_accounts_may_sign() {
        for owner in [SYSTEM, Address::new_from_array([7; 32])] {
            assert_eq!(never_signs(&owner, false, &[]), None);
            assert_eq!(never_signs(&owner, false, &[1; 200]), None);
        }
    }

    #[test]
    fn what_cannot_sign_is_told_apart() {
        let multisig = [&Multisig::DISCRIMINATOR[..], &[0; 200]].concat();
        let reason = |owner: &Address, data: &[u8]| never_signs(owner, false, data).unwrap_or_default();
        assert!(reason(&PROGRAM, &multisig).contains("what signs is its vault"));
        assert!(reason(&Address::new_from_array([7; 32]), &multisig).contains("multisig's own account"));
        assert!(reason(&PROGRAM, &[1; 8]).contains("is no vault"), "such as a proposal");
        for token in TOKENS {
            assert!(reason(&token, &[0; 165]).contains("token account"));
        }
        assert!(reason(&program_id(), &[]).contains("Bulkhead"));
        assert!(reason(&bpf_loader_upgradeable::ID, &[]).contains("program's bytes"));
        assert!(never_signs(&SYSTEM, true, &[]).unwrap_or_default().contains("a program"));
    }
}
