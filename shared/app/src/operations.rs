//! What an operator does: look, announce, remove, bring dead letters back, change the data key.
//!
//! Every answer is a text to be read; none holds a token.

mod table;

use std::{cell::RefCell, sync::Arc};

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{CabinetId, Language, TelegramId};
use messages::ANNOUNCEMENT_MAX_CHARS;
use serde::{Deserialize, Serialize};
use store::operations::{self, SHOWN_ROWS, StaleSeal};
use uuid::Uuid;

use crate::Keyring;
use table::{Table, moment, or_dash};

/// Tokens sealed anew by one round; each is a statement.
const RESEAL_ROWS: i64 = 500;
/// Rounds after which tokens that never get the new key are a bug: half a million of them.
const RESEAL_ROUNDS: usize = 1_000;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// A link that lets one person start.
    Invite {
        /// For how many days it works.
        days: u16,
    },
    /// All cabinets, a line each.
    Cabinets,
    /// One cabinet with its tokens, sources and cooldowns.
    Cabinet {
        /// Its id.
        id: i64,
    },
    /// All people, a line each.
    People,
    /// Tells something to everybody, or to those of one language.
    Broadcast {
        /// The text, as it will be read.
        text: String,
        /// `ru` or `en`; everybody without it.
        language: Option<String>,
    },
    /// Deletes a cabinet with all its data, as when its last member leaves.
    RemoveCabinet {
        /// Its id.
        id: i64,
    },
    /// Deletes a person with all their data, as they can do themselves.
    RemovePerson {
        /// Telegram's id.
        telegram_id: i64,
    },
    /// Brings the dead letters of both queues back.
    Redrive,
    /// Seals every token anew, under a new data key.
    RotateKey {
        /// Without a new key: only what an older one has sealed since.
        finish: bool,
    },
}

/// What the use cases need.
pub struct Operations {
    /// PostgreSQL.
    pub pool: store::Pool,
    /// Telegram, for the name of the bot.
    pub telegram: telegram::Client,
    /// SQS.
    pub queues: Arc<dyn queue::Enqueue>,
    /// Opens and makes data keys.
    pub keyring: Keyring,
    /// The present.
    pub clock: Arc<dyn domain::Clock>,
}

impl Operations {
    /// Does it and says what came of it. `is_sure` is asked before something that cannot be taken back.
    ///
    /// # Errors
    /// When the database, KMS or SQS fails, or there is no such thing.
    pub async fn run(&self, command: &Command, is_sure: &dyn Fn(&str) -> bool) -> anyhow::Result<String> {
        let now = self.clock.now();
        match command {
            Command::Invite { days } => self.invite(*days, now).await,
            Command::Cabinets => self.cabinets(now).await,
            Command::Cabinet { id } => self.cabinet(CabinetId(*id), now).await,
            Command::People => self.people().await,
            Command::Broadcast { text, language } => self.broadcast(text, language.as_deref(), is_sure, now).await,
            Command::RemoveCabinet { id } => self.remove_cabinet(CabinetId(*id), is_sure).await,
            Command::RemovePerson { telegram_id } => self.remove_person(*telegram_id, is_sure).await,
            Command::Redrive => self.redrive().await,
            Command::RotateKey { finish } => self.rotate_key(*finish, now).await,
        }
    }

    /// The same where nobody sits who could be asked: what cannot be taken back is done only if it is agreed to beforehand,
    /// and otherwise the answer is the question.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn run_unattended(&self, command: &Command, is_agreed: bool) -> anyhow::Result<String> {
        let question = RefCell::new(None);
        let note = |asked: &str| {
            question.replace(Some(asked.to_owned()));
            is_agreed
        };
        let answer = self.run(command, &note).await?;
        Ok(match question.take().filter(|_| !is_agreed) {
            Some(question) => {
                format!("{answer} {question} If so, do it again with --yes, or with \"yes\": true in the event.")
            }
            None => answer,
        })
    }

    async fn invite(&self, days: u16, now: DateTime<Utc>) -> anyhow::Result<String> {
        // Whoever opens the link must meet this bot: Telegram is asked for its name before there is a link.
        let bot = self.telegram.fetch_me().await.context("cannot ask Telegram for the bot's name")?;
        // 122 random bits, in 32 characters that nobody takes for a token.
        let code = Uuid::new_v4().simple().to_string();
        let until = now + TimeDelta::days(days.into());
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, code.as_bytes());
        operations::save_invite(&self.pool, digest.as_ref(), now, until).await.context("cannot store the link")?;
        Ok(format!("https://t.me/{}?start={code}\nFor one person, until {}.", bot.username, until.date_naive()))
    }

    async fn cabinets(&self, now: DateTime<Utc>) -> anyhow::Result<String> {
        let cabinets = operations::load_cabinets(&self.pool, None, now).await.context("cannot read the cabinets")?;
        let header =
            ["ID", "NAME", "PEOPLE", "LAST SYNC", "STATE", "TOKENS", "EXPIRES", "PENDING", "UNSURE", "LAST ERROR"];
        let mut table = Table::new(&header);
        for one in &cabinets {
            let state = match &one.pause_reason {
                Some(reason) => format!("paused: {reason}"),
                None if one.not_before > now => format!("waits until {}", moment(Some(one.not_before))),
                None => "due".to_owned(),
            };
            table.row([
                one.id.to_string(),
                or_dash(one.name.as_deref()),
                one.members.to_string(),
                moment(one.last_sync_at),
                state,
                or_dash(Some(&one.token_types.join(","))),
                moment(one.expires_at),
                one.pending.to_string(),
                one.unsure.to_string(),
                or_dash(one.last_error.as_deref()),
            ]);
        }
        Ok(format!("{table}{}", shown(cabinets.len())))
    }

    async fn cabinet(&self, cabinet: CabinetId, now: DateTime<Utc>) -> anyhow::Result<String> {
        let found =
            operations::load_cabinets(&self.pool, Some(cabinet), now).await.context("cannot read the cabinet")?;
        let Some(one) = found.first() else {
            bail!("there is no cabinet {cabinet}: the command `cabinets` lists them")
        };
        let mut text = format!("Cabinet {cabinet}, {}\n", or_dash(one.name.as_deref()));
        text += &format!(
            "people {} · pending {} · unsure {} · last sync {}",
            one.members,
            one.pending,
            one.unsure,
            moment(one.last_sync_at)
        );
        text += &match &one.pause_reason {
            Some(reason) => format!(" · paused: {reason}\n"),
            None => format!(" · next request {}\n", moment(Some(one.not_before))),
        };
        let mut tokens = Table::new(&["TOKEN", "TYPE", "SINCE", "EXPIRES", "REFUSED"]);
        for token in operations::load_tokens(&self.pool, cabinet).await.context("cannot read the tokens")? {
            let (since, until) = (moment(Some(token.created_at)), moment(token.expires_at));
            tokens.row([token.id.to_string(), token.token_type, since, until, moment(token.refused_at)]);
        }
        let mut sources = Table::new(&["SOURCE", "LAST READ", "NOT BEFORE", "FAILURES", "LAST ERROR"]);
        for source in operations::load_sources(&self.pool, cabinet).await.context("cannot read the sources")? {
            let (read, wait) = (moment(source.last_success_at), moment(source.not_before));
            let error = or_dash(source.last_error.as_deref());
            sources.row([source.source, read, wait, source.failures.to_string(), error]);
        }
        let mut cooldowns = Table::new(&["COOLDOWN", "UNTIL"]);
        for one in operations::load_cooldowns(&self.pool, cabinet, now).await.context("cannot read the cooldowns")? {
            cooldowns.row([one.method, moment(Some(one.not_before))]);
        }
        Ok(format!("{text}\n{tokens}\n{sources}\n{cooldowns}"))
    }

    async fn people(&self) -> anyhow::Result<String> {
        let people = operations::load_people(&self.pool).await.context("cannot read the people")?;
        let mut table =
            Table::new(&["TELEGRAM ID", "LANGUAGE", "CABINETS", "SINCE", "LAST TOLD", "PENDING", "BLOCKED"]);
        for one in &people {
            let cabinets: Vec<String> = one.cabinets.iter().map(ToString::to_string).collect();
            table.row([
                one.telegram_id.to_string(),
                one.language.clone(),
                or_dash(Some(&cabinets.join(","))),
                moment(Some(one.created_at)),
                moment(one.last_told_at),
                one.pending.to_string(),
                moment(one.blocked_at),
            ]);
        }
        Ok(format!("{table}{}", shown(people.len())))
    }

    async fn broadcast(
        &self,
        text: &str,
        language: Option<&str>,
        is_sure: &dyn Fn(&str) -> bool,
        now: DateTime<Utc>,
    ) -> anyhow::Result<String> {
        let announcement = messages::parse_announcement(text)
            .with_context(|| format!("an announcement has from 1 to {ANNOUNCEMENT_MAX_CHARS} characters"))?;
        let language = language
            .map(|code| {
                Language::parse(code).with_context(|| format!("{code} is no language of the bot: give ru or en"))
            })
            .transpose()?;
        let people = operations::count_audience(&self.pool, language).await.context("cannot count the people")?;
        ensure!(people > 0, "nobody would read it");
        if !is_sure(&format!("{}\n\nTell this to {people} people?", announcement.text)) {
            return Ok("Nobody was told.".to_owned());
        }
        let told = operations::save_announcement(&self.pool, Uuid::new_v4(), &announcement, language, now)
            .await
            .context("cannot put the text into the outbox")?;
        Ok(format!("In the outbox of {told} people. Ticks wake 500 chats each, and 25 messages go out a second."))
    }

    async fn remove_cabinet(&self, cabinet: CabinetId, is_sure: &dyn Fn(&str) -> bool) -> anyhow::Result<String> {
        let now = self.clock.now();
        let found =
            operations::load_cabinets(&self.pool, Some(cabinet), now).await.context("cannot read the cabinet")?;
        let Some(one) = found.first() else {
            bail!("there is no cabinet {cabinet}: the command `cabinets` lists them")
        };
        let name = or_dash(one.name.as_deref());
        if !is_sure(&format!("Delete cabinet {cabinet} ({name}) of {} people, with all its data?", one.members)) {
            return Ok("Nothing was deleted.".to_owned());
        }
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let members = operations::delete_cabinet(&mut tx, cabinet, now).await.context("cannot delete the cabinet")?;
        tx.commit().await.context("cannot delete the cabinet")?;
        match members {
            Some(members) => Ok(format!("Cabinet {cabinet} is deleted. {members} people belonged to it.")),
            None => bail!("cabinet {cabinet} was deleted by somebody else"),
        }
    }

    async fn remove_person(&self, telegram_id: i64, is_sure: &dyn Fn(&str) -> bool) -> anyhow::Result<String> {
        if !is_sure(&format!("Delete all data of the person {telegram_id}, and each cabinet that has nobody else?")) {
            return Ok("Nothing was deleted.".to_owned());
        }
        let person = TelegramId(telegram_id);
        while store::people::delete_some_notifications(&self.pool, person).await.context("cannot delete")? {}
        let mut tx = store::begin(&self.pool).await.context("cannot begin")?;
        let was_there = store::people::delete_person(&mut tx, person, self.clock.now())
            .await
            .context("cannot delete the person")?;
        ensure!(was_there, "nobody has the Telegram id {telegram_id}: the command `people` lists them");
        tx.commit().await.context("cannot delete the person")?;
        Ok(format!("Everything of {telegram_id} is deleted."))
    }

    async fn redrive(&self) -> anyhow::Result<String> {
        let redriven = self.queues.redrive().await.context("cannot bring the dead letters back")?;
        let mut table = Table::new(&["DEAD LETTERS OF", "BROUGHT BACK"]);
        for one in redriven {
            table.row([one.queue, one.messages.to_string()]);
        }
        Ok(table.to_string())
    }

    /// Makes a data key and seals every token under it. Functions that run find the new key when they first meet
    /// a token that it has sealed; until they end they may seal a new token under the old one, which a second run
    /// with `finish` seals anew. A key that seals nothing any more is deleted by the clean-up after a week.
    async fn rotate_key(&self, finish: bool, now: DateTime<Utc>) -> anyhow::Result<String> {
        let newest =
            if finish { self.keyring.newest(&self.pool).await? } else { self.keyring.rotate(&self.pool, now).await? };
        let mut resealed = 0;
        for _ in 0..RESEAL_ROUNDS {
            let stale = operations::load_stale_seals(&self.pool, newest, RESEAL_ROWS).await.context("cannot read")?;
            if stale.is_empty() {
                return Ok(format!("{resealed} tokens are sealed anew, under the data key {newest}."));
            }
            for one in &stale {
                self.reseal(one, now).await?;
            }
            resealed += stale.len();
        }
        bail!("tokens sealed under older keys keep coming; run it again with --finish")
    }

    async fn reseal(&self, stale: &StaleSeal, now: DateTime<Utc>) -> anyhow::Result<()> {
        let token = self.keyring.unseal(&self.pool, stale.id, (stale.key_id, &stale.sealed), now).await?;
        let anew = self.keyring.seal(&self.pool, stale.id, &token, now).await?;
        operations::save_seal(&self.pool, stale, anew.key_id, &anew.bytes).await.context("cannot store a seal")
    }
}

/// Says that there may be more than is shown.
fn shown(rows: usize) -> String {
    match i64::try_from(rows) {
        Ok(SHOWN_ROWS) => format!("The first {SHOWN_ROWS}; the rest is in the database.\n"),
        _ => String::new(),
    }
}
