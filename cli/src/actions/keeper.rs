//! Actions that any wallet may send, for a reward or for nothing.

use {
    super::Kind,
    crate::{context::FundContext, market_name::MarketName, order::Order, settings::parse_address},
    anyhow::{bail, ensure, Context, Result},
    bulkhead_book::held_markets,
    bulkhead_client::{
        address::of_record,
        instruction::{self as build, FundKeys},
        state::Market,
        Address, Instruction,
    },
    bulkhead_keeper::prices::{
        hermes::{api_key, Hermes},
        once::once,
        pro,
    },
    bulkhead_pyth::route::fits,
    clap::Subcommand,
    solana_keypair::Keypair,
    solana_signer::Signer,
    std::{rc::Rc, time::Duration},
};

/// Time that Hermes gets to answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Pyth's Hermes.
const HERMES: &str = "https://pyth.dourolabs.app/hermes";

/// An action.
#[derive(Subcommand)]
pub enum Action {
    /// Takes oracle prices into the marks; of all markets if none is named
    #[command(visible_alias = "crank-market")]
    Crank {
        /// Symbols or numbers of the markets
        markets: Vec<MarketName>,
    },
    /// Fetches a market's price from Hermes or Pyth Pro, and posts and cranks it in one transaction
    #[command(aliases = ["open-pro-price", "post-pro-price"])]
    PostPrice {
        /// Symbol or number of the market
        market: MarketName,
        /// Address of a Hermes; by default Pyth's
        #[arg(long, value_name = "URL")]
        hermes: Option<String>,
        /// Address of Pyth Pro's server, for a market of that kind; by default Pyth's
        #[arg(long, value_name = "URL", conflicts_with = "hermes")]
        pro: Option<String>,
        /// A signed message of Pyth Pro in hexadecimal, in place of the server's latest
        #[arg(long, value_name = "HEX", conflicts_with_all = ["hermes", "pro"])]
        message: Option<String>,
        /// Environment variable that holds Hermes' API key, or the token of Pyth Pro; empty for none
        #[arg(long, value_name = "NAME", default_value = "PYTH_API_KEY")]
        api_key_variable: String,
    },
    /// Turns a position's profit or loss into cash
    Settle {
        /// Symbol or number of the market
        market: MarketName,
        /// Wallet or member account; by default your own
        #[arg(value_parser = parse_address)]
        owner: Option<Address>,
    },
    /// Turns a market's premiums into cash
    CollectPremium {
        /// Symbol or number of the market
        market: MarketName,
    },
    /// Updates a member's entry in the table of the two largest exposures
    ReportExposure {
        /// Wallet or member account
        #[arg(value_parser = parse_address)]
        owner: Address,
    },
    /// Blocks exits because a member owes more than it has
    OpenWatch {
        /// Wallet or member account
        #[arg(value_parser = parse_address)]
        owner: Address,
    },
    /// Ends the watch on a member that is sound again
    EndWatch {
        /// Wallet or member account
        #[arg(value_parser = parse_address)]
        owner: Address,
    },
    /// Looks whether the house of a market blocks exits
    BookHouse {
        /// Symbol or number of the market
        market: MarketName,
    },
    /// Starts a member's grace period, ends it, or declares its default
    DeclareDefault {
        /// Wallet or member account
        #[arg(value_parser = parse_address)]
        owner: Address,
    },
    /// Runs the waterfall for a default, by its number
    AllocateLoss {
        /// Number of the default, as in `defaults`
        seq: u64,
    },
    /// Gives back what the cushion of a default has left, by its number
    ReleaseCushion {
        /// Number of the default, as in `defaults`
        seq: u64,
    },
    /// Books what one whole side of a market could cost the fund
    BookCrowding {
        /// Symbol or number of the market
        market: MarketName,
    },
    /// Starts the stress call of a member beyond the cover limit, or ends one
    CallStress {
        /// Wallet or member account
        #[arg(value_parser = parse_address)]
        owner: Address,
    },
    /// Runs layers 3 to 5 for losses that belong to no open default
    AllocateResidual,
    /// Collects an assessment or a contribution call
    EnforceCall {
        /// Wallet or member account
        #[arg(value_parser = parse_address)]
        owner: Address,
    },
}

impl Kind for Action {
    fn members(&self) -> Result<Vec<Address>> {
        Ok(match self {
            Self::Settle { owner, .. } => owner.iter().copied().collect(),
            Self::ReportExposure { owner }
            | Self::OpenWatch { owner }
            | Self::EndWatch { owner }
            | Self::DeclareDefault { owner }
            | Self::EnforceCall { owner }
            | Self::CallStress { owner } => {
                vec![*owner]
            }
            _ => Vec::new(),
        })
    }

    async fn order(&self, context: &FundContext<'_>) -> Result<Order> {
        let (keys, me, fund) = (context.keys(), context.me, &context.book.fund);
        Ok(match self {
            Self::Crank { markets } => {
                let named = markets.iter().map(|name| Ok(context.market(name)?.index));
                let named = named.collect::<Result<Vec<u16>>>()?;
                let every: Vec<u16> = (0..fund.market_count).collect();
                let all = context.cranks(if named.is_empty() { &every } else { &named });
                ensure!(!all.is_empty(), "nothing to crank: every mark is final");
                all.into()
            }
            Self::PostPrice { market, hermes, pro, message, api_key_variable } => {
                let market = context.market(market)?;
                match pro::feed_of(&market.oracle) {
                    Some(_) => {
                        ensure!(hermes.is_none(), "--hermes is not for markets of Pyth Pro, which this is");
                        post_pro(context, market, pro.as_deref(), message.as_deref(), api_key_variable)
                            .await?
                    }
                    None => {
                        let of_pro = [("--pro", pro), ("--message", message)];
                        if let Some((option, _)) = of_pro.iter().find(|(_, given)| given.is_some()) {
                            bail!("{option} is for markets of Pyth Pro, which this is not");
                        }
                        post_price(context, market, hermes.as_deref(), api_key_variable).await?
                    }
                }
            }
            Self::Settle { market, owner } => {
                let market = context.market(market)?.index;
                let (address, member) = context.member(&owner.unwrap_or(me))?;
                let is_mine = [member.owner, member.delegate].contains(&me);
                let others: Vec<u16> =
                    held_markets(member).into_iter().filter(|held| *held != market).collect();
                let settle = build::settle(keys, market, address, is_mine.then_some(me), &others);
                // A leg whose feed is silent stops no settlement of another one.
                let heard = others.iter().copied().filter(|other| context.book.can_crank(*other));
                let cranked: Vec<u16> = [market].into_iter().chain(heard).collect();
                context.cranked(&cranked, settle)
            }
            Self::CollectPremium { market } => of_market(context, market, build::collect_premium)?,
            Self::BookCrowding { market } => of_market(context, market, build::book_crowding)?,
            Self::BookHouse { market } => of_market(context, market, build::book_house)?,
            Self::ReportExposure { owner } => of_member(context, owner, build::report_exposure)?,
            Self::OpenWatch { owner } => of_member(context, owner, build::open_watch)?,
            Self::EndWatch { owner } => of_member(context, owner, build::end_watch)?,
            Self::EnforceCall { owner } => of_member(context, owner, build::enforce_call)?,
            Self::CallStress { owner } => of_member(context, owner, build::call_stress)?,
            Self::DeclareDefault { owner } => {
                let (address, member) = context.member(owner)?;
                let (markets, bounty) = (held_markets(member), context.bounty(&address));
                let mut all = context.cranks(&markets);
                if member.share_epoch < fund.share_epoch && !member.shares.is_zero() {
                    all.push(build::settle_epoch(keys, address, member.share_epoch));
                }
                all.push(build::declare_default(keys, address, me, bounty, member.default_count, &markets));
                all.into()
            }
            Self::AllocateLoss { seq } => {
                let record = context.record(*seq).await?;
                let bounty = context.bounty(&record.member);
                vec![build::allocate_loss(keys, of_record(&record), me, bounty, fund.share_epoch)].into()
            }
            Self::ReleaseCushion { seq } => {
                let record = context.record(*seq).await?;
                vec![build::release_cushion(keys, record.member, of_record(&record))].into()
            }
            Self::AllocateResidual => vec![build::allocate_residual(keys, me, fund.share_epoch)].into(),
        })
    }
}

/// Posts the market's price and cranks it. The price account is of this transaction only: its rent
/// comes back in the end.
async fn post_price(
    context: &FundContext<'_>,
    market: &Market,
    hermes: Option<&str>,
    api_key_variable: &str,
) -> Result<Order> {
    ensure!(context.is_now(), "a posted price is old before others have signed: send it from here");
    ensure!(!context.book.is_final(market.index), "nothing to crank: the mark is final");
    let key = api_key(api_key_variable).context("--api-key-variable")?;
    let hermes = Hermes::new(hermes.unwrap_or(HERMES), key, PATIENCE)?;
    let own = Keypair::new();
    let posted = once(&context.session.source, &hermes, &market.oracle, context.me, own.pubkey()).await?;
    let mut all = posted.posts;
    all.push(build::crank_market(context.keys(), market.index, posted.account));
    all.extend(posted.reclaim);
    ensure!(
        fits(&all, &context.me),
        "the update's signatures do not fit one transaction: a keeper posts it in several"
    );
    Ok(Order { signers: vec![Rc::new(own)], ..all.into() })
}

/// Posts a signed message of Pyth Pro and cranks the market. The feed's account stays, for everybody.
async fn post_pro(
    context: &FundContext<'_>,
    market: &Market,
    server: Option<&str>,
    message: Option<&str>,
    api_key_variable: &str,
) -> Result<Order> {
    ensure!(context.is_now(), "a posted price is old before others have signed: send it from here");
    ensure!(!context.book.is_final(market.index), "nothing to crank: the mark is final");
    let signed = match message {
        Some(text) => pro::parse(text).context("--message")?,
        None => {
            let token = api_key(api_key_variable).context("--api-key-variable")?;
            let feed =
                pro::feed_of(&market.oracle).context("the market's prices are not those of Pyth Pro")?;
            pro::latest(server.unwrap_or(pro::SERVER), token.as_deref(), PATIENCE, feed).await?
        }
    };
    let (source, oracle, now) = (&context.session.source, &market.oracle, context.book.now);
    let mut all = pro::posts(source, oracle, &signed, context.me, now).await?;
    let account = Address::new_from_array(oracle.account);
    all.push(build::crank_market(context.keys(), market.index, account));
    ensure!(fits(&all, &context.me), "the message does not fit one transaction: ask for one feed alone");
    Ok(all.into())
}

/// An instruction about one market, which is cranked before it.
fn of_market(
    context: &FundContext<'_>,
    market: &MarketName,
    build: fn(&FundKeys, u16) -> Instruction,
) -> Result<Order> {
    let market = context.market(market)?.index;
    Ok(context.cranked(&[market], build(context.keys(), market)))
}

/// An instruction about one member; the markets that it holds are cranked before it.
fn of_member(
    context: &FundContext<'_>,
    owner: &Address,
    build: fn(&FundKeys, Address, &[u16]) -> Instruction,
) -> Result<Order> {
    let (address, member) = context.member(owner)?;
    let markets = held_markets(member);
    Ok(context.cranked(&markets, build(context.keys(), address, &markets)))
}
