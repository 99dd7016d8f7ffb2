//! Detects a pooler such as pgbouncer, which may give each transaction another server process.
//!
//! A server greets a client with the number of its process, which a cancel request must contain. A pooler sends a number of its own,
//! because it has not chosen a server process yet. The driver does not expose the number, so it is read from a cancel request that is
//! sent nowhere.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Client;
use tokio_postgres::tls::{ChannelBinding, TlsStream};

use super::transport::IsReady;

/// Returns the process number of the greeting.
pub async fn greeted_by(client: &Client) -> Option<i32> {
    let mut sent = Vec::new();
    let cancel = client.cancel_token();
    cancel.cancel_query_raw(Recorder(&mut sent), IsReady).await.ok()?;
    // A request is its length, its code, the process number and a secret, of four bytes each.
    let request = sent.last_chunk::<16>()?;
    Some(i32::from_be_bytes([
        request[8],
        request[9],
        request[10],
        request[11],
    ]))
}

/// A stream that records the written bytes, and accepts TLS.
struct Recorder<'v>(&'v mut Vec<u8>);

impl AsyncRead for Recorder<'_> {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        out.put_slice(b"S");
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Recorder<'_> {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl TlsStream for Recorder<'_> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}
