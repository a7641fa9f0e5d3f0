//! Tests with real prices, where they exist: they lie beside the repository, not in it.

use {
    bulkhead_calibrate::{
        base::Base, calibrate, markets, progress::Progress, report, settings::Settings, summary,
        summary::Style, Calibration,
    },
    std::path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folder `shared/data/prices` beside the repository, or beside the folder that contains it.
fn prices() -> Option<PathBuf> {
    ["../shared/data/prices", "../../shared/data/prices"]
        .iter()
        .map(|path| root().join(path))
        .find(|path| path.is_dir())
}

fn calibration(prices: &Path) -> (Base, Calibration) {
    let base = Base::read(&root().join("migrations/0002_markets.toml")).unwrap();
    let found = calibrate(prices, &base, &Settings::default(), &Progress::new(true)).unwrap();
    (base, found)
}

#[test]
fn real_prices_give_rates_that_would_have_held() {
    let Some(prices) = prices() else {
        println!("skipped: no real prices in ../shared/data/prices, 1 test did without");
        return;
    };
    let (base, found) = calibration(&prices);
    assert_eq!(found.markets.len(), base.markets.len());
    for market in &found.markets {
        let (symbol, test) = (&market.base.symbol, &market.backtest);
        assert!(market.fit.initial.observations > 40_000, "{symbol}");
        assert!(test.adjusted.initial() >= 0.999, "{symbol}: {:?}", test.adjusted);
        assert!(test.adjusted.maintenance() >= 0.995, "{symbol}: {:?}", test.adjusted);
        assert!(test.adjusted.beyond_initial < test.constant.beyond_initial, "{symbol}: no use in adjusting");
        let later = &market.out_of_sample.as_ref().unwrap().backtest;
        assert!(later.adjusted.initial() >= 0.999, "{symbol}: {:?}", later.adjusted);
        assert!(market
            .stress
            .opened
            .iter()
            .all(|worst| worst.needed <= f64::from(market.proposal.stress_bps) / 1e4));
        assert!(market
            .stress
            .held
            .iter()
            .all(|worst| worst.needed <= f64::from(market.proposal.stress_bps) / 1e4));
        assert!(market.proposal.bounds.is_empty(), "{symbol}: {:?}", market.proposal.bounds);
        assert!(market.volume.is_some(), "{symbol}");
    }
    let of = |symbol: &str| found.markets.iter().find(|market| market.base.symbol == symbol).unwrap();
    assert!(of("BTC").proposal.initial_bps < of("SOL").proposal.initial_bps, "SOL is the wilder one");
    assert!(of("SOL").stress.largest_raw > 0.5, "January 2021 is in it");

    let page = report::html(&found);
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    let (again, twice) = calibration(&prices);
    assert_eq!(markets::toml(&found, &base), markets::toml(&twice, &again));
    assert_eq!(page, report::html(&twice));
    let style = Style { colour: false };
    assert_eq!(summary::text(&found, style), summary::text(&twice, style));
}
