//! Whether the scenarios would notice a wrong name: each name of a metric in an alarm is made another, one after the other, and the
//! alarm must then be silent where it should go off, or go off where it should be silent.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{
    alarm::{Alarm, State},
    judge::{Alarms, LOOKS, Measured},
};

/// What a name is made.
const OTHER: &str = "another-name";
/// What is a name of a metric: its own, its namespace, and the values of its dimensions.
const NAMES: [&str; 3] = ["MetricName", "Namespace", "Value"];

/// The names that nobody would miss, and how many were looked at.
pub(super) fn judge(transformed: &Value, alarms: &Alarms, measured: &[Measured]) -> Result<(Vec<String>, usize)> {
    let resources = transformed["Resources"].as_object().context("the transform has no resources")?;
    let (mut findings, mut count) = (Vec::new(), 0);
    for (id, resource) in resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm") {
        let fires: Vec<(bool, &Measured)> =
            measured.iter().map(|measured| (alarms.expected(&measured.scenario).contains(id), measured)).collect();
        let mut places = Vec::new();
        collect(&resource["Properties"], "", &mut places);
        count += places.len();
        for place in places {
            let mut properties = resource["Properties"].clone();
            *properties.pointer_mut(&place).context("a place is lost")? = json!(OTHER);
            let alarm =
                Alarm::parse(transformed, &properties).with_context(|| format!("{id} with {OTHER} at {place}"))?;
            if !is_noticed(&alarm, id, &fires)? {
                findings.push(format!(
                    "{id} goes off as before where {place} is another: a scenario is missing in which it matters"
                ));
            }
        }
    }
    Ok((findings, count))
}

/// Whether an alarm is wrong in one of the scenarios, of which each says whether it should go off. Those in which it should come
/// first: mostly it is there.
fn is_noticed(alarm: &Alarm, id: &str, measured: &[(bool, &Measured)]) -> Result<bool> {
    for fires in [true, false] {
        for (_, measured) in measured.iter().filter(|(should, _)| *should == fires) {
            let states = alarm.states(&measured.metrics, measured.minutes, LOOKS[0]).with_context(|| id.to_owned())?;
            if states.contains(&State::Alarm) != fires {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn collect(value: &Value, place: &str, places: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let place = format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
                if NAMES.contains(&name.as_str()) {
                    places.push(place);
                } else {
                    collect(value, &place, places);
                }
            }
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(at, value)| collect(value, &format!("{place}/{at}"), places));
        }
        _ => {}
    }
}
