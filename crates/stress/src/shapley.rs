//! Shapley values of the Cover-k game: what each member should pay of a fund that withstands the k
//! largest losses of its members.
//!
//! 26. `c(S)` is the sum of the k largest stress losses in `S`. With losses in rising order
//!     `x_1 <= ... <= x_n` and `x_0 = 0`, the Shapley value is
//!     `phi_(i) = sum over j <= i of (x_j - x_{j-1}) min(k, n - j + 1) / (n - j + 1)`.
//!     For k = 1 this is the airport game of Littlechild and Owen: losses of 10, 20 and 60 give
//!     3.33, 8.33 and 48.33.
//! 27. It must not set charges where wallets are free: the member with 60 pays 21.67 instead of
//!     48.33 if it splits into two of 30, and the fund shrinks from 60 to 30.

use crate::{random::Random, workers};

/// The cost of a group: its `k` largest losses.
pub fn cost(losses: &[f64], k: usize) -> f64 {
    let mut sorted = losses.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    sorted.iter().take(k).sum()
}

/// The Shapley value of each member, in the order of `losses`, which are not negative.
pub fn cover(losses: &[f64], k: usize) -> Vec<f64> {
    let n = losses.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| losses[*a].total_cmp(&losses[*b]).then(a.cmp(b)));
    let mut values = vec![0.0; n];
    let (mut value, mut below) = (0.0, 0.0);
    for (place, member) in order.into_iter().enumerate() {
        let above = (n - place) as f64;
        value += (losses[member] - below) * (k as f64).min(above) / above;
        below = losses[member];
        values[member] = value;
    }
    values
}

/// An estimate by random orders of arrival.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled {
    /// The value of each member.
    pub values: Vec<f64>,
    /// Its standard error.
    pub errors: Vec<f64>,
}

/// Permutations that bring a member's value within `error` with probability `1 - delta`, when its
/// contributions span `range`: `range^2 ln(2 / delta) / (2 error^2)` (Hoeffding).
pub fn permutations(range: f64, error: f64, delta: f64) -> usize {
    let needed = range * range * libm::log(2.0 / delta) / (2.0 * error * error);
    needed.ceil() as usize
}

/// Permutations that are added up before their sum is rounded to the next.
const BATCH: usize = 64;

/// Estimates the Shapley values by `permutations` orders of arrival. Each order gives every member's
/// contribution in one pass, with the k largest so far at hand.
pub fn sample(losses: &[f64], k: usize, permutations: usize, seed: u64) -> Sampled {
    let n = losses.len();
    let batches = workers::map(
        permutations.div_ceil(BATCH),
        || (0..n).collect::<Vec<usize>>(),
        |order, batch| {
            let mut random = Random::new(seed, batch as u64);
            order.clear();
            order.extend(0..n);
            let mut sums = vec![(0.0, 0.0); n];
            for _ in 0..BATCH.min(permutations - batch * BATCH) {
                for last in (1..n).rev() {
                    order.swap(last, random.below(last + 1));
                }
                arrivals(losses, k, order, |member, added| {
                    sums[member].0 += added;
                    sums[member].1 += added * added;
                });
            }
            sums
        },
        |_, _| {},
    );
    let m = permutations as f64;
    let mut totals = vec![(0.0, 0.0); n];
    for batch in batches {
        for (total, sum) in totals.iter_mut().zip(batch) {
            *total = (total.0 + sum.0, total.1 + sum.1);
        }
    }
    let error = |sum: f64, squares: f64| ((squares / m - (sum / m).powi(2)).max(0.0) / m).sqrt();
    Sampled {
        values: totals.iter().map(|(sum, _)| sum / m).collect(),
        errors: totals.iter().map(|(sum, squares)| error(*sum, *squares)).collect(),
    }
}

/// What each member adds to the cost when members arrive in this order.
fn arrivals(losses: &[f64], k: usize, order: &[usize], mut each: impl FnMut(usize, f64)) {
    let mut largest: Vec<f64> = Vec::with_capacity(k + 1);
    for member in order {
        let loss = losses[*member];
        let place = largest.partition_point(|known| *known >= loss);
        largest.insert(place, loss);
        let out = if largest.len() > k { largest.pop().unwrap_or_default() } else { 0.0 };
        each(*member, loss - out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition: the average over all orders.
    fn brute(losses: &[f64], k: usize) -> Vec<f64> {
        fn permute(order: &mut Vec<usize>, from: usize, each: &mut impl FnMut(&[usize])) {
            if from == order.len() {
                each(order);
            }
            for place in from..order.len() {
                order.swap(from, place);
                permute(order, from + 1, each);
                order.swap(from, place);
            }
        }
        let (mut sums, mut count) = (vec![0.0; losses.len()], 0.0);
        permute(&mut (0..losses.len()).collect(), 0, &mut |order| {
            count += 1.0;
            for (place, member) in order.iter().enumerate() {
                let group = |size: usize| -> Vec<f64> { order[..size].iter().map(|m| losses[*m]).collect() };
                sums[*member] += cost(&group(place + 1), k) - cost(&group(place), k);
            }
        });
        sums.iter().map(|sum| sum / count).collect()
    }

    #[test]
    fn all_orders_of_six_members_agree_with_the_closed_form() {
        let losses = [3.0, 14.0, 15.0, 9.0, 2.6, 53.0];
        for k in 1..=3 {
            for (closed, all) in cover(&losses, k).iter().zip(brute(&losses, k)) {
                assert!((closed - all).abs() < 1e-9, "k = {k}: {closed} and {all}");
            }
        }
    }

    #[test]
    fn sampling_converges_within_its_errors() {
        let losses: Vec<f64> = (1..=40).map(|i| f64::from(i * i)).collect();
        let closed = cover(&losses, 2);
        // A member adds at most the largest loss. One in a thousand may be further off than 20.
        let orders = permutations(1_600.0, 20.0, 0.001);
        assert_eq!(orders, 24_323);
        let sampled = sample(&losses, 2, orders, 9);
        assert_eq!(sampled, sample(&losses, 2, orders, 9));
        for (member, closed) in closed.iter().enumerate() {
            let error = (sampled.values[member] - closed).abs();
            assert!(error <= 20.0 && error <= 4.0 * sampled.errors[member].max(1e-9), "{member}: {error}");
        }
    }

    proptest! {
        /// Efficiency, symmetry, monotonicity, and the core: no group pays more than alone.
        #[test]
        fn the_axioms_hold(
            losses in proptest::collection::vec(0f64..1e3, 1..9), k in 1usize..4, group in any::<u16>(),
        ) {
            let values = cover(&losses, k);
            prop_assert!((values.iter().sum::<f64>() - cost(&losses, k)).abs() < 1e-6);
            for a in 0..losses.len() {
                for b in 0..losses.len() {
                    prop_assert!(losses[a] > losses[b] || values[a] <= values[b] + 1e-9);
                }
            }
            let members: Vec<usize> = (0..losses.len()).filter(|m| group >> m & 1 == 1).collect();
            let alone: Vec<f64> = members.iter().map(|m| losses[*m]).collect();
            let pays: f64 = members.iter().map(|m| values[*m]).sum();
            prop_assert!(pays <= cost(&alone, k) + 1e-9);
        }

        /// 27: to split never costs more, so it is done where wallets are free.
        #[test]
        fn to_split_a_wallet_pays(
            mut losses in proptest::collection::vec(0f64..1e3, 2..9), k in 1usize..3, part in 0.1f64..0.9,
        ) {
            let last = losses.pop().unwrap();
            let whole = cover(&[losses.clone(), vec![last]].concat(), k);
            let split = cover(&[losses, vec![part * last, (1.0 - part) * last]].concat(), k);
            let n = split.len();
            prop_assert!(split[n - 1] + split[n - 2] <= whole[n - 2] + 1e-9);
        }
    }
}
