//! Finds the key that is out of bounds, because the program says only that one is. It is the key
//! with whose bundled value the file would be valid.

use {
    super::{FundTable, MarketTable, OracleTable, FUND, MARKETS},
    bulkhead_client::state::FundParams,
    toml::{Table, Value},
};

/// `: key` of the fund's file; empty when no single key is to blame.
pub fn of_fund(text: &str) -> String {
    let table = |text: &str| toml::from_str::<Table>(text).ok()?.get("fund")?.as_table().cloned();
    let (Some(given), Some(sound)) = (table(text), table(FUND.1)) else { return String::new() };
    named(&given, &sound, |table| {
        Value::Table(table).try_into::<FundTable>().is_ok_and(|table| table.params().is_ok())
    })
}

/// The same for one market in the markets' file, with the table that all of them share.
pub fn of_market(text: &str, index: usize, fund: &FundParams) -> String {
    let file = |text: &str| toml::from_str::<Table>(text).ok();
    let market = |file: &Table, index: usize| file.get("market")?.as_array()?.get(index)?.as_table().cloned();
    let oracle = |file: &Table| file.get("oracle")?.as_table().cloned();
    let (Some(given), Some(sound)) = (file(text), file(MARKETS.1)) else { return String::new() };
    let holds = |oracle: Table, market: Table| {
        let (oracle, market) =
            (Value::Table(oracle).try_into::<OracleTable>(), Value::Table(market).try_into::<MarketTable>());
        matches!((oracle, market), (Ok(oracle), Ok(market)) if market.params(&oracle, fund).is_ok())
    };
    let (Some(its_oracle), Some(its_market)) = (oracle(&given), market(&given, index)) else {
        return String::new();
    };
    let (Some(sound_oracle), Some(sound_market)) =
        (oracle(&sound), market(&sound, index).or(market(&sound, 0)))
    else {
        return String::new();
    };
    match named(&its_market, &sound_market, |market| holds(its_oracle.clone(), market)) {
        none if none.is_empty() => {
            named(&its_oracle, &sound_oracle, |oracle| holds(oracle, its_market.clone()))
        }
        found => found,
    }
}

fn named(given: &Table, sound: &Table, holds: impl Fn(Table) -> bool) -> String {
    let mut keys = given.iter().filter(|(key, value)| {
        let Some(better) = sound.get(*key).filter(|better| better != value) else { return false };
        let mut table = given.clone();
        table.insert((*key).clone(), better.clone());
        holds(table)
    });
    keys.next().map_or_else(String::new, |(key, _)| format!(": {key}"))
}
