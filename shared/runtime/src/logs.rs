//! Log lines: JSON in the cloud, for people on a laptop.

use std::io::{IsTerminal, stdout};

use tracing::{Level, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, Targets, filter_fn},
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    registry,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

use crate::{config::variable, metrics};

/// Our own crates. The level is chosen for them: a library that is asked for its details shows whole
/// requests, and requests carry tokens.
const OURS: [&str; 14] = [
    "app", "bot", "domain", "fanout", "messages", "migrate", "queue", "runtime", "store", "sync", "telegram", "vault",
    "wb", "webhook",
];

/// Who reads the lines.
#[derive(Debug, PartialEq, Eq)]
enum Format {
    Json,
    Text,
}

pub(crate) fn start(function: &'static str) {
    let format = format(variable("AWS_LAMBDA_LOG_FORMAT").as_deref(), variable("AWS_LAMBDA_RUNTIME_API").as_deref());
    // Where people read the lines, nobody reads metrics out of them; they are counted all the same.
    let counted = metrics::start(function, format == Format::Json).layer();
    let filter = filter(variable("AWS_LAMBDA_LOG_LEVEL").as_deref());
    let (told, warned, text) = match format {
        Format::Json => (Some(told(stdout, filter.clone())), Some(warned(stdout, filter)), None),
        Format::Text => (None, None, Some(fmt::layer().with_ansi(stdout().is_terminal()).with_filter(filter))),
    };
    registry().with(counted).with(told).with(warned).with(text).init();
}

/// What goes as it should, in short lines: it names its subject, and a deployment stores millions of them.
fn told<S, W>(writer: W, filter: Targets) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    lines(writer, false).with_filter(filter.and(filter_fn(|line| *line.level() > Level::WARN)))
}

/// What does not, with the message and the request in which it did not.
fn warned<S, W>(writer: W, filter: Targets) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    // A span that is asked for nothing else is asked for here.
    lines(writer, true).with_filter(filter.and(filter_fn(|line| line.is_span() || *line.level() <= Level::WARN)))
}

/// Lines of JSON, with the spans around them or without.
fn lines<S, W>(writer: W, has_spans: bool) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(has_spans).with_writer(writer)
}

/// What the function's configuration says; without a word of it, JSON, except under
/// `cargo lambda watch`, which is known by its address of the runtime API.
fn format(chosen: Option<&str>, runtime_api: Option<&str>) -> Format {
    match (chosen, runtime_api) {
        (Some(format), _) if format.eq_ignore_ascii_case("json") => Format::Json,
        (Some(_), _) => Format::Text,
        (None, Some(address)) if address.contains("/.rt/") => Format::Text,
        (None, _) => Format::Json,
    }
}

fn filter(level: Option<&str>) -> Targets {
    let level = level.and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    let others = level.min(LevelFilter::INFO);
    Targets::new()
        .with_default(others)
        .with_targets(OURS.map(|name| (name, level)))
        // Metrics have lines of their own shape.
        .with_target(metrics::TARGET, LevelFilter::OFF)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use testkit::log::Lines;

    use super::*;

    #[test]
    fn a_line_says_in_which_message_it_was_only_where_something_went_wrong() {
        let written = Lines::default();
        let lines = registry().with(told(written.writer(), filter(None))).with(warned(written.writer(), filter(None)));
        // With one subscriber `tracing` asks the thread that comes first whether a line is wanted.
        let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
        tracing::subscriber::with_default(lines, || {
            let _message = tracing::info_span!("message", message_id = "m0").entered();
            tracing::info!(cabinet = 7, "sync finished");
            tracing::error!(cabinet = 7, "fetch failed");
            tracing::debug!("nobody wants it");
        });
        let written = written.text();
        let lines: Vec<Value> = written.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let [synced, not_read] = lines.as_slice() else { panic!("{written}") };
        assert_eq!(
            (&synced["message"], &synced["cabinet"], synced.get("spans")),
            (&"sync finished".into(), &7.into(), None)
        );
        assert_eq!((&not_read["message"], &not_read["spans"][0]["message_id"]), (&"fetch failed".into(), &"m0".into()));
    }

    #[test]
    fn lines_are_json_unless_a_person_reads_them() {
        assert_eq!(format(None, Some("127.0.0.1:9001")), Format::Json);
        assert_eq!(format(None, None), Format::Json);
        assert_eq!(format(None, Some("http://127.0.0.1:9000/.rt/sync")), Format::Text);
        assert_eq!(format(Some("JSON"), Some("http://127.0.0.1:9000/.rt/sync")), Format::Json);
        assert_eq!(format(Some("Text"), Some("127.0.0.1:9001")), Format::Text);
    }

    #[test]
    fn details_are_shown_of_our_own_crates_only() {
        let filter = filter(Some("TRACE"));
        assert!(filter.would_enable("store::cabinets", &Level::TRACE));
        assert!(filter.would_enable("aws_smithy_runtime::client", &Level::INFO));
        assert!(!filter.would_enable("aws_smithy_runtime::client", &Level::DEBUG));
    }

    #[test]
    fn a_metric_is_no_line_of_the_log_and_a_statement_is_none_either() {
        for level in [None, Some("TRACE")] {
            assert!(!filter(level).would_enable("metrics", &Level::ERROR));
            assert!(!filter(level).would_enable("sqlx::query", &Level::DEBUG));
        }
    }

    #[test]
    fn the_level_is_info_unless_said_otherwise() {
        for level in [None, Some("loud")] {
            assert!(filter(level).would_enable("app", &Level::INFO));
            assert!(!filter(level).would_enable("app", &Level::DEBUG));
        }
        assert!(!filter(Some("ERROR")).would_enable("lambda_runtime", &Level::WARN));
    }
}
