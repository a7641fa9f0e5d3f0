//! What can be wrong with bytes of Squads.

use thiserror::Error;

/// Bytes that are not what they should be.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Error {
    /// The bytes end before what they announce.
    #[error("its account is too short")]
    Short,
    /// The account begins with another discriminator.
    #[error("it is no {0} of Squads v4")]
    Kind(&'static str),
    /// A byte that says which case follows has an unknown value.
    #[error("its account has the {0} {1}")]
    Case(&'static str, u8),
    /// The message cannot be read.
    #[error("it is no serialized message of a transaction: {0}")]
    Message(String),
    /// The message takes accounts from lookup tables.
    #[error("the message takes accounts from lookup tables, which are not supported")]
    LookupTables,
    /// The program signs for accounts that it makes up.
    #[error("the program would sign for accounts that it makes up, which is not supported")]
    EphemeralSigners,
    /// A list is longer than Squads can count.
    #[error("{0}: {1} are more than Squads counts")]
    Many(&'static str, usize),
    /// An instruction names an account that the message does not have.
    #[error("an instruction names account {0}, which the message does not have")]
    Index(u8),
}
