//! What members do, and what anybody may. Whatever needs marks cranks them first, in the same transaction.

use {
    crate::{amount::Amount, people::find, send::send, session::Session, settings::parse_address, views::Page},
    anyhow::{anyhow, bail, ensure, Context, Result},
    bulkhead_client::{
        account::decode,
        address, instruction as build,
        state::{DefaultRecord, Fund, Member},
        Address, Instruction,
    },
    bulkhead_keeper::{
        accounts::token_amount,
        book::{held_markets, Book},
        draft::cranks,
    },
    clap::Subcommand,
    solana_signer::Signer,
    std::str::FromStr,
};

const ASSOCIATED_TOKEN: &str = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL";

/// An action. Amounts are in tokens, such as 12.5.
#[derive(Subcommand)]
pub enum Action {
    /// Opens the wallet's member account
    Open,
    /// Pays margin in
    Deposit {
        /// In tokens, such as 12.5, or `all`
        amount: Amount,
    },
    /// Pays margin out, down to initial margin
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
    /// Takes the request back
    CancelWithdrawal,
    /// Commits to the exit when the notice is over, and pays it when called again
    ClaimWithdrawal,
    /// Pays rewards out
    ClaimRewards,
    /// Pays out what has come back of losses borne
    ClaimRecovery,
    /// Lets another key trade, but never withdraw
    Delegate {
        /// Its address, or `none`
        key: String,
    },
    /// Closes an empty member account
    Close,
    /// Takes oracle prices into the marks; of all markets if none is named
    Crank {
        /// By number
        markets: Vec<u16>,
    },
    /// Turns a position's profit or loss into cash
    Settle {
        /// By number
        market: u16,
        /// Wallet or member account; by default the wallet of --keypair
        #[arg(value_parser = parse_address)]
        owner: Option<Address>,
    },
    /// Turns a market's premiums into cash
    CollectPremium {
        /// By number
        market: u16,
    },
    /// Puts what a member endangers into the table of exposures
    ReportExposure {
        /// Wallet or member account
        #[arg(value_parser = parse_address)]
        owner: Address,
    },
    /// Starts a member's grace period, ends it, or declares its default
    DeclareDefault {
        /// Wallet or member account
        #[arg(value_parser = parse_address)]
        owner: Address,
    },
    /// Runs the waterfall for a default, by its number
    AllocateLoss {
        /// As in `defaults`
        seq: u64,
    },
    /// Collects an assessment or a contribution call
    EnforceCall {
        /// Wallet or member account
        #[arg(value_parser = parse_address)]
        owner: Address,
    },
}

/// Does it, or with `is_dry` simulates it.
pub async fn run(session: &Session, action: &Action, is_dry: bool) -> Result<Page> {
    let key = session.key()?;
    let me = key.pubkey();
    let own = address::member(&session.source.fund, &me);
    let target = match action {
        Action::Settle { owner, .. } => owner.unwrap_or(me),
        Action::ReportExposure { owner } | Action::DeclareDefault { owner } | Action::EnforceCall { owner } => *owner,
        _ => me,
    };
    let candidates = [own, address::member(&session.source.fund, &target), target];
    let (book, oracles) = session.source.load_part(&candidates).await?;
    let (keys, fund) = (&book.keys, &book.fund);
    let wallet = token_account(&me, &keys.mint, &keys.token_program)?;
    let bounty = book.members.contains_key(&own).then_some(own);
    let decimals = fund.quote_decimals;
    let mut all: Vec<Instruction> = Vec::new();
    let crank = |markets: &[u16]| {
        let open: Vec<u16> = markets.iter().copied().filter(|market| !book.is_final(*market)).collect();
        cranks(keys, &oracles, &open)
    };
    let existing = |index: u16| match index < fund.market_count {
        true => Ok(index),
        false => Err(anyhow!("there is no market {index}: the fund has {}", fund.market_count)),
    };
    match action {
        Action::Open => all.push(build::open_member(keys, me, me)),
        Action::Deposit { amount } => {
            find(&book, &me)?;
            let amount = balance(session, &wallet, amount, decimals).await?;
            all.push(build::deposit_margin(keys, &me, me, wallet, amount));
        }
        Action::Contribute { amount } => {
            find(&book, &me)?;
            let amount = balance(session, &wallet, amount, decimals).await?;
            all.push(build::contribute(keys, me, wallet, amount));
        }
        Action::Withdraw { amount } => {
            let member = find(&book, &me)?.1;
            let amount = amount.resolve(decimals, || free(&book, member))?;
            let markets = held_markets(member);
            all.extend(crank(&markets));
            all.push(build::withdraw_margin(keys, me, wallet, amount, &markets));
        }
        Action::RequestWithdrawal { amount } => {
            let shares = shares(fund, find(&book, &me)?.1, amount)?;
            all.push(build::request_withdrawal(keys, me, shares));
        }
        Action::CancelWithdrawal => all.push(build::cancel_withdrawal(keys, me)),
        Action::ClaimWithdrawal => {
            let markets = held_markets(find(&book, &me)?.1);
            all.extend(crank(&markets));
            all.push(build::claim_withdrawal(keys, me, wallet, &markets));
        }
        Action::ClaimRewards => all.push(build::claim_rewards(keys, me, wallet)),
        Action::ClaimRecovery => all.push(build::claim_recovery(keys, me, wallet)),
        Action::Delegate { key } => {
            let delegate = if key == "none" { Address::default() } else { parse_address(key)? };
            all.push(build::set_delegate(keys, me, delegate));
        }
        Action::Close => all.push(build::close_member(keys, me)),
        Action::Crank { markets } => {
            let named = markets.iter().map(|index| existing(*index)).collect::<Result<Vec<_>>>()?;
            let markets = if named.is_empty() { (0..fund.market_count).collect() } else { named };
            all.extend(crank(&markets));
            ensure!(!all.is_empty(), "nothing to crank: every mark is final");
        }
        Action::Settle { market, .. } => {
            let market = existing(*market)?;
            all.extend(crank(&[market]));
            all.push(build::settle(keys, market, find(&book, &target)?.0));
        }
        Action::CollectPremium { market } => {
            let market = existing(*market)?;
            all.extend(crank(&[market]));
            all.push(build::collect_premium(keys, market));
        }
        Action::ReportExposure { .. } | Action::DeclareDefault { .. } | Action::EnforceCall { .. } => {
            let (address, member) = find(&book, &target)?;
            let markets = held_markets(member);
            all.extend(crank(&markets));
            all.push(match action {
                Action::ReportExposure { .. } => build::report_exposure(keys, address, &markets),
                Action::EnforceCall { .. } => build::enforce_call(keys, address, &markets),
                _ => {
                    let bounty = bounty.filter(|own| *own != address);
                    build::declare_default(keys, address, me, bounty, fund.default_seq, &markets)
                }
            });
        }
        Action::AllocateLoss { seq } => {
            let account = session.source.accounts(&[address::default_record(&keys.fund, *seq)]).await?.remove(0);
            let record: DefaultRecord = decode(&account.with_context(|| format!("there is no default {seq}"))?.data)?;
            let bounty = bounty.filter(|own| *own != record.member);
            all.push(build::allocate_loss(keys, record.member, me, bounty, *seq, fund.share_epoch));
        }
    }
    send(session, &key, &all, decimals, is_dry).await
}

/// What `all` are of a wallet's tokens.
async fn balance(session: &Session, wallet: &Address, amount: &Amount, decimals: u8) -> Result<u64> {
    let account = session.source.accounts(&[*wallet]).await?.remove(0);
    let held = account.map_or(Ok(0), |account| token_amount(&account.data))?;
    amount.resolve(decimals, || Ok(held))
}

/// Margin that can leave: above initial margin, and above what may still be assessed.
fn free(book: &Book, member: &Member) -> Result<u64> {
    let book = book.clone().cranked();
    let risk = book.risk(member).map_err(|error| anyhow!("the member's risk cannot be computed: {error:?}"))?;
    let free = risk.free(member.margin).map_err(|error| anyhow!("{error:?}"))?;
    let reserve = book.fund.assessment_reserve(member, book.now).map_err(|_| anyhow!("the reserve has no value"))?;
    Ok(free.saturating_sub(reserve))
}

/// The fewest shares that are worth an amount; all of them for `all`.
fn shares(fund: &Fund, member: &Member, amount: &Amount) -> Result<u128> {
    let held = member.live_shares(fund);
    let worth = |shares| fund.book().value_of(shares).map_err(|error| anyhow!("a share has no value: {error:?}"));
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

/// A wallet's associated token account.
fn token_account(wallet: &Address, mint: &Address, token_program: &Address) -> Result<Address> {
    let program = Address::from_str(ASSOCIATED_TOKEN)?;
    Ok(Address::find_program_address(&[wallet.as_ref(), token_program.as_ref(), mint.as_ref()], &program).0)
}
