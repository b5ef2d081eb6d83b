//! What CloudWatch holds of a scenario: samples by their series, on the scenario's own clock, and the statistics of them.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

/// The dimensions of a series. CloudWatch adds nothing up over them: a series is found by exactly its own.
pub(super) type Dimensions = BTreeMap<String, String>;

/// A series: its namespace, name and dimensions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Series {
    /// Such as `AWS/Lambda`.
    pub namespace: String,
    /// Such as `Errors`.
    pub name: String,
    /// All of them, and no other.
    pub dimensions: Dimensions,
}

/// A sample, and the second of the scenario at which it was taken.
type Sample = (i64, f64);

/// All samples of a scenario.
#[derive(Clone, Debug, Default)]
pub(super) struct Metrics(BTreeMap<Series, Vec<Sample>>);

impl Metrics {
    /// Adds a sample at a second of the scenario.
    pub(super) fn put(&mut self, namespace: &str, name: &str, dimensions: &[(&str, &str)], at_s: i64, value: f64) {
        let dimensions = dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let series = Series { namespace: namespace.to_owned(), name: name.to_owned(), dimensions };
        self.0.entry(series).or_default().push((at_s, value));
    }

    /// The samples of a series in the seconds from `from_s` to before `until_s`, of those that are published by `known_s`.
    fn samples(&self, series: &Series, from_s: i64, until_s: i64, known_s: i64) -> Vec<f64> {
        let samples = self.0.get(series).map(Vec::as_slice).unwrap_or_default();
        let is_in = |at_s: i64| (from_s..until_s).contains(&at_s) && at_s < known_s;
        samples.iter().filter(|(at_s, _)| is_in(*at_s)).map(|(_, value)| *value).collect()
    }

    /// The data points of a series, oldest first: one for each period, missing where there is no sample.
    pub(super) fn points(&self, series: &Series, statistic: Statistic, range: Range) -> Vec<Option<f64>> {
        let points = range.periods().map(|(from_s, until_s)| self.samples(series, from_s, until_s, range.known_s));
        points.map(|samples| statistic.of(samples)).collect()
    }

    /// The series of this name with these names of dimensions, whatever their values are: a schema of Metrics Insights.
    pub(super) fn of_schema(&self, namespace: &str, name: &str, dimensions: &[String]) -> Vec<&Series> {
        let has_them = |series: &Series| series.dimensions.keys().eq(dimensions.iter());
        let all = self.0.keys().filter(|series| series.namespace == namespace && series.name == name);
        all.filter(|series| has_them(series)).collect()
    }

    /// All series.
    pub(super) fn series(&self) -> impl Iterator<Item = &Series> {
        self.0.keys()
    }

    /// The sum of all samples of a name, whatever their dimensions are.
    pub(super) fn total(&self, name: &str) -> f64 {
        let all = self.0.iter().filter(|(series, _)| series.name == name);
        all.flat_map(|(_, samples)| samples).map(|(_, value)| value).sum()
    }

    /// The same after what was measured so many seconds before.
    pub(super) fn after(mut self, before: &Self, seconds: i64) -> Self {
        for (series, samples) in &before.0 {
            let samples = samples.iter().map(|(at_s, value)| (at_s - seconds, *value));
            self.0.entry(series.clone()).or_default().extend(samples);
        }
        self
    }
}

/// The periods that are asked for. CloudWatch evaluates an alarm every minute, and its last period ends then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    /// When the last period ends.
    pub end_s: i64,
    /// How long each is.
    pub period_s: i64,
    /// How many there are.
    pub count: usize,
    /// Samples of this second and later are not published yet.
    pub known_s: i64,
}

impl Range {
    fn periods(self) -> impl Iterator<Item = (i64, i64)> {
        let end_of = move |back: i64| self.end_s - back * self.period_s;
        (0..i64::try_from(self.count).unwrap_or_default()).rev().map(move |back| (end_of(back + 1), end_of(back)))
    }
}

/// What becomes of the samples of a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Statistic {
    /// Their sum.
    Sum,
    /// Their mean.
    Average,
    /// The smallest.
    Minimum,
    /// The largest.
    Maximum,
    /// Below it are so many hundredths of them.
    Percentile(f64),
}

impl Statistic {
    /// As a template names it.
    pub(super) fn parse(name: &str) -> Result<Self> {
        Ok(match name {
            "Sum" => Self::Sum,
            "Average" => Self::Average,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            _ => match name.strip_prefix('p').map(str::parse::<f64>) {
                Some(Ok(percent)) if (0.0..=100.0).contains(&percent) => Self::Percentile(percent),
                _ => bail!("the statistic {name} is not known here"),
            },
        })
    }

    /// Of no samples there is none.
    pub(super) fn of(self, mut samples: Vec<f64>) -> Option<f64> {
        samples.sort_by(f64::total_cmp);
        let (first, last) = (*samples.first()?, *samples.last()?);
        #[expect(clippy::cast_precision_loss, reason = "a scenario has some hundred samples")]
        let count = samples.len() as f64;
        Some(match self {
            Self::Sum => samples.iter().sum(),
            Self::Average => samples.iter().sum::<f64>() / count,
            Self::Minimum => first,
            Self::Maximum => last,
            // The nearest rank. CloudWatch comes as near as its buckets let it.
            Self::Percentile(percent) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a rank is small and no less than 0"
                )]
                let rank = (percent / 100.0 * count).ceil() as usize;
                samples[rank.clamp(1, samples.len()) - 1]
            }
        })
    }
}

/// When a line was written, in milliseconds of Unix time, and its samples by their series.
type Line = (i64, Vec<(Series, Vec<f64>)>);

/// The samples in a line of the embedded metric format, as CloudWatch Logs takes it out: each metric under each of its sets of
/// dimensions. A line that names no metric is a line of the log.
pub(super) fn read_line(line: &str) -> Result<Option<Line>> {
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(line) else { return Ok(None) };
    let Some(told) = fields.get("_aws") else { return Ok(None) };
    let at_ms = told["Timestamp"].as_i64().context("a line of metrics has no time")?;
    let mut samples = Vec::new();
    for directive in told["CloudWatchMetrics"].as_array().context("a line of metrics has no directives")? {
        let namespace = directive["Namespace"].as_str().context("a metric has no namespace")?;
        for set in directive["Dimensions"].as_array().context("a metric has no sets of dimensions")? {
            let names =
                set.as_array().context("a set of dimensions is no list")?.iter().filter_map(|name| name.as_str());
            let value = |name: &str| {
                fields.get(name).and_then(|value| value.as_str()).map(|value| (name.to_owned(), value.to_owned()))
            };
            let dimensions: Option<Dimensions> = names.map(value).collect();
            let dimensions = dimensions.context("a dimension has no value, or one that is no text")?;
            for metric in directive["Metrics"].as_array().context("a directive has no metrics")? {
                let name = metric["Name"].as_str().context("a metric has no name")?;
                let values = match fields.get(name) {
                    Some(serde_json::Value::Array(values)) => values.iter().map(serde_json::Value::as_f64).collect(),
                    Some(value) => value.as_f64().map(|value| vec![value]),
                    None => None,
                };
                let values = values.with_context(|| format!("{name} has no value, or one that is no number"))?;
                let series =
                    Series { namespace: namespace.to_owned(), name: name.to_owned(), dimensions: dimensions.clone() };
                samples.push((series, values));
            }
        }
    }
    Ok(Some((at_ms, samples)))
}

impl Metrics {
    /// Adds the samples of a series.
    pub(super) fn extend(&mut self, series: Series, at_s: i64, values: &[f64]) {
        self.0.entry(series).or_default().extend(values.iter().map(|value| (at_s, *value)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(dimensions: &[(&str, &str)]) -> Series {
        let dimensions = dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Series { namespace: "AWS/Lambda".into(), name: "Errors".into(), dimensions }
    }

    fn range(end_s: i64, period_s: i64, count: usize) -> Range {
        Range { end_s, period_s, count, known_s: end_s }
    }

    #[test]
    fn a_series_is_found_by_exactly_its_own_dimensions() {
        let mut metrics = Metrics::default();
        metrics.put("AWS/Lambda", "Errors", &[("FunctionName", "bot")], 10, 1.0);
        let errors =
            |dimensions: &[(&str, &str)]| metrics.points(&series(dimensions), Statistic::Sum, range(60, 60, 1));
        assert_eq!(errors(&[("FunctionName", "bot")]), [Some(1.0)]);
        assert_eq!(errors(&[("FunctionName", "sync")]), [None]);
        assert_eq!(errors(&[]), [None], "nothing is added up over a dimension");
        assert_eq!(errors(&[("FunctionName", "bot"), ("Resource", "bot:live")]), [None]);
    }

    #[test]
    fn a_period_without_samples_is_missing_and_periods_end_with_the_evaluation() {
        let mut metrics = Metrics::default();
        for (at_s, value) in [(0, 1.0), (59, 2.0), (60, 4.0), (180, 8.0)] {
            metrics.put("AWS/Lambda", "Errors", &[], at_s, value);
        }
        let sums = |range| metrics.points(&series(&[]), Statistic::Sum, range);
        assert_eq!(sums(range(240, 60, 4)), [Some(3.0), Some(4.0), None, Some(8.0)]);
        // A minute later the same periods of two minutes hold other samples.
        assert_eq!(sums(range(240, 120, 2)), [Some(7.0), Some(8.0)]);
        assert_eq!(sums(range(180, 120, 2)), [Some(3.0), Some(4.0)]);
        assert_eq!(
            sums(Range { known_s: 180, ..range(240, 60, 4) }),
            [Some(3.0), Some(4.0), None, None],
            "not published yet"
        );
    }

    #[test]
    fn what_was_measured_before_stands_before_the_beginning() {
        let mut metrics = Metrics::default();
        metrics.put("AWS/Lambda", "Errors", &[], 30, 1.0);
        assert_eq!(metrics.total("Errors"), 1.0);
        let both = metrics.clone().after(&metrics, 60);
        assert_eq!(both.points(&series(&[]), Statistic::Sum, range(60, 60, 2)), [Some(1.0), Some(1.0)]);
    }

    #[test]
    fn statistics_are_those_of_the_samples_of_a_period() {
        let of = |name: &str| Statistic::parse(name).unwrap().of((1..=20).rev().map(f64::from).collect());
        let names = ["Sum", "Average", "Minimum", "Maximum", "p95", "p99", "p50"];
        assert_eq!(names.map(of), [210.0, 10.5, 1.0, 20.0, 19.0, 20.0, 10.0].map(Some));
        assert_eq!(Statistic::Sum.of(Vec::new()), None);
        for unknown in ["IQM", "tm90", "p", "p101", "SampleCount"] {
            assert!(Statistic::parse(unknown).is_err(), "{unknown}");
        }
    }

    #[test]
    fn a_line_of_metrics_is_read_under_each_of_its_sets_of_dimensions() {
        let line = r#"{"_aws":{"Timestamp":5,"CloudWatchMetrics":[{"Namespace":"AWS/Lambda","Dimensions":[["f","v"],["f"]],
            "Metrics":[{"Name":"Errors","Unit":"Count"}]}]},"f":"bot","v":"7","Errors":[1.0,2.0]}"#;
        let (at_ms, samples) = read_line(line).unwrap().unwrap();
        let expected = [series(&[("f", "bot"), ("v", "7")]), series(&[("f", "bot")])];
        assert_eq!((at_ms, samples), (5, expected.map(|series| (series, vec![1.0, 2.0])).into()));
        assert_eq!(read_line(r#"{"level":"INFO"}"#).unwrap(), None);
        assert_eq!(read_line("Hello").unwrap(), None);
        assert!(read_line(&line.replace(r#""v":"7""#, r#""v":7"#)).is_err(), "CloudWatch drops such a line");
        assert!(read_line(&line.replace("[1.0,2.0]", r#""1""#)).is_err());
    }
}
