extern crate std;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;

/// Limbs where carries, borrows and wrong first guesses of a digit live.
const EDGES: [u64; 21] = [
    0,
    1,
    2,
    3,
    10,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0001,
    0xffff_fffe,
    0xffff_ffff,
    0x1_0000_0000,
    0x1_0000_0001,
    1_000_000_000_000,
    0x7fff_ffff_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0x8000_0000_0000_0001,
    0x8000_0000_ffff_ffff,
    0xffff_ffff_0000_0000,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
];

fn check(a: u128, b: u128) {
    assert_eq!(mul(Wide::new(a), Wide::new(b)).get(), a.wrapping_mul(b), "{a:#x} * {b:#x}");
    let (quotient, remainder) = div_rem(Wide::new(a), Wide::new(b));
    let expected = (a.checked_div(b).unwrap_or(0), a.checked_rem(b).unwrap_or(a));
    assert_eq!((quotient.get(), remainder.get()), expected, "{a:#x} / {b:#x}");
}

#[test]
fn every_pair_of_edges_agrees_with_the_host() {
    let edges: Vec<u128> =
        EDGES.iter().flat_map(|&hi| EDGES.iter().map(move |&lo| Wide { hi, lo }.get())).collect();
    for &a in &edges {
        for &b in &edges {
            check(a, b);
        }
    }
}

#[test]
fn leading_zeros_agrees_with_the_host() {
    for shift in 0..64 {
        for value in [1u64 << shift, u64::MAX >> shift] {
            assert_eq!(leading_zeros(value), value.leading_zeros());
        }
    }
}

/// A number of random width: uniform ones would almost all have the top bits set.
fn any_width() -> impl Strategy<Value = u128> {
    (any::<u128>(), 0u32..128).prop_map(|(value, shift)| value >> shift)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn random_pairs_agree_with_the_host(a in any_width(), b in any_width()) {
        check(a, b);
    }

    /// n = q * d + r close to a multiple: where the correction of the estimated digit decides.
    #[test]
    fn near_multiples_agree_with_the_host(q in any_width(), d in any_width(), off in -2i128..=2) {
        check(q.wrapping_mul(d).wrapping_add(off as u128), d);
    }
}
