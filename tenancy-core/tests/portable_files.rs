//! A tenant's files exported to a directory and imported under another tenant, and directories that were tampered with.

#![allow(clippy::unwrap_used, reason = "a test fails where its setup does")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::TryStreamExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tenancy_core::files::object_store::memory::InMemory;
use tenancy_core::files::{FileName, PortError, TenantFiles, TenantStore};

struct World {
    folder: TempDir,
    old: TenantStore,
    other: TenantStore,
    new: TenantStore,
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

fn name(text: &str) -> FileName {
    FileName::parse(text).unwrap()
}

impl World {
    /// Tenants 1 and 2 with files of the same names, exported from 1, and 3 with none.
    fn exported() -> Self {
        let bucket = TenantFiles::new(Arc::new(InMemory::new()));
        let [old, other, new] = [1, 2, 3].map(|tenant| bucket.scope(&tenant).unwrap());
        let world = World {
            folder: TempDir::new().unwrap(),
            old,
            other,
            new,
        };
        for (file, contents) in [
            ("a", "of a".to_owned()),
            ("empty", String::new()),
            ("invoices/2026/ü 1%.pdf", "x".repeat(3_000_000)),
        ] {
            wait(world.old.put(&name(file), contents)).unwrap();
            wait(world.other.put(&name(file), "of the other")).unwrap();
        }
        let files = wait(world.old.export_to(world.path())).unwrap();
        assert_eq!(files.len(), 3);
        world
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self, number: usize) -> PathBuf {
        self.path().join("files").join(format!("{number:08}"))
    }

    fn edit(&self, edit: impl FnOnce(&mut Value)) {
        let path = self.path().join("files.json");
        let mut list = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        edit(&mut list);
        fs::write(path, list.to_string()).unwrap();
    }

    fn import(&self) -> Result<usize, PortError> {
        wait(self.new.import_from(self.path())).map(|files| files.len())
    }
}

fn contents(store: &TenantStore) -> Vec<(String, Vec<u8>)> {
    wait(async {
        let found: Vec<_> = store.list(None).try_collect().await.unwrap();
        let mut all = Vec::new();
        for info in found {
            let bytes = store.get(&info.name).await.unwrap();
            let bytes = bytes.bytes(1 << 30).await.unwrap();
            all.push((info.name.as_str().to_owned(), bytes.to_vec()));
        }
        all.sort();
        all
    })
}

#[test]
fn files_are_the_same_under_another_tenant_and_no_other_tenants_are_touched() {
    let world = World::exported();
    let (old, other) = (contents(&world.old), contents(&world.other));
    assert_eq!(world.import().unwrap(), 3);
    assert_eq!(contents(&world.new), old);
    assert_eq!(contents(&world.other), other);
    // What is there with the same contents stays, so an import is run again.
    assert_eq!(world.import().unwrap(), 3);
    wait(world.new.delete(&name("empty"))).unwrap();
    world.import().unwrap();
    assert_eq!(contents(&world.new), old);
}

#[test]
fn nothing_is_written_over() {
    let world = World::exported();
    wait(world.new.put(&name("a"), "mine")).unwrap();
    assert!(matches!(
        world.import(),
        Err(PortError::Taken { number: 1 })
    ));
    assert_eq!(contents(&world.new), [("a".to_owned(), b"mine".to_vec())]);
    let again = wait(world.old.export_to(world.path()));
    assert!(matches!(again, Err(PortError::Disk { .. })));
}

#[test]
fn names_that_lead_elsewhere_are_refused_before_anything_is_written() {
    for wrong in [
        "../2/a",
        "/a",
        "a/../../2/a",
        "..",
        "",
        "a\0b",
        "a//b",
        "%2e%2e/2/a\n",
    ] {
        let world = World::exported();
        let other = contents(&world.other);
        world.edit(|list| list["files"][2]["name"] = json!(wrong));
        assert!(
            matches!(world.import(), Err(PortError::Name { number: 3 })),
            "{wrong:?}"
        );
        assert!(contents(&world.new).is_empty());
        assert_eq!(contents(&world.other), other);
    }
    let world = World::exported();
    world.edit(|list| list["files"][2]["name"] = json!("a"));
    assert!(matches!(world.import(), Err(PortError::Name { number: 3 })));
    assert!(contents(&world.new).is_empty());
}

#[test]
fn a_file_that_is_not_the_exported_one_does_not_appear() {
    let world = World::exported();
    let text = fs::read(world.file(3)).unwrap();
    for changed in [
        text[1..].to_vec(),
        [&text[..], b"x"].concat(),
        [b"y", &text[1..]].concat(),
        Vec::new(),
    ] {
        fs::write(world.file(3), changed).unwrap();
        assert!(matches!(
            world.import(),
            Err(PortError::Differs { number: 3 })
        ));
        assert_eq!(contents(&world.new).len(), 2);
    }
    fs::remove_file(world.file(3)).unwrap();
    assert!(matches!(
        world.import(),
        Err(PortError::Differs { number: 3 })
    ));
    fs::write(world.file(3), text).unwrap();
    world.import().unwrap();
}

#[test]
#[cfg(unix)]
fn links_lead_nowhere() {
    use std::os::unix::fs::symlink;

    let world = World::exported();
    let elsewhere = world.path().join("elsewhere");
    fs::rename(world.file(1), &elsewhere).unwrap();
    symlink(&elsewhere, world.file(1)).unwrap();
    assert!(matches!(
        world.import(),
        Err(PortError::Differs { number: 1 })
    ));
    assert!(contents(&world.new).is_empty());
    // Control: the same file in its place is taken.
    fs::remove_file(world.file(1)).unwrap();
    fs::rename(&elsewhere, world.file(1)).unwrap();
    let files = world.path().join("files");
    fs::rename(&files, &elsewhere).unwrap();
    symlink(&elsewhere, &files).unwrap();
    assert!(matches!(world.import(), Err(PortError::List)));
    fs::remove_file(&files).unwrap();
    fs::rename(&elsewhere, &files).unwrap();
    world.import().unwrap();
}

#[test]
fn an_export_that_did_not_end_and_lists_of_other_forms_are_refused() {
    let world = World::exported();
    for (field, value) in [
        ("format", json!(2)),
        ("more", json!(1)),
        ("files", json!({})),
    ] {
        let world = World::exported();
        world.edit(|list| list[field] = value);
        assert!(matches!(world.import(), Err(PortError::List)), "{field}");
    }
    fs::remove_file(world.path().join("files.json")).unwrap();
    assert!(matches!(world.import(), Err(PortError::List)));
    assert!(contents(&world.new).is_empty());
}

#[test]
#[cfg(unix)]
fn only_their_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let world = World::exported();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&world.path().join("files")), 0o700);
    assert_eq!(mode(&world.file(1)), 0o600);
    assert_eq!(mode(&world.path().join("files.json")), 0o600);
}
