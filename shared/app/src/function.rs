//! What each Lambda function is given. The entry points, the tests and the histories take these numbers from here, and a
//! test compares them with `template.yaml`.

use std::time::Duration;

/// What a function is given by its entry point and by `template.yaml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name: of its folder, its module, its binary.
    pub name: &'static str,
    /// How many connections to PostgreSQL one process may hold.
    pub connections: u32,
    /// When Lambda ends an invocation.
    pub timeout: Duration,
    /// How many messages one invocation gets at most; 1 where it is not called by a queue.
    pub batch: u32,
    /// When PostgreSQL gives up one of its statements: there is time left to say so. `None`: never.
    pub statement_limit: Option<Duration>,
}

/// A tick works on one page of cabinets after the other.
pub const FANOUT: Function = Function {
    name: "fanout",
    connections: 1,
    timeout: Duration::from_secs(30),
    batch: 1,
    statement_limit: Some(Duration::from_secs(15)),
};
/// The cabinets of a batch share the connections: each holds one only while it writes.
pub const SYNC: Function = Function {
    name: "sync",
    connections: 2,
    timeout: Duration::from_secs(60),
    batch: 10,
    statement_limit: Some(Duration::from_secs(20)),
};
/// The chats of a batch share the connections: most of their time is spent waiting for Telegram.
pub const WEBHOOK: Function = Function {
    name: "webhook",
    connections: 2,
    timeout: Duration::from_secs(60),
    batch: 10,
    statement_limit: Some(Duration::from_secs(20)),
};
/// A process answers one update at a time.
pub const BOT: Function = Function {
    name: "bot",
    connections: 1,
    timeout: Duration::from_secs(30),
    batch: 1,
    statement_limit: Some(Duration::from_secs(15)),
};
/// Before anything else of a deploy: asks Telegram, Secrets Manager and Lambda, and no database.
pub const PREFLIGHT: Function =
    Function { name: "preflight", connections: 0, timeout: Duration::from_secs(60), batch: 1, statement_limit: None };
/// Migrations run one after the other. One that builds an index takes as long as it takes.
pub const MIGRATE: Function =
    Function { name: "migrate", connections: 1, timeout: Duration::from_secs(900), batch: 1, statement_limit: None };
/// On deploy: waits for the cold starts of all new versions at once.
pub const PRETRAFFIC: Function =
    Function { name: "pretraffic", connections: 0, timeout: Duration::from_secs(60), batch: 1, statement_limit: None };
/// The two roles of the database are made in a moment.
pub const ROLES: Function = Function {
    name: "roles",
    connections: 1,
    timeout: Duration::from_secs(60),
    batch: 1,
    statement_limit: Some(Duration::from_secs(15)),
};
/// The operator's commands run one after the other. Sealing half a million tokens anew takes minutes.
pub const OPS: Function =
    Function { name: "ops", connections: 1, timeout: Duration::from_secs(900), batch: 1, statement_limit: None };

impl Function {
    /// How long its work may take, so that there is time left to report how it went: a use case that runs into Lambda's
    /// own end is taken for a crash.
    #[must_use]
    pub const fn work_limit(&self) -> Duration {
        self.timeout.saturating_sub(RESERVE)
    }
}

/// What is left of an invocation to report a failure.
pub const RESERVE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use serde_norway::Value;

    use super::*;

    #[test]
    fn the_template_gives_what_the_functions_count_on() {
        let text = include_str!("../../../template.yaml");
        let template: Value = serde_norway::from_str(text).unwrap();
        let resources = template["Resources"].as_mapping().unwrap();
        let of = |function: &Function| {
            let is_it = |resource: &&Value| resource["Metadata"]["BuildProperties"]["Binary"] == function.name;
            resources.values().find(is_it).unwrap_or_else(|| panic!("no function {}", function.name))
        };
        for function in [FANOUT, SYNC, WEBHOOK, BOT, MIGRATE, PREFLIGHT, PRETRAFFIC, ROLES, OPS] {
            let properties = &of(&function)["Properties"];
            assert_eq!(properties["Timeout"].as_u64(), Some(function.timeout.as_secs()), "{}", function.name);
            let events = properties["Events"].as_mapping().into_iter().flat_map(|events| events.values());
            let batches: Vec<u64> = events.filter_map(|event| event["Properties"]["BatchSize"].as_u64()).collect();
            let expected: Vec<u64> = [u64::from(function.batch)].into_iter().filter(|batch| *batch > 1).collect();
            assert_eq!(batches, expected, "{}", function.name);
        }
    }
}
