//! A stand-in of Pyth Pro's contract on the chain, with a signer that tests have the key of.

use {
    crate::{address, keypair, world::built, Call, MarketSpec, World},
    bulkhead::state::{OracleConfig, OracleKind, ProPrice},
    bulkhead_client::instruction::{open_pro_price, post_pro_price, PRO_MESSAGE_AT},
    bulkhead_pyth::pro::{payload, Property, Signed, Storage, CONTRACT, STORAGE},
    solana_account::Account,
    solana_address::Address,
    solana_instruction::Instruction,
    solana_keypair::Keypair,
    solana_signer::Signer,
};

/// A feed, and the channel with a message every 200 ms.
pub const FEED: u32 = 6;
/// See [`FEED`].
pub const CHANNEL: u8 = 3;
/// Microseconds of a second.
pub const SECOND: u64 = 1_000_000;

/// What a message says of a feed: 150 with a confidence of 15 bps, made with the message.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    pub feed: u32,
    pub channel: u8,
    pub message_us: u64,
    pub price_us: Option<u64>,
    pub price: i64,
    pub confidence: i64,
    pub exponent: i16,
    pub session: i16,
}

impl Said {
    /// A sound price of the second `ts`.
    pub fn at(ts: i64) -> Self {
        let micros = ts.unsigned_abs() * SECOND;
        Self {
            feed: FEED,
            channel: CHANNEL,
            message_us: micros,
            price_us: Some(micros),
            price: 15_000_000_000,
            confidence: 22_500_000,
            exponent: -8,
            session: 0,
        }
    }

    /// The properties that a crank judges by.
    pub fn properties(&self) -> Vec<Property> {
        vec![
            Property::Price(self.price),
            Property::Confidence(self.confidence),
            Property::Exponent(self.exponent),
            Property::Session(self.session),
            Property::PriceTime(self.price_us),
        ]
    }

    /// What Pyth signs.
    pub fn payload(&self) -> Vec<u8> {
        payload(self.message_us, self.channel, &[(self.feed, self.properties())])
    }
}

/// Signs a payload.
pub fn sign(key: &Keypair, payload: &[u8]) -> Signed {
    let signature: [u8; 64] = key.sign_message(payload).into();
    Signed::new(payload, &key.pubkey(), &signature).expect("a short payload")
}

/// The contract's account, with this signer.
pub fn storage(treasury: Address, signer: &Address, expires_ts: i64) -> Account {
    let data = Storage { treasury, fee: 1, signers: vec![(*signer, expires_ts)] }.account();
    Account { lamports: 10_000_000, data, owner: CONTRACT, ..Account::default() }
}

/// Instructions that post a message: the signature program's, at this place of the transaction, and the
/// program's own.
pub fn posts(payer: Address, treasury: Address, signed: &Signed, at: u16) -> Vec<Instruction> {
    let post = post_pro_price(payer, (FEED, CHANNEL), treasury, at, signed.bytes());
    vec![signed.check(at + 1, PRO_MESSAGE_AT), post]
}

/// The configuration of a market that is read from [`FEED`].
pub fn config() -> OracleConfig {
    OracleConfig {
        feed_id: ProPrice::feed_id(FEED, CHANNEL),
        account: price_account().to_bytes(),
        owners: [[0; 32]; 2],
        max_age_secs: 60,
        max_ahead_secs: 5,
        max_confidence_bps: 100,
        kind: OracleKind::PythPro as u8,
        feed_decimals: 8,
        _pad: [0; 4],
    }
}

/// The account of [`FEED`].
pub fn price_account() -> Address {
    bulkhead_client::address::pro_price(FEED, CHANNEL)
}

/// A world with the contract, and with a market that is read from [`FEED`] beside the one that it has.
pub struct Desk {
    pub world: World,
    /// Pyth's signer.
    pub signer: Keypair,
    pub treasury: Address,
}

impl World {
    /// Creates the account of a feed of Pyth Pro.
    pub fn open_pro_price(&self, feed: u32, channel: u8) -> Call {
        Call::new(open_pro_price(self.payer.pubkey(), feed, channel), [])
    }
}

/// The market of a desk.
pub const PRO: u16 = 1;

impl Default for Desk {
    fn default() -> Self {
        Self::new()
    }
}

impl Desk {
    /// Deploys the contract, which trusts the signer, and opens the feed's account.
    pub fn new() -> Self {
        let mut world = World::new();
        world.svm.add_program_from_file(CONTRACT, built("sbf_pro")).expect("run cargo xtask build");
        let (signer, treasury) = (keypair("Pyth's signer"), address("Pyth's treasury"));
        world.give_lamports(treasury, 1_000_000);
        world.put(STORAGE, storage(treasury, &signer.pubkey(), i64::MAX));
        world.run(world.open_pro_price(FEED, CHANNEL));
        let mut spec = MarketSpec::named("SOL of Pyth Pro", 2, 0);
        spec.params.oracle = config();
        spec.price_account = price_account();
        world.run(world.create_market(PRO, &spec));
        world.here.markets.push(spec);
        Self { world, signer, treasury }
    }

    /// A sound price of this second.
    pub fn said(&self) -> Said {
        Said::at(self.world.now())
    }

    /// Posts a message of Pyth's signer.
    pub fn post(&self, said: &Said) -> Call {
        self.post_signed(&sign(&self.signer, &said.payload()))
    }

    /// Posts a message.
    pub fn post_signed(&self, signed: &Signed) -> Call {
        let instructions = posts(self.world.payer.pubkey(), self.treasury, signed, 0);
        Call { instructions, signers: vec![] }
    }

    /// The feed's account.
    pub fn price(&self) -> ProPrice {
        let account = self.world.account(&price_account()).expect("it is open");
        bytemuck::pod_read_unaligned(&account.data[8..])
    }

    /// The next second, in which a message can be new.
    pub fn pass(&mut self, seconds: i64) {
        let (slot, now) = (self.world.slot() + 1, self.world.now() + seconds);
        self.world.set_clock(slot, now);
    }
}
