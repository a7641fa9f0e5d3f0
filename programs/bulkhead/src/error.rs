//! Every way an instruction can refuse. Codes are pinned: `6000 + n`, grouped by tens, never
//! reused.

use {anchor_lang::prelude::*, bulkhead_math::MathError};

macro_rules! errors {
    ($(#[msg($text:tt)] $name:ident = $code:tt,)*) => {
        /// Why an instruction refused. Nothing has changed when one of these is returned.
        #[error_code]
        #[derive(Debug, PartialEq, Eq)]
        pub enum BulkheadError {
            $(#[msg($text)] #[doc = $text] $name = $code,)*
        }

        impl BulkheadError {
            /// Every error.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

errors! {
    // 6000: arithmetic, one to one from the math crate
    #[msg("A number does not fit its type")]
    Overflow = 0,
    #[msg("A subtraction went below zero")]
    Underflow = 1,
    #[msg("A divisor is zero")]
    DivByZero = 2,
    #[msg("The books do not balance: this is a bug, please report it")]
    InvariantViolated = 3,

    // 6010: accounts
    #[msg("The account belongs to another fund")]
    WrongFund = 10,
    #[msg("The account belongs to another market, or a market the member holds is missing")]
    WrongMarket = 11,
    #[msg("The account belongs to another member")]
    WrongMember = 12,
    #[msg("Not the fund's vault")]
    WrongVault = 13,
    #[msg("Not the fund's mint")]
    WrongMint = 14,
    #[msg("Not the fund's token program")]
    WrongTokenProgram = 15,
    #[msg("The account has another layout version: migrate it first")]
    WrongVersion = 16,
    #[msg("The account is given twice where two are needed")]
    DuplicateAccount = 17,
    #[msg("Not the record of this default or epoch")]
    WrongRecord = 18,

    // 6020: authority
    #[msg("Only the member's owner may do this")]
    NotOwner = 20,
    #[msg("Only the member's owner or delegate may do this")]
    NotTrader = 21,
    #[msg("Only the fund's authority may do this")]
    NotAuthority = 22,
    #[msg("Only the fund's authority or guardian may do this")]
    NotGuardian = 23,
    #[msg("The governance nonce has moved on: sign again with the current one")]
    StaleNonce = 24,
    #[msg("The last valid slot of this governance transaction has passed: sign again")]
    MandateExpired = 25,
    #[msg("The change's timelock is not over")]
    ChangeNotReady = 26,
    #[msg("The change's window has closed: queue it again")]
    ChangeExpired = 27,
    #[msg("Only the pending authority may accept")]
    NotPendingAuthority = 28,

    // 6030: input and parameters
    #[msg("The amount is zero")]
    ZeroAmount = 30,
    #[msg("The amount is too small to buy a share")]
    ZeroShares = 31,
    #[msg("A parameter is outside its hard bounds")]
    ParameterOutOfBounds = 32,
    #[msg("Initial margin must exceed twice the price band plus fees")]
    MarginWithinPriceBand = 33,
    #[msg("Price and lot decimals are too few for the quote's: the scale would be below one")]
    ScaleTooSmall = 34,
    #[msg("The fund has all the markets it can have")]
    TooManyMarkets = 35,
    #[msg("The price is zero, or outside the band around the mark")]
    PriceOutsideBand = 36,
    #[msg("The market's index must be the next free one")]
    MarketIndexTaken = 37,
    #[msg("The price is worse than the limit price")]
    PriceBeyondLimit = 38,

    // 6040: mint
    #[msg("The mint takes transfer fees")]
    MintHasTransferFee = 40,
    #[msg("The mint has a transfer hook")]
    MintHasTransferHook = 41,
    #[msg("The mint has a permanent delegate")]
    MintHasPermanentDelegate = 42,
    #[msg("The mint can be closed")]
    MintIsClosable = 43,
    #[msg("The mint has an extension this fund does not support")]
    MintExtensionUnsupported = 44,
    #[msg("Not an initialised mint of a token program")]
    InvalidMint = 45,

    // 6050: oracle
    #[msg("The price account has another owner than the market accepts")]
    OracleWrongOwner = 50,
    #[msg("The price account is not the one the market is bound to")]
    OracleWrongAccount = 51,
    #[msg("The price account is malformed")]
    OracleMalformed = 52,
    #[msg("The price is of another feed")]
    OracleWrongFeed = 53,
    #[msg("The price is not fully verified")]
    OracleNotVerified = 54,
    #[msg("The price is not positive")]
    OracleNotPositive = 57,
    #[msg("The price is too old")]
    OracleTooOld = 58,
    #[msg("The price is from the future")]
    OracleFromFuture = 59,
    #[msg("A newer price is already in the market")]
    OracleWentBack = 61,
    #[msg("The mark is stale: crank the market in the same transaction")]
    StaleMark = 62,
    #[msg("The signed message is malformed, or has a property that this program does not know")]
    ProMessageMalformed = 63,
    #[msg("The signed message lacks price, confidence, exponent, market session or the time of the price")]
    ProMessageIncomplete = 64,
    #[msg("The signed message is of another channel")]
    ProWrongChannel = 65,
    #[msg("Not Pyth Pro's contract, or not its storage")]
    ProWrongContract = 66,

    // 6070: status
    #[msg("This is paused for now")]
    Paused = 70,
    #[msg("The pause is too long, or the last one too recent")]
    PauseTooLong = 71,
    #[msg("Exits are blocked, a loss may be on its way: contributions can neither enter nor leave")]
    LossPending = 72,
    #[msg("The market only reduces while its default is open")]
    MarketReduceOnly = 73,
    // 74 was used before a new market was a queued change, 75 and 76 before a declaration took layers 1 and 2.
    #[msg("The member's shares are of an ended epoch: call settle_epoch first")]
    EpochEnded = 77,
    #[msg("The member's epoch has not ended")]
    EpochNotEnded = 78,
    #[msg("The default is already allocated")]
    AlreadyAllocated = 80,
    #[msg("The default is not resolved, or its retention period not over")]
    DefaultNotClosable = 81,
    #[msg("There is no residual loss to allocate")]
    NothingToAllocate = 82,
    #[msg("A layer before this one still has money: allocate the residual first")]
    LayerNotEmpty = 83,
    #[msg("The assessment can still be collected: wait for its end")]
    AssessmentOpen = 84,
    #[msg("The fund is not being wound down")]
    NotWindDown = 85,
    #[msg("The fund is being wound down")]
    WindDown = 86,
    #[msg("Final marks are not due yet")]
    FinalMarkNotDue = 87,
    #[msg("The market has its final mark and is closed")]
    MarketClosed = 88,
    #[msg("The market has no final mark yet")]
    MarkNotFinal = 89,

    // 6090: requirements
    #[msg("Not enough margin")]
    InsufficientMargin = 90,
    #[msg("The member would be below initial margin")]
    BelowInitialMargin = 91,
    #[msg("The member would be below its required contribution")]
    BelowRequiredContribution = 92,
    #[msg("The member would endanger more of the mutual resources than the cover limit allows")]
    CoverLimitExceeded = 93,
    #[msg("Below initial margin a member may only reduce, at the mark or better")]
    ReduceAtMarkOnly = 94,
    #[msg("The member is not below maintenance margin")]
    NotLiquidatable = 95,
    #[msg("There is nothing to take at this size")]
    NothingToTake = 96,
    #[msg("The member's equity is not negative")]
    EquityNotNegative = 97,
    #[msg("The grace period is not over")]
    GracePeriodRunning = 98,
    #[msg("The treasury may not go below its floor")]
    TreasuryFloor = 99,
    #[msg("The market's open interest would exceed its limit")]
    OpenInterestLimit = 100,

    // 6110: member
    #[msg("All position slots are used")]
    NoFreePosition = 110,
    #[msg("The member does not hold this market")]
    NoPosition = 111,
    #[msg("Not enough shares")]
    InsufficientShares = 112,
    #[msg("A withdrawal is already requested: cancel it first")]
    WithdrawalPending = 113,
    #[msg("No withdrawal is requested")]
    NoWithdrawal = 114,
    #[msg("The notice period or the exit delay is not over")]
    WithdrawalNotDue = 115,
    #[msg("The claim window has closed: request again")]
    WithdrawalExpired = 116,
    #[msg("There is nothing to claim")]
    NothingToClaim = 117,
    #[msg("The member still has margin, shares, positions or claims")]
    MemberNotEmpty = 118,
    #[msg("The member cannot pay its losses: declare its default instead")]
    MemberInsolvent = 119,
    #[msg("The member is closed out already")]
    MemberClosedOut = 120,
    #[msg("Members are left to close out before anyone is paid")]
    CloseOutPending = 121,
    #[msg("There is no call on this member")]
    NothingToCall = 122,
    #[msg("More than is owed for this default")]
    RepaysTooMuch = 123,
    #[msg("The oracle is not silent: the final mark is its own")]
    OracleNotSilent = 124,
    #[msg("Margin above initial margin is reserved for an assessment, or for a call that is due")]
    AssessmentReserved = 125,

    // 6130: adjustment
    #[msg("The price has moved too far too fast: until the cool-off is over only reducing trades go on")]
    BreakerTripped = 130,
    #[msg("Too much has left within a day: in the second half of the claim window this is paid in any case")]
    OutflowCapReached = 131,
    #[msg("What would be left does not cover the two largest exposures: paid in any case in the second half of the window")]
    CoverTwoExceeded = 132,
    #[msg("No premium can be collected now")]
    NothingToCollect = 133,

    // 6140: defaults
    #[msg("The default is not allocated yet: nobody has paid anything that could be paid back")]
    DefaultNotAllocated = 140,
    #[msg("The member is watched already")]
    AlreadyWatched = 141,
    #[msg("The member is not watched")]
    NotWatched = 142,
    #[msg("The watches of this day are used up")]
    WatchExhausted = 143,
    #[msg("The member still owes more than its own contribution")]
    EquityNegative = 144,
    #[msg("A cushion of a default is not released: call release_cushion once its house is sold")]
    CushionPending = 145,
    #[msg("The default has no cushion to release")]
    NothingToRelease = 146,
    #[msg("The houses of the default's round are not sold yet")]
    HouseNotSold = 147,

    // 6150: sentences of the fund's invariant; each of them is a bug when it is returned, please
    // report it
    #[msg("This is a bug: the residual exceeds what is unfunded")]
    ResidualAboveUnfunded = 150,
    #[msg("This is a bug: no default is open, and the residual is not all that is unfunded")]
    UnfundedWithoutDefault = 151,
    #[msg("This is a bug: there are shares of an empty default fund")]
    SharesWithoutContributions = 152,
    #[msg("This is a bug: more recoveries are held than there are")]
    RecoveriesHeldAboveTotal = 153,
    #[msg("This is a bug: more members are closed out than there are")]
    ClosedOutAboveMembers = 154,

    // 6160: limits
    #[msg("One side of the markets could cost more than treasury and contributions may be asked for")]
    CrowdingLimitExceeded = 160,
    #[msg("The member is called for its stress loss, and only reduces")]
    MemberReduceOnly = 161,
    #[msg("The call is not due yet")]
    CallNotDue = 162,
    #[msg("The delegate has conceded what the owner allows for a day")]
    DelegateBudgetExceeded = 163,

    // 6170: the end of a market
    #[msg("The market's end is announced already")]
    MarketClosing = 170,
    #[msg("The end must be at least the notice period ahead")]
    ClosingTooSoon = 171,
    #[msg("The price is further from the market's last mean than its stress rate")]
    FinalMarkTooFar = 172,
    #[msg("A change of the oracle waits that may make the feed readable again")]
    OracleChangeQueued = 173,

    // 6180: gains cuts
    #[msg("A gains cut registers already, or a claim of the oldest one that is kept is not paid or registered anew")]
    GainsCutOpen = 180,
    #[msg("The member is registered in every gains cut whose moment has come")]
    AlreadyRegistered = 181,
    #[msg("A gains cut waits for the member's gains: call register_gains first")]
    GainsNotRegistered = 182,
    #[msg("Members may still register their gains")]
    RegistrationOpen = 183,

    // 6190: governance
    #[msg("The fund has members or a treasury: a new market is a queued change")]
    FundNotEmpty = 190,
    #[msg("The guardian may veto its own replacement once in 92 days")]
    VetoedTooOften = 191,
    #[msg("Treasury is paid to the token account that was named when it was asked for")]
    WrongTokenAccount = 192,
    #[msg("The cap of assessments in force is higher than the one that was signed")]
    AssessmentCapExceeded = 193,
    #[msg("The fund has more markets than the wallet has signed for")]
    MarketNotSeen = 194,

    // 6200: offers
    #[msg("The offer has expired")]
    OfferExpired = 200,
    #[msg("Before it expires only who has posted the offer, or the member's owner, may cancel it")]
    OfferNotExpired = 201,
    #[msg("The offer is taken: fill it, or lapse the taking once its time is over")]
    OfferTaken = 202,
    #[msg("Nobody has taken the offer")]
    OfferNotTaken = 203,
    #[msg("The offer is for another wallet")]
    OfferForAnother = 204,
    #[msg("The offer is void: its maker has defaulted since, or trades by another key")]
    OfferVoid = 205,
    #[msg("More lots than the offer has left, or fewer than it gives")]
    LotsNotOffered = 206,
    #[msg("The offer is on the same side")]
    WrongSide = 207,
    #[msg("The time of the taking is over: lapse it")]
    TakingLapsed = 208,
    #[msg("The taking can still be filled")]
    TakingOpen = 209,
    #[msg("The price is not the first one after the taking")]
    NotFirstPrint = 210,
    #[msg("The price is none that the market can use")]
    PrintUnusable = 211,
    #[msg("The market's oracle does not say which price came before: it has no offers")]
    NoPreviousPrint = 212,
    #[msg("A member in grace, or closed out, makes and takes no offers")]
    MemberNotActive = 213,
    #[msg("Margin of the member is locked for an offer that is taken: fill it, or lapse the taking")]
    MarginLocked = 214,

    // 6220: covers
    #[msg("The fund has as many covers as it can have")]
    TooManyCovers = 220,
    #[msg("Covers are numbered in order: another one has this number")]
    CoverIndexTaken = 221,
    #[msg("All covers together would pledge more than their part of treasury and contributions")]
    CoverBudgetExceeded = 222,
    #[msg("The cover is not open yet")]
    CoverNotOpen = 223,
    #[msg("The time of the cover is over")]
    CoverOver = 224,
    #[msg("The cover has ended")]
    CoverHasEnded = 225,
    #[msg("The cover is suspended")]
    CoverSuspended = 226,
    #[msg("The cover is neither suspended nor lapsed")]
    NothingToResume = 227,
    #[msg("The cover has no premium in advance: pay it first")]
    CoverUnpaid = 228,
    #[msg("Only the drawer of the cover signs this")]
    NotDrawer = 229,
    #[msg("The cover has less first loss than a period begins with: pay it in first")]
    FirstLossMissing = 230,
    #[msg("The cover is owed nothing")]
    NothingOwed = 231,
    #[msg("The draws are too fresh: they are settled after a minute")]
    DrawTooFresh = 232,
    #[msg("There is nothing to collect for this token account")]
    NothingPayable = 233,
    #[msg("The cover pays to its destination, and once it has ended to its beneficiary")]
    WrongDestination = 234,
    #[msg("The cover still serves what happened before its end")]
    CoverStillServes = 235,
    #[msg("The cover is owed something: settle it first")]
    CoverNotEmpty = 236,
    #[msg("A fund with covers keeps their budget, and the notice period that they are promised")]
    CoversLive = 237,
    #[msg("The limit of a cover only rises")]
    LimitNotRaised = 238,
    #[msg("The market has not fallen so far that the venue could lack anything")]
    NoGap = 239,
}

impl BulkheadError {
    /// The error with this custom code; none for codes of other programs.
    pub fn from_code(code: u32) -> Option<Self> {
        Self::ALL.iter().copied().find(|error| code.checked_sub(6_000) == Some(*error as u32))
    }
}

impl From<MathError> for BulkheadError {
    fn from(error: MathError) -> Self {
        match error {
            MathError::Overflow => Self::Overflow,
            MathError::Underflow => Self::Underflow,
            MathError::DivByZero => Self::DivByZero,
        }
    }
}
