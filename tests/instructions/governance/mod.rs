mod create_fund;
mod create_market;
mod fund_treasury;
mod give_recovery;
mod pause;
mod set_final_mark;
mod withdraw_treasury;
