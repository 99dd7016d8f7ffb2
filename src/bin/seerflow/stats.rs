//! `seerflow stats`: count events by property, with bars on a terminal.

use std::collections::HashMap;
use std::io::{self, Write};

use clap::ValueEnum;
use indicatif::HumanCount;
use seerflow::Engine;
use seerflow::record::MAX_COUNTED;
use seerflow::record::MAX_TEMPLATES;
use seerflow::record::{Control, CountBy, Counted, EventQuery, SEVERITY_NAMES};
use serde::Serialize;

use crate::args::{self, Span};
use crate::context::Context;
use crate::entity;
use crate::failure::{Done, Failure};
use crate::output::{ListArgs, Out};
use crate::records::Records;
use crate::table::{Style, Table, bar, faint, plain};

/// Terminal columns of the longest bar.
const BAR_WIDTH: u64 = 24;

/// Count events by source, host, severity, template and entity
#[derive(clap::Args)]
#[command(after_help = "\
Without --by, the top values of every property are shown. Percentages are of all events in the window. On a terminal, bars are \
drawn.

Examples:
  seerflow stats --since 24h
  seerflow stats --since 7d --by entity -n 30
  seerflow stats --by template --format csv > templates.csv")]
pub struct Args {
    #[command(flatten)]
    span: Span,
    /// Property to count by
    #[arg(long, value_enum)]
    by: Option<By>,
    /// Maximum number of values [default: 10, without --by 5]
    #[arg(short = 'n', long, value_name = "N", value_parser = args::number::<1, MAX_COUNTED>)]
    limit: Option<u32>,
    #[command(flatten)]
    output: ListArgs,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// Program or format of the event
    Source,
    /// Host that the event came from
    Host,
    /// Severity
    Severity,
    /// Template of the message
    Template,
    /// Users, addresses, hosts and other entities of the event
    Entity,
}

impl By {
    fn count_by(self) -> CountBy {
        match self {
            By::Source => CountBy::Source,
            By::Host => CountBy::Host,
            By::Severity => CountBy::Severity,
            By::Template => CountBy::Template,
            By::Entity => CountBy::Entity,
        }
    }
}

/// The properties shown without --by.
const EVERYTHING: [By; 5] = [By::Severity, By::Source, By::Host, By::Entity, By::Template];

/// One value with its name and its number of events.
#[derive(Debug, Default, Serialize)]
struct Share {
    by: &'static str,
    value: String,
    name: String,
    count: u64,
    share: f64,
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let query = EventQuery::within(args.span.window()?);
    let engine = context.open()?;
    let control = context.control();
    let severities = engine
        .aggregates()?
        .count_by(CountBy::Severity, &query, MAX_COUNTED, &control)?;
    let total: u64 = severities.iter().map(|severity| severity.events).sum();
    let (kinds, usual) = match &args.by {
        Some(by) => (std::slice::from_ref(by), 10),
        None => (&EVERYTHING[..], 5),
    };
    let limit = args.limit.unwrap_or(usual);
    let mut shares = Vec::new();
    for by in kinds {
        let by = by.count_by();
        // There are few severities, and they are sorted by number, not by count.
        let counts = match by {
            CountBy::Severity => by_severity(&severities),
            _ => engine.aggregates()?.count_by(by, &query, limit, &control)?,
        };
        let names = names(&engine, by, &counts, &control)?;
        shares.extend(counts.into_iter().zip(names).map(|(counted, name)| Share {
            by: by.name(),
            name,
            value: counted.value,
            count: counted.events,
            share: counted.events as f64 / total.max(1) as f64,
        }));
    }
    if args.output.is_table() {
        if total == 0 {
            context.note("no events in this window");
            return Ok(());
        }
        if shares.is_empty() {
            context.note("no event in this window has a template");
        }
        return Ok(print(&shares, total, kinds.len() > 1)?);
    }
    Ok(Records::new("counts", &shares).beside("total", total).print(
        args.output,
        context,
        Table::default(),
        |_| [],
    )?)
}

/// Sorts severities by number, highest first.
fn by_severity(counts: &[Counted]) -> Vec<Counted> {
    let mut counts = counts.to_vec();
    counts.sort_by_key(|counted| std::cmp::Reverse(counted.value.parse::<i64>().unwrap_or(-1)));
    counts
}

/// Returns the display names of values.
fn names(
    engine: &Engine,
    by: CountBy,
    counts: &[Counted],
    control: &Control,
) -> Result<Vec<String>, Failure> {
    let each = |name: &dyn Fn(&str) -> Option<String>| {
        let name = |counted: &Counted| name(&counted.value).unwrap_or_else(|| counted.value.clone());
        counts.iter().map(name).collect::<Vec<_>>()
    };
    Ok(match by {
        CountBy::Source | CountBy::Host => each(&|value| value.is_empty().then(|| "(none)".to_owned())),
        CountBy::Severity => each(&|value| {
            let number: usize = value.parse().ok()?;
            SEVERITY_NAMES.get(number).map(|name| (*name).to_owned())
        }),
        CountBy::Template => {
            let known = engine.templates()?.templates(MAX_TEMPLATES, control)?.into_iter();
            let known: HashMap<String, String> = known
                .map(|template| (template.template_id.to_string(), template.template_str))
                .collect();
            each(&|value| known.get(value).cloned())
        }
        CountBy::Entity => {
            let entities = engine.entities()?;
            let mut names = Vec::with_capacity(counts.len());
            for counted in counts {
                let found = entities.describe_entity(&counted.value, control)?;
                names.push(found.map_or_else(|| counted.value.clone(), |entity| entity::name(&entity)));
            }
            names
        }
    })
}

fn print(shares: &[Share], total: u64, everything: bool) -> io::Result<()> {
    let mut out = Out::new();
    if everything {
        writeln!(out, "{} events", HumanCount(total))?;
    }
    for group in shares.chunk_by(|one, next| one.by == next.by) {
        if everything {
            writeln!(out)?;
        }
        let most = group.iter().map(|share| share.count).max().unwrap_or_default();
        let header = ["events", "share", "", group[0].by];
        let header = if out.is_terminal {
            &header[..]
        } else {
            &["events", "share", group[0].by][..]
        };
        let mut table = Table::new(header).uncut(&[0, 1, 2]);
        for share in group {
            let style = match share.by {
                "severity" => Style::of_severity(share.value.parse().unwrap_or(1)),
                _ => Style::Plain,
            };
            let number = plain(format!("{:>11}", HumanCount(share.count).to_string()));
            let part = faint(format!("{:>5.1}%", 100.0 * share.share));
            let name = (share.name.clone(), style);
            if out.is_terminal {
                let bar = (bar(share.count, most, BAR_WIDTH), Style::Cyan);
                table.row([number, part, bar, name]);
            } else {
                table.row([number, part, name]);
            }
        }
        table.print(&mut out)?;
    }
    out.flush()
}
