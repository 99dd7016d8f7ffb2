//! The HTTP server: connections, and the checks that each request must pass.
//!
//! Every user of this machine may connect to loopback, even if only the owner may read the database. Hence the token: it is in the printed
//! address, then in a cookie. The names in Host, Origin and Sec-Fetch-Site keep other sites in the same browser out.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Waker, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::header::{COOKIE, HOST, HeaderMap, HeaderValue, LOCATION, ORIGIN, SET_COOKIE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use seerflow::record::{Control, Interrupt};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::api::{Answer, Api};
use super::params::{Params, Refusal};
use crate::failure::Failure;

/// How often the server looks for Ctrl-C.
const POLL: Duration = Duration::from_millis(100);

/// The longest time for a TLS handshake, and for the head of a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most connections at once.
const CONNECTIONS: usize = 128;

/// The most requests that are answered at once.
const THREADS: usize = 16;

/// Nothing is loaded from other sites, no site may frame the page, and none may read an answer.
const HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
];

/// Certificate and key.
pub struct Tls(TlsAcceptor);

impl Tls {
    /// Loads a certificate chain and its key.
    ///
    /// # Errors
    /// An error that names the file.
    pub fn load(cert: &Path, key: &Path) -> Result<Self, Failure> {
        let failed = |path: &Path, error: &dyn std::fmt::Display| {
            Failure::Error(format!("{}: {error}", path.display()))
        };
        let read = |path: &Path| fs::read(path).map_err(|error| failed(path, &error));
        let chain = CertificateDer::pem_slice_iter(&read(cert)?).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| failed(cert, &error))?;
        let private = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|error| failed(key, &error))?;
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
            .map_err(|error| failed(cert, &error))?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    runtime: Runtime,
    gate: Arc<Gate>,
    tls: Option<TlsAcceptor>,
}

impl Server {
    /// Listens on an address.
    ///
    /// # Errors
    /// An error that names the address.
    pub fn bind(listen: SocketAddr, hosts: Vec<String>, tls: Option<Tls>, api: Api) -> Result<Self, Failure> {
        let failed = |error: io::Error| Failure::Error(format!("cannot listen on {listen}: {error}"));
        let listener = TcpListener::bind(listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(THREADS)
            .build()?;
        let mut secret = [0; 24];
        let random = ring::default_provider().secure_random;
        random
            .fill(&mut secret)
            .map_err(|_| Failure::Error("no random numbers".to_owned()))?;
        let mut names = hosts;
        if address.ip().is_loopback() {
            names.extend(["127.0.0.1", "localhost", "[::1]"].map(str::to_owned));
        } else {
            names.push(
                SocketAddr::new(address.ip(), 0)
                    .to_string()
                    .trim_end_matches(":0")
                    .to_owned(),
            );
        }
        let gate = Gate {
            api: Arc::new(api),
            token: BASE64.encode(secret),
            port: address.port(),
            scheme: if tls.is_some() { "https" } else { "http" },
            names,
        };
        Ok(Self {
            listener,
            runtime,
            gate: Arc::new(gate),
            tls: tls.map(|tls| tls.0),
        })
    }

    /// Returns the address of the page, with the token.
    pub fn address(&self) -> String {
        let Gate {
            scheme,
            names,
            port,
            token,
            ..
        } = &*self.gate;
        format!(
            "{scheme}://{}:{port}/?token={token}",
            names.first().map_or("", String::as_str)
        )
    }

    /// Serves until the interrupt is raised.
    pub fn run(self, interrupt: &Interrupt) {
        let Self {
            listener,
            runtime,
            gate,
            tls,
        } = self;
        runtime.block_on(async {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
                return;
            };
            let slots = Arc::new(Semaphore::new(CONNECTIONS));
            while !interrupt.is_raised() {
                let Ok(Ok(slot)) = timeout(POLL, Arc::clone(&slots).acquire_owned()).await else {
                    continue;
                };
                let Ok(Ok((stream, _))) = timeout(POLL, listener.accept()).await else {
                    continue;
                };
                let (gate, tls) = (Arc::clone(&gate), tls.clone());
                let _ = stream.set_nodelay(true);
                tokio::spawn(async move {
                    match tls {
                        None => gate.connection(stream).await,
                        Some(tls) => {
                            if let Ok(Ok(stream)) = timeout(PATIENCE, tls.accept(stream)).await {
                                gate.connection(stream).await;
                            }
                        }
                    }
                    drop(slot);
                });
            }
        });
        runtime.shutdown_background();
    }
}

/// Raises an interrupt when the browser no longer waits for the answer.
struct Waiting(Interrupt);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.raise();
    }
}

/// The checks of requests.
struct Gate {
    api: Arc<Api>,
    token: String,
    port: u16,
    scheme: &'static str,
    /// The names that Host may have. A foreign name that resolves to this machine would let its site read the store.
    names: Vec<String>,
}

impl Gate {
    async fn connection(self: Arc<Self>, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let service = service_fn(|request| {
            let gate = Arc::clone(&self);
            async move { Ok::<_, Infallible>(gate.respond(request).await) }
        });
        let mut server = http1::Builder::new();
        server
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .max_buf_size(32 << 10);
        // A failed connection concerns its client only.
        let _ = server.serve_connection(TokioIo::new(stream), service).await;
    }

    async fn respond(&self, request: Request<Incoming>) -> Response<Body> {
        let answer = match self.check(&request) {
            Ok(None) => self.answer(&request).await,
            Ok(Some(redirect)) => Ok(redirect),
            Err(refusal) => Err(refusal),
        };
        let mut response = answer.unwrap_or_else(|Refusal(status, message)| {
            let body = serde_json::json!({ "message": message }).to_string();
            response(status, "application/json", Body::Whole(Some(body.into())))
        });
        for (name, value) in HEADERS {
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
        response
    }

    /// Checks a request. Returns a redirection if it has to take the cookie first.
    fn check(&self, request: &Request<Incoming>) -> Result<Option<Response<Body>>, Refusal> {
        let headers = request.headers();
        let host = header(headers, HOST.as_str())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let default = if self.scheme == "https" { 443 } else { 80 };
        let is_own = |name: &String| {
            let rest = host.strip_prefix(name.as_str());
            rest.is_some_and(|rest| {
                rest == format!(":{}", self.port) || (rest.is_empty() && self.port == default)
            })
        };
        if !self.names.iter().any(is_own) {
            return Err(Refusal(
                403,
                "this page has another name; open the address that `seerflow serve` printed".to_owned(),
            ));
        }
        let is_foreign = header(headers, ORIGIN.as_str())
            .is_some_and(|origin| origin != format!("{}://{host}", self.scheme));
        let is_followed =
            request.uri().path() == "/" && header(headers, "sec-fetch-mode") == Some("navigate");
        let site = header(headers, "sec-fetch-site").unwrap_or("none");
        if is_foreign || !(matches!(site, "same-origin" | "none") || is_followed) {
            return Err(Refusal(403, "other sites may not send requests".to_owned()));
        }
        let is_verdict = request.method() == Method::POST && request.uri().path() == "/api/verdict";
        if !is_verdict && !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(Refusal(405, "only GET and HEAD are allowed".to_owned()));
        }
        let cookie = format!("seerflow-{}", self.port);
        let params = Params::parse(request.uri().query().unwrap_or_default());
        let given = params.get("token").or_else(|| {
            let cookies = header(headers, COOKIE.as_str())?.split("; ");
            cookies
                .filter_map(|pair| pair.split_once('='))
                .find(|(name, _)| *name == cookie)
                .map(|(_, value)| value)
        });
        // Digests are compared because the time of their comparison tells nothing of the token.
        if Sha256::digest(given.unwrap_or_default()) != Sha256::digest(&self.token) {
            return Err(Refusal(
                403,
                "open the address that `seerflow serve` printed in its terminal".to_owned(),
            ));
        }
        if params.get("token").is_none() || request.uri().path() != "/" {
            return Ok(None);
        }
        // The token leaves the address, because addresses end in histories and bookmarks.
        let secure = if self.scheme == "https" { "; Secure" } else { "" };
        let cookie = format!(
            "{cookie}={}; Path=/; HttpOnly; SameSite=Strict{secure}",
            self.token
        );
        let mut redirect = response(303, "text/plain", Body::Whole(None));
        redirect
            .headers_mut()
            .insert(LOCATION, HeaderValue::from_static("/"));
        redirect.headers_mut().extend(
            HeaderValue::try_from(cookie)
                .ok()
                .map(|cookie| (SET_COOKIE, cookie)),
        );
        Ok(Some(redirect))
    }

    async fn answer(&self, request: &Request<Incoming>) -> Result<Response<Body>, Refusal> {
        let interrupt = Interrupt::new();
        let waiting = Waiting(interrupt.clone());
        let (api, path) = (Arc::clone(&self.api), request.uri().path().to_owned());
        let params = Params::parse(request.uri().query().unwrap_or_default());
        let is_post = request.method() == Method::POST;
        let control = Control {
            interrupt: Some(interrupt),
            ..Control::within(super::api::DEADLINE)
        };
        let answer = tokio::task::spawn_blocking(move || api.answer(&path, is_post, &params, &control)).await;
        drop(waiting);
        match answer.map_err(|_| Refusal(500, "the request failed".to_owned()))?? {
            Answer::Json(value) => Ok(response(
                200,
                "application/json",
                Body::Whole(Some(value.to_string().into())),
            )),
            Answer::File(kind, text) => Ok(response(
                200,
                kind,
                Body::Whole(Some(Bytes::from_static(text.as_bytes()))),
            )),
            Answer::Export(kind, name, write) => {
                let (sender, receiver) = mpsc::channel(4);
                tokio::task::spawn_blocking(move || write(&|chunk| sender.blocking_send(chunk).is_ok()));
                let mut response = response(200, kind, Body::Stream(receiver));
                let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")).ok();
                response
                    .headers_mut()
                    .extend(disposition.map(|value| (hyper::header::CONTENT_DISPOSITION, value)));
                Ok(response)
            }
        }
    }
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

fn response(status: u16, kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status.try_into().unwrap_or_default();
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
    response
}

/// The body of a response. An error in a stream ends the connection, which tells the browser that the file is not complete.
enum Body {
    Whole(Option<Bytes>),
    Stream(mpsc::Receiver<io::Result<Bytes>>),
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, waker: &mut Waker<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Body::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Body::Stream(receiver) => receiver
                .poll_recv(waker)
                .map(|chunk| chunk.map(|chunk| chunk.map(Frame::data))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Body::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Body::Stream(_) => SizeHint::default(),
        }
    }
}
