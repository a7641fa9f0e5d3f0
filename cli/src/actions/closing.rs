//! Actions that end a loss, a share epoch, a record or the fund; any wallet may send them.

use {
    super::Kind,
    crate::{context::FundContext, order::Order, settings::parse_address},
    anyhow::{ensure, Result},
    bulkhead_book::held_markets,
    bulkhead_client::{address::of_record, instruction as build, Address},
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
    /// Makes a market's fresh mark its final one, in a wind-down
    FixFinalMark {
        /// Number of the market
        market: u16,
    },
    /// Closes a member's positions at the final marks, in a wind-down
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
                let record = context.record(*seq).await?;
                vec![build::close_default(keys, of_record(&record), record.payer)].into()
            }
            Self::FixFinalMark { market } => {
                let market = context.market(*market)?.index;
                // If the oracle is dead, the last mark will do.
                let priced = if context.book.can_price(&[market]) { vec![market] } else { Vec::new() };
                context.cranked(&priced, build::fix_final_mark(keys, market))
            }
            Self::CloseOut { owner } => {
                let (address, member) = target(owner)?;
                vec![build::close_out(keys, address, &held_markets(member))].into()
            }
            Self::PayOut { owner } => vec![build::pay_out(keys, target(owner)?.0)].into(),
        })
    }
}
