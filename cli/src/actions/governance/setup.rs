//! Creates funds and markets from the files in `migrations/`.

use {
    super::{change::out_of_bounds, Draft},
    crate::{
        context::FundContext,
        order::{Order, Review},
        parameters::{edits, set, Block, Edit, Setting},
        scales::Scales,
        session::Session,
    },
    anyhow::{anyhow, ensure, Context, Result},
    bulkhead_client::{
        address,
        instruction::{self as build, Founders, FundKeys},
        state::{Mandate, MarketParams, OracleConfig, OracleKind},
        Address,
    },
    bulkhead_inspect::migration::Parameters,
    std::path::Path,
};

/// Offset of the decimals in a mint.
const MINT_DECIMALS: usize = 44;

fn parameters(folder: Option<&Path>) -> Result<Parameters> {
    folder.map_or_else(Parameters::bundled, Parameters::from_folder)
}

/// Drafts a fund for a mint. Returns the mint's decimals too.
pub(super) async fn create_fund(
    session: &Session,
    guardian: &Address,
    folder: Option<&Path>,
    settings: &[Setting],
) -> Result<(Order, Scales)> {
    let (creator, mint, id) =
        session.named.context("for which mint? give --mint ADDRESS and --id NUMBER, not --fund")?;
    let (file, me) = (parameters(folder)?, session.me()?);
    ensure!(creator == me, "{creator} creates the fund and must sign: leave --creator out");
    ensure!(file.fund_id == id || folder.is_none(), "the file is of fund {}: give --id {0}", file.fund_id);
    let account = session.account(&mint).await?;
    let account = account
        .with_context(|| format!("there is no mint {mint} on this cluster: are --mint and --url right?"))?;
    let decimals = *account.data.get(MINT_DECIMALS).with_context(|| format!("{mint} is no mint"))?;
    ensure!(
        decimals == file.quote_decimals,
        "the mint has {decimals} decimals, the file quote_decimals = {}: amounts of tokens would be wrong",
        file.quote_decimals
    );
    let keys = FundKeys::new(&creator, mint, account.owner, id);
    ensure!(
        session.account(&keys.fund).await?.is_none(),
        "fund {id} of this creator and mint exists already ({}): give another --id",
        keys.fund
    );
    let mut params = file.fund;
    set(
        &mut [Block { structure: "FundParams", bytes: bytemuck::bytes_of_mut(&mut params) }],
        settings,
        decimals,
    )?;
    params
        .validate()
        .map_err(|error| anyhow!("{}", out_of_bounds(&params.violations().collect::<Vec<_>>(), &error)))?;
    let mut shown = vec![
        Edit::first("creator", creator),
        Edit::first("authority", me),
        Edit::first("guardian", guardian),
    ];
    shown.extend(edits("FundParams", None, bytemuck::bytes_of(&params), decimals));
    let review = Review { says: format!("Creates fund {}", keys.fund), edits: shown, ..Review::default() };
    let founders = Founders { creator, authority: me, guardian: *guardian };
    let instructions = vec![build::create_fund(&keys, id, founders, me, params)];
    Ok((Order { instructions, review: Some(review), ..Order::default() }, Scales::of_money(decimals)))
}

/// Drafts a market of an empty fund.
pub(super) fn create_market(
    context: &FundContext,
    symbol: &str,
    folder: Option<&Path>,
    settings: &[Setting],
    mandate: Mandate,
) -> Result<Draft> {
    let fund = &context.book.fund;
    ensure!(
        fund.is_empty() || !context.is_now(),
        "the fund has members or a treasury: announce the market with `queue-change new-market {symbol}`"
    );
    let params = market(context, symbol, folder, settings)?;
    let index = fund.market_count;
    Ok(Draft {
        instructions: vec![build::create_market(
            context.keys(),
            index,
            context.me,
            context.me,
            params,
            mandate,
        )],
        says: format!("Adds market {index}, {symbol}"),
        edits: of_market(&params, context.decimals()),
        notes: Vec::new(),
    })
}

/// Parameters of a new market, from the file, with some that differ.
pub(super) fn market(
    context: &FundContext,
    symbol: &str,
    folder: Option<&Path>,
    settings: &[Setting],
) -> Result<MarketParams> {
    let file = parameters(folder)?;
    let found = file.markets.iter().find(|market| market.symbol == symbol);
    let params = found
        .with_context(|| format!("the file has no market {symbol}: {}", file.symbols().join(", ")))?
        .params;
    let (fund, decimals) = (&context.book.fund, context.decimals());
    let params = changed(params, settings, decimals)?;
    params.validate(&fund.params).map_err(|error| {
        anyhow!("{}", out_of_bounds(&params.all_violations().collect::<Vec<_>>(), &error))
    })?;
    Ok(params)
}

/// Every parameter of a new market.
pub fn of_market(params: &MarketParams, decimals: u8) -> Vec<Edit> {
    let mut shown = edits("MarketTerms", None, bytemuck::bytes_of(&params.terms), decimals);
    shown.extend(edits("OracleConfig", None, bytemuck::bytes_of(&params.oracle), decimals));
    shown.push(Edit::first("price_decimals", params.price_decimals));
    shown.push(Edit::first("lot_decimals", params.lot_decimals));
    shown
}

fn changed(params: MarketParams, settings: &[Setting], decimals: u8) -> Result<MarketParams> {
    let (mut terms, mut oracle) = (params.terms, params.oracle);
    let mut blocks = [
        Block { structure: "MarketTerms", bytes: bytemuck::bytes_of_mut(&mut terms) },
        Block { structure: "OracleConfig", bytes: bytemuck::bytes_of_mut(&mut oracle) },
    ];
    set(&mut blocks, settings, decimals)?;
    bind_pro(&mut oracle, settings)?;
    Ok(MarketParams { oracle, terms, ..params })
}

/// Binds a market of Pyth Pro to the account of its feed and channel, which follows from them and belongs to
/// the fund's own program. At another one there would never be a price, for as long as a change takes.
///
/// # Errors
/// Another account is named.
pub(super) fn bind_pro(oracle: &mut OracleConfig, settings: &[Setting]) -> Result<()> {
    if oracle.kind != OracleKind::PythPro as u8 {
        return Ok(());
    }
    let [a, b, c, d, channel, ..] = oracle.feed_id;
    let feed = u32::from_le_bytes([a, b, c, d]);
    let own = address::pro_price(feed, channel);
    let is_named = |key: &str| settings.iter().any(|setting| setting.key == key);
    ensure!(
        !is_named("account") || oracle.account == own.to_bytes(),
        "account: prices of feed {feed} on channel {channel} of Pyth Pro are in {own}; leave `account` out"
    );
    oracle.account = own.to_bytes();
    if !is_named("owners") {
        oracle.owners = Default::default();
    }
    Ok(())
}
