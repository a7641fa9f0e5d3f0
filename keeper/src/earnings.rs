//! What an action earns, from the program's events: bounties, liquidation bonuses and discounts. They
//! are paid as margin of the keeper's accounts, whatever the price does afterwards.

use bulkhead_client::event::{from_logs, Event};

/// The sum that the events in these logs pay to whoever acts, in base units of the settlement mint.
pub fn earned(logs: &[String]) -> u64 {
    let events = from_logs(logs.iter().map(String::as_str));
    events.iter().map(of).fold(0, u64::saturating_add)
}

fn of(event: &Event) -> u64 {
    match event {
        Event::Liquidated(event) => event.bonus,
        Event::ExcessSold(event) => event.discount,
        Event::TakenOver(event) => event.discount,
        Event::DefaultDeclared(event) => event.bounty,
        Event::LossAllocated(event) => event.bounty,
        _ => 0,
    }
}

/// Writes base units as tokens, for logs: 1,234,500 base units with 6 decimals are `1.234500`.
pub fn tokens(amount: u64, decimals: u8) -> String {
    let one = 10u64.saturating_pow(decimals.into()).max(1);
    match decimals {
        0 => amount.to_string(),
        _ => format!("{}.{:0width$}", amount / one, amount % one, width = decimals.into()),
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        anchor_lang::Discriminator,
        base64::{engine::general_purpose::STANDARD, Engine as _},
        bulkhead::events::{Liquidated, LossAllocated, Settled},
        bytemuck::{bytes_of, Pod, Zeroable},
    };

    fn line<T: Pod + Discriminator>(event: &T) -> String {
        format!("Program data: {}", STANDARD.encode([T::DISCRIMINATOR, bytes_of(event)].concat()))
    }

    #[test]
    fn bounties_and_bonuses_are_added_up() {
        let program = bulkhead_client::program_id();
        let logs = [
            format!("Program {program} invoke [1]"),
            line(&Liquidated { bonus: 30, fee: 7, ..Liquidated::zeroed() }),
            line(&LossAllocated { bounty: 5, residual: 9, ..LossAllocated::zeroed() }),
            line(&Settled { paid: 1_000, ..Settled::zeroed() }),
            format!("Program {program} success"),
        ];
        assert_eq!(earned(&logs), 35);
        assert_eq!(earned(&[]), 0);
    }

    #[test]
    fn amounts_have_their_decimals() {
        assert_eq!([tokens(1_234_500, 6), tokens(7, 0), tokens(5, 2)], ["1.234500", "7", "0.05"]);
    }
}
