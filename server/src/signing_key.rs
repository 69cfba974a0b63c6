//! The platform's signing key in a file: 32 bytes as 64 hexadecimal digits, readable by its owner alone.

use anyhow::{Context as _, bail};
use services::signer::Signer;
use services::token::Token;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Reads the key; makes one where there is no file.
///
/// # Errors
/// When the file cannot be read or made, is readable by others, or is no key.
pub fn open(path: &Path) -> anyhow::Result<Signer> {
    let named = || format!("signing key {}", path.display());
    match File::options().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            let made = file.write_all(Token::random().reveal().as_bytes()).and_then(|()| file.sync_all());
            made.with_context(named)?;
            tracing::warn!(path = %path.display(), "a new signing key was made: keep a copy of it in a safe place");
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).with_context(named),
    }
    let mode = fs::metadata(path).with_context(named)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("{} can be read by others; make it `chmod 600`", named());
    }
    let text = fs::read_to_string(path).with_context(named)?;
    let seed = seed(text.trim()).with_context(|| format!("{}: it is not 64 hexadecimal digits", named()))?;
    Ok(Signer::from_seed(&seed)?)
}

fn seed(text: &str) -> Option<[u8; 32]> {
    // The text never enters an error.
    let byte = |i| text.get(i..i + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let plain = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let bytes: Vec<u8> = (0..64).step_by(2).map(byte).collect::<Option<_>>()?;
    if plain { bytes.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let made = open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = open(&path).unwrap();
        assert_eq!(made.public_key(), again.public_key());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(open(&path).unwrap_err().to_string().contains("chmod 600"));
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        open(&path).unwrap();
        for text in ["", "secret", &"g".repeat(64), &"+1".repeat(32), &"ab".repeat(33)] {
            fs::write(&path, text).unwrap();
            let error = format!("{:#}", open(&path).unwrap_err());
            assert!(error.contains("64 hexadecimal digits"), "{error}");
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
    }
}
