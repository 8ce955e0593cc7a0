//~ ?

use diesel::sql_query;
use diesel::sql_types::Integer;
use shop::*;

pub fn run() {
    let _sql = sql_query("SELECT 1 FROM ").bind::<Integer, _>(projects::table);
    //~ right: let _sql = sql_query("SELECT 1 WHERE 1 = ").bind::<Integer, _>(1);
}

fn main() {}
