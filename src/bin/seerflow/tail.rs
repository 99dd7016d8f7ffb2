//! `seerflow tail`: print the newest events, and new ones as they arrive.

use std::collections::HashSet;
use std::io::Write;
use std::time::Duration;

use seerflow::codec::msgpack;
use seerflow::record::{Cursor, EventPage, EventQuery, MAX_PAGE, Order};
use seerflow::transfer::Format;
use seerflow::{ErrorKind, Result};

use crate::args::{self, Filters};
use crate::context::Context;
use crate::events::{EventArgs, EventFormat, Lines, print_encoded, warn_unreadable};
use crate::failure::{Done, Failure};
use crate::filter::Excluded;
use crate::output::Out;
use crate::signals;

/// How often the store is polled.
const POLL: Duration = Duration::from_millis(250);

/// After this many polls without an event, the position moves past events that did not match.
const IDLE_POLLS: u32 = 40;

/// Events per query while following.
const BATCH: u32 = 1_000;

/// Print the newest events, oldest first, and follow the store
#[derive(clap::Args)]
#[command(after_help = "\
With -f, events are printed in arrival order, regardless of their time, until Ctrl-C. Here --json means NDJSON.

Examples:
  seerflow tail
  seerflow tail -f severity:error --not source:cron
  seerflow tail -n 0 -f --format ndjson --text 'accepted' | jq .source_id")]
pub struct Args {
    /// Number of events to start with
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10, visible_alias = "limit", value_parser = args::number::<0, MAX_PAGE>)]
    lines: u32,
    /// Print events as they arrive, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
    /// Words, and filters: severity:, source:, host:, template:, entity:, user:, ip:, process:, file:, domain:
    #[arg(value_name = "WORD_OR_FILTER")]
    tokens: Vec<String>,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    excluded: Excluded,
    #[command(flatten)]
    output: EventArgs,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    match follow(&args, context) {
        // The normal end of following.
        Err(Failure::Interrupted) if args.follow => Ok(()),
        done => done,
    }
}

fn follow(args: &Args, context: &Context) -> Done {
    let search = args.excluded.search(args.filters.query()?, &args.tokens)?;
    let engine = context.open()?;
    let control = context.control();
    let out = Out::new();
    let mut tail = Tail {
        output: args.output,
        lines: Lines::new(search.query.text.as_deref().unwrap_or_default(), &out),
        out,
        begun: false,
        unreadable: 0,
    };
    // Query the position first: an event that arrives between the two queries is then found by both, and printed once.
    let mut reached = if args.follow {
        let summary = engine.maintenance()?.summary(&control)?;
        if summary.last_seq < 0 && summary.migration == 0 {
            let text = "events have no arrival order before the database is adopted; run `init`";
            return Err(Failure::Error(text.to_owned()));
        }
        summary.last_seq
    } else {
        0
    };
    let mut printed = HashSet::new();
    if args.lines > 0 {
        let query = EventQuery {
            limit: args.lines,
            ..search.query.clone()
        };
        let newest = reversed(&search.with(query).page(&engine, usize::MAX, &control)?)?;
        tail.print(&newest)?;
        printed.extend(newest.blobs().filter_map(id_of));
    }
    if !args.follow {
        return warn_unreadable(tail.unreadable);
    }
    let mut idle = 0;
    loop {
        let horizon = if idle == IDLE_POLLS {
            Some(engine.maintenance()?.summary(&control)?.last_seq)
        } else {
            None
        };
        let after = Cursor {
            timestamp_ns: 0,
            ingest_seq: reached,
        };
        let query = EventQuery {
            order: Order::Arrival,
            limit: BATCH,
            cursor: Some(after),
            ..search.query.clone()
        };
        let page = match search.with(query).page(&engine, BATCH as usize, &control) {
            // An open transaction of another program holds back the arrival order.
            Err(error) if error.kind() == ErrorKind::Busy => {
                std::thread::sleep(POLL);
                continue;
            }
            page => page?,
        };
        match page.last {
            Some(last) => {
                idle = 0;
                reached = last.ingest_seq;
                tail.print(&without(&page, &printed)?)?;
            }
            None => {
                idle = horizon.map_or(idle + 1, |_| 0);
                reached = horizon.map_or(reached, |horizon| horizon.max(reached));
                printed.clear();
            }
        }
        if page.next.is_none() {
            std::thread::sleep(POLL);
        }
        if signals::stdout_is_closed() {
            return Err(Failure::ClosedPipe);
        }
    }
}

struct Tail<'w> {
    output: EventArgs,
    lines: Lines<'w>,
    out: Out,
    begun: bool,
    unreadable: u64,
}

impl Tail<'_> {
    fn print(&mut self, page: &EventPage) -> Done {
        let begin = !std::mem::replace(&mut self.begun, true);
        let format = match self.output.format() {
            EventFormat::Table => return self.print_lines(page),
            EventFormat::Ndjson | EventFormat::Json => Format::Ndjson,
            EventFormat::Csv => self.output.csv.format(),
            EventFormat::Msgpack => Format::Msgpack,
        };
        self.unreadable += print_encoded(page, format, &mut self.out, begin)?;
        Ok(self.out.flush()?)
    }

    fn print_lines(&mut self, page: &EventPage) -> Done {
        for blob in page.blobs() {
            match msgpack::decode_event(blob) {
                Ok(event) => self.lines.print(&event, &mut self.out)?,
                Err(_) => self.unreadable += 1,
            }
        }
        Ok(self.out.flush()?)
    }
}

fn reversed(page: &EventPage) -> Result<EventPage> {
    let mut oldest_first = EventPage::default();
    (0..page.len())
        .rev()
        .filter_map(|index| page.blob(index))
        .try_for_each(|blob| oldest_first.push(blob))?;
    Ok(oldest_first)
}

fn without(page: &EventPage, printed: &HashSet<uuid::Uuid>) -> Result<EventPage> {
    let mut new = EventPage::default();
    let is_new = |blob: &&[u8]| printed.is_empty() || id_of(blob).is_none_or(|id| !printed.contains(&id));
    page.blobs().filter(is_new).try_for_each(|blob| new.push(blob))?;
    Ok(new)
}

fn id_of(blob: &[u8]) -> Option<uuid::Uuid> {
    msgpack::decode_event(blob).ok()?.event_id
}
