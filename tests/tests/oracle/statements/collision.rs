//! Writes that name keys of other tenants' rows, where a key is unique across tenants. They have to do
//! nothing, in a scope and under row-level security alone. Where a tenant is alone there is nothing to
//! collide with.

use diesel::upsert::excluded;

use super::Shape;
use super::side::schema::{documents, files};
use super::side::*;
use crate::grid::Dimension::{Class, Statement};
use crate::outcome::Outcome;
use crate::random::Random;

pub const SHAPES: &[(&str, Shape)] = &[
    ("a file with another tenant's key", file),
    (
        "a file with another tenant's key, or nothing",
        file_or_nothing,
    ),
    ("a file with another tenant's key, updated", file_updated),
    ("a document with another tenant's key", document),
    (
        "a document with another tenant's key, updated",
        document_updated,
    ),
    ("a document, updated on a constraint", document_constrained),
    ("a file of another tenant's document", foreign_owner),
    (
        "files of another tenant's document from a select",
        foreign_owner_selected,
    ),
    ("files, one of another tenant's document", foreign_owners),
    ("a file moved to another tenant's document", moved),
    (
        "a file's key updated with another tenant's document",
        moved_by_upsert,
    ),
];

/// Some collision, or that of this name.
pub fn pick(random: &mut Random, only: Option<&str>) -> (&'static str, Shape) {
    super::among(SHAPES, random, only)
}

fn begin(random: &mut Random, statement: &'static str, class: &'static str) {
    random.mark(Statement, statement);
    random.mark(Class, class);
}

fn file(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "insert", "via");
    let statement = insert_into(files::table).values((
        files::id.eq(random.taken_file()),
        files::document_id.eq(random.owned_document()),
        files::name.eq(random.text()),
    ));
    writes!(on, random, statement, returning files::id => i32)
}

fn file_or_nothing(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "upsert", "via");
    let statement = insert_into(files::table)
        .values((
            files::id.eq(random.taken_file()),
            files::document_id.eq(random.owned_document()),
            files::name.eq(random.text()),
        ))
        .on_conflict_do_nothing();
    writes!(on, random, statement, returning files::name => String)
}

fn file_updated(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "upsert", "via");
    let statement = insert_into(files::table)
        .values((
            files::id.eq(random.taken_file()),
            files::document_id.eq(random.owned_document()),
            files::name.eq(random.text()),
        ))
        .on_conflict(files::id)
        .do_update()
        .set(files::name.eq(excluded(files::name)));
    if random.chance(50) {
        return run(on, only_if!(statement, raw(random.raw())));
    }
    writes!(on, random, statement, returning files::name => String)
}

fn document(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "insert", "tenant");
    let statement = insert_into(documents::table).values((
        documents::id.eq(random.taken_document()),
        documents::title.eq(random.text()),
    ));
    run(on, statement)
}

fn document_updated(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "upsert", "tenant");
    let statement = insert_into(documents::table)
        .values((
            documents::id.eq(random.taken_document()),
            documents::title.eq(random.text()),
        ))
        .on_conflict(documents::id)
        .do_update()
        .set(documents::title.eq(excluded(documents::title)));
    writes!(on, random, statement, returning documents::id => i32)
}

fn foreign_owner(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "insert", "via");
    let statement = insert_into(files::table).values((
        files::id.eq(random.unused_file()),
        files::document_id.eq(random.taken_document()),
        files::name.eq(random.text()),
    ));
    writes!(on, random, statement, returning files::id => i32)
}

fn foreign_owners(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "upsert", "via");
    let file = |id: i32, document: i32, name: String| {
        (
            files::id.eq(id),
            files::document_id.eq(document),
            files::name.eq(name),
        )
    };
    let rows = vec![
        file(random.unused_file(), random.taken_document(), random.text()),
        file(
            random.unused_file() + 1,
            random.owned_document(),
            random.text(),
        ),
    ];
    let statement = insert_into(files::table)
        .values(rows)
        .on_conflict(files::id)
        .do_nothing();
    writes!(on, random, statement, returning files::id => i32)
}

/// Moving a row of a table without a tenant column is refused, wherever it goes.
fn moved(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "update", "via");
    let to = files::document_id.eq(random.taken_document());
    if random.chance(50) {
        return run(on, update(files::table).set(to));
    }
    run(
        on,
        update(files::table).set((files::name.eq(random.text()), to)),
    )
}

fn moved_by_upsert(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "upsert", "via");
    let statement = insert_into(files::table)
        .values((
            files::id.eq(random.owned_file()),
            files::document_id.eq(random.owned_document()),
            files::name.eq(random.text()),
        ))
        .on_conflict(files::id)
        .do_update()
        .set(files::document_id.eq(random.taken_document()));
    run(on, statement)
}

/// The constraint is not the tenant's, so the other tenant's row conflicts.
fn document_constrained(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "upsert", "tenant");
    let statement = insert_into(documents::table)
        .values((
            documents::id.eq(random.taken_document()),
            documents::title.eq(random.text()),
        ))
        .on_conflict(on_constraint("documents_id_key"))
        .do_update()
        .set(documents::title.eq(excluded(documents::title)));
    if random.chance(50) {
        return run(on, only_if!(statement, raw(random.raw())));
    }
    writes!(on, random, statement, returning documents::title => String)
}

fn foreign_owner_selected(on: &mut On, random: &mut Random) -> Outcome {
    begin(random, "insert", "via");
    let owned = random.owned_document();
    let away = random.taken_document() - owned;
    let query = documents::table.filter(documents::id.eq(owned)).select((
        documents::id + random.unused_file(),
        documents::id + away,
        documents::title,
    ));
    let statement = insert_into(files::table).values(query).into_columns((
        files::id,
        files::document_id,
        files::name,
    ));
    writes!(on, random, statement, returning files::id => i32)
}
