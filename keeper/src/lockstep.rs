//! A keeper: reads the fund through RPC, asks [`plan`] what to do, sends it. The crank comes first in every transaction,
//! so that no action depends on a mark somebody else has made.

use {
    crate::{
        book::Book,
        chain::{Chain, Order, Outcome},
        plan::{plan, Action, Policy},
    },
    anyhow::{anyhow, Result},
    bulkhead_client::{
        address,
        instruction::{self as build, FundKeys, Trader},
        Address, Instruction,
    },
    solana_keypair::Keypair,
    solana_signer::Signer,
};

/// Transactions in one block.
const PER_BLOCK: usize = 16;

/// Somebody who looks on.
pub trait Watch {
    /// An action of its own block is about to be sent: one whose effect on everybody is worth a look.
    fn before(&mut self) -> Result<()>;
    /// An action has been sent.
    fn done(&mut self, action: &Action, outcome: &Outcome) -> Result<()>;
}

/// A keeper of one fund.
pub struct Keeper<'a> {
    /// The cluster.
    pub chain: &'a Chain<'a>,
    /// The fund.
    pub keys: FundKeys,
    /// The oracle account of every market.
    pub oracles: &'a [Address],
    /// Pays fees and rents.
    pub payer: &'a Keypair,
    /// Owners of its member accounts, which take what it liquidates and buys.
    pub takers: Vec<&'a Keypair>,
    /// Its member account that gets the bounties.
    pub bounty: Option<Address>,
    /// What it wants.
    pub policy: Policy,
}

/// How a round went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Actions that took effect.
    pub done: usize,
    /// Actions the program refused.
    pub failed: usize,
}

impl Keeper<'_> {
    /// Reads, plans and acts once.
    pub fn round(&self, watch: &mut dyn Watch) -> Result<Round> {
        let book = self.chain.book(&self.keys, self.oracles)?.cranked();
        let takers: Vec<Address> = self.takers.iter().map(|taker| self.keys.member(&taker.pubkey())).collect();
        let actions =
            plan(&book, &takers, &self.policy).map_err(|error| anyhow!("the keeper cannot plan: {error:?}"))?;
        let mut round = Round::default();
        for group in groups(&actions) {
            if goes_alone(&group[0]) {
                watch.before()?;
            }
            let orders: Vec<Order> = group.iter().map(|action| self.order(action, &book)).collect();
            for (action, outcome) in group.iter().zip(self.chain.send(&orders)?) {
                if outcome.failure.is_some() {
                    round.failed += 1;
                } else {
                    round.done += 1;
                }
                watch.done(action, &outcome)?;
            }
        }
        Ok(round)
    }

    fn order(&self, action: &Action, book: &Book) -> Order<'_> {
        let (keys, payer, epoch) = (&self.keys, self.payer.pubkey(), book.fund.share_epoch);
        let mut instructions = self.cranks(book, action.markets());
        let mut signers = vec![self.payer];
        match action {
            Action::Allocate { seq, member } => {
                instructions.push(build::allocate_loss(keys, *member, payer, self.bounty, *seq, epoch));
            }
            Action::AllocateResidual => instructions.push(build::allocate_residual(keys, payer, epoch)),
            Action::SettleEpoch { member, epoch } => instructions.push(build::settle_epoch(keys, *member, *epoch)),
            Action::Declare { member, seq, markets } => {
                instructions.push(build::declare_default(keys, *member, payer, self.bounty, *seq, markets));
            }
            Action::Liquidate { market, target, taker, lots, markets } => {
                let (trader, key) = self.trader(taker);
                signers.extend(key);
                let others = others(markets, *market);
                instructions.push(build::liquidate(keys, *market, *target, trader, *lots, &others));
            }
            Action::TakeOver { market, taker, lots, markets } => {
                let (trader, key) = self.trader(taker);
                signers.extend(key);
                instructions.push(build::take_over(keys, *market, trader, *lots, &others(markets, *market)));
            }
            Action::Settle { market, members } => {
                instructions.extend(members.iter().map(|member| build::settle(keys, *market, *member)));
            }
            Action::Enforce { member, markets } => instructions.push(build::enforce_call(keys, *member, markets)),
            Action::Haircut { markets } => instructions.push(build::haircut_gains(keys, markets)),
            Action::FixFinalMark { market } => instructions.push(build::fix_final_mark(keys, *market)),
            Action::CloseOut { member, markets } => instructions.push(build::close_out(keys, *member, markets)),
            Action::PayOut { member } => instructions.push(build::pay_out(keys, *member)),
        }
        Order { instructions, signers }
    }

    /// A final mark is cranked no more.
    fn cranks(&self, book: &Book, markets: &[u16]) -> Vec<Instruction> {
        let open: Vec<u16> = markets.iter().copied().filter(|market| !book.is_final(*market)).collect();
        cranks(&self.keys, self.oracles, &open)
    }

    fn trader(&self, member: &Address) -> (Trader, Option<&Keypair>) {
        let key = self.takers.iter().find(|key| self.keys.member(&key.pubkey()) == *member).copied();
        let signer = key.map(Keypair::pubkey).unwrap_or_default();
        (Trader { member: *member, signer }, key)
    }
}

/// Cranks of these markets.
pub fn cranks(keys: &FundKeys, oracles: &[Address], markets: &[u16]) -> Vec<Instruction> {
    let crank = |market: &u16| build::crank_market(address::market(&keys.fund, *market), oracles[usize::from(*market)]);
    markets.iter().map(crank).collect()
}

impl Action {
    /// Markets whose marks it needs.
    pub fn markets(&self) -> &[u16] {
        match self {
            Self::Allocate { .. } | Self::AllocateResidual | Self::SettleEpoch { .. } | Self::PayOut { .. } => &[],
            Self::Enforce { markets, .. } | Self::Haircut { markets } | Self::CloseOut { markets, .. } => markets,
            Self::Declare { markets, .. } | Self::Liquidate { markets, .. } | Self::TakeOver { markets, .. } => markets,
            Self::Settle { market, .. } | Self::FixFinalMark { market } => std::slice::from_ref(market),
        }
    }
}

/// Markets without the one an instruction names itself.
pub fn others(markets: &[u16], named: u16) -> Vec<u16> {
    markets.iter().copied().filter(|market| *market != named).collect()
}

fn goes_alone(action: &Action) -> bool {
    use Action::{Allocate, AllocateResidual, Enforce, Haircut, PayOut};
    matches!(action, Allocate { .. } | AllocateResidual | Enforce { .. } | Haircut { .. } | PayOut { .. })
}

/// Actions that go into one block: one that makes somebody pay for another by itself, so that its effect can be seen, others together.
fn groups(actions: &[Action]) -> Vec<&[Action]> {
    let together = |a: &Action, b: &Action| !goes_alone(a) && !goes_alone(b);
    actions.chunk_by(together).flat_map(|group| group.chunks(PER_BLOCK)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocations_go_alone_and_in_order() {
        let member = Address::default();
        let settle = Action::Settle { market: 0, members: vec![member] };
        let allocate = Action::Allocate { seq: 0, member };
        let mut actions = vec![allocate.clone(), Action::AllocateResidual];
        actions.extend(vec![settle; PER_BLOCK + 1]);
        let sizes: Vec<usize> = groups(&actions).iter().map(|group| group.len()).collect();
        assert_eq!(sizes, [1, 1, PER_BLOCK, 1]);
        assert_eq!(groups(&actions).concat(), actions);
    }
}
