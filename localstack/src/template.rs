//! template.yaml as LocalStack gets it: the same, but for the code, the functions' names and an unusual interval.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};
use serde_norway::{Mapping, Value};

/// The template, read.
pub struct Template {
    root: Value,
    /// The functions: names of binaries, in pipeline order.
    pub functions: Vec<String>,
}

impl Template {
    /// Reads it; each function takes the name of its binary, which is how `cargo lambda watch` knows it.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("in {}", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let mut root: Value = serde_norway::from_str(text)?;
        let mut functions = Vec::new();
        let resources = root.get_mut("Resources").and_then(Value::as_mapping_mut).context("no Resources")?;
        for (id, resource) in resources.iter_mut() {
            if resource.get("Type").and_then(Value::as_str) != Some("AWS::Serverless::Function") {
                continue;
            }
            let id = id.as_str().unwrap_or_default();
            let binary = ["Metadata", "BuildProperties", "Binary"].iter().try_fold(&*resource, |at, key| at.get(key));
            let binary = binary.and_then(Value::as_str).with_context(|| format!("{id} names no Binary"))?.to_owned();
            let properties = resource.get_mut("Properties").and_then(Value::as_mapping_mut);
            let properties = properties.with_context(|| format!("{id} has no Properties"))?;
            properties.insert("FunctionName".into(), binary.clone().into());
            functions.push(binary);
        }
        Ok(Self { root, functions })
    }

    /// The template with this address for the functions' code, which nobody runs, and with this interval allowed.
    pub fn for_local_cloud(mut self, code_uri: &str, sync_interval_s: u32) -> Result<String> {
        let globals = ["Globals", "Function"].iter().try_fold(&mut self.root, |at, key| at.get_mut(key));
        let globals = globals.and_then(Value::as_mapping_mut).context("no Globals.Function")?;
        globals.insert("CodeUri".into(), code_uri.into());

        let interval = sync_interval_s.to_string();
        let rates = self.root.get_mut("Mappings").and_then(|mappings| mappings.get_mut("RateOfInterval"));
        let rates = rates.and_then(Value::as_mapping_mut).context("no Mappings.RateOfInterval")?;
        if !rates.contains_key(interval.as_str()) {
            rates.insert(interval.clone().into(), one("Expression", rate(sync_interval_s)));
            let allowed = ["Parameters", "SyncInterval", "AllowedValues"];
            let allowed = allowed.iter().try_fold(&mut self.root, |at, key| at.get_mut(key));
            allowed
                .and_then(Value::as_sequence_mut)
                .context("SyncInterval has no AllowedValues")?
                .push(interval.into());
        }
        serde_norway::to_string(&self.root).context("cannot write the template")
    }
}

/// What the deployed functions were given, in one: under `cargo lambda watch` all of them see all of it.
pub fn unite(
    environments: impl IntoIterator<Item = (String, BTreeMap<String, String>)>,
) -> Result<BTreeMap<String, String>> {
    let mut united: BTreeMap<String, String> = BTreeMap::new();
    for (function, environment) in environments {
        for (name, value) in environment {
            let known = united.entry(name.clone()).or_insert_with(|| value.clone());
            anyhow::ensure!(
                *known == value,
                "template.yaml gives {name} two values, and {function} has the second: under `cargo lambda watch` \
                 all functions share one environment, so use two names"
            );
        }
    }
    Ok(united)
}

/// As EventBridge writes it.
fn rate(interval_s: u32) -> Value {
    match interval_s / 60 {
        1 => "rate(1 minute)".into(),
        minutes => format!("rate({minutes} minutes)").into(),
    }
}

fn one(key: &str, value: Value) -> Value {
    Value::Mapping(Mapping::from_iter([(Value::from(key), value)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = include_str!("../../template.yaml");

    #[test]
    fn every_function_is_called_like_its_binary_and_the_tags_survive() {
        let template = Template::parse(OURS).unwrap();
        assert_eq!(template.functions, ["fanout", "sync", "webhook", "bot", "migrate"]);
        let text = template.for_local_cloud("s3://local/code.zip", 180).unwrap();
        assert!(text.contains("FunctionName: fanout") && text.contains("CodeUri: s3://local/code.zip"));
        assert!(text.contains("SYNC_QUEUE_URL: !Ref SyncQueue"), "{text}");
        assert_eq!(text.matches("!FindInMap").count(), 1);
    }

    #[test]
    fn an_unusual_interval_is_added_and_a_usual_one_is_not() {
        let deployed = |interval_s| {
            let text = Template::parse(OURS).unwrap().for_local_cloud("s3://a/b", interval_s).unwrap();
            serde_norway::from_str::<Value>(&text).unwrap()
        };
        let count =
            |template: &Value| template["Parameters"]["SyncInterval"]["AllowedValues"].as_sequence().unwrap().len();
        let (usual, unusual) = (deployed(180), deployed(420));
        assert_eq!(count(&unusual), count(&usual) + 1);
        assert_eq!(unusual["Mappings"]["RateOfInterval"]["420"]["Expression"], Value::from("rate(7 minutes)"));
    }

    #[test]
    fn every_allowed_interval_has_its_rate() {
        let template: Value = serde_norway::from_str(OURS).unwrap();
        let allowed = template["Parameters"]["SyncInterval"]["AllowedValues"].as_sequence().unwrap();
        for interval in allowed {
            let written = &template["Mappings"]["RateOfInterval"][interval]["Expression"];
            assert_eq!(*written, rate(interval.as_str().unwrap().parse().unwrap()));
        }
    }

    #[test]
    fn queues_wait_six_times_as_long_as_their_functions() {
        let template: Value = serde_norway::from_str(OURS).unwrap();
        for (queue, function) in [("SyncQueue", "Sync"), ("NotifyQueue", "Webhook")] {
            let visibility = template["Resources"][queue]["Properties"]["VisibilityTimeout"].as_u64().unwrap();
            let timeout = template["Resources"][function]["Properties"]["Timeout"].as_u64().unwrap();
            assert!(visibility >= 6 * timeout, "{queue}");
        }
    }

    #[test]
    fn one_name_with_two_values_is_refused() {
        let environment = |value: &str| BTreeMap::from([("A".to_owned(), value.to_owned())]);
        assert!(unite([("x".to_owned(), environment("1")), ("y".to_owned(), environment("1"))]).is_ok());
        let refused = unite([("x".to_owned(), environment("1")), ("y".to_owned(), environment("2"))]);
        assert!(refused.unwrap_err().to_string().starts_with("template.yaml gives A two values, and y has the second"));
    }
}
