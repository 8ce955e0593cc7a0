//! Whose rows the tables hold. An application has this in its library.

use tenancy_diesel::TenantId;

/// Merchants are the tenants. Their policies read a variable of their own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, TenantId)]
#[tenant_id(variable = "shop.merchant")]
pub struct Merchant(String);

tenancy_diesel::tenant_schema! {
    include = "generated.rs",
    tenant = merchant_id: Merchant,
    root = [merchants(id)],
    shared = [countries],
    encrypted = [accounts.api_key as "accounts.api_key", accounts.pin as "accounts.pin"],
}
