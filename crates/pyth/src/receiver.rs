//! The deployments of Pyth's receiver, their addresses, and the accounts that configure them.

use {
    crate::{
        bytes::Bytes,
        update::UpdateError::{self, TooShort},
        FeedId,
    },
    solana_address::{address, Address},
};

const CONFIG: [u8; 8] = [155, 12, 170, 224, 30, 250, 204, 130];
const GUARDIAN_SET: [u8; 8] = [120, 77, 74, 98, 34, 83, 96, 125];

/// Pyth's routers, which sign prices in place of Wormhole's guardians.
const ROUTERS: usize = 5;

/// A receiver with the programs that go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// The first one. Its bytecode was replaced in August 2026, and its address stayed.
    Core,
    /// The second one, with the same interface.
    Compatible,
}

impl Receiver {
    /// Every receiver that is known.
    pub const ALL: [Self; 2] = [Self::Core, Self::Compatible];

    /// The receiver, which owns price accounts.
    pub const fn program(self) -> Address {
        match self {
            Self::Core => address!("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ"),
            Self::Compatible => address!("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp"),
        }
    }

    /// The program whose addresses are those of the sponsored accounts.
    pub const fn push_oracle(self) -> Address {
        match self {
            Self::Core => address!("pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT"),
            Self::Compatible => address!("pyt2F414BA6dPttK6RddPZUdHfapoBN24GL5wbrPCou"),
        }
    }

    /// The Wormhole program that the receiver believes, unless its configuration names another.
    pub const fn wormhole(self) -> Address {
        match self {
            Self::Core => address!("HDwcJBJXjL9FpJ7UBsYBtaDjsBUhuLCUYoz3zr8SWWaQ"),
            Self::Compatible => address!("HDw2E7P8X1SkCyjvoGsfBGAVUutKcj874bXjHrpVYrVL"),
        }
    }

    /// The receiver with this program.
    pub fn of(program: &Address) -> Option<Self> {
        Self::ALL.into_iter().find(|receiver| receiver.program() == *program)
    }

    /// The signatures that make a verification full: more than half of Pyth's five routers, which
    /// sign since August 2026. Wormhole's own set of nineteen, which signs for a deployment that has
    /// not been replaced, wants more than two thirds.
    pub const fn quorum(self, guardians: usize) -> usize {
        match self {
            Self::Core if guardians > ROUTERS => 2 * guardians / 3 + 1,
            _ => guardians / 2 + 1,
        }
    }

    /// The account with the receiver's configuration.
    pub fn config(self) -> Address {
        Address::find_program_address(&[b"config"], &self.program()).0
    }

    /// One of the 256 accounts that collect the receiver's fees. There are many so that posters do
    /// not wait for each other.
    pub fn treasury(self, number: u8) -> Address {
        Address::find_program_address(&[b"treasury", &[number]], &self.program()).0
    }

    /// The sponsored account of a feed. Each shard is a set of accounts of its own.
    pub fn sponsored(self, shard: u16, feed: &FeedId) -> Address {
        Address::find_program_address(&[&shard.to_le_bytes(), feed], &self.push_oracle()).0
    }
}

/// The account of a guardian set of this Wormhole program.
pub fn guardian_set(wormhole: &Address, number: u32) -> Address {
    Address::find_program_address(&[b"GuardianSet", &number.to_be_bytes()], wormhole).0
}

/// What a receiver's configuration says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The Wormhole program whose guardian sets are believed.
    pub wormhole: Address,
    /// The chains and addresses there that updates may come from.
    pub sources: Vec<(u16, [u8; 32])>,
    /// Lamports for each update.
    pub fee: u64,
    /// The least number of signatures of any update, also of one that is verified in part.
    pub minimum_signatures: u8,
}

impl Config {
    /// Reads a receiver's configuration account.
    ///
    /// # Errors
    /// `TooShort` if it is not one.
    pub fn parse(data: &[u8]) -> Result<Self, UpdateError> {
        let mut bytes = Bytes(data);
        if bytes.array()? != CONFIG {
            return Err(TooShort);
        }
        bytes.take(32)?; // authority
        if bytes.byte()? == 1 {
            bytes.take(32)?; // the next authority
        }
        let wormhole = Address::new_from_array(bytes.array()?);
        let count = u32::from_le_bytes(bytes.array()?);
        let mut sources = Vec::new();
        for _ in 0..count {
            sources.push((u16::from_le_bytes(bytes.array()?), bytes.array()?));
        }
        let fee = u64::from_le_bytes(bytes.array()?);
        Ok(Self { wormhole, sources, fee, minimum_signatures: bytes.byte()? })
    }
}

/// Reads the guardians that a guardian set's account names, by their Ethereum addresses. Old
/// accounts have no discriminator.
///
/// # Errors
/// `TooShort` if it is not one.
pub fn guardians(data: &[u8]) -> Result<Vec<[u8; 20]>, UpdateError> {
    let mut bytes = Bytes(data.strip_prefix(&GUARDIAN_SET).unwrap_or(data));
    bytes.take(4)?; // its number
    let count = usize::try_from(u32::from_le_bytes(bytes.array()?)).map_err(|_| TooShort)?;
    Ok(bytes.take(count.checked_mul(20).ok_or(TooShort)?)?.as_chunks().0.to_vec())
}
