//! Dependencies run one way: `functions → runtime → app → adapters → domain`.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Which of our crates a crate may know in what it ships.
const ALLOWED: [(&str, &[&str]); 20] = [
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
    ("localstack", &["domain", "testkit", "vault"]),
];

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
