use diesel_async::RunQueryDsl;
use tenancy_diesel::prelude::*;

use crate::Result;
use crate::report::{Table, check, heading};
use crate::schema::{TenantPool, countries, organisations};
use crate::tenants::TENANTS;

/// The table of the tenants itself: a tenant sees its own row. Countries are for everybody.
pub(crate) async fn organisations(pool: &TenantPool) -> Result {
    heading("3. The table of the organisations");
    let mut table = Table::new(["scope", "organisations", "name", "country", "countries"]);
    for tenant in TENANTS {
        let conn = &mut pool.scope(tenant.id).await?;
        let rows: Vec<(String, String)> = organisations::table
            .inner_join(countries::table)
            .select((organisations::name, countries::name))
            .load(conn)
            .await?;
        let countries: i64 = countries::table.count().get_result(conn).await?;
        for (name, country) in &rows {
            table.row([&tenant.name, &rows.len(), name, country, &countries]);
            check("the name of the organisation", &name.as_str(), &tenant.name)?;
        }
        check("organisations in a scope", &rows.len(), &1)?;
    }
    table.print();
    Ok(())
}
