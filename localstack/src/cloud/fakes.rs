//! The fakes, in the process of `up`: a shop with some history, and a Telegram with one person. They remember.

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use anyhow::{Context, Result};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use testkit::{
    clock::TestClock,
    telegram::{FakeTelegram, Options},
    wb::{FakeWb, Shop},
};

use crate::base::config::Config;

/// The shop of every new local cloud: small enough to read, large enough to page through.
const SHOP_SEED: u64 = 1;
const SHOP_PRODUCTS: u32 = 12;
const SHOP_ORDERS: u32 = 60;
const SHOP_REVIEWS: u32 = 20;

/// The fakes that nobody has replaced by an address.
#[derive(Default)]
pub(super) struct Fakes {
    wb: Option<FakeWb>,
    telegram: Option<FakeTelegram>,
}

impl Fakes {
    /// Starts those that are wanted, with what they remember.
    pub(super) async fn start(config: &Config, bot_token: &SecretString) -> Result<Self> {
        fs::create_dir_all(config.dir.join("fakes")).context("cannot make the folder of the fakes")?;
        let clock = TestClock::system();
        let on = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut fakes = Self::default();
        if config.wb_api_url.is_none() {
            let remembered = load(&file(config, "wb"))?;
            let is_new = remembered.is_none();
            let wb = FakeWb::start_with_state(on(config.ports.fake_wb), clock.clone(), remembered).await?;
            if is_new {
                wb.add_shop(Shop::sample(SHOP_SEED, SHOP_PRODUCTS, SHOP_ORDERS, SHOP_REVIEWS, clock.now()))?;
            }
            fakes.wb = Some(wb);
        }
        if config.telegram_api_url.is_none() {
            let options = Options { delivers_by_itself: true, loopback_webhooks: true, ..Options::default() };
            let (listen, remembered) = (on(config.ports.fake_telegram), load(&file(config, "telegram"))?);
            let started = FakeTelegram::start_with(listen, bot_token.expose_secret(), clock, options, remembered);
            fakes.telegram = Some(started.await?);
        }
        Ok(fakes)
    }

    /// Where our Wildberries is, one address for each category.
    pub(super) fn wb_url_template(&self) -> Option<String> {
        self.wb.as_ref().map(FakeWb::url_template)
    }

    /// Writes down what they remember, so that a killed `up` loses at most two seconds of it.
    pub(super) fn save(&self, config: &Config) -> Result<()> {
        if let Some(wb) = &self.wb {
            save(&file(config, "wb"), &wb.snapshot())?;
        }
        if let Some(telegram) = &self.telegram {
            save(&file(config, "telegram"), &telegram.snapshot()?)?;
        }
        Ok(())
    }

    /// Ends them.
    pub(super) async fn stop(&mut self) {
        self.wb = None;
        if let Some(telegram) = self.telegram.take() {
            telegram.stop().await;
        }
    }
}

fn file(config: &Config, name: &str) -> PathBuf {
    config.dir.join("fakes").join(format!("{name}.json"))
}

fn load<T: DeserializeOwned>(file: &PathBuf) -> Result<Option<T>> {
    match fs::read(file) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .with_context(|| format!("{} is of an older version. `cargo local reset` forgets it", file.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

fn save(file: &PathBuf, state: &impl Serialize) -> Result<()> {
    let (draft, bytes) = (file.with_extension("new"), serde_json::to_vec(state)?);
    if fs::read(file).is_ok_and(|known| known == bytes) {
        return Ok(());
    }
    fs::write(&draft, bytes)
        .and_then(|()| fs::rename(&draft, file))
        .with_context(|| format!("cannot write {}", file.display()))
}
