//! One scene per instruction of the first program: a world in which the call succeeds.
//!
//! Alice is long 10 SOL from 200 with margin 250 and contribution 100, Bob short; Carol has bought a little BTC from Bob.
//! Bob and Carol have contributed 100 and 900, the treasury has 100.

use crate::Scene;
use bulkhead_tests::{
    bulkhead::{
        constants::{COVER_SERVES_SECS, SETTLE_SLOTS, TAKING_SECS},
        state::{
            pause, CoverKind, CoverPurse, CoverTerms, FundParams, MarketChange, MarketTerms, OfferTerms,
            ParameterChange,
        },
    },
    calls::at_print,
    params::{ADJUSTED, COVERED, DAY, FUND},
    pro, usd, usdc,
    world::Setup,
    Address, Call, Instruction, MarketSpec, MintKind, World, BTC, SOL,
};

const LOTS: u64 = 1_000; // of 0.01 SOL

/// Assessments of half a contribution, and bounties.
const PARAMS: FundParams =
    FundParams { assessment_cap_bps: 5_000, bounty_bps: 100, bounty_cap: usdc(1), ..FUND };

/// The scene of an instruction.
pub fn scene(instruction: &str) -> Option<Scene> {
    let (world, call) = world_and_call(instruction)?;
    let [good]: [Instruction; 1] = call.instructions.try_into().expect("one instruction");
    Some((Box::new(world), good))
}

fn world_and_call(instruction: &str) -> Option<(World, Call)> {
    let world = world_of(instruction)?;
    let call = match instruction {
        "create_fund" => world.create_fund(PARAMS),
        "create_market" => world.create_market(2, &MarketSpec::eth()),
        "pause" => world.pause(pause::ALL, 3_600),
        "fund_treasury" => world.fund_treasury("treasurer", usdc(10)),
        "request_treasury" => world.request_treasury("treasurer", usdc(10)),
        "cancel_treasury" => world.cancel_treasury(),
        "claim_treasury" => world.claim_treasury("treasurer"),
        "end_pause" => world.end_pause(pause::ALL),
        "open_market" => world.open_market(2, QUEUED),
        "give_recovery" => world.give_recovery("treasurer", usdc(10)),
        "queue_change" => world.queue_change(tighter(&world)),
        "apply_change" => world.apply_change(QUEUED, Some(SOL)),
        "veto_change" => world.veto_change(QUEUED),
        "transfer_authority" => world.transfer_authority("heir"),
        "accept_authority" => world.accept_authority("heir"),
        "open_member" => world.open_member("dave"),
        "close_member" => world.close_member("dave"),
        "set_delegate" => world.set_delegate("alice", Address::default()),
        "deposit_margin" => world.deposit_margin("alice", usdc(10)),
        "withdraw_margin" => world.withdraw_margin("bob", usdc(10)),
        "contribute" => world.contribute("bob", usdc(10)),
        "request_withdrawal" => world.request_withdrawal("bob", tenth_of_shares(&world, "bob")),
        "cancel_withdrawal" => world.cancel_withdrawal("bob"),
        "claim_withdrawal" => world.claim_withdrawal("bob"),
        "claim_rewards" => world.claim_rewards("carol"),
        "claim_recovery" => world.claim_recovery("bob"),
        "waive_recovery" => world.waive_recovery("bob"),
        "agree_assessment" => world.agree_assessment("alice"),
        "repay_default" => world.repay_default("treasurer", 0, usdc(10)),
        "novate" => world.novate("alice", "bob", SOL, 10, usd(200)),
        "novate_batch" => world.buy_batch("alice", SOL, &[("bob", 10, usd(200)), ("carol", 20, usd(200))]),
        "post_offer" => world.post_offer("alice", SOL, 1, at_print(-10)),
        "cancel_offer" => world.cancel_offer("carol", "alice", 1),
        "take_offer" => world.take_offer("carol", "alice", 1, 10),
        "fill_offer" => world.fill_offer("alice", 1, "carol"),
        "lapse_taking" => world.lapse_taking("alice", 1, "carol"),
        "take_over" => world.take_over("bob", SOL, LOTS),
        "crank_market" => world.crank_market(SOL),
        "open_pro_price" => world.open_pro_price(pro::FEED, pro::CHANNEL),
        "settle" => world.settle_own("alice", SOL),
        "liquidate" => world.liquidate("bob", "alice", SOL, 100),
        "declare_default" => world.declare_default_for("carol", "alice"),
        "allocate_loss" => world.allocate_loss_for("carol", "alice"),
        "allocate_residual" => world.allocate_residual(),
        "settle_epoch" => world.settle_epoch("bob"),
        "close_default" => world.close_default(0),
        "enforce_call" => world.enforce_call("bob"),
        "open_gains_cut" => world.open_gains_cut(),
        "register_gains" => world.register_gains("bob"),
        "cut_gains" => world.cut_gains(),
        "pay_claim" => world.pay_claim("bob"),
        "close_market" => world.close_market(SOL),
        "fix_final_mark" => world.fix_final_mark(SOL),
        "close_out" => world.close_out("carol"),
        "pay_out" => world.pay_out("bob"),
        "collect_premium" => world.collect_premium(SOL),
        "report_exposure" => world.report_exposure("alice"),
        "open_watch" => world.open_watch("alice"),
        "end_watch" => world.end_watch("alice"),
        "book_house" => world.book_house(SOL),
        "release_cushion" => world.release_cushion(0),
        "book_crowding" => world.book_crowding(SOL),
        "call_stress" => world.call_stress("alice"),
        "sell_excess" => world.sell_excess("bob", "alice", SOL, 10),
        "open_cover" => world.open_cover(0, QUEUED),
        "amend_cover" => world.amend_cover(0, world.fund().governance_nonce - 1),
        "suspend_cover" => world.suspend_cover(0),
        "fund_cover" => world.fund_cover("treasurer", 0, usdc(10), CoverPurse::FirstLoss),
        "accrue_cover" => world.accrue_cover(0),
        "hold_cover" => world.hold_cover(0, 3_600),
        "draw_cover" => world.draw_cover_in(0, Some(SOL), usdc(10)),
        "settle_cover" => world.settle_cover(0),
        "collect_cover" => world.collect_cover(0, "victims"),
        "return_cover" => world.return_cover("treasurer", 0, usdc(10)),
        "end_cover" => world.end_cover(0),
        "show_gap" => world.show_gap(0, SOL),
        _ => return None,
    };
    Some((world, call))
}

fn world_of(instruction: &str) -> Option<World> {
    Some(match instruction {
        "create_fund" => World::without_fund(MintKind::Spl),
        "create_market" | "open_pro_price" => World::with_two_markets(),
        "pause" | "end_pause" | "fund_treasury" | "request_treasury" | "set_delegate" | "deposit_margin"
        | "withdraw_margin" | "contribute" | "request_withdrawal" | "agree_assessment" | "novate"
        | "queue_change" | "transfer_authority" | "post_offer" => traded(),
        "novate_batch" => with(traded(), |world| world.appoint_venue(&["alice", "bob", "carol"], 0)),
        "take_offer" => offered(),
        "cancel_offer" => with(offered(), |world| world.warp_secs(DAY)),
        "fill_offer" => with(taken(), |world| world.next_print(SOL, usd(200))),
        "lapse_taking" => with(taken(), |world| world.warp_secs(TAKING_SECS + 1)),
        "apply_change" => with(queued(), |world| world.warp_secs(DAY)),
        "veto_change" => queued(),
        "open_market" => with(traded(), |world| {
            world.run(world.queue_change(ParameterChange::NewMarket(MarketSpec::eth().params)));
            world.warp_secs(3 * DAY);
        }),
        "cancel_treasury" => asked(),
        "claim_treasury" => with(defaulted(usd(150)), |world| {
            world.run(world.fund_treasury("treasurer", usdc(2_000)));
            world.run(world.request_treasury("treasurer", usdc(10)));
            world.warp_secs(3_600);
            world.run(world.book_house(SOL)); // the claim shows that it is silent
            world.warp_secs(DAY);
        }),
        "accept_authority" => with(traded(), |world| drop(world.run(world.transfer_authority("heir")))),
        "open_member" => with_wallet(traded(), "dave"),
        "close_member" => with(traded(), |world| world.open("dave")),
        "cancel_withdrawal" => requested(),
        "claim_withdrawal" => with(requested(), |world| later(world, DAY)),
        "crank_market" => with(traded(), |world| world.publish(SOL, usd(190), usd(1) / 10)),
        "settle" => at(usd(190)),
        "report_exposure" => traded(),
        "claim_rewards" => with(traded(), World::stream_out),
        "collect_premium" => with(insured(), |world| {
            later(world, 30 * DAY);
            world.run(world.settle("alice", SOL));
        }),
        "liquidate" => at(usd(182)),
        "declare_default" | "open_watch" => at(usd(150)),
        "end_watch" => with(at(usd(150)), |world| {
            world.run(world.open_watch("alice"));
            world.set_price(SOL, usd(190));
        }),
        "allocate_loss" => with(at(usd(40)), |world| drop(world.run(world.declare_default("alice")))),
        "take_over" | "book_house" => defaulted(usd(150)),
        "release_cushion" => with(defaulted(usd(170)), |world| {
            world.run(world.take_over("bob", SOL, LOTS));
        }),
        "book_crowding" => at(usd(190)),
        "call_stress" => at(usd(188)),
        "sell_excess" => with(at(usd(188)), |world| {
            world.run(world.call_stress("alice"));
            later(world, DAY);
        }),
        "allocate_residual" => with(defaulted(usd(150)), |world| {
            world.set_price(SOL, usd(20));
            world.run(world.take_over("bob", SOL, LOTS));
        }),
        "give_recovery" | "repay_default" | "settle_epoch" | "enforce_call" => defaulted(usd(40)),
        "close_default" => with(defaulted(usd(150)), |world| world.warp_secs(91 * DAY)),
        "waive_recovery" => with(defaulted(usd(40)), |world| drop(world.run(world.settle_epoch("bob")))),
        "claim_recovery" => with(defaulted(usd(40)), |world| {
            world.run(world.settle_epoch("bob"));
            world.run(world.give_recovery("treasurer", usdc(500)));
        }),
        "open_gains_cut" => beside_a_silent_house(),
        "register_gains" => with(unsold(), World::pin_gains),
        "cut_gains" => with(unsold(), |world| {
            world.pin_gains();
            world.register_all();
            world.end_registration();
        }),
        "pay_claim" => with(unsold(), |world| drop(world.cut_all_gains())),
        "close_market" => with(traded(), |world| world.warp_secs(15 * DAY)),
        "fix_final_mark" => with(winding_down(), |world| world.warp_secs(DAY + 60 * 60)),
        "open_cover" => with(coverable(), |world| {
            let terms = world.cover_terms(COVER);
            world.run(world.queue_change(ParameterChange::NewCover(terms)));
            world.wait_for_change(QUEUED);
        }),
        "amend_cover" => with(covered(), |world| {
            let number = world.fund().governance_nonce;
            world.run(world.suspend_cover(0));
            world.run(world.queue_change(ParameterChange::ResumeCover(0)));
            world.wait_for_change(number);
        }),
        "suspend_cover" | "fund_cover" | "hold_cover" | "return_cover" => covered(),
        "accrue_cover" => with(covered(), |world| later(world, DAY)),
        "draw_cover" | "show_gap" => fallen(),
        "settle_cover" => with(drawn(), |world| {
            world.warp_slots(SETTLE_SLOTS);
            world.refresh();
        }),
        "collect_cover" => drawn(),
        "end_cover" => with(covered(), |world| {
            let ends = world.cover(0).ends_ts + COVER_SERVES_SECS;
            later(world, ends - world.now());
        }),
        "close_out" => closing(),
        "pay_out" => with(closing(), |world| {
            for name in ["bob", "carol"] {
                world.run(world.close_out(name));
            }
        }),
        _ => return None,
    })
}

fn with(mut world: World, act: impl FnOnce(&mut World)) -> World {
    act(&mut world);
    world
}

fn with_wallet(world: World, name: &str) -> World {
    with(world, |world| world.give(name, usdc(1_000)))
}

fn later(world: &mut World, secs: i64) {
    world.warp_secs(secs);
    world.refresh();
}

fn traded() -> World {
    traded_in(vec![MarketSpec::sol(), MarketSpec::btc()])
}

fn traded_in(markets: Vec<MarketSpec>) -> World {
    let mut world = World::with(Setup { params: PARAMS, markets, ..Setup::default() });
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(100), usdc(900));
    world.give("treasurer", usdc(10_000));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    world.run(world.novate("carol", "bob", BTC, 10, usd(60_000)));
    world.run(world.novate("alice", "bob", SOL, LOTS, usd(200)));
    world
}

/// Alice offers 10 lots for a day.
fn offered() -> World {
    with(traded(), |world| {
        let terms = OfferTerms { expires_ts: world.now() + DAY, ..at_print(-10) };
        world.run(world.post_offer("alice", SOL, 1, terms));
    })
}

/// Carol has taken them.
fn taken() -> World {
    with(offered(), |world| drop(world.run(world.take_offer("carol", "alice", 1, 10))))
}

/// Positions pay a premium.
fn insured() -> World {
    traded_in(vec![MarketSpec::sol().adjusted(ADJUSTED), MarketSpec::btc().adjusted(ADJUSTED)])
}

fn at(price: u64) -> World {
    with(traded(), |world| world.set_price(SOL, price))
}

/// Alice has defaulted and the loss is allocated: at 170 she pays for it herself, at 150 survivors do, at 40 all
/// contributions are gone.
fn defaulted(price: u64) -> World {
    let mut world = at(price);
    world.default_member("alice");
    world
}

fn tenth_of_shares(world: &World, name: &str) -> u128 {
    world.member(name).shares.get() / 10
}

/// The first change after two markets.
const QUEUED: u64 = 2;

fn tighter(world: &World) -> ParameterChange {
    let now = world.market(SOL).terms();
    let terms = MarketTerms { max_open_interest: now.max_open_interest / 2, ..now };
    ParameterChange::Market(SOL, MarketChange::between(&now, &terms))
}

fn queued() -> World {
    with(traded(), |world| drop(world.run(world.queue_change(tighter(world)))))
}

fn asked() -> World {
    with(traded(), |world| drop(world.run(world.request_treasury("treasurer", usdc(10)))))
}

fn requested() -> World {
    with(traded(), |world| drop(world.run(world.request_withdrawal("bob", tenth_of_shares(world, "bob")))))
}

/// Layer 5 was not enough, and Carol has taken the house's lots over.
fn unsold() -> World {
    with(defaulted(usd(40)), |world| {
        world.run(world.enforce_call("bob"));
        later(world, 60 * 60 + 1);
        world.run(world.deposit_margin("carol", usdc(1_000)));
        world.run(world.take_over("carol", SOL, LOTS));
    })
}

/// [`unsold`], and one of Alice's lots was in BTC, which has been silent since: its house is waived.
fn beside_a_silent_house() -> World {
    with(traded(), |world| {
        world.run(world.novate("alice", "bob", BTC, 1, usd(60_000)));
        world.set_price(SOL, usd(40));
        world.default_member("alice");
        world.run(world.enforce_call("bob"));
        for _ in 0..62 {
            world.warp_secs(60);
            world.print(SOL, usd(40));
        }
        world.run(world.deposit_margin("carol", usdc(1_000)));
        world.run(world.take_over("carol", SOL, LOTS));
        world.run(world.book_house(BTC));
    })
}

/// What a cover pledges: a quarter of 1,200 is the most of all.
const COVER: u64 = usdc(200);

/// Alice, Bob and Carol have contributed 1,100, and the treasury has 100; nobody trades.
fn coverable() -> World {
    let markets = vec![MarketSpec::sol(), MarketSpec::btc()];
    let mut world = World::with(Setup { params: COVERED, markets, ..Setup::default() });
    world.join("alice", usdc(250), usdc(100));
    world.join("bob", usdc(1_000), usdc(100));
    world.join("carol", usdc(100), usdc(900));
    world.give("treasurer", usdc(10_000));
    world.run(world.fund_treasury("treasurer", usdc(100)));
    world
}

/// A cover for claims is open.
fn covered() -> World {
    with(coverable(), |world| {
        world.covered(COVER);
    })
}

/// It has drawn.
fn drawn() -> World {
    with(covered(), |world| drop(world.run(world.draw_cover(0, usdc(100)))))
}

/// A venue of SOL, which has fallen by almost a third.
fn fallen() -> World {
    with(coverable(), |world| {
        let terms = CoverTerms {
            kind: CoverKind::Venue as u8,
            first_loss_min: COVER / 50,
            period_limit: COVER / 2,
            covered_debt: COVER,
            threshold_bps: 8_500,
            market: SOL,
            ..world.cover_terms(COVER)
        };
        world.cover_with(terms);
        world.set_price(SOL, usd(140));
    })
}

/// Nobody has registered a gain.
fn winding_down() -> World {
    with(unsold(), |world| {
        world.pin_gains();
        world.end_registration();
        world.run(world.cut_gains());
    })
}

/// All marks are final, and Alice is closed out, so that nobody averts it any more.
fn closing() -> World {
    with(winding_down(), |world| {
        world.warp_secs(DAY + 60 * 60);
        world.run(world.fix_final_mark(SOL));
        world.run(world.fix_final_mark(BTC));
        world.run(world.close_out("alice"));
        world.register_all();
    })
}
