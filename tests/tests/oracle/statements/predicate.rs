//! Random predicates.

use std::marker::PhantomData;

use diesel::BoxableExpression;
use diesel::dsl::{not, sql};
use diesel::expression::SqlLiteral;
use diesel::pg::Pg;
use diesel::sql_types::{Bool, Nullable};

use super::side::schema::billing::{invoices as billing_invoices, projects as billing_projects};
use super::side::schema::{
    comments, countries, documents, files, legacy_events, organisations, projects, settings, tasks,
};
use super::side::*;
use crate::grid::Dimension::Predicate as InPredicate;
use crate::random::Random;

/// A predicate on a query source.
pub type Predicate<S> = Box<dyn BoxableExpression<S, Pg, SqlType = Nullable<Bool>>>;

/// A tree of `AND`, `OR` and `NOT` over random leaves.
pub fn tree<S: 'static>(
    random: &mut Random,
    source: PhantomData<S>,
    leaf: &dyn Fn(&mut Random) -> Predicate<S>,
) -> Predicate<S> {
    fn branch<S: 'static>(
        random: &mut Random,
        depth: usize,
        leaf: &dyn Fn(&mut Random) -> Predicate<S>,
    ) -> Predicate<S> {
        let kind = if depth == 0 { 0 } else { random.below(7) };
        match kind {
            0..=3 => leaf(random),
            4 => Box::new(branch(random, depth - 1, leaf).and(branch(random, depth - 1, leaf))),
            5 => {
                random.mark(InPredicate, "or");
                Box::new(branch(random, depth - 1, leaf).or(branch(random, depth - 1, leaf)))
            }
            _ => {
                random.mark(InPredicate, "not");
                Box::new(not(branch(random, depth - 1, leaf)))
            }
        }
    }
    let PhantomData = source;
    branch(random, 2, leaf)
}

/// Leaves on the columns of a table. Every column is read as one that may be NULL, so that the right side
/// of a left join is like any other.
macro_rules! leaves {
    ($($name:ident($table:ident: [$($key:ident $draw:ident),*] [$($text:ident),*] [$($tenant:ident),*]);)*) => {$(
        pub fn $name<S>(random: &mut Random) -> Predicate<S>
        where
            $(diesel::dsl::Nullable<$table::$key>: SelectableExpression<S>,)*
            $(diesel::dsl::Nullable<$table::$text>: SelectableExpression<S>,)*
            $(diesel::dsl::Nullable<$table::$tenant>: SelectableExpression<S>,)*
        {
            let mut leaves: Vec<fn(&mut Random) -> Predicate<S>> = vec![always];
            $(leaves.extend([
                |random: &mut Random| -> Predicate<S> {
                    let key = || $table::$key.nullable();
                    random.mark(InPredicate, "key");
                    match random.below(9) {
                        0 => Box::new(key().eq(random.$draw())),
                        1 => Box::new(key().ne(random.$draw())),
                        2 => Box::new(key().gt(random.$draw())),
                        3 => Box::new(key().le(random.$draw())),
                        4 => Box::new(key().between(random.$draw(), random.$draw())),
                        5 => Box::new(key().eq_any(vec![random.$draw(), random.$draw()])),
                        6 => Box::new(key().ne_all(vec![random.$draw()])),
                        7 => Box::new(key().is_distinct_from(random.$draw()).and(yes())),
                        _ => Box::new(key().eq_any(Vec::<i32>::new())),
                    }
                } as fn(&mut Random) -> Predicate<S>; 2]);)*
            $(leaves.push(|random| {
                let text = || $table::$text.nullable();
                random.mark(InPredicate, "text");
                match random.below(6) {
                    0 => Box::new(text().eq(random.text())),
                    1 => Box::new(text().like(random.pattern())),
                    2 => Box::new(text().not_like(random.pattern())),
                    3 => Box::new(text().concat(random.text()).ilike(random.pattern())),
                    4 => {
                        random.mark(InPredicate, "null");
                        Box::new(text().is_null().and(yes()))
                    }
                    _ => {
                        random.mark(InPredicate, "null");
                        Box::new(text().is_not_null().and(yes()))
                    }
                }
            });)*
            $(leaves.extend([
                |random: &mut Random| -> Predicate<S> {
                    let tenant = || $table::$tenant.nullable();
                    random.mark(InPredicate, "tenant");
                    match random.below(8) {
                        0 | 1 => Box::new(tenant().eq(random.foreign_tenant())),
                        2 => Box::new(tenant().ne(random.own_tenant())),
                        3 => Box::new(tenant().eq_any(random.tenants())),
                        4 => Box::new(tenant().is_null().and(yes())),
                        5 => Box::new(tenant().is_distinct_from(random.tenant()).and(yes())),
                        6 => Box::new(tenant().eq(tenant())),
                        _ => Box::new(tenant().eq(random.tenant())),
                    }
                } as fn(&mut Random) -> Predicate<S>; 2]);)*
            random.pick(&leaves)(random)
        }
    )*};
}

leaves! {
    project(projects: [id id, parent_id id] [name, country] [tenant_id]);
    task(tasks: [id id, project_id id, points id] [title] [tenant_id]);
    comment(comments: [id id, task_id id] [body] [tenant_id]);
    document(documents: [id document] [title] [tenant_id]);
    file(files: [id document, document_id document] [name] []);
    setting(settings: [] [theme, type_] [tenant_id]);
    organisation(organisations: [] [name] [id]);
    invoice(billing_invoices: [id id, project_id id] [] [customer]);
    billed(billing_projects: [id id] [name] [customer]);
    country(countries: [] [code, label] []);
    event(legacy_events: [id id] [kind] [tenant_id]);
}

/// Makes a predicate that is never NULL one that may be.
pub fn yes() -> SqlLiteral<Nullable<Bool>> {
    sql("TRUE")
}

/// What does not depend on the row.
fn always<S>(random: &mut Random) -> Predicate<S> {
    random.mark(InPredicate, "always");
    Box::new(sql::<Nullable<Bool>>(random.pick(&[
        "TRUE",
        "(1 = 1)",
        "(TRUE OR FALSE)",
        "FALSE",
        "NULL",
    ])))
}
