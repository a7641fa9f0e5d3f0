//! From volatility to the rates in force.
//!
//! With a multiplier `m` (see [`crate::volatility`]), base rates, and maintenance margin `mm` in
//! force:
//!
//! 1. maintenance margin moves towards `base_mm * m` at a bounded speed, in both directions: nobody
//!    is liquidated because a parameter jumped. Its target is the one known when the time began to
//!    run, so that a silent hour does not let it jump;
//! 2. initial margin `= (base_im - base_mm) m + max(base_mm m, mm)`: it follows at once, and stays
//!    above maintenance margin by the gap of the base rates times `m`;
//! 3. contribution rate `= base m`, at once;
//! 4. stress move `= base max(m, 1)`: a calm market can still gap.
//!
//! Rounded up in favour of the fund, but for maintenance margin, which is rounded down in favour of
//! members.

use crate::{requirements::Rates, units::Bps};

/// Parts of a basis point in which maintenance margin ramps: a speed per hour is then a whole
/// number per second.
pub const RAMP_PARTS: u32 = 3_600;

/// Maintenance margin in parts of a basis point ([`RAMP_PARTS`]).
pub type RampBps = u32;

/// Returns the rate towards which maintenance margin ramps: `base * multiplier`, in parts of a
/// basis point, rounded down in favour of members.
#[inline(always)]
#[allow(clippy::arithmetic_side_effects)] // 2^16 * 2^16 * 3600 fits a word.
pub fn ramp_target(base: Bps, multiplier_bps: u16) -> RampBps {
    let parts = u64::from(base.0) * u64::from(multiplier_bps) * u64::from(RAMP_PARTS) / Bps::ONE;
    u32::try_from(parts).unwrap_or(u32::MAX)
}

/// Returns `now` after `secs` on its way to `target` at a speed. It is exact: how the time is cut
/// up makes no difference.
#[inline(always)]
pub fn ramp(now: RampBps, target: RampBps, bps_per_hour: u16, secs: u64) -> RampBps {
    let step = u64::from(bps_per_hour).wrapping_mul(secs.min(u64::from(u32::MAX))); // 16 bits times 32
    let step = u32::try_from(step).unwrap_or(u32::MAX);
    if now < target {
        now.saturating_add(step).min(target)
    } else {
        now.saturating_sub(step).max(target)
    }
}

/// Returns the rates in force, at most 100%.
#[inline(always)]
// The ramp's parts are a constant; rates and multipliers have 16 bits. `div_ceil` would divide twice.
#[allow(clippy::arithmetic_side_effects, clippy::manual_div_ceil)]
pub fn effective(base: &Rates, multiplier_bps: u16, maintenance: RampBps) -> Rates {
    // Rounded up in favour of the fund.
    let times =
        |rate: u16, multiplier: u16| (u64::from(rate) * u64::from(multiplier) + (Bps::ONE - 1)) / Bps::ONE;
    let maintenance = u64::from(maintenance / RAMP_PARTS);
    let target = times(base.maintenance.0, multiplier_bps);
    let gap = times(base.initial.0.saturating_sub(base.maintenance.0), multiplier_bps);
    let initial = gap + target.max(maintenance);
    let contribution = times(base.contribution.0, multiplier_bps);
    let stress = times(base.stress.0, multiplier_bps.max(Bps::ONE as u16));
    let bps = |rate: u64| Bps(rate.min(Bps::ONE) as u16);
    Rates {
        initial: bps(initial),
        maintenance: bps(maintenance),
        contribution: bps(contribution),
        stress: bps(stress.max(initial)),
        ..*base
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASE: Rates = Rates {
        initial: Bps(1_000),
        maintenance: Bps(550),
        contribution: Bps(150),
        stress: Bps(3_500),
        ..Rates::NONE
    };

    #[test]
    fn at_one_the_rates_are_the_base() {
        assert_eq!(effective(&BASE, 10_000, ramp_target(BASE.maintenance, 10_000)), BASE);
    }

    #[test]
    fn initial_margin_follows_at_once_and_maintenance_ramps() {
        // Volatility doubles: initial margin 20% at once, maintenance still 5.5%.
        let now = ramp_target(BASE.maintenance, 10_000);
        let tight = effective(&BASE, 20_000, now);
        assert_eq!((tight.initial, tight.maintenance), (Bps(2_000), Bps(550)));
        assert_eq!((tight.contribution, tight.stress), (Bps(300), Bps(7_000)));
        // An hour later at 100 bps an hour.
        let later = ramp(now, ramp_target(BASE.maintenance, 20_000), 100, 3_600);
        assert_eq!(effective(&BASE, 20_000, later).maintenance, Bps(650));
        // Volatility is back: initial margin falls by its own part, the rest waits for maintenance.
        let calm = effective(&BASE, 10_000, later);
        assert_eq!((calm.initial, calm.maintenance), (Bps(1_100), Bps(650)));
        // Calm: the stress move stays.
        assert_eq!(effective(&BASE, 5_000, 0).stress, Bps(3_500));
    }

    proptest! {
        /// However it is cranked, maintenance margin moves no faster than its speed, and is where
        /// one crank would have put it.
        #[test]
        fn a_ramp_is_the_same_in_pieces(
            now in 0u32..36_000_000, target in 0u32..36_000_000, speed in 0u16..2_000, steps in proptest::collection::vec(0u64..4_000, 1..30),
        ) {
            let pieces = steps.iter().fold(now, |now, secs| ramp(now, target, speed, *secs));
            let secs = steps.iter().sum::<u64>();
            prop_assert_eq!(pieces, ramp(now, target, speed, secs));
            prop_assert!(u64::from(pieces.abs_diff(now)) <= u64::from(speed) * secs);
        }

        /// Initial margin stays above maintenance margin, and at least at what the smallest
        /// multiplier makes of it.
        #[test]
        fn initial_margin_stays_above_maintenance(
            maintenance in 1u16..3_000, gap in 1u16..2_000, multiplier in 2_500u16..50_000, ramped in 0u32..9_000 * RAMP_PARTS,
        ) {
            let base = Rates { initial: Bps(maintenance + gap), maintenance: Bps(maintenance), ..BASE };
            let rates = effective(&base, multiplier, ramped);
            prop_assert!(rates.maintenance < rates.initial);
            prop_assert!(rates.initial <= rates.stress);
            let least = u64::from(base.initial.0) * u64::from(multiplier) / 10_000;
            prop_assert!(u64::from(rates.initial.0) >= least.min(10_000));
        }
    }
}
