//! The schema of these tests.

use tenancy_diesel::encryption::{BlindIndexSpec, Normaliser};
use tenancy_tests::OrgId;

/// How e-mail addresses are found.
pub(crate) const EMAIL: BlindIndexSpec = BlindIndexSpec::new(Normaliser::ASCII_LOWER, 128);

tenancy_diesel::tenant_schema! {
    include = ["generated.rs", "generated_vault.rs"],
    tenant = tenant_id: OrgId,
    via = [pages.document_id -> documents],
    encrypted = [
        accounts.api_key as "accounts.api_key",
        accounts.note as "accounts.note",
        devices.token as "devices.token",
        pages.body as "pages.body",
        people.email as "people.email",
        people.pin as "people.pin",
        people.photo as "people.photo",
        readings.value as "readings.value",
        settings.secret as "settings.secret",
        vault::accounts.secret as "vault.accounts.secret",
    ],
    blind_indexes = [people.email_index as "people.email": EMAIL],
}
