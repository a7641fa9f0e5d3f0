//! Bytes beside those of Pyth's own crates: what is read, and what is sent.

use {
    anchor_lang_v1::{
        prelude::{AccountInfo, Pubkey},
        ToAccountMetas,
    },
    bulkhead_pyth::{
        instruction::{EncodedVaa, Post},
        receiver::{self, Receiver},
        Update,
    },
    local_hermes::{feed, receiver_config, Feed, Guardians, EMITTER, EMITTER_CHAIN},
    pyth_solana_receiver_sdk::{
        cpi::accounts::{PostUpdate, PostUpdateAtomic},
        pda::{get_config_address, get_treasury_address},
        price_update::{PriceUpdateV2, VerificationLevel},
        PostUpdateAtomicParams, PostUpdateParams, PYTH_PUSH_ORACLE_ID,
    },
    pythnet_sdk::wire::v1::{AccumulatorUpdateData, MerklePriceUpdate, Proof},
    solana_address::Address,
    solana_instruction::Instruction,
};

const SOL: [u8; 32] = [7; 32];
const BTC: [u8; 32] = [9; 32];

fn feeds() -> [Feed; 2] {
    [
        feed(SOL, 14_687_000_000, 9_000_000, -8, 1_790_000_000),
        feed(BTC, 6_000_000_000_000, 5, -8, 1_790_000_001),
    ]
}

fn bytes() -> Vec<u8> {
    let guardians = Guardians::new(3, 5);
    guardians.update(&feeds(), 1_000, &guardians.first(5))
}

/// The same update as Pyth's crate reads it.
fn theirs(bytes: &[u8]) -> (Vec<u8>, Vec<MerklePriceUpdate>) {
    let Proof::WormholeMerkle { vaa, updates } = AccumulatorUpdateData::try_from_slice(bytes).unwrap().proof;
    (Vec::from(vaa), updates)
}

fn post() -> Post {
    Post {
        receiver: Receiver::Core,
        wormhole: Receiver::Core.wormhole(),
        payer: Address::new_from_array([1; 32]),
        account: Address::new_from_array([2; 32]),
        treasury: 200,
    }
}

/// An anchor program's name of an instruction.
fn discriminator(name: &str) -> [u8; 8] {
    let hash = solana_sha256_hasher::hash(format!("global:{name}").as_bytes());
    *hash.as_ref().first_chunk().unwrap()
}

/// What matters of an account in an instruction.
fn flags(instruction: &Instruction) -> Vec<([u8; 32], bool, bool)> {
    let metas = instruction.accounts.iter();
    metas.map(|meta| (meta.pubkey.to_bytes(), meta.is_signer, meta.is_writable)).collect()
}

/// An account that an instruction of the SDK names.
fn info(key: Pubkey) -> AccountInfo<'static> {
    let key = Box::leak(Box::new(key));
    let owner = Box::leak(Box::new(Pubkey::default()));
    AccountInfo::new(key, false, false, Box::leak(Box::new(1)), &mut [], owner, false)
}

fn key(address: Address) -> Pubkey {
    Pubkey::new_from_array(address.to_bytes())
}

#[test]
fn an_update_is_read_as_pyths_crate_reads_it() {
    let (vaa, updates) = theirs(&bytes());
    let update = Update::parse(&bytes()).unwrap();
    assert_eq!(update.vaa.encode(), vaa);
    assert_eq!(update.vaa.guardian_set, 3);
    assert_eq!(update.vaa.signatures.len(), 5);
    assert_eq!(update.messages.len(), updates.len());
    for (own, theirs) in update.messages.iter().zip(&updates) {
        assert_eq!(&own.bytes, AsRef::<Vec<u8>>::as_ref(&theirs.message));
        assert_eq!(own.proof, theirs.proof.to_vec());
        assert_eq!(own.proof.len(), 10, "1,002 leaves");
    }
    for expected in feeds() {
        let price = update.message(&expected.feed_id).unwrap().price;
        assert_eq!((price.price, price.confidence), (expected.price, expected.conf));
        assert_eq!((price.exponent, price.publish_ts), (expected.exponent, expected.publish_time));
        assert_eq!(price.previous_publish_ts, expected.prev_publish_time);
        assert_eq!((price.ema_price, price.ema_confidence), (expected.ema_price, expected.ema_conf));
    }
}

#[test]
fn an_atomic_post_has_the_bytes_of_the_sdk() {
    let (_, updates) = theirs(&bytes());
    let update = Update::parse(&bytes()).unwrap();
    let vaa = update.vaa.trimmed(3);
    let own = post().atomic(&vaa, &update.messages[0]);
    let params = PostUpdateAtomicParams {
        vaa: vaa.encode(),
        merkle_price_update: updates[0].clone(),
        treasury_id: 200,
    };
    let data = [discriminator("post_update_atomic").to_vec(), borsh::to_vec(&params).unwrap()].concat();
    assert_eq!(own.data, data);
    assert_eq!(own.program_id.to_bytes(), pyth_solana_receiver_sdk::ID.to_bytes());
    let set = receiver::guardian_set(&Receiver::Core.wormhole(), 3);
    let accounts = PostUpdateAtomic {
        payer: info(key(post().payer)),
        guardian_set: info(key(set)),
        config: info(get_config_address()),
        treasury: info(get_treasury_address(200)),
        price_update_account: info(key(post().account)),
        system_program: info(Pubkey::default()),
        write_authority: info(key(post().payer)),
    };
    let metas = accounts.to_account_metas(None);
    let expected: Vec<_> =
        metas.iter().map(|meta| (meta.pubkey.to_bytes(), meta.is_signer, meta.is_writable)).collect();
    assert_eq!(flags(&own), expected);
}

#[test]
fn a_post_of_an_encoded_vaa_has_the_bytes_of_the_sdk() {
    let (_, updates) = theirs(&bytes());
    let update = Update::parse(&bytes()).unwrap();
    let encoded = Address::new_from_array([5; 32]);
    let own = post().encoded(encoded, &update.messages[1]);
    let params = PostUpdateParams { merkle_price_update: updates[1].clone(), treasury_id: 200 };
    let params = borsh::to_vec(&params).unwrap();
    assert_eq!(own.data, [discriminator("post_update").to_vec(), params.clone()].concat());
    let accounts = PostUpdate {
        payer: info(key(post().payer)),
        encoded_vaa: info(key(encoded)),
        config: info(get_config_address()),
        treasury: info(get_treasury_address(200)),
        price_update_account: info(key(post().account)),
        system_program: info(Pubkey::default()),
        write_authority: info(key(post().payer)),
    };
    let metas = accounts.to_account_metas(None);
    let expected: Vec<_> =
        metas.iter().map(|meta| (meta.pubkey.to_bytes(), meta.is_signer, meta.is_writable)).collect();
    assert_eq!(flags(&own), expected);

    // The push oracle takes the same parameters, then the shard and the feed.
    let sponsored = post().sponsored(encoded, &update.messages[1], 0x0102);
    let rest = [params, vec![2, 1], BTC.to_vec()].concat();
    assert_eq!(sponsored.data, [discriminator("update_price_feed").to_vec(), rest].concat());
    assert_eq!(sponsored.program_id.to_bytes(), PYTH_PUSH_ORACLE_ID.to_bytes());
    assert_eq!(sponsored.accounts[5].pubkey, Receiver::Core.sponsored(0x0102, &BTC));
}

/// Wormhole has no crate that resolves here. Its instructions are an anchor program's: the hash of
/// the name, then the arguments in Borsh. `write_encoded_vaa` takes an index of four bytes and the
/// bytes after their length; the others take nothing.
#[test]
fn wormholes_instructions_are_those_of_an_anchor_program() {
    let update = Update::parse(&bytes()).unwrap();
    let encoded = EncodedVaa::new(Receiver::Core.wormhole(), post().payer, &update.vaa);
    let vaa = update.vaa.encode();
    let all = encoded.verify(400);
    let data: Vec<&[u8]> = all.iter().map(|instruction| instruction.data.as_slice()).collect();
    assert_eq!(all[0].program_id, Address::default(), "the system program creates the account");
    assert_eq!(data[1], discriminator("init_encoded_vaa"));
    let write = |index: u32, part: &[u8]| {
        let name = discriminator("write_encoded_vaa");
        [&name[..], &index.to_le_bytes(), &(part.len() as u32).to_le_bytes(), part].concat()
    };
    assert_eq!(data[2], write(0, &vaa[..400]));
    assert_eq!(data[3], write(400, &vaa[400..]));
    assert_eq!(data[4], discriminator("verify_encoded_vaa_v1"));
    assert_eq!(all.len(), 5);
    assert_eq!(encoded.close().data, discriminator("close_encoded_vaa"));
    assert_eq!(post().reclaim_rent().data, discriminator("reclaim_rent"));
}

/// The account as the receiver writes it is what Pyth's crate decodes.
#[test]
fn the_account_to_be_is_pyths() {
    let update = Update::parse(&bytes()).unwrap();
    let data = update.messages[0].price.account(&[1; 32], 77);
    assert_eq!(data.len(), PriceUpdateV2::LEN);
    use anchor_lang_v1::AccountDeserialize;
    let read = PriceUpdateV2::try_deserialize(&mut data.as_slice()).unwrap();
    assert_eq!(read.write_authority.to_bytes(), [1; 32]);
    assert_eq!(read.verification_level, VerificationLevel::Full);
    assert_eq!(read.price_message, feeds()[0]);
    assert_eq!(read.posted_slot, 77);
}

#[test]
fn configurations_are_read_with_and_without_a_next_authority() {
    let wormhole = Receiver::Compatible.wormhole();
    let data = receiver_config(&wormhole.to_bytes(), 5, 3);
    let config = receiver::Config::parse(&data).unwrap();
    assert_eq!((config.wormhole, config.fee, config.minimum_signatures), (wormhole, 5, 3));
    assert_eq!(config.sources, [(EMITTER_CHAIN, EMITTER)]);
    let mut with_next = data[..40].to_vec();
    with_next.push(1);
    with_next.extend([9; 32]);
    with_next.extend(&data[41..]);
    assert_eq!(receiver::Config::parse(&with_next).unwrap(), config);
    assert!(receiver::Config::parse(&data[..60]).is_err());
    let set = Guardians::new(3, 5).account();
    let addresses = Guardians::new(3, 5).addresses();
    assert_eq!(receiver::guardians(&set).unwrap(), addresses);
    assert_eq!(receiver::guardians(&set[8..]).unwrap(), addresses, "an old account has no discriminator");
    assert!(receiver::guardians(&set[..40]).is_err());
}
