//! Covers: their life, and a venue.

use {
    super::Sheet,
    bulkhead_tests::{
        bulkhead::{
            constants::{COVER_SERVES_SECS, SETTLE_SLOTS},
            state::{CoverKind, CoverPurse, CoverTerms, ParameterChange},
        },
        params, usd, usdc,
        world::Setup,
        World, SOL,
    },
};

pub fn measure(sheet: &mut Sheet) {
    claims(sheet);
    venue(sheet);
}

fn world() -> World {
    let mut world = World::with(Setup { params: params::COVERED, ..Setup::default() });
    for name in ["alice", "bob"] {
        world.join(name, usdc(10_000), usdc(20_000));
    }
    for name in ["sponsor", "issuer"] {
        world.give(name, usdc(10_000));
    }
    world.run(world.fund_treasury("sponsor", usdc(100)));
    world
}

fn claims(sheet: &mut Sheet) {
    let mut world = world();
    let limit = usdc(1_000);
    let number = world.fund().governance_nonce;
    let call = world.queue_change(ParameterChange::NewCover(world.cover_terms(limit)));
    sheet.measure("queue_change, a cover", &mut world, call);
    world.wait_for_change(number);
    let call = world.open_cover(0, number);
    sheet.typical("open_cover", &mut world, call);
    world.give("victims", 0);
    let call = world.fund_cover("issuer", 0, usdc(50), CoverPurse::Prepaid);
    sheet.typical("fund_cover", &mut world, call);
    world.run(world.fund_cover("issuer", 0, usdc(10), CoverPurse::FirstLoss));
    let opens = world.cover(0).opens_ts;
    world.warp_secs(opens - world.now() + params::DAY);
    world.refresh();
    let call = world.accrue_cover(0);
    sheet.typical("accrue_cover", &mut world, call);
    world.warp_secs(60);
    let call = world.hold_cover(0, 3_600);
    sheet.typical("hold_cover", &mut world, call);
    world.warp_secs(60);
    let call = world.draw_cover(0, usdc(510));
    sheet.typical("draw_cover", &mut world, call);
    world.warp_slots(SETTLE_SLOTS);
    world.refresh();
    let call = world.settle_cover(0);
    sheet.typical("settle_cover", &mut world, call);
    let call = world.collect_cover(0, "victims");
    sheet.typical("collect_cover", &mut world, call);
    let call = world.return_cover("issuer", 0, usdc(10));
    sheet.typical("return_cover", &mut world, call);
    world.warp_secs(params::DAY); // the hold is over, and the exit clock runs
    let call = world.suspend_cover(0);
    sheet.typical("suspend_cover", &mut world, call);
    let number = world.fund().governance_nonce;
    world.run(world.queue_change(ParameterChange::ResumeCover(0)));
    world.wait_for_change(number);
    let call = world.amend_cover(0, number);
    sheet.typical("amend_cover", &mut world, call);
    world.warp_secs(world.cover(0).ends_ts + COVER_SERVES_SECS - world.now());
    let call = world.end_cover(0);
    sheet.typical("end_cover", &mut world, call);
}

fn venue(sheet: &mut Sheet) {
    let mut world = world();
    let limit = usdc(1_000);
    let terms = CoverTerms {
        kind: CoverKind::Venue as u8,
        first_loss_min: limit / 50,
        period_limit: limit / 2,
        covered_debt: limit,
        threshold_bps: 8_500,
        market: SOL,
        ..world.cover_terms(limit)
    };
    world.cover_with(terms);
    world.warp_secs(1);
    world.publish(SOL, usd(140), usd(1) / 10);
    let call = world.crank_market(SOL);
    sheet.measure("crank_market, with covers", &mut world, call);
    world.set_price(SOL, usd(140));
    let call = world.show_gap(0, SOL);
    sheet.typical("show_gap", &mut world, call);
    let call = world.draw_cover_in(0, Some(SOL), usdc(100));
    sheet.measure("draw_cover, of a venue", &mut world, call);
}
