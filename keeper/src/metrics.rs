//! The keeper's metrics, in the form that Prometheus reads.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Counters and gauges of one keeper.
#[derive(Default)]
pub struct Metrics {
    /// The fund, a label of every value; empty in tests.
    fund: String,
    values: Mutex<BTreeMap<(&'static str, String), f64>>,
    read_at: Mutex<Option<Instant>>,
    trouble: Mutex<Option<String>>,
}

/// Name, type and meaning of every metric.
const KNOWN: [(&str, &str, &str); 34] = [
    ("actions_total", "counter", "Transactions by action and outcome."),
    ("compute_units_total", "counter", "Compute units of transactions that landed."),
    ("due_members", "gauge", "Members below maintenance, in default or in grace."),
    ("due_slots", "gauge", "For how many slots the oldest of them has been."),
    (
        "earned_base_units_total",
        "counter",
        "Bounties, bonuses and discounts by action, in base units, as simulated before sending.",
    ),
    ("errand_lamports", "gauge", "Lamports that are left for errands."),
    ("errands_waiting", "gauge", "Errands that wait for lamports."),
    ("errors_total", "counter", "Errors by where they happened."),
    ("fee_lamports_total", "counter", "Lamports that the network took, by action."),
    ("feed_connected", "gauge", "Whether the feed delivers: the websocket, or gRPC."),
    ("feed_messages_total", "counter", "Account changes it has delivered."),
    ("feed_reconnects_total", "counter", "How often it had to be connected again."),
    ("given_up_total", "counter", "Effects left alone for a while after too many attempts."),
    ("hermes_connected", "gauge", "Whether Hermes has answered last."),
    ("hermes_errors_total", "counter", "Errors of Hermes, and updates that cannot be posted, by kind."),
    ("hermes_updates_total", "counter", "Price updates from Hermes."),
    ("in_flight", "gauge", "Transactions in flight."),
    ("indexed_members", "gauge", "Members with a trigger price."),
    ("left_out", "gauge", "Parts that the last plan went on without: their numbers leave their types."),
    ("members", "gauge", "Members of the fund."),
    ("note_late_secs", "gauge", "The longest time by which the price of a book of policies is noted late."),
    ("payer_lamports", "gauge", "Lamports of the payer."),
    ("policies", "gauge", "Policies that are sold and not settled."),
    ("posts_total", "counter", "Transactions that post a price, by outcome."),
    ("prints_asked_total", "counter", "Prints of takings that were not heard and that Hermes was asked for."),
    ("pro_connected", "gauge", "Connections to servers of Pyth Pro that have answered last."),
    ("pro_errors_total", "counter", "Errors of Pyth Pro, and messages that cannot be posted, by kind."),
    ("pro_fee_lamports_total", "counter", "Lamports that Pyth Pro's contract took for posts."),
    ("pro_messages_total", "counter", "Messages from servers of Pyth Pro."),
    ("reloads_total", "counter", "How often all accounts were read."),
    ("slot", "gauge", "The chain's slot."),
    ("step_seconds_total", "counter", "Time spent on decisions."),
    ("steps_total", "counter", "Decisions taken."),
    ("unsound_members", "gauge", "Members whose numbers cannot be judged."),
];

impl Metrics {
    /// The metrics of a fund's keeper.
    pub fn of(fund: impl ToString) -> Self {
        Self { fund: fund.to_string(), ..Self::default() }
    }

    /// Adds to a counter. `labels` have Prometheus' form: `action="settle"`.
    pub fn add(&self, name: &'static str, labels: &str, value: f64) {
        *lock(&self.values).entry((name, labels.to_owned())).or_default() += value;
    }

    /// Sets a gauge.
    pub fn set(&self, name: &'static str, value: f64) {
        lock(&self.values).insert((name, String::new()), value);
    }

    /// The current value of a metric.
    pub fn get(&self, name: &'static str, labels: &str) -> f64 {
        lock(&self.values).get(&(name, labels.to_owned())).copied().unwrap_or_default()
    }

    /// Notes that the chain has just been read.
    pub fn read(&self) {
        *lock(&self.read_at) = Some(Instant::now());
    }

    /// Notes a condition that keeps the keeper from working; `None` ends it.
    pub fn trouble(&self, why: Option<String>) {
        *lock(&self.trouble) = why;
    }

    /// The reason why the keeper is not healthy, if it is not.
    pub fn unhealthy(&self, stale: Duration) -> Option<String> {
        let age = lock(&self.read_at).map(|at| at.elapsed());
        match age {
            None => Some("the fund is not loaded yet".into()),
            Some(age) if age > stale => Some(format!("the chain was last read {} s ago", age.as_secs())),
            Some(_) => lock(&self.trouble).clone(),
        }
    }

    /// All metrics in Prometheus' text format.
    pub fn render(&self) -> String {
        render([self])
    }

    /// Writes the values of one metric, each with the fund as a label.
    fn write(&self, text: &mut String, name: &'static str) {
        let values = lock(&self.values);
        let fund = if self.fund.is_empty() { String::new() } else { format!("fund=\"{}\"", self.fund) };
        for ((_, own), value) in
            values.range((name, String::new())..).take_while(|((key, _), _)| *key == name)
        {
            let labels: Vec<&str> = [&fund, own].into_iter().map(String::as_str).collect();
            let labels: Vec<&str> = labels.into_iter().filter(|label| !label.is_empty()).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "bulkhead_keeper_{name}{labels} {value}");
        }
    }
}

/// The metrics of several keepers in one document: each metric is explained once.
pub fn render<'m>(all: impl IntoIterator<Item = &'m Metrics> + Clone) -> String {
    let mut text = String::new();
    for (name, kind, meaning) in KNOWN {
        let _ =
            writeln!(text, "# HELP bulkhead_keeper_{name} {meaning}\n# TYPE bulkhead_keeper_{name} {kind}");
        all.clone().into_iter().for_each(|metrics| metrics.write(&mut text, name));
    }
    text
}

/// Locks a mutex even after a panic elsewhere: metrics go on.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_written_as_prometheus_reads_them() {
        let metrics = Metrics::default();
        metrics.add("actions_total", "action=\"settle\",outcome=\"landed\"", 2.0);
        metrics.add("actions_total", "action=\"settle\",outcome=\"landed\"", 1.0);
        metrics.set("slot", 7.0);
        let text = metrics.render();
        assert!(
            text.contains("bulkhead_keeper_actions_total{action=\"settle\",outcome=\"landed\"} 3\n"),
            "{text}"
        );
        assert!(text.contains("# TYPE bulkhead_keeper_slot gauge\nbulkhead_keeper_slot 7\n"), "{text}");
        assert!(KNOWN.is_sorted());
    }

    #[test]
    fn several_funds_are_one_document() {
        let (first, second) = (Metrics::of("A"), Metrics::of("B"));
        first.set("slot", 7.0);
        second.set("slot", 8.0);
        second.add("fee_lamports_total", "action=\"settle\"", 5_000.0);
        let text = render([&first, &second]);
        let slots = "# TYPE bulkhead_keeper_slot gauge\nbulkhead_keeper_slot{fund=\"A\"} 7\n\
                     bulkhead_keeper_slot{fund=\"B\"} 8\n";
        assert!(text.contains(slots), "{text}");
        assert!(text.contains("bulkhead_keeper_fee_lamports_total{fund=\"B\",action=\"settle\"} 5000\n"));
        assert_eq!(text.matches("# TYPE bulkhead_keeper_slot ").count(), 1);
    }

    /// Alert rules and dashboard name metrics that there are.
    #[test]
    fn the_files_for_operators_name_known_metrics() {
        for (file, text) in [
            ("alerts.yml", include_str!("../ops/alerts.yml")),
            ("dashboard.json", include_str!("../ops/dashboard.json")),
        ] {
            let mut found = 0;
            for (_, rest) in text.match_indices("bulkhead_keeper_").map(|(at, _)| text.split_at(at)) {
                let name = rest.trim_start_matches("bulkhead_keeper_");
                let end = name.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(name.len());
                assert!(KNOWN.iter().any(|(known, ..)| *known == &name[..end]), "{file}: {}", &name[..end]);
                found += 1;
            }
            assert!(found >= 5, "{file}");
        }
    }

    #[test]
    fn health_is_a_chain_read_of_late_without_trouble() {
        let metrics = Metrics::default();
        let minute = Duration::from_secs(60);
        assert!(metrics.unhealthy(minute).is_some());
        metrics.read();
        assert_eq!(metrics.unhealthy(minute), None);
        metrics.trouble(Some("no SOL".into()));
        assert_eq!(metrics.unhealthy(minute), Some("no SOL".into()));
    }
}
