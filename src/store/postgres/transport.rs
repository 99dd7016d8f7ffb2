//! The stream of a connection: a socket with or without TLS, with checks of the server's messages.
//!
//! The driver buffers each message completely, and a header may announce 2 GiB. It also answers every authentication request. So this
//! stream checks the headers and these requests before the driver sees them. The driver gets a stream that is ready, for which it does not
//! request TLS.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, SslNegotiation};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::auth::{Check, Methods};
use super::driver_config::{TlsSettings, Verify};
use super::dsn::Dsn;
use super::error;
use super::socket::{self, Address, Socket};
use super::tls;
use crate::error::{Error, ErrorKind, Result};

/// The message that requests TLS: its length and its code.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Size of a message's header, in bytes: its kind, and its length without the kind.
const HEADER: usize = 5;

/// The kind of an authentication request. Its body begins with a code of four bytes.
const AUTHENTICATION: u8 = b'R';

type Tls = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// Makes the streams of connections.
#[derive(Clone)]
pub struct Transport {
    connector: MakeRustlsConnect,
    tls: TlsSettings,
    methods: Methods,
    /// The owner of the server behind a Unix socket.
    peer: Option<String>,
    /// The longest message of the server, in bytes.
    longest: u64,
}

impl Transport {
    /// Makes the transport of a connection string.
    ///
    /// # Errors
    /// [`Config`](ErrorKind::Config) for certificates and keys that cannot be used.
    pub fn new(dsn: &Dsn, longest: u64) -> Result<Self> {
        Ok(Self {
            connector: tls::connector(&dsn.tls)?,
            tls: dsn.tls.clone(),
            methods: dsn.methods.clone(),
            peer: dsn.peer.clone(),
            longest,
        })
    }

    /// Connects to a host at one of its addresses.
    pub async fn connect(&self, config: &Config, address: &Address) -> Result<Bounded> {
        let failed = |e: io::Error| error::socket("cannot connect", &e);
        let socket = socket::open(address, config, self.peer.as_deref())
            .await
            .map_err(failed)?;
        let (stream, is_verified) = match address {
            Address::Tcp(place) => {
                let name = match config.get_hosts().first() {
                    Some(Host::Tcp(name)) => name.clone(),
                    _ => place.ip().to_string(),
                };
                self.encrypted(socket, &name).await?
            }
            // The server runs on the same machine.
            #[cfg(unix)]
            Address::Unix(_) => (Stream::Plain(socket), self.peer.is_some()),
        };
        Ok(Bounded {
            stream,
            messages: Messages::new(self.longest, Check::new(self.methods.clone(), is_verified)),
            lingers: false,
        })
    }

    /// Encrypts a socket as the settings say; also returns whether the server was verified.
    async fn encrypted(&self, mut socket: Socket, name: &str) -> Result<(Stream, bool)> {
        let failed = |e: io::Error| error::socket("TLS handshake failed", &e);
        let offered = match self.tls.mode {
            SslMode::Disable => false,
            _ if self.tls.is_direct => true,
            _ => offers_tls(&mut socket).await.map_err(failed)?,
        };
        if offered {
            let Ok(handshake) = MakeTlsConnect::<Socket>::make_tls_connect(&mut self.connector.clone(), name);
            let stream = handshake.connect(socket).await.map_err(failed)?;
            return Ok((Stream::Tls(Box::new(stream)), self.tls.verify != Verify::Nothing));
        }
        if self.tls.mode == SslMode::Require {
            return Err(Error::new(
                ErrorKind::Config,
                "PostgreSQL: the server does not support TLS",
            ));
        }
        Ok((Stream::Plain(socket), false))
    }

    /// Configures the driver so that it uses a ready stream.
    pub fn carry(config: &mut Config) {
        config.ssl_mode(SslMode::Require);
        config.ssl_negotiation(SslNegotiation::Direct);
    }
}

/// Asks the server for TLS. Reads only the answer, because the next byte is encrypted.
async fn offers_tls(socket: &mut Socket) -> io::Result<bool> {
    socket.write_all(&SSL_REQUEST).await?;
    Ok(socket.read_u8().await? == b'S')
}

/// Passes a ready stream to the driver as if TLS began there.
pub struct IsReady;

impl<S: TlsStream + Unpin> TlsConnect<S> for IsReady {
    type Stream = S;
    type Error = Infallible;
    type Future = Ready<std::result::Result<S, Infallible>>;

    fn connect(self, stream: S) -> Self::Future {
        ready(Ok(stream))
    }
}

enum Stream {
    Plain(Socket),
    Tls(Box<Tls>),
}

impl Stream {
    fn as_pin(&mut self) -> Pin<&mut dyn socket::ReadWrite> {
        match self {
            Stream::Plain(socket) => Pin::new(&mut **socket),
            Stream::Tls(tls) => Pin::new(&mut **tls),
        }
    }
}

/// A stream that fails at a message that is too long, and at an authentication request that is refused.
pub struct Bounded {
    stream: Stream,
    messages: Messages,
    /// Closing waits for the server to close first.
    lingers: bool,
}

impl Bounded {
    /// Returns the stream of a cancel request. It waits until the server closes, because a pooler drops the request of a client that has
    /// gone.
    pub fn for_cancel(self) -> Self {
        Self {
            lingers: true,
            ..self
        }
    }
}

impl AsyncRead for Bounded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = out.filled().len();
        ready!(self.stream.as_pin().poll_read(context, out))?;
        Poll::Ready(self.messages.pass(&out.filled()[before..]))
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_pin().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_pin().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.lingers {
            let mut bytes = [0; HEADER];
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = ready!(self.stream.as_pin().poll_read(context, &mut buffer));
            self.lingers = read.is_ok() && !buffer.filled().is_empty();
        }
        self.stream.as_pin().poll_shutdown(context)
    }
}

impl TlsStream for Bounded {
    fn channel_binding(&self) -> ChannelBinding {
        match &self.stream {
            Stream::Plain(_) => ChannelBinding::none(),
            Stream::Tls(tls) => tls.channel_binding(),
        }
    }
}

/// Tracks messages in a sequence of bytes.
struct Messages {
    longest: u64,
    /// The beginning of the current message, as far as it is checked.
    header: Vec<u8>,
    /// Bytes of the current message that are still to come.
    rest: u64,
    check: Check,
}

impl Messages {
    fn new(longest: u64, check: Check) -> Self {
        Self {
            longest,
            header: Vec::with_capacity(HEADER + 4),
            rest: 0,
            check,
        }
    }

    fn pass(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.rest > 0 {
                let passed = self.rest.min(bytes.len() as u64);
                self.rest -= passed;
                bytes = &bytes[passed as usize..];
                continue;
            }
            // A complete header is kept only for the code that follows it.
            let wanted = if self.header.len() < HEADER {
                HEADER
            } else {
                HEADER + 4
            };
            let (of_header, behind) = bytes.split_at(bytes.len().min(wanted - self.header.len()));
            self.header.extend_from_slice(of_header);
            bytes = behind;
            self.look()?;
        }
        Ok(())
    }

    /// Checks the header when it is complete.
    fn look(&mut self) -> io::Result<()> {
        let number = |at: usize| {
            let bytes = self.header.get(at..at + 4)?;
            bytes.try_into().ok().map(u32::from_be_bytes)
        };
        let Some(length) = number(1).map(u64::from) else {
            return Ok(());
        };
        if length > self.longest {
            let text = format!(
                "the server announces a message of {length} bytes, the bound is {}",
                self.longest
            );
            return Err(io::Error::new(io::ErrorKind::OutOfMemory, text));
        }
        if self.header[0] == AUTHENTICATION && length >= 8 {
            let Some(code) = number(HEADER) else { return Ok(()) };
            self.check
                .request(code)
                .map_err(|text| io::Error::new(io::ErrorKind::PermissionDenied, text))?;
        }
        // The length includes itself.
        self.rest = (length + 1).saturating_sub(self.header.len() as u64);
        self.header.clear();
        Ok(())
    }
}

/// Passes bytes of a server as a connection does, in parts of at most `step` bytes.
#[cfg(feature = "fault-injection")]
pub fn pass(bytes: &[u8], step: usize) -> io::Result<()> {
    let methods = Methods::parse("scram-sha-256,none").unwrap_or_else(|_| unreachable!());
    let mut messages = Messages::new(1 << 20, Check::new(methods, false));
    bytes.chunks(step).try_for_each(|part| messages.pass(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut message = vec![kind];
        message.extend((body.len() as u32 + 4).to_be_bytes());
        message.extend(body);
        message
    }

    #[test]
    fn headers_are_found_however_the_bytes_come() {
        let bytes = [
            message(b'R', &[0; 4]),
            // Too short for a code: the next message follows at once.
            message(b'R', b"x"),
            message(b'Z', b"I"),
            message(b'1', b""),
            message(b'D', &[7; 96]),
        ]
        .concat();
        let long = message(b'D', &[7; 97]);
        for step in 1..bytes.len() {
            let mut messages = Messages::new(100, Check::new(Methods::parse("").unwrap(), false));
            for part in bytes.chunks(step) {
                messages.pass(part).unwrap();
            }
            assert!(messages.pass(&long[..4]).is_ok());
            let error = messages.pass(&long[4..5]).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the server announces a message of 101 bytes, the bound is 100"
            );
        }
    }
    #[test]
    fn an_authentication_request_is_checked_however_the_bytes_come() {
        let bytes = message(b'R', &3_u32.to_be_bytes());
        for step in 1..=bytes.len() {
            let mut messages = Messages::new(100, Check::new(Methods::parse("").unwrap(), false));
            let refused = bytes.chunks(step).find_map(|part| messages.pass(part).err());
            assert_eq!(refused.unwrap().kind(), io::ErrorKind::PermissionDenied);
        }
    }
}
