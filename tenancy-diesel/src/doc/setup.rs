// What the examples of the documentation share.
#[allow(unused_imports)]
use tenancy_diesel::prelude::*;

mod schema {
    tenancy_diesel::tenant_schema! {
        include = "generated.rs",
        tenant = tenant_id: uuid::Uuid,
        root = [organisations(id)],
        shared = [countries],
        joins = [tasks.project_id -> projects],
    }
}
#[allow(unused_imports)]
use schema::{countries, projects, tasks};
#[allow(unused_imports)]
use uuid::Uuid;

#[allow(dead_code)]
type Conn = schema::Scoped<PgConnection>;

#[derive(Queryable, Selectable, AsChangeset, TenantScoped)]
#[diesel(table_name = projects, check_for_backend(diesel::pg::Pg))]
#[allow(dead_code)]
struct Project {
    id: Uuid,
    name: String,
}

#[derive(Queryable, Selectable, Associations, TenantScoped)]
#[diesel(table_name = tasks, belongs_to(Project), check_for_backend(diesel::pg::Pg))]
#[allow(dead_code)]
struct Task {
    id: Uuid,
    project_id: Uuid,
    title: String,
}
