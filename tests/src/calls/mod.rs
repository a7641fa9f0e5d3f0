//! One method of `World` per instruction, with everything right: signers, wallets, and the accounts that follow from
//! state (markets held, numbers of defaults and epochs).

mod covers;
mod governance;
mod keeper;
mod member;
mod trading;

pub use trading::{at_print, VENUE};

use {
    crate::world::World,
    bulkhead::state::{Mandate, Member},
    bulkhead_client::instruction::Trader,
    solana_address::Address,
    solana_signer::Signer,
};

/// How long a mandate of a test is good for.
pub const MANDATE_SLOTS: u64 = 100;

impl World {
    /// A live mandate.
    pub fn mandate(&self) -> Mandate {
        let known = self.account(&self.here.keys.fund).is_some();
        let nonce = if known { self.fund().governance_nonce } else { 0 };
        Mandate { nonce, last_valid_slot: self.slot() + MANDATE_SLOTS }
    }

    /// The markets a member holds.
    pub fn held(&self, name: &str) -> Vec<u16> {
        held(&self.member(name))
    }

    /// The markets these members hold, but for `market`.
    fn others(&self, market: u16, names: &[&str]) -> Vec<u16> {
        let mut all: Vec<u16> =
            names.iter().flat_map(|name| self.held(name)).filter(|held| *held != market).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn trader(&self, name: &str) -> Trader {
        Trader { member: self.account_of(name), signer: self.owner_of(name).pubkey() }
    }

    fn payer_address(&self) -> Address {
        self.payer.pubkey()
    }
}

pub(crate) fn held(member: &Member) -> Vec<u16> {
    member.held().map(|slot| slot.market).collect()
}
