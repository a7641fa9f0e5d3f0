//! Holds the books against accounts.

use {
    crate::{Audit, Difference},
    anchor_lang::prelude::{PodBool, PodI128, PodU128},
    bulkhead_client::{
        state::{DefaultRecord, Fund, Market, Member, PositionSlot},
        Address,
    },
    bytemuck::Zeroable,
    std::collections::{BTreeMap, BTreeSet},
};

/// The accounts of a fund, all as of one slot.
pub struct Accounts<'a> {
    /// The fund.
    pub fund: &'a Fund,
    /// Balance of its vault, in base units.
    pub vault: u64,
    /// Its markets.
    pub markets: Vec<&'a Market>,
    /// Its members, by address.
    pub members: BTreeMap<Address, &'a Member>,
    /// The records of its defaults.
    pub records: Vec<&'a DefaultRecord>,
}

/// The value of a field as it is printed, whatever its type.
trait Shown {
    fn shown(&self) -> String;
}

macro_rules! shown {
    ($($type:ty),*) => { $(impl Shown for $type { fn shown(&self) -> String { self.to_string() } })* };
}
shown!(u16, u32, u64, i64, bool, Address);

impl Shown for PodBool {
    fn shown(&self) -> String {
        self.get().to_string()
    }
}

impl Shown for PodU128 {
    fn shown(&self) -> String {
        self.get().to_string()
    }
}

impl Shown for PodI128 {
    fn shown(&self) -> String {
        self.get().to_string()
    }
}

/// Notes each field in which two structs differ.
macro_rules! compare {
    ($found:expr, $whose:expr, $books:expr, $account:expr, $($field:ident),* $(,)?) => {{
        let (books, account) = ($books, $account);
        $(if books.$field != account.$field {
            let field = format!("{}.{}", $whose, stringify!($field));
            $found.push(Difference::new(field, books.$field.shown(), account.$field.shown()));
        })*
    }};
}

impl Audit {
    /// Returns every field in which an account differs from the books, the fund's first.
    pub fn compare(&self, accounts: &Accounts) -> Vec<Difference> {
        let mut found = Vec::new();
        self.compare_fund(accounts, &mut found);
        self.compare_markets(accounts, &mut found);
        self.compare_members(accounts, &mut found);
        self.compare_records(accounts, &mut found);
        found
    }

    fn compare_fund(&self, accounts: &Accounts, found: &mut Vec<Difference>) {
        // The buckets: whose money is in the vault.
        compare!(
            found,
            "fund",
            &self.fund,
            accounts.fund,
            margin_total,
            contributions,
            treasury,
            rewards_unclaimed,
            rewards_streaming,
            pool,
            cover_reserve,
            recoveries,
            recoveries_held,
            cushions
        );
        compare!(
            found,
            "fund",
            &self.fund,
            accounts.fund,
            total_shares,
            share_epoch,
            reward_index,
            reward_surplus,
            loss_index,
            losses_outstanding,
            loss_units,
            loss_units_index,
            loss_epoch,
            loss_epoch_index
        );
        compare!(
            found,
            "fund",
            &self.fund,
            accounts.fund,
            default_seq,
            unfunded,
            residual,
            open_defaults,
            members,
            market_count,
            open_houses,
            closed_out,
            house_result,
            house_round,
            claims,
            payout_claims,
            payout_pool,
            payout_loss_epoch,
            payout_units,
            cut_seq,
            gain_claims
        );
        match self.fund.owed() {
            Ok(owed) if owed <= accounts.vault => {}
            owed => {
                let owed = owed.map_or("more than 64 bits".into(), |owed| format!("at least {owed}"));
                found.push(Difference::new("vault", owed, accounts.vault));
            }
        }
    }

    fn compare_markets(&self, accounts: &Accounts, found: &mut Vec<Difference>) {
        let known = self.markets.len();
        if known != accounts.markets.len() {
            found.push(Difference::new("number of markets", known, accounts.markets.len()));
        }
        for account in &accounts.markets {
            let whose = format!("market {}", account.index);
            let Some(books) = self.markets.get(&account.index) else {
                found.push(Difference::new(whose, "not there", "there"));
                continue;
            };
            compare!(found, whose, books, *account, scale, open_interest, house_lots);
            compare!(
                found,
                format!("{whose}.mark"),
                &books.mark,
                &account.mark,
                price,
                confidence,
                publish_ts
            );
            compare!(
                found,
                format!("{whose}.adjusted"),
                &books.adjusted,
                &account.adjusted,
                premium_index,
                premium_raw
            );
            let (books, account) = (books.final_ts != 0, account.final_ts != 0);
            if books != account {
                found.push(Difference::new(format!("{whose} is final"), books, account));
            }
        }
    }

    fn compare_members(&self, accounts: &Accounts, found: &mut Vec<Difference>) {
        for address in self.members.keys().filter(|address| !accounts.members.contains_key(*address)) {
            found.push(Difference::new(format!("member {address}"), "open", "closed"));
        }
        for (address, account) in &accounts.members {
            // An address is written out only where there is a difference: that is most of the work.
            let Some(books) = self.members.get(address) else {
                found.push(Difference::new(format!("member {address}"), "not there", "there"));
                continue;
            };
            compare!(
                found,
                format!("member {address}"),
                books,
                *account,
                owner,
                margin,
                shares,
                share_epoch,
                notice_shares,
                rewards,
                reward_index,
                loss_borne,
                loss_units,
                loss_index,
                loss_units_index,
                loss_epoch,
                claim,
                call_amount,
                call_due_secs,
                cushions,
                default_count,
                locked
            );
            compare!(
                found,
                format!("member {address}.gain_claim"),
                &books.gain_claim,
                &account.gain_claim,
                round,
                gain,
                paid,
                entitled,
                is_booked
            );
            // By market: a slot that is free is none.
            let held = |member: &Member| -> BTreeMap<u16, PositionSlot> {
                let held = member.held();
                held.map(|slot| (slot.market, *slot)).collect()
            };
            let (books, account) = (held(books), held(account));
            let markets: BTreeSet<_> = books.keys().chain(account.keys()).collect();
            for market in markets {
                let none = PositionSlot::zeroed();
                let books = books.get(market).unwrap_or(&none);
                let account = account.get(market).unwrap_or(&none);
                let whose = || format!("member {address}, market {market}");
                compare!(found, whose(), books, account, lots, raw, premium_index);
            }
        }
    }

    fn compare_records(&self, accounts: &Accounts, found: &mut Vec<Difference>) {
        for account in &accounts.records {
            let whose = format!("default {}", account.seq);
            let Some(books) = self.records.get(&account.seq) else {
                found.push(Difference::new(whose, "not there", "there"));
                continue;
            };
            compare!(
                found,
                whose,
                books,
                *account,
                member,
                shortfall,
                from_margin,
                from_claim,
                assigned,
                from_rewards,
                from_recoveries,
                from_contribution,
                from_treasury,
                from_survivors,
                from_cushions,
                residual,
                unfunded,
                repaid,
                bounties,
                cushion,
                cushion_round,
                cushion_units
            );
        }
        let there: Vec<u64> = accounts.records.iter().map(|account| account.seq).collect();
        for seq in self.records.keys().filter(|seq| !there.contains(seq)) {
            found.push(Difference::new(format!("default {seq}"), "open", "closed"));
        }
    }
}
