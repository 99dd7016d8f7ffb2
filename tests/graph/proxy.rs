//! A TCP proxy that can refuse, cut and delay connections to a real server.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// The state of the proxy.
#[derive(Default)]
pub struct Faults {
    /// True if connections are refused.
    pub closed: AtomicBool,
    /// Each connection is cut after this many bytes; 0 means never.
    pub cut_after: AtomicU64,
    /// Delay of each read, in milliseconds.
    pub delay_ms: AtomicU64,
}

/// Starts a proxy in front of a server; returns its address and state.
pub fn open(server: &str) -> (String, Arc<Faults>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let faults = Arc::new(Faults::default());
    let (server, shared) = (server.to_owned(), Arc::clone(&faults));
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            if shared.closed.load(Ordering::Acquire) {
                continue;
            }
            // The server is down: the client sees its connection closed.
            let Ok(server) = TcpStream::connect(&server) else {
                continue;
            };
            for (from, to) in [(&client, &server), (&server, &client)] {
                let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                let faults = Arc::clone(&shared);
                thread::spawn(move || pass(from, to, &faults));
            }
        }
    });
    (address, faults)
}

fn pass(mut from: TcpStream, mut to: TcpStream, faults: &Faults) {
    let mut passed = 0;
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        passed += length as u64;
        let cut = faults.cut_after.load(Ordering::Acquire);
        if faults.closed.load(Ordering::Acquire) || (cut > 0 && passed > cut) {
            break;
        }
        thread::sleep(Duration::from_millis(faults.delay_ms.load(Ordering::Acquire)));
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
