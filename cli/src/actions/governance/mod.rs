//! Actions of authority and guardian. Every change is shown, old and new, before it is sent.

mod change;
mod cover;
mod setup;

pub use {cover::of_cover, setup::of_market};

use {
    crate::{
        amount::{decimal, Amount},
        context::FundContext,
        order::{Order, Review},
        parameters::{Edit, Setting},
        scales::Scales,
        session::Session,
        settings::parse_address,
        views::changes::reads,
    },
    anyhow::{anyhow, bail, ensure, Result},
    bulkhead_book::waived_markets,
    bulkhead_client::{
        constants::MAX_PAUSE_SECS,
        instruction as build,
        state::{pause, Fund, Mandate},
        Address, Instruction,
    },
    bulkhead_format::utc,
    bulkhead_inspect::party::never_signs,
    change::Subject,
    clap::{Subcommand, ValueEnum},
    std::{collections::BTreeMap, path::PathBuf},
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
    /// Creates a fund for --mint with --id; the signer is its creator and becomes its authority
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
    /// Adds a market to an empty fund; later it is queued with `queue-change new-market`
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
    /// Announces several changes in one transaction, such as one proposal of a multisig
    QueueChanges {
        /// Announce whatever differs from the parameters in this folder (0001_fund.toml,
        /// 0002_markets.toml)
        #[arg(long, value_name = "FOLDER")]
        migrations: Option<PathBuf>,
        /// Changes as in `queue-change`, each in quotes: 'fund notice_secs=86400'
        #[arg(value_name = "CHANGE")]
        changes: Vec<String>,
    },
    /// Puts an announced change in force
    ApplyChange {
        /// Number of the change, as in `changes`
        number: u64,
    },
    /// Opens an announced market
    OpenMarket {
        /// Number of the change, as in `changes`
        number: u64,
    },
    /// Opens an announced cover
    OpenCover {
        /// Number of the change, as in `changes`
        number: u64,
    },
    /// Raises or resumes a cover, as announced
    AmendCover {
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
        #[arg(long, value_name = "SECONDS", default_value_t = 86_400,
            value_parser = clap::value_parser!(i64).range(1..=MAX_PAUSE_SECS))]
        secs: i64,
    },
    /// Ends pauses early, in an hour
    #[command(visible_alias = "unpause")]
    EndPause {
        /// Parts whose pause ends
        #[arg(value_enum, required = true)]
        parts: Vec<Part>,
    },
    /// Offers the authority to another key
    TransferAuthority {
        /// Its address, or `none` to withdraw the offer
        to: String,
    },
    /// Accepts an offered authority
    AcceptAuthority,
    /// Asks treasury back: it can be claimed after the notice period, never below its floor
    RequestTreasury {
        /// In tokens, such as 12.5, or `all` above the floor
        amount: Amount,
    },
    /// Takes a request of treasury back
    CancelTreasury,
    /// Commits to a request of treasury that is due, and pays it when called again; anyone's
    ClaimTreasury,
}

/// The result of an action, before it becomes an order.
#[derive(Default)]
struct Draft {
    instructions: Vec<Instruction>,
    says: String,
    edits: Vec<Edit>,
    notes: Vec<(&'static str, String)>,
}

/// Turns an action into an order.
pub async fn order(session: &Session, action: &Action) -> Result<(Order, Scales)> {
    for heir in heirs(action)? {
        can_sign(session, &heir).await?;
    }
    if let Action::CreateFund { guardian, migrations, settings } = action {
        return setup::create_fund(session, guardian, migrations.as_deref(), settings).await;
    }
    let context = FundContext::open(session, &[]).await?;
    let slot = session.last_valid_slot(context.book.slot);
    let mandate = Mandate { nonce: context.book.fund.governance_nonce, last_valid_slot: slot };
    let mut draft = draft(&context, action, mandate).await?;
    let slots_left = slot.saturating_sub(context.book.slot);
    draft.notes.push(("governance nonce", mandate.nonce.to_string()));
    draft
        .notes
        .push(("last valid slot", format!("{slot}, about {} from now", context.scales().slots(slots_left))));
    let review = Review { says: draft.says, edits: draft.edits, notes: draft.notes, ..Review::default() };
    let order = Order { instructions: draft.instructions, review: Some(review), ..Order::default() };
    Ok((order, context.scales()))
}

/// The addresses that an action gives a power, or offers one.
fn heirs(action: &Action) -> Result<Vec<Address>> {
    Ok(match action {
        Action::CreateFund { guardian, .. } => vec![*guardian],
        Action::QueueChange { subject: Subject::Guardian { address } } => vec![*address],
        Action::QueueChanges { changes, .. } => {
            let guardians = changes.iter().filter_map(|words| words.trim().strip_prefix("guardian "));
            guardians.map(|address| parse_address(address.trim())).collect::<Result<_>>()?
        }
        Action::TransferAuthority { to } if to != "none" => vec![parse_address(to)?],
        _ => Vec::new(),
    })
}

/// Refuses an account that can never sign, such as a multisig's own instead of its vault.
async fn can_sign(session: &Session, address: &Address) -> Result<()> {
    let Some(account) = session.account(address).await? else { return Ok(()) };
    match never_signs(&account.owner, account.executable, &account.data) {
        Some(why) => bail!("{address} can never sign: {why}"),
        None => Ok(()),
    }
}

async fn draft(context: &FundContext<'_>, action: &Action, mandate: Mandate) -> Result<Draft> {
    let (keys, me, fund) = (context.keys(), context.me, &context.book.fund);
    match action {
        Action::AcceptAuthority | Action::ClaimTreasury => {}
        Action::Pause { .. } => require(context, &[("guardian", fund.guardian)])?,
        Action::VetoChange { .. } => {
            require(context, &[("guardian", fund.guardian), ("authority", fund.authority)])?
        }
        _ => require(context, &[("authority", fund.authority)])?,
    }
    match action {
        Action::CreateFund { .. } => bail!("answered above"),
        Action::CreateMarket { symbol, migrations, settings } => {
            setup::create_market(context, symbol, migrations.as_deref(), settings, mandate)
        }
        Action::QueueChange { subject } => change::queue(context, subject, mandate),
        Action::QueueChanges { migrations, changes } => {
            change::queue_all(context, migrations.as_deref(), changes, mandate)
        }
        Action::ApplyChange { number } => change::apply(context, *number, mandate).await,
        Action::OpenMarket { number } => change::open(context, *number, mandate).await,
        Action::OpenCover { number } => change::open_cover(context, *number, mandate).await,
        Action::AmendCover { number } => change::amend_cover(context, *number, mandate).await,
        Action::VetoChange { number } => change::veto(context, *number, mandate.last_valid_slot).await,
        Action::Pause { parts, secs } => pause(context, bits(parts), *secs, mandate),
        Action::EndPause { parts } => end_pause(context, bits(parts), mandate),
        Action::TransferAuthority { to } => {
            let to = if to == "none" { Address::default() } else { parse_address(to)? };
            Ok(Draft {
                instructions: vec![build::transfer_authority(keys, me, to, mandate)],
                says: match to == Address::default() {
                    true => "Takes the offer of the authority back".into(),
                    false => "Offers the authority: it moves when the other key accepts".into(),
                },
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
                instructions: vec![build::accept_authority(keys, me, mandate)],
                says: "Takes the authority".into(),
                edits: vec![Edit::of("authority", who(&fund.authority), who(&me))],
                notes: Vec::new(),
            })
        }
        Action::RequestTreasury { amount } => request_treasury(context, amount, mandate).await,
        Action::CancelTreasury => Ok(Draft {
            instructions: vec![build::cancel_treasury(keys, me, mandate)],
            says: "Takes the request of treasury back".into(),
            edits: vec![Edit::of(
                "requested",
                decimal(fund.treasury_notice, context.decimals()),
                "0".to_owned(),
            )],
            notes: Vec::new(),
        }),
        Action::ClaimTreasury => claim_treasury(context),
    }
}

fn pause(context: &FundContext<'_>, bits: u8, secs: i64, mandate: Mandate) -> Result<Draft> {
    let now = context.book.now;
    let until = now.saturating_add(secs);
    let pauses = context.book.fund.pauses.iter().enumerate().filter(|(part, _)| bits >> part & 1 != 0);
    let next = pauses.map(|(_, last)| last.allowed_ts()).max().unwrap_or_default();
    ensure!(
        next <= now || !context.is_now(),
        "a pause of these parts waits as long as their last one has lasted: until {} UTC",
        utc(next.saturating_mul(1_000))
    );
    Ok(Draft {
        instructions: vec![build::pause(context.keys(), context.me, bits, secs, mandate.last_valid_slot)],
        says: format!(
            "Pauses until {} UTC; the next pause of these parts must then wait as long",
            utc(until.saturating_mul(1_000))
        ),
        edits: vec![Edit::of("paused", paused(&context.book.fund, now), pause_names(bits))],
        notes: Vec::new(),
    })
}

fn claim_treasury(context: &FundContext<'_>) -> Result<Draft> {
    let fund = &context.book.fund;
    ensure!(
        fund.treasury_notice > 0 || !context.is_now(),
        "no treasury is asked back: the authority asks first"
    );
    let (asked, decimals) = (fund.treasury_notice, context.decimals());
    let left = decimal(fund.treasury.saturating_sub(asked), decimals);
    let due = reads(&context.book, fund.treasury_ready_secs.max(fund.treasury_exit_secs));
    Ok(Draft {
        instructions: vec![build::claim_treasury(
            context.keys(),
            fund.authority,
            fund.treasury_to,
            &waived_markets(&context.book.markets),
        )],
        says: format!("Pays {} of the treasury to {}", decimal(asked, decimals), fund.treasury_to),
        edits: vec![Edit::of("treasury", decimal(fund.treasury, decimals), left)],
        notes: vec![("due", due)],
    })
}

async fn request_treasury(context: &FundContext<'_>, amount: &Amount, mandate: Mandate) -> Result<Draft> {
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
        instructions: vec![build::request_treasury(
            context.keys(),
            context.me,
            context.purse().await?,
            amount,
            mandate,
        )],
        says: format!(
            "Asks {} tokens of the treasury back, for {}",
            decimal(amount, decimals),
            context.wallet()
        ),
        edits: vec![Edit::of("treasury", decimal(fund.treasury, decimals), decimal(left, decimals))],
        notes: vec![
            ("floor", decimal(floor, decimals)),
            (
                "due",
                reads(
                    &context.book,
                    context.book.exit_secs().saturating_add(u64::from(fund.params.notice_secs)),
                ),
            ),
        ],
    })
}

/// Refuses a signer that the program would refuse, and names the right one.
fn require(context: &FundContext, known: &[(&str, Address)]) -> Result<()> {
    let me = context.me;
    let named: Vec<String> = known.iter().map(|(role, key)| format!("{role} {key}")).collect();
    ensure!(
        known.iter().any(|(_, key)| *key == me),
        "{me} may not: the fund has {}. Sign with --keypair FILE, or print the instruction for a \
         multisig with --print-instruction --authority ADDRESS",
        named.join(" and ")
    );
    Ok(())
}

fn bits(parts: &[Part]) -> u8 {
    parts.iter().fold(0, |bits, part| bits | bit(*part))
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

/// Names the parts that are paused now, and until when.
pub fn paused(fund: &Fund, now: i64) -> String {
    let mut ends: BTreeMap<i64, u8> = BTreeMap::new();
    for (part, pause) in fund.pauses.iter().enumerate().filter(|(_, pause)| now < pause.expires_ts) {
        *ends.entry(pause.expires_ts).or_default() |= 1 << part;
    }
    if ends.is_empty() {
        return "nothing".into();
    }
    let until = |(ends, bits): (&i64, &u8)| {
        format!("{} until {} UTC", pause_names(*bits), utc(ends.saturating_mul(1_000)))
    };
    ends.iter().map(until).collect::<Vec<_>>().join("; ")
}

fn end_pause(context: &FundContext, bits: u8, mandate: Mandate) -> Result<Draft> {
    let (fund, now) = (&context.book.fund, context.book.now);
    ensure!(
        fund.paused(now) & bits != 0 || !context.is_now(),
        "{} is not paused, so nothing would end; paused: {}",
        pause_names(bits),
        paused(fund, now)
    );
    Ok(Draft {
        instructions: vec![build::end_pause(context.keys(), context.me, bits, mandate)],
        says: format!("Ends the pause of {} in an hour", pause_names(bits)),
        edits: Vec::new(),
        notes: vec![("paused", paused(fund, now))],
    })
}

/// Names the parts of a pause.
pub fn pause_names(bits: u8) -> String {
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
    use {super::*, bulkhead_client::state::PauseState, bytemuck::Zeroable};

    #[test]
    fn a_pause_is_told_by_its_parts() {
        let mut fund = Fund::zeroed();
        assert_eq!(paused(&fund, 1_000), "nothing");
        for (part, expires_ts) in [(0, 3_000), (1, 2_000), (2, 2_000), (3, 1_000)] {
            fund.pauses[part] = PauseState { since_ts: 0, expires_ts };
        }
        assert_eq!(
            paused(&fund, 1_000),
            "contribute, novate until 1970-01-01 00:33:20 UTC; open-member until 1970-01-01 00:50:00 UTC"
        );
        assert_eq!(paused(&fund, 3_000), "nothing", "they have ended by themselves");
    }
}
