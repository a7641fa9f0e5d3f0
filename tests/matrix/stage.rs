//! Worlds of both programs, as the matrix sees them.

use {
    bulkhead_cover_tests::{self as claims, policies::Provider},
    bulkhead_tests::{bulkhead_client::instruction::FundKeys, invariants, Address, Signer, World},
    litesvm::LiteSVM,
    solana_account::Account,
};

/// A chain on which a call is good.
pub trait Stage {
    /// The chain.
    fn chain(&self) -> &LiteSVM;

    /// The chain, to change it.
    fn chain_mut(&mut self) -> &mut LiteSVM;

    /// The fund's addresses.
    fn keys(&self) -> FundKeys;

    /// The key that the fund's address depends on.
    fn creator(&self) -> Address;

    /// The price account of another market, where one is believed.
    fn another_price(&self) -> Option<Address> {
        None
    }

    /// Panics unless every invariant holds.
    fn check(&self);

    /// An account, unless it does not exist.
    fn account(&self, address: &Address) -> Option<Account> {
        self.chain().get_account(address).filter(|account| account.lamports > 0)
    }

    /// Writes an account.
    fn put(&mut self, address: Address, account: Account) {
        self.chain_mut().set_account(address, account).expect("an account can be written");
    }
}

impl Stage for World {
    fn chain(&self) -> &LiteSVM {
        &self.svm
    }

    fn chain_mut(&mut self) -> &mut LiteSVM {
        &mut self.svm
    }

    fn keys(&self) -> FundKeys {
        self.here.keys
    }

    fn creator(&self) -> Address {
        self.here.creator.pubkey()
    }

    fn another_price(&self) -> Option<Address> {
        self.here.markets.get(1).map(|spec| spec.price_account)
    }

    fn check(&self) {
        invariants::check(self);
    }
}

impl Stage for claims::World {
    fn chain(&self) -> &LiteSVM {
        &self.svm
    }

    fn chain_mut(&mut self) -> &mut LiteSVM {
        &mut self.svm
    }

    fn keys(&self) -> FundKeys {
        self.fund
    }

    fn creator(&self) -> Address {
        claims::key("creator")
    }

    fn check(&self) {
        claims::World::check(self);
        invariants::check_chain(&self.svm);
    }
}

impl Stage for Provider {
    fn chain(&self) -> &LiteSVM {
        self.world.chain()
    }

    fn chain_mut(&mut self) -> &mut LiteSVM {
        self.world.chain_mut()
    }

    fn keys(&self) -> FundKeys {
        self.world.keys()
    }

    fn creator(&self) -> Address {
        self.world.creator()
    }

    fn check(&self) {
        Provider::check(self);
        self.world.check();
    }
}
