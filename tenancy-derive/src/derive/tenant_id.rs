use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, LitStr, Path, Type};

struct Attributes {
    krate: Path,
    variable: Option<LitStr>,
    validate: Option<Path>,
}

pub(super) fn expand(input: &DeriveInput) -> syn::Result<TokenStream> {
    let inner = inner_type(input)?;
    let Attributes {
        krate,
        variable,
        validate,
    } = attributes(input)?;
    if !input.generics.params.is_empty() {
        return Err(syn::Error::new_spanned(
            &input.generics,
            "a tenant id has no parameters: it is one type of id",
        ));
    }
    let name = &input.ident;
    let variable = match variable {
        Some(variable) => quote!(#variable),
        None => quote!(<#inner as #krate::SqlTenantId>::VARIABLE),
    };
    let (validate, parse) = match validate {
        Some(path) => (
            quote!(#path(&self.0)),
            // The wrapped type's own rules do not apply, so neither does its parser: the canonical
            // text of such an id is the text itself.
            quote! {
                let id = #name(<#inner as ::core::str::FromStr>::from_str(text).map_err(|_| {
                    #krate::InvalidTenantId::Malformed { expected: ::core::stringify!(#name) }
                })?);
                <#name as #krate::TenantId>::validate(&id)?;
                ::core::result::Result::Ok(id)
            },
        ),
        None => (
            quote!(<#inner as #krate::TenantId>::validate(&self.0)),
            quote!(<#inner as #krate::TenantId>::parse(text).map(#name)),
        ),
    };
    let known = known_sql_type(inner);
    let sql_type = match &known {
        Some(known) => quote!(#known),
        None => quote!(<#inner as #krate::SqlTenantId>::SqlType),
    };
    let pg = quote!(::diesel::pg::Pg);
    // Two impls for an associated type and for `Nullable` of it would overlap in the compiler's
    // eyes, so a nullable column needs a type that is known here.
    let nullable = known.map(|known| quote!(::diesel::sql_types::Nullable<#known>));
    let nullable_to_sql = nullable.as_ref().map(|nullable| {
        quote! {
            impl ::diesel::serialize::ToSql<#nullable, #pg> for #name {
                fn to_sql<'__b>(
                    &'__b self,
                    out: &mut ::diesel::serialize::Output<'__b, '_, #pg>,
                ) -> ::diesel::serialize::Result {
                    ::diesel::serialize::ToSql::<#sql_type, #pg>::to_sql(&self.0, out)
                }
            }
        }
    });
    let expressions = std::iter::once(sql_type.clone())
        .chain(nullable)
        .flat_map(|sql_type| {
            [
                (sql_type.clone(), quote!(#name)),
                (sql_type, quote!(&'__expr #name)),
            ]
        })
        .map(|(sql_type, target)| {
            quote! {
                impl<'__expr> ::diesel::expression::AsExpression<#sql_type> for #target {
                    type Expression =
                        ::diesel::internal::derives::as_expression::Bound<#sql_type, Self>;

                    fn as_expression(self) -> Self::Expression {
                        ::diesel::internal::derives::as_expression::Bound::new(self)
                    }
                }
            }
        });
    Ok(quote! {
        const _: () = {
            impl #krate::TenantId for #name {
                fn canonical(&self) -> ::std::string::String {
                    <#inner as #krate::TenantId>::canonical(&self.0)
                }

                fn parse(
                    text: &::core::primitive::str,
                ) -> ::core::result::Result<Self, #krate::InvalidTenantId> {
                    #parse
                }

                fn validate(&self) -> ::core::result::Result<(), #krate::InvalidTenantId> {
                    #validate
                }
            }

            impl #krate::SqlTenantId for #name {
                type SqlType = #sql_type;
                const PG_TYPE: &'static ::core::primitive::str =
                    <#inner as #krate::SqlTenantId>::PG_TYPE;
                const VARIABLE: &'static ::core::primitive::str = #variable;
            }

            impl ::diesel::serialize::ToSql<#sql_type, #pg> for #name {
                fn to_sql<'__b>(
                    &'__b self,
                    out: &mut ::diesel::serialize::Output<'__b, '_, #pg>,
                ) -> ::diesel::serialize::Result {
                    ::diesel::serialize::ToSql::<#sql_type, #pg>::to_sql(&self.0, out)
                }
            }

            #nullable_to_sql

            impl ::diesel::deserialize::FromSql<#sql_type, #pg> for #name {
                fn from_sql(
                    bytes: <#pg as ::diesel::backend::Backend>::RawValue<'_>,
                ) -> ::diesel::deserialize::Result<Self> {
                    ::diesel::deserialize::FromSql::<#sql_type, #pg>::from_sql(bytes).map(#name)
                }
            }

            impl ::diesel::deserialize::Queryable<#sql_type, #pg> for #name {
                type Row = Self;

                fn build(row: Self) -> ::diesel::deserialize::Result<Self> {
                    ::core::result::Result::Ok(row)
                }
            }

            #(#expressions)*
        };
    })
}

fn inner_type(input: &DeriveInput) -> syn::Result<&Type> {
    let wrong = || {
        syn::Error::new_spanned(
            &input.ident,
            format!(
                "`TenantId` is derived for a newtype: `struct {}(Uuid);`",
                input.ident
            ),
        )
    };
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                fields.unnamed.first().map(|f| &f.ty).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

/// The SQL type of the ids that the library itself implements, by the last part of the type's path.
fn known_sql_type(inner: &Type) -> Option<TokenStream> {
    let Type::Path(path) = inner else {
        return None;
    };
    match path.path.segments.last()?.ident.to_string().as_str() {
        "Uuid" => Some(quote!(::diesel::sql_types::Uuid)),
        "i32" => Some(quote!(::diesel::sql_types::Integer)),
        "i64" => Some(quote!(::diesel::sql_types::BigInt)),
        "String" => Some(quote!(::diesel::sql_types::Text)),
        _ => None,
    }
}

fn attributes(input: &DeriveInput) -> syn::Result<Attributes> {
    let mut attributes = Attributes {
        krate: syn::parse_quote!(::tenancy_diesel),
        variable: None,
        validate: None,
    };
    for attribute in &input.attrs {
        if !attribute.path().is_ident("tenant_id") {
            continue;
        }
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("variable") {
                let variable: LitStr = meta.value()?.parse()?;
                if !is_valid_variable(&variable.value()) {
                    return Err(syn::Error::new(
                        variable.span(),
                        "a session variable is a qualified name of lower-case letters, digits and \
                         underscores, such as \"app.tenant_id\"",
                    ));
                }
                attributes.variable = Some(variable);
            } else if meta.path.is_ident("validate") {
                attributes.validate = Some(meta.value()?.call(Path::parse_mod_style)?);
            } else if meta.path.is_ident("crate") {
                attributes.krate = meta.value()?.call(Path::parse_mod_style)?;
            } else {
                return Err(meta.error("expected `variable`, `validate` or `crate`"));
            }
            Ok(())
        })?;
    }
    Ok(attributes)
}

/// The rule of `tenancy_core::is_valid_variable`, which checks it again for ids without a derive.
fn is_valid_variable(name: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    name.len() <= 63 && name.contains('.') && name.split('.').all(part)
}
