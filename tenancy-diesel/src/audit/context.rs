//! What rules judge: the registry beside the catalog.

use std::collections::HashMap;

use tenancy_core::{Class, Registry, Table};

use super::Audit;
use super::catalog::{Catalog, Column, Policy, Relation, Role, Way};
use super::judged::{Judged, judge};
use super::rows::Answer;
use crate::PolicyOptions;

/// The registry, the catalog, and which table of the one is which of the other.
pub(super) struct Context<'a> {
    pub(super) registry: &'a Registry,
    pub(super) options: &'a PolicyOptions,
    pub(super) catalog: &'a Catalog,
    /// In the order of the registry, with the relations that were found.
    tables: Vec<(&'static Table, Option<&'a Relation>)>,
    registered: HashMap<u32, &'static Table>,
    /// By schema and name.
    names: HashMap<(&'a str, &'a str), &'a Relation>,
    /// The roles that the policies have to hold to one tenant: application and eraser. At boot also those
    /// with which the connection began, since RESET goes back to them.
    pub(super) confined: Vec<&'a Role>,
    /// The roles that programs connect as: the confined ones, admin and keys.
    pub(super) serving: Vec<&'a Role>,
    /// All that the confined roles are, can become, or have the privileges of.
    pub(super) reached: Vec<Way<'a>>,
    /// All that the serving roles are, can become, or have the privileges of.
    pub(super) served: Vec<Way<'a>>,
    /// The roles as which a statement of a confined role can run, as far as policies hold for them.
    pub(super) identities: Vec<&'a Role>,
    /// The policies of the tables that hold rows of tenants.
    pub(super) judged: Vec<Judged<'a>>,
    /// Those of their partitions, children and parents.
    parts: HashMap<u32, Vec<Judged<'a>>>,
    /// Where the policies of a table begin among the judged ones, and how many they are.
    places: HashMap<u32, (usize, usize)>,
    /// As `server_version_num`.
    pub(super) version: i32,
    /// What the rows said, where they were asked.
    pub(super) answers: Vec<Answer<'a>>,
    pub(super) boot: bool,
}

impl<'a> Context<'a> {
    pub(super) fn new(audit: &'a Audit<'_>, catalog: &'a Catalog) -> Self {
        let names = catalog
            .relations
            .iter()
            .map(|relation| ((relation.schema.as_str(), relation.name.as_str()), relation))
            .collect();
        let tables: Vec<_> = audit
            .registry
            .tables
            .iter()
            .map(|table| (table, find(&names, catalog, table)))
            .collect();
        let registered = tables
            .iter()
            .filter_map(|(table, relation)| Some((relation.as_ref()?.oid, *table)))
            .collect();
        let mut context = Context {
            registry: audit.registry,
            options: &audit.options,
            catalog,
            tables,
            registered,
            names,
            confined: Vec::new(),
            serving: Vec::new(),
            reached: Vec::new(),
            served: Vec::new(),
            identities: Vec::new(),
            judged: Vec::new(),
            parts: HashMap::new(),
            places: HashMap::new(),
            version: audit.version.unwrap_or(catalog.session.version),
            answers: Vec::new(),
            boot: audit.boot,
        };
        context.confined = context.confined_roles();
        context.serving = context.serving_roles();
        let ways = |roles: &[&'a Role]| roles.iter().flat_map(|role| catalog.ways(role)).collect();
        context.reached = ways(&context.confined);
        context.served = ways(&context.serving);
        context.identities = context.identities_of(&context.reached);
        (context.judged, context.parts) = judge(&context);
        for (index, judged) in context.judged.iter().enumerate() {
            let place = context.places.entry(judged.relation.oid);
            place.or_insert((index, 0)).1 += 1;
        }
        context
    }

    /// What the database has under the name of a table.
    pub(super) fn find(&self, table: &Table) -> Option<&'a Relation> {
        find(&self.names, self.catalog, table)
    }

    /// What the database has under a name in a schema.
    pub(super) fn find_in(&self, schema: &str, name: &str) -> Option<&'a Relation> {
        self.names.get(&(schema, name)).copied()
    }

    /// The tables of the registry, with what the database has under their names.
    pub(super) fn tables(&self) -> impl Iterator<Item = (&'static Table, Option<&'a Relation>)> {
        self.tables.iter().copied()
    }

    /// The tables that hold rows of tenants, as far as they are in the database.
    pub(super) fn scoped(&self) -> impl Iterator<Item = (&'static Table, &'a Relation)> {
        self.tables()
            .filter(|(table, _)| table.class.is_scoped())
            .filter_map(|(table, relation)| Some((table, relation?)))
    }

    /// [`scoped`](Self::scoped), and the partitions of these tables, which can have keys of their own.
    pub(super) fn with_partitions(&self) -> impl Iterator<Item = (&'static Table, &'a Relation)> {
        let parts = self.catalog.partitions.iter().filter_map(|partition| {
            let table = self.declared(partition.root)?;
            table.class.is_scoped().then_some(())?;
            Some((table, self.catalog.relation(partition.relation)?))
        });
        self.scoped().chain(parts)
    }

    /// The table of the registry that a relation is, or is a partition of.
    pub(super) fn holder(&self, oid: u32) -> Option<&'static Table> {
        let partitions = &self.catalog.partitions;
        let found = partitions.binary_search_by_key(&oid, |partition| partition.relation);
        self.declared(found.map_or(oid, |index| partitions[index].root))
    }

    /// The tables that have a tenant column, the root table included, with that column.
    pub(super) fn tenant_columns(
        &self,
    ) -> impl Iterator<Item = (&'static Table, &'a Relation, &'a Column)> {
        self.scoped().filter_map(|(table, relation)| {
            let (Class::Tenant { column } | Class::Root { column }) = table.class else {
                return None;
            };
            let column = self.catalog.column(relation.oid, column)?;
            Some((table, relation, column))
        })
    }

    /// The column that says whose row it is: the tenant column, or the one that points to the owner.
    pub(super) fn owner_column(&self, table: &Table) -> Option<&'static str> {
        match table.class {
            Class::Tenant { column } | Class::Root { column } | Class::Via { column, .. } => {
                Some(column)
            }
            _ => None,
        }
    }

    /// Whether the registry has a tenant column of this name.
    pub(super) fn is_tenant_column(&self, name: &str) -> bool {
        let mut tables = self.registry.tables.iter();
        tables.any(|table| matches!(table.class, Class::Tenant { column } if column == name))
    }

    /// The number of that column.
    pub(super) fn owner_number(&self, table: &Table, relation: &Relation) -> Option<i16> {
        let column = self.owner_column(table)?;
        Some(self.catalog.column(relation.oid, column)?.number)
    }

    /// The names of columns, where their numbers are those of columns.
    pub(super) fn names(&self, relation: &Relation, numbers: &[i16]) -> Vec<&'a str> {
        let columns = self.catalog.columns_of(relation.oid);
        numbers
            .iter()
            .filter_map(|&number| columns.iter().find(|column| column.number == number))
            .map(|column| column.name.as_str())
            .collect()
    }

    /// The table of the registry that a relation is.
    pub(super) fn declared(&self, oid: u32) -> Option<&'static Table> {
        self.registered.get(&oid).copied()
    }

    /// The tables that the registry leaves out, with their reasons.
    pub(super) fn excluded(&self) -> Vec<(String, String)> {
        self.tables()
            .filter_map(|(table, _)| match table.class {
                Class::Excluded { reason } => Some((table.path.to_owned(), reason.to_owned())),
                _ => None,
            })
            .collect()
    }

    /// The role that the application connects as, if it is there. At boot it is the role of the
    /// connection.
    pub(super) fn app(&self) -> Option<&'a Role> {
        let name = if self.boot {
            &self.catalog.session.current_user
        } else {
            &self.options.app
        };
        self.catalog.role_named(name)
    }

    fn confined_roles(&self) -> Vec<&'a Role> {
        let mut roles: Vec<&Role> = self.app().into_iter().collect();
        let others = if self.boot {
            self.began_as()
        } else {
            let eraser = self.options.eraser.as_ref();
            let eraser = eraser.and_then(|name| self.catalog.role_named(name));
            eraser.into_iter().collect()
        };
        let is_new = |other: &&Role| roles.iter().all(|role| role.oid != other.oid);
        let others: Vec<&Role> = others.into_iter().filter(is_new).collect();
        roles.extend(others);
        roles
    }

    /// The roles other than its own to which the connection returns: by RESET ROLE, and by RESET SESSION
    /// AUTHORIZATION.
    pub(super) fn began_as(&self) -> Vec<&'a Role> {
        let session = &self.catalog.session;
        let by_role = self.catalog.role_named(&session.session_user);
        let login = self.catalog.beginning.login;
        let by_authorization = login.and_then(|login| self.catalog.role(login));
        let mut roles: Vec<&Role> = by_role.into_iter().chain(by_authorization).collect();
        roles.dedup_by_key(|role| role.oid);
        roles.retain(|role| role.name != session.current_user);
        roles
    }

    fn serving_roles(&self) -> Vec<&'a Role> {
        let mut roles = self.confined.clone();
        if !self.boot {
            let others = [&self.options.admin, &self.options.keys];
            let others = others.into_iter().flatten();
            roles.extend(others.filter_map(|name| self.catalog.role_named(name)));
        }
        roles
    }

    /// The role that reads the rows of all tenants on purpose.
    pub(super) fn admin(&self) -> Option<&'a Role> {
        let name = self.options.admin.as_ref().filter(|_| !self.boot)?;
        self.catalog.role_named(name)
    }

    fn identities_of(&self, reached: &[Way<'a>]) -> Vec<&'a Role> {
        let admin = self.admin().map(|role| role.oid);
        let mut found: Vec<&Role> = Vec::new();
        for way in reached {
            let role = way.role;
            let is_new = found.iter().all(|other| other.oid != role.oid);
            let is_held = !role.superuser && !role.bypasses_rls && Some(role.oid) != admin;
            if way.becomes && is_new && is_held {
                found.push(role);
            }
        }
        found
    }

    /// The judged policies of a table of tenants, or of a part of one.
    pub(super) fn judged_on(&self, relation: &Relation) -> impl Iterator<Item = &Judged<'a>> {
        let (first, count) = self.places.get(&relation.oid).copied().unwrap_or_default();
        let of_parts = self.parts.get(&relation.oid).into_iter().flatten();
        self.judged[first..first + count].iter().chain(of_parts)
    }

    /// Whether a role gets the rows of more than one tenant out of a table.
    pub(super) fn sees_all(&self, role: &Role, relation: &Relation) -> bool {
        let policies = self
            .judged_on(relation)
            .filter(|judged| self.catalog.is_for(judged.policy, role));
        let (permissive, restrictive): (Vec<_>, Vec<_>) =
            policies.partition(|judged| judged.policy.permissive);
        self.catalog.is_exempt(role, relation)
            || (permissive.iter().any(|judged| judged.lets_through('r'))
                && !restrictive.iter().any(|judged| judged.confines('r')))
    }

    /// Whether restrictive policies hold a role to one tenant, for this command.
    pub(super) fn is_guarded(&self, role: &Role, relation: &Relation, command: char) -> bool {
        self.judged_on(relation).any(|judged| {
            !judged.policy.permissive
                && self.catalog.is_for(judged.policy, role)
                && judged.confines(command)
        })
    }

    /// What one of these policies is called in a finding.
    pub(super) fn policy_object(relation: &Relation, policy: &Policy) -> super::Object {
        let name = format!(
            "{} on {}",
            super::catalog::plain(&policy.name),
            relation.qualified()
        );
        super::Object::new(super::ObjectKind::Policy, name)
    }
}

/// A name without a schema is looked for along the search path.
fn find<'a>(
    names: &HashMap<(&'a str, &'a str), &'a Relation>,
    catalog: &Catalog,
    table: &Table,
) -> Option<&'a Relation> {
    let in_schema = |schema: &str| names.get(&(schema, table.name)).copied();
    match table.schema {
        Some(schema) => in_schema(schema),
        None => catalog
            .session
            .search_path
            .iter()
            .find_map(|schema| in_schema(schema)),
    }
}
