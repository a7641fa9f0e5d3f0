//! All accounts of a fund, sorted by kind.

use {
    crate::{
        account::{decode_owned, Account, AccountError, FUND_OFFSET},
        types::{DefaultRecord, EpochRecord, Fund, Market, Member, QueuedChange},
        Address,
    },
    std::collections::BTreeMap,
};

/// The accounts of one fund, as `getProgramAccounts` and one read of the fund itself bring them.
#[derive(Clone, Debug, Default)]
pub struct FundSet {
    /// The fund, if it is among them.
    pub fund: Option<Fund>,
    /// Markets by number.
    pub markets: BTreeMap<u16, Market>,
    /// Members by account.
    pub members: BTreeMap<Address, Member>,
    /// Records of defaults by number.
    pub defaults: BTreeMap<u64, DefaultRecord>,
    /// Records of ended share epochs by number.
    pub epochs: BTreeMap<u64, EpochRecord>,
    /// Queued changes by number.
    pub changes: BTreeMap<u64, QueuedChange>,
}

/// The filter of `getProgramAccounts` for a fund's accounts: an offset, and the bytes there. The fund's
/// own account is not among them.
pub fn filter(fund: &Address) -> (usize, [u8; 32]) {
    (FUND_OFFSET, fund.to_bytes())
}

impl FundSet {
    /// Reads accounts of `fund`: address, owner and data of each. Accounts of other funds, and of kinds
    /// that this crate does not know, are left out.
    ///
    /// # Errors
    /// [`AccountError`] for an account of another program, or in another layout version: a set that
    /// lacks accounts would look like a smaller fund.
    pub fn read<'a>(
        fund: &Address,
        accounts: impl IntoIterator<Item = (Address, Address, &'a [u8])>,
    ) -> Result<Self, AccountError> {
        let mut set = Self::default();
        for (address, owner, data) in accounts {
            if address == *fund {
                set.fund = of::<Fund>(&owner, data)?;
            } else if let Some(market) = of::<Market>(&owner, data)?.filter(|market| market.fund == *fund) {
                set.markets.insert(market.index, market);
            } else if let Some(member) = of::<Member>(&owner, data)?.filter(|member| member.fund == *fund) {
                set.members.insert(address, member);
            } else if let Some(record) =
                of::<DefaultRecord>(&owner, data)?.filter(|record| record.fund == *fund)
            {
                set.defaults.insert(record.seq, record);
            } else if let Some(record) =
                of::<EpochRecord>(&owner, data)?.filter(|record| record.fund == *fund)
            {
                set.epochs.insert(record.epoch, record);
            } else if let Some(change) =
                of::<QueuedChange>(&owner, data)?.filter(|change| change.fund == *fund)
            {
                set.changes.insert(change.number, change);
            }
        }
        Ok(set)
    }

    /// Whether nothing is missing that the fund says there is.
    pub fn is_complete(&self) -> bool {
        self.fund.is_some_and(|fund| {
            self.markets.len() == usize::from(fund.market_count)
                && self.members.len() == usize::try_from(fund.members).unwrap_or(usize::MAX)
        })
    }
}

/// Reads one kind; none for another kind.
fn of<T: Account>(owner: &Address, data: &[u8]) -> Result<Option<T>, AccountError> {
    match decode_owned(owner, data) {
        Ok(account) => Ok(Some(account)),
        Err(AccountError::Kind(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
