//! Minimisation without derivatives.

/// The lowest point that Nelder and Mead's simplex finds from `start`, with first edges of `edges`,
/// within `most` rounds. Ties and order do not depend on anything but the input.
pub fn minimise(cost: impl Fn(&[f64]) -> f64, start: &[f64], edges: &[f64], most: usize) -> Vec<f64> {
    let n = start.len();
    let mut points: Vec<(f64, Vec<f64>)> = vec![(cost(start), start.to_vec())];
    for axis in 0..n {
        let mut point = start.to_vec();
        point[axis] += edges[axis];
        points.push((cost(&point), point));
    }
    for _ in 0..most {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (best, worst) = (points[0].0, points[n].0);
        if (worst - best).abs() <= 1e-9 * (1.0 + best.abs()) {
            break;
        }
        let centre: Vec<f64> = (0..n)
            .map(|axis| points[..n].iter().map(|point| point.1[axis]).sum::<f64>() / n as f64)
            .collect();
        let along = |factor: f64| -> (f64, Vec<f64>) {
            let far = &points[n].1;
            let point: Vec<f64> =
                centre.iter().zip(far).map(|(centre, far)| centre + factor * (far - centre)).collect();
            (cost(&point), point)
        };
        let reflected = along(-1.0);
        let next = if reflected.0 < best {
            let further = along(-2.0);
            if further.0 < reflected.0 {
                further
            } else {
                reflected
            }
        } else if reflected.0 < points[n - 1].0 {
            reflected
        } else {
            let nearer = if reflected.0 < worst { along(-0.5) } else { along(0.5) };
            if nearer.0 >= worst.min(reflected.0) {
                shrink(&mut points, &cost);
                continue;
            }
            nearer
        };
        points[n] = next;
    }
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points.swap_remove(0).1
}

/// Moves every point half way to the best one.
fn shrink(points: &mut [(f64, Vec<f64>)], cost: &impl Fn(&[f64]) -> f64) {
    let best = points[0].1.clone();
    for point in points.iter_mut().skip(1) {
        let nearer: Vec<f64> = point.1.iter().zip(&best).map(|(x, best)| 0.5 * (x + best)).collect();
        *point = (cost(&nearer), nearer);
    }
}

/// The lowest point of a function with one valley between `low` and `high`, by golden section.
pub fn golden(cost: impl Fn(f64) -> f64, mut low: f64, mut high: f64, rounds: usize) -> f64 {
    let ratio = (5f64.sqrt() - 1.0) / 2.0;
    let (mut a, mut b) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_a, mut at_b) = (cost(a), cost(b));
    for _ in 0..rounds {
        if at_a <= at_b {
            high = b;
            (b, at_b) = (a, at_a);
            a = high - ratio * (high - low);
            at_a = cost(a);
        } else {
            low = a;
            (a, at_a) = (b, at_b);
            b = low + ratio * (high - low);
            at_b = cost(b);
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curved_valley_is_followed_to_its_end() {
        let banana = |x: &[f64]| 100.0 * (x[1] - x[0] * x[0]).powi(2) + (1.0 - x[0]).powi(2);
        let found = minimise(banana, &[-1.2, 1.0], &[0.5, 0.5], 2_000);
        assert!((found[0] - 1.0).abs() < 1e-3 && (found[1] - 1.0).abs() < 2e-3, "{found:?}");
        let found = golden(|x| (x - 2.0).powi(2), 0.0, 10.0, 60);
        assert!((found - 2.0).abs() < 1e-6);
    }
}
