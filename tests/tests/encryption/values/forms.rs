//! Every place where an encrypted column can stand, on both kinds of connection.

use tenancy_diesel::dsl::exists;
use tenancy_diesel::encryption::Encrypted;
use tenancy_diesel::prelude::*;
use tenancy_diesel::upsert::excluded;
use tenancy_tests::{A, B};

use super::desk::{Desk, sealed};
use super::models::{Amendment, Envelope, Letter, NewLetter, Stamp};
use super::schema::{letters, other_letter, stamps};

fn letter(id: i32, body: &str, note: Option<&str>) -> (i32, String, Option<String>) {
    (id, body.to_owned(), note.map(str::to_owned))
}

fn shown(value: Option<Encrypted<String>>) -> Option<String> {
    value.map(Encrypted::into_inner)
}

/// The first bytes of what is stored: each must be an envelope, and no two are alike.
fn assert_all_sealed(desk: &Desk) {
    let stored =
        "SELECT body FROM letters UNION ALL SELECT note FROM letters WHERE note IS NOT NULL
                  UNION ALL SELECT mark FROM stamps";
    let counted = format!(
        "SELECT concat_ws(' ', count(*) = count(DISTINCT c), bool_and(get_byte(c, 0) = 249))
         FROM ({stored}) AS s (c)"
    );
    assert_eq!(desk.vault.lines(&counted), ["t t"]);
}

/// The tests below for one kind of connection.
macro_rules! forms {
    ($kind:ident, $run:ident, $save:path, |$desk:ident, $conn:ident| $scope:expr, $($later:tt)*) => {
mod $kind {
    use super::*;
    use $run::RunQueryDsl;

    #[tokio::test]
    async fn insert_of_a_tuple_of_structs_and_of_batches() {
        let $desk = Desk::new();
        let $conn = &mut $scope;
        // Each once more, from the cache of prepared statements.
        for i in [0, 100] {
            let one = letters::id.eq(i + 1);
            insert_into(letters::table)
                .values((one, letters::body.eq(sealed("tuple")), letters::note.eq(sealed("n"))))
                .execute($conn)$($later)*
                .unwrap();
            let by_reference = sealed("reference");
            insert_into(letters::table)
                .values((letters::id.eq(i + 2), letters::body.eq(&by_reference)))
                .execute($conn)$($later)*
                .unwrap();
            insert_into(letters::table)
                .values(NewLetter::new(i + 3, None))
                .execute($conn)$($later)*
                .unwrap();
            insert_into(letters::table)
                .values(&NewLetter::new(i + 4, Some("n")))
                .execute($conn)$($later)*
                .unwrap();
            insert_into(letters::table)
                .values(vec![NewLetter::new(i + 5, None), NewLetter::new(i + 6, Some("n"))])
                .execute($conn)$($later)*
                .unwrap();
            let slice = [NewLetter::new(i + 7, Some("n")), NewLetter::new(i + 8, None)];
            insert_into(letters::table)
                .values(&slice[..])
                .execute($conn)$($later)*
                .unwrap();
            insert_into(letters::table)
                .values([9, 10].map(|id| (letters::id.eq(i + id), letters::body.eq(sealed("array")))))
                .execute($conn)$($later)*
                .unwrap();
        }
        let expected: Vec<_> = [0, 100]
            .into_iter()
            .flat_map(|i| {
                let body = |id| format!("body {}", i + id);
                [
                    letter(i + 1, "tuple", Some("n")),
                    letter(i + 2, "reference", None),
                    letter(i + 3, &body(3), None),
                    letter(i + 4, &body(4), Some("n")),
                    letter(i + 5, &body(5), None),
                    letter(i + 6, &body(6), Some("n")),
                    letter(i + 7, &body(7), Some("n")),
                    letter(i + 8, &body(8), None),
                    letter(i + 9, "array", None),
                    letter(i + 10, "array", None),
                ]
            })
            .collect();
        assert_eq!($desk.letters(A), expected);
        assert_eq!($desk.letters(B), []);
        assert_all_sealed(&$desk);
    }

    #[tokio::test]
    async fn upsert_from_a_select_and_bulk_load() {
        let $desk = Desk::new();
        $desk.write(B, 1, "of b");
        let $conn = &mut $scope;
        for (round, body) in [(0, "first"), (1, "second")] {
            insert_into(letters::table)
                .values((letters::id.eq(1), letters::body.eq(sealed(body))))
                .on_conflict(letters::id)
                .do_update()
                .set((letters::body.eq(excluded(letters::body)), letters::note.eq(sealed(body))))
                .execute($conn)$($later)*
                .unwrap();
            assert_eq!($desk.letters(A)[0], letter(1, body, (round == 1).then_some(body)));
        }
        let copied = insert_into(letters::table)
            .values(letters::table.select((letters::id + 1, letters::body, letters::note)))
            .into_columns((letters::id, letters::body, letters::note))
            .execute($conn)$($later)*;
        assert_eq!(copied, Ok(1));
        assert_eq!($desk.letters(A)[1], letter(2, "second", Some("second")));

        let rows = (10..1000).map(|id| (id, sealed(&format!("b{id}")), (id % 2 == 0).then(|| sealed("n"))));
        let loaded = insert_into(letters::table)
            .unnest((letters::id, letters::body, letters::note), rows)
            .execute($conn)$($later)*;
        assert_eq!(loaded, Ok(990));
        let found = $desk.letters(A);
        assert_eq!(found.len(), 992);
        assert_eq!(found[2..4], [letter(10, "b10", Some("n")), letter(11, "b11", None)]);
        assert_eq!($desk.letters(B), [letter(1, "of b", None)]);
    }

    #[tokio::test]
    async fn update_by_set_by_changeset_and_by_save() {
        let $desk = Desk::new();
        $desk.write(A, 1, "before");
        $desk.write(B, 1, "of b");
        let $conn = &mut $scope;
        let set = update(letters::table.find(1))
            .set((letters::body.eq(sealed("set")), letters::note.eq(Some(sealed("n")))))
            .execute($conn)$($later)*;
        assert_eq!(set, Ok(1));
        assert_eq!($desk.letters(A), [letter(1, "set", Some("n"))]);

        let some = Amendment { body: Some(sealed("amended")), note: None };
        let amended = update(letters::table.find(1)).set(&some).execute($conn)$($later)*;
        assert_eq!(amended, Ok(1));
        assert_eq!($desk.letters(A), [letter(1, "amended", Some("n"))]);

        let none = Amendment { body: None, note: Some(None) };
        let amended = update(letters::table).set(none).execute($conn)$($later)*;
        assert_eq!(amended, Ok(1));
        assert_eq!($desk.letters(A), [letter(1, "amended", None)]);

        let mut model: Letter = Letter::query()
            .filter(letters::id.eq(1))
            .first($conn)$($later)*
            .unwrap();
        model.body = sealed("saved");
        model.note = Some(sealed("saved too"));
        let saved: Letter = $save(&model, $conn)$($later)*.unwrap();
        assert_eq!(saved.body.expose(), "saved");
        assert_eq!($desk.letters(A), [letter(1, "saved", Some("saved too"))]);

        // From the column itself, within one row.
        let kept = update(letters::table).set(letters::note.eq(letters::note)).execute($conn)$($later)*;
        assert_eq!(kept, Ok(1));
        let nulled = update(letters::table)
            .set(letters::note.eq(None::<Encrypted<String>>))
            .execute($conn)$($later)*;
        assert_eq!(nulled, Ok(1));
        assert_eq!($desk.letters(A), [letter(1, "saved", None)]);
        assert_eq!($desk.letters(B), [letter(1, "of b", None)]);
    }

    #[tokio::test]
    async fn returning_of_inserts_updates_and_deletes() {
        let $desk = Desk::new();
        $desk.write(B, 1, "of b");
        let $conn = &mut $scope;
        let inserted: Vec<(i32, Encrypted<String>)> = insert_into(letters::table)
            .values([NewLetter::new(1, None), NewLetter::new(2, None)])
            .returning((letters::id, letters::body))
            .get_results($conn)$($later)*
            .unwrap();
        let bodies: Vec<_> = inserted.iter().map(|(_, body)| body.expose().as_str()).collect();
        assert_eq!(bodies, ["body 1", "body 2"]);
        let updated: Letter = update(letters::table.find(1))
            .set(letters::body.eq(sealed("updated")))
            .returning(Letter::as_returning())
            .get_result($conn)$($later)*
            .unwrap();
        assert_eq!(updated.body.expose(), "updated");
        let deleted: Vec<Encrypted<String>> = delete(letters::table.find(1))
            .returning(letters::body)
            .get_results($conn)$($later)*
            .unwrap();
        assert_eq!(deleted[0].expose(), "updated");
        assert_eq!($desk.letters(A), [letter(2, "body 2", None)]);
        assert_eq!($desk.letters(B), [letter(1, "of b", None)]);
    }

    #[tokio::test]
    async fn select_of_columns_tuples_and_structs() {
        let $desk = Desk::new();
        $desk.write(B, 1, "of b");
        let $conn = &mut $scope;
        insert_into(letters::table)
            .values([NewLetter::new(1, Some("n")), NewLetter::new(2, None)])
            .execute($conn)$($later)*
            .unwrap();
        for _ in 0..2 {
            let column: Vec<Encrypted<String>> = letters::table
                .select(letters::body)
                .order(letters::id)
                .load($conn)$($later)*
                .unwrap();
            assert_eq!(column.len(), 2);
            assert_eq!(column[1].expose(), "body 2");
            let nullable: Vec<Option<Encrypted<String>>> = letters::table
                .select(letters::note)
                .order(letters::id)
                .load($conn)$($later)*
                .unwrap();
            let nullable: Vec<_> = nullable.into_iter().map(shown).collect();
            assert_eq!(nullable, [Some("n".to_owned()), None]);
            let structs: Vec<Letter> = letters::table
                .select(Letter::as_select())
                .order(letters::id)
                .load($conn)$($later)*
                .unwrap();
            assert_eq!(structs[0].body.expose(), "body 1");
            let mut embedded: Vec<(i32, Envelope)> = letters::table
                .select((letters::id, Envelope::as_select()))
                .filter(letters::note.is_not_null())
                .load($conn)$($later)*
                .unwrap();
            let (id, envelope) = embedded.remove(0);
            assert_eq!((id, envelope.contents.body.expose().as_str()), (envelope.id, "body 1"));
            assert_eq!(shown(envelope.contents.note).as_deref(), Some("n"));
            let boxed: Encrypted<String> = letters::table
                .into_boxed()
                .filter(letters::id.eq(2))
                .select(letters::body)
                .first($conn)$($later)*
                .unwrap();
            assert_eq!(boxed.expose(), "body 2");
        }
    }

    #[tokio::test]
    async fn joins_aliases_sub_selects_and_unions() {
        let $desk = Desk::new();
        $desk.write(B, 3, "of b");
        let $conn = &mut $scope;
        insert_into(letters::table)
            .values([NewLetter::new(1, Some("n")), NewLetter::new(2, None)])
            .execute($conn)$($later)*
            .unwrap();
        insert_into(stamps::table)
            .values((stamps::id.eq(7), stamps::letter_id.eq(2), stamps::mark.eq(sealed("red"))))
            .execute($conn)$($later)*
            .unwrap();
        let inner: Vec<(Encrypted<String>, Encrypted<String>)> = stamps::table
            .inner_join(letters::table)
            .select((letters::body, stamps::mark))
            .load($conn)$($later)*
            .unwrap();
        assert_eq!((inner[0].0.expose().as_str(), inner[0].1.expose().as_str()), ("body 2", "red"));

        let left: Vec<(Letter, Option<Stamp>, Option<Encrypted<String>>)> = letters::table
            .left_join(stamps::table)
            .select((Letter::as_select(), Option::<Stamp>::as_select(), stamps::mark.nullable()))
            .order(letters::id)
            .load($conn)$($later)*
            .unwrap();
        assert!(left[0].1.is_none() && left[0].2.is_none());
        let stamp = left[1].1.as_ref().unwrap();
        assert_eq!((stamp.id, stamp.mark.expose().as_str()), (7, "red"));
        assert_eq!(left[1].2.as_ref().unwrap().expose(), "red");

        let aliased: Vec<(Encrypted<String>, Encrypted<String>)> = letters::table
            .inner_join(other_letter::table.on(other_letter::id.eq(letters::id + 1)))
            .select((letters::body, other_letter::body))
            .load($conn)$($later)*
            .unwrap();
        assert_eq!((aliased[0].0.expose().as_str(), aliased[0].1.expose().as_str()), ("body 1", "body 2"));

        let existing: Vec<Encrypted<String>> = letters::table
            .filter(exists(stamps::table.filter(stamps::letter_id.eq(letters::id))))
            .select(letters::body)
            .load($conn)$($later)*
            .unwrap();
        assert_eq!(existing[0].expose(), "body 2");
        let single: Vec<(i32, Option<Encrypted<String>>)> = stamps::table
            .select((
                stamps::id,
                other_letter::table
                    .filter(other_letter::id.eq(stamps::letter_id))
                    .select(other_letter::body)
                    .single_value(),
            ))
            .load($conn)$($later)*
            .unwrap();
        assert_eq!(single[0].1.as_ref().unwrap().expose(), "body 2");
        let both: Vec<Encrypted<String>> = letters::table
            .filter(letters::id.eq(1))
            .select(letters::body)
            .union_all(letters::table.filter(letters::id.eq(2)).select(letters::body))
            .load($conn)$($later)*
            .unwrap();
        let mut both: Vec<_> = both.into_iter().map(Encrypted::into_inner).collect();
        both.sort();
        assert_eq!(both, ["body 1", "body 2"]);
        assert_all_sealed(&$desk);
    }
}
    };
}

use tenancy_diesel::asynchronous::ScopedSaveChangesDsl as AsyncSave;

forms!(
    synchronous,
    diesel,
    ScopedSaveChangesDsl::save_changes,
    |desk, conn| desk.scope(A),
);
forms!(
    asynchronous,
    diesel_async,
    AsyncSave::save_changes,
    |desk, conn| desk.async_scope(A).await,
    .await
);
