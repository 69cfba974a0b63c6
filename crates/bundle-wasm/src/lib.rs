//! Checks a statement bundle in a browser. `public/gs-verify.js` calls it.
//!
//! The module has no imports: `room(bytes)` says where to put the file, `check()` leaves JSON of [`bundle::Report`] in memory
//! and returns its length, `text()` says where that is.

use std::sync::{Mutex, PoisonError};

/// The file, then the JSON.
static HELD: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Makes room for a file of so many bytes and says where it is.
#[expect(unsafe_code, reason = "an exported name; nothing unsafe is done")]
#[unsafe(no_mangle)]
pub extern "C" fn room(bytes: usize) -> *mut u8 {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    *held = vec![0; bytes];
    held.as_mut_ptr()
}

/// Checks the file and puts the report in its place; returns its length in bytes.
#[expect(unsafe_code, reason = "an exported name; nothing unsafe is done")]
#[unsafe(no_mangle)]
pub extern "C" fn check() -> usize {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    *held = report(&held);
    held.len()
}

/// Where the report begins. The next `room` moves it.
#[expect(unsafe_code, reason = "an exported name; nothing unsafe is done")]
#[unsafe(no_mangle)]
pub extern "C" fn text() -> *const u8 {
    HELD.lock().unwrap_or_else(PoisonError::into_inner).as_ptr()
}

/// The report as JSON.
pub fn report(file: &[u8]) -> Vec<u8> {
    serde_json::to_vec(&bundle::check(file, None, fits, true)).unwrap_or_default()
}

/// Whether the signature is of these bytes by this key (RFC 8032).
pub fn fits(key: &[u8], bytes: &[u8], signature: &[u8]) -> bool {
    let key = key.try_into().ok().and_then(|key| ed25519_dalek::VerifyingKey::from_bytes(key).ok());
    let signature = ed25519_dalek::Signature::from_slice(signature).ok();
    key.zip(signature).is_some_and(|(key, signature)| key.verify_strict(bytes, &signature).is_ok())
}
