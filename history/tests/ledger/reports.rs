//! The risk report: each figure recomputed by hand from a history of a few lines.

use {
    crate::{
        answers::{get, serve},
        on_both, open, Node, FIRST_TIME, FUND,
    },
    bulkhead::events::{Cranked, DefaultDeclared, LossAllocated, MarketCreated, MemberOpened},
    bulkhead_client::{state::Fund, Address},
    bulkhead_history::{
        api::report_input,
        report::{report, to_csv, DefaultEntry, Exceedance, Exposure, Figure, Input, Mark, Report, Sight},
    },
    std::{
        collections::{BTreeMap, BTreeSet},
        sync::Arc,
    },
};

/// Minute of the first reading; the beginning of an hour and of a day.
const START: i64 = 29_833_920;

fn fund(treasury: u64, contributions: u64, cushions: u64, residual: u64) -> Fund {
    let mut fund: Fund = bytemuck::Zeroable::zeroed();
    (fund.treasury, fund.contributions, fund.cushions, fund.residual) =
        (treasury, contributions, cushions, residual);
    fund
}

fn sight(minute: i64, margin_required: u64, losses: &[(u64, u64)]) -> (i64, Sight) {
    let stress = losses.iter().map(|(stress_loss, contribution)| Exposure {
        member: String::new(),
        stress_loss: *stress_loss,
        contribution: *contribution,
    });
    let sight = Sight {
        slot: minute - START,
        time: minute * 60,
        margin_required,
        margin_held: 5_000,
        treasury: 100,
        contributions: 900,
        stress: stress.collect(),
        cover_limit_bps: 5_000,
        crowding: 70,
        crowding_limit: 8_000,
        top5_bps: 6_100,
        top10_bps: 8_400,
        ..Sight::default()
    };
    (minute, sight)
}

fn mark(minute: i64, price: u64, age_secs: i64) -> Mark {
    Mark {
        minute,
        market: 0,
        price,
        publish_ts: minute * 60 + 59 - age_secs,
        initial_bps: 1_000,
        maintenance_bps: 500,
        multiplier_bps: 12_000,
    }
}

fn input() -> Input {
    let default = |seq, shortfall, by_defaulter| DefaultEntry {
        seq,
        shortfall,
        by_defaulter,
        ..DefaultEntry::default()
    };
    Input {
        fund: Some(fund(100, 900, 50, 7)),
        slot: 77,
        // Hourly: 100, 105 (5% is within), 94 (10.5% is not), 95; then an hour without, then 96.
        marks: vec![
            mark(START, 100, 0),
            mark(START + 60, 105, 0),
            mark(START + 120, 94, 0),
            mark(START + 180, 95, 0),
            mark(START + 300, 96, 0),
        ],
        sights: vec![
            sight(START, 1_000, &[(400, 100)]),
            sight(START + 50, 1_300, &[(800, 100), (300, 0)]), // 900 of 1,100: not covered
            sight(START + 55, 900, &[(400, 100)]),
            sight(START + 60 * 30, 2_500, &[(400, 100)]),
            sight(START + 60 * 50, 2_600, &[(1_200, 100), (300, 200)]), // 700 of 1,500
            sight(START + 60 * 100, 2_400, &[(400, 100), (300, 200)]),
        ],
        defaults: vec![default(0, 500, 200), default(1, 80, 80), default(2, 1_000, 1)],
    }
}

fn values(report: &Report) -> BTreeMap<&str, &Figure> {
    report.figures.iter().map(|figure| (figure.id.as_str(), figure)).collect()
}

#[test]
fn every_figure_is_what_its_definition_says() {
    let made = report(&input());
    let values = values(&made);
    let expected = [
        ("resources", "1050"), // 100 + 900 + 50
        ("resources_treasury", "100"),
        ("resources_contributions", "900"),
        ("resources_cushions", "50"),
        ("residual", "7"),
        ("cover1_bps", "22500"),          // 100 + 900 - 100 over 400
        ("cover2_bps", "10000"),          // 100 + 900 - 100 - 200 over 700
        ("cover2_days_above", "2"),       // the first day and the third
        ("cover_limit_used_bps", "8888"), // 400 of half of 900
        ("crowding", "70"),
        ("crowding_limit", "8000"),
        ("margin_required", "2400"),
        ("margin_held", "5000"),
        ("margin_rise_hour", "300"),    // 1,000 to 1,300 in 50 minutes
        ("margin_rise_day", "300"),     // 900 to 2,500 takes 29 hours
        ("margin_rise_5_days", "1700"), // 900 to 2,600
        ("top5_bps", "6100"),
        ("top10_bps", "8400"),
        ("defaults", "3"),
        ("uncovered_peak", "999"), // 1,000 - 1
        ("uncovered_mean", "433"), // (300 + 0 + 999) / 3
        ("initial_bps_0", "1000"),
        ("maintenance_bps_0", "500"),
        ("multiplier_bps_0", "12000"),
        ("backtest_observations_0", "3"), // the hour without a mark ends and begins none
        ("backtest_exceedances_0", "1"),
        ("backtest_coverage_bps_0", "6666"),
        ("price_uptime_bps_0", "299"), // 9 of 301 minutes: each mark is good for two, the last for one
    ];
    for (id, value) in expected {
        assert_eq!(values[id].value.as_deref(), Some(value), "{id}");
    }
    assert_eq!(values.len(), expected.len(), "a figure that no test recomputes");
    assert_eq!(made.defaults.len(), 3);
    let [exceedance] = made.exceedances.as_slice() else { panic!("{:?}", made.exceedances) };
    let Exceedance { market, time, moved_bps, initial_bps } = exceedance;
    assert_eq!((*market, *time), (0, (START + 120) * 60 + 59));
    assert_eq!((*moved_bps, *initial_bps), (1_047, 1_000)); // 11 of 105
}

#[test]
fn each_figure_has_a_definition_a_slot_and_a_page_that_exists() {
    let made = report(&input());
    let figures = &made.figures;
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    for figure in &made.figures {
        assert!(figure.definition.ends_with('.') && figure.slot > 0, "{figure:?}");
        assert!(std::path::Path::new(root).join(figure.formula).is_file(), "{}", figure.formula);
    }
    on_both(|database| async move {
        let node = Node::start();
        node.change(|chain| *chain = crate::history(1));
        let follower = Arc::new(open(&node, &database).await);
        let address = serve(&follower).await;
        let pages = figures.iter().map(|figure| figure.formula);
        for page in pages.collect::<BTreeSet<_>>() {
            let (status, _, text) = get(&address, &format!("/{page}")).await;
            assert_eq!(status, 200, "{page}");
            assert!(text.starts_with("# "), "{page}");
        }
        assert_eq!(get(&address, "/docs/nothing.md").await.0, 404);
    });
    let csv = to_csv(&made).unwrap();
    assert_eq!(csv.lines().count(), made.figures.len() + 1);
    assert!(csv.contains("\ncover1_bps,Cover-1,4.4,22500,basis points,6000,"), "{csv}");
}

#[test]
fn a_fund_to_which_nothing_has_happened_has_no_figures_of_losses() {
    let made = report(&Input { fund: Some(fund(0, 0, 0, 0)), slot: 1, ..Input::default() });
    let values = values(&made);
    assert_eq!(values["uncovered_peak"].value, None);
    assert_eq!(values["uncovered_mean"].value, None);
    assert_eq!(values["defaults"].value.as_deref(), Some("0"));
}

/// A default of 5 that its member can pay nothing of.
pub fn declared(member: Address) -> DefaultDeclared {
    DefaultDeclared {
        fund: FUND,
        member,
        seq: 0,
        from_margin: 0,
        shortfall: 5,
        from_claim: 0,
        assigned: 0,
        given_up: 0,
        from_rewards: 0,
        from_recoveries: 0,
        from_contribution: 0,
        cushion: 0,
        unfunded: 5,
        bounty: 0,
        keeper: Address::default(),
        released: 0,
    }
}

/// The treasury has one, and nobody has more.
fn allocated(member: Address) -> LossAllocated {
    LossAllocated {
        fund: FUND,
        member,
        seq: 0,
        from_treasury: 1,
        from_survivors: 0,
        from_cushions: 0,
        residual: 4,
        contributions: 0,
        called: 0,
        bounty: 0,
        keeper: Address::default(),
    }
}

/// There is no treasury: contributions of 1,000 pay all of it.
pub fn haircut(member: Address) -> LossAllocated {
    LossAllocated {
        from_treasury: 0,
        from_survivors: 5,
        residual: 0,
        contributions: 995,
        ..allocated(member)
    }
}

/// The same through the database: events and readings that were stored.
#[test]
fn a_report_is_made_from_what_is_stored() {
    on_both(|database| async move {
        let node = Node::start();
        let market = bulkhead_client::address::vault(&FUND);
        let none = Address::default();
        node.change(|chain| *chain = crate::history(2));
        let add = |logs: Vec<String>| {
            node.change(|chain| {
                let mut next = crate::transaction(chain.len() as u64);
                next.logs = logs;
                chain.push(next);
            });
        };
        add(crate::log(&MarketCreated { fund: FUND, market, market_index: 0, scale: 1_000 }));
        for price in [20_000, 21_000] {
            add(crate::log(&Cranked {
                market,
                price,
                confidence: 1,
                publish_ts: FIRST_TIME + 60,
                multiplier_bps: 10_000,
                initial_bps: 1_000,
                maintenance_bps: 500,
                regime: 0,
                premium_rate: 0,
            }));
        }
        add(crate::log(&MemberOpened { fund: FUND, member: market, owner: none }));
        add(crate::log(&declared(market)));
        add(crate::log(&allocated(market)));
        let follower = open(&node, &database).await;
        follower.catch_up().await.unwrap();
        assert_eq!(follower.books.read().await.parted, None);
        let (minute, reading) = sight(START, 1_000, &[(400, 100)]);
        let mut change = follower.store.change().await.unwrap();
        change.set_sight(minute, 9, &serde_json::to_string(&reading).unwrap()).await.unwrap();
        change.commit().await.unwrap();

        let made = report(&report_input(&follower).await.unwrap());
        let values = values(&made);
        assert_eq!(values["residual"].value.as_deref(), Some("4"));
        assert_eq!(values["initial_bps_0"].value.as_deref(), Some("1000"));
        assert_eq!(values["cover1_bps"].value.as_deref(), Some("22500"));
        assert_eq!(values["uncovered_peak"].value.as_deref(), Some("5"));
        let default = &made.defaults[0];
        assert_eq!((default.by_treasury, default.residual), (1, 4));
        assert_eq!(default.allocated_by, crate::signature(7));
    });
}
