//! Where compute units go: which instruction of the program each one of a transaction was.

use {
    crate::bulkhead_client::program_id,
    litesvm::{InvocationInspectCallback, LiteSVM},
    solana_program_runtime::invoke_context::InvokeContext,
    solana_transaction::sanitized::SanitizedTransaction,
    solana_transaction_context::IndexOfAccount,
    std::sync::{
        atomic::{AtomicBool, Ordering},
        Mutex,
    },
};

static TRACED: AtomicBool = AtomicBool::new(false);
static LAST: Mutex<Vec<Step>> = Mutex::new(Vec::new());

/// One instruction of the program that has run.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Its place in the program's text, in instructions.
    pub place: u32,
    /// The frame of the function it ran in: deeper ones are higher.
    pub frame: u64,
}

/// Traces every world that is made from now on; before the first one.
pub fn enable() {
    TRACED.store(true, Ordering::Relaxed);
}

/// Whether it does.
pub fn is_enabled() -> bool {
    TRACED.load(Ordering::Relaxed)
}

/// The program's instructions that the last transaction has run, in order.
pub fn last() -> Vec<Step> {
    LAST.lock().expect("nobody panics with it").clone()
}

/// A chain, traced if it is to be.
pub(crate) fn chain() -> LiteSVM {
    if !is_enabled() {
        return LiteSVM::new();
    }
    let mut svm = LiteSVM::new_debuggable(true);
    svm.set_invocation_inspect_callback(Recorder);
    svm
}

struct Recorder;

impl InvocationInspectCallback for Recorder {
    fn before_invocation(
        &self,
        _: &LiteSVM,
        _: &SanitizedTransaction,
        _: &[IndexOfAccount],
        _: &mut InvokeContext,
        _: bool,
    ) {
    }

    fn after_invocation(
        &self,
        _: &LiteSVM,
        _: &SanitizedTransaction,
        _: &[IndexOfAccount],
        context: &InvokeContext,
        _: bool,
    ) {
        LAST.lock().expect("nobody panics with it").clear();
        context.iterate_vm_traces(&|instruction, _, trace| {
            if instruction.get_program_key().is_ok_and(|program| *program == program_id()) {
                let steps =
                    trace.iter().map(|registers| Step { place: registers[11] as u32, frame: registers[10] });
                LAST.lock().expect("nobody panics with it").extend(steps);
            }
        });
    }
}
