//! What `diesel print-schema` writes for `fixture.sql`, and which of its columns are encrypted.

use tenancy_diesel::encryption::{BlindIndexSpec, Normaliser};
use tenancy_tests::OrgId;

/// Addresses without regard to case.
pub(crate) const EMAIL: BlindIndexSpec = BlindIndexSpec::new(Normaliser::ASCII_LOWER, 128);

tenancy_diesel::tenant_schema! {
    include = "schema/generated.rs",
    tenant = tenant_id: OrgId,
    joins = [stamps.letter_id -> letters],
    aliases = [other_letter = letters],
    encrypted = [
        letters.body as "letters.body",
        letters.note as "letters.note",
        stamps.mark as "stamps.mark",
        contacts.email as "contacts.email",
    ],
    blind_indexes = [contacts.email_index as "contacts.email": EMAIL],
}
