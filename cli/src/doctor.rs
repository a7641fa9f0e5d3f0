//! Whether a deployment is as it should be, from chain data alone.

use {
    crate::{
        amount::{decimal, percent},
        session::symbol,
        text::{Cell, Text, Tone},
        views::Page,
    },
    bulkhead::oracle,
    bulkhead_client::{state::Market, Address},
    bulkhead_inspect::checks::{custody, novation, zero_sum, History},
    bulkhead_keeper::book::Book,
    serde_json::json,
    solana_account::Account,
};

/// Accounts closed before now have left less than a base unit each behind, and nothing on chain counts them. This many is more
/// than there will have been, and worth less than two tokens of six decimals.
const CLOSED_AT_MOST: u64 = 1 << 20;

/// Checks a fund. The number is the exit code: 0 all is well, 1 something is worth a look, 2 something is wrong.
pub fn doctor(book: &Book, oracles: &[Option<Account>]) -> (Page, u8) {
    let mut found: Vec<(String, Tone, String)> = Vec::new();
    let mut note = |what: &str, tone: Tone, says: String| found.push((what.to_owned(), tone, says));
    let fund = &book.fund;

    note("layout", Tone::Good, format!("version {}", fund.version)); // another version is not read at all
    let wallet = fund.authority.is_on_curve();
    let kind = if wallet { "a plain wallet: one key governs" } else { "a program's address, such as a multisig's" };
    note("authority", if wallet { Tone::Warn } else { Tone::Good }, kind.into());
    let same = fund.authority == fund.guardian;
    let guards = if same { "the authority is its own guardian: nobody else can veto" } else { "two keys" };
    note("authority and guardian", if same { Tone::Warn } else { Tone::Good }, guards.into());
    let paused = fund.pause_bits != 0 && book.now < fund.pause_expires_ts;
    let pause = if paused { format!("bits {:#06b} are paused", fund.pause_bits) } else { "nothing is paused".into() };
    note("pause", if paused { Tone::Warn } else { Tone::Good }, pause);
    let lost = fund.unfunded > 0;
    let unfunded = decimal(fund.unfunded, fund.quote_decimals);
    note("unfunded losses", if lost { Tone::Bad } else { Tone::Good }, unfunded);

    for (market, oracle) in book.markets.iter().zip(oracles) {
        let name = symbol(&market.oracle.feed_id, market.index);
        let (tone, says) = match oracle_fault(market, oracle.as_ref(), book.now) {
            _ if market.final_ts != 0 => (Tone::Good, "the mark is final".into()),
            Ok(says) => (Tone::Good, says),
            Err(fault) => (Tone::Bad, fault),
        };
        note(&format!("{name} oracle"), tone, says);
        let age = book.slot.saturating_sub(market.mark.slot);
        let multiplier = percent(market.adjusted.multiplier_bps.into());
        let says = format!("{age} slots old; regime {:?}, rates at {multiplier} of the base", market.adjusted.regime());
        note(&format!("{name} mark"), if market.mark.price == 0 { Tone::Warn } else { Tone::Good }, says);
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

/// What an oracle says, or why a crank would not take it.
fn oracle_fault(market: &Market, account: Option<&Account>, now: i64) -> Result<String, String> {
    let config = &market.oracle;
    let account = account.ok_or("its account does not exist")?;
    if account.owner == Address::default() || !config.owners.contains(&account.owner.to_bytes()) {
        return Err(format!("its account belongs to {}, which is not accepted", account.owner));
    }
    let raw = oracle::parse(config, &account.data).map_err(|_| "its account has no verified price of this feed")?;
    let age = now.saturating_sub(raw.publish_ts);
    let confidence = u128::from(raw.confidence) * 10_000 / u128::from(raw.price.unsigned_abs().max(1));
    let says = format!("{age} s old, confidence {confidence} bps, exponent {}", raw.exponent);
    match oracle::judge(&raw, config, market.price_decimals, now) {
        Ok(_) => Ok(says),
        Err(_) => Err(format!(
            "{says}: at most {} s, {} bps and exactly -{} are taken",
            config.max_age_secs, config.max_confidence_bps, market.price_decimals
        )),
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
