//! Trades: with another member, from the house, from a member below maintenance.

use {
    super::{markets_of, Kind},
    crate::{
        amount::{price, price_or_mark, units, Amount},
        context::FundContext,
        key::{self, Key},
        market_name::MarketName,
        order::Order,
        session::{symbol, Mode},
        settings::parse_address,
    },
    anyhow::{anyhow, bail, ensure, Context, Result},
    bulkhead_client::{
        instruction::{self as build, Bid, Deal},
        state::Market,
        Address,
    },
    bulkhead_keeper::draft::others,
    clap::{Args, Subcommand, ValueEnum},
    std::path::PathBuf,
};

/// The direction of a trade for the signer of --keypair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Side {
    /// Receives lots
    Buy,
    /// Gives lots
    Sell,
}

/// An action. Prices are in tokens for one whole asset.
#[derive(Subcommand)]
pub enum Action {
    /// Trades with another member, which signs too
    Novate(Trade),
    /// Posts trades of one member with several others: the account of --keypair is the delegate of all
    NovateBatch(Batch),
    /// Buys house positions, at a discount that grows
    TakeOver {
        /// Symbol or number of the market
        market: MarketName,
        /// Most lots, or `all`
        lots: Amount,
        /// The worst price, the discount counted
        #[arg(long, value_name = "PRICE", value_parser = price)]
        limit: Option<String>,
        /// Wallet or member account to trade for as its delegate
        #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
        member: Option<Address>,
    },
    /// Takes lots from a member below maintenance margin, at the price that favours it, for a bonus
    Liquidate {
        /// Symbol or number of the market
        market: MarketName,
        /// Wallet or member account to take lots from
        #[arg(value_parser = parse_address)]
        owner: Address,
        /// Most lots, or `all`
        lots: Amount,
        /// The worst price, the bonus counted
        #[arg(long, value_name = "PRICE", value_parser = price)]
        limit: Option<String>,
        /// Wallet or member account to trade for as its delegate
        #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
        member: Option<Address>,
    },
    /// Takes lots from a member whose stress call is due, at the mark or better
    SellExcess {
        /// Symbol or number of the market
        market: MarketName,
        /// Wallet or member account to take lots from
        #[arg(value_parser = parse_address)]
        owner: Address,
        /// Most lots, or `all`
        lots: Amount,
        /// The worst price, the discount counted
        #[arg(long, value_name = "PRICE", value_parser = price)]
        limit: Option<String>,
        /// Wallet or member account to trade for as its delegate
        #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
        member: Option<Address>,
    },
}

/// A trade with another member.
#[derive(Args)]
pub struct Trade {
    /// Direction for the account of --keypair
    #[arg(value_enum)]
    side: Side,
    /// Symbol or number of the market
    market: MarketName,
    /// Number of lots
    lots: Amount,
    /// In tokens for one whole asset, or `mark`: the oracle's price now
    #[arg(value_parser = price_or_mark)]
    price: String,
    /// Key file or hardware wallet of the other side, its owner or delegate
    #[arg(long, value_name = "FILE")]
    counterparty_keypair: Option<PathBuf>,
    /// Wallet or member account of the other side; by default the account of its key
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    counterparty: Option<Address>,
    /// Wallet or member account to trade for as its delegate
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    member: Option<Address>,
}

/// Trades of one member with several others, all booked or none.
#[derive(Args)]
pub struct Batch {
    /// Direction for TAKER
    #[arg(value_enum)]
    side: Side,
    /// Symbol or number of the market
    market: MarketName,
    /// Wallet or member account that trades with all others
    #[arg(value_parser = parse_address)]
    taker: Address,
    /// A line for each trade: wallet or member account of the other side, lots, and a price or `mark`
    file: PathBuf,
}

/// A line of a file of trades.
struct Line {
    maker: Address,
    lots: u64,
    price: String,
}

impl Kind for Action {
    fn members(&self) -> Result<Vec<Address>> {
        Ok(match self {
            Self::Novate(trade) => {
                let key = trade.key()?.map(|key| key.pubkey());
                key.into_iter().chain(trade.counterparty).chain(trade.member).collect()
            }
            Self::NovateBatch(batch) => {
                let makers = batch.lines()?.into_iter().map(|line| line.maker);
                std::iter::once(batch.taker).chain(makers).collect()
            }
            Self::TakeOver { member, .. } => member.iter().copied().collect(),
            Self::Liquidate { owner, member, .. } | Self::SellExcess { owner, member, .. } => {
                member.iter().copied().chain([*owner]).collect()
            }
        })
    }

    async fn order(&self, context: &FundContext<'_>) -> Result<Order> {
        match self {
            Self::Novate(trade) => trade.order(context),
            Self::NovateBatch(batch) => batch.order(context),
            Self::TakeOver { market, lots, limit, member } => {
                let market = context.market(market)?;
                let taker = context.trader(context.me, *member)?;
                ensure!(
                    market.house_lots != 0,
                    "the house holds nothing in market {}: `bulkhead markets` tells where it does",
                    name_of(market)
                );
                let lots = lots.resolve(0, || Ok(market.house_lots.unsigned_abs()))?;
                let bid = bid(lots, limit.as_deref(), market.house_lots, market)?;
                let markets = markets_of(context, market.index, &[taker.member])?;
                let others = others(&markets, market.index);
                let then = build::take_over(context.keys(), market.index, taker, bid, &others);
                Ok(context.cranked(&markets, then))
            }
            Self::Liquidate { market, owner, lots, limit, member } => {
                let market = context.market(market)?;
                let taker = context.trader(context.me, *member)?;
                let (target, from) = context.member(owner)?;
                let held = from.position(market.index).lots;
                ensure!(held != 0, "{owner} holds nothing in market {}", name_of(market));
                let lots = lots.resolve(0, || Ok(held.unsigned_abs()))?;
                let bid = bid(lots, limit.as_deref(), held, market)?;
                let markets = markets_of(context, market.index, &[target, taker.member])?;
                let others = others(&markets, market.index);
                let then = build::liquidate(context.keys(), market.index, target, taker, bid, &others);
                Ok(context.cranked(&markets, then))
            }
            Self::SellExcess { market, owner, lots, limit, member } => {
                let market = context.market(market)?;
                let taker = context.trader(context.me, *member)?;
                let (target, from) = context.member(owner)?;
                let held = from.position(market.index).lots;
                ensure!(held != 0, "{owner} holds nothing in market {}", name_of(market));
                let lots = lots.resolve(0, || Ok(held.unsigned_abs()))?;
                let bid = bid(lots, limit.as_deref(), held, market)?;
                let markets = markets_of(context, market.index, &[target, taker.member])?;
                let others = others(&markets, market.index);
                let then = build::sell_excess(context.keys(), market.index, target, taker, bid, &others);
                Ok(context.cranked(&markets, then))
            }
        }
    }
}

impl Trade {
    /// The key of the other side.
    fn key(&self) -> Result<Option<Key>> {
        self.counterparty_keypair.as_ref().map(|file| key::open(file)).transpose()
    }

    fn order(&self, context: &FundContext) -> Result<Order> {
        let key = self.key()?;
        let signer = match (&key, &self.counterparty) {
            (Some(key), _) => key.pubkey(),
            (None, Some(other)) if !matches!(context.session.mode, Mode::Send { .. }) => {
                context.member(other)?.1.owner
            }
            _ => bail!(
                "the other side signs too: give --counterparty-keypair FILE; if its key is elsewhere, give \
                 --counterparty ADDRESS with --sign-only or --print-instruction"
            ),
        };
        let market = context.market(&self.market)?;
        let own = context.trader(context.me, self.member)?;
        let other = context.trader(signer, self.counterparty)?;
        ensure!(
            own.member != other.member,
            "both sides are the same member: name another one with --counterparty-keypair or --counterparty"
        );
        let price = price_now(context, market, &self.price)?;
        let lots = self.lots.resolve(0, || bail!("how many lots? a trade has no `all`"))?;
        let (buyer, seller) = if self.side == Side::Buy { (own, other) } else { (other, own) };
        let markets = markets_of(context, market.index, &[buyer.member, seller.member])?;
        let others = others(&markets, market.index);
        let then = build::novate(context.keys(), market.index, buyer, seller, lots, price, &others);
        Ok(Order { signers: key.into_iter().collect(), ..context.cranked(&markets, then) })
    }
}

impl Batch {
    /// The trades of the file. Empty lines, and what follows a `#`, are comments.
    fn lines(&self) -> Result<Vec<Line>> {
        let name = self.file.display();
        let text = std::fs::read_to_string(&self.file).with_context(|| format!("reading {name}"))?;
        let mut lines = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if !line.is_empty() {
                lines.push(Line::parse(line).with_context(|| format!("line {} of {name}", number + 1))?);
            }
        }
        ensure!(!lines.is_empty(), "there is no trade in {name}: a line is MAKER LOTS PRICE");
        Ok(lines)
    }

    fn order(&self, context: &FundContext) -> Result<Order> {
        let market = context.market(&self.market)?;
        let taker = context.trader(context.me, Some(self.taker))?.member;
        let mut members = vec![taker];
        let mut trades = Vec::new();
        for Line { maker, lots, price: text } in self.lines()? {
            let maker = context.trader(context.me, Some(maker))?.member;
            ensure!(!members.contains(&maker), "member {maker} trades twice: each is named once in a batch");
            members.push(maker);
            trades.push((maker, Deal { lots, price: price_now(context, market, &text)? }));
        }
        let (markets, buys) = (markets_of(context, market.index, &members)?, self.side == Side::Buy);
        let others = others(&markets, market.index);
        let keys = context.keys();
        let then = build::novate_batch(keys, market.index, taker, buys, &trades, context.me, &others);
        Ok(context.cranked(&markets, then))
    }
}

impl Line {
    fn parse(text: &str) -> Result<Self> {
        let words: Vec<&str> = text.split([' ', '\t', ',']).filter(|word| !word.is_empty()).collect();
        let [maker, lots, price] = words[..] else {
            bail!("a trade is MAKER LOTS PRICE, and this one has {} words", words.len());
        };
        let maker = parse_address(maker).map_err(|error| anyhow!("{maker}: {error}"))?;
        let count = Amount::Decimal(lots.into()).resolve(0, || Ok(0));
        let lots = count.with_context(|| format!("the lots {lots}"))?;
        Ok(Self { maker, lots, price: price_or_mark(price)? })
    }
}

/// A price in the market's units: of one whole asset, or `mark`.
fn price_now(context: &FundContext, market: &Market, text: &str) -> Result<u64> {
    match text {
        "mark" => mark(context, market),
        text => units(text, market.price_decimals),
    }
}

/// The mark that the crank in the same transaction will make.
fn mark(context: &FundContext, market: &Market) -> Result<u64> {
    let cranked = context.book.clone().cranked();
    let found = cranked.markets.get(usize::from(market.index));
    let price = found.map(|market| market.mark.price).filter(|price| *price > 0);
    price.with_context(|| format!("{} has no price: `bulkhead doctor` tells why", name_of(market)))
}

/// A market's symbol.
fn name_of(market: &Market) -> String {
    symbol(&market.oracle.feed_id, market.index)
}

/// A bid for lots of this sign. Without a limit it accepts every price.
fn bid(lots: u64, limit: Option<&str>, signed: i64, market: &Market) -> Result<Bid> {
    match limit {
        Some(limit) => Ok(Bid { lots, limit_price: units(limit, market.price_decimals)? }),
        None => Ok(Bid::at_any_price(lots, signed)),
    }
}
