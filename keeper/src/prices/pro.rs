//! Prices of Pyth Pro, which are signed messages: fetched, checked, and posted before a crank.
//!
//! - [`error`] names what can go wrong.
//! - [`server`] asks a server of Pyth Pro, once or as a stream.
//! - [`listener`] holds the tasks that ask, again and again.
//! - [`desk`] knows the last message of each feed, and builds the instructions that post it.

pub mod desk;
pub mod error;
pub mod listener;
pub mod server;

use {
    crate::source::Source,
    anyhow::{anyhow, ensure, Context, Result},
    bulkhead::{constants::MAX_ORACLE_AHEAD_SECS, oracle},
    bulkhead_client::{
        address,
        error::name,
        instruction::{open_pro_price, post_pro_price, PRO_MESSAGE_AT},
        program_id,
        state::{seconds, Market, OracleConfig, OracleKind, SignedPrint},
        Address, Instruction,
    },
    bulkhead_pyth::pro::{move_check, Signed, Storage, CONTRACT, ED25519, STORAGE},
    error::ProError,
    server::Server,
    solana_signature::Signature,
    std::{collections::BTreeSet, time::Duration},
};

/// Pyth's server. It wants a token.
pub const SERVER: &str = "https://pyth-lazer.dourolabs.app";

/// A feed, and the channel that it is read on.
pub type ProFeed = (u32, u8);

/// The feed and the channel that a market is read from, if its prices are Pyth Pro's.
pub fn feed_of(oracle: &OracleConfig) -> Option<ProFeed> {
    let [a, b, c, d, channel, ..] = oracle.feed_id;
    (oracle.kind == OracleKind::PythPro as u8).then_some((u32::from_le_bytes([a, b, c, d]), channel))
}

/// The feed and the channel of a market that can be posted for: it is bound to its feed's account.
pub fn postable_feed_of(oracle: &OracleConfig) -> Option<ProFeed> {
    feed_of(oracle).filter(|(feed, channel)| address::pro_price(*feed, *channel).to_bytes() == oracle.account)
}

/// The feeds and channels of the markets that can be posted for, each once.
pub fn feeds_of(markets: &[Market]) -> Vec<ProFeed> {
    let feeds: BTreeSet<ProFeed> =
        markets.iter().filter_map(|market| postable_feed_of(&market.oracle)).collect();
    feeds.into_iter().collect()
}

/// Asks the server at `url` for the latest message of a feed on a channel.
///
/// # Errors
/// When it cannot be reached, refuses, answers too late or too much, or sends no message.
pub async fn latest(url: &str, token: Option<&str>, patience: Duration, feed: ProFeed) -> Result<Signed> {
    Ok(Server::new(url, token.map(str::to_owned), patience)?.latest(feed).await?)
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

/// Checks a message as contract, signature program and program will, and reads what it says of the feed.
///
/// # Errors
/// `UntrustedSigner`, `WrongSignature`, `FromFuture`, `Refused` with the program's name for it.
pub fn check(
    storage: &Storage,
    signed: &Signed,
    (feed, channel): ProFeed,
    now: i64,
) -> Result<SignedPrint, ProError> {
    let signer = signed.signer();
    if !storage.trusts(&signer, now) {
        return Err(ProError::UntrustedSigner(signer));
    }
    let signature = Signature::try_from(signed.signature()).map_err(|_| ProError::WrongSignature)?;
    if !signature.verify(signer.as_ref(), signed.payload()) {
        return Err(ProError::WrongSignature);
    }
    let print = oracle::read_message(signed.payload(), feed, channel).map_err(|refusal| {
        let known = name(u64::from(refusal) as u32); // the program's own codes are small
        ProError::Refused(known.unwrap_or_default())
    })?;
    if seconds(print.message_us) > now.saturating_add(MAX_ORACLE_AHEAD_SECS.into()) {
        return Err(ProError::FromFuture);
    }
    Ok(print)
}

/// Checks a message, and builds the instructions that post it. They are placed by [`placed`] when their
/// transaction is made. The feed's account is opened if there is none.
///
/// # Errors
/// When the market has another kind of oracle, or is bound to an account that is not the feed's; when the
/// contract is not there; as [`check`].
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
    check(&storage, signed, (feed, channel), now)?;
    Ok(placed(instructions(payer, (feed, channel), storage.treasury, signed, account.is_some())))
}

/// The instructions that post a message: the check of its signature is right before the post.
fn instructions(
    payer: Address,
    (feed, channel): ProFeed,
    treasury: Address,
    signed: &Signed,
    is_open: bool,
) -> Vec<Instruction> {
    let open = (!is_open).then(|| open_pro_price(payer, feed, channel));
    let check = signed.check(1, PRO_MESSAGE_AT);
    let post = post_pro_price(payer, (feed, channel), treasury, 0, signed.bytes());
    open.into_iter().chain([check, post]).collect()
}

/// Whether an instruction checks the signature of the one after it: the two go in one transaction.
pub fn is_check(instruction: &Instruction) -> bool {
    instruction.program_id == ED25519
}

/// Puts right the numbers by which posts and the checks of their signatures, each right before its post,
/// refer to each other: they count from the transaction's first instruction, and other instructions may have
/// come before them.
pub fn placed(mut instructions: Vec<Instruction>) -> Vec<Instruction> {
    for place in 1..instructions.len() {
        let (before, rest) = instructions.split_at_mut(place);
        let (Some(check), Some(post)) = (before.last_mut(), rest.first_mut()) else { continue };
        let is_post = post.program_id == program_id() && post.data.first() == Some(&POST);
        if is_check(check) && is_post {
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
