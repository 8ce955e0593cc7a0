//! The queue as the application sees it: a place to put envelopes.

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "what `table!` writes is public, in a module that is not"
)]

diesel::table! {
    tenancy.jobs (envelope) {
        envelope -> Binary,
    }
}
