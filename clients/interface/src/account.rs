//! Reading accounts, as strictly as the program does.

use {
    crate::{program_id, types, Address, Wire},
    std::fmt,
};

/// The layout version of accounts that this crate reads.
pub const LAYOUT_VERSION: u8 = 2;
/// Offset of the fund's address in every account that belongs to one: a filter for
/// `getProgramAccounts`.
pub const FUND_OFFSET: usize = 16;

/// A kind of account.
pub trait Account: Wire {
    /// The bytes that every account of this kind begins with.
    const DISCRIMINATOR: [u8; 8];
    /// Its name.
    const NAME: &'static str;
}

/// In which way an account is not what it was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountError {
    /// It belongs to another program.
    Owner(Address),
    /// It is another kind of account, or too short.
    Kind(&'static str),
    /// It has another layout version.
    Version(u8),
}

impl fmt::Display for AccountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner(owner) => write!(f, "the account belongs to {owner}, not to Bulkhead"),
            Self::Kind(name) => write!(f, "the account is not a {name}"),
            Self::Version(version) => {
                write!(f, "the account has layout version {version}, this crate reads {LAYOUT_VERSION}")
            }
        }
    }
}

impl std::error::Error for AccountError {}

/// Reads an account. Discriminator and layout version are checked; its owner is for
/// [`decode_owned`].
///
/// # Errors
/// [`AccountError`].
pub fn decode<T: Account>(data: &[u8]) -> Result<T, AccountError> {
    let mut body = data.strip_prefix(&T::DISCRIMINATOR).ok_or(AccountError::Kind(T::NAME))?;
    match body.first() {
        Some(&LAYOUT_VERSION) => T::read(&mut body).ok_or(AccountError::Kind(T::NAME)),
        Some(&version) => Err(AccountError::Version(version)),
        None => Err(AccountError::Kind(T::NAME)),
    }
}

/// Reads an account, and checks that it belongs to the program: anybody can write the same bytes into
/// an account of a program of their own.
///
/// # Errors
/// [`AccountError`].
pub fn decode_owned<T: Account>(owner: &Address, data: &[u8]) -> Result<T, AccountError> {
    if *owner != program_id() {
        return Err(AccountError::Owner(*owner));
    }
    decode(data)
}

/// The state of a fund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FundStatus {
    /// All instructions are available.
    Active,
    /// A loss exceeded the layers. Nobody can add risk until it is funded.
    Recovery,
    /// Nothing is left to pay a loss with. Members share the remaining money pro rata.
    WindDown,
}

impl types::Fund {
    /// The state of the fund; none for a number that this crate does not know.
    pub fn state(&self) -> Option<FundStatus> {
        [FundStatus::Active, FundStatus::Recovery, FundStatus::WindDown]
            .get(usize::from(self.status))
            .copied()
    }
}

impl types::PositionSlot {
    /// Whether it holds nothing: a member has eight slots, and most are free.
    pub fn is_free(&self) -> bool {
        self.lots == 0 && self.raw == 0
    }
}

impl types::Member {
    /// The markets in which the member holds a position, in order. Instructions that judge a member
    /// want all of them.
    pub fn held_markets(&self) -> Vec<u16> {
        let held = self.positions.iter().filter(|position| !position.is_free());
        let mut markets: Vec<u16> = held.map(|position| position.market).collect();
        markets.sort_unstable();
        markets
    }
}
