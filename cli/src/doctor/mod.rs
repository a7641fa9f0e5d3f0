//! Checks a deployment from chain data alone.

mod governance;
mod members;
pub mod oracles;

use {
    crate::{
        amount::decimal,
        session::Session,
        text::{Cell, Text, Tone},
        views::Page,
    },
    anyhow::Result,
    bulkhead_book::Book,
    bulkhead_inspect::checks::{custody, novation, zero_sum, History},
    serde_json::json,
};

/// Accounts closed before now have left less than a base unit each behind, and no account counts
/// them. This bound is more than there will have been, and worth less than two tokens of six
/// decimals.
const CLOSED_AT_MOST: u64 = 1 << 20;

/// Most times that the accounts are read.
const READS: usize = 4;

/// Findings in order.
#[derive(Default)]
struct Findings(Vec<(String, Tone, String)>);

impl Findings {
    fn note(&mut self, what: impl Into<String>, tone: Tone, says: impl Into<String>) {
        self.0.push((what.into(), tone, says.into()));
    }

    /// Notes a finding that is good, or else `tone`.
    fn check(&mut self, what: impl Into<String>, is_fine: bool, tone: Tone, says: impl Into<String>) {
        self.note(what, if is_fine { Tone::Good } else { tone }, says);
    }
}

/// Checks a fund. The number is the exit code: 0 if all is well, 1 if something deserves a look, 2
/// if something is wrong.
pub async fn doctor(session: &Session) -> Result<(Page, u8)> {
    let (book, prices) =
        steady(|| session.load(), |(book, _)| properties(book).iter().all(|(_, held)| held.is_ok())).await?;
    let mut found = Findings::default();
    governance::program(&mut found, session).await?;
    governance::fund(&mut found, &book);
    governance::changes(&mut found, &book, &session.changes().await?);
    for (market, oracle) in book.markets.iter().zip(&prices) {
        oracles::market(&mut found, &book, market, oracle.as_ref());
    }
    members::solvency(&mut found, &book)?;
    members::keeper(&mut found, &book);
    money(&mut found, &book);
    Ok(report(&found.0))
}

/// Reads again, a few times, while what was read contradicts itself: it comes in several requests, and a
/// transaction in between looks like a violation.
async fn steady<T, F>(read: impl Fn() -> F, is_steady: impl Fn(&T) -> bool) -> Result<T>
where
    F: std::future::Future<Output = Result<T>>,
{
    let mut found = read().await?;
    for _ in 1..READS {
        if is_steady(&found) {
            break;
        }
        found = read().await?;
    }
    Ok(found)
}

/// The properties that accounts alone show, each with its violation if it does not hold.
fn properties(book: &Book) -> [(&'static str, Result<(), String>); 3] {
    let history = History { closed: CLOSED_AT_MOST, ..History::default() };
    [
        ("P1 custody", custody(book, &history)),
        ("P2 novation", novation(book)),
        ("P3 zero-sum", zero_sum(book)),
    ]
}

/// Checks losses and the properties of the books.
fn money(found: &mut Findings, book: &Book) {
    let fund = &book.fund;
    found.check(
        "unfunded losses",
        fund.unfunded == 0,
        Tone::Bad,
        format!("{} tokens", decimal(fund.unfunded, fund.quote_decimals)),
    );
    for (what, outcome) in properties(book) {
        match outcome {
            Ok(()) => found.note(what, Tone::Good, "holds"),
            Err(violation) => found.note(what, Tone::Bad, violation),
        }
    }
}

fn report(found: &[(String, Tone, String)]) -> (Page, u8) {
    let word = |tone: &Tone| match tone {
        Tone::Plain | Tone::Good => "ok",
        Tone::Warn => "warning",
        Tone::Bad => "failure",
    };
    let has = |tone: Tone| found.iter().any(|(_, is, _)| *is == tone);
    let code = if has(Tone::Bad) { 2 } else { u8::from(has(Tone::Warn)) };
    let mut text = Text::default();
    let row = |(what, tone, says): &(String, Tone, String)| -> Vec<Cell> {
        vec![Cell(word(tone).into(), *tone), what.into(), says.into()]
    };
    text.table(&["", "check", "found"], found.iter().map(row).collect());
    let checks: Vec<_> = found
        .iter()
        .map(|(what, tone, says)| json!({ "check": what, "status": word(tone), "found": says }))
        .collect();
    ((text, json!({ "exit_code": code, "checks": checks })), code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_contradiction_is_read_again_before_it_is_told() {
        use std::cell::Cell;
        for (steady_from, reads) in [(1, 1), (3, 3), (9, READS)] {
            let count = Cell::new(0);
            let read = || {
                count.set(count.get() + 1);
                std::future::ready(Ok(count.get()))
            };
            let found = steady(read, |number| *number >= steady_from).await.unwrap();
            assert_eq!((found, count.get()), (reads, reads));
        }
    }

    #[test]
    fn the_worst_finding_decides() {
        let finding = |tone| ("check".to_owned(), tone, "found".to_owned());
        for (tones, code) in [
            (vec![], 0),
            (vec![Tone::Good], 0),
            (vec![Tone::Warn, Tone::Good], 1),
            (vec![Tone::Bad, Tone::Warn], 2),
        ] {
            let found: Vec<_> = tones.into_iter().map(finding).collect();
            let ((_, json), exit) = report(&found);
            assert_eq!(exit, code);
            assert_eq!(json["exit_code"], code);
        }
    }
}
