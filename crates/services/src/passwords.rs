//! Passwords: what is accepted, and how it is hashed.

use crate::{Error, Result};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use rand::RngCore;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Fewest characters.
const LENGTH_MIN: usize = 12;
/// Most bytes; more is no password but an attempt to keep the server busy.
const BYTES_MAX: usize = 1024;

/// 19 MiB, two passes, one lane: the least that OWASP recommends for argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// Stands for the hash of an account that does not exist, so that finding out takes as long as a wrong password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// As many at once as there are cores: more would only take memory.
static HASHING: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, Into::into)));

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Refuses what is too easy to guess.
pub(crate) fn check(password: &str, email: &str) -> Result<()> {
    let easy = password.chars().count() < LENGTH_MIN
        || password.len() > BYTES_MAX
        || password.to_lowercase() == email
        || password.chars().skip(1).eq(password.chars().take(password.chars().count() - 1));
    if easy {
        return Err(Error::field(
            "password",
            format!(
                "Choose at least {LENGTH_MIN} characters, not your address and not one character repeated."
            ),
        ));
    }
    Ok(())
}

/// The PHC string to keep.
pub(crate) async fn hash(password: String) -> Result<String> {
    run(move || {
        let mut salt = [0; 16];
        rand::rng().fill_bytes(&mut salt);
        let hash: PasswordHash =
            argon2()?.hash_password_with_salt(password.as_bytes(), &salt).map_err(Error::internal)?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether this is the password behind the hash; without a hash it never is, and takes as long.
pub(crate) async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    run(move || {
        let known = hash.is_some();
        let hash = hash.as_deref().unwrap_or(NOBODY);
        // A hash that cannot be read is a fault of ours, not a wrong password.
        PasswordHash::new(hash).map_err(Error::internal)?;
        let bytes = &password.as_bytes()[..password.len().min(BYTES_MAX)];
        Ok(argon2()?.verify_password(bytes, hash).is_ok() && known)
    })
    .await
}

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn run<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let busy = || Error::Unavailable("many people are signing in; try again in a moment".to_owned());
    let turn = tokio::time::timeout(PATIENCE, HASHING.acquire()).await.map_err(|_| busy())?;
    let _turn = turn.map_err(Error::internal)?;
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_only() {
        let hash = hash("correct horse battery".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify("correct horse battery".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!verify("correct horse batterY".to_owned(), Some(hash)).await.unwrap());
        assert!(!verify("correct horse battery".to_owned(), None).await.unwrap());
    }

    #[test]
    fn easy_passwords_are_refused() {
        for easy in ["", "elevenchars", "aaaaaaaaaaaaaaaa", "Grower@Example.org"] {
            assert!(check(easy, "grower@example.org").is_err(), "{easy}");
        }
        assert!(check(&"ab".repeat(513), "grower@example.org").is_err());
        check("twelve chars", "grower@example.org").unwrap();
    }
}
