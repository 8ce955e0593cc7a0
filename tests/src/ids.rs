//! Schemas of one table each, for every type of tenant id.

use tenancy_diesel::{InvalidTenantId, TenantId, validate_wide_text};

/// A schema whose table `notes` has a tenant column of this type.
macro_rules! schema {
    ($name:ident, $file:literal, $id:ty) => {
        #[doc = concat!("Tenant ids of type `", stringify!($id), "`.")]
        pub mod $name {
            tenancy_diesel::tenant_schema! {
                include = $file,
                tenant = tenant_id: $id,
            }
        }
    };
}

schema!(small, "ids/small.rs", i32);
schema!(big, "ids/big.rs", i64);
schema!(text, "ids/text.rs", String);
schema!(renamed, "ids/renamed.rs", i32);
schema!(merchant, "ids/merchant.rs", super::Merchant);

/// A tenant id that another system issued: any text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, TenantId)]
#[tenant_id(variable = "shop.merchant", validate = any_text)]
pub struct Merchant(pub String);

#[allow(clippy::ptr_arg, reason = "the wrapped type is a String")]
fn any_text(text: &String) -> Result<(), InvalidTenantId> {
    validate_wide_text(text)
}
