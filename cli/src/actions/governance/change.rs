//! Changes of parameters: announced, then applied or stopped.

use {
    super::Draft,
    crate::{
        desk::Desk,
        idl,
        parameters::{seconds, set, Block, Setting},
        settings::parse_address,
        views::changes::{edits, label},
    },
    anyhow::{anyhow, bail, ensure, Context, Result},
    bulkhead_client::{
        instruction as build,
        rules::governance,
        state::{FundParams, Mandate, MarketTerms, OracleConfig, ParameterChange, QueuedChange},
        Address,
    },
    bulkhead_inspect::{format::utc, migration::Parameters},
    clap::{Args, Subcommand},
    std::path::PathBuf,
};

/// What a change is of.
#[derive(Subcommand)]
pub enum Subject {
    /// Parameters of the fund
    Fund {
        /// What it shall be
        #[command(flatten)]
        new: New,
    },
    /// Terms of a market: rates, adjustment, limits
    Market {
        /// By number
        index: u16,
        /// What they shall be
        #[command(flatten)]
        new: New,
    },
    /// Where a market's price comes from
    Oracle {
        /// By number
        index: u16,
        /// What it shall be
        #[command(flatten)]
        new: New,
    },
    /// Who can pause and veto
    Guardian {
        /// Its address
        #[arg(value_parser = parse_address)]
        address: Address,
    },
}

/// New parameters: those of a file, or those in force, with some that differ.
#[derive(Args)]
pub struct New {
    /// Start from the parameters in this folder (0001_fund.toml, 0002_markets.toml) instead of those in force
    #[arg(long, value_name = "FOLDER")]
    migrations: Option<PathBuf>,
    /// Parameters that are to differ, such as notice_secs=86400
    #[arg(value_name = "KEY=VALUE")]
    settings: Vec<Setting>,
}

/// Announces a change.
pub(super) fn queue(desk: &Desk, subject: &Subject, mandate: Mandate) -> Result<Draft> {
    let change = wanted(desk, subject)?;
    let (fund, market) = (&desk.book.fund, change.market().map(|index| desk.market(index)).transpose()?);
    let edits = edits(&desk.book, &change);
    ensure!(
        !edits.is_empty(),
        "nothing would change: give KEY=VALUE that differs from what is in force, or --migrations FOLDER"
    );
    if let Err(error) = governance::validate(fund, market, &change) {
        bail!("{}", refused(desk, &change, &error));
    }
    let wait = governance::timelock(fund, market, &change);
    let ready = utc(desk.book.now.saturating_add(wait).saturating_mul(1_000));
    Ok(Draft {
        instruction: build::queue_change(desk.keys(), desk.me, desk.me, change, mandate),
        says: format!("Announces change {} {}", mandate.nonce, label(&change)),
        edits,
        notes: vec![(
            "timelock",
            format!("{}: it can be applied from about {ready} UTC, for 14 d", seconds(wait.unsigned_abs())),
        )],
    })
}

/// Puts a change in force.
pub(super) async fn apply(desk: &Desk<'_>, number: u64, mandate: Mandate) -> Result<Draft> {
    let (record, change) = queued(desk, number).await?;
    let now = desk.book.now;
    ensure!(
        now >= record.ready_ts || !desk.is_now(),
        "change {number} waits until {} UTC: apply it then",
        utc(record.ready_ts.saturating_mul(1_000))
    );
    ensure!(
        now <= record.expires_ts,
        "change {number} could be applied until {} UTC: queue it again",
        utc(record.expires_ts.saturating_mul(1_000))
    );
    Ok(Draft {
        instruction: build::apply_change(desk.keys(), desk.me, record.payer, number, change.market(), mandate),
        says: format!("Puts change {number} {} in force", label(&change)),
        edits: edits(&desk.book, &change),
        notes: Vec::new(),
    })
}

/// Stops a change.
pub(super) async fn veto(desk: &Desk<'_>, number: u64, mandate: Mandate) -> Result<Draft> {
    let (record, change) = queued(desk, number).await?;
    Ok(Draft {
        instruction: build::veto_change(desk.keys(), desk.me, record.payer, number, mandate),
        says: format!("Stops change {number} {} for good; it would be", label(&change)),
        edits: edits(&desk.book, &change),
        notes: Vec::new(),
    })
}

async fn queued(desk: &Desk<'_>, number: u64) -> Result<(QueuedChange, ParameterChange)> {
    let changes = desk.session.changes().await?;
    let record = changes.into_iter().find(|change| change.number == number);
    let record =
        record.with_context(|| format!("no change {number} is queued: `bulkhead changes` lists those that are"))?;
    let change = record.change().map_err(|error| anyhow!("change {number} cannot be read: {error:?}"))?;
    Ok((record, change))
}

fn wanted(desk: &Desk, subject: &Subject) -> Result<ParameterChange> {
    let decimals = desk.decimals();
    Ok(match subject {
        Subject::Guardian { address } => ParameterChange::Guardian(*address),
        Subject::Fund { new } => {
            let mut params: FundParams = match &new.migrations {
                Some(folder) => Parameters::from_folder(folder)?.fund,
                None => desk.book.fund.params,
            };
            set(
                &mut [Block { structure: "FundParams", bytes: bytemuck::bytes_of_mut(&mut params) }],
                &new.settings,
                decimals,
            )?;
            ParameterChange::Fund(params)
        }
        Subject::Market { index, new } => {
            let market = desk.market(*index)?;
            let mut terms: MarketTerms = match &new.migrations {
                Some(folder) => of_feed(&Parameters::from_folder(folder)?, market.oracle.feed_id)?.terms(),
                None => market.terms(),
            };
            set(
                &mut [Block { structure: "MarketTerms", bytes: bytemuck::bytes_of_mut(&mut terms) }],
                &new.settings,
                decimals,
            )?;
            ParameterChange::Market(*index, terms)
        }
        Subject::Oracle { index, new } => {
            let market = desk.market(*index)?;
            let mut oracle: OracleConfig = match &new.migrations {
                Some(folder) => of_feed(&Parameters::from_folder(folder)?, market.oracle.feed_id)?.oracle,
                None => market.oracle,
            };
            set(
                &mut [Block { structure: "OracleConfig", bytes: bytemuck::bytes_of_mut(&mut oracle) }],
                &new.settings,
                decimals,
            )?;
            ParameterChange::Oracle(*index, oracle)
        }
    })
}

/// The market of a file that has this feed: markets are known by what they price.
fn of_feed(parameters: &Parameters, feed_id: [u8; 32]) -> Result<bulkhead_client::state::MarketParams> {
    let found = parameters.markets.iter().find(|market| market.params.oracle.feed_id == feed_id);
    Ok(found.context("no market of the file has the feed of this one: give KEY=VALUE instead")?.params)
}

/// Which parameters the program would refuse, and why.
fn refused(desk: &Desk, change: &ParameterChange, error: &impl std::fmt::Debug) -> String {
    let market = change.market().and_then(|index| desk.market(index).ok());
    let names: Vec<&str> = match (change, market) {
        (ParameterChange::Fund(params), _) => params.violations().collect(),
        (ParameterChange::Market(_, terms), Some(market)) => market.with_terms(terms).all_violations().collect(),
        (ParameterChange::Oracle(_, oracle), _) => oracle.violations().collect(),
        (ParameterChange::Guardian(_), _) | (_, None) => return explained(error),
    };
    let which = if names.is_empty() { "these together".into() } else { names.join(", ") };
    format!("{which}: {}. The bounds are in programs/bulkhead/src/constants.rs", explained(error))
}

/// The program's error in words.
pub(super) fn explained(error: &impl std::fmt::Debug) -> String {
    idl::explained(&format!("{error:?}")).unwrap_or_else(|| format!("{error:?}"))
}
