//! Where the fields read and written here are, from the start of an account's data. The test below holds them to the
//! program's structs.

#![allow(non_upper_case_globals)] // fields are named as the program names them

macro_rules! layouts {
    ($($(#[$doc:meta])* $module:ident: $type:ident from $start:literal { $($field:ident: $at:expr,)* })*) => {
        $($(#[$doc])* pub mod $module {
            $(pub const $field: usize = $at;)*
        })*

        #[cfg(test)]
        #[test]
        fn fields_are_where_the_program_has_them() {
            $($(assert_eq!(
                $module::$field,
                $start + core::mem::offset_of!(bulkhead::state::$type, $field),
                "{}", concat!(stringify!($type), ".", stringify!($field)),
            );)*)*
        }
    };
}

layouts! {
    /// The fund.
    fund_at: Fund from 8 {
        version: 8,
        vault_bump: 10,
        status: 11,
        quote_decimals: 13,
        authority: 16,
        mint: 112,
        vault: 144,
        token_program: 176,
        treasury_notice: 224,
        margin_total: 232,
        contributions: 240,
        treasury: 248,
        rewards_unclaimed: 256,
        pool: 264,
        total_shares: 288,
        share_epoch: 304,
        reward_index: 312,
        reward_surplus: 328,
        loss_index: 336,
        default_seq: 352,
        unfunded: 360,
        residual: 368,
        open_defaults: 376,
        members: 384,
        market_count: 388,
        open_houses: 390,
        cooling_off: 396,
        losses_outstanding: 408,
        loss_units: 416,
        loss_units_index: 432,
        loss_epoch: 448,
        assessment: 480,
        contributions_before: 560,
        shares_before: 568,
        cooling_off_ends_ts: 584,
        params: 648,
        rewards_streaming: 800,
        rewards_ts: 808,
        outflow: 816,
        exposures: 832,
        exits: 928,
        cushions: 1064,
        house_round: 1080,
        gain_claims: 2080,
        crowding: 3048,
        treasury_to: 3088,
        pauses: 3136,
        loss_seq: 3200,
        committed: 3208,
        vest_millis: 3232,
    }
    /// A market.
    market_at: Market from 8 {
        confidence_multiple: 12,
        index: 14,
        fund: 16,
        oracle: 48,
        mark: 192,
        scale: 224,
        base_rates: 232,
        rates: 240,
        adjustment: 248,
        adjusted: 288,
        range: 512,
        crank_ts: 552,
        seen_ts: 560,
        silence: 584,
        crowding: 608,
        spot: 656,
        fresh_until_ts: 664,
        price_band_bps: 440,
        max_open_interest: 448,
        open_interest: 464,
        house_lots: 472,
        house_raw: 480,
        house_since_slot: 496,
        final_ts: 504,
        run_ts: 800,
    }
    /// A member.
    member_at: Member from 8 {
        status: 10,
        untaken: 11,
        fund: 16,
        owner: 48,
        delegate: 80,
        margin: 112,
        shares: 120,
        share_epoch: 136,
        notice_shares: 144,
        notice_ready_secs: 160,
        exit_ready_secs: 168,
        reward_index: 176,
        rewards: 192,
        loss_index: 208,
        loss_units_index: 256,
        loss_epoch: 272,
        positions: 440,
        settled: 824,
        default_count: 936,
    }
    /// The record of a default.
    record_at: DefaultRecord from 8 {
        version: 8,
        status: 10,
        fund: 16,
        member: 48,
        payer: 80,
        seq: 112,
        shortfall: 144,
        from_contribution: 152,
        from_treasury: 160,
        from_survivors: 168,
        residual: 176,
        contributions_before: 184,
        bounties: 192,
        positions: 208,
        unfunded: 432,
        cushion_round: 456,
        count: 512,
    }
    /// A position, from the start of its slot.
    slot_at: PositionSlot from 0 {
        raw: 0,
        lots: 16,
        market: 24,
        premium_index: 32,
    }
    /// An oracle's configuration, from its start in a market.
    oracle_at: OracleConfig from 0 {
        feed_id: 0,
        account: 32,
        owners: 64,
        max_age_secs: 128,
        kind: 138,
    }
    /// A mark, from its start in a market.
    mark_at: MarkState from 0 {
        price: 0,
        confidence: 8,
        slot: 16,
        publish_ts: 24,
    }
    /// The exit clock, from its start in a fund.
    exits_at: ExitState from 0 {
        millis: 0,
        ts: 8,
        slot: 16,
        carry_ms: 24,
        series_since: 32,
        reopened: 40,
        grace_until_ts: 48,
        open_watches: 88,
        blocked: 92,
    }
    /// Parameters, from their start in a fund.
    params_at: FundParams from 0 {
        min_contribution: 0,
        max_mark_age_slots: 36,
        auction_slots: 44,
        cooling_off_secs: 52,
        cover_limit_bps: 64,
        clearing_fee_bps: 66,
        reward_share_bps: 68,
        liquidation_bonus_bps: 70,
        liquidation_fee_bps: 72,
        liquidation_buffer_bps: 74,
        auction_max_discount_bps: 76,
        treasury_floor_bps: 78,
        slot_ms: 86,
        age_full_secs: 88,
        vest_secs: 108,
        crowding_limit_bps: 112,
    }
    /// One of the largest exposures, from the start of its entry.
    exposure_at: Exposure from 0 {
        contribution: 32,
        stress_loss: 40,
    }
    /// Rates, from their start in a market.
    rates_at: MarketRates from 0 {
        initial_bps: 0,
        maintenance_bps: 2,
        contribution_bps: 4,
        stress_bps: 6,
    }
    /// Terms of adjustment, from their start in a market.
    terms_at: AdjustmentTerms from 0 {
        volatility_half_life_secs: 8,
        breaker_window_secs: 12,
        multiplier_min_bps: 22,
        multiplier_max_bps: 24,
        maintenance_ramp_bps_per_hour: 26,
        breaker_bps: 28,
    }
    /// What a market remembers of its prices, from its start there.
    adjusted_at: AdjustmentState from 0 {
        variance: 0,
        sample_price: 8,
        sample_ts: 16,
        target_variance: 24,
        breaker: 32,
        mean: 80,
        premium_index: 96,
        premium_rate: 128,
        maintenance_ramp: 136,
        maintenance_target: 140,
        multiplier_bps: 144,
        regime: 146,
    }
    /// Highest and lowest prices of two cells, from their start in a market.
    range_at: RangeState from 0 {
        cell: 0,
        high: 8,
        low: 16,
        high_before: 24,
        low_before: 32,
    }
    /// Settled results, from their start in a member.
    settled_at: SettledResults from 0 {
        since: 0,
        present: 8,
        previous: 16,
    }
}

/// The first eight bytes of an account, and how many there are.
pub const FUND: (u64, usize) = (0xd1d4_1f5b_d0b7_803e, 3_256);
pub const MARKET: (u64, usize) = (0x9ac6_e300_37d5_bedb, 856);
pub const MEMBER: (u64, usize) = (0xc611_a61d_15a2_1336, 1_008);
pub const RECORD: (u64, usize) = (0xd109_350a_25ff_728f, 568);
/// Bytes of an exposure, and how many are known.
pub const EXPOSURE: usize = 48;
pub const EXPOSURES: usize = 2;
/// Bytes of a position, and how many a member can have.
pub const SLOT: usize = 48;
pub const SLOTS: usize = 8;
/// The layout version of every account.
pub const VERSION: u8 = 2;

#[cfg(test)]
mod tests {
    use {super::*, anchor_lang::Discriminator, bulkhead::state::*};

    fn is<T: Discriminator>((tag, len): (u64, usize)) {
        assert_eq!(tag.to_le_bytes(), T::DISCRIMINATOR, "{}", std::any::type_name::<T>());
        assert_eq!(len, 8 + size_of::<T>(), "{}", std::any::type_name::<T>());
    }

    #[test]
    fn accounts_are_the_programs() {
        is::<Fund>(FUND);
        is::<Market>(MARKET);
        is::<Member>(MEMBER);
        is::<DefaultRecord>(RECORD);
        assert_eq!((SLOT, SLOTS), (size_of::<PositionSlot>(), bulkhead::constants::MAX_POSITIONS));
        assert_eq!((EXPOSURE, EXPOSURES * EXPOSURE), (size_of::<Exposure>(), size_of::<[Exposure; 2]>()));
        assert_eq!(VERSION, bulkhead::constants::VERSION);
    }
}
