//! The answers about alerts: pages, the verdicts on one, a new verdict.

use seerflow::record::{AlertCursor, AlertQuery, Control, FeedbackEvent, now_ns};
use serde_json::{Value, json};

use super::api::Api;
use super::params::{Params, Refusal};
use crate::args;

impl Api {
    pub(super) fn alerts(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
        let query = AlertQuery {
            window: params.window()?,
            min_severity: params.parsed("severity", args::severity)?,
            entity: params
                .get("entity")
                .map(|_| params.entity("entity"))
                .transpose()?
                .map(|entity| entity.id),
            technique: params.get("technique").map(str::to_owned),
            limit: 50,
            cursor: params.parsed("cursor", |text| {
                AlertCursor::parse(text).map_err(|error| error.to_string())
            })?,
            total: params.get("cursor").is_none(),
            ..AlertQuery::default()
        };
        let page = self.engine.alerts()?.query_alerts(&query, control)?;
        let mut alerts = json!(page.alerts);
        for (shown, alert) in alerts.as_array_mut().into_iter().flatten().zip(&page.alerts) {
            shown["timestamp_ns"] = alert.timestamp_ns.to_string().into();
        }
        Ok(json!({ "alerts": alerts, "next": page.next.map(|next| next.token()), "total": page.total }))
    }

    /// Returns the verdicts on an alert.
    pub(super) fn alert(&self, id: &str, control: &Control) -> Result<Value, Refusal> {
        let verdicts = self
            .engine
            .alerts()?
            .feedback_events(Some(id), None, 1, 50, control)?;
        let shown = verdicts.iter().map(|verdict| {
            json!({ "feedback": verdict.feedback, "note": verdict.note, "origin": verdict.origin, "at": verdict.submitted_at_ns.to_string() })
        });
        Ok(json!({ "verdicts": shown.collect::<Vec<_>>() }))
    }

    pub(super) fn verdict(&self, params: &Params, control: &Control) -> Result<Value, Refusal> {
        if !self.allows_verdicts {
            return Err(Refusal(
                403,
                "verdicts are not allowed: start `seerflow serve` with --allow-verdicts".to_owned(),
            ));
        }
        let feedback = params.required("feedback")?;
        if !matches!(feedback, "tp" | "fp") {
            return Err(Refusal::bad("feedback: expected tp or fp"));
        }
        let verdict = FeedbackEvent {
            alert_id: params.required("id")?.to_owned(),
            feedback: feedback.to_owned(),
            note: params.get("note").unwrap_or_default().to_owned(),
            origin: "dashboard".to_owned(),
            submitted_at_ns: now_ns(),
            ..FeedbackEvent::default()
        };
        match self.engine.alerts()?.update_feedback(&verdict, control)? {
            true => Ok(json!({})),
            false => Err(Refusal(
                404,
                "there is no such alert any more: it occurred again".to_owned(),
            )),
        }
    }
}
