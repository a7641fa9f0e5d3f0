//! Claims on losses beside everything else: the second program's panel draws on a cover of the fund, and the
//! model has it, too. The model has the list of a tree, the program its root.

use {
    crate::{
        action::Action::{self, *},
        draw::{seconds, slots},
        history::History,
        policies::{address, cover_address, wallet},
        start::{COVER_WALLETS, NAMES},
        tally::Tally,
    },
    bulkhead_cover::state as program,
    bulkhead_model::{
        associated, page_of, CoverPurse, Int, Leaf, Loss, LossState, Model, Op, Panel, PanelTerms, GUARDIAN,
        PANEL,
    },
    bulkhead_tests::{
        bulkhead_client::claims::{self, Claim, Node, PanelKeys, Report, Root, Tree},
        keypair,
        params::DAY,
        rng::Rng,
        scene::PURSE,
        token, usdc, Address, Call, Signer, World,
    },
    std::collections::BTreeSet,
};

/// Who may stand on a list of claims.
pub fn claimants() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().chain([COVER_WALLETS[0]])
}

/// Terms of the panel of a cover.
pub fn draw_terms(rng: &mut Rng, cover: u16) -> PanelTerms {
    let keys = *rng.pick(&[1, 3, 3, 5]);
    PanelTerms {
        cover,
        keys: (0..keys).map(|number| format!("key {number}")).collect(),
        quorum: rng.between(keys / 2 + 1, keys) as usize,
        perils: 2,
        min_bond: *rng.pick(&[1, usdc(1)]),
    }
}

/// The panel, a wallet of the guardian, and the associated token accounts of claimants.
pub fn create(world: &mut World, terms: &PanelTerms) {
    let mut keys = [Address::default(); claims::constants::MAX_KEYS];
    for (key, name) in keys.iter_mut().zip(&terms.keys) {
        *key = signer(world, name).pubkey();
    }
    let terms = program::PanelTerms {
        keys,
        min_bond: terms.min_bond,
        cover_index: terms.cover,
        key_count: terms.keys.len() as u8,
        quorum: terms.quorum as u8,
        perils: terms.perils,
    };
    let creator = world.here.creator.insecure_clone();
    let (panel, payer) = (self::keys(world), world.payer.pubkey());
    world.run(Call::new(claims::create_panel(&panel, 0, creator.pubkey(), payer, terms), [creator]));
    open_wallet(world, GUARDIAN, GUARDIAN, PURSE);
    for name in claimants() {
        open_wallet(world, &associated(name), name, 0);
    }
}

fn open_wallet(world: &mut World, name: &str, owner: &str, amount: u64) {
    let owner = signer(world, owner).pubkey();
    let account = token::wallet(world.token_program, &world.mint, &owner, amount);
    world.put(wallet(world, name), account);
}

/// The model's wallets of these.
pub fn give(model: &mut Model) {
    model.give(GUARDIAN, PURSE);
    claimants().for_each(|name| model.give(&associated(name), 0));
}

/// Who signs as a name.
pub fn signer(world: &World, name: &str) -> bulkhead_tests::Keypair {
    match name {
        GUARDIAN => world.here.guardian.insecure_clone(),
        _ => keypair(name),
    }
}

/// The panel's addresses.
pub fn keys(world: &World) -> PanelKeys {
    PanelKeys {
        panel: panel_address(world),
        fund: world.here.keys.fund,
        cover: cover_address(world, panel_cover(world)),
        mint: world.mint,
        token_program: world.token_program,
    }
}

fn panel_address(world: &World) -> Address {
    address(Address::default(), 1, || claims::panel(&world.here.creator.pubkey(), 0))
}

/// The index of the cover that the panel was created for; the first one's before it is.
fn panel_cover(world: &World) -> u16 {
    read::<program::Panel>(world, panel_address(world)).map_or(0, |panel| panel.cover_index)
}

/// The panel's vault.
pub fn vault(world: &World) -> Address {
    let panel = panel_address(world);
    address(panel, u64::MAX, || claims::panel_vault(&panel))
}

/// The associated token account of a name.
pub fn associated_account(world: &World, name: &str) -> Address {
    let owner = signer(world, name).pubkey();
    let kind = u64::from(world.token_program == token::TOKEN_2022);
    address(owner, kind, || keys(world).associated(&owner))
}

fn read<T: bytemuck::Pod>(world: &World, address: Address) -> Option<T> {
    world.account(&address).map(|account| bytemuck::pod_read_unaligned(&account.data[8..]))
}

/// The program's panel.
pub fn panel(world: &World) -> program::Panel {
    read(world, panel_address(world)).expect("a panel")
}

/// The address of a loss.
pub fn loss_address(world: &World, number: u64) -> Address {
    address(panel_address(world), number, || keys(world).loss(number))
}

/// The program's loss.
pub fn loss(world: &World, number: u64) -> Option<program::Loss> {
    read(world, loss_address(world, number))
}

/// The program's page of a loss.
pub fn page(world: &World, number: u64, page: u16) -> Option<program::Page> {
    let loss = loss_address(world, number);
    read(world, address(loss, page.into(), || claims::page(&loss, page)))
}

/// The root of the tree of a list; of an empty one, a root that no tree has.
pub fn root(world: &World, number: u64, leaves: &[Leaf]) -> Root {
    match leaves {
        [] => Root { top: Node::new(&[1; 32], 0), leaves: 0, depth: 0 },
        _ => tree(world, number, leaves).root(),
    }
}

fn tree(world: &World, number: u64, leaves: &[Leaf]) -> Tree {
    let claim = |leaf: &Leaf| Claim {
        claimant: signer(world, &leaf.claimant).pubkey().to_bytes(),
        amount: leaf.amount,
    };
    let claims: Vec<Claim> = leaves.iter().map(claim).collect();
    Tree::build(loss_address(world, number).as_array(), &claims).expect("claims make a tree")
}

/// A leaf as somebody claims it, with the proof of this index in the tree of the posted list, or of the last
/// one.
fn proved(world: &World, model: &Model, number: u64, index: u32, leaf: &Leaf) -> claims::Leaf {
    let listed = &model.panel.as_ref().expect("a panel").losses[&number].claims;
    let proof = tree(world, number, listed).prove(index.min(listed.len() as u32 - 1)).expect("a place");
    claims::Leaf {
        index,
        claimant: signer(world, &leaf.claimant).pubkey(),
        amount: leaf.amount,
        proof: proof.iter().flat_map(|node| *node.as_bytes()).collect(),
    }
}

/// The transaction of an action.
pub fn call(world: &World, model: &Model, op: &Op) -> Call {
    let (keys, payer) = (keys(world), world.payer.pubkey());
    let anyone = |instruction| Call::new(instruction, []);
    let by = |name: &str| signer(world, name);
    let at = |number: u64| loss_address(world, number);
    match op {
        Op::AlertLoss { by: name, incident_ts, peril, max_bond } => {
            let report = Report {
                reporter: by(name).pubkey(),
                token_account: wallet(world, name),
                payer,
                incident_ts: *incident_ts,
                peril: *peril,
                max_bond: *max_bond,
            };
            Call::new(claims::alert_loss(&keys, panel(world).next_loss, &report), [by(name)])
        }
        Op::PostRoot { by: name, loss, claims: leaves } => {
            let root = root(world, *loss, leaves);
            Call::new(claims::post_root(&keys, at(*loss), by(name).pubkey(), &root), [by(name)])
        }
        Op::VoteRoot { by: name, loss, claims: leaves, approves } => {
            let root = root(world, *loss, leaves);
            Call::new(claims::vote_root(&keys, at(*loss), by(name).pubkey(), &root, *approves), [by(name)])
        }
        Op::VetoRoot { by: name, loss } => {
            Call::new(claims::veto_root(&keys, at(*loss), by(name).pubkey()), [by(name)])
        }
        Op::DecideLoss { loss } => anyone(claims::decide_loss(&keys, at(*loss))),
        Op::SettleBond { loss, to } => anyone(claims::settle_bond(&keys, at(*loss), wallet(world, to))),
        Op::OpenClaims { loss } => anyone(claims::open_claims(&keys, at(*loss))),
        Op::OpenPage { loss, page } => anyone(claims::open_page(at(*loss), *page, payer)),
        Op::ClaimCover { by: name, loss, index, amount } => {
            let leaf = Leaf { claimant: name.clone(), amount: *amount };
            let leaf = proved(world, model, *loss, *index, &leaf);
            Call::new(claims::claim_cover(&keys, at(*loss), wallet(world, name), &leaf), [by(name)])
        }
        Op::PushClaim { loss, index, leaf, to } => {
            let own = associated_account(world, &leaf.claimant);
            let leaf = proved(world, model, *loss, *index, leaf);
            anyone(claims::push_claim(&keys, at(*loss), &leaf)).swap(own, wallet(world, to))
        }
        Op::ExpireLoss { loss } => anyone(claims::expire_loss(&keys, at(*loss))),
        Op::ClosePage { loss, page } => anyone(claims::close_page(at(*loss), *page, payer)),
        Op::CloseLoss { loss } => anyone(claims::close_loss(at(*loss), payer)),
        _ => unreachable!("no action on claims"),
    }
}

/// C5 and C6 from the accounts alone, but for the amounts of the leaves, which only their lists have.
pub fn assert_kept(world: &World, model: &Model) {
    let Some(listed) = &model.panel else { return };
    let mut owed = 0;
    for number in 0..panel(world).next_loss {
        let Some(loss) = loss(world, number) else { continue };
        assert!(loss.paid <= loss.reserved, "C5: loss {number} has paid more than is reserved");
        assert!(loss.reserved <= loss.total, "C5: more is reserved for loss {number} than was lost");
        owed += loss.bond;
        if loss.state == program::LossState::Open {
            owed += loss.reserved - loss.paid;
        }
        if loss.state == program::LossState::Decided {
            let cover = world.cover(panel_cover(world));
            owed += loss.from_first_loss + cover.drawn - loss.drawn_before - cover.payable;
        }
        let pages = (0..2).filter_map(|at| page(world, number, at));
        let marked: Vec<u32> = pages.flat_map(|page| marked(&page)).collect();
        if loss.state == program::LossState::Open {
            assert_eq!(marked.len(), loss.claimed as usize, "C5: a bit for each claim that is paid");
            let leaves = &listed.losses[&number].claims;
            let part = |index: &u32| {
                let amount = u128::from(leaves[*index as usize].amount);
                (amount * u128::from(loss.reserved) / u128::from(loss.total)) as u64
            };
            assert_eq!(marked.iter().map(part).sum::<u64>(), loss.paid, "C5: each leaf once, at its ratio");
        }
    }
    assert_eq!(
        token::amount(&world.account(&vault(world)).expect("a vault")),
        owed,
        "C6: the panel's vault holds what is owed, and nothing else"
    );
}

/// The claims of a page that were paid.
pub fn marked(page: &program::Page) -> Vec<u32> {
    let first = u32::from(page.number) * claims::constants::PAGE_CLAIMS;
    let is_set = |at: &u32| page.bits[*at as usize / 8] & 1 << (at % 8) != 0;
    (0..claims::constants::PAGE_CLAIMS).filter(is_set).map(|at| first + at).collect()
}

/// What must have happened beside every action.
pub const OUTCOMES: [&str; 12] = [
    "a root is replaced",
    "the guardian posts a root",
    "a root is vetoed",
    "a second root is decided on",
    "a loss is rejected",
    "a loss lapses",
    "a loss draws",
    "a bond is forfeited",
    "a bond goes back",
    "a claim is paid in part",
    "nothing is reserved",
    "a rest returns",
];

/// What an accepted action has come to, of those.
pub fn outcomes(before: &Model, after: &Model, op: &Op) -> Vec<&'static str> {
    let losses = |model: &Model| model.panel.as_ref().map(|panel| panel.losses.clone()).unwrap_or_default();
    let Some(number) = op.loss() else { return vec![] };
    let Some(was) = losses(before).get(&number).cloned() else { return vec![] };
    let is = losses(after).get(&number).cloned().unwrap_or_default();
    let found = match op {
        Op::PostRoot { by, .. } => {
            [(was.state == LossState::Voting, OUTCOMES[0]), (by == GUARDIAN, OUTCOMES[1])].to_vec()
        }
        Op::VetoRoot { .. } => vec![(true, OUTCOMES[2])],
        Op::DecideLoss { .. } => vec![
            (was.vetoed.is_some() && is.state == LossState::Decided, OUTCOMES[3]),
            (is.state == LossState::Rejected, OUTCOMES[4]),
            (is.state == LossState::Lapsed, OUTCOMES[5]),
            (is.state == LossState::Decided, OUTCOMES[6]),
        ],
        Op::SettleBond { .. } => {
            let is_rejected = is.state == LossState::Rejected;
            vec![(is_rejected, OUTCOMES[7]), (!is_rejected, OUTCOMES[8])]
        }
        Op::ClaimCover { .. } | Op::PushClaim { .. } => vec![(is.reserved < is.total(), OUTCOMES[9])],
        Op::OpenClaims { .. } => vec![(is.reserved == 0, OUTCOMES[10])],
        Op::ExpireLoss { .. } => vec![(is.reserved > is.paid, OUTCOMES[11])],
        _ => vec![],
    };
    found.into_iter().filter(|(is_so, _)| *is_so).map(|(_, outcome)| outcome).collect()
}

impl History {
    fn panel(&self) -> Option<&Panel> {
        self.twin.model.panel.as_ref()
    }

    fn loss(&self, number: u64) -> &Loss {
        &self.panel().expect("a panel").losses[&number]
    }

    /// Whether the panel can draw on a cover.
    pub fn has_panel(&self) -> bool {
        let model = &self.twin.model;
        model.panel_cover().is_some_and(|cover| model.covers[cover].terms.destination == PANEL)
    }

    /// Whether the cover that the panel draws on is the next one.
    pub fn lacks_panel_cover(&self) -> bool {
        self.panel().is_some_and(|panel| usize::from(panel.terms.cover) == self.twin.model.covers.len())
    }

    /// Mostly a loss like this, if there is one, or any.
    fn any_loss(&mut self, these: impl Fn(&Loss) -> bool) -> Option<u64> {
        let losses: Vec<_> =
            self.panel()?.losses.iter().map(|(number, loss)| (*number, these(loss))).collect();
        let like: Vec<u64> =
            losses.iter().filter(|(_, is_like)| *is_like).map(|(number, _)| *number).collect();
        let all: Vec<u64> = losses.iter().map(|(number, _)| *number).collect();
        let from = if like.is_empty() || self.rng.chance(10) { all } else { like };
        (!from.is_empty()).then(|| *self.rng.pick(&from))
    }

    fn beneficiary(&self) -> String {
        let cover = self.twin.model.panel_cover().expect("a cover");
        self.twin.model.covers[cover].terms.beneficiary.clone()
    }

    /// The details of an action on claims.
    pub fn draw_claim(&mut self, action: Action, name: &str) -> Vec<Op> {
        if self.twin.model.panel_cover().is_none() {
            return vec![];
        }
        let is_voting = |loss: &Loss| loss.state == LossState::Voting;
        let is_open = |loss: &Loss| loss.state == LossState::Open;
        let drawn = match action {
            AlertLoss => return self.draw_alert(name),
            PostRoot => self
                .any_loss(|loss| loss.state == LossState::Alerted || is_voting(loss))
                .map(|loss| self.draw_root(loss, name)),
            VoteRoot => self.any_loss(is_voting).map(|loss| self.draw_votes(loss, name)),
            VetoRoot => self.any_loss(is_voting).map(|loss| {
                let by = if self.rng.chance(85) { GUARDIAN } else { name };
                vec![Op::VetoRoot { by: by.into(), loss }]
            }),
            DecideLoss => self
                .any_loss(|loss| loss.state == LossState::Alerted || is_voting(loss))
                .map(|loss| self.draw_decision(loss)),
            SettleBond => self
                .any_loss(|loss| loss.bond > 0 && loss.state != LossState::Alerted && !is_voting(loss))
                .map(|loss| {
                    let reporter = self.loss(loss).reporter.clone();
                    let to = if self.rng.chance(85) { reporter } else { name.into() };
                    vec![Op::SettleBond { loss, to }]
                }),
            OpenClaims => self
                .any_loss(|loss| loss.state == LossState::Decided)
                .map(|loss| self.draw_opening_of_claims(loss)),
            OpenPage => self.any_loss(|loss| is_open(loss) && loss.pages.is_empty()).map(|loss| {
                let page = u16::from(self.rng.chance(10));
                vec![Op::OpenPage { loss, page }]
            }),
            ClaimCover | PushClaim => self
                .any_loss(|loss| is_open(loss) && loss.claimed.len() < loss.claims.len())
                .map(|loss| self.draw_claim_of(loss, action == PushClaim, name)),
            ExpireLoss => self.any_loss(is_open).map(|loss| {
                let wait = self.loss(loss).expires_ts as i64 - self.world().now();
                let late = if wait > 0 && self.rng.chance(25) { self.later(wait) } else { vec![] };
                late.into_iter().chain([Op::ExpireLoss { loss }]).collect()
            }),
            ClosePage => {
                self.any_loss(|loss| !loss.pages.is_empty()).map(|loss| vec![Op::ClosePage { loss, page: 0 }])
            }
            CloseLoss => self.any_loss(|loss| !loss.is_live()).map(|loss| vec![Op::CloseLoss { loss }]),
            _ => unreachable!("no action on claims"),
        };
        drawn.unwrap_or_default()
    }

    /// Up to five claims, of one wallet twice perhaps, on less or more than the cover's limit; some are dust.
    fn draw_list(&mut self) -> Vec<Leaf> {
        let cover = self.twin.model.panel_cover().expect("a cover");
        let limit = self.twin.model.covers[cover].limit as u64;
        let (count, times) = (self.rng.between(1, 5), *self.rng.pick(&[1, 2, 8]));
        let all: Vec<&str> = claimants().collect();
        let leaf = |rng: &mut Rng| {
            let dust = rng.chance(10);
            let amount = if dust { rng.between(1, 3) } else { 1 + rng.below(times * limit / count + 1) };
            Leaf { claimant: rng.pick(&all).to_string(), amount }
        };
        (0..count).map(|_| leaf(&mut self.rng)).collect()
    }

    /// Mostly of an incident that counts; mostly it goes its way.
    fn draw_alert(&mut self, name: &str) -> Vec<Op> {
        let (now, panel) = (self.world().now(), self.panel().expect("a panel"));
        let (number, cover) = (panel.next_loss, self.twin.model.panel_cover().expect("a cover"));
        let opens_ts = self.twin.model.covers[cover].opens_ts as i64;
        let beneficiary = self.beneficiary();
        let by = self.rng.pick(&[&*beneficiary, &*beneficiary, GUARDIAN]).to_string();
        let by = if self.rng.chance(5) { name.into() } else { by };
        let mut ops = self.last_prices();
        if now <= opens_ts && self.rng.chance(80) {
            ops = self.later(opens_ts + 60 - now);
        }
        let at = now.max(opens_ts + 60);
        let incident_ts = match self.rng.below(10) {
            0 => at - self.rng.below(30 * DAY as u64) as i64,
            1 => at + 1 - self.rng.below(3) as i64,
            _ => (at - self.rng.below(3 * DAY as u64) as i64).max(opens_ts),
        };
        let peril = u8::from(self.rng.chance(50)) + 2 * u8::from(self.rng.chance(3));
        let max_bond = if self.rng.chance(97) { u64::MAX } else { self.rng.magnitude(usdc(10)) };
        ops.push(Op::AlertLoss { by: by.clone(), incident_ts, peril, max_bond });
        if self.rng.chance(85) {
            ops.extend(self.draw_way(number, &by));
        }
        ops
    }

    /// From the list to the decision, and mostly on.
    fn draw_way(&mut self, loss: u64, reporter: &str) -> Vec<Op> {
        let (mut claims, beneficiary) = (self.draw_list(), self.beneficiary());
        let poster = if self.rng.chance(60) { reporter.into() } else { beneficiary.clone() };
        let mut ops = vec![];
        if self.rng.chance(30) {
            let secs = self.rng.below(2 * DAY as u64) as i64;
            ops.extend(self.later(secs));
        }
        ops.push(Op::PostRoot { by: poster, loss, claims: claims.clone() });
        if self.rng.chance(15) {
            claims = self.draw_list();
            ops.push(Op::PostRoot { by: beneficiary.clone(), loss, claims: claims.clone() });
        }
        if self.rng.chance(15) {
            claims = self.draw_list();
            ops.push(Op::VetoRoot { by: GUARDIAN.into(), loss });
            ops.push(Op::PostRoot { by: beneficiary, loss, claims: claims.clone() });
        }
        let terms = self.panel().expect("a panel").terms.clone();
        let mut voters = terms.keys.clone();
        self.rng.shuffle(&mut voters);
        let approves = !self.rng.chance(15);
        let enough = if approves { terms.quorum } else { terms.keys.len() + 1 - terms.quorum };
        let count = if self.rng.chance(90) { enough } else { self.rng.below(enough as u64 + 1) as usize };
        let vote = |by: &String| Op::VoteRoot { by: by.clone(), loss, claims: claims.clone(), approves };
        ops.extend(voters.iter().take(count).map(vote));
        let cover = terms.cover;
        if self.rng.chance(50) {
            let amount = self.twin.model.covers[usize::from(cover)].first_loss_min as u64;
            let giver = COVER_WALLETS[1].into();
            ops.push(Op::FundCover { giver, cover, amount, purse: CoverPurse::FirstLoss });
        }
        let days = if self.rng.chance(85) { 1 } else { self.rng.between(7, 14) as i64 };
        ops.extend(self.later(days * DAY));
        ops.push(Op::DecideLoss { loss });
        if self.rng.chance(70) {
            ops.push(Op::SettleBond { loss, to: reporter.into() });
        }
        if approves && self.rng.chance(85) {
            ops.extend(self.settled_and_open(loss, cover));
            ops.extend(self.draw_payments(loss, &claims));
        }
        ops
    }

    fn settled_and_open(&self, loss: u64, cover: u16) -> Vec<Op> {
        let settled = [slots(150)].into_iter().chain(self.last_prices()).chain([Op::SettleCover { cover }]);
        settled.chain([Op::OpenClaims { loss }]).collect()
    }

    /// Most of the claims, and perhaps the end of their time.
    fn draw_payments(&mut self, loss: u64, claims: &[Leaf]) -> Vec<Op> {
        let mut ops = vec![Op::OpenPage { loss, page: 0 }];
        for (index, leaf) in (0..).zip(claims) {
            match self.rng.below(5) {
                0 => {}
                1 => {
                    let to = associated(&leaf.claimant);
                    ops.push(Op::PushClaim { loss, index, leaf: leaf.clone(), to });
                }
                _ => {
                    let by = leaf.claimant.clone();
                    ops.push(Op::ClaimCover { by, loss, index, amount: leaf.amount });
                }
            }
        }
        if self.rng.chance(40) {
            ops.extend(self.later(90 * DAY));
            ops.extend([Op::ExpireLoss { loss }, Op::ClosePage { loss, page: 0 }, Op::CloseLoss { loss }]);
        }
        ops
    }

    /// Mostly by who may post one; perhaps the root that was sent back, or one of no tree.
    fn draw_root(&mut self, number: u64, name: &str) -> Vec<Op> {
        let (loss, beneficiary) = (self.loss(number).clone(), self.beneficiary());
        let by = self.rng.pick(&[&*beneficiary, &*beneficiary, &*loss.reporter, GUARDIAN, name]).to_string();
        let claims = match self.rng.below(20) {
            0 => vec![],
            1..=4 => loss.vetoed.clone().unwrap_or_default(),
            _ => self.draw_list(),
        };
        let late = if self.rng.chance(5) { self.later(3 * DAY) } else { vec![] };
        late.into_iter().chain([Op::PostRoot { by, loss: number, claims }]).collect()
    }

    /// One vote or all, mostly for the root that is there.
    fn draw_votes(&mut self, number: u64, name: &str) -> Vec<Op> {
        let loss = self.loss(number).clone();
        let mut voters = self.panel().expect("a panel").terms.keys.clone();
        self.rng.shuffle(&mut voters);
        voters.truncate(if self.rng.chance(50) { 1 } else { voters.len() });
        if self.rng.chance(5) {
            voters = vec![name.into()];
        }
        let claims = match self.rng.chance(95) {
            true => loss.claims,
            false => loss.vetoed.unwrap_or_default(),
        };
        let approves = self.rng.chance(75);
        let vote = |by: String| Op::VoteRoot { by, loss: number, claims: claims.clone(), approves };
        voters.into_iter().map(vote).collect()
    }

    /// Mostly once it can be decided; a few days later still, perhaps.
    fn draw_decision(&mut self, number: u64) -> Vec<Op> {
        let (loss, now) = (self.loss(number), Int::from(self.world().now()));
        let is_approved = loss.approvals.len() >= self.panel().expect("a panel").terms.quorum;
        let due = if is_approved { loss.posted_ts + Int::from(DAY) } else { loss.due_ts };
        let wait = (due - now).max(0) as i64;
        let more = if self.rng.chance(15) { 10 * DAY } else { 0 };
        let late = if wait + more > 0 && self.rng.chance(60) { self.later(wait + more) } else { vec![] };
        late.into_iter().chain([Op::DecideLoss { loss: number }]).collect()
    }

    /// Mostly once what the cover owes is settled.
    fn draw_opening_of_claims(&mut self, loss: u64) -> Vec<Op> {
        let cover = self.panel().expect("a panel").terms.cover;
        match self.rng.chance(75) {
            true => self.settled_and_open(loss, cover),
            false => vec![Op::OpenClaims { loss }],
        }
    }

    /// Mostly one that is not paid, as it is listed.
    fn draw_claim_of(&mut self, number: u64, pushes: bool, name: &str) -> Vec<Op> {
        let loss = self.loss(number).clone();
        let count = loss.claims.len() as u32;
        let unpaid: Vec<u32> = (0..count).filter(|index| !loss.claimed.contains(index)).collect();
        let index = match self.rng.chance(85) && !unpaid.is_empty() {
            true => *self.rng.pick(&unpaid),
            false => self.rng.below(u64::from(count) + 1) as u32,
        };
        let listed = loss.claims.get(index as usize).cloned();
        let mut leaf = listed.unwrap_or(Leaf { claimant: name.into(), amount: 1 });
        if self.rng.chance(5) {
            leaf.amount += 1;
        }
        if self.rng.chance(5) {
            leaf.claimant = name.into();
        }
        let page = page_of(index);
        let mut ops = match loss.pages.contains(&page) {
            true => vec![],
            false => vec![Op::OpenPage { loss: number, page }],
        };
        ops.push(match pushes {
            true => {
                let to = if self.rng.chance(85) { associated(&leaf.claimant) } else { leaf.claimant.clone() };
                Op::PushClaim { loss: number, index, leaf, to }
            }
            false => Op::ClaimCover { by: leaf.claimant, loss: number, index, amount: leaf.amount },
        });
        ops
    }

    /// P10: every loss ends by calls that nobody can refuse, and nothing is left in the panel's vault. The
    /// cover owes nothing any more.
    pub fn end_claims(&mut self, tally: &mut Tally) {
        let numbers: BTreeSet<u64> =
            self.panel().map(|panel| panel.losses.keys().copied().collect()).unwrap_or_default();
        for number in numbers {
            if matches!(self.loss(number).state, LossState::Alerted | LossState::Voting) {
                // An approved one has lapsed by then.
                let wait = self.loss(number).due_ts as i64 + 3 * DAY - self.world().now();
                self.wait(&seconds(wait.max(0)), tally);
                self.must(&Op::DecideLoss { loss: number }, tally);
            }
            if self.loss(number).state == LossState::Decided {
                self.must(&Op::OpenClaims { loss: number }, tally);
            }
            if self.loss(number).state == LossState::Open {
                let wait = self.loss(number).expires_ts as i64 - self.world().now();
                self.wait(&seconds(wait.max(0)), tally);
                self.must(&Op::ExpireLoss { loss: number }, tally);
            }
            for page in self.loss(number).pages.clone() {
                self.must(&Op::ClosePage { loss: number, page }, tally);
            }
            if self.loss(number).bond > 0 {
                let to = self.loss(number).reporter.clone();
                self.must(&Op::SettleBond { loss: number, to }, tally);
            }
            self.must(&Op::CloseLoss { loss: number }, tally);
        }
        let left = self.twin.model.purses.get(PANEL).copied().unwrap_or_default();
        assert_eq!(left, 0, "P10: money is left in the panel's vault");
    }
}
