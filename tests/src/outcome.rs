//! How a transaction ended.

use {
    bulkhead::error::BulkheadError,
    bulkhead_client::event::{self, Event},
    litesvm::types::{FailedTransactionMetadata, TransactionMetadata},
    solana_instruction::error::InstructionError,
    solana_transaction_error::TransactionError,
    std::fmt,
};

/// A transaction that succeeded.
#[derive(Clone)]
pub struct Meta {
    /// Compute units of the whole transaction.
    pub cu: u64,
    /// Log lines.
    pub logs: Vec<String>,
    /// The program's events, in order.
    pub events: Vec<Event>,
}

impl From<TransactionMetadata> for Meta {
    fn from(meta: TransactionMetadata) -> Self {
        let lines = || meta.logs.iter().map(String::as_str);
        let events = event::from_logs(lines());
        // A program older or newer than its client would pass every check of an event that it does not emit.
        assert_eq!(
            events.len(),
            event::calls_from_logs(lines()).expect("all lines").len(),
            "an unknown event: run cargo xtask build"
        );
        Self { cu: meta.compute_units_consumed, logs: meta.logs, events }
    }
}

impl Meta {
    /// Names of the events, in order.
    pub fn event_names(&self) -> Vec<&'static str> {
        self.events.iter().map(Event::name).collect()
    }
}

/// The one event of this kind a transaction has emitted: `event!(meta, LossAllocated)`.
#[macro_export]
macro_rules! event {
    ($meta:expr, $name:ident) => {{
        let meta = &$meta;
        let found: Vec<_> = meta
            .events
            .iter()
            .filter_map(|event| match event {
                $crate::Event::$name(event) => Some(*event),
                _ => None,
            })
            .collect();
        match found.as_slice() {
            [event] => *event,
            others => panic!("{} events {} among {:?}", others.len(), stringify!($name), meta.event_names()),
        }
    }};
}

/// A transaction that failed.
#[derive(Clone)]
pub struct TxError {
    /// Why.
    pub error: TransactionError,
    /// Compute units until then.
    pub cu: u64,
    /// Log lines.
    pub logs: Vec<String>,
}

impl From<FailedTransactionMetadata> for TxError {
    fn from(failed: FailedTransactionMetadata) -> Self {
        Self { error: failed.err, cu: failed.meta.compute_units_consumed, logs: failed.meta.logs }
    }
}

impl TxError {
    /// The failed instruction's error.
    pub fn instruction(&self) -> Option<&InstructionError> {
        match &self.error {
            TransactionError::InstructionError(_, error) => Some(error),
            _ => None,
        }
    }

    /// The program's own error, if it was one.
    pub fn named(&self) -> Option<BulkheadError> {
        match self.instruction() {
            Some(InstructionError::Custom(code)) => BulkheadError::from_code(*code),
            _ => None,
        }
    }
}

impl fmt::Debug for TxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.named() {
            Some(error) => write!(f, "{error:?}"),
            None => write!(f, "{:?}", self.error),
        }?;
        write!(f, " after {} CU\n{}", self.cu, self.logs.join("\n"))
    }
}

/// An error a test expects: one of the program, or one of the framework or the runtime.
pub trait Refusal: fmt::Debug {
    /// As the runtime reports it.
    fn error(&self) -> InstructionError;
}

impl Refusal for BulkheadError {
    fn error(&self) -> InstructionError {
        InstructionError::Custom(bulkhead_client::error::code(*self))
    }
}

impl Refusal for InstructionError {
    fn error(&self) -> InstructionError {
        self.clone()
    }
}

/// A custom code of the framework, or of a program called.
impl Refusal for u32 {
    fn error(&self) -> InstructionError {
        InstructionError::Custom(*self)
    }
}

/// Anchor: an account given twice where it is written to.
pub const DUPLICATE_MUTABLE_ACCOUNT: u32 = 2040;
/// Anchor: an account given as read only where it is written to.
pub const NOT_WRITABLE: u32 = 2000;
/// Anchor: an account that is no program where one is called.
pub const NOT_EXECUTABLE: u32 = 2007;
