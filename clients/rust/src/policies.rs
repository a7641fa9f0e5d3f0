//! Policies on impermanent loss: addresses and instructions of the program that is the drawer of
//! parametric covers.
//!
//! ```text
//! let keys = BookKeys::of(address, &book);
//! let day = expiry_day(now, 10);
//! let buyer = Buyer { owner, token_account, payer, insured, max_premium, term_days: 10 };
//! let instruction = buy_policy(&keys, book.next_policy, day, &buyer);
//! ```

use {
    crate::claims::{build, derive},
    anchor_lang::{programs::System, Address, Id},
    bulkhead_cover::{
        accounts, instruction as data,
        instructions::shared::book::__client_accounts_bookmoney::BookMoney,
        state::{day_of, seeds, BookTerms, PolicyBook},
    },
    solana_instruction::Instruction,
};

/// The book with this number that a key has created.
pub fn book(creator: &Address, id: u16) -> Address {
    derive(&[seeds::BOOK, creator.as_ref(), &id.to_le_bytes()])
}

/// A book's vault: the destination that its cover names.
pub fn book_vault(book: &Address) -> Address {
    derive(&[seeds::VAULT, book.as_ref()])
}

/// A book, and the accounts that its policies and its money are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookKeys {
    /// The book.
    pub book: Address,
    /// The fund.
    pub fund: Address,
    /// The cover.
    pub cover: Address,
    /// The market.
    pub market: Address,
    /// The fund's mint.
    pub mint: Address,
    /// The program that owns mint and vaults.
    pub token_program: Address,
}

impl BookKeys {
    /// The keys of a book as it is on chain.
    pub fn of(address: Address, book: &PolicyBook) -> Self {
        Self {
            book: address,
            fund: book.fund,
            cover: book.cover,
            market: book.market,
            mint: book.mint,
            token_program: book.token_program,
        }
    }

    /// The book's vault.
    pub fn vault(&self) -> Address {
        book_vault(&self.book)
    }

    /// The account of the policies that expire on a UTC day.
    pub fn expiry(&self, day: u32) -> Address {
        derive(&[seeds::EXPIRY, self.book.as_ref(), &day.to_le_bytes()])
    }

    /// A policy, by its number among those of the book.
    pub fn policy(&self, number: u64) -> Address {
        derive(&[seeds::POLICY, self.book.as_ref(), &number.to_le_bytes()])
    }

    fn money(&self, day: u32) -> BookMoney {
        BookMoney {
            book: self.book,
            fund: self.fund,
            cover: self.cover,
            vault: self.vault(),
            fund_vault: crate::address::vault(&self.fund),
            mint: self.mint,
            token_program: self.token_program,
            bulkhead: crate::program_id(),
            expiry: self.expiry(day),
        }
    }
}

/// The day on which a policy expires that is bought in this second.
pub fn expiry_day(now: i64, term_days: u8) -> u32 {
    day_of(now).saturating_add(u32::from(term_days))
}

/// Creates a book and its vault. `keys` are those of the new book.
pub fn create_book(
    keys: &BookKeys,
    id: u16,
    creator: Address,
    payer: Address,
    terms: BookTerms,
) -> Instruction {
    let accounts = accounts::CreateBook {
        book: keys.book,
        fund: keys.fund,
        mint: keys.mint,
        vault: keys.vault(),
        creator,
        payer,
        token_program: keys.token_program,
        system_program: System::id(),
    };
    build(accounts, data::CreateBook { id, terms })
}

/// Notes the mark of the book's market.
pub fn note_price(keys: &BookKeys) -> Instruction {
    build(accounts::NotePrice { book: keys.book, market: keys.market }, data::NotePrice {})
}

/// Opens the account of the policies that expire on a day.
pub fn open_expiry(keys: &BookKeys, day: u32, payer: Address) -> Instruction {
    let accounts = accounts::OpenExpiry {
        book: keys.book,
        expiry: keys.expiry(day),
        payer,
        system_program: System::id(),
    };
    build(accounts, data::OpenExpiry { day })
}

/// Who buys a policy, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// The owner, who signs.
    pub owner: Address,
    /// The token account that the premium comes from.
    pub token_account: Address,
    /// Pays the rent of the policy.
    pub payer: Address,
    /// The value at entry that is insured, in base units.
    pub insured: u64,
    /// The largest premium that it pays, in base units.
    pub max_premium: u64,
    /// The term in days.
    pub term_days: u8,
}

/// Buys policy `number`, the next one of the book, which expires on `day`.
pub fn buy_policy(keys: &BookKeys, number: u64, day: u32, buyer: &Buyer) -> Instruction {
    let Buyer { owner, token_account, payer, insured, max_premium, term_days } = *buyer;
    let accounts = accounts::BuyPolicy {
        book: keys.book,
        expiry: keys.expiry(day),
        policy: keys.policy(number),
        fund: keys.fund,
        cover: keys.cover,
        market: keys.market,
        token_account,
        fund_vault: crate::address::vault(&keys.fund),
        mint: keys.mint,
        token_program: keys.token_program,
        bulkhead: crate::program_id(),
        owner,
        payer,
        system_program: System::id(),
    };
    build(accounts, data::BuyPolicy { insured, term_days, max_premium })
}

/// Puts a policy in force.
pub fn start_policy(keys: &BookKeys, number: u64, day: u32) -> Instruction {
    let (expiry, policy) = (keys.expiry(day), keys.policy(number));
    build(accounts::StartPolicy { book: keys.book, expiry, policy }, data::StartPolicy {})
}

/// Settles all policies that expire on a day.
pub fn settle_expiry(keys: &BookKeys, day: u32) -> Instruction {
    let BookKeys { book, fund, cover, .. } = *keys;
    let (bulkhead, expiry) = (crate::program_id(), keys.expiry(day));
    build(accounts::SettleExpiry { book, fund, cover, bulkhead, expiry }, data::SettleExpiry {})
}

/// Opens the payouts of a day.
pub fn open_payouts(keys: &BookKeys, day: u32) -> Instruction {
    build(accounts::OpenPayouts { money: keys.money(day) }, data::OpenPayouts {})
}

/// A policy as its payout needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its number among the policies of the book.
    pub number: u64,
    /// The day on which it expires.
    pub day: u32,
    /// Its owner.
    pub owner: Address,
    /// The key that has paid its rent.
    pub payer: Address,
}

/// Pays a policy to a token account that its owner, who signs, chooses.
pub fn claim_policy(keys: &BookKeys, held: &Held, destination: Address) -> Instruction {
    let accounts = accounts::ClaimPolicy {
        book: keys.book,
        expiry: keys.expiry(held.day),
        policy: keys.policy(held.number),
        payer: held.payer,
        vault: keys.vault(),
        destination,
        mint: keys.mint,
        token_program: keys.token_program,
        owner: held.owner,
    };
    build(accounts, data::ClaimPolicy {})
}

/// Closes a policy that is paid nothing.
pub fn close_policy(keys: &BookKeys, held: &Held) -> Instruction {
    let accounts = accounts::ClosePolicy {
        book: keys.book,
        expiry: keys.expiry(held.day),
        policy: keys.policy(held.number),
        payer: held.payer,
    };
    build(accounts, data::ClosePolicy {})
}

/// Ends the payouts of a day.
pub fn end_payouts(keys: &BookKeys, day: u32) -> Instruction {
    build(accounts::EndPayouts { money: keys.money(day) }, data::EndPayouts {})
}

/// Closes the account of a day whose rent `payer` has paid.
pub fn close_expiry(keys: &BookKeys, day: u32, payer: Address) -> Instruction {
    build(accounts::CloseExpiry { expiry: keys.expiry(day), payer }, data::CloseExpiry {})
}
