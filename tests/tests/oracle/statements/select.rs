//! SELECT on one table.

use uuid::Uuid;

use super::Shape;
use super::predicate::{self, tree};
use super::side::schema::billing::{invoices as billing_invoices, projects as billing_projects};
use super::side::schema::{
    comments, countries, documents, files, legacy_events, organisations, projects, settings, tasks,
};
use super::side::*;
use super::subquery;
use crate::grid::Dimension::Class;
use crate::outcome::Outcome;
use crate::random::Random;

pub const SHAPES: &[(&str, Shape)] = &[
    ("projects", all_projects),
    ("some columns of projects", some_projects),
    ("tasks", all_tasks),
    ("comments", all_comments),
    ("documents", all_documents),
    ("files", all_files),
    ("organisations", all_organisations),
    ("settings", all_settings),
    ("countries", all_countries),
    ("legacy_events", all_events),
    ("billing.projects", all_billed),
    ("billing.invoices", all_invoices),
];

type Project = (Uuid, i32, String, Option<String>, Option<i32>);

fn all_projects(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    reads!(on, random, projects::table => Project, by projects::id,
        where predicate::project, subquery::of_project)
}

fn some_projects(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    let query = projects::table.select((projects::name, projects::id));
    reads!(on, random, query => (String, i32), by (projects::name, projects::id.desc()),
        where subquery::of_project)
}

fn all_tasks(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    let query = tasks::table.select((tasks::tenant_id, tasks::id, tasks::title, tasks::done));
    reads!(on, random, query => (Uuid, i32, String, bool), by tasks::id,
        where predicate::task, subquery::of_task)
}

fn all_comments(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    reads!(on, random, comments::table => (Uuid, i32, i32, String), by comments::id,
        where predicate::comment)
}

fn all_documents(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "tenant");
    reads!(on, random, documents::table => (Uuid, i32, String), by documents::id,
        where predicate::document, subquery::of_document)
}

fn all_files(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "via");
    reads!(on, random, files::table => (i32, i32, String), by files::id,
        where predicate::file, subquery::of_file)
}

fn all_organisations(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "root");
    reads!(on, random, organisations::table => (Uuid, String), by organisations::id,
        where predicate::organisation, subquery::of_organisation)
}

fn all_settings(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "one row");
    reads!(on, random, settings::table => (Uuid, String, Option<String>), by settings::tenant_id,
        where predicate::setting)
}

fn all_countries(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "shared");
    reads!(on, random, scoped(countries::table) => (String, String), by countries::code,
        where predicate::country, subquery::of_country)
}

fn all_billed(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "schema");
    reads!(on, random, billing_projects::table => (Uuid, i32, String, i64), by billing_projects::id,
        where predicate::billed)
}

fn all_invoices(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "schema");
    reads!(on, random, billing_invoices::table => (Uuid, i32, i32, i64), by billing_invoices::id,
        where predicate::invoice, subquery::of_invoice)
}

fn all_events(on: &mut On, random: &mut Random) -> Outcome {
    random.mark(Class, "excluded");
    reads!(on, random, scoped(legacy_events::table) => (i32, Option<Uuid>, String),
        by legacy_events::id, where predicate::event)
}
