//! Forged accounts of both programs' types, byte by byte.

use {
    crate::{changes::Change, cover_state, stage::Stage},
    anchor_lang::Discriminator,
    bulkhead_cover::{
        constants::VERSION as COVER_VERSION,
        state::{Expiry, Loss, Page, Panel, Policy, PolicyBook},
    },
    bulkhead_tests::{
        bulkhead::{
            constants::VERSION,
            state::{
                Cover, DefaultRecord, EpochRecord, Fund, Market, Member, Offer, OracleConfig, QueuedChange,
            },
        },
        bulkhead_client::{address, cover_program_id, program_id},
        keypair, Address, Signer,
    },
    core::mem::{offset_of, size_of},
    solana_account::Account,
};

/// Bytes before an account's own.
const HEAD: usize = 8;

macro_rules! states {
    ($first:expr => $($fund:ident)*; $second:expr => $($cover:ident)*) => {
        /// A type of account.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum State {
            $($fund,)*
            $($cover,)*
        }

        impl State {
            /// Those of both programs.
            pub const ALL: &[Self] = &[$(Self::$fund,)* $(Self::$cover,)*];

            fn discriminator(self) -> &'static [u8] {
                match self {
                    $(Self::$fund => $fund::DISCRIMINATOR,)*
                    $(Self::$cover => $cover::DISCRIMINATOR,)*
                }
            }

            fn len(self) -> usize {
                HEAD + match self {
                    $(Self::$fund => size_of::<$fund>(),)*
                    $(Self::$cover => size_of::<$cover>(),)*
                }
            }

            /// The program that owns such accounts, and the layout version that it writes.
            pub fn program(self) -> (Address, u8) {
                match self {
                    $(Self::$fund)|* => $first,
                    $(Self::$cover)|* => $second,
                }
            }
        }
    };
}

states! {
    (program_id(), VERSION) => Fund Market Member DefaultRecord EpochRecord QueuedChange Offer Cover;
    (cover_program_id(), COVER_VERSION) => Panel Loss Page PolicyBook Expiry Policy
}

impl State {
    /// The type of an account of either program.
    pub fn of(account: &Account) -> Self {
        let found = Self::ALL.iter().copied().find(|kind| account.data.starts_with(kind.discriminator()));
        let kind = found.expect("an account of the program has a type");
        assert_eq!(account.data.len(), kind.len(), "{kind:?}");
        kind
    }

    /// What it is to be given another account of this type.
    pub fn another(self) -> Change {
        match self {
            Self::Fund => Change::AnotherFund,
            Self::Market => Change::AnotherMarket,
            Self::Member => Change::AnotherMember,
            Self::Panel | Self::PolicyBook => Change::AnotherDrawer,
            Self::DefaultRecord
            | Self::EpochRecord
            | Self::QueuedChange
            | Self::Offer
            | Self::Cover
            | Self::Loss
            | Self::Page
            | Self::Expiry
            | Self::Policy => Change::AnotherRecord,
        }
    }

    /// The account's bytes as one of this type, long enough for both.
    pub fn disguise(self, account: &Account) -> Account {
        let mut account = account.clone();
        let len = account.data.len().max(self.len());
        account.data.resize(len, 0);
        account.data[..HEAD].copy_from_slice(self.discriminator());
        account
    }

    /// What else there could be of this type: of another fund, and others of the same.
    pub fn others(self, stage: &dyn Stage, key: &Address, genuine: &Account) -> Vec<Forgery> {
        let (fund, other) = (stage.keys().fund, another_fund(stage));
        let original = Original(genuine);
        let forged = |changes: &[(usize, &[u8])]| original.with(changes);
        let number = |offset| original.number((offset, 8));
        let stranger = keypair("stranger").pubkey();
        match self {
            Self::Fund => {
                assert_eq!(*key, fund);
                let vault = another_vault(stage);
                let forged = forged(&[
                    (offset_of!(Fund, id), &ANOTHER_FUND.to_le_bytes()),
                    (offset_of!(Fund, vault), vault.as_ref()),
                    (offset_of!(Fund, authority), stranger.as_ref()),
                    (offset_of!(Fund, guardian), stranger.as_ref()),
                ]);
                vec![(Change::AnotherFund, other, forged)]
            }
            Self::Market => {
                let index = original.number((offset_of!(Market, index), 2)) as u16;
                let next = index + 10;
                let feed = offset_of!(Market, oracle) + offset_of!(OracleConfig, feed_id);
                let another = forged(&[(offset_of!(Market, index), &next.to_le_bytes()), (feed, &[7; 32])]);
                vec![
                    (
                        Change::AnotherFund,
                        address::market(&other, index),
                        forged(&[(offset_of!(Market, fund), other.as_ref())]),
                    ),
                    (Change::AnotherMarket, address::market(&fund, next), another),
                ]
            }
            Self::Member => {
                let owner = original.address(offset_of!(Member, owner));
                let another = forged(&[(offset_of!(Member, owner), stranger.as_ref())]);
                vec![
                    (
                        Change::AnotherFund,
                        address::member(&other, &owner),
                        forged(&[(offset_of!(Member, fund), other.as_ref())]),
                    ),
                    (Change::AnotherMember, address::member(&fund, &stranger), another),
                ]
            }
            Self::DefaultRecord => {
                let count = number(offset_of!(DefaultRecord, count));
                let (member, next) = (address::member(&fund, &stranger), count + 1);
                let another = forged(&[
                    (offset_of!(DefaultRecord, count), &next.to_le_bytes()),
                    (offset_of!(DefaultRecord, member), member.as_ref()),
                    (offset_of!(DefaultRecord, payer), stranger.as_ref()),
                ]);
                vec![
                    (
                        Change::AnotherFund,
                        address::default_record(&address::member(&other, &stranger), count),
                        forged(&[(offset_of!(DefaultRecord, fund), other.as_ref())]),
                    ),
                    (Change::AnotherRecord, address::default_record(&member, next), another),
                ]
            }
            Self::EpochRecord => {
                let epoch = number(offset_of!(EpochRecord, epoch));
                let another = forged(&[(offset_of!(EpochRecord, epoch), &(epoch + 1).to_le_bytes())]);
                vec![
                    (
                        Change::AnotherFund,
                        address::epoch_record(&other, epoch),
                        forged(&[(offset_of!(EpochRecord, fund), other.as_ref())]),
                    ),
                    (Change::AnotherRecord, address::epoch_record(&fund, epoch + 1), another),
                ]
            }
            Self::QueuedChange => {
                let next = number(offset_of!(QueuedChange, number)) + 1;
                let another = forged(&[
                    (offset_of!(QueuedChange, number), &next.to_le_bytes()),
                    (offset_of!(QueuedChange, payer), stranger.as_ref()),
                ]);
                vec![
                    (
                        Change::AnotherFund,
                        address::queued_change(&other, next - 1),
                        forged(&[(offset_of!(QueuedChange, fund), other.as_ref())]),
                    ),
                    (Change::AnotherRecord, address::queued_change(&fund, next), another),
                ]
            }
            Self::Cover => {
                let index = original.number((offset_of!(Cover, index), 2)) as u16;
                let next = index + 10;
                let another = forged(&[
                    (offset_of!(Cover, index), &next.to_le_bytes()),
                    (offset_of!(Cover, drawer), stranger.as_ref()),
                    (offset_of!(Cover, destination), stranger.as_ref()),
                ]);
                vec![
                    (
                        Change::AnotherFund,
                        address::cover(&other, index),
                        forged(&[(offset_of!(Cover, fund), other.as_ref())]),
                    ),
                    (Change::AnotherRecord, address::cover(&fund, next), another),
                ]
            }
            Self::Offer => {
                let next = number(offset_of!(Offer, number)) + 1;
                let maker = original.address(offset_of!(Offer, maker));
                vec![
                    (
                        Change::AnotherFund,
                        address::offer(&address::member(&other, &stranger), next),
                        forged(&[(offset_of!(Offer, fund), other.as_ref())]),
                    ),
                    (
                        Change::AnotherRecord,
                        address::offer(&maker, next),
                        forged(&[(offset_of!(Offer, number), &next.to_le_bytes())]),
                    ),
                ]
            }
            Self::Panel | Self::Loss | Self::Page | Self::PolicyBook | Self::Expiry | Self::Policy => {
                cover_state::others(self, &other, &original)
            }
        }
    }
}

/// What is done, the address that such an account would have, and the account.
pub type Forgery = (Change, Address, Account);

/// A genuine account, of which a forged one differs in some fields.
pub struct Original<'a>(&'a Account);

impl Original<'_> {
    /// The same with these bytes at these offsets of its state.
    pub fn with(&self, changes: &[(usize, &[u8])]) -> Account {
        let mut account = self.0.clone();
        for (offset, bytes) in changes {
            account.data[HEAD + offset..][..bytes.len()].copy_from_slice(bytes);
        }
        account
    }

    /// The number in a field: its offset and its bytes.
    pub fn number(&self, (offset, size): (usize, usize)) -> u64 {
        let mut number = [0; 8];
        number[..size].copy_from_slice(&self.0.data[HEAD + offset..][..size]);
        u64::from_le_bytes(number)
    }

    /// An address.
    pub fn address(&self, offset: usize) -> Address {
        Address::try_from(&self.0.data[HEAD + offset..][..32]).expect("32 bytes")
    }
}

/// Another layout version.
pub fn with_version(account: &Account, version: u8) -> Account {
    let mut account = account.clone();
    account.data[HEAD] = version;
    account
}

const ANOTHER_FUND: u16 = 9;

fn another_fund(stage: &dyn Stage) -> Address {
    address::fund(&stage.creator(), &stage.keys().mint, ANOTHER_FUND)
}

/// The vault of another fund of the mint.
pub fn another_vault(stage: &dyn Stage) -> Address {
    address::vault(&another_fund(stage))
}
