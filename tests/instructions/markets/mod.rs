mod adjustment;
mod book_crowding;
mod collect_premium;
mod crank_market;
mod create_market;
mod open_market;
