//! Quotes: what an action would leave a member with, and how much of it the program would admit.
//!
//! A quote runs the program's own rules on a copy of the fund, at the prices that a transaction would
//! have now. Nothing is sent, and nobody else has to be found first.

use {
    super::{people::find, Page},
    crate::{
        actions::shares,
        amount::{decimal, price_or_mark, units, Amount},
        idl,
        market_name::MarketName,
        scales::Scales,
        session::Session,
        settings::parse_address,
        standing::{figures, fund_figures, most, withdrawable, Standing},
        text::{Cell, Text, Tone},
    },
    anyhow::{anyhow, ensure, Context, Result},
    bulkhead_book::{scale, Book},
    bulkhead_client::{
        address,
        rules::{
            margin, positions,
            requirements::{self, RiskChange},
            rewards, shares as share_rules, stress_call,
        },
        state::{pause, FundStatus, Member},
        Address,
    },
    bulkhead_math::{
        requirements::notional,
        rewards::plan_fee,
        units::{Bps, Price},
    },
    clap::{Args, Subcommand},
    serde_json::{json, Value},
};

/// Something to be quoted.
#[derive(Subcommand)]
pub enum Quote {
    /// Buying lots from another member
    Buy(Trade),
    /// Selling lots to another member
    Sell(Trade),
    /// Taking margin out
    Withdraw {
        /// In tokens, such as 12.5, or `all`
        amount: Amount,
        /// The member
        #[command(flatten)]
        whose: Whose,
    },
    /// Buying shares of the default fund
    Contribute {
        /// In tokens, such as 12.5, or `all` that the wallet holds
        amount: Amount,
        /// The member
        #[command(flatten)]
        whose: Whose,
    },
    /// Taking a contribution out, as if its notice period were over
    Leave {
        /// In tokens, such as 12.5, or `all`
        amount: Amount,
        /// The member
        #[command(flatten)]
        whose: Whose,
    },
}

/// A trade.
#[derive(Args)]
pub struct Trade {
    /// Symbol or number of the market
    market: MarketName,
    /// Number of lots
    lots: Amount,
    /// In tokens for one whole asset, or `mark`: the oracle's price now
    #[arg(default_value = "mark", value_parser = price_or_mark)]
    price: String,
    /// The member
    #[command(flatten)]
    whose: Whose,
}

/// The member that is asked for.
#[derive(Args)]
pub struct Whose {
    /// Wallet or member account; by default your own
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    member: Option<Address>,
}

/// A fund and a member in it, before and after.
#[derive(Clone)]
struct Place {
    book: Book,
    address: Address,
    member: Member,
}

/// What the program would say to an action: the place after it, or its error's name.
type Answer = Result<Place, String>;

/// A question, the answer, and the most that the program would admit: lots or base units, and in words.
struct Asked {
    says: String,
    answer: Answer,
    most: (u64, String),
}

impl Quote {
    fn whose(&self) -> Option<Address> {
        match self {
            Self::Buy(trade) | Self::Sell(trade) => trade.whose.member,
            Self::Withdraw { whose, .. } | Self::Contribute { whose, .. } | Self::Leave { whose, .. } => {
                whose.member
            }
        }
    }
}

/// Shows a quote.
pub async fn quote(session: &Session, quote: &Quote) -> Result<Page> {
    let who = quote.whose().map_or_else(|| session.me(), Ok)?;
    let own = [address::member(&session.source.fund, &who), who];
    let (book, _) = session.source.load_part(&own).await?;
    let scales = Scales::of(&book);
    let (address, member) = find(&book, &who).map(|(address, member)| (address, *member))?;
    let held = session.wallet_balance(&book, &member.owner).await?.unwrap_or_default();
    let before = Place { book: book.cranked(), address, member };
    let Asked { says, answer, most } = before.ask(quote, held, &scales)?;
    show(&before, &says, answer, &most, &scales)
}

fn show(before: &Place, says: &str, answer: Answer, most: &(u64, String), scales: &Scales) -> Result<Page> {
    let mut text = Text::default();
    text.heading(says);
    let refused = answer.as_ref().err().cloned();
    match &refused {
        None => text.field("the program", Cell("would do it".into(), Tone::Good)),
        Some(error) => {
            let (name, told) = before.explain(error, scales);
            text.field("the program", Cell(format!("would refuse: {name}: {told}"), Tone::Bad));
        }
    }
    text.field("at most", most.1.as_str());
    let now = Standing::of(&before.book, &before.address, &before.member)?;
    let mut json =
        json!({ "now": now.json(), "after": Value::Null, "refused": refused, "at_most": most.0.to_string() });
    json["now"]["positions"] = now.positions_json();
    if let Ok(place) = answer {
        let after = Standing::of(&place.book, &place.address, &place.member)?;
        json["after"] = after.json();
        json["after"]["positions"] = after.positions_json();
        let pairs = now.amounts().into_iter().zip(after.amounts());
        let rows = pairs.map(|((name, now), (_, after))| {
            let shown = |amount: i128| decimal(amount, scales.decimals);
            vec![name.replace('_', " ").into(), shown(now).into(), shown(after).into()]
        });
        text.table(&["in tokens", "now>", "after>"], rows.collect());
        text.field("then", Cell(after.verdict.says().into(), after.verdict.tone()));
        after.show_positions(&mut text, scales);
    }
    Ok((text, json))
}

/// Turns an error of a rule into its name.
fn named(error: impl std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    idl::explained_code(&text).map_or(text, |(_, name, _)| name.to_owned())
}

impl Place {
    /// Asks the program.
    fn ask(&self, quote: &Quote, held: u64, scales: &Scales) -> Result<Asked> {
        let decimals = scales.decimals;
        match quote {
            Quote::Buy(trade) => self.ask_trade(trade, 1, scales),
            Quote::Sell(trade) => self.ask_trade(trade, -1, scales),
            Quote::Withdraw { amount, .. } => {
                let most = withdrawable(&self.book, &self.address, &self.member);
                let amount = amount.resolve(decimals, || Ok(most))?;
                Ok(Asked {
                    says: format!("Withdraw {}", scales.money(amount)),
                    answer: self.withdrawn(amount),
                    most: (most, format!("{} can leave", scales.money(most))),
                })
            }
            Quote::Contribute { amount, .. } => {
                let amount = amount.resolve(decimals, || Ok(held))?;
                Ok(Asked {
                    says: format!("Contribute {}", scales.money(amount)),
                    answer: self.contributed(amount),
                    most: (held, format!("the wallet holds {}", scales.money(held))),
                })
            }
            Quote::Leave { amount, .. } => {
                let fund = &self.book.fund;
                let asked = shares(fund, &self.member, amount)?;
                let worth = share_rules::contribution(fund, &self.member)
                    .map_err(|error| anyhow!("the contribution has no value: {error:?}"))?;
                let can = most(worth, |amount| {
                    let part = Amount::Decimal(decimal(amount, decimals));
                    shares(fund, &self.member, &part).is_ok_and(|shares| self.left(shares).is_ok())
                });
                Ok(Asked {
                    says: format!("Take shares out that are {}", scales.shares_worth(asked)),
                    answer: self.left(asked),
                    most: (can, format!("{} can leave beside its positions", scales.money(can))),
                })
            }
        }
    }

    fn ask_trade(&self, trade: &Trade, sign: i64, scales: &Scales) -> Result<Asked> {
        let market = trade.market.find(&self.book)?;
        let index = market.index;
        let name = scales.market(index).context("a market has a scale")?;
        let price = match trade.price.as_str() {
            "mark" => market.mark.price,
            text => units(text, market.price_decimals)?,
        };
        ensure!(price > 0, "{} has no price: `bulkhead doctor` tells why", name.symbol);
        let limit = i64::MAX.unsigned_abs() / 4;
        let most = most(limit, |lots| self.traded(index, sign * lots as i64, price).is_ok());
        let lots = trade.lots.resolve(0, || Ok(most))?;
        ensure!(lots <= limit, "no member holds so many lots");
        let word = if sign > 0 { "Buy" } else { "Sell" };
        Ok(Asked {
            says: format!("{word} {} at {} tokens", name.lots(lots), name.price(price)),
            answer: self.traded(index, sign * lots as i64, price),
            most: (most, format!("{} at this price", name.lots(most))),
        })
    }

    /// The place after a withdrawal of margin.
    fn withdrawn(&self, amount: u64) -> Answer {
        let mut next = self.clone();
        let (clock, book) = (self.book.clock(), &self.book);
        let fund = &mut next.book.fund;
        fund.run_exit_clock(&clock).map_err(named)?;
        fund.require_not_paused(pause::WITHDRAW_MARGIN, book.now).map_err(named)?;
        margin::withdraw(fund, &self.address, &mut next.member, &book.priced(), amount, &clock)
            .map_err(named)?;
        Ok(next)
    }

    /// The place after a contribution.
    fn contributed(&self, amount: u64) -> Answer {
        let mut next = self.clone();
        let (clock, now) = (self.book.clock(), self.book.now);
        let fund = &mut next.book.fund;
        fund.run_exit_clock(&clock).map_err(named)?;
        fund.require_not_paused(pause::CONTRIBUTE, now).map_err(named)?;
        fund.require_exits_open(now).map_err(named)?;
        share_rules::contribute(fund, &self.address, &mut next.member, amount, now).map_err(named)?;
        Ok(next)
    }

    /// The place after shares have left. The notice period is taken as over.
    fn left(&self, shares: u128) -> Answer {
        let mut next = self.clone();
        let (clock, book) = (self.book.clock(), &self.book);
        let fund = &mut next.book.fund;
        fund.run_exit_clock(&clock).map_err(named)?;
        fund.require_exits_open(book.now).map_err(named)?;
        share_rules::touch(fund, &mut next.member).map_err(named)?;
        let plan = fund.book().plan_redeem(shares).map_err(named)?;
        next.member.burn(shares).map_err(named)?;
        fund.set_book(plan.next);
        requirements::require_stays_sound(fund, &book.priced(), &next.member).map_err(named)?;
        Ok(next)
    }

    /// The place after one side of a trade. The rules are those of [`positions::novate`], in its order;
    /// the limits of the market's open interest depend on the other side and are not asked.
    fn traded(&self, index: u16, lots: i64, price: Price) -> Answer {
        let mut next = self.clone();
        let (clock, book) = (self.book.clock(), &self.book);
        let (fund, member) = (&mut next.book.fund, &mut next.member);
        let market = next.book.markets.get_mut(usize::from(index)).ok_or("WrongMarket")?;
        fund.run_exit_clock(&clock).map_err(named)?;
        market.require_not_final().map_err(named)?;
        book.prices(index).map_err(named)?.require_fresh().map_err(named)?;
        positions::require_within_band(market, market.mark.price, price).map_err(named)?;
        let free = requirements::free_before(fund, member, &book.priced(), &clock).map_err(named)?;
        let value = notional(lots, price, scale(market).map_err(named)?).map_err(named)?;
        let fees = plan_fee(value, Bps(fund.params.clearing_fee_bps), Bps(fund.params.reward_share_bps));
        let fee = fees.map_err(named)?.fee;
        let before = positions::touch(market, member).map_err(named)?;
        let after = before.trade(lots, price).map_err(named)?;
        positions::write(market, member, before, after).map_err(named)?;
        let increase = before.is_increase(&after);
        if increase {
            fund.require_not_paused(pause::NOVATE, book.now).map_err(named)?;
            if fund.status != FundStatus::Active || fund.has_open_loss() {
                return Err("LossPending".into());
            }
            if bulkhead_client::rules::final_price::is_closing(market, book.now) {
                return Err("MarketReduceOnly".into());
            }
            stress_call::require_not_called(member).map_err(named)?;
            if market.is_halted(book.now) {
                return Err("BreakerTripped".into());
            }
        }
        rewards::take_fee(fund, member, fee).map_err(named)?;
        let at_mark_or_better =
            if lots > 0 { price <= market.mark.price } else { price >= market.mark.price };
        let change = RiskChange::traded(increase, at_mark_or_better, free);
        let markets = next.book.markets.at(book.moment());
        requirements::require_covered(fund, &markets, &self.address, member, change, None, &clock)
            .map_err(named)?;
        Ok(next)
    }

    /// The name of an error and what it means here.
    fn explain(&self, error: &str, scales: &Scales) -> (String, String) {
        let says = idl::error_named(error).unwrap_or_default().to_owned();
        let figure = fund_figures(&self.book, scales, error)
            .or_else(|| figures(&self.book, &self.address, &self.member, scales, error));
        let says = figure.map_or(says.clone(), |figure| format!("{says}: {figure}"));
        (error.to_owned(), says)
    }
}
