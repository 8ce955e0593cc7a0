//! A policy's condition as PostgreSQL shows it.
//!
//! The server keeps conditions as trees, and shows them in a spelling of its own: other parentheses,
//! explicit casts, names with or without their schema. So a live condition is compared with what the
//! server shows of a right one. `tenancy-migrations` keeps policies for that on its reference tables.
//! Their text holds for other tables once names are put for names, which is what this module does;
//! it has no connection.
//!
//! All texts are those of `pg_get_expr` under an empty `search_path`.

use std::collections::BTreeMap;

use tenancy_core::{Class, Registry, Table, quote_literal};

/// The name of the row in a text that holds for a table and for all of its partitions.
pub(crate) const ROW: &str = "tenancy_lookalike";

/// How the server shows the tenant of the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    session: String,
}

impl Reference {
    /// The name of the reference table for a type of tenant, if there is one: the table itself, and
    /// with `via` the one that is owned through it.
    pub(crate) fn table_name(
        tenant_type: &str,
        via: bool,
        sealed: bool,
        strict: bool,
    ) -> Option<String> {
        let tenant_type = match tenant_type {
            "uuid" | "text" => tenant_type,
            "int4" | "integer" => "int4",
            "int8" | "bigint" => "int8",
            _ => return None,
        };
        let via = if via { "_via" } else { "" };
        let sealed = if sealed { "_sealed" } else { "" };
        let strict = if strict { "_strict" } else { "" };
        Some(format!("reference_{tenant_type}{via}{sealed}{strict}"))
    }

    /// Learns the text from the conditions of two reference tables.
    ///
    /// `None` when the server spells them in a way that this module would not put together again:
    /// then nothing can be told from them.
    pub(crate) fn learn(
        tenant_type: &str,
        sealed: bool,
        strict: bool,
        tenant: &str,
        via: &str,
    ) -> Option<Self> {
        let tenant = normalised(tenant);
        let session = tenant
            .strip_prefix("(tenant_id = ")?
            .strip_suffix(')')?
            .to_owned();
        let owner = Reference::table_name(tenant_type, false, sealed, false)?;
        let row = Reference::table_name(tenant_type, true, sealed, strict)?;
        let again = exists(
            &format!("tenancy.{owner}"),
            0,
            "id",
            &format!("{row}.owner_id"),
            &format!("(tenancy_owner_0.tenant_id = {session})"),
        );
        (normalised(via) == again).then_some(Reference { session })
    }
}

/// The names of the registry as the server shows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// Identifiers, with quotes where they need some.
    pub(crate) identifiers: BTreeMap<String, String>,
    /// The tables by their path, with their schema.
    pub(crate) tables: BTreeMap<String, String>,
}

impl Names {
    fn column(&self, name: &str) -> String {
        self.identifiers
            .get(name)
            .cloned()
            .unwrap_or_else(|| name.to_owned())
    }

    fn table(&self, table: &Table) -> String {
        self.tables.get(table.path).cloned().unwrap_or_default()
    }
}

/// The condition of a table's policies, [`normalised`], with [`ROW`] for the name of the table.
///
/// `None` when the table leads to no tenant.
pub(crate) fn canonical(
    registry: &Registry,
    table: &Table,
    reference: &Reference,
    names: &Names,
) -> Option<String> {
    let variable = format!("{}::text", quote_literal(registry.variable));
    let session = reference
        .session
        .replace("'app.tenant_id'::text", &variable);
    owned(registry, table, "", ROW, 0, &session, names)
}

fn owned(
    registry: &Registry,
    table: &Table,
    prefix: &str,
    row: &str,
    depth: usize,
    session: &str,
    names: &Names,
) -> Option<String> {
    match table.class {
        Class::Tenant { column } | Class::Root { column } => {
            Some(format!("({prefix}{} = {session})", names.column(column)))
        }
        Class::Via {
            column,
            owner,
            owner_key,
        } if depth < registry.tables.len() => {
            let owner = registry.table(owner)?;
            let alias = format!("tenancy_owner_{depth}");
            let inner = owned(
                registry,
                owner,
                &format!("{alias}."),
                &alias,
                depth + 1,
                session,
                names,
            )?;
            Some(exists(
                &names.table(owner),
                depth,
                &names.column(owner_key),
                &format!("{row}.{}", names.column(column)),
                &inner,
            ))
        }
        _ => None,
    }
}

fn exists(owner: &str, depth: usize, key: &str, foreign_key: &str, inner: &str) -> String {
    let alias = format!("tenancy_owner_{depth}");
    format!(
        "(EXISTS ( SELECT 1 FROM {owner} {alias} WHERE (({alias}.{key} = {foreign_key}) AND {inner})))"
    )
}

/// A canonical text for the relation with this name, as the server quotes it.
pub(crate) fn for_relation(canonical: &str, quoted_name: &str) -> String {
    canonical.replace(&format!("{ROW}."), &format!("{quoted_name}."))
}

/// A condition with one space for each run of spaces and line breaks, except in quotes: the server
/// indents sub-selects by how deep they are.
pub(crate) fn normalised(condition: &str) -> String {
    let mut out = String::with_capacity(condition.len());
    let mut quote = None;
    for c in condition.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c.is_ascii_whitespace() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
                continue;
            }
            None => {}
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: &str = "( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), \
                           ''::text))::uuid AS \"nullif\")";

    fn reference() -> Reference {
        let tenant = format!("(tenant_id = {SESSION})");
        let via = format!(
            "(EXISTS ( SELECT 1\n   FROM tenancy.reference_uuid tenancy_owner_0\n  \
             WHERE ((tenancy_owner_0.id = reference_uuid_via.owner_id) AND \
             (tenancy_owner_0.tenant_id = {SESSION}))))"
        );
        Reference::learn("uuid", false, false, &tenant, &via).unwrap()
    }

    #[test]
    fn another_spelling_is_not_understood_rather_than_misunderstood() {
        let tenant = format!("(tenant_id = {SESSION})");
        assert_eq!(
            Reference::learn("uuid", false, false, &tenant, "EXISTS"),
            None
        );
        assert_eq!(Reference::learn("uuid", false, false, "true", "true"), None);
        assert_eq!(Reference::learn("numeric", false, false, &tenant, ""), None);
    }

    #[test]
    fn names_and_the_variable_are_put_for_those_of_the_reference() {
        const TABLE: Table = Table {
            path: "t",
            schema: None,
            name: "t",
            class: Class::Tenant { column: "Org" },
            columns: &[],
            primary_key: &[],
            encrypted: &[],
        };
        const REGISTRY: Registry = Registry::new("shop.tenant_id", "uuid", &[TABLE]);
        let names = Names {
            identifiers: [("Org".to_owned(), "\"Org\"".to_owned())].into(),
            ..Names::default()
        };
        let text = canonical(&REGISTRY, &TABLE, &reference(), &names).unwrap();
        let expected = SESSION.replace("'app.", "'shop.");
        assert_eq!(text, format!("(\"Org\" = {expected})"));
    }

    #[test]
    fn spaces_count_in_quotes_only() {
        assert_eq!(normalised("a \n  = 'x  y'"), "a = 'x  y'");
        assert_ne!(normalised("'a  b'"), normalised("'a b'"));
        assert_eq!(normalised("\"a  b\""), "\"a  b\"");
    }
}
