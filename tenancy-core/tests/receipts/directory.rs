use std::fs;

use tenancy_core::erasure::receipts::*;

use crate::support::*;

#[test]
fn a_receipt_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let sink = Directory::open(folder.path()).unwrap();
    wait(sink.append(1, "first\n")).unwrap();
    assert!(matches!(
        wait(sink.append(1, "second\n")),
        Err(SinkError::Taken { number: 1 })
    ));
    assert_eq!(wait(sink.read(1)).unwrap().unwrap(), b"first\n");
    assert_eq!(wait(sink.read(2)).unwrap(), None);
    // No file of another name stays behind.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn numbers_are_those_of_the_files_of_receipts_alone() {
    let folder = tempfile::tempdir().unwrap();
    let sink = Directory::open(folder.path()).unwrap();
    for number in [10, 2, 1, u64::MAX] {
        wait(sink.append(number, "x\n")).unwrap();
    }
    for other in [
        ".partial-0011223344556677",
        "3.receipt",
        "+0000000000000000003.receipt",
        "00000000000000000003.receipt.bak",
        "00000000000000000003",
        "README",
    ] {
        fs::write(folder.path().join(other), "x").unwrap();
    }
    assert_eq!(wait(sink.numbers()).unwrap(), [1, 2, 10, u64::MAX]);
}

#[test]
fn a_directory_that_is_not_there_is_an_error_and_not_an_empty_sink() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mount");
    assert!(Directory::open(&path).is_err());
    fs::write(&path, "").unwrap();
    assert!(Directory::open(&path).is_err());
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let sink = Directory::open(&path).unwrap();
    fs::remove_dir(&path).unwrap();
    assert!(matches!(
        wait(sink.numbers()),
        Err(SinkError::Failed { .. })
    ));
    assert!(matches!(
        wait(sink.append(1, "x\n")),
        Err(SinkError::Failed { .. })
    ));
}

#[test]
fn a_file_without_end_is_not_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let sink = Directory::open(folder.path()).unwrap();
    wait(sink.append(1, &"x".repeat(3 * MAX_RECEIPT_BYTES))).unwrap();
    let text = wait(sink.read(1)).unwrap().unwrap();
    assert_eq!(text.len(), MAX_RECEIPT_BYTES + 1);
}
