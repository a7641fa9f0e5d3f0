//! Prepares a trade between two members, with the markets that either of them holds.
//!
//! `cargo run --example trade`

use bulkhead_interface::{address, instruction::Novate, instruction::WithMarkets, number, Address};

fn main() -> Result<(), number::NotANumber> {
    let fund = address::fund(&Address::new_from_array([1; 32]), &Address::new_from_array([2; 32]), 0);
    let (alice, bob) = (Address::new_from_array([3; 32]), Address::new_from_array([4; 32]));
    let trade = Novate {
        fund,
        market: address::market(&fund, 1),
        buyer: address::member(&fund, &alice),
        seller: address::member(&fund, &bob),
        buyer_signer: alice,
        seller_signer: bob,
        lots: 25,
        price: number::parse("2450.75", 8)?, // with the market's price decimals
    };
    // Beside the market of the trade, the other markets that either side holds: here number 0.
    let instruction = trade.instruction().with_markets(&fund, &[0], false);
    println!("program  {}", instruction.program_id);
    println!("accounts {}", instruction.accounts.len());
    println!("data     {:02x?}", instruction.data);
    Ok(())
}
