//! The audit of every fund: its books, kept from the events of all transactions, against its accounts.

use {
    crate::{Address, Event, Meta, World},
    bulkhead::state::{DefaultRecord, Fund, Market, Member},
    bulkhead_audit::{Accounts, Audit, Difference},
    bulkhead_client::event,
    std::collections::BTreeMap,
};

/// The books of all funds of a world.
#[derive(Clone, Default)]
pub struct Books {
    funds: BTreeMap<Address, Audit>,
    /// The first event that the books could not follow.
    parted: Option<Difference>,
    /// The events of every call so far.
    pub calls: Vec<Vec<Event>>,
}

impl Books {
    /// Books what a transaction has emitted.
    pub fn remember(&mut self, meta: &Meta) {
        for call in calls(meta) {
            self.take(&call);
            self.calls.push(call);
        }
    }

    /// Books one call.
    pub fn take(&mut self, call: &[Event]) {
        for event in call {
            if let Event::FundCreated(event) = event {
                self.funds.insert(event.fund, Audit::new(event.fund));
            }
        }
        if self.parted.is_none() {
            let folded = self.funds.values_mut().try_for_each(|audit| audit.fold(call));
            self.parted = folded.err();
        }
    }

    /// Where books and accounts differ.
    pub fn differences(&self, world: &World) -> Vec<Difference> {
        if let Some(parted) = &self.parted {
            return vec![parted.clone()];
        }
        let (funds, records) = (world.all::<Fund>(), world.all::<DefaultRecord>());
        let (markets, members) = (world.all::<Market>(), world.all::<Member>());
        let mut found = Vec::new();
        for (address, fund) in &funds {
            let of_fund = |of: &Address| of == address;
            let accounts = Accounts {
                fund,
                vault: world.balance(&fund.vault),
                markets: markets.iter().map(|(_, market)| market).filter(|m| of_fund(&m.fund)).collect(),
                members: members.iter().filter(|(_, m)| of_fund(&m.fund)).map(|(at, m)| (*at, m)).collect(),
                records: records.iter().map(|(_, record)| record).filter(|r| of_fund(&r.fund)).collect(),
            };
            let none = Audit::new(*address);
            found.extend(self.funds.get(address).unwrap_or(&none).compare(&accounts));
        }
        found
    }
}

/// The program's events in a transaction, by call.
fn calls(meta: &Meta) -> Vec<Vec<Event>> {
    let logged = event::calls_from_logs(meta.logs.iter().map(String::as_str)).expect("all lines are there");
    let mut calls: BTreeMap<usize, Vec<Event>> = BTreeMap::new();
    for logged in logged {
        calls.entry(logged.call).or_default().extend(Event::decode(&logged.data));
    }
    calls.into_values().collect()
}

impl World {
    /// Panics with every number of the accounts that does not follow from the events alone.
    #[track_caller]
    pub fn assert_audited(&self) {
        let found: Vec<String> = self.books.differences(self).iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "the audit fails:\n{}", found.join("\n"));
    }
}
