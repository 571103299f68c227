//! The database that the tests of the API and the workers run over: SQLite, or PostgreSQL where
//! `JOLLI_TEST_DATABASE=postgres` asks for it. Asked for, it is never left out.

use std::path::Path;
use std::sync::Arc;

use jolli::store::postgres::Postgres;
use jolli::store::sqlite::Sqlite;
use jolli::store::{Store, StoreError};

use super::postgres::Database;

/// Whether PostgreSQL is asked for.
pub fn is_postgres() -> bool {
    match std::env::var("JOLLI_TEST_DATABASE").as_deref() {
        Ok("postgres") => true,
        Ok("sqlite" | "") | Err(_) => false,
        Ok(other) => panic!("JOLLI_TEST_DATABASE={other}: give sqlite or postgres"),
    }
}

/// A database of PostgreSQL with our tables; `None` where PostgreSQL is left out.
pub fn database() -> Option<Database> {
    Database::new(&Postgres::schema(), async |url| {
        Postgres::open(&url).await.unwrap().close().await;
    })
}

/// The same, where the tests were asked to run over PostgreSQL.
pub fn asked() -> Option<Database> {
    is_postgres().then(|| database().expect("JOLLI_TEST_DATABASE=postgres needs a PostgreSQL"))
}

/// A new store, in `dir` where it is a file; and what must outlive it.
pub async fn open(dir: &Path) -> Result<(Arc<dyn Store>, Option<Database>), StoreError> {
    let database = asked();
    let store: Arc<dyn Store> = match &database {
        Some(database) => Arc::new(Postgres::open(&database.url()).await?),
        None => Arc::new(Sqlite::open(&dir.join("jolli.db"))?),
    };
    Ok((store, database))
}
