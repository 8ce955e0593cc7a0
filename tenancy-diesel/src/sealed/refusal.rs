use std::fmt;

/// What the function `tenancy.sealed_tenant` writes before the reason.
const REFUSED: &str = "tenancy: the sealed tenant is refused: ";

/// Why the database refused the variable of a session whose policies take sealed tenants only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SealRefusal {
    /// It is no sealed value. As a rule the scope has no sealer.
    NotSealed,
    /// It is sealed with a key that the database does not have, or that is retired.
    UnknownKey,
    /// Its HMAC is wrong: another key of the same name, or an attack.
    Forged,
    /// It was sealed too long ago.
    Expired,
    /// It would be valid for longer than the database accepts: the clocks differ.
    ValidForTooLong,
}

impl SealRefusal {
    const ALL: [SealRefusal; 5] = [
        SealRefusal::NotSealed,
        SealRefusal::UnknownKey,
        SealRefusal::Forged,
        SealRefusal::Expired,
        SealRefusal::ValidForTooLong,
    ];

    /// The refusal in a message of the server, if that is what it tells of.
    pub(crate) fn of(message: &str) -> Option<Self> {
        let reason = message.strip_prefix(REFUSED)?;
        SealRefusal::ALL
            .into_iter()
            .find(|one| one.reason() == reason)
    }

    fn reason(self) -> &'static str {
        match self {
            SealRefusal::NotSealed => "not sealed",
            SealRefusal::UnknownKey => "unknown key",
            SealRefusal::Forged => "forged",
            SealRefusal::Expired => "expired",
            SealRefusal::ValidForTooLong => "valid for too long",
        }
    }
}

impl fmt::Display for SealRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}
