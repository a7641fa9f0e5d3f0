//! Reading events from a transaction's logs.

use {
    crate::program_id,
    base64::{engine::general_purpose::STANDARD, Engine as _},
};

pub use crate::generated::event::*;

const DATA: &str = "Program data: ";

/// Returns the program's events in a transaction's log lines, in order. Only lines that the program
/// itself has written count: any program in the same transaction can log the same bytes.
///
/// ```
/// use bulkhead_interface::{event, program_id};
///
/// let own = program_id();
/// let logs = [format!("Program {own} invoke [1]"), format!("Program {own} success")];
/// assert!(event::from_logs(logs.iter().map(String::as_str)).is_empty());
/// ```
pub fn from_logs<'a>(logs: impl IntoIterator<Item = &'a str>) -> Vec<Event> {
    let own = program_id().to_string();
    let (mut events, mut running) = (vec![], vec![]);
    for line in logs {
        if let Some(data) = line.strip_prefix(DATA) {
            let bytes = STANDARD.decode(data).ok().filter(|_| running.last() == Some(&own.as_str()));
            events.extend(bytes.and_then(|bytes| Event::decode(&bytes)));
            continue;
        }
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("Program"), Some(program), Some("invoke")) => running.push(program),
            (Some("Program"), Some(program), Some("success" | "failed:"))
                if running.last() == Some(&program) =>
            {
                running.pop();
            }
            _ => {}
        }
    }
    events
}
