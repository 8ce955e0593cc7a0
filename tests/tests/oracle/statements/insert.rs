//! INSERT.

use uuid::Uuid;

use super::Shape;
use super::model::NewProject;
use super::predicate::{self, tree};
use super::side::schema::billing::{invoices as billing_invoices, projects as billing_projects};
use super::side::schema::{comments, documents, files, organisations, projects, settings, tasks};
use super::side::*;
use crate::grid::Dimension::{Alias, Class, Join, Statement};
use crate::outcome::Outcome;
use crate::random::Random;

pub const SHAPES: &[(&str, Shape)] = &[
    ("a project", project),
    ("a project as a tuple", project_tuple),
    ("projects in a batch", project_batch),
    ("projects as a slice", project_slice),
    ("two tasks", two_tasks),
    ("tasks with defaults", task_defaults),
    ("a comment", comment),
    ("a document", document),
    ("a file", file),
    ("files in a batch", file_batch),
    ("settings", setting),
    ("settings by default", setting_defaults),
    ("the root", organisation),
    ("a project of another schema", billed),
    ("invoices", invoices),
    ("projects from tasks", from_tasks),
    ("projects from a boxed select", from_boxed),
    ("comments from a join", from_join),
    ("projects from an alias", from_alias),
    ("files from documents", from_documents),
    ("projects in bulk", bulk_projects),
    ("invoices from another schema", from_schema),
];

fn begin(random: &mut Random, class: &'static str) {
    random.mark(Statement, "insert");
    random.mark(Class, class);
}

fn project(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let project = NewProject::draw(random);
    let statement = insert_into(projects::table).values(&project);
    writes!(on, random, statement, returning (projects::tenant_id, projects::id, projects::name)
        => (Uuid, i32, String))
}

fn project_tuple(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let statement = insert_into(projects::table).values((
        projects::id.eq(random.id()),
        projects::name.eq(random.text()),
        projects::country.eq(random.country()),
        random.maybe_id().map(|id| projects::parent_id.eq(id)),
    ));
    rows::<(Uuid, i32, String, Option<String>, Option<i32>), _>(on, statement)
}

fn project_batch(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let rows: Vec<_> = (0..random.below(4))
        .map(|_| {
            (
                projects::id.eq(random.id()),
                projects::name.eq(random.text()),
                random
                    .country()
                    .map(|country| projects::country.eq(country)),
            )
        })
        .collect();
    let statement = insert_into(projects::table).values(rows);
    writes!(on, random, statement, returning projects::id => i32)
}

fn project_slice(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let rows: Vec<NewProject> = (0..random.below(3))
        .map(|_| NewProject::draw(random))
        .collect();
    run(on, insert_into(projects::table).values(&rows[..]))
}

fn two_tasks(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let mut task = || {
        (
            tasks::id.eq(random.id()),
            tasks::project_id.eq(random.id()),
            tasks::title.eq(random.text()),
        )
    };
    let statement = insert_into(tasks::table).values([task(), task()]);
    writes!(on, random, statement, returning (tasks::id, tasks::done) => (i32, bool))
}

fn task_defaults(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let rows: Vec<_> = (0..2)
        .map(|_| {
            (
                tasks::id.eq(random.id().wrapping_add(5)),
                tasks::project_id.eq(random.id()),
                tasks::title.eq(random.text()),
                random.maybe_id().map(|points| tasks::points.eq(points)),
            )
        })
        .collect();
    let statement = insert_into(tasks::table).values(rows);
    writes!(on, random, statement, returning (tasks::tenant_id, tasks::points) => (Uuid, i32))
}

fn comment(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let statement = insert_into(comments::table).values((
        comments::id.eq(random.id()),
        comments::task_id.eq(random.id()),
        comments::body.eq(random.text()),
    ));
    run(on, statement)
}

fn document(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let statement = insert_into(documents::table).values((
        documents::id.eq(random.own_document()),
        documents::title.eq(random.text()),
    ));
    writes!(on, random, statement, returning documents::tenant_id => Uuid)
}

/// The owner may be another tenant's, which is refused in one way here and in another there.
fn file(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "via");
    random.refusals_differ = true;
    let statement = insert_into(files::table).values((
        files::id.eq(random.own_document()),
        files::document_id.eq(random.document()),
        files::name.eq(random.text()),
    ));
    writes!(on, random, statement, returning (files::id, files::name) => (i32, String))
}

fn file_batch(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "via");
    random.refusals_differ = true;
    let rows: Vec<_> = (0..random.below(3))
        .map(|_| {
            (
                files::id.eq(random.own_document()),
                files::document_id.eq(random.document()),
                files::name.eq(random.text()),
            )
        })
        .collect();
    let statement = insert_into(files::table).values(rows);
    writes!(on, random, statement, returning files::document_id => i32)
}

fn setting(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "one row");
    let statement = insert_into(settings::table).values((
        random.maybe_text().map(|text| settings::theme.eq(text)),
        settings::type_.eq(random.maybe_text()),
    ));
    rows::<(Uuid, String, Option<String>), _>(on, statement)
}

fn setting_defaults(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "one row");
    let statement = insert_into(settings::table).default_values();
    writes!(on, random, statement, returning settings::theme => String)
}

fn organisation(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "root");
    let statement = insert_into(organisations::table).values(organisations::name.eq(random.text()));
    writes!(on, random, statement, returning organisations::id => Uuid)
}

fn billed(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "schema");
    let statement = insert_into(billing_projects::table).values((
        billing_projects::id.eq(random.id()),
        billing_projects::name.eq(random.text()),
    ));
    rows::<(Uuid, i32, String, i64), _>(on, statement)
}

fn invoices(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "schema");
    let rows: Vec<_> = (0..2)
        .map(|_| {
            (
                billing_invoices::id.eq(random.id()),
                billing_invoices::project_id.eq(random.id()),
                billing_invoices::cents.eq(i64::from(random.id())),
            )
        })
        .collect();
    let statement = insert_into(billing_invoices::table).values(&rows);
    writes!(on, random, statement, returning billing_invoices::cents => i64)
}

fn from_tasks(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let query = tasks::table
        .filter(tree(random, rows_of(tasks::table), &predicate::task))
        .filter(tasks::id.gt(random.id()))
        .select((tasks::id, tasks::title));
    let statement = insert_into(projects::table)
        .values(query)
        .into_columns((projects::id, projects::name));
    writes!(on, random, statement, returning (projects::tenant_id, projects::id) => (Uuid, i32))
}

fn from_boxed(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let query = tasks::table
        .select((tasks::points, tasks::title))
        .into_boxed()
        .filter(tree(random, rows_of(tasks::table), &predicate::task))
        .order(tasks::id)
        .limit(1);
    let statement = insert_into(projects::table)
        .values(query)
        .into_columns((projects::id, projects::name));
    run(on, statement)
}

fn from_join(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Join, "inner");
    let query = tasks::table
        .inner_join(projects::table)
        .filter(tasks::points.lt(random.id()))
        .select((tasks::id + 7, tasks::id, projects::name));
    let statement = insert_into(comments::table).values(query).into_columns((
        comments::id,
        comments::task_id,
        comments::body,
    ));
    writes!(on, random, statement, returning (comments::id, comments::body) => (i32, String))
}

fn from_alias(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Alias, "sub-query");
    let query = parent::table()
        .filter(parent::id().gt(random.id()))
        .select((parent::id(), parent::id(), parent::name()));
    let statement = insert_into(comments::table).values(query).into_columns((
        comments::id,
        comments::task_id,
        comments::body,
    ));
    run(on, statement)
}

fn from_documents(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "via");
    random.refusals_differ = true;
    let query = documents::table
        .filter(tree(
            random,
            rows_of(documents::table),
            &predicate::document,
        ))
        .select((documents::id + 20, documents::id, documents::title));
    let statement = insert_into(files::table).values(query).into_columns((
        files::id,
        files::document_id,
        files::name,
    ));
    writes!(on, random, statement, returning (files::id, files::document_id) => (i32, i32))
}

fn bulk_projects(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let rows: Vec<(i32, String)> = (0..random.below(4))
        .map(|_| (random.id(), random.text()))
        .collect();
    let statement = bulk!(projects::table, (projects::id, projects::name), rows);
    writes!(on, random, statement, returning (projects::tenant_id, projects::id) => (Uuid, i32))
}

fn from_schema(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "schema");
    let query = billing_projects::table
        .filter(tree(
            random,
            rows_of(billing_projects::table),
            &predicate::billed,
        ))
        .select((
            billing_projects::id + 4,
            billing_projects::id,
            billing_projects::budget,
        ));
    let statement = insert_into(billing_invoices::table)
        .values(query)
        .into_columns((
            billing_invoices::id,
            billing_invoices::project_id,
            billing_invoices::cents,
        ));
    run(on, statement)
}
