use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;
use tenancy_core::encryption::{EncryptionError, EncryptionError::*, KeyringError, Moment};
use tenancy_core::files::object_store::path::Path;
use tenancy_core::files::object_store::{ObjectStore, ObjectStoreExt};
use tenancy_core::files::{FileError, TenantFiles, TenantStore};

use crate::probe::Probe;
use crate::support::{
    Encrypted, contents, encrypted, in_memory, keyring, name, places, read, tenant,
};

const CHUNK: usize = 64 << 10;
const SEALED: usize = CHUNK + 16;
const HEADER: usize = 76;

fn reason<T: std::fmt::Debug>(result: Result<T, FileError>) -> EncryptionError {
    match result {
        Err(FileError::Encryption(reason)) => reason,
        other => panic!("not a reason of encryption: {other:?}"),
    }
}

async fn object(raw: &dyn ObjectStore, tenant: &str, name: &str) -> Vec<u8> {
    let path = Path::parse(format!("tenants/{tenant}/{name}")).unwrap();
    raw.get(&path)
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap()
        .to_vec()
}

async fn set_object(raw: &dyn ObjectStore, tenant: &str, name: &str, bytes: &[u8]) {
    let path = Path::parse(format!("tenants/{tenant}/{name}")).unwrap();
    raw.put(&path, bytes.to_vec().into()).await.unwrap();
}

/// Why `x` of A does not open, when its object is this.
async fn refusal(it: &Encrypted, bytes: &[u8]) -> EncryptionError {
    set_object(&*it.raw, "a", "x", bytes).await;
    reason(read(&it.a, "x").await)
}

#[tokio::test]
async fn contents_of_every_length_around_a_border_come_back() {
    for place in places() {
        let it = encrypted(place).await;
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17] {
            let plain = contents(9, length);
            it.a.put(&name("put"), plain.clone()).await.unwrap();
            let pieces = plain
                .chunks(10_007)
                .map(|piece| Ok::<_, FileError>(piece.to_vec()));
            it.a.put_stream(&name("stream"), futures_util::stream::iter(pieces))
                .await
                .unwrap();
            for written in ["put", "stream"] {
                assert!(
                    read(&it.a, written).await.unwrap() == plain,
                    "{written} {length}"
                );
                assert_eq!(
                    it.a.info(&name(written)).await.unwrap().bytes,
                    length as u64
                );
                let object = object(&*it.raw, "a", written).await;
                let chunks = length.div_ceil(CHUNK).max(1);
                assert_eq!(object.len(), HEADER + length + 16 * chunks);
                if length > 16 {
                    assert!(!object.windows(16).any(|window| window == &plain[..16]));
                }
            }
        }
    }
}

#[tokio::test]
async fn two_files_of_the_same_contents_have_no_bytes_in_common() {
    let it = encrypted(in_memory()).await;
    for at in ["x", "y"] {
        it.a.put(&name(at), vec![0; 1000]).await.unwrap();
    }
    let (x, y) = (
        object(&*it.raw, "a", "x").await,
        object(&*it.raw, "a", "y").await,
    );
    assert_ne!(x[12..44], y[12..44]);
    let same = x[HEADER..]
        .iter()
        .zip(&y[HEADER..])
        .filter(|(a, b)| a == b)
        .count();
    assert!(same < 50, "{same} of 1016");
}

#[tokio::test]
async fn every_truncation_is_noticed() {
    let it = encrypted(in_memory()).await;
    it.a.put(&name("x"), contents(10, 3 * CHUNK)).await.unwrap();
    let whole = object(&*it.raw, "a", "x").await;
    assert_eq!(whole.len(), HEADER + 3 * SEALED);
    let mut lengths: Vec<usize> = (0..=HEADER).collect();
    for chunk in 0..3 {
        let border = HEADER + chunk * SEALED;
        lengths.extend(border..border + 20);
        lengths.extend(border + SEALED - 20..border + SEALED);
    }
    for length in lengths {
        let expected = if length < HEADER { Malformed } else { Tampered };
        assert_eq!(refusal(&it, &whole[..length]).await, expected, "{length}");
    }
}

#[tokio::test]
async fn added_bytes_are_noticed() {
    let it = encrypted(in_memory()).await;
    for length in [0, CHUNK] {
        it.a.put(&name("x"), contents(11, length)).await.unwrap();
        let whole = object(&*it.raw, "a", "x").await;
        for added in [1, 15, 16, 17, SEALED] {
            let longer = [&whole[..], &vec![0; added]].concat();
            assert_eq!(refusal(&it, &longer).await, Tampered, "{length} {added}");
        }
        // Also by a whole chunk that is authentic.
        let longer = [&whole[..], &whole[HEADER..]].concat();
        assert_eq!(refusal(&it, &longer).await, Tampered);
    }
}

#[tokio::test]
async fn every_changed_byte_is_noticed() {
    let it = encrypted(in_memory()).await;
    it.a.put(&name("x"), contents(12, CHUNK + 40))
        .await
        .unwrap();
    let whole = object(&*it.raw, "a", "x").await;
    let places = (0..HEADER + 40).chain(HEADER + SEALED - 20..whole.len());
    for place in places {
        for bit in [1, 0x80] {
            let mut changed = whole.clone();
            changed[place] ^= bit;
            let expected = match place {
                4 => UnsupportedSuite,
                0..8 => Malformed,
                8..12 => UnknownGeneration,
                12..HEADER => WrongKey,
                _ => Tampered,
            };
            assert_eq!(refusal(&it, &changed).await, expected, "{place} {bit}");
        }
    }
}

#[tokio::test]
async fn chunks_that_were_exchanged_repeated_or_left_out_are_noticed() {
    let it = encrypted(in_memory()).await;
    it.a.put(&name("x"), contents(13, 3 * CHUNK)).await.unwrap();
    it.a.put(&name("y"), contents(14, 3 * CHUNK)).await.unwrap();
    let (x, y) = (
        object(&*it.raw, "a", "x").await,
        object(&*it.raw, "a", "y").await,
    );
    let chunk = |of: &[u8], i: usize| of[HEADER + i * SEALED..HEADER + (i + 1) * SEALED].to_vec();
    let of = |chunks: &[Vec<u8>]| [&x[..HEADER], &chunks.concat()].concat();
    let [a, b, c] = [0, 1, 2].map(|i| chunk(&x, i));
    for changed in [
        vec![b.clone(), a.clone(), c.clone()],
        vec![a.clone(), a.clone(), c.clone()],
        vec![a.clone(), b.clone(), b.clone()],
        vec![a.clone(), c.clone()],
        vec![b.clone(), c.clone()],
        vec![c.clone()],
        vec![a.clone(), b.clone(), c.clone(), c.clone()],
        vec![a.clone(), chunk(&y, 1), c.clone()],
    ] {
        assert_eq!(refusal(&it, &of(&changed)).await, Tampered);
    }
    set_object(&*it.raw, "a", "x", &of(&[a, b, c])).await;
    assert!(read(&it.a, "x").await.unwrap() == contents(13, 3 * CHUNK));
}

#[tokio::test]
async fn a_file_of_another_tenant_or_under_another_name_does_not_open() {
    for place in places() {
        let it = encrypted(place).await;
        it.a.put(&name("x"), "of A").await.unwrap();
        it.b.put(&name("x"), "of B").await.unwrap();
        let theirs = object(&*it.raw, "b", "x").await;
        assert_eq!(refusal(&it, &theirs).await, WrongKey);
        assert_eq!(reason(it.a.range(&name("x"), 0..1).await), WrongKey);

        // Two files of A that somebody exchanges in the bucket.
        it.a.put(&name("x"), "of A").await.unwrap();
        it.a.put(&name("y"), "as well").await.unwrap();
        let (x, y) = (
            object(&*it.raw, "a", "x").await,
            object(&*it.raw, "a", "y").await,
        );
        set_object(&*it.raw, "a", "y", &x).await;
        assert_eq!(refusal(&it, &y).await, Tampered);
        assert_eq!(reason(it.a.range(&name("y"), 0..1).await), Tampered);
        // An older state of the same file opens: the bucket knows no time.
        set_object(&*it.raw, "a", "x", &x).await;
        assert_eq!(read(&it.a, "x").await.unwrap(), b"of A");
    }
}

#[tokio::test]
async fn plaintext_is_never_given_out_as_contents() {
    for place in places() {
        let it = encrypted(place).await;
        for plain in [
            vec![],
            b"plaintext".to_vec(),
            vec![b'x'; 1000],
            vec![0xF9; 100_000],
        ] {
            assert_eq!(refusal(&it, &plain).await, Malformed);
            assert_eq!(reason(it.a.range(&name("x"), 0..1).await), Malformed);
            assert_eq!(reason(it.a.reseal(&name("x")).await), Malformed);
        }
    }
}

#[tokio::test]
async fn scopes_of_encrypted_files_need_keys_and_others_take_none() {
    let place = in_memory();
    let keyring = keyring(&["a"]).await;
    let keys = keyring.unlock(&tenant("a")).await.unwrap();
    let plain = TenantFiles::new(place.bucket.clone());
    let sealed = plain.clone().encrypted();
    assert!(matches!(
        sealed.scope(&tenant("a")),
        Err(FileError::KeysNeeded)
    ));
    assert!(matches!(
        plain.scope_with_keys(&keys),
        Err(FileError::NotEncrypted)
    ));
    let refused = plain.scope_unlocked(&keyring, &tenant("a")).await;
    assert!(matches!(refused, Err(FileError::NotEncrypted)));
    let refused = sealed.scope_unlocked(&keyring, &tenant("nobody")).await;
    assert!(matches!(
        refused,
        Err(FileError::Keyring(KeyringError::NoKeys))
    ));
    // The keys say whose files they are: there is no way to pair them with another tenant.
    let store = sealed.scope_with_keys(&keys).unwrap();
    store.put(&name("x"), "of A").await.unwrap();
    assert_eq!(object(&*place.raw, "a", "x").await.len(), HEADER + 4 + 16);
    let scope = plain.scope(&tenant("a")).unwrap();
    assert!(matches!(
        scope.reseal(&name("x")).await,
        Err(FileError::NotEncrypted)
    ));
}

#[tokio::test]
async fn copies_and_renamed_files_open_under_their_new_name() {
    for place in places() {
        let it = encrypted(place).await;
        let plain = contents(15, CHUNK + 1);
        it.a.put(&name("x"), plain.clone()).await.unwrap();
        it.a.copy(&name("x"), &name("d/y")).await.unwrap();
        it.a.rename(&name("x"), &name("z")).await.unwrap();
        assert!(matches!(read(&it.a, "x").await, Err(FileError::NotFound)));
        for copy in ["d/y", "z"] {
            assert!(read(&it.a, copy).await.unwrap() == plain, "{copy}");
        }
    }
}

#[tokio::test]
async fn a_range_reads_what_it_touches() {
    let probe = Arc::new(Probe::default());
    let keyring = keyring(&["a"]).await;
    let files = TenantFiles::new(Arc::clone(&probe)).encrypted();
    let a = files.scope_unlocked(&keyring, &tenant("a")).await.unwrap();
    let plain = contents(16, 10 * CHUNK + 5);
    a.put(&name("x"), plain.clone()).await.unwrap();
    let chunk = CHUNK as u64;
    for (range, chunks) in [
        (0..1, 1),
        (chunk - 1..chunk, 1),
        (chunk - 1..chunk + 1, 2),
        (3 * chunk..5 * chunk, 2),
        (4 * chunk + 9..4 * chunk + 10, 1),
    ] {
        probe.read.lock().unwrap().clear();
        let read = a.range(&name("x"), range.clone()).await.unwrap();
        assert!(read == plain[range.start as usize..range.end as usize]);
        assert_eq!(
            *probe.read.lock().unwrap(),
            [HEADER as u64, chunks * SEALED as u64],
            "{range:?}"
        );
    }
    let end = plain.len() as u64;
    assert!(a.range(&name("x"), end - 1..u64::MAX).await.unwrap() == plain[plain.len() - 1..]);
    for empty in [
        end..end + 1,
        u64::MAX - 1..u64::MAX,
        5..5,
        Range { start: 6, end: 5 },
    ] {
        assert!(matches!(
            a.range(&name("x"), empty).await,
            Err(FileError::Range)
        ));
    }
}

#[tokio::test]
async fn a_range_of_a_damaged_chunk_is_an_error_and_others_are_not() {
    let it = encrypted(in_memory()).await;
    let plain = contents(17, 3 * CHUNK);
    it.a.put(&name("x"), plain.clone()).await.unwrap();
    let mut changed = object(&*it.raw, "a", "x").await;
    changed[HEADER + SEALED] ^= 1;
    set_object(&*it.raw, "a", "x", &changed).await;
    let range = async |from: usize, to: usize| it.a.range(&name("x"), from as u64..to as u64).await;
    assert!(range(0, CHUNK).await.unwrap() == plain[..CHUNK]);
    assert!(range(2 * CHUNK, 3 * CHUNK).await.unwrap() == plain[2 * CHUNK..]);
    assert_eq!(reason(range(CHUNK, CHUNK + 1).await), Tampered);
    assert_eq!(reason(range(0, CHUNK + 1).await), Tampered);
    // Cut off at a border, the chunk that then is the last says that it was not.
    set_object(&*it.raw, "a", "x", &changed[..HEADER + SEALED]).await;
    assert_eq!(reason(range(0, 1).await), Tampered);
}

#[tokio::test]
async fn a_file_that_is_replaced_between_two_requests_is_read_again_or_refused() {
    let probe = Arc::new(Probe::default());
    let keyring = keyring(&["a"]).await;
    let files = TenantFiles::new(Arc::clone(&probe)).encrypted();
    let a = files.scope_unlocked(&keyring, &tenant("a")).await.unwrap();
    a.put(&name("x"), "first").await.unwrap();
    let object = object(&*probe, "a", "x").await;
    probe.read.lock().unwrap().clear();
    *probe.replaces.lock().unwrap() = Some(object.into());
    let range = a.range(&name("x"), 0..1).await;
    assert!(matches!(range, Err(FileError::Changed)), "{range:?}");
    assert!(probe.read.lock().unwrap().len() > 1);
    *probe.replaces.lock().unwrap() = None;
    assert_eq!(a.range(&name("x"), 0..1).await.unwrap(), "f");
}

#[tokio::test]
async fn files_are_sealed_anew_under_the_active_generation() {
    for place in places() {
        let it = encrypted(place).await;
        let plain = contents(18, CHUNK + 1);
        it.a.put(&name("x"), plain.clone()).await.unwrap();
        assert!(!it.a.reseal(&name("x")).await.unwrap());
        it.keyring.new_generation(&tenant("a")).await.unwrap();
        assert!(read(&it.a, "x").await.unwrap() == plain);
        let old = object(&*it.raw, "a", "x").await;
        assert!(it.a.reseal(&name("x")).await.unwrap());
        assert!(!it.a.reseal(&name("x")).await.unwrap());

        it.keyring
            .raise_floor(
                &tenant("a"),
                tenancy_core::encryption::KeyGeneration::new(2).unwrap(),
            )
            .await
            .unwrap();
        assert!(read(&it.a, "x").await.unwrap() == plain);
        assert_eq!(refusal(&it, &old).await, BelowFloor);
    }
}

#[tokio::test]
async fn a_file_that_is_being_read_or_written_ends_where_its_tenant_is_shredded() {
    let it = encrypted(in_memory()).await;
    it.a.put(&name("x"), contents(19, 3 * CHUNK)).await.unwrap();
    let mut stream = it.a.get(&name("x")).await.unwrap().into_stream();
    let mut upload = it.a.upload(&name("y")).await.unwrap();
    upload.write(contents(20, 2 * CHUNK)).await.unwrap();
    let first: Option<Bytes> = stream.try_next().await.unwrap();
    assert_eq!(first.unwrap().len(), CHUNK);

    it.keyring.shred(&tenant("a")).await.unwrap();
    let shredded = |result: Result<(), FileError>| {
        let reason = match result {
            Err(FileError::Encryption(reason)) => reason,
            Err(FileError::Keyring(KeyringError::Encryption(reason))) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason, TenantShredded);
    };
    shredded(stream.try_next().await.map(|_| ()));
    shredded(upload.write(contents(20, 2 * CHUNK)).await);
    shredded(read(&it.a, "x").await.map(|_| ()));
    shredded(it.a.put(&name("y"), "z").await);
    shredded(it.a.range(&name("x"), 0..1).await.map(|_| ()));
    it.b.put(&name("y"), "z").await.unwrap();
}

/// Time that tests set.
#[derive(Debug, Clone, Default)]
struct Hands(Arc<std::sync::atomic::AtomicU64>);

impl Hands {
    fn advance(&self, seconds: u64) {
        self.0
            .fetch_add(seconds, std::sync::atomic::Ordering::Relaxed);
    }
}

impl tenancy_core::encryption::Clock for Hands {
    fn now(&self) -> Moment {
        let seconds = self.0.load(std::sync::atomic::Ordering::Relaxed);
        let now = std::time::Duration::from_secs(1000 + seconds);
        Moment {
            monotonic: now,
            wall: now,
        }
    }
}

#[tokio::test]
async fn a_long_file_outlives_a_lease_with_a_keyring_and_not_without() {
    use tenancy_core::encryption::{FixedKey, Keyring, MemoryKeyStore, RootId, RootKey};
    let hands = Hands::default();
    let root = FixedKey::new(RootId::literal("test"), RootKey::generate().unwrap());
    let keyring = Keyring::builder(MemoryKeyStore::new(), root)
        .clock(hands.clone())
        .build();
    let keys = keyring.create_tenant(&tenant("a")).await.unwrap();
    let files = TenantFiles::new(in_memory().bucket).encrypted();
    let plain = contents(21, 4 * CHUNK);

    let held = files.scope_with_keys(&keys).unwrap();
    held.put(&name("x"), plain.clone()).await.unwrap();
    let read_slowly = async |store: &TenantStore| -> Result<Vec<u8>, FileError> {
        let mut stream = store.get(&name("x")).await?.into_stream();
        let mut all = Vec::new();
        while let Some(bytes) = stream.try_next().await? {
            all.extend_from_slice(&bytes);
            hands.advance(50);
        }
        Ok(all)
    };
    assert_eq!(reason(read_slowly(&held).await), NotUnlocked);
    let prolonged = files.scope_unlocked(&keyring, &tenant("a")).await.unwrap();
    assert!(read_slowly(&prolonged).await.unwrap() == plain);
}

#[tokio::test]
async fn errors_and_what_is_printed_show_neither_contents_nor_keys() {
    let it = encrypted(in_memory()).await;
    it.a.put(&name("x"), "s3cret-contents").await.unwrap();
    let contents = it.a.get(&name("x")).await.unwrap();
    let upload = it.a.upload(&name("x")).await.unwrap();
    let printed = format!("{:?} {:?} {contents:?} {upload:?}", it.files, it.a);
    assert!(!printed.contains("s3cret"));
    let theirs = object(&*it.raw, "a", "x").await;
    set_object(&*it.raw, "b", "x", &theirs).await;
    let error = read(&it.b, "x").await.unwrap_err();
    assert_eq!(format!("{error:?}"), "Encryption(WrongKey)");
}
