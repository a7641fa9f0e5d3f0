//! Written by `cargo xtask codegen` from the IDL: do not edit.

/// The program's address on local networks.
pub const PROGRAM: &str = "BuLKhEad11111111111111111111111111111111111";

/// Accounts, parameters and their parts.
pub mod types {
    crate::wire::wire_struct! {
    /// What a market remembers of its prices.
    AdjustmentState {
    /// Variance per second at the last sample, Q16.48.
    variance: u64,
    /// Price of the last sample.
    sample_price: u64,
    /// When the last sample was published.
    sample_ts: i64,
    /// The variance at which the base rates are in force; zero: they always are.
    target_variance: u64,
    /// The range by which a move is measured; its cells are of the oracle's time.
    breaker: crate::types::RangeState,
    /// Trades that add risk halt until then.
    halted_until_ts: i64,
    /// Time-weighted mean of the price, Q32.
    mean: u128,
    /// Raw quote per lot, Q64.64.
    premium_index: u128,
    /// Raw quote that positions have paid and nobody has collected.
    premium_raw: u128,
    /// Rate per second in a neutral market, of 2^64.
    premium_rate: u64,
    /// Maintenance margin in parts of a basis point.
    maintenance_ramp: u32,
    /// Where it is heading since the last sample.
    maintenance_target: u32,
    /// The multiplier of the base rates that follows from volatility, clamped.
    multiplier_bps: u16,
    /// See `MarketRegime`.
    regime: crate::types::PodMarketRegime,
    #[doc(hidden)]
    _pad: [u8; 5],
    }
    }

    crate::wire::wire_struct! {
    /// How a market's rates follow its volatility, when its breaker trips, and what its positions pay.
    AdjustmentTerms {
    /// Lots the market takes without moving: more of them cost the concentration add-on.
    concentration_lots: u64,
    /// How fast volatility is forgotten.
    volatility_half_life_secs: u32,
    /// Time within which a move may trip the breaker.
    breaker_window_secs: u32,
    /// How long a trip halts trades that add risk.
    breaker_cooloff_secs: u32,
    /// Annual volatility at which the base rates are in force; 0: the rates do not follow
    /// volatility.
    target_volatility_bps: u16,
    /// Least that volatility makes of the base rates.
    multiplier_min_bps: u16,
    /// Most that volatility makes of the base rates.
    multiplier_max_bps: u16,
    /// Speed of maintenance margin, of notional.
    maintenance_ramp_bps_per_hour: u16,
    /// Move that trips the breaker; 0: none does.
    breaker_bps: u16,
    /// Premium on open positions, of notional, in a neutral market.
    premium_bps_per_year: u16,
    /// Concentration add-on to initial margin and stress, of the notional beyond the limit.
    concentration_bps: u16,
    #[doc(hidden)]
    _pad: [u8; 6],
    }
    }

    crate::wire::wire_struct! {
    /// The call on the shares of an ended epoch.
    AssessmentState {
    /// Shares there were when the epoch ended.
    shares: u128,
    /// Their share epoch, plus one.
    epoch: u64,
    /// Their value before the losses.
    base: u64,
    /// Called so far.
    called: u64,
    /// Paid so far.
    collected: u64,
    /// When it can no longer be collected.
    ends_ts: i64,
    /// From when on a gains cut waits for it.
    began_ts: i64,
    /// The part of the residual that was called and that nobody has paid since; what has lapsed of a call
    /// stays in it until its loss is paid.
    asked: u64,
    /// Whether a loss can still call them.
    callable: bool,
    #[doc(hidden)]
    _pad: [u8; 7],
    }
    }

    crate::wire::wire_struct! {
    /// One cover. Its account is never closed: what it has paid stays readable, and its index names no other.
    Cover {
    /// Layout version.
    version: u8,
    /// Bump of this address.
    bump: u8,
    /// See `CoverKind`.
    kind: u8,
    /// See `CoverStatus`.
    status: crate::types::PodCoverStatus,
    /// Its number in the fund.
    index: u16,
    /// See `CoverTerms::coinsurance_bps`.
    coinsurance_bps: u16,
    /// The fund.
    fund: crate::Address,
    /// See `CoverTerms::drawer`.
    drawer: crate::Address,
    /// See `CoverTerms::destination`.
    destination: crate::Address,
    /// See `CoverTerms::beneficiary`.
    beneficiary: crate::Address,
    /// See `CoverTerms::terms_hash`.
    terms_hash: [u8; 32],
    /// Most that the cover can draw in all.
    limit: u64,
    /// Drawn and settled so far.
    drawn: u64,
    /// Drawn and not settled.
    owed: u64,
    /// Settled and not collected. In the reserve.
    payable: u64,
    /// First loss that is there. In the reserve.
    first_loss: u64,
    /// First loss without which no period begins.
    first_loss_min: u64,
    /// Premium paid in advance. In the reserve.
    prepaid: u64,
    /// Most that one draw is owed.
    per_draw: u64,
    /// Most that the draws of a period are owed.
    period_limit: u64,
    /// Owed by the draws of the present cell of seven days.
    period_drawn: u64,
    /// Owed by the draws of the cell before.
    period_before: u64,
    /// When the present cell began.
    period_ts: i64,
    /// What happened before is not covered.
    opens_ts: i64,
    /// What happens from then on is not covered.
    ends_ts: i64,
    /// The second in which the premium was used up; zero: it is not.
    lapsed_ts: i64,
    /// The premium is paid until then.
    premium_ts: i64,
    /// A loss may be undecided until then: the cover does not end before.
    live_until_ts: i64,
    /// Mean slot of the draws that are owed, by their size.
    owed_slot: u64,
    /// Debt that is covered.
    covered_debt: u64,
    /// Number of the quarter-hour cell of `cell_drawn`.
    cell: u64,
    /// Bad debt booked in that cell.
    cell_drawn: u64,
    /// Bad debt booked in the cell before.
    before_drawn: u64,
    /// Premium, of what is pledged, in a year.
    premium_bps_per_year: u16,
    /// Index of the market.
    market: u16,
    /// See `CoverTerms::threshold_bps`.
    threshold_bps: u16,
    /// Draws of the present cell of seven days.
    period_draws: u8,
    /// Settlements of the present cell of seven days.
    period_settlements: u8,
    /// When it was suspended last.
    suspended_ts: i64,
    /// Number of the quarter-hour cell in which a venue was settled last.
    settled_cell: u64,
    #[doc(hidden)]
    _reserved: [u8; 8],
    }
    }

    crate::wire::wire_struct! {
    /// The terms of a cover. But for a higher limit they never change.
    CoverTerms {
    /// The key that holds and draws: an address of the program that is covered, or that decides claims.
    drawer: crate::Address,
    /// The token account that draws are paid to.
    destination: crate::Address,
    /// The wallet that gets premium and first loss back that the cover has not used.
    beneficiary: crate::Address,
    /// Hash of the document that says what is covered.
    terms_hash: [u8; 32],
    /// Most that the cover can draw in all.
    limit: u64,
    /// First loss without which no period begins.
    first_loss_min: u64,
    /// Most that one draw is owed.
    per_draw: u64,
    /// Most that the draws of a period are owed.
    period_limit: u64,
    /// Debt that a venue has covered, in base units; else zero.
    covered_debt: u64,
    /// What happened before is not covered. A cover opens an hour after its change is applied at the
    /// earliest.
    opens_ts: i64,
    /// What happens from then on is not covered.
    ends_ts: i64,
    /// Premium, of what is pledged, in a year.
    premium_bps_per_year: u16,
    /// Part of each loss beyond the first that the cover does not pay.
    coinsurance_bps: u16,
    /// Index of the market whose price bounds a venue; else zero.
    market: u16,
    /// Debt of its collateral at which a venue liquidates a loan; else zero.
    threshold_bps: u16,
    /// See `CoverKind`.
    kind: u8,
    }
    }

    crate::wire::wire_struct! {
    /// What a unit of a round has borne for others in layer 4: units bear losses as shares do.
    CushionLosses {
    /// Loss per unit, Q64.64.
    index: u128,
    /// Units of the fund's losses outstanding per unit, Q64.64.
    units_index: u128,
    /// `Self::units_index` when the fund's present loss epoch met this round: everything before
    /// is recovered.
    epoch_index: u128,
    /// That loss epoch.
    epoch: u64,
    }
    }

    crate::wire::wire_struct! {
    /// Where the losses of a round stood when a record joined it.
    CushionMark {
    /// See `CushionLosses::index`.
    loss_index: u128,
    /// See `CushionLosses::units_index`.
    units_index: u128,
    }
    }

    crate::wire::wire_struct! {
    /// The cushions of the present house round.
    CushionRoundState {
    /// Units that its records hold.
    units: u128,
    /// What they have borne for others.
    losses: crate::types::CushionLosses,
    /// Money.
    money: u64,
    /// Records that hold units.
    records: u32,
    #[doc(hidden)]
    _pad: [u8; 4],
    }
    }

    crate::wire::wire_struct! {
    /// A round of registration, cut or not: see `bulkhead_math::gains_cut`.
    CutRound {
    /// Units of the losses borne that the cut bought.
    units: u128,
    /// `U`: the loss that it takes at most.
    loss: u64,
    /// The gains that were registered, those of latecomers included.
    gains: u64,
    /// What of them is cut.
    cut: u64,
    /// What of them is paid, or has been taken to a later round.
    paid: u64,
    /// Gains when they were cut.
    first_gains: u64,
    /// What was cut then.
    first_cut: u64,
    /// The fund's loss epoch then.
    loss_epoch: u64,
    /// Chain time at which the pins are read.
    cut_ts: i64,
    /// Chain time until which members register.
    ends_ts: i64,
    /// Reading of the fund's clock as of which settled results count.
    reading: u64,
    /// What of the first cut members bear: defaulters' gains are nobody's.
    first_borne: u64,
    /// Gains of claims that have left it: those of defaulters, and those that were taken to a later
    /// round. What they come to counts as paid.
    gone: u64,
    /// Claims that have not left it.
    claims: u32,
    /// Whether the claims have been cut.
    is_cut: bool,
    #[doc(hidden)]
    _pad: [u8; 3],
    }
    }

    crate::wire::wire_struct! {
    /// What two members have agreed on.
    Deal {
    /// Lots that the buyer receives.
    lots: u64,
    /// Price of each.
    price: u64,
    }
    }

    crate::wire::wire_struct! {
    /// One default: what it cost and who paid. Closable, the rent back to its payer, once it is
    /// allocated, its cushion released and its retention period over.
    DefaultRecord {
    /// Layout version.
    version: u8,
    /// Bump of this address.
    bump: u8,
    /// See `DefaultStatus`.
    status: crate::types::PodDefaultStatus,
    /// Positions taken over.
    positions_len: u8,
    #[doc(hidden)]
    _pad: [u8; 4],
    /// The fund.
    fund: crate::Address,
    /// The defaulter's member account.
    member: crate::Address,
    /// The rent payer, who gets the rent back.
    payer: crate::Address,
    /// Number of the default among those of the fund.
    seq: u64,
    /// When it was declared.
    declared_slot: u64,
    /// When it was declared.
    declared_ts: i64,
    /// Layer 1: the defaulter's margin.
    from_margin: u64,
    /// The loss beyond it.
    shortfall: u64,
    /// Layer 2: the defaulter's contribution.
    from_contribution: u64,
    /// Layer 3: the treasury.
    from_treasury: u64,
    /// Layer 4: the survivors' contributions.
    from_survivors: u64,
    /// The loss that nobody has paid.
    residual: u64,
    /// Contributions before layer 4: the haircut is `from_survivors` of these.
    contributions_before: u64,
    /// Bounties of the keepers that declared and allocated.
    bounties: u64,
    /// Money that the defaulter, or somebody for it, has paid back, and losses of its own that were set off.
    repaid: u64,
    /// The positions.
    positions: [crate::types::DefaultedLots; 8],
    /// Set off against the loss: rewards that the defaulter could have claimed.
    from_rewards: u64,
    /// Set off against the loss: recoveries that the defaulter could have claimed.
    from_recoveries: u64,
    /// Set off against the loss: what was left of the defaulter's claim to a gain that was cut.
    from_claim: u64,
    /// The claim to a gain that is not cut yet, which the defaulter has assigned to the fund.
    assigned: u64,
    /// What layers 1 and 2 leave for the waterfall; zero once it has run.
    unfunded: u64,
    /// Layer 4: cushions of defaulters.
    from_cushions: u64,
    /// What the defaulter had left, up to the stress loss of its lots: it stands behind their sale.
    cushion: u64,
    /// The house round in which it does.
    cushion_round: u64,
    /// Units of that round's cushions; zero without a cushion, and once it is released.
    cushion_units: u128,
    /// Where the round's losses stood when the record joined it.
    cushion_mark: crate::types::CushionMark,
    /// Number of the default among those of its member, and a part of this address.
    count: u64,
    #[doc(hidden)]
    _reserved: [u8; 48],
    }
    }

    crate::wire::wire_struct! {
    /// A position the house took over, and the mark it was taken at.
    DefaultedLots {
    /// Signed lots.
    lots: i64,
    /// Mark.
    price: u64,
    /// Index of the market.
    market: u16,
    #[doc(hidden)]
    _pad: [u8; 6],
    }
    }

    crate::wire::wire_struct! {
    /// The cushions of a house round that has ended.
    EndedRoundState {
    /// Units that its records held when it ended.
    units: u128,
    /// Units that are not released yet.
    open: u128,
    /// What they have borne for others.
    losses: crate::types::CushionLosses,
    /// Money that all units stand for.
    worth: u64,
    /// Money that is not released yet.
    money: u64,
    /// Records that are not released yet.
    records: u32,
    /// Whether each record goes on into the next round with as many units.
    carries: bool,
    #[doc(hidden)]
    _pad: [u8; 3],
    }
    }

    crate::wire::wire_struct! {
    /// The indices of an ended epoch when a loss took all contributions. The shares are worth nothing,
    /// but the rewards that they earned and the losses that they bore stay claimable, however many
    /// epochs pass.
    EpochRecord {
    /// Layout version.
    version: u8,
    /// Bump of this address.
    bump: u8,
    #[doc(hidden)]
    _pad: [u8; 6],
    /// The fund.
    fund: crate::Address,
    /// Number of the epoch that ended.
    epoch: u64,
    /// The fund's reward index at its end.
    reward_index: u128,
    /// The fund's loss index at its end.
    loss_index: u128,
    /// The fund's loss units per share at its end.
    loss_units_index: u128,
    #[doc(hidden)]
    _reserved: [u8; 48],
    }
    }

    crate::wire::wire_struct! {
    /// The exit clock, and what blocks exits for a time: see `bulkhead_math::exit_clock`.
    ExitState {
    /// Milliseconds during which exits were open.
    millis: u64,
    /// Chain time up to which the clock has run.
    ts: i64,
    /// Slot up to which the clock has run.
    slot: u64,
    /// Milliseconds that slots allowed and seconds have not used.
    carry_ms: u64,
    /// Reading, in seconds, at the first reopening of a series with less than an hour between each
    /// two.
    series_since: u64,
    /// Reading, in seconds, at the last reopening.
    reopened: u64,
    /// Graces block exits until then, or until nobody is in grace.
    grace_until_ts: i64,
    /// Open watches block exits until then.
    watch_until_ts: i64,
    /// Watches that ended by then are not counted any more.
    watches_swept_ts: i64,
    /// Day that `grace_used_secs` is of.
    grace_day: u32,
    /// Seconds of that day in which graces have blocked exits.
    grace_used_secs: u32,
    /// Day that `watch_used_secs` is of.
    watch_day: u32,
    /// Seconds of that day in which watches have blocked exits.
    watch_used_secs: u32,
    /// Watches that are open.
    open_watches: u32,
    /// Whether exits were blocked when the clock last ran.
    blocked: bool,
    #[doc(hidden)]
    _pad: [u8; 3],
    /// Covers hold exits until then.
    hold_until_ts: i64,
    /// When `hold_used_secs` was computed.
    hold_ts: i64,
    /// Seconds of the bucket that holds have used: see `bulkhead_math::covers::HoldBucket`.
    hold_used_secs: u64,
    }
    }

    crate::wire::wire_struct! {
    /// The loss that a member could cause beyond its own margin, as of the last report.
    Exposure {
    /// The member's account; zero: nobody.
    member: crate::Address,
    /// Its contribution as of then, plus contributions since. The others' resources exclude it.
    contribution: u64,
    /// Its loss in the stress move.
    stress_loss: u64,
    }
    }

    crate::wire::wire_struct! {
    /// One clearing fund.
    Fund {
    /// Layout version.
    version: u8,
    /// Bump of this address.
    bump: u8,
    /// Bump of the vault.
    vault_bump: u8,
    /// See `FundStatus`.
    status: crate::types::PodFundStatus,
    #[doc(hidden)]
    _pad0: u8,
    /// Decimals of the settlement mint.
    quote_decimals: u8,
    /// Number of the fund among those of its creator and mint.
    id: u16,
    /// The key that sets parameters; in practice a multisig.
    authority: crate::Address,
    /// The key that the authority is offered to. It takes over when it accepts.
    pending_authority: crate::Address,
    /// The key that can pause and veto, and nothing else.
    guardian: crate::Address,
    /// Settlement mint.
    mint: crate::Address,
    /// The token account that holds all the money.
    vault: crate::Address,
    /// The token program that owns mint and vault.
    token_program: crate::Address,
    /// Raised by every instruction of the authority, but for a veto.
    governance_nonce: u64,
    /// When the guardian has vetoed its own replacement; zero: never.
    guardian_veto_ts: i64,
    /// Money that is asked back from the treasury, and still liable; zero: none.
    treasury_notice: u64,
    /// Sum of all members' margins.
    margin_total: u64,
    /// The default fund.
    contributions: u64,
    /// The protocol's own money.
    treasury: u64,
    /// Rewards not paid out.
    rewards_unclaimed: u64,
    /// Money that losers have paid in and winners have not drawn yet.
    pool: u64,
    /// Money set aside for covered losses.
    cover_reserve: u64,
    /// Money that came back after losses, owed to the members that bore them.
    recoveries: u64,
    /// Shares of the current epoch.
    total_shares: u128,
    /// Number of the share epoch. It ends when a loss takes all contributions.
    share_epoch: u64,
    /// Rewards per share.
    reward_index: u128,
    /// See `Index::surplus`.
    reward_surplus: u64,
    /// Losses per share.
    loss_index: u128,
    /// Number of defaults declared so far, which is the number of the next one.
    default_seq: u64,
    /// Losses that nobody has paid yet.
    unfunded: u64,
    /// The part of it that no open default owns.
    residual: u64,
    /// Defaults declared and not allocated.
    open_defaults: u32,
    /// Members in their grace period.
    graces: u32,
    /// Members.
    members: u32,
    /// Markets.
    market_count: u16,
    /// Markets in which the house holds lots.
    open_houses: u16,
    /// Members that a wind-down has closed out.
    closed_out: u32,
    /// Number of the current cooling-off period.
    cooling_off: u32,
    /// Whether a wind-down has closed members out: it cannot be averted any more.
    is_wound_up: bool,
    /// Cuts in a row that were too small. With the second one the wind-down begins.
    small_cuts: u8,
    #[doc(hidden)]
    _pad: [u8; 6],
    /// Losses borne and not recovered.
    losses_outstanding: u64,
    /// Units they are held in.
    loss_units: u128,
    /// Loss units per share.
    loss_units_index: u128,
    /// Number of the loss epoch. It ends when everything is recovered; units of an earlier one are
    /// worth nothing.
    loss_epoch: u64,
    /// `Self::loss_units_index` when the epoch began.
    loss_epoch_index: u128,
    /// The part of `recoveries` that waits until it can pay all losses.
    recoveries_held: u64,
    /// The call on the shares of the epoch that a loss has ended.
    assessment: crate::types::AssessmentState,
    /// Contributions before the first loss of the last cooling-off period.
    contributions_before: u64,
    /// Shares they were held in.
    shares_before: u128,
    /// When the cooling-off period ends: the next loss starts another one.
    cooling_off_ends_ts: i64,
    /// When the wind-down began.
    wind_down_ts: i64,
    /// Gains of closed-out members, not paid out.
    claims: u64,
    /// All claims when the first one was paid; zero before.
    payout_claims: u64,
    /// Money there was for them.
    payout_pool: u64,
    /// The fund's loss epoch then.
    payout_loss_epoch: u64,
    /// Units of the losses borne that what the claims lack bought.
    payout_units: u128,
    /// Set by governance.
    params: crate::types::FundParams,
    #[doc(hidden)]
    _params_reserved: [u8; 24],
    /// Fees and premiums on their way to the contributors: they reach the shares little by little.
    rewards_streaming: u64,
    /// When some were released last.
    rewards_ts: i64,
    /// Contributions that have left during the last day: see `bulkhead_math::exit::Outflow`.
    outflow: u64,
    /// When `outflow` was computed.
    outflow_ts: i64,
    /// The two members with the largest exposures known, in no order. Anyone can correct the table
    /// with `report_exposure`.
    exposures: [crate::types::Exposure; 2],
    /// The exit clock, and what blocks exits for a time.
    exits: crate::types::ExitState,
    /// What houses of silent markets have at risk that do not block exits: see
    /// `rules::house::book`.
    waived_at_risk: u64,
    /// How many there are.
    waived_houses: u16,
    #[doc(hidden)]
    _pad2: [u8; 6],
    /// Money in all cushions that are not released: what defaulters have left stands behind the
    /// sale of their lots.
    cushions: u64,
    /// Results of flat houses that are not realised yet; losses are negative.
    house_result: i64,
    /// Number of the present house round.
    house_round: u64,
    /// Its cushions.
    cushion_round: crate::types::CushionRoundState,
    /// The last eight rounds that have ended, each at its number modulo eight, until all its
    /// records are released.
    ended_rounds: [crate::types::EndedRoundState; 8],
    /// Number of the last cut round; they count from one.
    cut_seq: u64,
    /// What registered claims are owed, those that are not cut yet included. Nothing else draws on
    /// this much of the pool.
    gain_claims: u64,
    /// The last eight cut rounds, each at its number modulo eight.
    cut_rounds: [crate::types::CutRound; 8],
    /// What all markets have booked: the sum of `Market::crowding`(super::Market::crowding).
    crowding: u64,
    /// The key that has created the fund, which is a part of its address.
    creator: crate::Address,
    /// The token account that treasury is paid to.
    treasury_to: crate::Address,
    /// Reading of the exit clock, in seconds, from which `treasury_notice` can be claimed.
    treasury_ready_secs: u64,
    /// Reading of the exit clock, in seconds, from which it can be paid; zero before the commitment.
    treasury_exit_secs: u64,
    /// Pauses, by part: the n-th is that of bit n.
    pauses: [crate::types::PauseState; 4],
    /// Losses so far that nobody had paid when they came, which is the number of the next one: each
    /// voids the takings that wait.
    loss_seq: u64,
    /// What all covers together may still draw: the sum of `limit - drawn` of those that have not ended.
    committed: u64,
    /// What covers are owed that are not suspended.
    cover_owed: u64,
    /// Covers that have not ended.
    covers: u16,
    /// Covers opened so far, which is the index of the next one.
    cover_seq: u16,
    #[doc(hidden)]
    _pad3: [u8; 4],
    /// Milliseconds of the clock that gains vest by: see `ExitClock::vest_millis`.
    vest_millis: u64,
    #[doc(hidden)]
    _reserved: [u8; 16],
    }
    }

    crate::wire::wire_struct! {
    /// A change of parameters of a fund.
    FundChange {
    /// Bit n: the n-th parameter changes.
    touched: u64,
    /// Their values; those of the others are ignored.
    values: crate::types::FundParams,
    }
    }

    crate::wire::wire_struct! {
    /// Parameters of a fund.
    FundParams {
    /// Least contribution of a member with positions, in base units.
    min_contribution: u64,
    /// Least treasury governance must leave in place, in base units.
    treasury_floor: u64,
    /// Most a keeper gets for declaring a default, and again for allocating it, in base units.
    bounty_cap: u64,
    /// Time between asking for a contribution back and being able to claim it.
    notice_secs: u32,
    /// Time after that in which it can be claimed.
    claim_window_secs: u32,
    /// Slots between committing to an exit and being paid; 0 pays at once.
    exit_delay_slots: u32,
    /// Oldest mark that may price anything.
    max_mark_age_slots: u32,
    /// Grace period between the two steps of a default; 0 declares at once.
    default_confirm_slots: u32,
    /// Slots until the auction discount is at its cap.
    auction_slots: u32,
    /// Time to pay an assessment.
    assessment_secs: u32,
    /// Period over which the cap of assessments holds.
    cooling_off_secs: u32,
    /// Time to meet a contribution call.
    call_secs: u32,
    /// Time between the start of a wind-down and its final marks.
    wind_down_secs: u32,
    /// Part of the mutual resources that one member may endanger.
    cover_limit_bps: u16,
    /// Clearing fee of each side of a trade.
    clearing_fee_bps: u16,
    /// Contributors' part of the clearing fee.
    reward_share_bps: u16,
    /// Discount to the mark for a liquidator.
    liquidation_bonus_bps: u16,
    /// Fee of a liquidated member to the treasury.
    liquidation_fee_bps: u16,
    /// How far beyond initial margin a liquidation may bring its target.
    liquidation_buffer_bps: u16,
    /// Cap of the auction discount.
    auction_max_discount_bps: u16,
    /// Least treasury governance must leave in place, of contributions.
    treasury_floor_bps: u16,
    /// Most a member can be assessed in a cooling-off period, of its contribution before the
    /// losses.
    assessment_cap_bps: u16,
    /// A keeper's bounty, of the shortfall.
    bounty_bps: u16,
    /// Most of the contributions that may leave in a day; 0: all.
    outflow_cap_bps: u16,
    /// Milliseconds that a slot is taken for.
    slot_ms: u16,
    /// Age of a mark at which it has the whole stress move of doubt for what a member does for
    /// itself.
    age_full_secs: u32,
    /// Oldest print at which lots may leave a member against its will, or the house.
    act_age_secs: u32,
    /// How long watches on one member may block exits in a day.
    watch_secs: u32,
    /// How long all watches together may block exits in a day.
    watch_day_secs: u32,
    /// How long graces may block exits in a day; a default that finds no room is final at once.
    grace_day_secs: u32,
    /// Length of a vesting period: a settled gain is no money to leave with for one to two of them.
    vest_secs: u32,
    /// Most that one whole side of every market could cost together, of treasury and contributions.
    crowding_limit_bps: u32,
    /// How long members register their gains before these are cut.
    register_secs: u32,
    /// Most of treasury and contributions that covers may pledge together; 0: there are none.
    cover_budget_bps: u32,
    /// Shortest notice period that covers are promised. A fund with covers never lowers it.
    cover_min_notice_secs: u32,
    }
    }

    crate::wire::wire_struct! {
    /// A claim to a registered gain.
    GainClaim {
    /// Number of the round; zero: no claim.
    round: u64,
    /// The gain that was registered.
    gain: u64,
    /// What of it has been paid.
    paid: u64,
    /// What it was entitled to when its cut was booked as a loss borne.
    entitled: u64,
    /// Whether its cut has been booked.
    is_booked: bool,
    #[doc(hidden)]
    _pad: [u8; 7],
    }
    }

    crate::wire::wire_struct! {
    /// Prices of a market's last hour, added up: see `LastHour`.
    LastHourState {
    /// Price times covered seconds.
    price_seconds: u128,
    /// When the hour ends, an extension included.
    end: i64,
    /// Chain time up to which it has run.
    ts: i64,
    /// Seconds that are covered.
    covered: u32,
    /// Whether the end has been put off by an hour.
    extended: bool,
    #[doc(hidden)]
    _pad: [u8; 3],
    }
    }

    crate::wire::wire_struct! {
    /// The replay guard of the authority's instructions. A transaction that was signed long ago and
    /// kept alive by a durable nonce is dead once another governance instruction has passed, or its
    /// last slot has. Without such a guard a large protocol was drained in April 2026.
    Mandate {
    /// The fund's `governance_nonce` at signing.
    nonce: u64,
    /// Last slot in which the instruction may run.
    last_valid_slot: u64,
    }
    }

    crate::wire::wire_struct! {
    /// The last price taken from the oracle.
    MarkState {
    /// Price mantissa; zero before the first crank.
    price: u64,
    /// The oracle's confidence interval, same exponent.
    confidence: u64,
    /// Slot of the crank.
    slot: u64,
    /// The oracle's publish time.
    publish_ts: i64,
    }
    }

    crate::wire::wire_struct! {
    /// One market of a fund.
    Market {
    /// Layout version.
    version: u8,
    /// Bump of this address.
    bump: u8,
    /// Decimals of its prices; those of the feed are in the configuration of the oracle.
    price_decimals: u8,
    /// A lot is `10^-lot_decimals` of the asset.
    lot_decimals: u8,
    /// Confidences that a requirement moves the mark by.
    confidence_multiple: u8,
    #[doc(hidden)]
    _pad: u8,
    /// Number of this market in its fund.
    index: u16,
    /// The fund.
    fund: crate::Address,
    /// Where the price comes from.
    oracle: crate::types::OracleConfig,
    /// The last price.
    mark: crate::types::MarkState,
    /// Raw quote per base unit of money.
    scale: u64,
    /// Set by governance, for the target volatility.
    base_rates: crate::types::MarketRates,
    /// In force since the last crank: see `bulkhead_math::rates`.
    rates: crate::types::MarketRates,
    /// How volatility moves them; set by governance.
    adjustment: crate::types::AdjustmentTerms,
    /// What volatility has made of them so far.
    adjusted: crate::types::AdjustmentState,
    /// How far from the mark a trade may be.
    price_band_bps: u16,
    #[doc(hidden)]
    _pad2: [u8; 6],
    /// Most lots that may be open on one side.
    max_open_interest: u64,
    /// When it was opened.
    opened_ts: i64,
    /// Lots open on the long side, the house's included; the short side has as many (P2).
    open_interest: u64,
    /// The house's lots.
    house_lots: i64,
    /// The house's raw quote.
    house_raw: i128,
    /// Slot from which the house's auction counts.
    house_since_slot: u64,
    /// When the mark became final; zero before.
    final_ts: i64,
    /// The range of the mark; its cells are of chain time.
    range: crate::types::RangeState,
    /// Chain time of the crank that took the mark.
    crank_ts: i64,
    /// Publish time of the last print that was taken, whether it became the mark or not.
    seen_ts: i64,
    /// A last print that was too uncertain to become the mark; zero otherwise.
    uncertain_price: u64,
    /// Its confidence interval.
    uncertain_confidence: u64,
    /// Why the last print did not become the mark.
    silence: crate::types::PodSilence,
    #[doc(hidden)]
    _pad3: [u8; 7],
    /// What the house has at risk if it does not block exits: see `rules::house::book`; zero if it
    /// does.
    house_waived: u64,
    /// Publish time of the mark at which it was looked at: a later print voids it.
    house_waived_ts: i64,
    /// What one whole side could cost the fund, as it was booked last.
    crowding: u64,
    /// When the contract expires; zero: never.
    expires_ts: i64,
    /// When an announced closing ends the market; zero: not.
    closing_ts: i64,
    /// When the silence of its feed ends it; zero: not.
    dead_ts: i64,
    /// Until then a queued change of the oracle may make the feed readable again.
    mend_until_ts: i64,
    /// Publish time of the mark when that change was queued: one silence waits for one.
    mend_since_ts: i64,
    /// The last certain print. It is the mark, except in the last hour.
    spot: u64,
    /// Until when it covers chain time.
    fresh_until_ts: i64,
    /// A final mark that governance has named for this silent market; zero: none.
    named_price: u64,
    /// The hour before the end.
    hour: crate::types::LastHourState,
    /// A feed that has been silent for so long may end the market.
    dead_feed_secs: u32,
    /// Number of the half minute of `taken_lots`.
    taken_cell: u32,
    /// The last cut round whose pin is known.
    pin_seq: u64,
    /// Pins of the last eight cut rounds, each at its number modulo eight.
    pins: [u64; 8],
    /// Until when premium and maintenance margin have run because the terms have changed.
    run_ts: i64,
    /// The low ends of interval A in this quarter of an hour and in the one before, while the fund has
    /// covers: the fall of a price is measured from the highest of them.
    gap: crate::types::RangeState,
    /// Lots of the takings of half a minute, filled or not.
    taken_lots: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A change of a market's terms.
    MarketChange {
    /// Bit n: the n-th parameter changes.
    touched: u64,
    /// Their values; those of the others are ignored.
    values: crate::types::MarketTerms,
    }
    }

    crate::wire::wire_struct! {
    /// Parameters of a new market.
    MarketParams {
    /// Where the price comes from.
    oracle: crate::types::OracleConfig,
    /// What governance can change later.
    terms: crate::types::MarketTerms,
    /// Decimals of its prices. The feed has as many, unless the oracle's configuration says otherwise.
    price_decimals: u8,
    /// A lot is `10^-lot_decimals` of the asset.
    lot_decimals: u8,
    }
    }

    crate::wire::wire_struct! {
    /// Requirement rates of a market, of notional.
    MarketRates {
    /// Initial margin.
    initial_bps: u16,
    /// Maintenance margin.
    maintenance_bps: u16,
    /// Required contribution.
    contribution_bps: u16,
    /// Stress move of the cover limit.
    stress_bps: u16,
    }
    }

    crate::wire::wire_struct! {
    /// The terms of a market that governance can change.
    MarketTerms {
    /// Most lots that may be open on one side.
    max_open_interest: u64,
    /// Requirement rates at the target volatility.
    rates: crate::types::MarketRates,
    /// How volatility moves them.
    adjustment: crate::types::AdjustmentTerms,
    /// How far from the mark a trade may be.
    price_band_bps: u16,
    /// Confidences that a requirement moves the mark by.
    confidence_multiple: u8,
    #[doc(hidden)]
    _pad: [u8; 1],
    /// A feed that has been silent for so long may end the market: longer than its longest scheduled
    /// closure.
    dead_feed_secs: u32,
    /// When the contract expires; zero: never.
    expires_ts: i64,
    }
    }

    crate::wire::wire_struct! {
    /// One wallet's account in one fund.
    Member {
    /// Layout version.
    version: u8,
    /// Bump of this address.
    bump: u8,
    /// See `MemberStatus`.
    status: crate::types::PodMemberStatus,
    /// Slots at the end of `Self::positions` that were never taken. Nearly always six or seven, so that a
    /// walk need not visit all eight. A member of before this was counted has none of them.
    untaken: u8,
    #[doc(hidden)]
    _pad: [u8; 4],
    /// The fund.
    fund: crate::Address,
    /// The wallet.
    owner: crate::Address,
    /// A key that may trade and can never withdraw; zero is nobody.
    delegate: crate::Address,
    /// The member's own cash.
    margin: u64,
    /// Shares held.
    shares: u128,
    /// Epoch the shares are of.
    share_epoch: u64,
    /// Shares asked back; still held, at risk and earning.
    notice_shares: u128,
    /// Reading of the exit clock, in seconds, from which they can be claimed.
    notice_ready_secs: u64,
    /// Reading of the exit clock, in seconds, from which a committed exit can be paid; zero before
    /// the commitment.
    exit_ready_secs: u64,
    /// The fund's reward index at the last touch.
    reward_index: u128,
    /// Rewards not paid out, Q64.64.
    rewards: u128,
    /// The fund's loss index at the last touch.
    loss_index: u128,
    /// Losses of others borne, less recoveries paid out, Q64.64.
    loss_borne: u128,
    /// The part of them that is not recovered, in units of the fund's losses.
    loss_units: u128,
    /// The fund's loss units per share at the last touch.
    loss_units_index: u128,
    /// Epoch the units are of.
    loss_epoch: u64,
    /// Slot in which the grace period began.
    grace_slot: u64,
    /// When the grace period began.
    grace_ts: i64,
    /// Day of chain time on which the last one began: one a day.
    grace_day: u32,
    /// Whether the grace is as long as a silent leg asks for.
    grace_is_long: bool,
    /// Whether a commitment that a block of exits has interrupted was made again.
    exit_renewed: bool,
    #[doc(hidden)]
    _pad3: [u8; 2],
    /// When the watch began.
    watch_since_ts: i64,
    /// When it ends at the latest; not after its beginning if there is none.
    watch_until_ts: i64,
    /// Day that `watch_used_secs` is of.
    watch_day: u32,
    /// Seconds of that day in which earlier watches have blocked exits.
    watch_used_secs: u32,
    /// Shares of a past epoch that an assessment is on.
    assessed_shares: u128,
    /// That epoch, plus one.
    assessed_epoch: u64,
    /// Paid of that assessment.
    assessment_paid: u64,
    /// Assessments paid in the cooling-off period.
    assessed: u64,
    /// Contribution that is called for; zero without a call.
    call_amount: u64,
    /// Reading of the exit clock, in seconds, from which it is taken from margin.
    call_due_secs: u64,
    /// Number of the cooling-off period.
    cooling_off: u32,
    /// The cap of assessments this member has agreed to.
    assessment_cap_bps: u16,
    #[doc(hidden)]
    _pad2: [u8; 2],
    /// The shares.
    bought_shares: u128,
    /// Money by which an assessment measures them: the lower of what they cost and what they were
    /// worth before the loss.
    bought_base: u64,
    /// Epoch of the shares.
    bought_epoch: u64,
    /// Number of the cooling-off period.
    bought_cooling_off: u32,
    #[doc(hidden)]
    _pad4: [u8; 4],
    /// Gain that waits for the pay-out.
    claim: u64,
    /// Positions.
    positions: [crate::types::PositionSlot; 8],
    /// What was settled lately: equity, and no money to leave with.
    settled: crate::types::SettledResults,
    /// Records of this member's defaults whose cushions are not released: until then it cannot
    /// leave.
    cushions: u32,
    /// The day on which the delegate conceded `Self::conceded`, counted from 1970.
    conceded_day: u32,
    /// What the delegate has conceded against the mark on that day.
    conceded: u64,
    /// What the delegate may concede in a day.
    delegate_budget: u64,
    /// Reading of the exit clock, in seconds, from which the excess of a stress call may be sold. A
    /// member that is called only reduces; see `Self::is_stress_called`.
    stress_due_secs: u64,
    /// Whether the member is called for its stress loss.
    is_stress_called: bool,
    #[doc(hidden)]
    _pad5: [u8; 7],
    /// The last cut round in which the member is registered.
    cut_seen: u64,
    /// Its claim to a registered gain.
    gain_claim: crate::types::GainClaim,
    /// Number of the member's next default. It starts at the fund's number when the account is
    /// opened, so that an account that is opened again never meets an old record.
    default_count: u64,
    /// Margin that is locked for offers of this member, or that it has taken, until they are filled
    /// or lapse: the sum over all that are taken.
    locked: u64,
    /// Stress loss of the lots that they wait for.
    locked_stress: u64,
    /// Contribution that those lots require.
    locked_contribution: u64,
    #[doc(hidden)]
    _reserved: [u64; 5],
    }
    }

    crate::wire::wire_struct! {
    /// An offer of one member in one market.
    Offer {
    /// Layout version.
    version: u8,
    /// Bump of this address.
    bump: u8,
    /// See `OfferTerms::distance_bps`.
    distance_bps: i16,
    /// Index of the market.
    market_index: u16,
    #[doc(hidden)]
    _pad: [u8; 2],
    /// The fund.
    fund: crate::Address,
    /// The market.
    market: crate::Address,
    /// The member account that offers.
    maker: crate::Address,
    /// Its wallet.
    owner: crate::Address,
    /// The key that has posted the offer, and gets the rent back. The offer is void once it trades no
    /// more for the member.
    trader: crate::Address,
    /// See `OfferTerms::taker`.
    taker: crate::Address,
    /// Number of the offer among those of its maker, who has chosen it.
    number: u64,
    /// Lots that are left, signed as the maker receives them.
    lots: i64,
    /// See `OfferTerms::min_lots`.
    min_lots: u64,
    /// See `OfferTerms::limit_price`.
    limit_price: u64,
    /// See `OfferTerms::expires_ts`.
    expires_ts: i64,
    /// Number of the maker's next default when it was posted: one since then voids the offer.
    default_count: u64,
    /// The taking that waits.
    taking: crate::types::Taking,
    #[doc(hidden)]
    _reserved: [u8; 8],
    }
    }

    crate::wire::wire_struct! {
    /// What a maker offers.
    OfferTerms {
    /// Lots that the maker receives, signed: negative for a sale.
    lots: i64,
    /// The fewest lots that a taking gets, unsigned, unless fewer are left.
    min_lots: u64,
    /// The worst price that the maker accepts: the lowest of a sale, where zero accepts every price, or
    /// the highest of a purchase, where the largest word does.
    limit_price: u64,
    /// When the offer expires.
    expires_ts: i64,
    /// The wallet that alone may take it; zero: anyone.
    taker: crate::Address,
    /// Distance of the price from the print, in basis points: positive in favour of the maker.
    distance_bps: i16,
    }
    }

    crate::wire::wire_struct! {
    /// A change of a market's oracle.
    OracleChange {
    /// Bit n: the n-th parameter changes.
    touched: u64,
    /// Their values; those of the others are ignored.
    values: crate::types::OracleConfig,
    }
    }

    crate::wire::wire_struct! {
    /// A market's oracle. The programs whose accounts are believed are configuration, never constants:
    /// since August 2026 two Pyth receivers exist side by side.
    OracleConfig {
    /// Pull: the feed's id. Push: unused. Pro: feed and channel, as
    /// `ProPrice::feed_id` names them.
    feed_id: [u8; 32],
    /// The one account that is accepted. Pull: zero accepts any account of the feed. Push and Pro:
    /// required.
    account: [u8; 32],
    /// Programs that may own the account; a zero entry accepts none. Pro: both zero, for the account is
    /// this program's own.
    owners: [[u8; 32]; 2],
    /// Oldest publish time, relative to the clock.
    max_age_secs: u32,
    /// How far ahead of the clock a publish time may be.
    max_ahead_secs: u32,
    /// Widest confidence, of the price.
    max_confidence_bps: u16,
    /// 0 pull, 1 push, 2 Pro: see `OracleKind`.
    kind: u8,
    /// The feed's exponent is minus this. The market keeps its own decimals, prices convert exactly.
    feed_decimals: u8,
    #[doc(hidden)]
    _pad: [u8; 4],
    }
    }

    /// A change that governance queues.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum ParameterChange {
        /// `Fund`.
        Fund(crate::types::FundChange),
        /// `Market`.
        Market(u16, crate::types::MarketChange),
        /// `Oracle`.
        Oracle(u16, crate::types::OracleChange),
        /// `Guardian`.
        Guardian(crate::Address),
        /// `Close`.
        Close(u16, i64),
        /// `FinalMark`.
        FinalMark(u16, u64),
        /// `NewMarket`.
        NewMarket(crate::types::MarketParams),
        /// `NewCover`.
        NewCover(crate::types::CoverTerms),
        /// `RaiseCover`.
        RaiseCover(u16, u64),
        /// `ResumeCover`.
        ResumeCover(u16),
    }

    impl crate::Wire for ParameterChange {
        fn read(data: &mut &[u8]) -> Option<Self> {
            Some(match u8::read(data)? {
                0 => Self::Fund(crate::Wire::read(data)?),
                1 => Self::Market(crate::Wire::read(data)?, crate::Wire::read(data)?),
                2 => Self::Oracle(crate::Wire::read(data)?, crate::Wire::read(data)?),
                3 => Self::Guardian(crate::Wire::read(data)?),
                4 => Self::Close(crate::Wire::read(data)?, crate::Wire::read(data)?),
                5 => Self::FinalMark(crate::Wire::read(data)?, crate::Wire::read(data)?),
                6 => Self::NewMarket(crate::Wire::read(data)?),
                7 => Self::NewCover(crate::Wire::read(data)?),
                8 => Self::RaiseCover(crate::Wire::read(data)?, crate::Wire::read(data)?),
                9 => Self::ResumeCover(crate::Wire::read(data)?),
                _ => return None,
            })
        }

        fn write(&self, out: &mut Vec<u8>) {
            match self {
                Self::Fund(part0) => {
                    out.push(0);
                    crate::Wire::write(part0, out);
                }
                Self::Market(part0, part1) => {
                    out.push(1);
                    crate::Wire::write(part0, out);
                    crate::Wire::write(part1, out);
                }
                Self::Oracle(part0, part1) => {
                    out.push(2);
                    crate::Wire::write(part0, out);
                    crate::Wire::write(part1, out);
                }
                Self::Guardian(part0) => {
                    out.push(3);
                    crate::Wire::write(part0, out);
                }
                Self::Close(part0, part1) => {
                    out.push(4);
                    crate::Wire::write(part0, out);
                    crate::Wire::write(part1, out);
                }
                Self::FinalMark(part0, part1) => {
                    out.push(5);
                    crate::Wire::write(part0, out);
                    crate::Wire::write(part1, out);
                }
                Self::NewMarket(part0) => {
                    out.push(6);
                    crate::Wire::write(part0, out);
                }
                Self::NewCover(part0) => {
                    out.push(7);
                    crate::Wire::write(part0, out);
                }
                Self::RaiseCover(part0, part1) => {
                    out.push(8);
                    crate::Wire::write(part0, out);
                    crate::Wire::write(part1, out);
                }
                Self::ResumeCover(part0) => {
                    out.push(9);
                    crate::Wire::write(part0, out);
                }
            }
        }
    }

    crate::wire::wire_struct! {
    /// The last pause of a part.
    PauseState {
    /// When it began.
    since_ts: i64,
    /// When it ends, or has ended.
    expires_ts: i64,
    }
    }

    /// A `PodBool` of the program.
    pub type PodBool = bool;

    /// The state of a cover.
    pub type PodCoverStatus = u8;

    /// The state of a default.
    pub type PodDefaultStatus = u8;

    /// The state of a fund.
    pub type PodFundStatus = u8;

    /// A `PodI128` of the program.
    pub type PodI128 = i128;

    /// The regime of a market: see `Regime`.
    pub type PodMarketRegime = u8;

    /// The state of a member.
    pub type PodMemberStatus = u8;

    /// Why the last print of a market did not become its mark.
    pub type PodSilence = u8;

    /// A `PodU128` of the program.
    pub type PodU128 = u128;

    crate::wire::wire_struct! {
    /// A position in one market. Free when it holds no lots and no raw quote; a free slot may be kept for a
    /// taking.
    PositionSlot {
    /// Raw quote received minus raw quote paid.
    raw: i128,
    /// Signed lots.
    lots: i64,
    /// Index of the market.
    market: u16,
    /// Takings of offers in this market that wait for their fill. The slot is kept for them.
    takings: u16,
    #[doc(hidden)]
    _pad: [u8; 4],
    /// The market's premium index at the last touch.
    premium_index: u128,
    }
    }

    crate::wire::wire_struct! {
    /// The last print of one feed on one channel of Pyth Pro.
    ProPrice {
    /// Layout version.
    version: u8,
    /// Bump of this address.
    bump: u8,
    /// See `SignedPrint::exponent`.
    exponent: i16,
    /// See `SignedPrint::session`.
    session: i16,
    /// The channel.
    channel: u8,
    #[doc(hidden)]
    _pad: [u8; 1],
    /// The feed.
    feed: u32,
    #[doc(hidden)]
    _pad2: [u8; 4],
    /// See `SignedPrint::message_us`; zero before the first message.
    message_us: u64,
    /// See `SignedPrint::price_us`.
    price_us: u64,
    /// See `SignedPrint::price`.
    price: i64,
    /// See `SignedPrint::confidence`.
    confidence: u64,
    #[doc(hidden)]
    _reserved: [u8; 16],
    }
    }

    crate::wire::wire_struct! {
    /// A queued change. It waits long enough that everybody it makes worse off can leave before.
    QueuedChange {
    /// Layout version.
    version: u8,
    /// Bump of this address.
    bump: u8,
    /// Length of `data`.
    len: u16,
    /// Whether it waits in chain time instead of on the exit clock: see
    /// `rules::governance::mends_feed`.
    in_chain_time: bool,
    #[doc(hidden)]
    _pad: [u8; 3],
    /// The fund.
    fund: crate::Address,
    /// The rent payer, who gets the rent back.
    payer: crate::Address,
    /// Number of the change: the governance nonce it was queued with.
    number: u64,
    /// When it was queued, on the clock that it waits by, in seconds: the exit clock, or chain time.
    queued_secs: u64,
    /// Reading from which it can be applied, as judged when it was queued. What is in force when it
    /// is applied may put it off.
    ready_secs: u64,
    /// When it was queued.
    queued_ts: i64,
    /// The `ParameterChange`, serialised.
    data: [u8; 256],
    }
    }

    crate::wire::wire_struct! {
    /// Highest and lowest price of a cell of time and of the cell before: see `Range`.
    RangeState {
    /// Number of the cell: time divided by its length.
    cell: u64,
    /// Highest price in it.
    high: u64,
    /// Lowest price in it.
    low: u64,
    /// Highest price in the cell before.
    high_before: u64,
    /// Lowest price in the cell before.
    low_before: u64,
    }
    }

    crate::wire::wire_struct! {
    /// Signed settled results of two vesting periods.
    SettledResults {
    /// Reading of the fund's clock at which the present period began.
    since: u64,
    /// Settled in the present period.
    present: i64,
    /// Settled in the period before.
    previous: i64,
    }
    }

    crate::wire::wire_struct! {
    /// A taking that waits for its fill.
    Taking {
    /// The member account that has taken the offer; zero: none has.
    taker: crate::Address,
    /// Lots that it receives, signed.
    lots: i64,
    /// The worst price that it accepts.
    limit_price: u64,
    /// The fill is at the first print after this second.
    ts: i64,
    /// Margin that is locked of each side.
    locked: u64,
    /// Stress loss that counts as theirs meanwhile.
    locked_stress: u64,
    /// Contribution that their positions require besides.
    locked_contribution: u64,
    /// Number of the fund's next loss: one since then voids the taking.
    loss_seq: u64,
    }
    }

    impl crate::account::Account for Cover {
        const DISCRIMINATOR: [u8; 8] = [104, 157, 160, 193, 104, 133, 228, 74];
        const NAME: &'static str = "Cover";
    }

    impl crate::account::Account for DefaultRecord {
        const DISCRIMINATOR: [u8; 8] = [143, 114, 255, 37, 10, 53, 9, 209];
        const NAME: &'static str = "DefaultRecord";
    }

    impl crate::account::Account for EpochRecord {
        const DISCRIMINATOR: [u8; 8] = [193, 72, 26, 28, 161, 98, 58, 132];
        const NAME: &'static str = "EpochRecord";
    }

    impl crate::account::Account for Fund {
        const DISCRIMINATOR: [u8; 8] = [62, 128, 183, 208, 91, 31, 212, 209];
        const NAME: &'static str = "Fund";
    }

    impl crate::account::Account for Market {
        const DISCRIMINATOR: [u8; 8] = [219, 190, 213, 55, 0, 227, 198, 154];
        const NAME: &'static str = "Market";
    }

    impl crate::account::Account for Member {
        const DISCRIMINATOR: [u8; 8] = [54, 19, 162, 21, 29, 166, 17, 198];
        const NAME: &'static str = "Member";
    }

    impl crate::account::Account for Offer {
        const DISCRIMINATOR: [u8; 8] = [215, 88, 60, 71, 170, 162, 73, 229];
        const NAME: &'static str = "Offer";
    }

    impl crate::account::Account for ProPrice {
        const DISCRIMINATOR: [u8; 8] = [89, 41, 217, 36, 115, 57, 247, 190];
        const NAME: &'static str = "ProPrice";
    }

    impl crate::account::Account for QueuedChange {
        const DISCRIMINATOR: [u8; 8] = [178, 209, 212, 240, 49, 65, 50, 3];
        const NAME: &'static str = "QueuedChange";
    }
}

/// One struct an instruction: accounts, then arguments.
pub mod instruction {
    use crate::{program_id, AccountMeta, Address, Instruction, Wire};

    /// Appends the markets of a member's positions.
    pub trait WithMarkets {
        /// Appends the fund's markets with these numbers; `is_writable` for instructions that change them.
        fn with_markets(self, fund: &Address, markets: &[u16], is_writable: bool) -> Self;
    }

    impl WithMarkets for Instruction {
        fn with_markets(mut self, fund: &Address, markets: &[u16], is_writable: bool) -> Self {
            self.accounts.extend(markets.iter().map(|index| AccountMeta {
                pubkey: crate::address::market(fund, *index),
                is_signer: false,
                is_writable,
            }));
            self
        }
    }

    /// Takes the authority that was offered.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct AcceptAuthority {
        /// The fund.
        pub fund: Address,
        /// The key that it was offered to.
        pub authority: Address,
        /// The argument `mandate`.
        pub mandate: crate::types::Mandate,
    }

    impl AcceptAuthority {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![11];
            self.mandate.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.authority, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Earns the premium of a cover.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct AccrueCover {
        /// The fund.
        pub fund: Address,
        /// The cover.
        pub cover: Address,
    }

    impl AccrueCover {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![94];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.cover, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Agrees to the cap of assessments in force.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct AgreeAssessment {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
        /// The wallet.
        pub owner: Address,
        /// The argument `most_bps`.
        pub most_bps: u16,
    }

    impl AgreeAssessment {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![32];
            self.most_bps.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.owner, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Pays for a declared default what its defaulter could not.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct AllocateLoss {
        /// The fund.
        pub fund: Address,
        /// The default's record.
        pub record: Address,
        /// The current epoch's record: created when the epoch ends.
        pub epoch_record: Address,
        /// Pays for it.
        pub payer: Address,
        /// Gets the bounty.
        pub keeper: Option<Address>,
    }

    impl AllocateLoss {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![64];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.record, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.epoch_record, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.payer, is_signer: true, is_writable: true },
                    AccountMeta {
                        pubkey: Address::from_str_const("11111111111111111111111111111111"),
                        is_signer: false,
                        is_writable: false,
                    },
                    match self.keeper {
                        Some(key) => AccountMeta { pubkey: key, is_signer: false, is_writable: true },
                        None => AccountMeta { pubkey: program_id(), is_signer: false, is_writable: false },
                    },
                ],
                data,
            }
        }
    }

    /// Runs layers 3 and 4 for losses that no open default owns.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct AllocateResidual {
        /// The fund.
        pub fund: Address,
        /// The current epoch's record: created when the epoch ends.
        pub epoch_record: Address,
        /// Pays for it.
        pub payer: Address,
    }

    impl AllocateResidual {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![65];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.epoch_record, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.payer, is_signer: true, is_writable: true },
                    AccountMeta {
                        pubkey: Address::from_str_const("11111111111111111111111111111111"),
                        is_signer: false,
                        is_writable: false,
                    },
                ],
                data,
            }
        }
    }

    /// Raises the limit of a cover, or resumes it, as it was queued.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct AmendCover {
        /// The fund.
        pub fund: Address,
        /// The change.
        pub record: Address,
        /// The cover.
        pub cover: Address,
        /// The fund's authority.
        pub authority: Address,
        /// The argument `mandate`.
        pub mandate: crate::types::Mandate,
    }

    impl AmendCover {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![91];
            self.mandate.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.record, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.cover, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.authority, is_signer: true, is_writable: false },
                    AccountMeta {
                        pubkey: Address::from_str_const("record.payer"),
                        is_signer: false,
                        is_writable: true,
                    },
                ],
                data,
            }
        }
    }

    /// Puts a queued change in force.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ApplyChange {
        /// The fund.
        pub fund: Address,
        /// The change.
        pub record: Address,
        /// The market that changes, if one does.
        pub market: Option<Address>,
        /// The fund's authority.
        pub authority: Address,
        /// The record's rent payer.
        pub payer: Address,
        /// The argument `mandate`.
        pub mandate: crate::types::Mandate,
    }

    impl ApplyChange {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![8];
            self.mandate.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.record, is_signer: false, is_writable: true },
                    match self.market {
                        Some(key) => AccountMeta { pubkey: key, is_signer: false, is_writable: true },
                        None => AccountMeta { pubkey: program_id(), is_signer: false, is_writable: false },
                    },
                    AccountMeta { pubkey: self.authority, is_signer: true, is_writable: false },
                    AccountMeta { pubkey: self.payer, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Books what one whole side of a market could cost.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct BookCrowding {
        /// The fund.
        pub fund: Address,
        /// The market.
        pub market: Address,
    }

    impl BookCrowding {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![81];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Looks whether the house of a market blocks exits.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct BookHouse {
        /// The fund.
        pub fund: Address,
        /// The market.
        pub market: Address,
    }

    impl BookHouse {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![77];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Calls a member for its stress loss, or ends the call.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CallStress {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
    }

    impl CallStress {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![82];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Takes an offer back.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CancelOffer {
        /// The offer.
        pub offer: Address,
        /// Whoever cancels.
        pub signer: Address,
    }

    impl CancelOffer {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![44];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.offer, is_signer: false, is_writable: true },
                    AccountMeta {
                        pubkey: Address::from_str_const("offer.trader"),
                        is_signer: false,
                        is_writable: true,
                    },
                    AccountMeta { pubkey: self.signer, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Takes a request of treasury back.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CancelTreasury {
        /// The fund.
        pub fund: Address,
        /// The fund's authority.
        pub authority: Address,
        /// The argument `mandate`.
        pub mandate: crate::types::Mandate,
    }

    impl CancelTreasury {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![12];
            self.mandate.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.authority, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Takes a withdrawal request back.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CancelWithdrawal {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
        /// The wallet.
        pub owner: Address,
    }

    impl CancelWithdrawal {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![27];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.owner, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Pays out recovered losses.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ClaimRecovery {
        /// The fund.
        pub fund: Address,
        /// The wallet's token account; the token program checks that it is one of the mint.
        pub token_account: Address,
        /// The fund's vault.
        pub vault: Address,
        /// The fund's mint.
        pub mint: Address,
        /// The program that owns mint and vault.
        pub token_program: Address,
        /// The member.
        pub member: Address,
        /// The wallet.
        pub owner: Address,
    }

    impl ClaimRecovery {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![30];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.token_account, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.vault, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.mint, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.token_program, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.owner, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Pays out the rewards that shares have earned.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ClaimRewards {
        /// The fund.
        pub fund: Address,
        /// The wallet's token account; the token program checks that it is one of the mint.
        pub token_account: Address,
        /// The fund's vault.
        pub vault: Address,
        /// The fund's mint.
        pub mint: Address,
        /// The program that owns mint and vault.
        pub token_program: Address,
        /// The member.
        pub member: Address,
        /// The wallet.
        pub owner: Address,
    }

    impl ClaimRewards {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![29];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.token_account, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.vault, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.mint, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.token_program, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.owner, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Commits to a request of treasury that is due, or pays it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ClaimTreasury {
        /// The fund.
        pub fund: Address,
        /// The wallet's token account; the token program checks that it is one of the mint.
        pub token_account: Address,
        /// The fund's vault.
        pub vault: Address,
        /// The fund's mint.
        pub mint: Address,
        /// The program that owns mint and vault.
        pub token_program: Address,
        /// The fund's authority.
        pub authority: Address,
    }

    impl ClaimTreasury {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![13];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.token_account, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.vault, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.mint, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.token_program, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.authority, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Commits to a due exit, then pays it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ClaimWithdrawal {
        /// The fund.
        pub fund: Address,
        /// The wallet's token account; the token program checks that it is one of the mint.
        pub token_account: Address,
        /// The fund's vault.
        pub vault: Address,
        /// The fund's mint.
        pub mint: Address,
        /// The program that owns mint and vault.
        pub token_program: Address,
        /// The member.
        pub member: Address,
        /// The wallet.
        pub owner: Address,
    }

    impl ClaimWithdrawal {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![28];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.token_account, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.vault, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.mint, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.token_program, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.owner, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Closes the record of an old default.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CloseDefault {
        /// The fund.
        pub fund: Address,
        /// The record.
        pub record: Address,
        /// The record's rent payer.
        pub payer: Address,
    }

    impl CloseDefault {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![67];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.record, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.payer, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Announces the end of a market whose feed is dead.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CloseMarket {
        /// The fund.
        pub fund: Address,
        /// The market.
        pub market: Address,
    }

    impl CloseMarket {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![83];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Closes an empty member account.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CloseMember {
        /// The fund.
        pub fund: Address,
        /// The account to close.
        pub member: Address,
        /// The wallet.
        pub owner: Address,
    }

    impl CloseMember {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![21];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.owner, is_signer: true, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Closes a member's positions at the final marks.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CloseOut {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
    }

    impl CloseOut {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![71];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Sends what a cover was paid to its destination.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CollectCover {
        /// The fund.
        pub fund: Address,
        /// The wallet's token account; the token program checks that it is one of the mint.
        pub token_account: Address,
        /// The fund's vault.
        pub vault: Address,
        /// The fund's mint.
        pub mint: Address,
        /// The program that owns mint and vault.
        pub token_program: Address,
        /// The cover.
        pub cover: Address,
    }

    impl CollectCover {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![98];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.token_account, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.vault, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.mint, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.token_program, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.cover, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Turns the premium of a market's positions into cash.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CollectPremium {
        /// The fund.
        pub fund: Address,
        /// The market.
        pub market: Address,
    }

    impl CollectPremium {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![73];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Buys shares of the default fund.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Contribute {
        /// The fund.
        pub fund: Address,
        /// The wallet's token account; the token program checks that it is one of the mint.
        pub token_account: Address,
        /// The fund's vault.
        pub vault: Address,
        /// The fund's mint.
        pub mint: Address,
        /// The program that owns mint and vault.
        pub token_program: Address,
        /// The member.
        pub member: Address,
        /// The wallet.
        pub owner: Address,
        /// The argument `amount`.
        pub amount: u64,
    }

    impl Contribute {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![25];
            self.amount.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.token_account, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.vault, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.mint, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.token_program, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.owner, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Takes the oracle's price into the market's mark.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CrankMarket {
        /// The fund, whose wind-down may end the market.
        pub fund: Address,
        /// The market.
        pub market: Address,
        /// The oracle's account.
        pub price: Address,
    }

    impl CrankMarket {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![60];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.price, is_signer: false, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Creates a fund for a mint, with its vault.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CreateFund {
        /// The new fund.
        pub fund: Address,
        /// The settlement mint.
        pub mint: Address,
        /// The new vault.
        pub vault: Address,
        /// The key that the fund's address depends on.
        pub creator: Address,
        /// The key that sets parameters from now on.
        pub authority: Address,
        /// Pays the rent.
        pub payer: Address,
        /// The program that owns the mint.
        pub token_program: Address,
        /// The argument `id`.
        pub id: u16,
        /// The argument `guardian`.
        pub guardian: crate::Address,
        /// The argument `params`.
        pub params: crate::types::FundParams,
    }

    impl CreateFund {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![0];
            self.id.write(&mut data);
            self.guardian.write(&mut data);
            self.params.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.mint, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.vault, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.creator, is_signer: true, is_writable: false },
                    AccountMeta { pubkey: self.authority, is_signer: true, is_writable: true },
                    AccountMeta { pubkey: self.payer, is_signer: true, is_writable: true },
                    AccountMeta { pubkey: self.token_program, is_signer: false, is_writable: false },
                    AccountMeta {
                        pubkey: Address::from_str_const("11111111111111111111111111111111"),
                        is_signer: false,
                        is_writable: false,
                    },
                ],
                data,
            }
        }
    }

    /// Adds a market to an empty fund.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CreateMarket {
        /// The fund.
        pub fund: Address,
        /// The new market.
        pub market: Address,
        /// The fund's authority.
        pub authority: Address,
        /// Pays the rent.
        pub payer: Address,
        /// The argument `index`.
        pub index: u16,
        /// The argument `params`.
        pub params: crate::types::MarketParams,
        /// The argument `mandate`.
        pub mandate: crate::types::Mandate,
    }

    impl CreateMarket {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![1];
            self.index.write(&mut data);
            self.params.write(&mut data);
            self.mandate.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.authority, is_signer: true, is_writable: false },
                    AccountMeta { pubkey: self.payer, is_signer: true, is_writable: true },
                    AccountMeta {
                        pubkey: Address::from_str_const("11111111111111111111111111111111"),
                        is_signer: false,
                        is_writable: false,
                    },
                ],
                data,
            }
        }
    }

    /// Cuts the registered gains by the loss that no layer has paid, or starts the wind-down.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CutGains {
        /// The fund.
        pub fund: Address,
    }

    impl CutGains {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![85];
            Instruction {
                program_id: program_id(),
                accounts: vec![AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true }],
                data,
            }
        }
    }

    /// Declares a member with negative equity to be in default.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct DeclareDefault {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
        /// The default's record: created when it is declared.
        pub record: Address,
        /// Pays the record's rent and gets it back.
        pub payer: Address,
        /// Gets the bounty.
        pub keeper: Option<Address>,
    }

    impl DeclareDefault {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![63];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.record, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.payer, is_signer: true, is_writable: true },
                    AccountMeta {
                        pubkey: Address::from_str_const("11111111111111111111111111111111"),
                        is_signer: false,
                        is_writable: false,
                    },
                    match self.keeper {
                        Some(key) => AccountMeta { pubkey: key, is_signer: false, is_writable: true },
                        None => AccountMeta { pubkey: program_id(), is_signer: false, is_writable: false },
                    },
                ],
                data,
            }
        }
    }

    /// Pays margin into a member's account.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct DepositMargin {
        /// The fund.
        pub fund: Address,
        /// The wallet's token account; the token program checks that it is one of the mint.
        pub token_account: Address,
        /// The fund's vault.
        pub vault: Address,
        /// The fund's mint.
        pub mint: Address,
        /// The program that owns mint and vault.
        pub token_program: Address,
        /// The member.
        pub member: Address,
        /// Owns the wallet's token account.
        pub depositor: Address,
        /// The argument `amount`.
        pub amount: u64,
    }

    impl DepositMargin {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![23];
            self.amount.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.token_account, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.vault, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.mint, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.token_program, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.depositor, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Books a loss that the drawer of a cover reports.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct DrawCover {
        /// The fund.
        pub fund: Address,
        /// The cover.
        pub cover: Address,
        /// The cover's drawer.
        pub drawer: Address,
        /// The market of a venue.
        pub market: Option<Address>,
        /// The argument `amount`.
        pub amount: u64,
    }

    impl DrawCover {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![96];
            self.amount.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.cover, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.drawer, is_signer: true, is_writable: false },
                    match self.market {
                        Some(key) => AccountMeta { pubkey: key, is_signer: false, is_writable: false },
                        None => AccountMeta { pubkey: program_id(), is_signer: false, is_writable: false },
                    },
                ],
                data,
            }
        }
    }

    /// Ends a cover whose time is over.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EndCover {
        /// The fund.
        pub fund: Address,
        /// The cover.
        pub cover: Address,
    }

    impl EndCover {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![100];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.cover, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Ends pauses early, in an hour.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EndPause {
        /// The fund.
        pub fund: Address,
        /// The fund's authority.
        pub authority: Address,
        /// The argument `bits`.
        pub bits: u8,
        /// The argument `mandate`.
        pub mandate: crate::types::Mandate,
    }

    impl EndPause {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![14];
            self.bits.write(&mut data);
            self.mandate.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.authority, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Ends the watch on a member.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EndWatch {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
    }

    impl EndWatch {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![76];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Collects an assessment or a contribution call.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EnforceCall {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
    }

    impl EnforceCall {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![68];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Fills a taken offer at the first print after the taking.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct FillOffer {
        /// The fund.
        pub fund: Address,
        /// The market.
        pub market: Address,
        /// The offer.
        pub offer: Address,
        /// The member that has posted it.
        pub maker: Address,
        /// The member that has taken it.
        pub taker: Address,
        /// The oracle's account.
        pub price: Address,
    }

    impl FillOffer {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![78];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.offer, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.maker, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.taker, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.price, is_signer: false, is_writable: false },
                    AccountMeta {
                        pubkey: Address::from_str_const("offer.trader"),
                        is_signer: false,
                        is_writable: true,
                    },
                ],
                data,
            }
        }
    }

    /// Makes the mark of a market final whose end has come.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct FixFinalMark {
        /// The fund.
        pub fund: Address,
        /// The market.
        pub market: Address,
    }

    impl FixFinalMark {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![70];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Pays premium or first loss of a cover.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct FundCover {
        /// The fund.
        pub fund: Address,
        /// The wallet's token account; the token program checks that it is one of the mint.
        pub token_account: Address,
        /// The fund's vault.
        pub vault: Address,
        /// The fund's mint.
        pub mint: Address,
        /// The program that owns mint and vault.
        pub token_program: Address,
        /// The cover.
        pub cover: Address,
        /// Owns the wallet's token account.
        pub giver: Address,
        /// The argument `amount`.
        pub amount: u64,
        /// The argument `purse`.
        pub purse: u8,
    }

    impl FundCover {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![93];
            self.amount.write(&mut data);
            self.purse.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.token_account, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.vault, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.mint, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.token_program, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.cover, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.giver, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Pays into the treasury.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct FundTreasury {
        /// The fund.
        pub fund: Address,
        /// The wallet's token account; the token program checks that it is one of the mint.
        pub token_account: Address,
        /// The fund's vault.
        pub vault: Address,
        /// The fund's mint.
        pub mint: Address,
        /// The program that owns mint and vault.
        pub token_program: Address,
        /// Owns the wallet's token account.
        pub funder: Address,
        /// The argument `amount`.
        pub amount: u64,
    }

    impl FundTreasury {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![3];
            self.amount.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.token_account, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.vault, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.mint, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.token_program, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.funder, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Gives money to the members that have borne losses.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct GiveRecovery {
        /// The fund.
        pub fund: Address,
        /// The wallet's token account; the token program checks that it is one of the mint.
        pub token_account: Address,
        /// The fund's vault.
        pub vault: Address,
        /// The fund's mint.
        pub mint: Address,
        /// The program that owns mint and vault.
        pub token_program: Address,
        /// Owns the wallet's token account.
        pub giver: Address,
        /// The argument `amount`.
        pub amount: u64,
    }

    impl GiveRecovery {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![5];
            self.amount.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.token_account, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.vault, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.mint, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.token_program, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.giver, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Holds exits for a cover whose drawer has heard of a loss.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct HoldCover {
        /// The fund.
        pub fund: Address,
        /// The cover.
        pub cover: Address,
        /// The cover's drawer.
        pub drawer: Address,
        /// The argument `secs`.
        pub secs: u32,
    }

    impl HoldCover {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![95];
            self.secs.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.cover, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.drawer, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Ends a taking that was not filled in time.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct LapseTaking {
        /// The offer.
        pub offer: Address,
        /// The member that has posted it.
        pub maker: Address,
        /// The member that has taken it.
        pub taker: Address,
    }

    impl LapseTaking {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![79];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.offer, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.maker, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.taker, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// A member takes lots from another one below maintenance margin.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Liquidate {
        /// The fund.
        pub fund: Address,
        /// The market whose lots are taken.
        pub market: Address,
        /// The member below maintenance.
        pub target: Address,
        /// The member that takes the lots.
        pub liquidator: Address,
        /// Signs for the liquidator, owner or delegate.
        pub trader: Address,
        /// The argument `lots`.
        pub lots: u64,
        /// The argument `limit_price`.
        pub limit_price: u64,
    }

    impl Liquidate {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![62];
            self.lots.write(&mut data);
            self.limit_price.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.target, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.liquidator, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.trader, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Two members trade; the fund becomes the counterparty of each.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Novate {
        /// The fund.
        pub fund: Address,
        /// The market traded.
        pub market: Address,
        /// Receives the lots.
        pub buyer: Address,
        /// Gives the lots.
        pub seller: Address,
        /// Signs for the buyer.
        pub buyer_signer: Address,
        /// Signs for the seller.
        pub seller_signer: Address,
        /// The argument `lots`.
        pub lots: u64,
        /// The argument `price`.
        pub price: u64,
    }

    impl Novate {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![40];
            self.lots.write(&mut data);
            self.price.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.buyer, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.seller, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.buyer_signer, is_signer: true, is_writable: false },
                    AccountMeta { pubkey: self.seller_signer, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// A venue posts the trades of one member with several others.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct NovateBatch {
        /// The fund.
        pub fund: Address,
        /// The market traded.
        pub market: Address,
        /// The member that trades with all others.
        pub taker: Address,
        /// Signs for every member.
        pub venue: Address,
        /// The argument `buys`.
        pub buys: bool,
        /// The argument `deals`.
        pub deals: Vec<crate::types::Deal>,
    }

    impl NovateBatch {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![46];
            self.buys.write(&mut data);
            self.deals.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.taker, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.venue, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Opens a cover that was queued.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OpenCover {
        /// The fund.
        pub fund: Address,
        /// The change.
        pub record: Address,
        /// The new cover.
        pub cover: Address,
        /// The fund's authority.
        pub authority: Address,
        /// Pays the rent of the cover.
        pub payer: Address,
        /// The argument `index`.
        pub index: u16,
        /// The argument `mandate`.
        pub mandate: crate::types::Mandate,
    }

    impl OpenCover {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![90];
            self.index.write(&mut data);
            self.mandate.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.record, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.cover, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.authority, is_signer: true, is_writable: false },
                    AccountMeta { pubkey: self.payer, is_signer: true, is_writable: true },
                    AccountMeta {
                        pubkey: Address::from_str_const("record.payer"),
                        is_signer: false,
                        is_writable: true,
                    },
                    AccountMeta {
                        pubkey: Address::from_str_const("11111111111111111111111111111111"),
                        is_signer: false,
                        is_writable: false,
                    },
                ],
                data,
            }
        }
    }

    /// Opens layer 6: members register their gains.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OpenGainsCut {
        /// The fund.
        pub fund: Address,
    }

    impl OpenGainsCut {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![69];
            Instruction {
                program_id: program_id(),
                accounts: vec![AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true }],
                data,
            }
        }
    }

    /// Opens a market that was queued.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OpenMarket {
        /// The fund.
        pub fund: Address,
        /// The change.
        pub record: Address,
        /// The new market.
        pub market: Address,
        /// The fund's authority.
        pub authority: Address,
        /// Pays the rent of the market.
        pub payer: Address,
        /// The argument `index`.
        pub index: u16,
        /// The argument `mandate`.
        pub mandate: crate::types::Mandate,
    }

    impl OpenMarket {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![15];
            self.index.write(&mut data);
            self.mandate.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.record, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.authority, is_signer: true, is_writable: false },
                    AccountMeta { pubkey: self.payer, is_signer: true, is_writable: true },
                    AccountMeta {
                        pubkey: Address::from_str_const("record.payer"),
                        is_signer: false,
                        is_writable: true,
                    },
                    AccountMeta {
                        pubkey: Address::from_str_const("11111111111111111111111111111111"),
                        is_signer: false,
                        is_writable: false,
                    },
                ],
                data,
            }
        }
    }

    /// Opens the member account of a wallet.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OpenMember {
        /// The fund.
        pub fund: Address,
        /// The new account.
        pub member: Address,
        /// The wallet.
        pub owner: Address,
        /// Pays the rent.
        pub payer: Address,
        /// The argument `most_bps`.
        pub most_bps: u16,
        /// The argument `markets`.
        pub markets: u16,
    }

    impl OpenMember {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![20];
            self.most_bps.write(&mut data);
            self.markets.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.owner, is_signer: true, is_writable: false },
                    AccountMeta { pubkey: self.payer, is_signer: true, is_writable: true },
                    AccountMeta {
                        pubkey: Address::from_str_const("11111111111111111111111111111111"),
                        is_signer: false,
                        is_writable: false,
                    },
                ],
                data,
            }
        }
    }

    /// Creates the account of one feed of Pyth Pro.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OpenProPrice {
        /// Pays the rent.
        pub payer: Address,
        /// The account to create.
        pub price: Address,
        /// The argument `feed`.
        pub feed: u32,
        /// The argument `channel`.
        pub channel: u8,
    }

    impl OpenProPrice {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![87];
            self.feed.write(&mut data);
            self.channel.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.payer, is_signer: true, is_writable: true },
                    AccountMeta { pubkey: self.price, is_signer: false, is_writable: true },
                    AccountMeta {
                        pubkey: Address::from_str_const("11111111111111111111111111111111"),
                        is_signer: false,
                        is_writable: false,
                    },
                ],
                data,
            }
        }
    }

    /// Blocks exits because a member owes more than it has.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OpenWatch {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
    }

    impl OpenWatch {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![75];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Pauses parts of a fund for a while.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Pause {
        /// The fund.
        pub fund: Address,
        /// The guardian.
        pub guardian: Address,
        /// The argument `bits`.
        pub bits: u8,
        /// The argument `secs`.
        pub secs: i64,
        /// The argument `last_valid_slot`.
        pub last_valid_slot: u64,
    }

    impl Pause {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![2];
            self.bits.write(&mut data);
            self.secs.write(&mut data);
            self.last_valid_slot.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.guardian, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Pays a member's claim to a registered gain.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct PayClaim {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
    }

    impl PayClaim {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![86];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Pays a claim on a closed fund.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct PayOut {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
    }

    impl PayOut {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![72];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// A member offers lots to whoever comes.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct PostOffer {
        /// The fund.
        pub fund: Address,
        /// The market.
        pub market: Address,
        /// The member that offers.
        pub maker: Address,
        /// The offer.
        pub offer: Address,
        /// Signs for the maker, owner or delegate, and pays the rent.
        pub trader: Address,
        /// The argument `number`.
        pub number: u64,
        /// The argument `terms`.
        pub terms: crate::types::OfferTerms,
    }

    impl PostOffer {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![43];
            self.number.write(&mut data);
            self.terms.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.maker, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.offer, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.trader, is_signer: true, is_writable: true },
                    AccountMeta {
                        pubkey: Address::from_str_const("11111111111111111111111111111111"),
                        is_signer: false,
                        is_writable: false,
                    },
                ],
                data,
            }
        }
    }

    /// Posts a signed message of Pyth Pro, which its contract verifies.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PostProPrice {
        /// Pays the fee.
        pub payer: Address,
        /// The feed's account.
        pub price: Address,
        /// Gets the fee; the contract checks that it is its own.
        pub treasury: Address,
        /// The transaction's instructions; the contract checks the address.
        pub instructions: Address,
        /// The argument `ed25519_instruction`.
        pub ed25519_instruction: u16,
        /// The argument `signature`.
        pub signature: u8,
        /// The argument `message`.
        pub message: Vec<u8>,
    }

    impl PostProPrice {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![88];
            self.ed25519_instruction.write(&mut data);
            self.signature.write(&mut data);
            self.message.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.payer, is_signer: true, is_writable: true },
                    AccountMeta { pubkey: self.price, is_signer: false, is_writable: true },
                    AccountMeta {
                        pubkey: Address::from_str_const("pytd2yyk641x7ak7mkaasSJVXh6YYZnC7wTmtgAyxPt"),
                        is_signer: false,
                        is_writable: false,
                    },
                    AccountMeta {
                        pubkey: Address::from_str_const("3rdJbqfnagQ4yx9HXJViD4zc4xpiSqmFsKpPuSCQVyQL"),
                        is_signer: false,
                        is_writable: false,
                    },
                    AccountMeta { pubkey: self.treasury, is_signer: false, is_writable: true },
                    AccountMeta {
                        pubkey: Address::from_str_const("11111111111111111111111111111111"),
                        is_signer: false,
                        is_writable: false,
                    },
                    AccountMeta { pubkey: self.instructions, is_signer: false, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Queues a change of parameters, or a new market.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct QueueChange {
        /// The fund.
        pub fund: Address,
        /// The change, at the address of the current nonce.
        pub record: Address,
        /// The market that changes, if one does.
        pub market: Option<Address>,
        /// The fund's authority.
        pub authority: Address,
        /// Pays the rent and gets it back.
        pub payer: Address,
        /// The argument `change`.
        pub change: crate::types::ParameterChange,
        /// The argument `mandate`.
        pub mandate: crate::types::Mandate,
    }

    impl QueueChange {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![7];
            self.change.write(&mut data);
            self.mandate.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.record, is_signer: false, is_writable: true },
                    match self.market {
                        Some(key) => AccountMeta { pubkey: key, is_signer: false, is_writable: true },
                        None => AccountMeta { pubkey: program_id(), is_signer: false, is_writable: false },
                    },
                    AccountMeta { pubkey: self.authority, is_signer: true, is_writable: false },
                    AccountMeta { pubkey: self.payer, is_signer: true, is_writable: true },
                    AccountMeta {
                        pubkey: Address::from_str_const("11111111111111111111111111111111"),
                        is_signer: false,
                        is_writable: false,
                    },
                ],
                data,
            }
        }
    }

    /// Registers a member's net gain as a claim.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct RegisterGains {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
    }

    impl RegisterGains {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![84];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Gives back what a cushion has left once the houses of its round are sold.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ReleaseCushion {
        /// The fund.
        pub fund: Address,
        /// The defaulter.
        pub member: Address,
        /// The default's record.
        pub record: Address,
    }

    impl ReleaseCushion {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![80];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.record, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Pays back money that others have paid in a default.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct RepayDefault {
        /// The fund.
        pub fund: Address,
        /// The wallet's token account; the token program checks that it is one of the mint.
        pub token_account: Address,
        /// The fund's vault.
        pub vault: Address,
        /// The fund's mint.
        pub mint: Address,
        /// The program that owns mint and vault.
        pub token_program: Address,
        /// The default's record.
        pub record: Address,
        /// Owns the wallet's token account.
        pub payer: Address,
        /// The argument `amount`.
        pub amount: u64,
    }

    impl RepayDefault {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![33];
            self.amount.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.token_account, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.vault, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.mint, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.token_program, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.record, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.payer, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Updates the table of the two largest exposures.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ReportExposure {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
    }

    impl ReportExposure {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![74];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Asks money back from the treasury.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct RequestTreasury {
        /// The fund.
        pub fund: Address,
        /// The token account that is paid; the token program checks it when it is.
        pub token_account: Address,
        /// The fund's authority.
        pub authority: Address,
        /// The argument `amount`.
        pub amount: u64,
        /// The argument `mandate`.
        pub mandate: crate::types::Mandate,
    }

    impl RequestTreasury {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![4];
            self.amount.write(&mut data);
            self.mandate.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.token_account, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.authority, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Asks for shares back: the notice period starts.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct RequestWithdrawal {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
        /// The wallet.
        pub owner: Address,
        /// The argument `shares`.
        pub shares: u128,
    }

    impl RequestWithdrawal {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![26];
            self.shares.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.owner, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Gives back what a cover was paid and nobody has claimed.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ReturnCover {
        /// The fund.
        pub fund: Address,
        /// The wallet's token account; the token program checks that it is one of the mint.
        pub token_account: Address,
        /// The fund's vault.
        pub vault: Address,
        /// The fund's mint.
        pub mint: Address,
        /// The program that owns mint and vault.
        pub token_program: Address,
        /// The cover.
        pub cover: Address,
        /// Owns the wallet's token account.
        pub giver: Address,
        /// The argument `amount`.
        pub amount: u64,
    }

    impl ReturnCover {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![99];
            self.amount.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.token_account, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.vault, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.mint, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.token_program, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.cover, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.giver, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// A member takes lots of another one whose stress call is due.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SellExcess {
        /// The fund.
        pub fund: Address,
        /// The market whose lots are sold.
        pub market: Address,
        /// The member that was called.
        pub target: Address,
        /// The member that takes the lots.
        pub taker: Address,
        /// Signs for the taker, owner or delegate.
        pub trader: Address,
        /// The argument `lots`.
        pub lots: u64,
        /// The argument `limit_price`.
        pub limit_price: u64,
    }

    impl SellExcess {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![42];
            self.lots.write(&mut data);
            self.limit_price.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.target, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.taker, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.trader, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Lets another key trade for the member, within a daily budget.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SetDelegate {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
        /// The wallet.
        pub owner: Address,
        /// The argument `delegate`.
        pub delegate: crate::Address,
        /// The argument `daily_budget`.
        pub daily_budget: u64,
    }

    impl SetDelegate {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![22];
            self.delegate.write(&mut data);
            self.daily_budget.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.owner, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Turns profit or loss of one position into cash.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Settle {
        /// The fund.
        pub fund: Address,
        /// The market.
        pub market: Address,
        /// The member.
        pub member: Address,
        /// Signs for the member, owner or delegate, when it settles for itself.
        pub trader: Option<Address>,
    }

    impl Settle {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![61];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    match self.trader {
                        Some(key) => AccountMeta { pubkey: key, is_signer: true, is_writable: false },
                        None => AccountMeta { pubkey: program_id(), is_signer: false, is_writable: false },
                    },
                ],
                data,
            }
        }
    }

    /// Pays what a cover is owed.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SettleCover {
        /// The fund.
        pub fund: Address,
        /// The cover.
        pub cover: Address,
    }

    impl SettleCover {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![97];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.cover, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Takes a member out of an epoch that ended.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SettleEpoch {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
        /// The final indices of the member's epoch.
        pub epoch_record: Address,
    }

    impl SettleEpoch {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![66];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.epoch_record, is_signer: false, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Holds exits because the market of a venue has fallen.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct ShowGap {
        /// The fund.
        pub fund: Address,
        /// The cover.
        pub cover: Address,
        /// Its market.
        pub market: Address,
    }

    impl ShowGap {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![101];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.cover, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Suspends a cover.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct SuspendCover {
        /// The fund.
        pub fund: Address,
        /// The cover.
        pub cover: Address,
        /// The guardian or the authority.
        pub guardian: Address,
        /// The argument `last_valid_slot`.
        pub last_valid_slot: u64,
    }

    impl SuspendCover {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![92];
            self.last_valid_slot.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.cover, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.guardian, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// A member takes lots of an offer: they are filled at the next print.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct TakeOffer {
        /// The fund.
        pub fund: Address,
        /// The market, which counts what is taken.
        pub market: Address,
        /// The offer.
        pub offer: Address,
        /// The member that has posted it.
        pub maker: Address,
        /// The member that takes it.
        pub taker: Address,
        /// Signs for the taker.
        pub trader: Address,
        /// The argument `lots`.
        pub lots: i64,
        /// The argument `limit_price`.
        pub limit_price: u64,
    }

    impl TakeOffer {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![45];
            self.lots.write(&mut data);
            self.limit_price.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.offer, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.maker, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.taker, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.trader, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// A member buys from the house in a Dutch auction.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct TakeOver {
        /// The fund.
        pub fund: Address,
        /// The market.
        pub market: Address,
        /// The taker.
        pub member: Address,
        /// Signs for the taker, owner or delegate.
        pub trader: Address,
        /// The argument `lots`.
        pub lots: u64,
        /// The argument `limit_price`.
        pub limit_price: u64,
    }

    impl TakeOver {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![41];
            self.lots.write(&mut data);
            self.limit_price.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.market, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.trader, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Offers the authority to another key.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct TransferAuthority {
        /// The fund.
        pub fund: Address,
        /// The fund's authority.
        pub authority: Address,
        /// The argument `to`.
        pub to: crate::Address,
        /// The argument `mandate`.
        pub mandate: crate::types::Mandate,
    }

    impl TransferAuthority {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![10];
            self.to.write(&mut data);
            self.mandate.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.authority, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Vetoes a queued change.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct VetoChange {
        /// The fund.
        pub fund: Address,
        /// The change.
        pub record: Address,
        /// Guardian or authority.
        pub guardian: Address,
        /// The record's rent payer.
        pub payer: Address,
        /// The argument `last_valid_slot`.
        pub last_valid_slot: u64,
    }

    impl VetoChange {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![9];
            self.last_valid_slot.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.record, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.guardian, is_signer: true, is_writable: false },
                    AccountMeta { pubkey: self.payer, is_signer: false, is_writable: true },
                ],
                data,
            }
        }
    }

    /// Gives up losses that are not recovered.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct WaiveRecovery {
        /// The fund.
        pub fund: Address,
        /// The member.
        pub member: Address,
        /// The wallet.
        pub owner: Address,
    }

    impl WaiveRecovery {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let data = vec![31];
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.owner, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    /// Pays margin out to the wallet.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct WithdrawMargin {
        /// The fund.
        pub fund: Address,
        /// The wallet's token account; the token program checks that it is one of the mint.
        pub token_account: Address,
        /// The fund's vault.
        pub vault: Address,
        /// The fund's mint.
        pub mint: Address,
        /// The program that owns mint and vault.
        pub token_program: Address,
        /// The member.
        pub member: Address,
        /// The wallet.
        pub owner: Address,
        /// The argument `amount`.
        pub amount: u64,
    }

    impl WithdrawMargin {
        /// Makes the instruction.
        pub fn instruction(&self) -> Instruction {
            let mut data = vec![24];
            self.amount.write(&mut data);
            Instruction {
                program_id: program_id(),
                accounts: vec![
                    AccountMeta { pubkey: self.fund, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.token_account, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.vault, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.mint, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.token_program, is_signer: false, is_writable: false },
                    AccountMeta { pubkey: self.member, is_signer: false, is_writable: true },
                    AccountMeta { pubkey: self.owner, is_signer: true, is_writable: false },
                ],
                data,
            }
        }
    }

    const NAMES: &[(&[u8], &str)] = &[
        (&[11], "accept_authority"),
        (&[94], "accrue_cover"),
        (&[32], "agree_assessment"),
        (&[64], "allocate_loss"),
        (&[65], "allocate_residual"),
        (&[91], "amend_cover"),
        (&[8], "apply_change"),
        (&[81], "book_crowding"),
        (&[77], "book_house"),
        (&[82], "call_stress"),
        (&[44], "cancel_offer"),
        (&[12], "cancel_treasury"),
        (&[27], "cancel_withdrawal"),
        (&[30], "claim_recovery"),
        (&[29], "claim_rewards"),
        (&[13], "claim_treasury"),
        (&[28], "claim_withdrawal"),
        (&[67], "close_default"),
        (&[83], "close_market"),
        (&[21], "close_member"),
        (&[71], "close_out"),
        (&[98], "collect_cover"),
        (&[73], "collect_premium"),
        (&[25], "contribute"),
        (&[60], "crank_market"),
        (&[0], "create_fund"),
        (&[1], "create_market"),
        (&[85], "cut_gains"),
        (&[63], "declare_default"),
        (&[23], "deposit_margin"),
        (&[96], "draw_cover"),
        (&[100], "end_cover"),
        (&[14], "end_pause"),
        (&[76], "end_watch"),
        (&[68], "enforce_call"),
        (&[78], "fill_offer"),
        (&[70], "fix_final_mark"),
        (&[93], "fund_cover"),
        (&[3], "fund_treasury"),
        (&[5], "give_recovery"),
        (&[95], "hold_cover"),
        (&[79], "lapse_taking"),
        (&[62], "liquidate"),
        (&[40], "novate"),
        (&[46], "novate_batch"),
        (&[90], "open_cover"),
        (&[69], "open_gains_cut"),
        (&[15], "open_market"),
        (&[20], "open_member"),
        (&[87], "open_pro_price"),
        (&[75], "open_watch"),
        (&[2], "pause"),
        (&[86], "pay_claim"),
        (&[72], "pay_out"),
        (&[43], "post_offer"),
        (&[88], "post_pro_price"),
        (&[7], "queue_change"),
        (&[84], "register_gains"),
        (&[80], "release_cushion"),
        (&[33], "repay_default"),
        (&[74], "report_exposure"),
        (&[4], "request_treasury"),
        (&[26], "request_withdrawal"),
        (&[99], "return_cover"),
        (&[42], "sell_excess"),
        (&[22], "set_delegate"),
        (&[61], "settle"),
        (&[97], "settle_cover"),
        (&[66], "settle_epoch"),
        (&[101], "show_gap"),
        (&[92], "suspend_cover"),
        (&[45], "take_offer"),
        (&[41], "take_over"),
        (&[10], "transfer_authority"),
        (&[9], "veto_change"),
        (&[31], "waive_recovery"),
        (&[24], "withdraw_margin"),
    ];

    /// Returns the name of the instruction with this data; none for data of other programs.
    pub fn name(data: &[u8]) -> Option<&'static str> {
        NAMES.iter().find(|(discriminator, _)| data.starts_with(discriminator)).map(|(_, name)| *name)
    }
}

pub mod event {
    use crate::Wire;

    crate::wire::wire_struct! {
    /// A member agreed to a cap of assessments.
    AssessmentAgreed {
    /// The member.
    member: crate::Address,
    /// The cap bps.
    cap_bps: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A member paid an assessment. `accrued`: the same call has brought the rewards and losses of its
    /// shares up to date.
    AssessmentPaid {
    /// The fund.
    fund: crate::Address,
    /// The member.
    member: crate::Address,
    /// The amount.
    amount: u64,
    /// The residual.
    residual: u64,
    /// The accrued.
    accrued: u64,
    /// The released.
    released: u64,
    }
    }

    crate::wire::wire_struct! {
    /// The authority was offered to a key (`accepted` 0), or taken by it (1).
    AuthorityMoved {
    /// The fund.
    fund: crate::Address,
    /// The authority.
    authority: crate::Address,
    /// The accepted.
    accepted: u64,
    }
    }

    crate::wire::wire_struct! {
    /// The price has moved too far. Trades that add risk are halted until `until_ts`.
    BreakerTripped {
    /// The market.
    market: crate::Address,
    /// The price.
    price: u64,
    /// The until ts.
    until_ts: i64,
    }
    }

    crate::wire::wire_struct! {
    /// Margin became contribution, for a call that was due.
    CallEnforced {
    /// The member.
    member: crate::Address,
    /// The amount.
    amount: u64,
    /// The shares.
    shares: u128,
    /// The released.
    released: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A queued change is in force.
    ChangeApplied {
    /// The fund.
    fund: crate::Address,
    /// The number.
    number: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A parameter change was queued. It can be applied once the exit clock reads `ready_secs`.
    ChangeQueued {
    /// The fund.
    fund: crate::Address,
    /// The number.
    number: u64,
    /// The ready secs.
    ready_secs: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A queued change was vetoed.
    ChangeVetoed {
    /// The fund.
    fund: crate::Address,
    /// The number.
    number: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A claim on a closed fund was paid.
    ClaimPaid {
    /// The fund.
    fund: crate::Address,
    /// The member.
    member: crate::Address,
    /// The claim.
    claim: u64,
    /// The paid.
    paid: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A member's positions are closed at the final marks. `for_good`: by a wind-down, which turns a
    /// gain into a claim.
    ClosedOut {
    /// The member.
    member: crate::Address,
    /// The settled.
    settled: i64,
    /// The claim.
    claim: u64,
    /// The for good.
    for_good: u64,
    }
    }

    crate::wire::wire_struct! {
    /// Shares were bought.
    Contributed {
    /// The member.
    member: crate::Address,
    /// The amount.
    amount: u64,
    /// The shares.
    shares: u128,
    /// The released.
    released: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A member is called to contribute, until the exit clock reads `due_secs`; zero: the call is
    /// met.
    ContributionCalled {
    /// The member.
    member: crate::Address,
    /// The amount.
    amount: u64,
    /// The due secs.
    due_secs: u64,
    /// The released.
    released: u64,
    }
    }

    crate::wire::wire_struct! {
    /// Premium of a cover was earned, `to_rewards` of it for contributors and the rest for the treasury. So
    /// much is left in advance; the cover has lapsed as of `lapsed_ts` unless that is zero.
    CoverAccrued {
    /// The fund.
    fund: crate::Address,
    /// The cover.
    cover: crate::Address,
    /// The premium.
    premium: u64,
    /// The prepaid.
    prepaid: u64,
    /// The lapsed ts.
    lapsed_ts: i64,
    /// The to rewards.
    to_rewards: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A cover has a higher limit, is no longer suspended, or opens anew after a lapse.
    CoverAmended {
    /// The fund.
    fund: crate::Address,
    /// The cover.
    cover: crate::Address,
    /// The limit.
    limit: u64,
    /// The opens ts.
    opens_ts: i64,
    }
    }

    crate::wire::wire_struct! {
    /// Money of a cover was sent to its destination, or back to its beneficiary.
    CoverCollected {
    /// The fund.
    fund: crate::Address,
    /// The cover.
    cover: crate::Address,
    /// The amount.
    amount: u64,
    /// The refunded.
    refunded: u64,
    }
    }

    crate::wire::wire_struct! {
    /// The drawer of a cover has asked for `amount`. The first loss pays so much, and so much more is owed.
    CoverDrawn {
    /// The fund.
    fund: crate::Address,
    /// The cover.
    cover: crate::Address,
    /// The amount.
    amount: u64,
    /// The first loss.
    first_loss: u64,
    /// The owed.
    owed: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A cover has ended and pledges so much less.
    CoverEnded {
    /// The fund.
    fund: crate::Address,
    /// The cover.
    cover: crate::Address,
    /// The released.
    released: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A cover was paid into: 0 premium in advance, 1 first loss, 2 premium that is earned at once. Of that
    /// `to_rewards` is for contributors and the rest for the treasury.
    CoverFunded {
    /// The fund.
    fund: crate::Address,
    /// The cover.
    cover: crate::Address,
    /// The amount.
    amount: u64,
    /// The purse.
    purse: u64,
    /// The to rewards.
    to_rewards: u64,
    }
    }

    crate::wire::wire_struct! {
    /// Covers hold exits until `until_ts`. A loss of this one may be undecided until `live_until_ts`.
    CoverHeld {
    /// The fund.
    fund: crate::Address,
    /// The cover.
    cover: crate::Address,
    /// The until ts.
    until_ts: i64,
    /// The live until ts.
    live_until_ts: i64,
    }
    }

    crate::wire::wire_struct! {
    /// A cover was opened. The kind is 0 claims, 1 venue, 2 parametric.
    CoverOpened {
    /// The fund.
    fund: crate::Address,
    /// The cover.
    cover: crate::Address,
    /// The limit.
    limit: u64,
    /// The opens ts.
    opens_ts: i64,
    /// The ends ts.
    ends_ts: i64,
    /// The index.
    index: u64,
    /// The kind.
    kind: u64,
    }
    }

    crate::wire::wire_struct! {
    /// Money of a cover came back, to the members that have borne losses. So much of these is outstanding.
    CoverReturned {
    /// The fund.
    fund: crate::Address,
    /// The cover.
    cover: crate::Address,
    /// The amount.
    amount: u64,
    /// The outstanding.
    outstanding: u64,
    }
    }

    crate::wire::wire_struct! {
    /// What a cover was owed was paid; what the fund lacked has lapsed.
    CoverSettled {
    /// The fund.
    fund: crate::Address,
    /// The cover.
    cover: crate::Address,
    /// The from treasury.
    from_treasury: u64,
    /// The from contributions.
    from_contributions: u64,
    /// The lapsed.
    lapsed: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A cover was suspended: what it draws is booked only.
    CoverSuspended {
    /// The fund.
    fund: crate::Address,
    /// The cover.
    cover: crate::Address,
    }
    }

    crate::wire::wire_struct! {
    /// A mark was taken from the oracle. The rates are those in force with it; the regime is 0
    /// neutral, 1 risk-on, 2 risk-off. `premium_rate` a second, in units of 2^-64, was due since the mark
    /// before, as that mark's regime changes it.
    Cranked {
    /// The market.
    market: crate::Address,
    /// The price.
    price: u64,
    /// The confidence.
    confidence: u64,
    /// The publish ts.
    publish_ts: i64,
    /// The multiplier bps.
    multiplier_bps: u64,
    /// The initial bps.
    initial_bps: u64,
    /// The maintenance bps.
    maintenance_bps: u64,
    /// The regime.
    regime: u64,
    /// The premium rate.
    premium_rate: u64,
    }
    }

    crate::wire::wire_struct! {
    /// What one whole side of a market could cost was booked, and what all markets have booked
    /// together.
    CrowdingBooked {
    /// The fund.
    fund: crate::Address,
    /// The market index.
    market_index: u64,
    /// The cost.
    cost: u64,
    /// The all.
    all: u64,
    }
    }

    crate::wire::wire_struct! {
    /// What a cushion has left came back as contribution; what found no share or no holder is the
    /// treasury's. `carries`: a part goes on standing behind a silent house.
    CushionReleased {
    /// The fund.
    fund: crate::Address,
    /// The member.
    member: crate::Address,
    /// The seq.
    seq: u64,
    /// The amount.
    amount: u64,
    /// The to treasury.
    to_treasury: u64,
    /// The carries.
    carries: u64,
    /// The released.
    released: u64,
    }
    }

    crate::wire::wire_struct! {
    /// The record of a default was closed.
    DefaultClosed {
    /// The fund.
    fund: crate::Address,
    /// The seq.
    seq: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A default is declared, and the defaulter has paid as far as it could. `from_claim` was left of a
    /// gain that was cut; `assigned` is one that will be. `given_up` are losses of its own that were set off
    /// against what others pay. `cushion` stands behind the sale of its lots, `unfunded` is for the layers
    /// after it. `keeper` got the bounty, zero is nobody.
    DefaultDeclared {
    /// The fund.
    fund: crate::Address,
    /// The member.
    member: crate::Address,
    /// The seq.
    seq: u64,
    /// The from margin.
    from_margin: u64,
    /// The shortfall.
    shortfall: u64,
    /// The from claim.
    from_claim: u64,
    /// The assigned.
    assigned: u64,
    /// The given up.
    given_up: u64,
    /// The from rewards.
    from_rewards: u64,
    /// The from recoveries.
    from_recoveries: u64,
    /// The from contribution.
    from_contribution: u64,
    /// The cushion.
    cushion: u64,
    /// The unfunded.
    unfunded: u64,
    /// The bounty.
    bounty: u64,
    /// The keeper.
    keeper: crate::Address,
    /// The released.
    released: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A member may be traded by somebody else, who may concede so much against the mark in a day;
    /// zero is nobody.
    DelegateSet {
    /// The member.
    member: crate::Address,
    /// The delegate.
    delegate: crate::Address,
    /// The daily budget.
    daily_budget: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A member left an ended share epoch.
    EpochSettled {
    /// The member.
    member: crate::Address,
    /// The epoch.
    epoch: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A loss took all contributions. Their shares are worth nothing.
    EpochWiped {
    /// The fund.
    fund: crate::Address,
    /// The epoch.
    epoch: u64,
    /// The dust.
    dust: u64,
    }
    }

    crate::wire::wire_struct! {
    /// Lots of a member that was called for its stress loss were sold to another one.
    ExcessSold {
    /// The target.
    target: crate::Address,
    /// The taker.
    taker: crate::Address,
    /// The lots.
    lots: i64,
    /// The price.
    price: u64,
    /// The discount.
    discount: u64,
    /// The market index.
    market_index: u64,
    }
    }

    crate::wire::wire_struct! {
    /// The exit is committed and can be paid once the exit clock reads `ready_secs`; what counts of
    /// the day's outflow with it. A member that has waited half of the claim window is let out
    /// beyond the cap and the cover of the two largest exposures (`overdue`).
    ExitCommitted {
    /// The member.
    member: crate::Address,
    /// The ready secs.
    ready_secs: u64,
    /// The amount.
    amount: u64,
    /// The outflow.
    outflow: u64,
    /// The overdue.
    overdue: u64,
    /// The released.
    released: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A member's exposure was reported.
    ExposureReported {
    /// The fund.
    fund: crate::Address,
    /// The member.
    member: crate::Address,
    /// The stress loss.
    stress_loss: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A fund was created.
    FundCreated {
    /// The fund.
    fund: crate::Address,
    /// The mint.
    mint: crate::Address,
    /// The creator.
    creator: crate::Address,
    /// The authority.
    authority: crate::Address,
    /// The id.
    id: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A member's claim was paid into its margin, as far as the pool reaches; `left` of it waits.
    GainPaid {
    /// The fund.
    fund: crate::Address,
    /// The member.
    member: crate::Address,
    /// The round.
    round: u64,
    /// The paid.
    paid: u64,
    /// The left.
    left: u64,
    }
    }

    crate::wire::wire_struct! {
    /// `cut` was cut from the gains that were registered, all by the same fraction. What was left of
    /// defaulters' gains was set off against unfunded loss.
    GainsCut {
    /// The fund.
    fund: crate::Address,
    /// The round.
    round: u64,
    /// The gains.
    gains: u64,
    /// The cut.
    cut: u64,
    /// The set off.
    set_off: u64,
    /// The residual.
    residual: u64,
    }
    }

    crate::wire::wire_struct! {
    /// Layer 6 has begun: gains are read at `cut_ts`, and members register until `ends_ts`.
    GainsCutOpened {
    /// The fund.
    fund: crate::Address,
    /// The round.
    round: u64,
    /// The loss.
    loss: u64,
    /// The cut ts.
    cut_ts: i64,
    /// The ends ts.
    ends_ts: i64,
    }
    }

    crate::wire::wire_struct! {
    /// A member's net gain became a claim. A latecomer is cut at once. `from_margin` of it were settled
    /// gains, and `realised` is what each of its positions gave, in the order of its account.
    GainsRegistered {
    /// The fund.
    fund: crate::Address,
    /// The member.
    member: crate::Address,
    /// The round.
    round: u64,
    /// The gain.
    gain: u64,
    /// The cut.
    cut: u64,
    /// The from margin.
    from_margin: u64,
    /// The realised.
    realised: [i64; 8],
    }
    }

    crate::wire::wire_struct! {
    /// The market of a venue has fallen: its draws are bounded by `bound` now, and exits are held.
    GapShown {
    /// The fund.
    fund: crate::Address,
    /// The cover.
    cover: crate::Address,
    /// The bound.
    bound: u64,
    /// The until ts.
    until_ts: i64,
    }
    }

    crate::wire::wire_struct! {
    /// The member meets initial margin again, or nobody has made its default final in time.
    GraceEnded {
    /// The member.
    member: crate::Address,
    }
    }

    crate::wire::wire_struct! {
    /// A member's equity is negative. It can top up; a declaration from `final_ts` on is final.
    GraceStarted {
    /// The member.
    member: crate::Address,
    /// The final ts.
    final_ts: i64,
    }
    }

    crate::wire::wire_struct! {
    /// Somebody looked at what a house has at risk, and whether nothing waits for it (`waived`).
    /// `stress` of it is the stress loss of its lots.
    HouseBooked {
    /// The fund.
    fund: crate::Address,
    /// The market index.
    market_index: u64,
    /// The at risk.
    at_risk: u64,
    /// The waived.
    waived: u64,
    }
    }

    crate::wire::wire_struct! {
    /// The house of a market is flat: its loss (negative) or gain joins those of the others in this
    /// round.
    HouseFlat {
    /// The fund.
    fund: crate::Address,
    /// The market index.
    market_index: u64,
    /// The result.
    result: i64,
    }
    }

    crate::wire::wire_struct! {
    /// The results of all houses are realised as one sum. A loss is paid by the cushions, and is
    /// `unfunded` beyond them; a gain has `cancelled` unfunded loss, and the rest is `recovered`.
    /// `cushions` is what the round's cushions have left.
    HousesRealised {
    /// The fund.
    fund: crate::Address,
    /// The round.
    round: u64,
    /// The from cushions.
    from_cushions: u64,
    /// The unfunded.
    unfunded: u64,
    /// The cancelled.
    cancelled: u64,
    /// The recovered.
    recovered: u64,
    /// The cushions.
    cushions: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A member took lots from one below maintenance margin, at `price`.
    Liquidated {
    /// The target.
    target: crate::Address,
    /// The liquidator.
    liquidator: crate::Address,
    /// The lots.
    lots: i64,
    /// The bonus.
    bonus: u64,
    /// The fee.
    fee: u64,
    /// The market index.
    market_index: u64,
    /// The price.
    price: u64,
    }
    }

    crate::wire::wire_struct! {
    /// The treasury, then contributions and cushions, have paid for a default. `residual` is what they have
    /// not, with what a gain of the defaulter may still cancel. `keeper` got the bounty, zero is nobody.
    LossAllocated {
    /// The fund.
    fund: crate::Address,
    /// The member.
    member: crate::Address,
    /// The seq.
    seq: u64,
    /// The from treasury.
    from_treasury: u64,
    /// The from survivors.
    from_survivors: u64,
    /// The from cushions.
    from_cushions: u64,
    /// The residual.
    residual: u64,
    /// The contributions.
    contributions: u64,
    /// The called.
    called: u64,
    /// The bounty.
    bounty: u64,
    /// The keeper.
    keeper: crate::Address,
    }
    }

    crate::wire::wire_struct! {
    /// Margin came in (positive) or went out.
    MarginMoved {
    /// The member.
    member: crate::Address,
    /// The amount.
    amount: i64,
    /// The margin.
    margin: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A market's mark is final.
    MarkFixed {
    /// The fund.
    fund: crate::Address,
    /// The market index.
    market_index: u64,
    /// The price.
    price: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A market was created. `scale` is its raw quote per base unit of money.
    MarketCreated {
    /// The fund.
    fund: crate::Address,
    /// The market.
    market: crate::Address,
    /// The market index.
    market_index: u64,
    /// The scale.
    scale: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A market ends then, unless its feed comes back.
    MarketEnds {
    /// The fund.
    fund: crate::Address,
    /// The market index.
    market_index: u64,
    /// The end ts.
    end_ts: i64,
    }
    }

    crate::wire::wire_struct! {
    /// A member account was closed.
    MemberClosed {
    /// The fund.
    fund: crate::Address,
    /// The member.
    member: crate::Address,
    }
    }

    crate::wire::wire_struct! {
    /// A member account was opened.
    MemberOpened {
    /// The fund.
    fund: crate::Address,
    /// The member.
    member: crate::Address,
    /// The owner.
    owner: crate::Address,
    }
    }

    crate::wire::wire_struct! {
    /// Two members traded. The fund is the counterparty of each. Each pays `fee`; `to_rewards` is the
    /// contributors' part of both fees, the rest is the treasury's.
    Novated {
    /// The buyer.
    buyer: crate::Address,
    /// The seller.
    seller: crate::Address,
    /// The lots.
    lots: i64,
    /// The price.
    price: u64,
    /// The fee.
    fee: u64,
    /// The market index.
    market_index: u64,
    /// The to rewards.
    to_rewards: u64,
    }
    }

    crate::wire::wire_struct! {
    /// An offer was taken back, or has expired.
    OfferCancelled {
    /// The fund.
    fund: crate::Address,
    /// The offer.
    offer: crate::Address,
    /// The maker.
    maker: crate::Address,
    }
    }

    crate::wire::wire_struct! {
    /// A taking was filled at this print, as the `Novated` before it says. `left` are the lots that
    /// the offer still has, signed as its maker receives them.
    OfferFilled {
    /// The fund.
    fund: crate::Address,
    /// The offer.
    offer: crate::Address,
    /// The maker.
    maker: crate::Address,
    /// The taker.
    taker: crate::Address,
    /// The lots.
    lots: i64,
    /// The left.
    left: i64,
    /// The print.
    print: u64,
    /// The publish ts.
    publish_ts: i64,
    /// The market index.
    market_index: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A member offers lots, signed as it receives them, at this distance from the first print after a
    /// taking, in basis points and in its favour, and at this price at worst.
    OfferPosted {
    /// The fund.
    fund: crate::Address,
    /// The offer.
    offer: crate::Address,
    /// The maker.
    maker: crate::Address,
    /// The lots.
    lots: i64,
    /// The limit price.
    limit_price: u64,
    /// The distance bps.
    distance_bps: i64,
    /// The expires ts.
    expires_ts: i64,
    /// The market index.
    market_index: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A member has taken lots, signed as it receives them. They are filled at the first print after
    /// `ts`, and until then so much margin of each side is locked.
    OfferTaken {
    /// The fund.
    fund: crate::Address,
    /// The offer.
    offer: crate::Address,
    /// The maker.
    maker: crate::Address,
    /// The taker.
    taker: crate::Address,
    /// The lots.
    lots: i64,
    /// The limit price.
    limit_price: u64,
    /// The ts.
    ts: i64,
    /// The locked.
    locked: u64,
    /// The market index.
    market_index: u64,
    }
    }

    crate::wire::wire_struct! {
    /// The pauses of parts end at `ends_ts`, if they do not sooner.
    PauseEnded {
    /// The fund.
    fund: crate::Address,
    /// The bits.
    bits: u64,
    /// The ends ts.
    ends_ts: i64,
    }
    }

    crate::wire::wire_struct! {
    /// Parts of the fund are paused.
    Paused {
    /// The fund.
    fund: crate::Address,
    /// The bits.
    bits: u64,
    /// The expires ts.
    expires_ts: i64,
    }
    }

    crate::wire::wire_struct! {
    /// Premiums became cash.
    PremiumCollected {
    /// The fund.
    fund: crate::Address,
    /// The market index.
    market_index: u64,
    /// The amount.
    amount: u64,
    /// The to rewards.
    to_rewards: u64,
    }
    }

    crate::wire::wire_struct! {
    /// Money came back for the members that bore losses. `seq` is the default that it was paid back for,
    /// and the largest number if it was for none.
    Recovered {
    /// The fund.
    fund: crate::Address,
    /// The amount.
    amount: u64,
    /// The outstanding.
    outstanding: u64,
    /// The seq.
    seq: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A member was paid recovered losses.
    RecoveryPaid {
    /// The fund.
    fund: crate::Address,
    /// The member.
    member: crate::Address,
    /// The amount.
    amount: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A member gave up losses that it had not recovered.
    RecoveryWaived {
    /// The member.
    member: crate::Address,
    /// The amount.
    amount: u64,
    }
    }

    crate::wire::wire_struct! {
    /// The layers were applied to a loss that no open default owns.
    ResidualAllocated {
    /// The fund.
    fund: crate::Address,
    /// The from treasury.
    from_treasury: u64,
    /// The from survivors.
    from_survivors: u64,
    /// The from cushions.
    from_cushions: u64,
    /// The residual.
    residual: u64,
    /// The contributions.
    contributions: u64,
    /// The called.
    called: u64,
    }
    }

    crate::wire::wire_struct! {
    /// Rewards were paid out.
    RewardsPaid {
    /// The member.
    member: crate::Address,
    /// The amount.
    amount: u64,
    /// The released.
    released: u64,
    }
    }

    crate::wire::wire_struct! {
    /// Profit became cash; `paid` is negative for a loss.
    Settled {
    /// The member.
    member: crate::Address,
    /// The paid.
    paid: i64,
    /// The market index.
    market_index: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A print did not become the mark: 1 no usable price, 2 another exponent, 3 not trading, 4 too
    /// uncertain. The market is silent until a sound print is taken.
    Silenced {
    /// The market.
    market: crate::Address,
    /// The silence.
    silence: u64,
    /// The publish ts.
    publish_ts: i64,
    }
    }

    crate::wire::wire_struct! {
    /// A member endangers more than the cover limit admits (`called`): it only reduces, and its excess
    /// can be sold from this reading of the exit clock on. Otherwise it is within the limit again.
    StressCalled {
    /// The fund.
    fund: crate::Address,
    /// The member.
    member: crate::Address,
    /// The called.
    called: u64,
    /// The due secs.
    due_secs: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A member bought from the house.
    /// `price` is before the discount.
    TakenOver {
    /// The member.
    member: crate::Address,
    /// The lots.
    lots: i64,
    /// The price.
    price: u64,
    /// The discount.
    discount: u64,
    /// The market index.
    market_index: u64,
    /// The house result.
    house_result: i64,
    }
    }

    crate::wire::wire_struct! {
    /// A taking was not filled in time.
    TakingLapsed {
    /// The fund.
    fund: crate::Address,
    /// The offer.
    offer: crate::Address,
    /// The maker.
    maker: crate::Address,
    /// The taker.
    taker: crate::Address,
    }
    }

    crate::wire::wire_struct! {
    /// Other terms of a market are in force from `ts` on. Until then `premium_rate` a second was due, as in
    /// `Cranked`.
    TermsChanged {
    /// The fund.
    fund: crate::Address,
    /// The market index.
    market_index: u64,
    /// The premium rate.
    premium_rate: u64,
    /// The ts.
    ts: i64,
    }
    }

    crate::wire::wire_struct! {
    /// A request of treasury is committed and can be paid once the exit clock reads `ready_secs`. Here
    /// and below `released` are the rewards that have reached the shares first.
    TreasuryCommitted {
    /// The fund.
    fund: crate::Address,
    /// The ready secs.
    ready_secs: u64,
    /// The released.
    released: u64,
    }
    }

    crate::wire::wire_struct! {
    /// The treasury received (positive) or paid out money.
    TreasuryMoved {
    /// The fund.
    fund: crate::Address,
    /// The amount.
    amount: i64,
    /// The treasury.
    treasury: u64,
    /// The released.
    released: u64,
    }
    }

    crate::wire::wire_struct! {
    /// Treasury is asked back (amount above zero), or no longer. It can be claimed once the exit
    /// clock reads `ready_secs`.
    TreasuryRequested {
    /// The fund.
    fund: crate::Address,
    /// The to.
    to: crate::Address,
    /// The amount.
    amount: u64,
    /// The ready secs.
    ready_secs: u64,
    }
    }

    crate::wire::wire_struct! {
    /// The watch on a member has ended.
    WatchEnded {
    /// The fund.
    fund: crate::Address,
    /// The member.
    member: crate::Address,
    }
    }

    crate::wire::wire_struct! {
    /// A member owes more than it has: exits are blocked until then at the latest.
    WatchOpened {
    /// The fund.
    fund: crate::Address,
    /// The member.
    member: crate::Address,
    /// The until ts.
    until_ts: i64,
    }
    }

    crate::wire::wire_struct! {
    /// Nothing is left to pay losses with, so the wind-down has begun.
    WindDownStarted {
    /// The fund.
    fund: crate::Address,
    /// The residual.
    residual: u64,
    /// The final marks ts.
    final_marks_ts: i64,
    }
    }

    crate::wire::wire_struct! {
    /// Shares were paid out. `overdue` is as in `ExitCommitted`, if this call has admitted the
    /// exit.
    WithdrawalPaid {
    /// The member.
    member: crate::Address,
    /// The amount.
    amount: u64,
    /// The shares.
    shares: u128,
    /// The outflow.
    outflow: u64,
    /// The overdue.
    overdue: u64,
    /// The released.
    released: u64,
    }
    }

    crate::wire::wire_struct! {
    /// A withdrawal was requested (shares above zero) or cancelled. It can be claimed once the exit
    /// clock reads `ready_secs`.
    WithdrawalRequested {
    /// The member.
    member: crate::Address,
    /// The shares.
    shares: u128,
    /// The ready secs.
    ready_secs: u64,
    }
    }

    /// An event of the program.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum Event {
        /// See [`AssessmentAgreed`].
        AssessmentAgreed(AssessmentAgreed),
        /// See [`AssessmentPaid`].
        AssessmentPaid(AssessmentPaid),
        /// See [`AuthorityMoved`].
        AuthorityMoved(AuthorityMoved),
        /// See [`BreakerTripped`].
        BreakerTripped(BreakerTripped),
        /// See [`CallEnforced`].
        CallEnforced(CallEnforced),
        /// See [`ChangeApplied`].
        ChangeApplied(ChangeApplied),
        /// See [`ChangeQueued`].
        ChangeQueued(ChangeQueued),
        /// See [`ChangeVetoed`].
        ChangeVetoed(ChangeVetoed),
        /// See [`ClaimPaid`].
        ClaimPaid(ClaimPaid),
        /// See [`ClosedOut`].
        ClosedOut(ClosedOut),
        /// See [`Contributed`].
        Contributed(Contributed),
        /// See [`ContributionCalled`].
        ContributionCalled(ContributionCalled),
        /// See [`CoverAccrued`].
        CoverAccrued(CoverAccrued),
        /// See [`CoverAmended`].
        CoverAmended(CoverAmended),
        /// See [`CoverCollected`].
        CoverCollected(CoverCollected),
        /// See [`CoverDrawn`].
        CoverDrawn(CoverDrawn),
        /// See [`CoverEnded`].
        CoverEnded(CoverEnded),
        /// See [`CoverFunded`].
        CoverFunded(CoverFunded),
        /// See [`CoverHeld`].
        CoverHeld(CoverHeld),
        /// See [`CoverOpened`].
        CoverOpened(CoverOpened),
        /// See [`CoverReturned`].
        CoverReturned(CoverReturned),
        /// See [`CoverSettled`].
        CoverSettled(CoverSettled),
        /// See [`CoverSuspended`].
        CoverSuspended(CoverSuspended),
        /// See [`Cranked`].
        Cranked(Cranked),
        /// See [`CrowdingBooked`].
        CrowdingBooked(CrowdingBooked),
        /// See [`CushionReleased`].
        CushionReleased(CushionReleased),
        /// See [`DefaultClosed`].
        DefaultClosed(DefaultClosed),
        /// See [`DefaultDeclared`].
        DefaultDeclared(DefaultDeclared),
        /// See [`DelegateSet`].
        DelegateSet(DelegateSet),
        /// See [`EpochSettled`].
        EpochSettled(EpochSettled),
        /// See [`EpochWiped`].
        EpochWiped(EpochWiped),
        /// See [`ExcessSold`].
        ExcessSold(ExcessSold),
        /// See [`ExitCommitted`].
        ExitCommitted(ExitCommitted),
        /// See [`ExposureReported`].
        ExposureReported(ExposureReported),
        /// See [`FundCreated`].
        FundCreated(FundCreated),
        /// See [`GainPaid`].
        GainPaid(GainPaid),
        /// See [`GainsCut`].
        GainsCut(GainsCut),
        /// See [`GainsCutOpened`].
        GainsCutOpened(GainsCutOpened),
        /// See [`GainsRegistered`].
        GainsRegistered(GainsRegistered),
        /// See [`GapShown`].
        GapShown(GapShown),
        /// See [`GraceEnded`].
        GraceEnded(GraceEnded),
        /// See [`GraceStarted`].
        GraceStarted(GraceStarted),
        /// See [`HouseBooked`].
        HouseBooked(HouseBooked),
        /// See [`HouseFlat`].
        HouseFlat(HouseFlat),
        /// See [`HousesRealised`].
        HousesRealised(HousesRealised),
        /// See [`Liquidated`].
        Liquidated(Liquidated),
        /// See [`LossAllocated`].
        LossAllocated(LossAllocated),
        /// See [`MarginMoved`].
        MarginMoved(MarginMoved),
        /// See [`MarkFixed`].
        MarkFixed(MarkFixed),
        /// See [`MarketCreated`].
        MarketCreated(MarketCreated),
        /// See [`MarketEnds`].
        MarketEnds(MarketEnds),
        /// See [`MemberClosed`].
        MemberClosed(MemberClosed),
        /// See [`MemberOpened`].
        MemberOpened(MemberOpened),
        /// See [`Novated`].
        Novated(Novated),
        /// See [`OfferCancelled`].
        OfferCancelled(OfferCancelled),
        /// See [`OfferFilled`].
        OfferFilled(OfferFilled),
        /// See [`OfferPosted`].
        OfferPosted(OfferPosted),
        /// See [`OfferTaken`].
        OfferTaken(OfferTaken),
        /// See [`PauseEnded`].
        PauseEnded(PauseEnded),
        /// See [`Paused`].
        Paused(Paused),
        /// See [`PremiumCollected`].
        PremiumCollected(PremiumCollected),
        /// See [`Recovered`].
        Recovered(Recovered),
        /// See [`RecoveryPaid`].
        RecoveryPaid(RecoveryPaid),
        /// See [`RecoveryWaived`].
        RecoveryWaived(RecoveryWaived),
        /// See [`ResidualAllocated`].
        ResidualAllocated(ResidualAllocated),
        /// See [`RewardsPaid`].
        RewardsPaid(RewardsPaid),
        /// See [`Settled`].
        Settled(Settled),
        /// See [`Silenced`].
        Silenced(Silenced),
        /// See [`StressCalled`].
        StressCalled(StressCalled),
        /// See [`TakenOver`].
        TakenOver(TakenOver),
        /// See [`TakingLapsed`].
        TakingLapsed(TakingLapsed),
        /// See [`TermsChanged`].
        TermsChanged(TermsChanged),
        /// See [`TreasuryCommitted`].
        TreasuryCommitted(TreasuryCommitted),
        /// See [`TreasuryMoved`].
        TreasuryMoved(TreasuryMoved),
        /// See [`TreasuryRequested`].
        TreasuryRequested(TreasuryRequested),
        /// See [`WatchEnded`].
        WatchEnded(WatchEnded),
        /// See [`WatchOpened`].
        WatchOpened(WatchOpened),
        /// See [`WindDownStarted`].
        WindDownStarted(WindDownStarted),
        /// See [`WithdrawalPaid`].
        WithdrawalPaid(WithdrawalPaid),
        /// See [`WithdrawalRequested`].
        WithdrawalRequested(WithdrawalRequested),
    }

    impl Event {
        /// Reads the event in these bytes; none if they are no event.
        pub fn decode(data: &[u8]) -> Option<Self> {
            if let Some(mut body) = data.strip_prefix(&[209, 82, 97, 102, 155, 230, 242, 3]) {
                return AssessmentAgreed::read(&mut body)
                    .filter(|_| body.is_empty())
                    .map(Self::AssessmentAgreed);
            }
            if let Some(mut body) = data.strip_prefix(&[213, 102, 60, 217, 71, 238, 160, 144]) {
                return AssessmentPaid::read(&mut body).filter(|_| body.is_empty()).map(Self::AssessmentPaid);
            }
            if let Some(mut body) = data.strip_prefix(&[194, 137, 186, 36, 255, 252, 47, 164]) {
                return AuthorityMoved::read(&mut body).filter(|_| body.is_empty()).map(Self::AuthorityMoved);
            }
            if let Some(mut body) = data.strip_prefix(&[248, 29, 234, 230, 10, 90, 65, 84]) {
                return BreakerTripped::read(&mut body).filter(|_| body.is_empty()).map(Self::BreakerTripped);
            }
            if let Some(mut body) = data.strip_prefix(&[157, 23, 241, 195, 104, 218, 110, 87]) {
                return CallEnforced::read(&mut body).filter(|_| body.is_empty()).map(Self::CallEnforced);
            }
            if let Some(mut body) = data.strip_prefix(&[226, 1, 224, 100, 192, 110, 58, 24]) {
                return ChangeApplied::read(&mut body).filter(|_| body.is_empty()).map(Self::ChangeApplied);
            }
            if let Some(mut body) = data.strip_prefix(&[232, 143, 80, 230, 125, 117, 169, 213]) {
                return ChangeQueued::read(&mut body).filter(|_| body.is_empty()).map(Self::ChangeQueued);
            }
            if let Some(mut body) = data.strip_prefix(&[18, 127, 43, 10, 178, 206, 26, 116]) {
                return ChangeVetoed::read(&mut body).filter(|_| body.is_empty()).map(Self::ChangeVetoed);
            }
            if let Some(mut body) = data.strip_prefix(&[212, 155, 88, 118, 128, 99, 132, 42]) {
                return ClaimPaid::read(&mut body).filter(|_| body.is_empty()).map(Self::ClaimPaid);
            }
            if let Some(mut body) = data.strip_prefix(&[35, 124, 78, 96, 213, 145, 182, 43]) {
                return ClosedOut::read(&mut body).filter(|_| body.is_empty()).map(Self::ClosedOut);
            }
            if let Some(mut body) = data.strip_prefix(&[196, 199, 157, 136, 180, 222, 100, 118]) {
                return Contributed::read(&mut body).filter(|_| body.is_empty()).map(Self::Contributed);
            }
            if let Some(mut body) = data.strip_prefix(&[114, 202, 128, 161, 226, 45, 251, 8]) {
                return ContributionCalled::read(&mut body)
                    .filter(|_| body.is_empty())
                    .map(Self::ContributionCalled);
            }
            if let Some(mut body) = data.strip_prefix(&[137, 32, 11, 191, 59, 173, 53, 156]) {
                return CoverAccrued::read(&mut body).filter(|_| body.is_empty()).map(Self::CoverAccrued);
            }
            if let Some(mut body) = data.strip_prefix(&[81, 113, 106, 50, 86, 44, 198, 150]) {
                return CoverAmended::read(&mut body).filter(|_| body.is_empty()).map(Self::CoverAmended);
            }
            if let Some(mut body) = data.strip_prefix(&[55, 80, 177, 170, 148, 84, 54, 33]) {
                return CoverCollected::read(&mut body).filter(|_| body.is_empty()).map(Self::CoverCollected);
            }
            if let Some(mut body) = data.strip_prefix(&[107, 248, 22, 33, 212, 174, 133, 224]) {
                return CoverDrawn::read(&mut body).filter(|_| body.is_empty()).map(Self::CoverDrawn);
            }
            if let Some(mut body) = data.strip_prefix(&[58, 90, 238, 102, 4, 150, 133, 158]) {
                return CoverEnded::read(&mut body).filter(|_| body.is_empty()).map(Self::CoverEnded);
            }
            if let Some(mut body) = data.strip_prefix(&[222, 87, 85, 10, 106, 197, 125, 225]) {
                return CoverFunded::read(&mut body).filter(|_| body.is_empty()).map(Self::CoverFunded);
            }
            if let Some(mut body) = data.strip_prefix(&[146, 11, 129, 203, 125, 115, 157, 191]) {
                return CoverHeld::read(&mut body).filter(|_| body.is_empty()).map(Self::CoverHeld);
            }
            if let Some(mut body) = data.strip_prefix(&[85, 234, 44, 208, 232, 6, 209, 128]) {
                return CoverOpened::read(&mut body).filter(|_| body.is_empty()).map(Self::CoverOpened);
            }
            if let Some(mut body) = data.strip_prefix(&[148, 242, 1, 111, 251, 52, 238, 253]) {
                return CoverReturned::read(&mut body).filter(|_| body.is_empty()).map(Self::CoverReturned);
            }
            if let Some(mut body) = data.strip_prefix(&[82, 61, 49, 156, 106, 118, 156, 211]) {
                return CoverSettled::read(&mut body).filter(|_| body.is_empty()).map(Self::CoverSettled);
            }
            if let Some(mut body) = data.strip_prefix(&[212, 206, 244, 24, 159, 32, 22, 62]) {
                return CoverSuspended::read(&mut body).filter(|_| body.is_empty()).map(Self::CoverSuspended);
            }
            if let Some(mut body) = data.strip_prefix(&[87, 125, 245, 87, 10, 38, 142, 239]) {
                return Cranked::read(&mut body).filter(|_| body.is_empty()).map(Self::Cranked);
            }
            if let Some(mut body) = data.strip_prefix(&[197, 188, 204, 63, 107, 215, 24, 151]) {
                return CrowdingBooked::read(&mut body).filter(|_| body.is_empty()).map(Self::CrowdingBooked);
            }
            if let Some(mut body) = data.strip_prefix(&[75, 71, 81, 71, 85, 26, 77, 181]) {
                return CushionReleased::read(&mut body)
                    .filter(|_| body.is_empty())
                    .map(Self::CushionReleased);
            }
            if let Some(mut body) = data.strip_prefix(&[101, 104, 238, 5, 158, 13, 188, 20]) {
                return DefaultClosed::read(&mut body).filter(|_| body.is_empty()).map(Self::DefaultClosed);
            }
            if let Some(mut body) = data.strip_prefix(&[199, 201, 228, 63, 226, 39, 62, 52]) {
                return DefaultDeclared::read(&mut body)
                    .filter(|_| body.is_empty())
                    .map(Self::DefaultDeclared);
            }
            if let Some(mut body) = data.strip_prefix(&[103, 126, 239, 131, 201, 31, 212, 253]) {
                return DelegateSet::read(&mut body).filter(|_| body.is_empty()).map(Self::DelegateSet);
            }
            if let Some(mut body) = data.strip_prefix(&[32, 219, 45, 156, 250, 115, 190, 255]) {
                return EpochSettled::read(&mut body).filter(|_| body.is_empty()).map(Self::EpochSettled);
            }
            if let Some(mut body) = data.strip_prefix(&[106, 31, 114, 104, 160, 147, 192, 55]) {
                return EpochWiped::read(&mut body).filter(|_| body.is_empty()).map(Self::EpochWiped);
            }
            if let Some(mut body) = data.strip_prefix(&[100, 174, 253, 202, 73, 205, 3, 207]) {
                return ExcessSold::read(&mut body).filter(|_| body.is_empty()).map(Self::ExcessSold);
            }
            if let Some(mut body) = data.strip_prefix(&[38, 197, 244, 196, 205, 89, 5, 46]) {
                return ExitCommitted::read(&mut body).filter(|_| body.is_empty()).map(Self::ExitCommitted);
            }
            if let Some(mut body) = data.strip_prefix(&[0, 243, 56, 81, 146, 98, 145, 254]) {
                return ExposureReported::read(&mut body)
                    .filter(|_| body.is_empty())
                    .map(Self::ExposureReported);
            }
            if let Some(mut body) = data.strip_prefix(&[31, 8, 73, 167, 79, 82, 191, 82]) {
                return FundCreated::read(&mut body).filter(|_| body.is_empty()).map(Self::FundCreated);
            }
            if let Some(mut body) = data.strip_prefix(&[175, 179, 190, 144, 77, 21, 161, 110]) {
                return GainPaid::read(&mut body).filter(|_| body.is_empty()).map(Self::GainPaid);
            }
            if let Some(mut body) = data.strip_prefix(&[106, 203, 101, 66, 179, 50, 67, 142]) {
                return GainsCut::read(&mut body).filter(|_| body.is_empty()).map(Self::GainsCut);
            }
            if let Some(mut body) = data.strip_prefix(&[115, 103, 26, 143, 140, 94, 109, 27]) {
                return GainsCutOpened::read(&mut body).filter(|_| body.is_empty()).map(Self::GainsCutOpened);
            }
            if let Some(mut body) = data.strip_prefix(&[123, 102, 33, 58, 185, 134, 29, 105]) {
                return GainsRegistered::read(&mut body)
                    .filter(|_| body.is_empty())
                    .map(Self::GainsRegistered);
            }
            if let Some(mut body) = data.strip_prefix(&[42, 249, 114, 3, 149, 82, 135, 105]) {
                return GapShown::read(&mut body).filter(|_| body.is_empty()).map(Self::GapShown);
            }
            if let Some(mut body) = data.strip_prefix(&[33, 1, 119, 191, 214, 175, 54, 55]) {
                return GraceEnded::read(&mut body).filter(|_| body.is_empty()).map(Self::GraceEnded);
            }
            if let Some(mut body) = data.strip_prefix(&[240, 238, 55, 29, 185, 70, 159, 127]) {
                return GraceStarted::read(&mut body).filter(|_| body.is_empty()).map(Self::GraceStarted);
            }
            if let Some(mut body) = data.strip_prefix(&[232, 112, 140, 70, 169, 245, 34, 54]) {
                return HouseBooked::read(&mut body).filter(|_| body.is_empty()).map(Self::HouseBooked);
            }
            if let Some(mut body) = data.strip_prefix(&[216, 189, 122, 34, 82, 242, 95, 38]) {
                return HouseFlat::read(&mut body).filter(|_| body.is_empty()).map(Self::HouseFlat);
            }
            if let Some(mut body) = data.strip_prefix(&[218, 211, 28, 106, 154, 242, 50, 126]) {
                return HousesRealised::read(&mut body).filter(|_| body.is_empty()).map(Self::HousesRealised);
            }
            if let Some(mut body) = data.strip_prefix(&[231, 57, 55, 75, 0, 170, 246, 68]) {
                return Liquidated::read(&mut body).filter(|_| body.is_empty()).map(Self::Liquidated);
            }
            if let Some(mut body) = data.strip_prefix(&[225, 53, 79, 48, 147, 108, 83, 161]) {
                return LossAllocated::read(&mut body).filter(|_| body.is_empty()).map(Self::LossAllocated);
            }
            if let Some(mut body) = data.strip_prefix(&[127, 154, 161, 153, 223, 53, 127, 33]) {
                return MarginMoved::read(&mut body).filter(|_| body.is_empty()).map(Self::MarginMoved);
            }
            if let Some(mut body) = data.strip_prefix(&[114, 109, 212, 244, 104, 246, 34, 177]) {
                return MarkFixed::read(&mut body).filter(|_| body.is_empty()).map(Self::MarkFixed);
            }
            if let Some(mut body) = data.strip_prefix(&[88, 184, 130, 231, 226, 84, 6, 58]) {
                return MarketCreated::read(&mut body).filter(|_| body.is_empty()).map(Self::MarketCreated);
            }
            if let Some(mut body) = data.strip_prefix(&[97, 132, 192, 161, 31, 17, 37, 99]) {
                return MarketEnds::read(&mut body).filter(|_| body.is_empty()).map(Self::MarketEnds);
            }
            if let Some(mut body) = data.strip_prefix(&[144, 66, 227, 96, 123, 189, 130, 204]) {
                return MemberClosed::read(&mut body).filter(|_| body.is_empty()).map(Self::MemberClosed);
            }
            if let Some(mut body) = data.strip_prefix(&[62, 233, 82, 51, 229, 164, 111, 221]) {
                return MemberOpened::read(&mut body).filter(|_| body.is_empty()).map(Self::MemberOpened);
            }
            if let Some(mut body) = data.strip_prefix(&[38, 146, 243, 212, 223, 104, 11, 182]) {
                return Novated::read(&mut body).filter(|_| body.is_empty()).map(Self::Novated);
            }
            if let Some(mut body) = data.strip_prefix(&[45, 42, 175, 214, 51, 192, 154, 9]) {
                return OfferCancelled::read(&mut body).filter(|_| body.is_empty()).map(Self::OfferCancelled);
            }
            if let Some(mut body) = data.strip_prefix(&[173, 104, 95, 161, 144, 206, 72, 57]) {
                return OfferFilled::read(&mut body).filter(|_| body.is_empty()).map(Self::OfferFilled);
            }
            if let Some(mut body) = data.strip_prefix(&[213, 49, 239, 221, 100, 153, 210, 32]) {
                return OfferPosted::read(&mut body).filter(|_| body.is_empty()).map(Self::OfferPosted);
            }
            if let Some(mut body) = data.strip_prefix(&[97, 101, 174, 50, 76, 209, 178, 148]) {
                return OfferTaken::read(&mut body).filter(|_| body.is_empty()).map(Self::OfferTaken);
            }
            if let Some(mut body) = data.strip_prefix(&[72, 74, 19, 105, 123, 35, 163, 227]) {
                return PauseEnded::read(&mut body).filter(|_| body.is_empty()).map(Self::PauseEnded);
            }
            if let Some(mut body) = data.strip_prefix(&[172, 248, 5, 253, 49, 255, 255, 232]) {
                return Paused::read(&mut body).filter(|_| body.is_empty()).map(Self::Paused);
            }
            if let Some(mut body) = data.strip_prefix(&[193, 150, 55, 217, 190, 82, 199, 227]) {
                return PremiumCollected::read(&mut body)
                    .filter(|_| body.is_empty())
                    .map(Self::PremiumCollected);
            }
            if let Some(mut body) = data.strip_prefix(&[117, 0, 54, 192, 187, 24, 240, 130]) {
                return Recovered::read(&mut body).filter(|_| body.is_empty()).map(Self::Recovered);
            }
            if let Some(mut body) = data.strip_prefix(&[232, 199, 56, 107, 195, 62, 183, 15]) {
                return RecoveryPaid::read(&mut body).filter(|_| body.is_empty()).map(Self::RecoveryPaid);
            }
            if let Some(mut body) = data.strip_prefix(&[47, 254, 102, 61, 165, 28, 166, 226]) {
                return RecoveryWaived::read(&mut body).filter(|_| body.is_empty()).map(Self::RecoveryWaived);
            }
            if let Some(mut body) = data.strip_prefix(&[47, 204, 79, 100, 23, 134, 31, 32]) {
                return ResidualAllocated::read(&mut body)
                    .filter(|_| body.is_empty())
                    .map(Self::ResidualAllocated);
            }
            if let Some(mut body) = data.strip_prefix(&[131, 204, 160, 15, 132, 68, 29, 42]) {
                return RewardsPaid::read(&mut body).filter(|_| body.is_empty()).map(Self::RewardsPaid);
            }
            if let Some(mut body) = data.strip_prefix(&[232, 210, 40, 17, 142, 124, 145, 238]) {
                return Settled::read(&mut body).filter(|_| body.is_empty()).map(Self::Settled);
            }
            if let Some(mut body) = data.strip_prefix(&[175, 93, 43, 183, 50, 199, 95, 99]) {
                return Silenced::read(&mut body).filter(|_| body.is_empty()).map(Self::Silenced);
            }
            if let Some(mut body) = data.strip_prefix(&[26, 16, 196, 155, 42, 61, 188, 18]) {
                return StressCalled::read(&mut body).filter(|_| body.is_empty()).map(Self::StressCalled);
            }
            if let Some(mut body) = data.strip_prefix(&[133, 195, 105, 190, 247, 119, 19, 141]) {
                return TakenOver::read(&mut body).filter(|_| body.is_empty()).map(Self::TakenOver);
            }
            if let Some(mut body) = data.strip_prefix(&[72, 106, 253, 177, 110, 182, 212, 4]) {
                return TakingLapsed::read(&mut body).filter(|_| body.is_empty()).map(Self::TakingLapsed);
            }
            if let Some(mut body) = data.strip_prefix(&[95, 25, 171, 199, 209, 114, 42, 97]) {
                return TermsChanged::read(&mut body).filter(|_| body.is_empty()).map(Self::TermsChanged);
            }
            if let Some(mut body) = data.strip_prefix(&[137, 206, 214, 145, 59, 34, 19, 96]) {
                return TreasuryCommitted::read(&mut body)
                    .filter(|_| body.is_empty())
                    .map(Self::TreasuryCommitted);
            }
            if let Some(mut body) = data.strip_prefix(&[111, 230, 59, 244, 40, 162, 27, 123]) {
                return TreasuryMoved::read(&mut body).filter(|_| body.is_empty()).map(Self::TreasuryMoved);
            }
            if let Some(mut body) = data.strip_prefix(&[10, 9, 41, 249, 217, 30, 105, 66]) {
                return TreasuryRequested::read(&mut body)
                    .filter(|_| body.is_empty())
                    .map(Self::TreasuryRequested);
            }
            if let Some(mut body) = data.strip_prefix(&[166, 253, 131, 58, 148, 161, 195, 36]) {
                return WatchEnded::read(&mut body).filter(|_| body.is_empty()).map(Self::WatchEnded);
            }
            if let Some(mut body) = data.strip_prefix(&[12, 158, 170, 191, 234, 212, 24, 105]) {
                return WatchOpened::read(&mut body).filter(|_| body.is_empty()).map(Self::WatchOpened);
            }
            if let Some(mut body) = data.strip_prefix(&[204, 55, 238, 182, 15, 183, 229, 21]) {
                return WindDownStarted::read(&mut body)
                    .filter(|_| body.is_empty())
                    .map(Self::WindDownStarted);
            }
            if let Some(mut body) = data.strip_prefix(&[8, 50, 221, 38, 250, 161, 167, 124]) {
                return WithdrawalPaid::read(&mut body).filter(|_| body.is_empty()).map(Self::WithdrawalPaid);
            }
            if let Some(mut body) = data.strip_prefix(&[75, 207, 21, 12, 160, 102, 150, 55]) {
                return WithdrawalRequested::read(&mut body)
                    .filter(|_| body.is_empty())
                    .map(Self::WithdrawalRequested);
            }
            None
        }

        /// The event's name.
        pub fn name(&self) -> &'static str {
            match self {
                Self::AssessmentAgreed(_) => "AssessmentAgreed",
                Self::AssessmentPaid(_) => "AssessmentPaid",
                Self::AuthorityMoved(_) => "AuthorityMoved",
                Self::BreakerTripped(_) => "BreakerTripped",
                Self::CallEnforced(_) => "CallEnforced",
                Self::ChangeApplied(_) => "ChangeApplied",
                Self::ChangeQueued(_) => "ChangeQueued",
                Self::ChangeVetoed(_) => "ChangeVetoed",
                Self::ClaimPaid(_) => "ClaimPaid",
                Self::ClosedOut(_) => "ClosedOut",
                Self::Contributed(_) => "Contributed",
                Self::ContributionCalled(_) => "ContributionCalled",
                Self::CoverAccrued(_) => "CoverAccrued",
                Self::CoverAmended(_) => "CoverAmended",
                Self::CoverCollected(_) => "CoverCollected",
                Self::CoverDrawn(_) => "CoverDrawn",
                Self::CoverEnded(_) => "CoverEnded",
                Self::CoverFunded(_) => "CoverFunded",
                Self::CoverHeld(_) => "CoverHeld",
                Self::CoverOpened(_) => "CoverOpened",
                Self::CoverReturned(_) => "CoverReturned",
                Self::CoverSettled(_) => "CoverSettled",
                Self::CoverSuspended(_) => "CoverSuspended",
                Self::Cranked(_) => "Cranked",
                Self::CrowdingBooked(_) => "CrowdingBooked",
                Self::CushionReleased(_) => "CushionReleased",
                Self::DefaultClosed(_) => "DefaultClosed",
                Self::DefaultDeclared(_) => "DefaultDeclared",
                Self::DelegateSet(_) => "DelegateSet",
                Self::EpochSettled(_) => "EpochSettled",
                Self::EpochWiped(_) => "EpochWiped",
                Self::ExcessSold(_) => "ExcessSold",
                Self::ExitCommitted(_) => "ExitCommitted",
                Self::ExposureReported(_) => "ExposureReported",
                Self::FundCreated(_) => "FundCreated",
                Self::GainPaid(_) => "GainPaid",
                Self::GainsCut(_) => "GainsCut",
                Self::GainsCutOpened(_) => "GainsCutOpened",
                Self::GainsRegistered(_) => "GainsRegistered",
                Self::GapShown(_) => "GapShown",
                Self::GraceEnded(_) => "GraceEnded",
                Self::GraceStarted(_) => "GraceStarted",
                Self::HouseBooked(_) => "HouseBooked",
                Self::HouseFlat(_) => "HouseFlat",
                Self::HousesRealised(_) => "HousesRealised",
                Self::Liquidated(_) => "Liquidated",
                Self::LossAllocated(_) => "LossAllocated",
                Self::MarginMoved(_) => "MarginMoved",
                Self::MarkFixed(_) => "MarkFixed",
                Self::MarketCreated(_) => "MarketCreated",
                Self::MarketEnds(_) => "MarketEnds",
                Self::MemberClosed(_) => "MemberClosed",
                Self::MemberOpened(_) => "MemberOpened",
                Self::Novated(_) => "Novated",
                Self::OfferCancelled(_) => "OfferCancelled",
                Self::OfferFilled(_) => "OfferFilled",
                Self::OfferPosted(_) => "OfferPosted",
                Self::OfferTaken(_) => "OfferTaken",
                Self::PauseEnded(_) => "PauseEnded",
                Self::Paused(_) => "Paused",
                Self::PremiumCollected(_) => "PremiumCollected",
                Self::Recovered(_) => "Recovered",
                Self::RecoveryPaid(_) => "RecoveryPaid",
                Self::RecoveryWaived(_) => "RecoveryWaived",
                Self::ResidualAllocated(_) => "ResidualAllocated",
                Self::RewardsPaid(_) => "RewardsPaid",
                Self::Settled(_) => "Settled",
                Self::Silenced(_) => "Silenced",
                Self::StressCalled(_) => "StressCalled",
                Self::TakenOver(_) => "TakenOver",
                Self::TakingLapsed(_) => "TakingLapsed",
                Self::TermsChanged(_) => "TermsChanged",
                Self::TreasuryCommitted(_) => "TreasuryCommitted",
                Self::TreasuryMoved(_) => "TreasuryMoved",
                Self::TreasuryRequested(_) => "TreasuryRequested",
                Self::WatchEnded(_) => "WatchEnded",
                Self::WatchOpened(_) => "WatchOpened",
                Self::WindDownStarted(_) => "WindDownStarted",
                Self::WithdrawalPaid(_) => "WithdrawalPaid",
                Self::WithdrawalRequested(_) => "WithdrawalRequested",
            }
        }
    }
}

/// The program's errors.
pub mod error {
    /// Code, name and text of every error.
    pub const ERRORS: &[(u32, &str, &str)] = &[
(6000, "Overflow", "A number does not fit its type"),
(6001, "Underflow", "A subtraction went below zero"),
(6002, "DivByZero", "A divisor is zero"),
(6003, "InvariantViolated", "The books do not balance: this is a bug, please report it"),
(6010, "WrongFund", "The account belongs to another fund"),
(6011, "WrongMarket", "The account belongs to another market, or a market the member holds is missing"),
(6012, "WrongMember", "The account belongs to another member"),
(6013, "WrongVault", "Not the fund's vault"),
(6014, "WrongMint", "Not the fund's mint"),
(6015, "WrongTokenProgram", "Not the fund's token program"),
(6016, "WrongVersion", "The account has another layout version: migrate it first"),
(6017, "DuplicateAccount", "The account is given twice where two are needed"),
(6018, "WrongRecord", "Not the record of this default or epoch"),
(6020, "NotOwner", "Only the member's owner may do this"),
(6021, "NotTrader", "Only the member's owner or delegate may do this"),
(6022, "NotAuthority", "Only the fund's authority may do this"),
(6023, "NotGuardian", "Only the fund's authority or guardian may do this"),
(6024, "StaleNonce", "The governance nonce has moved on: sign again with the current one"),
(6025, "MandateExpired", "The last valid slot of this governance transaction has passed: sign again"),
(6026, "ChangeNotReady", "The change's timelock is not over"),
(6027, "ChangeExpired", "The change's window has closed: queue it again"),
(6028, "NotPendingAuthority", "Only the pending authority may accept"),
(6030, "ZeroAmount", "The amount is zero"),
(6031, "ZeroShares", "The amount is too small to buy a share"),
(6032, "ParameterOutOfBounds", "A parameter is outside its hard bounds"),
(6033, "MarginWithinPriceBand", "Initial margin must exceed twice the price band plus fees"),
(6034, "ScaleTooSmall", "Price and lot decimals are too few for the quote's: the scale would be below one"),
(6035, "TooManyMarkets", "The fund has all the markets it can have"),
(6036, "PriceOutsideBand", "The price is zero, or outside the band around the mark"),
(6037, "MarketIndexTaken", "The market's index must be the next free one"),
(6038, "PriceBeyondLimit", "The price is worse than the limit price"),
(6040, "MintHasTransferFee", "The mint takes transfer fees"),
(6041, "MintHasTransferHook", "The mint has a transfer hook"),
(6042, "MintHasPermanentDelegate", "The mint has a permanent delegate"),
(6043, "MintIsClosable", "The mint can be closed"),
(6044, "MintExtensionUnsupported", "The mint has an extension this fund does not support"),
(6045, "InvalidMint", "Not an initialised mint of a token program"),
(6050, "OracleWrongOwner", "The price account has another owner than the market accepts"),
(6051, "OracleWrongAccount", "The price account is not the one the market is bound to"),
(6052, "OracleMalformed", "The price account is malformed"),
(6053, "OracleWrongFeed", "The price is of another feed"),
(6054, "OracleNotVerified", "The price is not fully verified"),
(6057, "OracleNotPositive", "The price is not positive"),
(6058, "OracleTooOld", "The price is too old"),
(6059, "OracleFromFuture", "The price is from the future"),
(6061, "OracleWentBack", "A newer price is already in the market"),
(6062, "StaleMark", "The mark is stale: crank the market in the same transaction"),
(6063, "ProMessageMalformed", "The signed message is malformed, or has a property that this program does not know"),
(6064, "ProMessageIncomplete", "The signed message lacks price, confidence, exponent, market session or the time of the price"),
(6065, "ProWrongChannel", "The signed message is of another channel"),
(6066, "ProWrongContract", "Not Pyth Pro's contract, or not its storage"),
(6070, "Paused", "This is paused for now"),
(6071, "PauseTooLong", "The pause is too long, or the last one too recent"),
(6072, "LossPending", "Exits are blocked, a loss may be on its way: contributions can neither enter nor leave"),
(6073, "MarketReduceOnly", "The market only reduces while its default is open"),
(6077, "EpochEnded", "The member's shares are of an ended epoch: call settle_epoch first"),
(6078, "EpochNotEnded", "The member's epoch has not ended"),
(6080, "AlreadyAllocated", "The default is already allocated"),
(6081, "DefaultNotClosable", "The default is not resolved, or its retention period not over"),
(6082, "NothingToAllocate", "There is no residual loss to allocate"),
(6083, "LayerNotEmpty", "A layer before this one still has money: allocate the residual first"),
(6084, "AssessmentOpen", "The assessment can still be collected: wait for its end"),
(6085, "NotWindDown", "The fund is not being wound down"),
(6086, "WindDown", "The fund is being wound down"),
(6087, "FinalMarkNotDue", "Final marks are not due yet"),
(6088, "MarketClosed", "The market has its final mark and is closed"),
(6089, "MarkNotFinal", "The market has no final mark yet"),
(6090, "InsufficientMargin", "Not enough margin"),
(6091, "BelowInitialMargin", "The member would be below initial margin"),
(6092, "BelowRequiredContribution", "The member would be below its required contribution"),
(6093, "CoverLimitExceeded", "The member would endanger more of the mutual resources than the cover limit allows"),
(6094, "ReduceAtMarkOnly", "Below initial margin a member may only reduce, at the mark or better"),
(6095, "NotLiquidatable", "The member is not below maintenance margin"),
(6096, "NothingToTake", "There is nothing to take at this size"),
(6097, "EquityNotNegative", "The member's equity is not negative"),
(6098, "GracePeriodRunning", "The grace period is not over"),
(6099, "TreasuryFloor", "The treasury may not go below its floor"),
(6100, "OpenInterestLimit", "The market's open interest would exceed its limit"),
(6110, "NoFreePosition", "All position slots are used"),
(6111, "NoPosition", "The member does not hold this market"),
(6112, "InsufficientShares", "Not enough shares"),
(6113, "WithdrawalPending", "A withdrawal is already requested: cancel it first"),
(6114, "NoWithdrawal", "No withdrawal is requested"),
(6115, "WithdrawalNotDue", "The notice period or the exit delay is not over"),
(6116, "WithdrawalExpired", "The claim window has closed: request again"),
(6117, "NothingToClaim", "There is nothing to claim"),
(6118, "MemberNotEmpty", "The member still has margin, shares, positions or claims"),
(6119, "MemberInsolvent", "The member cannot pay its losses: declare its default instead"),
(6120, "MemberClosedOut", "The member is closed out already"),
(6121, "CloseOutPending", "Members are left to close out before anyone is paid"),
(6122, "NothingToCall", "There is no call on this member"),
(6123, "RepaysTooMuch", "More than is owed for this default"),
(6124, "OracleNotSilent", "The oracle is not silent: the final mark is its own"),
(6125, "AssessmentReserved", "Margin above initial margin is reserved for an assessment, or for a call that is due"),
(6130, "BreakerTripped", "The price has moved too far too fast: until the cool-off is over only reducing trades go on"),
(6131, "OutflowCapReached", "Too much has left within a day: in the second half of the claim window this is paid in any case"),
(6132, "CoverTwoExceeded", "What would be left does not cover the two largest exposures: paid in any case in the second half of the window"),
(6133, "NothingToCollect", "No premium can be collected now"),
(6140, "DefaultNotAllocated", "The default is not allocated yet: nobody has paid anything that could be paid back"),
(6141, "AlreadyWatched", "The member is watched already"),
(6142, "NotWatched", "The member is not watched"),
(6143, "WatchExhausted", "The watches of this day are used up"),
(6144, "EquityNegative", "The member still owes more than its own contribution"),
(6145, "CushionPending", "A cushion of a default is not released: call release_cushion once its house is sold"),
(6146, "NothingToRelease", "The default has no cushion to release"),
(6147, "HouseNotSold", "The houses of the default's round are not sold yet"),
(6150, "ResidualAboveUnfunded", "This is a bug: the residual exceeds what is unfunded"),
(6151, "UnfundedWithoutDefault", "This is a bug: no default is open, and the residual is not all that is unfunded"),
(6152, "SharesWithoutContributions", "This is a bug: there are shares of an empty default fund"),
(6153, "RecoveriesHeldAboveTotal", "This is a bug: more recoveries are held than there are"),
(6154, "ClosedOutAboveMembers", "This is a bug: more members are closed out than there are"),
(6160, "CrowdingLimitExceeded", "One side of the markets could cost more than treasury and contributions may be asked for"),
(6161, "MemberReduceOnly", "The member is called for its stress loss, and only reduces"),
(6162, "CallNotDue", "The call is not due yet"),
(6163, "DelegateBudgetExceeded", "The delegate has conceded what the owner allows for a day"),
(6170, "MarketClosing", "The market's end is announced already"),
(6171, "ClosingTooSoon", "The end must be at least the notice period ahead"),
(6172, "FinalMarkTooFar", "The price is further from the market's last mean than its stress rate"),
(6173, "OracleChangeQueued", "A change of the oracle waits that may make the feed readable again"),
(6180, "GainsCutOpen", "A gains cut registers already, or a claim of the oldest one that is kept is not paid or registered anew"),
(6181, "AlreadyRegistered", "The member is registered in every gains cut whose moment has come"),
(6182, "GainsNotRegistered", "A gains cut waits for the member's gains: call register_gains first"),
(6183, "RegistrationOpen", "Members may still register their gains"),
(6190, "FundNotEmpty", "The fund has members or a treasury: a new market is a queued change"),
(6191, "VetoedTooOften", "The guardian may veto its own replacement once in 92 days"),
(6192, "WrongTokenAccount", "Treasury is paid to the token account that was named when it was asked for"),
(6193, "AssessmentCapExceeded", "The cap of assessments in force is higher than the one that was signed"),
(6194, "MarketNotSeen", "The fund has more markets than the wallet has signed for"),
(6200, "OfferExpired", "The offer has expired"),
(6201, "OfferNotExpired", "Before it expires only who has posted the offer, or the member's owner, may cancel it"),
(6202, "OfferTaken", "The offer is taken: fill it, or lapse the taking once its time is over"),
(6203, "OfferNotTaken", "Nobody has taken the offer"),
(6204, "OfferForAnother", "The offer is for another wallet"),
(6205, "OfferVoid", "The offer is void: its maker has defaulted since, or trades by another key"),
(6206, "LotsNotOffered", "More lots than the offer has left, or fewer than it gives"),
(6207, "WrongSide", "The offer is on the same side"),
(6208, "TakingLapsed", "The time of the taking is over: lapse it"),
(6209, "TakingOpen", "The taking can still be filled"),
(6210, "NotFirstPrint", "The price is not the first one after the taking"),
(6211, "PrintUnusable", "The price is none that the market can use"),
(6212, "NoPreviousPrint", "The market's oracle does not say which price came before: it has no offers"),
(6213, "MemberNotActive", "A member in grace, or closed out, makes and takes no offers"),
(6214, "MarginLocked", "Margin of the member is locked for an offer that is taken: fill it, or lapse the taking"),
(6220, "TooManyCovers", "The fund has as many covers as it can have"),
(6221, "CoverIndexTaken", "Covers are numbered in order: another one has this number"),
(6222, "CoverBudgetExceeded", "All covers together would pledge more than their part of treasury and contributions"),
(6223, "CoverNotOpen", "The cover is not open yet"),
(6224, "CoverOver", "The time of the cover is over"),
(6225, "CoverHasEnded", "The cover has ended"),
(6226, "CoverSuspended", "The cover is suspended"),
(6227, "NothingToResume", "The cover is neither suspended nor lapsed"),
(6228, "CoverUnpaid", "The cover has no premium in advance: pay it first"),
(6229, "NotDrawer", "Only the drawer of the cover signs this"),
(6230, "FirstLossMissing", "The cover has less first loss than a period begins with: pay it in first"),
(6231, "NothingOwed", "The cover is owed nothing"),
(6232, "DrawTooFresh", "The draws are too fresh: they are settled after a minute"),
(6233, "NothingPayable", "There is nothing to collect for this token account"),
(6234, "WrongDestination", "The cover pays to its destination, and once it has ended to its beneficiary"),
(6235, "CoverStillServes", "The cover still serves what happened before its end"),
(6236, "CoverNotEmpty", "The cover is owed something: settle it first"),
(6237, "CoversLive", "A fund with covers keeps their budget, and the notice period that they are promised"),
(6238, "LimitNotRaised", "The limit of a cover only rises"),
(6239, "NoGap", "The market has not fallen so far that the venue could lack anything"),
];

    /// Finds name and text of a custom code; none for codes of other programs.
    pub fn find(code: u32) -> Option<(&'static str, &'static str)> {
        ERRORS.iter().find(|(known, ..)| *known == code).map(|(_, name, says)| (*name, *says))
    }
}
