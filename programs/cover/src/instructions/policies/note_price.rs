use {
    crate::{error::*, events::*, fund::MarketView, rules::prices, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
};

/// Notes the mark of the market: it counts in the mean of its days. Anyone may call it, and should do so
/// once in the age of a print.
///
/// - It refuses nothing that the market does: a silent one covers no time, and an old mark none that its
///   age does not allow.
#[derive(Accounts)]
pub struct NotePrice {
    /// The book.
    #[account(mut)]
    pub book: Account<PolicyBook>,
    /// The market.
    #[account(address = book.market @ CoverError::WrongMarket)]
    pub market: UncheckedAccount,
}

impl NotePrice {
    fn validate(&self) -> Result<MarketView> {
        self.book.check_version()?;
        MarketView::load(self.market.account())
    }

    /// See [`NotePrice`].
    #[inline(never)]
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        let market = ctx.accounts.validate()?;
        let now = Clock::get()?.unix_timestamp;
        let book = &mut ctx.accounts.book;
        prices::note(book, &market, now)?;
        let day = day_of(now);
        let covered = book.at(day).map_or(0, |kept| u64::from(kept.secs));
        emit!(PriceNoted { book: *book.address(), price: book.price, day: u64::from(day), covered });
        Ok(())
    }
}
