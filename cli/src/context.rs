//! The starting point of every action: the fund as read, the acting wallet, and the accounts that
//! the action concerns.

use {
    crate::{
        amount::{decimal, Amount},
        market_name::MarketName,
        order::Order,
        scales::Scales,
        session::{associated, Mode, Session},
        standing,
        views::people::find,
    },
    anyhow::{anyhow, ensure, Context, Result},
    bulkhead_book::{accounts::token_amount, Book},
    bulkhead_client::{
        address,
        instruction::{FundKeys, Trader},
        state::{DefaultRecord, Market, Member},
        Address, Instruction,
    },
    bulkhead_keeper::draft::cranks,
};

/// A fund, and the wallet that acts in it.
pub struct FundContext<'s> {
    pub session: &'s Session,
    /// The wallet that acts, signs and pays.
    pub me: Address,
    /// The fund, its markets, and the members that the action concerns.
    pub book: Book,
    oracles: Vec<Address>,
}

impl<'s> FundContext<'s> {
    /// Reads the fund with the acting wallet's member and the members of these wallets (or these
    /// member accounts).
    pub async fn open(session: &'s Session, others: &[Address]) -> Result<Self> {
        let me = session.me()?;
        let own = |who: &Address| [address::member(&session.source.fund, who), *who];
        let members: Vec<Address> = std::iter::once(&me).chain(others).flat_map(own).collect();
        let (book, oracles) = session.source.load_part(&members).await?;
        Ok(Self { session, me, book, oracles })
    }

    /// The fund's addresses.
    pub fn keys(&self) -> &FundKeys {
        &self.book.keys
    }

    /// Decimals of the fund's money.
    pub fn decimals(&self) -> u8 {
        self.book.fund.quote_decimals
    }

    /// Whether the action runs now: a printed one runs once others have signed it.
    pub fn is_now(&self) -> bool {
        self.session.mode != Mode::Print
    }

    /// Finds a member by wallet or member account.
    pub fn member(&self, who: &Address) -> Result<(Address, &Member)> {
        find(&self.book, who)
    }

    /// The member account of the acting wallet.
    pub fn own(&self) -> Result<&Member> {
        Ok(self.member(&self.me)?.1)
    }

    /// The member account that receives a bounty: the acting wallet's, unless it is `except`.
    pub fn bounty(&self, except: &Address) -> Option<Address> {
        let own = self.keys().member(&self.me);
        (self.book.members.contains_key(&own) && own != *except).then_some(own)
    }

    /// One side of a trade: the account of `member`, or the signer's own, for which `signer` signs
    /// as owner or delegate.
    pub fn trader(&self, signer: Address, member: Option<Address>) -> Result<Trader> {
        let (address, member) = self.member(&member.unwrap_or(signer))?;
        ensure!(
            member.owner == signer || member.delegate == signer,
            "{signer} is neither owner nor delegate of member {address}: the owner can make it so with \
             `bulkhead delegate`"
        );
        Ok(Trader { member: address, signer })
    }

    /// Finds a market by symbol or number.
    pub fn market(&self, name: &MarketName) -> Result<&Market> {
        name.find(&self.book)
    }

    /// The scales of the fund's numbers.
    pub fn scales(&self) -> Scales {
        Scales::of(&self.book)
    }

    /// The figures that a refusal would be about, by the error's name, at the prices that the
    /// transaction would have. Errors about somebody else are about the first of `others`.
    pub fn figures(&self, others: &[Address]) -> Vec<(&'static str, String)> {
        let (book, scales) = (self.book.clone().cranked(), self.scales());
        let members: Vec<(Address, &Member)> =
            others.iter().chain([&self.me]).filter_map(|who| find(&book, who).ok()).collect();
        let about_one = |error: &str| {
            let (address, member) = members.first()?;
            standing::figures(&book, address, member, &scales, error)
        };
        let about_all = |error: &str| {
            let each = members.iter();
            let each = each
                .filter_map(|(address, member)| standing::figures(&book, address, member, &scales, error));
            let each: Vec<String> = each.collect();
            (!each.is_empty()).then(|| each.join("; "))
        };
        let mut figures: Vec<(&'static str, Option<String>)> = Vec::new();
        for error in ["Paused", "LossPending", "BreakerTripped", "StaleMark", "PriceOutsideBand"] {
            figures.push((error, standing::fund_figures(&book, &scales, error)));
        }
        for error in [
            "EquityNotNegative",
            "EquityNegative",
            "MemberInsolvent",
            "NotLiquidatable",
            "GracePeriodRunning",
        ] {
            figures.push((error, about_one(error)));
        }
        for error in [
            "BelowInitialMargin",
            "InsufficientMargin",
            "AssessmentReserved",
            "ReduceAtMarkOnly",
            "BelowRequiredContribution",
            "CoverLimitExceeded",
            "MemberReduceOnly",
        ] {
            figures.push((error, about_all(error)));
        }
        figures.into_iter().filter_map(|(error, figure)| Some((error, figure?))).collect()
    }

    /// The account that the price of a market is read from.
    pub fn oracle(&self, index: u16) -> Result<Address> {
        self.oracles.get(usize::from(index)).copied().with_context(|| format!("market {index} has no oracle"))
    }

    /// Cranks these markets; a final mark is never cranked.
    pub fn cranks(&self, markets: &[u16]) -> Vec<Instruction> {
        let open: Vec<u16> = markets.iter().copied().filter(|market| !self.book.is_final(*market)).collect();
        cranks(self.keys(), &self.oracles, &open)
    }

    /// Cranks these markets, then runs an instruction.
    pub fn cranked(&self, markets: &[u16], then: Instruction) -> Order {
        let mut all = self.cranks(markets);
        all.push(then);
        all.into()
    }

    /// The associated token account of the acting wallet.
    pub fn wallet(&self) -> Address {
        associated(&self.me, self.keys())
    }

    /// The same, checked to exist, so that money can come in.
    pub async fn purse(&self) -> Result<Address> {
        self.held().await?;
        Ok(self.wallet())
    }

    /// The token account to pay from, and the amount, which is at most its balance.
    pub async fn pay(&self, amount: &Amount, all: impl FnOnce(u64) -> Result<u64>) -> Result<(Address, u64)> {
        let held = self.held().await?;
        let amount = amount.resolve(self.decimals(), || all(held))?;
        ensure!(
            amount <= held,
            "the wallet {} has {} tokens, less than {}: pay less, or get more of mint {} first",
            self.me,
            decimal(held, self.decimals()),
            decimal(amount, self.decimals()),
            self.keys().mint
        );
        Ok((self.wallet(), amount))
    }

    async fn held(&self) -> Result<u64> {
        let wallet = self.wallet();
        let account = self.session.account(&wallet).await?.with_context(|| {
            let mint = self.keys().mint;
            format!(
                "the wallet {} has no token account {wallet}: make one with `spl-token create-account \
                 {mint} --owner {}`",
                self.me, self.me
            )
        })?;
        token_amount(&account.data)
    }

    /// The record of a default.
    pub async fn record(&self, seq: u64) -> Result<DefaultRecord> {
        record(self.session, self.book.fund.default_seq, seq).await
    }
}

/// Reads the record of a default, by number; `next` is the number of the next default.
pub async fn record(session: &Session, next: u64, seq: u64) -> Result<DefaultRecord> {
    let records: Vec<DefaultRecord> = session.all().await?;
    let record = records.into_iter().find(|record| record.seq == seq);
    record.ok_or_else(|| match seq < next {
        true => {
            anyhow!(
                "the record of default {seq} is closed, as it can be after 90 days: its events are in \
                 the ledger"
            )
        }
        false => anyhow!(
            "there is no default {seq}: the fund has had {next}, `bulkhead defaults` lists \
             them"
        ),
    })
}
