//! Plots with two numeric axes as inline SVG. Colours come from the page by class, so that they
//! follow light and dark.

use {bulkhead_calibrate::report::svg::escape, std::fmt::Write};

/// Width of every plot, in its own units.
const WIDTH: f64 = 960.0;
/// Room at the left, for the labels of the vertical axis or of rows, and at the other sides.
const LEFT: f64 = 64.0;
const LEFT_OF_ROWS: f64 = 250.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 40.0;
/// Height of a row.
const ROW: f64 = 18.0;

/// An axis: its range, and whether it is logarithmic.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    low: f64,
    high: f64,
    is_log: bool,
}

/// A plot that is being drawn.
pub struct Plot {
    x: Axis,
    y: Axis,
    left: f64,
    height: f64,
    body: String,
}

impl Axis {
    /// A linear axis.
    pub fn linear(low: f64, high: f64) -> Self {
        Self { low, high: if high > low { high } else { low + 1.0 }, is_log: false }
    }

    /// A logarithmic axis; smaller values lie on its lower end.
    pub fn log(low: f64, high: f64) -> Self {
        Self { low, high: high.max(low * 1.01), is_log: true }
    }

    fn part(&self, value: f64) -> f64 {
        let part = if self.is_log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        part.clamp(0.0, 1.0)
    }

    /// Round values within the range.
    fn ticks(&self) -> Vec<f64> {
        if self.is_log {
            let (first, last) = (self.low.log10().ceil() as i32, self.high.log10().floor() as i32);
            return (first..=last).map(|power| 10f64.powi(power)).collect();
        }
        let least = (self.high - self.low) / 6.0;
        let power = 10f64.powf(least.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|times| times * power);
        let step = step.into_iter().find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(power);
        let (first, last) = ((self.low / step).ceil() as i64, (self.high / step + 1e-9).floor() as i64);
        (first..=last).map(|tick| tick as f64 * step).collect()
    }
}

impl Plot {
    /// An empty plot.
    pub fn new(height: f64, x: Axis, y: Axis) -> Self {
        Self { x, y, left: LEFT, height, body: String::new() }
    }

    /// An empty plot of named rows; the first is on top. Row `n` is at `-n`.
    pub fn rows(names: &[String], x: Axis) -> Self {
        let n = names.len() as f64;
        let y = Axis::linear(0.5 - n, 0.5);
        let mut plot = Self { x, y, left: LEFT_OF_ROWS, height: ROW * n, body: String::new() };
        names.iter().enumerate().for_each(|(row, name)| plot.level_tick(-(row as f64), &escape(name)));
        plot
    }

    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let across = self.left + self.x.part(x) * (WIDTH - self.left - RIGHT);
        (across, TOP + (1.0 - self.y.part(y)) * self.height)
    }

    /// Draws both axes with their names; `labels` write a value of each. A value without a label has
    /// no line.
    pub fn axes(&mut self, names: (&str, &str), labels: (&dyn Fn(f64) -> String, &dyn Fn(f64) -> String)) {
        for tick in self.y.ticks() {
            self.level_tick(tick, &labels.1(tick));
        }
        let middle = TOP + self.height / 2.0;
        self.draw(format_args!(
            "<text class=\"middle turned\" transform=\"translate(14 {middle:.0}) rotate(-90)\">{}</text>",
            escape(names.1)
        ));
        self.axis(names.0, labels.0);
    }

    /// Draws the horizontal axis alone.
    pub fn axis(&mut self, name: &str, label: &dyn Fn(f64) -> String) {
        for tick in self.x.ticks() {
            self.tick(tick, &label(tick));
        }
        let (middle, bottom) = ((self.left + WIDTH - RIGHT) / 2.0, TOP + self.height + 32.0);
        self.draw(format_args!(
            "<text class=\"middle name\" x=\"{middle:.0}\" y=\"{bottom:.0}\">{}</text>",
            escape(name)
        ));
    }

    /// A horizontal line with a label at its left.
    fn level_tick(&mut self, value: f64, label: &str) {
        let (_, y) = self.at((self.x.low, value));
        let (left, right) = (self.left, WIDTH - RIGHT);
        self.draw(format_args!("<path class=\"grid\" d=\"M{left} {y:.1}H{right}\"/>"));
        let (left, y) = (left - 6.0, y + 3.5);
        self.draw(format_args!("<text class=\"end\" x=\"{left}\" y=\"{y:.1}\">{label}</text>"));
    }

    /// A vertical line with a label below; nothing without a label.
    pub fn tick(&mut self, value: f64, label: &str) {
        if label.is_empty() {
            return;
        }
        let (x, _) = self.at((value, self.y.low));
        let (bottom, text) = (TOP + self.height, TOP + self.height + 15.0);
        self.draw(format_args!("<path class=\"grid\" d=\"M{x:.1} {TOP}V{bottom:.1}\"/>"));
        self.draw(format_args!("<text class=\"middle tick\" x=\"{x:.1}\" y=\"{text:.1}\">{label}</text>"));
    }

    /// A line through points.
    pub fn line(&mut self, class: &str, points: &[(f64, f64)]) {
        let path = self.path(points);
        self.draw(format_args!("<path class=\"line {class}\" d=\"{path}\"/>"));
    }

    /// The area between two lines over the same places.
    pub fn band(&mut self, class: &str, lower: &[(f64, f64)], upper: &[(f64, f64)]) {
        let back: Vec<(f64, f64)> = lower.iter().rev().copied().collect();
        let path = format!("{}{}Z", self.path(upper), self.path(&back).replacen('M', "L", 1));
        self.draw(format_args!("<path class=\"band {class}\" d=\"{path}\"/>"));
    }

    /// A dot with what it says when pointed at.
    pub fn dot(&mut self, class: &str, point: (f64, f64), says: &str) {
        let (x, y) = self.at(point);
        let says = escape(says);
        self.draw(format_args!(
            "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.2\"><title>{says}</title></circle>"
        ));
    }

    /// A vertical interval at a place.
    pub fn interval(&mut self, class: &str, x: f64, low: f64, high: f64) {
        let (across, bottom) = self.at((x, low));
        let (_, top) = self.at((x, high));
        self.draw(format_args!("<path class=\"line {class}\" d=\"M{across:.1} {bottom:.1}V{top:.1}\"/>"));
    }

    /// A horizontal interval at a place.
    pub fn span(&mut self, class: &str, y: f64, low: f64, high: f64) {
        let (left, down) = self.at((low, y));
        let (right, _) = self.at((high, y));
        self.draw(format_args!("<path class=\"line {class}\" d=\"M{left:.1} {down:.1}H{right:.1}\"/>"));
    }

    /// A vertical line at a value.
    pub fn mark(&mut self, class: &str, value: f64) {
        let (x, bottom) = self.at((value, self.y.low));
        self.draw(format_args!("<path class=\"line {class}\" d=\"M{x:.1} {TOP}V{bottom:.1}\"/>"));
    }

    /// A horizontal line at a value, with a label at its left end.
    pub fn level(&mut self, class: &str, value: f64, label: &str) {
        let (x, y) = self.at((self.x.high, value));
        let left = self.left;
        self.draw(format_args!("<path class=\"line {class}\" d=\"M{left} {y:.1}H{x:.1}\"/>"));
        self.draw(format_args!(
            "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            left + 6.0,
            y - 5.0,
            escape(label)
        ));
    }

    /// A thin column from the bottom.
    pub fn columns(&mut self, class: &str, points: &[(f64, f64)]) {
        let mut path = String::new();
        for point in points {
            let ((x, y), (_, bottom)) = (self.at(*point), self.at((point.0, self.y.low)));
            write!(path, "M{x:.1} {bottom:.1}V{y:.1}").unwrap_or_default();
        }
        self.draw(format_args!("<path class=\"columns {class}\" d=\"{path}\"/>"));
    }

    /// Closes the plot; `label` is for readers that cannot see it.
    pub fn finish(self, label: &str) -> String {
        let height = TOP + self.height + BOTTOM;
        let label = escape(label);
        format!(
            "<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{label}\">{}</svg>\n",
            self.body
        )
    }

    fn path(&self, points: &[(f64, f64)]) -> String {
        let mut path = String::new();
        for (index, point) in points.iter().enumerate() {
            let ((x, y), command) = (self.at(*point), if index == 0 { 'M' } else { 'L' });
            write!(path, "{command}{x:.1} {y:.1}").unwrap_or_default();
        }
        path
    }

    fn draw(&mut self, element: std::fmt::Arguments) {
        self.body.write_fmt(element).unwrap_or_default(); // a string takes all text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_where_their_values_are() {
        let mut plot = Plot::new(100.0, Axis::linear(0.0, 10.0), Axis::log(1e-3, 1.0));
        plot.line("a", &[(0.0, 1e-3), (10.0, 1.0), (5.0, 1e-9)]);
        plot.axes(("x < y", "p"), (&|x| format!("{x}"), &|y| format!("{y}")));
        plot.dot("b", (5.0, 0.1), "a & b");
        let svg = plot.finish("a \"plot\"");
        assert!(svg.contains("M64.0 112.0L930.0 12.0L497.0 112.0"), "{svg}");
        assert!(svg.contains("x &lt; y") && svg.contains("a &amp; b") && svg.contains("&quot;plot&quot;"));
        assert!(svg.contains(">0.001<") && svg.contains(">10<"));
    }

    #[test]
    fn rows_stand_below_each_other() {
        let mut plot = Plot::rows(&["first".into(), "a < b".into()], Axis::linear(0.0, 1.0));
        plot.span("a", -1.0, 0.0, 1.0);
        plot.axis("part", &|_| String::new());
        let svg = plot.finish("rows");
        // Two rows of 18: the second is 27 below the top.
        assert!(svg.contains("M250.0 39.0H930.0") && svg.contains("a &lt; b"), "{svg}");
        assert_eq!(svg.matches("class=\"grid\"").count(), 2, "no line without a label");
    }
}
