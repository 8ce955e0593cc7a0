use tenancy_core::files::{FileName, InvalidFileName, MAX_NAME_BYTES};

use crate::support::{name, places, read, tenant};

#[test]
fn names_that_lead_elsewhere_are_refused() {
    use InvalidFileName::*;
    let cases = [
        ("", Empty),
        ("/", Absolute),
        ("/etc/passwd", Absolute),
        ("//host/share", Absolute),
        ("C:/x", Absolute),
        ("c:x", Absolute),
        (".", Dots),
        ("..", Dots),
        ("...", Dots),
        ("../b/x", Dots),
        ("a/../../b/x", Dots),
        ("a/./b", Dots),
        ("a/..", Dots),
        ("a/.. /b", Dots),
        (" ", Dots),
        ("a/\u{a0}/b", Dots),
        ("a//b", EmptyPart),
        ("a/", EmptyPart),
        ("..\\b\\x", Backslash),
        ("a\\b", Backslash),
        ("a\0", Control { position: 1 }),
        ("a\nb", Control { position: 1 }),
        ("é\u{85}", Control { position: 2 }),
        ("%2e%2e/b", Encoded),
        ("%2E./b", Encoded),
        ("a/%2e%2E/b", Encoded),
        ("a%2fb", Encoded),
        ("%2fetc", Encoded),
        ("a%5cb", Encoded),
        ("a%00", Encoded),
        ("%252e%252e/b", Encoded),
        ("%25252e%25252e/b", Encoded),
        ("%25%32%65%2e/b", Encoded),
    ];
    for (text, reason) in cases {
        assert_eq!(FileName::parse(text), Err(reason), "{text:?}");
        assert!(
            text.len() < 3 || !reason.to_string().contains(text),
            "{text:?}"
        );
    }
}

#[test]
fn names_are_as_long_as_their_form_in_the_bucket_may_be() {
    assert!(FileName::parse(&"x".repeat(590)).is_ok());
    for text in [
        "x".repeat(MAX_NAME_BYTES + 1),
        "X".repeat(200),
        "x".repeat(1 << 20),
    ] {
        assert_eq!(FileName::parse(&text), Err(InvalidFileName::TooLong));
    }
    // The time that decoding takes does not grow with the depth of the encoding.
    let nested = format!("%{}2e", "25".repeat(290));
    assert_eq!(FileName::parse(&nested), Err(InvalidFileName::Encoded));
}

/// Names that are odd and lead nowhere. Each is another file, also where the disk would not see it.
const ODD: [&str; 24] = [
    "a.txt",
    "A.txt",
    "a.TXT",
    "ä",
    "a\u{308}",
    "Ä",
    ".hidden",
    "..a",
    "a..",
    "a.",
    "a ",
    " a",
    "100%",
    "100%25",
    "50%ab",
    "a#1",
    "a+b",
    "a=41",
    "=2e=2e",
    "~root",
    "12:30",
    "$HOME/*?",
    "\u{2024}\u{2024}/\u{2215}b",
    "tenants/b/x",
];

#[tokio::test]
async fn odd_names_are_names_of_their_own() {
    for place in places() {
        let files = tenancy_core::files::TenantFiles::new(place.bucket.clone());
        let (a, b) = (
            files.scope(&tenant("a")).unwrap(),
            files.scope(&tenant("b")).unwrap(),
        );
        b.put(&name("x"), "of B").await.unwrap();
        for text in ODD {
            a.put(&name(text), text).await.unwrap();
        }
        for text in ODD {
            assert_eq!(read(&a, text).await.unwrap(), text.as_bytes(), "{text}");
        }
        let mut all = ODD.to_vec();
        all.sort_unstable();
        assert_eq!(crate::support::names(&a).await, all);
        assert_eq!(read(&b, "x").await.unwrap(), b"of B");
        assert_eq!(crate::support::names(&b).await, ["x"]);
    }
}
