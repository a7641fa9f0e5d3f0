//! Prices that are posted and cranked in one transaction, through `crates/sbf-receiver`: a stand-in of Pyth's receiver
//! that checks every signature and proof.

use {
    bulkhead::{error::BulkheadError, state::MarkState},
    bulkhead_pyth::{
        instruction::Post,
        route::{post, Target},
        Receiver, Update,
    },
    bulkhead_tests::{
        keypair,
        world::{built, Setup},
        Address, Call, MarketSpec, World,
    },
    local_hermes::{feed, receiver_config, Guardians},
    sbf_receiver::error::*,
    solana_account::Account,
    solana_compute_budget_interface::ComputeBudgetInstruction,
    solana_instruction::Instruction,
    solana_keypair::Keypair,
    solana_signer::Signer,
};

/// The number of the guardian set.
const SET: u32 = 3;
/// Leaves of a tree beside the market's: proofs as long as real ones.
const OTHERS: usize = 500;
const FEE: u64 = 7;
const SOL: u16 = 0;

/// A world where a receiver, its Wormhole and its push oracle are deployed and configured.
struct Desk {
    world: World,
    receiver: Receiver,
    guardians: Guardians,
    key: Keypair,
}

impl Desk {
    fn new(receiver: Receiver, guardians: u8) -> Self {
        Self::with(receiver, guardians, Setup::default())
    }

    fn with(receiver: Receiver, guardians: u8, setup: Setup) -> Self {
        let mut world = World::with(setup);
        for program in [receiver.program(), receiver.wormhole(), receiver.push_oracle()] {
            world.svm.add_program_from_file(program, built("sbf_receiver")).expect("run cargo xtask build");
        }
        let guardians = Guardians::new(SET, guardians);
        let config = receiver_config(receiver.wormhole().as_array(), FEE, 1);
        let set = bulkhead_pyth::receiver::guardian_set(&receiver.wormhole(), SET);
        for (address, owner, data) in
            [(receiver.config(), receiver.program(), config), (set, receiver.wormhole(), guardians.account())]
        {
            world.put(address, Account { lamports: 10_000_000, data, owner, ..Account::default() });
        }
        let treasury = receiver.treasury(0);
        world.give_lamports(treasury, 1_000_000);
        Self { world, receiver, guardians, key: keypair("price account") }
    }

    fn post(&self) -> Post {
        Post {
            receiver: self.receiver,
            wormhole: self.receiver.wormhole(),
            payer: self.world.payer.pubkey(),
            account: self.key.pubkey(),
            treasury: 0,
        }
    }

    fn feed_id(&self) -> [u8; 32] {
        self.world.here.markets[0].params.oracle.feed_id
    }

    /// The update of the market's feed at `price`, published now, signed by these guardians.
    fn update(&self, guardians: &Guardians, price: i64, signers: &[u8]) -> Update {
        self.update_at(guardians, price, self.world.now(), signers)
    }

    fn update_at(&self, guardians: &Guardians, price: i64, now: i64, signers: &[u8]) -> Update {
        let exponent = -i32::from(self.world.here.markets[0].params.price_decimals);
        let feed = feed(self.feed_id(), price, 1_000, exponent, now);
        Update::parse(&guardians.update(&[feed], OTHERS, signers)).expect("an update")
    }

    /// The instructions that post an update to the own account.
    fn posts(&self, update: &Update) -> Vec<Instruction> {
        let count = self.guardians.addresses().len();
        let target = Target::Own(self.key.pubkey());
        post(&self.post(), target, update, &self.feed_id(), count).expect("it can be posted")
    }

    /// A crank that reads this account.
    fn crank(&self, account: Address) -> Call {
        self.world.crank_market(SOL).swap(self.world.here.markets[0].price_account, account)
    }

    /// The instructions, then a crank of the account they write.
    fn cranked(&self, posts: Vec<Instruction>) -> Call {
        let crank = self.crank(self.key.pubkey());
        Call { instructions: posts, signers: vec![self.key.insecure_clone()] }.then(crank)
    }

    /// The instructions alone.
    fn alone(&self, instructions: Vec<Instruction>) -> Call {
        Call { instructions, signers: vec![self.key.insecure_clone()] }
    }

    /// The same with compute units for the signatures of many guardians.
    fn with_room(&self, mut instructions: Vec<Instruction>) -> Call {
        instructions.insert(0, ComputeBudgetInstruction::set_compute_unit_limit(1_400_000));
        self.alone(instructions)
    }

    /// The next second, in which a price can be new.
    fn pass(&mut self, seconds: i64) {
        self.world.set_clock(self.world.slot() + 1, self.world.now() + seconds);
    }

    #[track_caller]
    fn expect_mark(&self, price: i64) {
        let world = &self.world;
        let mark =
            MarkState { price: price as u64, confidence: 1_000, slot: world.slot(), publish_ts: world.now() };
        assert_eq!(world.market(SOL).mark, mark);
    }
}

fn price(desk: &Desk) -> i64 {
    desk.world.market(SOL).mark.price as i64 + 5
}

/// Pyth's five routers: the VAA is in the instruction, and one transaction posts and cranks.
#[test]
fn a_price_is_posted_and_cranked_in_one_transaction() {
    for receiver in Receiver::ALL {
        let mut desk = Desk::new(receiver, 5);
        desk.pass(30);
        let price = price(&desk);
        let all = desk.guardians.first(5);
        let update = desk.update(&desk.guardians, price, &all);
        let posts = desk.posts(&update);
        assert_eq!(posts.len(), 1);
        let before = desk.world.svm.get_balance(&receiver.treasury(0)).unwrap();
        let meta = desk.world.run(desk.cranked(posts));
        println!("{receiver:?}: {} compute units to post and crank", meta.cu);
        desk.expect_mark(price);
        assert_eq!(desk.world.svm.get_balance(&receiver.treasury(0)).unwrap(), before + FEE);

        // The account can be written again, and closed by the payer.
        desk.pass(1);
        let update = desk.update(&desk.guardians, price + 1, &all);
        desk.world.run(desk.cranked(desk.posts(&update)));
        desk.expect_mark(price + 1);
        let close = desk.post().reclaim_rent();
        desk.world.run(desk.alone(vec![close]));
        assert_eq!(desk.world.account(&desk.key.pubkey()), None);
    }
}

/// Wormhole's nineteen guardians: the VAA is verified in an account first, which is closed in the end.
#[test]
fn a_large_quorum_is_posted_through_wormhole() {
    let mut desk = Desk::new(Receiver::Core, 19);
    desk.pass(30);
    let price = price(&desk);
    let update = desk.update(&desk.guardians, price, &desk.guardians.first(19));
    let posts = desk.posts(&update);
    let encoded = posts[0].accounts[1].pubkey;
    assert_eq!(posts.len(), 7);
    // As the keeper sends it: the first transactions verify, the last one posts and cranks.
    let (verify, post) = posts.split_at(5);
    for part in [&verify[..3], &verify[3..]] {
        desk.world.run(desk.alone(part.to_vec()));
    }
    desk.world.run(desk.cranked(post.to_vec()));
    desk.expect_mark(price);
    assert_eq!(desk.world.account(&encoded), None, "its rent is back");
}

/// Anybody brings a sponsored account up to date, in any shard, and a market that is bound to it is cranked.
#[test]
fn a_sponsored_account_is_brought_up_to_date() {
    const SHARD: u16 = 4;
    let mut market = MarketSpec::sol();
    let sponsored = Receiver::Core.sponsored(SHARD, &market.params.oracle.feed_id);
    market.params.oracle.account = sponsored.to_bytes();
    market.price_account = sponsored;
    let mut desk = Desk::with(Receiver::Core, 5, Setup { markets: vec![market], ..Setup::default() });
    desk.pass(30);
    let price = price(&desk);
    let update = desk.update(&desk.guardians, price, &desk.guardians.first(5));
    let posts =
        post(&desk.post(), Target::Sponsored(SHARD), &update, &desk.feed_id(), 5).expect("it can be posted");
    let posts = Call { instructions: posts, signers: vec![] };
    desk.world.run(posts.then(desk.crank(sponsored)));
    desk.expect_mark(price);

    // An older price changes nothing, and is no error.
    let before = desk.world.account(&sponsored);
    let older = desk.update_at(&desk.guardians, price + 9, desk.world.now() - 5, &desk.guardians.first(5));
    let posts =
        post(&desk.post(), Target::Sponsored(SHARD), &older, &desk.feed_id(), 5).expect("it can be posted");
    desk.world.run(Call { instructions: posts, signers: vec![] });
    assert_eq!(desk.world.account(&sponsored), before);
}

#[test]
fn a_signature_of_somebody_else_is_refused() {
    let mut desk = Desk::new(Receiver::Core, 5);
    desk.pass(30);
    let update = desk.update(&desk.guardians.impostors(), price(&desk), &[0, 1, 2, 3, 4]);
    let call = desk.alone(desk.posts(&update));
    desk.world.refuse(call, INVALID_GUARDIAN_KEY_RECOVERY);

    let mut update = desk.update(&desk.guardians, price(&desk), &[0, 1, 2, 3, 4]);
    update.vaa.signatures[1][40] ^= 1;
    let call = desk.alone(desk.posts(&update));
    let error = desk.world.attempt(call).err().expect("the signature is another one");
    println!("{error:?}");

    let mut update = desk.update(&desk.guardians, price(&desk), &[0, 1, 2, 3, 4]);
    update.vaa.signatures.swap(0, 1);
    let call = desk.alone(desk.posts(&update));
    desk.world.refuse(call, INVALID_GUARDIAN_ORDER);

    // The same signature three times is no quorum.
    let mut update = desk.update(&desk.guardians, price(&desk), &[0, 1, 2, 3, 4]);
    update.vaa.signatures = vec![update.vaa.signatures[0]; 3];
    let call = desk.alone(desk.posts(&update));
    desk.world.refuse(call, INVALID_GUARDIAN_ORDER);
}

#[test]
fn a_price_that_was_not_signed_is_refused() {
    let mut desk = Desk::new(Receiver::Core, 5);
    desk.pass(30);
    let signed = desk.update(&desk.guardians, price(&desk), &[0, 1, 2, 3, 4]);
    let mut other_price = signed.clone();
    other_price.messages[0].bytes[40] ^= 1;
    let mut other_proof = signed.clone();
    other_proof.messages[0].proof[3][0] ^= 1;
    let mut shorter_proof = signed.clone();
    shorter_proof.messages[0].proof.pop();
    for update in [other_price, other_proof, shorter_proof] {
        let call = desk.alone(desk.posts(&update));
        desk.world.refuse(call, INVALID_PRICE_UPDATE);
    }
    let mut other_body = signed.clone();
    *other_body.vaa.body.last_mut().unwrap() ^= 1;
    let call = desk.alone(desk.posts(&other_body));
    desk.world.refuse(call, INVALID_GUARDIAN_KEY_RECOVERY);
}

/// Fewer signatures than a quorum make a partial verification, which the receiver takes and Bulkhead does not.
#[test]
fn too_few_guardians_are_refused_by_the_crank() {
    let mut desk = Desk::new(Receiver::Core, 5);
    desk.pass(30);
    let update = desk.update(&desk.guardians, price(&desk), &[1, 3]);
    let refused = post(&desk.post(), Target::Own(desk.key.pubkey()), &update, &desk.feed_id(), 5);
    refused.expect_err("it is not even built");
    let before = desk.world.market(SOL).mark;
    let atomic = desk.post().atomic(&update.vaa, &update.messages[0]);
    let call = desk.cranked(vec![atomic]);
    desk.world.refuse(call, BulkheadError::OracleNotVerified);
    assert_eq!(desk.world.market(SOL).mark, before);

    let desk = &mut Desk::new(Receiver::Core, 5);
    let encoded = bulkhead_pyth::instruction::EncodedVaa::new(
        desk.receiver.wormhole(),
        desk.world.payer.pubkey(),
        &update.vaa,
    );
    let call = desk.alone(encoded.verify(700));
    desk.world.refuse(call, NO_QUORUM);
}

#[test]
fn a_stale_update_is_refused_by_the_crank() {
    let mut desk = Desk::new(Receiver::Core, 5);
    let then = desk.world.now();
    let price = price(&desk);
    let max_age = i64::from(desk.world.here.markets[0].params.oracle.max_age_secs);
    desk.pass(max_age + 2);
    let all = desk.guardians.first(5);
    let stale = desk.update_at(&desk.guardians, price, then + 1, &all);
    let call = desk.cranked(desk.posts(&stale));
    desk.world.refuse(call, BulkheadError::OracleTooOld);
    let fresh = desk.update(&desk.guardians, price, &all);
    desk.world.run(desk.cranked(desk.posts(&fresh)));
    desk.expect_mark(price);
    let older = desk.update_at(&desk.guardians, price, desk.world.now() - 1, &all);
    let call = desk.cranked(desk.posts(&older));
    desk.world.refuse(call, BulkheadError::OracleWentBack);
}

/// A VAA that nobody has verified is no evidence, and neither is one of another Wormhole.
#[test]
fn an_unverified_vaa_is_refused() {
    let mut desk = Desk::new(Receiver::Core, 19);
    desk.pass(30);
    let update = desk.update(&desk.guardians, price(&desk), &desk.guardians.first(19));
    let posts = desk.posts(&update);
    let encoded = posts[0].accounts[1].pubkey;
    let (written, rest) = posts.split_at(4);
    desk.world.run(desk.alone(written.to_vec()));
    let call = desk.alone(vec![rest[1].clone()]);
    desk.world.refuse(call, UNVERIFIED_VAA);
    desk.world.run(desk.with_room(vec![rest[0].clone()]));
    desk.world.patch(encoded, |account| account.owner = Receiver::Compatible.wormhole());
    let call = desk.alone(vec![rest[1].clone()]);
    desk.world.refuse(call, WRONG_VAA_OWNER);
}

/// Somebody else's price account cannot be written or closed.
#[test]
fn a_price_account_belongs_to_its_poster() {
    let mut desk = Desk::new(Receiver::Core, 5);
    desk.pass(30);
    let price = price(&desk);
    let all = desk.guardians.first(5);
    let update = desk.update(&desk.guardians, price, &all);
    desk.world.run(desk.cranked(desk.posts(&update)));
    let stranger = keypair("stranger");
    desk.world.give_lamports(stranger.pubkey(), 1_000_000_000);
    let theirs = Post { payer: stranger.pubkey(), ..desk.post() };
    let posted = theirs.atomic(&update.vaa.trimmed(3), &update.messages[0]);
    for instruction in [posted, theirs.reclaim_rent()] {
        let signers = vec![stranger.insecure_clone(), desk.key.insecure_clone()];
        desk.world.refuse(Call { instructions: vec![instruction], signers }, WRONG_WRITE_AUTHORITY);
    }
}
