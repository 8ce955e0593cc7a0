//! All keys of one partition, found by their prefix in the server's whole database.

use std::collections::HashSet;

use ::redis::cmd;

use super::RedisStore;
use crate::cache::{CacheStoreError, Partition};
use crate::erasure::Amount;

/// How many keys the server looks at for one command. It answers nobody else meanwhile.
const AT_ONCE: usize = 1000;

pub(super) async fn count(
    store: &RedisStore,
    partition: &Partition,
) -> Result<Amount, CacheStoreError> {
    // The server may name a key twice.
    let mut keys = HashSet::new();
    let mut sweep = Sweep::new(store, partition);
    while let Some(found) = sweep.next().await? {
        keys.extend(found.into_iter().filter(|key| sweep.is_entry(key)));
    }
    Ok(Amount::items(keys.len() as u64))
}

pub(super) async fn erase(
    store: &RedisStore,
    partition: &Partition,
) -> Result<Amount, CacheStoreError> {
    let mut erased = 0;
    let mut sweep = Sweep::new(store, partition);
    while let Some(found) = sweep.next().await? {
        let (entries, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|key| sweep.is_entry(key));
        erased += unlink(store, &entries).await?;
        unlink(store, &others).await?;
    }
    Ok(Amount::items(erased))
}

/// The server gives the memory back by another thread, so that large values hold nobody up.
async fn unlink(store: &RedisStore, keys: &[Vec<u8>]) -> Result<u64, CacheStoreError> {
    if keys.is_empty() {
        return Ok(0);
    }
    Ok(store.run(cmd("UNLINK").arg(keys)).await?)
}

/// Keys that are there from the beginning to the end are found. Those of before the clearing are: it came
/// first, and after it nothing of before is written.
struct Sweep<'a> {
    store: &'a RedisStore,
    prefix: Vec<u8>,
    cursor: Option<u64>,
}

impl<'a> Sweep<'a> {
    fn new(store: &'a RedisStore, partition: &Partition) -> Self {
        Sweep {
            store,
            prefix: partition.prefix().into_bytes(),
            cursor: Some(0),
        }
    }

    /// The next keys, of which there may be none. `None` at the end.
    async fn next(&mut self) -> Result<Option<Vec<Vec<u8>>>, CacheStoreError> {
        let Some(cursor) = self.cursor else {
            return Ok(None);
        };
        // A prefix has no character that means something in a pattern.
        let pattern = [&self.prefix[..], b"*"].concat();
        let mut scan = cmd("SCAN");
        scan.arg(cursor)
            .arg("MATCH")
            .arg(pattern)
            .arg("COUNT")
            .arg(AT_ONCE);
        let (cursor, mut keys): (u64, Vec<Vec<u8>>) = self.store.run(&scan).await?;
        self.cursor = (cursor != 0).then_some(cursor);
        // Whatever the server takes the pattern for, nobody else's key is touched.
        keys.retain(|key| key.starts_with(&self.prefix));
        Ok(Some(keys))
    }

    fn is_entry(&self, key: &[u8]) -> bool {
        key[self.prefix.len()..].starts_with(b"d:")
    }
}
