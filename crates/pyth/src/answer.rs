//! Hermes' answer: JSON around updates in base64 or hexadecimal digits.

use {
    crate::update::{Update, UpdateError},
    base64::{engine::general_purpose::STANDARD, Engine},
    serde::Deserialize,
};

/// Why an answer cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    #[error("the answer is not Hermes' JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    #[error("the answer's data is not in {0:?}")]
    NotEncoded(Encoding),
    #[error(transparent)]
    Update(#[from] UpdateError),
}

/// How bytes are written in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    Base64,
    Hex,
}

/// The parts of the answer that matter here. The prices beside the updates are not believed: no
/// signature covers them.
#[derive(Deserialize)]
struct Answer {
    binary: Binary,
}

#[derive(Deserialize)]
struct Binary {
    encoding: Encoding,
    data: Vec<String>,
}

/// Reads the updates in an answer, or in an event of a stream.
///
/// # Errors
/// See [`AnswerError`].
pub fn parse(json: &[u8]) -> Result<Vec<Update>, AnswerError> {
    let Binary { encoding, data } = serde_json::from_slice::<Answer>(json)?.binary;
    let update = |text: &String| -> Result<Update, AnswerError> {
        let bytes = match encoding {
            Encoding::Base64 => STANDARD.decode(text).ok(),
            Encoding::Hex => unhex(text),
        };
        Ok(Update::parse(&bytes.ok_or(AnswerError::NotEncoded(encoding))?)?)
    };
    data.iter().map(update).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| (digit as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}
