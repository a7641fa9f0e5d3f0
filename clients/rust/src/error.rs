//! Names of the program's errors.

use bulkhead::error::BulkheadError;

/// First custom code of the program.
const OFFSET: u32 = 6_000;

/// The custom code of an error, as a failed transaction reports it.
pub fn code(error: BulkheadError) -> u32 {
    OFFSET + error as u32
}

/// The name of a custom code, as in the program's source; none for codes of other programs.
pub fn name(code: u32) -> Option<String> {
    BulkheadError::from_code(code).map(|error| format!("{error:?}"))
}
