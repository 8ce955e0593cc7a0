//! UPDATE.

use diesel::dsl::max;
use uuid::Uuid;

use super::Shape;
use super::model::{Project, Status};
use super::predicate::{self, tree};
use super::side::schema::billing::{invoices as billing_invoices, projects as billing_projects};
use super::side::schema::{comments, documents, files, organisations, projects, settings, tasks};
use super::side::*;
use super::subquery;
use crate::grid::Dimension::{Class, Predicate, Statement, Subquery};
use crate::outcome::Outcome;
use crate::random::Random;

pub const SHAPES: &[(&str, Shape)] = &[
    ("all projects", all),
    ("filtered projects", filtered),
    ("projects by a sub-query", by_subquery),
    ("projects by or_filter", or_filtered),
    ("tasks by a raw predicate", raw_filtered),
    ("a project by its key", found),
    ("a project's key", new_key),
    ("a model", model),
    ("a model by itself", model_by_itself),
    ("filtered after update", filtered_after),
    ("boxed tasks", boxed),
    ("boxed with a filter before", boxed_after),
    ("tasks by a sub-query", tasks_by_subquery),
    ("comments", commented),
    ("documents", documented),
    ("files", filed),
    ("files by a sub-query", files_by_subquery),
    ("boxed files", boxed_files),
    ("settings", setting),
    ("the root", organisation),
    ("projects of another schema", billed),
    ("invoices by a sub-query", invoiced),
    ("to the value of a sub-query", value),
    ("to the value of a correlated sub-query", correlated_value),
    ("boxed with a sub-query", boxed_subquery),
];

type All = (Uuid, i32, String, Option<String>, Option<i32>);

fn begin(random: &mut Random, class: &'static str) {
    random.mark(Statement, "update");
    random.mark(Class, class);
}

fn all(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let statement = update(projects::table).set(projects::country.eq(random.country()));
    writes!(on, random, statement, returning (projects::tenant_id, projects::id) => (Uuid, i32))
}

fn filtered(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let predicate = tree(
        random,
        rows_of(projects::table),
        &one_of!(predicate::project, subquery::of_project),
    );
    let changes = (
        random.maybe_text().map(|name| projects::name.eq(name)),
        random.maybe_id().map(|id| projects::parent_id.eq(id)),
    );
    let statement = update(projects::table.filter(predicate)).set(changes);
    writes!(on, random, statement, returning (projects::id, projects::name) => (i32, String))
}

fn by_subquery(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let predicate = tree(random, rows_of(projects::table), &subquery::of_project);
    let statement = update(projects::table.filter(predicate)).set(projects::country.eq("fr"));
    rows::<All, _>(on, statement)
}

fn or_filtered(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Predicate, "or");
    let first = tree(random, rows_of(projects::table), &predicate::project);
    let second = tree(random, rows_of(projects::table), &subquery::of_project);
    let third = raw(random.raw());
    let rows = projects::table
        .filter(first)
        .or_filter(second)
        .or_filter(third);
    run(on, update(rows).set(projects::parent_id.eq(None::<i32>)))
}

fn raw_filtered(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let rows = tasks::table
        .filter(raw(random.raw()))
        .filter(raw(random.raw()));
    let statement = update(rows).set(tasks::points.eq(tasks::points + 1));
    writes!(on, random, statement, returning (tasks::id, tasks::points) => (i32, i32))
}

fn found(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Predicate, "find");
    let changes = Project::draw(random);
    let statement = update(projects::table.find(random.id())).set(&changes);
    writes!(on, random, statement, returning projects::name => String)
}

fn new_key(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Predicate, "find");
    let statement = update(projects::table.find(random.id())).set(projects::id.eq(random.id()));
    writes!(on, random, statement, returning projects::id => i32)
}

fn model(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Predicate, "model");
    let project = Project::draw(random);
    let statement = update(&project).set(projects::country.eq(random.country()));
    writes!(on, random, statement, returning (projects::tenant_id, projects::id) => (Uuid, i32))
}

fn model_by_itself(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Predicate, "model");
    let project = Project::draw(random);
    run(on, update(&project).set(&project))
}

fn filtered_after(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let predicate = tree(random, target_of(tasks::table), &predicate::task);
    let statement = update(tasks::table)
        .filter(tasks::points.gt(random.below(3) as i32))
        .filter(tasks::project_id.ne(random.id()))
        .set((
            tasks::done.eq(random.chance(50)),
            tasks::status.eq(Status::Open),
        ))
        .into_boxed()
        .filter(predicate);
    random.mark(Predicate, "boxed");
    run(on, statement)
}

fn boxed(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Predicate, "boxed");
    let mut statement = update(tasks::table)
        .set((
            tasks::title.eq(random.text()),
            tasks::status.eq(Status::Done),
        ))
        .into_boxed();
    for _ in 0..random.below(3) {
        statement = statement.filter(tree(random, target_of(tasks::table), &predicate::task));
    }
    if random.chance(40) {
        statement = statement.filter(raw(random.raw()));
    }
    run(on, statement)
}

fn boxed_after(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Predicate, "boxed");
    let rows = projects::table.filter(raw(random.raw()));
    let mut statement = update(rows).set(projects::country.eq("xx")).into_boxed();
    if random.chance(60) {
        statement = statement.filter(raw(random.raw()));
    }
    run(on, statement)
}

fn tasks_by_subquery(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let predicate = tree(random, rows_of(tasks::table), &subquery::of_task);
    let statement = update(tasks::table.filter(predicate)).set((
        tasks::project_id.eq(random.id()),
        tasks::points.eq(tasks::points + 1),
    ));
    writes!(on, random, statement, returning (tasks::id, tasks::project_id) => (i32, i32))
}

fn commented(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let predicate = tree(random, rows_of(comments::table), &predicate::comment);
    let statement = update(comments::table.filter(predicate)).set(comments::body.eq(random.text()));
    run(on, statement)
}

fn documented(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let predicate = tree(random, rows_of(documents::table), &subquery::of_document);
    let statement =
        update(documents::table.filter(predicate)).set(documents::title.eq(random.text()));
    writes!(on, random, statement, returning documents::id => i32)
}

fn filed(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "via");
    let first = tree(random, rows_of(files::table), &predicate::file);
    let rows = files::table.filter(first).or_filter(raw(random.raw()));
    let statement = update(rows).set(files::name.eq(random.text()));
    writes!(on, random, statement, returning (files::id, files::document_id) => (i32, i32))
}

fn files_by_subquery(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "via");
    let predicate = tree(random, rows_of(files::table), &subquery::of_file);
    let statement = update(files::table.filter(predicate)).set(files::name.eq(random.text()));
    rows::<(i32, i32, String), _>(on, statement)
}

fn boxed_files(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "via");
    random.mark(Predicate, "boxed");
    let mut statement = update(files::table)
        .set(files::name.eq(random.text()))
        .into_boxed();
    if random.chance(70) {
        statement = statement.filter(tree(random, target_of(files::table), &predicate::file));
    }
    run(on, statement)
}

fn setting(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "one row");
    let predicate = tree(random, rows_of(settings::table), &predicate::setting);
    let statement = update(settings::table.filter(predicate)).set((
        settings::theme.eq(random.text()),
        settings::type_.eq(random.maybe_text()),
    ));
    writes!(on, random, statement, returning settings::tenant_id => Uuid)
}

fn organisation(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "root");
    let statement = if random.chance(50) {
        random.mark(Predicate, "find");
        update(organisations::table.filter(organisations::id.eq(random.tenant())))
    } else {
        update(organisations::table.filter(organisations::id.eq(random.foreign_tenant())))
    };
    run(on, statement.set(organisations::name.eq(random.text())))
}

fn billed(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "schema");
    let predicate = tree(random, rows_of(billing_projects::table), &predicate::billed);
    let statement = update(billing_projects::table.filter(predicate))
        .set(billing_projects::budget.eq(billing_projects::budget * 2 + 1));
    rows::<(Uuid, i32, String, i64), _>(on, statement)
}

fn invoiced(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "schema");
    let predicate = tree(
        random,
        rows_of(billing_invoices::table),
        &subquery::of_invoice,
    );
    let statement = update(billing_invoices::table.filter(predicate))
        .set(billing_invoices::project_id.eq(random.id()));
    run(on, statement)
}

fn value(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Subquery, "value");
    let found = tree(random, rows_of(tasks::table), &predicate::task);
    let last = tasks::table
        .select(max(tasks::project_id))
        .into_boxed()
        .filter(found);
    let predicate = tree(random, rows_of(projects::table), &predicate::project);
    let statement =
        update(projects::table.filter(predicate)).set(projects::parent_id.eq(last.single_value()));
    rows::<All, _>(on, statement)
}

fn correlated_value(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Subquery, "value");
    random.mark(Subquery, "correlated");
    let title = tasks::table
        .filter(tasks::project_id.eq(projects::id))
        .filter(tasks::tenant_id.eq(random.tenant()).or(tasks::points.gt(0)))
        .select(max(tasks::title));
    let statement =
        update(projects::table.find(random.id())).set(projects::country.eq(title.single_value()));
    run(on, statement)
}

fn boxed_subquery(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Predicate, "boxed");
    random.mark(Subquery, "eq_any");
    let open = projects::table
        .filter(projects::name.like(random.pattern()))
        .select(projects::id);
    let statement = update(tasks::table)
        .set(tasks::title.eq(random.text()))
        .into_boxed()
        .filter(tasks::project_id.eq_any(open));
    run(on, statement.filter(raw(random.raw())))
}
