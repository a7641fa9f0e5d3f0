//! Where books and history part.

use std::fmt::{self, Debug, Display};

/// What the books say of a field, and what an event or an account says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// The event at which it was found; empty for an account.
    pub event: String,
    /// The field, with whose it is.
    pub field: String,
    /// The value that follows from the events.
    pub expected: String,
    /// The value that was found.
    pub found: String,
}

pub(crate) type Result<T> = std::result::Result<T, Difference>;

impl Difference {
    pub(crate) fn new(field: impl Display, expected: impl Display, found: impl Display) -> Self {
        let event = String::new();
        Self { event, field: field.to_string(), expected: expected.to_string(), found: found.to_string() }
    }

    pub(crate) fn of(self, event: &str) -> Self {
        Self { event: event.into(), ..self }
    }
}

impl Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { event, field, expected, found } = self;
        if !event.is_empty() {
            write!(f, "at {event}: ")?;
        }
        write!(f, "{field}: the events before make it {expected}, but it is {found}")
    }
}

/// Refuses two values that differ.
pub(crate) fn same<T: PartialEq + Display>(field: impl Display, expected: T, found: T) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    Err(Difference::new(field, expected, found))
}

/// Turns what is not there, or what a rule refuses, into a difference.
pub(crate) trait Fallible<T> {
    /// With what is missing.
    fn or_missing(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Fallible<T> for Option<T> {
    fn or_missing(self, what: impl FnOnce() -> String) -> Result<T> {
        self.ok_or_else(|| Difference::new(what(), "nothing", "named"))
    }
}

/// Turns the error of a rule into a difference.
pub(crate) trait Ruled<T> {
    /// With what was being booked.
    fn booking(self, what: &str) -> Result<T>;
}

impl<T, E: Debug> Ruled<T> for std::result::Result<T, E> {
    fn booking(self, what: &str) -> Result<T> {
        self.map_err(|error| Difference::new(what, format!("{error:?}"), "accepted"))
    }
}

/// `a + b`.
pub(crate) fn add(a: u64, b: u64) -> Result<u64> {
    a.checked_add(b).ok_or_else(|| Difference::new("a sum", "too large", format!("{a} + {b}")))
}

/// `a - b`.
pub(crate) fn sub(a: u64, b: u64) -> Result<u64> {
    a.checked_sub(b).ok_or_else(|| Difference::new("a balance", a, format!("reduced by {b}")))
}

/// `a + b` for a signed `b`.
pub(crate) fn add_signed(a: u64, b: i64) -> Result<u64> {
    if b < 0 {
        sub(a, b.unsigned_abs())
    } else {
        add(a, b.unsigned_abs())
    }
}

/// `-a`.
pub(crate) fn neg(a: i64) -> Result<i64> {
    a.checked_neg().ok_or_else(|| Difference::new("an amount", "of 63 bits", a))
}
