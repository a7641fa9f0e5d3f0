//! Changes of parameters: queued, then applied or vetoed.

use {
    super::{setup, Draft},
    crate::{
        amount::{price, units},
        bounds::range,
        context::FundContext,
        idl,
        market_name::MarketName,
        parameters::{seconds, set, Block, Edit, Setting},
        settings::parse_address,
        views::changes::{edits, label, reads, stands, when, window},
    },
    anyhow::{anyhow, bail, ensure, Context, Result},
    bulkhead_client::{
        instruction as build,
        rules::governance,
        state::{
            FundChange, FundParams, Mandate, MarketChange, MarketParams, MarketTerms, OracleChange,
            OracleConfig, ParameterChange, QueuedChange,
        },
        Address,
    },
    bulkhead_format::{parse_utc, utc},
    bulkhead_inspect::migration::Parameters,
    clap::{Args, Parser, Subcommand},
    std::path::{Path, PathBuf},
};

/// The subject of a change.
#[derive(Subcommand)]
pub enum Subject {
    /// Parameters of the fund
    Fund {
        /// The new parameters
        #[command(flatten)]
        new: New,
    },
    /// Terms of a market: rates, adjustment, limits
    Market {
        /// Symbol or number of the market
        market: MarketName,
        /// The new terms
        #[command(flatten)]
        new: New,
    },
    /// Oracle that a market's price comes from
    Oracle {
        /// Symbol or number of the market
        market: MarketName,
        /// The new oracle
        #[command(flatten)]
        new: New,
    },
    /// End of a market
    Close {
        /// Symbol or number of the market
        market: MarketName,
        /// A time such as 2026-12-24T18:00:00Z, or unix seconds; at least the notice period ahead when
        /// the change is applied
        #[arg(value_name = "TIME", value_parser = parse_time)]
        end_ts: i64,
    },
    /// Final mark of a market whose oracle is silent, used if too little of its last hour is covered
    FinalMark {
        /// Symbol or number of the market
        market: MarketName,
        /// In tokens for one whole asset
        #[arg(value_parser = price)]
        price: String,
    },
    /// A new market
    NewMarket {
        /// Symbol of the market, as in 0002_markets.toml
        symbol: String,
        /// Its parameters, those of the file or others
        #[command(flatten)]
        new: New,
    },
    /// A new cover
    NewCover {
        /// Its terms
        #[command(flatten)]
        new: Box<super::cover::New>,
    },
    /// A higher limit of a cover
    RaiseCover {
        /// Number of the cover
        cover: u16,
        /// The new limit, in tokens
        limit: String,
    },
    /// The end of a cover's suspension, or of its lapse
    ResumeCover {
        /// Number of the cover
        cover: u16,
    },
    /// Key that can pause and veto
    Guardian {
        /// Its address
        #[arg(value_parser = parse_address)]
        address: Address,
    },
}

/// Reads a time as people or machines write it.
pub(super) fn parse_time(text: &str) -> Result<i64> {
    let time = parse_utc(text).or_else(|| text.parse().ok());
    time.with_context(|| format!("`{text}` is no time: write 2026-12-24T18:00:00Z, or unix seconds"))
}

/// New parameters: those of a file, or those in force, with some that differ.
#[derive(Args)]
pub struct New {
    /// Start from the parameters in this folder (0001_fund.toml, 0002_markets.toml) instead of
    /// those in force
    #[arg(long, value_name = "FOLDER")]
    migrations: Option<PathBuf>,
    /// Parameters that are to differ, such as notice_secs=86400
    #[arg(value_name = "KEY=VALUE")]
    settings: Vec<Setting>,
}

/// Drafts the queueing of a change.
pub(super) fn queue(context: &FundContext, subject: &Subject, mandate: Mandate) -> Result<Draft> {
    queue_one(context, wanted(context, subject)?, mandate)
}

/// A change as one argument: `fund notice_secs=86400`.
#[derive(Parser)]
#[command(name = "change", no_binary_name = true, disable_help_flag = true)]
struct Line {
    #[command(subcommand)]
    subject: Subject,
}

/// Drafts the queueing of several changes in one transaction: those in words, and whatever differs from
/// the parameters in a folder.
pub(super) fn queue_all(
    context: &FundContext,
    folder: Option<&Path>,
    changes: &[String],
    mandate: Mandate,
) -> Result<Draft> {
    let mut all = Vec::new();
    for words in changes {
        let line = Line::try_parse_from(words.split_whitespace());
        let line = line.map_err(|error| anyhow!("`{words}`: {}", first_line(&error.to_string())))?;
        all.push(wanted(context, &line.subject)?);
    }
    if let Some(folder) = folder {
        all.extend(differences(context, &Parameters::from_folder(folder)?)?);
    }
    ensure!(!all.is_empty(), "nothing would change: give a change such as `fund notice_secs=86400`");
    let mut draft = Draft::default();
    let mut says = Vec::new();
    for change in all {
        // Each raises the nonce by one, so that the next one needs the number after it.
        let nonce = mandate.nonce.saturating_add(draft.instructions.len() as u64);
        let one = queue_one(context, change, Mandate { nonce, ..mandate })?;
        draft.instructions.extend(one.instructions);
        draft.edits.extend(
            one.edits.into_iter().map(|edit| Edit { name: format!("{nonce}: {}", edit.name), ..edit }),
        );
        draft.notes.extend(one.notes);
        says.push(one.says);
    }
    draft.says = says.join("; ");
    Ok(draft)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// The changes that would make a fund what the files say. A market is known by its feed.
fn differences(context: &FundContext, files: &Parameters) -> Result<Vec<ParameterChange>> {
    let mut all = Vec::new();
    let fund = FundChange::between(&context.book.fund.params, &files.fund);
    if fund.touched != 0 {
        all.push(ParameterChange::Fund(fund));
    }
    for file in &files.markets {
        let params = file.params;
        let open = context.book.markets.iter().filter(|market| market.final_ts == 0);
        let Some(market) = open.into_iter().find(|market| market.oracle.feed_id == params.oracle.feed_id)
        else {
            all.push(ParameterChange::NewMarket(params));
            continue;
        };
        let terms = MarketChange::between(&market.terms(), &params.terms);
        if terms.touched != 0 {
            all.push(ParameterChange::Market(market.index, terms));
        }
        let oracle = OracleChange::between(&market.oracle, &params.oracle);
        if oracle.touched != 0 {
            all.push(ParameterChange::Oracle(market.index, oracle));
        }
    }
    Ok(all)
}

fn queue_one(context: &FundContext, change: ParameterChange, mandate: Mandate) -> Result<Draft> {
    let (fund, market) = (
        &context.book.fund,
        change.market().map(|index| context.market(&MarketName::Number(index))).transpose()?,
    );
    let edits = edits(&context.book, &change);
    ensure!(
        !edits.is_empty(),
        "nothing would change: give KEY=VALUE that differs from the value in force, or --migrations FOLDER"
    );
    if let Err(error) = governance::validate(fund, market, &change, &context.book.moment()) {
        bail!("{}", refused(context, &change, &error));
    }
    let wait = governance::timelock(fund, market, &change);
    let ready = match market.is_some_and(|market| governance::mends_feed(market, &change)) {
        true => format!("{} UTC", utc(context.book.now.saturating_add_unsigned(wait).saturating_mul(1_000))),
        false => reads(&context.book, context.book.exit_secs().saturating_add(wait)),
    };
    Ok(Draft {
        says: format!("Announces change {} {}", mandate.nonce, label(&context.book, &change)),
        instructions: vec![build::queue_change(context.keys(), context.me, context.me, change, mandate)],
        edits,
        notes: vec![("timelock", format!("{}: it can be applied from {ready}; for 14 d", seconds(wait)))],
    })
}

/// Drafts the application of a change.
pub(super) async fn apply(context: &FundContext<'_>, number: u64, mandate: Mandate) -> Result<Draft> {
    let (record, change) = due(context, number).await?;
    ensure!(
        !matches!(change, ParameterChange::NewMarket(_)),
        "change {number} is a new market: `governance open-market {number}` opens it"
    );
    ensure!(
        !matches!(change, ParameterChange::NewCover(_)),
        "change {number} is a new cover: `governance open-cover {number}` opens it"
    );
    ensure!(
        change.cover().is_none(),
        "change {number} is of a cover: `governance amend-cover {number}` puts it in force"
    );
    Ok(Draft {
        instructions: vec![build::apply_change(
            context.keys(),
            context.me,
            record.payer,
            number,
            change.market(),
            mandate,
        )],
        says: format!("Puts change {number} {} in force", label(&context.book, &change)),
        edits: edits(&context.book, &change),
        notes: Vec::new(),
    })
}

/// Drafts the opening of a market that was queued.
pub(super) async fn open(context: &FundContext<'_>, number: u64, mandate: Mandate) -> Result<Draft> {
    let (record, change) = due(context, number).await?;
    ensure!(
        matches!(change, ParameterChange::NewMarket(_)),
        "change {number} is no new market: `governance apply-change {number}` puts it in force"
    );
    let (index, me) = (context.book.fund.market_count, context.me);
    Ok(Draft {
        instructions: vec![build::open_market(context.keys(), index, number, me, me, record.payer, mandate)],
        says: format!("Opens market {index}"),
        edits: edits(&context.book, &change),
        notes: Vec::new(),
    })
}

/// Drafts the opening of a cover that was queued.
pub(super) async fn open_cover(context: &FundContext<'_>, number: u64, mandate: Mandate) -> Result<Draft> {
    let (record, change) = due(context, number).await?;
    ensure!(
        matches!(change, ParameterChange::NewCover(_)),
        "change {number} is no new cover: `bulkhead changes` says what it is"
    );
    let (index, me) = (context.book.fund.cover_seq, context.me);
    Ok(Draft {
        instructions: vec![build::open_cover(context.keys(), index, number, me, me, record.payer, mandate)],
        says: format!("Opens cover {index}"),
        edits: edits(&context.book, &change),
        notes: Vec::new(),
    })
}

/// Drafts the change of a cover that was queued.
pub(super) async fn amend_cover(context: &FundContext<'_>, number: u64, mandate: Mandate) -> Result<Draft> {
    let (record, change) = due(context, number).await?;
    let index = change.cover();
    let index = index
        .with_context(|| format!("change {number} is of no cover: `bulkhead changes` says what it is"))?;
    Ok(Draft {
        instructions: vec![build::amend_cover(
            context.keys(),
            index,
            number,
            context.me,
            record.payer,
            mandate,
        )],
        says: format!("Puts change {number} {} in force", label(&context.book, &change)),
        edits: edits(&context.book, &change),
        notes: Vec::new(),
    })
}

/// A change whose time has come.
async fn due(context: &FundContext<'_>, number: u64) -> Result<(QueuedChange, ParameterChange)> {
    let (record, change) = queued(context, number).await?;
    let stands = stands(&record, &change, &context.book);
    ensure!(
        stands != "waits" || !context.is_now(),
        "change {number} waits until {}: apply it then",
        when(&record, window(&record, &change, &context.book).opens, &context.book)
    );
    ensure!(stands != "expired", "change {number} can no longer be applied: queue it again");
    Ok((record, change))
}

/// Drafts the veto of a change.
pub(super) async fn veto(context: &FundContext<'_>, number: u64, last_valid_slot: u64) -> Result<Draft> {
    let (record, change) = queued(context, number).await?;
    Ok(Draft {
        instructions: vec![build::veto_change(
            context.keys(),
            context.me,
            record.payer,
            number,
            last_valid_slot,
        )],
        says: format!("Stops change {number} {} for good; it would be", label(&context.book, &change)),
        edits: edits(&context.book, &change),
        notes: Vec::new(),
    })
}

async fn queued(context: &FundContext<'_>, number: u64) -> Result<(QueuedChange, ParameterChange)> {
    let changes = context.session.changes().await?;
    let record = changes.into_iter().find(|change| change.number == number);
    let record = record
        .with_context(|| format!("no change {number} is queued: `bulkhead changes` lists those that are"))?;
    let change = record.change().map_err(|error| anyhow!("change {number} cannot be read: {error:?}"))?;
    Ok((record, change))
}

fn wanted(context: &FundContext, subject: &Subject) -> Result<ParameterChange> {
    let decimals = context.decimals();
    Ok(match subject {
        Subject::Guardian { address } => ParameterChange::Guardian(*address),
        Subject::NewCover { new } => ParameterChange::NewCover(new.terms(context)?),
        Subject::RaiseCover { cover, limit } => {
            ParameterChange::RaiseCover(*cover, units(limit, context.decimals())?)
        }
        Subject::ResumeCover { cover } => ParameterChange::ResumeCover(*cover),
        Subject::Close { market, end_ts } => ParameterChange::Close(context.market(market)?.index, *end_ts),
        Subject::FinalMark { market, price } => {
            let market = context.market(market)?;
            ParameterChange::FinalMark(market.index, units(price, market.price_decimals)?)
        }
        Subject::NewMarket { symbol, new } => {
            let params = setup::market(context, symbol, new.migrations.as_deref(), &new.settings)?;
            ParameterChange::NewMarket(params)
        }
        Subject::Fund { new } => {
            let mut params: FundParams = match &new.migrations {
                Some(folder) => Parameters::from_folder(folder)?.fund,
                None => context.book.fund.params,
            };
            set(
                &mut [Block { structure: "FundParams", bytes: bytemuck::bytes_of_mut(&mut params) }],
                &new.settings,
                decimals,
            )?;
            ParameterChange::Fund(FundChange::between(&context.book.fund.params, &params))
        }
        Subject::Market { market, new } => {
            let market = context.market(market)?;
            let mut terms: MarketTerms = match &new.migrations {
                Some(folder) => of_feed(&Parameters::from_folder(folder)?, market.oracle.feed_id)?.terms,
                None => market.terms(),
            };
            set(
                &mut [Block { structure: "MarketTerms", bytes: bytemuck::bytes_of_mut(&mut terms) }],
                &new.settings,
                decimals,
            )?;
            ParameterChange::Market(market.index, MarketChange::between(&market.terms(), &terms))
        }
        Subject::Oracle { market, new } => {
            let market = context.market(market)?;
            let mut oracle: OracleConfig = match &new.migrations {
                Some(folder) => of_feed(&Parameters::from_folder(folder)?, market.oracle.feed_id)?.oracle,
                None => market.oracle,
            };
            set(
                &mut [Block { structure: "OracleConfig", bytes: bytemuck::bytes_of_mut(&mut oracle) }],
                &new.settings,
                decimals,
            )?;
            setup::bind_pro(&mut oracle, &new.settings)?;
            ParameterChange::Oracle(market.index, OracleChange::between(&market.oracle, &oracle))
        }
    })
}

/// The market of a file with this feed: markets are known by their feed.
fn of_feed(parameters: &Parameters, feed_id: [u8; 32]) -> Result<MarketParams> {
    let found = parameters.markets.iter().find(|market| market.params.oracle.feed_id == feed_id);
    Ok(found.context("no market of the file has the feed of this one: give KEY=VALUE instead")?.params)
}

/// Names the parameters that the program would refuse, with the reason.
fn refused(context: &FundContext, change: &ParameterChange, error: &impl std::fmt::Debug) -> String {
    let market = change.market().and_then(|index| context.market(&MarketName::Number(index)).ok());
    let names: Vec<&str> = match (change, market) {
        (ParameterChange::Fund(change), _) => change.onto(&context.book.fund.params).violations().collect(),
        (ParameterChange::Market(_, change), Some(market)) => {
            MarketParams { terms: change.onto(&market.terms()), ..market.params() }.all_violations().collect()
        }
        (ParameterChange::Oracle(_, change), Some(market)) => {
            change.onto(&market.oracle).violations().collect()
        }
        (ParameterChange::NewMarket(params), _) => params.all_violations().collect(),
        _ => return explained(error),
    };
    out_of_bounds(&names, error)
}

/// Writes the names of parameters that the program refuses, each with its bounds.
pub(super) fn out_of_bounds(names: &[&str], error: &impl std::fmt::Debug) -> String {
    let each = names.iter().map(|name| match range(name) {
        Some(range) => format!("{name}: {range}"),
        None => (*name).to_owned(),
    });
    match names {
        [] => format!("these parameters together: {}", explained(error)),
        _ => format!("{}; {}", explained(error), each.collect::<Vec<_>>().join("; ")),
    }
}

/// Writes the program's error in words.
pub(super) fn explained(error: &impl std::fmt::Debug) -> String {
    idl::explained(&format!("{error:?}")).unwrap_or_else(|| format!("{error:?}"))
}
