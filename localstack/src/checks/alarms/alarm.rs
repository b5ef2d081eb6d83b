//! An alarm as template.yaml writes it, and when CloudWatch would set it off.
//!
//! Every property must be known here, so that none is passed over. The rules are those of the CloudWatch User Guide, "Alarm
//! evaluation" and "Configuring how CloudWatch alarms treat missing data".

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::{
    expression::{Expression, Points},
    insights::Query,
    metrics::{Dimensions, Metrics, Range, Series, Statistic},
};
use crate::checks::resolve;

/// CloudWatch evaluates an alarm so often, s.
pub(super) const MINUTE_S: i64 = 60;
/// What says nothing of when an alarm goes off.
const SILENT: [&str; 4] = ["AlarmDescription", "AlarmActions", "OKActions", "ActionsEnabled"];
/// What says when it goes off, beside its metrics.
const RULES: [&str; 5] =
    ["EvaluationPeriods", "DatapointsToAlarm", "ComparisonOperator", "Threshold", "TreatMissingData"];
/// How one metric is written.
const METRIC: [&str; 6] = ["Namespace", "MetricName", "Dimensions", "Statistic", "ExtendedStatistic", "Period"];

/// What CloudWatch does not tell: how many more data points than `EvaluationPeriods` it looks at, and how late a sample is
/// published.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looks {
    /// Data points beside those of `EvaluationPeriods`.
    pub more: usize,
    /// Seconds from a sample to the evaluation that knows it.
    pub late_s: i64,
}

/// The state of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Ok,
    Alarm,
    InsufficientData,
}

/// How missing data points count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gaps {
    Breaching,
    NotBreaching,
    Ignore,
    Missing,
}

/// A metric by its series and statistic.
#[derive(Clone, Debug)]
struct Metric {
    series: Series,
    statistic: Statistic,
}

/// Something with an id in `Metrics`.
#[derive(Clone, Debug)]
enum Source {
    Metric(Metric),
    Expression(Expression),
    Query(Query),
}

/// An alarm.
#[derive(Clone, Debug)]
pub(super) struct Alarm {
    /// Its sources by their ids, and the id of the one that is watched.
    sources: BTreeMap<String, Source>,
    watched: String,
    period_s: i64,
    evaluation_periods: usize,
    datapoints_to_alarm: usize,
    comparison: fn(&f64, &f64) -> bool,
    threshold: f64,
    missing: Gaps,
}

impl Alarm {
    /// Reads the properties of an alarm of the transform.
    pub(super) fn parse(transformed: &Value, properties: &Value) -> Result<Self> {
        let known = properties.as_object().context("an alarm has no properties")?;
        let is_known = |name: &str| name == "Metrics" || [&SILENT[..], &RULES, &METRIC].concat().contains(&name);
        if let Some(unknown) = known.keys().find(|name| !is_known(name)) {
            bail!("{unknown} is not known here");
        }
        let text = |name: &str| resolve::text(transformed, &properties[name]).with_context(|| name.to_owned());
        let number = |name: &str| number(transformed, &properties[name]).with_context(|| name.to_owned());
        let (sources, watched, period_s) = if properties["Metrics"].is_null() {
            let (metric, period_s) = metric(transformed, properties)?;
            (BTreeMap::from([("metric".to_owned(), Source::Metric(metric))]), "metric".to_owned(), period_s)
        } else {
            ensure!(METRIC.iter().all(|name| properties[*name].is_null()), "it has Metrics and a metric");
            sources(transformed, &properties["Metrics"])?
        };
        let evaluation_periods = count(number("EvaluationPeriods")?)?;
        let datapoints_to_alarm = match properties["DatapointsToAlarm"] {
            Value::Null => evaluation_periods,
            _ => count(number("DatapointsToAlarm")?)?,
        };
        ensure!((1..=evaluation_periods).contains(&datapoints_to_alarm), "more data points than periods are to breach");
        ensure!(period_s >= MINUTE_S && period_s % MINUTE_S == 0, "a period of {period_s} s is not known here");
        Ok(Self {
            sources,
            watched,
            period_s,
            evaluation_periods,
            datapoints_to_alarm,
            comparison: match text("ComparisonOperator")?.as_str() {
                "GreaterThanThreshold" => f64::gt,
                "GreaterThanOrEqualToThreshold" => f64::ge,
                "LessThanThreshold" => f64::lt,
                "LessThanOrEqualToThreshold" => f64::le,
                other => bail!("the comparison {other} is not known here"),
            },
            threshold: number("Threshold")?,
            missing: match properties["TreatMissingData"].as_str() {
                Some("breaching") => Gaps::Breaching,
                Some("notBreaching") => Gaps::NotBreaching,
                Some("ignore") => Gaps::Ignore,
                Some("missing") => Gaps::Missing,
                None if properties["TreatMissingData"].is_null() => Gaps::Missing,
                other => bail!("TreatMissingData {other:?} is not known here"),
            },
        })
    }

    /// The state at the end of each minute of a scenario, as long as it lasts.
    pub(super) fn states(&self, metrics: &Metrics, minutes: i64, looks: Looks) -> Result<Vec<State>> {
        let mut state = State::InsufficientData;
        let mut states = Vec::new();
        for minute in 1..=minutes {
            let end_s = minute * MINUTE_S;
            let count = self.evaluation_periods + looks.more;
            let range = Range { end_s, period_s: self.period_s, count, known_s: end_s - looks.late_s };
            state = self.judge(&self.points(metrics, range)?, state);
            states.push(state);
        }
        Ok(states)
    }

    /// The data points that are watched.
    fn points(&self, metrics: &Metrics, range: Range) -> Result<Points> {
        let mut of = BTreeMap::new();
        for (id, source) in &self.sources {
            match source {
                Source::Metric(metric) => {
                    of.insert(id.as_str(), metrics.points(&metric.series, metric.statistic, range))
                }
                Source::Query(query) => of.insert(id.as_str(), query.points(metrics, range)),
                Source::Expression(_) => None,
            };
        }
        // An expression may use others; each round evaluates those of which everything is known by now.
        while !of.contains_key(self.watched.as_str()) {
            let known = of.len();
            for (id, source) in &self.sources {
                let Source::Expression(expression) = source else { continue };
                if !of.contains_key(id.as_str()) && expression.ids().iter().all(|id| of.contains_key(id)) {
                    let points = expression.evaluate(&of).with_context(|| format!("the expression {id}"))?;
                    of.insert(id, points);
                }
            }
            ensure!(of.len() > known, "its expressions use each other in a circle");
        }
        of.remove(self.watched.as_str()).context("nothing is watched")
    }

    /// The names of the metrics that it watches.
    pub(super) fn metrics(&self) -> impl Iterator<Item = &str> {
        self.sources.values().filter_map(|source| match source {
            Source::Metric(metric) => Some(metric.series.name.as_str()),
            Source::Query(_) | Source::Expression(_) => None,
        })
    }

    /// The state after these data points, the newest last.
    ///
    /// Of more data points than periods the newest existing ones count. Where fewer exist, as many missing ones are filled in
    /// as are needed.
    fn judge(&self, points: &[Option<f64>], before: State) -> State {
        let existing: Vec<f64> = points.iter().rev().copied().flatten().take(self.evaluation_periods).collect();
        let filled = self.evaluation_periods - existing.len();
        let breaching = existing.iter().filter(|point| (self.comparison)(point, &self.threshold)).count();
        let all = breaching + if self.missing == Gaps::Breaching { filled } else { 0 };
        if all >= self.datapoints_to_alarm {
            return State::Alarm;
        }
        let is_settled = filled == 0 || breaching < existing.len();
        if is_settled || matches!(self.missing, Gaps::Breaching | Gaps::NotBreaching) {
            return State::Ok;
        }
        match self.missing {
            Gaps::Ignore => before,
            // Long enough ago it breached, and nothing better has come since.
            _ if self.oldest_is_due(points) => State::Alarm,
            _ => State::InsufficientData,
        }
    }

    /// Whether the oldest existing data point is as old as so many as are to breach.
    fn oldest_is_due(&self, points: &[Option<f64>]) -> bool {
        let place = points.iter().position(Option::is_some);
        place.is_some_and(|place| points.len() - place >= self.datapoints_to_alarm)
    }
}

/// A metric that is written by its own properties, and its period.
fn metric(transformed: &Value, properties: &Value) -> Result<(Metric, i64)> {
    let text = |name: &str| resolve::text(transformed, &properties[name]).with_context(|| name.to_owned());
    let statistic = match (&properties["Statistic"], &properties["ExtendedStatistic"]) {
        (Value::String(name), Value::Null) | (Value::Null, Value::String(name)) => Statistic::parse(name)?,
        _ => bail!("a metric needs one statistic"),
    };
    let dimensions = dimensions(transformed, &properties["Dimensions"])?;
    let series = Series { namespace: text("Namespace")?, name: text("MetricName")?, dimensions };
    Ok((Metric { series, statistic }, period(transformed, &properties["Period"])?))
}

fn dimensions(transformed: &Value, written: &Value) -> Result<Dimensions> {
    let written = match written {
        Value::Null => return Ok(Dimensions::new()),
        written => written.as_array().context("Dimensions is no list")?,
    };
    let one = |dimension: &Value| {
        ensure!(dimension.as_object().is_some_and(|fields| fields.len() == 2), "a dimension has a name and a value");
        let text = |name: &str| resolve::text(transformed, &dimension[name]);
        Ok((text("Name")?, text("Value").with_context(|| format!("the dimension {}", dimension["Name"]))?))
    };
    written.iter().map(one).collect()
}

/// The sources in `Metrics`, the one that is returned, and their one period.
fn sources(transformed: &Value, written: &Value) -> Result<(BTreeMap<String, Source>, String, i64)> {
    let (mut sources, mut returned, mut periods) = (BTreeMap::new(), Vec::new(), Vec::new());
    for query in written.as_array().context("Metrics is no list")? {
        let id = query["Id"].as_str().context("something in Metrics has no Id")?;
        let fields = query.as_object().context("something in Metrics is no object")?;
        let allowed = ["Id", "Label", "ReturnData", "Period", "Expression", "MetricStat"];
        if let Some(unknown) = fields.keys().find(|name| !allowed.contains(&name.as_str())) {
            bail!("{unknown} of {id} is not known here");
        }
        let source = if query["Expression"].is_null() {
            let (metric, period_s) = metric_stat(transformed, &query["MetricStat"]).with_context(|| id.to_owned())?;
            periods.push(period_s);
            Source::Metric(metric)
        } else {
            ensure!(query["MetricStat"].is_null(), "{id} is an expression and a metric");
            let text = resolve::text(transformed, &query["Expression"]).with_context(|| id.to_owned())?;
            if let Some(query_text) = text.strip_prefix("SELECT ") {
                periods.push(period(transformed, &query["Period"]).with_context(|| format!("{id} has no Period"))?);
                Source::Query(Query::parse(query_text)?)
            } else {
                ensure!(query["Period"].is_null(), "the period of {id} is that of its metrics");
                Source::Expression(Expression::parse(&text).with_context(|| format!("the expression {text:?}"))?)
            }
        };
        // What nobody says is to be returned, is.
        if query["ReturnData"].as_bool().unwrap_or(true) {
            returned.push(id.to_owned());
        }
        ensure!(sources.insert(id.to_owned(), source).is_none(), "two of them are {id}");
    }
    let [watched] = returned.as_slice() else { bail!("{returned:?} are returned, and an alarm watches one") };
    let period_s = *periods.first().context("it has no metric")?;
    ensure!(periods.iter().all(|other| *other == period_s), "its metrics have the periods {periods:?}");
    for source in sources.values() {
        let Source::Expression(expression) = source else { continue };
        for id in expression.ids() {
            ensure!(sources.contains_key(id), "an expression uses {id}, which is not there");
        }
    }
    Ok((sources, watched.clone(), period_s))
}

/// A metric that is written as `MetricStat`, and its period.
fn metric_stat(transformed: &Value, written: &Value) -> Result<(Metric, i64)> {
    let has_only = |value: &Value, allowed: &[&str]| {
        value.as_object().is_some_and(|fields| fields.keys().all(|name| allowed.contains(&name.as_str())))
    };
    ensure!(has_only(written, &["Stat", "Period", "Metric"]), "MetricStat is written in a way that is not known here");
    ensure!(has_only(&written["Metric"], &["Namespace", "MetricName", "Dimensions"]), "Metric has unknown fields");
    let text = |value: &Value| resolve::text(transformed, value);
    let series = Series {
        namespace: text(&written["Metric"]["Namespace"])?,
        name: text(&written["Metric"]["MetricName"])?,
        dimensions: dimensions(transformed, &written["Metric"]["Dimensions"])?,
    };
    let statistic = Statistic::parse(written["Stat"].as_str().context("it has no Stat")?)?;
    Ok((Metric { series, statistic }, period(transformed, &written["Period"])?))
}

fn number(transformed: &Value, value: &Value) -> Result<f64> {
    let text = resolve::text(transformed, value)?;
    text.parse().with_context(|| format!("{text} is no number"))
}

fn period(transformed: &Value, value: &Value) -> Result<i64> {
    let text = resolve::text(transformed, value)?;
    text.parse().with_context(|| format!("the period {text} is no number of seconds"))
}

fn count(number: f64) -> Result<usize> {
    number.to_string().parse().with_context(|| format!("{number} is no number of data points"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LOOKS: Looks = Looks { more: 2, late_s: 0 };

    fn properties(change: impl FnOnce(&mut Value)) -> Value {
        let mut properties = json!({
            "AlarmDescription": "Sync fails.", "Namespace": "AWS/Lambda", "MetricName": "Errors",
            "Dimensions": [{ "Name": "FunctionName", "Value": "sync" }], "Statistic": "Sum", "Period": 60,
            "EvaluationPeriods": 3, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 0,
            "TreatMissingData": "notBreaching", "AlarmActions": [],
        });
        change(&mut properties);
        properties
    }

    fn alarm(change: impl FnOnce(&mut Value)) -> Alarm {
        Alarm::parse(&json!({}), &properties(change)).unwrap()
    }

    /// The state of each treatment of missing data after points as the User Guide writes them.
    fn judged(points: &str, datapoints_to_alarm: usize) -> [State; 4] {
        let points = points.split(' ').map(|point| match point {
            "-" => None,
            "X" => Some(1.0),
            _ => Some(0.0),
        });
        let points: Points = points.collect();
        ["missing", "ignore", "breaching", "notBreaching"].map(|missing| {
            let alarm = alarm(|properties| {
                properties["TreatMissingData"] = json!(missing);
                properties["DatapointsToAlarm"] = json!(datapoints_to_alarm);
            });
            // What is retained was this.
            alarm.judge(&points, State::InsufficientData)
        })
    }

    #[test]
    fn missing_data_points_count_as_the_user_guide_says() {
        use State::{Alarm as A, InsufficientData as I, Ok as O};

        // "Configuring how CloudWatch alarms treat missing data": three of three, of five that are retrieved.
        for (points, expected) in [
            ("0 - X - X", [O, O, O, O]),
            ("- - - - 0", [O, O, O, O].map(|_| O)),
            ("- - - - -", [I, I, A, O]),
            ("0 X X - X", [A, A, A, A]),
            ("- - X - -", [A, I, A, O]),
        ] {
            assert_eq!(judged(points, 3), expected, "{points}");
        }
        // Two of three.
        for (points, expected) in [
            ("0 - X - X", [A, A, A, A]),
            ("0 0 X 0 X", [A, A, A, A]),
            ("0 - X - -", [O, O, A, O]),
            ("- - - - 0", [O, O, A, O]),
            ("- - - X -", [A, I, A, O]),
            ("- - - - X", [I, I, A, O]),
        ] {
            assert_eq!(judged(points, 2), expected, "{points}");
        }
    }

    #[test]
    fn an_alarm_goes_off_when_enough_periods_breach_and_ends_with_the_first_that_does_not() {
        let mut metrics = Metrics::default();
        for (minute, errors) in [(0, 1.0), (1, 1.0), (2, 2.0), (3, 0.0), (4, 1.0)] {
            metrics.put("AWS/Lambda", "Errors", &[("FunctionName", "sync")], minute * MINUTE_S + 30, errors);
        }
        let states = |alarm: &Alarm, looks| alarm.states(&metrics, 6, looks).unwrap();
        let ok = State::Ok;
        assert_eq!(states(&alarm(|_| ()), LOOKS), [ok, ok, State::Alarm, ok, ok, ok]);
        // The same a minute later, where samples are known a minute later.
        assert_eq!(states(&alarm(|_| ()), Looks { more: 2, late_s: 60 }), [ok, ok, ok, State::Alarm, ok, ok]);
        for (place, value) in [
            ("/Dimensions/0/Value", json!("bot")),
            ("/Dimensions/0/Name", json!("Function")),
            ("/Dimensions", json!([])),
            ("/MetricName", json!("Throttles")),
            ("/Namespace", json!("AWS/SQS")),
            ("/Threshold", json!(1)),
            ("/EvaluationPeriods", json!(4)),
        ] {
            let other = alarm(|properties| *properties.pointer_mut(place).unwrap() = value);
            assert!(!states(&other, LOOKS).contains(&State::Alarm), "{place}");
        }
    }

    #[test]
    fn ignored_gaps_leave_the_state_as_it_was() {
        let mut metrics = Metrics::default();
        metrics.put("AWS/Lambda", "Errors", &[("FunctionName", "sync")], 0, 5.0);
        metrics.put("AWS/Lambda", "Errors", &[("FunctionName", "sync")], 360, 0.0);
        let alarm = alarm(|properties| {
            properties["EvaluationPeriods"] = json!(1);
            properties["TreatMissingData"] = json!("ignore");
        });
        let states = alarm.states(&metrics, 7, LOOKS).unwrap();
        assert_eq!(states[..6], [State::Alarm; 6]);
        assert_eq!(states[6], State::Ok);
    }

    #[test]
    fn an_expression_is_watched_through_its_metrics() {
        let metric = |id: &str, name: &str| {
            json!({ "Id": id, "ReturnData": false, "MetricStat": { "Stat": "Sum", "Period": 60,
                "Metric": { "Namespace": "AWS/Lambda", "MetricName": name } } })
        };
        let of = |expression: Value, metrics: Vec<Value>| {
            let metrics: Vec<Value> =
                [json!({ "Id": "rate", "Label": "%", "Expression": expression })].into_iter().chain(metrics).collect();
            Alarm::parse(
                &json!({}),
                &json!({ "Metrics": metrics, "EvaluationPeriods": 1, "Threshold": 50,
                "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching" }),
            )
        };
        let both = || vec![metric("errors", "Errors"), metric("all", "Invocations")];
        let mut metrics = Metrics::default();
        for (at_s, errors, all) in [(0, 1.0, 2.0), (60, 2.0, 3.0)] {
            metrics.put("AWS/Lambda", "Errors", &[], at_s, errors);
            metrics.put("AWS/Lambda", "Invocations", &[], at_s, all);
        }
        let alarm = of(json!("100 * FILL(errors, 0) / all"), both()).unwrap();
        assert_eq!(
            alarm.states(&metrics, 3, Looks { more: 0, late_s: 0 }).unwrap(),
            [State::Ok, State::Alarm, State::Ok]
        );

        let part = |expression: &str| json!({ "Id": "part", "ReturnData": false, "Expression": expression });
        let nested = of(json!("100 * part"), [both(), vec![part("errors / all")]].concat()).unwrap();
        assert_eq!(nested.states(&metrics, 2, Looks { more: 0, late_s: 0 }).unwrap(), [State::Ok, State::Alarm]);
        let circle = of(json!("100 * part"), [both(), vec![part("errors / rate")]].concat()).unwrap();
        let error = circle.states(&metrics, 1, LOOKS).unwrap_err();
        assert_eq!(error.to_string(), "its expressions use each other in a circle");

        let refused = |expression: Value, metrics: Vec<Value>| format!("{:#}", of(expression, metrics).unwrap_err());
        assert!(refused(json!("errors / everything"), both()).contains("everything, which is not there"));
        assert!(refused(json!("RATE(errors)"), both()).contains("the function RATE is not known here"));
        let mut other_period = both();
        other_period[1]["MetricStat"]["Period"] = json!(300);
        assert!(refused(json!("errors"), other_period).contains("periods [60, 300]"));
        let mut second = both();
        second[0]["ReturnData"] = json!(true);
        assert!(refused(json!("errors"), second).contains("an alarm watches one"));
        let mut unknown = both();
        unknown[0]["AccountId"] = json!("1");
        assert!(refused(json!("errors"), unknown).contains("AccountId of errors is not known here"));
    }

    #[test]
    fn a_property_that_is_not_known_is_refused_and_not_passed_over() {
        let refused = |name: &str, value: Value| {
            let properties = properties(|properties| properties[name] = value);
            format!("{:#}", Alarm::parse(&json!({}), &properties).unwrap_err())
        };
        assert_eq!(
            refused("EvaluateLowSampleCountPercentile", json!("ignore")),
            "EvaluateLowSampleCountPercentile is not known here"
        );
        assert!(
            refused("ComparisonOperator", json!("LessThanLowerThreshold"))
                .contains("LessThanLowerThreshold is not known")
        );
        assert!(refused("TreatMissingData", json!("good")).contains("good"));
        assert!(refused("ExtendedStatistic", json!("p99")).contains("one statistic"));
        assert!(refused("Period", json!(10)).contains("10 s"));
        assert!(refused("DatapointsToAlarm", json!(4)).contains("more data points"));
        assert!(refused("Threshold", json!({ "Fn::Join": [] })).contains("Threshold"));
        assert!(refused("Metrics", json!([])).contains("Metrics and a metric"));
    }
}
