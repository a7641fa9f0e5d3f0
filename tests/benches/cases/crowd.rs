//! Funds of one member, a thousand, and a million beside the defaulter.
//!
//! Not so many accounts, but the state so many would have left: contributions, shares, the vault's balance and the count of
//! members are theirs. One member holds the shares of all, so that every sum over members is what the fund says; the count
//! alone is not the number of accounts, and is written for the measured call only, outside of the world's own checks. Before
//! it the fund has been through a default and a day of rewards, so that no index is zero.

use {
    super::Sheet,
    bulkhead_tests::{bulkhead::state::Fund, params, usd, usdc, Call, World, SOL},
};

/// How many contribute beside the defaulter.
pub const MEMBERS: [u64; 3] = [1, 1_000, 1_000_000];

/// What each of them has contributed.
const EACH: u64 = usdc(20_000);
const LOTS: u64 = 10_000;

pub fn measure(sheet: &mut Sheet) {
    for members in MEMBERS {
        let mut fund = Crowd { world: grown(members), members, sheet };
        fund.run("contribute", |world| world.contribute("survivor", usdc(1_000)));
        fund.run("novate", |world| world.novate("debtor", "survivor", SOL, LOTS, usd(200)));
        fund.world.set_price(SOL, usd(150));
        fund.run("declare_default", |world| world.declare_default("debtor"));
        fund.run("allocate_loss", |world| world.allocate_loss("debtor"));
        fund.run("take_over", |world| world.take_over("survivor", SOL, LOTS));
        if fund.world.fund().residual > 0 {
            fund.run("allocate_residual", |world| world.allocate_residual());
        }
        fund.world.run(fund.world.settle("survivor", SOL));
        fund.run("claim_rewards", |world| world.claim_rewards("survivor"));
        let shares = fund.world.member("survivor").shares.get();
        fund.world.run(fund.world.request_withdrawal("survivor", shares / 3));
        fund.world.warp_secs(params::DAY);
        fund.run("claim_withdrawal", |world| world.claim_withdrawal("survivor"));
    }
}

/// A fund of that many, and where its figures go.
struct Crowd<'a> {
    world: World,
    members: u64,
    sheet: &'a mut Sheet,
}

impl Crowd<'_> {
    /// Measures a call with the count of members in place, then runs it without.
    #[track_caller]
    fn run(&mut self, instruction: &'static str, call: impl Fn(&World) -> Call) {
        let there_are = self.world.fund().members;
        self.count(self.members as u32 + 1);
        let stages = self.sheet.stages.as_ref().expect("funds of many are measured, not profiled");
        let trace = stages.program.run(&self.world, &call(&self.world));
        self.count(there_are);
        let cu =
            trace.unwrap_or_else(|error| panic!("{instruction} with {} members: {error}", self.members)).cu;
        match self.sheet.crowds.iter_mut().find(|(name, _)| *name == instruction) {
            Some((_, figures)) => figures.push(cu),
            None => self.sheet.crowds.push((instruction, vec![cu])),
        }
        self.world.run(call(&self.world));
    }

    fn count(&mut self, members: u32) {
        let at = 8 + std::mem::offset_of!(Fund, members);
        let fund = self.world.here.keys.fund;
        self.world.patch(fund, |fund| fund.data[at..at + 4].copy_from_slice(&members.to_le_bytes()));
    }
}

/// A fund of that many with a past: a default of somebody else, its position sold, and a day since.
fn grown(members: u64) -> World {
    let mut world = World::new();
    world.join("survivor", usdc(100_000), EACH);
    world.crowd("survivor", members - 1, EACH);
    for name in ["early", "debtor"] {
        world.join(name, usdc(2_500), usdc(1_000));
    }
    world.run(world.novate("early", "survivor", SOL, LOTS, usd(200)));
    world.set_price(SOL, usd(150));
    world.default_member("early");
    world.run(world.take_over("survivor", SOL, LOTS));
    if world.fund().residual > 0 {
        world.run(world.allocate_residual());
    }
    world.run(world.settle("survivor", SOL));
    world.warp_secs(params::DAY);
    world.set_price(SOL, usd(200));
    let fund = world.fund();
    assert!(!fund.loss_index.is_zero() && !fund.blocks_exits(world.now()), "a fund with a past, and quiet");
    world
}
