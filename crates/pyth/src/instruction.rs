//! Instructions of a receiver, of its Wormhole program and of its push oracle.
//!
//! An update is posted in one of two ways. The *atomic* one carries the VAA in the instruction, if
//! its quorum of signatures is small enough. The *encoded* one first writes the VAA into an account
//! of Wormhole's, which verifies it there, and closes that account in the end.

use {
    crate::{
        receiver::{guardian_set, Receiver},
        update::Message,
        vaa::Vaa,
        FeedId,
    },
    solana_address::Address,
    solana_instruction::{AccountMeta, Instruction},
};

const POST_UPDATE: [u8; 8] = [133, 95, 207, 175, 11, 79, 118, 44];
const POST_UPDATE_ATOMIC: [u8; 8] = [49, 172, 84, 192, 175, 180, 52, 234];
const RECLAIM_RENT: [u8; 8] = [218, 200, 19, 197, 227, 89, 192, 22];
const UPDATE_PRICE_FEED: [u8; 8] = [28, 9, 93, 150, 86, 153, 188, 115];
const INIT_ENCODED_VAA: [u8; 8] = [209, 193, 173, 25, 91, 202, 181, 218];
const WRITE_ENCODED_VAA: [u8; 8] = [199, 208, 110, 177, 150, 76, 118, 42];
const VERIFY_ENCODED_VAA: [u8; 8] = [103, 56, 177, 229, 240, 103, 68, 73];
const CLOSE_ENCODED_VAA: [u8; 8] = [48, 221, 174, 198, 231, 7, 152, 38];

const SYSTEM: Address = Address::new_from_array([0; 32]);
/// The system program's instruction that makes an account at an address derived from a text.
const CREATE_WITH_SEED: u32 = 3;

/// Bytes of an encoded VAA's account before the VAA.
pub const ENCODED_HEAD: usize = 46;

/// Lamports that an account of so many bytes needs to be exempt from rent.
pub const fn rent(bytes: usize) -> u64 {
    (128 + bytes as u64) * 6_960
}

/// Where an update is posted to, and who pays and signs.
#[derive(Clone, Copy, Debug)]
pub struct Post {
    pub receiver: Receiver,
    /// Wormhole, as the receiver's configuration has it.
    pub wormhole: Address,
    /// Pays, and may write the price account again later.
    pub payer: Address,
    /// The price account, which signs too.
    pub account: Address,
    /// The number of the treasury that collects the fee.
    pub treasury: u8,
}

impl Post {
    /// Posts a message with its VAA in the instruction.
    pub fn atomic(&self, vaa: &Vaa, message: &Message) -> Instruction {
        let mut data = POST_UPDATE_ATOMIC.to_vec();
        put(&mut data, &vaa.encode());
        put_message(&mut data, message);
        data.push(self.treasury);
        self.post(guardian_set(&self.wormhole, vaa.guardian_set), data)
    }

    /// Posts a message whose VAA was verified in the account `encoded`.
    pub fn encoded(&self, encoded: Address, message: &Message) -> Instruction {
        let mut data = POST_UPDATE.to_vec();
        put_message(&mut data, message);
        data.push(self.treasury);
        self.post(encoded, data)
    }

    fn post(&self, evidence: Address, data: Vec<u8>) -> Instruction {
        let accounts = vec![
            AccountMeta::new(self.payer, true),
            AccountMeta::new_readonly(evidence, false),
            AccountMeta::new_readonly(self.receiver.config(), false),
            AccountMeta::new(self.receiver.treasury(self.treasury), false),
            AccountMeta::new(self.account, true),
            AccountMeta::new_readonly(SYSTEM, false),
            AccountMeta::new_readonly(self.payer, true),
        ];
        Instruction { program_id: self.receiver.program(), accounts, data }
    }

    /// Closes the price account and returns its rent to the payer.
    pub fn reclaim_rent(&self) -> Instruction {
        let accounts = vec![AccountMeta::new(self.payer, true), AccountMeta::new(self.account, false)];
        Instruction { program_id: self.receiver.program(), accounts, data: RECLAIM_RENT.to_vec() }
    }

    /// Brings the sponsored account of a feed up to date, with a VAA that was verified in the
    /// account `encoded`. Anybody may do this, and an older price than the account has changes
    /// nothing.
    pub fn sponsored(&self, encoded: Address, message: &Message, shard: u16) -> Instruction {
        let feed: FeedId = message.price.feed;
        let mut data = UPDATE_PRICE_FEED.to_vec();
        put_message(&mut data, message);
        data.push(self.treasury);
        data.extend(shard.to_le_bytes());
        data.extend(feed);
        let accounts = vec![
            AccountMeta::new(self.payer, true),
            AccountMeta::new_readonly(self.receiver.program(), false),
            AccountMeta::new_readonly(encoded, false),
            AccountMeta::new_readonly(self.receiver.config(), false),
            AccountMeta::new(self.receiver.treasury(self.treasury), false),
            AccountMeta::new(self.receiver.sponsored(shard, &feed), false),
            AccountMeta::new_readonly(SYSTEM, false),
        ];
        Instruction { program_id: self.receiver.push_oracle(), accounts, data }
    }
}

/// An account of Wormhole's in which a VAA is verified.
#[derive(Clone, Debug)]
pub struct EncodedVaa {
    /// The account, derived from the payer, so that no other key signs.
    pub address: Address,
    seed: String,
    wormhole: Address,
    payer: Address,
    bytes: Vec<u8>,
    guardian_set: Address,
}

impl EncodedVaa {
    /// The account of a VAA. Its address depends on the first signature, so that each VAA has its
    /// own.
    pub fn new(wormhole: Address, payer: Address, vaa: &Vaa) -> Self {
        const SEED_BYTES: usize = 16; // 32 digits, the most that a seed may have
        let first = vaa.signatures.first().map_or(&[][..], |signature| &signature[1..=SEED_BYTES]);
        let seed: String = first.iter().map(|byte| format!("{byte:02x}")).collect();
        let address = Address::create_with_seed(&payer, &seed, &wormhole).expect("32 digits");
        let guardian_set = guardian_set(&wormhole, vaa.guardian_set);
        Self { address, seed, wormhole, payer, bytes: vaa.encode(), guardian_set }
    }

    /// Makes the account, at most `chunk` bytes of the VAA an instruction, and verifies the VAA.
    pub fn verify(&self, chunk: usize) -> Vec<Instruction> {
        let mut all = vec![self.create(), self.call(INIT_ENCODED_VAA.to_vec(), None)];
        let mut index = 0u32;
        for part in self.bytes.chunks(chunk) {
            let mut data = WRITE_ENCODED_VAA.to_vec();
            data.extend(index.to_le_bytes());
            put(&mut data, part);
            all.push(self.call(data, None));
            index += u32::try_from(part.len()).expect("a part of a VAA");
        }
        all.push(self.call(VERIFY_ENCODED_VAA.to_vec(), Some(self.guardian_set)));
        all
    }

    /// Closes the account and returns its rent to the payer.
    pub fn close(&self) -> Instruction {
        let accounts = vec![AccountMeta::new(self.payer, true), AccountMeta::new(self.address, false)];
        Instruction { program_id: self.wormhole, accounts, data: CLOSE_ENCODED_VAA.to_vec() }
    }

    fn create(&self) -> Instruction {
        let space = ENCODED_HEAD + self.bytes.len();
        let mut data = CREATE_WITH_SEED.to_le_bytes().to_vec();
        data.extend(self.payer.to_bytes());
        data.extend((self.seed.len() as u64).to_le_bytes());
        data.extend(self.seed.bytes());
        data.extend(rent(space).to_le_bytes());
        data.extend((space as u64).to_le_bytes());
        data.extend(self.wormhole.to_bytes());
        let accounts = vec![AccountMeta::new(self.payer, true), AccountMeta::new(self.address, false)];
        Instruction { program_id: SYSTEM, accounts, data }
    }

    fn call(&self, data: Vec<u8>, guardian_set: Option<Address>) -> Instruction {
        let mut accounts =
            vec![AccountMeta::new_readonly(self.payer, true), AccountMeta::new(self.address, false)];
        accounts.extend(guardian_set.map(|set| AccountMeta::new_readonly(set, false)));
        Instruction { program_id: self.wormhole, accounts, data }
    }
}

/// Appends bytes after their length.
fn put(data: &mut Vec<u8>, bytes: &[u8]) {
    data.extend(u32::try_from(bytes.len()).expect("a part of an update").to_le_bytes());
    data.extend(bytes);
}

/// Appends a message and its proof as the receivers read them.
fn put_message(data: &mut Vec<u8>, message: &Message) {
    put(data, &message.bytes);
    data.extend(u32::try_from(message.proof.len()).expect("a count of one byte").to_le_bytes());
    data.extend(message.proof.as_flattened());
}
