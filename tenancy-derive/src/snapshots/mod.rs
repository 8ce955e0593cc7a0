//! What the macros become, for small inputs: `expanded` has a file for each.
//!
//! ```text
//! TENANCY_BLESS=1 cargo test -p tenancy-derive     # writes the files
//! ```

use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use syn::Item;

use crate::{derive, schema};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/snapshots")
}

fn assert_expansion(file: &str, expansion: TokenStream) {
    let text = expansion.to_string();
    assert!(!text.contains("compile_error"), "{text}");
    compare(file, expansion);
}

/// Compares with a file, or writes the file when `TENANCY_BLESS` is set.
fn compare(file: &str, expansion: TokenStream) {
    let mut parsed: syn::File = syn::parse2(expansion).unwrap();
    // The only item that depends on a feature, see `the_pool_is_there_with_the_feature`.
    parsed.items.retain(|item| !is_pool(item));
    let folder = folder();
    let text = prettyplease::unparse(&parsed).replace(&*folder.to_string_lossy(), "$FOLDER");
    let path = folder.join("expanded").join(file);
    if std::env::var_os("TENANCY_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        text == expected,
        "{file} differs; run again with TENANCY_BLESS=1 and read the difference"
    );
}

fn is_pool(item: &Item) -> bool {
    matches!(item, Item::Type(alias) if alias.ident == "TenantPool")
}

#[test]
fn the_pool_is_there_with_the_feature() {
    let include = folder().join("input/billing.rs");
    let include = include.to_string_lossy();
    let expansion = schema::expand(quote! {
        include = #include,
        tenant = tenant_id: i32,
        tenant_columns = [billing::invoices.customer],
    });
    let parsed: syn::File = syn::parse2(expansion).unwrap();
    let has_pools = cfg!(any(feature = "bb8", feature = "deadpool", feature = "r2d2"));
    assert_eq!(parsed.items.iter().any(is_pool), has_pools);
}

#[test]
fn a_schema_with_a_table_of_each_class() {
    let include = folder().join("input/shop.rs");
    let include = include.to_string_lossy();
    assert_expansion(
        "schema.rs",
        schema::expand(quote! {
            include = #include,
            tenant = tenant_id: OrgId,
            root = [organisations(id)],
            via = [files.project_id -> projects],
            shared = [countries],
            excluded = [legacy: "moves next year"],
            joins = [tasks.(region, number) -> sites],
            aliases = [parent = projects],
        }),
    );
}

#[test]
fn a_schema_of_another_postgresql_schema_with_custom_types() {
    let include = folder().join("input/billing.rs");
    let include = include.to_string_lossy();
    assert_expansion(
        "schema_qualified.rs",
        schema::expand(quote! {
            include = [#include],
            tenant = tenant_id: ids::OrgId,
            tenant_columns = [billing::invoices.customer],
            crate = renamed,
        }),
    );
}

#[test]
fn a_tenant_table_with_an_alias() {
    assert_expansion(
        "table_tenant.rs",
        schema::expand_table(quote! {
            [::tenancy_diesel 0 {
                other { "other" column tenant_id () }
                projects { "projects" column tenant_id (parent) }
            }]
            /// The projects.
            projects (tenant_id, id) {
                /// Whose it is.
                tenant_id -> Uuid,
                id -> Int4,
                #[sql_name = "type"]
                #[max_length = 20]
                type_ -> Varchar,
            }
        }),
    );
}

#[cfg(feature = "encryption")]
#[test]
fn a_schema_with_encrypted_columns() {
    let include = folder().join("input/vault.rs");
    let include = include.to_string_lossy();
    assert_expansion(
        "schema_encrypted.rs",
        schema::expand(quote! {
            include = #include,
            tenant = tenant_id: OrgId,
            encrypted = [people.email as "people.email"],
            blind_indexes = [people.email_index as "people.email": super::EMAIL],
        }),
    );
}

#[test]
fn a_table_with_encrypted_columns() {
    assert_expansion(
        "table_encrypted.rs",
        schema::expand_table(quote! {
            [::tenancy_diesel 0 {
                people {
                    "people" column tenant_id ()
                    (email "people.email", email_index "people.email" __TENANCY_BLIND_INDEX_0)
                }
            }]
            people (tenant_id, id) {
                tenant_id -> Uuid,
                id -> Int4,
                email -> Nullable<Bytea>,
                email_index -> Bytea,
            }
        }),
    );
}

#[test]
fn a_table_whose_key_is_the_tenant() {
    assert_expansion(
        "table_root.rs",
        schema::expand_table(quote! {
            [::tenancy_diesel 0 { organisations { "organisations" column id () } }]
            organisations (id) {
                id -> Uuid,
                name -> Text,
            }
        }),
    );
}

#[test]
fn a_table_that_its_owner_owns() {
    assert_expansion(
        "table_via.rs",
        schema::expand_table(quote! {
            [::tenancy_diesel 0 { files { "files" via "project_id" "id" projects () } }]
            files (id) {
                id -> Int4,
                project_id -> Int4,
            }
        }),
    );
}

#[test]
fn a_table_that_stays_plain() {
    assert_expansion(
        "table_shared.rs",
        schema::expand_table(quote! {
            [::tenancy_diesel 0 { countries { "countries" shared () } }]
            countries (code) {
                code -> Text,
                label -> Nullable<Text>,
            }
        }),
    );
}

#[test]
fn a_table_of_another_postgresql_schema_with_custom_types() {
    assert_expansion(
        "table_qualified.rs",
        schema::expand_table(quote! {
            [renamed 1 { invoices { "billing::invoices" column customer () } }]
            use diesel::sql_types::*;
            use super::sql_types::Status;

            billing.invoices (customer, number) {
                customer -> Uuid,
                number -> Int4,
                status -> Nullable<Status>,
            }
        }),
    );
}

#[test]
fn a_table_in_no_class_is_an_error_at_its_name_beside_the_table() {
    compare(
        "table_mistake.rs",
        schema::expand_table(quote! {
            [::tenancy_diesel 0 { countries { "countries" shared () "in no class" } }]
            countries (code) {
                code -> Text,
            }
        }),
    );
}

#[test]
fn an_id_of_a_type_that_is_known() {
    assert_expansion(
        "tenant_id.rs",
        derive::tenant_id(quote! {
            struct OrgId(uuid::Uuid);
        }),
    );
}

#[test]
fn an_id_with_every_attribute() {
    assert_expansion(
        "tenant_id_attributes.rs",
        derive::tenant_id(quote! {
            #[tenant_id(crate = renamed, variable = "shop.merchant", validate = ids::check)]
            struct Merchant(Code);
        }),
    );
}

#[test]
fn a_model() {
    assert_expansion(
        "tenant_scoped.rs",
        derive::tenant_scoped(quote! {
            #[diesel(table_name = projects)]
            struct Project {
                id: i32,
                #[diesel(column_name = name)]
                title: String,
            }
        }),
    );
}

#[test]
fn a_model_with_parameters_and_a_long_key() {
    assert_expansion(
        "tenant_scoped_generic.rs",
        derive::tenant_scoped(quote! {
            #[diesel(table_name = crate::schema::billing::invoices, primary_key(region, number))]
            #[tenant_scoped(crate = renamed)]
            struct Invoice<'a, T: Copy = i32, const N: usize = 2>
            where
                T: Eq,
            {
                region: &'a str,
                #[diesel(column_name = "number")]
                r#type: i32,
                #[diesel(embed)]
                rest: [T; N],
            }
        }),
    );
}
