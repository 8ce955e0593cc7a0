use crate::encryption::RootKeyError;

/// Why there is no sealer. No text holds any of a key.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SealerError {
    /// The name of the key has other characters, or is too long.
    #[error("the name of a sealing key has 1 to 64 of the characters A-Z a-z 0-9 _ -")]
    KeyName,
    /// A passphrase was given. Argon2id in front of it would not help: whoever has a sealed value can try
    /// passphrases against it.
    #[error("a sealing key is made of 32 random bytes, not of a passphrase")]
    Passphrase,
    /// The source of the key failed.
    #[error("the sealing key could not be read")]
    Source(#[from] RootKeyError),
    /// Values would expire at once, or be valid for longer than the database accepts.
    #[error("the lifetime of sealed tenants is between 2 seconds and 30 minutes")]
    Lifetime,
    /// The padding is longer than a statement should be.
    #[error("the padding before sealed tenants is at most 64 KiB")]
    Padding,
}
