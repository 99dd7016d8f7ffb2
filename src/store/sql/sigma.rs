//! The store of Sigma rules' state.

use super::database::Database;
use super::{Conn, Param};
use crate::error::{Error, Result};
use crate::memory::Room;
use crate::record::{Control, SigmaMatches, SigmaRuleState, now_ns};
use crate::store::SigmaRuleStateStore;

impl<D: Database> SigmaRuleStateStore for D {
    fn sigma_rules(&self, control: &Control) -> Result<Vec<SigmaRuleState>> {
        self.read(control, |conn| list(conn, self.room()))
    }

    fn enable_sigma_rule(&self, rule_id: &str, enabled: bool, control: &Control) -> Result<()> {
        check(rule_id)?;
        self.write(control, |conn| {
            let params: [Param<'_>; 3] = [rule_id.into(), i64::from(enabled).into(), now_ns().into()];
            conn.execute(&conn.statements().enable_sigma, &params).map(|_| ())
        })
    }

    fn add_sigma_matches(&self, matches: &[SigmaMatches], control: &Control) -> Result<()> {
        self.write(control, |conn| add_matches(conn, matches, now_ns()))
    }
}

fn list(conn: &dyn Conn, mut room: Room) -> Result<Vec<SigmaRuleState>> {
    let mut rules = Vec::new();
    conn.query(&conn.statements().list_sigma, &[], &mut |row| {
        let rule_id = row.string(0)?;
        room.require(
            rule_id.len() + size_of::<SigmaRuleState>(),
            "remove rules that are gone",
        )?;
        rules.push(SigmaRuleState {
            rule_id,
            enabled: row.int(1)? != Some(0),
            match_count_lifetime: row.int(2)?.unwrap_or_default(),
            last_fired_ns: row.int(3)?,
            updated_at_ns: row.int(4)?.unwrap_or_default(),
        });
        Ok(true)
    })?;
    Ok(rules)
}

fn add_matches(conn: &dyn Conn, matches: &[SigmaMatches], now_ns: i64) -> Result<()> {
    for SigmaMatches {
        rule_id,
        count,
        last_fired_ns,
    } in matches
    {
        check(rule_id)?;
        if *count < 0 {
            return Err(Error::invalid(format!(
                "rule {rule_id}: count {count} is negative"
            )));
        }
        let params: [Param<'_>; 4] = [
            rule_id.as_str().into(),
            (*count).into(),
            (*last_fired_ns).into(),
            now_ns.into(),
        ];
        conn.execute(&conn.statements().add_sigma_matches, &params)?;
    }
    Ok(())
}

fn check(rule_id: &str) -> Result<()> {
    if rule_id.is_empty() {
        Err(Error::invalid("rule_id is empty"))
    } else {
        Ok(())
    }
}
