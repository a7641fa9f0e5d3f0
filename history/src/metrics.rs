//! The ledger's metrics, in the form that Prometheus reads.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Counters and gauges of one ledger.
#[derive(Default)]
pub struct Metrics {
    values: Mutex<BTreeMap<(&'static str, String), f64>>,
    read_at: Mutex<Option<Instant>>,
    trouble: Mutex<Option<String>>,
}

/// Name, type and meaning of every metric.
const KNOWN: [(&str, &str, &str); 14] = [
    ("audit_parted", "gauge", "Whether events contradict each other."),
    ("errors_total", "counter", "Errors by where they happened."),
    ("events_total", "counter", "Final events written since the start."),
    ("feed_connected", "gauge", "Whether the websocket delivers."),
    ("lag_slots", "gauge", "Slots between the newest final block and what the ledger has read."),
    ("news_listeners", "gauge", "Clients that listen to events."),
    ("provisional", "gauge", "Transactions that may still vanish."),
    ("queue", "gauge", "Transactions that are listed and not read yet."),
    ("request_seconds_total", "counter", "Time spent on answers of the API."),
    ("requests_total", "counter", "Answers of the API, by status."),
    ("slot", "gauge", "Slot of the last final transaction."),
    ("transactions_total", "counter", "Final transactions written since the start."),
    ("truncated", "gauge", "Transactions whose events are not all known."),
    ("withdrawn_total", "counter", "Provisional transactions that have vanished."),
];

impl Metrics {
    /// Adds to a counter. `labels` have Prometheus' form: `where="rpc"`.
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

    /// Notes that the ledger has just caught up with the node.
    pub fn read(&self) {
        *lock(&self.read_at) = Some(Instant::now());
    }

    /// Notes a condition that keeps the ledger from being complete; `None` ends it.
    pub fn trouble(&self, why: Option<String>) {
        *lock(&self.trouble) = why;
    }

    /// The reason why the ledger is not healthy, if it is not.
    pub fn unhealthy(&self, stale: Duration) -> Option<String> {
        let age = lock(&self.read_at).map(|at| at.elapsed());
        match (lock(&self.trouble).clone(), age) {
            (Some(trouble), _) => Some(trouble),
            (None, None) => Some("the history is not read yet".into()),
            (None, Some(age)) if age > stale => {
                Some(format!("the node was last read {} s ago", age.as_secs()))
            }
            (None, Some(_)) => None,
        }
    }

    /// All metrics in Prometheus' text format.
    pub fn render(&self) -> String {
        let values = lock(&self.values);
        let mut text = String::new();
        for (name, kind, meaning) in KNOWN {
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "# HELP bulkhead_history_{name} {meaning}\n# TYPE bulkhead_history_{name} {kind}"
            );
            let of_name = values.range((name, String::new())..).take_while(|((key, _), _)| *key == name);
            for ((_, labels), value) in of_name {
                let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
                let _ = writeln!(text, "bulkhead_history_{name}{labels} {value}");
            }
        }
        text
    }
}

/// Locks a mutex even after a panic elsewhere: metrics go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_written_as_prometheus_reads_them() {
        let metrics = Metrics::default();
        metrics.add("errors_total", "where=\"rpc\"", 1.0);
        metrics.add("errors_total", "where=\"rpc\"", 1.0);
        let text = metrics.render();
        assert!(text.contains("bulkhead_history_errors_total{where=\"rpc\"} 2\n"), "{text}");
        assert!(KNOWN.is_sorted());
    }

    /// Alert rules and dashboard name metrics that there are, the keeper's too.
    #[test]
    fn the_files_for_operators_name_known_metrics() {
        let known = Metrics::default().render() + &bulkhead_keeper::metrics::Metrics::default().render();
        for (file, least, text) in [
            ("alerts.yml", 5, include_str!("../ops/alerts.yml")),
            ("dashboard.json", 15, include_str!("../ops/dashboard.json")),
        ] {
            let names: Vec<&str> = text
                .split(|c: char| !c.is_ascii_lowercase() && c != '_')
                .filter(|word| word.starts_with("bulkhead_"))
                .collect();
            for name in &names {
                assert!(known.contains(&format!("# TYPE {name} ")), "{file}: {name}");
            }
            assert!(names.len() >= least, "{file}");
        }
        let dashboard: serde_json::Value =
            serde_json::from_str(include_str!("../ops/dashboard.json")).unwrap();
        assert!(dashboard["panels"].as_array().is_some_and(|panels| panels.len() >= 12));
    }

    #[test]
    fn trouble_is_told_before_staleness() {
        let metrics = Metrics::default();
        let minute = Duration::from_secs(60);
        assert!(metrics.unhealthy(minute).is_some());
        metrics.read();
        assert_eq!(metrics.unhealthy(minute), None);
        metrics.trouble(Some("disk full".into()));
        assert_eq!(metrics.unhealthy(minute), Some("disk full".into()));
    }
}
