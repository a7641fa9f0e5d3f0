//! Actions of members on their own account, and payments that any wallet may make.

use {
    super::Kind,
    crate::{
        amount::{decimal, Amount},
        context::FundContext,
        order::{Order, Review},
        settings::parse_address,
        standing::withdrawable,
    },
    anyhow::{anyhow, bail, ensure, Result},
    bulkhead_book::{held_markets, waived_markets},
    bulkhead_client::{
        address, instruction as build, rules,
        state::{Fund, Member},
        Address, Instruction,
    },
    clap::Subcommand,
};

/// An action. Amounts are in tokens, such as 12.5.
#[derive(Subcommand)]
pub enum Action {
    /// Opens the wallet's member account
    #[command(visible_alias = "open-member")]
    Open,
    /// Pays margin in, for the wallet's own member account or another
    #[command(visible_alias = "deposit-margin")]
    Deposit {
        /// In tokens, such as 12.5, or `all`
        amount: Amount,
        /// Wallet or member account that receives it; by default your own
        #[arg(long = "for", value_name = "ADDRESS", value_parser = parse_address)]
        owner: Option<Address>,
    },
    /// Pays margin out, down to initial margin
    #[command(visible_alias = "withdraw-margin")]
    Withdraw {
        /// In tokens, such as 12.5, or `all`
        amount: Amount,
    },
    /// Buys shares of the default fund
    Contribute {
        /// In tokens, such as 12.5, or `all`
        amount: Amount,
    },
    /// Asks for a contribution back: the notice period starts
    RequestWithdrawal {
        /// In tokens, such as 12.5, or `all`
        amount: Amount,
    },
    /// Cancels the request
    CancelWithdrawal,
    /// Commits to the exit when the notice is over, and pays it when called again
    ClaimWithdrawal,
    /// Pays rewards out
    ClaimRewards,
    /// Pays out the recovered part of losses borne
    ClaimRecovery,
    /// Gives up, for good, the part of losses borne that is not recovered
    WaiveRecovery,
    /// Agrees to the cap of assessments in force
    AgreeAssessment,
    /// Lets another key trade, but never withdraw
    #[command(visible_alias = "set-delegate")]
    Delegate {
        /// Address of the key, or `none`
        key: String,
        /// The most that it may concede against the mark in a day, in tokens; nothing by default
        #[arg(long)]
        daily_budget: Option<Amount>,
    },
    /// Closes an empty member account
    #[command(visible_alias = "close-member")]
    Close,
    /// Pays into the treasury, which pays losses before the members' contributions
    FundTreasury {
        /// In tokens, such as 12.5, or `all`
        amount: Amount,
    },
    /// Gives money to members that have borne losses
    GiveRecovery {
        /// In tokens, such as 12.5, or `all`
        amount: Amount,
    },
    /// Pays back losses that others have borne in a default
    RepayDefault {
        /// Number of the default, as in `defaults`
        seq: u64,
        /// In tokens, such as 12.5, or `all` of the debt
        amount: Amount,
    },
}

impl Kind for Action {
    fn members(&self) -> Result<Vec<Address>> {
        Ok(match self {
            Self::Deposit { owner, .. } => owner.iter().copied().collect(),
            _ => Vec::new(),
        })
    }

    async fn order(&self, context: &FundContext<'_>) -> Result<Order> {
        let (keys, me) = (context.keys(), context.me);
        let instruction = match self {
            Self::Open => open(context)?,
            Self::Close => build::close_member(keys, me),
            Self::Delegate { key, daily_budget } => {
                let delegate = if key == "none" { Address::default() } else { parse_address(key)? };
                let decimals = context.book.fund.quote_decimals;
                let budget = daily_budget.as_ref().map(|budget| budget.resolve(decimals, || Ok(u64::MAX)));
                build::set_delegate(keys, me, delegate, budget.transpose()?.unwrap_or(0))
            }
            Self::AgreeAssessment => {
                build::agree_assessment(keys, me, context.book.fund.params.assessment_cap_bps)
            }
            Self::WaiveRecovery => return waive(context),

            Self::Deposit { amount, owner } => {
                let owner = context.member(&owner.unwrap_or(me))?.1.owner;
                let (wallet, amount) = context.pay(amount, Ok).await?;
                build::deposit_margin(keys, &owner, me, wallet, amount)
            }
            Self::Contribute { amount } => {
                context.own()?;
                let (wallet, amount) = context.pay(amount, Ok).await?;
                build::contribute(keys, me, wallet, amount)
            }
            Self::FundTreasury { amount } => {
                let (wallet, amount) = context.pay(amount, Ok).await?;
                build::fund_treasury(keys, me, wallet, amount)
            }
            Self::GiveRecovery { amount } => {
                let (wallet, amount) = context.pay(amount, Ok).await?;
                build::give_recovery(keys, me, wallet, amount)
            }
            Self::RepayDefault { seq, amount } => {
                let record = context.record(*seq).await?;
                let owed = record.owed().map_err(|error| anyhow!("the debt has no value: {error:?}"))?;
                let (wallet, amount) = context.pay(amount, |_| Ok(owed)).await?;
                let record = address::of_record(&record);
                build::repay_default(keys, record, me, wallet, amount)
            }

            Self::Withdraw { amount } => {
                let (member, wallet) = (context.own()?, context.purse().await?);
                let cranked = context.book.clone().cranked();
                let most = || Ok(withdrawable(&cranked, &keys.member(&me), member));
                let amount = amount.resolve(context.decimals(), most)?;
                let markets = held_markets(member);
                let then = build::withdraw_margin(keys, me, wallet, amount, &markets);
                return Ok(context.cranked(&markets, then));
            }
            Self::RequestWithdrawal { amount } => {
                build::request_withdrawal(keys, me, shares(&context.book.fund, context.own()?, amount)?)
            }
            Self::CancelWithdrawal => build::cancel_withdrawal(keys, me),
            Self::ClaimWithdrawal => {
                let markets = held_markets(context.own()?);
                let shown = [markets.clone(), waived_markets(&context.book.markets)].concat();
                let then = build::claim_withdrawal(keys, me, context.purse().await?, &shown);
                return Ok(context.cranked(&markets, then));
            }
            Self::ClaimRewards => build::claim_rewards(keys, me, context.purse().await?),
            Self::ClaimRecovery => build::claim_recovery(keys, me, context.purse().await?),
        };
        let pays_in = matches!(self, Self::Deposit { .. } | Self::Contribute { .. });
        let facts = if pays_in { governors(context) } else { None };
        Ok(Order { instructions: vec![instruction], facts, ..Order::default() })
    }
}

/// Opens an account of the acting wallet, under the cap of assessments and with the markets that there
/// are now. A printed instruction may run after an earlier account is closed.
fn open(context: &FundContext) -> Result<Instruction> {
    let (keys, me) = (context.keys(), context.me);
    ensure!(
        context.own().is_err() || !context.is_now(),
        "{me} is already a member: `bulkhead member` shows its account {}",
        keys.member(&me)
    );
    let fund = &context.book.fund;
    Ok(build::open_member(keys, me, me, fund.params.assessment_cap_bps, fund.market_count))
}

/// The keys that govern a fund, for a wallet that has no money in it yet: anybody can create a fund.
fn governors(context: &FundContext) -> Option<Review> {
    let has_money = context.own().is_ok_and(|member| member.margin > 0 || !member.shares.is_zero());
    let fund = &context.book.fund;
    (!has_money).then(|| Review {
        says: "The first money in this fund: see who has created it, and who governs it".into(),
        notes: vec![
            ("creator", fund.creator.to_string()),
            ("authority", fund.authority.to_string()),
            ("guardian", fund.guardian.to_string()),
        ],
        ..Review::default()
    })
}

/// A waiver is final, so it is asked for first.
fn waive(context: &FundContext) -> Result<Order> {
    let mut member = *context.own()?;
    let borne = match rules::shares::touch(&context.book.fund, &mut member) {
        Ok(()) => decimal((member.loss_borne.get() >> 64) as i128, context.decimals()),
        Err(_) => "the rest of an ended share epoch".into(), // the program says what to do first
    };
    let review =
        Review { says: format!("Gives up {borne} tokens that may yet come back"), ..Review::default() };
    let instructions = vec![build::waive_recovery(context.keys(), context.me)];
    Ok(Order { instructions, review: Some(review), ..Order::default() })
}

/// The fewest shares that are worth an amount; all of them for `all`.
pub fn shares(fund: &Fund, member: &Member, amount: &Amount) -> Result<u128> {
    let held = member.live_shares(fund.share_epoch);
    let worth =
        |shares| fund.book().value_of(shares).map_err(|error| anyhow!("a share has no value: {error:?}"));
    ensure!(held > 0, "the member has no contribution");
    if *amount == Amount::All {
        return Ok(held);
    }
    let wanted = amount.resolve(fund.quote_decimals, || bail!("answered above"))?;
    ensure!(worth(held)? >= wanted, "the contribution is worth less: ask for `all` of it");
    let (mut low, mut high) = (0, held);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if worth(middle)? >= wanted {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(high)
}
