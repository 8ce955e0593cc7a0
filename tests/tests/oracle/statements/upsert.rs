//! INSERT .. ON CONFLICT.

use diesel::upsert::excluded;
use uuid::Uuid;

use super::Shape;
use super::model::{NewProject, Project};
use super::predicate::{self, tree};
use super::side::schema::billing::projects as billing_projects;
use super::side::schema::{documents, files, organisations, projects, settings, tasks};
use super::side::*;
use crate::grid::Dimension::{Class, Statement, Subquery};
use crate::outcome::Outcome;
use crate::random::Random;

pub const SHAPES: &[(&str, Shape)] = &[
    ("do nothing", do_nothing),
    ("do nothing on the key", do_nothing_on_key),
    ("do update", do_update),
    ("do update in a batch", do_update_batch),
    ("do update if", do_update_if),
    ("do update if raw", do_update_if_raw),
    ("do update on the name", on_name),
    ("do update with a model", with_model),
    ("do update with the row's value", own_value),
    ("a document", document),
    ("a file", file),
    ("files in a batch", file_batch),
    ("settings", setting),
    ("the root", organisation),
    ("a project of another schema", billed),
    ("on a constraint", on_a_constraint),
    ("if a sub-query says so", if_subquery),
    ("if this and that", if_both),
    ("in bulk", bulk_projects),
    ("files in bulk", bulk_files),
];

fn begin(random: &mut Random, class: &'static str) {
    random.mark(Statement, "upsert");
    random.mark(Class, class);
}

fn do_nothing(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let rows: Vec<NewProject> = (0..random.below(4))
        .map(|_| NewProject::draw(random))
        .collect();
    let statement = insert_into(projects::table)
        .values(&rows)
        .on_conflict_do_nothing();
    writes!(on, random, statement, returning (projects::tenant_id, projects::id) => (Uuid, i32))
}

fn do_nothing_on_key(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let project = NewProject::draw(random);
    let statement = insert_into(projects::table)
        .values(&project)
        .on_conflict(projects::id)
        .do_nothing();
    writes!(on, random, statement, returning projects::id => i32)
}

fn do_update(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let project = NewProject::draw(random);
    let statement = insert_into(projects::table)
        .values(&project)
        .on_conflict(projects::id)
        .do_update()
        .set((
            projects::name.eq(excluded(projects::name)),
            projects::country.eq(random.country()),
        ));
    writes!(on, random, statement, returning (projects::tenant_id, projects::id, projects::name)
        => (Uuid, i32, String))
}

fn do_update_batch(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let rows: Vec<NewProject> = (0..random.below(4))
        .map(|_| NewProject::draw(random))
        .collect();
    let statement = insert_into(projects::table)
        .values(&rows)
        .on_conflict((projects::id,))
        .do_update()
        .set(projects::country.eq(excluded(projects::country)));
    run(on, statement)
}

fn do_update_if(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let project = NewProject::draw(random);
    let statement = insert_into(projects::table)
        .values(&project)
        .on_conflict(projects::id)
        .do_update()
        .set(projects::country.eq(excluded(projects::country)));
    let predicate = tree(random, target_of(projects::table), &predicate::project);
    let statement = only_if!(statement, predicate);
    writes!(on, random, statement, returning projects::name => String)
}

fn do_update_if_raw(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let statement = insert_into(tasks::table)
        .values((
            tasks::id.eq(random.id()),
            tasks::project_id.eq(random.id()),
            tasks::title.eq(random.text()),
        ))
        .on_conflict(tasks::id)
        .do_update()
        .set((tasks::title.eq("again"), tasks::done.eq(true)));
    run(on, only_if!(statement, raw(random.raw())))
}

fn on_name(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let project = NewProject::draw(random);
    let statement = insert_into(projects::table)
        .values(&project)
        .on_conflict(projects::name)
        .do_update()
        .set(projects::country.eq(random.country()));
    rows::<(Uuid, i32, String, Option<String>, Option<i32>), _>(on, statement)
}

fn with_model(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let (new, changes) = (NewProject::draw(random), Project::draw(random));
    let statement = insert_into(projects::table)
        .values(&new)
        .on_conflict(projects::id)
        .do_update()
        .set(&changes);
    run(on, statement)
}

fn own_value(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let statement = insert_into(tasks::table)
        .values((
            tasks::id.eq(random.id()),
            tasks::project_id.eq(random.id()),
            tasks::title.eq(random.text()),
        ))
        .on_conflict(tasks::id)
        .do_update()
        .set(tasks::points.eq(tasks::points + 1));
    writes!(on, random, statement, returning (tasks::id, tasks::points) => (i32, i32))
}

fn document(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let statement = insert_into(documents::table)
        .values((
            documents::id.eq(random.own_document()),
            documents::title.eq(random.text()),
        ))
        .on_conflict(documents::id)
        .do_update()
        .set(documents::title.eq(excluded(documents::title)));
    writes!(on, random, statement, returning documents::tenant_id => Uuid)
}

/// The owner exists: policies refuse a row without one even if it would not be inserted.
fn file(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "via");
    random.refusals_differ = true;
    let statement = insert_into(files::table)
        .values((
            files::id.eq(random.own_document()),
            files::document_id.eq(random.owned_document()),
            files::name.eq(random.text()),
        ))
        .on_conflict(files::id)
        .do_update()
        .set(files::name.eq(excluded(files::name)));
    writes!(on, random, statement, returning (files::id, files::document_id) => (i32, i32))
}

fn file_batch(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "via");
    random.refusals_differ = true;
    let rows: Vec<_> = (0..random.below(3))
        .map(|_| {
            (
                files::id.eq(random.own_document()),
                files::document_id.eq(random.owned_document()),
                files::name.eq(random.text()),
            )
        })
        .collect();
    let statement = insert_into(files::table)
        .values(rows)
        .on_conflict_do_nothing();
    writes!(on, random, statement, returning files::id => i32)
}

fn setting(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "one row");
    let statement = insert_into(settings::table)
        .values(settings::theme.eq(random.text()))
        .on_conflict(settings::tenant_id)
        .do_update()
        .set((
            settings::theme.eq(excluded(settings::theme)),
            settings::type_.eq(random.maybe_text()),
        ));
    writes!(on, random, statement, returning settings::tenant_id => Uuid)
}

fn organisation(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "root");
    let statement = insert_into(organisations::table)
        .values(organisations::name.eq(random.text()))
        .on_conflict(organisations::id)
        .do_update()
        .set(organisations::name.eq(excluded(organisations::name)));
    rows::<(Uuid, String), _>(on, statement)
}

fn billed(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "schema");
    let statement = insert_into(billing_projects::table)
        .values((
            billing_projects::id.eq(random.id()),
            billing_projects::name.eq(random.text()),
        ))
        .on_conflict(billing_projects::id)
        .do_update()
        .set(billing_projects::budget.eq(billing_projects::budget + 1));
    let predicate = tree(
        random,
        target_of(billing_projects::table),
        &predicate::billed,
    );
    run(on, only_if!(statement, predicate))
}

fn on_a_constraint(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let project = NewProject::draw(random);
    let name = random.pick(&["projects_pkey", "projects_tenant_id_name_key"]);
    let statement = insert_into(projects::table)
        .values(&project)
        .on_conflict(on_constraint(name))
        .do_update()
        .set(projects::country.eq(random.country()));
    run(on, statement)
}

fn if_subquery(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Subquery, "eq_any");
    let project = NewProject::draw(random);
    let statement = insert_into(projects::table)
        .values(&project)
        .on_conflict(projects::id)
        .do_update()
        .set(projects::country.eq(random.country()));
    let worked_on = tasks::table
        .filter(tasks::points.gt(random.below(3) as i32))
        .select(tasks::project_id);
    run(on, only_if!(statement, projects::id.eq_any(worked_on)))
}

fn if_both(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let project = NewProject::draw(random);
    let statement = insert_into(projects::table)
        .values(&project)
        .on_conflict(projects::id)
        .do_update()
        .set(projects::country.eq(random.country()));
    let statement = only_if!(statement, raw(random.raw()));
    run(on, only_if!(statement, raw("FALSE OR projects.id > 3")))
}

fn bulk_projects(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let rows: Vec<(i32, String)> = (0..random.below(4))
        .map(|_| (random.id(), random.text()))
        .collect();
    let statement =
        bulk!(projects::table, (projects::id, projects::name), rows).on_conflict_do_nothing();
    writes!(on, random, statement, returning projects::id => i32)
}

fn bulk_files(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "via");
    random.refusals_differ = true;
    let rows: Vec<_> = (0..random.below(3))
        .map(|_| {
            (
                files::id.eq(random.own_document()),
                files::document_id.eq(random.owned_document()),
                files::name.eq(random.text()),
            )
        })
        .collect();
    let statement = insert_into(files::table)
        .values(rows)
        .on_conflict(on_constraint("files_pkey"))
        .do_update()
        .set(files::name.eq(excluded(files::name)));
    run(on, statement)
}
