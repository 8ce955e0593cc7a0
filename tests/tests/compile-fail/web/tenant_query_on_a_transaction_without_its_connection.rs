//~ E0308
//~ expected `&mut Scoped<_, OrgId>`

use diesel_async::RunQueryDsl;
use shop::*;
use tenancy_axum::{Rejection, Tx};

pub async fn names(mut tx: Tx<TenantPool>) -> Result<Vec<String>, Rejection> {
    let names = projects::table.select(projects::name);
    Ok(names.load(&mut tx).await?)
    //~ right: Ok(names.load(tx.conn().await?).await?)
}

fn main() {}
