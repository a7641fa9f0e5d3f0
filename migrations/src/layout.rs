//! Checks that the next build of a program can read the accounts that exist.

use {
    bulkhead::constants::VERSION,
    bulkhead_client::{
        account::discriminator,
        claims::{self, cover_program_id},
        program_id,
        state::{Cover, DefaultRecord, EpochRecord, Fund, Market, Member, Offer, ProPrice, QueuedChange},
        Address,
    },
    claims::state::{Expiry, Loss, Page, Panel, Policy, PolicyBook},
    std::collections::BTreeMap,
};

/// Bytes of discriminator and version.
pub const HEAD: usize = 9;
/// Most accounts of one kind that are named.
const NAMED: usize = 3;

/// The accounts that a program reads: every kind by name with what it starts with, in one version.
pub struct Layout {
    kinds: Vec<(&'static str, &'static [u8])>,
    /// The version of all of them.
    pub version: u8,
}

macro_rules! kinds {
    ($($kind:ident),* $(,)?) => { vec![$((stringify!($kind), discriminator::<$kind>())),*] };
}

impl Layout {
    /// The accounts of one of the two programs of this repository.
    pub fn of(program: &Address) -> Option<Self> {
        if *program == program_id() {
            let kinds = kinds![
                Cover,
                DefaultRecord,
                EpochRecord,
                Fund,
                Market,
                Member,
                Offer,
                ProPrice,
                QueuedChange,
            ];
            return Some(Self { kinds, version: VERSION });
        }
        if *program == cover_program_id() {
            let kinds = kinds![Expiry, Loss, Page, Panel, Policy, PolicyBook];
            return Some(Self { kinds, version: claims::constants::VERSION });
        }
        None
    }

    /// One line for every kind of account that the new build cannot read.
    ///
    /// An account that begins with zeros is none: no program writes such a discriminator, and anybody can
    /// make an empty account that a program owns. It would stop every upgrade for its rent.
    pub fn unreadable(&self, accounts: &[(Address, Vec<u8>)]) -> Vec<String> {
        let mut found: BTreeMap<(&str, Option<u8>), Vec<&Address>> = BTreeMap::new();
        let written = |data: &[u8]| data.iter().take(HEAD - 1).any(|byte| *byte != 0);
        for (address, data) in accounts.iter().filter(|(_, data)| written(data)) {
            let (kind, version) = (self.kind(data), data.get(HEAD - 1).copied());
            if kind.is_none() || version != Some(self.version) {
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

    fn kind(&self, data: &[u8]) -> Option<&'static str> {
        let known = self.kinds.iter().find(|(_, discriminator)| data.starts_with(discriminator));
        known.map(|(name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::Value};

    fn account(head: &[u8], version: u8) -> (Address, Vec<u8>) {
        (Address::new_from_array([version; 32]), [head, &[version]].concat())
    }

    /// A type that a program has and this list has not would stop every upgrade of a fund that uses it.
    #[test]
    fn every_account_of_both_programs_is_known() {
        let idls = [
            (program_id(), include_str!("../../idl/bulkhead.json")),
            (cover_program_id(), include_str!("../../idl/bulkhead_cover.json")),
        ];
        for (program, idl) in idls {
            let (layout, idl) = (Layout::of(&program).unwrap(), serde_json::from_str::<Value>(idl).unwrap());
            let written = idl["accounts"].as_array().unwrap();
            for account in written {
                let head: Vec<u8> = serde_json::from_value(account["discriminator"].clone()).unwrap();
                assert_eq!(layout.kind(&head), account["name"].as_str());
                assert!(layout.unreadable(&[self::account(&head, layout.version)]).is_empty());
            }
            assert_eq!(layout.kinds.len(), written.len());
        }
        assert!(Layout::of(&Address::default()).is_none());
    }

    #[test]
    fn what_no_program_has_written_stops_no_upgrade() {
        let layout = Layout::of(&program_id()).unwrap();
        let made = [vec![], vec![0; HEAD], vec![0; 3]].map(|data| (Address::default(), data));
        assert!(layout.unreadable(&made).is_empty());
        assert_eq!(layout.unreadable(&[(Address::default(), vec![1])]).len(), 1);
    }

    #[test]
    fn other_versions_and_unknown_accounts_are_named() {
        let layout = Layout::of(&program_id()).unwrap();
        let member = discriminator::<Member>();
        let mut accounts =
            vec![account(member, VERSION), account(b"whatever", VERSION), account(member, VERSION + 1)];
        accounts.extend(vec![account(member, VERSION + 1); 3]);
        let found = layout.unreadable(&accounts);
        let address = Address::new_from_array([VERSION + 1; 32]);
        assert_eq!(
            found[0],
            format!("4 Member with layout version {} ({address}, {address}, {address}, …)", VERSION + 1)
        );
        assert!(found[1].starts_with(&format!("1 unknown with layout version {VERSION}")), "{found:?}");
    }
}
