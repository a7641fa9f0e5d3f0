//! Whether a deployment is as it should be, from chain data alone.

use {
    crate::{
        amount::decimal,
        session::symbol,
        text::{Cell, Text, Tone},
        views::Page,
    },
    bulkhead_inspect::checks::{custody, novation, zero_sum, History},
    bulkhead_keeper::book::{Book, Quote},
    serde_json::json,
};

/// Accounts closed before now have left less than a base unit each behind, and nothing on chain counts them. This many is more
/// than there will have been, and worth less than two tokens of six decimals.
const CLOSED_AT_MOST: u64 = 1 << 20;

/// Checks a fund. The number is the exit code: 0 all is well, 1 something is worth a look, 2 something is wrong.
pub fn doctor(book: &Book) -> (Page, u8) {
    let mut found: Vec<(String, Tone, String)> = Vec::new();
    let mut note = |what: &str, tone: Tone, says: String| found.push((what.to_owned(), tone, says));
    let fund = &book.fund;

    let same = fund.authority == fund.guardian;
    let guards = if same { "the authority is its own guardian: nobody else can veto" } else { "two keys" };
    note("authority and guardian", if same { Tone::Warn } else { Tone::Good }, guards.into());
    let paused = fund.pause_bits != 0 && book.now < fund.pause_expires_ts;
    let pause = if paused { format!("bits {:#06b} are paused", fund.pause_bits) } else { "nothing is paused".into() };
    note("pause", if paused { Tone::Warn } else { Tone::Good }, pause);
    let lost = fund.unfunded > 0;
    let unfunded = decimal(fund.unfunded, fund.quote_decimals);
    note("unfunded losses", if lost { Tone::Bad } else { Tone::Good }, unfunded);

    for (market, quote) in book.markets.iter().zip(&book.quotes) {
        let name = symbol(&market.oracle.feed_id, market.index);
        let Quote(quote) = quote;
        let (tone, says) = match quote {
            _ if market.final_ts != 0 => (Tone::Good, "the mark is final".into()),
            Some(quote) => (Tone::Good, format!("{} s old", book.now.saturating_sub(quote.publish_ts))),
            None => (Tone::Bad, "no price that a crank would take: wrong owner, stale or too uncertain".into()),
        };
        note(&format!("{name} oracle"), tone, says);
        let halted = market.is_halted(book.now);
        let breaker = if halted { "tripped: only reducing trades" } else { "not tripped" };
        note(&format!("{name} breaker"), if halted { Tone::Warn } else { Tone::Good }, breaker.into());
    }

    let history = History { closed: CLOSED_AT_MOST, ..History::default() };
    for (what, outcome) in
        [("P1 custody", custody(book, &history)), ("P2 novation", novation(book)), ("P3 zero-sum", zero_sum(book))]
    {
        match outcome {
            Ok(()) => note(what, Tone::Good, "holds".into()),
            Err(violation) => note(what, Tone::Bad, violation),
        }
    }
    report(&found)
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
    let checks: Vec<_> =
        found.iter().map(|(what, tone, says)| json!({ "check": what, "status": word(tone), "found": says })).collect();
    ((text, json!({ "exit_code": code, "checks": checks })), code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_finding_decides() {
        let finding = |tone| ("check".to_owned(), tone, "found".to_owned());
        for (tones, code) in
            [(vec![], 0), (vec![Tone::Good], 0), (vec![Tone::Warn, Tone::Good], 1), (vec![Tone::Bad, Tone::Warn], 2)]
        {
            let found: Vec<_> = tones.into_iter().map(finding).collect();
            let ((_, json), exit) = report(&found);
            assert_eq!(exit, code);
            assert_eq!(json["exit_code"], code);
        }
    }
}
