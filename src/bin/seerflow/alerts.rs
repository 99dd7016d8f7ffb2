//! `seerflow alerts`: show one alert with its events, and record verdicts.

use std::io::{self, Write};

use clap::ValueEnum;
use seerflow::Engine;
use seerflow::codec::msgpack;
use seerflow::record::{Alert, AlertQuery, Control, FeedbackEvent, MAX_PAGE, now_ns};
use serde_json::json;

use crate::context::Context;
use crate::events::{Lines, seconds, severity_name};
use crate::failure::{Done, Failure};
use crate::output::{Out, print_json};
use crate::query::alerts::short_id;
use crate::table::Style;
use crate::terminal::escape;

/// The most contributing events shown.
const SHOWN_EVENTS: usize = 20;

/// The fewest characters of an id's end that identify an alert.
const MIN_SUFFIX: usize = 4;

/// The most verdicts shown.
const SHOWN_VERDICTS: u32 = 20;

/// Show an alert, or record a verdict on it
#[derive(clap::Subcommand)]
#[command(after_help = "\
`query alerts` lists alerts.

Examples:
  seerflow query alerts --since 24h
  seerflow alerts show 6f2d9af0
  seerflow alerts feedback 6f2d9af0 tp --note 'seen in the proxy log too'")]
pub enum Command {
    Show(Show),
    Feedback(Feedback),
}

/// Show an alert, its contributing events and its verdicts
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow alerts show 019cea80-8468-7d95-85e6-9c196f2d9af0
  seerflow alerts show 6f2d9af0
  seerflow alerts show 6f2d9af0 --json | jq .contributing_events")]
pub struct Show {
    /// The alert's id, or the last 4 or more characters of it
    id: String,
    /// Print JSON; verdicts are in "feedback_events"
    #[arg(long)]
    json: bool,
}

/// Record a verdict on an alert
///
/// The verdict is stored with the alert and in the audit trail. A later verdict replaces it.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  seerflow alerts feedback 6f2d9af0 tp
  seerflow alerts feedback 6f2d9af0 fp --note 'our own scanner'")]
pub struct Feedback {
    /// The alert's id, or the last 4 or more characters of it
    id: String,
    /// The verdict
    #[arg(value_enum)]
    verdict: Verdict,
    /// The reason
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    note: String,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// True positive: the alert was right
    Tp,
    /// False positive: the alert was wrong
    Fp,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Verdict::Tp => "tp",
            Verdict::Fp => "fp",
        }
    }
}

/// Runs the command.
pub fn run(command: Command, context: &Context) -> Done {
    let engine = context.open()?;
    let control = context.control();
    match command {
        Command::Show(args) => {
            let alert = find(&engine, &args.id, &control)?;
            let verdicts =
                engine
                    .alerts()?
                    .feedback_events(Some(&alert.alert_id), None, 1, SHOWN_VERDICTS, &control)?;
            let mut out = Out::new();
            if args.json {
                let mut all = serde_json::to_value(&alert).map_err(io::Error::from)?;
                all["feedback_events"] = json!(verdicts);
                return Ok(print_json(&mut out, &all)?);
            }
            print(&mut out, &alert, &verdicts)?;
            print_events(&mut out, &engine, &alert, &control)?;
            Ok(out.flush()?)
        }
        Command::Feedback(args) => {
            let alert = find(&engine, &args.id, &control)?;
            let verdict = FeedbackEvent {
                alert_id: alert.alert_id,
                feedback: args.verdict.word().to_owned(),
                note: args.note,
                origin: "cli".to_owned(),
                submitted_at_ns: now_ns(),
                ..FeedbackEvent::default()
            };
            if !engine.alerts()?.update_feedback(&verdict, &control)? {
                return Err(absent(&args.id));
            }
            context.note(format!(
                "{} ({}) is {}",
                short_id(&verdict.alert_id),
                alert.rule_name,
                verdict.feedback
            ));
            Ok(())
        }
    }
}

fn absent(id: &str) -> Failure {
    Failure::Error(format!("no alert {id}"))
}

/// Finds an alert by its id, or by the end of its id.
fn find(engine: &Engine, id: &str, control: &Control) -> Result<Alert, Failure> {
    let alerts = engine.alerts()?;
    if let Some(alert) = alerts.alert(id, control)? {
        return Ok(alert);
    }
    if id.chars().count() < MIN_SUFFIX {
        return Err(Failure::Error(format!(
            "no alert {id:?}; the end of an id needs at least {MIN_SUFFIX} characters"
        )));
    }
    let mut found: Option<Alert> = None;
    let mut query = AlertQuery {
        limit: MAX_PAGE / 10,
        ..AlertQuery::default()
    };
    loop {
        let page = alerts.query_alerts(&query, control)?;
        for alert in page
            .alerts
            .into_iter()
            .filter(|alert| alert.alert_id.ends_with(id))
        {
            if let Some(other) = &found {
                return Err(Failure::Error(format!(
                    "more than one alert id ends in {id}: {}, {}",
                    other.alert_id, alert.alert_id
                )));
            }
            found = Some(alert);
        }
        if page.next.is_none() {
            return found.ok_or_else(|| absent(id));
        }
        query.cursor = page.next;
    }
}

fn print(out: &mut Out, alert: &Alert, verdicts: &[FeedbackEvent]) -> io::Result<()> {
    let severity = severity_name(alert.severity_id);
    let occurred = match alert.dedup_count {
        1 => seconds(alert.timestamp_ns),
        count => format!("{}, {count} occurrences since", seconds(alert.timestamp_ns)),
    };
    let mut lines = vec![
        ("alert", alert.alert_id.clone()),
        ("rule", alert.rule_name.clone()),
        ("type", alert.alert_type.clone()),
        ("severity", severity),
        ("occurred", occurred),
        ("entity", format!("{}:{}", alert.entity_type, alert.entity_value)),
        ("entity id", alert.entity_uuid.clone()),
        ("risk", alert.risk_score.to_string()),
        ("tactics", alert.mitre_tactics.join(", ")),
        ("techniques", alert.mitre_techniques.join(", ")),
        ("dedup key", alert.dedup_key.clone()),
        ("what", alert.description.clone()),
    ];
    for verdict in verdicts {
        let note = if verdict.note.is_empty() { "" } else { ": " };
        lines.push((
            "verdict",
            format!(
                "{} by {} at {}{note}{}",
                verdict.feedback,
                verdict.origin,
                seconds(verdict.submitted_at_ns),
                verdict.note
            ),
        ));
    }
    for (name, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
        let style = match *name {
            "severity" => Style::of_severity(alert.severity_id),
            _ => Style::Plain,
        };
        write!(out, "{name:<12}")?;
        out.styled(style, &escape(value))?;
        writeln!(out)?;
    }
    Ok(())
}

fn print_events(out: &mut Out, engine: &Engine, alert: &Alert, control: &Control) -> Done {
    let ids = &alert.contributing_events;
    if ids.is_empty() {
        return Ok(());
    }
    writeln!(out, "\ncontributing events: {}", ids.len())?;
    let mut lines = Lines::new("", out);
    for id in ids.iter().take(SHOWN_EVENTS) {
        let page = engine.event(&id.to_string(), control)?;
        match page.blob(0).map(msgpack::decode_event) {
            Some(Ok(event)) => lines.print(&event, out)?,
            Some(Err(_)) => writeln!(out, "{id}  cannot be decoded")?,
            None => writeln!(out, "{id}  not in the store")?,
        }
    }
    if ids.len() > SHOWN_EVENTS {
        writeln!(out, "and {} more", ids.len() - SHOWN_EVENTS)?;
    }
    Ok(())
}
