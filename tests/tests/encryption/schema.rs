//! What `diesel print-schema` writes for `fixture.sql`, and which of its columns are encrypted.

use tenancy_diesel::encryption::{BlindIndexSpec, Normaliser};
use tenancy_tests::OrgId;

/// Addresses without regard to case, with enough bits for a unique constraint.
pub(crate) const EMAIL: BlindIndexSpec = BlindIndexSpec::new(Normaliser::ASCII_LOWER, 128);

tenancy_diesel::tenant_schema! {
    include = "schema/generated.rs",
    tenant = tenant_id: OrgId,
    joins = [logins.account_id -> accounts],
    encrypted = [
        accounts.api_key as "accounts.api_key",
        accounts.recovery as "accounts.recovery",
        logins.secret as "logins.secret",
        people.email as "people.email",
    ],
    blind_indexes = [people.email_index as "people.email": EMAIL],
}
