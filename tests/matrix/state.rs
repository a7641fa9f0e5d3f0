//! Forged accounts of the program's types, byte by byte.

use {
    crate::changes::Change,
    anchor_lang::Discriminator,
    bulkhead_client::address,
    bulkhead_tests::{
        bulkhead::state::{
            Cover, DefaultRecord, EpochRecord, Fund, Market, Member, Offer, OracleConfig, QueuedChange,
        },
        keypair, Address, Signer, World,
    },
    core::mem::{offset_of, size_of},
    solana_account::Account,
};

/// Bytes before an account's own.
const HEAD: usize = 8;

/// A type of account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Fund,
    Market,
    Member,
    DefaultRecord,
    EpochRecord,
    QueuedChange,
    Offer,
    Cover,
}

impl State {
    pub const ALL: [Self; 8] = [
        Self::Fund,
        Self::Market,
        Self::Member,
        Self::DefaultRecord,
        Self::EpochRecord,
        Self::QueuedChange,
        Self::Offer,
        Self::Cover,
    ];

    fn discriminator(self) -> &'static [u8] {
        match self {
            Self::Fund => Fund::DISCRIMINATOR,
            Self::Market => Market::DISCRIMINATOR,
            Self::Member => Member::DISCRIMINATOR,
            Self::DefaultRecord => DefaultRecord::DISCRIMINATOR,
            Self::EpochRecord => EpochRecord::DISCRIMINATOR,
            Self::QueuedChange => QueuedChange::DISCRIMINATOR,
            Self::Offer => Offer::DISCRIMINATOR,
            Self::Cover => Cover::DISCRIMINATOR,
        }
    }

    fn len(self) -> usize {
        HEAD + match self {
            Self::Fund => size_of::<Fund>(),
            Self::Market => size_of::<Market>(),
            Self::Member => size_of::<Member>(),
            Self::DefaultRecord => size_of::<DefaultRecord>(),
            Self::EpochRecord => size_of::<EpochRecord>(),
            Self::QueuedChange => size_of::<QueuedChange>(),
            Self::Offer => size_of::<Offer>(),
            Self::Cover => size_of::<Cover>(),
        }
    }

    /// The type of an account of the program.
    pub fn of(account: &Account) -> Self {
        let found = Self::ALL.into_iter().find(|kind| account.data.starts_with(kind.discriminator()));
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
            Self::DefaultRecord | Self::EpochRecord | Self::QueuedChange | Self::Offer | Self::Cover => {
                Change::AnotherRecord
            }
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
    pub fn others(self, world: &World, key: &Address, genuine: &Account) -> Vec<(Change, Address, Account)> {
        let (fund, other) = (world.here.keys.fund, another_fund(world));
        let forged = |changes: &[(usize, &[u8])]| {
            let mut account = genuine.clone();
            for (offset, bytes) in changes {
                account.data[HEAD + offset..][..bytes.len()].copy_from_slice(bytes);
            }
            account
        };
        let bytes = |offset: usize, len: usize| &genuine.data[HEAD + offset..][..len];
        let number = |offset| u64::from_le_bytes(bytes(offset, 8).try_into().expect("eight bytes"));
        let stranger = keypair("stranger").pubkey();
        match self {
            Self::Fund => {
                assert_eq!(*key, fund);
                let vault = another_vault(world);
                let forged = forged(&[
                    (offset_of!(Fund, id), &ANOTHER_FUND.to_le_bytes()),
                    (offset_of!(Fund, vault), vault.as_ref()),
                    (offset_of!(Fund, authority), stranger.as_ref()),
                    (offset_of!(Fund, guardian), stranger.as_ref()),
                ]);
                vec![(Change::AnotherFund, other, forged)]
            }
            Self::Market => {
                let index =
                    u16::from_le_bytes(bytes(offset_of!(Market, index), 2).try_into().expect("two bytes"));
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
                let owner = Address::try_from(bytes(offset_of!(Member, owner), 32)).expect("an address");
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
                let index =
                    u16::from_le_bytes(bytes(offset_of!(Cover, index), 2).try_into().expect("two bytes"));
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
                let maker = Address::try_from(bytes(offset_of!(Offer, maker), 32)).expect("an address");
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
        }
    }
}

/// Another layout version.
pub fn with_version(account: &Account, version: u8) -> Account {
    let mut account = account.clone();
    account.data[HEAD] = version;
    account
}

const ANOTHER_FUND: u16 = 9;

fn another_fund(world: &World) -> Address {
    address::fund(&world.here.creator.pubkey(), &world.mint, ANOTHER_FUND)
}

/// The vault of another fund of the mint.
pub fn another_vault(world: &World) -> Address {
    address::vault(&another_fund(world))
}
