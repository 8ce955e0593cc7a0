//! Names that tell that a value is a secret.

/// Words in the names of columns whose values should be nobody's to read.
const SECRETS: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "access_key",
    "private_key",
    "credential",
    "credentials",
    "iban",
    "ssn",
    "social_security",
    "cvv",
    "cvc",
    "card_number",
    "pan",
];

/// Words that say that the value is not the secret itself.
const HARMLESS: &[&str] = &[
    "hash",
    "hashed",
    "digest",
    "bcrypt",
    "scrypt",
    "argon2",
    "verifier",
    "fingerprint",
    "bidx",
    "index",
    "id",
    "at",
    "until",
    "expires",
    "expiry",
    "count",
    "kind",
    "type",
    "name",
    "label",
    "hint",
    "url",
    "uri",
    "length",
    "policy",
    "prefix",
    "last4",
    "suffix",
    "version",
    "status",
    "encrypted",
    "sealed",
    "ciphertext",
];

/// Whether a column is called after a secret. Words are what stands between `_`, `-` and changes of case.
pub(super) fn names_a_secret(name: &str) -> bool {
    let mut words = String::from("_");
    let mut before = '_';
    for c in name.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            words.push('_');
        }
        words.extend(if c.is_alphanumeric() {
            c.to_lowercase().next()
        } else {
            Some('_')
        });
        before = c;
    }
    words.push('_');
    let has = |list: &[&str]| {
        list.iter().any(|word| {
            words.contains(&format!("_{word}_")) || words.contains(&format!("_{word}s_"))
        })
    };
    has(SECRETS) && !has(HARMLESS)
}

#[cfg(test)]
mod tests {
    use super::names_a_secret;

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in [
            "password",
            "api_key",
            "apiKey",
            "refreshToken",
            "IBAN",
            "client_secrets",
            "ssn",
        ] {
            assert!(names_a_secret(name), "{name}");
        }
    }

    #[test]
    fn what_is_not_the_secret_itself_is_left_alone() {
        for name in [
            "password_hash",
            "token_id",
            "secretary",
            "passwordExpiresAt",
            "tokens_count",
            "company",
            "iban_bidx",
            "token_type",
            "span",
            "api_key_prefix",
        ] {
            assert!(!names_a_secret(name), "{name}");
        }
    }
}
