//! Writes the report: one HTML page without any other file, readable in light and dark.

mod definitions;
mod plot;
mod sections;

use {
    crate::study::Study, bulkhead_calibrate::report::svg::escape, bulkhead_format::thousands, std::fmt::Write,
};

/// Name of the file.
pub const REPORT_FILE: &str = "report.html";

/// Colours, in the order in which lines get them.
const COLOURS: [&str; 5] = ["one", "two", "three", "four", "five"];

/// Writes the report's text. The same study gives the same text.
pub fn html(study: &Study) -> String {
    let mut page = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.push_str(
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Bulkhead: stress test</title>\n",
    );
    page.push_str(&format!("<style>\n{}</style>\n</head>\n<body>\n", include_str!("report/style.css")));
    sections::introduction(&mut page, study);
    sections::fund(&mut page, study);
    sections::layers(&mut page, study);
    sections::losses(&mut page, study);
    sections::real(&mut page, study);
    sections::cover(&mut page, study);
    sections::frontier(&mut page, study);
    sections::attribution(&mut page, study);
    sections::sensitivity(&mut page, study);
    sections::mechanism(&mut page, study);
    sections::disclosure(&mut page, study);
    definitions::all(&mut page, study);
    page.push_str("</body>\n</html>\n");
    page
}

/// Most columns that a narrow screen has room for.
const WIDE: usize = 4;

/// Writes a table whose cells are text. Numbers stand at the right; a column of words has a head that
/// begins with `<`, and stands at the left as the first does.
fn table(page: &mut String, head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) {
    let is_words: Vec<bool> = head.iter().map(|cell| cell.starts_with('<')).collect();
    let names: Vec<String> = head.iter().map(|cell| escape(cell.trim_start_matches('<'))).collect();
    let cells = |tag: &str, cells: &[String]| -> String {
        let cell = |((cell, is_words), name): ((&String, &bool), &String)| {
            let class = if *is_words { " class=\"words\"" } else { "" };
            let name = if tag == "td" { format!(" data-name=\"{name}\"") } else { String::new() };
            format!("<{tag}{class}{name}>{}</{tag}>", escape(cell))
        };
        cells.iter().zip(&is_words).zip(&names).map(cell).collect()
    };
    // On a narrow screen a row of a wide table stands as a list, in which each cell has its column's name.
    let class = if head.len() > WIDE { " class=\"wide\"" } else { "" };
    put(page, format_args!("<div class=\"scroll\"><table{class}>"));
    if names.iter().any(|name| !name.is_empty()) {
        let names: Vec<String> = head.iter().map(|cell| cell.trim_start_matches('<').into()).collect();
        put(page, format_args!("<thead><tr>{}</tr></thead>", cells("th", &names)));
    }
    page.push_str("<tbody>\n");
    for row in rows {
        put(page, format_args!("<tr>{}</tr>\n", cells("td", &row)));
    }
    page.push_str("</tbody></table></div>\n");
}

/// A line of colours with their names.
fn legend(page: &mut String, names: &[&str]) {
    page.push_str("<p class=\"legend\">");
    for (name, colour) in names.iter().zip(COLOURS) {
        let name = escape(name);
        put(page, format_args!("<span><i style=\"background:var(--{colour})\"></i>{name}</span>"));
    }
    page.push_str("</p>\n");
}

/// A paragraph of text.
fn paragraph(page: &mut String, text: &str) {
    put(page, format_args!("<p>{}</p>\n", escape(text)));
}

fn put(page: &mut String, text: std::fmt::Arguments) {
    page.write_fmt(text).unwrap_or_default(); // a string takes all text
}

/// A part in percent, with as many digits as it takes.
pub fn percent(part: f64) -> String {
    let size = part.abs() * 100.0;
    let digits = match size {
        _ if size == 0.0 || size >= 99.95 => 0,
        _ if size >= 1.0 => 1,
        _ if size >= 0.1 => 2,
        _ if size >= 0.01 => 3,
        _ => 4,
    };
    format!("{:.digits$}%", part * 100.0)
}

/// A part in percent without zeros at its end, for an axis.
fn percent_on_axis(part: f64) -> String {
    let text = format!("{:.4}", part * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Money in whole units of the settlement asset.
pub fn money(amount: f64) -> String {
    let size = thousands(amount.abs().round() as u64); // a float cast saturates
    if amount <= -0.5 {
        format!("-{size}")
    } else {
        size
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fit::Fitted,
        parameters,
        study::{self, Input, Settings},
        synthetic::{self, Shape},
        Shipped,
    };
    use bulkhead_calibrate::progress::Progress;

    fn study() -> Study {
        let shipped = Shipped::bundled().unwrap();
        let fitted = Fitted::bundled(&shipped).unwrap();
        let shape = Shape { members: 20, ..Shape::default() };
        let settings = Settings {
            seed: 1,
            paths: 100,
            sensitivity_paths: 10,
            level: 0.9,
            pledged: 0.25,
            cost_of_capital: 0.1,
            behaviour: Default::default(),
            shape: Some(shape.clone()),
            half_life: 24.0,
        };
        let fund =
            synthetic::fund(&fitted.markets(&shipped, 0.0005), &parameters::terms(&shipped.fund), &shape, 1);
        let input = Input { source: "synthetic & small".into(), fund, fitted, history: None, settings };
        study::run(input, &Progress::new(true)).unwrap()
    }

    #[test]
    fn a_report_is_one_page_that_needs_nothing_else() {
        let study = study();
        let page = html(&study);
        assert_eq!(page, html(&study), "the same study gives the same bytes");
        assert!(page.matches("<svg").count() >= 6);
        assert!(page.contains("synthetic &amp; small") && !page.contains("synthetic & small"));
        assert!(!page.contains("http") && !page.contains("<script") && !page.contains("NaN"), "{page}");
        for tag in ["table", "div", "svg", "h2", "h3", "dl", "dd", "p", "tr"] {
            let (opened, closed) = (format!("<{tag}"), format!("</{tag}>"));
            let opens =
                page.matches(&format!("{opened}>")).count() + page.matches(&format!("{opened} ")).count();
            assert_eq!(opens, page.matches(&closed).count(), "{tag}");
        }
        let json = serde_json::to_string(&study).unwrap();
        assert!(json.contains("\"crowding\"") && !json.contains("null,null"));
    }

    #[test]
    fn parts_have_the_digits_they_need() {
        let words = [0.5, 0.0123, 0.00123, 0.000_123, 0.000_012_3, 0.0, 2.0].map(percent);
        assert_eq!(words, ["50.0%", "1.2%", "0.12%", "0.012%", "0.0012%", "0%", "200%"]);
        assert_eq!([0.5, 0.001, 1e-5, 10.0].map(percent_on_axis), ["50%", "0.1%", "0.001%", "1000%"]);
        assert_eq!([1_234_567.4, 0.2, -2_000.0].map(money), ["1,234,567", "0", "-2,000"]);
    }
}
