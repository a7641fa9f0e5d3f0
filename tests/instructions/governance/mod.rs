mod create_fund;
mod create_market;
mod fund_treasury;
mod pause;
mod withdraw_treasury;
