//! `fixture-gen` prints what the TypeScript client is tested against: addresses, instructions and events as the Rust client
//! has them, quotes as the math crate does. A crate of its own so that xtask stays small.

mod client;
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
        "quotes": quotes::quotes(),
    })
}

/// JSON has no integers of more than 53 bits.
fn number(number: impl ToString) -> Value {
    Value::String(number.to_string())
}
