//! Accounts that are checked, and the words in them.

use {
    crate::layout::*,
    pinocchio::{
        account::RefMut,
        error::ProgramError,
        sysvars::{clock::Clock, get_sysvar},
        AccountView, Address,
    },
};

/// The sysvar that holds the slot of the cluster's last restart.
const LAST_RESTART_SLOT: Address = Address::from_str_const("SysvarLastRestartS1ot1111111111111111111111");

/// An account of the program's.
pub struct Account<'a, const LEN: usize> {
    view: AccountView,
    data: RefMut<'a, [u8; LEN]>,
}

pub type Fund<'a> = Account<'a, { FUND.1 }>;
pub type Market<'a> = Account<'a, { MARKET.1 }>;
pub type Member<'a> = Account<'a, { MEMBER.1 }>;
pub type Record<'a> = Account<'a, { RECORD.1 }>;

impl<'a, const LEN: usize> Account<'a, LEN> {
    /// Writable, of the program, this type and layout, and borrowed by nobody else.
    #[inline(always)]
    fn check(account: &'a mut AccountView, program: &Address, tag: u64) -> Result<Self, ProgramError> {
        require(account.is_writable(), ProgramError::Immutable)?;
        Self::read(account, program, tag)
    }

    /// The same of one that is only read.
    #[inline(always)]
    fn read(account: &'a mut AccountView, program: &Address, tag: u64) -> Result<Self, ProgramError> {
        let view = *account;
        require(view.owned_by(program), ProgramError::InvalidAccountOwner)?;
        let data = RefMut::filter_map(account.try_borrow_mut()?, |bytes| bytes.first_chunk_mut::<LEN>());
        let account = Self { view, data: data.map_err(|_| ProgramError::AccountDataTooSmall)? };
        require(
            account.word(0) == tag && account.data[fund_at::version] == VERSION,
            ProgramError::InvalidAccountData,
        )?;
        Ok(account)
    }

    /// One that was created just now.
    #[inline(always)]
    pub fn created(account: &'a mut AccountView) -> Result<Self, ProgramError> {
        let view = *account;
        let data = RefMut::filter_map(account.try_borrow_mut()?, |bytes| bytes.first_chunk_mut::<LEN>());
        Ok(Self { view, data: data.map_err(|_| ProgramError::AccountDataTooSmall)? })
    }

    #[inline(always)]
    pub fn address(&self) -> &Address {
        self.view.address()
    }

    #[inline(always)]
    pub fn word(&self, at: usize) -> u64 {
        word(&*self.data, at)
    }

    #[inline(always)]
    pub fn half(&self, at: usize) -> u32 {
        let mut half = [0; 4];
        half.copy_from_slice(&self.data[at..at + 4]);
        u32::from_le_bytes(half)
    }

    #[inline(always)]
    pub fn short(&self, at: usize) -> u16 {
        u16::from_le_bytes([self.data[at], self.data[at + 1]])
    }

    #[inline(always)]
    pub fn byte(&self, at: usize) -> u8 {
        self.data[at]
    }

    /// Whether this address is stored there.
    #[inline(always)]
    pub fn holds(&self, at: usize, address: &Address) -> bool {
        (0..4).all(|part| self.word(at + 8 * part) == word(address.as_array(), 8 * part))
    }

    /// What all these words have in common, so that none of the loads is dropped.
    #[inline(always)]
    pub fn load(&self, at: usize, words: usize) -> u64 {
        (0..words).fold(0, |seen, index| seen ^ self.word(at + 8 * index))
    }

    /// Loads and stores each of these words.
    #[inline(always)]
    pub fn touch(&mut self, at: usize, words: usize) {
        touch(&mut *self.data, at, words);
    }

    #[inline(always)]
    pub fn set(&mut self, at: usize, word: u64) {
        set(&mut *self.data, at, word);
    }

    /// Two words as one number.
    #[inline(always)]
    pub fn wide(&self, at: usize) -> u128 {
        u128::from(self.word(at + 8)) << 64 | u128::from(self.word(at))
    }

    #[inline(always)]
    pub fn set_wide(&mut self, at: usize, wide: u128) {
        self.set(at, wide as u64);
        self.set(at + 8, (wide >> 64) as u64);
    }

    /// A signed word as two.
    #[inline(always)]
    pub fn set_signed_wide(&mut self, at: usize, word: i64) {
        self.set(at, word as u64);
        self.set(at + 8, (word >> 63) as u64);
    }

    #[inline(always)]
    pub fn set_half(&mut self, at: usize, half: u32) {
        self.data[at..at + 4].copy_from_slice(&half.to_le_bytes());
    }

    #[inline(always)]
    pub fn set_short(&mut self, at: usize, short: u16) {
        self.data[at..at + 2].copy_from_slice(&short.to_le_bytes());
    }

    #[inline(always)]
    pub fn set_byte(&mut self, at: usize, byte: u8) {
        self.data[at] = byte;
    }

    /// Adds to a word.
    #[inline(always)]
    pub fn add(&mut self, at: usize, amount: u64) {
        self.set(at, self.word(at).wrapping_add(amount));
    }

    /// Takes from a word.
    #[inline(always)]
    pub fn take(&mut self, at: usize, amount: u64) {
        self.set(at, self.word(at).wrapping_sub(amount));
    }

    /// Adds to two words.
    #[inline(always)]
    pub fn add_wide(&mut self, at: usize, amount: u128) {
        self.set_wide(at, self.wide(at).wrapping_add(amount));
    }

    /// Takes from two words.
    #[inline(always)]
    pub fn take_wide(&mut self, at: usize, amount: u128) {
        self.set_wide(at, self.wide(at).wrapping_sub(amount));
    }

    #[inline(always)]
    pub fn set_address(&mut self, at: usize, address: &Address) {
        (0..4).for_each(|part| self.set(at + 8 * part, word(address.as_array(), 8 * part)));
    }
}

/// The fund, whose exit clock runs.
#[inline(always)]
pub fn fund<'a, const MONEY: bool>(
    account: &'a mut AccountView,
    program: &Address,
    clock: &Clock,
) -> Result<Fund<'a>, ProgramError> {
    let mut fund: Fund = Account::check(account, program, FUND.0)?;
    if MONEY {
        fund.run_exit_clock(clock);
    } else {
        fund.touch(fund_at::exits, 6);
        fund.touch(fund_at::vest_millis, 1);
    }
    Ok(fund)
}

/// The fund of an instruction that only reads it.
#[inline(always)]
pub fn fund_read<'a>(account: &'a mut AccountView, program: &Address) -> Result<Fund<'a>, ProgramError> {
    Account::read(account, program, FUND.0)
}

#[inline(always)]
pub fn market<'a>(
    account: &'a mut AccountView,
    program: &Address,
    of: &Fund,
) -> Result<Market<'a>, ProgramError> {
    let market: Market = Account::check(account, program, MARKET.0)?;
    require(market.holds(market_at::fund, of.address()), ProgramError::InvalidArgument)?;
    Ok(market)
}

#[inline(always)]
pub fn member<'a>(
    account: &'a mut AccountView,
    program: &Address,
    of: &Fund,
) -> Result<Member<'a>, ProgramError> {
    let member: Member = Account::check(account, program, MEMBER.0)?;
    require(member.holds(member_at::fund, of.address()), ProgramError::InvalidArgument)?;
    Ok(member)
}

#[inline(always)]
pub fn record<'a>(
    account: &'a mut AccountView,
    program: &Address,
    of: &Fund,
) -> Result<Record<'a>, ProgramError> {
    let record: Record = Account::check(account, program, RECORD.0)?;
    require(record.holds(record_at::fund, of.address()), ProgramError::InvalidArgument)?;
    Ok(record)
}

impl Member<'_> {
    #[inline(always)]
    pub fn require_owner(&self, signer: &AccountView) -> Result<(), ProgramError> {
        let known = signer.is_signer() && self.holds(member_at::owner, signer.address());
        require(known, ProgramError::MissingRequiredSignature)
    }

    #[inline(always)]
    pub fn require_trader(&self, signer: &AccountView) -> Result<(), ProgramError> {
        let address = signer.address();
        let known = self.holds(member_at::owner, address) || self.holds(member_at::delegate, address);
        require(signer.is_signer() && known, ProgramError::MissingRequiredSignature)
    }

    /// Nothing held in any market.
    #[inline(always)]
    pub fn require_no_positions(&self) -> Result<(), ProgramError> {
        let slots = (0..self.taken()).map(|slot| member_at::positions + slot * SLOT);
        let held = slots
            .fold(0, |held, slot| held | self.load(slot + slot_at::raw, 2) | self.word(slot + slot_at::lots));
        require(held == 0, ProgramError::InvalidArgument)
    }

    /// Slots that were ever taken.
    #[inline(always)]
    fn taken(&self) -> usize {
        SLOTS - usize::from(self.byte(member_at::untaken)).min(SLOTS)
    }

    /// Looks through every slot that was ever taken and writes the one of `market`, or a free one. Returns what the slots held.
    #[inline(always)]
    pub fn touch_position(&mut self, market: u16) -> Result<u64, ProgramError> {
        let (place, seen) = self.place_of(market)?;
        let slot = self.data.get_mut(place..).and_then(|rest| rest.first_chunk_mut::<SLOT>());
        touch(slot.ok_or(ProgramError::InvalidArgument)?, 0, SLOT / 8);
        Ok(seen)
    }

    /// The slot of `market`, or a free one, which is taken, and what all slots held.
    #[inline(always)]
    pub fn place_of(&mut self, market: u16) -> Result<(usize, u64), ProgramError> {
        let (mut own, mut free, mut seen) = (None, None, 0);
        let taken = self.taken();
        let next = member_at::positions + taken * SLOT;
        for slot in (0..taken).map(|slot| member_at::positions + slot * SLOT) {
            let held = self.load(slot + slot_at::raw, 2) ^ self.word(slot + slot_at::lots);
            seen ^= held;
            if held == 0 {
                free = free.or(Some(slot));
            } else if self.short(slot + slot_at::market) == market {
                own = Some(slot);
            }
        }
        let place = own.or(free).unwrap_or(next);
        if place == next {
            self.set_byte(member_at::untaken, self.byte(member_at::untaken).wrapping_sub(1));
        }
        Ok((place, seen))
    }
}

impl Market<'_> {
    /// A mark that is neither final, nor silenced, nor older than fund and oracle allow, nor from before the last restart.
    #[inline(always)]
    pub fn require_fresh(&self, fund: &Fund, clock: &Clock) -> Result<(), ProgramError> {
        let age = clock.slot.wrapping_sub(self.word(market_at::mark + mark_at::slot));
        let most = fund.half(fund_at::params + params_at::max_mark_age_slots);
        let priced = self.word(market_at::mark + mark_at::price) > 0 && self.byte(market_at::silence) == 0;
        let published = self.word(market_at::mark + mark_at::publish_ts);
        let secs = (clock.unix_timestamp as u64).saturating_sub(published);
        let recent = secs <= u64::from(self.half(market_at::oracle + oracle_at::max_age_secs));
        let mut restart = [0; 8];
        get_sysvar(&mut restart, &LAST_RESTART_SLOT, 0)?;
        let restart = u64::from_le_bytes(restart);
        let since = restart == 0 || self.word(market_at::mark + mark_at::slot) > restart;
        let fresh = priced && age <= u64::from(most) && recent && since;
        require(self.word(market_at::final_ts) == 0 && fresh, ProgramError::InvalidArgument)
    }

    /// What a requirement is made of: mark and confidence, scale, rates and their terms.
    #[inline(always)]
    pub fn load_rates(&self) -> u64 {
        self.load(market_at::mark, 2)
            ^ self.word(market_at::scale)
            ^ self.word(market_at::rates)
            ^ self.load(market_at::adjustment, 5)
            ^ self.load(market_at::range, 5)
            ^ self.load(market_at::adjusted + 96, 2) // the premium's index
    }
}

impl Fund<'_> {
    #[inline(always)]
    pub fn require_exits_open(&self, clock: &Clock) -> Result<(), ProgramError> {
        // Open defaults and graces are one word.
        let quiet = self.word(fund_at::open_defaults) == 0
            && self.word(fund_at::unfunded) == 0
            && self.short(fund_at::open_houses) == 0
            && self.word(fund_at::exits + exits_at::grace_until_ts) <= clock.unix_timestamp as u64
            && self.half(fund_at::exits + exits_at::open_watches) == 0;
        require(quiet, ProgramError::InvalidArgument)
    }

    #[inline(always)]
    pub fn require_not_paused(&self, bit: u8, clock: &Clock) -> Result<(), ProgramError> {
        let until = fund_at::pauses + 16 * bit.trailing_zeros() as usize + 8;
        require(clock.unix_timestamp >= self.word(until) as i64, ProgramError::InvalidArgument)
    }

    /// What a member's share and what others can lose is made of.
    #[inline(always)]
    pub fn load_resources(&self) -> u64 {
        self.load(fund_at::contributions, 2)
            ^ self.load(fund_at::total_shares, 3)
            ^ self.word(fund_at::params + params_at::cover_limit_bps)
    }
}

#[inline(always)]
pub fn require(holds: bool, error: ProgramError) -> Result<(), ProgramError> {
    if holds {
        Ok(())
    } else {
        Err(error)
    }
}

/// An argument of the instruction.
#[inline(always)]
pub fn argument(data: &[u8], at: usize) -> Result<u64, ProgramError> {
    let bytes = data.get(at..).and_then(|rest| rest.first_chunk::<8>());
    bytes.map(|bytes| u64::from_le_bytes(*bytes)).ok_or(ProgramError::InvalidInstructionData)
}

#[inline(always)]
pub fn word(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

#[inline(always)]
fn set<const LEN: usize>(bytes: &mut [u8; LEN], at: usize, word: u64) {
    bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
}

#[inline(always)]
fn touch<const LEN: usize>(bytes: &mut [u8; LEN], at: usize, words: usize) {
    for at in (0..words).map(|index| at + 8 * index) {
        let other = word(&*bytes, at).wrapping_add(1);
        set(bytes, at, other);
    }
}
