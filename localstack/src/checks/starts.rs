//! Whether the built functions start as Lambda would start them: with the environment of the template, against a stub of the
//! Runtime API, on a system with glibc 2.34.

use std::{collections::BTreeMap, fs, path::Path, process::Stdio, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use axum::Router;
use serde_json::{Value, json};

use crate::checks::{
    resolve,
    runtime_api::{RuntimeApi, Said, Services},
};

/// The glibc of Amazon Linux 2023.
const GLIBC: (u32, u32) = (2, 34);
/// A built function asks for its first event in milliseconds; a machine that builds beside it may be much slower.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// What a start without this variable must complain of.
fn needed(function: &str) -> &'static str {
    match function {
        "roles" => "DATABASE_MASTER",
        "pretraffic" => "WEBHOOK_SECRET_ARN",
        _ => "BOT_SECRET",
    }
}

/// Whether a function asks for an event, or what it said when it ended instead.
async fn starts(
    api: &RuntimeApi,
    binary: &Path,
    function: &str,
    environment: &BTreeMap<String, String>,
) -> Result<Result<(), String>> {
    let mut said = api.listen(function);
    let mut command = api.command(binary, function, "1", environment);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {}", binary.display()))?;
    let is_started = tokio::select! {
        said = said.recv() => { ensure!(matches!(said, Some(Said::Next(_))), "{function} answers before it asks"); true }
        ended = child.wait() => { ended?; false }
        () = tokio::time::sleep(START_TIMEOUT) => bail!("{function} asks for no event within {} s", START_TIMEOUT.as_secs()),
    };
    if is_started {
        child.kill().await?;
        return Ok(Ok(()));
    }
    let output = child.wait_with_output().await?;
    Ok(Err([output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat()))
}

/// Secrets Manager, which has one secret for all.
fn services() -> Services {
    let secrets = json!({ "bot_token": "1:stub", "database_password": "stub", "password": "stub" });
    let secret =
        json!({ "ARN": "arn:aws:secretsmanager:eu-central-1:1:secret:s", "SecretString": secrets.to_string() });
    Arc::new(move |target, _| (target == "secretsmanager.GetSecretValue").then(|| secret.clone()))
}

/// Starts every function of the transform; returns how many there are and the newest glibc that one of them needs.
pub(super) async fn check(transformed: &Value, binaries: &Path) -> Result<(usize, Option<(u32, u32)>)> {
    let functions = environments(transformed)?;
    let api = RuntimeApi::start(services(), Router::new()).await?;
    let mut newest = None;
    for (function, environment) in &functions {
        let binary = binaries.join(function);
        if let Err(said) = starts(&api, &binary, function, environment).await? {
            bail!("{function} does not start with the environment of template.yaml:\n{said}");
        }
        let needed = needed(function);
        let mut poorer = environment.clone();
        ensure!(poorer.remove(needed).is_some(), "template.yaml gives {function} no {needed}");
        match starts(&api, &binary, function, &poorer).await? {
            Err(said) if said.contains(needed) => {}
            Err(said) => bail!("{function} without {needed} complains of something else:\n{said}"),
            Ok(()) => bail!("{function} starts without {needed}: this check would find nothing"),
        }
        let needs = glibc(&fs::read(&binary)?).with_context(|| format!("cannot read {}", binary.display()))?;
        newest = newest.max(needs);
        ensure!(needs <= Some(GLIBC), "{function} needs glibc {needs:?}, and Amazon Linux 2023 has {GLIBC:?}");
    }
    Ok((functions.len(), newest))
}

/// The functions of the transform by their binaries, each with the variables that it would be given.
pub(super) fn environments(transformed: &Value) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
    let resources = transformed["Resources"].as_object().context("the transform has no resources")?;
    let mut functions = BTreeMap::new();
    for (id, resource) in resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::Lambda::Function") {
        let binary = resource["Metadata"]["BuildProperties"]["Binary"].as_str();
        let binary = binary.with_context(|| format!("{id} names no Binary"))?.to_owned();
        let variables = resource["Properties"]["Environment"]["Variables"].as_object();
        let variables = variables.with_context(|| format!("{id} has no environment"))?;
        let resolve = |(name, value): (&String, &Value)| {
            Ok((name.clone(), resolve::text(transformed, value).with_context(|| format!("{name} of {id}"))?))
        };
        functions.insert(binary, variables.iter().map(resolve).collect::<Result<_>>()?);
    }
    Ok(functions)
}

/// The newest version of glibc that a program asks for; none where it is no 64-bit ELF file, as on a Mac.
fn glibc(program: &[u8]) -> Result<Option<(u32, u32)>> {
    const VERSIONS_NEEDED: u64 = 0x6fff_fffe;
    if !program.starts_with(b"\x7fELF\x02\x01") {
        return Ok(None);
    }
    let number = |at: u64, bytes: usize| -> Result<u64> {
        let at = usize::try_from(at)?;
        let field = program.get(at..at + bytes).context("the file ends too early")?;
        Ok(field.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    };
    let (sections, size, count) = (number(0x28, 8)?, number(0x3a, 2)?, number(0x3c, 2)?);
    let mut newest = None;
    for section in (0..count).map(|at| sections + at * size) {
        if number(section + 0x04, 4)? != VERSIONS_NEEDED {
            continue;
        }
        let names = number(sections + number(section + 0x28, 4)? * size + 0x18, 8)?;
        let mut file = number(section + 0x18, 8)?;
        for _ in 0..number(section + 0x2c, 4)? {
            let mut version = file + number(file + 8, 4)?;
            for _ in 0..number(file + 2, 2)? {
                let name = usize::try_from(names + number(version + 8, 4)?)?;
                let text: Vec<u8> =
                    program.get(name..).unwrap_or_default().iter().copied().take_while(|byte| *byte != 0).collect();
                newest = newest.max(parse_glibc(&String::from_utf8_lossy(&text)));
                version += number(version + 12, 4)?;
            }
            file += number(file + 12, 4)?;
        }
    }
    Ok(newest)
}

fn parse_glibc(name: &str) -> Option<(u32, u32)> {
    let mut numbers = name.strip_prefix("GLIBC_")?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_says_which_glibc_it_needs() {
        let own = fs::read(std::env::current_exe().unwrap()).unwrap();
        if own.starts_with(b"\x7fELF") {
            assert!(glibc(&own).unwrap() >= Some((2, 2)));
        }
        assert_eq!(glibc(b"#!/bin/sh").unwrap(), None);
        assert!(glibc(b"\x7fELF\x02\x01 cut off").is_err());
        assert_eq!(parse_glibc("GLIBC_2.34"), Some((2, 34)));
        assert_eq!(parse_glibc("GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(parse_glibc("GLIBC_PRIVATE"), None);
    }
}
