//! Random operations of several tenants against maps of their own.

use std::collections::HashMap;

use proptest::prelude::*;
use tenancy_core::erasure::Target;

use crate::suite::{cache, tenant};

#[derive(Debug, Clone)]
enum Operation {
    Get,
    Set(u8),
    Load(u8),
    Delete,
    Clear,
    Erase,
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => Just(Operation::Get),
        4 => any::<u8>().prop_map(Operation::Set),
        3 => any::<u8>().prop_map(Operation::Load),
        2 => Just(Operation::Delete),
        1 => Just(Operation::Clear),
        1 => Just(Operation::Erase),
    ]
}

const TENANTS: [&str; 3] = ["a", "a}", "ab"];
const KEYS: [&str; 3] = ["", "d:", "}:d:"];

proptest! {
    #[test]
    fn a_cache_is_a_map_for_each_tenant(
        operations in prop::collection::vec((0..3_usize, 0..3_usize, operation()), 0..60)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let cache = cache(crate::store());
            let mut model: HashMap<(usize, usize), Vec<u8>> = HashMap::new();
            for (who, what, operation) in operations {
                let id = tenant(TENANTS[who]);
                let (scope, key) = (cache.scope(&id).unwrap(), KEYS[what]);
                match operation {
                    Operation::Get => {
                        let value = scope.get(key).await.unwrap();
                        let expected = model.get(&(who, what)).map(Vec::as_slice);
                        prop_assert_eq!(value.as_deref(), expected);
                    }
                    Operation::Set(value) => {
                        prop_assert!(scope.set(key, [value]).await.unwrap());
                        model.insert((who, what), vec![value]);
                    }
                    Operation::Load(value) => {
                        let load = async || Ok::<_, std::io::Error>(vec![value]);
                        let loaded = scope.get_or_load(key, load).await.unwrap();
                        let expected = model.entry((who, what)).or_insert(vec![value]);
                        prop_assert_eq!(&loaded[..], &expected[..]);
                    }
                    Operation::Delete => {
                        scope.delete(key).await.unwrap();
                        model.remove(&(who, what));
                    }
                    Operation::Clear => {
                        scope.clear().await.unwrap();
                        model.retain(|(tenant, _), _| *tenant != who);
                    }
                    Operation::Erase => {
                        let held = model.keys().filter(|(tenant, _)| *tenant == who).count();
                        prop_assert_eq!(cache.count(&id).await.unwrap().items, held as u64);
                        prop_assert_eq!(cache.erase(&id).await.unwrap().items, held as u64);
                        model.retain(|(tenant, _), _| *tenant != who);
                    }
                }
            }
            Ok(())
        })?;
    }
}
