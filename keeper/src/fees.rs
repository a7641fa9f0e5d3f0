//! Compute limits and priority fees of transactions.

use {
    crate::{
        config::{FeePolicy, Fees},
        prices::pro::placed,
    },
    bulkhead_client::Instruction,
    solana_compute_budget_interface::ComputeBudgetInstruction,
};

/// Most compute units that a transaction may ask for.
pub const MOST_UNITS: u32 = 1_400_000;

/// Compute units of a branch that a simulation has not taken: a breaker that trips, an epoch that ends, a
/// declaration where a grace began.
const BRANCH_UNITS: u128 = 5_000;

impl Fees {
    /// The compute limit to ask for after a simulation of so many instructions has used `units`.
    pub fn limit(&self, units: u64, instructions: usize) -> u32 {
        let margin = u128::from(units) * u128::from(self.unit_margin_percent) / 100;
        let asked = u128::from(units) + margin + BRANCH_UNITS * instructions as u128;
        u32::try_from(asked).unwrap_or(MOST_UNITS).clamp(1, MOST_UNITS)
    }

    /// The fee per compute unit, in micro-lamports, given the fees that others paid recently.
    pub fn price(&self, recent: &[u64]) -> u64 {
        match self.policy {
            FeePolicy::Fixed => self.micro_lamports,
            FeePolicy::Percentile => percentile(recent, self.percentile).clamp(self.micro_lamports, self.cap),
        }
    }

    /// The price after so many attempts have expired: twice as much each time, up to the cap.
    pub fn raised(&self, price: u64, expired: u32) -> u64 {
        let raised = price.max(1).saturating_mul(1u64.checked_shl(expired).unwrap_or(u64::MAX));
        if expired == 0 {
            price
        } else {
            raised.min(self.cap).max(price)
        }
    }
}

/// The `percent`th percentile; zero if there are no values.
fn percentile(values: &[u64], percent: u8) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let index = sorted.len().saturating_sub(1) * usize::from(percent.min(100)) / 100;
    sorted.get(index).copied().unwrap_or(0)
}

/// Puts a compute budget before the instructions.
pub fn budgeted(instructions: &[Instruction], units: u32, price: u64) -> Vec<Instruction> {
    let mut all = vec![
        ComputeBudgetInstruction::set_compute_unit_limit(units),
        ComputeBudgetInstruction::set_compute_unit_price(price),
    ];
    all.extend_from_slice(instructions);
    placed(all)
}

/// Lamports that the network takes of each signature.
const SIGNATURE_LAMPORTS: u64 = 5_000;

/// Lamports that the network takes: for the signatures, and the price of every compute unit of the
/// limit, rounded up for the network.
pub fn fee(signatures: u64, limit: u32, price: u64) -> u64 {
    let priority = (u128::from(limit) * u128::from(price)).div_ceil(1_000_000);
    signatures.saturating_mul(SIGNATURE_LAMPORTS).saturating_add(u64::try_from(priority).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fee_is_for_signatures_and_the_limit() {
        assert_eq!((fee(1, 0, 0), fee(2, 200_000, 1_000), fee(1, 1, 1)), (5_000, 10_200, 5_001));
    }

    #[test]
    fn a_limit_is_the_simulation_and_a_margin() {
        let fees = Fees::default();
        assert_eq!(
            (fees.limit(10_000, 1), fees.limit(0, 0), fees.limit(u64::MAX, 1)),
            (17_000, 1, MOST_UNITS)
        );
    }

    #[test]
    fn i10_no_limit_is_too_low_when_a_breaker_trips() {
        let figures = include_str!("../../tests/benches/cu.json");
        let figures: serde_json::Value = serde_json::from_str(figures).unwrap();
        for (instruction, simulated, happens) in [
            ("crank_market", "", "breaker trips"),
            ("allocate_loss", "", "epoch ends"),
            ("declare_default", "grace starts", "1 position"),
            ("take_over", "", "house flat"),
        ] {
            let units = |case: &str| figures["instructions"][instruction]["cases"][case].as_u64().unwrap();
            let limit = Fees::default().limit(units(simulated), 1);
            assert!(u64::from(limit) >= units(happens), "{instruction}, {happens}: {limit}");
        }
    }

    #[test]
    fn i10_the_attempt_after_an_expiry_offers_more() {
        let fees = Fees { cap: 1_000, ..Fees::default() };
        let offers = [0, 1, 2, 3, 4, 200].map(|expired| fees.raised(100, expired));
        assert_eq!(offers, [100, 200, 400, 800, 1_000, 1_000]);
        assert_eq!(fees.raised(5_000, 3), 5_000, "what others pay is no less than the cap already");
        assert_eq!((fees.raised(0, 0), fees.raised(0, 1)), (0, 2));
    }

    #[test]
    fn a_price_is_as_others_pay_within_bounds() {
        let fees = Fees { micro_lamports: 10, cap: 500, percentile: 75, ..Fees::default() };
        assert_eq!(fees.price(&[]), 10);
        assert_eq!(fees.price(&[100, 0, 300, 200, 400]), 300);
        assert_eq!(fees.price(&[9_000; 5]), 500);
        let fixed = Fees { policy: FeePolicy::Fixed, ..fees };
        assert_eq!(fixed.price(&[9_000; 5]), 10);
    }
}
