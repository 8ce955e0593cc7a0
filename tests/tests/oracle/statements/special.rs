//! SELECT in forms that a boxed query does not have.

use diesel::dsl::{count, count_star, sum};
use uuid::Uuid;

use super::Shape;
use super::model::{Project, Task};
use super::predicate::{self, tree};
use super::side::schema::billing::invoices as billing_invoices;
use super::side::schema::{comments, documents, files, organisations, projects, settings, tasks};
use super::side::*;
use super::subquery;
use crate::grid::Dimension::{Class, Predicate, Statement, Subquery};
use crate::outcome::Outcome;
use crate::random::Random;

pub const SHAPES: &[(&str, Shape)] = &[
    ("find", find),
    ("find by the tenant", find_by_tenant),
    ("children of a model", children_of_model),
    ("children of models", children_of_models),
    ("a value per row", value_per_row),
    ("a value per row of a via table", value_per_document),
    ("exists without a table", exists_alone),
    ("group by", group_by),
    ("group by the tenant", group_by_tenant),
    ("distinct on", distinct_on),
    ("locked rows", locked),
    ("locked rows of a via table", locked_files),
    ("joined rows with a sub-query", joined),
    ("or_filter first", or_first),
    ("copy to", copy_to),
];

fn begin(random: &mut Random, class: &'static str) {
    random.mark(Statement, "select");
    random.mark(Class, class);
}

fn find(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Predicate, "find");
    match random.below(4) {
        0 => {
            begin(random, "tenant");
            rows::<(i32, String), _>(
                on,
                projects::table
                    .find(random.id())
                    .select((projects::id, projects::name)),
            )
        }
        1 => {
            begin(random, "tenant");
            rows::<(Uuid, i32, i32, String), _>(on, comments::table.find(random.id()))
        }
        2 => {
            begin(random, "via");
            rows::<(i32, i32, String), _>(on, files::table.find(random.document()))
        }
        _ => {
            begin(random, "schema");
            rows::<(Uuid, i32, i32, i64), _>(on, billing_invoices::table.find(random.id()))
        }
    }
}

fn find_by_tenant(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Predicate, "find");
    random.mark(Predicate, "tenant");
    if random.chance(50) {
        begin(random, "root");
        rows::<(Uuid, String), _>(on, organisations::table.find(random.tenant()))
    } else {
        begin(random, "one row");
        rows::<(Uuid, String, Option<String>), _>(on, settings::table.find(random.tenant()))
    }
}

fn children_of_model(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Predicate, "model");
    let project = Project::draw(random);
    rows::<Task, _>(on, Task::belonging_to(&project).select(Task::as_select()))
}

fn children_of_models(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Predicate, "model");
    let projects: Vec<Project> = (0..random.below(4))
        .map(|_| Project::draw(random))
        .collect();
    rows::<Task, _>(on, Task::belonging_to(&projects).select(Task::as_select()))
}

fn value_per_row(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Subquery, "value");
    random.mark(Subquery, "correlated");
    let title = tasks::table
        .filter(tasks::project_id.eq(projects::id))
        .order(tasks::id.desc())
        .select(tasks::title);
    let query = projects::table
        .filter(tree(
            random,
            rows_of(projects::table),
            &subquery::of_project,
        ))
        .select((projects::id, title.single_value()));
    rows::<(i32, Option<String>), _>(on, query)
}

fn value_per_document(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "via");
    random.mark(Subquery, "value");
    let any = files::table.order(files::id).select(files::name);
    let query = documents::table
        .filter(tree(
            random,
            rows_of(documents::table),
            &predicate::document,
        ))
        .select((documents::id, any.single_value()));
    rows::<(i32, Option<String>), _>(on, query)
}

fn exists_alone(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Subquery, "exists");
    if random.chance(50) {
        begin(random, "tenant");
        let project = tree(random, rows_of(projects::table), &predicate::project);
        rows::<bool, _>(on, select(exists(projects::table.filter(project))))
    } else {
        begin(random, "via");
        let file = tree(random, rows_of(files::table), &predicate::file);
        rows::<bool, _>(on, select(exists(files::table.filter(file))))
    }
}

fn group_by(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let query = tasks::table
        .filter(tree(random, rows_of(tasks::table), &predicate::task))
        .group_by(tasks::project_id)
        .having(count(tasks::id).gt(random.below(3) as i64))
        .select((tasks::project_id, count_star(), sum(tasks::points)));
    rows::<(i32, i64, Option<i64>), _>(on, query)
}

fn group_by_tenant(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let query = projects::table
        .filter(tree(
            random,
            rows_of(projects::table),
            &subquery::of_project,
        ))
        .group_by((projects::tenant_id, projects::country))
        .select((projects::tenant_id, projects::country, count_star()));
    rows::<(Uuid, Option<String>, i64), _>(on, query)
}

fn distinct_on(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.ordered = true;
    let query = tasks::table
        .filter(tree(random, rows_of(tasks::table), &subquery::of_task))
        .distinct_on(tasks::project_id)
        .order((tasks::project_id, tasks::id.desc()))
        .select((tasks::project_id, tasks::title));
    rows::<(i32, String), _>(on, query)
}

fn locked(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.ordered = true;
    let query = projects::table
        .filter(tree(random, rows_of(projects::table), &predicate::project))
        .or_filter(projects::id.eq(random.id()).and(predicate::yes()))
        .order(projects::id)
        .limit(random.below(5) as i64)
        .select((projects::id, projects::name));
    match random.below(3) {
        0 => rows::<(i32, String), _>(on, query.for_update()),
        1 => rows::<(i32, String), _>(on, query.for_no_key_update().skip_locked()),
        _ => rows::<(i32, String), _>(on, query.for_share()),
    }
}

fn locked_files(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "via");
    let query = files::table
        .filter(tree(random, rows_of(files::table), &predicate::file))
        .select((files::id, files::name));
    rows::<(i32, String), _>(on, query.for_update())
}

fn joined(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(crate::grid::Dimension::Join, "inner");
    random.mark(Subquery, "correlated");
    random.mark(Subquery, "not exists");
    let commented = comments::table.filter(comments::task_id.eq(tasks::id));
    let query = projects::table
        .inner_join(tasks::table)
        .filter(diesel::dsl::not(exists(commented)))
        .or_filter(projects::name.like(random.pattern()))
        .select((projects::id, tasks::id));
    rows::<(i32, i32), _>(on, query)
}

fn or_first(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Predicate, "or");
    let query = tasks::table
        .or_filter(tree(random, rows_of(tasks::table), &predicate::task))
        .or_filter(raw(random.raw()))
        .filter(raw(random.raw()))
        .select(tasks::id);
    rows::<i32, _>(on, query)
}

fn copy_to(on: &mut On, random: &mut Random) -> Outcome {
    match random.below(4) {
        0 => {
            begin(random, "tenant");
            copied!(on, (projects::id, projects::country))
        }
        1 => {
            begin(random, "via");
            copied!(on, (files::id, files::name))
        }
        2 => {
            begin(random, "schema");
            copied!(on, (billing_invoices::id, billing_invoices::cents))
        }
        _ => {
            begin(random, "one row");
            copied!(on, (settings::theme, settings::type_))
        }
    }
}
