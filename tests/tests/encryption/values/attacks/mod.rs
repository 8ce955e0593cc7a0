//! Attacks on stored values and on keys, each with the error that answers it and a control that opens.

mod cut_off;
mod damaged;
mod foreign_keys;
mod moved;
mod outside;
mod row_bound;
mod shredded;
