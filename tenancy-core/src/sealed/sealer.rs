use std::fmt;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::SealerError;
use crate::TenantId;
use crate::encryption::{KeySource, RootId, RootKey, RootKind, hkdf_sha256};

/// Keeps the key of sealed tenants apart from keys that are made of the same root for other ends.
const PURPOSE: &[u8] = b"tenancy sealed tenant";

const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);
const LIFETIMES: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(2)..=Duration::from_secs(1800);

/// What PostgreSQL shows of a statement, unless `track_activity_query_size` says otherwise.
const DEFAULT_PADDING: usize = 1024;
const MAX_PADDING: usize = 64 * 1024;

/// Seals tenants for the database.
///
/// ```
/// use tenancy_core::encryption::{RootId, RootKey};
/// use tenancy_core::sealed::Sealer;
///
/// let root = RootKey::generate()?;            // as a rule from a `FileKey`, with `Sealer::load`
/// let sealer = Sealer::new(&RootId::parse("2026-01")?, &root)?;
/// let sealed = sealer.seal("app.tenant_id", &42i64);
/// assert!(sealed.text().starts_with("s1.2026-01."));
/// assert!(sealed.text().ends_with(".42"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Sealer {
    key: Arc<Key>,
    lifetime: Duration,
    padding: usize,
}

struct Key {
    id: String,
    secret: SecretBox<[u8; 32]>,
    /// With the key taken in, so that a value costs the hashing of its own text alone.
    hmac: Hmac<Sha256>,
}

impl Sealer {
    /// Seals with a key that is derived from this root, under this name.
    ///
    /// # Errors
    /// [`SealerError::KeyName`] and [`SealerError::Passphrase`].
    pub fn new(id: &RootId, root: &RootKey) -> Result<Self, SealerError> {
        let id = id.as_str();
        let accepted = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if id.is_empty() || id.len() > 64 || !id.chars().all(accepted) {
            return Err(SealerError::KeyName);
        }
        if root.kind() != RootKind::Random {
            return Err(SealerError::Passphrase);
        }
        // The database holds this key. Were it the root itself, a root that also encrypts would be there.
        let mut secret = SecretBox::new(Box::new([0; 32]));
        root.expose(|root| hkdf_sha256(root, PURPOSE, secret.expose_secret_mut()));
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(secret.expose_secret());
        Ok(Sealer {
            key: Arc::new(Key {
                id: id.to_owned(),
                hmac: Hmac::new((&*block).into()),
                secret,
            }),
            lifetime: DEFAULT_LIFETIME,
            padding: DEFAULT_PADDING,
        })
    }

    /// Reads the key from its source: a [`FileKey`](crate::encryption::FileKey), an
    /// [`EnvironmentKey`](crate::encryption::EnvironmentKey), or what stands before a KMS.
    ///
    /// # Errors
    /// [`SealerError::Source`], and as [`new`](Self::new).
    pub async fn load(source: &(impl KeySource + ?Sized)) -> Result<Self, SealerError> {
        Sealer::new(source.id(), &source.load().await?)
    }

    /// For how long a value is accepted: five minutes, unless this says otherwise. A transaction that has
    /// begun in that time may last longer.
    ///
    /// Scopes seal anew when half of it is over. So the clocks of the application and of the database may
    /// differ by almost half of it.
    ///
    /// # Errors
    /// [`SealerError::Lifetime`] for less than 2 seconds or more than 30 minutes.
    pub fn lifetime(mut self, lifetime: Duration) -> Result<Self, SealerError> {
        if !LIFETIMES.contains(&lifetime) {
            return Err(SealerError::Lifetime);
        }
        self.lifetime = lifetime;
        Ok(self)
    }

    /// How many bytes stand before a value in the statement that sets it: 1024, unless this says otherwise.
    ///
    /// A role reads in `pg_stat_activity` the statements of its other sessions, as many bytes of each as the
    /// server's `track_activity_query_size` says. A value within them could be taken from another tenant's
    /// session.
    ///
    /// # Errors
    /// [`SealerError::Padding`] for more than 64 KiB.
    pub fn padding(mut self, bytes: usize) -> Result<Self, SealerError> {
        if bytes > MAX_PADDING {
            return Err(SealerError::Padding);
        }
        self.padding = bytes;
        Ok(self)
    }

    /// The name of the key.
    pub fn key_id(&self) -> &str {
        &self.key.id
    }

    /// How long a value is accepted.
    pub fn valid_for(&self) -> Duration {
        self.lifetime
    }

    /// How many bytes stand before a value.
    pub fn padded_by(&self) -> usize {
        self.padding
    }

    /// What the database needs to verify values, for `tenancy_migrations::create_sealing_key`. Whoever has it
    /// can seal every tenant.
    pub fn database_key(&self) -> SecretBox<[u8; 32]> {
        SecretBox::new(Box::new(*self.key.secret.expose_secret()))
    }

    /// Seals a tenant for a variable of the session.
    pub fn seal(&self, variable: &str, tenant: &impl TenantId) -> SealedTenant {
        self.seal_at(variable, tenant, SystemTime::now())
    }

    /// [`seal`](Self::seal) at another time than now.
    pub fn seal_at(&self, variable: &str, tenant: &impl TenantId, now: SystemTime) -> SealedTenant {
        let expiry = (now + self.lifetime)
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let Key { id, hmac, .. } = &*self.key;
        let tenant = tenant.canonical();
        let mut mac = hmac.clone();
        // Injective: the variable has no line break, the name and the expiry have no dot.
        for part in ["tenancy sealed tenant\n", variable, "\n", id, "."] {
            mac.update(part.as_bytes());
        }
        mac.update(format!("{expiry}.{tenant}").as_bytes());

        let mut text = String::with_capacity(96 + id.len() + tenant.len());
        let _ = write!(text, "s1.{id}.{expiry}.");
        for byte in mac.finalize().into_bytes() {
            let _ = write!(text, "{byte:02x}");
        }
        let _ = write!(text, ".{tenant}");
        SealedTenant {
            text,
            sealed_at: now,
            renew_at: now + self.lifetime / 2,
        }
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer")
            .field("key_id", &self.key.id)
            .field("lifetime", &self.lifetime)
            .field("padding", &self.padding)
            .finish_non_exhaustive()
    }
}

/// A value that the database takes for a tenant. For as long as it is valid, whoever has it can be that
/// tenant, so `Debug` does not show it.
#[derive(Clone)]
pub struct SealedTenant {
    text: String,
    sealed_at: SystemTime,
    renew_at: SystemTime,
}

impl SealedTenant {
    /// The value of the variable.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the tenant should be sealed anew: half of the lifetime is over, or the clock was set back.
    pub fn is_due(&self, now: SystemTime) -> bool {
        now >= self.renew_at || now < self.sealed_at
    }
}

impl fmt::Debug for SealedTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedTenant(..)")
    }
}
