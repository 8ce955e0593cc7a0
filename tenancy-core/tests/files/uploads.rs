use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Waker};

use bytes::Bytes;
use futures_util::stream::{self, TryStreamExt};
use tenancy_core::files::{FileError, TenantFiles};

use crate::probe::Probe;
use crate::support::{contents, encrypted, name, names, places, read};

const PART: usize = 5 << 20;

#[tokio::test]
async fn a_stream_is_sent_in_parts_of_one_length() {
    let probe = Arc::new(Probe::default());
    let a = TenantFiles::new(Arc::clone(&probe))
        .part_bytes(PART)
        .scope(&1)
        .unwrap();
    let long = contents(1, 2 * PART + 12345);
    let pieces = long
        .chunks(700_001)
        .map(|piece| Ok::<_, FileError>(piece.to_vec()));
    let written = a
        .put_stream(&name("long"), stream::iter(pieces))
        .await
        .unwrap();
    assert_eq!(written, long.len() as u64);
    assert_eq!(*probe.parts.lock().unwrap(), [PART, PART, 12345]);
    assert!(read(&a, "long").await.unwrap() == long);

    // What fits into one part is sent as a whole, and so is nothing at all.
    for length in [0, 1, PART] {
        let whole = contents(2, length);
        let piece = Ok::<_, FileError>(whole.clone());
        a.put_stream(&name("whole"), stream::iter([piece]))
            .await
            .unwrap();
        assert!(read(&a, "whole").await.unwrap() == whole, "{length}");
    }
    assert_eq!(probe.parts.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_stream_comes_back_in_pieces() {
    for place in places() {
        let it = encrypted(place).await;
        let long = contents(3, PART + 54321);
        let piece = Ok::<_, FileError>(long.clone());
        it.a.put_stream(&name("long"), stream::iter([piece]))
            .await
            .unwrap();
        let stream = it.a.get(&name("long")).await.unwrap().into_stream();
        let pieces: Vec<Bytes> = stream.try_collect().await.unwrap();
        assert!(pieces.iter().all(|piece| piece.len() <= 64 << 10));
        assert!(pieces.concat() == long);
    }
}

#[tokio::test]
async fn an_upload_whose_source_or_store_fails_leaves_what_was_there() {
    let probe = Arc::new(Probe::default());
    let a = TenantFiles::new(Arc::clone(&probe))
        .part_bytes(PART)
        .scope(&1)
        .unwrap();
    a.put(&name("x"), "old").await.unwrap();
    let source = stream::iter([
        Ok(Bytes::from(contents(4, PART + 1))),
        Err(std::io::Error::other("the client went away")),
    ]);
    let failed = a.put_stream(&name("x"), source).await;
    assert!(matches!(failed, Err(FileError::Source(_))));
    assert_eq!(probe.aborted.load(Ordering::Relaxed), 1);

    probe.parts_fail.store(true, Ordering::Relaxed);
    let source = stream::iter([Ok::<_, FileError>(contents(4, PART + 1))]);
    let failed = a.put_stream(&name("x"), source).await;
    assert!(matches!(failed, Err(FileError::Store(_))));
    assert_eq!(probe.aborted.load(Ordering::Relaxed), 2);
    assert_eq!(read(&a, "x").await.unwrap(), b"old");
}

#[tokio::test]
async fn an_upload_of_which_a_write_was_cut_off_is_never_finished() {
    let probe = Arc::new(Probe::default());
    let a = TenantFiles::new(Arc::clone(&probe))
        .part_bytes(PART)
        .scope(&1)
        .unwrap();
    probe.parts_fail.store(true, Ordering::Relaxed);
    let mut upload = a.upload(&name("x")).await.unwrap();
    upload.write(contents(5, PART)).await.unwrap();
    assert!(matches!(
        upload.write("more").await,
        Err(FileError::Store(_))
    ));
    probe.parts_fail.store(false, Ordering::Relaxed);
    // The part that failed is lost: to go on would make a file with a hole.
    assert!(matches!(
        upload.write("more").await,
        Err(FileError::Interrupted)
    ));
    assert!(matches!(upload.finish().await, Err(FileError::Interrupted)));
    assert!(names(&a).await.is_empty());
}

#[tokio::test]
async fn an_upload_whose_write_was_dropped_is_never_finished() {
    let place = crate::support::on_disk();
    let a = TenantFiles::new(place.bucket.clone())
        .part_bytes(PART)
        .scope(&1)
        .unwrap();
    let mut upload = a.upload(&name("x")).await.unwrap();
    {
        let mut write = pin!(upload.write(contents(6, 3 * PART)));
        let mut context = Context::from_waker(Waker::noop());
        assert!(write.as_mut().poll(&mut context).is_pending());
    }
    assert!(matches!(
        upload.write("more").await,
        Err(FileError::Interrupted)
    ));
    assert!(matches!(upload.finish().await, Err(FileError::Interrupted)));
    assert!(names(&a).await.is_empty());
}

#[tokio::test]
async fn an_upload_that_is_given_up_leaves_nothing() {
    for place in places() {
        let it = encrypted(place).await;
        let mut upload = it.a.upload(&name("x")).await.unwrap();
        upload.write(contents(7, 2 * PART)).await.unwrap();
        upload.write(contents(7, 2 * PART)).await.unwrap();
        upload.abort().await.unwrap();
        assert!(names(&it.a).await.is_empty());
    }
}

#[tokio::test]
async fn what_is_longer_than_the_limit_is_not_read() {
    for place in places() {
        let it = encrypted(place).await;
        it.a.put(&name("x"), contents(8, 1000)).await.unwrap();
        let read = async |limit| it.a.get(&name("x")).await.unwrap().bytes(limit).await;
        assert_eq!(read(1000).await.unwrap().len(), 1000);
        assert!(matches!(
            read(999).await,
            Err(FileError::TooLarge { limit: 999 })
        ));
    }
}
