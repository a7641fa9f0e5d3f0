//! Reads a fund's accounts from what `getProgramAccounts` answers, here in a file of base64 lines
//! `ADDRESS OWNER DATA`.
//!
//! `cargo run --example accounts -- FUND accounts.txt`

use {
    base64::{engine::general_purpose::STANDARD, Engine as _},
    bulkhead_interface::{number, set::FundSet, Address},
    std::{env, error::Error, fs},
};

fn main() -> Result<(), Box<dyn Error>> {
    let [_, fund, file] = &env::args().collect::<Vec<_>>()[..] else {
        return Err("usage: accounts FUND FILE".into());
    };
    let fund: Address = fund.parse()?;
    let mut accounts: Vec<(Address, Address, Vec<u8>)> = Vec::new();
    for line in fs::read_to_string(file)?.lines() {
        let [address, owner, data] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            return Err(format!("not ADDRESS OWNER DATA: {line}").into());
        };
        accounts.push((address.parse()?, owner.parse()?, STANDARD.decode(data)?));
    }
    let set =
        FundSet::read(&fund, accounts.iter().map(|(address, owner, data)| (*address, *owner, &data[..])))?;
    let decimals = set.fund.map_or(0, |fund| fund.quote_decimals);
    println!("{} markets, {} members", set.markets.len(), set.members.len());
    for member in set.members.values() {
        println!("{}  margin {}", member.owner, number::decimal(member.margin.into(), decimals));
    }
    Ok(())
}
