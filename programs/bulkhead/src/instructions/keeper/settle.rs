use {
    crate::{error::*, events::*, instructions::novate::move_position, state::*},
    anchor_lang::{prelude::*, solana_program::clock::Clock},
    bulkhead_math::position::{plan_settle, Position},
};

/// Turns the profit or loss of one position into cash, at a fresh mark (`StaleMark`).
///
/// - A loss goes from margin to the pool, as far as margin reaches; a gain from the pool to margin, as far as it does.
/// - While a loss in the market is not paid for, gains in it wait: the pool is short by that loss, and whoever came first
///   would leave it to the others. In a wind-down all gains wait for the pay-out.
/// - The premium and pending cuts of a gains haircut are taken first.
/// - The member must hold the market (`NoPosition`), unless it is the house that is owed something.
/// - When nothing is left but a fraction of a base unit, it goes to the house and the slot is free.
/// - A result of a flat house is realised: a gain nobody had paid in yet when it was made, or what lapsed of a haircut.
#[derive(Accounts)]
pub struct Settle {
    /// The fund.
    #[account(mut)]
    pub fund: Account<Fund>,
    /// The market.
    #[account(mut)]
    pub market: Account<Market>,
    /// The member.
    #[account(mut)]
    pub member: Account<Member>,
}

impl Settle {
    fn validate(&self, slot: u64) -> Result<()> {
        let Self { fund, market, member } = self;
        fund.check()?;
        market.check(fund.address())?;
        member.check(fund.address())?;
        market.require_fresh(slot, fund.params.max_mark_age_slots)
    }

    /// See [`Settle`].
    pub fn handler(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.validate(Clock::get()?.slot)?;
        let Self { fund, market, member } = &mut ctx.accounts;
        // A pending cut may take all that is left of a closed position: it is settled by that.
        let held = fund.touch_held(market, member)?;
        // The last member may have left the market before what the house is owed came in.
        require!(held.is_some() || market.is_house_due(), BulkheadError::NoPosition);
        let held = held.unwrap_or_default();

        let scale = market.scale()?;
        let plan = plan_settle(held, market.mark.price, scale, member.margin, fund.drawable(market)).or_fail()?;
        fund.settle_cash(member, plan.paid)?;
        let mut position = plan.position;
        if position.lots == 0 && (0..i128::from(scale.get())).contains(&position.raw) {
            let dust = core::mem::take(&mut position.raw);
            let house = market.house().merge(Position { lots: 0, raw: dust }).or_fail()?;
            market.set_house(house);
        }
        move_position(fund, market, member, held, position)?;
        if market.is_house_due() {
            let result = fund.realise_house(market, 0)?;
            emit!(HouseRealised { fund: *fund.address(), market: u64::from(market.index), result });
        }
        fund.invariant()?;
        emit!(Settled { member: *member.address(), paid: plan.paid, market: u64::from(market.index) });
        Ok(())
    }
}
