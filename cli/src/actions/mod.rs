//! Actions, one file for each kind of actor. An action that needs marks cranks them first, in the
//! same transaction.

mod claims;
mod closing;
pub mod cover;
pub mod governance;
mod keeper;
mod member;
mod offer;
mod policies;
mod trade;

pub use member::shares;

use {
    crate::{context::FundContext, order::Order, scales::Scales, session::Session},
    anyhow::Result,
    bulkhead_book::held_markets,
    bulkhead_client::Address,
    clap::Subcommand,
    std::collections::BTreeSet,
};

/// An action.
#[derive(Subcommand)]
pub enum Action {
    #[command(flatten)]
    Member(member::Action),
    #[command(flatten)]
    Trade(trade::Action),
    /// Trades with whoever comes: offers are posted, taken, and filled at the next price
    #[command(subcommand)]
    Offer(offer::Action),
    /// Covers of other protocols: premium, holds, draws, and what is paid for them; and claims, from the
    /// alert of a loss to its last payment
    #[command(subcommand)]
    Cover(CoverAction),
    #[command(flatten)]
    Keeper(keeper::Action),
    #[command(flatten)]
    Closing(closing::Action),
    /// Actions of the fund's authority and guardian, shown, old and new, before they are sent
    #[command(subcommand)]
    Governance(Box<governance::Action>),
}

/// An action on covers, of either program.
#[derive(Subcommand)]
pub enum CoverAction {
    #[command(flatten)]
    Core(cover::Action),
    #[command(flatten)]
    Claims(claims::Action),
    /// Policies on impermanent loss: from their purchase to their payout
    #[command(subcommand)]
    Policy(policies::Action),
}

impl Action {
    /// Turns the action into an order. Returns the scales of the fund's numbers too.
    pub async fn order(&self, session: &Session) -> Result<(Order, Scales)> {
        match self {
            Self::Member(action) => draft(action, session).await,
            Self::Trade(action) => draft(action, session).await,
            Self::Offer(action) => action.order(session).await,
            Self::Cover(CoverAction::Core(action)) => draft(action, session).await,
            Self::Cover(CoverAction::Claims(action)) => action.order(session).await,
            Self::Cover(CoverAction::Policy(action)) => action.order(session).await,
            Self::Keeper(action) => draft(action, session).await,
            Self::Closing(action) => draft(action, session).await,
            Self::Governance(action) => governance::order(session, action).await,
        }
    }
}

/// A kind of actions.
trait Kind {
    /// Members that the action concerns, beside the signer's own.
    fn members(&self) -> Result<Vec<Address>>;

    /// Turns the action into an order.
    async fn order(&self, context: &FundContext<'_>) -> Result<Order>;
}

async fn draft(action: &impl Kind, session: &Session) -> Result<(Order, Scales)> {
    let members = action.members()?;
    let context = FundContext::open(session, &members).await?;
    let order = action.order(&context).await?;
    Ok((Order { figures: context.figures(&members), ..order }, context.scales()))
}

/// All markets that these members hold, and `named`, in order.
fn markets_of(context: &FundContext, named: u16, members: &[Address]) -> Result<Vec<u16>> {
    let mut markets = BTreeSet::from([named]);
    for member in members {
        markets.extend(held_markets(context.member(member)?.1));
    }
    Ok(markets.into_iter().collect())
}
