//! `logs`: what the functions and the parts say.

use std::{
    fs::File,
    io::{BufRead, BufReader, ErrorKind, Write, stdout},
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::base::{config::Config, template::Template};

/// How often a followed log is looked at.
const FOLLOW: Duration = Duration::from_millis(300);

/// Prints the log of a function or a part, or those of all functions.
pub(crate) async fn logs(config: &Config, of: Option<&str>, follow: bool) -> Result<()> {
    let names = match of {
        Some(name) => vec![name.to_owned()],
        None => Template::read(&config.workspace.join("template.yaml"))?.functions,
    };
    let mut logs = Vec::new();
    for name in names {
        match File::open(config.log_file(&name)) {
            Ok(file) => logs.push((name, BufReader::new(file), Vec::new())),
            Err(error) if error.kind() == ErrorKind::NotFound && of.is_none() => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("no log of {name}. There may be those of functions, postgres, localstack, watch, build, install")
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read the log of {name}")),
        }
    }
    loop {
        for (name, reader, line) in &mut logs {
            // A line may still be half written: it is printed when its end has come.
            while reader.read_until(b'\n', line)? > 0 && line.ends_with(b"\n") {
                let text = String::from_utf8_lossy(line);
                let from = if of.is_none() { format!("{name:<8}") } else { String::new() };
                if write!(stdout(), "{from}{text}").is_err() {
                    // Whoever read along has gone.
                    return Ok(());
                }
                line.clear();
            }
        }
        if !follow {
            return Ok(());
        }
        tokio::time::sleep(FOLLOW).await;
    }
}
