use {
    crate::common::*,
    bulkhead_tests::{event, usd, usdc, SOL},
};

#[test]
fn smoke() {
    let mut world = allocated();
    let meta = world.run(world.settle("bob", SOL));
    assert_eq!(event!(meta, Settled).paid, 500_000_000);
    println!("{} {:?} {}", meta.cu, meta.event_names(), usd(1) + usdc(1));
}
