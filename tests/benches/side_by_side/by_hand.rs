//! tokio-postgres alone, with everything in flight at once: the least that a transaction with the variable
//! can cost.

use std::collections::HashMap;

use diesel::result::Error;
use futures_util::future::{join, try_join3};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, accepts, to_sql_checked};
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

use crate::work::{Operation, Work};

pub(crate) struct ByHand {
    client: Client,
    statements: HashMap<Operation, Statement>,
    filtered: bool,
}

impl ByHand {
    /// `filtered` is whether the statements name the tenant; the policies do in any case.
    pub(crate) async fn connect(url: &str, filtered: bool) -> Self {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        let mut statements = HashMap::new();
        for operation in Operation::STATEMENTS {
            let sql = sql(operation, filtered);
            statements.insert(operation, client.prepare(&sql).await.unwrap());
        }
        ByHand {
            client,
            statements,
            filtered,
        }
    }

    pub(crate) async fn run(&self, tenant: Uuid, work: Work) -> Result<usize, Error> {
        let begin = format!("BEGIN; SET LOCAL app.tenant_id = '{tenant}'");
        let rows = match work.operation {
            Operation::Transaction => {
                let (begun, first) = join(
                    self.client.batch_execute(&begin),
                    self.statement(tenant, work.steps()[0]),
                )
                .await;
                begun.map_err(error)?;
                let mut rows = first?;
                for step in &work.steps()[1..] {
                    rows += self.statement(tenant, *step).await?;
                }
                self.client.batch_execute("COMMIT").await.map_err(error)?;
                rows
            }
            _ => {
                let (begin, commit) = (
                    self.client.batch_execute(&begin),
                    self.client.batch_execute("COMMIT"),
                );
                let statement = self.statement(tenant, work);
                let (_, rows, _) =
                    try_join3(async { begin.await.map_err(error) }, statement, async {
                        commit.await.map_err(error)
                    })
                    .await?;
                rows
            }
        };
        Ok(rows)
    }

    async fn statement(&self, tenant: Uuid, work: Work) -> Result<usize, Error> {
        let statement = &self.statements[&work.operation];
        let (name, parent) = ("new", work.parent());
        let binds: Vec<&(dyn ToSql + Sync)> = match work.operation {
            Operation::Point => vec![&work.item],
            Operation::List => vec![],
            Operation::Insert => vec![&work.fresh, &parent, &name],
            Operation::Update => vec![&work.item, &work.fresh],
            Operation::Join => vec![&work.order],
            Operation::Transaction => unreachable!("it is made of the others"),
        };
        let id = Id(tenant);
        let mut all: Vec<&(dyn ToSql + Sync)> = Vec::new();
        if self.filtered || work.operation == Operation::Insert {
            all.push(&id);
        }
        all.extend(binds);
        match work.operation {
            Operation::Insert | Operation::Update => {
                let rows = self.client.execute(statement, &all).await.map_err(error)?;
                Ok(usize::try_from(rows).unwrap())
            }
            _ => {
                let rows = self.client.query(statement, &all).await.map_err(error)?;
                let texts: Vec<String> = rows
                    .iter()
                    .map(|row| row.get::<_, String>(row.len() - 1))
                    .collect();
                Ok(texts.len())
            }
        }
    }
}

/// A UUID as the driver binds it.
#[derive(Debug)]
struct Id(Uuid);

impl ToSql for Id {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    accepts!(UUID);
    to_sql_checked!();
}

fn sql(operation: Operation, filtered: bool) -> String {
    let (next, own) = if filtered {
        (2, "items.tenant_id = $1 AND")
    } else {
        (1, "")
    };
    match operation {
        Operation::Point => format!("SELECT name FROM items WHERE {own} id = ${next}"),
        Operation::List if filtered => {
            "SELECT id, name FROM items WHERE tenant_id = $1 ORDER BY id LIMIT 50".to_owned()
        }
        Operation::List => "SELECT id, name FROM items ORDER BY id LIMIT 50".to_owned(),
        Operation::Insert => "INSERT INTO items (tenant_id, id, order_id, name, quantity)
             VALUES ($1, $2, $3, $4, 1)"
            .to_owned(),
        Operation::Update => format!(
            "UPDATE items SET quantity = ${} WHERE {own} id = ${next}",
            next + 1
        ),
        Operation::Join => format!(
            "SELECT items.name, orders.note, customers.name FROM items
             JOIN orders ON orders.tenant_id = items.tenant_id AND orders.id = items.order_id
             JOIN customers ON customers.tenant_id = orders.tenant_id
                 AND customers.id = orders.customer_id
             WHERE {own} orders.id = ${next}"
        ),
        Operation::Transaction => unreachable!("it is made of the others"),
    }
}

fn error(error: tokio_postgres::Error) -> Error {
    Error::QueryBuilderError(Box::new(error))
}
