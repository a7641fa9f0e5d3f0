//! Bytes that are no update, and updates that cannot be posted.

use {
    base64::{engine::general_purpose::STANDARD, Engine},
    bulkhead_pyth::{
        answer::{self, AnswerError},
        hex,
        instruction::Post,
        receiver::{Config, Receiver},
        route::{post, transaction_bytes, RouteError, Target},
        verify::{verify, VerifyError},
        Update, UpdateError,
    },
    local_hermes::{feed, receiver_config, Guardians},
    proptest::prelude::*,
    serde_json::json,
    solana_address::Address,
    std::sync::LazyLock,
};

const SOL: [u8; 32] = [7; 32];

fn signed(guardians: u8, signers: u8, others: usize) -> Vec<u8> {
    let guardians = Guardians::new(3, guardians);
    guardians.update(
        &[feed(SOL, 14_687_000_000, 9_000_000, -8, 1_790_000_000)],
        others,
        &guardians.first(signers),
    )
}

fn with(at: usize, byte: u8) -> Result<Update, UpdateError> {
    let mut bytes = signed(5, 5, 1);
    bytes[at] = byte;
    Update::parse(&bytes)
}

fn target() -> Post {
    Post {
        receiver: Receiver::Core,
        wormhole: Receiver::Core.wormhole(),
        payer: Address::new_from_array([1; 32]),
        account: Address::new_from_array([2; 32]),
        treasury: 0,
    }
}

#[test]
fn each_mistake_has_a_name() {
    assert_eq!(with(0, b'Q'), Err(UpdateError::WrongMagic));
    assert_eq!(with(4, 2), Err(UpdateError::WrongVersion(2)));
    assert!(with(5, 9).is_ok(), "a higher minor version only adds");
    assert_eq!(with(7, 1), Err(UpdateError::UnknownProof(1)));
    assert_eq!(with(10, 2), Err(UpdateError::WrongVaaVersion(2)));
    let whole = signed(5, 5, 1);
    assert_eq!(Update::parse(&whole[..whole.len() - 1]), Err(UpdateError::TooShort));
    assert_eq!(Update::parse(&[whole, vec![0]].concat()), Err(UpdateError::TooLong));
    assert_eq!(Update::parse(&[]), Err(UpdateError::TooShort));
}

#[test]
fn an_answer_is_read_in_either_encoding() {
    let bytes = signed(5, 5, 1);
    let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    for (encoding, data) in [("base64", STANDARD.encode(&bytes)), ("hex", digits)] {
        let answer = json!({ "binary": { "encoding": encoding, "data": [data] }, "parsed": [{ "id": "x" }] });
        let updates = answer::parse(answer.to_string().as_bytes()).unwrap();
        assert_eq!(updates, [Update::parse(&bytes).unwrap()]);
    }
}

#[test]
fn an_answer_that_is_none_is_named() {
    let parse = |json: serde_json::Value| answer::parse(json.to_string().as_bytes());
    assert!(matches!(answer::parse(b"<html>"), Err(AnswerError::NotJson(_))));
    assert!(matches!(parse(json!({ "binary": 1 })), Err(AnswerError::NotJson(_))));
    let of =
        |encoding: &str, data: &str| parse(json!({ "binary": { "encoding": encoding, "data": [data] } }));
    assert!(matches!(of("base64", "!"), Err(AnswerError::NotEncoded(_))));
    assert!(matches!(of("hex", "0g"), Err(AnswerError::NotEncoded(_))));
    assert!(matches!(of("hex", "ab"), Err(AnswerError::Update(UpdateError::TooShort))));
    assert!(matches!(of("hex", "00000000"), Err(AnswerError::Update(UpdateError::WrongMagic))));
}

/// Three of five signatures are a quorum of Pyth's routers, and fit the instruction.
#[test]
fn a_small_quorum_is_posted_at_once() {
    let update = Update::parse(&signed(5, 5, 4_000)).unwrap();
    let all = post(&target(), Target::Own(target().account), &update, &SOL, 5).unwrap();
    let [atomic] = &all[..] else { panic!("{} instructions", all.len()) };
    assert_eq!(atomic.data[8..12], 292u32.to_le_bytes(), "a VAA of three signatures: 94 + 3 * 66");
    assert!(transaction_bytes(&all, &target().payer) < 1_232);
}

/// Thirteen of nineteen do not fit; their VAA goes through an account of Wormhole's.
#[test]
fn a_large_quorum_goes_through_an_account() {
    let update = Update::parse(&signed(19, 19, 4_000)).unwrap();
    let all = post(&target(), Target::Own(target().account), &update, &SOL, 19).unwrap();
    let wormhole = Receiver::Core.wormhole();
    let programs: Vec<bool> = all.iter().map(|instruction| instruction.program_id == wormhole).collect();
    assert_eq!(programs, [false, true, true, true, true, false, true]);
    let written: usize = all[2..4].iter().map(|write| write.data.len() - 16).sum();
    assert_eq!(written, 94 + 13 * 66);
    for instruction in &all {
        assert!(transaction_bytes(std::slice::from_ref(instruction), &target().payer) < 1_232);
    }
}

/// A sponsored account is written by the push oracle, which takes no VAA in its instruction.
#[test]
fn a_sponsored_account_is_written_by_the_push_oracle() {
    let update = Update::parse(&signed(5, 5, 60)).unwrap();
    let all = post(&target(), Target::Sponsored(4), &update, &SOL, 5).unwrap();
    let push = all.iter().find(|instruction| instruction.program_id == Receiver::Core.push_oracle()).unwrap();
    assert!(push.accounts.iter().any(|meta| meta.pubkey == Receiver::Core.sponsored(4, &SOL)));
}

#[test]
fn an_update_without_a_quorum_or_the_feed_is_refused() {
    let own = Target::Own(target().account);
    let update = Update::parse(&signed(5, 2, 60)).unwrap();
    let refused = post(&target(), own, &update, &SOL, 5);
    assert_eq!(refused, Err(RouteError::TooFewSignatures { has: 2, needs: 3 }));
    let update = Update::parse(&signed(5, 3, 60)).unwrap();
    assert!(post(&target(), own, &update, &SOL, 5).is_ok());
    assert_eq!(post(&target(), own, &update, &[8; 32], 5), Err(RouteError::NoSuchFeed));
    assert_eq!(Receiver::Core.quorum(19), 13);
    assert_eq!(Receiver::Compatible.quorum(19), 10);
}

/// The checks of a receiver, made before anything is sent.
#[test]
fn what_a_receiver_would_refuse_is_refused_before() {
    let config = Config::parse(&receiver_config(Receiver::Core.wormhole().as_array(), 0, 1)).unwrap();
    let keys = Guardians::new(3, 5).addresses();
    let check = |update: &Update| verify(update, Receiver::Core, &config, &keys);
    let good = Update::parse(&signed(5, 5, 60)).unwrap();
    assert_eq!(check(&good), Ok(()));
    assert_eq!(check(&Update::parse(&signed(5, 3, 60)).unwrap()), Ok(()));
    let few = VerifyError::TooFewSignatures { has: 2, needs: 3 };
    assert_eq!(check(&Update::parse(&signed(5, 2, 60)).unwrap()), Err(few));
    let changed = |change: fn(&mut Update)| {
        let mut update = good.clone();
        change(&mut update);
        check(&update)
    };
    let wrong = |number: usize| Err(VerifyError::WrongSignature(number));
    assert_eq!(changed(|it| it.vaa.signatures.swap(0, 1)), wrong(1));
    assert_eq!(changed(|it| it.vaa.signatures[1] = it.vaa.signatures[0]), wrong(1));
    assert_eq!(changed(|it| it.vaa.signatures[2][0] = 9), wrong(2));
    assert_eq!(changed(|it| it.vaa.signatures[2][40] ^= 1), wrong(2));
    assert_eq!(changed(|it| it.vaa.body[60] ^= 1), wrong(0));
    assert_eq!(changed(|it| it.messages[0].bytes[40] ^= 1), Err(VerifyError::WrongProof));
    assert_eq!(changed(|it| it.messages[0].proof[0][0] ^= 1), Err(VerifyError::WrongProof));
    assert_eq!(changed(|it| it.messages[0].proof.truncate(5)), Err(VerifyError::WrongProof));
    let elsewhere = Config { sources: vec![(1, [0; 32])], ..config.clone() };
    assert_eq!(verify(&good, Receiver::Core, &elsewhere, &keys), Err(VerifyError::WrongSource));
}

/// The accounts that Pyth sponsors SOL/USD in, at each receiver.
#[test]
fn sponsored_accounts_are_where_pyth_has_them() {
    let sol: [u8; 32] = [
        0xef, 0x0d, 0x8b, 0x6f, 0xda, 0x2c, 0xeb, 0xa4, 0x1d, 0xa1, 0x5d, 0x40, 0x95, 0xd1, 0xda, 0x39, 0x2a,
        0x0d, 0x2f, 0x8e, 0xd0, 0xc6, 0xc7, 0xbc, 0x0f, 0x4c, 0xfa, 0xc8, 0xc2, 0x80, 0xb5, 0x6d,
    ];
    assert_eq!(Receiver::Core.sponsored(0, &sol).to_string(), "7UVimffxr9ow1uXYxsr4LHAcV58mLzhmwaeKvJ1pjLiE");
    assert_eq!(
        Receiver::Compatible.sponsored(0, &sol).to_string(),
        "7AviUf9nL62mcxNbQGKm4nKDQnPjswo6c5MX4D57HmyE"
    );
    let accounts = Receiver::ALL.map(|receiver| [0, 1].map(|shard| receiver.sponsored(shard, &sol)));
    let mut distinct: Vec<Address> = accounts.into_iter().flatten().collect();
    distinct.dedup();
    assert_eq!(distinct.len(), 4);
    assert_eq!(hex(&sol), "ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d");
    for receiver in Receiver::ALL {
        assert_eq!(Receiver::of(&receiver.program()), Some(receiver));
    }
}

proptest! {
    /// Nothing that a server sends makes the reader panic or read beyond the end.
    #[test]
    fn any_bytes_are_an_update_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Update::parse(&bytes);
        let _ = answer::parse(&bytes);
    }

    /// A byte that is changed or an end that is cut gives an error or another update.
    #[test]
    fn a_damaged_update_is_an_error_or_another(at in 0usize..1_000, bit in 0u8..8, cut in 0usize..1_000) {
        static WHOLE: LazyLock<Vec<u8>> = LazyLock::new(|| signed(5, 5, 60));
        let whole = &*WHOLE;
        let mut bytes = whole.clone();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(update) = Update::parse(&bytes) {
            // The minor version is skipped; every other byte shows.
            prop_assert!(at == 5 || update != Update::parse(whole).unwrap());
        }
        prop_assert!(Update::parse(&whole[..cut % whole.len()]).is_err());
    }
}
