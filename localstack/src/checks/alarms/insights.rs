//! The one form of CloudWatch Metrics Insights that template.yaml uses: `SELECT SUM(name) FROM SCHEMA("namespace", dimension)`.

use anyhow::{Context, Result, ensure};

use super::{
    expression::Points,
    metrics::{Metrics, Range, Statistic},
};

/// A query, which unites all series of a schema: those that have these dimensions, and no other, whatever their values are.
#[derive(Clone, Debug)]
pub(super) struct Query {
    statistic: Statistic,
    name: String,
    namespace: String,
    /// In alphabetical order.
    dimensions: Vec<String>,
}

impl Query {
    /// Reads what stands behind `SELECT`.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let unknown = || format!("the query {text:?} is not known here");
        let (function, rest) = text.split_once('(').with_context(unknown)?;
        let (name, rest) = rest.split_once(") FROM SCHEMA(\"").with_context(unknown)?;
        let (namespace, rest) = rest.split_once('"').with_context(unknown)?;
        let dimensions = rest.strip_suffix(')').with_context(unknown)?;
        let mut dimensions: Vec<String> = dimensions.split(',').skip(1).map(|name| name.trim().to_owned()).collect();
        dimensions.sort();
        let is_name = |name: &String| !name.is_empty() && name.chars().all(char::is_alphanumeric);
        ensure!(dimensions.iter().all(is_name) && is_name(&name.to_owned()), unknown());
        let statistic = match function {
            "SUM" => Statistic::Sum,
            "MAX" => Statistic::Maximum,
            "MIN" => Statistic::Minimum,
            _ => anyhow::bail!(unknown()),
        };
        Ok(Self { statistic, name: name.to_owned(), namespace: namespace.to_owned(), dimensions })
    }

    /// Its data points: for each period of all series together.
    pub(super) fn points(&self, metrics: &Metrics, range: Range) -> Points {
        let series = metrics.of_schema(&self.namespace, &self.name, &self.dimensions);
        let points: Vec<Points> = series.into_iter().map(|one| metrics.points(one, self.statistic, range)).collect();
        let place = |place: usize| self.statistic.of(points.iter().filter_map(|points| points[place]).collect());
        (0..range.count).map(place).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_unites_the_series_with_its_dimensions_and_no_others() {
        let mut metrics = Metrics::default();
        metrics.put("Ours", "Notices", &[("kind", "news")], 0, 1.0);
        metrics.put("Ours", "Notices", &[("kind", "gone")], 30, 2.0);
        metrics.put("Ours", "Notices", &[("kind", "gone"), ("method", "orders")], 30, 4.0);
        metrics.put("Theirs", "Notices", &[("kind", "gone")], 30, 8.0);
        let range = Range { end_s: 120, period_s: 60, count: 2, known_s: 120 };
        let points = |text: &str| Query::parse(text).unwrap().points(&metrics, range);
        assert_eq!(points(r#"SUM(Notices) FROM SCHEMA("Ours", kind)"#), [Some(3.0), None]);
        assert_eq!(points(r#"MAX(Notices) FROM SCHEMA("Ours", kind)"#), [Some(2.0), None]);
        assert_eq!(points(r#"SUM(Notices) FROM SCHEMA("Ours", method, kind)"#), [Some(4.0), None]);
        assert_eq!(points(r#"SUM(Notices) FROM SCHEMA("Ours")"#), [None, None]);
    }

    #[test]
    fn another_query_is_refused() {
        for text in [
            r#"AVG(Notices) FROM SCHEMA("Ours", kind)"#,
            r#"SUM(Notices) FROM "Ours""#,
            r#"SUM(Notices) FROM SCHEMA("Ours", kind) WHERE kind = 'news'"#,
            r#"SUM(Notices) FROM SCHEMA("Ours", kind) GROUP BY (kind)"#,
            "SUM(Notices)",
        ] {
            assert!(Query::parse(text).is_err(), "{text}");
        }
    }
}
