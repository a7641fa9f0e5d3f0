mod novate;
mod novate_accounts;
mod novate_requirements;
mod take_over;
