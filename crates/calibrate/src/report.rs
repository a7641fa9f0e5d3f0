//! The report.

use crate::calibration::Calibration;

/// Name of the file.
pub const REPORT_FILE: &str = "report.html";

/// The report's text.
pub fn html(_calibration: &Calibration) -> String {
    String::new()
}
