//! Set operations.

use diesel::query_dsl::positional_order_dsl::PositionalOrderDsl;
use uuid::Uuid;

use super::Shape;
use super::predicate::{self, tree};
use super::side::schema::billing::projects as billing_projects;
use super::side::schema::{documents, files, projects, tasks};
use super::side::*;
use super::subquery;
use crate::grid::Dimension::{Alias, Class, SetOperation, Statement};
use crate::outcome::Outcome;
use crate::random::Random;

pub const SHAPES: &[(&str, Shape)] = &[
    ("projects and tasks", projects_and_tasks),
    ("projects and tasks, sorted", sorted),
    ("names of two schemas", schemas),
    ("documents and files", documents_and_files),
    ("projects and parents", aliases),
    ("three arms", three_arms),
];

fn begin(random: &mut Random, operation: &'static str) {
    random.mark(Statement, "select");
    random.mark(SetOperation, operation);
}

fn projects_and_tasks(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    let project = tree(random, rows_of(projects::table), &predicate::project);
    let left = projects::table
        .filter(project)
        .select((projects::tenant_id, projects::id));
    let task = tree(random, rows_of(tasks::table), &subquery::of_task);
    let right = tasks::table
        .filter(task)
        .or_filter(raw(random.raw()))
        .select((tasks::tenant_id, tasks::id));
    match random.below(6) {
        0 => {
            begin(random, "union");
            rows::<(Uuid, i32), _>(on, left.union(right))
        }
        1 => {
            begin(random, "union all");
            rows::<(Uuid, i32), _>(on, left.union_all(right))
        }
        2 => {
            begin(random, "intersect");
            rows::<(Uuid, i32), _>(on, left.intersect(right))
        }
        3 => {
            begin(random, "intersect all");
            rows::<(Uuid, i32), _>(on, left.intersect_all(right))
        }
        4 => {
            begin(random, "except");
            rows::<(Uuid, i32), _>(on, left.except(right))
        }
        _ => {
            begin(random, "except all");
            rows::<(Uuid, i32), _>(on, left.except_all(right))
        }
    }
}

fn sorted(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    begin(random, "union");
    random.ordered = true;
    let project = tree(random, rows_of(projects::table), &subquery::of_project);
    let left = projects::table.filter(project).select(projects::id);
    let right = tasks::table.select(tasks::project_id);
    rows::<i32, _>(on, left.union(right).positional_order_by(1))
}

fn schemas(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Class, "schema");
    let left = billing_projects::table.select(billing_projects::id);
    let project = tree(random, rows_of(projects::table), &predicate::project);
    let right = projects::table.filter(project).select(projects::id);
    if random.chance(50) {
        begin(random, "except");
        rows::<i32, _>(on, left.except(right))
    } else {
        begin(random, "union all");
        rows::<i32, _>(on, left.union_all(right))
    }
}

fn documents_and_files(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Class, "via");
    let document = tree(random, rows_of(documents::table), &predicate::document);
    let left = documents::table.filter(document).select(documents::id);
    let file = tree(random, rows_of(files::table), &predicate::file);
    let right = files::table.filter(file).select(files::document_id);
    if random.chance(50) {
        begin(random, "except");
        rows::<i32, _>(on, left.except(right))
    } else {
        begin(random, "union all");
        rows::<i32, _>(on, left.union_all(right))
    }
}

fn aliases(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Alias, "self join");
    let parents = parent::table().select(parent::id());
    let project = tree(random, rows_of(projects::table), &predicate::project);
    let right = projects::table.filter(project).select(projects::id);
    begin(random, "except all");
    rows::<i32, _>(on, parents.except_all(right))
}

fn three_arms(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Class, "schema");
    random.mark(SetOperation, "except");
    begin(random, "union");
    let project = tree(random, rows_of(projects::table), &predicate::project);
    let left = projects::table.filter(project).select(projects::id);
    let middle = tasks::table.select(tasks::id);
    let right = billing_projects::table.select(billing_projects::id);
    rows::<i32, _>(on, left.union(middle).except(right))
}
