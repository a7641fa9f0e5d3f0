//! Accounts of the program, as they lie on chain.

use {
    crate::{
        bytes::{put_count, put_option, Reader},
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
    /// Index up to which open proposals cannot be voted on any more, because members or rules have changed
    /// since. What was approved before is executed still, unless it is taken back.
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
        let _rent_collector = reader.option()?;
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

    /// The members that may vote here and in another multisig.
    pub fn voters_in<'m>(&'m self, other: &'m Self) -> impl Iterator<Item = Address> + 'm {
        let votes = |multisig: &Self, key| {
            multisig.members.iter().any(|member| member.key == key && member.may(VOTES))
        };
        let keys = self.members.iter().map(|member| member.key);
        keys.filter(move |key| votes(self, *key) && votes(other, *key))
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
    /// from lookup tables, or has signers that the program makes up.
    pub fn decode(data: &[u8]) -> Result<Self, Error> {
        let mut reader = of_kind(data, Self::DISCRIMINATOR, "transaction of a vault")?;
        let (multisig, creator) = (reader.address()?, reader.address()?);
        let index = u64::from_le_bytes(reader.array()?);
        let [_bump, vault_index, _vault_bump] = reader.array()?;
        // Signers that the program makes up would look like people who must agree.
        if !reader.list(Reader::byte)?.is_empty() {
            return Err(Error::EphemeralSigners);
        }
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

/// What the members of a multisig decide about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transaction {
    /// A vault signs.
    Vault(VaultTransaction),
    /// The multisig itself changes.
    Config(ConfigTransaction),
}

impl Transaction {
    /// Reads a transaction's account.
    ///
    /// # Errors
    /// When it is of another kind, such as a batch, or cannot be read whole. A member cannot see then what
    /// it decides about.
    pub fn decode(data: &[u8]) -> Result<Self, Error> {
        match VaultTransaction::decode(data) {
            Err(Error::Kind(_)) => {}
            decoded => return decoded.map(Self::Vault),
        }
        match ConfigTransaction::decode(data) {
            Err(Error::Kind(_)) => Err(Error::Kind("transaction of a vault or change of a multisig")),
            decoded => decoded.map(Self::Config),
        }
    }
}

/// A change of the multisig itself, on which its members vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigTransaction {
    pub multisig: Address,
    /// The member that proposed it.
    pub creator: Address,
    pub index: u64,
    /// What changes, in order.
    pub actions: Vec<ConfigAction>,
}

impl ConfigTransaction {
    /// The first bytes of its account.
    pub const DISCRIMINATOR: [u8; 8] = [94, 8, 4, 35, 113, 139, 139, 112];

    /// Reads a transaction's account.
    ///
    /// # Errors
    /// When it is another account, or has an action that is not known here.
    pub fn decode(data: &[u8]) -> Result<Self, Error> {
        let mut reader = of_kind(data, Self::DISCRIMINATOR, "change of a multisig")?;
        let (multisig, creator) = (reader.address()?, reader.address()?);
        let index = u64::from_le_bytes(reader.array()?);
        let _bump = reader.byte()?;
        let actions = reader.list(ConfigAction::read)?;
        Ok(Self { multisig, creator, index, actions })
    }
}

/// One change of a multisig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigAction {
    /// A new member.
    AddMember(Member),
    /// A member that leaves.
    RemoveMember(Address),
    /// Another number of members that must approve.
    ChangeThreshold(u16),
    /// Another number of seconds between approval and execution.
    SetTimeLock(u32),
    /// What some members may spend of a vault without a vote.
    AddSpendingLimit(SpendingLimit),
    /// The account of a spending limit that ends.
    RemoveSpendingLimit(Address),
    /// Who gets the rent of closed accounts; `None` if nobody does.
    SetRentCollector(Option<Address>),
}

/// What some members may spend of a vault without a vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpendingLimit {
    /// The key that its address is derived from.
    pub create_key: Address,
    /// Number of the vault.
    pub vault_index: u8,
    /// The mint of the tokens; the default address for lamports.
    pub mint: Address,
    /// Base units in each period.
    pub amount: u64,
    /// Once, or each day, week or month: 0 to 3.
    pub period: u8,
    /// Who may spend.
    pub members: Vec<Address>,
    /// Who may be paid; everybody, if the list is empty.
    pub destinations: Vec<Address>,
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
            Self::AddSpendingLimit(limit) => {
                data.push(4);
                limit.put(data);
            }
            Self::RemoveSpendingLimit(account) => {
                data.push(5);
                data.extend(account.to_bytes());
            }
            Self::SetRentCollector(collector) => {
                data.push(6);
                put_option(data, collector.as_ref());
            }
        }
    }

    fn read(reader: &mut Reader) -> Result<Self, Error> {
        Ok(match reader.byte()? {
            0 => Self::AddMember(Member { key: reader.address()?, permissions: reader.byte()? }),
            1 => Self::RemoveMember(reader.address()?),
            2 => Self::ChangeThreshold(u16::from_le_bytes(reader.array()?)),
            3 => Self::SetTimeLock(u32::from_le_bytes(reader.array()?)),
            4 => Self::AddSpendingLimit(SpendingLimit::read(reader)?),
            5 => Self::RemoveSpendingLimit(reader.address()?),
            6 => Self::SetRentCollector(reader.option()?),
            other => return Err(Error::Case("action", other)),
        })
    }
}

impl SpendingLimit {
    fn put(&self, data: &mut Vec<u8>) {
        data.extend(self.create_key.to_bytes());
        data.push(self.vault_index);
        data.extend(self.mint.to_bytes());
        data.extend(self.amount.to_le_bytes());
        data.push(self.period);
        for keys in [&self.members, &self.destinations] {
            put_count(data, keys.len());
            data.extend(keys.iter().flat_map(Address::to_bytes));
        }
    }

    fn read(reader: &mut Reader) -> Result<Self, Error> {
        Ok(Self {
            create_key: reader.address()?,
            vault_index: reader.byte()?,
            mint: reader.address()?,
            amount: u64::from_le_bytes(reader.array()?),
            period: reader.byte()?,
            members: reader.list(Reader::address)?,
            destinations: reader.list(Reader::address)?,
        })
    }
}

fn of_kind<'a>(data: &'a [u8], kind: [u8; 8], name: &'static str) -> Result<Reader<'a>, Error> {
    let mut reader = Reader(data);
    match reader.array::<8>() {
        Ok(found) if found == kind => Ok(reader),
        _ => Err(Error::Kind(name)),
    }
}
