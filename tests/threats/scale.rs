//! P9: the cost of a loss does not depend on how many bear it.

use {crate::common::*, bulkhead_tests::usdc};

/// Compute units of declaring and of allocating a loss in layer 4, with this many contributors of this much each.
fn cost(contributors: u64, each: u64) -> [u64; 2] {
    let joined = contributors.min(20);
    let names: Vec<String> = (0..joined).map(|index| format!("contributor {index}")).collect();
    let contributions: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), each)).collect();
    let mut world = precise(&contributions);
    if contributors > joined {
        world.crowd(&names[0], contributors - joined, each);
    }
    assert_eq!(world.fund().contributions, each * contributors);
    insolvent(&mut world, usdc(1_234));
    let declared = world.run(world.declare_default(DEBTOR)).cu;
    let allocated = world.run(world.allocate_loss(DEBTOR)).cu;
    assert_eq!(world.default_record(0).from_survivors, usdc(1_234));
    assert_eq!(world.fund().contributions, each * contributors - usdc(1_234));
    println!("{contributors} contributors of {each}: {declared} CU to declare, {allocated} CU to allocate");
    [declared, allocated]
}

/// By how much costs differ, in percent of the least, rounded up.
fn spread(costs: &[[u64; 2]], which: usize) -> u64 {
    let all = || costs.iter().map(|cost| cost[which]);
    let (least, most) = (all().min().expect("some"), all().max().expect("some"));
    ((most - least) * 100).div_ceil(least)
}

/// A thousand million dollars, contributed by 2, by 20, and by a million members.
#[test]
fn p9_the_cost_of_a_loss_does_not_depend_on_the_number_of_members() {
    let costs = [2, 20, 1_000_000].map(|contributors| cost(contributors, usdc(1_000_000_000) / contributors));
    for which in [0, 1] {
        assert!(spread(&costs, which) < 1, "{costs:?}");
    }
}

/// Nor does it grow with their money, but for the steps that numbers of more than a word take: an eighth at most.
#[test]
fn p9_nor_on_how_much_there_is() {
    let costs = [(2, 1_000), (20, 1_000), (1_000_000, 1_000), (1_000_000, 1_000_000)]
        .map(|(contributors, each)| cost(contributors, usdc(each)));
    for which in [0, 1] {
        assert!(spread(&costs, which) <= 12, "{costs:?}");
    }
}
