//! A way to a server for a test to stand beside: it notes every request that passes, holds the answer that it is told to hold,
//! and may lead to another server from some moment on.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};

use super::DEADLINE;

/// The way. It stays open until the tests end.
#[derive(Debug)]
pub struct Way {
    url: String,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    /// Host and port of where it leads.
    server: String,
    passed: Vec<Passed>,
    waiting: Option<Waiting>,
}

/// An answer that is to be held.
#[derive(Debug)]
struct Waiting {
    what: String,
    came: mpsc::Sender<()>,
    go: mpsc::Receiver<()>,
}

/// A request that passed.
#[derive(Clone, Debug)]
pub struct Passed {
    /// Method and target, such as `GET /api/spaces`.
    pub what: String,
    headers: Vec<(String, String)>,
}

/// An answer that is held. Dropping this lets it go.
#[derive(Debug)]
pub struct Held {
    came: mpsc::Receiver<()>,
    go: mpsc::Sender<()>,
}

impl Way {
    /// To the server at this address.
    pub fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Mutex::new(Inner {
            server: address(server),
            passed: Vec::new(),
            waiting: None,
        }));
        let way = Arc::clone(&inner);
        std::thread::spawn(move || {
            for asker in listener.incoming() {
                let way = Arc::clone(&way);
                // Either side may hang up at any time; the other one sees that.
                std::thread::spawn(move || asker.and_then(|asker| pass(asker, &way)));
            }
        });
        Self { url, inner }
    }

    /// Its own address: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Leads to the server at this address from now on.
    pub fn lead_to(&self, server: &str) {
        self.inner.lock().unwrap().server = address(server);
    }

    /// What has passed, in order.
    pub fn passed(&self) -> Vec<Passed> {
        self.inner.lock().unwrap().passed.clone()
    }

    /// Holds the next answer to `what`, method and target: the server has given it, and nobody has got it yet.
    pub fn hold(&self, what: &str) -> Held {
        let (tell, came) = mpsc::channel();
        let (letting, go) = mpsc::channel();
        self.inner.lock().unwrap().waiting = Some(Waiting {
            what: what.to_owned(),
            came: tell,
            go,
        });
        Held { came, go: letting }
    }
}

impl Passed {
    /// The value of a header, its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(header, _)| header == name)?;
        Some(value)
    }
}

impl Held {
    /// Waits until it is there.
    pub fn wait(&self) {
        self.came.recv_timeout(DEADLINE).unwrap();
    }

    /// Whether it came by now. It is told once.
    pub fn is_there(&self) -> bool {
        self.came.try_recv().is_ok()
    }

    /// Loses it: whoever asked never hears it.
    pub fn lose(self) {
        // An error means that whoever asked has hung up already.
        let _ = self.go.send(());
    }
}

fn address(server: &str) -> String {
    server.trim_start_matches("http://").to_owned()
}

/// One request and its answer.
fn pass(mut asker: TcpStream, way: &Mutex<Inner>) -> std::io::Result<()> {
    let mut reader = BufReader::new(asker.try_clone()?);
    let lines: Vec<String> = reader
        .by_ref()
        .lines()
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let Some((request, headers)) = lines.split_first() else {
        return Ok(());
    };
    let headers = headers.iter().filter_map(|line| line.split_once(':'));
    let passed = Passed {
        what: request.trim_end_matches(" HTTP/1.1").to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
    };
    let length = passed.header("content-length").unwrap_or("0");
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body)?;
    let server = {
        let mut inner = way.lock().unwrap();
        inner.passed.push(passed.clone());
        inner.server.clone()
    };

    let mut head = format!("{request}\r\n");
    for (name, value) in &passed.headers {
        if name != "connection" {
            head.extend([name.as_str(), ": ", value.as_str(), "\r\n"]);
        }
    }
    // The server hangs up behind its answer, and says so to whoever asked.
    head.push_str("connection: close\r\n\r\n");
    let mut upstream = TcpStream::connect(server)?;
    upstream.write_all(head.as_bytes())?;
    upstream.write_all(&body)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;

    let is_it = |waiting: &mut Waiting| waiting.what == passed.what;
    let held = way.lock().unwrap().waiting.take_if(is_it);
    if let Some(held) = held {
        // An error means that the test has no use for it any more.
        let _ = held.came.send(());
        if held.go.recv().is_ok() {
            return Ok(());
        }
    }
    asker.write_all(&answer)
}
