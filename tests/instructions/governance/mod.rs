mod authority;
mod changes;
mod create_fund;
mod create_market;
mod fund_treasury;
mod give_recovery;
mod pause;
mod withdraw_treasury;
