//! Prices of Pyth Pro, which are signed messages: fetched, checked, and posted before a crank.

use {
    crate::source::Source,
    anyhow::{anyhow, bail, ensure, Context, Result},
    bulkhead::oracle,
    bulkhead_client::{
        address, error,
        instruction::{open_pro_price, post_pro_price, PRO_MESSAGE_AT},
        program_id,
        state::{OracleConfig, OracleKind},
        Address, Instruction,
    },
    bulkhead_pyth::pro::{move_check, Signed, Storage, CONTRACT, ED25519, STORAGE},
    reqwest::{Client, StatusCode},
    serde_json::{json, Value},
    std::time::Duration,
};

/// Pyth's server. It wants a token.
pub const SERVER: &str = "https://pyth-lazer.dourolabs.app";

/// The most bytes of an answer. A real one has less than a kilobyte.
const LONGEST: usize = 1 << 16;

/// What a message must say of its feed, by the names that the server knows.
const PROPERTIES: [&str; 5] = ["price", "confidence", "exponent", "marketSession", "feedUpdateTimestamp"];

/// The feed and the channel that a market is read from, if its prices are Pyth Pro's.
pub fn feed_of(oracle: &OracleConfig) -> Option<(u32, u8)> {
    let [a, b, c, d, channel, ..] = oracle.feed_id;
    (oracle.kind == OracleKind::PythPro as u8).then_some((u32::from_le_bytes([a, b, c, d]), channel))
}

/// The server's name of a channel with a fixed rate.
fn channel_name(channel: u8) -> Option<&'static str> {
    match channel {
        2 => Some("fixed_rate@50ms"),
        3 => Some("fixed_rate@200ms"),
        4 => Some("fixed_rate@1000ms"),
        _ => None,
    }
}

/// Asks the server at `url` for the latest message of a feed on a channel.
///
/// # Errors
/// When it cannot be reached, refuses, answers too late or too much, or sends no message.
pub async fn latest(
    url: &str,
    token: Option<&str>,
    patience: Duration,
    (feed, channel): (u32, u8),
) -> Result<Signed> {
    let name = channel_name(channel)
        .with_context(|| format!("Pyth Pro has no channel {channel} with a fixed rate"))?;
    let asked = json!({
        "priceFeedIds": [feed],
        "properties": PROPERTIES,
        "formats": ["solana"],
        "jsonBinaryEncoding": "hex",
        "parsed": false,
        "channel": name,
    });
    let http = Client::builder().timeout(patience).build()?;
    let mut request = http
        .post(format!("{}/v1/latest_price", url.trim_end_matches('/')))
        .header("content-type", "application/json")
        .body(asked.to_string());
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    // The address is left out: it may hold a token of somebody who put it there.
    let unreachable = |error: reqwest::Error| anyhow!("Pyth Pro cannot be reached: {}", error.without_url());
    let mut response = request.send().await.map_err(unreachable)?;
    match response.status() {
        status if status.is_success() => {}
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => bail!("Pyth Pro refuses the token"),
        status => bail!("Pyth Pro answers {}", status.as_u16()),
    }
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&part);
        ensure!(body.len() <= LONGEST, "Pyth Pro's answer is longer than {LONGEST} bytes");
    }
    let answer: Value = serde_json::from_slice(&body).context("Pyth Pro's answer is no JSON")?;
    let message = answer.pointer("/solana/data").and_then(Value::as_str);
    parse(message.context("Pyth Pro's answer has no signed message for Solana")?)
}

/// Reads a signed message in hexadecimal.
///
/// # Errors
/// When it is no hexadecimal, or no message.
pub fn parse(text: &str) -> Result<Signed> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let digits = text.trim().trim_start_matches("0x").as_bytes();
    let bytes: Option<Vec<u8>> =
        digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(byte).collect()).flatten();
    Ok(Signed::parse(bytes.context("the message is not hexadecimal")?)?)
}

/// Checks a message as the program and the contract will, and builds the instructions that post it. They
/// are placed by [`placed`] when their transaction is made. The feed's account is opened if there is none.
///
/// # Errors
/// When the market has another kind of oracle, or is bound to an account that is not the feed's; when the
/// contract is not there or does not trust the signer; when the message does not say what it must.
pub async fn posts(
    source: &Source,
    oracle: &OracleConfig,
    signed: &Signed,
    payer: Address,
    now: i64,
) -> Result<Vec<Instruction>> {
    let (feed, channel) = feed_of(oracle).context("the market's prices are not those of Pyth Pro")?;
    let price = address::pro_price(feed, channel);
    ensure!(price.to_bytes() == oracle.account, "the market is not bound to its feed's account, {price}");
    let [storage, account]: [_; 2] =
        source.accounts(&[STORAGE, price]).await?.try_into().map_err(|_| anyhow!("two accounts"))?;
    let storage = storage.filter(|storage| storage.owner == CONTRACT);
    let storage = storage.context("Pyth Pro's contract is not on this cluster")?;
    let storage = Storage::parse(&storage.data).context("the storage of Pyth Pro's contract")?;
    let signer = signed.signer();
    ensure!(
        storage.trusts(&signer, now),
        "Pyth Pro's contract does not trust the message's signer, {signer}"
    );
    oracle::read_message(signed.payload(), feed, channel).map_err(|refusal| {
        let name = error::name(u64::from(refusal) as u32); // the program's own codes are small
        anyhow!("the message cannot be posted: {}", name.unwrap_or_default())
    })?;
    let mut all = Vec::new();
    if account.is_none() {
        all.push(open_pro_price(payer, feed, channel));
    }
    all.push(signed.check(1, PRO_MESSAGE_AT));
    all.push(post_pro_price(payer, (feed, channel), storage.treasury, 0, signed.bytes()));
    Ok(placed(all))
}

/// Puts right the numbers by which posts and the checks of their signatures, each right before its post,
/// refer to each other: they count from the transaction's first instruction, and other instructions may have
/// come before them.
pub fn placed(mut instructions: Vec<Instruction>) -> Vec<Instruction> {
    for place in 1..instructions.len() {
        let (before, rest) = instructions.split_at_mut(place);
        let (Some(check), Some(post)) = (before.last_mut(), rest.first_mut()) else { continue };
        let is_post = post.program_id == program_id() && post.data.first() == Some(&POST);
        if check.program_id == ED25519 && is_post {
            move_check(check, place as u16); // a transaction has fewer
            post.data[1..3].copy_from_slice(&(place as u16 - 1).to_le_bytes());
        }
    }
    instructions
}

/// The discriminator of `post_pro_price`.
const POST: u8 = 88;

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead_pyth::pro::payload;

    fn key(byte: u8) -> Address {
        Address::new_from_array([byte; 32])
    }

    fn signed() -> Signed {
        Signed::new(&payload(1, 3, &[]), &key(3), &[4; 64]).unwrap()
    }

    /// Where post and check are made for a place, and where they are moved to it, they are the same.
    #[test]
    fn a_post_and_its_check_refer_to_each_other_wherever_they_are() {
        let signed = signed();
        let post = |at: u16| post_pro_price(key(1), (6, 3), key(2), at, signed.bytes());
        assert_eq!(bulkhead_client::instruction::name(&post(0).data), Some("post_pro_price"));
        let other = open_pro_price(key(1), 6, 3);
        let made = vec![signed.check(1, PRO_MESSAGE_AT), post(0)];
        assert_eq!(placed(made.clone()), made);
        let all = [vec![other.clone(), other.clone()], made.clone(), vec![other.clone()]].concat();
        let expected =
            vec![other.clone(), other.clone(), signed.check(3, PRO_MESSAGE_AT), post(2), other.clone()];
        assert_eq!(placed(all), expected);
        // Two posts, and one without a check: it stays as it is.
        let twice = [made.clone(), vec![post(9)], made].concat();
        let expected =
            vec![signed.check(1, PRO_MESSAGE_AT), post(0), post(9), signed.check(4, PRO_MESSAGE_AT), post(3)];
        assert_eq!(placed(twice), expected);
    }

    #[test]
    fn a_message_is_read_from_hexadecimal() {
        let text: String = signed().bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(parse(&text).unwrap(), signed());
        assert_eq!(parse(&format!("0x{text}\n")).unwrap(), signed());
        for bad in ["", "xy", &text[1..], &text[2..], "äää"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
