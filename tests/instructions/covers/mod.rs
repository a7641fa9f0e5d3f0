//! Covers: losses of other protocols, which a part of the fund is pledged to.

mod accounts;
mod draws;
mod pool;
mod premium;
mod registration;
mod settlement;
mod venue;

use {
    crate::common::*,
    bulkhead_tests::{
        bulkhead::{constants::SETTLE_SLOTS, state::FundParams},
        params, usdc,
        world::Setup,
        World,
    },
};

/// The members of [`contributors`] in a fund that may have covers: 4,100 of contributions and 100 of treasury, of which a
/// quarter is 1,050.
pub fn coverable() -> World {
    coverable_with(params::COVERED)
}

/// The same with these parameters.
pub fn coverable_with(params: FundParams) -> World {
    let mut world = World::with(Setup { params, ..Setup::default() });
    contributors(&mut world, usdc(1_000));
    world.give("giver", usdc(10_000));
    world
}

/// [`coverable`] with cover 0: a limit of 1,000, 10 of first loss and 50 of premium in advance.
pub fn covered() -> World {
    covered_with(params::COVERED)
}

/// The same with these parameters of the fund.
pub fn covered_with(params: FundParams) -> World {
    let mut world = coverable_with(params);
    world.covered(usdc(1_000));
    world
}

/// [`covered`] after a draw of 410: 10 are paid by the first loss, and 360 are owed.
pub fn drawn() -> World {
    let mut world = covered();
    world.run(world.draw_cover(0, usdc(410)));
    world
}

/// Lets the draws become old enough to be settled.
pub fn ripen(world: &mut World) {
    world.warp_slots(SETTLE_SLOTS);
    world.refresh();
}
