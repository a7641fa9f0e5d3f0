//! Keys and addresses that follow from a name, so that every run is the same, PDA bumps and compute units included.

use {
    bulkhead_client::address,
    solana_address::Address,
    solana_keypair::Keypair,
    std::{cell::RefCell, collections::HashMap, hash::Hash, thread::LocalKey},
};

thread_local! {
    // Deriving them was most of a random history: every read of an account asks for its address.
    static KEYPAIRS: Remembered<String, Keypair> = RefCell::default();
    static ACCOUNTS: Remembered<(Address, Address), Address> = RefCell::default();
    static VAULTS: Remembered<Address, Address> = RefCell::default();
    static NUMBERED: Remembered<(&'static str, Address, u64), Address> = RefCell::default();
}

type Remembered<K, V> = RefCell<HashMap<K, V>>;

/// Derives a value the first time that this thread asks for it.
fn remembered<K: Eq + Hash, V, R>(
    memory: &'static LocalKey<Remembered<K, V>>,
    key: K,
    derive: impl FnOnce(&K) -> V,
    read: impl FnOnce(&V) -> R,
) -> R {
    memory.with_borrow_mut(|memory| {
        if let Some(known) = memory.get(&key) {
            return read(known);
        }
        let derived = derive(&key);
        read(memory.entry(key).or_insert(derived))
    })
}

/// The key pair of a name.
pub fn keypair(name: &str) -> Keypair {
    let derive = |name: &String| Keypair::new_from_array(bytes("key", name));
    remembered(&KEYPAIRS, name.to_owned(), derive, Keypair::insecure_clone)
}

/// The member account of a wallet in a fund.
pub(crate) fn member(fund: Address, owner: Address) -> Address {
    remembered(&ACCOUNTS, (fund, owner), |(fund, owner)| address::member(fund, owner), |known| *known)
}

/// The vault of a fund.
pub(crate) fn vault(fund: Address) -> Address {
    remembered(&VAULTS, fund, address::vault, |known| *known)
}

/// A market of a fund.
pub fn market(fund: Address, index: u16) -> Address {
    numbered("market", fund, index.into(), |fund, _| address::market(fund, index))
}

/// A cover of a fund.
pub(crate) fn cover(fund: Address, index: u16) -> Address {
    numbered("cover", fund, index.into(), |fund, _| address::cover(fund, index))
}

/// The record of a member's default.
pub fn default_record(member: Address, count: u64) -> Address {
    numbered("default", member, count, address::default_record)
}

/// The record of an ended epoch.
pub(crate) fn epoch_record(fund: Address, epoch: u64) -> Address {
    numbered("epoch", fund, epoch, address::epoch_record)
}

/// An offer of a member account.
pub(crate) fn offer(maker: Address, number: u64) -> Address {
    numbered("offer", maker, number, address::offer)
}

/// The record of a queued change.
pub fn queued_change(fund: Address, number: u64) -> Address {
    numbered("change", fund, number, address::queued_change)
}

/// An account of a kind, by its number among those of another account.
fn numbered(
    kind: &'static str,
    of: Address,
    number: u64,
    derive: impl FnOnce(&Address, u64) -> Address,
) -> Address {
    remembered(&NUMBERED, (kind, of, number), |(_, of, number)| derive(of, *number), |known| *known)
}

/// An address nobody has the key of.
pub fn address(name: &str) -> Address {
    Address::new_from_array(bytes("address", name))
}

/// 32 bytes of a name: FNV-1a, stretched by SplitMix64.
fn bytes(domain: &str, name: &str) -> [u8; 32] {
    let text = domain.bytes().chain([0]).chain(name.bytes());
    let mut seed = text.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut bytes = [0; 32];
    for word in bytes.chunks_mut(8) {
        word.copy_from_slice(&split_mix(&mut seed).to_le_bytes());
    }
    bytes
}

/// The next number of a SplitMix64 generator.
pub fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut x = *state;
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
