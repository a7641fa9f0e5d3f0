//! Reading the current fund's accounts.

use {
    crate::{keys, token, world::World},
    anchor_lang::{AccountDeserialize, Discriminator},
    bulkhead::state::{Cover, DefaultRecord, EpochRecord, Fund, Market, Member, Offer, QueuedChange},
    bulkhead_client::{account::decode, program_id},
    litesvm::LiteSVM,
    solana_address::Address,
};

/// A type of account.
pub trait Readable: AccountDeserialize + Discriminator {}

impl<T: AccountDeserialize + Discriminator> Readable for T {}

/// All accounts of a type on a chain, with their addresses, in the order of these.
pub fn all<T: Readable>(chain: &LiteSVM) -> Vec<(Address, T)> {
    let accounts = chain.get_program_accounts(&program_id());
    let mut found: Vec<_> = accounts
        .iter()
        .filter_map(|(address, account)| Some((*address, decode(&account.data).ok()?)))
        .collect();
    found.sort_by_key(|(address, _)| *address);
    found
}

impl World {
    /// The fund.
    pub fn fund(&self) -> Fund {
        self.read_fund(&self.here.keys.fund)
    }

    /// A market.
    pub fn market(&self, index: u16) -> Market {
        self.decoded(&keys::market(self.here.keys.fund, index))
    }

    /// A cover.
    pub fn cover(&self, index: u16) -> Cover {
        self.decoded(&keys::cover(self.here.keys.fund, index))
    }

    /// A member.
    pub fn member(&self, name: &str) -> Member {
        self.decoded(&self.account_of(name))
    }

    /// The record of a default, by its number among those of the fund.
    pub fn default_record(&self, seq: u64) -> DefaultRecord {
        self.find_default(seq).unwrap_or_else(|| panic!("no record of default {seq}")).1
    }

    /// The record of a default at its address.
    pub fn default_at(&self, address: &Address) -> DefaultRecord {
        self.decoded(address)
    }

    /// The address of the record of a default, by its number among those of the fund.
    pub fn default_address(&self, seq: u64) -> Address {
        self.find_default(seq).unwrap_or_else(|| panic!("no record of default {seq}")).0
    }

    /// The record of a default and its address, if it is there.
    pub fn find_default(&self, seq: u64) -> Option<(Address, DefaultRecord)> {
        let mut records = self.all::<DefaultRecord>().into_iter();
        records.find(|(_, record)| record.fund == self.here.keys.fund && record.seq == seq)
    }

    /// The address of a member's next default.
    pub fn next_default_of(&self, name: &str) -> Address {
        keys::default_record(self.account_of(name), self.member(name).default_count)
    }

    /// The record of an ended epoch.
    pub fn epoch_record(&self, epoch: u64) -> EpochRecord {
        self.decoded(&keys::epoch_record(self.here.keys.fund, epoch))
    }

    /// An offer of a member.
    pub fn offer(&self, maker: &str, number: u64) -> Offer {
        self.decoded(&self.offer_of(maker, number))
    }

    /// A change that waits.
    pub fn queued_change(&self, number: u64) -> QueuedChange {
        self.decoded(&keys::queued_change(self.here.keys.fund, number))
    }

    /// What a token account holds.
    pub fn balance(&self, wallet: &Address) -> u64 {
        self.account(wallet).map_or(0, |account| token::amount(&account))
    }

    /// What the wallet of a name holds.
    pub fn purse(&self, name: &str) -> u64 {
        self.balance(&self.wallet_of(name))
    }

    /// What the fund's vault holds.
    pub fn vault_balance(&self) -> u64 {
        self.balance(&self.vault())
    }

    /// The fund's vault.
    pub fn vault(&self) -> Address {
        keys::vault(self.here.keys.fund)
    }

    /// Any fund.
    pub fn read_fund(&self, fund: &Address) -> Fund {
        self.decoded(fund)
    }

    /// All accounts of a type, with their addresses, in the order of these.
    pub fn all<T: Readable>(&self) -> Vec<(Address, T)> {
        all(&self.svm)
    }

    fn decoded<T: Readable>(&self, address: &Address) -> T {
        let account = self.account(address).unwrap_or_else(|| panic!("no account {address}"));
        decode(&account.data).unwrap_or_else(|error| panic!("{address}: {error}"))
    }
}
