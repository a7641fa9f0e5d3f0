//! Every way an instruction can refuse. Codes are pinned: `6000 + n` from 6500 on, grouped by tens,
//! never reused. They begin where the fund's end: an error that comes out of a call to the fund
//! keeps its meaning.

use {anchor_lang::prelude::*, bulkhead_math::MathError, bulkhead_sum_tree as sum_tree};

macro_rules! errors {
    ($(#[msg($text:tt)] $name:ident = $code:tt,)*) => {
        /// Why an instruction refused. Nothing has changed when one of these is returned.
        #[error_code]
        #[derive(Debug, PartialEq, Eq)]
        pub enum CoverError {
            $(#[msg($text)] #[doc = $text] $name = $code,)*
        }

        impl CoverError {
            /// Every error.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

errors! {
    // 6500: arithmetic
    #[msg("A number does not fit its type")]
    Overflow = 500,
    #[msg("A subtraction went below zero")]
    Underflow = 501,
    #[msg("A divisor is zero")]
    DivByZero = 502,
    #[msg("The books do not balance: this is a bug, please report it")]
    InvariantViolated = 503,

    // 6510: accounts
    #[msg("The account is no fund, or not the panel's")]
    WrongFund = 510,
    #[msg("The account is no cover, or not the panel's")]
    WrongCover = 511,
    #[msg("The account belongs to another panel")]
    WrongPanel = 512,
    #[msg("The account belongs to another loss")]
    WrongLoss = 513,
    #[msg("The claim is on another page")]
    WrongPage = 514,
    #[msg("Not the panel's vault, or not the fund's")]
    WrongVault = 515,
    #[msg("Not the fund's mint")]
    WrongMint = 516,
    #[msg("Not the fund's token program")]
    WrongTokenProgram = 517,
    #[msg("Not the fund's program")]
    WrongProgram = 518,
    #[msg("The account has another layout version: migrate it first")]
    WrongVersion = 519,
    #[msg("Not the key that has paid the rent")]
    WrongRentPayer = 520,
    #[msg("Not the token account that this money goes to")]
    WrongDestination = 521,
    #[msg("The cover names another drawer or another destination than this panel and its vault")]
    NotDrawer = 522,

    // 6530: authority
    #[msg("The cover's beneficiary reports losses and posts roots, and the fund's guardian does of its own reports")]
    NotReporter = 530,
    #[msg("Only a key of the panel may vote")]
    NotPanelMember = 531,
    #[msg("Only the fund's guardian may do this")]
    NotGuardian = 532,

    // 6540: input
    #[msg("The panel has no key, too many, one twice, no majority as its quorum, no peril or no bond")]
    PanelOutOfBounds = 540,
    #[msg("The terms name no such peril")]
    UnknownPeril = 541,
    #[msg("The incident happened before the cover opened")]
    IncidentBeforeOpening = 542,
    #[msg("The incident happened after the cover ended or lapsed")]
    IncidentAfterEnd = 543,
    #[msg("The incident lies in the future")]
    IncidentInFuture = 544,
    #[msg("The incident happened too long ago")]
    IncidentTooOld = 545,
    #[msg("No tree has this root: its total is zero, it has no leaves, more than places, or is too deep")]
    InvalidRoot = 546,
    #[msg("The guardian has vetoed this root")]
    RootVetoed = 547,
    #[msg("The vote is for another root than the present one")]
    WrongRoot = 548,
    #[msg("The bond is larger than what the reporter allows")]
    BondAboveLimit = 549,

    // 6550: state of a loss
    #[msg("Another loss of the cover is live")]
    LossLive = 550,
    #[msg("The loss does not wait for a root")]
    RootNotDue = 551,
    #[msg("The time for the root is over")]
    RootTooLate = 552,
    #[msg("The loss has no root that is voted on")]
    NotVoting = 553,
    #[msg("The time for votes is over")]
    VotingOver = 554,
    #[msg("The key has voted on this root")]
    AlreadyVoted = 555,
    #[msg("The guardian has used its veto of this loss")]
    VetoSpent = 556,
    #[msg("The loss can still be approved or rejected")]
    VoteRunning = 557,
    #[msg("The root must be public for a day before the fund is drawn on")]
    ReviewRunning = 558,
    #[msg("The loss is not approved, or its claims are open already")]
    NotDecided = 559,
    #[msg("The cover still owes: call settle_cover first")]
    CoverOwes = 560,
    #[msg("Claims are not open")]
    ClaimsNotOpen = 561,
    #[msg("The time for claims is over")]
    ClaimsOver = 562,
    #[msg("Claims can still be made")]
    ClaimsRunning = 563,
    #[msg("The bond is held until the loss is decided")]
    BondHeld = 564,
    #[msg("The bond is settled")]
    BondSettled = 565,
    #[msg("The loss is not over: it is live, it has pages, or its bond is held")]
    LossNotOver = 566,

    // 6570: claims
    #[msg("No leaf has this index")]
    IndexBeyondLeaves = 570,
    #[msg("The proof is longer or shorter than the tree is deep")]
    WrongProofLength = 571,
    #[msg("The sums of the proof do not fit a word")]
    SumOverflow = 572,
    #[msg("The proof leads to another root")]
    WrongProof = 573,
    #[msg("The claim is paid")]
    AlreadyClaimed = 574,
    #[msg("The claim's part of what is reserved is less than a base unit")]
    ClaimTooSmall = 575,

    // 6580: accounts of policies
    #[msg("The account belongs to another book")]
    WrongBook = 580,
    #[msg("The account is no market of the fund, or not the book's")]
    WrongMarket = 581,
    #[msg("The account is for policies of another day, or the day is no term away")]
    WrongExpiry = 582,
    #[msg("Not the address of the next policy")]
    WrongPolicy = 583,
    #[msg("Only the owner of the policy may do this")]
    NotOwner = 584,

    // 6590: a sale
    #[msg("A term of the book is out of bounds")]
    BookOutOfBounds = 590,
    #[msg("The insured value is less than the book insures")]
    InsuredTooSmall = 591,
    #[msg("The book sells no policy of this term")]
    TermOutOfBounds = 592,
    #[msg("The policy would be priced after contributors can have left: the least notice is too short")]
    TermBeyondNotice = 593,
    #[msg("The cover is not parametric, or has a coinsurance, a premium or a least first loss of its own")]
    CoverUnfit = 594,
    #[msg("The cover is not open, is suspended, or ends before the policy is priced")]
    CoverClosed = 595,
    #[msg("No policy is sold while exits from the fund are blocked, or it winds down")]
    ExitsHeld = 596,
    #[msg("No policy is sold while the market is in risk-off or halted")]
    RiskOff = 597,
    #[msg("The market has no recent certain price")]
    StalePrice = 598,
    #[msg("The market ends before the policy is priced")]
    MarketEnds = 599,
    #[msg("No policy is sold while the fund's headroom is less than what its covers pledge")]
    HeadroomShort = 600,
    #[msg("No policy is sold at this volatility: its premium would reach its largest payout")]
    PremiumAtCap = 601,
    #[msg("The premium is larger than what the buyer allows")]
    PremiumAboveLimit = 602,
    #[msg("The cover cannot pay this policy in full beside those that are sold")]
    CapacityUsed = 603,

    // 6610: state of a policy
    #[msg("The policy is in force")]
    AlreadyStarted = 610,
    #[msg("The price of entry is not known yet")]
    EntryNotKnown = 611,
    #[msg("The price of exit is not known yet")]
    ExitNotKnown = 612,
    #[msg("Policies of this day are settled")]
    ExpirySettled = 613,
    #[msg("What another day has drawn is not paid out yet: call open_payouts for it first")]
    DrawOpen = 614,
    #[msg("Policies of this day are not settled, or their payouts are open already")]
    NotDrawn = 615,
    #[msg("Payouts of this day are not open")]
    PayoutsNotOpen = 616,
    #[msg("The time for payouts is over")]
    PayoutsOver = 617,
    #[msg("Payouts can still be claimed")]
    PayoutsRunning = 618,
    #[msg("The policy pays nothing")]
    PaysNothing = 619,
    #[msg("The policy may still be paid")]
    PolicyLive = 620,
    #[msg("Policies of this day exist, or their payouts are not over")]
    ExpiryNotOver = 621,
}

impl CoverError {
    /// The error with this custom code; none for codes of other programs.
    pub fn from_code(code: u32) -> Option<Self> {
        Self::ALL.iter().copied().find(|error| code.checked_sub(6_000) == Some(*error as u32))
    }
}

impl From<MathError> for CoverError {
    fn from(error: MathError) -> Self {
        match error {
            MathError::Overflow => Self::Overflow,
            MathError::Underflow => Self::Underflow,
            MathError::DivByZero => Self::DivByZero,
        }
    }
}

impl From<sum_tree::Error> for CoverError {
    fn from(error: sum_tree::Error) -> Self {
        match error {
            sum_tree::Error::IndexBeyondLeaves => Self::IndexBeyondLeaves,
            sum_tree::Error::WrongProofLength => Self::WrongProofLength,
            sum_tree::Error::SumOverflow => Self::SumOverflow,
            sum_tree::Error::WrongProof => Self::WrongProof,
            // Builders return the others; the program builds no tree.
            sum_tree::Error::InvalidRoot
            | sum_tree::Error::NoClaims
            | sum_tree::Error::TooManyClaims
            | sum_tree::Error::ZeroAmount(_) => Self::InvalidRoot,
        }
    }
}
