//! Durable nonces: a transaction with one stays good until the nonce has moved on, so that signatures can
//! be gathered for longer than a blockhash lasts.

use {
    crate::{
        amount::decimal,
        failure::{Failure, Kind},
        order::Order,
        scales::Scales,
        send,
        session::Session,
        settings::parse_address,
        text::Text,
        views::Page,
    },
    anyhow::{ensure, Context, Result},
    bulkhead_client::{Address, Instruction},
    clap::Subcommand,
    serde_json::json,
    solana_account::Account,
    solana_hash::Hash,
    solana_keypair::Keypair,
    solana_signer::Signer,
    solana_system_interface::instruction as system,
    solana_transaction::Transaction,
    std::rc::Rc,
};

/// Bytes of a nonce account.
const BYTES: usize = 80;
/// Version 1 and state 1, an initialized nonce, as `solana-nonce` writes them.
const INITIALIZED: [u8; 8] = [1, 0, 0, 0, 1, 0, 0, 0];
/// The tag of `AdvanceNonceAccount` among the system program's instructions.
const ADVANCE: [u8; 4] = [4, 0, 0, 0];
/// Decimals of SOL.
const SOL_DECIMALS: u8 = 9;

/// An act on a nonce account.
#[derive(Subcommand)]
pub enum Act {
    /// Makes a nonce account; --keypair pays its rent and is its authority
    Create,
    /// Shows a nonce account
    Show {
        /// The nonce account
        #[arg(value_parser = parse_address)]
        account: Address,
    },
    /// Closes a nonce account: its rent goes to --keypair, which must be its authority
    Close {
        /// The nonce account
        #[arg(value_parser = parse_address)]
        account: Address,
    },
}

/// A nonce account as it is on chain.
pub struct Nonce {
    pub address: Address,
    /// The key that must sign every transaction with this nonce.
    pub authority: Address,
    /// The value that takes a blockhash's place.
    pub value: Hash,
    lamports: u64,
}

impl Nonce {
    /// Reads a nonce account.
    ///
    /// # Errors
    /// When there is no such account, or it is none.
    pub async fn read(session: &Session, address: Address) -> Result<Self> {
        let account = session.account(&address).await?;
        let account = account.with_context(|| {
            format!("there is no nonce account {address}: `bulkhead nonce create` makes one")
        })?;
        Self::decode(address, &account).with_context(|| format!("{address} is no nonce account"))
    }

    fn decode(address: Address, account: &Account) -> Option<Self> {
        let rest = account.data.strip_prefix(&INITIALIZED)?;
        let (authority, rest) = rest.split_first_chunk::<32>()?;
        let (value, _) = rest.split_first_chunk::<32>()?;
        let is_one = account.data.len() == BYTES && account.owner == Address::default();
        let value = Hash::new_from_array(*value);
        is_one.then_some(Self { address, authority: (*authority).into(), value, lamports: account.lamports })
    }

    /// The instruction that comes first in every transaction with this nonce.
    pub fn advance(&self) -> Instruction {
        system::advance_nonce_account(&self.address, &self.authority)
    }

    fn page(&self) -> Page {
        let mut text = Text::default();
        text.field("nonce account", self.address);
        text.field("authority", self.authority);
        text.field("nonce", self.value);
        text.field("SOL", decimal(self.lamports, SOL_DECIMALS));
        let json = json!({
            "nonce_account": self.address.to_string(),
            "authority": self.authority.to_string(),
            "nonce": self.value.to_string(),
            "lamports": self.lamports.to_string(),
        });
        (text, json)
    }
}

/// Makes, shows or closes a nonce account.
pub async fn act(session: &Session, act: &Act) -> Result<Page> {
    let rpc = &session.source.rpc;
    match act {
        Act::Show { account } => Ok(Nonce::read(session, *account).await?.page()),
        Act::Create => {
            let (me, key) = (session.me()?, Keypair::new());
            let rent = rpc.get_minimum_balance_for_rent_exemption(BYTES).await?;
            let instructions = system::create_nonce_account(&me, &key.pubkey(), &me, rent);
            let address = key.pubkey();
            let order = Order { signers: vec![Rc::new(key)], ..Order::from(instructions) };
            let (mut text, mut json) = send::carry_out(session, &order, &Scales::default()).await?;
            text.field("nonce account", address);
            json["nonce_account"] = json!(address.to_string());
            Ok((text, json))
        }
        Act::Close { account } => {
            let (me, nonce) = (session.me()?, Nonce::read(session, *account).await?);
            ensure!(nonce.authority == me, "{me} is not the authority of this nonce: {} is", nonce.authority);
            let all = system::withdraw_nonce_account(&nonce.address, &me, &me, nonce.lamports);
            send::carry_out(session, &Order::from(vec![all]), &Scales::default()).await
        }
    }
}

/// The nonce account of a transaction, if it has one: its first instruction moves it on.
pub fn of(transaction: &Transaction) -> Option<Address> {
    let message = &transaction.message;
    let first = message.instructions.first()?;
    let key = |place: u8| message.account_keys.get(usize::from(place)).copied();
    let is_advance = key(first.program_id_index)? == Address::default() && first.data == ADVANCE;
    key(*first.accounts.first()?).filter(|_| is_advance)
}

/// Refuses a transaction whose nonce has moved on: it can never run.
pub async fn check(session: &Session, transaction: &Transaction) -> Result<()> {
    let Some(address) = of(transaction) else { return Ok(()) };
    let nonce = Nonce::read(session, address).await?;
    if nonce.value != transaction.message.recent_blockhash {
        let says = format!(
            "the nonce {address} has moved on: this transaction has been sent, or another one with the same \
             nonce, so it can never run; make a new one"
        );
        return Err(Failure::new(Kind::Input, says).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(owner: Address) -> Account {
        let data = [&INITIALIZED[..], &[1; 32], &[2; 32], &5_000u64.to_le_bytes()].concat();
        Account { lamports: 1, data, owner, ..Account::default() }
    }

    #[test]
    fn a_nonce_account_is_the_system_programs() {
        let address = Address::new_from_array([9; 32]);
        let nonce = Nonce::decode(address, &account(Address::default())).unwrap();
        assert_eq!(
            (nonce.authority, nonce.value),
            (Address::new_from_array([1; 32]), Hash::new_from_array([2; 32]))
        );
        assert!(Nonce::decode(address, &account(address)).is_none(), "anybody can write such bytes");
        let mut other = account(Address::default());
        other.data[4] = 0;
        assert!(Nonce::decode(address, &other).is_none(), "it is not initialized");
    }

    #[test]
    fn a_transaction_tells_its_nonce() {
        let nonce = Nonce::decode(Address::new_from_array([9; 32]), &account(Address::default())).unwrap();
        let with = Transaction::new_with_payer(&[nonce.advance()], Some(&nonce.authority));
        assert_eq!(of(&with), Some(nonce.address));
        let pays = system::transfer(&nonce.authority, &nonce.address, 1);
        let later = Transaction::new_with_payer(&[pays, nonce.advance()], Some(&nonce.authority));
        assert_eq!(of(&later), None, "only the first instruction makes a nonce durable");
    }
}
