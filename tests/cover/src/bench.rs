//! Compute units of each instruction of the second program, and its size: `cargo xtask bench`
//! writes them into `tests/cover/cu.md`.

use {
    anyhow::{ensure, Context, Result},
    bulkhead_client::{
        claims::{self, constants::PAGE_CLAIMS, Claim},
        policies::{self, BookKeys},
    },
    bulkhead_cover_tests::{
        built, key,
        policies::{Provider, HOUR, PRICE, TERMS},
        usdc, with_keys, World, DAY, PANEL,
    },
    clap::Parser,
    solana_signer::Signer,
    std::{fmt::Write as _, fs, path::Path},
};

/// Measures the program of claims and policies.
#[derive(Parser)]
struct Args {
    /// Write nothing; fail if what is committed is not what is measured now
    #[arg(long)]
    check: bool,
}

const FILE: &str = "cu.md";

fn main() -> Result<()> {
    let text = table(&measure(), fs::metadata(built("bulkhead_cover"))?.len())?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if !Args::parse().check {
        return Ok(fs::write(path, text)?);
    }
    let committed = fs::read_to_string(&path).with_context(|| format!("no {}", path.display()))?;
    ensure!(committed == text, "measurements differ from the committed ones:\n{text}");
    Ok(())
}

fn table(figures: &[(String, u64)], bytes: u64) -> Result<String> {
    let mut text = String::from(
        "# Compute units of claims and policies\n\nMeasured by `cargo xtask bench` in the SVM, with everything that an \
         instruction calls.\n\n\
         | instruction | compute units |\n| --- | ---: |\n",
    );
    for (name, units) in figures {
        writeln!(text, "| {name} | {} |", thousands(*units))?;
    }
    writeln!(text, "\nThe program has {} bytes.", thousands(bytes))?;
    Ok(text)
}

fn thousands(number: u64) -> String {
    match number / 1_000 {
        0 => number.to_string(),
        rest => format!("{},{:03}", thousands(rest), number % 1_000),
    }
}

fn measure() -> Vec<(String, u64)> {
    let mut figures = Vec::new();
    let mut note = |name: &str, units: u64| figures.push((name.to_owned(), units));

    let mut world = World::without_cover();
    let terms = with_keys(PANEL);
    let create = claims::create_panel(&world.panel, 0, key("creator"), world.payer.pubkey(), terms);
    note("create_panel", world.run(create, &["creator"]));

    let mut world = World::new();
    let alert = world.alert();
    note("alert_loss", world.run(alert, &["issuer"]));
    world.claims = World::standard_claims();
    note("post_root", world.run(world.post(), &["issuer"]));
    note("veto_root", world.run(world.veto(), &["guardian"]));
    world.claims.pop();
    world.run(world.post(), &["issuer"]);
    note("vote_root", world.run(world.vote("key 0", true), &["key 0"]));
    world.run(world.vote("key 1", true), &["key 1"]);
    note("vote_root, the quorum", world.run(world.vote("key 2", true), &["key 2"]));
    world.warp(DAY);
    note("decide_loss, approved", world.run(world.decide(), &[]));
    world.warp(60 * 60);
    world.run(world.settle(), &[]);
    note("open_claims", world.run(world.open_claims(), &[]));
    note("open_page", world.run(world.open_page(0), &[]));
    let issuer = world.give("issuer", 0);
    note("settle_bond, returned", world.run(world.settle_bond(issuer), &[]));
    world.warp(90 * DAY);
    note("expire_loss", world.run(world.expire(), &[]));
    let (loss, payer) = (world.loss_address(), world.payer.pubkey());
    note("close_page", world.run(claims::close_page(loss, 0, payer), &[]));
    note("close_loss", world.run(claims::close_loss(loss, payer), &[]));

    let mut world = World::new();
    world.alerted();
    world.warp(3 * DAY);
    note("decide_loss, rejected", world.run(world.decide(), &[]));
    let issuer = world.give("issuer", 0);
    note("settle_bond, forfeited", world.run(world.settle_bond(issuer), &[]));

    for depth in [0, 1, 8, 16] {
        let (first, last) = claims_at(depth);
        note(&format!("claim_cover, depth {depth}, first leaf"), first);
        note(&format!("claim_cover, depth {depth}, last leaf"), last);
    }
    note("push_claim, depth 16", pushed());
    policies(&mut note);
    figures
}

/// A policy from its book to the end, beside another one of its day.
fn policies(note: &mut impl FnMut(&str, u64)) {
    let mut world = Provider::new();
    let payer = world.payer.pubkey();
    let second = BookKeys { book: policies::book(&key("creator"), 1), ..world.keys };
    let create = policies::create_book(&second, 1, key("creator"), payer, TERMS);
    note("create_book", world.run(create, &["creator"]));
    let day = policies::expiry_day(world.now(), 10);
    note("open_expiry", world.run(policies::open_expiry(&world.keys, day, payer), &[]));
    world.days.push(day);
    let buy = world.purchase("lp", usdc(5_000), 10);
    note("buy_policy", world.run(buy, &["lp"]));
    let calm = world.buy("other", usdc(10), 10);
    let today = world.today();
    world.warp(HOUR);
    world.crank();
    note("note_price", world.note());
    world.pass_until(today + 2);
    note("start_policy", world.run(world.start(0), &[]));
    world.expired_at(0, 4 * PRICE);
    note("settle_expiry", world.run(world.settle_expiry(day), &[]));
    world.warp(10 * 60);
    world.run(world.settle(), &[]);
    note("open_payouts", world.run(world.open_payouts(day), &[]));
    note("claim_policy", world.run(world.claim_policy(0), &["lp"]));
    note("close_policy", world.run(world.close_policy(calm), &[]));
    note("end_payouts", world.run(policies::end_payouts(&world.keys, day), &[]));
    note("close_expiry", world.run(policies::close_expiry(&world.keys, day, payer), &[]));
}

/// A loss whose tree has every place of this depth taken, with claims open on the first and the
/// last page.
fn crowd(depth: u32) -> World {
    let mut world = World::new();
    world.alerted();
    let leaves = 1_u32 << depth;
    let claim = |index: u32| {
        let mut claimant = [3; 32];
        claimant[..4].copy_from_slice(&index.to_le_bytes());
        Claim { claimant, amount: 400_000_000 / u64::from(leaves) }
    };
    world.claims = (0..leaves).map(claim).collect();
    let last = leaves as usize - 1;
    world.claims[last].claimant = key("victim 1").to_bytes();
    world.claims[0].claimant = key("victim 0").to_bytes();
    world.run(world.post(), &["issuer"]);
    for voter in ["key 0", "key 1", "key 2"] {
        world.run(world.vote(voter, true), &[voter]);
    }
    world.warp(DAY);
    world.run(world.decide(), &[]);
    world.settled_and_open();
    if last as u32 >= PAGE_CLAIMS {
        world.run(world.open_page(claims::page_number(last as u32)), &[]);
    }
    for name in ["victim 0", "victim 1"] {
        world.give(name, 0);
    }
    world
}

fn claims_at(depth: u32) -> (u64, u64) {
    let mut world = crowd(depth);
    let last = (1_u32 << depth) - 1;
    let mut other = crowd(depth);
    let name = if last == 0 { "victim 0" } else { "victim 1" };
    (world.run(world.claim(0), &["victim 0"]), other.run(other.claim(last), &[name]))
}

fn pushed() -> u64 {
    let mut world = crowd(16);
    world.run(world.push(65_535), &[])
}
