//! The fund's program as this one sees it: what it reads of a fund and of a cover, at which place,
//! and the addresses that it derives there.
//!
//! The first program is no dependency of this one, which would carry all its code. A test holds
//! every place to the first program's structs.

use {
    crate::error::CoverError,
    anchor_lang::{find_program_address, prelude::*},
};

/// Address of the fund's program.
pub const BULKHEAD: Address = Address::from_str_const("BuLKhEad11111111111111111111111111111111111");

/// Layout version of the fund's accounts that this program reads.
const VERSION: u8 = 2;

/// A field of fixed length.
trait Field: Sized {
    fn read(data: &[u8], at: usize) -> Option<Self>;
}

impl<const N: usize> Field for [u8; N] {
    #[inline(always)]
    fn read(data: &[u8], at: usize) -> Option<Self> {
        data.get(at..)?.first_chunk::<N>().copied()
    }
}

macro_rules! fields {
    ($($type:ty: $from:path,)*) => {
        $(impl Field for $type {
            #[inline(always)]
            fn read(data: &[u8], at: usize) -> Option<Self> {
                Field::read(data, at).map($from)
            }
        })*
    };
}

fields! {
    u8: u8::from_le_bytes,
    u64: u64::from_le_bytes,
    i64: i64::from_le_bytes,
    Address: Address::new_from_array,
}

macro_rules! accounts {
    ($($(#[$doc:meta])* $name:ident: $account:ident $discriminator:tt or $error:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty = $at:literal,)*
    })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name {
                $($(#[$field_doc])* pub $field: $type,)*
            }

            impl $name {
                /// Reads an account of the fund's program.
                ///
                /// # Errors
                #[doc = concat!("`", stringify!($error), "` for another account, `WrongVersion`.")]
                #[inline(never)]
                pub fn load(account: &AccountView) -> Result<Self> {
                    require!(account.owned_by(&BULKHEAD), CoverError::$error);
                    let data = account.try_borrow()?;
                    require!(data.starts_with(&$discriminator), CoverError::$error);
                    require!(data.get(8) == Some(&VERSION), CoverError::WrongVersion);
                    Self::read(&data).ok_or_else(|| CoverError::$error.into())
                }

                fn read(data: &[u8]) -> Option<Self> {
                    Some(Self { $($field: Field::read(data, $at)?,)* })
                }
            }
        )*

        #[cfg(test)]
        #[test]
        fn fields_are_where_the_first_program_has_them() {
            use anchor_lang::Discriminator;
            $($(assert_eq!(
                $at,
                8 + core::mem::offset_of!(bulkhead::state::$account, $field),
                "{}", concat!(stringify!($account), ".", stringify!($field)),
            );)*
            assert_eq!(bulkhead::state::$account::DISCRIMINATOR, $discriminator);)*
            assert_eq!(bulkhead::constants::VERSION, VERSION);
            assert_eq!(bulkhead::ID, BULKHEAD);
        }
    };
}

accounts! {
    /// What claims need of a fund.
    FundView: Fund [62, 128, 183, 208, 91, 31, 212, 209] or WrongFund {
        /// Decimals of the settlement mint.
        quote_decimals: u8 = 13,
        /// The key that can veto.
        guardian: Address = 80,
        /// Settlement mint.
        mint: Address = 112,
        /// The token account that holds the fund's money.
        vault: Address = 144,
        /// The program that owns mint and vault.
        token_program: Address = 176,
        /// The default fund, in base units.
        contributions: u64 = 240,
    }
    /// What claims need of a cover.
    CoverView: Cover [104, 157, 160, 193, 104, 133, 228, 74] or WrongCover {
        /// The program's address that draws.
        drawer: Address = 48,
        /// The token account that draws are paid to.
        destination: Address = 80,
        /// The wallet of what is covered.
        beneficiary: Address = 112,
        /// The most that it pays in all, in base units.
        limit: u64 = 176,
        /// What it has paid, in base units.
        drawn: u64 = 184,
        /// Draws that are not settled, in base units.
        owed: u64 = 192,
        /// What waits to be collected, in base units.
        payable: u64 = 200,
        /// The first loss that is paid in, in base units.
        first_loss: u64 = 208,
        /// When it opens.
        opens_ts: i64 = 272,
        /// When it ends.
        ends_ts: i64 = 280,
        /// When it has lapsed; zero: it has not.
        lapsed_ts: i64 = 288,
        /// Until when a loss keeps it live.
        live_until_ts: i64 = 304,
        /// Its status: see [`ENDED`].
        status: u8 = 11,
    }
}

/// The status of a cover that has ended: it draws no more, and takes no fees.
const ENDED: u8 = 2;

/// How long a cover serves losses after its end or lapse, in seconds.
const SERVE_SECS: i64 = 14 * 24 * 60 * 60;

impl CoverView {
    /// Returns the second from which an incident is not covered any more.
    pub fn over_ts(&self) -> i64 {
        if self.lapsed_ts == 0 {
            self.ends_ts
        } else {
            self.lapsed_ts
        }
    }

    /// Returns `true` once it has ended.
    pub fn has_ended(&self) -> bool {
        self.status == ENDED
    }

    /// Returns `true` while its drawer may hold exits. A cover that has lapsed in the second in
    /// which it opened serves nothing.
    pub fn is_served(&self, now: i64) -> bool {
        let until = self.over_ts().saturating_add(SERVE_SECS).max(self.live_until_ts);
        !self.has_ended() && self.opens_ts < self.over_ts() && self.opens_ts <= now && now < until
    }
}

/// Returns the address of a cover.
pub fn cover_address(fund: &Address, index: u16) -> Address {
    find_program_address(&[b"cover", fund.as_ref(), &index.to_le_bytes()], &BULKHEAD).0
}
