//! What the isolation probe finds in databases that are broken on purpose.

mod calls;
mod odd;
mod shop;
mod sound;
mod structure;
mod tables;
mod views;
