//! What a vault signs: a message in the form that Squads keeps.

use {
    crate::{bytes::Reader, error::Error},
    solana_address::Address,
    solana_instruction::{AccountMeta, Instruction},
    solana_message::Message,
};

/// The bit that tells a versioned message from one without lookup tables.
const VERSIONED: u8 = 0x80;

/// An instruction whose accounts are numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    pub program: u8,
    pub accounts: Vec<u8>,
    pub data: Vec<u8>,
}

/// Instructions that a vault signs together. The accounts that sign come first, of each kind those that
/// are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultMessage {
    pub(crate) signers: u8,
    pub(crate) writable_signers: u8,
    pub(crate) writable_others: u8,
    pub(crate) keys: Vec<Address>,
    pub(crate) instructions: Vec<Compiled>,
}

impl VaultMessage {
    /// Compiles instructions that a vault signs and pays for.
    ///
    /// # Errors
    /// When they name more accounts than a message can.
    pub fn compile(vault: &Address, instructions: &[Instruction]) -> Result<Self, Error> {
        Self::of(&Message::new(instructions, Some(vault)))
    }

    /// Reads a serialized message, as the command line and `migrate` print it for import. Its fee payer is
    /// the vault.
    ///
    /// # Errors
    /// When the bytes are no message, or one with lookup tables.
    pub fn import(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.first().is_some_and(|first| first & VERSIONED != 0) {
            return Err(Error::LookupTables);
        }
        Self::of(&read(bytes)?)
    }

    fn of(message: &Message) -> Result<Self, Error> {
        let header = message.header;
        let signers = header.num_required_signatures;
        let others = message.account_keys.len().saturating_sub(signers.into());
        let count = |what, number: usize| u8::try_from(number).map_err(|_| Error::Many(what, number));
        let less = |many: u8, few: u8| many.checked_sub(few).ok_or(Error::Index(few));
        let compiled = message.instructions.iter().map(|instruction| Compiled {
            program: instruction.program_id_index,
            accounts: instruction.accounts.clone(),
            data: instruction.data.clone(),
        });
        let message = Self {
            signers,
            writable_signers: less(signers, header.num_readonly_signed_accounts)?,
            writable_others: less(count("accounts", others)?, header.num_readonly_unsigned_accounts)?,
            keys: message.account_keys.clone(),
            instructions: compiled.collect(),
        };
        message.check()?;
        Ok(message)
    }

    /// Fails unless every number is that of an account, and every list can be counted.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let (all, signers) = (self.keys.len(), usize::from(self.signers));
        let short = |what, count: usize, most: usize| match count > most {
            true => Err(Error::Many(what, count)),
            false => Ok(()),
        };
        short("accounts", all, u8::MAX.into())?;
        short("signers", signers, all)?;
        short("writable signers", self.writable_signers.into(), signers)?;
        short("writable accounts", self.writable_others.into(), all - signers)?;
        short("instructions", self.instructions.len(), u8::MAX.into())?;
        for instruction in &self.instructions {
            short("accounts of an instruction", instruction.accounts.len(), u8::MAX.into())?;
            short("bytes of an instruction", instruction.data.len(), u16::MAX.into())?;
            let mut named = instruction.accounts.iter().chain([&instruction.program]);
            if let Some(beyond) = named.find(|index| usize::from(**index) >= all) {
                return Err(Error::Index(*beyond));
            }
        }
        Ok(())
    }

    /// Writes it as the argument of a proposal: every length in a byte, that of data in two.
    pub fn bytes(&self) -> Vec<u8> {
        // The lengths were checked when the message was made.
        let mut bytes = vec![self.signers, self.writable_signers, self.writable_others];
        bytes.push(self.keys.len() as u8);
        bytes.extend(self.keys.iter().flat_map(Address::to_bytes));
        bytes.push(self.instructions.len() as u8);
        for Compiled { program, accounts, data } in &self.instructions {
            bytes.extend([*program, accounts.len() as u8]);
            bytes.extend(accounts);
            bytes.extend((data.len() as u16).to_le_bytes());
            bytes.extend(data);
        }
        bytes.push(0); // lookup tables
        bytes
    }

    /// The accounts with which it is executed, in order. The vault cannot sign a transaction: the program
    /// signs for it. Everybody else that the message wants as a signer signs the execution.
    pub fn accounts(&self, vault: &Address) -> Vec<AccountMeta> {
        let metas = self.keys.iter().enumerate().map(|(index, key)| AccountMeta {
            pubkey: *key,
            is_signer: self.signs(index) && key != vault,
            is_writable: self.is_written(index),
        });
        metas.collect()
    }

    /// The account that it was made for: it pays, and signs first.
    pub fn payer(&self) -> Option<&Address> {
        self.keys.first()
    }

    /// The instructions that it holds, in words of the chain.
    pub fn instructions(&self) -> Vec<Instruction> {
        let meta = |index: usize| AccountMeta {
            pubkey: self.keys[index],
            is_signer: self.signs(index),
            is_writable: self.is_written(index),
        };
        let instruction = |compiled: &Compiled| Instruction {
            program_id: self.keys[usize::from(compiled.program)],
            accounts: compiled.accounts.iter().map(|index| meta(usize::from(*index))).collect(),
            data: compiled.data.clone(),
        };
        self.instructions.iter().map(instruction).collect()
    }

    /// Who must sign the execution beside a member: everybody that the message wants as a signer but the
    /// vault.
    pub fn cosigners(&self, vault: &Address) -> Vec<Address> {
        self.keys[..usize::from(self.signers)].iter().filter(|key| *key != vault).copied().collect()
    }

    fn signs(&self, index: usize) -> bool {
        index < usize::from(self.signers)
    }

    fn is_written(&self, index: usize) -> bool {
        let signers = usize::from(self.signers);
        match index.checked_sub(signers) {
            None => index < usize::from(self.writable_signers),
            Some(other) => other < usize::from(self.writable_others),
        }
    }
}

/// Reads a legacy message: a header, and lists whose lengths have seven bits in a byte.
fn read(bytes: &[u8]) -> Result<Message, Error> {
    let short = |error: Error| Error::Message(error.to_string());
    let mut reader = Reader(bytes);
    let message = message(&mut reader).map_err(short)?;
    match reader.0.is_empty() {
        true => Ok(message),
        false => Err(Error::Message(format!("{} bytes are left over", reader.0.len()))),
    }
}

fn message(reader: &mut Reader) -> Result<Message, Error> {
    let [signers, readonly_signed, readonly_unsigned] = reader.array()?;
    let mut keys = Vec::new();
    for _ in 0..count(reader)? {
        keys.push(reader.address()?);
    }
    let blockhash = reader.array::<32>()?;
    let mut instructions = Vec::new();
    for _ in 0..count(reader)? {
        let program = reader.byte()?;
        let accounts = count(reader)?;
        let accounts = reader.bytes(accounts)?.to_vec();
        let data = count(reader)?;
        let data = reader.bytes(data)?.to_vec();
        instructions.push(solana_message::compiled_instruction::CompiledInstruction {
            program_id_index: program,
            accounts,
            data,
        });
    }
    Ok(Message::new_with_compiled_instructions(
        signers,
        readonly_signed,
        readonly_unsigned,
        keys,
        blockhash.into(),
        instructions,
    ))
}

/// Reads a length of at most 16 bits, seven bits in a byte, the lowest first.
fn count(reader: &mut Reader) -> Result<usize, Error> {
    let mut count = 0;
    for place in 0..3 {
        let byte = reader.byte()?;
        count |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(count);
        }
    }
    Err(Error::Case("length", u8::MAX))
}
