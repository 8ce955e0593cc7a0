//! Random predicates with sub-queries. They are about concrete tables, for a sub-query that names a column
//! of the query around it fits only there.

use diesel::dsl::{max, not};

use super::predicate::{self, Predicate, tree, yes};
use super::side::schema::billing::{invoices as billing_invoices, projects as billing_projects};
use super::side::schema::{comments, countries, documents, files, organisations, projects, tasks};
use super::side::*;
use crate::grid::Dimension::{Alias, SetOperation, Subquery};
use crate::random::Random;

pub fn of_project(random: &mut Random) -> Predicate<Source<projects::table>> {
    let id = || projects::id.nullable();
    let task = |random: &mut Random| tree(random, rows_of(tasks::table), &predicate::task);
    match random.below(13) {
        0 => {
            random.mark(Subquery, "eq_any");
            Box::new(id().eq_any(tasks::table.select(tasks::project_id.nullable())))
        }
        1 => {
            random.mark(Subquery, "eq_any");
            let query = tasks::table
                .into_boxed()
                .filter(task(random))
                .or_filter(task(random));
            Box::new(id().eq_any(query.select(tasks::project_id.nullable())))
        }
        2 | 12 => {
            random.mark(Subquery, "ne_all");
            random.mark(Alias, "sub-query");
            let parents = parent::table().filter(parent::parent_id().is_not_null());
            Box::new(id().ne_all(parents.select(parent::parent_id())))
        }
        3 => {
            random.mark(Subquery, "exists");
            random.mark(Subquery, "correlated");
            let own = tasks::table.filter(tasks::project_id.eq(projects::id));
            let own = own.filter(tasks::title.like(random.pattern()));
            Box::new(exists(own.or_filter(tasks::id.eq(random.id()))).and(yes()))
        }
        4 => {
            random.mark(Subquery, "not exists");
            random.mark(Subquery, "correlated");
            let own = tasks::table.filter(tasks::project_id.eq(projects::id));
            Box::new(not(exists(own.filter(tasks::points.gt(random.id())))).and(yes()))
        }
        5 => {
            random.mark(Subquery, "exists");
            let foreign = tasks::table.filter(tasks::tenant_id.eq(random.foreign_tenant()));
            Box::new(exists(foreign).and(yes()))
        }
        6 => {
            random.mark(Subquery, "value");
            let found = tasks::table.select(max(tasks::project_id)).into_boxed();
            let last = found.filter(task(random));
            Box::new(id().eq(last.single_value()))
        }
        7 => {
            random.mark(Subquery, "set");
            random.mark(SetOperation, "union");
            let of_tasks = tasks::table.select(tasks::project_id.nullable());
            let of_invoices =
                billing_invoices::table.select(billing_invoices::project_id.nullable());
            Box::new(id().eq_any(of_tasks.union(of_invoices)))
        }
        8 => {
            random.mark(Subquery, "nested");
            let commented = comments::table
                .into_boxed()
                .filter(tree(random, rows_of(comments::table), &predicate::comment))
                .select(comments::task_id);
            let of_tasks = tasks::table.filter(tasks::id.eq_any(commented));
            Box::new(id().eq_any(of_tasks.select(tasks::project_id.nullable())))
        }
        9 => {
            random.mark(Subquery, "ne_all");
            Box::new(id().ne_all(files::table.select(files::document_id.nullable())))
        }
        10 => {
            random.mark(Subquery, "eq_any");
            let codes = countries::table.filter(countries::label.like(random.pattern()));
            Box::new(projects::country.eq_any(codes.select(countries::code.nullable())))
        }
        _ => {
            random.mark(Subquery, "eq_any");
            let roots = organisations::table.select(organisations::id.nullable());
            Box::new(projects::tenant_id.nullable().eq_any(roots))
        }
    }
}

pub fn of_task(random: &mut Random) -> Predicate<Source<tasks::table>> {
    let project = |random: &mut Random| tree(random, rows_of(projects::table), &predicate::project);
    match random.below(7) {
        0 | 6 => {
            random.mark(Subquery, "exists");
            random.mark(Subquery, "correlated");
            random.mark(Alias, "sub-query");
            let others = other_task::table()
                .filter(other_task::project_id().eq(tasks::project_id))
                .filter(other_task::id().ne(tasks::id));
            Box::new(exists(others).and(yes()))
        }
        1 => {
            random.mark(Subquery, "eq_any");
            let found = projects::table
                .into_boxed()
                .filter(project(random))
                .select(projects::id.nullable());
            Box::new(tasks::project_id.nullable().eq_any(found))
        }
        2 => {
            random.mark(Subquery, "ne_all");
            let commented = comments::table.select(comments::task_id.nullable());
            Box::new(tasks::id.nullable().ne_all(commented))
        }
        3 => {
            random.mark(Subquery, "not exists");
            random.mark(Subquery, "correlated");
            let own = projects::table.filter(projects::id.eq(tasks::project_id));
            let own = own.filter(projects::tenant_id.ne(random.tenant()));
            Box::new(not(exists(own.or_filter(projects::country.is_null()))).and(yes()))
        }
        4 => {
            random.mark(Subquery, "set");
            random.mark(SetOperation, "except");
            let ids = projects::table.select(projects::id.nullable());
            let billed = billing_projects::table.select(billing_projects::id.nullable());
            Box::new(tasks::project_id.nullable().eq_any(ids.except(billed)))
        }
        _ => {
            random.mark(Subquery, "set");
            random.mark(SetOperation, "intersect");
            let ids = projects::table.select(projects::id.nullable());
            let found = projects::table
                .into_boxed()
                .filter(project(random))
                .select(projects::id.nullable());
            Box::new(tasks::project_id.nullable().ne_all(ids.intersect(found)))
        }
    }
}

pub fn of_document(random: &mut Random) -> Predicate<Source<documents::table>> {
    if random.chance(50) {
        random.mark(Subquery, "exists");
        random.mark(Subquery, "correlated");
        let own = files::table.filter(files::document_id.eq(documents::id));
        Box::new(exists(own.filter(files::name.like(random.pattern()))).and(yes()))
    } else {
        random.mark(Subquery, "eq_any");
        let file = tree(random, rows_of(files::table), &predicate::file);
        let found = files::table
            .into_boxed()
            .filter(file)
            .select(files::document_id.nullable());
        Box::new(documents::id.nullable().eq_any(found))
    }
}

pub fn of_file(random: &mut Random) -> Predicate<Source<files::table>> {
    if random.chance(50) {
        random.mark(Subquery, "not exists");
        random.mark(Subquery, "correlated");
        let own = documents::table.filter(documents::id.eq(files::document_id));
        let own = own.filter(documents::tenant_id.ne(random.tenant()));
        Box::new(not(exists(own.or_filter(documents::title.eq(random.text())))).and(yes()))
    } else {
        random.mark(Subquery, "eq_any");
        let document = tree(random, rows_of(documents::table), &predicate::document);
        let found = documents::table
            .into_boxed()
            .filter(document)
            .select(documents::id.nullable());
        Box::new(files::document_id.nullable().eq_any(found))
    }
}

pub fn of_organisation(random: &mut Random) -> Predicate<Source<organisations::table>> {
    random.mark(Subquery, "exists");
    let project = tree(random, rows_of(projects::table), &predicate::project);
    Box::new(exists(projects::table.into_boxed().filter(project)).and(yes()))
}

pub fn of_invoice(random: &mut Random) -> Predicate<Source<billing_invoices::table>> {
    if random.chance(50) {
        random.mark(Subquery, "exists");
        random.mark(Subquery, "correlated");
        let same = projects::table.filter(projects::id.eq(billing_invoices::project_id));
        Box::new(exists(same.filter(projects::name.like(random.pattern()))).and(yes()))
    } else {
        random.mark(Subquery, "ne_all");
        let project = tree(random, rows_of(projects::table), &predicate::project);
        let found = projects::table
            .into_boxed()
            .filter(project)
            .select(projects::id.nullable());
        Box::new(billing_invoices::project_id.nullable().ne_all(found))
    }
}

/// A tenant's sub-query in a query on a shared table.
pub fn of_country(random: &mut Random) -> Predicate<Source<countries::table>> {
    if random.chance(50) {
        random.mark(Subquery, "exists");
        random.mark(Subquery, "correlated");
        let own = projects::table.filter(projects::country.eq(countries::code.nullable()));
        Box::new(exists(own.filter(projects::tenant_id.ne(random.tenant()))).and(yes()))
    } else {
        random.mark(Subquery, "eq_any");
        let project = tree(random, rows_of(projects::table), &predicate::project);
        let found = projects::table
            .into_boxed()
            .filter(project)
            .select(projects::country);
        Box::new(countries::code.nullable().eq_any(found))
    }
}
