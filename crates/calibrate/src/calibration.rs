//! Turns a folder of prices into a proposal and its test on history.

use {
    crate::{
        backtest::{backtest, Backtest},
        base::{self, Base},
        fit::{fit, half_lives, Fit, HalfLife},
        folder,
        progress::Progress,
        rates::{Evidence, Proposal},
        replay::{replay, state_at, Step},
        series::Series,
        settings::Settings,
        stress::{self, Stress},
        trips::{self, Trips},
        volume::{self, Volume},
    },
    anyhow::Result,
    serde::Serialize,
    std::path::Path,
};

/// Crashes of each market that are shown in detail.
const CLOSE_UPS: usize = 2;

/// The calibration of all markets.
#[derive(Debug, Serialize)]
pub struct Calibration {
    /// The settings it was made with.
    pub settings: Settings,
    /// In the order of the base file.
    pub markets: Vec<Market>,
}

/// The calibration of one market.
#[derive(Debug, Serialize)]
pub struct Market {
    /// The market as it is now.
    pub base: base::Market,
    /// The proposed rates.
    pub proposal: Proposal,
    /// The evidence for the margins.
    pub fit: Fit,
    /// The evidence for the stress move.
    pub stress: Stress,
    /// The evidence for the breaker.
    pub trips: Trips,
    /// Halts that the breaker would have made in the windows of crashes.
    pub halts: Vec<Halts>,
    /// The evidence for the concentration limit.
    pub volume: Option<Volume>,
    /// The proposal on the history that it was made from.
    pub backtest: Backtest,
    /// Rates from the first half of the history on its second half; `None` if the history is too
    /// short to be cut.
    pub out_of_sample: Option<OutOfSample>,
    /// The cost of other half-lives.
    pub half_lives: Vec<HalfLife>,
    /// The proposal along the history.
    #[serde(skip)]
    pub steps: Vec<Step>,
    /// The proposal along the worst crashes.
    #[serde(skip)]
    pub close_ups: Vec<CloseUp>,
}

/// Halts in one file.
#[derive(Clone, Debug, Serialize)]
pub struct Halts {
    /// The file.
    pub file: String,
    /// Number of halts.
    pub count: usize,
    /// Seconds halted in all.
    pub halted_secs: i64,
}

/// A test on prices that the rates have not seen.
#[derive(Clone, Debug, Serialize)]
pub struct OutOfSample {
    /// The time at which the history was cut, unix seconds.
    pub cut: i64,
    /// Initial margin from the first half.
    pub initial_bps: u16,
    /// Maintenance margin from the first half.
    pub maintenance_bps: u16,
    /// Target volatility from the first half.
    pub target_volatility_bps: u16,
    /// The results on the second half.
    pub backtest: Backtest,
}

/// A crash in detail.
#[derive(Clone, Debug)]
pub struct CloseUp {
    /// The crash.
    pub window: String,
    /// The file.
    pub file: String,
    /// The largest move over the horizon.
    pub largest: f64,
    /// The proposal along it.
    pub steps: Vec<Step>,
}

/// Reads the prices, proposes rates for every market of the base, and replays history against them.
pub fn calibrate(
    prices: &Path,
    base: &Base,
    settings: &Settings,
    progress: &Progress,
) -> Result<Calibration> {
    settings.validate()?;
    let assets = folder::load(prices, &base.symbols(), progress)?;
    let mut markets = Vec::new();
    for (market, series) in base.markets.iter().zip(&assets) {
        progress.line(&format!("fitting {}: {} files", market.symbol, series.len()));
        markets.push(of_market(market, base, series, settings)?);
    }
    Ok(Calibration { settings: settings.clone(), markets })
}

/// The proposal for one market from its series.
pub fn of_market(
    market: &base::Market,
    base: &Base,
    series: &[Series],
    settings: &Settings,
) -> Result<Market> {
    let decimals = market.price_decimals;
    let history = folder::history(series, settings.horizon_secs)?;
    let fit = fit(history, decimals, settings, i64::MIN..i64::MAX)?;

    let fine = folder::finest(series, settings.breaker_window_secs.into());
    let trips = trips::distances(&fine, history, decimals, settings);
    let volume = volume::usual(series);
    let evidence = Evidence { fit: &fit, trips: &trips, volume: volume.as_ref() };
    let margins = Proposal::new(market, &base.fund, &evidence, settings)?;
    // The stress move changes no margin, so this replay is also that of the whole proposal.
    let steps = replay(history, &margins, decimals, settings.horizon_secs, None);
    let stress = stress::worst(series, history, &steps, &margins, decimals, settings)?;
    let proposal = margins.with_stress(&stress, &base.fund, settings);

    let halts = fine.iter().map(|series| {
        let (count, halted_secs) = trips::halts(series, decimals, proposal.breaker_bps, settings);
        Halts { file: series.file.clone(), count, halted_secs }
    });
    let halts = halts.collect();
    let backtest = backtest(&steps, fit.from..i64::MAX);
    let close_ups = close_ups(series, &steps, &proposal, decimals, settings)?;
    let out_of_sample = out_of_sample(market, base, history, &evidence, settings)?;
    let half_lives = half_lives(history, decimals, settings)?;
    Ok(Market {
        base: market.clone(),
        proposal,
        halts,
        backtest,
        out_of_sample,
        half_lives,
        steps,
        close_ups,
        fit,
        stress,
        trips,
        volume,
    })
}

/// The proposal along the worst crashes, from their finest files.
fn close_ups(
    series: &[Series],
    steps: &[Step],
    proposal: &Proposal,
    decimals: u8,
    settings: &Settings,
) -> Result<Vec<CloseUp>> {
    let mut found = Vec::new();
    for window in folder::finest(series, settings.horizon_secs) {
        let start = state_at(steps, window.start());
        let steps = replay(window, proposal, decimals, settings.horizon_secs, start);
        let largest =
            steps.iter().filter_map(|step| step.ahead).map(|ahead| ahead.size()).fold(0.0, f64::max);
        found.push(CloseUp { window: window.window.clone(), file: window.file.clone(), largest, steps });
    }
    found.sort_by(|a, b| b.largest.total_cmp(&a.largest));
    found.truncate(CLOSE_UPS);
    found.sort_by(|a, b| a.window.cmp(&b.window));
    Ok(found)
}

/// Tests margins from the first half of the history on the second half. The rest of the evidence
/// stays as it is.
fn out_of_sample(
    market: &base::Market,
    base: &Base,
    history: &Series,
    evidence: &Evidence,
    settings: &Settings,
) -> Result<Option<OutOfSample>> {
    let cut = evidence.fit.from + (history.end() - evidence.fit.from) / 2;
    let Ok(half) = fit(history, market.price_decimals, settings, i64::MIN..cut) else { return Ok(None) };
    let evidence = Evidence { fit: &half, ..*evidence };
    let proposal = Proposal::new(market, &base.fund, &evidence, settings)?;
    let steps = replay(history, &proposal, market.price_decimals, settings.horizon_secs, None);
    Ok(Some(OutOfSample {
        cut,
        initial_bps: proposal.initial_bps,
        maintenance_bps: proposal.maintenance_bps,
        target_volatility_bps: proposal.target_volatility_bps,
        backtest: backtest(&steps, cut..i64::MAX),
    }))
}
