//! `post-price`: a price from Hermes becomes the mark in one transaction, through a stand-in of
//! Pyth's receiver that checks signatures and proofs; or a signed message, through one of Pyth Pro's
//! contract.

use {
    crate::rig::{with_rig, Rig},
    bulkhead_client::{account::decode, address, state::Offer},
    bulkhead_localnet::population::Kind,
    bulkhead_pyth::{
        pro::{payload, Property, Signed, Storage, CONTRACT, STORAGE},
        receiver::guardian_set,
        Receiver,
    },
    local_hermes::{feed, receiver_config, Guardians, Mood, Server},
    solana_keypair::Keypair,
    solana_signer::Signer,
};

const KEY: &str = env!("CARGO_PKG_NAME");

/// The receiver that the markets accept, with its guardians.
fn deploy_receiver(rig: &Rig, guardians: &Guardians) {
    let (validator, receiver) = (&rig.world.validator, Receiver::Core);
    for program in [receiver.program(), receiver.wormhole()] {
        validator.deploy_at(program, "sbf_receiver.so").unwrap();
    }
    let config = receiver_config(receiver.wormhole().as_array(), 0, 1);
    validator.set_account(&receiver.config(), &receiver.program(), &config).unwrap();
    let set = guardian_set(&receiver.wormhole(), 3);
    validator.set_account(&set, &receiver.wormhole(), &guardians.account()).unwrap();
}

#[test]
fn a_price_of_hermes_becomes_the_mark() {
    with_rig(|rig| {
        let guardians = Guardians::new(3, 5);
        let hermes = Server::start(guardians.clone(), KEY);
        // The key is in a variable that cargo sets for this test, and that the binary inherits.
        let post = |variable: &'static str| {
            ["post-price", "BTC", "--hermes", hermes.url.as_str(), "--api-key-variable", variable]
        };
        rig.fails(&post("CARGO_PKG_NAME"), 1, "no receiver that the market accepts is configured");

        deploy_receiver(rig, &guardians);

        let market = rig.book().markets[0];
        let exponent = -i32::from(market.oracle.feed_decimals);
        let price = market.mark.price as i64 * 101 / 100;
        let publish = || {
            let confidence = (price / 2_000).unsigned_abs();
            hermes.set(feed(market.oracle.feed_id, price, confidence, exponent, rig.now() + 1));
        };
        rig.fails(&post("NO_SUCH_VARIABLE"), 1, "NO_SUCH_VARIABLE with Hermes' API key is not set");
        rig.fails(&post("CARGO_MANIFEST_DIR"), 1, "Hermes refuses the API key");
        rig.fails(&post("CARGO_PKG_NAME"), 1, "Hermes does not know one of the feeds");
        publish();
        for (mood, says) in [
            (Mood::Broken, "Hermes answers 500"),
            (Mood::Rubbish, "the answer is not Hermes' JSON"),
            (Mood::BadUpdate, "the update ends too soon"),
            (Mood::WrongProof, "a message's proof does not lead to the signed root"),
            (Mood::WrongSigners, "signature 0 is not that of a guardian"),
            (Mood::TooFewSigners, "2 signatures, and a full verification needs 3"),
        ] {
            hermes.mood(mood);
            rig.fails(&post("CARGO_PKG_NAME"), 1, says);
        }
        hermes.mood(Mood::Fair);
        rig.fails(
            &[&post("CARGO_PKG_NAME")[..], &["--print-instruction"]].concat(),
            1,
            "a posted price is old before others have signed",
        );
        publish();
        rig.json(&[&post("CARGO_PKG_NAME")[..], &["--dry-run"]].concat(), 0);
        publish();
        let cranked = rig.does(&post("CARGO_PKG_NAME"), "Cranked");
        assert_eq!(cranked["price"], price.to_string());
        assert_eq!(rig.world.book().unwrap().markets[0].mark.price as i64, price);
    });
}

/// The oracle's account shows a later print. Anybody who has a Hermes fills all the same.
#[test]
fn a_taking_is_filled_at_a_print_of_hermes() {
    with_rig(|rig| {
        let guardians = Guardians::new(3, 5);
        let hermes = Server::start(guardians.clone(), KEY);
        deploy_receiver(rig, &guardians);

        let mut free = rig.world.wallets.iter().filter(|wallet| wallet.kind == Kind::Keeper);
        let [maker, taker] = ["maker", "taker"].map(|name| rig.key_file(name, &free.next().unwrap().key));
        let post = ["offer", "post", "sell", "BTC", "2", "--keypair", &maker];
        let offer = rig.does(&post, "OfferPosted")["offer"].as_str().unwrap().to_owned();
        let market = rig.book().markets[0];
        let (exponent, price) = (-i32::from(market.oracle.feed_decimals), market.mark.price as i64);
        // Takes a lot, and gives Hermes the prints of these seconds after it, and no others.
        let take = |prints: &[i64]| {
            rig.does(&["offer", "take", &offer, "1", "--keypair", &taker], "OfferTaken");
            let account = rig.world.chain.data(&offer.parse().unwrap()).unwrap();
            let ts = decode::<Offer>(&account).unwrap().taking.ts;
            hermes.clear();
            for secs in prints {
                hermes.set(feed(market.oracle.feed_id, price + secs, 1, exponent, ts + secs));
            }
        };
        let fill = |variable: &'static str| {
            let url = hermes.url.as_str();
            ["offer", "fill", offer.as_str(), "--hermes", url, "--api-key-variable", variable]
        };
        take(&[1, 2, 3]);
        let filled = rig.does(&fill("CARGO_PKG_NAME"), "OfferFilled");
        assert_eq!(filled["print"], (price + 1).to_string());

        take(&[2, 3]);
        rig.fails(&fill("NO_SUCH_VARIABLE"), 1, "NO_SUCH_VARIABLE with Hermes' API key is not set");
        rig.fails(&fill("CARGO_PKG_NAME"), 1, "Hermes does not have the first print after the taking");
        hermes.clear();
        rig.fails(&fill("CARGO_PKG_NAME"), 1, "Hermes does not have the print of that second");
    });
}

/// The feed and the channel of a market of Pyth Pro.
const FEED: u32 = 1;
const CHANNEL: u8 = 3;

/// Lets the bitcoin market's price come from Pyth Pro, by a change whose time has come.
fn change_oracle(rig: &Rig) {
    let authority = rig.authority(0);
    let signed = ["--keypair", authority.as_str(), "--yes"];
    let feed_id = format!("feed_id=0100000003{}", "00".repeat(27));
    let account = format!("account={}", address::pro_price(FEED, CHANNEL));
    let oracle = ["governance", "queue-change", "oracle", "BTC", "kind=pro", &feed_id];
    let wrong = format!("account={}", Keypair::new().pubkey());
    rig.fails(&[&oracle[..], &[wrong.as_str()], &signed].concat(), 1, "leave `account` out");
    rig.fails(&[&oracle[..4], &["kind=lazer"], &signed].concat(), 1, "kind = lazer: write pull, push or pro");
    // Named or not, it is the same one, and the owners of other kinds go.
    let look = |more: &[&str]| rig.json(&[&oracle[..], more, &signed, &["--dry-run"]].concat(), 0);
    let told = look(&[])["review"]["changes"].clone();
    assert_eq!(look(&[&account, "owners=none"])["review"]["changes"], told);
    let queued = rig.does(&[&oracle[..], &signed].concat(), "ChangeQueued");
    rig.pass(10 * 24 * 60 * 60 + 5); // a day, the notice period and the claim window
    let number = queued["number"].as_str().unwrap();
    let applied = rig.does(&[&["governance", "apply-change", number][..], &signed].concat(), "ChangeApplied");
    assert_eq!(applied["number"], number);
}

/// A stand-in of Pyth Pro's contract, which trusts this key.
fn deploy_pro(rig: &Rig, signer: &Keypair) {
    let validator = &rig.world.validator;
    validator.deploy_at(CONTRACT, "sbf_pro.so").unwrap();
    let treasury = Keypair::new().pubkey();
    validator.set_sol(&treasury, 1_000_000_000).unwrap();
    let storage = Storage { treasury, fee: 1, signers: vec![(signer.pubkey(), i64::MAX)] }.account();
    validator.set_account(&STORAGE, &CONTRACT, &storage).unwrap();
}

#[test]
fn a_message_of_pyth_pro_becomes_the_mark() {
    with_rig(|rig| {
        change_oracle(rig);
        let market = rig.world.book().unwrap().markets[0];
        let (exponent, price) = (-i16::from(market.oracle.feed_decimals), market.mark.price as i64);
        let signer = Keypair::new();
        let says = |signer: &Keypair, feed: u32, price: i64| {
            let micros = rig.now().unsigned_abs() * 1_000_000;
            let properties = vec![
                Property::Price(price),
                Property::Confidence(price / 2_000),
                Property::Exponent(exponent),
                Property::Session(0),
                Property::PriceTime(Some(micros)),
            ];
            let payload = payload(micros, CHANNEL, &[(feed, properties)]);
            let signature: [u8; 64] = signer.sign_message(&payload).into();
            Signed::new(&payload, &signer.pubkey(), &signature).unwrap()
        };
        let server = Server::start(Guardians::new(3, 1), KEY);
        let post = |variable: &'static str| {
            ["post-price", "0", "--pro", server.url.as_str(), "--api-key-variable", variable]
        };
        rig.fails(&post("NO_SUCH_VARIABLE"), 1, "NO_SUCH_VARIABLE with Hermes' API key is not set");
        rig.fails(&post("CARGO_MANIFEST_DIR"), 1, "Pyth Pro refuses the token");
        rig.fails(&post("CARGO_PKG_NAME"), 1, "Pyth Pro answers 400");
        server.say(says(&signer, FEED, price + 1).bytes());
        rig.fails(&post("CARGO_PKG_NAME"), 1, "Pyth Pro's contract is not on this cluster");
        deploy_pro(rig, &signer);
        for (mood, says) in
            [(Mood::Broken, "Pyth Pro answers 500"), (Mood::Rubbish, "Pyth Pro's answer is no JSON")]
        {
            server.mood(mood);
            rig.fails(&post("CARGO_PKG_NAME"), 1, says);
        }
        server.mood(Mood::Fair);
        server.say(says(&Keypair::new(), FEED, price).bytes());
        rig.fails(&post("CARGO_PKG_NAME"), 1, "does not trust the message's signer");
        server.say(says(&signer, FEED + 1, price).bytes());
        rig.fails(&post("CARGO_PKG_NAME"), 1, "the message cannot be posted: OracleWrongFeed");

        // The first post opens the feed's account.
        server.say(says(&signer, FEED, price + 1).bytes());
        let cranked = rig.does(&post("CARGO_PKG_NAME"), "Cranked");
        assert_eq!(cranked["price"], (price + 1).to_string());

        // A message at hand is posted too, and not under another signature.
        rig.pass(1);
        let message = says(&signer, FEED, price + 2);
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut forged = message.bytes().to_vec();
        forged[10] ^= 1; // of the signature
        rig.fails(&["post-price", "0", "--message", &hex(&forged)], 1, "");
        let cranked = rig.does(&["post-price", "0", "--message", &hex(message.bytes())], "Cranked");
        assert_eq!(cranked["price"], (price + 2).to_string());
        rig.fails(&["post-price", "0", "--message", "12"], 1, "the update ends too soon");

        // Where a price would come from that the market does not take is no option that goes unread.
        let hermes = ["post-price", "0", "--hermes", server.url.as_str()];
        rig.fails(&hermes, 1, "--hermes is not for markets of Pyth Pro, which this is");
        rig.fails(&["post-price", "1", "--message", "12"], 1, "--message is for markets of Pyth Pro");
        let pro = ["post-price", "1", "--pro", server.url.as_str()];
        rig.fails(&pro, 1, "--pro is for markets of Pyth Pro, which this is not");
        let both = ["post-price", "0", "--message", "12", "--pro", server.url.as_str()];
        rig.fails(&both, 2, "cannot be used with");
    });
}
