//! A contributor's ledger, recomputed by hand from a history of a few lines.

use {
    crate::{
        answers::{get, json, serve},
        log, on_both, open, reports, Node, FUND,
    },
    bulkhead::events::{AssessmentPaid, Contributed, FundCreated, MarginMoved, MemberOpened},
    bulkhead_client::{address::member, Address},
    bulkhead_math::shares::VIRTUAL_SHARES,
    std::sync::Arc,
};

fn key(number: u8) -> Address {
    Address::new_from_array([number; 32])
}

fn contributed(member: Address, amount: u64, shares: u128) -> Vec<String> {
    log(&Contributed { member, amount, shares: shares.into(), released: 0 })
}

/// Alice has all contributions, 1,000, and bob's default takes 5 of them. Then she pays an assessment of 3
/// out of a margin of 10.
#[test]
fn deposits_losses_and_payments_of_a_contributor() {
    on_both(|database| async move {
        let (alice, bob) = (member(&FUND, &key(1)), member(&FUND, &key(2)));
        let none = Address::default();
        let opened = |member| log(&MemberOpened { fund: FUND, member, owner: none });
        let paid =
            AssessmentPaid { fund: FUND, member: alice, amount: 3, residual: 0, accrued: 0, released: 0 };
        let calls = [
            log(&FundCreated { fund: FUND, mint: none, creator: none, authority: none, id: 0 }),
            opened(alice),
            opened(bob),
            contributed(alice, 1_000, 1_000 * VIRTUAL_SHARES),
            log(&MarginMoved { member: alice, amount: 10, margin: 10 }),
            log(&reports::declared(bob)),
            log(&reports::haircut(bob)),
            log(&paid),
        ];
        let node = Node::start();
        node.change(|chain| {
            chain.extend(calls.into_iter().enumerate().map(|(number, logs)| {
                let mut next = crate::transaction(number as u64);
                next.logs = logs;
                next
            }));
        });
        let follower = Arc::new(open(&node, &database).await);
        follower.catch_up().await.unwrap();
        assert_eq!(follower.books.read().await.parted, None);
        let address = serve(&follower).await;
        let ledger = json(&address, &format!("/v1/members/{alice}")).await;
        assert_eq!((&ledger["contributed"], &ledger["assessmentsPaid"]), (&"1000".into(), &"3".into()));
        let [deposit] = ledger["deposits"].as_array().unwrap().as_slice() else { panic!("{ledger}") };
        assert_eq!(
            (&deposit["costOfLeft"], &deposit["worth"], &deposit["profit"]),
            (&"1000".into(), &"995".into(), &"-5".into())
        );
        let [loss] = ledger["losses"].as_array().unwrap().as_slice() else { panic!("{ledger}") };
        assert_eq!((&loss["seq"], &loss["amount"]), (&0.into(), &"5".into()));
        assert_eq!(loss["signature"], crate::signature(6));
        assert_eq!(ledger["now"]["margin"], "7");
        // Bob has contributed nothing, and nobody has heard of a third.
        let ledger = json(&address, &format!("/v1/members/{bob}")).await;
        assert_eq!(
            (ledger["deposits"].as_array().unwrap().len(), &ledger["losses"]),
            (0, &serde_json::json!([]))
        );
        assert_eq!(get(&address, &format!("/v1/members/{}", key(3))).await.0, 404);
    });
}
