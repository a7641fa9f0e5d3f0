//! Changes of covers: their terms as arguments, and what they say.

use {
    super::change::parse_time,
    crate::{
        amount::units, context::FundContext, market_name::MarketName, parameters::Edit,
        settings::parse_address,
    },
    anyhow::{ensure, Context, Result},
    bulkhead_client::{state::CoverTerms, Address},
    bulkhead_format::utc,
    clap::{Args, ValueEnum},
};

/// What a cover is for.
#[derive(Clone, Copy, ValueEnum)]
pub enum Kind {
    /// Claims that a panel decides
    Claims,
    /// Bad debt of a lending pool, bounded by its market
    Venue,
    /// Payments by a formula
    Parametric,
}

/// The terms of a new cover. But for a higher limit they never change.
#[derive(Args)]
pub struct New {
    /// What it is for
    #[arg(value_enum)]
    kind: Kind,
    /// Most that it draws in all, in tokens
    limit: String,
    /// Address that holds and draws
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    drawer: Address,
    /// Token account that draws are paid to
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    destination: Address,
    /// Wallet that gets premium and first loss back
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    beneficiary: Address,
    /// SHA-256 of the document that says what is covered, as 64 hexadecimal digits
    #[arg(long, value_name = "HEX")]
    terms: String,
    /// A time such as 2026-12-24T18:00:00Z, or unix seconds, from which it covers
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    opens: i64,
    /// The time at which it ends
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    ends: i64,
    /// Premium of what is pledged in a year, in basis points
    #[arg(long, value_name = "BPS")]
    premium: u16,
    /// Part of each loss that it does not pay, in basis points
    #[arg(long, value_name = "BPS", default_value_t = 1_000)]
    coinsurance: u16,
    /// First loss without which no period begins, in tokens
    #[arg(long, value_name = "TOKENS", default_value = "0")]
    first_loss: String,
    /// Most of one draw, in tokens; by default the limit
    #[arg(long, value_name = "TOKENS")]
    per_draw: Option<String>,
    /// Most of seven days, in tokens; by default the limit, and half of it for a venue
    #[arg(long, value_name = "TOKENS")]
    per_period: Option<String>,
    /// Market of a venue's collateral, by its symbol or number
    #[arg(long, value_name = "MARKET")]
    market: Option<MarketName>,
    /// Debt of its collateral at which a venue liquidates, in basis points
    #[arg(long, value_name = "BPS", default_value_t = 0)]
    threshold: u16,
    /// Debt that a venue has covered, in tokens
    #[arg(long, value_name = "TOKENS", default_value = "0")]
    debt: String,
}

impl New {
    /// The terms as the program takes them.
    pub fn terms(&self, context: &FundContext) -> Result<CoverTerms> {
        let money = |text: &str| units(text, context.decimals());
        let limit = money(&self.limit)?;
        let is_venue = matches!(self.kind, Kind::Venue);
        let period = if is_venue { limit / 2 } else { limit };
        let market = self.market.as_ref().map(|market| context.market(market)).transpose()?;
        Ok(CoverTerms {
            drawer: self.drawer,
            destination: self.destination,
            beneficiary: self.beneficiary,
            terms_hash: hash(&self.terms)?,
            limit,
            first_loss_min: money(&self.first_loss)?,
            per_draw: self.per_draw.as_deref().map(money).transpose()?.unwrap_or(limit),
            period_limit: self.per_period.as_deref().map(money).transpose()?.unwrap_or(period),
            covered_debt: money(&self.debt)?,
            opens_ts: self.opens,
            ends_ts: self.ends,
            premium_bps_per_year: self.premium,
            coinsurance_bps: self.coinsurance,
            market: market.map_or(0, |market| market.index),
            threshold_bps: self.threshold,
            kind: self.kind as u8,
        })
    }
}

/// Reads 32 bytes in hexadecimal digits.
fn hash(text: &str) -> Result<[u8; 32]> {
    ensure!(text.len() == 64 && text.is_ascii(), "a SHA-256 has 64 hexadecimal digits");
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        let digits = &text[2 * place..2 * place + 2];
        *byte =
            u8::from_str_radix(digits, 16).with_context(|| format!("`{digits}` is no hexadecimal number"))?;
    }
    Ok(bytes)
}

/// The terms of a new cover in words.
pub fn of_cover(terms: &CoverTerms, decimals: u8) -> Vec<Edit> {
    let money = |amount: u64| crate::amount::decimal(amount, decimals);
    let date = |ts: i64| format!("{} UTC", utc(ts.saturating_mul(1_000)));
    let hash: String = terms.terms_hash.iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        Edit::first("kind", crate::views::covers::kind(terms.kind)),
        Edit::first("limit", money(terms.limit)),
        Edit::first("drawer", terms.drawer),
        Edit::first("destination", terms.destination),
        Edit::first("beneficiary", terms.beneficiary),
        Edit::first("terms", hash),
        Edit::first("opens", date(terms.opens_ts)),
        Edit::first("ends", date(terms.ends_ts)),
        Edit::first("premium_bps_per_year", terms.premium_bps_per_year),
        Edit::first("coinsurance_bps", terms.coinsurance_bps),
        Edit::first("first_loss_min", money(terms.first_loss_min)),
        Edit::first("per_draw", money(terms.per_draw)),
        Edit::first("period_limit", money(terms.period_limit)),
        Edit::first("covered_debt", money(terms.covered_debt)),
        Edit::first("market", terms.market),
        Edit::first("threshold_bps", terms.threshold_bps),
    ]
}
