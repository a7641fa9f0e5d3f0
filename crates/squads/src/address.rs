//! Addresses that the program derives.

use solana_address::Address;

/// The address of Squads v4 on public clusters.
pub const PROGRAM: Address = Address::from_str_const("SQDS4ep65T869zMMBKyuUq6aD6EgTu8psMjkvj52pCf");

const PREFIX: &[u8] = b"multisig";

/// The account with the settings of all multisigs of a program.
pub fn program_config(program: &Address) -> Address {
    Address::find_program_address(&[PREFIX, b"program_config"], program).0
}

/// A vault of a multisig, by its number: the account that signs, and owns what the multisig owns.
pub fn vault(multisig: &Address, program: &Address, index: u8) -> Address {
    Address::find_program_address(&[PREFIX, multisig.as_ref(), b"vault", &[index]], program).0
}

/// A multisig and its program, from which everything else is derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MultisigKeys {
    /// The program that it belongs to.
    pub program: Address,
    /// Its account. It holds members and rules, and can never sign.
    pub multisig: Address,
}

impl MultisigKeys {
    /// The multisig that this key creates.
    pub fn created_by(create_key: &Address, program: Address) -> Self {
        let seeds = [PREFIX, b"multisig", create_key.as_ref()];
        Self { program, multisig: Address::find_program_address(&seeds, &program).0 }
    }

    /// A vault, by its number.
    pub fn vault(&self, index: u8) -> Address {
        vault(&self.multisig, &self.program, index)
    }

    /// The number of a vault; `None` if the address is none of this multisig's vaults.
    pub fn vault_index(&self, address: &Address) -> Option<u8> {
        (0..=u8::MAX).find(|index| self.vault(*index) == *address)
    }

    /// The account of a transaction, by its index.
    pub fn transaction(&self, index: u64) -> Address {
        let seeds = [PREFIX, self.multisig.as_ref(), b"transaction", &index.to_le_bytes()];
        Address::find_program_address(&seeds, &self.program).0
    }

    /// The account that counts the votes on a transaction.
    pub fn proposal(&self, index: u64) -> Address {
        let seeds = [PREFIX, self.multisig.as_ref(), b"transaction", &index.to_le_bytes(), b"proposal"];
        Address::find_program_address(&seeds, &self.program).0
    }
}
