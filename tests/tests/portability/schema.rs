//! The schema of these tests.

use tenancy_diesel::encryption::{BlindIndexSpec, Normaliser};
use tenancy_tests::OrgId;

pub(crate) const EMAIL: BlindIndexSpec = BlindIndexSpec::new(Normaliser::ASCII_LOWER, 128);

tenancy_diesel::tenant_schema! {
    include = ["generated.rs", "generated_billing.rs"],
    tenant = tenant_id: OrgId,
    tenant_columns = [billing::people.customer],
    root = [organisations(id)],
    via = [files.document_id -> documents],
    shared = [countries],
    excluded = [legacy_events: "goes away in March"],
    encrypted = [people.email as "people.email", people.pin as "people.pin"],
    blind_indexes = [people.email_index as "people.email": EMAIL],
}
