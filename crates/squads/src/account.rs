//! Accounts of the program, as they lie on chain.

use {
    crate::{
        bytes::Reader,
        error::Error,
        message::{Compiled, VaultMessage},
    },
    solana_address::Address,
};

/// The permission to propose.
pub const INITIATES: u8 = 1;
/// The permission to vote.
pub const VOTES: u8 = 2;
/// The permission to execute.
pub const EXECUTES: u8 = 4;

/// A member of a multisig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub key: Address,
    /// What it may do: [`INITIATES`], [`VOTES`] and [`EXECUTES`], added.
    pub permissions: u8,
}

impl Member {
    /// A member that may do everything.
    pub fn full(key: Address) -> Self {
        Self { key, permissions: INITIATES | VOTES | EXECUTES }
    }

    /// Whether it may do this.
    pub fn may(&self, permission: u8) -> bool {
        self.permissions & permission != 0
    }
}

/// A multisig: who decides for its vaults, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multisig {
    /// The key that changes members and threshold alone; `None` if only the members can.
    pub config_authority: Option<Address>,
    /// Number of members that must approve.
    pub threshold: u16,
    /// Seconds between approval and execution.
    pub time_lock_secs: u32,
    /// Index of the last transaction; 0 before the first one.
    pub transaction_index: u64,
    /// Index up to which open proposals are void, because members or rules have changed since.
    pub stale_index: u64,
    /// Its members, by key.
    pub members: Vec<Member>,
}

impl Multisig {
    /// The first bytes of its account: of SHA-256 of `account:Multisig`, as Anchor has it.
    pub const DISCRIMINATOR: [u8; 8] = [224, 116, 121, 186, 68, 161, 79, 236];

    /// Reads a multisig's account.
    ///
    /// # Errors
    /// When it is another account: a proposal or a transaction belongs to the same program.
    pub fn decode(data: &[u8]) -> Result<Self, Error> {
        let mut reader = of_kind(data, Self::DISCRIMINATOR, "multisig")?;
        let _create_key = reader.address()?;
        let config_authority = reader.address()?;
        let threshold = u16::from_le_bytes(reader.array()?);
        let time_lock_secs = u32::from_le_bytes(reader.array()?);
        let transaction_index = u64::from_le_bytes(reader.array()?);
        let stale_index = u64::from_le_bytes(reader.array()?);
        // Who gets the rent of closed accounts.
        match reader.byte()? {
            0 => {}
            1 => _ = reader.address()?,
            other => return Err(Error::Case("option", other)),
        }
        let _bump = reader.byte()?;
        let member = |reader: &mut Reader| Ok(Member { key: reader.address()?, permissions: reader.byte()? });
        let members = reader.list(member)?;
        let config_authority = Some(config_authority).filter(|key| *key != Address::default());
        Ok(Self { config_authority, threshold, time_lock_secs, transaction_index, stale_index, members })
    }

    /// Number of members that may vote.
    pub fn voters(&self) -> usize {
        self.members.iter().filter(|member| member.may(VOTES)).count()
    }
}

/// The settings of all multisigs of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgramConfig {
    /// The key that changes these settings.
    pub authority: Address,
    /// Lamports that a new multisig costs.
    pub creation_fee: u64,
    /// The account that is paid.
    pub treasury: Address,
}

impl ProgramConfig {
    /// The first bytes of its account.
    pub const DISCRIMINATOR: [u8; 8] = [196, 210, 90, 231, 144, 149, 140, 63];
    /// Bytes at the end that have no meaning yet.
    const RESERVED: usize = 64;

    /// Reads the account at [`crate::program_config`].
    ///
    /// # Errors
    /// When it is another account.
    pub fn decode(data: &[u8]) -> Result<Self, Error> {
        let mut reader = of_kind(data, Self::DISCRIMINATOR, "settings")?;
        let authority = reader.address()?;
        let creation_fee = u64::from_le_bytes(reader.array()?);
        Ok(Self { authority, creation_fee, treasury: reader.address()? })
    }

    /// Writes the account, for a local validator: on public clusters a key of Squads' own made it once,
    /// and nobody else can.
    pub fn encode(&self) -> Vec<u8> {
        let mut data = Self::DISCRIMINATOR.to_vec();
        data.extend(self.authority.to_bytes());
        data.extend(self.creation_fee.to_le_bytes());
        data.extend(self.treasury.to_bytes());
        data.extend([0; Self::RESERVED]);
        data
    }
}

/// How far a proposal is. The numbers are unix times of the chain, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It cannot be voted on yet.
    Draft(i64),
    /// Members vote.
    Active(i64),
    /// So many have rejected it that the threshold is out of reach.
    Rejected(i64),
    /// The threshold was reached at this time. The time lock runs from here.
    Approved(i64),
    /// A state that old versions of the program used.
    Executing,
    /// It was executed.
    Executed(i64),
    /// Members have taken it back after its approval.
    Cancelled(i64),
}

/// The votes on a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub multisig: Address,
    /// Index of the transaction.
    pub index: u64,
    pub status: Status,
    /// Members that approve, by key.
    pub approved: Vec<Address>,
    /// Members that reject, by key.
    pub rejected: Vec<Address>,
    /// Members that take back what was approved, by key.
    pub cancelled: Vec<Address>,
}

impl Proposal {
    /// The first bytes of its account.
    pub const DISCRIMINATOR: [u8; 8] = [26, 94, 189, 187, 116, 136, 53, 33];

    /// Reads a proposal's account.
    ///
    /// # Errors
    /// When it is another account, or its status is unknown.
    pub fn decode(data: &[u8]) -> Result<Self, Error> {
        let mut reader = of_kind(data, Self::DISCRIMINATOR, "proposal")?;
        let multisig = reader.address()?;
        let index = u64::from_le_bytes(reader.array()?);
        let status = reader.byte()?;
        const EXECUTING: u8 = 4;
        let time = if status == EXECUTING { 0 } else { i64::from_le_bytes(reader.array()?) };
        let status = match status {
            0 => Status::Draft(time),
            1 => Status::Active(time),
            2 => Status::Rejected(time),
            3 => Status::Approved(time),
            EXECUTING => Status::Executing,
            5 => Status::Executed(time),
            6 => Status::Cancelled(time),
            other => return Err(Error::Case("status", other)),
        };
        let _bump = reader.byte()?;
        let mut voters = || reader.list(Reader::address);
        let (approved, rejected, cancelled) = (voters()?, voters()?, voters()?);
        Ok(Self { multisig, index, status, approved, rejected, cancelled })
    }
}

/// What a vault will sign once its proposal is approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultTransaction {
    pub multisig: Address,
    /// The member that proposed it.
    pub creator: Address,
    pub index: u64,
    /// Number of the vault that signs.
    pub vault_index: u8,
    pub message: VaultMessage,
}

impl VaultTransaction {
    /// The first bytes of its account.
    pub const DISCRIMINATOR: [u8; 8] = [168, 250, 162, 100, 81, 14, 162, 207];

    /// Reads a transaction's account.
    ///
    /// # Errors
    /// When it is another account, such as a change of the multisig itself; or when it takes accounts
    /// from lookup tables.
    pub fn decode(data: &[u8]) -> Result<Self, Error> {
        let mut reader = of_kind(data, Self::DISCRIMINATOR, "transaction of a vault")?;
        let (multisig, creator) = (reader.address()?, reader.address()?);
        let index = u64::from_le_bytes(reader.array()?);
        let [_bump, vault_index, _vault_bump] = reader.array()?;
        let _ephemeral_bumps = reader.list(Reader::byte)?;
        let [signers, writable_signers, writable_others] = reader.array()?;
        let keys = reader.list(Reader::address)?;
        let instructions = reader.list(|reader| {
            let program = reader.byte()?;
            let (accounts, data) = (reader.list(Reader::byte)?, reader.list(Reader::byte)?);
            Ok(Compiled { program, accounts, data })
        })?;
        if u32::from_le_bytes(reader.array()?) != 0 {
            return Err(Error::LookupTables);
        }
        let message = VaultMessage { signers, writable_signers, writable_others, keys, instructions };
        message.check()?;
        Ok(Self { multisig, creator, index, vault_index, message })
    }
}

/// A change of the multisig itself, on which its members vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigAction {
    /// A new member.
    AddMember(Member),
    /// A member that leaves.
    RemoveMember(Address),
    /// Another number of members that must approve.
    ChangeThreshold(u16),
    /// Another number of seconds between approval and execution.
    SetTimeLock(u32),
}

impl ConfigAction {
    /// Appends the action in the program's form.
    pub(crate) fn put(&self, data: &mut Vec<u8>) {
        match self {
            Self::AddMember(Member { key, permissions }) => {
                data.push(0);
                data.extend(key.to_bytes());
                data.push(*permissions);
            }
            Self::RemoveMember(key) => {
                data.push(1);
                data.extend(key.to_bytes());
            }
            Self::ChangeThreshold(threshold) => {
                data.push(2);
                data.extend(threshold.to_le_bytes());
            }
            Self::SetTimeLock(secs) => {
                data.push(3);
                data.extend(secs.to_le_bytes());
            }
        }
    }
}

fn of_kind<'a>(data: &'a [u8], kind: [u8; 8], name: &'static str) -> Result<Reader<'a>, Error> {
    let mut reader = Reader(data);
    match reader.array::<8>() {
        Ok(found) if found == kind => Ok(reader),
        _ => Err(Error::Kind(name)),
    }
}
