//! A keeper in step with its caller: each round reads the whole fund, plans and sends, and returns
//! once everything is confirmed. The demo drives the chain's clock and looks at the fund in
//! between. Planner and transactions are the standing keeper's.

use {
    crate::chain::{Chain, Order, Outcome},
    anyhow::{anyhow, Context, Result},
    bulkhead_book::Book,
    bulkhead_client::{
        instruction::{FundKeys, Trader},
        Address,
    },
    bulkhead_keeper::{
        draft::{goes_alone, groups, without_outdated, Draft, KeeperAccounts},
        plan::{plan, Action, Policy},
    },
    solana_keypair::Keypair,
    solana_signer::Signer,
};

/// Notes of a book of policies are at least so far apart.
const LEAST_NOTE_SECS: u32 = 30;

/// An observer of the keeper's actions.
pub trait Watch {
    /// An action that changes all members' accounts is about to be sent, alone in its block.
    fn before(&mut self) -> Result<()>;
    /// An action has been sent.
    fn done(&mut self, action: &Action, outcome: &Outcome) -> Result<()>;
}

/// A keeper of one fund.
pub struct Keeper<'a> {
    pub chain: &'a Chain<'a>,
    pub keys: FundKeys,
    /// The oracle account of every market.
    pub oracles: &'a [Address],
    /// Pays fees and rents.
    pub payer: &'a Keypair,
    /// Owners of the keeper's member accounts, which take the positions it liquidates and buys.
    pub takers: Vec<&'a Keypair>,
    /// The member account that receives the bounties.
    pub bounty: Option<Address>,
    pub policy: Policy,
    /// Whether it serves policies on impermanent loss.
    pub serves: bool,
}

/// The result of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Actions that took effect.
    pub done: usize,
    /// Actions that the program refused.
    pub failed: usize,
}

impl Keeper<'_> {
    /// Reads, plans and acts once.
    pub fn round(&self, watch: &mut dyn Watch) -> Result<Round> {
        let book = self.chain.book(&self.keys, self.oracles)?.cranked();
        let takers: Vec<Address> =
            self.takers.iter().map(|taker| self.keys.member(&taker.pubkey())).collect();
        let actions = plan(&book, &takers, &self.policy)
            .map_err(|error| anyhow!("the keeper cannot plan: {error:?}"))?;
        let mut actions = without_outdated(actions);
        if self.serves {
            actions.extend(self.chain.policies(&self.keys.fund)?.plan(&book, LEAST_NOTE_SECS));
        }
        let mut round = Round::default();
        for group in groups(&actions) {
            if goes_alone(&group[0]) {
                watch.before()?;
            }
            let orders: Vec<Vec<Order>> = group.iter().map(|action| self.orders(action, &book)).collect();
            let parts: Vec<usize> = orders.iter().map(Vec::len).collect();
            let mut outcomes =
                self.chain.send(&orders.into_iter().flatten().collect::<Vec<_>>())?.into_iter();
            for (action, parts) in group.iter().zip(parts) {
                // The action is in its last part; the parts before it are cranks.
                let outcome =
                    outcomes.by_ref().take(parts).last().context("every action has a transaction")?;
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

    fn orders(&self, action: &Action, book: &Book) -> Vec<Order<'_>> {
        let trader =
            |key: &&Keypair| Trader { member: self.keys.member(&key.pubkey()), signer: key.pubkey() };
        let accounts = KeeperAccounts {
            keys: self.keys,
            oracles: self.oracles.to_vec(),
            payer: self.payer.pubkey(),
            traders: self.takers.iter().map(trader).collect(),
            bounty: self.bounty,
        };
        let order = |part: Draft| {
            let signs = |key: &&Keypair| part.signers.contains(&key.pubkey());
            let signers = [self.payer].into_iter().chain(self.takers.iter().copied().filter(signs)).collect();
            Order { instructions: part.instructions, signers }
        };
        accounts.draft(action, book).parts().into_iter().map(order).collect()
    }
}
