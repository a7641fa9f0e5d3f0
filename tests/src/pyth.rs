//! Price accounts as Pyth's receiver programs write them.

use {solana_account::Account, solana_address::Address};

/// What a `PriceUpdateV2` account says.
#[derive(Clone, Copy, Debug)]
pub struct PriceUpdate {
    /// The feed.
    pub feed_id: [u8; 32],
    /// Price mantissa.
    pub price: i64,
    /// Confidence interval.
    pub confidence: u64,
    /// Exponent of ten.
    pub exponent: i32,
    /// Unix time.
    pub publish_ts: i64,
    /// That of the print before.
    pub previous_publish_ts: i64,
    /// Slot in which it was posted.
    pub posted_slot: u64,
    /// Signatures, when not all were checked.
    pub partial: Option<u8>,
}

impl PriceUpdate {
    const DISCRIMINATOR: [u8; 8] = [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];
    /// Space a receiver allocates: one byte more than a full update takes, for a partial one has a count.
    const LEN: usize = 134;

    /// The account's data. In Pyth's sponsored feeds the account is its own write authority.
    pub fn data(&self, account: &Address) -> Vec<u8> {
        let mut data = Self::DISCRIMINATOR.to_vec();
        data.extend(account.to_bytes());
        match self.partial {
            Some(signatures) => data.extend([0, signatures]),
            None => data.push(1),
        }
        data.extend(self.feed_id);
        data.extend(self.price.to_le_bytes());
        data.extend(self.confidence.to_le_bytes());
        data.extend(self.exponent.to_le_bytes());
        data.extend(self.publish_ts.to_le_bytes());
        data.extend(self.previous_publish_ts.to_le_bytes());
        data.extend(self.price.to_le_bytes()); // moving average, and its confidence
        data.extend(self.confidence.to_le_bytes());
        data.extend(self.posted_slot.to_le_bytes());
        data.resize(Self::LEN, 0);
        data
    }

    /// The account.
    pub fn account(&self, address: &Address, owner: Address) -> Account {
        Account {
            lamports: 1_823_520,
            data: self.data(address),
            owner,
            executable: false,
            rent_epoch: u64::MAX,
        }
    }
}
