use diesel::sql_types::{BigInt, Binary, Text, Uuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tenancy_diesel::bb8::Lease;
use tenancy_diesel::encryption::{
    Encrypted, EncryptionError, EnvelopeInfo, Keyring, encryption_error,
};
use tenancy_diesel::prelude::*;

use crate::Result;
use crate::database::Database;
use crate::models::Integration;
use crate::report::{Table, check, heading};
use crate::schema::{Scoped, TenantPool, integrations};
use crate::tenants::{ACME, GLOBEX, INITECH, TENANTS, Tenant};

/// A column that is encrypted under a key of its tenant, until the keys are destroyed.
pub(crate) async fn encrypted_columns(
    database: &Database,
    pool: &TenantPool,
    keyring: &Keyring,
) -> Result {
    heading("9. Encrypted columns");
    let superuser = &mut database.superuser().await?;
    dump(superuser).await?;
    readers(database, pool).await?;
    copied_ciphertext(superuser, pool).await?;
    shredding(superuser, pool, keyring).await
}

const STORED: &str = "SELECT token, integrations::text AS line FROM integrations";

#[derive(Debug, PartialEq, QueryableByName)]
struct Stored {
    #[diesel(sql_type = Binary)]
    token: Vec<u8>,
    /// The row as PostgreSQL writes it into a dump.
    #[diesel(sql_type = Text)]
    line: String,
}

async fn stored(superuser: &mut AsyncPgConnection, tenant: &Tenant) -> Result<Stored> {
    let query = diesel::sql_query(format!("{STORED} WHERE tenant_id = $1"));
    let row = query.bind::<Uuid, _>(tenant.id).get_result(superuser);
    Ok(row.await?)
}

/// What a superuser, a dump, a replica or a stolen disk has.
async fn dump(superuser: &mut AsyncPgConnection) -> Result {
    let mut table = Table::new(["row of", "token in a dump", "bytes", "generation"]);
    let mut readable = 0;
    for tenant in TENANTS {
        let Stored { token, line } = stored(superuser, tenant).await?;
        readable += usize::from(line.contains(tenant.token));
        readable += usize::from(line.contains(&hex(tenant.token.as_bytes())));
        let (form, rest) = token.split_at(8);
        let shown = format!("{} {}..", hex(form), hex(&rest[..12]));
        let generation = EnvelopeInfo::read(&token)?.generation;
        table.row([&tenant.name, &shown, &token.len(), &generation.get()]);
        check(
            "bytes around a token",
            &(token.len() - tenant.token.len()),
            &80,
        )?;
    }
    table.print();
    println!("  Tokens that can be read there: {readable}.\n");
    check("tokens that can be read in a dump", &readable, &0)
}

/// The same question, asked in five places.
async fn readers(database: &Database, pool: &TenantPool) -> Result {
    let mut table = Table::new(["who asks", "rows", "token"]);
    for tenant in [&ACME, &GLOBEX] {
        let tokens = tokens(&mut pool.scope(tenant.id).await?).await?;
        let who = format!("{}'s scope, query", tenant.name);
        table.row([&who, &tokens.len(), &tokens.join(", ")]);
        check(&who, &tokens, &vec![tenant.token.to_owned()])?;
    }

    // Other columns can be read without keys.
    let conn = &mut pool.scope_without_keys(ACME.id).await?;
    let names: Vec<String> = integrations::table
        .select(integrations::name)
        .load(conn)
        .await?;
    let reason = refusal(tokens(conn).await)?;
    table.row([
        &"Acme's scope without keys, query",
        &names.len(),
        &format!("{reason:?}"),
    ]);
    check("without keys", &reason, &EncryptionError::NotUnlocked)?;

    // SQL knows no keys.
    let sql = diesel::sql_query(STORED);
    let rows: Vec<Stored> = sql.clone().load(&mut pool.scope(ACME.id).await?).await?;
    let sealed = rows
        .iter()
        .all(|row| EnvelopeInfo::read(&row.token).is_ok());
    let what = if sealed { "ciphertext" } else { "plaintext" };
    table.row([&"Acme's scope, SQL", &rows.len(), &what]);
    check(
        "rows for SQL in a scope",
        &(rows.len(), what),
        &(1, "ciphertext"),
    )?;

    let raw = &mut database.raw().await?;
    let rows: Vec<Stored> = sql.load(raw).await?;
    table.row([&"raw connection, SQL", &rows.len(), &"-"]);
    check("rows for a raw connection", &rows.len(), &0)?;
    table.print();

    println!("  The application's role reads the wrapped keys. PostgreSQL answers:");
    let keys = diesel::sql_query("SELECT wrapped FROM tenancy.tenancy_keys");
    let answer = match keys.execute(raw).await {
        Ok(rows) => format!("{rows} keys"),
        Err(error) => error.to_string(),
    };
    println!("  {answer}\n");
    check(
        "the key tables are closed",
        &answer.contains("permission denied"),
        &true,
    )
}

/// Somebody who may write to the database, but has no keys, puts Acme's token into Globex's row.
async fn copied_ciphertext(superuser: &mut AsyncPgConnection, pool: &TenantPool) -> Result {
    let copied = diesel::sql_query(
        "UPDATE integrations AS target SET token = source.token FROM integrations AS source
         WHERE target.tenant_id = $1 AND source.tenant_id = $2",
    )
    .bind::<Uuid, _>(GLOBEX.id)
    .bind::<Uuid, _>(ACME.id)
    .execute(superuser)
    .await?;
    check("rows copied", &copied, &1)?;

    let globex = &mut pool.scope(GLOBEX.id).await?;
    let reason = refusal(tokens(globex).await)?;
    println!(
        "  A superuser copies Acme's ciphertext into Globex's row. Globex reads it: {reason:?},"
    );
    println!("  {reason}.");
    check("a copied ciphertext", &reason, &EncryptionError::WrongKey)?;

    // A value that cannot be opened can be written over.
    update(integrations::table.find(1))
        .set(integrations::token.eq(Encrypted::new(GLOBEX.token.to_owned())))
        .execute(globex)
        .await?;
    let tokens = tokens(globex).await?;
    println!(
        "  Globex writes its token again and reads: {}.\n",
        tokens.join(", ")
    );
    check("written again", &tokens, &vec![GLOBEX.token.to_owned()])
}

/// Initech leaves: its keys are destroyed, and its rows say nothing any more, wherever copies of them are.
async fn shredding(
    superuser: &mut AsyncPgConnection,
    pool: &TenantPool,
    keyring: &Keyring,
) -> Result {
    let open_before = &mut pool.scope(INITECH.id).await?;
    let before = stored(superuser, &INITECH).await?;
    let receipt = keyring.shred(&INITECH.id).await?;
    println!("  The keys of Initech are shredded.\n");

    let mut table = Table::new(["scope", "rows stored", "wrapped keys", "token"]);
    for tenant in TENANTS {
        let (rows, keys) = count(superuser, tenant).await?;
        let shredded = tenant.id == INITECH.id;
        let token = match pool.scope(tenant.id).await {
            Ok(mut conn) => tokens(&mut conn).await?.join(", "),
            Err(error) => format!("no scope: {:?}", refusal(Err(error.into()))?),
        };
        table.row([&tenant.name, &rows, &keys, &token]);
        let expected = if shredded {
            "no scope: TenantShredded"
        } else {
            tenant.token
        };
        check(
            "rows and keys",
            &(rows, keys),
            &(1, if shredded { 0 } else { 2 }),
        )?;
        check("the token", &token.as_str(), &expected)?;
    }
    table.print();
    check(
        "Initech's row",
        &stored(superuser, &INITECH).await?,
        &before,
    )?;
    let reason = refusal(tokens(open_before).await)?;
    println!("  A scope that Initech had open reads its token: {reason:?}.");
    check("an open scope", &reason, &EncryptionError::TenantShredded)?;

    println!("  The receipt names where copies of the wrapped keys may remain:");
    for copy in &receipt.copies {
        println!("  - {copy}");
    }
    check("shredded generations", &receipt.generations, &vec![1])
}

/// The tokens in a scope, opened.
async fn tokens(conn: &mut Scoped<Lease>) -> QueryResult<Vec<String>> {
    let found: Vec<Integration> = Integration::query().load(conn).await?;
    Ok(found
        .into_iter()
        .map(|found| found.token.into_inner())
        .collect())
}

/// Why the tokens could not be opened.
fn refusal(tokens: QueryResult<Vec<String>>) -> Result<EncryptionError> {
    match tokens {
        Ok(tokens) => Err(format!("{} tokens were opened", tokens.len()).into()),
        Err(error) => encryption_error(&error).ok_or_else(|| error.into()),
    }
}

#[derive(QueryableByName)]
struct Counts {
    #[diesel(sql_type = BigInt)]
    rows: i64,
    #[diesel(sql_type = BigInt)]
    keys: i64,
}

/// Rows and wrapped keys of a tenant in the database. The key tables name tenants as text.
async fn count(superuser: &mut AsyncPgConnection, tenant: &Tenant) -> Result<(i64, i64)> {
    let query = diesel::sql_query(
        "SELECT (SELECT count(*) FROM integrations WHERE tenant_id = $1) AS rows,
                (SELECT count(*) FROM tenancy.tenancy_keys WHERE tenant = $1::text) AS keys",
    );
    let Counts { rows, keys } = query
        .bind::<Uuid, _>(tenant.id)
        .get_result(superuser)
        .await?;
    Ok((rows, keys))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
