//! Actions of authority and guardian. Every change is shown, old and new, before it is sent.

mod change;
mod setup;

use {
    crate::{
        amount::{decimal, Amount},
        context::FundContext,
        order::{Order, Review},
        parameters::{Edit, Setting},
        session::Session,
        settings::parse_address,
    },
    anyhow::{anyhow, bail, ensure, Result},
    bulkhead_client::{
        instruction as build,
        state::{pause, Mandate},
        Address, Instruction,
    },
    bulkhead_format::utc,
    change::Subject,
    clap::{Subcommand, ValueEnum},
    std::path::PathBuf,
};

/// The parts of a fund that a pause can stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// New members
    OpenMember,
    /// Contributions
    Contribute,
    /// Trades that add risk
    Novate,
    /// Withdrawals of margin
    WithdrawMargin,
    /// All of these
    All,
}

/// An action of authority or guardian.
#[derive(Subcommand)]
pub enum Action {
    /// Creates a fund for --mint with --id; the signer becomes its authority
    CreateFund {
        /// Address that can pause and veto
        #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
        guardian: Address,
        /// Folder with 0001_fund.toml and 0002_markets.toml; by default those of the repository
        #[arg(long, value_name = "FOLDER")]
        migrations: Option<PathBuf>,
        /// Parameters that are to differ, such as notice_secs=86400
        #[arg(value_name = "KEY=VALUE")]
        settings: Vec<Setting>,
    },
    /// Adds a market
    CreateMarket {
        /// Symbol of the market, as in 0002_markets.toml
        symbol: String,
        /// Folder with 0001_fund.toml and 0002_markets.toml; by default those of the repository
        #[arg(long, value_name = "FOLDER")]
        migrations: Option<PathBuf>,
        /// Parameters that are to differ, such as initial_bps=700
        #[arg(value_name = "KEY=VALUE")]
        settings: Vec<Setting>,
    },
    /// Announces a change of parameters, to be applied after its timelock
    QueueChange {
        /// Subject of the change
        #[command(subcommand)]
        subject: Subject,
    },
    /// Puts an announced change in force
    ApplyChange {
        /// Number of the change, as in `changes`
        number: u64,
    },
    /// Stops an announced change
    VetoChange {
        /// Number of the change, as in `changes`
        number: u64,
    },
    /// Pauses parts of a fund for a while
    Pause {
        /// Parts to pause
        #[arg(value_enum, required = true)]
        parts: Vec<Part>,
        /// Length of the pause, at most three days
        #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
        secs: i64,
    },
    /// Ends a pause
    Unpause,
    /// Offers the authority to another key
    TransferAuthority {
        /// Its address, or `none` to withdraw the offer
        to: String,
    },
    /// Accepts an offered authority
    AcceptAuthority,
    /// Pays treasury out, never below its floor
    WithdrawTreasury {
        /// In tokens, such as 12.5, or `all` above the floor
        amount: Amount,
    },
}

/// The result of an action, before it becomes an order.
struct Draft {
    instruction: Instruction,
    says: String,
    edits: Vec<Edit>,
    notes: Vec<(&'static str, String)>,
}

/// Turns an action into an order.
pub async fn order(session: &Session, action: &Action) -> Result<(Order, u8)> {
    if let Action::CreateFund { guardian, migrations, settings } = action {
        return setup::create_fund(session, guardian, migrations.as_deref(), settings).await;
    }
    let context = FundContext::open(session, &[]).await?;
    let slot = session.last_valid_slot(context.book.slot);
    let mandate = Mandate { nonce: context.book.fund.governance_nonce, last_valid_slot: slot };
    let mut draft = draft(&context, action, mandate).await?;
    draft.notes.push(("governance nonce", mandate.nonce.to_string()));
    draft
        .notes
        .push(("last valid slot", format!("{slot}, {} from now", slot.saturating_sub(context.book.slot))));
    let review = Review { says: draft.says, edits: draft.edits, notes: draft.notes };
    let order = Order { instructions: vec![draft.instruction], review: Some(review), ..Order::default() };
    Ok((order, context.decimals()))
}

async fn draft(context: &FundContext<'_>, action: &Action, mandate: Mandate) -> Result<Draft> {
    let (keys, me, fund) = (context.keys(), context.me, &context.book.fund);
    if !matches!(action, Action::AcceptAuthority) {
        let by_guardian =
            matches!(action, Action::Pause { .. } | Action::Unpause | Action::VetoChange { .. });
        require_authority(context, by_guardian)?;
    }
    match action {
        Action::CreateFund { .. } => bail!("answered above"),
        Action::CreateMarket { symbol, migrations, settings } => {
            setup::create_market(context, symbol, migrations.as_deref(), settings, mandate)
        }
        Action::QueueChange { subject } => change::queue(context, subject, mandate),
        Action::ApplyChange { number } => change::apply(context, *number, mandate).await,
        Action::VetoChange { number } => change::veto(context, *number, mandate).await,
        Action::Pause { parts, secs } => {
            let bits = parts.iter().fold(0, |bits, part| bits | bit(*part));
            let until = utc(context.book.now.saturating_add(*secs).saturating_mul(1_000));
            let says = format!("Pauses until {until} UTC; the next pause must then wait as long");
            Ok(pause(context, bits, *secs, says, mandate))
        }
        Action::Unpause => Ok(pause(context, 0, 0, "Ends the pause".into(), mandate)),
        Action::TransferAuthority { to } => {
            let to = if to == "none" { Address::default() } else { parse_address(to)? };
            Ok(Draft {
                instruction: build::transfer_authority(keys, me, to, mandate),
                says: "Offers the authority: it moves when the other key accepts".into(),
                edits: vec![Edit::of("pending_authority", who(&fund.pending_authority), who(&to))],
                notes: Vec::new(),
            })
        }
        Action::AcceptAuthority => {
            ensure!(
                fund.pending_authority == me,
                "the authority is offered to {}, not to {me}",
                who(&fund.pending_authority)
            );
            Ok(Draft {
                instruction: build::accept_authority(keys, me, mandate),
                says: "Takes the authority".into(),
                edits: vec![Edit::of("authority", who(&fund.authority), who(&me))],
                notes: Vec::new(),
            })
        }
        Action::WithdrawTreasury { amount } => withdraw_treasury(context, amount, mandate).await,
    }
}

fn pause(context: &FundContext, bits: u8, secs: i64, says: String, mandate: Mandate) -> Draft {
    let fund = &context.book.fund;
    let old = paused(fund.pause_bits, fund.pause_expires_ts, context.book.now);
    let new = if bits == 0 { "nothing".into() } else { names(bits) };
    Draft {
        instruction: build::pause(context.keys(), context.me, bits, secs, mandate),
        says,
        edits: vec![Edit::of("paused", old, new)],
        notes: Vec::new(),
    }
}

async fn withdraw_treasury(context: &FundContext<'_>, amount: &Amount, mandate: Mandate) -> Result<Draft> {
    let (fund, decimals) = (&context.book.fund, context.decimals());
    let floor =
        fund.treasury_floor().map_err(|error| anyhow!("the treasury's floor has no value: {error:?}"))?;
    let amount = amount.resolve(decimals, || Ok(fund.treasury.saturating_sub(floor)))?;
    let left = fund.treasury.saturating_sub(amount);
    ensure!(
        amount <= fund.treasury && left >= floor,
        "the treasury holds {}, and {} must stay: at most {} can leave",
        decimal(fund.treasury, decimals),
        decimal(floor, decimals),
        decimal(fund.treasury.saturating_sub(floor), decimals)
    );
    Ok(Draft {
        instruction: build::withdraw_treasury(
            context.keys(),
            context.me,
            context.purse().await?,
            amount,
            mandate,
        ),
        says: format!("Pays {} tokens of the treasury to {}", decimal(amount, decimals), context.wallet()?),
        edits: vec![Edit::of("treasury", decimal(fund.treasury, decimals), decimal(left, decimals))],
        notes: vec![("floor", decimal(floor, decimals))],
    })
}

/// Refuses a signer that the program would refuse, and names the right one.
fn require_authority(context: &FundContext, by_guardian: bool) -> Result<()> {
    let (fund, me) = (&context.book.fund, context.me);
    let known = fund.authority == me || by_guardian && fund.guardian == me;
    let or_guardian = if by_guardian { format!(" and guardian {}", fund.guardian) } else { String::new() };
    ensure!(
        known,
        "{me} may not: the fund has authority {}{or_guardian}. Sign with --keypair FILE, or print the \
         instruction for a multisig with --print-instruction --authority ADDRESS",
        fund.authority
    );
    Ok(())
}

fn bit(part: Part) -> u8 {
    match part {
        Part::OpenMember => pause::OPEN_MEMBER,
        Part::Contribute => pause::CONTRIBUTE,
        Part::Novate => pause::NOVATE,
        Part::WithdrawMargin => pause::WITHDRAW_MARGIN,
        Part::All => pause::ALL,
    }
}

/// Names the parts that are paused now.
pub fn paused(bits: u8, expires_ts: i64, now: i64) -> String {
    if bits == 0 || now >= expires_ts {
        return "nothing".into();
    }
    format!("{} until {} UTC", names(bits), utc(expires_ts.saturating_mul(1_000)))
}

fn names(bits: u8) -> String {
    let all = Part::value_variants().iter().filter(|part| **part != Part::All && bits & bit(**part) != 0);
    let names: Vec<String> =
        all.filter_map(ValueEnum::to_possible_value).map(|value| value.get_name().to_owned()).collect();
    names.join(", ")
}

fn who(address: &Address) -> String {
    if *address == Address::default() {
        "nobody".into()
    } else {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_told_by_its_parts() {
        assert_eq!(
            paused(pause::NOVATE | pause::CONTRIBUTE, 2_000, 1_000),
            "contribute, novate until 1970-01-01 00:33:20 UTC"
        );
        assert_eq!(paused(pause::ALL, 1_000, 1_000), "nothing", "it has ended by itself");
        assert_eq!(paused(0, 0, 1_000), "nothing");
    }
}
