//! The pages with the formulas of the risk report, as they were when this ledger was built.

use {
    super::Refusal,
    axum::{
        extract::Path,
        http::header,
        response::{IntoResponse, Response},
    },
};

macro_rules! pages {
    ($($name:literal),* $(,)?) => {
        /// Each page with its text.
        const PAGES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../../docs/", $name)))),*];
    };
}

pages!(
    "cover_two.md",
    "crowding.md",
    "cushions.md",
    "default.md",
    "oracle.md",
    "positions.md",
    "rates.md",
    "requirements.md",
    "shares.md",
    "waterfall.md",
);

/// A page, as text.
pub async fn page(Path(name): Path<String>) -> Response {
    match PAGES.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], *text).into_response(),
        None => Refusal::Missing(format!("there is no page {name}")).into_response(),
    }
}
