//! Covers: money of the fund that stands for losses of other protocols. Opening, raising and resuming one
//! are changes of governance.

use {
    super::Kind,
    crate::{
        amount::Amount, context::FundContext, market_name::MarketName, order::Order, settings::parse_address,
    },
    anyhow::{Context, Result},
    bulkhead_book::waived_markets,
    bulkhead_client::{
        account::decode,
        instruction as build,
        state::{Cover, CoverPurse, CoverStatus},
        Address,
    },
    clap::{Subcommand, ValueEnum},
};

/// An action. Covers are named by their number in the fund.
#[derive(Subcommand)]
pub enum Action {
    /// Suspends a cover at once: what it draws is booked, and not paid
    #[command(alias = "suspend-cover")]
    Suspend {
        /// Number of the cover
        cover: u16,
    },
    /// Pays into a purse of a cover
    #[command(alias = "fund-cover")]
    Fund {
        /// Number of the cover
        cover: u16,
        /// The purse
        #[arg(value_enum)]
        purse: Purse,
        /// In tokens, such as 12.5, or `all`
        amount: Amount,
    },
    /// Earns the premium of a cover, which lapses once it is used up
    #[command(alias = "accrue-cover")]
    Accrue {
        /// Number of the cover
        cover: u16,
    },
    /// Holds exits, for the drawer of a cover
    #[command(alias = "hold-cover")]
    Hold {
        /// Number of the cover
        cover: u16,
        /// Seconds, at most 604800
        secs: u32,
    },
    /// Books a loss, for the drawer of a cover
    #[command(alias = "draw-cover")]
    Draw {
        /// Number of the cover
        cover: u16,
        /// In tokens, such as 12.5
        amount: Amount,
        /// Market of a venue, by its symbol or number
        #[arg(long, value_name = "MARKET")]
        market: Option<MarketName>,
    },
    /// Pays what a cover is owed, once clearing is whole
    #[command(alias = "settle-cover")]
    Settle {
        /// Number of the cover
        cover: u16,
    },
    /// Sends what is payable to the destination of a cover; once it has ended, to a token account of its
    /// beneficiary too
    #[command(alias = "collect-cover")]
    Collect {
        /// Number of the cover
        cover: u16,
        /// The token account; by default the destination
        #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
        to: Option<Address>,
    },
    /// Gives back what a cover was paid and nobody has claimed
    #[command(alias = "return-cover")]
    Return {
        /// Number of the cover
        cover: u16,
        /// In tokens, such as 12.5, or `all`
        amount: Amount,
    },
    /// Ends a cover whose time is over
    #[command(alias = "end-cover")]
    End {
        /// Number of the cover
        cover: u16,
    },
    /// Holds exits for ten minutes, because the market of a venue has fallen
    ShowGap {
        /// Number of the cover
        cover: u16,
        /// Market of the venue, by its symbol or number
        market: MarketName,
    },
}

/// A purse of a cover.
#[derive(Clone, Copy, ValueEnum)]
pub enum Purse {
    /// Premium in advance
    Prepaid,
    /// The part of each loss that the cover bears before the fund does
    FirstLoss,
    /// Premium that is earned at once
    Earned,
    /// Money for the contributors alone
    Forfeited,
}

impl From<Purse> for CoverPurse {
    fn from(purse: Purse) -> Self {
        match purse {
            Purse::Prepaid => Self::Prepaid,
            Purse::FirstLoss => Self::FirstLoss,
            Purse::Earned => Self::Earned,
            Purse::Forfeited => Self::Forfeited,
        }
    }
}

impl Kind for Action {
    fn members(&self) -> Result<Vec<Address>> {
        Ok(Vec::new())
    }

    async fn order(&self, context: &FundContext<'_>) -> Result<Order> {
        let (keys, me) = (context.keys(), context.me);
        let instruction = match self {
            Self::Suspend { cover } => {
                let last = context.session.last_valid_slot(context.book.slot);
                build::suspend_cover(keys, *cover, me, last)
            }
            Self::Fund { cover, purse, amount } => {
                let (wallet, amount) = context.pay(amount, Ok).await?;
                build::fund_cover(keys, *cover, me, wallet, amount, (*purse).into())
            }
            Self::Accrue { cover } => build::accrue_cover(keys, *cover),
            Self::Hold { cover, secs } => build::hold_cover(keys, *cover, me, *secs),
            Self::Draw { cover, amount, market } => {
                let none = || anyhow::bail!("how much? a draw has no `all`");
                let amount = amount.resolve(context.decimals(), none)?;
                let Some(market) = market else {
                    return Ok(vec![build::draw_cover(keys, *cover, me, None, amount)].into());
                };
                let market = context.market(market)?.index;
                let then = build::draw_cover(keys, *cover, me, Some(market), amount);
                return Ok(context.cranked(&[market], then));
            }
            Self::Settle { cover } => {
                build::settle_cover(keys, *cover, &waived_markets(&context.book.markets))
            }
            Self::Collect { cover, to } => {
                let to = match to {
                    Some(to) => *to,
                    None => read(context, *cover).await?.destination,
                };
                build::collect_cover(keys, *cover, to)
            }
            Self::Return { cover, amount } => {
                let (wallet, amount) = context.pay(amount, Ok).await?;
                build::return_cover(keys, *cover, me, wallet, amount)
            }
            Self::End { cover } => build::end_cover(keys, *cover),
            Self::ShowGap { cover, market } => {
                let market = context.market(market)?.index;
                let then = build::show_gap(keys, *cover, market);
                return Ok(context.cranked(&[market], then));
            }
        };
        Ok(vec![instruction].into())
    }
}

/// Reads a cover of the fund.
async fn read(context: &FundContext<'_>, index: u16) -> Result<Cover> {
    let account = context.session.account(&context.keys().cover(index)).await?;
    let account =
        account.with_context(|| format!("the fund has no cover {index}: `bulkhead covers` lists them"))?;
    Ok(decode(&account.data)?)
}

/// The status of a cover in a word.
pub fn status(cover: &Cover) -> &'static str {
    match () {
        () if cover.status == CoverStatus::Suspended => "suspended",
        () if cover.status == CoverStatus::Ended => "ended",
        () if cover.has_lapsed() => "lapsed",
        () => "active",
    }
}
