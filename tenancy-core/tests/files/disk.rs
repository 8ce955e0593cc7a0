//! What is particular to the local disk.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tenancy_core::erasure::Target;
use tenancy_core::files::object_store::local::LocalFileSystem;
use tenancy_core::files::{FileError, LocalDisk, TenantFiles};

use crate::support::{name, names, read, tenant};

/// The system, its folder, and the same folder without our layer.
fn disk() -> (TenantFiles, tempfile::TempDir, TenantFiles) {
    let folder = tempfile::tempdir().unwrap();
    let files = TenantFiles::on_disk(folder.path()).unwrap();
    let bare = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
    (files, folder, TenantFiles::new(Arc::new(bare)))
}

fn tree(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(tree(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[tokio::test]
async fn a_link_in_the_tenants_folder_leads_nowhere() {
    let (files, folder, bare) = disk();
    let (a, b) = (files.scope(&1).unwrap(), files.scope(&2).unwrap());
    a.put(&name("own"), "of A").await.unwrap();
    b.put(&name("theirs"), "of B").await.unwrap();
    let root = folder.path().join("tenants");
    symlink(root.join("2"), root.join("1/link")).unwrap();
    symlink(root.join("2/theirs"), root.join("1/file")).unwrap();

    // The control: object_store's own store reads and lists B's files as A's.
    let leaking = bare.scope(&1).unwrap();
    assert_eq!(read(&leaking, "link/theirs").await.unwrap(), b"of B");
    assert_eq!(read(&leaking, "file").await.unwrap(), b"of B");
    assert_eq!(names(&leaking).await, ["file", "link/theirs", "own"]);

    for linked in ["link/theirs", "file"].map(name) {
        for refused in [
            a.get(&linked).await.map(|_| ()),
            a.info(&linked).await.map(|_| ()),
            a.range(&linked, 0..1).await.map(|_| ()),
            a.put(&linked, "forged").await,
            a.create(&linked, "forged").await,
            a.delete(&linked).await,
            a.copy(&linked, &name("mine")).await,
            a.copy(&name("own"), &linked).await,
            a.rename(&linked, &name("mine")).await,
            a.rename(&name("own"), &linked).await,
        ] {
            assert!(
                matches!(refused, Err(FileError::Store(_))),
                "{linked} {refused:?}"
            );
        }
    }
    assert_eq!(names(&a).await, ["own"]);
    assert_eq!(read(&b, "theirs").await.unwrap(), b"of B");
}

#[tokio::test]
async fn an_erasure_removes_links_and_not_what_they_lead_to() {
    for (layer, b_is_left) in [(true, true), (false, false)] {
        let (files, folder, bare) = disk();
        let files = if layer { files } else { bare };
        let b = files.scope(&2).unwrap();
        files
            .scope(&1)
            .unwrap()
            .put(&name("own"), "of A")
            .await
            .unwrap();
        b.put(&name("theirs"), "of B").await.unwrap();
        let root = folder.path().join("tenants");
        symlink(root.join("2"), root.join("1/link")).unwrap();

        let counted = files.count(&tenant("1")).await.unwrap();
        let erased = files.erase(&tenant("1")).await.unwrap();
        // Without the layer, the erasure of A deletes B's file.
        assert_eq!((counted.items, erased.items), (2, 2));
        assert_eq!(read(&b, "theirs").await.is_ok(), b_is_left);
        assert_eq!(!root.join("1").exists(), layer);
    }
}

#[tokio::test]
async fn a_tenants_folder_that_is_a_link_is_refused() {
    let (files, folder, _) = disk();
    files
        .scope(&2)
        .unwrap()
        .put(&name("x"), "of B")
        .await
        .unwrap();
    let root = folder.path().join("tenants");
    symlink(root.join("2"), root.join("1")).unwrap();
    let a = files.scope(&1).unwrap();
    assert!(matches!(a.get(&name("x")).await, Err(FileError::Store(_))));
    assert!(files.count(&tenant("1")).await.is_err());
    assert!(files.erase(&tenant("1")).await.is_err());
    assert_eq!(read(&files.scope(&2).unwrap(), "x").await.unwrap(), b"of B");
}

#[tokio::test]
async fn the_folder_itself_may_be_behind_a_link() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("real")).unwrap();
    symlink(folder.path().join("real"), folder.path().join("link")).unwrap();
    let files = TenantFiles::on_disk(folder.path().join("link")).unwrap();
    let a = files.scope(&1).unwrap();
    a.put(&name("x"), "of A").await.unwrap();
    assert_eq!(names(&a).await, ["x"]);
    assert!(matches!(
        TenantFiles::on_disk(folder.path().join("absent")),
        Err(FileError::NotFound | FileError::Store(_))
    ));
}

#[tokio::test]
async fn copying_again_leaves_nothing_behind() {
    let (files, folder, bare) = disk();
    let (a, leaking) = (files.scope(&1).unwrap(), bare.scope(&2).unwrap());
    for store in [&a, &leaking] {
        store.put(&name("x"), "contents").await.unwrap();
        for _ in 0..2 {
            store.copy(&name("x"), &name("y")).await.unwrap();
        }
        for gone in ["x", "y"].map(name) {
            store.delete(&gone).await.unwrap();
        }
        assert!(names(store).await.is_empty());
    }
    // The control: object_store's own store keeps the contents under a hidden name.
    let left = tree(folder.path());
    assert_eq!(left, [folder.path().join("tenants/2/y#0")]);
    assert_eq!(fs::read(&left[0]).unwrap(), b"contents");
}

#[tokio::test]
async fn a_copy_is_not_the_same_file() {
    let (files, _folder, _) = disk();
    let a = files.scope(&1).unwrap();
    a.put(&name("x"), "1").await.unwrap();
    a.copy(&name("x"), &name("y")).await.unwrap();
    a.put(&name("x"), "2").await.unwrap();
    assert_eq!(read(&a, "y").await.unwrap(), b"1");
}

#[tokio::test]
async fn an_unfinished_file_is_not_listed_and_goes_with_the_tenant() {
    let (files, folder, _) = disk();
    let a = files.scope(&1).unwrap();
    a.put(&name("x"), "1").await.unwrap();
    // What a process that was killed leaves behind.
    fs::write(folder.path().join("tenants/1/x#7"), "half").unwrap();
    assert_eq!(names(&a).await, ["x"]);
    let counted = files.count(&tenant("1")).await.unwrap();
    assert_eq!((counted.items, counted.bytes), (2, Some(5)));
    assert_eq!(files.erase(&tenant("1")).await.unwrap(), counted);
    assert!(tree(folder.path()).is_empty());
    assert_eq!(files.erase(&tenant("1")).await.unwrap().items, 0);
    assert!(files.copies().is_empty());
}

#[tokio::test]
async fn what_is_below_a_file_or_a_folder_is_not_found() {
    let (files, _folder, _) = disk();
    let a = files.scope(&1).unwrap();
    a.put(&name("file"), "1").await.unwrap();
    a.put(&name("folder/file"), "1").await.unwrap();
    for absent in ["file/below", "file/below/that", "folder"].map(name) {
        assert!(
            matches!(a.get(&absent).await, Err(FileError::NotFound)),
            "{absent}"
        );
        assert!(
            matches!(a.info(&absent).await, Err(FileError::NotFound)),
            "{absent}"
        );
    }
    a.delete(&name("file/below")).await.unwrap();
    assert_eq!(names(&a).await, ["file", "folder/file"]);
}

#[test]
fn a_program_without_a_runtime_has_files_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let disk = LocalDisk::durable(folder.path()).unwrap();
    let files = TenantFiles::new(disk);
    tenancy_core::encryption::wait(async {
        let a = files.scope(&1).unwrap();
        a.put(&name("x"), "1").await.unwrap();
        a.copy(&name("x"), &name("y")).await.unwrap();
        assert_eq!(names(&a).await, ["x", "y"]);
        assert_eq!(read(&a, "y").await.unwrap(), b"1");
        assert_eq!(files.erase(&tenant("1")).await.unwrap().items, 2);
    });
}
