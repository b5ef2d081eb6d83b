//! Dependencies run one way: `functions → runtime → app → adapters → domain`; and each crate knows as few others as its work
//! needs.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Which of our crates a crate may know in what it ships.
const ALLOWED: [(&str, &[&str]); 21] = [
    ("domain", &[]),
    ("messages", &["domain"]),
    ("wb", &["domain"]),
    ("telegram", &["domain"]),
    ("store", &["domain"]),
    ("queue", &["domain"]),
    ("vault", &["domain"]),
    ("app", &["domain", "messages", "wb", "telegram", "store", "queue", "vault"]),
    ("runtime", &["domain", "messages", "wb", "telegram", "store", "queue", "vault", "app"]),
    ("fanout", &["runtime", "app"]),
    ("sync", &["runtime", "app"]),
    ("webhook", &["runtime", "app"]),
    ("bot", &["runtime", "app"]),
    ("preflight", &["runtime", "app"]),
    ("roles", &["runtime", "app"]),
    ("migrate", &["runtime", "app"]),
    ("pretraffic", &["runtime", "app"]),
    ("ops", &["runtime", "app"]),
    // The fakes judge the product, so they must not share its opinions.
    ("testkit", &[]),
    // The world of the tests. Nobody in this table knows it: only tests do.
    ("world", &["app", "domain", "queue", "store", "telegram", "testkit", "vault", "wb"]),
    ("localstack", &["domain", "testkit", "vault"]),
];

/// Which crates of others a crate may know in what it ships. So Lambda is known in one place, PostgreSQL in one, and the
/// rules of the product know nobody who reads, writes or waits.
const OUTSIDE: [(&str, &[&str]); 12] = [
    ("domain", &["chrono", "chrono-tz", "rust_decimal", "serde", "serde_json", "strum", "thiserror", "url", "uuid"]),
    ("messages", &["chrono", "fluent-bundle", "rust_decimal", "strum", "unic-langid", "url"]),
    (
        "wb",
        &[
            "base64",
            "bytes",
            "chrono",
            "futures",
            "reqwest",
            "rust_decimal",
            "secrecy",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "tokio-util",
            "tracing",
            "url",
            "uuid",
        ],
    ),
    ("telegram", &["reqwest", "secrecy", "serde", "serde_json", "teloxide-core", "thiserror", "tracing", "url"]),
    (
        "store",
        &[
            "anyhow",
            "chrono",
            "hex",
            "postgres-protocol",
            "rust_decimal",
            "secrecy",
            "serde",
            "serde_json",
            "sqlx",
            "tokio",
            "tracing",
            "uuid",
        ],
    ),
    (
        "queue",
        &["async-trait", "aws-sdk-eventbridge", "aws-sdk-sqs", "chrono", "futures", "serde", "serde_json", "thiserror"],
    ),
    ("vault", &["aws-lc-rs", "aws-sdk-kms", "base64", "secrecy", "thiserror", "uuid"]),
    (
        "app",
        &[
            "anyhow",
            "aws-lc-rs",
            "chrono",
            "comfy-table",
            "futures",
            "secrecy",
            "serde",
            "serde_json",
            "teloxide-core",
            "thiserror",
            "tokio",
            "tracing",
            "url",
            "uuid",
        ],
    ),
    (
        "runtime",
        &[
            "anyhow",
            "aws-config",
            "aws-lc-rs",
            "aws-sdk-cloudformation",
            "aws-sdk-codedeploy",
            "aws-sdk-eventbridge",
            "aws-sdk-kms",
            "aws-sdk-lambda",
            "aws-sdk-secretsmanager",
            "aws-sdk-sqs",
            "aws_lambda_events",
            "chrono",
            "futures",
            "hex",
            "lambda_http",
            "lambda_runtime",
            "reqwest",
            "rustls",
            "secrecy",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "tracing",
            "tracing-subscriber",
            "url",
        ],
    ),
    (
        "testkit",
        &[
            "anyhow",
            "aws-config",
            "aws-credential-types",
            "axum",
            "base64",
            "bytes",
            "chrono",
            "futures",
            "proptest",
            "reqwest",
            "rustls",
            "serde",
            "serde_json",
            "sqlx",
            "strum",
            "tokio",
            "tracing",
            "url",
            "uuid",
        ],
    ),
    ("world", &["anyhow", "axum", "chrono", "rustls", "serde_json", "sqlx", "tokio", "url", "uuid"]),
    (
        "localstack",
        &[
            "anyhow",
            "aws-config",
            "aws-sdk-cloudformation",
            "aws-sdk-lambda",
            "aws-sdk-s3",
            "aws-sdk-secretsmanager",
            "aws-sdk-sqs",
            "axum",
            "chrono",
            "clap",
            "comfy-table",
            "hex",
            "nix",
            "reqwest",
            "rustls",
            "secrecy",
            "serde",
            "serde_json",
            "serde_norway",
            "sqlx",
            "tokio",
            "tracing",
            "tracing-subscriber",
            "url",
            "uuid",
        ],
    ),
];
/// What an entry point may know.
const OUTSIDE_OF_FUNCTIONS: [&str; 3] = ["anyhow", "serde_json", "tokio"];

#[test]
fn dependencies_run_one_way() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    assert_eq!(ours, allowed.keys().copied().collect(), "a new crate needs its place in this table");

    for package in &metadata.packages {
        let shipped = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        for dependency in shipped.filter(|dependency| ours.contains(dependency.name.as_str())) {
            assert!(
                allowed[package.name.as_str()].contains(&dependency.name.as_str()),
                "{} must not know {}",
                package.name,
                dependency.name
            );
        }
    }
}

#[test]
fn the_fakes_know_nothing_of_the_product_even_in_their_tests() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let testkit = metadata.packages.iter().find(|package| package.name == "testkit").unwrap();
    let known: Vec<&str> =
        testkit.dependencies.iter().map(|one| one.name.as_str()).filter(|name| ours.contains(name)).collect();
    assert_eq!(known, Vec::<&str>::new());
}

#[test]
fn nobody_ships_what_is_there_for_the_tests() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let who_ships = |name: &str| -> BTreeSet<String> {
        let ships = |kind| kind != DependencyKind::Development;
        let knows = |package: &&cargo_metadata::Package| {
            package.dependencies.iter().any(|one| one.name == name && ships(one.kind))
        };
        metadata.packages.iter().filter(knows).map(|package| package.name.to_string()).collect()
    };
    assert_eq!(who_ships("world"), BTreeSet::new());
    // The world is of the tests itself, and the local cloud is made of the fakes.
    assert_eq!(who_ships("testkit"), BTreeSet::from(["localstack", "world"].map(str::to_owned)));
}

#[test]
fn each_crate_knows_only_the_crates_of_others_that_its_work_needs() {
    let metadata = MetadataCommand::new().no_deps().exec().unwrap();
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let allowed: BTreeMap<&str, &[&str]> = OUTSIDE.into_iter().collect();
    for package in &metadata.packages {
        let shipped = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        let known: BTreeSet<&str> =
            shipped.map(|dependency| dependency.name.as_str()).filter(|name| !ours.contains(name)).collect();
        match allowed.get(package.name.as_str()) {
            // What is allowed and not used would allow it to the next one who asks.
            Some(allowed) => assert_eq!(known, allowed.iter().copied().collect(), "{}", package.name),
            None => {
                let more: Vec<_> = known.iter().filter(|name| !OUTSIDE_OF_FUNCTIONS.contains(name)).collect();
                assert!(more.is_empty(), "{} is an entry point and only wires; it knows {more:?}", package.name);
            }
        }
    }
}
