//! Play money and other times, on a local network.

use {
    crate::{
        amount::{units, Amount},
        scales::date,
        session::{associated, Session},
        text::Text,
        views::Page,
    },
    anyhow::{ensure, Context, Result},
    bulkhead_book::accounts::{clock, token_amount, CLOCK},
    clap::Args,
    serde_json::{json, Value},
    solana_rpc_client_api::request::RpcRequest,
    std::{net::Ipv4Addr, time::Duration},
};

/// Ten years.
const MOST_SECS: u64 = 10 * 365 * 86_400;
/// Looks at the clock, until it has arrived.
const LOOKS: u32 = 100;
const LOOK: Duration = Duration::from_millis(100);
/// Decimals of SOL.
const SOL_DECIMALS: u8 = 9;

/// Money for the wallet.
#[derive(Args)]
pub struct Airdrop {
    /// SOL, for fees and rent
    #[arg(default_value = "1")]
    sol: Amount,
    /// Tokens of the fund's mint besides: on the local fund of this repository only
    #[arg(long, value_name = "AMOUNT")]
    tokens: Option<Amount>,
}

impl Airdrop {
    /// Whether it is about a fund: SOL alone is about none.
    pub fn needs_fund(&self) -> bool {
        self.tokens.is_some()
    }
}

/// Gives the acting wallet play money.
pub async fn airdrop(session: &Session, asked: &Airdrop) -> Result<Page> {
    let (rpc, me) = (&session.source.rpc, session.me()?);
    let url = rpc.url();
    ensure!(
        is_local(&url),
        "{url} is no local network: airdrops are for localhost; on devnet use `solana airdrop`"
    );
    let lamports = asked.sol.resolve(SOL_DECIMALS, || units("1000", SOL_DECIMALS))?;
    let signature = rpc.request_airdrop(&me, lamports).await.context("the node gives no SOL")?;
    ensure!(
        rpc.poll_for_signature(&signature).await.is_ok(),
        "the node has promised SOL by {signature}, and it has not come"
    );
    let (mut text, mut json) = (Text::default(), json!({ "wallet": me.to_string() }));
    let held = rpc.get_balance(&me).await?;
    text.field("wallet", me);
    text.field("SOL", crate::amount::decimal(held, SOL_DECIMALS));
    json["lamports"] = json!(held.to_string());
    if let Some(tokens) = &asked.tokens {
        let (book, _) = session.source.load_part(&[]).await?;
        let decimals = book.fund.quote_decimals;
        let tokens = tokens.resolve(decimals, || units("1000000", decimals))?;
        let account = associated(&me, &book.keys);
        let held = session.account(&account).await?.map(|account| token_amount(&account.data)).transpose()?;
        let amount = held.unwrap_or_default().saturating_add(tokens);
        let ask = RpcRequest::Custom { method: "surfnet_setTokenAccount" };
        let params = json!([me.to_string(), book.keys.mint.to_string(), { "amount": amount }]);
        rpc.send::<Value>(ask, params).await.context(
            "the node cannot make tokens: that is a power of `cargo xtask up` and `cargo xtask localnet`",
        )?;
        text.field("tokens", crate::amount::decimal(amount, decimals));
        json["tokens"] = json!(amount.to_string());
    }
    Ok((text, json))
}

/// Lets time pass on the local network of this repository, so that a timelock or a notice period can be
/// tried. Slots pass with it, as they would by themselves.
pub async fn time_travel(session: &Session, secs: u64) -> Result<Page> {
    let rpc = &session.source.rpc;
    let url = rpc.url();
    ensure!(is_local(&url), "{url} is no local network: time passes by itself there");
    let now = || async {
        let account = session.account(&CLOCK).await?.context("the cluster has no clock")?;
        clock(&account.data).map(|(_, now)| now)
    };
    let before = now().await?;
    let target = before.saturating_add_unsigned(secs);
    let ask = RpcRequest::Custom { method: "surfnet_timeTravel" };
    let params = json!([{ "absoluteTimestamp": target.saturating_mul(1_000) }]);
    rpc.send::<Value>(ask, params)
        .await
        .context("the node cannot travel: that is a power of `cargo xtask up` and `cargo xtask localnet`")?;
    let mut after = before;
    for _ in 0..LOOKS {
        after = now().await?;
        if after >= target {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    ensure!(after >= target, "the clock stands at {} and has not come to {}", date(after), date(target));
    let mut text = Text::default();
    text.field("before", date(before));
    text.field("now", date(after));
    text.field("prices", "those of the local fund are older now: new ones follow in a few seconds");
    Ok((text, json!({ "before_ts": before, "now_ts": after })))
}

/// Reads a span of time: `90s`, `15min`, `36h`, `7d`, or seconds.
pub fn parse_span(text: &str) -> Result<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        other => anyhow::bail!("`{other}` is no unit of time: s, min, h or d"),
    };
    let number: u64 =
        digits.parse().with_context(|| format!("`{text}` is no span of time: write 7d or 90s"))?;
    let secs = number.checked_mul(unit).filter(|secs| (1..=MOST_SECS).contains(secs));
    secs.with_context(|| format!("`{text}` is not between a second and ten years"))
}

fn is_local(url: &str) -> bool {
    let host = url.trim_start_matches("http://").trim_start_matches("https://");
    let host = host.split(['/', '?']).next().unwrap_or_default();
    let host = host.strip_prefix("[::1]").map_or(host, |_| "localhost");
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_units() {
        for (text, secs) in [("90", 90), ("90s", 90), ("15min", 900), ("36h", 129_600), ("7d", 604_800)] {
            assert_eq!(parse_span(text).unwrap(), secs, "{text}");
        }
        for text in ["", "d", "-1d", "1.5h", "7w", "0", "9999d", "é"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_this_machine_is_local() {
        for url in
            ["http://127.0.0.1:8899", "http://localhost:8899/", "http://[::1]:8899", "http://localhost"]
        {
            assert!(is_local(url), "{url}");
        }
        for url in
            ["https://api.devnet.solana.com", "http://127.example.com.evil:1", "http://localhost.evil:1"]
        {
            assert!(!is_local(url), "{url}");
        }
    }
}
