//! Mints and token accounts, written as bytes: faster than minting, and any state can be had.

use {solana_account::Account, solana_address::Address, spl_token_2022_interface::extension::ExtensionType};

/// SPL Token.
pub const TOKEN: Address = Address::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// Token-2022.
pub const TOKEN_2022: Address = Address::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");

const RENT: u64 = 10_000_000;
const MINT_LEN: usize = 82;
const ACCOUNT_LEN: usize = 165;
const AMOUNT: core::ops::Range<usize> = 64..72;
/// In Token-2022, after the longest base state: which of the two an account is.
const TYPE_OF_MINT: u8 = 1;

/// The settlement mint of a world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MintKind {
    /// SPL Token.
    #[default]
    Spl,
    /// Token-2022 with metadata, which a fund accepts.
    Token2022,
}

impl MintKind {
    /// The program that owns such a mint.
    pub fn program(self) -> Address {
        match self {
            Self::Spl => TOKEN,
            Self::Token2022 => TOKEN_2022,
        }
    }

    /// The mint.
    pub fn account(self) -> Account {
        match self {
            Self::Spl => mint(TOKEN, &[]),
            Self::Token2022 => mint(TOKEN_2022, &[(ExtensionType::MetadataPointer, 64)]),
        }
    }
}

/// A mint of 6 decimals with these extensions, their values zero; the numbers are their lengths.
pub fn mint(program: Address, extensions: &[(ExtensionType, u16)]) -> Account {
    let mut data = vec![0; MINT_LEN];
    data[36..44].copy_from_slice(&(u64::MAX / 2).to_le_bytes()); // supply
    data[44] = 6;
    data[45] = 1; // initialised
    if !extensions.is_empty() {
        data.resize(ACCOUNT_LEN, 0);
        data.push(TYPE_OF_MINT);
        for (kind, len) in extensions {
            data.extend((*kind as u16).to_le_bytes());
            data.extend(len.to_le_bytes());
            data.resize(data.len() + usize::from(*len), 0);
        }
    }
    Account { lamports: RENT, data, owner: program, executable: false, rent_epoch: u64::MAX }
}

/// A token account.
pub fn wallet(program: Address, mint: &Address, owner: &Address, amount: u64) -> Account {
    let mut data = vec![0; ACCOUNT_LEN];
    data[..32].copy_from_slice(mint.as_ref());
    data[32..64].copy_from_slice(owner.as_ref());
    data[AMOUNT].copy_from_slice(&amount.to_le_bytes());
    data[108] = 1; // initialised
    Account { lamports: RENT, data, owner: program, executable: false, rent_epoch: u64::MAX }
}

/// What a token account holds.
pub fn amount(account: &Account) -> u64 {
    u64::from_le_bytes(account.data[AMOUNT].try_into().expect("eight bytes"))
}

/// Changes what a token account holds.
pub fn set_amount(account: &mut Account, amount: u64) {
    account.data[AMOUNT].copy_from_slice(&amount.to_le_bytes());
}
