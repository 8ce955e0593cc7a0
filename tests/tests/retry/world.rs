use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::Retry;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{self, projects};
use tenancy_tests::{A, OrgId};

/// Nobody waits in a test.
pub(crate) fn at_once() -> Retry {
    Retry::new().delay(Duration::ZERO, Duration::ZERO)
}

/// A shop in which deadlocks are found at once.
pub(crate) fn shop() -> Shop {
    let shop = Shop::new(Layers::Both);
    let database = "DO $$ BEGIN EXECUTE format(
        'ALTER DATABASE %I SET deadlock_timeout = ''5ms''', current_database()); END $$";
    shop.superuser().batch_execute(database).unwrap();
    shop
}

/// Somebody else changes a project's country and commits.
pub(crate) fn change_elsewhere(shop: &Shop, id: i32) {
    let mut other: schema::Scoped<PgConnection> = shop.scope(A);
    tenancy_diesel::update(projects::table.find(id))
        .set(projects::country.eq("xx"))
        .execute(&mut other)
        .unwrap();
}

/// The country of a project.
pub(crate) fn country(shop: &Shop, id: i32) -> Option<String> {
    let mut conn: schema::Scoped<PgConnection> = shop.scope(A);
    projects::table
        .find(id)
        .select(projects::country)
        .first(&mut conn)
        .unwrap()
}

/// What runs at COMMIT of a transaction that inserted a project. `nth` counts the commits, whatever
/// becomes of them.
pub(crate) fn at_commit(shop: &Shop, plpgsql: &str) {
    shop.superuser()
        .batch_execute(&format!(
            "CREATE SEQUENCE commits;
             GRANT USAGE ON SEQUENCE commits TO PUBLIC;
             CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
                 DECLARE nth int8 := nextval('commits');
                 BEGIN {plpgsql} RETURN NULL; END $$;
             CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON projects
                 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit();"
        ))
        .unwrap();
}

/// How many projects have this id, whoever has them.
pub(crate) fn number_of(shop: &Shop, id: i32) -> i64 {
    let mut conn: tenancy_diesel::Scoped<PgConnection, OrgId> = shop.scope(A);
    projects::table
        .filter(projects::id.eq(id))
        .count()
        .get_result(&mut conn)
        .unwrap()
}

/// Stands between a client and the server. It passes COMMIT on, waits for its answer, and then ends the
/// connection without passing that on.
pub(crate) fn lose_the_answer_to_commit(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), TcpStream::connect(server).unwrap());
            std::thread::spawn(move || forward(client, server));
        }
    });
    address
}

fn forward(mut client: TcpStream, mut server: TcpStream) {
    let mut answers = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let back = std::thread::spawn(move || {
        let mut bytes = [0; 8192];
        while let Ok(n @ 1..) = answers.0.read(&mut bytes) {
            // The answer has come, so the server has committed.
            if stopped.try_recv().is_ok() || answers.1.write_all(&bytes[..n]).is_err() {
                break;
            }
        }
        let _ = answers.1.shutdown(Shutdown::Both);
        let _ = answers.0.shutdown(Shutdown::Both);
    });
    let mut bytes = [0; 8192];
    while let Ok(n @ 1..) = client.read(&mut bytes) {
        if bytes[..n].windows(6).any(|word| word == b"COMMIT") {
            stop.send(()).unwrap();
        }
        if server.write_all(&bytes[..n]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
    back.join().unwrap();
}
