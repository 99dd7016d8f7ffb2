//! `seerflow graph migrate`: move the entity graph from one back end to another.

use std::sync::Arc;
use std::time::Instant;

use indicatif::HumanCount;
use seerflow::graph::GraphServer;
use seerflow::graph::migrate::{Existing, MigrateOptions, Migrated, Side, Step, migrate};
use seerflow::store::{self, Store};
use seerflow::{ErrorKind, graph};
use serde_json::{Value, json};

use crate::args;
use crate::context::{Context, must_exist};
use crate::failure::{Done, Failure};
use crate::output::{Out, print_json};
use crate::progress::{self, Progress, Unit};
use crate::table::{Table, faint, plain};

/// The exit code if the destination differs from the source.
const NOT_VERIFIED: u8 = 2;

/// The back end of a graph.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Backend {
    /// The edges of the relational store, from which the in-process graph is loaded
    Igraph,
    /// FalkorDB at storage.falkordb_url
    Falkordb,
    /// Apache AGE in the PostgreSQL at storage.postgresql_url
    #[value(name = "postgres_age", alias = "postgres-age")]
    PostgresAge,
}

/// Move the entity graph to another back end
#[derive(clap::Args)]
#[command(after_help = "\
Edges keep first_seen, last_seen and event_count. Only what the destination lacks is written, and values are raised, never added \
to: running it twice changes nothing. At the end both sides are read and compared. The configuration (--config, environment, \
--set) says where the back ends are.

A destination that has edges is refused unless they equal the source's: choose --merge, --wipe-destination or --resume.

Exit codes:
  0    moved and verified
  1    failed, or the command line is wrong
  2    the destination differs from the source
  130  interrupted

Examples:
  seerflow graph migrate --from igraph --to falkordb --dry-run \\
    --set storage.falkordb_url=falkor://graph.example.org
  seerflow graph migrate --from falkordb --to postgres_age --wipe-destination
  seerflow graph migrate --from igraph --to falkordb --resume")]
pub struct Args {
    /// The back end to read
    #[arg(long, value_name = "BACKEND", value_enum)]
    from: Backend,
    /// The back end to write
    #[arg(long, value_name = "BACKEND", value_enum)]
    to: Backend,
    /// Edges per write
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = args::number::<1, 100_000>)]
    batch_size: u32,
    /// Read both sides and report what would be written; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Remove all edges of the destination first
    #[arg(long, group = "existing")]
    wipe_destination: bool,
    /// Keep the destination's edges, and raise those that both have
    #[arg(long, group = "existing")]
    merge: bool,
    /// Continue an interrupted migration
    #[arg(long, group = "existing")]
    resume: bool,
    /// Print the report as JSON on standard output
    #[arg(long)]
    json: bool,
}

/// An open back end.
enum Opened {
    Store(Arc<dyn Store>),
    Graph(Arc<dyn GraphServer>),
}

impl Opened {
    fn side(&self) -> Side<'_> {
        match self {
            Opened::Store(store) => Side::Store(&**store),
            Opened::Graph(graph) => Side::Graph(&**graph),
        }
    }

    fn location(&self) -> String {
        match self {
            Opened::Store(store) => store.location(),
            Opened::Graph(graph) => graph.location(),
        }
    }

    fn close(&self) {
        match self {
            Opened::Store(store) => store.close(),
            Opened::Graph(graph) => graph.close(),
        }
    }
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Done {
    if args.from == args.to {
        return Err(Failure::Error("--from and --to are the same back end".to_owned()));
    }
    if args.from == Backend::Igraph {
        must_exist(&context.config)?;
    }
    let (from, to) = (open(args.from, context)?, open(args.to, context)?);
    let options = MigrateOptions {
        batch_size: args.batch_size as usize,
        dry_run: args.dry_run,
        existing: match (args.wipe_destination, args.merge, args.resume) {
            (true, ..) => Existing::Wipe,
            (_, true, _) => Existing::Merge,
            (.., true) => Existing::Resume,
            _ => Existing::Refuse,
        },
    };
    let mut written = args.resume;
    let began = Instant::now();
    let progress = Progress::new(Unit::Rows, Some(0), context.quiet);
    let moved = migrate(
        from.side(),
        to.side(),
        &options,
        &context.control(),
        &mut |step| {
            let (done, verb) = match step {
                Step::Moving(done) => {
                    written |= done > 0;
                    (done, "moving")
                }
                Step::Verifying(done) => (done, "comparing"),
            };
            // The number is known after the first pass.
            let known = progress.bar().length().unwrap_or_default();
            progress.bar().set_length(known.max(done));
            progress.bar().set_position(done);
            progress.bar().set_message(verb);
        },
    );
    drop(progress);
    from.close();
    to.close();
    let moved = moved.map_err(|error| explain(error, written && !args.dry_run))?;
    if args.json {
        let report = to_json(&moved, args, [&from, &to], began.elapsed().as_secs_f64());
        print_json(&mut Out::new(), &report)?;
    } else {
        print(&moved, [&from, &to])?;
        summarise(&moved, args, began.elapsed().as_secs_f64(), context);
    }
    if args.dry_run || moved.verified {
        Ok(())
    } else {
        Err(Failure::Said(NOT_VERIFIED))
    }
}

fn open(backend: Backend, context: &Context) -> Result<Opened, Failure> {
    let store = store::open(&context.config, &context.logger())?;
    let name = match backend {
        Backend::Igraph => {
            store.start(&context.control())?;
            return Ok(Opened::Store(store));
        }
        Backend::Falkordb => "falkordb",
        Backend::PostgresAge => "postgres_age",
    };
    let mut config = context.config.clone();
    config.set("storage.graph_backend", name)?;
    let graph = graph::open::server(&config)?;
    graph.health(&context.control())?;
    Ok(Opened::Graph(graph))
}

/// Adds advice to the error of a migration that started to write.
fn explain(error: seerflow::Error, written: bool) -> Failure {
    let is_conflict = error.kind() == ErrorKind::Conflict;
    let advice = "edges already moved are kept; run the same command with --resume to continue";
    match Failure::from(error) {
        Failure::Error(text) if is_conflict => {
            Failure::Error(format!("{text} (--merge, --wipe-destination, --resume)"))
        }
        Failure::Error(text) if written => Failure::Advised(text, advice.to_owned()),
        Failure::Interrupted if written => {
            progress::note(advice);
            Failure::Interrupted
        }
        other => other,
    }
}

fn print(moved: &Migrated, sides: [&Opened; 2]) -> Result<(), Failure> {
    let mut table = Table::new(&["", "where", "entities", "edges", "sha256"]);
    for (name, side, contents) in [
        ("source", sides[0], &moved.source),
        ("destination", sides[1], &moved.destination),
    ] {
        table.row(vec![
            plain(name),
            plain(side.location()),
            plain(contents.counts.vertices),
            plain(contents.counts.edges),
            faint(&contents.hash),
        ]);
    }
    Ok(table.print(&mut Out::new())?)
}

fn summarise(moved: &Migrated, args: &Args, seconds: f64, context: &Context) {
    let verb = if args.dry_run { "would write" } else { "wrote" };
    context.note(format!(
        "{verb} {} edges in {seconds:.1} s",
        HumanCount(moved.written)
    ));
    if args.dry_run {
        return;
    }
    if !moved.verified {
        for finding in &moved.findings {
            context.note(finding);
        }
    }
    context.note(match (moved.verified, moved.extra) {
        (true, 0) => "verified: the destination equals the source".to_owned(),
        (true, extra) => format!(
            "verified: the destination holds the source's edges, and {} that are new or have higher values",
            HumanCount(extra)
        ),
        (false, _) => format!(
            "NOT verified: {} edges are missing or lower, {} new or higher, {} cannot be stored",
            HumanCount(moved.missing),
            HumanCount(moved.extra),
            HumanCount(moved.unfit)
        ),
    });
}

fn to_json(moved: &Migrated, args: &Args, sides: [&Opened; 2], seconds: f64) -> Value {
    let [source, destination] =
        [(sides[0], &moved.source), (sides[1], &moved.destination)].map(|(side, contents)| {
            json!({
                "location": side.location(),
                "vertices": contents.counts.vertices,
                "edges": contents.counts.edges,
                "sha256": contents.hash,
            })
        });
    json!({
        "source": source,
        "destination": destination,
        "dry_run": args.dry_run,
        "written": moved.written,
        "unfit": moved.unfit,
        "missing": moved.missing,
        "extra": moved.extra,
        "findings": moved.findings,
        "verified": moved.verified,
        "seconds": seconds,
    })
}
