//! `seerflow serve`: a web page that searches the store.
//!
//! - `http`: connections, and the checks of each request. `api`: the answers, one file for each view of the page. `counts`: histogram and
//!   facets of a search. `params`: the parameters of requests, and refusals. `page/`: the page, embedded in the program.

mod alerts;
mod api;
mod counts;
mod entity;
mod health;
mod http;
mod params;
mod search;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use seerflow::Engine;

use self::api::Api;
use self::http::{Server, Tls};
use crate::context::{Context, must_exist};
use crate::failure::{Done, Failure};

/// Serve a web page that searches events, and shows entities, alerts and the health of the store
///
/// The address is printed with a secret token. The store is opened for reading only, unless --allow-verdicts is given.
#[derive(clap::Args)]
#[command(after_help = "\
Anyone who knows the address can read the store. Addresses other than loopback require --tls-cert and --tls-key.

Examples:
  seerflow serve --open
  seerflow serve --listen 127.0.0.1:0 --allow-verdicts
  seerflow serve --listen 192.0.2.7:8317 --host logs.example.org \\
    --tls-cert cert.pem --tls-key key.pem")]
pub struct Args {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8317")]
    listen: SocketAddr,
    /// Host name under which browsers may request the page, besides the address itself; may be repeated
    #[arg(long, value_name = "NAME", requires = "tls_cert")]
    host: Vec<String>,
    /// Certificate chain in PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Open the page in the browser
    #[arg(long)]
    open: bool,
    /// Let the page store verdicts on alerts
    #[arg(long)]
    allow_verdicts: bool,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    if !args.listen.ip().is_loopback() && args.tls_cert.is_none() {
        return Err(Failure::Usage(format!(
            "{} is not a loopback address: --tls-cert and --tls-key are required",
            args.listen.ip()
        )));
    }
    must_exist(&context.config)?;
    let mut config = context.config.clone();
    config.set(
        "storage.read_only",
        if args.allow_verdicts { "false" } else { "true" },
    )?;
    let engine = Engine::open(&config, context.logger())?;
    // Fails now instead of at the first request.
    let summary = engine.maintenance()?.summary(&context.control())?;
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(cert), Some(key)) => Some(Tls::load(cert, key)?),
        _ => None,
    };
    let server = Server::bind(args.listen, args.host, tls, Api::new(engine, args.allow_verdicts))?;
    let address = server.address();
    println!("{address}");
    context.note(format!("serving {}; Ctrl-C ends it", summary.location));
    if args.open && !open_browser(&address) {
        context.warn("no browser could be started; open the address above");
    }
    server.run(&context.interrupt);
    Ok(())
}

fn open_browser(address: &str) -> bool {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let command = Command::new(opener)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    command.is_ok()
}
