//! Checks that the next program can read the accounts that exist.

use {
    bulkhead::constants::VERSION,
    bulkhead_client::{
        account::discriminator,
        state::{DefaultRecord, EpochRecord, Fund, Market, Member, Offer, ProPrice, QueuedChange},
        Address,
    },
    std::collections::BTreeMap,
};

/// Bytes of discriminator and version.
pub const HEAD: usize = 9;
/// Most accounts of one kind that are named.
const NAMED: usize = 3;

/// One line for every kind of account that the new program cannot read.
pub fn unreadable(accounts: &[(Address, Vec<u8>)]) -> Vec<String> {
    let mut found: BTreeMap<(&str, Option<u8>), Vec<&Address>> = BTreeMap::new();
    for (address, data) in accounts {
        let (kind, version) = (kind(data), data.get(HEAD - 1).copied());
        if kind.is_none() || version != Some(VERSION) {
            found.entry((kind.unwrap_or("unknown"), version)).or_default().push(address);
        }
    }
    let line = |((kind, version), addresses): ((&str, Option<u8>), Vec<&Address>)| {
        let named: Vec<String> = addresses.iter().take(NAMED).map(ToString::to_string).collect();
        let more = if addresses.len() > NAMED { ", …" } else { "" };
        let version = version.map_or("no version".into(), |version| format!("layout version {version}"));
        format!("{} {kind} with {version} ({}{more})", addresses.len(), named.join(", "))
    };
    found.into_iter().map(line).collect()
}

fn kind(data: &[u8]) -> Option<&'static str> {
    let kinds = [
        ("Fund", discriminator::<Fund>()),
        ("Market", discriminator::<Market>()),
        ("Member", discriminator::<Member>()),
        ("DefaultRecord", discriminator::<DefaultRecord>()),
        ("EpochRecord", discriminator::<EpochRecord>()),
        ("QueuedChange", discriminator::<QueuedChange>()),
        ("Offer", discriminator::<Offer>()),
        ("ProPrice", discriminator::<ProPrice>()),
    ];
    kinds.into_iter().find(|(_, discriminator)| data.starts_with(discriminator)).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(head: &[u8], version: u8) -> (Address, Vec<u8>) {
        (Address::new_from_array([version; 32]), [head, &[version]].concat())
    }

    #[test]
    fn what_this_program_writes_it_reads() {
        let all = [discriminator::<Fund>(), discriminator::<Member>(), discriminator::<QueuedChange>()];
        assert!(unreadable(&all.map(|head| account(head, VERSION))).is_empty());
    }

    #[test]
    fn other_versions_and_unknown_accounts_are_named() {
        let member = discriminator::<Member>();
        let mut accounts =
            vec![account(member, VERSION), account(b"whatever", VERSION), account(member, VERSION + 1)];
        accounts.extend(vec![account(member, VERSION + 1); 3]);
        let found = unreadable(&accounts);
        let address = Address::new_from_array([VERSION + 1; 32]);
        assert_eq!(
            found[0],
            format!("4 Member with layout version {} ({address}, {address}, {address}, …)", VERSION + 1)
        );
        assert!(found[1].starts_with(&format!("1 unknown with layout version {VERSION}")), "{found:?}");
    }
}
