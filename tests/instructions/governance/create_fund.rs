use {
    crate::common::*,
    bulkhead_tests::{
        address,
        bulkhead::{
            constants::*,
            state::{FundParams, FundStatus},
        },
        event, keypair,
        outcome::NOT_EXECUTABLE,
        params,
        token::{self, MintKind},
        Address,
        BulkheadError::*,
        FundKeys, InstructionError, MarketSpec, Signer, World, SOL,
    },
    spl_token_2022_interface::extension::ExtensionType,
};

#[test]
fn it_writes_the_fund_and_its_vault() {
    let mut world = World::without_fund(MintKind::Spl);
    let meta = world.run(world.create_fund(params::FUND));
    let (fund, here) = (world.fund(), &world.here);
    assert_eq!((fund.version, fund.id, fund.quote_decimals), (VERSION, 0, 6));
    assert_eq!(fund.creator, here.creator.pubkey());
    assert_eq!(fund.authority, here.authority.pubkey());
    assert_eq!(fund.guardian, here.guardian.pubkey());
    assert_eq!((fund.mint, fund.vault, fund.token_program), (world.mint, world.vault(), token::TOKEN));
    assert_eq!(fund.params, params::FUND);
    assert!(fund.status == FundStatus::Active);
    assert_eq!((fund.governance_nonce, fund.members, fund.market_count), (0, 0, 0));

    let vault = world.account(&world.vault()).unwrap();
    assert_eq!(vault.owner, token::TOKEN);
    assert_eq!(vault.data[..32], world.mint.to_bytes());
    assert_eq!(vault.data[32..64], world.vault().to_bytes(), "the vault is its own authority");
    assert_eq!(token::amount(&vault), 0);

    let created = event!(meta, FundCreated);
    assert_eq!((created.fund, created.mint, created.id), (here.keys.fund, world.mint, 0));
    assert_eq!((created.creator, created.authority), (here.creator.pubkey(), here.authority.pubkey()));
}

#[test]
fn a_mint_has_as_many_funds_as_there_are_ids() {
    let mut world = World::new();
    let other = world.elsewhere(|world| world.here.keys.fund);
    assert_ne!(other, world.here.keys.fund);
    world.refuse(world.create_fund(params::FUND), ACCOUNT_IN_USE);
}

/// The address depends on the creator, who signs: nobody takes the fund's place before it is created.
#[test]
fn the_address_is_the_creators() {
    let mut world = World::without_fund(MintKind::Spl);
    let (creator, squatter) = (world.here.creator.pubkey(), keypair("squatter"));
    let call = world.create_fund(params::FUND).unsigned(creator);
    world.refuse(call, InstructionError::MissingRequiredSignature);
    let call = world.create_fund(params::FUND).signed_by(creator, squatter.insecure_clone());
    world.refuse(call, InstructionError::InvalidSeeds);

    // The squatter's own fund of the same mint and number is somewhere else, and in nobody's way.
    let home = world.here.keys;
    world.here.creator = squatter;
    world.here.keys =
        FundKeys::new(&world.here.creator.pubkey(), world.mint, world.token_program, world.here.id);
    assert_ne!(world.here.keys.fund, home.fund);
    world.run(world.create_fund(params::FUND));
    world.here.creator = keypair("creator");
    world.here.keys = home;
    world.run(world.create_fund(params::FUND));
}

#[test]
fn creator_authority_and_payer_sign() {
    let mut world = World::without_fund(MintKind::Spl);
    let (authority, payer) = (world.here.authority.pubkey(), world.payer.pubkey());
    world.refuse(
        world.create_fund(params::FUND).unsigned(authority),
        InstructionError::MissingRequiredSignature,
    );
    let other = keypair("somebody with lamports").pubkey();
    world.give_lamports(other, 1_000_000_000);
    let call = world.create_fund(params::FUND).swap(payer, other).unsigned(other);
    world.refuse(call, InstructionError::MissingRequiredSignature);
}

#[test]
fn the_authority_can_pay_for_itself() {
    let mut world = World::without_fund(MintKind::Spl);
    let (authority, payer) = (world.here.authority.pubkey(), world.payer.pubkey());
    world.give_lamports(authority, 1_000_000_000);
    world.run(world.create_fund(params::FUND).swap(payer, authority));
    world.run(world.create_market(SOL, &MarketSpec::sol()).swap(payer, authority));
    assert_eq!((world.fund().authority, world.fund().market_count), (authority, 1));
}

#[test]
fn token_2022_with_mere_description_is_accepted() {
    use ExtensionType::*;
    for kinds in [vec![], vec![(MetadataPointer, 64)], vec![(GroupPointer, 64), (GroupMemberPointer, 64)]] {
        let mut world = World::without_fund(MintKind::Token2022);
        world.put(world.mint, token::mint(token::TOKEN_2022, &kinds));
        world.run(world.create_fund(params::FUND));
        assert_eq!(world.fund().token_program, token::TOKEN_2022);
    }
}

#[test]
fn token_2022_that_moves_money_behind_the_funds_back_is_refused() {
    use ExtensionType::*;
    for (extension, len, error) in [
        (TransferFeeConfig, 108, MintHasTransferFee),
        (TransferHook, 64, MintHasTransferHook),
        (PermanentDelegate, 32, MintHasPermanentDelegate),
        (MintCloseAuthority, 32, MintIsClosable),
        (NonTransferable, 0, MintExtensionUnsupported),
        (DefaultAccountState, 1, MintExtensionUnsupported),
        (InterestBearingConfig, 52, MintExtensionUnsupported),
        (ConfidentialTransferMint, 65, MintExtensionUnsupported),
        (ScaledUiAmount, 56, MintExtensionUnsupported),
        (Pausable, 33, MintExtensionUnsupported),
    ] {
        let mut world = World::without_fund(MintKind::Token2022);
        world.put(world.mint, token::mint(token::TOKEN_2022, &[(extension, len)]));
        world.refuse(world.create_fund(params::FUND), error);
        // A harmless extension in front of it hides nothing.
        world.put(world.mint, token::mint(token::TOKEN_2022, &[(MetadataPointer, 64), (extension, len)]));
        world.refuse(world.create_fund(params::FUND), error);
    }
}

#[test]
fn what_is_no_mint_is_refused() {
    let mut world = World::without_fund(MintKind::Spl);
    world.give("alice", 1);
    let (mint, genuine) = (world.mint, world.account(&world.mint).unwrap());

    let mut uninitialised = genuine.clone();
    uninitialised.data[45] = 0;
    let mut short = genuine.clone();
    short.data.truncate(81);
    let mut other_owner = genuine.clone();
    other_owner.owner = address("another program");
    let wallet = world.account(&world.wallet_of("alice")).unwrap();
    for account in [uninitialised, short, other_owner, wallet] {
        world.put(mint, account);
        world.refuse(world.create_fund(params::FUND), InvalidMint);
    }
}

#[test]
fn only_the_two_token_programs_are_known() {
    let mut world = World::without_fund(MintKind::Spl);
    let fake = address("a token program");
    world.refuse(world.create_fund(params::FUND).swap(token::TOKEN, fake), WrongTokenProgram);
    // Known, but not the mint's.
    world.refuse(world.create_fund(params::FUND).swap(token::TOKEN, token::TOKEN_2022), InvalidMint);
    let system = Address::default();
    world.refuse(world.create_fund(params::FUND).swap(system, fake), NOT_EXECUTABLE);
    let call = world.create_fund(params::FUND).swap(system, token::TOKEN_2022);
    world.refuse(call, InstructionError::IncorrectProgramId);
}

#[test]
fn fund_and_vault_are_at_their_addresses() {
    let mut world = World::without_fund(MintKind::Spl);
    let (fund, vault) = (world.here.keys.fund, world.vault());
    let other = address("elsewhere");
    world.refuse(world.create_fund(params::FUND).swap(fund, other), InstructionError::InvalidSeeds);
    world.refuse(world.create_fund(params::FUND).swap(vault, other), WrongVault);
}

/// Threat 22: lamports sent to an address beforehand do not keep anybody from creating the account
/// there.
#[test]
fn an_address_cannot_be_squatted() {
    let mut world = World::without_fund(MintKind::Spl);
    world.give_lamports(world.here.keys.fund, 1);
    world.give_lamports(world.vault(), 1_000_000_000);
    world.run(world.create_fund(params::FUND));
}

#[test]
fn parameters_at_their_bounds_are_accepted() {
    let most = FundParams {
        min_contribution: u64::MAX,
        treasury_floor: u64::MAX,
        notice_secs: MAX_NOTICE_SECS,
        claim_window_secs: MAX_CLAIM_WINDOW_SECS,
        exit_delay_slots: MAX_EXIT_DELAY_SLOTS,
        max_mark_age_slots: MAX_MARK_AGE_SLOTS,
        default_confirm_slots: MAX_CONFIRM_SLOTS,
        auction_slots: MAX_AUCTION_SLOTS,
        cover_limit_bps: MAX_COVER_LIMIT_BPS,
        clearing_fee_bps: MAX_CLEARING_FEE_BPS,
        reward_share_bps: ONE_BPS,
        liquidation_bonus_bps: MAX_LIQUIDATION_COST_BPS,
        liquidation_fee_bps: 0,
        liquidation_buffer_bps: ONE_BPS,
        auction_max_discount_bps: MAX_AUCTION_DISCOUNT_BPS,
        treasury_floor_bps: ONE_BPS,
        assessment_cap_bps: MAX_ASSESSMENT_CAP_BPS,
        assessment_secs: MAX_ASSESSMENT_SECS,
        cooling_off_secs: MAX_COOLING_OFF_SECS,
        call_secs: MAX_CALL_SECS,
        wind_down_secs: MAX_WIND_DOWN_SECS,
        bounty_bps: MAX_BOUNTY_BPS,
        bounty_cap: u64::MAX,
        outflow_cap_bps: 0,
        crowding_limit_bps: MAX_CROWDING_LIMIT_BPS,
        slot_ms: MAX_SLOT_MS,
        age_full_secs: MAX_AGE_FULL_SECS,
        act_age_secs: MAX_ACT_AGE_SECS,
        watch_secs: MAX_WATCH_SECS,
        watch_day_secs: MAX_WATCH_DAY_SECS,
        grace_day_secs: MAX_GRACE_DAY_SECS,
        vest_secs: MAX_VEST_SECS,
        register_secs: MAX_REGISTER_SECS,
        cover_budget_bps: 0,
        cover_min_notice_secs: MAX_NOTICE_SECS,
    };
    let least = FundParams {
        min_contribution: 0,
        treasury_floor: 0,
        notice_secs: MIN_NOTICE_SECS,
        claim_window_secs: MIN_CLAIM_WINDOW_SECS,
        exit_delay_slots: 0,
        max_mark_age_slots: 1,
        default_confirm_slots: 0,
        auction_slots: MIN_AUCTION_SLOTS,
        cover_limit_bps: 1,
        clearing_fee_bps: 0,
        reward_share_bps: 0,
        liquidation_bonus_bps: 0,
        liquidation_fee_bps: 0,
        liquidation_buffer_bps: 0,
        auction_max_discount_bps: 0,
        treasury_floor_bps: 0,
        assessment_cap_bps: 0,
        assessment_secs: MIN_ASSESSMENT_SECS,
        cooling_off_secs: MIN_COOLING_OFF_SECS,
        call_secs: MIN_CALL_SECS,
        wind_down_secs: MIN_WIND_DOWN_SECS,
        bounty_bps: 0,
        bounty_cap: 0,
        outflow_cap_bps: 0,
        crowding_limit_bps: 1,
        slot_ms: MIN_SLOT_MS,
        age_full_secs: MIN_AGE_FULL_SECS,
        act_age_secs: 1,
        watch_secs: 0,
        watch_day_secs: 0,
        grace_day_secs: 0,
        vest_secs: MIN_VEST_SECS,
        register_secs: MIN_REGISTER_SECS,
        cover_budget_bps: 0,
        cover_min_notice_secs: 0,
    };
    for params in [most, least] {
        let mut world = World::without_fund(MintKind::Spl);
        world.run(world.create_fund(params));
        assert_eq!(world.fund().params, params);
    }
}

#[test]
fn parameters_beyond_their_bounds_are_refused() {
    let beyond: [fn(&mut FundParams); 49] = [
        |p| p.slot_ms = MIN_SLOT_MS - 1,
        |p| p.slot_ms = MAX_SLOT_MS + 1,
        |p| p.age_full_secs = MIN_AGE_FULL_SECS - 1,
        |p| p.age_full_secs = MAX_AGE_FULL_SECS + 1,
        |p| p.act_age_secs = 0,
        |p| p.act_age_secs = MAX_ACT_AGE_SECS + 1,
        |p| p.watch_secs = MAX_WATCH_SECS + 1,
        |p| p.watch_day_secs = MAX_WATCH_DAY_SECS + 1,
        |p| p.grace_day_secs = MAX_GRACE_DAY_SECS + 1,
        |p| p.notice_secs = MIN_NOTICE_SECS - 1,
        |p| p.notice_secs = MAX_NOTICE_SECS + 1,
        |p| p.claim_window_secs = MIN_CLAIM_WINDOW_SECS - 1,
        |p| p.claim_window_secs = MAX_CLAIM_WINDOW_SECS + 1,
        |p| p.exit_delay_slots = MAX_EXIT_DELAY_SLOTS + 1,
        |p| p.max_mark_age_slots = 0,
        |p| p.max_mark_age_slots = MAX_MARK_AGE_SLOTS + 1,
        |p| p.default_confirm_slots = MAX_CONFIRM_SLOTS + 1,
        |p| p.auction_slots = MIN_AUCTION_SLOTS - 1,
        |p| p.auction_slots = MAX_AUCTION_SLOTS + 1,
        |p| p.cover_limit_bps = 0,
        |p| p.cover_limit_bps = MAX_COVER_LIMIT_BPS + 1,
        |p| p.clearing_fee_bps = MAX_CLEARING_FEE_BPS + 1,
        |p| p.reward_share_bps = ONE_BPS + 1,
        // Together they are over by one; the sum does not wrap either.
        |p| p.liquidation_fee_bps = MAX_LIQUIDATION_COST_BPS + 1 - p.liquidation_bonus_bps,
        |p| p.liquidation_fee_bps = u16::MAX,
        |p| p.liquidation_buffer_bps = ONE_BPS + 1,
        |p| p.auction_max_discount_bps = MAX_AUCTION_DISCOUNT_BPS + 1,
        |p| p.assessment_cap_bps = MAX_ASSESSMENT_CAP_BPS + 1,
        |p| p.assessment_secs = MIN_ASSESSMENT_SECS - 1,
        |p| p.assessment_secs = MAX_ASSESSMENT_SECS + 1,
        |p| p.cooling_off_secs = MIN_COOLING_OFF_SECS - 1,
        |p| p.cooling_off_secs = MAX_COOLING_OFF_SECS + 1,
        |p| p.call_secs = MIN_CALL_SECS - 1,
        |p| p.call_secs = MAX_CALL_SECS + 1,
        |p| p.wind_down_secs = MIN_WIND_DOWN_SECS - 1,
        |p| p.wind_down_secs = MAX_WIND_DOWN_SECS + 1,
        |p| p.bounty_bps = MAX_BOUNTY_BPS + 1,
        |p| p.vest_secs = MIN_VEST_SECS - 1,
        |p| p.vest_secs = MAX_VEST_SECS + 1,
        |p| (p.vest_secs, p.register_secs) = (MIN_VEST_SECS, MIN_REGISTER_SECS - 1),
        |p| p.register_secs = MAX_REGISTER_SECS + 1,
        // A gain that has just been settled must be vested before it is too late to register it.
        |p| p.register_secs = 2 * p.vest_secs - 1,
        |p| p.register_secs = u32::MAX,
        |p| *p = FundParams { cover_budget_bps: MAX_COVER_BUDGET_BPS + 1, ..params::COVERED },
        |p| *p = FundParams { exit_delay_slots: MIN_COVER_EXIT_DELAY_SLOTS - 1, ..params::COVERED },
        |p| *p = FundParams { outflow_cap_bps: 0, ..params::COVERED },
        |p| *p = FundParams { outflow_cap_bps: MIN_OUTFLOW_CAP_BPS - 1, ..params::COVERED },
        |p| *p = FundParams { outflow_cap_bps: MAX_COVER_OUTFLOW_CAP_BPS + 1, ..params::COVERED },
        |p| p.cover_min_notice_secs = p.notice_secs + 1,
    ];
    let mut world = World::without_fund(MintKind::Spl);
    for (number, change) in beyond.iter().enumerate() {
        let mut params = params::FUND;
        change(&mut params);
        println!("change {number}");
        world.refuse(world.create_fund(params), ParameterOutOfBounds);
    }
    let floor = FundParams { treasury_floor_bps: ONE_BPS + 1, ..params::FUND };
    world.refuse(world.create_fund(floor), ParameterOutOfBounds);
}
