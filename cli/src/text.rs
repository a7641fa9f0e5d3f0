//! Pages for people: headings, fields, tables. Colour appears only on a terminal that wants it.

use std::{
    env,
    fmt::Write as _,
    io::{stderr, stdout, IsTerminal},
};

/// The judgement of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// No judgement.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// Deserves a look.
    Warn,
    /// Wrong.
    Bad,
}

/// Text of a table's cell or of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell(pub String, pub Tone);

impl<T: ToString> From<T> for Cell {
    fn from(text: T) -> Self {
        Self(text.to_string(), Tone::Plain)
    }
}

impl Cell {
    fn harmless(self) -> Self {
        Self(harmless(self.0), self.1)
    }
}

/// Spells out what a terminal would take for a command, and what is not seen. Some of what is shown others
/// have written, such as the seed of an account in a proposal: it could hide the rest of a page, or write
/// another one over it.
fn harmless(text: String) -> String {
    let is_seen = |c: char| !c.is_control() && !is_invisible(c);
    if text.chars().all(is_seen) {
        return text; // nearly always
    }
    let spelt = |c: char| if is_seen(c) { c.to_string() } else { c.escape_unicode().to_string() };
    text.chars().map(spelt).collect()
}

/// Whether a character has no width, or turns the direction of those after it.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

enum Block {
    Heading(String),
    Fields(Vec<(String, Cell)>),
    Table { head: Vec<String>, rows: Vec<Vec<Cell>> },
    Line(Cell),
}

/// A page of text, built from the top.
#[derive(Default)]
pub struct Text(Vec<Block>);

impl Text {
    /// Adds a heading.
    pub fn heading(&mut self, text: impl Into<String>) {
        self.0.push(Block::Heading(harmless(text.into())));
    }

    /// Adds a labelled value; consecutive ones are aligned.
    pub fn field(&mut self, label: impl Into<String>, value: impl Into<Cell>) {
        let field = (harmless(label.into()), value.into().harmless());
        match self.0.last_mut() {
            Some(Block::Fields(fields)) => fields.push(field),
            _ => self.0.push(Block::Fields(vec![field])),
        }
    }

    /// Adds a table. Columns whose head ends in `>` are aligned to the right.
    pub fn table(&mut self, head: &[&str], rows: Vec<Vec<Cell>>) {
        let rows = rows.into_iter().map(|row| row.into_iter().map(Cell::harmless).collect()).collect();
        self.0.push(Block::Table { head: head.iter().map(ToString::to_string).collect(), rows });
    }

    /// Adds a line of text.
    pub fn line(&mut self, text: impl Into<Cell>) {
        self.0.push(Block::Line(text.into().harmless()));
    }

    /// Renders the page for standard output.
    pub fn render(&self) -> String {
        self.render_with(stdout().is_terminal() && wants_colour())
    }

    /// Renders what is asked or noted beside a page, for standard error.
    pub fn render_aside(&self) -> String {
        self.render_with(stderr().is_terminal() && wants_colour())
    }

    fn render_with(&self, colour: bool) -> String {
        let mut out = String::new();
        for (place, block) in self.0.iter().enumerate() {
            match block {
                Block::Heading(text) => {
                    let gap = if place == 0 { "" } else { "\n" };
                    let _ = writeln!(out, "{gap}{}", paint(text, "1", colour));
                }
                Block::Fields(fields) => {
                    let width = fields.iter().map(|(label, _)| width(label)).max().unwrap_or(0);
                    for (label, cell) in fields {
                        let gap = " ".repeat(width - self::width(label));
                        let _ = writeln!(out, "  {label}{gap}  {}", shown(cell, colour));
                    }
                }
                Block::Table { head, rows } => out.push_str(&table(head, rows, colour)),
                Block::Line(cell) => {
                    let _ = writeln!(out, "{}", shown(cell, colour));
                }
            }
        }
        out
    }
}

/// Whether nobody has asked for text without colours.
fn wants_colour() -> bool {
    env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn table(head: &[String], rows: &[Vec<Cell>], colour: bool) -> String {
    // A row that is longer than its head is shown all the same.
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0).max(head.len());
    let head: Vec<&str> = (0..columns).map(|index| head.get(index).map_or("", String::as_str)).collect();
    let names: Vec<&str> = head.iter().map(|name| name.trim_end_matches('>')).collect();
    let column =
        |index: usize| rows.iter().filter_map(move |row| row.get(index)).map(|cell| width(&cell.0)).max();
    let widths: Vec<usize> =
        names.iter().enumerate().map(|(index, name)| column(index).unwrap_or(0).max(width(name))).collect();
    let line = |texts: Vec<(String, usize)>| {
        let mut line = String::from(" ");
        for (index, (text, len)) in texts.into_iter().enumerate() {
            let gap = " ".repeat(widths[index] - len);
            let right = head[index].ends_with('>');
            let cell = if right { format!("{gap}{text}") } else { format!("{text}{gap}") };
            let _ = write!(line, " {cell} ");
        }
        format!("{}\n", line.trim_end())
    };
    let mut out = line(names.iter().map(|name| (paint(name, "2", colour), width(name))).collect());
    for row in rows {
        out.push_str(&line(row.iter().map(|cell| (shown(cell, colour), width(&cell.0))).collect()));
    }
    out
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn shown(Cell(text, tone): &Cell, colour: bool) -> String {
    match tone {
        Tone::Plain => text.clone(),
        Tone::Good => paint(text, "32", colour),
        Tone::Warn => paint(text, "33", colour),
        Tone::Bad => paint(text, "31", colour),
    }
}

fn paint(text: &str, code: &str, colour: bool) -> String {
    if colour {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Text {
        let mut text = Text::default();
        text.heading("fund");
        text.field("id", 1);
        text.field("status", Cell("Active".into(), Tone::Good));
        text.table(
            &["market", "lots>"],
            vec![vec!["BTC".into(), 5.into()], vec!["é".into(), "1,000".into()]],
        );
        text
    }

    #[test]
    fn columns_are_aligned() {
        let lines =
            "fund\n  id      1\n  status  Active\n  market   lots\n  BTC         5\n  é       1,000\n";
        assert_eq!(page().render_with(false), lines);
    }

    #[test]
    fn a_row_longer_than_its_head_is_shown() {
        let mut text = Text::default();
        text.table(&["#>"], vec![vec![1.into(), "two".into()], vec![10.into()]]);
        assert_eq!(text.render_with(false), "   #\n   1  two\n  10\n");
    }

    #[test]
    fn colour_moves_nothing() {
        let coloured = page().render_with(true);
        assert!(coloured.contains("\x1b[32mActive\x1b[0m"));
        let mut plain = coloured;
        for code in ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[32m"] {
            plain = plain.replace(code, "");
        }
        assert_eq!(plain, page().render_with(false));
    }
}
