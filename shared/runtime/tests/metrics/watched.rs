//! What the alarms and the dashboard of `template.yaml` watch, of a stack called `stack`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::{Value, json};
use serde_norway::Value as Yaml;

/// A metric with its dimensions; `None` stands for every value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    pub namespace: String,
    pub name: String,
    pub dimensions: BTreeMap<String, Option<String>>,
}

/// The resources of the template, with the name of the stack in its place.
fn resources() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let template: Yaml = serde_norway::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    plain(&template["Resources"])
}

/// `!Sub` becomes its text; what any other function makes is not looked at.
fn plain(value: &Yaml) -> Value {
    match value {
        Yaml::Tagged(tagged) => {
            let text = tagged.value.as_str().or_else(|| tagged.value[0].as_str());
            json!(text.unwrap_or_default().replace("${AWS::StackName}", "stack"))
        }
        Yaml::Mapping(fields) => fields.iter().map(|(name, value)| (text(name), plain(value))).collect(),
        Yaml::Sequence(values) => values.iter().map(plain).collect(),
        scalar => serde_json::to_value(scalar).unwrap(),
    }
}

fn text(value: &Yaml) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The alarms, by their names, each with what it watches.
pub fn alarms() -> BTreeMap<String, BTreeSet<Series>> {
    let resources = resources();
    let alarms = resources.as_object().unwrap().iter().filter(|(_, one)| one["Type"] == "AWS::CloudWatch::Alarm");
    alarms.map(|(id, alarm)| (id.clone(), of_alarm(&alarm["Properties"]))).collect()
}

fn of_alarm(alarm: &Value) -> BTreeSet<Series> {
    let Some(metrics) = alarm["Metrics"].as_array() else { return BTreeSet::from([of_metric(alarm)]) };
    let query = |metric: &Value| metric["Expression"].as_str().and_then(of_query);
    let stat = |metric: &Value| metric.pointer("/MetricStat/Metric").map(of_metric);
    metrics.iter().filter_map(|metric| stat(metric).or_else(|| query(metric))).collect()
}

fn of_metric(metric: &Value) -> Series {
    let string = |value: &Value| value.as_str().unwrap().to_owned();
    let dimensions = metric["Dimensions"].as_array().into_iter().flatten();
    Series {
        namespace: string(&metric["Namespace"]),
        name: string(&metric["MetricName"]),
        // Which version that will be, only the deploy knows.
        dimensions: dimensions
            .map(|one| (string(&one["Name"]), Some(string(&one["Value"])).filter(|_| one["Name"] != "version")))
            .collect(),
    }
}

/// `SELECT SUM(name) FROM SCHEMA("namespace", dimension)`.
fn of_query(query: &str) -> Option<Series> {
    let (name, rest) = query.strip_prefix("SELECT SUM(")?.split_once(") FROM SCHEMA(\"")?;
    let (namespace, dimensions) = rest.strip_suffix(')')?.split_once('"')?;
    Some(every(namespace, name, dimensions))
}

/// `SEARCH('{"namespace",dimension,dimension} MetricName="name"', …`.
fn of_search(search: &str) -> Option<Series> {
    let (namespace, rest) = search.strip_prefix("SEARCH('{\"")?.split_once('"')?;
    let (dimensions, rest) = rest.split_once("} MetricName=\"")?;
    Some(every(namespace, rest.split_once('"')?.0, dimensions))
}

fn every(namespace: &str, name: &str, dimensions: &str) -> Series {
    let dimensions = dimensions.split(',').map(str::trim).filter(|name| !name.is_empty());
    let dimensions = dimensions.map(|name| (name.to_owned(), None)).collect();
    Series { namespace: namespace.to_owned(), name: name.to_owned(), dimensions }
}

/// What the dashboard shows.
pub fn dashboard() -> BTreeSet<Series> {
    let body: Value =
        serde_json::from_str(resources()["Dashboard"]["Properties"]["DashboardBody"].as_str().unwrap()).unwrap();
    let widgets = body["widgets"].as_array().unwrap().iter();
    widgets.filter_map(|widget| widget["properties"]["metrics"].as_array()).flat_map(|rows| of_widget(rows)).collect()
}

/// The rows of a widget; `...` stands for all but the last words of the row before.
fn of_widget(rows: &[Value]) -> Vec<Series> {
    let mut before: Vec<String> = Vec::new();
    let mut series = Vec::new();
    for row in rows {
        if let Some(search) = row[0]["expression"].as_str() {
            series.push(of_search(search).unwrap_or_else(|| panic!("{search}")));
            continue;
        }
        let mut words: Vec<String> =
            row.as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if words[0] == "..." {
            let kept = before.len() - (words.len() - 1);
            words = before[..kept].iter().cloned().chain(words.into_iter().skip(1)).collect();
        }
        let dimensions = words[2..].chunks(2).map(|pair| (pair[0].clone(), Some(pair[1].clone()))).collect();
        series.push(Series { namespace: words[0].clone(), name: words[1].clone(), dimensions });
        before = words;
    }
    series
}
