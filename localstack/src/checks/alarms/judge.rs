//! Which alarms went off in each scenario, and which should have.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{
    alarm::{Alarm, Looks, MINUTE_S, State},
    composite::Composite,
    metrics::Metrics,
    scenarios::{CANARY, Cause, Scenario},
};
use crate::checks::resolve;

/// What CloudWatch may do: it always looks at more data points than it must, and knows of each a minute or two late.
pub(super) const LOOKS: [Looks; 3] =
    [Looks { more: 1, late_s: 0 }, Looks { more: 2, late_s: MINUTE_S }, Looks { more: 2, late_s: 2 * MINUTE_S }];
/// How many alarms went off, by what made them.
pub(crate) struct Counts {
    /// All alarms of the template.
    pub alarms: usize,
    /// How many of them went off at each cause; each counts where it says most.
    by_cause: BTreeMap<Cause, usize>,
    /// How many names in them were broken, one after the other.
    pub names: usize,
}

impl Counts {
    /// Of a cause.
    fn of(&self, cause: Cause) -> usize {
        self.by_cause.get(&cause).copied().unwrap_or_default()
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [function, around, fed] = [Cause::Function, Cause::Around, Cause::Fed].map(|cause| self.of(cause));
        write!(
            out,
            "alarms: {}, of which {function} fired by a failure of a built function, {around} by one around it, {fed} by fed \
             numbers; all quiet in a healthy hour; each of {} names in them is noticed when it is another",
            self.alarms, self.names
        )
    }
}

/// The alarms of a template by the ids of their resources.
pub(super) struct Alarms {
    simple: BTreeMap<String, Alarm>,
    composite: BTreeMap<String, Composite>,
    /// The ids by the names.
    ids: BTreeMap<String, String>,
}

impl Alarms {
    /// Those of a transform.
    pub(super) fn parse(transformed: &Value) -> Result<Self> {
        let resources = transformed["Resources"].as_object().context("the transform has no resources")?;
        let mut alarms = Self { simple: BTreeMap::new(), composite: BTreeMap::new(), ids: BTreeMap::new() };
        for (id, resource) in resources {
            let properties = &resource["Properties"];
            match resource["Type"].as_str() {
                Some("AWS::CloudWatch::Alarm") => {
                    let alarm = Alarm::parse(transformed, properties).with_context(|| format!("the alarm {id}"))?;
                    alarms.simple.insert(id.clone(), alarm);
                }
                Some("AWS::CloudWatch::CompositeAlarm") => {
                    let composite =
                        Composite::parse(transformed, properties).with_context(|| format!("the alarm {id}"))?;
                    alarms.composite.insert(id.clone(), composite);
                }
                _ => continue,
            }
            alarms.ids.insert(resolve::text(transformed, &json!({ "Ref": id }))?, id.clone());
        }
        ensure!(!alarms.simple.is_empty(), "the transform has no alarms");
        Ok(alarms)
    }

    /// The ids of those that go off within so many minutes, where CloudWatch looks so.
    fn fired(&self, metrics: &Metrics, minutes: i64, looks: Looks) -> Result<BTreeSet<String>> {
        let mut states = BTreeMap::new();
        for (name, id) in &self.ids {
            if let Some(alarm) = self.simple.get(id) {
                let of = alarm.states(metrics, minutes, looks).with_context(|| format!("the alarm {id}"))?;
                states.insert(name.clone(), of);
            }
        }
        for (id, composite) in &self.composite {
            let of = composite.states(&states).with_context(|| format!("the alarm {id}"))?;
            states.insert(resolve_name(&self.ids, id), of);
        }
        let fired = states.into_iter().filter(|(_, states)| states.contains(&State::Alarm));
        Ok(fired.map(|(name, _)| self.ids[&name].clone()).collect())
    }

    /// Those that a scenario must set off: its own, and the composite ones that name one of them.
    pub(super) fn expected(&self, scenario: &Scenario) -> BTreeSet<String> {
        let watches = |id: &str, metric: &str| {
            self.simple.get(id).is_some_and(|alarm| alarm.metrics().any(|watched| watched == metric))
        };
        let is_there = |id: &&str| {
            let has_alias = !id.ends_with(CANARY) || self.simple.contains_key(*id);
            has_alias && scenario.needs.is_none_or(|metric| watches(id, metric))
        };
        let mut expected: BTreeSet<String> =
            scenario.fires.iter().copied().filter(is_there).map(str::to_owned).collect();
        let is_expected = |name: &str| self.ids.get(name).is_some_and(|id| expected.contains(id));
        let composite = self.composite.iter().filter(|(_, composite)| composite.names().any(is_expected));
        let composite: Vec<String> = composite.map(|(id, _)| id.clone()).collect();
        expected.extend(composite);
        expected
    }
}

fn resolve_name(ids: &BTreeMap<String, String>, id: &str) -> String {
    ids.iter().find(|(_, known)| *known == id).map(|(name, _)| name.clone()).unwrap_or_default()
}

/// What was measured in a scenario, and how long it lasted.
pub(super) struct Measured {
    pub scenario: Scenario,
    pub metrics: Metrics,
    pub minutes: i64,
}

/// Compares which alarms went off with those that should have.
pub(super) fn judge(alarms: &Alarms, measured: &[Measured]) -> Result<(Vec<String>, Counts)> {
    let mut findings = BTreeSet::new();
    let mut causes: BTreeMap<String, Cause> = BTreeMap::new();
    for Measured { scenario, metrics, minutes } in measured {
        let (name, expected) = (scenario.name, alarms.expected(scenario));
        for looks in LOOKS {
            let fired = alarms.fired(metrics, *minutes, looks)?;
            findings.extend(expected.difference(&fired).map(|id| format!("{id} does not go off when {name}")));
            findings.extend(fired.difference(&expected).map(|id| format!("{id} goes off when {name}")));
        }
        for id in expected.into_iter().filter(|id| !alarms.composite.contains_key(id)) {
            let cause = causes.entry(id).or_insert(scenario.cause);
            *cause = (*cause).min(scenario.cause);
        }
    }
    for id in alarms.simple.keys().filter(|id| !causes.contains_key(*id)) {
        findings.insert(format!("no scenario sets {id} off: write one into localstack/src/checks/alarms/scenarios.rs"));
    }
    for id in causes.keys().filter(|id| !alarms.simple.contains_key(*id)) {
        findings.insert(format!("a scenario sets {id} off, and there is no such alarm"));
    }
    let mut by_cause = BTreeMap::new();
    causes.values().for_each(|cause| *by_cause.entry(*cause).or_default() += 1);
    Ok((findings.into_iter().collect(), Counts { alarms: alarms.simple.len(), by_cause, names: 0 }))
}

#[cfg(test)]
mod tests {
    use super::super::{mutants, scenarios::Play};
    use super::*;

    /// Bot fails, and a healthy hour has another name for it.
    const FAILS: Scenario = Scenario {
        name: "bot fails",
        cause: Cause::Function,
        fires: &["BotErrors"],
        play: Play::BotRefused,
        needs: None,
    };
    const HEALTHY: Scenario = Scenario { name: "all is well", fires: &[], ..FAILS };

    fn transform() -> Value {
        let metric = |id: &str, name: &str| {
            json!({ "Id": id, "ReturnData": false, "MetricStat": { "Stat": "Sum", "Period": 60, "Metric": {
                "Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": [{ "Name": "FunctionName", "Value": "bot" }] } } })
        };
        json!({ "Resources": {
            "BotErrors": { "Type": "AWS::CloudWatch::Alarm", "Properties": {
                "Metrics": [
                    { "Id": "rate", "Expression": "100 * errors / invocations" },
                    metric("errors", "Errors"), metric("invocations", "Invocations"),
                ],
                "EvaluationPeriods": 2, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 50,
                "TreatMissingData": "notBreaching",
            } },
            "Somebody": { "Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {
                "AlarmRule": { "Fn::Sub": "ALARM(\"${BotErrors}\")" },
            } },
        } })
    }

    fn measured(scenario: Scenario, errors: f64) -> Measured {
        let mut metrics = Metrics::default();
        for at_s in (0..600).step_by(30) {
            metrics.put("AWS/Lambda", "Errors", &[("FunctionName", "bot")], at_s, errors);
            metrics.put("AWS/Lambda", "Invocations", &[("FunctionName", "bot")], at_s, 10.0);
        }
        Measured { scenario, metrics, minutes: 10 }
    }

    /// What is found where the template is changed so.
    fn findings(change: impl FnOnce(&mut Value)) -> Result<Vec<String>> {
        let mut transform = transform();
        change(&mut transform);
        Ok(judge(&Alarms::parse(&transform)?, &[measured(FAILS, 9.0), measured(HEALTHY, 1.0)])?.0)
    }

    fn put(place: &str, value: Value) -> Result<Vec<String>> {
        findings(|transform| {
            *transform.pointer_mut(&format!("/Resources/BotErrors/Properties{place}")).unwrap() = value;
        })
    }

    #[test]
    fn a_sound_alarm_goes_off_at_its_failure_and_at_nothing_else() {
        assert_eq!(findings(|_| ()).unwrap(), [""; 0]);
    }

    #[test]
    fn an_alarm_that_does_not_go_off_is_found() {
        let silent = ["BotErrors does not go off when bot fails", "Somebody does not go off when bot fails"];
        for (place, value) in [
            ("/Threshold", json!(95)),
            ("/ComparisonOperator", json!("LessThanThreshold")),
            ("/Metrics/0/Expression", json!("errors / invocations")),
            ("/Metrics/1/MetricStat/Metric/MetricName", json!("Error")),
            ("/Metrics/1/MetricStat/Metric/Dimensions/0/Value", json!("sync")),
            ("/Metrics/1/MetricStat/Metric/Dimensions", json!([])),
        ] {
            let found = put(place, value).unwrap();
            assert!(silent.iter().all(|finding| found.contains(&(*finding).to_owned())), "{place}: {found:?}");
        }
    }

    #[test]
    fn an_alarm_that_is_not_quiet_is_found() {
        let loud = ["BotErrors goes off when all is well", "Somebody goes off when all is well"];
        assert_eq!(put("/Threshold", json!(5)).unwrap(), loud);
        assert_eq!(put("/Metrics/0/Expression", json!("100 * errors")).unwrap(), loud);
    }

    #[test]
    fn an_expression_that_fills_what_is_only_late_is_found() {
        // The User Guide warns of it: the newest points are never there in time, so that they are always 0.
        let found = put("/Metrics/0/Expression", json!("100 * FILL(errors, 0) / FILL(invocations, 1)")).unwrap();
        assert_eq!(found[0], "BotErrors does not go off when bot fails");
    }

    #[test]
    fn a_broken_expression_is_an_error_with_the_name_of_its_alarm() {
        for expression in ["100 * errors / everything", "100 * errors /", "RATE(errors)"] {
            let error = format!("{:#}", put("/Metrics/0/Expression", json!(expression)).unwrap_err());
            assert!(error.starts_with("the alarm BotErrors: "), "{error}");
        }
    }

    #[test]
    fn an_alarm_without_a_scenario_and_a_scenario_without_its_alarm_are_found() {
        let found = findings(|transform| {
            let alarm = transform["Resources"]["BotErrors"].clone();
            transform["Resources"]["Forgotten"] = alarm;
        });
        let forgotten =
            "no scenario sets Forgotten off: write one into localstack/src/checks/alarms/scenarios.rs".to_owned();
        assert!(found.unwrap().contains(&forgotten));
        let found = findings(|transform| {
            let resources = transform["Resources"].as_object_mut().unwrap();
            let alarm = resources.remove("BotErrors").unwrap();
            resources.remove("Somebody");
            resources.insert("Renamed".to_owned(), alarm);
        });
        assert!(found.unwrap().contains(&"a scenario sets BotErrors off, and there is no such alarm".to_owned()));
    }

    #[test]
    fn a_name_that_could_be_any_other_is_found() {
        let both = |bad| [measured(FAILS, bad), measured(HEALTHY, 1.0)];
        let judge =
            |transform: &Value| mutants::judge(transform, &Alarms::parse(transform).unwrap(), &both(9.0)).unwrap();
        let (found, names) = judge(&transform());
        assert_eq!((found, names), (Vec::new(), 6));
        // Whoever counts invocations without looking at them needs no name for them.
        let mut careless = transform();
        careless["Resources"]["BotErrors"]["Properties"]["Metrics"][0]["Expression"] =
            json!("IF(errors > 10, 100, 0) + 0 * FILL(invocations, 0)");
        let (found, _) = judge(&careless);
        assert_eq!(found.len(), 3);
        assert!(found[0].starts_with("BotErrors goes off as before where /Metrics/2/"), "{found:?}");
    }
}
