//! Prices that nobody has signed, or that were signed for something else: what an attacker tries on the way
//! of a message of Pyth Pro through its contract. The feed's account stays as it is.

use {
    bulkhead_client::instruction::{post_pro_price, PRO_MESSAGE_AT},
    bulkhead_pyth::pro::{check_all, Place, Signed, ED25519, HEAD, STORAGE},
    bulkhead_tests::{
        address, keypair,
        pro::{self, posts, sign, Desk, Said, CHANNEL, FEED, PRO, SECOND},
        BulkheadError, Call, Instruction, InstructionError, Signer,
    },
    solana_transaction_error::TransactionError,
};

/// A desk with a price of a second ago.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.world.run(desk.post(&desk.said()));
    desk.pass(1);
    desk
}

fn call(instructions: Vec<Instruction>) -> Call {
    Call { instructions, signers: vec![] }
}

/// The attacker signs its own price, or has a key that has expired.
#[test]
fn t22_a_price_of_an_untrusted_signer_is_refused() {
    let mut desk = desk();
    let payload = desk.said().payload();
    let own = sign(&keypair("attacker"), &payload);
    desk.world.refuse(desk.post_signed(&own), InstructionError::MissingRequiredSignature);
    let storage = pro::storage(desk.treasury, &desk.signer.pubkey(), desk.world.now());
    desk.world.put(STORAGE, storage);
    let expired = sign(&desk.signer, &payload);
    desk.world.refuse(desk.post_signed(&expired), InstructionError::MissingRequiredSignature);
}

/// Another price under Pyth's signature: Solana's signature program ends the transaction.
#[test]
fn t22_a_price_that_was_not_signed_is_refused() {
    let mut desk = desk();
    let said = desk.said();
    let signed = sign(&desk.signer, &said.payload());
    let signature: [u8; 64] = signed.signature().try_into().unwrap();
    let other = Said { price: said.price * 2, ..said }.payload();
    let forged = Signed::new(&other, &desk.signer.pubkey(), &signature).unwrap();
    let before = desk.world.account(&pro::price_account());
    let refused = desk.world.attempt(desk.post_signed(&forged)).err().expect("nobody has signed it");
    assert!(matches!(refused.error, TransactionError::InstructionError(0, _)), "{refused:?}");
    assert_eq!(desk.world.account(&pro::price_account()), before);
}

/// The signature that is checked is Pyth's, but of another message, or of one that lies elsewhere.
#[test]
fn t22_the_signature_of_another_message_proves_nothing() {
    let mut desk = desk();
    let said = desk.said();
    let payer = desk.world.payer.pubkey();
    let pyths = sign(&desk.signer, &said.payload());
    let own = sign(&keypair("attacker"), &Said { price: said.price * 2, ..said }.payload());
    // Both messages in one call, one behind the other, and the signature of the second one.
    let mut both = post_pro_price(payer, (FEED, CHANNEL), desk.treasury, 0, own.bytes());
    both.data.extend(pyths.bytes());
    let place = |signed: &Signed, offset: u16| {
        let length = (signed.bytes().len() - HEAD) as u16;
        Place { holder: 1, offset, length }
    };
    let behind = place(&pyths, PRO_MESSAGE_AT + own.bytes().len() as u16);
    let checks =
        |places: &[Place]| Instruction { program_id: ED25519, accounts: vec![], data: check_all(places) };
    desk.world.refuse(call(vec![checks(&[behind]), both.clone()]), InstructionError::InvalidInstructionData);
    // Two signatures: the attacker's own is of its message, Pyth's is the second one.
    let mut second = both.clone();
    second.data[3] = 1; // which signature
    let both_checked = checks(&[place(&own, PRO_MESSAGE_AT), behind]);
    desk.world.refuse(call(vec![both_checked.clone(), second]), InstructionError::InvalidInstructionData);
    desk.world.refuse(call(vec![both_checked, both]), InstructionError::MissingRequiredSignature);
    // A signature that another instruction holds.
    let post = post_pro_price(payer, (FEED, CHANNEL), desk.treasury, 0, pyths.bytes());
    let elsewhere = Place { holder: 2, ..place(&pyths, PRO_MESSAGE_AT) };
    let two = call(vec![checks(&[elsewhere]), post.clone(), post]);
    let refused = desk.world.attempt(two).err().expect("it is of the other call");
    let first = TransactionError::InstructionError(1, InstructionError::InvalidInstructionData);
    assert_eq!(refused.error, first);
}

/// No signature is checked at all, or only after the call.
#[test]
fn t22_a_message_without_a_check_is_refused() {
    let mut desk = desk();
    let payer = desk.world.payer.pubkey();
    let signed = sign(&desk.signer, &desk.said().payload());
    let post = |at: u16| post_pro_price(payer, (FEED, CHANNEL), desk.treasury, at, signed.bytes());
    let (alone, later) = (post(0), post(1));
    desk.world.refuse(call(vec![alone.clone()]), InstructionError::InvalidInstructionData);
    let crank = desk.world.crank_market(PRO).instructions.remove(0);
    desk.world.refuse(call(vec![crank, alone]), InstructionError::InvalidInstructionData);
    let check = signed.check(0, PRO_MESSAGE_AT);
    let refused = desk.world.attempt(call(vec![later, check])).err().expect("the check comes too late");
    let first = TransactionError::InstructionError(0, InstructionError::InvalidInstructionData);
    assert_eq!(refused.error, first);
}

/// A contract of the attacker's own would call everything verified; so would a storage with its key.
#[test]
fn t22_another_contract_or_storage_is_refused() {
    let mut desk = desk();
    let signed = sign(&keypair("attacker"), &desk.said().payload());
    let storage = desk.world.account(&STORAGE).unwrap();
    let forged = address("forged storage");
    desk.world.put(forged, storage);
    let post = || posts(desk.world.payer.pubkey(), desk.treasury, &signed, 0);
    let other_storage = call(post()).swap(STORAGE, forged);
    let other_contract = call(post()).swap(bulkhead_pyth::pro::CONTRACT, bulkhead_client::program_id());
    let own_treasury = call(post()).swap(desk.treasury, address("attacker's purse"));
    desk.world.refuse(other_storage, BulkheadError::ProWrongContract);
    desk.world.refuse(other_contract, BulkheadError::ProWrongContract);
    const HAS_ONE: u32 = 2001; // of the contract's Anchor
    desk.world.refuse(own_treasury, InstructionError::Custom(HAS_ONE));
}

/// A message of this morning, when the price suited the attacker better.
#[test]
fn t18_an_older_message_does_not_come_back() {
    let mut desk = desk();
    let old = Said { price: 14_000_000_000, ..desk.said() };
    desk.pass(5);
    let new = desk.said();
    desk.world.run(desk.post(&new).then(desk.world.crank_market(PRO)));
    let (price, mark) = (desk.price().message_us, desk.world.market(PRO).mark);
    desk.world.run(desk.post(&old).then(desk.world.crank_market(PRO)));
    assert_eq!((desk.price().message_us, desk.world.market(PRO).mark), (price, mark));
}

/// A message from far ahead would keep out all others until its time has come.
#[test]
fn t18_a_message_from_far_ahead_keeps_nobody_out() {
    let mut desk = desk();
    let said = desk.said();
    let far = Said { message_us: said.message_us + 61 * SECOND, ..said };
    desk.world.refuse(desk.post(&far), BulkheadError::OracleFromFuture);
    desk.world.run(desk.post(&said));
}
