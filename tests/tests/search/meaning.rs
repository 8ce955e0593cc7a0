//! What is found: by hand, and compared with PostgreSQL's own answer.

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::sql_query;
use diesel::sql_types::Text;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use tenancy_diesel::search::{BlockingPgIndex, Language, Search, SearchError};
use tenancy_tests::{A, B};

use crate::world::{Mode, World, note, texts};

#[test]
fn searches_mean_what_people_type() {
    World::each(|world| {
        world.put(
            A,
            "1",
            "Repair of the roof",
            "Three men and one ladder, two days.",
        );
        world.put(
            A,
            "2",
            "Cellar",
            "The roof of the cellar is dry; nothing to repair.",
        );
        world.put(
            A,
            "3",
            "O'Neil's ladders",
            r"A back\slash and a repaired boat.",
        );
        world.put(B, "1", "roof ladder cellar boat", "roof repair");
        for (text, ids) in [
            ("roof", &["1", "2"][..]),
            ("roofs", &["1", "2"]),
            ("roof repairing", &["1", "2"]),
            ("roof ladder", &["1"]),
            ("boat or cellar", &["2", "3"]),
            ("\"one ladder\"", &["1"]),
            ("\"ladder one\"", &[]),
            ("repair -roof", &["3"]),
            ("-roof", &["3"]),
            ("-roof -boat", &[]),
            ("boat or -roof", &["3"]),
            ("cellar or -roof", &["2", "3"]),
            ("-cellar or -roof", &["1", "3"]),
            ("o'neil", &["3"]),
            (r"back\slash", &["3"]),
            ("the", &[]),
            ("", &[]),
            ("  \" - or ", &[]),
            ("' \\ '' & | ! :* <-> ( )", &[]),
            ("roof & ! (cellar", &["2"]),
            ("absent", &[]),
            ("roof absent", &[]),
            ("ROOF", &["1", "2"]),
        ] {
            assert_eq!(world.ids(A, text), ids, "{text}");
        }
    });
}

#[test]
fn the_title_counts_for_more_and_the_best_come_first() {
    World::each(|world| {
        world.put(A, "body", "nothing", "a roof");
        world.put(A, "title", "the roof", "nothing");
        let search = |limit, offset| {
            let search = Search::new("roof")
                .language(Language::ENGLISH)
                .limit(limit)
                .offset(offset);
            let hits = world.try_search(A, &search).unwrap();
            hits.into_iter().map(|hit| hit.id).collect::<Vec<_>>()
        };
        assert_eq!(search(20, 0), ["title", "body"]);
        assert_eq!(search(1, 0), ["title"]);
        assert_eq!(search(20, 1), ["body"]);
        assert_eq!(search(20, 2), [""; 0]);
        assert_eq!(search(0, 0), [""; 0]);
    });
}

#[test]
fn kinds_and_languages_are_kept_apart() {
    World::each(|world| {
        let mut document = note("1", "Häuser", "Die Häuser am Fluss");
        document.language = Language::GERMAN;
        world.try_put(A, &document).unwrap();
        document.kind = "letter";
        world.try_put(A, &document).unwrap();
        assert_eq!(world.count(A), 2);

        let find = |search: Search<'_>| world.try_search(A, &search).unwrap().len();
        assert_eq!(find(Search::new("haus").language(Language::GERMAN)), 2);
        assert_eq!(
            find(
                Search::new("haus")
                    .language(Language::GERMAN)
                    .kind("letter")
            ),
            1
        );
        assert_eq!(
            find(
                Search::new("-boot")
                    .language(Language::GERMAN)
                    .kind("letter")
            ),
            1
        );
        // The word is kept in its German form, which other rules do not make of it.
        assert_eq!(find(Search::new("häuser").language(Language::SIMPLE)), 0);
        assert_eq!(find(Search::new("häuser").language(Language::GERMAN)), 2);
        assert!(world.remove(A, "letter", "1"));
        assert!(!world.remove(A, "letter", "1"));
        assert_eq!(find(Search::new("haus").language(Language::GERMAN)), 1);
    });
}

#[test]
fn a_document_that_is_put_in_again_is_found_by_its_new_words_alone() {
    World::each(|world| {
        world.put(A, "1", "old", "roof cellar");
        world.put(B, "1", "old", "roof cellar");
        assert_eq!(world.words(A, "1"), ["cellar", "old", "roof"]);
        world.put(A, "1", "new", "cellar ladder");
        assert_eq!(world.words(A, "1"), ["cellar", "ladder", "new"]);
        assert_eq!(world.words(B, "1"), ["cellar", "old", "roof"]);
        assert_eq!(world.ids(A, "roof"), [""; 0]);
        assert_eq!(world.ids(A, "ladder"), ["1"]);
        assert_eq!(world.count(A), 1);
        assert!(world.remove(A, "note", "1"));
        assert!(world.words(A, "1").is_empty());
        assert_eq!(world.ids(B, "roof"), ["1"]);
    });
}

#[test]
fn what_cannot_be_put_in_is_refused_before_it_is_sent() {
    World::each(|world| {
        for id in ["", "a\0", "a\n", &"x".repeat(256)] {
            assert!(matches!(
                world.try_put(A, &note(id, "", "")),
                Err(SearchError::Key)
            ));
        }
        assert!(matches!(
            world.try_put(A, &note("1", "a\0", "")),
            Err(SearchError::Nul)
        ));
        assert!(matches!(
            world.try_put(A, &note("1", "", "a\0")),
            Err(SearchError::Nul)
        ));
        assert!(matches!(
            world.try_search(A, &Search::new("a\0")),
            Err(SearchError::Nul)
        ));
        assert_eq!(world.count(A), 0);
        world.put(A, "1", "a", "b");
        let absent = Language::parse("klingon").unwrap();
        let refused = world.try_search(A, &Search::new("a").language(absent));
        assert!(matches!(refused, Err(SearchError::Database(_))));
        for name in ["", "a.b.c", "English", "a b", "1a", "a'", "a\"b", "."] {
            assert!(
                matches!(Language::parse(name), Err(SearchError::Language)),
                "{name}"
            );
        }
    });
}

const WORDS: [&str; 12] = [
    "roof",
    "roofs",
    "ladder",
    "boat",
    "cellar",
    "the",
    "o'neil",
    "a\\b",
    "x-ray",
    "c++",
    "12.5",
    "e@mail.example",
];

/// Something that somebody may type, or that a program may send.
fn search(rng: &mut StdRng) -> String {
    let mut text = String::new();
    for _ in 0..rng.random_range(1..6) {
        text += ["", "-", "\"", "- ", "or ", "(", "!", "'"]
            .choose(rng)
            .unwrap();
        text += WORDS.choose(rng).unwrap();
        text += [
            " ", " ", "\" ", " or ", " | ", " & ", ":* ", "' ", "\\ ", " <-> ", ")",
        ]
        .choose(rng)
        .unwrap();
    }
    text
}

#[test]
fn what_is_found_is_what_postgresql_finds_without_the_index() {
    let world = World::new(Mode::Blocking);
    let mut rng = StdRng::seed_from_u64(7);
    for i in 0..120 {
        let words: Vec<_> = (0..rng.random_range(0..5))
            .map(|_| *WORDS.choose(&mut rng).unwrap())
            .collect();
        let tenant = if i % 2 == 0 { A } else { B };
        world.put(
            tenant,
            &format!("{i:03}"),
            words.first().unwrap_or(&""),
            &words.join(" "),
        );
    }
    let mut superuser = world.superuser();
    superuser.batch_execute("ANALYZE").unwrap();
    let mut scope = world.scope(A);
    let (mut some, mut empty) = (0, 0);
    for _ in 0..300 {
        let text = search(&mut rng);
        let expected = texts(
            sql_query(
                "SELECT id AS text FROM search_documents WHERE tenant_id = $1::uuid \
                 AND words @@ websearch_to_tsquery('pg_catalog.english', $2) ORDER BY id",
            )
            .bind::<Text, _>(A.0.to_string())
            .bind::<Text, _>(&text)
            .load(&mut superuser)
            .unwrap(),
        );
        let search = Search::new(&text).language(Language::ENGLISH).limit(1000);
        let hits = BlockingPgIndex::new(&mut scope).search(&search).unwrap();
        let mut found: Vec<_> = hits.into_iter().map(|hit| hit.id).collect();
        found.sort();
        assert_eq!(found, expected, "{text}");
        match expected.is_empty() {
            true => empty += 1,
            false => some += 1,
        }
    }
    assert!(some > 50 && empty > 20, "{some} {empty}");
}
