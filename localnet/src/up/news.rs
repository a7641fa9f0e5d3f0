//! Prints one line for each event: for people, or as JSON for programs.

use {
    crate::{migration::Parameters, population::Trade, standing::Teller},
    bulkhead_book::Book,
    bulkhead_client::state::{DefaultRecord, DefaultStatus},
    bulkhead_format::{money, parts_per_million},
    bulkhead_inspect::checks::Haircut,
    bulkhead_keeper::{engine::SendOutcome, plan::Action},
    serde_json::json,
    std::{
        collections::BTreeSet,
        io::{stdout, Write},
    },
};

/// The printer of events.
pub struct News<'a> {
    teller: &'a Teller<'a>,
    json: bool,
    declared: BTreeSet<u64>,
    allocated: BTreeSet<u64>,
}

impl<'a> News<'a> {
    pub fn new(teller: &'a Teller<'a>, json: bool) -> Self {
        Self { teller, json, declared: BTreeSet::new(), allocated: BTreeSet::new() }
    }

    /// Prints an action of the keeper, but for its routine.
    pub fn keeper(&self, action: &Action, outcome: &SendOutcome) {
        let is_routine = matches!(
            action,
            Action::Crank { .. }
                | Action::Settle { .. }
                | Action::CollectPremium { .. }
                | Action::BookCrowding { .. }
                | Action::BookHouse { .. }
                | Action::Enforce { .. }
        );
        if matches!(outcome, SendOutcome::Landed { .. }) && !is_routine {
            self.tell("keeper", &self.teller.describe(action));
        }
    }

    /// Prints new defaults and allocations.
    pub fn defaults(&mut self, book: &Book) {
        for record in book.records.values() {
            if self.declared.insert(record.seq) {
                let (name, lost) = (self.teller.name(&record.member), money(record.shortfall));
                self.tell("default", &format!("{}: {name} owes {lost} more than its margin", record.seq));
            }
            if record.status == DefaultStatus::Allocated && self.allocated.insert(record.seq) {
                self.tell("allocation", &allocation(record));
            }
        }
    }

    /// Prints a trade between members.
    pub fn trade(&self, trade: &Trade) {
        let wallets = &self.teller.world.wallets;
        let name = |number: usize| format!("{} {number}", wallets[number].kind.name());
        let market = &self.teller.world.parameters.markets[trade.market];
        let assets = trade.lots as f64 / 10f64.powi(market.params.lot_decimals.into());
        let (buyer, seller) = (name(trade.buyer), name(trade.seller));
        self.tell("trade", &format!("{buyer} buys {assets} {} from {seller}", market.symbol));
    }

    /// Prints the published prices.
    pub fn prices(&self, parameters: &Parameters, quotes: &[(i64, u64)]) {
        let price = |(market, (price, _)): (&crate::migration::NamedMarket, &(i64, u64))| {
            let usd = *price as f64 / 10f64.powi(market.params.price_decimals.into());
            format!("{} {usd:.2}", market.symbol)
        };
        let prices: Vec<String> = parameters.markets.iter().zip(quotes).map(price).collect();
        self.tell("prices", &prices.join("  "));
    }

    /// Prints an error.
    pub fn trouble(&self, error: &anyhow::Error) {
        self.tell("trouble", &format!("{error:#}"));
    }

    /// Prints a line. A reader that is gone is no reason to stop.
    fn tell(&self, kind: &str, what: &str) {
        let mut out = stdout().lock();
        let _ = match self.json {
            true => writeln!(out, "{}", json!({ "kind": kind, "what": what })),
            false => writeln!(out, "{kind:<10} {what}"),
        };
        let _ = out.flush();
    }
}

fn allocation(record: &DefaultRecord) -> String {
    let haircut = Haircut { contributions: record.contributions_before, paid: record.from_survivors };
    format!(
        "{}: own contribution {}, cushion {}, treasury {}, survivors {} ({}), open {}",
        record.seq,
        money(record.from_contribution),
        money(record.cushion),
        money(record.from_treasury),
        money(record.from_survivors),
        parts_per_million(haircut.ppm()),
        money(record.residual)
    )
}
