mod close_market;
mod close_out;
mod fix_final_mark;
mod pay_out;
