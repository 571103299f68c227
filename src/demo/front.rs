//! What stands before the demo's server: it listens in its place, and fails on demand as servers and networks do. The server
//! behind it is the real one and knows nothing of it; the demo's own worker does not pass here.
//!
//! Faults are set at an address of their own, which stays when the other one does not answer.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, IF_MATCH, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::put;
use axum::serve::Listener;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tower::ServiceExt as _;

use super::error::DemoError;
use super::fault::Fault;
use super::place::{Keys, Place};
use crate::api::{Call, Code, Problem};
use crate::client::{AccessToken, CallOptions, Client};

/// Where faults are set.
const PATH: &str = "/fault";
/// How long what is under way may take at the end.
const DRAIN: Duration = Duration::from_secs(5);
/// Between two tries to listen again, and from a refusal to the end of the feeds.
const PAUSE: Duration = Duration::from_millis(200);
/// No resource of the demo is larger.
const LARGEST: usize = 8 << 20;

/// The front of a running demo.
pub struct Front {
    address: SocketAddr,
    control: SocketAddr,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

/// An address that is taken already; the server behind it does not run yet.
pub struct Reserved {
    listener: TcpListener,
    address: SocketAddr,
}

impl Reserved {
    /// Takes the address.
    pub async fn at(wanted: SocketAddr) -> Result<Self, DemoError> {
        let listener = listen(wanted).await?;
        let address = listener.local_addr().map_err(DemoError::part("listener"))?;
        Ok(Self { listener, address })
    }

    /// Which it is.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens it: what comes goes through to the router, or fails as it was told to.
    pub async fn open(
        self,
        router: Router,
        people: People,
        fault: Option<Fault>,
    ) -> Result<Front, DemoError> {
        let control = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let control_address = control.local_addr().map_err(DemoError::part("listener"))?;
        let stop = CancellationToken::new();
        let state = Arc::new(Desk {
            now: watch::Sender::new(None),
            cut: Mutex::default(),
            noticed: AtomicBool::new(false),
            straight: router.clone(),
            people,
        });
        Desk::set(&state, fault);
        let gate = Gate {
            listener: Some(self.listener),
            address: self.address,
            desk: Arc::clone(&state),
            now: state.now.subscribe(),
        };
        let faulty = router.layer(from_fn_with_state(Arc::clone(&state), pass));
        let desk = Router::new()
            .route(&format!("/api{PATH}"), put(order))
            .with_state(Arc::clone(&state));
        let tasks = vec![
            tokio::spawn(serve(gate, faulty, stop.clone())),
            tokio::spawn(serve(control, desk, stop.clone())),
        ];
        Ok(Front {
            address: self.address,
            control: control_address,
            stop,
            tasks,
        })
    }
}

impl Front {
    /// Where the demo's server is reached.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where its faults are set.
    pub fn control(&self) -> String {
        format!("http://{}", self.control)
    }

    /// Takes nothing new, and lets what is under way end.
    pub async fn close(self) {
        self.stop.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "the demo's front ended badly");
            }
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, DemoError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|source| DemoError::Listen { address, source })
}

async fn serve<L: Listener<Addr = SocketAddr>>(listener: L, router: Router, stop: CancellationToken)
where
    L::Io: Send,
{
    let serving = axum::serve(listener, router)
        .with_graceful_shutdown(stop.clone().cancelled_owned())
        .into_future();
    tokio::pin!(serving);
    let ended = tokio::select! {
        ended = &mut serving => Some(ended),
        () = stop.cancelled() => tokio::time::timeout(DRAIN, &mut serving).await.ok(),
    };
    match ended {
        Some(Ok(())) => {}
        Some(Err(error)) => tracing::error!(%error, "the demo's front stopped listening"),
        None => tracing::warn!("requests under way did not end in time"),
    }
}

/// Whose tokens are refused when tokens are, and those that take their place.
#[derive(Clone)]
pub struct People {
    /// The tokens that are known to everybody who plays.
    pub tokens: Vec<String>,
    /// What they may sign in with instead, each with whose it is.
    pub spare: Vec<(String, AccessToken)>,
}

/// What is wrong now.
struct Desk {
    now: watch::Sender<Option<Fault>>,
    /// Over when open connections end.
    cut: Mutex<CancellationToken>,
    /// Whether anybody met this fault.
    noticed: AtomicBool,
    straight: Router,
    people: People,
}

impl Desk {
    fn set(desk: &Arc<Self>, fault: Option<Fault>) {
        desk.now.send_replace(fault);
        desk.noticed.store(false, Ordering::SeqCst);
        if is_out(fault) {
            desk.cut_all();
        }
        if let Some(Fault::Outage(time)) = fault {
            let desk = Arc::clone(desk);
            let mut changes = desk.now.subscribe();
            tokio::spawn(async move {
                tokio::select! {
                    // Something else is wrong by now.
                    _ = changes.changed() => {}
                    () = tokio::time::sleep(time) => { desk.now.send_replace(None); }
                }
            });
        }
    }

    fn cut_all(&self) {
        let mut cut = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *cut).cancel();
    }

    /// Somebody was refused by a server that fails: feeds that are open end too, once that answer has gone out.
    fn notice(self: &Arc<Self>) {
        if self.noticed.swap(true, Ordering::SeqCst) {
            return;
        }
        let desk = Arc::clone(self);
        let mut changes = desk.now.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                _ = changes.changed() => {}
                () = tokio::time::sleep(PAUSE) => desk.cut_all(),
            }
        });
    }

    fn cut(&self) -> CancellationToken {
        let cut = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        cut.clone()
    }
}

fn is_out(fault: Option<Fault>) -> bool {
    matches!(fault, Some(Fault::Outage(_)))
}

/// Listens, but not during an outage.
struct Gate {
    listener: Option<TcpListener>,
    address: SocketAddr,
    desk: Arc<Desk>,
    now: watch::Receiver<Option<Fault>>,
}

impl Listener for Gate {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        loop {
            if is_out(*self.now.borrow_and_update()) {
                self.listener = None;
                // The desk lives as long as this gate does.
                let _ = self.now.changed().await;
                continue;
            }
            let Some(listener) = &self.listener else {
                match TcpListener::bind(self.address).await {
                    Ok(listener) => self.listener = Some(listener),
                    Err(error) => {
                        tracing::warn!(%error, "the demo cannot listen again yet");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
                continue;
            };
            tokio::select! {
                biased;
                _ = self.now.changed() => {}
                came = listener.accept() => match came {
                    Ok((tcp, from)) => {
                        let cut = Box::pin(self.desk.cut().cancelled_owned());
                        return (Wire { tcp, cut }, from);
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection was not taken");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// A connection that can be cut.
struct Wire {
    tcp: TcpStream,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Wire {
    fn poll_cut(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.cut.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionReset.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_cut(cx)?;
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_cut(cx)?;
        Pin::new(&mut self.tcp).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

fn is_change(request: &Request) -> bool {
    let asks_only = request.uri().query().is_some_and(|q| q.contains("dryRun"));
    request.method() != Method::GET && !asks_only
}

/// Lets a request through, or not. Webhooks carry no token and always pass: what they bring is part of the world.
async fn pass(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response<Body> {
    let fault = *desk.now.borrow();
    let (Some(fault), Some(token)) = (fault, bearer(request.headers())) else {
        return next.run(request).await;
    };
    if let Fault::Busy(_) | Fault::Failed | Fault::Starting = fault {
        desk.notice();
    }
    match fault {
        Fault::Latency(by) => {
            tokio::time::sleep(by).await;
            next.run(request).await
        }
        Fault::SignedOut if desk.people.tokens.iter().any(|it| it == token) => {
            refuse(&Problem::new(
                Code::Unauthenticated,
                "The server no longer accepts the token (the demo refuses it).",
            ))
        }
        Fault::Conflict if is_change(&request) => conflict(&desk, request.into_parts().0).await,
        Fault::Busy(wait) => {
            let mut response = refuse(&Problem::new(Code::Overloaded, "Too many requests."));
            let seconds = wait.as_secs().max(1);
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        Fault::Failed => refuse(&Problem::new(
            Code::Internal,
            "A fault of the server; its log tells more. The same request may be tried again.",
        )),
        Fault::Starting => refuse(&Problem::new(Code::Unavailable, "database is starting")),
        Fault::Lost if is_change(&request) => lose(next.run(request).await).await,
        Fault::SignedOut | Fault::Conflict | Fault::Lost | Fault::Outage(_) => {
            next.run(request).await
        }
    }
}

fn refuse(problem: &Problem) -> Response<Body> {
    let body = serde_json::to_vec(problem).expect("a problem is plain data");
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(problem.status).expect("the table has statuses");
    let json = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// Somebody else was quicker: what the change is about is told as it is now.
async fn conflict(desk: &Desk, request: Parts) -> Response<Body> {
    let mut look = Request::get(request.uri.path().to_owned())
        .body(Body::empty())
        .expect("the path of a request that came");
    if let Some(token) = request.headers.get(AUTHORIZATION) {
        look.headers_mut().insert(AUTHORIZATION, token.clone());
    }
    let Ok(found) = desk.straight.clone().oneshot(look).await;
    let seen = found.status().is_success();
    let bytes = to_bytes(found.into_body(), LARGEST).await;
    // What cannot be looked at has no present state to tell.
    let current: Option<Value> = bytes
        .ok()
        .filter(|_| seen)
        .and_then(|it| serde_json::from_slice(&it).ok());
    let mut problem = if request.headers.contains_key(IF_MATCH) {
        Problem::new(Code::Precondition, "It was changed meanwhile by ana.")
    } else {
        Problem::new(Code::Conflict, "ana changed it at the same moment.")
    };
    problem.current = current;
    refuse(&problem)
}

/// What was done stays done; its answer breaks off before it begins.
async fn lose(answered: Response<Body>) -> Response<Body> {
    // Read to its end, so that nothing of it is left undone.
    let _ = to_bytes(answered.into_body(), LARGEST).await;
    let broken = async { Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset)) };
    Response::new(Body::from_stream(futures_util::stream::once(broken)))
}

/// What is to go wrong from now on, in words.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    fault: String,
}

/// What is wrong from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ordered {
    /// What it does.
    pub effect: String,
    /// What is accepted in place of the tokens that are refused, by whose it is.
    #[serde(default)]
    pub tokens: Vec<(String, String)>,
}

async fn order(State(desk): State<Arc<Desk>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    if !bearer(&headers).is_some_and(|it| desk.people.tokens.iter().any(|known| known == it)) {
        return refuse(&Problem::new(
            Code::Unauthenticated,
            "Faults take a token of the demo.",
        ));
    }
    let words = serde_json::from_slice::<Order>(&body).map_err(|error| error.to_string());
    let fault = words.and_then(|it| Fault::of(&it.fault).map_err(|error| error.to_string()));
    let fault = match fault {
        Ok(fault) => fault,
        Err(why) => return refuse(&Problem::new(Code::Invalid, why)),
    };
    Desk::set(&desk, fault);
    let spare = |(name, token): &(String, AccessToken)| (name.clone(), token.expose().to_owned());
    let told = Ordered {
        effect: fault.map_or_else(|| "Nothing is wrong any more.".to_owned(), Fault::effect),
        tokens: match fault {
            Some(Fault::SignedOut) => desk.people.spare.iter().map(spare).collect(),
            _ => Vec::new(),
        },
    };
    let body = serde_json::to_vec(&told).expect("plain data");
    let mut response = Response::new(Body::from(body));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// Sets what is wrong with the demo that runs on a directory; `None`: nothing.
pub async fn set_fault(dir: &std::path::Path, fault: Option<Fault>) -> Result<Ordered, DemoError> {
    let place = Place::at(dir);
    let not_running = || DemoError::NotRunning(dir.to_owned());
    let (Some(keys), Some(running)) = (place.keys()?, place.running()?) else {
        return Err(not_running());
    };
    let control = running.control.ok_or_else(not_running)?;
    let client = Client::remote(&control, Some(AccessToken::new(&keys.bo)))?;
    let fault = fault.map_or_else(|| "off".to_owned(), |it| it.to_string());
    let call = Call::new("PUT", PATH).with(serde_json::json!(Order { fault }));
    let reply = client.call(&call, &CallOptions::default()).await?;
    serde_json::from_value(reply.body).map_err(DemoError::part("front"))
}

/// The tokens that everybody who plays knows.
pub fn known(keys: &Keys) -> Vec<String> {
    vec![keys.ana.clone(), keys.bo.clone()]
}
