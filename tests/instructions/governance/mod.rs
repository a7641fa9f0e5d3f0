mod authority;
mod changes;
mod create_fund;
mod end_pause;
mod fund_treasury;
mod pause;
mod treasury;
