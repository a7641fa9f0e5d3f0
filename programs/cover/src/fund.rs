//! The fund's program as this one sees it: what it reads of a fund and of a cover, at which place,
//! and the addresses that it derives there.
//!
//! The first program is no dependency of this one, which would carry all its code. A test holds
//! every place to the first program's structs.

use {
    crate::{arithmetic::add, constants::SERVE_SECS, error::CoverError},
    anchor_lang::{find_program_address, prelude::*},
    bulkhead_math::{
        covers::{headroom, Exposed, Period},
        units::{Bps, Price},
    },
};

/// Address of the fund's program: that of local networks, unless a build for the chain was given
/// another one.
#[cfg(not(target_os = "solana"))]
pub const BULKHEAD: Address = Address::from_str_const("BuLKhEad11111111111111111111111111111111111");
#[cfg(target_os = "solana")]
pub const BULKHEAD: Address = Address::from_str_const(match option_env!("BULKHEAD_PROGRAM_ID") {
    Some(own) => own,
    None => "BuLKhEad11111111111111111111111111111111111",
});

/// Layout version of the fund's accounts that this program reads.
const VERSION: u8 = 2;

/// A field of fixed length.
trait Field: Sized {
    fn read(data: &[u8], at: usize) -> Option<Self>;
}

impl<const N: usize> Field for [u8; N] {
    #[inline(always)]
    fn read(data: &[u8], at: usize) -> Option<Self> {
        data.get(at..)?.first_chunk::<N>().copied()
    }
}

macro_rules! fields {
    ($($type:ty: $from:path,)*) => {
        $(impl Field for $type {
            #[inline(always)]
            fn read(data: &[u8], at: usize) -> Option<Self> {
                Field::read(data, at).map($from)
            }
        })*
    };
}

fields! {
    u8: u8::from_le_bytes,
    u16: u16::from_le_bytes,
    u32: u32::from_le_bytes,
    u64: u64::from_le_bytes,
    u128: u128::from_le_bytes,
    i64: i64::from_le_bytes,
    Address: Address::new_from_array,
}

/// Bytes of an exposure in the fund's table.
const EXPOSURE_LEN: usize = 48;

impl Field for [Exposed; 2] {
    fn read(data: &[u8], at: usize) -> Option<Self> {
        let one = |at: usize| {
            let contribution = Field::read(data, at.checked_add(32)?)?;
            Some(Exposed { contribution, stress_loss: Field::read(data, at.checked_add(40)?)? })
        };
        Some([one(at)?, one(at.checked_add(EXPOSURE_LEN)?)?])
    }
}

macro_rules! accounts {
    ($($(#[$doc:meta])* $name:ident: $account:ident $discriminator:tt or $error:ident {
        $($(#[$field_doc:meta])* $field:ident $(in $outer:ident)?: $type:ty = $at:literal,)*
    })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name {
                $($(#[$field_doc])* pub $field: $type,)*
            }

            impl $name {
                /// Reads an account of the fund's program.
                ///
                /// # Errors
                #[doc = concat!("`", stringify!($error), "` for another account, `WrongVersion`.")]
                #[inline(never)]
                pub fn load(account: &AccountView) -> Result<Self> {
                    require!(account.owned_by(&BULKHEAD), CoverError::$error);
                    let data = account.try_borrow()?;
                    require!(data.starts_with(&$discriminator), CoverError::$error);
                    require!(data.get(8) == Some(&VERSION), CoverError::WrongVersion);
                    Self::read(&data).ok_or_else(|| CoverError::$error.into())
                }

                fn read(data: &[u8]) -> Option<Self> {
                    Some(Self { $($field: Field::read(data, $at)?,)* })
                }
            }
        )*

        #[cfg(test)]
        #[test]
        fn fields_are_where_the_first_program_has_them() {
            use anchor_lang::Discriminator;
            $($(assert_eq!(
                $at,
                8 + core::mem::offset_of!(bulkhead::state::$account, $($outer.)? $field),
                "{}", concat!(stringify!($account), ".", stringify!($field)),
            );)*
            assert_eq!(bulkhead::state::$account::DISCRIMINATOR, $discriminator);)*
            assert_eq!(bulkhead::constants::VERSION, VERSION);
            assert_eq!(core::mem::size_of::<bulkhead::state::Exposure>(), EXPOSURE_LEN);
            assert_eq!(core::mem::offset_of!(bulkhead::state::Exposure, contribution), 32);
            assert_eq!(core::mem::offset_of!(bulkhead::state::Exposure, stress_loss), 40);
            assert_eq!(bulkhead::ID, BULKHEAD);
        }
    };
}

accounts! {
    /// What claims need of a fund.
    FundView: Fund [62, 128, 183, 208, 91, 31, 212, 209] or WrongFund {
        /// Decimals of the settlement mint.
        quote_decimals: u8 = 13,
        /// The key that can veto.
        guardian: Address = 80,
        /// Settlement mint.
        mint: Address = 112,
        /// The token account that holds the fund's money.
        vault: Address = 144,
        /// The program that owns mint and vault.
        token_program: Address = 176,
        /// The default fund, in base units.
        contributions: u64 = 240,
    }
    /// What claims need of a cover.
    CoverView: Cover [104, 157, 160, 193, 104, 133, 228, 74] or WrongCover {
        /// The program's address that draws.
        drawer: Address = 48,
        /// The token account that draws are paid to.
        destination: Address = 80,
        /// The wallet of what is covered.
        beneficiary: Address = 112,
        /// The most that it pays in all, in base units.
        limit: u64 = 176,
        /// What it has paid, in base units.
        drawn: u64 = 184,
        /// Draws that are not settled, in base units.
        owed: u64 = 192,
        /// What waits to be collected, in base units.
        payable: u64 = 200,
        /// The first loss that is paid in, in base units.
        first_loss: u64 = 208,
        /// When it opens.
        opens_ts: i64 = 272,
        /// When it ends.
        ends_ts: i64 = 280,
        /// When it has lapsed; zero: it has not.
        lapsed_ts: i64 = 288,
        /// Until when a loss keeps it live.
        live_until_ts: i64 = 304,
        /// Its status: see [`ENDED`].
        status: u8 = 11,
    }
    /// What a sale of policies needs of a fund.
    SaleView: Fund [62, 128, 183, 208, 91, 31, 212, 209] or WrongFund {
        /// Its status: see [`ACTIVE`].
        status: u8 = 11,
        /// The default fund, in base units.
        contributions: u64 = 240,
        /// The protocol's own money, in base units.
        treasury: u64 = 248,
        /// Losses that nobody has paid.
        unfunded: u64 = 360,
        /// Defaults that are open.
        open_defaults: u32 = 376,
        /// Markets in which the house holds lots.
        open_houses: u16 = 390,
        /// The part of the others' money that a stress loss may take, in basis points.
        cover_limit_bps in params: u16 = 712,
        /// The least notice that the fund can have while it has covers, in seconds.
        cover_min_notice_secs in params: u32 = 772,
        /// The two largest exposures.
        exposures: [Exposed; 2] = 832,
        /// Graces block exits until then.
        grace_until_ts in exits: i64 = 976,
        /// Open watches block exits until then.
        watch_until_ts in exits: i64 = 984,
        /// Watches that are open.
        open_watches in exits: u32 = 1016,
        /// Covers hold exits until then.
        hold_until_ts in exits: i64 = 1024,
        /// What all covers pledge, in base units.
        committed: u64 = 3208,
        /// What covers are owed, in base units.
        cover_owed: u64 = 3216,
    }
    /// What a sale of policies needs of a cover, beside [`CoverView`].
    TermsView: Cover [104, 157, 160, 193, 104, 133, 228, 74] or WrongCover {
        /// Its kind: see [`PARAMETRIC`].
        kind: u8 = 10,
        /// The part of a draw that it does not pay, in basis points.
        coinsurance_bps: u16 = 14,
        /// The first loss without which no period begins, in base units.
        first_loss_min: u64 = 216,
        /// Most that one draw is owed, in base units.
        per_draw: u64 = 232,
        /// Most that the draws of a period are owed, in base units.
        period_limit: u64 = 240,
        /// Owed by the draws of the present cell of seven days, in base units.
        period_drawn: u64 = 248,
        /// Owed by the draws of the cell before, in base units.
        period_before: u64 = 256,
        /// When the present cell began.
        period_ts: i64 = 264,
        /// Premium of what is pledged, in basis points a year.
        premium_bps_per_year: u16 = 352,
    }
    /// What policies need of a market.
    MarketView: Market [219, 190, 213, 55, 0, 227, 198, 154] or WrongMarket {
        /// The mark, as a mantissa.
        price in mark: u64 = 192,
        /// When the oracle published it.
        publish_ts in mark: i64 = 216,
        /// Chain time of the crank that took it.
        crank_ts: i64 = 552,
        /// Why the last print did not become the mark; zero: it did.
        silence: u8 = 584,
        /// When the mark became final; zero: it is not.
        final_ts: i64 = 504,
        /// When the contract expires; zero: never.
        expires_ts: i64 = 616,
        /// When an announced closing ends the market; zero: not.
        closing_ts: i64 = 624,
        /// When the silence of its feed ends it; zero: not.
        dead_ts: i64 = 632,
        /// Variance of the logarithm of its price per second, Q16.48.
        variance in adjusted: u64 = 288,
        /// Its regime: see [`RISK_OFF`].
        regime in adjusted: u8 = 434,
        /// Trades that add risk halt until then.
        halted_until_ts in adjusted: i64 = 360,
        /// Mean of its marks by the time in which they were in force, as of that crank, Q32.
        mean in adjusted: u128 = 368,
    }
}

/// The status of a fund with nothing unpaid.
const ACTIVE: u8 = 0;

/// The regime of a market in stress.
const RISK_OFF: u8 = 2;

/// The kind of a cover that pays by a formula.
const PARAMETRIC: u8 = 2;

impl SaleView {
    /// Returns `true` while exits from the fund are blocked, or it does not clear any more. A house of a
    /// silent market counts although it may not block exits: it is a loss of unknown size.
    pub fn holds_exits(&self, now: i64) -> bool {
        let clears = self.open_defaults > 0 || self.unfunded > 0 || self.open_houses > 0;
        let watched = self.open_watches > 0 && now < self.watch_until_ts;
        let held = now < self.grace_until_ts || now < self.hold_until_ts || self.cover_owed > 0;
        self.status != ACTIVE || clears || watched || held
    }

    /// Returns `true` if the two largest defaults leave as much as all covers pledge.
    ///
    /// # Errors
    /// `Overflow`.
    pub fn has_headroom(&self) -> Result<bool> {
        let resources = add(self.treasury, self.contributions)?;
        let left =
            headroom(resources, &self.exposures, Bps(self.cover_limit_bps)).map_err(CoverError::from)?;
        Ok(left >= self.committed)
    }
}

impl TermsView {
    /// Returns `true` if the cover pays what is drawn, whoever has paid premium or first loss: the book
    /// takes the coinsurance itself, and each policy pays its premium.
    pub fn fits_policies(&self) -> bool {
        self.kind == PARAMETRIC
            && self.coinsurance_bps == 0
            && self.premium_bps_per_year == 0
            && self.first_loss_min == 0
    }

    /// Returns what a draw of the cover can still be owed, whichever of its limits is the least. What has
    /// lapsed of the draws of a period is no part of what was drawn, and has used the period's limit up.
    pub fn capacity(&self, cover: &CoverView, now: i64) -> u64 {
        let most = cover.limit.min(self.per_draw).min(self.period_limit);
        let left = most.saturating_sub(cover.drawn).saturating_sub(cover.owed);
        let (ts, drawn, before) = (self.period_ts, self.period_drawn, self.period_before);
        let period = Period { ts, drawn, before, draws: 0, settlements: 0 };
        left.min(period.at(now).room(self.period_limit))
    }
}

impl MarketView {
    /// Returns the mean of its marks before the one that is in force, as a mantissa, rounded down as the
    /// prices of days are: it favours nobody.
    pub fn mean_before(&self) -> Price {
        u64::try_from(self.mean >> 32).unwrap_or(0) // a mean of prices is one
    }

    /// Returns `true` while the market is in stress, or trades that add risk are halted.
    pub fn is_risk_off(&self, now: i64) -> bool {
        self.regime == RISK_OFF || now < self.halted_until_ts
    }

    /// Returns `true` if the market ends before `ts`, as far as that is known.
    pub fn ends_before(&self, ts: i64) -> bool {
        let ends = [self.final_ts, self.expires_ts, self.closing_ts, self.dead_ts];
        ends.iter().any(|end| *end != 0 && *end < ts)
    }

    /// Returns `true` if its mark is certain, and at most `secs` old.
    pub fn is_recent(&self, secs: u32, now: i64) -> bool {
        let since = self.crank_ts.min(self.publish_ts);
        self.price > 0 && self.silence == 0 && now <= since.saturating_add(i64::from(secs))
    }
}

/// The status of a cover that is neither suspended nor ended.
const ACTIVE_COVER: u8 = 0;

/// The status of a cover that has ended: it draws no more, and takes no fees.
const ENDED: u8 = 2;

impl CoverView {
    /// Returns the second from which an incident is not covered any more.
    pub fn over_ts(&self) -> i64 {
        if self.lapsed_ts == 0 {
            self.ends_ts
        } else {
            self.lapsed_ts
        }
    }

    /// Returns `true` while it is open, neither suspended nor ended.
    pub fn is_open(&self, now: i64) -> bool {
        self.status == ACTIVE_COVER && self.opens_ts <= now && now < self.over_ts()
    }

    /// Returns `true` for the wallet of what is covered.
    pub fn is_beneficiary(&self, key: &Address) -> bool {
        anchor_lang::address_eq(&self.beneficiary, key)
    }

    /// Returns `true` once it has ended.
    pub fn has_ended(&self) -> bool {
        self.status == ENDED
    }

    /// Returns `true` while its drawer may hold exits. A cover that has lapsed in the second in
    /// which it opened serves nothing.
    pub fn is_served(&self, now: i64) -> bool {
        let until = self.over_ts().saturating_add(SERVE_SECS).max(self.live_until_ts);
        !self.has_ended() && self.opens_ts < self.over_ts() && self.opens_ts <= now && now < until
    }
}

/// Returns the address of a cover.
pub fn cover_address(fund: &Address, index: u16) -> Address {
    find_program_address(&[b"cover", fund.as_ref(), &index.to_le_bytes()], &BULKHEAD).0
}

/// Returns the address of a market.
pub fn market_address(fund: &Address, index: u16) -> Address {
    find_program_address(&[b"market", fund.as_ref(), &index.to_le_bytes()], &BULKHEAD).0
}
