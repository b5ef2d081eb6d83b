//! A function of the transform: who calls it by which name, and what Lambda writes of it.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

use super::metrics::Metrics;
use crate::checks::resolve;

/// The version of a function that is called by its own name.
const LATEST: &str = "$LATEST";
/// The namespace of Lambda's own metrics.
pub(super) const LAMBDA: &str = "AWS/Lambda";

/// A function, as its caller calls it.
#[derive(Clone, Debug)]
pub(super) struct Function {
    /// Its name.
    name: String,
    /// The alias by which it is called, with the version behind it.
    alias: Option<(String, String)>,
    /// Its time limit, s.
    pub timeout_s: i64,
    /// Its variables.
    pub environment: BTreeMap<String, String>,
}

impl Function {
    /// The function that a caller's reference means, and the name of its binary.
    pub(super) fn called_by(transformed: &Value, reference: &Value) -> Result<(String, Self)> {
        let id = |reference: &Value| {
            let id = reference["Ref"].as_str().or_else(|| reference["Fn::GetAtt"][0].as_str());
            id.map(str::to_owned).with_context(|| format!("{reference} refers to no function"))
        };
        let resources = &transformed["Resources"];
        let mut of = id(reference)?;
        let mut alias = None;
        if resources[&of]["Type"] == "AWS::Lambda::Alias" {
            let properties = &resources[&of]["Properties"];
            let text = |name: &str| resolve::text(transformed, &properties[name]);
            alias = Some((text("Name")?, text("FunctionVersion")?));
            of = id(&properties["FunctionName"])?;
        }
        let function = &resources[&of];
        let binary = function["Metadata"]["BuildProperties"]["Binary"].as_str();
        let binary = binary.with_context(|| format!("{of} names no Binary"))?.to_owned();
        let environment =
            crate::checks::starts::environments(transformed)?.remove(&binary).context("it has no environment")?;
        let timeout_s = function["Properties"]["Timeout"].as_i64().with_context(|| format!("{of} has no Timeout"))?;
        let name = resolve::text(transformed, &serde_json::json!({ "Ref": of }))?;
        Ok((binary, Self { name, alias, timeout_s, environment }))
    }

    /// The version that runs.
    pub(super) fn version(&self) -> &str {
        self.alias.as_ref().map_or(LATEST, |(_, version)| version)
    }

    /// Whether it is called by this name and qualifier.
    pub(super) fn is_called(&self, name: &str, qualifier: &str) -> bool {
        let own = self.alias.as_ref().map_or(LATEST, |(alias, _)| alias);
        self.name == name && own == qualifier
    }

    /// Writes a metric under each set of dimensions under which Lambda writes it: the function; the name by which it was called;
    /// and the version behind an alias.
    pub(super) fn put(&self, metrics: &mut Metrics, metric: &str, at_s: i64, value: f64) {
        self.put_of_url(metrics, metric, at_s, value);
        if let Some((alias, version)) = &self.alias {
            let resource = format!("{}:{alias}", self.name);
            let dimensions =
                [("FunctionName", self.name.as_str()), ("Resource", &resource), ("ExecutedVersion", version)];
            metrics.put(LAMBDA, metric, &dimensions, at_s, value);
        }
    }

    /// The same of a function URL, which does not tell versions apart.
    pub(super) fn put_of_url(&self, metrics: &mut Metrics, metric: &str, at_s: i64, value: f64) {
        let resource = match &self.alias {
            Some((alias, _)) => format!("{}:{alias}", self.name),
            None => self.name.clone(),
        };
        metrics.put(LAMBDA, metric, &[("FunctionName", &self.name)], at_s, value);
        metrics.put(LAMBDA, metric, &[("FunctionName", &self.name), ("Resource", &resource)], at_s, value);
    }
}

/// The reference of whoever calls a function: of a rule, of a mapping of a queue, and of the URL.
pub(super) fn callers(transformed: &Value) -> Result<Vec<&Value>> {
    let resources = transformed["Resources"].as_object().context("the transform has no resources")?;
    let reference = |resource: &'_ Value| match resource["Type"].as_str() {
        Some("AWS::Events::Rule") if resource["Properties"]["ScheduleExpression"] != Value::Null => {
            Some("/Properties/Targets/0/Arn")
        }
        Some("AWS::Lambda::EventSourceMapping") => Some("/Properties/FunctionName"),
        Some("AWS::Lambda::Url") => Some("/Properties/TargetFunctionArn"),
        _ => None,
    };
    let all = resources.values().filter_map(|resource| reference(resource).map(|path| (resource, path)));
    all.map(|(resource, path)| resource.pointer(path).with_context(|| format!("{path} is missing"))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::alarms::metrics::{Range, Series, Statistic};

    fn transform() -> Value {
        json!({ "Resources": {
            "Bot": { "Type": "AWS::Lambda::Function", "Metadata": { "BuildProperties": { "Binary": "bot" } },
                "Properties": { "Timeout": 30, "Environment": { "Variables": { "A": "1" } } } },
            "BotVersion": { "Type": "AWS::Lambda::Version" },
            "BotLive": { "Type": "AWS::Lambda::Alias", "Properties": { "Name": "live", "FunctionName": { "Ref": "Bot" },
                "FunctionVersion": { "Fn::GetAtt": ["BotVersion", "Version"] } } },
            "BotUrl": { "Type": "AWS::Lambda::Url", "Properties": { "TargetFunctionArn": { "Ref": "BotLive" } } },
        } })
    }

    /// The sum of a metric with these dimensions.
    fn sum(metrics: &Metrics, dimensions: &[(&str, &str)]) -> Option<f64> {
        let dimensions = dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let series = Series { namespace: LAMBDA.into(), name: "Errors".into(), dimensions };
        metrics.points(&series, Statistic::Sum, Range { end_s: 60, period_s: 60, count: 1, known_s: 60 })[0]
    }

    #[test]
    fn lambda_writes_a_metric_of_an_alias_under_three_sets_of_dimensions() {
        let transform = transform();
        let (binary, bot) = Function::called_by(&transform, callers(&transform).unwrap()[0]).unwrap();
        assert_eq!((binary.as_str(), bot.version(), bot.timeout_s), ("bot", "7", 30));
        assert!(bot.is_called("wb-assist-Bot", "live") && !bot.is_called("wb-assist-Bot", "$LATEST"));
        let mut metrics = Metrics::default();
        bot.put(&mut metrics, "Errors", 0, 1.0);
        let function = ("FunctionName", "wb-assist-Bot");
        let alias = ("Resource", "wb-assist-Bot:live");
        assert_eq!(sum(&metrics, &[function]), Some(1.0));
        assert_eq!(sum(&metrics, &[function, alias]), Some(1.0));
        assert_eq!(sum(&metrics, &[function, alias, ("ExecutedVersion", "7")]), Some(1.0));
        assert_eq!(sum(&metrics, &[function, ("ExecutedVersion", "7")]), None);
    }

    #[test]
    fn a_function_that_is_called_by_its_own_name_has_no_version() {
        let (_, bot) = Function::called_by(&transform(), &json!({ "Fn::GetAtt": ["Bot", "Arn"] })).unwrap();
        assert!(bot.version() == "$LATEST" && bot.is_called("wb-assist-Bot", "$LATEST"));
        let mut metrics = Metrics::default();
        bot.put(&mut metrics, "Errors", 0, 1.0);
        let function = ("FunctionName", "wb-assist-Bot");
        assert_eq!(sum(&metrics, &[function, ("Resource", "wb-assist-Bot")]), Some(1.0));
        assert_eq!(sum(&metrics, &[function, ("Resource", "wb-assist-Bot:live")]), None);
        assert!(Function::called_by(&transform(), &json!("bot")).is_err());
    }
}
