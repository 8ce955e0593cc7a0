//! What clearing and erasing cost, counted in commands; and what is left in the server.

use redis::{cmd, pipe};
use tenancy_core::erasure::Target;
use tenancy_tests::redis::Redis;

use crate::suite::{bytes, cache, tenant};
use crate::support::{Raw, store};

fn calls(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    let owned = |(name, calls): &(&str, u64)| ((*name).to_owned(), *calls);
    expected.iter().map(owned).collect()
}

#[tokio::test]
async fn a_hundred_thousand_entries_are_cleared_by_one_command() {
    const ENTRIES: usize = 100_000;
    let server = Redis::start(&[]);
    let mut raw = Raw::new(&server.url()).await;
    let store = store(&server).await;
    let cache = cache(store);
    let (id_a, id_b) = (tenant("a"), tenant("b"));
    let (a, b) = (cache.scope(&id_a).unwrap(), cache.scope(&id_b).unwrap());
    assert!(a.set("0", "of a").await.unwrap());
    assert!(b.set("0", "of b").await.unwrap());

    // The same entry under many keys, as fast as the server takes them.
    let entry = raw.get("shop.prices:{a}:d:0").await;
    let keys: Vec<usize> = (1..ENTRIES).collect();
    for keys in keys.chunks(5_000) {
        let mut batch = pipe();
        for key in keys {
            let key = format!("shop.prices:{{a}}:d:{key}");
            batch
                .cmd("SET")
                .arg(key)
                .arg(&entry)
                .arg("PX")
                .arg(300_000)
                .ignore();
        }
        raw.pipe(&batch).await;
    }
    assert_eq!(cache.count(&id_a).await.unwrap().items, ENTRIES as u64);

    raw.reset_calls().await;
    a.clear().await.unwrap();
    assert_eq!(raw.calls().await, calls(&[("del", 1)]));
    assert_eq!(a.get("0").await.unwrap(), None);
    assert_eq!(a.get("99999").await.unwrap(), None);
    assert_eq!(b.get("0").await.unwrap(), bytes("of b"));

    // What nobody can read is there still, and an erasure removes it: a thousand keys for a command.
    raw.reset_calls().await;
    assert_eq!(cache.erase(&id_a).await.unwrap().items, ENTRIES as u64);
    let sweeping: u64 = raw.calls().await.iter().map(|(_, calls)| calls).sum();
    assert!(sweeping <= 2 * (ENTRIES as u64 / 1000 + 20), "{sweeping}");
    assert_eq!(cache.count(&id_a).await.unwrap().items, 0);
    let left: Vec<String> = raw.run(cmd("KEYS").arg("*")).await;
    assert_eq!(left.len(), 2, "B's entry and generation: {left:?}");
    assert_eq!(b.get("0").await.unwrap(), bytes("of b"));
}

#[tokio::test]
async fn a_hit_is_one_command_and_a_load_two() {
    let server = Redis::start(&[]);
    let mut raw = Raw::new(&server.url()).await;
    let cache = cache(store(&server).await);
    let a = cache.scope(&tenant("a")).unwrap();
    let load = async || crate::suite::loaded("tiles");
    a.get_or_load("roof", load).await.unwrap();

    raw.reset_calls().await;
    let load = async || crate::suite::loaded("oak");
    a.get_or_load("door", load).await.unwrap();
    // What the script runs is counted too.
    let counted = raw.calls().await;
    let calls_of = |name: &str| counted.iter().find(|(n, _)| n == name).map(|(_, c)| *c);
    assert_eq!((calls_of("mget"), calls_of("eval")), (Some(1), Some(1)));

    raw.reset_calls().await;
    a.get("roof").await.unwrap();
    assert_eq!(raw.calls().await, calls(&[("mget", 1)]));
}

#[tokio::test]
async fn every_key_ends_by_itself_and_a_generation_not_before_its_entries() {
    let server = Redis::start(&[]);
    let mut raw = Raw::new(&server.url()).await;
    let cache = cache(store(&server).await);
    let a = cache.scope(&tenant("a")).unwrap();
    let day = std::time::Duration::from_secs(86_400);
    let long = a.clone().with_ttl(day).unwrap();
    a.get("nothing").await.unwrap();
    assert!(long.set("roof", "tiles").await.unwrap());
    assert!(a.set("door", "oak").await.unwrap());
    a.delete("gate").await.unwrap();
    let keys: Vec<String> = raw.run(cmd("KEYS").arg("*")).await;
    assert_eq!(keys.len(), 4);
    for key in &keys {
        let ends: i64 = raw.run(cmd("PTTL").arg(key)).await;
        assert!(ends > 0, "{key}: {ends}");
    }
    let generation: i64 = raw.run(cmd("PTTL").arg("shop.prices:{a}:g")).await;
    let entry: i64 = raw.run(cmd("PTTL").arg("shop.prices:{a}:d:roof")).await;
    assert!(generation > entry, "{generation} {entry}");
}

/// A server that is short of memory drops what it likes. A generation that it drops is a clearing: the next one
/// is another, and never an earlier one.
#[tokio::test]
async fn an_evicted_generation_brings_nothing_back() {
    let server = Redis::start(&[]);
    let mut raw = Raw::new(&server.url()).await;
    let cache = cache(store(&server).await);
    let a = cache.scope(&tenant("a")).unwrap();
    assert!(a.set("roof", "tiles").await.unwrap());
    let load = async || {
        raw.run::<()>(cmd("DEL").arg("shop.prices:{a}:g")).await;
        assert_eq!(a.get("roof").await.unwrap(), None);
        crate::suite::loaded("oak")
    };
    assert_eq!(a.get_or_load("door", load).await.unwrap(), "oak");
    assert_eq!(
        a.get("door").await.unwrap(),
        None,
        "of an earlier generation"
    );
    assert_eq!(a.get("roof").await.unwrap(), None);
}
