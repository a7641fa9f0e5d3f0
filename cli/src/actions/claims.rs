//! Claims on losses that a cover pays: from the alert to the last claim.

use {
    crate::{
        amount::{decimal, Amount},
        claims_file,
        context::FundContext,
        order::{Order, Review},
        scales::Scales,
        session::{associated, Session},
        settings::parse_address,
    },
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::{
        account::{AccountDeserialize, Discriminator},
        address,
        claims::{self, constants::MAX_KEYS, rules::losses, Claim, Leaf, PanelKeys, Report, Root, Tree},
        state::Cover,
        Address,
    },
    bulkhead_cover::state::{Loss, LossState, Panel, PanelTerms},
    clap::{Args, Subcommand, ValueEnum},
    std::path::PathBuf,
};

/// An action. A file of claims has a claimant and an amount in tokens on each line.
#[derive(Subcommand)]
pub enum Action {
    /// Creates the panel of a cover, before the cover names it as its drawer
    CreatePanel(CreatePanel),
    /// Reports a loss, with a bond, and holds exits
    #[command(alias = "alert-loss")]
    Alert {
        /// Address of the panel
        #[arg(value_parser = parse_address)]
        panel: Address,
        /// When it happened, in unix seconds
        incident: i64,
        /// Its peril, as the terms count them from 0
        #[arg(long, default_value_t = 0)]
        peril: u8,
        /// The largest bond to pay, in tokens; by default what it is now
        #[arg(long, value_name = "AMOUNT")]
        max_bond: Option<Amount>,
    },
    /// Posts the root of a file's claims
    PostRoot {
        /// The loss
        #[command(flatten)]
        of: OfFile,
    },
    /// Votes on the root that is posted, if it is that of the file
    #[command(alias = "vote-root")]
    Vote {
        /// Approve or reject
        #[arg(value_enum)]
        vote: Vote,
        /// The loss
        #[command(flatten)]
        of: OfFile,
    },
    /// Sends the root of a loss back, once, as the fund's guardian
    #[command(alias = "veto-root")]
    Veto(OfLoss),
    /// Decides about a loss: an approved one draws on the cover
    #[command(alias = "decide-loss")]
    Decide(OfLoss),
    /// Pays the bond of a decided loss back, or to the contributors
    SettleBond(OfLoss),
    /// Opens the claims on a loss that the cover has paid for
    OpenClaims(OfLoss),
    /// Opens a page of claims
    OpenPage {
        /// The loss
        #[command(flatten)]
        of: OfLoss,
        /// Number of the page
        number: u16,
    },
    /// Claims what the wallet has lost
    #[command(alias = "claim-cover")]
    Claim {
        /// The loss
        #[command(flatten)]
        of: OfFile,
    },
    /// Pays somebody's claim into its associated token account
    #[command(alias = "push-claim")]
    Push {
        /// The loss
        #[command(flatten)]
        of: OfFile,
        /// The claimant's wallet
        #[arg(value_parser = parse_address)]
        claimant: Address,
    },
    /// Ends the claims on a loss, and returns the unclaimed rest
    #[command(alias = "expire-loss")]
    Expire(OfLoss),
    /// Closes a page of an expired loss
    ClosePage {
        /// The loss
        #[command(flatten)]
        of: OfLoss,
        /// Number of the page
        number: u16,
    },
    /// Closes a loss that is over
    CloseLoss(OfLoss),
}

/// A loss.
#[derive(Args)]
pub struct OfLoss {
    /// Address of the loss
    #[arg(value_parser = parse_address)]
    loss: Address,
}

/// A loss and the file of the claims on it.
#[derive(Args)]
pub struct OfFile {
    /// Address of the loss
    #[arg(value_parser = parse_address)]
    loss: Address,
    /// File of claims
    file: PathBuf,
}

/// A vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Vote {
    /// For the root
    Approve,
    /// Against it
    Reject,
}

/// A new panel.
#[derive(Args)]
pub struct CreatePanel {
    /// Index of the cover among those of the fund
    cover: u16,
    /// A key that votes; give each of them, at most seven
    #[arg(long = "key", value_name = "ADDRESS", value_parser = parse_address, required = true)]
    keys: Vec<Address>,
    /// Votes that approve: more than half of the keys
    #[arg(long, value_name = "VOTES")]
    quorum: u8,
    /// Number of perils that the cover's terms name
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    perils: u8,
    /// Least bond of an alert, in tokens
    #[arg(long, value_name = "AMOUNT")]
    min_bond: Amount,
    /// Its number among your panels
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    id: u16,
}

/// A loss as it is on chain.
struct Known {
    address: Address,
    loss: Loss,
    keys: PanelKeys,
}

impl Action {
    /// Turns the action into an order. Returns the scales of the fund's numbers too.
    pub async fn order(&self, session: &Session) -> Result<(Order, Scales)> {
        let context = FundContext::open(session, &[]).await?;
        let order = match self {
            Self::CreatePanel(create) => create.order(&context)?,
            Self::Alert { panel, incident, peril, max_bond } => {
                alert(&context, panel, (*incident, *peril), max_bond.as_ref()).await?
            }
            _ => self.order_of_loss(&context).await?,
        };
        Ok((order, context.scales()))
    }

    /// The loss that it is about, and the file.
    fn subject(&self) -> Result<(&Address, Option<&PathBuf>)> {
        Ok(match self {
            Self::CreatePanel(_) | Self::Alert { .. } => bail!("there is no loss yet"),
            Self::PostRoot { of } | Self::Vote { of, .. } | Self::Claim { of } | Self::Push { of, .. } => {
                (&of.loss, Some(&of.file))
            }
            Self::Veto(of) | Self::Decide(of) | Self::SettleBond(of) | Self::OpenClaims(of) => {
                (&of.loss, None)
            }
            Self::Expire(of) | Self::CloseLoss(of) => (&of.loss, None),
            Self::OpenPage { of, .. } | Self::ClosePage { of, .. } => (&of.loss, None),
        })
    }

    async fn order_of_loss(&self, context: &FundContext<'_>) -> Result<Order> {
        let (address, file) = self.subject()?;
        let known = Known::read(context, address).await?;
        let claims = match file {
            Some(file) => claims_file::read(file, context.decimals())?,
            None => Vec::new(),
        };
        let (keys, loss, me) = (&known.keys, known.address, context.me);
        let one = match self {
            Self::PostRoot { .. } => return post(context, &known, &claims),
            Self::Vote { vote, .. } => return cast(context, &known, &claims, *vote),
            Self::Claim { .. } => return claim(context, &known, &claims).await,
            Self::Push { claimant, .. } => return push(context, &known, &claims, claimant).await,
            Self::Veto(_) => claims::veto_root(keys, loss, me),
            Self::Decide(_) => claims::decide_loss(keys, loss),
            Self::SettleBond(_) => {
                claims::settle_bond(keys, loss, associated(&known.loss.reporter, context.keys()))
            }
            Self::OpenClaims(_) => claims::open_claims(keys, loss),
            Self::OpenPage { number, .. } => claims::open_page(loss, *number, me),
            Self::Expire(_) => claims::expire_loss(keys, loss),
            Self::ClosePage { number, .. } => {
                let page: bulkhead_cover::state::Page =
                    read(context.session, &claims::page(&loss, *number), "page").await?;
                claims::close_page(loss, *number, page.payer)
            }
            Self::CloseLoss(_) => claims::close_loss(loss, known.loss.payer),
            Self::CreatePanel(_) | Self::Alert { .. } => bail!("there is no loss yet"),
        };
        Ok(vec![one].into())
    }
}

impl CreatePanel {
    fn order(&self, context: &FundContext) -> Result<Order> {
        ensure!(self.keys.len() <= MAX_KEYS, "a panel has at most {MAX_KEYS} keys");
        let mut keys = [Address::default(); MAX_KEYS];
        keys[..self.keys.len()].copy_from_slice(&self.keys);
        let none = || bail!("how large? a bond has no `all`");
        let terms = PanelTerms {
            keys,
            min_bond: self.min_bond.resolve(context.decimals(), none)?,
            cover_index: self.cover,
            key_count: self.keys.len() as u8,
            quorum: self.quorum,
            perils: self.perils,
        };
        let fund = context.keys();
        let panel = claims::panel(&context.me, self.id);
        let keys = PanelKeys {
            panel,
            fund: fund.fund,
            cover: address::cover(&fund.fund, self.cover),
            mint: fund.mint,
            token_program: fund.token_program,
        };
        let facts = Review {
            says: format!("A panel of cover {}, which nothing changes later", self.cover),
            notes: vec![
                ("drawer for the terms", panel.to_string()),
                ("destination for the terms", keys.vault().to_string()),
                ("quorum", format!("{} of {}", self.quorum, self.keys.len())),
            ],
            ..Review::default()
        };
        let create = claims::create_panel(&keys, self.id, context.me, context.me, terms);
        Ok(Order { facts: Some(facts), ..vec![create].into() })
    }
}

impl Known {
    /// Reads a loss and its panel.
    async fn read(context: &FundContext<'_>, address: &Address) -> Result<Self> {
        let loss: Loss = read(context.session, address, "loss").await?;
        let panel: Panel = read(context.session, &loss.panel, "panel").await?;
        ensure!(panel.fund == context.keys().fund, "loss {address} is of another fund");
        Ok(Self { address: *address, keys: PanelKeys::of(loss.panel, &panel), loss })
    }

    /// The tree of a file's claims on this loss.
    fn tree(&self, claims: &[Claim]) -> Result<Tree> {
        Tree::build(self.address.as_array(), claims).map_err(|error| anyhow::anyhow!("no tree: {error:?}"))
    }

    /// The tree, if its root is the one on chain.
    fn same_tree(&self, claims: &[Claim]) -> Result<Tree> {
        let tree = self.tree(claims)?;
        ensure!(
            tree.root() == self.loss.tree(),
            "the file gives the root {}, and on chain is {}: it is not the list that was posted",
            hex(&tree.root().top.hash()),
            hex(&self.loss.root)
        );
        Ok(tree)
    }
}

async fn alert(
    context: &FundContext<'_>,
    panel: &Address,
    (incident_ts, peril): (i64, u8),
    max_bond: Option<&Amount>,
) -> Result<Order> {
    let state: Panel = read(context.session, panel, "panel").await?;
    ensure!(state.fund == context.keys().fund, "panel {panel} is of another fund");
    let cover: Cover = read(context.session, &state.cover, "cover").await?;
    let bond = losses::bond(state.min_bond, cover.limit, context.book.fund.contributions)
        .map_err(|error| anyhow::anyhow!("no bond: {error:?}"))?;
    let max_bond = match max_bond {
        Some(amount) => amount.resolve(context.decimals(), || Ok(bond))?,
        None => bond,
    };
    let keys = PanelKeys::of(*panel, &state);
    let report = Report {
        reporter: context.me,
        token_account: context.purse().await?,
        payer: context.me,
        incident_ts,
        peril,
        max_bond,
    };
    let facts = Review {
        says: "An alert, which holds everybody's exits: if the loss is rejected, the bond is lost".into(),
        notes: vec![
            ("loss", keys.loss(state.next_loss).to_string()),
            ("bond", decimal(bond, context.decimals())),
        ],
        ..Review::default()
    };
    Ok(Order { facts: Some(facts), ..vec![claims::alert_loss(&keys, state.next_loss, &report)].into() })
}

fn post(context: &FundContext, known: &Known, claims: &[Claim]) -> Result<Order> {
    let root = known.tree(claims)?.root();
    let post = claims::post_root(&known.keys, known.address, context.me, &root);
    Ok(Order { facts: Some(described(&root, context)), ..vec![post].into() })
}

fn cast(context: &FundContext, known: &Known, claims: &[Claim], vote: Vote) -> Result<Order> {
    // A vote against needs no list that agrees: it may be the reason.
    let root = match vote {
        Vote::Approve => known.same_tree(claims)?.root(),
        Vote::Reject => known.loss.tree(),
    };
    let cast = claims::vote_root(&known.keys, known.address, context.me, &root, vote == Vote::Approve);
    Ok(Order { facts: Some(described(&root, context)), ..vec![cast].into() })
}

fn described(root: &Root, context: &FundContext) -> Review {
    Review {
        says: "A root of claims".into(),
        notes: vec![
            ("root", hex(&root.top.hash())),
            ("total", decimal(root.total(), context.decimals())),
            ("claims", root.leaves.to_string()),
            ("depth", root.depth.to_string()),
        ],
        ..Review::default()
    }
}

async fn claim(context: &FundContext<'_>, known: &Known, claims: &[Claim]) -> Result<Order> {
    let leaf = leaf_of(known, claims, &context.me)?;
    let to = context.purse().await?;
    paid(context, known, &leaf, claims::claim_cover(&known.keys, known.address, to, &leaf)).await
}

async fn push(
    context: &FundContext<'_>,
    known: &Known,
    claims: &[Claim],
    claimant: &Address,
) -> Result<Order> {
    let leaf = leaf_of(known, claims, claimant)?;
    paid(context, known, &leaf, claims::push_claim(&known.keys, known.address, &leaf)).await
}

/// The claim of a wallet, with its proof.
fn leaf_of(known: &Known, claims: &[Claim], claimant: &Address) -> Result<Leaf> {
    ensure!(known.loss.state == LossState::Open, "the claims on loss {} are not open", known.address);
    let tree = known.same_tree(claims)?;
    let place = claims.iter().position(|claim| claim.claimant == claimant.to_bytes());
    let index = place.with_context(|| format!("the file has no claim of {claimant}"))?;
    Leaf::of(&tree, claims, u32::try_from(index)?).map_err(|error| anyhow::anyhow!("no proof: {error:?}"))
}

/// A payment, behind the opening of its page if there is none.
async fn paid(
    context: &FundContext<'_>,
    known: &Known,
    leaf: &Leaf,
    payment: bulkhead_client::Instruction,
) -> Result<Order> {
    let number = claims::page_number(leaf.index);
    let page = context.session.account(&claims::page(&known.address, number)).await?;
    let mut all = Vec::new();
    if page.is_none() {
        all.push(claims::open_page(known.address, number, context.me));
    }
    all.push(payment);
    Ok(all.into())
}

/// Reads an account of the second program, which is said to be of this `kind`.
pub(super) async fn read<T: AccountDeserialize + Discriminator>(
    session: &Session,
    address: &Address,
    kind: &str,
) -> Result<T> {
    let account = session.account(address).await?;
    let account = account.with_context(|| format!("there is no {kind} {address}"))?;
    T::try_deserialize(&mut account.data.as_slice()).map_err(|_| anyhow::anyhow!("{address} is no {kind}"))
}

/// Writes bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
