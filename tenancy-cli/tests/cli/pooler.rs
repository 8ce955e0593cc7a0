use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

use crate::support::Shop;

/// Answers like PgBouncer, which shares sessions and takes no settings for one.
const REFUSAL: &[u8] = b"SFATAL\0C08P01\0Munsupported startup parameter: options\0\0";

/// A server that refuses settings at the start of a session and otherwise passes everything on.
fn pooler(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            thread::spawn(move || serve(client, server));
        }
    });
    address
}

fn serve(mut client: TcpStream, server: SocketAddr) {
    let startup = loop {
        let mut length = [0; 4];
        client.read_exact(&mut length).unwrap();
        let mut message = vec![0; u32::from_be_bytes(length) as usize - 4];
        client.read_exact(&mut message).unwrap();
        // A request for encryption is that long and no more.
        if message.len() > 4 {
            break [&length[..], &message].concat();
        }
        client.write_all(b"N").unwrap();
    };
    if startup.windows(8).any(|part| part == b"options\0") {
        let length = u32::try_from(REFUSAL.len() + 4).unwrap().to_be_bytes();
        client
            .write_all(&[b"E", &length[..], REFUSAL].concat())
            .unwrap();
        return;
    }
    let mut server = TcpStream::connect(server).unwrap();
    server.write_all(&startup).unwrap();
    let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let _ = std::io::copy(&mut client, &mut server);
    let _ = server.shutdown(Shutdown::Both);
}

#[test]
fn a_pooler_in_between_is_found() {
    let shop = Shop::new().with_superuser();
    let address = pooler(shop.server.socket_addr().unwrap());
    let url = format!("postgres://postgres@{address}/{}", shop.database.name());
    let shop = shop.set("TENANCY_DATABASE_URL", url);
    let run = shop.run(&["doctor"]).ended(0, "a pooler such as PgBouncer");
    assert!(run.out.contains("enabled and forced"), "{}", run.out);
}

#[test]
fn options_of_the_url_are_kept_and_the_pooler_is_not_looked_for() {
    let shop = Shop::new().with_superuser();
    let url = format!("{}?options=-c%20geqo%3Doff", shop.database.url());
    let shop = shop.set("TENANCY_DATABASE_URL", url);
    shop.run(&["doctor"])
        .ended(0, "it cannot be told whether a pooler");
}
