//! A way to a real server that can be closed, cut in the middle, and made slow.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// What the way is like.
#[derive(Default)]
pub struct Way {
    /// Nobody gets through.
    pub closed: AtomicBool,
    /// Each connection is cut after so many bytes; 0 for never.
    pub cut_after: AtomicU64,
    /// What each piece waits, in milliseconds.
    pub delay_ms: AtomicU64,
}

/// Opens a way to a server; its address, and what it is like.
pub fn open(server: &str) -> (String, Arc<Way>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let way = Arc::new(Way::default());
    let (server, shared) = (server.to_owned(), Arc::clone(&way));
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            if shared.closed.load(Ordering::Acquire) {
                continue;
            }
            let server = TcpStream::connect(&server).unwrap();
            for (from, to) in [(&client, &server), (&server, &client)] {
                let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                let way = Arc::clone(&shared);
                thread::spawn(move || pass(from, to, &way));
            }
        }
    });
    (address, way)
}

fn pass(mut from: TcpStream, mut to: TcpStream, way: &Way) {
    let mut passed = 0;
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        passed += length as u64;
        let cut = way.cut_after.load(Ordering::Acquire);
        if way.closed.load(Ordering::Acquire) || (cut > 0 && passed > cut) {
            break;
        }
        thread::sleep(Duration::from_millis(way.delay_ms.load(Ordering::Acquire)));
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
