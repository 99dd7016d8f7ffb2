//! `seerflow query alerts`: print one page of alerts.

use indicatif::HumanCount;
use seerflow::record::{ALERT_TYPES, Alert, AlertCursor, AlertQuery, MAX_PAGE};

use crate::args::{self, Span};
use crate::context::Context;
use crate::events::{seconds, severity_cell};
use crate::failure::{Done, Failure};
use crate::output::ListArgs;
use crate::records::Records;
use crate::table::{Cell, Table, faint, plain};

/// Characters of a UUID shown in tables: its end, which `alerts show` accepts.
const SHORT_ID: usize = 8;

/// Columns reserved for an entity on a narrow terminal, enough for an IPv4 address.
const ENTITY_WIDTH: u16 = 18;

/// Options that select alerts.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Filters")]
pub struct AlertFilters {
    #[command(flatten)]
    span: Span,
    /// Alerts of this type
    #[arg(long = "type", value_name = "TYPE", value_parser = ALERT_TYPES)]
    kind: Option<String>,
    /// Alerts of this severity or higher: 0 to 6, or trace, informational, notice, warning, error, critical, fatal
    #[arg(long, value_name = "LEVEL", value_parser = args::severity)]
    severity: Option<i64>,
    /// Alerts about this entity: its UUID, or type:value such as ip:192.0.2.1, user:root, host:web-1
    #[arg(long, value_name = "ENTITY", value_parser = args::entity)]
    entity: Option<String>,
    /// Alerts with this MITRE ATT&CK tactic
    #[arg(long, value_name = "TACTIC")]
    tactic: Option<String>,
    /// Alerts with this MITRE ATT&CK technique; T1053 also finds T1053.005
    #[arg(long, value_name = "TECHNIQUE")]
    technique: Option<String>,
}

impl AlertFilters {
    /// Returns the query for these alerts.
    ///
    /// # Errors
    /// Those of [`Span::window`].
    pub fn query(&self) -> Result<AlertQuery, Failure> {
        Ok(AlertQuery {
            window: self.span.window()?,
            alert_type: self.kind.clone(),
            min_severity: self.severity,
            entity: self.entity.clone(),
            tactic: self.tactic.clone(),
            technique: self.technique.clone(),
            ..AlertQuery::default()
        })
    }
}

/// Print matching alerts, newest first
#[derive(clap::Args)]
#[command(after_help = "\
Alerts must match all filters. If there are more alerts, the cursor of the next page is printed on standard error, or in \"next\" \
with --json. Tables show the end of each id, which `alerts show` accepts; column N is the number of occurrences, followed by the \
verdict.

Examples:
  seerflow query alerts --since 24h --severity error
  seerflow query alerts --entity ip:203.0.113.66 --type sigma
  seerflow query alerts --technique T1110 --total --json
  seerflow query alerts --since 7d --format csv > alerts.csv")]
pub struct Args {
    #[command(flatten)]
    filters: AlertFilters,
    /// Maximum number of alerts
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100, value_parser = args::number::<1, MAX_PAGE>, help_heading = "Paging")]
    limit: u32,
    /// Continue after a page: the cursor that it printed
    #[arg(long, value_name = "CURSOR", value_parser = cursor, conflicts_with = "page", help_heading = "Paging")]
    cursor: Option<AlertCursor>,
    /// Page number, from 1; a cursor is cheaper
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = args::number::<1, { u32::MAX }>, help_heading = "Paging")]
    page: u32,
    /// Count all matching alerts
    #[arg(long, help_heading = "Paging")]
    total: bool,
    #[command(flatten)]
    output: ListArgs,
}

fn cursor(text: &str) -> Result<AlertCursor, String> {
    AlertCursor::parse(text).map_err(|e| e.to_string())
}

/// Runs the command.
pub fn run(args: Args, context: &Context) -> Done {
    let query = AlertQuery {
        limit: args.limit,
        cursor: args.cursor,
        page: args.page,
        total: args.total,
        ..args.filters.query()?
    };
    let engine = context.open()?;
    let page = engine.alerts()?.query_alerts(&query, &context.control())?;
    let next = page.next.as_ref().map(AlertCursor::token);
    let header = ["id", "time", "severity", "n", "entity", "rule"];
    let table = Table::new(&header).uncut(&[0, 1, 2, 3]);
    Records::new("alerts", &page.alerts)
        .or_note("no alerts match")
        .beside("next", next.clone())
        .beside("total", page.total)
        .print(args.output, context, table.min_width(4, ENTITY_WIDTH), row)?;
    if args.output.is_json() {
        return Ok(());
    }
    if let Some(total) = page.total {
        context.note(format!("{} alerts match", HumanCount(total)));
    }
    if let Some(next) = next {
        context.note(format!("next page: --cursor {next}"));
    }
    Ok(())
}

fn row(alert: &Alert) -> [Cell; 6] {
    [
        plain(short_id(&alert.alert_id)),
        faint(seconds(alert.timestamp_ns)),
        severity_cell(alert.severity_id),
        plain(format!("{} {}", alert.dedup_count, alert.feedback).trim_end()),
        plain(format!("{}:{}", alert.entity_type, alert.entity_value)),
        plain(&alert.rule_name),
    ]
}

/// Returns the end of a UUID, or any other id completely.
pub fn short_id(id: &str) -> &str {
    match uuid::Uuid::try_parse(id) {
        Ok(_) => &id[id.len() - SHORT_ID..],
        Err(_) => id,
    }
}
