//! Random names, so that nothing this process creates can be mistaken for
//! something that was there before.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::process;
use std::time::SystemTime;

const LETTERS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// The prefix of every database and role of one server handle, without the
/// underscore that follows it.
pub(crate) fn random_prefix() -> String {
    format!("tn_{}", random_letters(8))
}

/// A password for a login role.
pub(crate) fn random_password() -> String {
    random_letters(32)
}

/// Lower-case letters and digits only, so that the result needs no quoting in
/// SQL, URLs and shell scripts.
///
/// The standard library seeds `RandomState` from the operating system, which
/// is enough for names and for passwords that live as long as a test.
fn random_letters(count: usize) -> String {
    let mut letters = String::with_capacity(count);
    while letters.len() < count {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u32(process::id());
        if let Ok(now) = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            hasher.write_u128(now.as_nanos());
        }
        let mut bits = hasher.finish();
        // Twelve letters of base 36 fit into 64 bits.
        for _ in 0..12.min(count - letters.len()) {
            let index = (bits % 36) as usize;
            letters.push(char::from(LETTERS[index]));
            bits /= 36;
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_differ_and_need_no_quoting() {
        let (first, second) = (random_prefix(), random_prefix());
        assert_ne!(first, second);
        assert_eq!(first.len(), 11);
        assert!(
            first
                .bytes()
                .all(|byte| byte == b'_' || LETTERS.contains(&byte)),
            "{first}"
        );
        assert_eq!(random_password().len(), 32);
    }
}
