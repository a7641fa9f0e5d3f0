mod novate;
mod novate_accounts;
mod novate_requirements;
mod sell_excess;
mod take_over;
