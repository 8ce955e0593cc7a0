//! Values that are moved by tools which do not know their types.

use tenancy_core::encryption::*;

const LABEL: Label = Label::literal("projects.api_key");

fn columns() -> [Column; 2] {
    let keys = DerivedKeys::new_blocking("untyped", RootKey::generate().unwrap()).unwrap();
    [1, 2].map(|tenant| keys.tenant(&tenant).unwrap().column(&LABEL).unwrap())
}

#[test]
fn a_value_of_each_form_moves_to_another_tenant() {
    let [old, new] = columns();
    let row = RowId::new("7");
    let padding = Padding::Blocks(std::num::NonZeroU16::new(32).unwrap());
    for (column, is_padded) in [(old.clone(), false), (old.clone().padded(padding), true)] {
        for bound in [None, Some(&row)] {
            for text in ["", "s3cret", "ends with \u{80}\0\0"] {
                let sealed = match bound {
                    None => column.seal(text),
                    Some(row) => column.seal_row(row, text),
                };
                let sealed = sealed.unwrap();
                let value = old.open_untyped(bound, &sealed).unwrap();
                assert_eq!(value.codec(), Codec::Utf8);
                assert_eq!(value.bytes(), text.as_bytes());
                assert_eq!(value.padded().is_some(), is_padded);
                // From its parts, as a file has them.
                let value = Untyped::new(value.codec(), value.bytes(), value.padded()).unwrap();
                let moved = new.seal_untyped(bound, &value).unwrap();
                assert_eq!(moved.len(), sealed.len());
                let opened = match bound {
                    None => new.open::<String>(&moved),
                    Some(row) => new.open_row::<String>(row, &moved),
                };
                assert_eq!(opened.unwrap(), text);
                assert_eq!(
                    old.open::<String>(&moved),
                    Err(match bound {
                        None => EncryptionError::WrongKey,
                        Some(_) => EncryptionError::Malformed,
                    })
                );
            }
        }
    }
}

#[test]
fn a_value_is_opened_untyped_with_the_same_care_as_with_its_type() {
    let [old, new] = columns();
    let row = RowId::new("7");
    let sealed = old.seal("s3cret").unwrap();
    let fails = |error, result: Result<Untyped, EncryptionError>| {
        assert_eq!(result.unwrap_err(), error);
    };
    fails(EncryptionError::WrongKey, new.open_untyped(None, &sealed));
    fails(
        EncryptionError::Malformed,
        old.open_untyped(Some(&row), &sealed),
    );
    let bound = old.seal_row(&row, "s3cret").unwrap();
    fails(EncryptionError::Malformed, old.open_untyped(None, &bound));
    fails(
        EncryptionError::Tampered,
        old.open_untyped(Some(&RowId::new("8")), &bound),
    );
    let mut changed = sealed.clone();
    changed[3] = Codec::Bytes as u8;
    fails(EncryptionError::Tampered, old.open_untyped(None, &changed));
    assert!(!format!("{:?}", old.open_untyped(None, &sealed)).contains("s3cret"));
    // A padding that hides nothing is none.
    for length in [0, 5, 6] {
        assert!(Untyped::new(Codec::Utf8, b"s3cret", Some(length)).is_err());
    }
    assert!(Untyped::new(Codec::Utf8, b"", Some(MAX_PLAINTEXT_BYTES + 1)).is_err());
}
