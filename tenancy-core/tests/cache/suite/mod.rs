//! What a cache promises over any store. The stores of other crates are held to it as well.

pub mod entries;
pub mod loads;
pub mod removals;
pub mod sealed;

use std::convert::Infallible;
use std::time::Duration;

use tenancy_core::CanonicalTenant;
use tenancy_core::cache::{Bytes, CacheName, CacheOptions, CacheStore, ScopedCache, TenantCache};

pub const PRICES: CacheName = CacheName::literal("shop.prices");

pub fn options() -> CacheOptions {
    CacheOptions::new(Duration::from_secs(300)).unwrap()
}

pub fn cache<S: CacheStore>(store: S) -> TenantCache<S> {
    TenantCache::new(store, PRICES, options())
}

pub fn tenant(text: &str) -> CanonicalTenant {
    CanonicalTenant::from_text(text).unwrap()
}

/// The scopes of two tenants.
pub fn two<S: CacheStore>(store: S) -> (ScopedCache<S>, ScopedCache<S>) {
    let cache = cache(store);
    (
        cache.scope(&tenant("a")).unwrap(),
        cache.scope(&tenant("b")).unwrap(),
    )
}

pub fn bytes(text: &'static str) -> Option<Bytes> {
    Some(Bytes::from_static(text.as_bytes()))
}

pub fn loaded(text: &'static str) -> Result<Bytes, Infallible> {
    Ok(Bytes::from_static(text.as_bytes()))
}

/// A test for each claim, with a fresh store from this function each.
macro_rules! every_claim {
    ($store:path) => {
        $crate::suite::every_claim!(@ $store, entries:
            the_same_key_of_two_tenants_is_two_entries,
            keys_of_any_bytes_are_entries_of_their_own,
            a_key_that_imitates_the_frame_reaches_nobody_else,
            tenants_whose_ids_begin_or_imitate_one_another_are_apart,
            two_caches_of_one_store_are_apart,
            what_is_too_large_is_refused_and_replaces_nothing_old,
            an_id_that_no_tenant_has_opens_no_scope,
            values_of_serde_types_are_kept_and_those_of_another_type_are_loaded_anew,
        );
        $crate::suite::every_claim!(@ $store, removals:
            clearing_a_tenant_keeps_the_others,
            a_removed_key_is_gone_and_the_others_stay,
            a_load_that_began_before_a_clear_is_not_kept,
            a_load_that_began_before_a_removal_is_not_kept,
            a_load_that_began_before_a_write_does_not_replace_it,
            a_vacancy_from_before_a_clear_fills_nothing,
            a_write_after_a_stale_read_is_kept_which_is_why_there_are_vacancies,
            an_erasure_counts_and_removes_one_tenant,
        );
        $crate::suite::every_claim!(@ $store, loads:
            of_many_callers_one_loads,
            callers_of_two_tenants_do_not_share_a_load,
            an_error_is_shared_and_not_kept,
            a_loader_that_is_dropped_is_followed_by_another,
            whoever_comes_after_a_removal_does_not_share_the_load_from_before,
            a_value_that_is_not_kept_is_still_given_out,
        );
                $crate::suite::every_claim!(@ $store, sealed:
            values_are_sealed_for_their_tenant,
            what_is_not_sealed_is_refused_by_a_sealed_cache_and_the_reverse,
            entries_under_another_label_are_refused,
            a_tenant_whose_keys_are_destroyed_has_no_cache_and_can_be_erased,
        );
    };
    (@ $store:path, $module:ident: $($claim:ident,)*) => {
        $(
            #[tokio::test]
            async fn $claim() {
                $crate::suite::$module::$claim($store().await).await;
            }
        )*
    };
}
pub(crate) use every_claim;
