//! Connections: let in, given so long to say what they want, and let go in order when the server stops.

use std::io::ErrorKind;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long requests under way may take once the server was told to stop (reliability.md: shutdown loses nothing).
const DRAIN: Duration = Duration::from_secs(20);
/// The head of a request must have come whole by then, counted from the connection's begin or the answer before it
/// (reliability.md: bodies are bounded). Longer than proxies keep an unused connection: none finds it closed as it sends.
const SLOWEST_HEAD: Duration = Duration::from_mins(2);
/// After so long a system that has no more files for us is asked again.
const OUT_OF_FILES: Duration = Duration::from_secs(1);

/// Serves who comes until `stop`, and then whoever is still there.
pub async fn accept(listener: TcpListener, router: Router, stop: CancellationToken) {
    let connections = TaskTracker::new();
    while let Some(stream) = next(&listener, &stop).await {
        connections.spawn(serve(stream, router.clone(), stop.clone(), SLOWEST_HEAD));
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(DRAIN, connections.wait())
        .await
        .is_err()
    {
        tracing::warn!("requests under way did not end in time");
    }
}

/// The next connection; `None`: the server stops.
async fn next(listener: &TcpListener, stop: &CancellationToken) -> Option<TcpStream> {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => return Some(stream),
            // Whoever came has gone again.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::ConnectionRefused
                        | ErrorKind::ConnectionAborted
                        | ErrorKind::ConnectionReset
                ) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted now");
                tokio::select! {
                    () = stop.cancelled() => return None,
                    () = tokio::time::sleep(OUT_OF_FILES) => {}
                }
            }
        }
    }
}

/// One connection, to its end.
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    stop: CancellationToken,
    slowest_head: Duration,
) {
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(slowest_head);
    let service = TowerToHyperService::new(router);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Theirs: they went away, or sent what is no HTTP.
        tracing::debug!(%error, "a connection ended badly");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
    use tokio::task::JoinHandle;

    const SHORT: Duration = Duration::from_millis(100);

    fn connect(slowest: Duration, stop: &CancellationToken) -> (DuplexStream, JoinHandle<()>) {
        let router = Router::new().route("/", get(async || "here"));
        let (ours, theirs) = tokio::io::duplex(4096);
        (
            ours,
            tokio::spawn(serve(theirs, router, stop.clone(), slowest)),
        )
    }

    #[tokio::test]
    async fn who_does_not_say_what_it_wants_is_let_go() {
        for said in ["", "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "] {
            let (mut ours, serving) = connect(SHORT, &CancellationToken::new());
            ours.write_all(said.as_bytes()).await.unwrap();
            let mut answer = String::new();
            ours.read_to_string(&mut answer).await.unwrap();
            assert!(!answer.contains("200"), "{answer}");
            serving.await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_connection_that_rests_ends_when_the_server_stops() {
        let stop = CancellationToken::new();
        let (mut ours, serving) = connect(Duration::from_mins(10), &stop);
        ours.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            .await
            .unwrap();
        let mut answer = [0; 15];
        ours.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
        stop.cancel();
        let mut rest = String::new();
        ours.read_to_string(&mut rest).await.unwrap();
        assert!(rest.ends_with("here"), "{rest}");
        serving.await.unwrap();
    }
}
