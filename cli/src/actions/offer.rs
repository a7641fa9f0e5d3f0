//! Offers: trades with whoever comes, at the first price after both have agreed.

use {
    super::{keeper::PATIENCE, markets_of, trade::Side},
    crate::{
        amount::{price, units, Amount},
        context::FundContext,
        market_name::MarketName,
        order::Order,
        scales::Scales,
        session::Session,
        settings::parse_address,
    },
    anyhow::{anyhow, ensure, Context, Result},
    bulkhead_client::{
        account::decode,
        instruction::{self as build, OfferKeys},
        state::{Offer, OfferTerms},
        Address,
    },
    bulkhead_keeper::{
        draft::others,
        prices::{
            hermes::{api_key, Hermes},
            once::first_after,
        },
    },
    bulkhead_pyth::route::fits,
    clap::{Args, Subcommand},
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::rc::Rc,
};

/// Seconds of an hour.
const HOUR: i64 = 60 * 60;

/// An action. `bulkhead offers` lists offers and their addresses. Prices are in tokens for one whole
/// asset.
#[derive(Subcommand)]
pub enum Action {
    /// Offers lots to whoever comes
    #[command(alias = "post-offer")]
    Post(Post),
    /// Takes lots of an offer: they are filled at the first price after this moment, by anyone
    #[command(alias = "take-offer")]
    Take {
        /// Address of the offer
        #[arg(value_parser = parse_address)]
        offer: Address,
        /// Number of lots, or `all`
        lots: Amount,
        /// The worst price
        #[arg(long, value_name = "PRICE", value_parser = price)]
        limit: Option<String>,
        /// Wallet or member account to trade for as its delegate
        #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
        member: Option<Address>,
    },
    /// Fills an offer that is taken, if the oracle's account has the price that it waits for
    #[command(alias = "fill-offer")]
    Fill {
        /// Address of the offer
        #[arg(value_parser = parse_address)]
        offer: Address,
        /// Account in which somebody has posted that price, if the oracle's own has a later one
        #[arg(long, value_name = "ADDRESS", value_parser = parse_address, conflicts_with = "hermes")]
        price: Option<Address>,
        /// Address of a Hermes that has the price: it is posted in the same transaction
        #[arg(long, value_name = "URL")]
        hermes: Option<String>,
        /// Environment variable that holds Hermes' API key; empty for none
        #[arg(long, value_name = "NAME", default_value = "PYTH_API_KEY")]
        api_key_variable: String,
    },
    /// Ends a taking that was not filled in time: the margin of both sides is free again
    #[command(alias = "lapse-taking")]
    Lapse {
        /// Address of the offer
        #[arg(value_parser = parse_address)]
        offer: Address,
    },
    /// Takes an offer back, one of your own or one that has expired
    #[command(alias = "cancel-offer")]
    Cancel {
        /// Address of the offer
        #[arg(value_parser = parse_address)]
        offer: Address,
    },
}

/// What is offered.
#[derive(Args)]
pub struct Post {
    /// Direction for the account of --keypair
    #[arg(value_enum)]
    side: Side,
    /// Market, by its symbol or number
    market: MarketName,
    /// Number of lots
    lots: Amount,
    /// Basis points that the price is better for you than the oracle's; below zero it is worse
    #[arg(long, value_name = "BPS", default_value_t = 0, allow_hyphen_values = true)]
    distance: i16,
    /// The worst price: the lowest of a sale, the highest of a purchase
    #[arg(long, value_name = "PRICE", value_parser = price)]
    limit: Option<String>,
    /// The fewest lots that somebody may take, unless fewer are left
    #[arg(long, value_name = "LOTS", default_value_t = 0)]
    least: u64,
    /// Hours after which it expires, at most a year
    #[arg(long, value_name = "HOURS", default_value_t = 24,
        value_parser = clap::value_parser!(u32).range(1..=8_760))]
    hours: u32,
    /// The wallet that alone may take it
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    taker: Option<Address>,
    /// Its number among your offers; by default the time in seconds
    #[arg(long, value_name = "NUMBER")]
    number: Option<u64>,
    /// Wallet or member account to trade for as its delegate
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    member: Option<Address>,
}

impl Action {
    /// Turns the action into an order. Returns the scales of the fund's numbers too.
    pub async fn order(&self, session: &Session) -> Result<(Order, Scales)> {
        match self {
            Self::Post(post) => {
                let members: Vec<Address> = post.member.into_iter().collect();
                let context = FundContext::open(session, &members).await?;
                Ok((post.order(&context)?, context.scales()))
            }
            Self::Take { offer, lots, limit, member } => {
                let found = read(session, offer).await?;
                let members: Vec<Address> = member.iter().copied().chain([found.maker]).collect();
                let context = FundContext::open(session, &members).await?;
                let taker = context.trader(context.me, *member)?;
                ensure!(
                    taker.member != found.maker || !context.is_now(),
                    "{offer} is an offer of this member itself: `offer cancel` takes it back"
                );
                let size = lots.resolve(0, || Ok(found.lots.unsigned_abs()))?;
                let order = take(&context, offer, &found, taker, size, limit.as_deref())?;
                Ok((order, context.scales()))
            }
            Self::Fill { offer, price, hermes, api_key_variable } => {
                let found = taken(session, offer).await?;
                let keys = keys_of(offer, &found);
                let context = FundContext::open(session, &[keys.maker, keys.taker]).await?;
                let market = market_of(&context, &found)?;
                let markets = markets_of(&context, market, &[keys.maker, keys.taker])?;
                let rest = others(&markets, market);
                if let Some(url) = hermes {
                    let key = api_key(api_key_variable).context("--api-key-variable")?;
                    let hermes = Hermes::new(url, key, PATIENCE)?;
                    let order = fill_from(&context, &hermes, market, keys, &found, &rest).await?;
                    return Ok((order, context.scales()));
                }
                let price = price.map_or_else(|| context.oracle(market), Ok)?;
                let then = build::fill_offer(context.keys(), market, keys, price, found.trader, &rest);
                Ok((context.cranked(&markets, then), context.scales()))
            }
            Self::Lapse { offer } => {
                let found = taken(session, offer).await?;
                let context = FundContext::open(session, &[]).await?;
                Ok((vec![build::lapse_taking(keys_of(offer, &found))].into(), context.scales()))
            }
            Self::Cancel { offer } => {
                let found = read(session, offer).await?;
                let context = FundContext::open(session, &[]).await?;
                let cancel = build::cancel_offer(*offer, found.trader, context.me);
                Ok((vec![cancel].into(), context.scales()))
            }
        }
    }
}

impl Post {
    fn order(&self, context: &FundContext) -> Result<Order> {
        let market = context.market(&self.market)?;
        let maker = context.trader(context.me, self.member)?;
        let size = self.lots.resolve(0, || anyhow::bail!("how many lots? an offer has no `all`"))?;
        let sells = self.side == Side::Sell;
        let any = if sells { 0 } else { u64::MAX };
        let limit_price = self.limit.as_deref().map(|text| units(text, market.price_decimals)).transpose()?;
        let terms = OfferTerms {
            lots: signed(size, sells)?,
            min_lots: self.least,
            limit_price: limit_price.unwrap_or(any),
            expires_ts: context.book.now.saturating_add(i64::from(self.hours).saturating_mul(HOUR)),
            taker: self.taker.unwrap_or_default(),
            distance_bps: self.distance,
        };
        let number = self.number.unwrap_or(context.book.now.unsigned_abs());
        Ok(vec![build::post_offer(context.keys(), market.index, maker, number, terms)].into())
    }
}

fn take(
    context: &FundContext,
    offer: &Address,
    found: &Offer,
    taker: build::Trader,
    size: u64,
    limit: Option<&str>,
) -> Result<Order> {
    let market = market_of(context, found)?;
    let decimals =
        context.book.market(market).map_err(|_| anyhow!("there is no market {market}"))?.price_decimals;
    let lots = signed(size, found.lots > 0)?;
    let any = if lots < 0 { 0 } else { u64::MAX };
    let limit_price = limit.map(|text| units(text, decimals)).transpose()?.unwrap_or(any);
    let keys = OfferKeys { offer: *offer, maker: found.maker, taker: taker.member };
    let markets = markets_of(context, market, &[keys.maker, keys.taker])?;
    let rest = others(&markets, market);
    let then = build::take_offer(context.keys(), market, keys, taker.signer, lots, limit_price, &rest);
    Ok(context.cranked(&markets, then))
}

/// Posts the print of a taking and fills it. The price account is of this transaction only: its rent
/// comes back in the end.
async fn fill_from(
    context: &FundContext<'_>,
    hermes: &Hermes,
    market: u16,
    keys: OfferKeys,
    found: &Offer,
    rest: &[u16],
) -> Result<Order> {
    ensure!(context.is_now(), "a posted price is old before others have signed: send it from here");
    let at = context.book.market(market).map_err(|_| anyhow!("there is no market {market}"))?;
    let (source, own, ts) = (&context.session.source, Keypair::new(), found.taking.ts);
    let posted = first_after(source, hermes, &at.oracle, ts, context.me, own.pubkey()).await?;
    let is_newer = at.mark.publish_ts < posted.publish_ts;
    let mut all = context.cranks(rest);
    if !is_newer {
        all.extend(context.cranks(&[market]));
    }
    all.extend(posted.posts);
    if is_newer {
        all.push(build::crank_market(context.keys(), market, posted.account));
    }
    all.push(build::fill_offer(context.keys(), market, keys, posted.account, found.trader, rest));
    all.extend(posted.reclaim);
    ensure!(fits(&all, &context.me), "the fill does not fit one transaction: a keeper sends it in several");
    Ok(Order { signers: vec![Rc::new(own)], ..all.into() })
}

/// Lots with their sign, as the side receives them.
fn signed(size: u64, is_sale: bool) -> Result<i64> {
    let size = i64::try_from(size).context("so many lots there are not")?;
    Ok(if is_sale { -size } else { size })
}

/// Reads an offer of the fund.
async fn read(session: &Session, address: &Address) -> Result<Offer> {
    let account = session.account(address).await?;
    let account = account.with_context(|| {
        format!("there is no offer {address}: `bulkhead offers` lists those that there are")
    })?;
    let offer: Offer = decode(&account.data)
        .ok()
        .with_context(|| format!("{address} is no offer: `bulkhead offers` lists those that there are"))?;
    ensure!(offer.fund == session.source.fund, "{address} is an offer of another fund");
    Ok(offer)
}

/// Reads an offer that somebody has taken.
async fn taken(session: &Session, address: &Address) -> Result<Offer> {
    let offer = read(session, address).await?;
    ensure!(offer.is_taken(), "nobody has taken offer {address}");
    Ok(offer)
}

fn keys_of(address: &Address, offer: &Offer) -> OfferKeys {
    OfferKeys { offer: *address, maker: offer.maker, taker: offer.taking.taker }
}

/// The number of the market of an offer.
fn market_of(context: &FundContext, offer: &Offer) -> Result<u16> {
    let mut indices = 0..context.book.fund.market_count;
    indices.find(|index| context.keys().market(*index) == offer.market).context("an offer of no market")
}
