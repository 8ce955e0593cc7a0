//! The condition of a reference table, with an application's names in place of its own.

use tenancy_core::{Class, Registry, Table};

use super::super::OnMissing;
use super::tokens::{Token, tokens};

/// The variable of the reference tables.
const VARIABLE: &str = "app.tenant_id";

/// Whether there are reference tables for tenants of this type.
pub(crate) fn has_reference(tenant_type: &str) -> bool {
    matches!(tenant_type, "uuid" | "int4" | "int8" | "text")
}

/// The name of the reference table in the schema `tenancy`.
pub(crate) fn reference_name(tenant_type: &str, via: bool, on_missing: OnMissing) -> String {
    let via = if via { "_via" } else { "" };
    let strict = match on_missing {
        OnMissing::NoRows => "",
        OnMissing::Error => "_strict",
    };
    format!("reference_{tenant_type}{via}{strict}")
}

/// The condition of a reference table.
#[derive(Debug)]
pub(crate) struct Reference {
    tokens: Vec<Token>,
    tenant_type: &'static str,
}

impl Reference {
    /// `None` where the text is not a comparison with the variable: then somebody has changed it.
    pub(crate) fn read(text: &str, registry: &Registry) -> Option<Self> {
        let tokens = tokens(text)?;
        let has = |wanted: Token| tokens.contains(&wanted);
        let sound = has(Token::Text(VARIABLE.to_owned()))
            && has(Token::Name("current_setting".to_owned()))
            && has(Token::Name("tenant_id".to_owned()))
            && has(Token::Keyword("SELECT".to_owned()))
            && has(Token::Sign("=".to_owned()))
            && !has(Token::Keyword("OR".to_owned()))
            && !has(Token::Keyword("NOT".to_owned()));
        sound.then_some(Reference {
            tokens,
            tenant_type: registry.tenant_type,
        })
    }

    /// Whether a live condition is this one. `owner` is the schema and name of the table that owns the
    /// rows.
    ///
    /// A chain of owners has no reference table.
    pub(crate) fn is(
        &self,
        live: &str,
        registry: &Registry,
        table: &Table,
        owner: Option<&(String, String)>,
    ) -> bool {
        let Some(live) = tokens(live) else {
            return false;
        };
        let name = |name: &str| Token::Name(name.to_owned());
        let mut replaced = vec![(
            vec![Token::Text(VARIABLE.to_owned())],
            vec![Token::Text(registry.variable.to_owned())],
        )];
        let mut replace = |from: &[&str], to: &[&str]| {
            replaced.push((dotted(from), dotted(to)));
        };
        match table.class {
            Class::Tenant { column } | Class::Root { column } => replace(&["tenant_id"], &[column]),
            Class::Via {
                column,
                owner: path,
                owner_key,
            } => {
                let (Some((schema, owner)), Some(next)) = (owner, registry.table(path)) else {
                    return false;
                };
                let (Class::Tenant { column: tenant } | Class::Root { column: tenant }) =
                    next.class
                else {
                    return false;
                };
                let base = reference_name(self.tenant_type, false, OnMissing::NoRows);
                replace(&["tenancy", &base], &[schema, owner]);
                for strict in [OnMissing::NoRows, OnMissing::Error] {
                    let via = reference_name(self.tenant_type, true, strict);
                    replace(&[&via, "owner_id"], &[table.name, column]);
                }
                let alias = "tenancy_owner_0";
                replace(&[alias, "id"], &[alias, owner_key]);
                replace(&[alias, "tenant_id"], &[alias, tenant]);
            }
            _ => return false,
        }
        let mut expected = Vec::new();
        let mut rest = self.tokens.as_slice();
        while let Some(first) = rest.first() {
            let found = replaced.iter().find(|(from, _)| rest.starts_with(from));
            let (taken, put) = match found {
                Some((from, to)) => (from.len(), to.clone()),
                None => (1, vec![first.clone()]),
            };
            expected.extend(put);
            rest = &rest[taken..];
        }
        // Where the owner of the reference stood without an alias, its name came after it once more.
        debug_assert!(!expected.contains(&name("owner_id")));
        expected == live
    }
}

fn dotted(path: &[&str]) -> Vec<Token> {
    let mut found = Vec::new();
    for part in path {
        if !found.is_empty() {
            found.push(Token::Sign(".".to_owned()));
        }
        found.push(Token::Name((*part).to_owned()));
    }
    found
}
