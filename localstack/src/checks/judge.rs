//! What cfn-lint and Guard cannot say of template.yaml, because it compares two things: judged on its transform.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use domain::deployment::{Allowed, SETTINGS};
use serde_json::Value;

/// Lambda asks for this many timeouts, so that a batch which is throttled is not delivered a second time meanwhile.
const TIMEOUTS_OF_VISIBILITY: u64 = 6;

/// What there is to read for an operator.
pub(super) struct Texts<'a> {
    /// docs/operations.md, with a heading for each alarm.
    pub operations: &'a str,
    /// left-out.yaml: each type of resource that the local cloud has not.
    pub not_local: &'a BTreeSet<String>,
    /// The types that LocalStack takes.
    pub local: &'a BTreeSet<String>,
}

/// Findings, and how much was looked at.
pub(super) fn judge(transformed: &Value, texts: &Texts<'_>) -> Result<(Vec<String>, BTreeMap<&'static str, usize>)> {
    let resources = transformed["Resources"].as_object().context("the transform has no resources")?;
    let of_type = |wanted: &'static str| resources.iter().filter(move |(_, resource)| resource["Type"] == wanted);
    let mut findings = Vec::new();
    let mut counts = BTreeMap::new();
    let mut looked_at = |what| *counts.entry(what).or_insert(0_usize) += 1;

    for (id, mapping) in of_type("AWS::Lambda::EventSourceMapping") {
        looked_at("mappings");
        let properties = &mapping["Properties"];
        let queue =
            properties["EventSourceArn"]["Fn::GetAtt"][0].as_str().with_context(|| format!("{id} has no queue"))?;
        let function =
            function_of(resources, &properties["FunctionName"]).with_context(|| format!("{id} calls nothing"))?;
        let visibility = resources[queue]["Properties"]["VisibilityTimeout"].as_u64().unwrap_or(30);
        let timeout = resources[&function]["Properties"]["Timeout"].as_u64().unwrap_or(3);
        let window = longest(&properties["MaximumBatchingWindowInSeconds"]);
        if visibility < TIMEOUTS_OF_VISIBILITY * timeout + window {
            findings.push(format!(
                "{queue} hides a message for {visibility} s, and {function} may take {timeout} s after a wait of {window} s"
            ));
        }
        let reserved = &resources[&function]["Properties"]["ReservedConcurrentExecutions"]["Fn::If"][1];
        let maximum = &properties["ScalingConfig"]["MaximumConcurrency"];
        if reserved.as_u64().zip(maximum.as_u64()).is_some_and(|(reserved, maximum)| reserved < maximum) {
            findings.push(format!("{function} reserves less than {id} may use: healthy messages would be throttled"));
        }
    }

    // The alias of a function is given a new version where its code changes, or the digest of these settings.
    let parameters = transformed["Parameters"].as_object().context("the transform has no parameters")?;
    let mut known = BTreeSet::new();
    collect_refs(&resources["Schema"]["Properties"]["Settings"], &mut known);
    for (id, alias) in of_type("AWS::Lambda::Alias") {
        looked_at("aliases");
        let function = function_of(resources, &alias["Properties"]["FunctionName"])
            .with_context(|| format!("{id} is of nothing"))?;
        let mut used = BTreeSet::new();
        for property in ["Environment", "VpcConfig", "TracingConfig", "Architectures", "Layers", "MemorySize"] {
            collect_refs(&resources[&function]["Properties"][property], &mut used);
        }
        for parameter in used.difference(&known).filter(|name| parameters.contains_key(*name)) {
            findings.push(format!(
                "{parameter} is told {function} but is not among Schema's Settings: a change would not reach it"
            ));
        }
    }

    for (id, _) in of_type("AWS::CloudWatch::Alarm") {
        looked_at("alarms");
        if !texts.operations.lines().any(|line| line.strip_prefix("### ").is_some_and(|heading| heading.trim() == id)) {
            findings.push(format!("docs/operations.md has no heading for the alarm {id}"));
        }
    }
    for (id, dashboard) in of_type("AWS::CloudWatch::Dashboard") {
        looked_at("dashboards");
        let body = &dashboard["Properties"]["DashboardBody"]["Fn::Sub"];
        let text = body[0].as_str().or_else(|| body.as_str()).unwrap_or_default();
        if let Err(error) = serde_json::from_str::<Value>(text) {
            findings.push(format!("{id} is no JSON: {error}"));
        }
    }
    for (id, resource) in resources {
        looked_at("resources");
        let of_type = resource["Type"].as_str().unwrap_or_default();
        if texts.local.contains(of_type) == texts.not_local.contains(of_type) {
            findings.push(format!("{id} is of the type {of_type}: it stands in exactly one part of left-out.yaml"));
        }
    }
    Ok((findings, counts))
}

/// A number of seconds, or the largest that its setting may be.
fn longest(seconds: &Value) -> u64 {
    let named = SETTINGS.iter().find(|setting| seconds["Fn::GetAtt"][1] == setting.name);
    match named.map(|setting| &setting.allowed) {
        Some(Allowed::Number(range)) => u64::from(*range.end()),
        _ => seconds.as_u64().unwrap_or_default(),
    }
}

/// The function that a reference means, also by its alias.
fn function_of(resources: &serde_json::Map<String, Value>, reference: &Value) -> Option<String> {
    let id = reference["Ref"].as_str().or_else(|| reference["Fn::GetAtt"][0].as_str())?;
    match resources.get(id)?["Type"].as_str()? {
        "AWS::Lambda::Alias" => function_of(resources, &resources[id]["Properties"]["FunctionName"]),
        "AWS::Lambda::Function" => Some(id.to_owned()),
        _ => None,
    }
}

fn collect_refs(value: &Value, refs: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(name) = object.get("Ref").and_then(Value::as_str) {
                refs.insert(name.to_owned());
            }
            // A setting stands in the parameter Settings, and so does the digest that changes with it.
            if let Some("Setting") = object.get("Fn::GetAtt").and_then(|attribute| attribute[0].as_str()) {
                refs.insert("Settings".to_owned());
            }
            // The condition of the network is the parameter Network.
            if let Some("InVpc") = object.get("Fn::If").and_then(|branches| branches[0].as_str()) {
                refs.insert("Network".to_owned());
            }
            object.values().for_each(|value| collect_refs(value, refs));
        }
        Value::Array(array) => array.iter().for_each(|value| collect_refs(value, refs)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template() -> Value {
        json!({
            "Parameters": { "GroupAbove": {}, "Network": {} },
            "Resources": {
                "Queue": { "Type": "AWS::SQS::Queue", "Properties": { "VisibilityTimeout": 380 } },
                "Webhook": { "Type": "AWS::Lambda::Function", "Properties": {
                    "Timeout": 60,
                    "Environment": { "Variables": { "GROUP_ABOVE": { "Ref": "GroupAbove" }, "QUEUE": { "Ref": "Queue" } } },
                    "VpcConfig": { "Fn::If": ["InVpc", {}, {}] },
                    "ReservedConcurrentExecutions": { "Fn::If": ["Reserves", 5, { "Ref": "AWS::NoValue" }] },
                } },
                "Live": { "Type": "AWS::Lambda::Alias", "Properties": { "FunctionName": { "Ref": "Webhook" } } },
                "Mapping": { "Type": "AWS::Lambda::EventSourceMapping", "Properties": {
                    "EventSourceArn": { "Fn::GetAtt": ["Queue", "Arn"] },
                    "FunctionName": { "Ref": "Live" },
                    "ScalingConfig": { "MaximumConcurrency": 5 },
                    "MaximumBatchingWindowInSeconds": { "Fn::GetAtt": ["Setting", "SyncWindow"] },
                } },
                "Schema": { "Type": "Custom::Schema", "Properties": {
                    "Settings": [[{ "Ref": "GroupAbove" }], { "Ref": "Network" }],
                } },
                "Late": { "Type": "AWS::CloudWatch::Alarm" },
                "Board": { "Type": "AWS::CloudWatch::Dashboard", "Properties": { "DashboardBody": { "Fn::Sub": ["{}", {}] } } },
            },
        })
    }

    fn findings(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut template = template();
        change(&mut template);
        let set = |types: &[&str]| types.iter().map(|of_type| (*of_type).to_owned()).collect();
        let local = [
            "AWS::SQS::Queue",
            "AWS::Lambda::Function",
            "AWS::Lambda::Alias",
            "AWS::Lambda::EventSourceMapping",
            "AWS::CloudWatch::Alarm",
        ];
        let texts = Texts {
            operations: "# Operations\n\n### Late\n\nWait.\n",
            not_local: &set(&["Custom::Schema", "AWS::CloudWatch::Dashboard"]),
            local: &set(&local),
        };
        judge(&template, &texts).unwrap().0
    }

    #[test]
    fn a_sound_template_has_no_findings() {
        assert_eq!(findings(|_| ()), Vec::<String>::new());
    }

    #[test]
    fn each_mistake_is_found() {
        let resource = |id: &'static str, path: &'static str, value: Value| {
            findings(move |template| *template["Resources"][id].pointer_mut(path).unwrap() = value)
        };
        assert_eq!(
            resource("Queue", "/Properties/VisibilityTimeout", json!(379)),
            ["Queue hides a message for 379 s, and Webhook may take 60 s after a wait of 20 s"]
        );
        assert_eq!(
            resource("Webhook", "/Properties/ReservedConcurrentExecutions/Fn::If/1", json!(4)),
            ["Webhook reserves less than Mapping may use: healthy messages would be throttled"]
        );
        let untold = "is told Webhook but is not among Schema's Settings: a change would not reach it";
        assert_eq!(resource("Schema", "/Properties/Settings/0", json!([])), [format!("GroupAbove {untold}")]);
        assert_eq!(resource("Schema", "/Properties/Settings/1", json!([])), [format!("Network {untold}")]);
        let renamed = findings(|template| {
            let late = template["Resources"]["Late"].clone();
            template["Resources"]["Never"] = late;
        });
        assert_eq!(renamed, ["docs/operations.md has no heading for the alarm Never"]);
        let broken = resource("Board", "/Properties/DashboardBody/Fn::Sub/0", json!("{,}"));
        assert!(broken[0].starts_with("Board is no JSON"), "{broken:?}");
        assert_eq!(
            resource("Queue", "/Type", json!("AWS::SQS::Topic")).last().unwrap(),
            "Queue is of the type AWS::SQS::Topic: it stands in exactly one part of left-out.yaml"
        );
    }
}
