//! Worlds and steps that the attacks share.

use {
    bulkhead::state::{DefaultRecord, FundChange, FundParams, Member, ParameterChange},
    bulkhead_client::instruction,
    bulkhead_math::units::Bps,
    bulkhead_tests::{
        address, contribution,
        params::{FUND, RECEIVERS},
        pyth::PriceUpdate,
        usd, usdc, Call, MarketSpec, World, SOL,
    },
};

/// So many lots of the SOL market that one step of the price is one base unit: losses can be had to the unit.
pub const UNIT_LOTS: u64 = 10_000;

/// Always loses.
pub const DEBTOR: &str = "debtor";
/// Always wins.
pub const CREDITOR: &str = "creditor";

/// Margin of both: above the stress loss of 30% of 20,000, so that no cover limit stops them.
pub const STAKE: u64 = usdc(7_000);

/// Parameters under which nothing but a loss moves money: no fee, no required contribution.
pub const PRECISE: FundParams =
    FundParams { min_contribution: 0, clearing_fee_bps: 0, exit_delay_slots: 0, ..FUND };

/// The SOL market without a contribution requirement. Its stress loss is 30%: a move of 23.8%, and a
/// sale at 5% after it.
pub fn free_market() -> MarketSpec {
    let mut spec = MarketSpec::sol();
    spec.params.terms.rates.contribution_bps = 0;
    spec.params.terms.rates.stress_bps = 2_380;
    spec
}

/// A fund with these contributors, and the two that trade without contributing.
pub fn precise(contributors: &[(&str, u64)]) -> World {
    precise_with(PRECISE, contributors)
}

/// The same with other parameters.
pub fn precise_with(params: FundParams, contributors: &[(&str, u64)]) -> World {
    let mut world = World::with_market(params, free_market());
    for (name, amount) in contributors {
        world.join(name, 0, *amount);
    }
    world.join(CREDITOR, STAKE, 0);
    world.join(DEBTOR, 0, 0);
    world
}

/// A world with this one market.
pub trait WithMarket {
    fn with_market(params: FundParams, market: MarketSpec) -> World;
}

impl WithMarket for World {
    fn with_market(params: FundParams, market: MarketSpec) -> World {
        World::with(bulkhead_tests::world::Setup { params, markets: vec![market], ..Default::default() })
    }
}

/// Money that the treasury has for the time of a trade.
const LENT: u64 = usdc(1_000_000);

/// A trade in the SOL market of a fund that is too small for it: the treasury has enough for the
/// crowding limit, and then not any more. So small is a fund that a loss reaches every layer of.
pub fn trade(world: &mut World, buyer: &str, seller: &str, lots: u64, price: u64) {
    trade_in(world, SOL, buyer, seller, lots, price);
}

/// A SOL and a BTC market that ask for no contribution, with a stress loss of 30%.
pub fn two_markets(params: FundParams) -> World {
    let mut btc = MarketSpec::btc();
    (btc.params.terms.rates.contribution_bps, btc.params.terms.rates.stress_bps) = (0, 2_380);
    World::with(bulkhead_tests::world::Setup {
        params,
        markets: vec![free_market(), btc],
        ..Default::default()
    })
}

/// A trade for which the fund is large enough only for its moment, as [`trade`].
pub fn trade_in(world: &mut World, market: u16, buyer: &str, seller: &str, lots: u64, price: u64) {
    world.give("lender", LENT);
    world.run(world.fund_treasury("lender", LENT));
    world.run(world.novate(buyer, seller, market, lots, price));
    let left = world.fund().treasury - LENT;
    world.set_treasury(left);
}

/// The debtor owes `shortfall` base units beyond its margin: declarable, not declared.
pub fn insolvent(world: &mut World, shortfall: u64) {
    let missing = STAKE - world.member(DEBTOR).margin;
    if missing > 0 {
        world.run(world.deposit_margin(DEBTOR, missing));
    }
    trade(world, CREDITOR, DEBTOR, UNIT_LOTS, usd(200));
    world.set_price(SOL, usd(200) + world.member(DEBTOR).margin + shortfall);
}

/// Back to quiet: the creditor closes against the house at the mark, draws its gain, and the price is what it was.
pub fn unwind(world: &mut World) {
    world.run(world.take_over(CREDITOR, SOL, UNIT_LOTS));
    world.run(world.settle(CREDITOR, SOL));
    world.set_price(SOL, usd(200));
}

/// The debtor defaults with this shortfall, the loss is allocated, the house sold at the mark.
pub fn lose(world: &mut World, shortfall: u64) -> DefaultRecord {
    insolvent(world, shortfall);
    let seq = world.default_member(DEBTOR);
    unwind(world);
    world.default_record(seq)
}

/// What a member's shares are worth.
pub fn worth(world: &World, name: &str) -> u64 {
    contribution(&world.fund(), &world.member(name)).expect("shares have a value")
}

/// Asks for all shares back.
pub fn request_all(world: &mut World, name: &str) {
    let shares = world.member(name).shares.get();
    world.run(world.request_withdrawal(name, shares));
}

/// What `act` brings the wallet of a name; negative when it costs.
pub fn paid(world: &mut World, name: &str, act: impl FnOnce(&mut World)) -> i64 {
    let before = world.purse(name) as i64;
    act(world);
    world.purse(name) as i64 - before
}

/// Claims a due withdrawal; what it paid.
pub fn claim(world: &mut World, name: &str) -> u64 {
    paid(world, name, |world| drop(world.run(world.claim_withdrawal(name)))) as u64
}

/// What a name gets of what has come back.
pub fn got(world: &mut World, name: &str) -> u64 {
    let _ = world.attempt(world.settle_epoch(name));
    paid(world, name, |world| drop(world.attempt(world.claim_recovery(name)))) as u64
}

/// The authority queues a change; its number.
pub fn queued(world: &mut World, change: ParameterChange) -> u64 {
    let number = world.fund().governance_nonce;
    world.run(world.queue_change(change));
    number
}

/// A change of the fund's parameters.
pub fn of_the_fund(from: FundParams, change: impl FnOnce(&mut FundParams)) -> ParameterChange {
    let mut to = from;
    change(&mut to);
    ParameterChange::Fund(FundChange::between(&from, &to))
}

/// Margins of these members.
pub fn margins(world: &World, names: &[&str]) -> Vec<u64> {
    names.iter().map(|name| world.member(name).margin).collect()
}

/// Another update of the market's feed, in an account of the attacker's: the crank that takes it.
pub fn second_price(world: &mut World, price: u64, published_ago: i64) -> Call {
    let account = address(&format!("update of {published_ago} seconds ago"));
    let now = world.now();
    let update =
        PriceUpdate { price: price as i64, publish_ts: now - published_ago, ..world.price_update(SOL) };
    world.put(account, update.account(&account, RECEIVERS[0]));
    Call::new(instruction::crank_market(&world.here.keys, SOL, account), [])
}

/// Every member meets what a trade that adds risk would ask of it.
#[track_caller]
pub fn assert_everyone_is_covered(world: &World) {
    let fund = world.fund();
    for (address, member) in world.all::<Member>() {
        let risk = world.markets_now().risk(&member);
        let contribution = contribution(&fund, &member).expect("shares have a value");
        let mutual = fund.mutual_resources(contribution).expect("mutual resources fit");
        let limit = Bps(fund.params.cover_limit_bps);
        assert!(risk.meets_initial(member.margin).expect("fits"), "{address} is below initial margin");
        let discount = fund.params.auction().max_discount;
        let within = risk.within_cover_limit(member.margin, discount, limit, mutual);
        assert!(within.expect("fits"), "{address} endangers too much");
        if member.has_positions() {
            let required = risk.required_contribution(fund.params.min_contribution);
            assert!(contribution >= required, "{address} has contributed {contribution} of {required}");
        }
    }
}
