//! Every class of table and every derive, in a crate that calls tenancy-diesel `tenancy`.

use tenancy::debug_query;
use tenancy::prelude::*;

/// The tenant id. The module is private, the type is `pub`.
mod id {
    /// The tenant id.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, tenancy::TenantId)]
    #[tenant_id(crate = tenancy, variable = "hygiene.tenant", validate = even)]
    pub struct OrgId(pub(crate) i32);

    #[allow(
        clippy::trivially_copy_pass_by_ref,
        reason = "the derive passes a reference"
    )]
    fn even(id: &i32) -> Result<(), tenancy::InvalidTenantId> {
        if id % 2 == 0 {
            return Ok(());
        }
        Err(tenancy::InvalidTenantId::Malformed {
            expected: "an even number",
        })
    }
}

pub use id::OrgId;

/// The tables.
pub mod schema {
    tenancy::tenant_schema! {
        include = "schema/renamed.rs",
        tenant = tenant_id: super::OrgId,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        excluded = [legacy: "an example"],
        joins = [tasks.project_id -> projects],
        aliases = [parent = projects],
        encrypted = [tasks.secret as "tasks.secret"],
        crate = tenancy,
    }
}

use schema::{countries, files, legacy, organisations, parent, projects, tasks};

/// A project.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, TenantScoped)]
#[diesel(table_name = projects, check_for_backend(diesel::pg::Pg))]
#[tenant_scoped(crate = tenancy)]
pub struct Project {
    /// The key within the tenant.
    pub id: i32,
    /// The name.
    pub name: String,
}

/// A task, whose columns have other names.
#[derive(Debug, Clone, Queryable, Selectable, Associations, TenantScoped)]
#[diesel(table_name = tasks, belongs_to(Project, foreign_key = project_id))]
#[diesel(primary_key(id), check_for_backend(diesel::pg::Pg))]
#[tenant_scoped(crate = tenancy)]
pub struct Task {
    /// The key within the tenant.
    #[diesel(column_name = id)]
    pub key: i32,
    /// The project.
    pub project_id: i32,
    /// The title.
    #[diesel(embed)]
    pub title: Title,
}

/// A part of a task.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = tasks, check_for_backend(diesel::pg::Pg))]
pub struct Title {
    /// The title.
    pub title: Option<String>,
}

/// A statement of each kind, rendered.
///
/// # Panics
/// When the id is refused, which is even.
#[must_use]
pub fn statements() -> Vec<String> {
    const TENANT: OrgId = OrgId(2);
    macro_rules! all {
        ($($statement:expr,)*) => {
            vec![$(debug_query($statement, TENANT).expect("even").to_string()),*]
        };
    }
    let project = Project {
        id: 1,
        name: "roof".to_owned(),
    };
    let task = Task {
        key: 1,
        project_id: 1,
        title: Title { title: None },
    };
    all![
        projects::table
            .left_join(tasks::table)
            .filter(projects::tenant_id.eq(TENANT))
            .select((Project::as_select(), Option::<Task>::as_select())),
        organisations::table
            .find(TENANT)
            .select(organisations::name),
        files::table.select(files::all_columns),
        scoped(countries::table)
            .filter(countries::code.eq("de"))
            .select(countries::label),
        scoped(legacy::table).select(legacy::id),
        projects::table
            .inner_join(parent::table.on(projects::parent_id.eq(parent::id.nullable())))
            .select((projects::name, parent::name)),
        insert_into(projects::table).values(&project),
        update(&project).set(&project),
        delete(&task),
        Task::belonging_to(&project).select(tasks::id),
    ]
}

#[cfg(test)]
mod tests {
    use tenancy::ScopeError;

    use super::*;

    #[test]
    fn statements_on_tables_of_tenants_bind_the_tenant() {
        for statement in statements() {
            let is_plain = ["countries", "legacy"]
                .iter()
                .any(|t| statement.contains(t));
            assert_eq!(statement.contains("OrgId(2)"), !is_plain, "{statement}");
        }
    }

    #[test]
    fn the_attributes_of_the_id_hold() {
        assert_eq!(schema::REGISTRY.variable, "hygiene.tenant");
        let odd = debug_query(projects::table.select(projects::id), OrgId(3));
        assert!(matches!(odd, Err(ScopeError::InvalidTenant(_))));
    }

    #[test]
    fn the_registry_has_every_table() {
        let tables = schema::REGISTRY.tables.iter();
        let classes: Vec<String> = tables
            .map(|table| format!("{} {:?}", table.path, table.class))
            .collect();
        assert_eq!(
            classes,
            [
                "countries Shared",
                r#"files Via { column: "project_id", owner: "projects", owner_key: "id" }"#,
                r#"legacy Excluded { reason: "an example" }"#,
                r#"organisations Root { column: "id" }"#,
                r#"projects Tenant { column: "tenant_id" }"#,
                r#"tasks Tenant { column: "tenant_id" }"#,
            ]
        );
    }
}
