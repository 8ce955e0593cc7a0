//! The statements, written as an application of one tenant writes them. What is in scope decides whether
//! they are plain Diesel or Tenancy.

#[macro_use]
mod reads;

mod alias;
pub mod collision;
mod delete;
mod insert;
mod join;
mod model;
mod predicate;
mod select;
mod set;
mod special;
mod subquery;
mod update;
mod upsert;

use super as side;

use crate::outcome::Outcome;
use crate::random::Random;

/// Builds a random statement of one shape and runs it.
pub type Shape = fn(&mut side::On, &mut Random) -> Outcome;

/// All shapes, by kind.
pub const SHAPES: &[&[(&str, Shape)]] = &[
    select::SHAPES,
    join::SHAPES,
    alias::SHAPES,
    set::SHAPES,
    special::SHAPES,
    insert::SHAPES,
    upsert::SHAPES,
    update::SHAPES,
    delete::SHAPES,
];

/// Some shape: of each kind about equally many. Or of all kinds one of this name.
pub fn pick(random: &mut Random, only: Option<&str>) -> (&'static str, Shape) {
    match only {
        None => {
            let kind = random.pick(SHAPES);
            random.pick(kind)
        }
        Some(_) => among(&SHAPES.concat(), random, only),
    }
}

fn among(
    shapes: &[(&'static str, Shape)],
    random: &mut Random,
    only: Option<&str>,
) -> (&'static str, Shape) {
    let shapes: Vec<_> = shapes
        .iter()
        .filter(|(name, _)| only.is_none_or(|only| only == *name))
        .copied()
        .collect();
    assert!(!shapes.is_empty(), "no shape has the name {only:?}");
    random.pick(&shapes)
}
