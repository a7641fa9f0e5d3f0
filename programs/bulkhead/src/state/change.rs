//! Changes governance has announced, and what they may change.

use {
    super::{
        fund::Fund,
        market::Market,
        params::{AdjustmentTerms, FundParams, MarketRates, OracleConfig},
    },
    crate::{constants::*, error::*},
    anchor_lang::prelude::*,
    bytemuck::{Pod, Zeroable},
    wincode::{SchemaRead, SchemaWrite},
};

/// What a market trades under.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable, SchemaRead, SchemaWrite, IdlType)]
pub struct MarketTerms {
    /// Most lots that may be open on one side.
    pub max_open_interest: u64,
    /// Requirement rates at the target volatility.
    pub rates: MarketRates,
    /// What moves them.
    pub adjustment: AdjustmentTerms,
    /// How far from the mark a trade may be.
    pub price_band_bps: u16,
    /// Confidences that a requirement moves the mark by.
    pub confidence_multiple: u8,
    /// Keeps the layout free of padding.
    pub _pad: [u8; 5],
}

/// A change of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SchemaRead, SchemaWrite)]
pub enum ParameterChange {
    /// Parameters of the fund.
    Fund(FundParams),
    /// Terms of the market with this index.
    Market(u16, MarketTerms),
    /// The oracle of the market with this index.
    Oracle(u16, OracleConfig),
    /// Who can pause and veto.
    Guardian(Address),
}

/// By hand: the derive of Anchor 2.0.0-rc.1 calls an enum's variants fields, which no reader of an IDL understands.
#[cfg(feature = "idl-build")]
impl anchor_lang::IdlAccountType for ParameterChange {
    fn __idl_type_def() -> Option<&'static str> {
        Some(
            r#"{"name": "ParameterChange", "docs": ["A change of parameters."], "type": {"kind": "enum", "variants": [
                {"name": "Fund", "fields": [{"defined": {"name": "FundParams"}}]},
                {"name": "Market", "fields": ["u16", {"defined": {"name": "MarketTerms"}}]},
                {"name": "Oracle", "fields": ["u16", {"defined": {"name": "OracleConfig"}}]},
                {"name": "Guardian", "fields": ["pubkey"]}]}}"#,
        )
    }

    fn __register_idl_deps(accounts: &mut Vec<&'static str>, types: &mut Vec<&'static str>) {
        types.extend(Self::__idl_type_def());
        FundParams::__register_idl_deps(accounts, types);
        MarketTerms::__register_idl_deps(accounts, types);
        OracleConfig::__register_idl_deps(accounts, types);
    }
}

/// A change that waits for its time. Whoever it makes worse off can leave before.
#[account]
pub struct QueuedChange {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Length of `data`.
    pub len: u16,
    #[doc(hidden)]
    pub _pad: [u8; 4],
    /// The fund.
    pub fund: Address,
    /// Who paid for this account.
    pub payer: Address,
    /// Number of the change: the governance nonce it was queued with.
    pub number: u64,
    /// From when it can be applied.
    pub ready_ts: i64,
    /// Until when.
    pub expires_ts: i64,
    /// The [`ParameterChange`], serialised.
    pub data: [u8; 256],
}

const _: () = assert!(core::mem::size_of::<QueuedChange>() == 352);

impl QueuedChange {
    /// Whether this is a change of `fund` in the layout this program reads.
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

    /// Whether its time has come, and not passed.
    pub fn require_due(&self, now: i64) -> Result<()> {
        require!(now >= self.ready_ts, BulkheadError::ChangeNotReady);
        require!(now <= self.expires_ts, BulkheadError::ChangeExpired);
        Ok(())
    }
}

impl ParameterChange {
    /// The market it is of.
    pub fn market(&self) -> Option<u16> {
        match self {
            Self::Market(index, _) | Self::Oracle(index, _) => Some(*index),
            Self::Fund(_) | Self::Guardian(_) => None,
        }
    }

    /// How long it waits. What makes contributors' risk larger waits longer than notice period and claim window, so that
    /// whoever disagrees has left before; what only makes it smaller waits a day, for members to meet it.
    pub fn timelock(&self, fund: &Fund, market: Option<&Market>) -> i64 {
        let safer = match (self, market) {
            (Self::Fund(params), _) => params.is_safer_than(&fund.params),
            (Self::Market(_, terms), Some(market)) => terms.is_safer_than(&market.terms()),
            _ => false,
        };
        if safer {
            TIMELOCK_SECS
        } else {
            TIMELOCK_SECS.saturating_add(fund.params.leave_secs())
        }
    }

    /// Refuses what is outside the hard bounds, or would make another parameter so.
    pub fn validate(&self, fund: &Fund, market: Option<&Market>) -> Result<()> {
        match (self, market) {
            (Self::Fund(params), _) => {
                params.validate()?;
                // Initial margins were measured against the fee: a higher one could use them up (P7).
                require!(params.clearing_fee_bps <= fund.params.clearing_fee_bps, BulkheadError::MarginWithinPriceBand);
                Ok(())
            }
            (Self::Market(_, terms), Some(market)) => market.with_terms(terms).validate(&fund.params),
            (Self::Oracle(_, oracle), Some(market)) => market.with_oracle(oracle).validate(&fund.params),
            (Self::Guardian(_), _) => Ok(()),
            (_, None) => Err(BulkheadError::WrongMarket.into()),
        }
    }

    /// Makes the change.
    pub fn apply(&self, fund: &mut Fund, market: Option<&mut Market>) -> Result<()> {
        match (self, market) {
            (Self::Fund(params), _) => fund.params = *params,
            (Self::Market(_, terms), Some(market)) => market.set_terms(terms)?,
            (Self::Oracle(_, oracle), Some(market)) => market.oracle = *oracle,
            (Self::Guardian(guardian), _) => fund.guardian = *guardian,
            (_, None) => return Err(BulkheadError::WrongMarket.into()),
        }
        Ok(())
    }
}

impl MarketTerms {
    /// Whether these only lower the risk of contributors and nobody's maintenance margin moves: everything else is equal.
    fn is_safer_than(&self, now: &Self) -> bool {
        let (rates, old) = (&self.rates, &now.rates);
        rates.initial_bps >= old.initial_bps
            && rates.maintenance_bps == old.maintenance_bps
            && rates.contribution_bps >= old.contribution_bps
            && rates.stress_bps >= old.stress_bps
            && self.max_open_interest <= now.max_open_interest
            && self.price_band_bps <= now.price_band_bps
            && self.confidence_multiple == now.confidence_multiple
            && self.adjustment.is_safer_than(&now.adjustment)
    }
}

impl AdjustmentTerms {
    /// Whether only the concentration add-on changes, and rises. Everything else here either moves somebody's maintenance
    /// margin, delays a default, or costs members.
    fn is_safer_than(&self, now: &Self) -> bool {
        let limits =
            self.concentration_lots <= now.concentration_lots && self.concentration_bps >= now.concentration_bps;
        let same =
            Self { concentration_lots: self.concentration_lots, concentration_bps: self.concentration_bps, ..*now };
        limits && *self == same
    }
}

impl FundParams {
    /// Whether these only lower the risk of contributors: everything that is no limit on it is equal.
    fn is_safer_than(&self, now: &Self) -> bool {
        let limits = self.min_contribution >= now.min_contribution
            && self.treasury_floor >= now.treasury_floor
            && self.treasury_floor_bps >= now.treasury_floor_bps
            && self.notice_secs <= now.notice_secs
            && self.max_mark_age_slots <= now.max_mark_age_slots
            && self.cover_limit_bps <= now.cover_limit_bps;
        let same = Self {
            min_contribution: self.min_contribution,
            treasury_floor: self.treasury_floor,
            treasury_floor_bps: self.treasury_floor_bps,
            notice_secs: self.notice_secs,
            max_mark_age_slots: self.max_mark_age_slots,
            cover_limit_bps: self.cover_limit_bps,
            ..*now
        };
        limits && *self == same
    }
}
