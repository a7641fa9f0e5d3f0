//! What every action starts from: the fund as it is, who acts, and whose accounts that touches.

use {
    crate::{
        amount::{decimal, Amount},
        order::Order,
        session::{Mode, Session},
        views::people::find,
    },
    anyhow::{anyhow, ensure, Context, Result},
    bulkhead_book::{accounts::token_amount, Book},
    bulkhead_client::{
        account::decode,
        address,
        instruction::{FundKeys, Trader},
        state::{DefaultRecord, Market, Member},
        Address, Instruction,
    },
    bulkhead_keeper::draft::cranks,
    std::str::FromStr,
};

const ASSOCIATED_TOKEN: &str = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL";

/// A fund, and who acts in it.
pub struct Desk<'s> {
    /// The cluster.
    pub session: &'s Session,
    /// Who acts, signs and pays.
    pub me: Address,
    /// The fund, its markets, and the members the action is about.
    pub book: Book,
    oracles: Vec<Address>,
}

impl<'s> Desk<'s> {
    /// Reads the fund, with the members of these wallets (or these member accounts) and who acts.
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

    /// Decimals of its money.
    pub fn decimals(&self) -> u8 {
        self.book.fund.quote_decimals
    }

    /// Whether the action is to run now: what is printed runs when others have signed it.
    pub fn is_now(&self) -> bool {
        self.session.mode != Mode::Print
    }

    /// Somebody's member account.
    pub fn member(&self, who: &Address) -> Result<(Address, &Member)> {
        find(&self.book, who)
    }

    /// The member account of who acts.
    pub fn own(&self) -> Result<&Member> {
        Ok(self.member(&self.me)?.1)
    }

    /// The member account that gets a bounty: that of who acts, unless it is `except`.
    pub fn bounty(&self, except: &Address) -> Option<Address> {
        let own = self.keys().member(&self.me);
        (self.book.members.contains_key(&own) && own != *except).then_some(own)
    }

    /// A side of a trade: the account of `member`, or their own, for which `signer` signs as owner or delegate.
    pub fn trader(&self, signer: Address, member: Option<Address>) -> Result<Trader> {
        let (address, member) = self.member(&member.unwrap_or(signer))?;
        ensure!(
            member.owner == signer || member.delegate == signer,
            "{signer} is neither owner nor delegate of member {address}: the owner can make it so with \
             `bulkhead delegate`"
        );
        Ok(Trader { member: address, signer })
    }

    /// A market, by number.
    pub fn market(&self, index: u16) -> Result<&Market> {
        let count = self.book.fund.market_count;
        self.book.markets.get(usize::from(index)).with_context(|| {
            format!("there is no market {index}: the fund has {count}, `bulkhead markets` lists them")
        })
    }

    /// Cranks of these markets; a final mark is cranked no more.
    pub fn cranks(&self, markets: &[u16]) -> Vec<Instruction> {
        let open: Vec<u16> = markets.iter().copied().filter(|market| !self.book.is_final(*market)).collect();
        cranks(self.keys(), &self.oracles, &open)
    }

    /// These markets cranked, then an instruction.
    pub fn cranked(&self, markets: &[u16], then: Instruction) -> Order {
        let mut all = self.cranks(markets);
        all.push(then);
        all.into()
    }

    /// The associated token account of who acts.
    pub fn wallet(&self) -> Result<Address> {
        let (program, keys) = (Address::from_str(ASSOCIATED_TOKEN)?, self.keys());
        let seeds = [self.me.as_ref(), keys.token_program.as_ref(), keys.mint.as_ref()];
        Ok(Address::find_program_address(&seeds, &program).0)
    }

    /// The same, which must be there for money to come in.
    pub async fn purse(&self) -> Result<Address> {
        self.held().await?;
        self.wallet()
    }

    /// The token account to pay from, and how much: no more than there is.
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
        Ok((self.wallet()?, amount))
    }

    async fn held(&self) -> Result<u64> {
        let wallet = self.wallet()?;
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

/// The record of a default, by number; `next` is that of the next one.
pub async fn record(session: &Session, next: u64, seq: u64) -> Result<DefaultRecord> {
    let account = session.account(&address::default_record(&session.source.fund, seq)).await?;
    let account = account.ok_or_else(|| match seq < next {
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
    })?;
    Ok(decode(&account.data)?)
}
