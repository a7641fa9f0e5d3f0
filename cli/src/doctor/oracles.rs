//! Checks markets: whether a crank accepts their oracles, the age of their marks, their halts.

use {
    super::{members::SILENT_SLOTS, Findings},
    crate::{amount::percent, idl, session::symbol, text::Tone},
    bulkhead::{error::BulkheadError, oracle},
    bulkhead_book::Book,
    bulkhead_client::{
        program_id,
        state::{Market, Silence},
    },
    bulkhead_keeper::prices::pro::feed_of,
    solana_account::Account,
};

/// Checks oracle, mark and breaker of a market.
pub(super) fn market(found: &mut Findings, book: &Book, market: &Market, account: Option<&Account>) {
    let name = symbol(&market.oracle.feed_id, market.index);
    let (oracle, mark) = (format!("{name} oracle"), format!("{name} mark"));
    if market.final_ts != 0 {
        found.note(mark, Tone::Good, "final");
        return;
    }
    match (oracle_fault(market, account, book.now), posted_age(market, account, book.now)) {
        (Ok(says), _) => found.note(oracle, Tone::Good, says),
        (Err(_), Some(age)) => {
            let says = format!("nobody sponsors it: its prices are posted, the last one {age} s old");
            found.note(oracle, Tone::Good, says)
        }
        (Err(fault), None) => found.note(oracle, Tone::Bad, fault + &remedy(market, &name)),
    }
    let (age, most) = (book.slot.saturating_sub(market.mark.slot), book.fund.params.max_mark_age_slots);
    let multiplier = percent(market.adjusted.multiplier_bps.into());
    if market.mark.price == 0 {
        found.note(mark, Tone::Warn, "none yet: crank it");
    } else if market.silence != Silence::None {
        let why = reason(Silence::from(market.silence));
        found.note(mark, Tone::Bad, format!("silent: of the last print, {why}"));
    } else if age > SILENT_SLOTS {
        found.note(mark, Tone::Warn, format!("{age} slots old, older than {most}: no keeper cranks it"));
    } else if age > u64::from(most) {
        // A keeper that nobody needs at the moment leaves it so.
        let says = format!("{age} slots old, older than {most}: whoever acts cranks it first");
        found.note(mark, Tone::Good, says);
    } else {
        found.note(mark, Tone::Good, format!("{age} slots old, at most {most}"));
    }
    found.note(
        format!("{name} rates"),
        Tone::Good,
        format!("{:?}, {multiplier} of the base", market.adjusted.regime()),
    );
    let halted = market.is_halted(book.now);
    let breaker = if halted { "tripped: only reducing trades" } else { "not tripped" };
    found.check(format!("{name} breaker"), !halted, Tone::Warn, breaker);
}

/// What to do where nobody but a user of Pyth Pro writes the price. Others are refreshed by those who sponsor
/// them.
fn remedy(market: &Market, name: &str) -> String {
    if feed_of(&market.oracle).is_none() {
        return String::new();
    }
    let market = if name.contains(' ') { market.index.to_string() } else { name.to_owned() };
    format!("; post a price: `bulkhead post-price {market}`, or run a keeper with prices.pro_urls")
}

/// The age of the mark's price in seconds, if somebody has posted it to another account than the one that is
/// read: that one does not exist, or shows an older print. A market that is bound to an account takes no
/// other.
fn posted_age(market: &Market, account: Option<&Account>, now: i64) -> Option<i64> {
    let (config, mark) = (&market.oracle, &market.mark);
    let age = now.saturating_sub(mark.publish_ts);
    let shown = |account: &Account| oracle::parse(config, &account.data).map(|raw| raw.publish_ts);
    let is_behind = account.is_none_or(|account| shown(account).is_ok_and(|ts| ts < mark.publish_ts));
    (config.account == [0; 32] && is_behind && age <= i64::from(config.max_age_secs)).then_some(age)
}

/// The price of an oracle, or the reason why a crank would refuse it.
pub fn oracle_fault(market: &Market, account: Option<&Account>, now: i64) -> Result<String, String> {
    let config = &market.oracle;
    let told = |error: &dyn std::fmt::Debug| {
        let error = format!("{error:?}");
        idl::explained(&error).unwrap_or(error)
    };
    let of_program =
        |error: BulkheadError| idl::explained(&format!("Custom({})", bulkhead_client::error::code(error)));
    let account = account.ok_or("its account does not exist")?;
    let is_owner = |owner: &[u8; 32]| account.owner.as_array() == owner;
    if !config.accepts_owner(is_owner, program_id().as_array()) {
        let refusal = of_program(BulkheadError::OracleWrongOwner).unwrap_or_default();
        return Err(format!("{refusal} ({})", account.owner));
    }
    let raw = oracle::parse(config, &account.data).map_err(|error| told(&error))?;
    let age = now.saturating_sub(raw.publish_ts);
    let confidence = u128::from(raw.confidence) * 10_000 / u128::from(raw.price.unsigned_abs().max(1));
    let says = format!("{age} s old, confidence {confidence} bps, exponent {}", raw.exponent);
    let (age, widest, decimals) = (config.max_age_secs, config.max_confidence_bps, market.price_decimals);
    let limits = format!("it is {says}: at most {age} s, {widest} bps and exactly -{decimals} are taken");
    let print = oracle::judge(&raw, config, market.price_decimals, now)
        .map_err(|error| format!("{}; {limits}", told(&error)))?;
    if print.silence != Silence::None {
        return Err(format!("a crank would silence the market: {}; {limits}", reason(print.silence)));
    }
    if print.publish_ts < market.seen_ts {
        return Err(of_program(BulkheadError::OracleWentBack).unwrap_or_default());
    }
    Ok(says)
}

/// Why a print does not become the mark.
pub fn reason(silence: Silence) -> &'static str {
    match silence {
        Silence::None => "it becomes the mark",
        Silence::Price => "its price is not positive, or too large",
        Silence::Exponent => "its exponent is not the market's feed_decimals, or does not convert exactly",
        Silence::NotTrading => "the feed is not trading",
        Silence::Uncertain => "its confidence interval is too wide",
    }
}
