//! How a request gets to a server: over the network, or straight into a router of this process.

use std::sync::Once;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tower::ServiceExt as _;

use super::error::ClientError;

const CONNECT: Duration = Duration::from_secs(5);

/// One request; `target` is path and query, from the root.
pub(super) struct Outgoing {
    pub method: Method,
    pub target: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// An answer whose body has not been read yet.
pub(super) struct Incoming {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: BoxStream<'static, Result<Bytes, ClientError>>,
}

#[derive(Clone)]
pub(super) enum Transport {
    Remote { http: reqwest::Client, base: String },
    Local(axum::Router),
}

/// One provider of cryptography for the whole process; whoever comes first installs it.
pub(crate) fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error means that one is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

impl Transport {
    pub fn remote(base: &str) -> Result<Self, ClientError> {
        install_crypto();
        let base = base.trim().trim_end_matches('/').to_owned();
        let protocol = |reason: String| ClientError::Protocol {
            address: base.clone(),
            reason,
        };
        let url = reqwest::Url::parse(&base)
            .map_err(|e| protocol(format!("{e}; write the server as https://host[:port]")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(protocol(
                "a server's address starts with https:// or http://".to_owned(),
            ));
        }
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            // A redirect would carry the token to where nobody chose to send it.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("jolli/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| protocol(e.to_string()))?;
        Ok(Self::Remote { http, base })
    }

    pub fn address(&self) -> &str {
        match self {
            Self::Remote { base, .. } => base,
            Self::Local(_) => "the server in this process",
        }
    }

    /// Sends and waits at most `patience` for the head of the answer, and for each piece of its body.
    pub async fn send(&self, out: Outgoing, patience: Duration) -> Result<Incoming, ClientError> {
        let address = self.address().to_owned();
        let late = {
            let address = address.clone();
            move || ClientError::Timeout {
                address: address.clone(),
                after: patience,
                sent: true,
            }
        };
        let (status, headers, body) = match self {
            Self::Remote { http, base } => {
                let request = http
                    .request(out.method, format!("{base}{}", out.target))
                    .headers(out.headers)
                    .body(out.body)
                    .send();
                let response = tokio::time::timeout(patience, request)
                    .await
                    .map_err(|_| late())?
                    .map_err(|e| ClientError::from_reqwest(&address, &e, CONNECT))?;
                let (status, headers) = (response.status(), response.headers().clone());
                let broken = address.clone();
                let body = response
                    .bytes_stream()
                    .map(move |piece| {
                        piece.map_err(|e| ClientError::from_reqwest(&broken, &e, patience))
                    })
                    .boxed();
                (status, headers, body)
            }
            Self::Local(router) => {
                let mut request = Request::new(Body::from(out.body));
                *request.method_mut() = out.method;
                *request.uri_mut() = out.target.parse().map_err(|_| ClientError::Protocol {
                    address: address.clone(),
                    reason: format!("`{}` is not a path", out.target),
                })?;
                *request.headers_mut() = out.headers;
                let response = tokio::time::timeout(patience, router.clone().oneshot(request))
                    .await
                    .map_err(|_| late())?
                    .unwrap_or_else(|never| match never {});
                let (head, body) = response.into_parts();
                let broken = address.clone();
                let body = body
                    .into_data_stream()
                    .map(move |piece| {
                        piece.map_err(|_| ClientError::Interrupted {
                            address: broken.clone(),
                        })
                    })
                    .boxed();
                (head.status, head.headers, body)
            }
        };
        let paced = futures_util::stream::unfold(Some(body), move |body| {
            let late = late.clone();
            async move {
                let mut body = body?;
                match tokio::time::timeout(patience, body.next()).await {
                    Ok(Some(Ok(piece))) => Some((Ok(piece), Some(body))),
                    Ok(Some(Err(error))) => Some((Err(error), None)),
                    Ok(None) => None,
                    Err(_) => Some((Err(late()), None)),
                }
            }
        });
        Ok(Incoming {
            status,
            headers,
            body: paced.boxed(),
        })
    }
}
