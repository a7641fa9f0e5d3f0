//! Fixtures of price updates and of the instructions that post them.

use {
    crate::{client::describe, number},
    base64::{engine::general_purpose::STANDARD, Engine as _},
    bulkhead_client::{
        instruction::{open_pro_price, post_pro_price, PRO_MESSAGE_AT},
        state::ProPrice,
        Address,
    },
    bulkhead_pyth::{
        hex,
        instruction::Post,
        pro::{payload, Property, Signed, Storage},
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
        "pro": pro(),
    })
}

/// A message of Pyth Pro, what the contract's account says, and posts of the message: as the first
/// instructions of a transaction, and behind two others. Wallet 2 pays.
fn pro() -> Value {
    let (feed, channel, payer) = (70_000, 3, Address::new_from_array([2; 32]));
    let [signer, other, treasury] = [5, 6, 7].map(|byte| Address::new_from_array([byte; 32]));
    let properties = vec![Property::Price(14_687), Property::Confidence(3), Property::Exponent(-8)];
    let payload = payload(1_790_000_000_200_000, channel, &[(feed, properties)]);
    let signed = Signed::new(&payload, &signer, &[8; 64]).expect("a short payload");
    let storage = Storage { treasury, fee: 9, signers: vec![(other, 1), (signer, i64::MAX)] };
    let posted = |at: u16| {
        let post = post_pro_price(payer, (feed, channel), treasury, at, signed.bytes());
        describe(&[signed.check(at + 1, PRO_MESSAGE_AT), post])
    };
    json!({
        "feed": feed,
        "channel": channel,
        "feedId": hex(&ProPrice::feed_id(feed, channel)),
        "message": STANDARD.encode(signed.bytes()),
        "signer": signer.to_string(),
        "storage": STANDARD.encode(storage.account()),
        "treasury": treasury.to_string(),
        "fee": number(storage.fee),
        "open": describe(&[open_pro_price(payer, feed, channel)]),
        "first": posted(0),
        "later": posted(2),
    })
}
