//! DELETE.

use uuid::Uuid;

use super::Shape;
use super::model::Project;
use super::predicate::{self, tree};
use super::side::schema::billing::{invoices as billing_invoices, projects as billing_projects};
use super::side::schema::{comments, documents, files, organisations, projects, settings, tasks};
use super::side::*;
use super::subquery;
use crate::grid::Dimension::{Class, Predicate, Statement};
use crate::outcome::Outcome;
use crate::random::Random;

pub const SHAPES: &[(&str, Shape)] = &[
    ("all", all),
    ("filtered projects", filtered),
    ("projects by a sub-query", by_subquery),
    ("tasks by or_filter", or_filtered),
    ("comments by raw predicates", raw_filtered),
    ("by the key", found),
    ("a model", model),
    ("boxed tasks", boxed),
    ("boxed with a filter before", boxed_after),
    ("tasks by a sub-query", tasks_by_subquery),
    ("documents by a sub-query", documented),
    ("files", filed),
    ("files by a sub-query", files_by_subquery),
    ("boxed files", boxed_files),
    ("settings", setting),
    ("the root", organisation),
    ("projects of another schema", billed),
    ("invoices by a sub-query", invoiced),
];

fn begin(random: &mut Random, class: &'static str) {
    random.mark(Statement, "delete");
    random.mark(Class, class);
}

fn all(on: &mut On, random: &mut Random) -> Outcome {
    match random.below(6) {
        0 => {
            begin(random, "tenant");
            run(on, delete(projects::table))
        }
        1 => {
            begin(random, "tenant");
            rows::<(Uuid, i32, i32, String), _>(on, delete(comments::table))
        }
        2 => {
            begin(random, "via");
            rows::<(i32, i32, String), _>(on, delete(files::table))
        }
        3 => {
            begin(random, "schema");
            run(on, delete(billing_invoices::table))
        }
        4 => {
            begin(random, "one row");
            run(on, delete(settings::table))
        }
        _ => {
            begin(random, "root");
            run(on, delete(organisations::table))
        }
    }
}

fn filtered(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let predicate = tree(
        random,
        rows_of(projects::table),
        &one_of!(predicate::project, subquery::of_project),
    );
    let rows = projects::table.filter(predicate).filter(projects::id.gt(4));
    writes!(on, random, delete(rows), returning (projects::tenant_id, projects::id) => (Uuid, i32))
}

fn by_subquery(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let predicate = tree(random, rows_of(projects::table), &subquery::of_project);
    run(on, delete(projects::table.filter(predicate)))
}

fn or_filtered(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Predicate, "or");
    let first = tree(random, rows_of(tasks::table), &subquery::of_task);
    let statement = delete(tasks::table.filter(first))
        .filter(tasks::id.eq(random.id()))
        .or_filter(
            tasks::id
                .eq(random.id())
                .and(tasks::tenant_id.ne(random.tenant())),
        )
        .or_filter(raw(random.pick(&["FALSE OR FALSE", "1 = 2 OR points > 2"])));
    writes!(on, random, statement, returning (tasks::tenant_id, tasks::id) => (Uuid, i32))
}

fn raw_filtered(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let rows = comments::table
        .filter(raw(random.raw()))
        .filter(raw("id = 1 OR id = 2"));
    writes!(on, random, delete(rows), returning comments::body => String)
}

fn found(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Predicate, "find");
    match random.below(4) {
        0 => {
            begin(random, "tenant");
            run(on, delete(projects::table.find(random.id())))
        }
        1 => {
            begin(random, "tenant");
            rows::<(Uuid, i32, i32, String), _>(on, delete(comments::table.find(random.id())))
        }
        2 => {
            begin(random, "via");
            run(on, delete(files::table.find(random.document())))
        }
        _ => {
            begin(random, "schema");
            run(on, delete(billing_projects::table.find(random.id())))
        }
    }
}

fn model(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Predicate, "model");
    let project = Project::draw(random);
    writes!(on, random, delete(&project), returning projects::name => String)
}

fn boxed(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Predicate, "boxed");
    let mut statement = delete(tasks::table).into_boxed();
    statement = statement.filter(tasks::points.gt(random.id()));
    for _ in 0..random.below(3) {
        let predicate = tree(random, target_of(tasks::table), &predicate::task);
        statement = if random.chance(60) {
            statement.filter(predicate)
        } else {
            random.mark(Predicate, "or");
            statement.or_filter(predicate)
        };
    }
    if random.chance(30) {
        statement = statement.or_filter(raw(random.raw()));
    }
    run(on, statement)
}

fn boxed_after(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    random.mark(Predicate, "boxed");
    let mut statement = delete(comments::table.filter(raw("id > 5 OR id = 1"))).into_boxed();
    if random.chance(60) {
        statement = statement.filter(raw(random.raw()));
    }
    run(on, statement)
}

fn tasks_by_subquery(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let predicate = tree(random, rows_of(tasks::table), &subquery::of_task);
    let rows = tasks::table.filter(predicate).filter(tasks::points.gt(1));
    run(on, delete(rows))
}

fn documented(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "tenant");
    let predicate = tree(random, rows_of(documents::table), &subquery::of_document);
    let rows = documents::table.filter(predicate);
    writes!(on, random, delete(rows), returning documents::id => i32)
}

fn filed(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "via");
    let statement = delete(files::table)
        .filter(files::id.eq(random.document()))
        .or_filter(files::document_id.eq(random.document()))
        .or_filter(raw(random.pick(&["FALSE OR FALSE", "TRUE OR FALSE"])));
    writes!(on, random, statement, returning (files::id, files::name) => (i32, String))
}

fn files_by_subquery(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "via");
    let predicate = tree(random, rows_of(files::table), &subquery::of_file);
    run(on, delete(files::table.filter(predicate)))
}

fn boxed_files(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "via");
    random.mark(Predicate, "boxed");
    let predicate = tree(random, target_of(files::table), &predicate::file);
    let statement = delete(files::table).into_boxed().filter(predicate);
    run(on, statement.or_filter(files::id.eq(random.document())))
}

fn setting(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "one row");
    let predicate = tree(random, rows_of(settings::table), &predicate::setting);
    let rows = settings::table.filter(predicate);
    writes!(on, random, delete(rows), returning settings::tenant_id => Uuid)
}

fn organisation(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "root");
    random.mark(Predicate, "tenant");
    run(
        on,
        delete(organisations::table.filter(organisations::id.eq(random.tenant()))),
    )
}

fn billed(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "schema");
    let predicate = tree(random, rows_of(billing_projects::table), &predicate::billed);
    run(on, delete(billing_projects::table.filter(predicate)))
}

fn invoiced(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "schema");
    let predicate = tree(
        random,
        rows_of(billing_invoices::table),
        &subquery::of_invoice,
    );
    let rows = billing_invoices::table.filter(predicate);
    writes!(on, random, delete(rows), returning (billing_invoices::customer, billing_invoices::id)
        => (Uuid, i32))
}
