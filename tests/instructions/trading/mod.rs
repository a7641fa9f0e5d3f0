mod novate;
mod take_over;
