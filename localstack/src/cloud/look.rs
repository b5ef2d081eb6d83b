//! Looks after the running parts: what has ended is started again, if that is worth trying.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use nix::sys::signal::Signal;

use super::{
    parts::{self, Cloud},
    watch,
};
use crate::base::process::{self, Part};

/// How often the parts are looked at.
const LOOK: Duration = Duration::from_secs(2);
/// A part that dies more often than so many times in [`RESTART_WINDOW`] is left alone: something else is wrong.
const RESTARTS_MAX: usize = 3;
/// The time in which its deaths are counted.
const RESTART_WINDOW: Duration = Duration::from_secs(600);
/// A function may be without a process for so many looks: watch replaces it when a file has changed.
const LOOKS_WITHOUT_PROCESS: usize = 4;

impl Cloud {
    /// Looks at every part until somebody wants the end.
    pub(super) async fn look_after(&mut self, end: &mut (impl Future<Output = ()> + Unpin)) -> Result<()> {
        loop {
            tokio::select! {
                () = &mut *end => return Ok(()),
                () = tokio::time::sleep(LOOK) => {}
            }
            tokio::select! {
                () = &mut *end => return Ok(()),
                looked = self.look() => if let Err(error) = looked {
                    self.progress.say(format_args!("{error:#}\nEnd everything with Ctrl-C and start anew"));
                },
            }
        }
    }

    async fn look(&mut self) -> Result<()> {
        if let Some(part) = take_dead(&mut self.postgres)
            && self.may_restart(&part)
        {
            self.start_postgres().await?;
        }
        if let Some(part) = take_dead(&mut self.localstack)
            && self.may_restart(&part)
        {
            self.start_localstack().await?;
            // LocalStack remembers nothing: new queues, new addresses, so the functions start anew too.
            parts::stop(self.watch.take()).await;
            self.deploy_and_watch().await?;
            self.warm().await?;
            self.progress.say("messages that waited in queues are lost; the next tick makes up for them");
        }
        if let Some(part) = take_dead(&mut self.watch) {
            // Its functions have groups of their own and outlive it.
            let functions = process::marked(&self.config.dir).into_iter();
            for function in functions.filter(|member| self.state.functions.contains(&member.program)) {
                process::stop_leftover(&function.process, Signal::SIGTERM).await;
            }
            if self.may_restart(&part) {
                let environment = self.config.dir.join("functions.env");
                self.watch =
                    Some(watch::start(&self.config, self.venv()?, self.config.ports.watch, &environment).await?);
                self.write_state()?;
                self.warm().await?;
            }
        }
        if let Some(poller) = self.poller.take_if(|poller| poller.is_finished()) {
            poller.await.context("the poller ended. Restart `cargo local up`")?;
        }
        self.fakes.save(&self.config)?;
        self.look_at_functions()
    }

    /// A function whose process has ended would hang until a file of the workspace changes.
    fn look_at_functions(&mut self) -> Result<()> {
        let Some(living) = watch::living(&self.config, &self.state.functions).filter(|_| self.watch.is_some()) else {
            return Ok(());
        };
        for (function, count) in living {
            let looks = self.missing.entry(function.clone()).or_default();
            if count >= self.expected.get(&function).copied().unwrap_or_default() {
                *looks = 0;
                continue;
            }
            *looks += 1;
            if *looks < LOOKS_WITHOUT_PROCESS || watch::is_compiling(&self.config) {
                continue;
            }
            self.missing.clear();
            let lines = process::last_lines(&self.config.log_file(&function));
            self.progress.say(format_args!("a process of {function} has ended. Its last words:\n{lines}"));
            if self.is_rare("functions") {
                self.progress.say("reviving the functions");
                watch::revive(&self.config)?;
            } else {
                self.expected.insert(function.clone(), count);
                self.progress
                    .say(format_args!("{function} ends again and again: mend it, saving its source revives it"));
            }
            return Ok(());
        }
        Ok(())
    }

    /// Reports a death and says whether a new life is worth trying.
    fn may_restart(&mut self, part: &Part) -> bool {
        let name = part.name;
        self.progress.say(format_args!("{name} has ended. Its last words:\n{}", part.last_lines()));
        if self.is_rare(name) {
            self.progress.say(format_args!("starting {name} again"));
            return true;
        }
        self.progress.say(format_args!(
            "{name} ends again and again and is left alone. Look into {}, then stop with Ctrl-C and start anew; \
             `cargo local reset` begins with new data",
            self.config.log_file(name).display()
        ));
        false
    }

    fn is_rare(&mut self, name: &'static str) -> bool {
        let deaths = self.deaths.entry(name).or_default();
        deaths.retain(|death| death.elapsed() < RESTART_WINDOW);
        deaths.push_back(Instant::now());
        deaths.len() <= RESTARTS_MAX
    }
}

fn take_dead(part: &mut Option<Part>) -> Option<Part> {
    part.take_if(|part| part.ended().is_some())
}
