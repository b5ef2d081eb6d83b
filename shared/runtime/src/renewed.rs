//! A use case that is made of secrets, and made anew when they have changed.
//!
//! A process of Lambda lives for hours, and a rotated secret must not wait for its end. So the secrets are fetched again when
//! they are old, and sooner when something was refused: an invocation failed, Telegram did not know the bot's token, or an
//! update came with another secret. Where they cannot be fetched, the present ones serve on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use anyhow::Context;
use aws_config::SdkConfig;
use chrono::{DateTime, TimeDelta, Utc};
use domain::Clock;
use tokio::sync::Mutex;
use tracing::{info, warn};

use crate::{SystemClock, metrics, process, secrets::Fetch};

/// After this time secrets are fetched again. Secrets Manager bills each request, and a process makes four an hour.
const MAX_AGE: TimeDelta = TimeDelta::minutes(15);
/// Not sooner than this after the last try, whatever is refused: strangers can have as much refused as they like.
const MIN_AGE: TimeDelta = TimeDelta::minutes(1);

/// Makes a use case of what clients of AWS need, and of secrets.
type Make<S, T> = dyn Fn(&SdkConfig, S) -> anyhow::Result<T> + Send + Sync;

/// A use case `T`, made of the secrets that `I` names.
pub struct Renewed<I: Fetch, T> {
    aws: SdkConfig,
    ids: I,
    make: Box<Make<I::Secrets, T>>,
    clock: Box<dyn Clock>,
    held: Mutex<Held<I::Secrets, T>>,
    is_doubted: AtomicBool,
}

struct Held<S, T> {
    secrets: S,
    use_case: Arc<T>,
    tried_at: DateTime<Utc>,
}

impl<I: Fetch, T> Renewed<I, T> {
    /// Fetches the secrets and makes the use case for the first time; `make` gets what clients of AWS need, and the secrets.
    ///
    /// # Errors
    /// When the secrets are not to be had, or nothing can be made of them.
    pub async fn new(
        aws: SdkConfig,
        ids: I,
        make: impl Fn(&SdkConfig, I::Secrets) -> anyhow::Result<T> + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let made = Self::with_clock(aws, ids, make, SystemClock).await?;
        process::is_ready();
        Ok(made)
    }

    async fn with_clock(
        aws: SdkConfig,
        ids: I,
        make: impl Fn(&SdkConfig, I::Secrets) -> anyhow::Result<T> + Send + Sync + 'static,
        clock: impl Clock + 'static,
    ) -> anyhow::Result<Self> {
        let tried_at = clock.now();
        let secrets = ids.fetch(&aws).await?;
        let use_case = Arc::new(make(&aws, secrets.clone())?);
        Ok(Self {
            aws,
            ids,
            make: Box::new(make),
            clock: Box::new(clock),
            held: Mutex::new(Held { secrets, use_case, tried_at }),
            is_doubted: AtomicBool::new(false),
        })
    }

    /// The use case, of secrets that are young enough.
    pub async fn get(&self) -> Arc<T> {
        let mut held = self.held.lock().await;
        let now = self.clock.now();
        let age = now - held.tried_at;
        if age >= MAX_AGE || (age >= MIN_AGE && self.is_doubted.load(Ordering::Relaxed)) {
            held.tried_at = now;
            self.is_doubted.store(false, Ordering::Relaxed);
            if let Err(error) = self.renew(&mut held).await {
                warn!(error = format!("{error:#}"), "secrets not fetched again; the present ones stay in use");
            }
        }
        held.use_case.clone()
    }

    async fn renew(&self, held: &mut Held<I::Secrets, T>) -> anyhow::Result<()> {
        let secrets = self.ids.fetch(&self.aws).await?;
        if secrets != held.secrets {
            held.use_case =
                Arc::new((self.make)(&self.aws, secrets.clone()).context("the new secrets cannot be used")?);
            held.secrets = secrets;
            info!("secrets changed");
        }
        Ok(())
    }

    /// Has the secrets fetched again before the next use: somebody did not know one of them.
    pub(crate) fn doubt(&self) {
        self.is_doubted.store(true, Ordering::Relaxed);
    }

    /// The end of an invocation: writes what it has reported, because the process is frozen after it.
    pub(crate) fn end_invocation(&self, has_failed: bool) {
        if has_failed || metrics::telegram_refused_the_token() {
            self.doubt();
        }
        metrics::flush();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use anyhow::ensure;
    use testkit::clock::TestClock;

    use super::*;

    /// Secrets Manager with one secret; a secret that is empty cannot be fetched.
    #[derive(Clone)]
    struct Manager(Arc<Mutex<(&'static str, usize)>>);

    impl Fetch for Manager {
        type Secrets = &'static str;

        async fn fetch(&self, _: &SdkConfig) -> anyhow::Result<&'static str> {
            let mut manager = self.0.lock().unwrap();
            manager.1 += 1;
            ensure!(!manager.0.is_empty(), "Secrets Manager does not answer in time");
            Ok(manager.0)
        }
    }

    struct Hand(TestClock);

    impl Clock for Hand {
        fn now(&self) -> DateTime<Utc> {
            self.0.now()
        }
    }

    struct Watched {
        clock: TestClock,
        manager: Manager,
        renewed: Renewed<Manager, String>,
    }

    impl Watched {
        async fn start() -> Self {
            let clock = TestClock::manual("2026-11-22T09:00:00Z".parse().unwrap());
            let manager = Manager(Arc::new(Mutex::new(("first", 0))));
            let make = |_: &SdkConfig, secret: &'static str| {
                ensure!(secret != "unusable", "cannot be one");
                Ok(format!("made of {secret}"))
            };
            let aws = SdkConfig::builder().build();
            let renewed = Renewed::with_clock(aws, manager.clone(), make, Hand(clock.clone())).await.unwrap();
            Self { clock, manager, renewed }
        }

        fn rotate(&self, secret: &'static str) {
            self.manager.0.lock().unwrap().0 = secret;
        }

        async fn after(&self, minutes: i64) -> (String, usize) {
            self.clock.advance(TimeDelta::minutes(minutes));
            let use_case = self.renewed.get().await;
            let fetched = self.manager.0.lock().unwrap().1;
            (use_case.as_ref().clone(), fetched)
        }
    }

    fn of(secret: &str, fetched: usize) -> (String, usize) {
        (format!("made of {secret}"), fetched)
    }

    #[tokio::test]
    async fn a_changed_secret_is_found_after_a_quarter_of_an_hour() {
        let watched = Watched::start().await;
        watched.rotate("second");
        assert_eq!(watched.after(14).await, of("first", 1));
        assert_eq!(watched.after(1).await, of("second", 2));
        assert_eq!(watched.after(14).await, of("second", 2));
    }

    #[tokio::test]
    async fn a_refusal_finds_it_at_once_but_asks_once_a_minute() {
        let watched = Watched::start().await;
        watched.rotate("second");
        watched.renewed.doubt();
        assert_eq!(watched.after(0).await, of("first", 1), "it was fetched in this minute");
        assert_eq!(watched.after(1).await, of("second", 2));
        for _ in 0..100 {
            watched.renewed.doubt();
            assert_eq!(watched.after(0).await, of("second", 2));
        }
        assert_eq!(watched.after(1).await, of("second", 3));
        assert_eq!(watched.after(1).await, of("second", 3), "no doubt is left");
    }

    #[tokio::test]
    async fn what_has_not_changed_is_not_made_anew() {
        let watched = Watched::start().await;
        let before = watched.renewed.get().await;
        assert_eq!(watched.after(15).await, of("first", 2));
        assert!(Arc::ptr_eq(&before, &watched.renewed.get().await));
    }

    #[tokio::test]
    async fn without_an_answer_or_with_an_unusable_secret_the_present_one_serves_on() {
        let watched = Watched::start().await;
        for (secret, fetched) in [("", 2), ("unusable", 3)] {
            watched.rotate(secret);
            assert_eq!(watched.after(15).await, of("first", fetched));
        }
        watched.rotate("second");
        assert_eq!(watched.after(15).await, of("second", 4));
    }

    #[tokio::test]
    async fn a_failed_invocation_is_a_doubt_and_a_good_one_is_none() {
        let watched = Watched::start().await;
        watched.renewed.end_invocation(false);
        assert_eq!(watched.after(1).await, of("first", 1));
        watched.renewed.end_invocation(true);
        assert_eq!(watched.after(1).await, of("first", 2));
    }
}
