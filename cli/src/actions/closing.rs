//! Actions that end a loss, a share epoch, a record or the fund; any wallet may send them.

use {
    super::Kind,
    crate::{context::FundContext, order::Order, settings::parse_address},
    anyhow::{ensure, Result},
    bulkhead_book::held_markets,
    bulkhead_client::{instruction as build, Address},
    clap::Subcommand,
};

/// An action.
#[derive(Subcommand)]
pub enum Action {
    /// Cuts gains by the loss that no layer has paid, or starts the wind-down
    HaircutGains,
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
        /// Number of the market
        market: u16,
    },
    /// Makes the mark of a market final whose end has come
    FixFinalMark {
        /// Number of the market
        market: u16,
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
            Self::SettleEpoch { owner } | Self::CloseOut { owner } | Self::PayOut { owner } => {
                owner.iter().copied().collect()
            }
            _ => Vec::new(),
        })
    }

    async fn order(&self, context: &FundContext<'_>) -> Result<Order> {
        let (keys, fund) = (context.keys(), &context.book.fund);
        let target = |owner: &Option<Address>| context.member(&owner.unwrap_or(context.me));
        Ok(match self {
            Self::HaircutGains => {
                let lost =
                    context.book.markets.iter().filter(|market| market.is_in_default(fund.loss_episode));
                let markets: Vec<u16> = lost.map(|market| market.index).collect();
                ensure!(
                    !markets.is_empty(),
                    "no market has a loss that is not paid for: there is nothing to cut"
                );
                // A market whose oracle is silent is passed over, because its crank would refuse
                // the rest.
                let priced: Vec<u16> =
                    markets.iter().copied().filter(|market| context.book.can_price(&[*market])).collect();
                context.cranked(&priced, build::haircut_gains(keys, &markets))
            }
            Self::SettleEpoch { owner } => {
                let (address, member) = target(owner)?;
                ensure!(
                    member.share_epoch < fund.share_epoch || !context.is_now(),
                    "no total loss has ended the epoch of this member's shares: there is nothing to settle"
                );
                vec![build::settle_epoch(keys, address, member.share_epoch)].into()
            }
            Self::CloseDefault { seq } => {
                let payer = context.record(*seq).await?.payer;
                vec![build::close_default(keys, *seq, payer)].into()
            }
            Self::FixFinalMark { market } => {
                vec![build::fix_final_mark(keys, context.market(*market)?.index)].into()
            }
            Self::CloseMarket { market } => {
                vec![build::close_market(keys, context.market(*market)?.index)].into()
            }
            Self::CloseOut { owner } => {
                let (address, member) = target(owner)?;
                vec![build::close_out(keys, address, &held_markets(member))].into()
            }
            Self::PayOut { owner } => vec![build::pay_out(keys, target(owner)?.0)].into(),
        })
    }
}
