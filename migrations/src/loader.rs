//! Moves a program's bytes through the upgradeable loader, with a buffer that may be left
//! half-written.
//!
//! The buffer's address follows from its content, so that an interrupted run finds the part it had
//! written. The missing chunks are read from the chain: a first run, a run after an interruption
//! and a run after lost transactions are the same.

use {
    crate::cluster::Cluster,
    anyhow::{anyhow, bail, ensure, Context, Result},
    bulkhead_client::{Address, Instruction},
    bulkhead_format::thousands,
    solana_keypair::Keypair,
    solana_loader_v3_interface::{
        get_program_data_address, instruction as loader, state::UpgradeableLoaderState as State,
    },
    solana_sdk_ids::bpf_loader_upgradeable,
    solana_signer::Signer,
    solana_system_interface::instruction::create_account_with_seed,
    std::io::{stderr, IsTerminal, Write},
};

/// Bytes in one transaction beside a signature, four keys and a compute budget.
const CHUNK: usize = 900;
/// Compute units of a write, with room to spare.
const WRITE_UNITS: u32 = 10_000;
/// Most rounds of writing missing chunks.
const ROUNDS: usize = 10;
/// Longest seed of an address.
const SEED: usize = 32;
/// Least number of bytes by which a program can be extended.
const LEAST_EXTENSION: usize = 10_240;

/// A deployed program.
pub struct Deployed {
    /// The key that can upgrade it; `None` if no key can.
    pub authority: Option<Address>,
    /// Its bytes, and zeros up to its room.
    pub bytes: Vec<u8>,
}

impl Deployed {
    /// Reads a program, if there is one.
    pub fn read(cluster: &Cluster, program: &Address) -> Result<Option<Self>> {
        let Some(account) = cluster.account(program)? else { return Ok(None) };
        ensure!(
            account.owner == bpf_loader_upgradeable::id(),
            "{program} belongs to {}, not to the upgradeable loader: it cannot be upgraded",
            account.owner
        );
        let address = get_program_data_address(program);
        let data = cluster
            .account(&address)?
            .with_context(|| format!("{program} was closed: its address is lost"))?
            .data;
        let head = State::size_of_programdata_metadata();
        match bincode::deserialize(data.get(..head).context("the program's data is too short")?)? {
            State::ProgramData { upgrade_authority_address: authority, .. } => {
                // Surfpool's own deployments have the zero address, for which no key can sign.
                let authority = authority.filter(|authority| *authority != Address::default());
                Ok(Some(Self { authority, bytes: data[head..].to_vec() }))
            }
            other => bail!("{address} is no program data but {other:?}"),
        }
    }

    /// Whether it is this build.
    pub fn is(&self, program: &[u8]) -> bool {
        let rest = self.bytes.get(program.len()..);
        self.bytes.starts_with(program) && rest.is_some_and(|rest| rest.iter().all(|byte| *byte == 0))
    }

    /// Bytes by which it must be extended for this build; 0 if the build fits.
    pub fn extension(&self, program: &[u8]) -> usize {
        match program.len().saturating_sub(self.bytes.len()) {
            0 => 0,
            more => more.max(LEAST_EXTENSION),
        }
    }
}

/// A build on its way.
pub struct Buffer<'a> {
    cluster: &'a Cluster,
    payer: &'a Keypair,
    program: &'a [u8],
    seed: String,
    pub address: Address,
}

impl<'a> Buffer<'a> {
    /// The payer's buffer for this build.
    pub fn new(cluster: &'a Cluster, payer: &'a Keypair, program: &'a [u8]) -> Result<Self> {
        let mut seed = fingerprint(program);
        seed.truncate(SEED);
        let address = Address::create_with_seed(&payer.pubkey(), &seed, &bpf_loader_upgradeable::id())?;
        Ok(Self { cluster, payer, program, seed, address })
    }

    /// Writes the missing chunks and hands the buffer to `authority`. A complete buffer that is
    /// handed over is left alone.
    pub fn fill(&self, authority: &Address) -> Result<()> {
        let owner = match self.owner()? {
            Some(owner) => owner,
            None => self.create()?,
        };
        let payer = self.payer.pubkey();
        for _ in 0..ROUNDS {
            let missing = self.missing()?;
            if missing.is_empty() {
                return self.hand_over(&owner, authority);
            }
            ensure!(
                owner == payer,
                "buffer {} is not complete and belongs to {owner}, who cannot sign here: close it and run \
                 this again",
                self.address
            );
            self.write(&missing)?;
        }
        bail!(
            "buffer {} is not complete after {ROUNDS} rounds: run this again, it goes on where it is",
            self.address
        )
    }

    fn hand_over(&self, owner: &Address, authority: &Address) -> Result<()> {
        if owner != authority {
            let hand_over = loader::set_buffer_authority(&self.address, owner, authority);
            self.cluster.send(&[hand_over], &[self.payer])?;
        }
        Ok(())
    }

    /// The key that can write to it; `None` if it does not exist.
    fn owner(&self) -> Result<Option<Address>> {
        let Some(account) = self.cluster.account(&self.address)? else { return Ok(None) };
        let length = State::size_of_buffer(self.program.len());
        match account.data.get(..State::size_of_buffer_metadata()).map(bincode::deserialize) {
            Some(Ok(State::Buffer { authority_address: Some(owner) })) if account.data.len() == length => {
                Ok(Some(owner))
            }
            _ => bail!("{} is not the buffer of this build: pay with another key", self.address),
        }
    }

    fn create(&self) -> Result<Address> {
        let (payer, length) = (self.payer.pubkey(), State::size_of_buffer(self.program.len()));
        let loader = bpf_loader_upgradeable::id();
        let rent = self.cluster.rent(length)?;
        let create =
            create_account_with_seed(&payer, &self.address, &payer, &self.seed, rent, length as u64, &loader);
        // The interface's own `create_buffer` wants a key for the buffer.
        let wanted = loader::create_buffer(&payer, &self.address, &payer, rent, self.program.len());
        let initialize = wanted.map_err(|error| anyhow!("{error}"))?.remove(1);
        self.cluster.send(&[create, initialize], &[self.payer])?;
        Ok(payer)
    }

    /// Offsets of the chunks that are not written yet.
    fn missing(&self) -> Result<Vec<usize>> {
        let account = self.cluster.account(&self.address)?.context("the buffer is gone")?;
        let written = account.data.get(State::size_of_buffer_metadata()..).unwrap_or_default();
        let chunks = self.program.chunks(CHUNK).zip(written.chunks(CHUNK)).enumerate();
        Ok(chunks.filter(|(_, (wanted, there))| wanted != there).map(|(index, _)| index * CHUNK).collect())
    }

    fn write(&self, missing: &[usize]) -> Result<()> {
        let (payer, all) = (self.payer.pubkey(), self.program.len().div_ceil(CHUNK));
        let write = |offset: &usize| -> Instruction {
            let end = self.program.len().min(offset + CHUNK);
            loader::write(&self.address, &payer, *offset as u32, self.program[*offset..end].to_vec())
        };
        let instructions: Vec<Instruction> = missing.iter().map(write).collect();
        let before = all - missing.len();
        let (live, mut shown) = (stderr().is_terminal(), usize::MAX);
        self.cluster.send_many(&instructions, WRITE_UNITS, self.payer, |landed| {
            let done = before + landed;
            if done != shown {
                shown = done;
                let line = format!(
                    "    buffer {}: {} of {} chunks",
                    self.address,
                    thousands(done as u64),
                    thousands(all as u64)
                );
                match live {
                    true => eprint!("\r\x1b[2K{line}"),
                    false => eprintln!("{line}"),
                }
                let _ = stderr().flush(); // a terminal that is gone is no reason to stop
            }
        })?;
        if live {
            eprintln!();
        }
        Ok(())
    }
}

/// The first deployment; the authority signs, and so does the program's key.
pub fn deploy(
    cluster: &Cluster,
    payer: &Address,
    program: &Address,
    buffer: &Address,
    authority: &Address,
    max_bytes: usize,
) -> Result<Vec<Instruction>> {
    let rent = cluster.rent(State::size_of_program())?;
    let deploy = loader::deploy_with_max_program_len(payer, program, buffer, authority, rent, max_bytes);
    deploy.map_err(|error| anyhow!("{error}"))
}

/// A short name that tells builds apart.
pub fn fingerprint(program: &[u8]) -> String {
    solana_sha256_hasher::hash(program).to_string()
}

/// Whether a build has this address in it. A program refuses to run at another address than the one that
/// it was built for.
pub fn carries(program: &[u8], address: &Address) -> bool {
    program.windows(32).any(|window| window == address.as_ref())
}

/// Sizes of the accounts that hold a program with this much room.
pub fn sizes(max_bytes: usize) -> [usize; 2] {
    [State::size_of_program(), State::size_of_programdata(max_bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_told_from_another_whatever_room_it_has() {
        let deployed = |bytes: &[u8]| Deployed { authority: None, bytes: bytes.to_vec() };
        assert!(deployed(&[1, 2, 0, 0]).is(&[1, 2]) && deployed(&[1, 2]).is(&[1, 2]));
        assert!(
            !deployed(&[1, 2, 3]).is(&[1, 2])
                && !deployed(&[1, 3]).is(&[1, 2])
                && !deployed(&[1]).is(&[1, 2])
        );
        assert_eq!(deployed(&[0; 10]).extension(&[1; 10]), 0);
        assert_eq!(deployed(&[0; 10]).extension(&[1; 11]), LEAST_EXTENSION);
        assert_eq!(deployed(&[0; 10]).extension(&[1; 20_000]), 19_990);
    }
}
