//! The addresses that the two programs are built for and spoken to at: two variables of the environment, or those of local
//! networks.

use std::{env, process::Command};

use anyhow::{bail, ensure, Result};

/// The variables, with the address of the fund's program and that of the program of claims. The programs read them when they
/// are compiled, and everything that speaks to them reads them when it starts.
pub const VARIABLES: [&str; 2] = ["BULKHEAD_PROGRAM_ID", "BULKHEAD_COVER_PROGRAM_ID"];

/// The addresses of a deployment, in the order of the variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses(pub [String; 2]);

impl Addresses {
    /// Those that the environment names; none for local networks.
    pub fn chosen() -> Result<Option<Self>> {
        let [fund, claims] = VARIABLES.map(|variable| env::var(variable).unwrap_or_default());
        Self::parse(&fund, &claims)
    }

    fn parse(fund: &str, claims: &str) -> Result<Option<Self>> {
        let [fund, claims] = [fund.trim(), claims.trim()];
        if fund.is_empty() && claims.is_empty() {
            return Ok(None);
        }
        for (variable, text) in VARIABLES.into_iter().zip([fund, claims]) {
            ensure!(
                !text.is_empty(),
                "{variable} is not set, but the other program's variable is: set both, or neither for a local network"
            );
            if bytes(text).is_none() {
                bail!("{variable}: `{text}` is not an address");
            }
        }
        ensure!(fund != claims, "{} and {} are the same address", VARIABLES[0], VARIABLES[1]);
        Ok(Some(Self([fund.to_owned(), claims.to_owned()])))
    }

    /// Lets a command work for these addresses.
    pub fn give_to(&self, command: &mut Command) {
        command.envs(VARIABLES.iter().zip(&self.0));
    }
}

/// Lets a command work for local networks, whatever the environment names.
pub fn take_from(command: &mut Command) {
    VARIABLES.iter().for_each(|variable| {
        command.env_remove(variable);
    });
}

/// The 32 bytes of an address; none if the text is no base58 of so many.
pub fn bytes(text: &str) -> Option<[u8; 32]> {
    const DIGITS: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    if text.len() > 44 {
        return None;
    }
    let mut bytes = [0u8; 32];
    for letter in text.bytes() {
        let mut carry = DIGITS.iter().position(|digit| *digit == letter)?;
        for byte in bytes.iter_mut().rev() {
            carry += usize::from(*byte) * 58;
            *byte = (carry % 256) as u8;
            carry /= 256;
        }
        if carry > 0 {
            return None;
        }
    }
    // A leading 1 is a byte of zero: as many of one as of the other.
    let (ones, zeros) =
        (text.bytes().take_while(|b| *b == b'1').count(), bytes.iter().take_while(|b| **b == 0).count());
    (ones == zeros).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_base58_of_32_bytes() {
        assert_eq!(bytes("11111111111111111111111111111111"), Some([0; 32]));
        let loader = bytes("BPFLoaderUpgradeab1e11111111111111111111111").unwrap();
        assert_eq!(loader[..4], [2, 168, 246, 145]);
        let wrong = ["", "1", "nonsense", "0PFLoaderUpgradeab1e11111111111111111111111", &"z".repeat(44)];
        assert!(wrong.iter().all(|text| bytes(text).is_none()));
    }

    #[test]
    fn both_addresses_are_given_or_neither() {
        let (one, other) =
            ("BPFLoaderUpgradeab1e11111111111111111111111", "SysvarC1ock11111111111111111111111111111111");
        assert_eq!(Addresses::parse("", " ").unwrap(), None);
        assert_eq!(Addresses::parse(one, other).unwrap(), Some(Addresses([one.into(), other.into()])));
        let refused = |fund, claims| Addresses::parse(fund, claims).unwrap_err().to_string();
        assert!(refused(one, "").contains("BULKHEAD_COVER_PROGRAM_ID is not set"));
        assert!(refused("", other).contains("BULKHEAD_PROGRAM_ID is not set"));
        assert!(refused(one, "nonsense").contains("`nonsense` is not an address"));
        assert!(refused(one, one).contains("the same address"));
    }
}
