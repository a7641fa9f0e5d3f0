//! Actions that end a loss, a share epoch, a record or the fund; any wallet may send them.

use {
    super::Kind,
    crate::{context::FundContext, market_name::MarketName, order::Order, settings::parse_address},
    anyhow::{ensure, Result},
    bulkhead_book::{held_markets, waived_markets},
    bulkhead_client::{address::of_record, instruction as build, Address},
    clap::Subcommand,
};

/// An action.
#[derive(Subcommand)]
pub enum Action {
    /// Opens layer 6: from now on members register their gains
    OpenGainsCut,
    /// Turns a member's net gain into a claim, for a gains cut whose moment has come
    RegisterGains {
        /// Wallet or member account; by default your own
        #[arg(value_parser = parse_address)]
        owner: Option<Address>,
    },
    /// Cuts the registered gains once registration is over, or starts the wind-down
    CutGains,
    /// Pays a member's claim to a registered gain into its margin, as far as the pool reaches
    PayClaim {
        /// Wallet or member account; by default your own
        #[arg(value_parser = parse_address)]
        owner: Option<Address>,
    },
    /// Takes a member out of a share epoch that a total loss has ended
    SettleEpoch {
        /// Wallet or member account; by default your own
        #[arg(value_parser = parse_address)]
        owner: Option<Address>,
    },
    /// Closes the record of an old default; its rent goes back to its payer
    CloseDefault {
        /// Number of the default, as in `defaults`
        seq: u64,
    },
    /// Announces the end of a market whose oracle has been silent for its dead_feed_secs
    CloseMarket {
        /// Symbol or number of the market
        market: MarketName,
    },
    /// Makes the mark of a market final whose end has come
    FixFinalMark {
        /// Symbol or number of the market
        market: MarketName,
    },
    /// Closes a member's positions in markets with a final mark, net
    CloseOut {
        /// Wallet or member account; by default your own
        #[arg(value_parser = parse_address)]
        owner: Option<Address>,
    },
    /// Pays a member's claim on a closed fund into its margin
    PayOut {
        /// Wallet or member account; by default your own
        #[arg(value_parser = parse_address)]
        owner: Option<Address>,
    },
}

impl Kind for Action {
    fn members(&self) -> Result<Vec<Address>> {
        Ok(match self {
            Self::SettleEpoch { owner }
            | Self::RegisterGains { owner }
            | Self::PayClaim { owner }
            | Self::CloseOut { owner }
            | Self::PayOut { owner } => owner.iter().copied().collect(),
            _ => Vec::new(),
        })
    }

    async fn order(&self, context: &FundContext<'_>) -> Result<Order> {
        let (keys, fund) = (context.keys(), &context.book.fund);
        let target = |owner: &Option<Address>| context.member(&owner.unwrap_or(context.me));
        Ok(match self {
            Self::OpenGainsCut => {
                vec![build::open_gains_cut(keys, &waived_markets(&context.book.markets))].into()
            }
            Self::RegisterGains { owner } => {
                let (address, member) = target(owner)?;
                vec![build::register_gains(keys, address, &held_markets(member))].into()
            }
            Self::CutGains => vec![build::cut_gains(keys)].into(),
            Self::PayClaim { owner } => vec![build::pay_claim(keys, target(owner)?.0)].into(),
            Self::SettleEpoch { owner } => {
                let (address, member) = target(owner)?;
                ensure!(
                    member.share_epoch < fund.share_epoch || !context.is_now(),
                    "no total loss has ended the epoch of this member's shares: there is nothing to settle"
                );
                vec![build::settle_epoch(keys, address, member.share_epoch)].into()
            }
            Self::CloseDefault { seq } => {
                let record = context.record(*seq).await?;
                vec![build::close_default(keys, of_record(&record), record.payer)].into()
            }
            Self::FixFinalMark { market } => {
                vec![build::fix_final_mark(keys, context.market(market)?.index)].into()
            }
            Self::CloseMarket { market } => {
                vec![build::close_market(keys, context.market(market)?.index)].into()
            }
            Self::CloseOut { owner } => {
                let (address, member) = target(owner)?;
                vec![build::close_out(keys, address, &held_markets(member))].into()
            }
            Self::PayOut { owner } => vec![build::pay_out(keys, target(owner)?.0)].into(),
        })
    }
}
