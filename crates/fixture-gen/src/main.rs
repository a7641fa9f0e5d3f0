//! `fixture-gen` prints the fixtures of the TypeScript client's tests: addresses, instructions and
//! events from the Rust client, posts of prices, and quotes from the math crate. It is a crate of its
//! own so that xtask stays small.

mod client;
mod prices;
mod quotes;

use serde_json::{json, Value};

fn main() {
    println!("{}", fixtures());
}

fn fixtures() -> Value {
    json!({
        "layoutVersion": bulkhead::constants::VERSION,
        "addresses": client::addresses(),
        "instructions": client::instructions(),
        "events": client::events(),
        "prices": prices::prices(),
        "quotes": quotes::quotes(),
    })
}

/// JSON has no integers of more than 53 bits.
fn number(number: impl ToString) -> Value {
    Value::String(number.to_string())
}
