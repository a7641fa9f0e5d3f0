//! The acts of members: they trade a little, towards the lots they started with, and bring new
//! money when prices are back at their start. A fund that a crash has thinned out is therefore
//! whole before the next one.

use {
    crate::{
        chain::{Chain, Order},
        localnet::Network,
        population::Trade,
        rng::Rng,
        world::token_account,
    },
    anyhow::Result,
    bulkhead_book::held_markets,
    bulkhead_book::Book,
    bulkhead_client::{
        instruction as build,
        rules::shares,
        state::{FundStatus, Member, MemberStatus},
    },
    solana_signer::Signer,
};

/// A trade is at most one in this many parts of the missing lots.
const SLICES: u64 = 4;
/// Two members that reduce trade one in this many of the lots that both hold.
const CHURN: u64 = 50;
const ONE_BPS: u64 = 10_000;

/// The members of a living fund.
pub struct Life<'a> {
    network: &'a Network<'a>,
    chain: &'a Chain<'a>,
    rng: Rng,
}

impl<'a> Life<'a> {
    /// Draws the members' acts from a seed.
    pub fn new(network: &'a Network<'a>, chain: &'a Chain<'a>, seed: u64) -> Self {
        Self { network, chain, rng: Rng::new(seed, "life") }
    }

    /// Brings margins, contributions and the treasury back to their start; margins to the start at
    /// the rates in force.
    pub fn begin_again(&self, book: &Book) -> Result<()> {
        let world = &self.network.world;
        let mut orders = Vec::new();
        let rates = book.markets.iter().map(|market| u64::from(market.adjusted.multiplier_bps)).max();
        let rates = rates.unwrap_or_default().max(ONE_BPS);
        for (seat, wallet) in self.network.population.seats.iter().zip(&world.wallets) {
            let Some(member) = book.members.get(&wallet.member).filter(|member| is_free(member)) else {
                continue;
            };
            let margin = (seat.margin / ONE_BPS * rates).saturating_sub(member.margin);
            let contributed = shares::contribution(&book.fund, member).unwrap_or(seat.contribution);
            let contribution = seat.contribution.saturating_sub(contributed);
            // Fees and roundings are not worth a transaction.
            let (margin, contribution) =
                (worthwhile(margin, seat.margin), worthwhile(contribution, seat.contribution));
            if margin + contribution == 0 {
                continue;
            }
            let owner = wallet.key.pubkey();
            let held = self.chain.token_amounts(&[wallet.tokens])?[0];
            world.validator.set_tokens(&owner, &world.keys.mint, held + margin + contribution)?;
            let signers = || vec![&world.payer, &wallet.key];
            if margin > 0 {
                let deposit = build::deposit_margin(&world.keys, &owner, owner, wallet.tokens, margin);
                orders.push(Order { instructions: vec![deposit], signers: signers() });
            }
            if contribution > 0 && can_contribute(book) {
                let contribute = build::contribute(&world.keys, owner, wallet.tokens, contribution);
                orders.push(Order { instructions: vec![contribute], signers: signers() });
            }
        }
        let treasury = self.network.population.treasury.saturating_sub(book.fund.treasury);
        if treasury > 0 {
            let funder = world.authority.pubkey();
            world.validator.set_tokens(&funder, &world.keys.mint, treasury)?;
            let wallet = token_account(&funder, &world.keys.mint);
            let pay = build::fund_treasury(&world.keys, funder, wallet, treasury);
            orders.push(Order { instructions: vec![pay], signers: vec![&world.payer, &world.authority] });
        }
        // A refused member tries again with the next beat.
        self.chain.send(&orders)?;
        Ok(())
    }

    /// Makes one trade, if the program allows it.
    pub fn trade(&mut self, book: &Book) -> Result<Option<Trade>> {
        let Some(trade) = self.wish(book) else { return Ok(None) };
        let world = &self.network.world;
        let held = |number: usize| {
            book.members.get(&world.wallets[number].member).map(held_markets).unwrap_or_default()
        };
        let mut markets = [held(trade.buyer), held(trade.seller)].concat();
        markets.sort_unstable();
        markets.dedup();
        let order = world.novate(trade.market as u16, (trade.buyer, trade.seller), trade.lots, &markets);
        let outcome = self.chain.send(&[order])?.remove(0);
        Ok(outcome.failure.is_none().then_some(trade))
    }

    /// Chooses two members that both get nearer to their starting lots. Where there are none, or
    /// new risk is halted, it chooses two that reduce.
    fn wish(&mut self, book: &Book) -> Option<Trade> {
        let market = self.rng.below(book.markets.len() as u64) as usize;
        let (world, seats) = (&self.network.world, &self.network.population.seats);
        let (mut missing, mut surplus) = (Vec::new(), Vec::new());
        for (number, (seat, wallet)) in seats.iter().zip(&world.wallets).enumerate() {
            let Some(member) = book.members.get(&wallet.member).filter(|member| is_free(member)) else {
                continue;
            };
            let held = member.position(market as u16).lots;
            missing.push((number, seat.lots[market] - held));
            surplus.push((number, -held));
        }
        let parts = self.rng.between(1, SLICES);
        let is_halted = book.markets[market].is_halted(book.now);
        let nearer = if is_halted { None } else { self.meet(market, &missing, parts) };
        nearer.or_else(|| self.meet(market, &surplus, CHURN))
    }

    /// Chooses a buyer that lacks lots and a seller that has too many, for a part of the lots that
    /// both want.
    fn meet(&mut self, market: usize, wanted: &[(usize, i64)], parts: u64) -> Option<Trade> {
        let side =
            |sign: i64| wanted.iter().copied().filter(|(_, lots)| lots.signum() == sign).collect::<Vec<_>>();
        let (buyers, sellers) = (side(1), side(-1));
        if buyers.is_empty() || sellers.is_empty() {
            return None;
        }
        let ((buyer, wanted), (seller, offered)) = (self.rng.pick(&buyers), self.rng.pick(&sellers));
        let lots = wanted.unsigned_abs().min(offered.unsigned_abs()).div_ceil(parts);
        Some(Trade { market, buyer, seller, lots })
    }
}

fn is_free(member: &Member) -> bool {
    member.status == MemberStatus::Active
}

/// While exits are blocked the program takes no contributions.
fn can_contribute(book: &Book) -> bool {
    let fund = &book.fund;
    fund.status == FundStatus::Active && !fund.blocks_exits(book.now)
}

fn worthwhile(missing: u64, whole: u64) -> u64 {
    if missing > whole / 100 {
        missing
    } else {
        0
    }
}
