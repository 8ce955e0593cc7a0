//! SELECT on aliases.

use super::Shape;
use super::predicate::{self, tree};
use super::side::schema::{projects, tasks};
use super::side::*;
use crate::grid::Dimension::{Alias, Class, Join};
use crate::outcome::Outcome;
use crate::random::Random;

pub const SHAPES: &[(&str, Shape)] = &[
    ("self join", parents),
    ("left self join from the alias", children),
    ("three deep", three_deep),
    ("tasks of the same project", same_project),
    ("self join on TRUE", pairs),
];

fn parents(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Alias, "self join");
    random.mark(Join, "on");
    random.mark(Join, "inner");
    let query = projects::table
        .inner_join(parent::table().on(projects::parent_id.eq(parent::id().nullable())))
        .select((projects::id, projects::name, parent::id(), parent::name()));
    reads!(on, random, query => (i32, String, i32, String), by projects::id,
        where predicate::project)
}

fn children(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Alias, "self join");
    random.mark(Join, "on");
    random.mark(Join, "left");
    let query = parent::table()
        .left_join(projects::table.on(projects::parent_id.eq(parent::id().nullable())))
        .select((parent::id(), parent::name(), projects::id.nullable()));
    reads!(on, random, query => (i32, String, Option<i32>), by (parent::id(), projects::id.nullable()),
        where predicate::project)
}

fn three_deep(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Alias, "three deep");
    random.mark(Join, "on");
    random.mark(Join, "left");
    let query = projects::table
        .inner_join(parent::table().on(projects::parent_id.eq(parent::id().nullable())))
        .left_join(grandparent::table().on(parent::parent_id().eq(grandparent::id().nullable())))
        .select((projects::id, parent::name(), grandparent::name().nullable()));
    reads!(on, random, query => (i32, String, Option<String>), by projects::id,
        where predicate::project)
}

fn same_project(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Alias, "self join");
    random.mark(Join, "on");
    let same = other_task::project_id().eq(tasks::project_id);
    let query = tasks::table
        .inner_join(other_task::table().on(same))
        .select((tasks::id, other_task::id(), other_task::title()));
    reads!(on, random, query => (i32, i32, String), by (tasks::id, other_task::id()),
        where predicate::task)
}

fn pairs(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    random.mark(Alias, "self join");
    random.mark(Join, "on true");
    let query = projects::table
        .inner_join(parent::table().on(parent::id().ne(random.id())))
        .select((projects::id, parent::id()));
    reads!(on, random, query => (i32, i32), by (projects::id, parent::id()),
        where predicate::project)
}
