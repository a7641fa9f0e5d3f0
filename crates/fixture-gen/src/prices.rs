//! Fixtures of price updates and of the instructions that post them.

use {
    crate::{client::describe, number},
    base64::{engine::general_purpose::STANDARD, Engine as _},
    bulkhead_client::Address,
    bulkhead_pyth::{
        hex,
        instruction::Post,
        route::{post, Target},
        Receiver, Update,
    },
    local_hermes::{feed, Guardians},
    serde_json::{json, Value},
};

const FEED: [u8; 32] = [7; 32];
const OTHER: [u8; 32] = [9; 32];
/// Leaves of the tree beside the two feeds.
const OTHERS: usize = 500;

/// Updates of two feeds, signed by sets of these sizes, and posts of the second feed: wallet 2 pays,
/// account 4 is its own, the sponsored account is of shard 258.
pub fn prices() -> Value {
    let each = |receiver: Receiver, guardians: u8| {
        let set = Guardians::new(3, guardians);
        let feeds = [feed(OTHER, 5, 6, -5, 1_790_000_000), feed(FEED, -14_687, u64::MAX, -8, 1_790_000_001)];
        let bytes = set.update(&feeds, OTHERS, &set.first(guardians));
        let update = Update::parse(&bytes).expect("an update");
        let (payer, account) = (Address::new_from_array([2; 32]), Address::new_from_array([4; 32]));
        let desk = Post { receiver, wormhole: receiver.wormhole(), payer, account, treasury: 200 };
        let posted = |target: Target| {
            let count = usize::from(guardians);
            describe(&post(&desk, target, &update, &FEED, count).expect("it can be posted"))
        };
        json!({
            "receiver": if receiver == Receiver::Core { "core" } else { "compatible" },
            "wormhole": receiver.wormhole().to_string(),
            "guardians": guardians,
            "update": STANDARD.encode(&bytes),
            "own": posted(Target::Own(account)),
            "sponsored": posted(Target::Sponsored(258)),
            "sponsoredAccount": receiver.sponsored(258, &FEED).to_string(),
            "reclaim": describe(&[desk.reclaim_rent()]),
        })
    };
    let price = feed(FEED, -14_687, u64::MAX, -8, 1_790_000_001);
    json!({
        "feed": hex(&FEED),
        "price": {
            "price": number(price.price), "confidence": number(price.conf), "exponent": price.exponent,
            "publishTs": number(price.publish_time), "previousPublishTs": number(price.prev_publish_time),
        },
        "posts": [each(Receiver::Core, 5), each(Receiver::Core, 19), each(Receiver::Compatible, 5)],
    })
}
