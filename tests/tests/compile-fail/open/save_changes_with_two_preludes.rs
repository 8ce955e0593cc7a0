//! Does not compile although it should: both preludes have a `SaveChangesDsl`, so neither is in scope
//! and the method is not found.

use diesel::prelude::*;
use shop::Project;
use shop::schema::Scoped;
use tenancy_diesel::prelude::*;

pub fn run(project: &Project, scope: &mut Scoped<PgConnection>) -> QueryResult<Project> {
    project.save_changes(scope)
}

fn main() {}
