//! Tenants that nobody but the application can name to the database.
//!
//! Row-level security trusts a variable of the session, and any SQL in the session can set it. A
//! [`Sealer`] makes a value that the database verifies instead: the tenant, an expiry, the name of a key and
//! an HMAC-SHA256 over them and over the name of the variable. SQL that was injected into a scope can read
//! the value of that scope, and can make none for another tenant.
//!
//! The form of a value is `s1.<key>.<expiry>.<HMAC>.<tenant>`: the expiry in seconds since 1970, the HMAC in
//! hexadecimal digits, the tenant in its canonical text. The function `tenancy.sealed_tenant` of
//! `tenancy-migrations` reads it.

mod error;
mod sealer;

#[cfg(test)]
mod tests;

pub use error::SealerError;
pub use sealer::{SealedTenant, Sealer};
