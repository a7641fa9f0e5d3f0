//! Reads a multisig of Squads v4 as it is on chain: who can change it, how many must sign, and how long
//! they wait.

use {
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::Address,
};

/// The first bytes of a multisig's account: of SHA-256 of `account:Multisig`, as Anchor has it.
pub const DISCRIMINATOR: [u8; 8] = [224, 116, 121, 186, 68, 161, 79, 236];
/// Bytes of a member: its key, and a byte with a bit for each thing that it may do.
const MEMBER: usize = 33;
/// The bit of a member that may vote.
const VOTES: u8 = 2;
/// Number of vaults of one multisig.
const VAULTS: u8 = u8::MAX;
/// Least number of members that must sign.
const LEAST_THRESHOLD: u16 = 2;

/// A multisig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multisig {
    /// The key that changes members and threshold alone; `None` if only the members can.
    pub config_authority: Option<Address>,
    /// Number of members that must approve.
    pub threshold: u16,
    /// Seconds between approval and execution.
    pub time_lock_secs: u32,
    /// Number of members that may vote.
    pub voters: usize,
}

/// The next bytes of an account.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count).context("its account is too short")?;
        self.0 = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.bytes(N)?.try_into()?)
    }
}

impl Multisig {
    /// Reads a multisig's account.
    ///
    /// # Errors
    /// When it is another account: a proposal or a transaction belongs to the same program.
    pub fn decode(data: &[u8]) -> Result<Self> {
        let mut reader = Reader(data);
        ensure!(reader.array()? == DISCRIMINATOR, "it is no multisig of Squads v4");
        let _create_key = reader.array::<32>()?;
        let config_authority = Address::new_from_array(reader.array()?);
        let threshold = u16::from_le_bytes(reader.array()?);
        let time_lock_secs = u32::from_le_bytes(reader.array()?);
        let _indices = reader.bytes(16)?;
        // Who gets the rent of closed accounts.
        match reader.array::<1>()? {
            [0] => {}
            [1] => _ = reader.bytes(32)?,
            [other] => bail!("its account has the option {other}"),
        }
        let _bump = reader.array::<1>()?;
        let members = u32::from_le_bytes(reader.array()?) as usize;
        let members = reader.bytes(members.checked_mul(MEMBER).context("its account is too short")?)?;
        let voters = members.chunks(MEMBER).filter(|member| member[MEMBER - 1] & VOTES != 0).count();
        let config_authority = Some(config_authority).filter(|key| *key != Address::default());
        Ok(Self { config_authority, threshold, time_lock_secs, voters })
    }

    /// Fails unless neither one stolen nor one lost key is enough to change or to stop what it governs.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self) -> Result<()> {
        let Self { config_authority, threshold, voters, .. } = self;
        if let Some(key) = config_authority {
            bail!("{key} alone can change its members: let its configuration be changed by vote");
        }
        ensure!(
            *threshold >= LEAST_THRESHOLD,
            "{threshold} member is enough to sign: at least {LEAST_THRESHOLD} must"
        );
        ensure!(
            *voters > usize::from(*threshold),
            "all of its {voters} voters must sign, so that one lost key stops it for ever: add a member"
        );
        Ok(())
    }

    /// In words.
    pub fn described(&self) -> String {
        let Self { threshold, voters, time_lock_secs, .. } = self;
        format!("{threshold} of {voters} sign, time lock {time_lock_secs} s")
    }
}

/// A vault of a multisig, by its number.
pub fn vault(multisig: &Address, program: &Address, index: u8) -> Address {
    Address::find_program_address(&[b"multisig", multisig.as_ref(), b"vault", &[index]], program).0
}

/// Whether an address is a vault of a multisig.
pub fn has_vault(multisig: &Address, program: &Address, address: &Address) -> bool {
    (0..=VAULTS).any(|index| vault(multisig, program, index) == *address)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An account as Squads writes it, with room behind its members.
    fn account(config: u8, threshold: u16, time_lock: u32, collector: bool, members: &[u8]) -> Vec<u8> {
        let mut data = [&DISCRIMINATOR[..], &[7; 32], &[config; 32]].concat();
        data.extend(threshold.to_le_bytes());
        data.extend(time_lock.to_le_bytes());
        data.extend([9; 16]);
        data.push(u8::from(collector));
        data.extend(vec![8; if collector { 32 } else { 0 }]);
        data.push(255);
        data.extend((members.len() as u32).to_le_bytes());
        for (index, permissions) in members.iter().enumerate() {
            data.extend([index as u8; 32]);
            data.push(*permissions);
        }
        data.extend([0; 40]);
        data
    }

    fn refusal(data: &[u8]) -> String {
        Multisig::decode(data).unwrap().check().unwrap_err().to_string()
    }

    #[test]
    fn a_multisig_is_read_with_and_without_a_collector_of_rent() {
        for collector in [false, true] {
            let read = Multisig::decode(&account(0, 2, 86_400, collector, &[7, 7, 1, 2])).unwrap();
            let expected =
                Multisig { config_authority: None, threshold: 2, time_lock_secs: 86_400, voters: 3 };
            assert_eq!(read, expected, "a member that only initiates does not vote");
            assert!(read.check().is_ok());
        }
    }

    #[test]
    fn one_key_neither_changes_nor_stops_what_it_governs() {
        assert!(refusal(&account(5, 2, 1, false, &[7, 7, 7])).contains("alone can change its members"));
        assert!(refusal(&account(0, 1, 1, false, &[7, 7, 7])).contains("1 member is enough"));
        assert!(refusal(&account(0, 2, 1, false, &[7, 7, 1])).contains("one lost key stops it"));
    }

    #[test]
    fn what_is_no_multisig_is_told_apart() {
        let whole = account(0, 2, 1, false, &[7, 7, 7]);
        assert!(Multisig::decode(&[26, 94, 189, 187, 116, 136, 53, 33]).is_err(), "a proposal");
        assert!((0..whole.len() - 40).all(|end| Multisig::decode(&whole[..end]).is_err()));
        assert!(Multisig::decode(&[0; 8]).is_err());
    }
}
