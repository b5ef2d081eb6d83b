//! A PostgreSQL that counts: a proxy in front of the real one, which reads what the client sends.

use std::{
    collections::HashMap,
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use sqlx::{PgPool, postgres::PgPoolOptions};
use testkit::database::TestDatabase;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader, BufWriter, copy},
    net::{TcpListener, TcpStream},
};
use url::Url;

/// Connections of the product: as many as a test database gives.
const MAX_CONNECTIONS: u32 = 8;
/// PostgreSQL's port where the address names none.
const PORT_DEFAULT: u16 = 5432;
/// What does no work of its own and is no statement of the targets.
const UNCOUNTED: [&str; 3] = ["BEGIN", "COMMIT", "ROLLBACK"];

/// The statements that the server was asked to execute, in order.
#[derive(Clone, Default)]
pub struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    /// Takes what was executed since the last time.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn note(&self, sql: &str) {
        let word = sql.split(|letter: char| !letter.is_ascii_alphabetic()).find(|word| !word.is_empty());
        if word.is_some_and(|word| UNCOUNTED.iter().all(|uncounted| !word.eq_ignore_ascii_case(uncounted))) {
            self.0.lock().unwrap().push(sql.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
}

/// A migrated database whose statements are counted, and a pool that goes past the counter.
pub async fn counted_database() -> (TestDatabase, Statements, PgPool) {
    let database = TestDatabase::migrated().await.unwrap();
    let statements = Statements::default();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let mut url = database.url.clone();
    url.set_ip_host(Ipv4Addr::LOCALHOST.into()).unwrap();
    url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
    // The counter reads the protocol, so it must not be encrypted.
    url.query_pairs_mut().append_pair("sslmode", "disable");
    tokio::spawn(serve(listener, database.url.clone(), statements.clone()));
    let pool = PgPoolOptions::new().max_connections(MAX_CONNECTIONS).connect_lazy(url.as_str()).unwrap();
    let direct = database.pool.clone();
    (TestDatabase { pool, url }, statements, direct)
}

async fn serve(listener: TcpListener, upstream: Url, statements: Statements) {
    let address = (upstream.host_str().unwrap().to_owned(), upstream.port().unwrap_or(PORT_DEFAULT));
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let server = TcpStream::connect(address.clone()).await.unwrap();
        let statements = statements.clone();
        // Whichever side ends the connection ends both; the pool notices, and nobody else asks.
        tokio::spawn(async move {
            client.set_nodelay(true)?;
            server.set_nodelay(true)?;
            let (from_client, mut to_client) = client.into_split();
            let (mut from_server, to_server) = server.into_split();
            tokio::select! {
                done = count(from_client, to_server, statements) => done,
                done = copy(&mut from_server, &mut to_client) => done.map(|_| ()),
            }
        });
    }
}

/// Hands on the messages of one client and notes every `Query` and `Execute`, before the server has
/// it: whoever has an answer is counted already.
async fn count(
    from: impl AsyncReadExt + Unpin,
    to: impl AsyncWriteExt + Unpin,
    statements: Statements,
) -> io::Result<()> {
    let (mut from, mut to) = (BufReader::new(from), BufWriter::new(to));
    let (mut prepared, mut portals) = (HashMap::<String, String>::new(), HashMap::<String, String>::new());
    // The first message has no type.
    let mut kind = 0;
    loop {
        let length = from.read_u32().await?;
        let mut body = vec![0; length as usize - size_of::<u32>()];
        from.read_exact(&mut body).await?;
        let mut words = body.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
        let mut word = || words.next().unwrap_or_default();
        match kind {
            b'Q' => statements.note(&word()),
            b'P' => drop(prepared.insert(word(), word())),
            b'B' => {
                let (portal, statement) = (word(), word());
                portals.insert(portal, prepared.get(&statement).cloned().unwrap_or_default());
            }
            b'E' => statements.note(portals.get(&word()).map_or("", String::as_str)),
            _ => {}
        }
        if kind != 0 {
            to.write_u8(kind).await?;
        }
        to.write_u32(length).await?;
        to.write_all(&body).await?;
        if from.buffer().is_empty() {
            to.flush().await?;
        }
        kind = from.read_u8().await?;
    }
}

#[tokio::test]
async fn each_execution_is_counted_and_transactions_are_not() {
    let (database, statements, direct) = counted_database().await;
    for _ in 0..3 {
        sqlx::query("SELECT  $1::bigint").bind(7_i64).execute(&database.pool).await.unwrap();
    }
    let mut tx = store::begin(&database.pool).await.unwrap();
    sqlx::raw_sql("SELECT 8").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    drop(store::begin(&database.pool).await.unwrap());
    sqlx::query("SELECT 9").execute(&direct).await.unwrap();
    assert_eq!(statements.take(), ["SELECT $1::bigint", "SELECT $1::bigint", "SELECT $1::bigint", "SELECT 8"]);
    assert!(statements.take().is_empty());
}
