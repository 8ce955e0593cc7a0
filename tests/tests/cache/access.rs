//! Users of Redis with few rights, and a cluster.

use redis::cmd;
use tenancy_core::cache::{CacheError, RedisStore};
use tenancy_core::erasure::Target;
use tenancy_tests::redis::Redis;

use crate::suite::{bytes, cache, tenant};
use crate::support::{Raw, store};

/// As docs/cache.md has it.
const COMMANDS: &str = "+get +mget +set +del +unlink +scan +eval +getrange +pttl +pexpire";

async fn user(server: &Redis, keys: &str) -> String {
    let mut raw = Raw::new(&server.url()).await;
    let mut set = cmd("ACL");
    set.arg("SETUSER").arg("shop").arg("on").arg(">s3cret");
    set.arg("resetkeys").arg(keys);
    for command in COMMANDS.split(' ') {
        set.arg(command);
    }
    raw.run::<()>(&mut set).await;
    server.url_of("shop", "s3cret")
}

#[tokio::test]
async fn a_user_who_may_touch_the_keys_of_one_cache_runs_it_and_nothing_else() {
    let server = Redis::start(&[]);
    let url = user(&server, "~shop.prices:*").await;
    let prices = cache(RedisStore::connect(&url).await.unwrap());
    let id = tenant("a");
    let a = prices.scope(&id).unwrap();
    let load = async || crate::suite::loaded("tiles");
    assert_eq!(a.get_or_load("roof", load).await.unwrap(), "tiles");
    assert_eq!(a.get("roof").await.unwrap(), bytes("tiles"));
    assert!(a.set("door", "oak").await.unwrap());
    a.delete("door").await.unwrap();
    a.clear().await.unwrap();
    assert_eq!(prices.count(&id).await.unwrap().items, 2);
    assert_eq!(prices.erase(&id).await.unwrap().items, 2);

    let mut raw = Raw::new(&url).await;
    let mut administrator = Raw::new(&server.url()).await;
    administrator.set("other:{a}:d:roof", b"secret").await;
    let foreign = raw
        .try_run::<Vec<u8>>(cmd("GET").arg("other:{a}:d:roof"))
        .await;
    assert_eq!(foreign.unwrap_err().code(), Some("NOPERM"));
    let flush = raw.try_run::<()>(&mut cmd("FLUSHALL")).await;
    assert_eq!(flush.unwrap_err().code(), Some("NOPERM"));
}

/// A process that serves one tenant alone may have a user of Redis for that tenant.
#[tokio::test]
async fn a_user_who_may_touch_the_keys_of_one_tenant_reaches_no_other() {
    let server = Redis::start(&[]);
    let url = user(&server, "~shop.prices:{a}:*").await;
    let everybody = cache(store(&server).await);
    let of_b = everybody.scope(&tenant("b")).unwrap();
    assert!(of_b.set("roof", "of b").await.unwrap());

    let prices = cache(RedisStore::connect(&url).await.unwrap());
    let a = prices.scope(&tenant("a")).unwrap();
    assert!(a.set("roof", "of a").await.unwrap());
    assert_eq!(a.get("roof").await.unwrap(), bytes("of a"));
    for other in ["b", "ab", "a}"] {
        let other = prices.scope(&tenant(other)).unwrap();
        assert!(matches!(other.get("roof").await, Err(CacheError::Store(_))));
        assert!(other.set("roof", "forged").await.is_err());
        assert!(other.clear().await.is_err());
    }
    assert_eq!(of_b.get("roof").await.unwrap(), bytes("of b"));
}

#[tokio::test]
async fn in_a_cluster_the_keys_of_a_tenant_are_in_one_slot() {
    let server = Redis::start(&["--cluster-enabled", "yes", "--port", "0"]);
    let mut raw = Raw::new(&server.url()).await;
    let mut slots = cmd("CLUSTER");
    slots.arg("ADDSLOTSRANGE").arg(0).arg(16383);
    raw.run::<()>(&mut slots).await;
    let state = async |raw: &mut Raw| -> String { raw.run(cmd("CLUSTER").arg("INFO")).await };
    while !state(&mut raw).await.contains("cluster_state:ok") {
        tokio::task::yield_now().await;
    }
    let cache = cache(store(&server).await);
    for id in ["a", "a}", "{}", "}{"] {
        let id = tenant(id);
        let scope = cache.scope(&id).unwrap();
        for key in ["", "{x}", "}"] {
            let load = async || crate::suite::loaded("tiles");
            assert_eq!(scope.get_or_load(key, load).await.unwrap(), "tiles");
            assert_eq!(scope.get(key).await.unwrap(), bytes("tiles"));
        }
        assert_eq!(cache.erase(&id).await.unwrap().items, 3);
    }
    // The control: keys without the tag are in several slots.
    let across = raw
        .try_run::<Vec<Option<Vec<u8>>>>(
            cmd("MGET").arg("shop.prices:a:g").arg("shop.prices:a:d:x"),
        )
        .await;
    assert_eq!(across.unwrap_err().code(), Some("CROSSSLOT"));
}
