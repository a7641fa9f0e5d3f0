//! Draws lines, areas and dots over time as inline SVG. Colours come from the page by class, so
//! that they follow light and dark.

use {
    bulkhead_format::day,
    chrono::{DateTime, Datelike, NaiveDate},
    std::fmt::Write,
};

/// Width of every plot, in its own units.
pub const WIDTH: f64 = 960.0;
/// Room for the labels of the vertical axis, and at the other end.
const SIDES: (f64, f64) = (44.0, 16.0);
/// Horizontal axis labels below a panel.
const LABELS: f64 = 18.0;
/// Room above a panel.
const GAP: f64 = 12.0;
/// Most labels of a vertical axis.
const MOST_TICKS: f64 = 6.0;
/// Room that a label takes on a narrow screen, where its text is larger: its height, and the width of a
/// letter. Where there is less, every second one is left out there.
const NARROW: (f64, f64) = (24.0, 12.0);

/// A drawing that panels are put into, from the top.
#[derive(Default)]
pub struct Drawing {
    body: String,
    height: f64,
}

/// A rectangle with a time axis and a value axis from zero or from a lowest value.
pub struct Panel {
    from: i64,
    to: i64,
    low: f64,
    high: f64,
    top: f64,
    height: f64,
    body: String,
}

impl Drawing {
    /// Adds a panel of `height` below the others, for times and values in the ranges.
    pub fn panel(&self, height: f64, (from, to): (i64, i64), (low, high): (f64, f64)) -> Panel {
        let high = if high > low { high } else { low + 1.0 };
        Panel { from, to: to.max(from + 1), low, high, top: self.height + GAP, height, body: String::new() }
    }

    /// Adds a finished panel to the drawing.
    pub fn put(&mut self, panel: Panel) {
        self.height = panel.top + panel.height;
        self.body.push_str(&panel.body);
    }

    /// Closes the drawing; `label` is for readers that cannot see it.
    pub fn finish(self, label: &str) -> String {
        let height = self.height + LABELS;
        format!(
            "<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{}\">{}</svg>\n",
            escape(label),
            self.body
        )
    }
}

impl Panel {
    fn x(&self, ts: i64) -> f64 {
        let part = (ts - self.from) as f64 / (self.to - self.from) as f64;
        SIDES.0 + part * (WIDTH - SIDES.0 - SIDES.1)
    }

    fn y(&self, value: f64) -> f64 {
        let part = (value - self.low) / (self.high - self.low);
        self.top + self.height * (1.0 - part.clamp(0.0, 1.0))
    }

    fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// Draws horizontal lines at round values, named by `label`.
    pub fn value_axis(&mut self, label: impl Fn(f64) -> String) {
        let step = round_step((self.high - self.low) / MOST_TICKS);
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        let is_close = self.height * step / (self.high - self.low) < NARROW.0;
        for tick in first..=last {
            let value = tick as f64 * step;
            let class = class("end", is_close && (tick - first) % 2 == 1);
            let y = self.y(value);
            self.draw(format_args!(
                "<path class=\"grid\" d=\"M{:.0} {y:.1}H{:.0}\"/>",
                SIDES.0,
                WIDTH - SIDES.1
            ));
            self.draw(format_args!(
                "<text class=\"{class}\" x=\"{:.0}\" y=\"{:.1}\">{}</text>",
                SIDES.0 - 5.0,
                y + 3.5,
                label(value)
            ));
        }
    }

    /// Draws labels below the panel and marks on it: years, or days if there are few.
    pub fn time_axis(&mut self) {
        let (top, bottom) = (self.top, self.bottom());
        let moments = moments(self.from, self.to);
        let widest = moments.iter().map(|(_, label)| label.len()).max().unwrap_or_default() as f64;
        let is_close = match moments[..] {
            [(first, _), (second, _), ..] => self.x(second) - self.x(first) < widest * NARROW.1,
            _ => false,
        };
        for (index, (ts, label)) in moments.iter().enumerate() {
            let (x, class) = (self.x(*ts), class("middle", is_close && index % 2 == 1));
            self.draw(format_args!("<path class=\"grid\" d=\"M{x:.1} {top:.1}V{bottom:.1}\"/>"));
            self.draw(format_args!(
                "<text class=\"{class}\" x=\"{x:.1}\" y=\"{:.1}\">{label}</text>",
                bottom + 14.0
            ));
        }
    }

    /// Draws a line through the points.
    pub fn line(&mut self, class: &str, points: impl IntoIterator<Item = (i64, f64)>) {
        let path = self.path(points);
        self.draw(format_args!("<path class=\"line {class}\" d=\"{path}\"/>"));
    }

    /// Fills the area between the points and the bottom.
    pub fn area(&mut self, class: &str, points: &[(i64, f64)]) {
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
        let path = self.path(points.iter().copied());
        let (bottom, left, right) = (self.bottom(), self.x(first.0), self.x(last.0));
        self.draw(format_args!(
            "<path class=\"area {class}\" d=\"{path}L{right:.1} {bottom:.1}H{left:.1}Z\"/>"
        ));
    }

    /// Draws thin columns from the bottom.
    pub fn columns(&mut self, class: &str, points: impl IntoIterator<Item = (i64, f64)>) {
        let mut path = String::new();
        for (ts, value) in points {
            write!(path, "M{:.1} {:.1}V{:.1}", self.x(ts), self.bottom(), self.y(value)).unwrap_or_default();
        }
        self.draw(format_args!("<path class=\"columns {class}\" d=\"{path}\"/>"));
    }

    /// Draws a dot with a tooltip.
    pub fn dot(&mut self, class: &str, ts: i64, value: f64, says: &str) {
        let (x, y) = (self.x(ts), self.y(value));
        let says = escape(says);
        self.draw(format_args!(
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.4\"><title>{says}</title></circle>"
        ));
    }

    /// Shades a stretch of time over the whole height.
    pub fn stretch(&mut self, class: &str, from: i64, to: i64) {
        let (x, width) = (self.x(from), self.x(to) - self.x(from));
        let (top, height) = (self.top, self.height);
        self.draw(format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" \
             height=\"{height:.1}\"/>"
        ));
    }

    fn path(&self, points: impl IntoIterator<Item = (i64, f64)>) -> String {
        let mut path = String::new();
        for (index, (ts, value)) in points.into_iter().enumerate() {
            let command = if index == 0 { 'M' } else { 'L' };
            write!(path, "{command}{:.1} {:.1}", self.x(ts), self.y(value)).unwrap_or_default();
        }
        path
    }

    fn draw(&mut self, element: std::fmt::Arguments) {
        self.body.write_fmt(element).unwrap_or_default(); // a string takes all text
    }
}

/// The least of 1, 2, 2.5 and 5 times a power of ten that is no less.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.max(1e-12).log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|times| times * power);
    steps.into_iter().find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

/// The class of a label; one that is too many on a narrow screen is left out there.
fn class(place: &str, is_too_many: bool) -> String {
    if is_too_many {
        format!("{place} more")
    } else {
        place.into()
    }
}

/// Beginnings of years within the times, or of days.
fn moments(from: i64, to: i64) -> Vec<(i64, String)> {
    const DAY: i64 = 86_400;
    let year = |ts: i64| DateTime::from_timestamp(ts, 0).map(|time| time.year()).unwrap_or_default();
    if to - from > 400 * DAY {
        let begins = |year: i32| {
            NaiveDate::from_ymd_opt(year, 1, 1)?.and_hms_opt(0, 0, 0).map(|time| time.and_utc().timestamp())
        };
        let years = (year(from)..=year(to)).filter_map(|year| Some((begins(year)?, year.to_string())));
        return years.filter(|(ts, _)| (from..=to).contains(ts)).collect();
    }
    let days = (from + DAY - 1).div_euclid(DAY)..=to.div_euclid(DAY);
    let every = ((to - from) / DAY / 12 + 1) as usize;
    days.step_by(every).map(|number| (number * DAY, day(number * DAY))).collect()
}

/// Escapes text for HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At 500 pixels the days of a close-up stood on each other.
    #[test]
    fn labels_without_room_are_left_out_on_a_narrow_screen() {
        let (from, drawing) = (1_760_054_400, Drawing::default());
        let texts = |days: i64, height: f64| {
            let mut panel = drawing.panel(height, (from, from + days * 86_400), (0.0, 5.0));
            panel.time_axis();
            let across =
                (panel.body.matches("\"middle\"").count(), panel.body.matches("\"middle more\"").count());
            panel.body.clear();
            panel.value_axis(|value| value.to_string());
            (across, (panel.body.matches("\"end\"").count(), panel.body.matches("\"end more\"").count()))
        };
        assert_eq!(texts(8, 80.0), ((5, 4), (3, 3)));
        assert_eq!(texts(3, 260.0), ((4, 0), (6, 0)));
    }

    #[test]
    fn axes_have_round_steps() {
        for (least, step) in [(0.03, 0.05), (0.011, 0.02), (1.0, 1.0), (2.1, 2.5), (600.0, 1_000.0)] {
            assert!((round_step(least) - step).abs() < 1e-9, "{least}");
        }
        let years: Vec<String> =
            moments(1_577_836_800, 1_672_531_200).into_iter().map(|(_, label)| label).collect();
        assert_eq!(years, ["2020", "2021", "2022", "2023"]);
        let days = moments(1_760_054_400 + 5, 1_760_054_400 + 3 * 86_400);
        assert_eq!(days.len(), 3);
        assert_eq!(days[0].1, "2025-10-11");
    }

    #[test]
    fn points_are_where_their_values_are() {
        let mut drawing = Drawing::default();
        let mut panel = drawing.panel(100.0, (0, 100), (0.0, 1.0));
        panel.line("x", [(0, 0.0), (100, 1.0), (100, 7.0)]);
        panel.dot("x", 50, 0.5, "a < b");
        drawing.put(panel);
        let svg = drawing.finish("a \"plot\"");
        assert!(svg.contains("M44.0 112.0L944.0 12.0L944.0 12.0"), "{svg}");
        assert!(
            svg.contains("cx=\"494.0\" cy=\"62.0\"")
                && svg.contains("a &lt; b")
                && svg.contains("&quot;plot&quot;")
        );
    }
}
