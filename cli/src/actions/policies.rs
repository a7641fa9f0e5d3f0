//! Policies on impermanent loss: from the book to the last payout.

use {
    super::claims::read,
    crate::{
        amount::{decimal, Amount},
        context::FundContext,
        market_name::MarketName,
        order::{Order, Review},
        scales::{date, Scales},
        session::Session,
        settings::parse_address,
    },
    anyhow::{bail, ensure, Context, Result},
    bulkhead_client::{
        address,
        policies::{self, BookKeys, Buyer, Held},
        Address,
    },
    bulkhead_cover::{
        rules::policies::premium,
        state::{start_of, BookTerms, Expiry, Policy, PolicyBook},
    },
    clap::{Args, Subcommand},
    solana_instruction::Instruction,
};

/// An action. A day is its number since 1970, as `buy` prints it.
#[derive(Subcommand)]
pub enum Action {
    /// Creates a book of policies, before a cover names it as its drawer
    CreateBook(CreateBook),
    /// Notes the mark of a book's market, which counts in the price of the day
    #[command(alias = "note-price")]
    Note {
        /// Address of the book
        #[arg(value_parser = parse_address)]
        book: Address,
    },
    /// Opens the account of the policies that expire on a day
    OpenExpiry(OfDay),
    /// Buys a policy for the wallet of --keypair; --dry-run says what it costs
    #[command(alias = "buy-policy")]
    Buy {
        /// Address of the book
        #[arg(value_parser = parse_address)]
        book: Address,
        /// Value of the position at entry, in tokens
        insured: Amount,
        /// Term in days
        days: u8,
        /// The largest premium to pay, in tokens; by default what it is now and a twentieth more
        #[arg(long, value_name = "AMOUNT")]
        max_premium: Option<Amount>,
    },
    /// Puts a policy in force, once the day of its entry is over
    #[command(alias = "start-policy")]
    Start(OfPolicy),
    /// Settles the policies of a day, once the day of their exit is over
    SettleExpiry(OfDay),
    /// Opens the payouts of a day that the cover has paid for
    OpenPayouts(OfDay),
    /// Claims the payout of a policy, as its owner
    #[command(alias = "claim-policy")]
    Claim(OfPolicy),
    /// Closes a policy that is paid nothing
    #[command(alias = "close-policy")]
    Close(OfPolicy),
    /// Ends the payouts of a day, and returns the unclaimed rest
    EndPayouts(OfDay),
    /// Closes the account of a day
    CloseExpiry(OfDay),
}

/// A policy.
#[derive(Args)]
pub struct OfPolicy {
    /// Address of the policy
    #[arg(value_parser = parse_address)]
    policy: Address,
}

/// The policies of a book that expire on one day.
#[derive(Args)]
pub struct OfDay {
    /// Address of the book
    #[arg(value_parser = parse_address)]
    book: Address,
    /// Number of the day
    day: u32,
}

/// A new book.
#[derive(Args)]
pub struct CreateBook {
    /// Index of the cover among those of the fund
    cover: u16,
    /// Market of the pool's price, by its symbol or number
    market: MarketName,
    /// Least value that a policy insures, in tokens
    #[arg(long, value_name = "AMOUNT")]
    min_insured: Amount,
    /// The loss that pays nothing, in basis points
    #[arg(long, value_name = "BPS", default_value_t = 100)]
    deductible: u16,
    /// The most that is paid, in basis points
    #[arg(long, value_name = "BPS", default_value_t = 1_000)]
    cap: u16,
    /// The part of a payout that the provider bears, in basis points
    #[arg(long, value_name = "BPS", default_value_t = 1_000)]
    coinsurance: u16,
    /// The premium, in basis points of the fair value
    #[arg(long, value_name = "BPS", default_value_t = 12_000)]
    loading: u32,
    /// The annual volatility that a premium is for at least, in basis points
    #[arg(long, value_name = "BPS")]
    least_volatility: u16,
    /// The shortest term, in days
    #[arg(long, value_name = "DAYS", default_value_t = 8)]
    min_term: u8,
    /// The longest term, in days
    #[arg(long, value_name = "DAYS", default_value_t = 12)]
    max_term: u8,
    /// The longest time for which one print counts, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    max_age: u32,
    /// Its number among your books
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    id: u16,
}

impl Action {
    /// Turns the action into an order. Returns the scales of the fund's numbers too.
    pub async fn order(&self, session: &Session) -> Result<(Order, Scales)> {
        let context = FundContext::open(session, &[]).await?;
        let order = match self {
            Self::CreateBook(create) => create.order(&context)?,
            Self::Note { book } => note(&context, book).await?,
            Self::Buy { book, insured, days, max_premium } => {
                buy(&context, book, (insured, *days), max_premium.as_ref()).await?
            }
            Self::OpenExpiry(of) => one(policies::open_expiry(&of.keys(&context).await?, of.day, context.me)),
            Self::Start(of) => {
                let (keys, held) = of.find(&context).await?;
                one(policies::start_policy(&keys, held.number, held.day))
            }
            Self::SettleExpiry(of) => one(policies::settle_expiry(&of.keys(&context).await?, of.day)),
            Self::OpenPayouts(of) => one(policies::open_payouts(&of.keys(&context).await?, of.day)),
            Self::Claim(of) => {
                let (keys, held) = of.find(&context).await?;
                one(policies::claim_policy(&keys, &held, context.purse().await?))
            }
            Self::Close(of) => {
                let (keys, held) = of.find(&context).await?;
                one(policies::close_policy(&keys, &held))
            }
            Self::EndPayouts(of) => one(policies::end_payouts(&of.keys(&context).await?, of.day)),
            Self::CloseExpiry(of) => {
                let keys = of.keys(&context).await?;
                let expiry: Expiry = read(session, &keys.expiry(of.day), "day").await?;
                one(policies::close_expiry(&keys, of.day, expiry.payer))
            }
        };
        Ok((order, context.scales()))
    }
}

fn one(instruction: Instruction) -> Order {
    vec![instruction].into()
}

impl OfPolicy {
    /// What its instructions need to know.
    async fn find(&self, context: &FundContext<'_>) -> Result<(BookKeys, Held)> {
        let Policy { book, number, expiry_day: day, owner, payer, .. } =
            read(context.session, &self.policy, "policy").await?;
        let (keys, _) = book_of(context, &book).await?;
        Ok((keys, Held { number, day, owner, payer }))
    }
}

impl OfDay {
    async fn keys(&self, context: &FundContext<'_>) -> Result<BookKeys> {
        Ok(book_of(context, &self.book).await?.0)
    }
}

impl CreateBook {
    fn order(&self, context: &FundContext) -> Result<Order> {
        let none = || bail!("how large? a value has no `all`");
        let market = context.market(&self.market)?.index;
        let terms = BookTerms {
            min_insured: self.min_insured.resolve(context.decimals(), none)?,
            theta_bps: self.loading,
            max_age_secs: self.max_age,
            cover_index: self.cover,
            market_index: market,
            deductible_bps: self.deductible,
            cap_bps: self.cap,
            coinsurance_bps: self.coinsurance,
            least_volatility_bps: self.least_volatility,
            min_term_days: self.min_term,
            max_term_days: self.max_term,
        };
        let fund = context.keys();
        let keys = BookKeys {
            book: policies::book(&context.me, self.id),
            fund: fund.fund,
            cover: address::cover(&fund.fund, self.cover),
            market: fund.market(market),
            mint: fund.mint,
            token_program: fund.token_program,
        };
        let facts = Review {
            says: format!("A book of policies on cover {}, which nothing changes later", self.cover),
            notes: vec![
                ("drawer for the terms", keys.book.to_string()),
                ("destination for the terms", keys.vault().to_string()),
            ],
            ..Review::default()
        };
        let create = policies::create_book(&keys, self.id, context.me, context.me, terms);
        Ok(Order { facts: Some(facts), ..vec![create].into() })
    }
}

/// A book of the fund, and its keys.
async fn book_of(context: &FundContext<'_>, address: &Address) -> Result<(BookKeys, PolicyBook)> {
    let book: PolicyBook = read(context.session, address, "book").await?;
    ensure!(book.fund == context.keys().fund, "book {address} is of another fund");
    Ok((BookKeys::of(*address, &book), book))
}

async fn note(context: &FundContext<'_>, address: &Address) -> Result<Order> {
    let (keys, book) = book_of(context, address).await?;
    Ok(context.cranked(&[book.market_index], policies::note_price(&keys)))
}

async fn buy(
    context: &FundContext<'_>,
    address: &Address,
    (insured, term_days): (&Amount, u8),
    max_premium: Option<&Amount>,
) -> Result<Order> {
    let (keys, book) = book_of(context, address).await?;
    let none = || bail!("how much? a position has no `all`");
    let insured = insured.resolve(context.decimals(), none)?;
    let market = context.book.markets.get(usize::from(book.market_index));
    let variance = market.context("the fund has no such market")?.adjusted.variance;
    let now = premium(&book, insured, variance, term_days).ok().flatten();
    let now =
        now.context("nothing is sold at this volatility: the premium would reach the largest payout")?;
    let max_premium = match max_premium {
        Some(amount) => amount.resolve(context.decimals(), || Ok(now))?,
        None => now.saturating_add(now.div_ceil(20)),
    };
    let day = policies::expiry_day(context.book.now, term_days);
    let buyer = Buyer {
        owner: context.me,
        token_account: context.purse().await?,
        payer: context.me,
        insured,
        max_premium,
        term_days,
    };
    let mut all = context.cranks(&[book.market_index]);
    if context.session.account(&keys.expiry(day)).await?.is_none() {
        all.push(policies::open_expiry(&keys, day, context.me));
    }
    all.push(policies::buy_policy(&keys, book.next_policy, day, &buyer));
    let most = book.terms(insured).most().map_err(|error| anyhow::anyhow!("no policy: {error:?}"))?;
    let facts = Review {
        says: "A policy, which somebody has to start once the day of its entry is over".into(),
        notes: vec![
            ("policy", keys.policy(book.next_policy).to_string()),
            ("premium now", decimal(now, context.decimals())),
            ("premium at most", decimal(max_premium, context.decimals())),
            ("pays at most", decimal(most, context.decimals())),
            ("day of expiry", day.to_string()),
            ("starts from", date(start_of(day.saturating_sub(u32::from(term_days)).saturating_add(2)))),
            ("settles from", date(start_of(day.saturating_add(2)))),
        ],
        ..Review::default()
    };
    Ok(Order { facts: Some(facts), ..all.into() })
}
