//! Turns an action into the transaction that does it. Every transaction that needs a price cranks
//! first, so that no action depends on a mark that somebody else has made.

use {
    crate::{
        fees::{budgeted, MOST_UNITS},
        plan::Action,
        prices::pro::is_check,
    },
    bulkhead_book::{held_markets, Book},
    bulkhead_client::{
        instruction::{self as build, Bid, FundKeys, Trader},
        policies, Address, Instruction,
    },
    solana_message::Message,
    std::collections::BTreeSet,
};

/// The most bytes of a transaction that the network carries.
const PACKET: usize = 1_232;
/// Bytes of one signature.
const SIGNATURE: usize = 64;

/// Most transactions that are sent together.
pub const TOGETHER: usize = 16;

/// The accounts a keeper acts with.
#[derive(Clone, Debug)]
pub struct KeeperAccounts {
    pub keys: FundKeys,
    /// The oracle account of every market.
    pub oracles: Vec<Address>,
    /// Pays fees and rents.
    pub payer: Address,
    /// The keeper's member accounts, which take the positions it liquidates and buys, each with its
    /// signer.
    pub traders: Vec<Trader>,
    /// The member account that receives the bounties.
    pub bounty: Option<Address>,
}

/// A transaction without blockhash and signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// In order of execution.
    pub instructions: Vec<Instruction>,
    /// Required signers; the first pays.
    pub signers: Vec<Address>,
}

impl Draft {
    /// Splits the draft into as few transactions as the network carries, to be run one after the
    /// other. Two members with eight markets each name too many accounts for one transaction: the
    /// cranks then go ahead, and their marks are still fresh for the action. The check of a signature
    /// stays with the instruction that needs it.
    pub fn parts(self) -> Vec<Self> {
        let mut parts: Vec<Self> = Vec::new();
        for together in self.instructions.chunk_by(|before, _| is_check(before)) {
            match parts.last_mut().filter(|part| part.fits_with(together)) {
                Some(part) => part.push(together),
                None => {
                    let mut part = Self { instructions: Vec::new(), signers: self.signers[..1].to_vec() };
                    part.push(together);
                    parts.push(part);
                }
            }
        }
        parts
    }

    fn push(&mut self, instructions: &[Instruction]) {
        let metas = instructions.iter().flat_map(|instruction| &instruction.accounts);
        for meta in metas.filter(|meta| meta.is_signer) {
            if !self.signers.contains(&meta.pubkey) {
                self.signers.push(meta.pubkey);
            }
        }
        self.instructions.extend_from_slice(instructions);
    }

    fn fits_with(&self, instructions: &[Instruction]) -> bool {
        let mut longer = self.clone();
        longer.push(instructions);
        let message =
            Message::new(&budgeted(&longer.instructions, MOST_UNITS, u64::MAX), longer.signers.first());
        1 + SIGNATURE * longer.signers.len() + message.serialize().len() <= PACKET
    }
}

impl KeeperAccounts {
    pub fn members(&self) -> Vec<Address> {
        self.traders.iter().map(|trader| trader.member).collect()
    }

    /// Drafts the transaction that does `action` on the fund in `book`.
    pub fn draft(&self, action: &Action, book: &Book) -> Draft {
        let mut markets = action.markets().to_vec();
        if let Action::Settle { market: settled, .. } = action {
            // Its mark alone has to be fresh. Where the cranks go ahead, it is the youngest one.
            markets.sort_by_key(|market| market == settled);
        }
        let mut instructions = self.cranks(book, &markets);
        instructions.extend(self.instructions(action, book));
        let taker = match action {
            Action::Liquidate { taker, .. }
            | Action::SellExcess { taker, .. }
            | Action::TakeOver { taker, .. } => Some(self.trader(taker).signer),
            _ => None,
        };
        let mut signers: Vec<Address> = std::iter::once(self.payer).chain(taker).collect();
        signers.dedup();
        Draft { instructions, signers }
    }

    /// The instructions of an action, after the cranks that it needs.
    fn instructions(&self, action: &Action, book: &Book) -> Vec<Instruction> {
        let (keys, payer, epoch) = (&self.keys, self.payer, book.fund.share_epoch);
        let bid = |lots: &u64, limit_price: &u64| Bid { lots: *lots, limit_price: *limit_price };
        vec![match action {
            Action::Crank { .. } => return Vec::new(),
            Action::Settle { market, members, .. } => {
                let settle = |member: &Address| {
                    let held = book.members.get(member).map(held_markets).unwrap_or_default();
                    build::settle(keys, *market, *member, None, &others(&held, *market))
                };
                return members.iter().map(settle).collect();
            }
            Action::Allocate { record, .. } => build::allocate_loss(keys, *record, payer, self.bounty, epoch),
            Action::ReleaseCushion { member, record, .. } => build::release_cushion(keys, *member, *record),
            Action::CloseDefault { record, payer, .. } => build::close_default(keys, *record, *payer),
            Action::AllocateResidual => build::allocate_residual(keys, payer, epoch),
            Action::SettleEpoch { member, epoch } => build::settle_epoch(keys, *member, *epoch),
            Action::Declare { member, count, markets } => {
                build::declare_default(keys, *member, payer, self.bounty, *count, markets)
            }
            Action::OpenWatch { member, markets } => build::open_watch(keys, *member, markets),
            Action::EndWatch { member, markets } => build::end_watch(keys, *member, markets),
            Action::BookHouse { market } => build::book_house(keys, *market),
            Action::Liquidate { market, target, taker, lots, limit_price, markets } => {
                let (trader, others) = (self.trader(taker), others(markets, *market));
                build::liquidate(keys, *market, *target, trader, bid(lots, limit_price), &others)
            }
            Action::SellExcess { market, target, taker, lots, limit_price, markets } => {
                let (trader, others) = (self.trader(taker), others(markets, *market));
                build::sell_excess(keys, *market, *target, trader, bid(lots, limit_price), &others)
            }
            Action::TakeOver { market, taker, lots, limit_price, markets } => {
                let (trader, others) = (self.trader(taker), others(markets, *market));
                build::take_over(keys, *market, trader, bid(lots, limit_price), &others)
            }
            Action::FillOffer { market, keys: offer, rent_to, markets, posted, .. } => {
                let price = posted.map_or(self.oracles[usize::from(*market)], |posted| posted.account);
                let crank = posted
                    .filter(|posted| posted.cranks)
                    .map(|posted| build::crank_market(keys, *market, posted.account));
                let rest = others(markets, *market);
                let fill = build::fill_offer(keys, *market, *offer, price, *rent_to, &rest);
                return crank.into_iter().chain([fill]).collect();
            }
            Action::LapseTaking { keys: offer, .. } => build::lapse_taking(*offer),
            Action::SettleCover { cover, waived } => build::settle_cover(keys, *cover, waived),
            Action::AccrueCover { cover } => build::accrue_cover(keys, *cover),
            Action::NotePrice { keys, .. } => policies::note_price(keys),
            Action::StartPolicy { keys, number, day } => policies::start_policy(keys, *number, *day),
            Action::SettleExpiry { keys, day } => policies::settle_expiry(keys, *day),
            Action::OpenPayouts { keys, day } => policies::open_payouts(keys, *day),
            Action::EndPayouts { keys, day } => policies::end_payouts(keys, *day),
            Action::Enforce { member, markets } => build::enforce_call(keys, *member, markets),
            Action::CallStress { member, markets } => build::call_stress(keys, *member, markets),
            Action::BookCrowding { market } => build::book_crowding(keys, *market),
            Action::OpenGainsCut { waived } => build::open_gains_cut(keys, waived),
            Action::RegisterGains { member, markets } => build::register_gains(keys, *member, markets),
            Action::CutGains => build::cut_gains(keys),
            Action::PayClaim { member } => build::pay_claim(keys, *member),
            Action::CollectPremium { market } => build::collect_premium(keys, *market),
            Action::CloseMarket { market } => build::close_market(keys, *market),
            Action::FixFinalMark { market } => build::fix_final_mark(keys, *market),
            Action::CloseOut { member, markets } => build::close_out(keys, *member, markets),
            Action::PayOut { member } => build::pay_out(keys, *member),
        }]
    }

    /// Cranks the markets that can be cranked: the others are silent, and the action goes on without
    /// them.
    fn cranks(&self, book: &Book, markets: &[u16]) -> Vec<Instruction> {
        let open: Vec<u16> = markets.iter().copied().filter(|market| book.can_crank(*market)).collect();
        cranks(&self.keys, &self.oracles, &open)
    }

    /// The plan only uses the keeper's own member accounts.
    fn trader(&self, member: &Address) -> Trader {
        let known = self.traders.iter().find(|trader| trader.member == *member);
        known.copied().unwrap_or(Trader { member: *member, signer: self.payer })
    }
}

pub fn cranks(keys: &FundKeys, oracles: &[Address], markets: &[u16]) -> Vec<Instruction> {
    let crank = |market: &u16| build::crank_market(keys, *market, oracles[usize::from(*market)]);
    markets.iter().map(crank).collect()
}

/// Markets without the one that an instruction names as an account of its own.
pub fn others(markets: &[u16], named: u16) -> Vec<u16> {
    markets.iter().copied().filter(|market| *market != named).collect()
}

/// Whether an action changes the accounts of all members. The next action is then planned on its
/// effect.
pub fn goes_alone(action: &Action) -> bool {
    use Action::{Allocate, AllocateResidual, CutGains, Enforce, OpenGainsCut, PayOut, SettleCover};
    matches!(
        action,
        Allocate { .. }
            | AllocateResidual
            | Enforce { .. }
            | OpenGainsCut { .. }
            | CutGains
            | PayOut { .. }
            | SettleCover { .. }
    )
}

/// Leaves settlements of members out that trade earlier in the plan. They are drafted with the markets that a
/// member holds before, and the program wants those that it holds then: a member that has just taken lots of
/// another market is settled in the next round.
pub fn without_outdated(mut actions: Vec<Action>) -> Vec<Action> {
    let mut touched = BTreeSet::new();
    actions.retain_mut(|action| {
        let Action::Settle { members, .. } = action else {
            touched.extend(action.members());
            return true;
        };
        members.retain(|member| !touched.contains(member));
        !members.is_empty()
    });
    actions
}

/// Groups actions that are sent together. An action that changes the accounts of all members goes
/// alone, so that its effect can be seen; the others go up to [`TOGETHER`] at a time.
pub fn groups(actions: &[Action]) -> Vec<&[Action]> {
    let together = |a: &Action, b: &Action| !goes_alone(a) && !goes_alone(b);
    actions.chunk_by(together).flat_map(|group| group.chunks(TOGETHER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulkhead_pyth::pro::Signed;

    /// The mark of the settled market has to be fresh, and cranks that do not fit go ahead in another
    /// transaction.
    #[test]
    fn the_settled_market_is_cranked_last() {
        let member = Address::new_from_array([1; 32]);
        let book = crate::plan::tests::book(
            crate::plan::tests::PRICE,
            &[(1, 100, &[1, 1, 1]), (2, 100, &[1, 1, 1])],
        );
        let oracles: Vec<Address> = (50..53).map(|byte| Address::new_from_array([byte; 32])).collect();
        let accounts = KeeperAccounts {
            keys: book.keys,
            oracles: oracles.clone(),
            payer: member,
            traders: vec![],
            bounty: None,
        };
        let cranked = |action: &Action| {
            let Draft { instructions, .. } = accounts.draft(action, &book);
            let is_of = |instruction: &Instruction, oracle: &Address| {
                instruction.accounts.iter().any(|meta| meta.pubkey == *oracle)
            };
            let market = |instruction: &Instruction| oracles.iter().position(|it| is_of(instruction, it));
            instructions.iter().filter_map(market).collect::<Vec<_>>()
        };
        let markets = vec![0, 1, 2];
        let settle = Action::Settle { market: 1, members: vec![member], markets: markets.clone() };
        assert_eq!(cranked(&settle), [0, 2, 1]);
        assert_eq!(cranked(&Action::EndWatch { member, markets }), [0, 1, 2]);
    }

    #[test]
    fn what_is_too_large_for_one_transaction_goes_in_several() {
        let [payer, signer, member, target] = [1, 2, 3, 4].map(|byte| Address::new_from_array([byte; 32]));
        let oracles: Vec<Address> =
            (0..16).map(|market| Address::new_from_array([100 + market; 32])).collect();
        let keys = FundKeys::new(&Address::default(), Address::default(), Address::default(), 0);
        let draft = |markets: u16| {
            let markets: Vec<u16> = (0..markets).collect();
            let mut instructions = cranks(&keys, &oracles, &markets);
            let (others, bid) = (others(&markets, 0), Bid::at_any_price(1, 1));
            instructions.push(build::liquidate(&keys, 0, target, Trader { member, signer }, bid, &others));
            Draft { instructions, signers: vec![payer, signer] }
        };
        assert_eq!(draft(3).parts(), [draft(3)]);

        let parts = draft(16).parts();
        assert_eq!(parts.len(), 2);
        assert_eq!(
            parts.iter().flat_map(|part| part.instructions.clone()).collect::<Vec<_>>(),
            draft(16).instructions
        );
        assert_eq!(
            parts.iter().map(|part| part.signers.clone()).collect::<Vec<_>>(),
            [vec![payer], vec![payer, signer]]
        );
        let bytes = |part: &Draft| Message::new(&part.instructions, Some(&payer)).serialize().len();
        assert!(parts.iter().all(|part| bytes(part) < PACKET - 2 * SIGNATURE));
    }

    /// Posts of signed messages are long. The check of a signature is never parted from its post.
    #[test]
    fn a_check_stays_with_its_post() {
        let [payer, key, treasury] = [1, 2, 3].map(|byte| Address::new_from_array([byte; 32]));
        let posts = |feed: u32| {
            let signed = Signed::new(&[7; 200], &key, &[8; 64]).unwrap();
            let post = build::post_pro_price(payer, (feed, 3), treasury, 0, signed.bytes());
            [signed.check(1, build::PRO_MESSAGE_AT), post]
        };
        let instructions: Vec<Instruction> = (0..6).flat_map(posts).collect();
        let parts = Draft { instructions: instructions.clone(), signers: vec![payer] }.parts();
        let sizes: Vec<usize> = parts.iter().map(|part| part.instructions.len()).collect();
        assert!(sizes.len() > 1 && sizes.iter().all(|size| size.is_multiple_of(2)), "{sizes:?}");
        assert!(parts.iter().all(|part| is_check(&part.instructions[0])));
        assert_eq!(parts.into_iter().flat_map(|part| part.instructions).collect::<Vec<_>>(), instructions);
    }

    /// A keeper that took over lots of one market was settled in another one in the same round. The
    /// program refused it, because the first market was missing.
    #[test]
    fn a_member_is_settled_in_the_round_after_it_has_traded() {
        let [keeper, other] = [1, 2].map(|byte| Address::new_from_array([byte; 32]));
        let settle = |market, members: &[Address]| Action::Settle {
            market,
            members: members.to_vec(),
            markets: vec![0, 1],
        };
        let take =
            Action::TakeOver { market: 1, taker: keeper, lots: 5, limit_price: 1, markets: vec![0, 1] };
        let planned = vec![take.clone(), settle(0, &[keeper, other]), settle(1, &[keeper])];
        assert_eq!(without_outdated(planned), [take, settle(0, &[other])]);
        // A settlement brings no market.
        let twice = vec![settle(0, &[other]), settle(1, &[keeper, other])];
        assert_eq!(without_outdated(twice.clone()), twice);
    }

    #[test]
    fn allocations_go_alone_and_in_order() {
        let member = Address::default();
        let settle = Action::Settle { market: 0, members: vec![member], markets: vec![0] };
        let allocate = Action::Allocate { seq: 0, record: member };
        let mut actions = vec![allocate.clone(), Action::AllocateResidual];
        actions.extend(vec![settle; TOGETHER + 1]);
        let sizes: Vec<usize> = groups(&actions).iter().map(|group| group.len()).collect();
        assert_eq!(sizes, [1, 1, TOGETHER, 1]);
        assert_eq!(groups(&actions).concat(), actions);
    }
}
