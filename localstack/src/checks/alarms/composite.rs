//! A composite alarm: `ALARM("one") OR ALARM("other")`, with `AND`, and nothing else.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::alarm::State;
use crate::checks::resolve;

/// What may stand in the properties.
const KNOWN: [&str; 5] = ["AlarmDescription", "AlarmRule", "AlarmActions", "OKActions", "ActionsEnabled"];

/// The rule: one of these groups, in which all are in alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Composite(Vec<Vec<String>>);

impl Composite {
    /// Reads the properties of a composite alarm of the transform. Its alarms stand there by their names.
    pub(super) fn parse(transformed: &Value, properties: &Value) -> Result<Self> {
        let known = properties.as_object().context("a composite alarm has no properties")?;
        if let Some(unknown) = known.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            bail!("{unknown} is not known here");
        }
        Self::parse_rule(&resolve::text(transformed, &properties["AlarmRule"])?)
    }

    fn parse_rule(rule: &str) -> Result<Self> {
        let one = |part: &str| -> Result<String> {
            let name = part.trim().strip_prefix("ALARM(\"").and_then(|rest| rest.strip_suffix("\")"));
            let name = name.with_context(|| format!("{part:?} is not known here"))?;
            ensure!(!name.contains(['"', '(', ')']), "{part:?} is not known here");
            Ok(name.to_owned())
        };
        let groups = rule.split(" OR ").map(|group| group.split(" AND ").map(one).collect());
        groups.collect::<Result<_>>().map(Self)
    }

    /// The names of its alarms.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(String::as_str)
    }

    /// Its state at the end of each minute, from those of its alarms.
    pub(super) fn states(&self, of: &BTreeMap<String, Vec<State>>) -> Result<Vec<State>> {
        let states = |name: &String| of.get(name).with_context(|| format!("there is no alarm {name}"));
        let groups: Vec<Vec<&Vec<State>>> =
            self.0.iter().map(|group| group.iter().map(states).collect()).collect::<Result<_>>()?;
        let minutes = groups.iter().flatten().map(|states| states.len()).min().unwrap_or_default();
        let is_alarm =
            |minute: usize| groups.iter().any(|group| group.iter().all(|states| states[minute] == State::Alarm));
        Ok((0..minutes).map(|minute| if is_alarm(minute) { State::Alarm } else { State::Ok }).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_composite_alarm_follows_its_rule() {
        use State::{Alarm, InsufficientData, Ok};

        let states = |rule: &str| {
            let of = [("a", [Ok, Alarm, Alarm, Ok]), ("b", [Alarm, InsufficientData, Alarm, Ok])];
            let of = of.map(|(name, states)| (name.to_owned(), states.to_vec())).into();
            Composite::parse(&json!({}), &json!({ "AlarmRule": rule })).unwrap().states(&of)
        };
        assert_eq!(states(r#"ALARM("a") OR ALARM("b")"#).unwrap(), [Alarm, Alarm, Alarm, Ok]);
        assert_eq!(states(r#"ALARM("a") AND ALARM("b")"#).unwrap(), [Ok, Ok, Alarm, Ok]);
        assert_eq!(states(r#"ALARM("c")"#).unwrap_err().to_string(), "there is no alarm c");
    }

    #[test]
    fn another_rule_is_refused() {
        for rule in
            ["", r#"OK("a")"#, r#"NOT ALARM("a")"#, r#"ALARM("a") or ALARM("b")"#, r#"(ALARM("a"))"#, "ALARM(a)"]
        {
            assert!(Composite::parse_rule(rule).is_err(), "{rule}");
        }
        let suppressed = json!({ "AlarmRule": r#"ALARM("a")"#, "ActionsSuppressor": "b" });
        assert!(Composite::parse(&json!({}), &suppressed).is_err());
    }
}
