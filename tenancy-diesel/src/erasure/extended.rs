//! The registry with what the caller has added to it.

use tenancy_core::{Class, Registry, Table};

use super::catalog::Catalog;
use super::owner::{Owners, Ownership};

impl Owners {
    /// The registry with the tables that the caller has added, so that their policies are judged with the
    /// others. It is never freed, because a registry lives as long as the program; without added tables
    /// it is the caller's.
    pub(super) fn extended(
        &self,
        catalog: &Catalog,
        registry: &Registry,
        added: &[u32],
    ) -> Registry {
        if added.is_empty() {
            return *registry;
        }
        let path = |oid: u32| {
            let place = catalog.registered.iter().position(|&known| known == oid);
            place
                .map(|place| registry.tables[place].path)
                .unwrap_or_else(|| {
                    let relation = catalog.relation(oid);
                    leaked(
                        &relation.map_or_else(String::new, |r| format!("{}::{}", r.schema, r.name)),
                    )
                })
        };
        let mut tables: Vec<Table> = registry.tables.to_vec();
        for &oid in added {
            let (Some(relation), Some(ownership)) =
                (catalog.relation(oid), self.ownerships.get(&oid))
            else {
                continue;
            };
            let class = match ownership {
                Ownership::Column(column) => Class::Tenant {
                    column: leaked(column),
                },
                Ownership::Through {
                    column, owner, key, ..
                } => Class::Via {
                    column: leaked(column),
                    owner: path(*owner),
                    owner_key: leaked(key),
                },
            };
            match catalog.registered.iter().position(|&known| known == oid) {
                Some(place) => tables[place].class = class,
                None => tables.push(Table {
                    path: path(oid),
                    schema: Some(leaked(&relation.schema)),
                    name: leaked(&relation.name),
                    class,
                    columns: &[],
                    primary_key: leaked_list(&relation.primary_key),
                    encrypted: &[],
                }),
            }
        }
        Registry::new(
            registry.variable,
            registry.tenant_type,
            Box::leak(tables.into_boxed_slice()),
        )
    }
}

fn leaked(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn leaked_list(texts: &[String]) -> &'static [&'static str] {
    let texts: Vec<&'static str> = texts.iter().map(|text| leaked(text)).collect();
    Box::leak(texts.into_boxed_slice())
}
