//! A network that can be cut in the middle of an answer.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const NEVER: i64 = i64::MAX;

/// Passes bytes through, until it is told to cut.
#[derive(Clone)]
pub(crate) struct Network {
    address: SocketAddr,
    /// How many bytes of answers still pass before the connection that carries the last one is cut.
    left: Arc<AtomicI64>,
    cut: Arc<AtomicBool>,
}

impl Network {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let network = Network {
            address: listener.local_addr().unwrap(),
            left: Arc::new(AtomicI64::new(NEVER)),
            cut: Arc::default(),
        };
        let left = Arc::clone(&network.left);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let left = Arc::clone(&left);
                tokio::spawn(async move {
                    let _ = carry(client, server, &left).await;
                });
            }
        });
        network
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts one connection after this many more bytes of answers.
    pub(crate) fn cut_after(&self, bytes: i64) {
        self.cut.store(true, Ordering::SeqCst);
        self.left.store(bytes, Ordering::SeqCst);
    }

    /// Cuts nothing any more.
    pub(crate) fn mend(&self) {
        self.left.store(NEVER, Ordering::SeqCst);
    }

    /// Whether there ever was a cut, whose errors may come up anywhere.
    pub(crate) fn was_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }
}

async fn carry(mut client: TcpStream, server: SocketAddr, left: &AtomicI64) -> io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut questions, mut answers) = (vec![0; 16_384], vec![0; 16_384]);
    loop {
        tokio::select! {
            read = client.read(&mut questions) => match read? {
                0 => return Ok(()),
                n => server.write_all(&questions[..n]).await?,
            },
            read = server.read(&mut answers) => match read? {
                0 => return Ok(()),
                n => match pass(left, n) {
                    Some(n) => {
                        // Both ends are dropped: a cut, in the middle of a message.
                        client.write_all(&answers[..n]).await?;
                        return Ok(());
                    }
                    None => client.write_all(&answers[..n]).await?,
                },
            },
        }
    }
}

/// How many bytes still pass, where the connection is to be cut among these `n`.
fn pass(left: &AtomicI64, n: usize) -> Option<usize> {
    let wanted = i64::try_from(n).unwrap();
    let before = left
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| match left {
            NEVER => None,
            left if left < wanted => Some(NEVER),
            left => Some(left - wanted),
        })
        .ok()?;
    (before < wanted).then(|| usize::try_from(before).unwrap_or(0))
}
