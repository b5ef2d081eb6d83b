//! `bench`: the measures, each with what it counts and with the tests that take it.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::runs;
use crate::base::config::Config;

/// The counts of the one shop, which is played once for all of them.
const ONE_SHOP: &str = "one_shop::the_one_shop_is_told_once_and_takes_few_statements";
/// Time and memory of a first sync and of a hundred changes.
const APART: &str = "one_shop::a_first_sync_and_a_hundred_changes_are_measured_in_a_process_of_their_own";
/// The time that Lambda bills, from which follows what a month costs.
const BILLED: &str = "billed::a_batch_of_ten_is_billed_for_a_fraction_of_ten_batches_of_one";

/// What can be measured.
struct Measure {
    name: &'static str,
    what: &'static str,
    /// Tests of `shared/app/tests/measures`.
    tests: &'static [&'static str],
}

const fn measure(name: &'static str, what: &'static str, tests: &'static [&'static str]) -> Measure {
    Measure { name, what, tests }
}

/// All of them, in the order of docs/reliability.md.
const MEASURES: [Measure; 10] = [
    measure("events", "what is told of a hundred changes: nothing lost, nothing twice", &[ONE_SHOP]),
    measure(
        "first_sync",
        "statements, seconds and memory of a first sync",
        &[ONE_SHOP, APART, "one_shop::ten_first_syncs_in_one_invocation_are_measured_in_a_process_of_their_own"],
    ),
    measure("changes", "statements, seconds and memory of a hundred changes", &[ONE_SHOP, APART]),
    measure("unchanged", "statements and bytes of a sync to which nothing is new", &[ONE_SHOP]),
    measure(
        "page80k",
        "memory of the longest answer of Wildberries",
        &["one_shop::a_page_of_eighty_thousand_orders_is_measured_in_a_process_of_its_own"],
    ),
    measure(
        "fanout",
        "statements and calls of a tick over 2,500 cabinets",
        &["fanout::a_tick_claims_by_the_thousand_and_enqueues_by_the_ten"],
    ),
    measure(
        "pace",
        "messages that Telegram refuses or that come too early",
        &["pace::sixty_chats_are_told_five_things_each_within_telegrams_limits"],
    ),
    measure(
        "wb_pace",
        "requests that Wildberries does not allow yet",
        &["wb_pace::no_type_of_token_is_used_more_often_than_wb_allows"],
    ),
    measure("billed", "milliseconds that Lambda bills for a cabinet", &[BILLED]),
    measure("cost", "dollars in a month", &[BILLED]),
];

/// The table, for the help.
pub(crate) fn table() -> String {
    let width = MEASURES.iter().map(|one| one.name.len()).max().unwrap_or_default();
    let lines = MEASURES.iter().map(|one| format!("  {:width$}  {}", one.name, one.what));
    format!("Measures:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// Measures what is asked for: everything, a measure, or one of its figures (`first_sync.sql`).
pub(crate) async fn bench(config: &Config, name: Option<&str>, json: bool) -> Result<()> {
    let mut variables = vec![("BENCH_JSON", if json { "1" } else { "" }.to_owned())];
    variables.extend(name.map(|name| ("BENCH_NAME", name.to_owned())));
    let tests: Vec<&str> = tests_of(name)?.into_iter().collect();
    runs::run_of_app(config, "measures", "measured", &tests, &variables, "a figure misses its target").await
}

/// The tests that take what is asked for.
fn tests_of(name: Option<&str>) -> Result<BTreeSet<&'static str>> {
    let Some(name) = name else { return Ok(MEASURES.iter().flat_map(|one| one.tests).copied().collect()) };
    let measure = name.split('.').next().unwrap_or_default();
    let found = MEASURES.iter().find(|one| one.name == measure);
    let found = found.with_context(|| format!("there is no measure {measure}. {}", table()))?;
    Ok(found.tests.iter().copied().collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn only_what_is_asked_for_is_run() {
        assert_eq!(tests_of(Some("cost")).unwrap(), BTreeSet::from([BILLED]));
        assert_eq!(tests_of(Some("changes.sql")).unwrap(), BTreeSet::from([ONE_SHOP, APART]));
        assert_eq!(tests_of(None).unwrap().len(), 8);
        let refusal = tests_of(Some("costs")).unwrap_err().to_string();
        assert!(refusal.starts_with("there is no measure costs. Measures:\n  events"), "{refusal}");
    }

    #[test]
    fn each_measure_is_taken_by_a_test_that_exists_and_that_knows_its_name() {
        for Measure { name, tests, .. } in MEASURES {
            let mut sources = String::new();
            for test in tests {
                let (file, function) = test.split_once("::").unwrap();
                let source = fs::read_to_string(format!("../shared/app/tests/measures/{file}.rs")).unwrap();
                assert!(source.contains(&format!("async fn {function}()")), "{test}");
                sources.push_str(&source);
            }
            assert!(sources.contains(&format!("\"{name}\"")) || sources.contains(&format!("\"{name}.")), "{name}");
        }
    }
}
