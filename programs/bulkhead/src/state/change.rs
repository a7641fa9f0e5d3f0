//! Parameter changes that governance has queued.

use {
    super::{
        cover::CoverTerms,
        params::{FundChange, MarketChange, MarketParams, OracleChange},
    },
    crate::{constants::*, error::*},
    anchor_lang::prelude::*,
    bulkhead_math::exit_clock::{ExitClock, Phase, Window},
    wincode::{SchemaRead, SchemaWrite},
};

/// A change that governance queues. It names the single parameters that it touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SchemaRead, SchemaWrite)]
pub enum ParameterChange {
    /// Parameters of the fund.
    Fund(FundChange),
    /// Terms of the market with this index.
    Market(u16, MarketChange),
    /// The oracle of the market with this index.
    Oracle(u16, OracleChange),
    /// The key that can pause and veto.
    Guardian(Address),
    /// The end of the market with this index, in chain time.
    Close(u16, i64),
    /// The final mark of the silent market with this index.
    FinalMark(u16, u64),
    /// A new market. `open_market` applies it.
    NewMarket(MarketParams),
    /// A new cover. `open_cover` applies it.
    NewCover(CoverTerms),
    /// A higher limit of the cover with this index. `amend_cover` applies it.
    RaiseCover(u16, u64),
    /// The end of a suspension or a lapse of the cover with this index. `amend_cover` applies it.
    ResumeCover(u16),
}

/// By hand: the derive of Anchor 2.0.0-rc.1 calls an enum's variants fields, which no reader of an
/// IDL understands.
#[cfg(feature = "idl-build")]
impl anchor_lang::IdlAccountType for ParameterChange {
    fn __idl_type_def() -> Option<&'static str> {
        Some(
            r#"{"name": "ParameterChange", "docs": ["A change that governance queues."], "type": {"kind": "enum", "variants": [
                {"name": "Fund", "fields": [{"defined": {"name": "FundChange"}}]},
                {"name": "Market", "fields": ["u16", {"defined": {"name": "MarketChange"}}]},
                {"name": "Oracle", "fields": ["u16", {"defined": {"name": "OracleChange"}}]},
                {"name": "Guardian", "fields": ["pubkey"]},
                {"name": "Close", "fields": ["u16", "i64"]},
                {"name": "FinalMark", "fields": ["u16", "u64"]},
                {"name": "NewMarket", "fields": [{"defined": {"name": "MarketParams"}}]},
                {"name": "NewCover", "fields": [{"defined": {"name": "CoverTerms"}}]},
                {"name": "RaiseCover", "fields": ["u16", "u64"]},
                {"name": "ResumeCover", "fields": ["u16"]}]}}"#,
        )
    }

    fn __register_idl_deps(accounts: &mut Vec<&'static str>, types: &mut Vec<&'static str>) {
        types.extend(Self::__idl_type_def());
        FundChange::__register_idl_deps(accounts, types);
        MarketChange::__register_idl_deps(accounts, types);
        OracleChange::__register_idl_deps(accounts, types);
        MarketParams::__register_idl_deps(accounts, types);
        CoverTerms::__register_idl_deps(accounts, types);
    }
}

/// A queued change. It waits long enough that everybody it makes worse off can leave before.
#[account]
pub struct QueuedChange {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Length of `data`.
    pub len: u16,
    /// Whether it waits in chain time instead of on the exit clock: see
    /// [`crate::rules::governance::mends_feed`].
    pub in_chain_time: PodBool,
    #[doc(hidden)]
    pub _pad: [u8; 3],
    /// The fund.
    pub fund: Address,
    /// The rent payer, who gets the rent back.
    pub payer: Address,
    /// Number of the change: the governance nonce it was queued with.
    pub number: u64,
    /// When it was queued, on the clock that it waits by, in seconds: the exit clock, or chain time.
    pub queued_secs: u64,
    /// Reading from which it can be applied, as judged when it was queued. What is in force when it
    /// is applied may put it off.
    pub ready_secs: u64,
    /// When it was queued.
    pub queued_ts: i64,
    /// The [`ParameterChange`], serialised.
    pub data: [u8; 256],
}

const _: () = assert!(core::mem::size_of::<QueuedChange>() == 360);

impl QueuedChange {
    /// Whether this is a change of `fund` in the layout this program reads.
    #[inline(always)]
    pub fn check(&self, fund: &Address) -> Result<()> {
        require!(anchor_lang::address_eq(&self.fund, fund), BulkheadError::WrongFund);
        require!(self.version == VERSION, BulkheadError::WrongVersion);
        Ok(())
    }

    /// Writes the change.
    pub fn write(&mut self, change: &ParameterChange) -> Result<()> {
        let bytes = wincode::serialize(change).map_err(|_| BulkheadError::ParameterOutOfBounds)?;
        let place = self.data.get_mut(..bytes.len()).ok_or(BulkheadError::Overflow)?;
        place.copy_from_slice(&bytes);
        self.len = u16::try_from(bytes.len()).map_err(|_| BulkheadError::Overflow)?;
        Ok(())
    }

    /// Reads the change back.
    pub fn change(&self) -> Result<ParameterChange> {
        let bytes = self.data.get(..usize::from(self.len)).ok_or(BulkheadError::Overflow)?;
        wincode::deserialize(bytes).map_err(|_| BulkheadError::ParameterOutOfBounds.into())
    }

    /// Returns the time in which it can be applied, on the clock that it waits by, if it waits for
    /// `wait` seconds as judged by what is in force now: the longer wait holds, from queueing.
    pub fn window(&self, wait: u64) -> Window {
        let opens = self.ready_secs.max(self.queued_secs.saturating_add(wait));
        Window { opens, closes: opens.saturating_add(CHANGE_WINDOW_SECS) }
    }

    /// Returns where a change stands that waits for `wait` seconds as judged by what is in force now.
    /// Time in which nobody could leave does not count, unless it waits in chain time.
    pub fn phase(&self, wait: u64, clock: &ExitClock, now: i64) -> Phase {
        match self.in_chain_time.get() {
            true => self.window(wait).phase_at(u64::try_from(now).unwrap_or(0)),
            false => self.window(wait).phase(clock),
        }
    }

    /// Refuses a change whose time has not come, or has passed: see [`Self::phase`].
    ///
    /// # Errors
    /// `ChangeNotReady`, `ChangeExpired`.
    pub fn require_due(&self, wait: u64, clock: &ExitClock, now: i64) -> Result<()> {
        match self.phase(wait, clock, now) {
            Phase::Waiting => Err(BulkheadError::ChangeNotReady.into()),
            Phase::Open => Ok(()),
            Phase::Missed => Err(BulkheadError::ChangeExpired.into()),
        }
    }
}

impl ParameterChange {
    /// Returns the index of the market that changes, if one does.
    pub fn market(&self) -> Option<u16> {
        match self {
            Self::Market(index, _) | Self::Oracle(index, _) => Some(*index),
            Self::Close(index, _) | Self::FinalMark(index, _) => Some(*index),
            Self::Fund(_) | Self::Guardian(_) | Self::NewMarket(_) => None,
            Self::NewCover(_) | Self::RaiseCover(..) | Self::ResumeCover(_) => None,
        }
    }

    /// Returns the index of the cover that changes, if one does.
    pub fn cover(&self) -> Option<u16> {
        match self {
            Self::RaiseCover(index, _) | Self::ResumeCover(index) => Some(*index),
            _ => None,
        }
    }
}
