//! Scenes of the second program: for each instruction a world in which it succeeds, and a second one
//! where money goes another way.
//!
//! Claims: the cover pays 1,000 at most, "issuer" has reported a loss of 400, and five victims have
//! claims. Policies: "lp" has one on 5,000, and the price has quadrupled when it expires.

use {
    crate::Scene,
    bulkhead_cover_tests::{
        key,
        policies::{Provider, HOUR, PRICE, TERMS},
        usdc, with_keys, World, DAY, PANEL,
    },
    bulkhead_tests::{
        bulkhead_client::{
            claims,
            policies::{self, BookKeys},
        },
        Instruction, Signer,
    },
};

/// Second scenes of instructions.
pub const MORE: &[&str] = &["settle_bond, forfeited", "settle_expiry, nothing due"];

/// The scene of this name.
pub fn scene(name: &str) -> Option<Scene> {
    if let Some((world, good)) = of_claims(name) {
        return Some((Box::new(world), good));
    }
    let (world, good) = of_policies(name)?;
    Some((Box::new(world), good))
}

fn of_claims(name: &str) -> Option<(World, Instruction)> {
    let mut world = if name == "create_panel" { World::without_cover() } else { World::new() };
    let payer = world.payer.pubkey();
    let good = match name {
        "create_panel" => claims::create_panel(&world.panel, 0, key("creator"), payer, with_keys(PANEL)),
        "alert_loss" => world.alert(),
        "post_root" => {
            world.alerted();
            world.post()
        }
        "vote_root" => {
            world.posted();
            for voter in ["key 0", "key 1"] {
                world.run(world.vote(voter, true), &[voter]);
            }
            world.vote("key 2", true) // it makes the quorum, and holds exits
        }
        "veto_root" => {
            world.posted();
            world.veto()
        }
        "decide_loss" => {
            world.approved();
            world.warp(DAY);
            world.decide()
        }
        "settle_bond" => {
            world.claims_open();
            let issuer = world.give("issuer", 0);
            world.settle_bond(issuer)
        }
        "settle_bond, forfeited" => rejected(&mut world),
        "close_loss" => {
            let settle = rejected(&mut world);
            world.run(settle, &[]);
            claims::close_loss(world.loss_address(), payer)
        }
        "open_claims" => {
            settled(&mut world);
            world.open_claims()
        }
        "open_page" => {
            settled(&mut world);
            world.run(world.open_claims(), &[]);
            world.open_page(0)
        }
        "claim_cover" => {
            world.claims_open();
            world.claim(0)
        }
        "push_claim" => {
            world.claims_open();
            world.push(0)
        }
        "expire_loss" => over(&mut world),
        "close_page" => {
            let expire = over(&mut world);
            world.run(expire, &[]);
            claims::close_page(world.loss_address(), 0, payer)
        }
        _ => return None,
    };
    Some((world, good))
}

/// Nobody has posted a root in time: the bond is the contributors'.
fn rejected(world: &mut World) -> Instruction {
    world.alerted();
    world.warp(3 * DAY);
    world.run(world.decide(), &[]);
    let issuer = world.give("issuer", 0);
    world.settle_bond(issuer)
}

/// The fund has paid what it owed for a decided loss.
fn settled(world: &mut World) {
    world.decided();
    world.warp(60 * 60);
    world.run(world.settle(), &[]);
}

/// One of five victims has claimed, and the time is over.
fn over(world: &mut World) -> Instruction {
    world.claims_open();
    world.run(world.claim(1), &["victim 1"]);
    world.warp(90 * DAY);
    world.expire()
}

fn of_policies(name: &str) -> Option<(Provider, Instruction)> {
    let mut world = Provider::new();
    let (keys, payer) = (world.keys, world.payer.pubkey());
    let good = match name {
        "create_book" => {
            let second = BookKeys { book: policies::book(&key("creator"), 1), ..keys };
            policies::create_book(&second, 1, key("creator"), payer, TERMS)
        }
        "note_price" => {
            world.warp(HOUR);
            world.crank();
            policies::note_price(&keys)
        }
        "open_expiry" => policies::open_expiry(&keys, policies::expiry_day(world.now(), 10), payer),
        "buy_policy" => world.purchase("lp", usdc(5_000), 10),
        "start_policy" => {
            let number = world.buy("lp", usdc(5_000), 10);
            let today = world.today();
            world.pass_until(today + 2);
            world.start(number)
        }
        "settle_expiry" => {
            let (_, day) = expired(&mut world, 4 * PRICE);
            world.settle_expiry(day)
        }
        "settle_expiry, nothing due" => {
            let (_, day) = expired(&mut world, PRICE);
            world.settle_expiry(day)
        }
        "open_payouts" => {
            let (_, day) = expired(&mut world, 4 * PRICE);
            world.run(world.settle_expiry(day), &[]);
            world.warp(10 * 60);
            world.run(world.settle(), &[]);
            world.open_payouts(day)
        }
        "claim_policy" => {
            let (number, _) = paid_out(&mut world, 4 * PRICE);
            world.claim_policy(number)
        }
        "close_policy" => {
            let (number, _) = paid_out(&mut world, PRICE);
            world.close_policy(number)
        }
        "end_payouts" => {
            let (_, day) = paid_out(&mut world, 4 * PRICE);
            world.warp(90 * DAY);
            policies::end_payouts(&keys, day)
        }
        "close_expiry" => {
            let (number, day) = paid_out(&mut world, 4 * PRICE);
            world.run(world.claim_policy(number), &["lp"]);
            world.run(policies::end_payouts(&keys, day), &[]);
            policies::close_expiry(&keys, day, payer)
        }
        _ => return None,
    };
    Some((world, good))
}

/// A policy whose day of exit is over, at this price. Returns its number and its day.
fn expired(world: &mut Provider, price: u64) -> (u64, u32) {
    let number = world.insured();
    let day = world.policy(number).expiry_day;
    world.expired_at(number, price);
    (number, day)
}

/// Payouts of its day are open.
fn paid_out(world: &mut Provider, price: u64) -> (u64, u32) {
    let (number, day) = expired(world, price);
    world.paid_out(day);
    (number, day)
}
