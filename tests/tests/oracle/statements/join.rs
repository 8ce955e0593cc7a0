//! SELECT on joins.

use uuid::Uuid;

use super::Shape;
use super::predicate::{self, tree};
use super::side::schema::billing::{invoices as billing_invoices, projects as billing_projects};
use super::side::schema::{comments, countries, documents, files, organisations, projects, tasks};
use super::side::*;
use crate::grid::Dimension::{Class, Join};
use crate::outcome::Outcome;
use crate::random::Random;

pub const SHAPES: &[(&str, Shape)] = &[
    ("inner join", inner),
    ("left join", left),
    ("nested join", nested),
    ("nested left join", nested_left),
    ("join on a condition", on_condition),
    ("join on TRUE", on_true),
    ("left join on other tenants", on_other_tenants),
    ("join of a shared table", shared_right),
    ("left join of a shared table", shared_right_left),
    ("left join to a shared table", shared_left),
    ("join of the root", root),
    ("join of a via table", via),
    ("left join of a via table", via_left),
    ("join to a via table", via_first),
    ("join in another schema", schema),
    ("left join across schemas", across),
];

type Both = (i32, String, i32, String, Uuid);
type Left = (i32, Option<i32>, Option<String>, Option<Uuid>);

fn inner(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Join, "inner");
    let query = projects::table.inner_join(tasks::table).select((
        projects::id,
        projects::name,
        tasks::id,
        tasks::title,
        tasks::tenant_id,
    ));
    reads!(on, random, query => Both, by (projects::id, tasks::id),
        where predicate::project, predicate::task)
}

fn left(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Join, "left");
    let query = projects::table.left_join(tasks::table).select((
        projects::id,
        tasks::id.nullable(),
        tasks::title.nullable(),
        tasks::tenant_id.nullable(),
    ));
    reads!(on, random, query => Left, by (projects::id, tasks::id.nullable()),
        where predicate::project, predicate::task)
}

fn nested(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Join, "nested");
    let query = projects::table
        .inner_join(tasks::table.inner_join(comments::table))
        .select((projects::name, tasks::title, comments::id, comments::body));
    reads!(on, random, query => (String, String, i32, String), by comments::id,
        where predicate::project, predicate::task, predicate::comment)
}

fn nested_left(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Join, "nested");
    random.mark(Join, "left");
    let query = projects::table
        .left_join(tasks::table.left_join(comments::table))
        .select((projects::id, tasks::id.nullable(), comments::id.nullable()));
    reads!(on, random, query => (i32, Option<i32>, Option<i32>),
        by (projects::id, tasks::id.nullable(), comments::id.nullable()),
        where predicate::project, predicate::task, predicate::comment)
}

fn on_condition(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Join, "on");
    let condition = tasks::project_id
        .eq(projects::id)
        .and(tasks::points.gt(random.id()));
    let query = projects::table
        .inner_join(tasks::table.on(condition))
        .select((
            projects::id,
            projects::name,
            tasks::id,
            tasks::title,
            tasks::tenant_id,
        ));
    reads!(on, random, query => Both, by (projects::id, tasks::id),
        where predicate::project, predicate::task)
}

fn on_true(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Join, "on true");
    let query = projects::table
        .inner_join(tasks::table.on(tasks::id.eq(tasks::id)))
        .select((
            projects::id,
            projects::name,
            tasks::id,
            tasks::title,
            tasks::tenant_id,
        ));
    reads!(on, random, query => Both, by (projects::id, tasks::id),
        where predicate::project, predicate::task)
}

fn on_other_tenants(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Join, "on");
    random.mark(Join, "left");
    let others = tasks::tenant_id
        .ne(projects::tenant_id)
        .or(tasks::tenant_id.eq(random.tenant()));
    let query = projects::table.left_join(tasks::table.on(others)).select((
        projects::id,
        tasks::id.nullable(),
        tasks::title.nullable(),
        tasks::tenant_id.nullable(),
    ));
    reads!(on, random, query => Left, by (projects::id, tasks::id.nullable()),
        where predicate::project, predicate::task)
}

fn shared_right(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Class, "shared");
    random.mark(Join, "inner");
    random.mark(Join, "shared");
    let query = projects::table
        .inner_join(countries::table)
        .select((projects::id, countries::label));
    reads!(on, random, query => (i32, String), by projects::id,
        where predicate::project, predicate::country)
}

fn shared_right_left(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Class, "shared");
    random.mark(Join, "left");
    random.mark(Join, "on");
    random.mark(Join, "shared");
    let query = projects::table
        .left_join(countries::table.on(countries::code.nullable().ne(projects::country)))
        .select((projects::id, countries::code.nullable()));
    reads!(on, random, query => (i32, Option<String>), by (projects::id, countries::code.nullable()),
        where predicate::project, predicate::country)
}

fn shared_left(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Class, "shared");
    random.mark(Join, "left");
    random.mark(Join, "shared");
    let query = scoped(countries::table).left_join(projects::table).select((
        countries::code,
        projects::id.nullable(),
        projects::tenant_id.nullable(),
    ));
    reads!(on, random, query => (String, Option<i32>, Option<Uuid>),
        by (countries::code, projects::id.nullable()),
        where predicate::project, predicate::country)
}

fn root(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Class, "root");
    random.mark(Join, "inner");
    let query = projects::table.inner_join(organisations::table).select((
        projects::id,
        organisations::id,
        organisations::name,
    ));
    reads!(on, random, query => (i32, Uuid, String), by projects::id,
        where predicate::project, predicate::organisation)
}

fn via(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "via");
    random.mark(Join, "inner");
    let query = documents::table.inner_join(files::table).select((
        documents::id,
        documents::title,
        files::id,
        files::name,
    ));
    reads!(on, random, query => (i32, String, i32, String), by files::id,
        where predicate::document, predicate::file)
}

fn via_left(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "via");
    random.mark(Join, "left");
    random.mark(Join, "on true");
    let query = documents::table
        .left_join(files::table.on(files::id.is_not_null()))
        .select((documents::id, files::id.nullable()));
    reads!(on, random, query => (i32, Option<i32>), by (documents::id, files::id.nullable()),
        where predicate::document, predicate::file)
}

fn via_first(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "via");
    random.mark(Join, "inner");
    let query = files::table
        .inner_join(documents::table)
        .select((files::id, documents::tenant_id));
    reads!(on, random, query => (i32, Uuid), by files::id,
        where predicate::document, predicate::file)
}

fn schema(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "schema");
    random.mark(Join, "inner");
    let query = billing_projects::table
        .inner_join(billing_invoices::table)
        .select((
            billing_projects::name,
            billing_invoices::id,
            billing_invoices::customer,
        ));
    reads!(on, random, query => (String, i32, Uuid), by billing_invoices::id,
        where predicate::billed, predicate::invoice)
}

fn across(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "schema");
    random.mark(Class, "tenant");
    random.mark(Join, "left");
    random.mark(Join, "on");
    let query = projects::table
        .left_join(billed::table().on(billed::id().eq(projects::id)))
        .select((projects::id, billed::name().nullable()));
    reads!(on, random, query => (i32, Option<String>), by projects::id,
        where predicate::project)
}
