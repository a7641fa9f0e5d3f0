//! The loss of a protocol that a cover stands for: its users list what they have lost, a panel decides, and
//! everybody claims with a proof.

use {
    super::{part, refusal, told},
    crate::{
        recorder::{Checked, Recorder},
        report::{CoverClaimReport, LossReport},
        rng::Rng,
        world::{token_account, World},
    },
    anyhow::{anyhow, Context, Result},
    bulkhead_client::{
        address,
        claims::{self, constants::MAX_KEYS, state, Claim, Leaf, PanelKeys, Report, Tree},
        Address, Instruction,
    },
    bulkhead_format::{money, utc},
    bulkhead_inspect::covers as checks,
    solana_keypair::Keypair,
    solana_signer::Signer,
};

/// Keys of the panel, and votes that decide.
const KEYS: usize = 3;
const QUORUM: usize = 2;
/// What everybody has lost together, of the cover's limit: more than it pays.
const LOSS_BPS: u64 = 15_000;
/// The victims' parts of it. The last one never claims, and somebody else sends the claim of the one
/// before.
const PARTS_BPS: [u64; 5] = [1_000, 1_500, 2_500, 3_000, 2_000];
const PUSHED: usize = 3;
const SILENT: usize = 4;
/// Least bond of an alert: one token.
const MIN_BOND: u64 = 1_000_000;
/// How long before the alert the protocol was exploited.
const INCIDENT_SECS: i64 = 60;
const DAY_SECS: i64 = 86_400;

/// The accounts of a panel and its loss, which checks read.
#[derive(Clone, Copy, Debug)]
pub struct ClaimAccounts {
    /// The loss.
    pub loss: Address,
    /// The panel's vault.
    pub vault: Address,
    /// Whether the loss exists.
    pub is_alerted: bool,
    /// Whether it is closed again.
    pub is_closed: bool,
}

/// The protocol, its panel and its users.
pub struct Protocol {
    /// Panel, cover and vault.
    pub keys: PanelKeys,
    voters: Vec<Keypair>,
    victims: Vec<Keypair>,
    claims: Vec<Claim>,
    loss: Address,
    /// What has happened.
    pub report: LossReport,
}

impl Protocol {
    /// Creates the panel of a cover that is not open yet.
    pub fn found(world: &World, seed: u64, cover: u16, limit: u64) -> Result<Self> {
        let mut rng = Rng::new(seed, "panel");
        let mut some = |count: usize| -> Vec<Keypair> {
            (0..count).map(|_| Keypair::new_from_array(rng.bytes())).collect()
        };
        let (voters, victims) = (some(KEYS), some(PARTS_BPS.len()));
        let creator = world.authority.pubkey();
        let panel = claims::panel(&creator, 0);
        let keys = PanelKeys {
            panel,
            fund: world.keys.fund,
            cover: address::cover(&world.keys.fund, cover),
            mint: world.keys.mint,
            token_program: world.keys.token_program,
        };
        let mut own = [Address::default(); MAX_KEYS];
        for (place, voter) in own.iter_mut().zip(&voters) {
            *place = voter.pubkey();
        }
        let terms = state::PanelTerms {
            keys: own,
            min_bond: MIN_BOND,
            cover_index: cover,
            key_count: KEYS as u8,
            quorum: QUORUM as u8,
            perils: 1,
        };
        let create = claims::create_panel(&keys, 0, creator, world.payer.pubkey(), terms);
        world.chain.run(vec![create], vec![&world.payer, &world.authority])?;
        let total = part(limit, LOSS_BPS);
        let lost = victims.iter().zip(PARTS_BPS);
        let claims = lost
            .map(|(victim, bps)| Claim { claimant: victim.pubkey().to_bytes(), amount: part(total, bps) })
            .collect();
        Ok(Self { loss: keys.loss(0), keys, voters, victims, claims, report: LossReport::default() })
    }

    /// The accounts that checks read.
    pub fn accounts(&self) -> ClaimAccounts {
        ClaimAccounts { loss: self.loss, vault: self.keys.vault(), is_alerted: false, is_closed: false }
    }

    fn run(
        &self,
        world: &World,
        recorder: &mut Recorder,
        instructions: Vec<Instruction>,
        signer: Option<&Keypair>,
    ) -> Result<()> {
        let signers = [Some(&world.payer), signer].into_iter().flatten().collect();
        told(recorder, &world.chain.run(instructions, signers)?)
    }

    fn state(&self, world: &World) -> Result<state::Loss> {
        world.chain.read(&self.loss)
    }

    fn tree(&self) -> Result<Tree> {
        Tree::build(self.loss.as_array(), &self.claims).map_err(|error| anyhow!("no tree: {error:?}"))
    }

    /// The reporter raises the alarm: exits are held from now on.
    pub fn alert(&mut self, world: &World, recorder: &mut Recorder, reporter: &Keypair) -> Result<()> {
        let contributions = world.book()?.fund.contributions;
        let max_bond = MIN_BOND + contributions / 10;
        world.validator.set_tokens(&reporter.pubkey(), &world.keys.mint, max_bond)?;
        let incident_ts = world.validator.time().unix_ts() - INCIDENT_SECS;
        let report = Report {
            reporter: reporter.pubkey(),
            token_account: token_account(&reporter.pubkey(), &world.keys.mint),
            payer: world.payer.pubkey(),
            incident_ts,
            peril: 0,
            max_bond,
        };
        self.run(world, recorder, vec![claims::alert_loss(&self.keys, 0, &report)], Some(reporter))?;
        recorder.watch_claims();
        let bond = self.state(world)?.bond;
        self.report.incident_utc = utc(incident_ts * 1_000);
        self.report.bond = bond;
        let what =
            format!("a covered protocol was exploited: an alert with a bond of {} holds exits", money(bond));
        recorder.happened("cover", what);
        Ok(())
    }

    /// The reporter posts the root of the list.
    pub fn post(&mut self, world: &World, recorder: &mut Recorder, reporter: &Keypair) -> Result<()> {
        let root = self.tree()?.root();
        let post = claims::post_root(&self.keys, self.loss, reporter.pubkey(), &root);
        self.run(world, recorder, vec![post], Some(reporter))?;
        self.report.total = root.total();
        let what = format!(
            "{} users of the protocol have lost {}: the root is posted",
            root.leaves,
            money(root.total())
        );
        recorder.happened("cover", what);
        Ok(())
    }

    /// As many keys as decide approve the root.
    pub fn vote(&mut self, world: &World, recorder: &mut Recorder) -> Result<()> {
        let root = self.state(world)?.tree();
        for voter in &self.voters[..QUORUM] {
            let vote = claims::vote_root(&self.keys, self.loss, voter.pubkey(), &root, true);
            self.run(world, recorder, vec![vote], Some(voter))?;
        }
        recorder.happened("cover", format!("{QUORUM} of {KEYS} keys of the panel approve it"));
        Ok(())
    }

    /// A day after the root the loss is decided: it draws on the cover.
    pub fn decide(&mut self, world: &World, recorder: &mut Recorder) -> Result<()> {
        let from = self.state(world)?.posted_ts + DAY_SECS;
        world.oracles.wait_until((from * 1_000).max(world.validator.time().unix_ms))?;
        self.run(world, recorder, vec![claims::decide_loss(&self.keys, self.loss)], None)?;
        recorder.happened("cover", "the loss is decided, and draws on the cover".into());
        Ok(())
    }

    /// Opens the claims, and pays the bond back.
    pub fn open(&mut self, world: &World, recorder: &mut Recorder) -> Result<()> {
        let open = claims::open_claims(&self.keys, self.loss);
        self.run(world, recorder, vec![open], None)?;
        let reporter = self.state(world)?.reporter;
        let to = token_account(&reporter, &world.keys.mint);
        self.run(world, recorder, vec![claims::settle_bond(&self.keys, self.loss, to)], None)?;
        let page = claims::open_page(self.loss, 0, world.payer.pubkey());
        self.run(world, recorder, vec![page], None)?;
        let loss = self.state(world)?;
        self.report.reserved = loss.reserved;
        let what = format!("claims are open: {} for losses of {}", money(loss.reserved), money(loss.total));
        recorder.happened("cover", what);
        Ok(())
    }

    /// Users claim what is theirs, one after the other, and nobody twice.
    pub fn claim(&mut self, world: &World, recorder: &mut Recorder) -> Result<()> {
        let tree = self.tree()?;
        for (index, claim) in self.claims.iter().enumerate() {
            let victim = &self.victims[index];
            world.validator.set_tokens(&victim.pubkey(), &world.keys.mint, 0)?;
            let tokens = token_account(&victim.pubkey(), &world.keys.mint);
            let leaf = Leaf::of(&tree, &self.claims, index as u32);
            let leaf = leaf.map_err(|error| anyhow!("no proof: {error:?}"))?;
            let pay = claims::claim_cover(&self.keys, self.loss, tokens, &leaf);
            let how = match index {
                SILENT => "never claims",
                PUSHED => {
                    let push = claims::push_claim(&self.keys, self.loss, &leaf);
                    self.run(world, recorder, vec![push], None)?;
                    "is paid by a call of somebody else"
                }
                _ => {
                    self.run(world, recorder, vec![pay.clone()], Some(victim))?;
                    "claims"
                }
            };
            if index != SILENT {
                let again = refusal(world, vec![pay], victim, "AlreadyClaimed")?;
                recorder.note(Checked::LeafOnce, again);
            }
            let paid = world.chain.token_amounts(&[tokens])?[0];
            self.report.claims.push(CoverClaimReport { claimant: index, amount: claim.amount, paid, how });
            self.check(world, recorder)?;
        }
        let paid = self.report.claims.iter().map(|claim| claim.paid).sum();
        let count = self.report.claims.iter().filter(|claim| claim.paid > 0).count();
        recorder.happened("cover", format!("{count} users of the protocol are paid {}", money(paid)));
        Ok(())
    }

    /// C5 of the loss.
    fn check(&self, world: &World, recorder: &mut Recorder) -> Result<()> {
        let page: state::Page = world.chain.read(&claims::page(&self.loss, 0))?;
        let found = checks::claims(&self.state(world)?, &[page], &self.claims);
        recorder.note(Checked::LeafOnce, found);
        Ok(())
    }

    /// Ends the claims once their time is over, and closes the loss. What is left goes back to the fund.
    pub fn expire(&mut self, world: &World, recorder: &mut Recorder) -> Result<()> {
        let loss = self.state(world)?;
        world.oracles.wait_until(loss.expires_ts * 1_000)?;
        let returned = loss.reserved.checked_sub(loss.paid).context("a loss has paid too much")?;
        self.run(world, recorder, vec![claims::expire_loss(&self.keys, self.loss)], None)?;
        self.report.returned = returned;
        let what =
            format!("{} that nobody has claimed go back to those who have borne the loss", money(returned));
        recorder.happened("cover", what);
        recorder.check()?;
        let payer = world.payer.pubkey();
        let close = vec![claims::close_page(self.loss, 0, payer), claims::close_loss(self.loss, payer)];
        recorder.forget_claims();
        self.run(world, recorder, close, None)
    }
}
