//! Cases of the engine that run natively and as WebAssembly, to the same bytes.
//!
//! The module has no imports: `solve(case)` leaves JSON in its memory, `text()` and the returned length say where. A test
//! compares what Node.js reads there with what [`result`] says natively; a benchmark times both.

pub mod cases;

use std::sync::{Mutex, PoisonError};

/// JSON of the last case.
static RESULT: Mutex<String> = Mutex::new(String::new());

/// Number of cases.
#[expect(unsafe_code, reason = "an exported name; nothing unsafe is done")]
#[unsafe(no_mangle)]
pub extern "C" fn count() -> usize {
    cases::ALL.len()
}

/// Computes a case and keeps its JSON; returns its length in bytes, 0 for no such case.
#[expect(unsafe_code, reason = "an exported name; nothing unsafe is done")]
#[unsafe(no_mangle)]
pub extern "C" fn solve(case: usize) -> usize {
    let text = result(case).unwrap_or_default();
    let mut kept = RESULT.lock().unwrap_or_else(PoisonError::into_inner);
    *kept = text;
    kept.len()
}

/// Where the JSON of the last case begins. The next `solve` moves it.
#[expect(unsafe_code, reason = "an exported name; nothing unsafe is done")]
#[unsafe(no_mangle)]
pub extern "C" fn text() -> *const u8 {
    RESULT.lock().unwrap_or_else(PoisonError::into_inner).as_ptr()
}

/// JSON of a case; none where there is no such case.
pub fn result(case: usize) -> Option<String> {
    let (_, solve) = cases::ALL.get(case)?;
    serde_json::to_string(&solve()).ok()
}
