DROP TABLE
    tenancy.reference_uuid_via_sealed, tenancy.reference_uuid_via_sealed_strict,
    tenancy.reference_uuid_sealed, tenancy.reference_uuid_sealed_strict,
    tenancy.reference_int4_via_sealed, tenancy.reference_int4_via_sealed_strict,
    tenancy.reference_int4_sealed, tenancy.reference_int4_sealed_strict,
    tenancy.reference_int8_via_sealed, tenancy.reference_int8_via_sealed_strict,
    tenancy.reference_int8_sealed, tenancy.reference_int8_sealed_strict,
    tenancy.reference_text_via_sealed, tenancy.reference_text_via_sealed_strict,
    tenancy.reference_text_sealed, tenancy.reference_text_sealed_strict;
-- Fails while a policy of the application reads it.
DROP FUNCTION tenancy.sealed_tenant(text, boolean);
DROP TABLE tenancy.sealing_keys;
