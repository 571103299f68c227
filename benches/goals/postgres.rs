//! A database of PostgreSQL to measure in.

use jolli::store::postgres::Postgres;
use tokio_postgres::NoTls;

/// A new database on the server that `JOLLI_TEST_POSTGRES` names; `None`, and said so, where none is named.
pub async fn database(what: &str, name: &str) -> Option<Postgres> {
    let Some(server) = std::env::var("JOLLI_TEST_POSTGRES")
        .ok()
        .filter(|url| !url.is_empty() && url != "none")
    else {
        println!("{what:<62} not measured: JOLLI_TEST_POSTGRES names no server");
        return None;
    };
    let (client, connection) = tokio_postgres::connect(&server, NoTls)
        .await
        .expect("the server of JOLLI_TEST_POSTGRES");
    let driving = tokio::spawn(connection);
    let name = format!("jolli_bench_{name}");
    for sql in [
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"),
    ] {
        client.batch_execute(&sql).await.expect("a new database");
    }
    drop(client);
    driving.await.expect("a task").expect("the connection ends");
    let (front, query) = server.split_once('?').unwrap_or((&server, ""));
    let host = front.rsplit_once('/').map_or(front, |(host, _)| host);
    let url = format!("{host}/{name}?{query}");
    Some(Postgres::open(&url).await.expect("its tables"))
}

/// Where that server keeps its data, and whether it waits for the disk.
pub async fn place() -> String {
    let server = std::env::var("JOLLI_TEST_POSTGRES").unwrap_or_default();
    let (client, connection) = tokio_postgres::connect(&server, NoTls)
        .await
        .expect("the server of JOLLI_TEST_POSTGRES");
    let driving = tokio::spawn(connection);
    let row = client
        .query_one(
            "SELECT current_setting('fsync'), current_setting('data_directory')",
            &[],
        )
        .await
        .expect("its settings");
    let said = format!(
        "fsync {}, data in {}",
        row.get::<_, String>(0),
        row.get::<_, String>(1)
    );
    drop(client);
    driving.await.expect("a task").expect("the connection ends");
    said
}
