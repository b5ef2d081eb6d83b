//! A PostgreSQL on a bad day: a relay in front of the real server that reads the protocol. It counts the statements, and
//! on request it makes one fail, loses an answer, holds a connection up for ever, or ends all of them as a failover does.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader, BufWriter},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Notify,
    task::JoinSet,
};
use url::Url;

/// PostgreSQL's port where an address names none.
const PORT_DEFAULT: u16 = 5432;
/// The longest message that is passed on: an upsert of 5,000 rows has some megabytes.
const MAX_MESSAGE_BYTES: u32 = 256 * 1024 * 1024;
/// The request with which a client asks for TLS.
const SSL_REQUEST: [u8; 4] = 80_877_103_u32.to_be_bytes();
/// Statements that open or end a transaction.
const TRANSACTION: [&str; 3] = ["BEGIN", "COMMIT", "ROLLBACK"];
/// What PostgreSQL says of a portal that does not exist, and of a statement that is none: so a statement is made to
/// fail without being executed.
const REFUSED: [&[u8]; 2] = [b"C34000\0", b"C42601\0"];

/// What goes wrong with a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not executed and fails with this SQLSTATE, and the transaction around it with it: `40P01` for the victim
    /// of a deadlock, `57014` for a statement that took too long.
    Fail(&'static str),
    /// It is executed, and the connection is closed before its answer.
    LoseAnswer,
    /// It is executed and answered; then nothing passes any more in either direction, and nobody closes.
    HangAfter,
    /// It is executed; its answer does not pass, nor anything after it, and nobody closes.
    HangBefore,
}

/// Which statement a fault is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The one after so many others, from the next one on.
    Statement(u32),
    /// The next COMMIT.
    Commit,
}

/// A fault that waits for its statement.
#[derive(Clone, Debug)]
struct Armed {
    application: Option<String>,
    at: At,
    fault: Fault,
}

#[derive(Default)]
struct Inside {
    statements: Vec<Arc<str>>,
    armed: VecDeque<Armed>,
    /// Connections that are closed as soon as they are opened.
    refused: u32,
}

/// What the connections of a relay share.
#[derive(Default)]
struct Shared {
    inside: Mutex<Inside>,
    /// Ends every connection.
    ended: Notify,
    /// Ends those that hang.
    mended: Notify,
    opened: AtomicU32,
    /// How many faults have happened.
    happened: AtomicU32,
}

impl Shared {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a statement and tells what goes wrong with it.
    fn note(&self, application: &str, sql: &Arc<str>) -> Option<Fault> {
        let word = sql.split(|letter: char| !letter.is_ascii_alphabetic()).find(|word| !word.is_empty())?;
        let mut inside = self.inside();
        if TRANSACTION.iter().all(|uncounted| !word.eq_ignore_ascii_case(uncounted)) {
            inside.statements.push(sql.clone());
        }
        let is_commit = word.eq_ignore_ascii_case("COMMIT");
        let is_for = |armed: &Armed| armed.application.as_deref().is_none_or(|name| application.contains(name));
        let place = inside.armed.iter_mut().position(|armed| {
            is_for(armed)
                && match &mut armed.at {
                    At::Commit => is_commit,
                    At::Statement(0) => true,
                    At::Statement(left) => {
                        *left -= 1;
                        false
                    }
                }
        })?;
        let fault = inside.armed.remove(place).map(|armed| armed.fault);
        self.happened.fetch_add(1, Ordering::Relaxed);
        fault
    }
}

/// A relay; its connections end with it.
pub struct Relay {
    /// The address at which the database is reached through the relay.
    pub url: Url,
    shared: Arc<Shared>,
    _serving: JoinSet<()>,
}

impl Relay {
    /// A relay in front of this database.
    ///
    /// # Errors
    /// When no port of this machine can be had.
    pub async fn start(database: &Url) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let mut url = database.clone();
        url.set_ip_host(Ipv4Addr::LOCALHOST.into()).map_err(|()| io::Error::other("the address has no host"))?;
        url.set_port(Some(listener.local_addr()?.port())).map_err(|()| io::Error::other("the address has no port"))?;
        let shared = Arc::new(Shared::default());
        let upstream = (
            database.host_str().ok_or_else(|| io::Error::other("the address has no host"))?.to_owned(),
            database.port().unwrap_or(PORT_DEFAULT),
        );
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, upstream, shared.clone()));
        Ok(Self { url, shared, _serving: serving })
    }

    /// Takes the statements that were executed since the last time, those of transactions left out, each in one line.
    pub fn take_statements(&self) -> Vec<String> {
        let statements = std::mem::take(&mut self.shared.inside().statements);
        statements.iter().map(|sql| sql.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    /// Lets a statement of the applications whose name contains `application` go wrong, or of any.
    pub fn break_at(&self, application: Option<&str>, at: At, fault: Fault) {
        let application = application.map(str::to_owned);
        self.shared.inside().armed.push_back(Armed { application, at, fault });
    }

    /// Ends every connection, as the failover of a database does, and refuses the next `refused` ones.
    pub fn fail_over(&self, refused: u32) {
        self.shared.inside().refused = refused;
        self.shared.ended.notify_waiters();
    }

    /// Forgets the faults that have not happened yet, and ends the connections that hang.
    pub fn mend(&self) {
        let mut inside = self.shared.inside();
        inside.armed.clear();
        inside.refused = 0;
        drop(inside);
        self.shared.mended.notify_waiters();
    }

    /// How many connections were opened so far.
    #[must_use]
    pub fn opened(&self) -> u32 {
        self.shared.opened.load(Ordering::Relaxed)
    }

    /// How many faults have happened so far, refused connections among them.
    #[must_use]
    pub fn happened(&self) -> u32 {
        self.shared.happened.load(Ordering::Relaxed)
    }
}

async fn serve(listener: TcpListener, upstream: (String, u16), shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        let is_refused = {
            let mut inside = shared.inside();
            let is_refused = inside.refused > 0;
            inside.refused = inside.refused.saturating_sub(1);
            is_refused
        };
        if is_refused {
            shared.happened.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        shared.opened.fetch_add(1, Ordering::Relaxed);
        let (upstream, shared) = (upstream.clone(), shared.clone());
        connections.spawn(async move {
            let Ok(server) = TcpStream::connect(upstream).await else { return };
            // Whichever side ends the connection ends both. Nobody else asks how it ended: the client notices.
            tokio::select! {
                () = shared.ended.notified() => {}
                _ended = pass(client, server, &shared) => {}
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

/// What the two directions of a connection tell each other.
#[derive(Default)]
struct Connection {
    /// The SQLSTATE of the next error.
    sqlstate: Mutex<Option<&'static str>>,
    /// The answer that comes next goes wrong so.
    fault: Mutex<Option<Fault>>,
    is_hanging: AtomicBool,
}

impl Connection {
    fn fault(&self) -> Option<Fault> {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn break_next(&self, fault: Fault) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    fn take_sqlstate(&self) -> Option<&'static str> {
        self.sqlstate.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Passes nothing on until the relay is mended; then the connection ends.
    async fn hang(&self, shared: &Shared) -> io::Result<()> {
        self.is_hanging.store(true, Ordering::Relaxed);
        shared.mended.notified().await;
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

async fn pass(client: TcpStream, server: TcpStream, shared: &Shared) -> io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let connection = Connection::default();
    tokio::select! {
        ended = requests(from_client, to_server, &to_client, shared, &connection) => ended,
        ended = answers(from_server, &to_client, shared, &connection) => ended,
    }
}

/// Passes on what a client says, and notes every statement before the server has it: whoever has an answer is counted
/// already.
async fn requests(
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    to_client: &OwnedWriteHalf,
    shared: &Shared,
    connection: &Connection,
) -> io::Result<()> {
    let (mut from, mut to) = (BufReader::new(from), BufWriter::new(to));
    let (mut prepared, mut portals) = (HashMap::<String, Arc<str>>::new(), HashMap::<String, Arc<str>>::new());
    let mut application = String::new();
    // The first message has no type.
    let mut kind = 0;
    loop {
        let mut body = message(&mut from).await?;
        if kind == 0 && body == SSL_REQUEST {
            write_all(to_client, b"N").await?;
            continue;
        }
        let mut words = body.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let mut word = || words.next().unwrap_or_default();
        let statement: Option<Arc<str>> = match kind {
            0 => {
                let mut words = words.skip_while(|word| !word.ends_with("application_name"));
                application = words.nth(1).unwrap_or_default().into_owned();
                None
            }
            b'Q' => Some(word().into()),
            b'P' => {
                prepared.insert(word().into_owned(), word().into());
                None
            }
            b'B' => {
                let portal = word().into_owned();
                portals.insert(portal, prepared.get(word().as_ref()).cloned().unwrap_or_default());
                None
            }
            b'E' => Some(portals.get(word().as_ref()).cloned().unwrap_or_default()),
            _ => None,
        };
        match statement.and_then(|sql| shared.note(&application, &sql)) {
            Some(Fault::Fail(sqlstate)) => {
                *connection.sqlstate.lock().unwrap_or_else(PoisonError::into_inner) = Some(sqlstate);
                body = if kind == b'Q' { b"no statement\0".to_vec() } else { b"no portal\0\0\0\0\0".to_vec() };
            }
            Some(fault) => connection.break_next(fault),
            None => {}
        }
        if connection.is_hanging.load(Ordering::Relaxed) {
            return connection.hang(shared).await;
        }
        if kind != 0 {
            to.write_u8(kind).await?;
        }
        to.write_u32(u32::try_from(body.len() + size_of::<u32>()).map_err(io::Error::other)?).await?;
        to.write_all(&body).await?;
        if from.buffer().is_empty() {
            to.flush().await?;
        }
        kind = from.read_u8().await?;
    }
}

/// Passes on what the server says. An answer ends with `Z`, the server's readiness for the next one.
async fn answers(from: OwnedReadHalf, to: &OwnedWriteHalf, shared: &Shared, connection: &Connection) -> io::Result<()> {
    let mut from = BufReader::new(from);
    let mut answer = Vec::new();
    loop {
        let kind = from.read_u8().await?;
        let mut body = message(&mut from).await?;
        if kind == b'E'
            && let Some(sqlstate) = connection.take_sqlstate()
        {
            rename(&mut body, sqlstate);
        }
        answer.push(kind);
        answer.extend(u32::try_from(body.len() + size_of::<u32>()).map_err(io::Error::other)?.to_be_bytes());
        answer.extend(body);
        let fault = connection.fault();
        match fault {
            Some(Fault::LoseAnswer) if kind == b'Z' => return Ok(()),
            Some(Fault::HangBefore) if kind == b'Z' => return connection.hang(shared).await,
            Some(Fault::LoseAnswer | Fault::HangBefore) => {}
            Some(Fault::HangAfter) if kind == b'Z' => {
                write_all(to, &answer).await?;
                return connection.hang(shared).await;
            }
            _ if from.buffer().is_empty() || kind == b'Z' => {
                write_all(to, &answer).await?;
                answer.clear();
            }
            _ => {}
        }
    }
}

/// Puts another SQLSTATE into an error.
fn rename(error: &mut [u8], sqlstate: &'static str) {
    for refused in REFUSED {
        if let Some(at) = error.windows(refused.len()).position(|window| window == refused) {
            error[at + 1..at + 6].copy_from_slice(&sqlstate.as_bytes()[..5]);
        }
    }
}

/// The body of a message whose type was read already.
async fn message(from: &mut (impl AsyncReadExt + Unpin)) -> io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    let own = u32::try_from(size_of::<u32>()).map_err(io::Error::other)?;
    let length = length.checked_sub(own).filter(|length| *length <= MAX_MESSAGE_BYTES);
    let mut body = vec![0; length.ok_or_else(|| io::Error::other("no message of PostgreSQL"))? as usize];
    from.read_exact(&mut body).await?;
    Ok(body)
}

/// Writes to a side to which both directions may write; each writes whole messages.
async fn write_all(to: &OwnedWriteHalf, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        to.writable().await?;
        match to.try_write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

    use super::*;
    use crate::database::TestDatabase;

    /// Far longer than a statement takes; a connection that hangs outlasts it.
    const PATIENCE: Duration = Duration::from_millis(200);

    async fn relayed() -> (Relay, PgConnection) {
        let database = TestDatabase::empty().await.unwrap();
        let relay = Relay::start(&database.url).await.unwrap();
        let mut connection = PgConnection::connect(relay.url.as_str()).await.unwrap();
        run(&mut connection, "CREATE TABLE noted (number bigint)").await.unwrap();
        relay.take_statements();
        (relay, connection)
    }

    async fn run(connection: &mut PgConnection, sql: &'static str) -> sqlx::Result<u64> {
        Ok(sqlx::query(AssertSqlSafe(sql)).execute(connection).await?.rows_affected())
    }

    async fn count(relay: &Relay) -> i64 {
        let mut connection = PgConnection::connect(relay.url.as_str()).await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM noted").fetch_one(&mut connection).await.unwrap()
    }

    #[tokio::test]
    async fn each_execution_is_counted_and_transactions_are_not() {
        let (relay, mut connection) = relayed().await;
        for _ in 0..3 {
            sqlx::query("SELECT  $1::bigint").bind(7_i64).execute(&mut connection).await.unwrap();
        }
        let mut tx = connection.begin().await.unwrap();
        sqlx::raw_sql("SELECT 8").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let expected = ["SELECT $1::bigint", "SELECT $1::bigint", "SELECT $1::bigint", "SELECT 8"];
        assert_eq!(relay.take_statements(), expected);
        assert!(relay.take_statements().is_empty());
    }

    #[tokio::test]
    async fn a_statement_that_fails_is_not_executed_and_takes_its_transaction_along() {
        let (relay, mut connection) = relayed().await;
        let mut tx = connection.begin().await.unwrap();
        run(&mut tx, "INSERT INTO noted VALUES (1)").await.unwrap();
        relay.break_at(None, At::Statement(1), Fault::Fail("40P01"));
        run(&mut tx, "INSERT INTO noted VALUES (2)").await.unwrap();
        let error = run(&mut tx, "INSERT INTO noted VALUES (3)").await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("40P01"));
        // COMMIT of a transaction that has failed is a rollback.
        tx.commit().await.unwrap();
        assert_eq!((count(&relay).await, relay.happened()), (0, 1));
        run(&mut connection, "INSERT INTO noted VALUES (4)").await.unwrap();
        assert_eq!(count(&relay).await, 1);
    }

    #[tokio::test]
    async fn a_commit_whose_answer_is_lost_has_happened() {
        let (relay, mut connection) = relayed().await;
        let mut tx = connection.begin().await.unwrap();
        relay.break_at(None, At::Commit, Fault::LoseAnswer);
        run(&mut tx, "INSERT INTO noted VALUES (1)").await.unwrap();
        assert!(matches!(tx.commit().await, Err(sqlx::Error::Io(_))));
        assert_eq!(count(&relay).await, 1);
    }

    #[tokio::test]
    async fn a_connection_that_hangs_is_not_closed_and_others_pass() {
        let (relay, mut connection) = relayed().await;
        relay.break_at(None, At::Statement(0), Fault::HangAfter);
        run(&mut connection, "INSERT INTO noted VALUES (1)").await.unwrap();
        assert!(tokio::time::timeout(PATIENCE, run(&mut connection, "SELECT 1")).await.is_err());
        assert_eq!(count(&relay).await, 1);

        let mut connection = PgConnection::connect(relay.url.as_str()).await.unwrap();
        relay.break_at(None, At::Statement(0), Fault::HangBefore);
        let unanswered = run(&mut connection, "INSERT INTO noted VALUES (2)");
        assert!(tokio::time::timeout(PATIENCE, unanswered).await.is_err());
        assert_eq!(count(&relay).await, 2);
    }

    #[tokio::test]
    async fn a_failover_ends_every_connection_and_refuses_some() {
        let (relay, mut connection) = relayed().await;
        relay.fail_over(1);
        assert!(run(&mut connection, "SELECT 1").await.is_err());
        assert!(PgConnection::connect(relay.url.as_str()).await.is_err());
        assert_eq!(count(&relay).await, 0);
    }

    #[tokio::test]
    async fn a_fault_is_for_the_application_that_it_names() {
        let (relay, mut connection) = relayed().await;
        let mut url = relay.url.clone();
        url.query_pairs_mut().append_pair("application_name", "wb-assist sync");
        let mut sync = PgConnection::connect(url.as_str()).await.unwrap();
        relay.break_at(Some("sync"), At::Statement(0), Fault::Fail("57014"));
        run(&mut connection, "SELECT 1").await.unwrap();
        assert!(run(&mut sync, "SELECT 1").await.is_err());
    }
}
