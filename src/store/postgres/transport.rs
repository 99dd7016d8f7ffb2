//! The stream of a connection: a socket with or without TLS, with a limit on the length of the server's messages.
//!
//! The driver buffers each message completely, and a header may announce 2 GiB. So this stream checks the headers before the driver. The
//! driver passes the socket to a TLS connector; this connector requests TLS itself, and returns a stream of its own with or without it.
//! The driver does not pass Unix sockets to a TLS connector; the server behind one runs on the same machine.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_postgres::config::{Host, SslMode, SslNegotiation};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres::{Config, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The message that requests TLS: its length and its code.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Size of a message's header, in bytes: its kind, and its length without the kind.
const HEADER: usize = 5;

type Tls = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;
type TlsHandshake = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;

/// Makes the streams of connections.
#[derive(Clone)]
pub struct Transport {
    /// The TLS connector.
    tls: MakeRustlsConnect,
    /// Whether TLS is used.
    mode: SslMode,
    /// The longest message of the server, in bytes.
    longest: u64,
    /// Closing waits for the server to close first.
    lingers: bool,
}

impl Transport {
    /// Makes a transport. `mode` decides whether TLS is used.
    pub fn new(tls: MakeRustlsConnect, mode: SslMode, longest: u64) -> Self {
        Self {
            tls,
            mode,
            longest,
            lingers: false,
        }
    }

    /// Returns a transport for a cancel request. It waits until the server closes, because a pooler drops the request of a client that
    /// has gone.
    pub fn for_cancel(&self) -> Self {
        Self {
            lingers: true,
            ..self.clone()
        }
    }

    /// Configures a host so that its TCP connections use this transport.
    pub fn carry(config: &mut Config) {
        let address = config.get_hostaddrs().first().copied();
        match (config.get_hosts().first(), address) {
            (Some(Host::Unix(_)), None) => return,
            // The driver requires a host name.
            (None, Some(address)) => {
                config.host(address.to_string());
            }
            _ => {}
        }
        config.ssl_mode(SslMode::Require);
        config.ssl_negotiation(SslNegotiation::Direct);
    }
}

impl MakeTlsConnect<Socket> for Transport {
    type Stream = Bounded;
    type TlsConnect = Handshake;
    type Error = Infallible;

    fn make_tls_connect(&mut self, name: &str) -> Result<Handshake, Infallible> {
        let tls = MakeTlsConnect::<Socket>::make_tls_connect(&mut self.tls, name)?;
        Ok(Handshake {
            tls,
            mode: self.mode,
            longest: self.longest,
            lingers: self.lingers,
        })
    }
}

/// Makes a stream of one socket.
pub struct Handshake {
    tls: TlsHandshake,
    mode: SslMode,
    longest: u64,
    lingers: bool,
}

type Failure = Box<dyn Error + Send + Sync>;

impl TlsConnect<Socket> for Handshake {
    type Stream = Bounded;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Bounded, Failure>> + Send>>;

    fn connect(self, mut socket: Socket) -> Self::Future {
        Box::pin(async move {
            let stream = if self.mode != SslMode::Disable && offers_tls(&mut socket).await? {
                Stream::Tls(Box::new(self.tls.connect(socket).await?))
            } else if self.mode == SslMode::Require {
                return Err("server does not support TLS".into());
            } else {
                Stream::Plain(socket)
            };
            Ok(Bounded {
                stream,
                messages: Messages::new(self.longest),
                lingers: self.lingers,
            })
        })
    }
}

/// Asks the server for TLS. Reads only the answer, because the next byte is encrypted.
async fn offers_tls(socket: &mut Socket) -> io::Result<bool> {
    socket.write_all(&SSL_REQUEST).await?;
    Ok(socket.read_u8().await? == b'S')
}

enum Stream {
    Plain(Socket),
    Tls(Box<Tls>),
}

impl Stream {
    fn as_pin(&mut self) -> Pin<&mut dyn ReadWrite> {
        match self {
            Stream::Plain(socket) => Pin::new(socket),
            Stream::Tls(tls) => Pin::new(&mut **tls),
        }
    }
}

trait ReadWrite: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> ReadWrite for S {}

/// A stream that fails at the header of a message that is too long.
pub struct Bounded {
    stream: Stream,
    messages: Messages,
    lingers: bool,
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

/// Tracks the headers of messages in a sequence of bytes.
struct Messages {
    longest: u64,
    header: Vec<u8>,
    /// Bytes of the current message that are still to come.
    rest: u64,
}

impl Messages {
    fn new(longest: u64) -> Self {
        Self {
            longest,
            header: Vec::with_capacity(HEADER),
            rest: 0,
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
            let (of_header, behind) = bytes.split_at(bytes.len().min(HEADER - self.header.len()));
            self.header.extend_from_slice(of_header);
            bytes = behind;
            if let [_, length @ ..] = &self.header[..]
                && let Ok(length) = <[u8; 4]>::try_from(length)
            {
                let length = u64::from(u32::from_be_bytes(length));
                if length > self.longest {
                    let text = format!(
                        "the server announces a message of {length} bytes, the bound is {}",
                        self.longest
                    );
                    return Err(io::Error::new(io::ErrorKind::OutOfMemory, text));
                }
                // The length includes itself.
                self.rest = length.saturating_sub(4);
                self.header.clear();
            }
        }
        Ok(())
    }
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
            message(b'Z', b"I"),
            message(b'1', b""),
            message(b'D', &[7; 96]),
        ]
        .concat();
        let long = message(b'D', &[7; 97]);
        for step in 1..bytes.len() {
            let mut messages = Messages::new(100);
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
}
