//! Sockets to a server: TCP, or a Unix socket whose other end is checked.

use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::path::PathBuf;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

#[cfg(unix)]
use super::peer;

/// A stream in both directions.
pub trait ReadWrite: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> ReadWrite for S {}

/// An open socket.
pub type Socket = Box<dyn ReadWrite>;

/// The address of a server.
#[derive(Clone, Debug)]
pub enum Address {
    /// An address of the network.
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    #[cfg(unix)]
    Unix(PathBuf),
}

/// Looks the addresses of one host up. `config` contains one host.
pub async fn addresses(config: &Config) -> io::Result<Vec<Address>> {
    let port = config.get_ports().first().copied().unwrap_or(5432);
    if let Some(address) = config.get_hostaddrs().first() {
        return Ok(vec![Address::Tcp(SocketAddr::new(*address, port))]);
    }
    match config.get_hosts().first() {
        Some(Host::Tcp(name)) => {
            let found = tokio::net::lookup_host((name.as_str(), port)).await?;
            Ok(found.map(Address::Tcp).collect())
        }
        #[cfg(unix)]
        Some(Host::Unix(folder)) => Ok(vec![Address::Unix(folder.join(format!(".s.PGSQL.{port}")))]),
        None => Ok(Vec::new()),
    }
}

/// Opens a socket. `owner` is the user of the operating system that must own the server behind a Unix socket.
pub async fn open(address: &Address, config: &Config, owner: Option<&str>) -> io::Result<Socket> {
    match address {
        Address::Tcp(address) => {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let socket = SockRef::from(&stream);
            #[cfg(target_os = "linux")]
            socket.set_tcp_user_timeout(config.get_tcp_user_timeout().copied())?;
            if config.get_keepalives() {
                socket.set_tcp_keepalive(&keepalive(config))?;
            }
            Ok(Box::new(stream))
        }
        #[cfg(unix)]
        Address::Unix(path) => {
            let stream = UnixStream::connect(path).await?;
            if let Some(owner) = owner {
                peer::check(stream.peer_cred()?.uid(), owner)?;
            }
            Ok(Box::new(stream))
        }
    }
}

fn keepalive(config: &Config) -> TcpKeepalive {
    let mut keepalive = TcpKeepalive::new().with_time(config.get_keepalives_idle());
    if let Some(interval) = config.get_keepalives_interval() {
        keepalive = keepalive.with_interval(interval);
    }
    #[cfg(unix)]
    if let Some(retries) = config.get_keepalives_retries() {
        keepalive = keepalive.with_retries(retries);
    }
    keepalive
}
