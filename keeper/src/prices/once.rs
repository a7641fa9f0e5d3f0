//! One price, fetched and posted once: for the command line.

use {
    super::{hermes::Hermes, poster::accepts},
    crate::source::Source,
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::{state::OracleConfig, Address, Instruction},
    bulkhead_math::offers::is_first_after,
    bulkhead_pyth::{
        instruction::Post,
        receiver::{guardian_set, guardians, Config, Receiver},
        route::{post, Target},
        verify::verify,
        Update,
    },
};

/// Shards of sponsored accounts that a market is looked for in.
const SHARDS: u16 = 16;

/// Instructions that post a price, and where to.
pub struct Once {
    pub posts: Vec<Instruction>,
    /// The account that a crank reads after them.
    pub account: Address,
    /// When the price was published.
    pub publish_ts: i64,
    /// Closes the account again, if it is the poster's own.
    pub reclaim: Option<Instruction>,
}

/// Fetches the latest price of a market from Hermes, checks it, and builds the instructions that
/// post it. `own` is an account whose key signs; a market that is bound to a sponsored account does
/// not need it.
///
/// # Errors
/// When the market has no receiver here, or is bound to somebody else's account; those of Hermes and
/// of the checks.
pub async fn once(
    source: &Source,
    hermes: &Hermes,
    oracle: &OracleConfig,
    payer: Address,
    own: Address,
) -> Result<Once> {
    let at = receiver_of(source, oracle).await?;
    posted(source, oracle, at, hermes.latest(&[oracle.feed_id]).await?, payer, own).await
}

/// Does the same with the print that fills a taking made in the second `ts`: the first one after it.
///
/// # Errors
/// As [`once`]; when Hermes does not have that print.
pub async fn first_after(
    source: &Source,
    hermes: &Hermes,
    oracle: &OracleConfig,
    ts: i64,
    payer: Address,
    own: Address,
) -> Result<Once> {
    let at = receiver_of(source, oracle).await?;
    let updates = hermes.first_at(&oracle.feed_id, ts.saturating_add(1)).await?;
    let price = updates.iter().find_map(|update| update.message(&oracle.feed_id)).map(|known| known.price);
    let is_first = price.is_some_and(|price| is_first_after(ts, price.previous_publish_ts, price.publish_ts));
    ensure!(is_first, "Hermes does not have the first print after the taking");
    posted(source, oracle, at, updates, payer, own).await
}

/// Checks an answer of Hermes, and builds the instructions that post it.
async fn posted(
    source: &Source,
    oracle: &OracleConfig,
    (receiver, config): (Receiver, Config),
    updates: Vec<Update>,
    payer: Address,
    own: Address,
) -> Result<Once> {
    let target = target(oracle, receiver, own)?;
    let found = updates.iter().find_map(|update| Some((update, update.message(&oracle.feed_id)?)));
    let (update, message) = found.context("Hermes' answer has no price of the market's feed")?;
    let set = guardian_set(&config.wormhole, update.vaa.guardian_set);
    let account = source.accounts(&[set]).await?.remove(0);
    let account = account.with_context(|| format!("the update's guardian set is not at {set}"))?;
    let keys = guardians(&account.data).with_context(|| format!("{set} is no guardian set"))?;
    verify(update, receiver, &config, &keys)?;
    let account = match target {
        Target::Own(own) => own,
        Target::Sponsored(shard) => receiver.sponsored(shard, &oracle.feed_id),
    };
    let desk = Post { receiver, wormhole: config.wormhole, payer, account, treasury: 0 };
    let posts = post(&desk, target, update, &oracle.feed_id, keys.len())?;
    let reclaim = matches!(target, Target::Own(_)).then(|| desk.reclaim_rent());
    Ok(Once { posts, account, publish_ts: message.price.publish_ts, reclaim })
}

/// The first receiver that the market accepts and that is configured on this cluster.
async fn receiver_of(source: &Source, oracle: &OracleConfig) -> Result<(Receiver, Config)> {
    for receiver in Receiver::ALL.into_iter().filter(|receiver| accepts(oracle, *receiver)) {
        let account = source.accounts(&[receiver.config()]).await?.remove(0);
        if let Some(account) = account.filter(|account| account.owner == receiver.program()) {
            let config = Config::parse(&account.data).context("the receiver's configuration")?;
            return Ok((receiver, config));
        }
    }
    bail!("no receiver that the market accepts is configured on this cluster")
}

fn target(oracle: &OracleConfig, receiver: Receiver, own: Address) -> Result<Target> {
    if oracle.account == [0; 32] {
        return Ok(Target::Own(own));
    }
    let bound = Address::new_from_array(oracle.account);
    let shard = (0..SHARDS).find(|shard| receiver.sponsored(*shard, &oracle.feed_id) == bound);
    let shard = shard.with_context(|| {
        format!("the market is bound to {bound}, which is no sponsored account: only its owner posts to it")
    })?;
    Ok(Target::Sponsored(shard))
}
