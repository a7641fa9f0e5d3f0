//! What can happen, and what the state of a fund asks for.

/// One kind of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    Deposit,
    Withdraw,
    Contribute,
    Request,
    Cancel,
    Claim,
    ClaimRewards,
    Novate,
    Crank,
    Settle,
    Liquidate,
    Declare,
    Allocate,
    TakeOver,
    AllocateResidual,
    ReleaseCushion,
    BookCrowding,
    CallStress,
    SellExcess,
    SettleEpoch,
    EnforceCall,
    CollectPremium,
    ReportExposure,
    Watch,
    EndWatch,
    BookHouse,
    OpenGainsCut,
    RegisterGains,
    CutGains,
    PayClaim,
    PayRecordClaim,
    AgreeAssessment,
    RepayDefault,
    GiveRecovery,
    ClaimRecovery,
    WaiveRecovery,
    FixFinalMark,
    CloseMarket,
    EndMarket,
    CloseOut,
    PayOut,
    Pause,
    EndPause,
    FundTreasury,
    RequestTreasury,
    CancelTreasury,
    ClaimTreasury,
    Reopen,
    CloseDefault,
    QueueChange,
    ApplyChange,
    VetoChange,
    Gift,
    Restart,
    Wait,
}

use Action::*;

/// What is drawn from: every kind, the frequent ones several times.
pub const ALL: &[Action] = &[
    Deposit,
    Deposit,
    Deposit,
    Withdraw,
    Contribute,
    Request,
    Cancel,
    Claim,
    Claim,
    ClaimRewards,
    Novate,
    Novate,
    Novate,
    Novate,
    Novate,
    Novate,
    Novate,
    Novate,
    Novate,
    Novate,
    Crank,
    Crank,
    Crank,
    Crank,
    Settle,
    Settle,
    Settle,
    Liquidate,
    Liquidate,
    Declare,
    Declare,
    Declare,
    Allocate,
    Allocate,
    TakeOver,
    TakeOver,
    TakeOver,
    AllocateResidual,
    ReleaseCushion,
    ReleaseCushion,
    BookCrowding,
    CallStress,
    CallStress,
    SellExcess,
    SettleEpoch,
    SettleEpoch,
    EnforceCall,
    EnforceCall,
    EnforceCall,
    EnforceCall,
    CollectPremium,
    ReportExposure,
    Watch,
    EndWatch,
    BookHouse,
    OpenGainsCut,
    RegisterGains,
    CutGains,
    PayClaim,
    PayRecordClaim,
    AgreeAssessment,
    RepayDefault,
    GiveRecovery,
    ClaimRecovery,
    WaiveRecovery,
    FixFinalMark,
    CloseMarket,
    EndMarket,
    CloseOut,
    PayOut,
    Pause,
    EndPause,
    FundTreasury,
    RequestTreasury,
    CancelTreasury,
    ClaimTreasury,
    ClaimTreasury,
    Reopen,
    CloseDefault,
    QueueChange,
    ApplyChange,
    ApplyChange,
    VetoChange,
    Gift,
    Restart,
    Wait,
    Wait,
];

/// What a keeper or a member turns to while a loss is unpaid.
pub const UNPAID: &[Action] = &[
    AllocateResidual,
    EnforceCall,
    EnforceCall,
    EnforceCall,
    OpenGainsCut,
    OpenGainsCut,
    OpenGainsCut,
    RegisterGains,
    CutGains,
    Crank,
    Settle,
    RepayDefault,
    Allocate,
    Wait,
];

/// While a gains cut registers, or a member has missed one.
pub const REGISTERING: &[Action] = &[
    RegisterGains,
    RegisterGains,
    RegisterGains,
    RegisterGains,
    RegisterGains,
    RegisterGains,
    CutGains,
    PayClaim,
    PayClaim,
    PayRecordClaim,
    Crank,
    Novate,
    Settle,
    Declare,
    Wait,
];

/// While somebody is below zero: others may follow before anybody is declared or anything is allocated.
pub const DISTRESSED: &[Action] =
    &[Declare, Declare, Declare, Watch, EndWatch, Claim, Crank, Novate, TakeOver, Liquidate, Settle];

/// While losses borne have not come back.
pub const BORNE: &[Action] =
    &[RepayDefault, RepayDefault, GiveRecovery, ClaimRecovery, WaiveRecovery, SettleEpoch, EnforceCall];

/// While a market ends.
pub const ENDING: &[Action] =
    &[EndMarket, EndMarket, EndMarket, FixFinalMark, CloseOut, CloseOut, Settle, Crank];

/// In a wind-down.
pub const CLOSING: &[Action] = &[
    FixFinalMark,
    FixFinalMark,
    EndMarket,
    CloseOut,
    CloseOut,
    CloseOut,
    PayOut,
    PayOut,
    Declare,
    Allocate,
    AllocateResidual,
    EnforceCall,
    ClaimRecovery,
    Wait,
];

impl Action {
    /// As its actions are called in a sequence.
    pub fn name(self) -> String {
        match self {
            QueueChange => "QueueMarketChange".into(),
            EndMarket => "FixFinalMark".into(),
            _ => format!("{self:?}"),
        }
    }

    /// Changes the world without a transaction.
    pub fn sends_nothing(self) -> bool {
        matches!(self, Gift | Restart | Wait)
    }
}
