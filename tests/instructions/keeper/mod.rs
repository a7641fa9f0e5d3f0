mod allocate_loss;
mod allocate_residual;
mod close_default;
mod crank_market;
mod declare_default;
mod liquidate;
mod settle;
mod settle_epoch;
