//! `data_sets`: cursor, fingerprint, baseline and pace of each source of a cabinet.

use chrono::{DateTime, Utc};
use domain::{CabinetId, PerSource, PutOff, Source};
use serde::{Deserialize, Deserializer};

use crate::{Bytes, Executor, Result, Transaction};

/// The state of one source of a data set.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct DataSetState {
    /// The source's name.
    pub data_set: String,
    /// Where the next request begins.
    pub cursor: Option<serde_json::Value>,
    /// Fingerprint of the last answer.
    pub fingerprint: Option<Bytes>,
    /// The same of the last answer that reached back a day, which is asked for once an hour.
    #[serde(default)]
    pub wide_fingerprint: Option<Bytes>,
    /// What happened before this moment is silent.
    #[serde(default)]
    pub silent_before: Option<DateTime<Utc>>,
    /// Whether the last answer was nothing instead of a list.
    #[serde(default)]
    pub said_nothing: bool,
    /// When the first load began.
    pub load_began_at: Option<DateTime<Utc>>,
    /// When the first complete load began.
    pub baseline_at: Option<DateTime<Utc>>,
    /// Up to when WB's answers are known to be taken in.
    pub covered_until: Option<DateTime<Utc>>,
    /// Whether the last answer was not believed.
    #[serde(default)]
    pub is_doubted: bool,
    /// Our own pace and back-off.
    pub not_before: Option<DateTime<Utc>>,
    /// When it last succeeded.
    pub last_success_at: Option<DateTime<Utc>>,
    /// The last error; gone with the next success.
    pub last_error: Option<String>,
    /// When the present row of failures began.
    pub last_error_at: Option<DateTime<Utc>>,
    /// Why the first sync did not wait for it.
    #[serde(rename = "put_off_reason", default, deserialize_with = "put_off")]
    pub put_off: Option<PutOff>,
    /// Until when it is put off.
    pub put_off_until: Option<DateTime<Utc>>,
    /// Since when WB refuses it although it had been loaded, as the members were told.
    #[serde(default)]
    pub refused_at: Option<DateTime<Utc>>,
    /// Failures in a row.
    #[serde(default)]
    pub failures: u32,
}

impl DataSetState {
    /// Whether the first sync waits for this data set no longer.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.baseline_at.is_some() || self.put_off.is_some()
    }
}

/// A reason that only a newer version knows is a failure to this one.
fn put_off<'de, D: Deserializer<'de>>(reason: D) -> std::result::Result<Option<PutOff>, D::Error> {
    let name = Option::<String>::deserialize(reason)?;
    Ok(name.map(|name| PutOff::parse(&name).unwrap_or(PutOff::Failing)))
}

/// The rows by their sources, with those that have no row yet.
#[must_use]
pub fn complete(rows: Vec<DataSetState>) -> PerSource<DataSetState> {
    let mut rows = rows;
    PerSource::of(|source| match rows.iter().position(|row| row.data_set == source.name()) {
        Some(at) => rows.swap_remove(at),
        None => DataSetState { data_set: source.name().to_owned(), ..DataSetState::default() },
    })
}

/// Where a chunk leaves its data set.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Where the next request begins.
    pub cursor: Option<serde_json::Value>,
    /// The fingerprint of the whole answer, if it was one chunk.
    pub fingerprint: Option<Vec<u8>>,
    /// Whether the answer reached back a day, so that its fingerprint is that of the next one that does.
    pub is_wide: bool,
    /// Whether everything up to now is loaded.
    pub is_complete: bool,
}

/// Begins the transaction of a chunk: proves that the lease is still ours, keeps it so until the
/// commit, and moves the cursor. `false` when the lease is lost; then nothing is written. The first
/// complete load sets the baseline to the moment when it began.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_progress(
    tx: &mut Transaction<'_>,
    (cabinet, fence): (CabinetId, i64),
    source: Source,
    progress: &Progress,
    load_began_at: DateTime<Utc>,
) -> Result<bool> {
    let held = sqlx::query_scalar!(
        "WITH held AS (
             SELECT id FROM cabinets WHERE id = $1 AND fence = $2 FOR NO KEY UPDATE
         ), moved AS (
             INSERT INTO data_sets AS d (cabinet_id, data_set, cursor, fingerprint, wide_fingerprint, load_began_at,
                                         baseline_at)
             SELECT id, $3, $4, CASE WHEN NOT $8 THEN $5::bytea END, CASE WHEN $8 THEN $5::bytea END, $6::timestamptz,
                    CASE WHEN $7 THEN $6::timestamptz END FROM held
             ON CONFLICT (cabinet_id, data_set) DO UPDATE
                SET cursor = excluded.cursor,
                    fingerprint = CASE WHEN $8 THEN d.fingerprint ELSE excluded.fingerprint END,
                    wide_fingerprint = CASE WHEN $8 THEN excluded.wide_fingerprint ELSE d.wide_fingerprint END,
                    -- A doubt lasts until the next complete answer, however many steps that takes.
                    is_doubted = d.is_doubted AND NOT $7,
                    load_began_at = COALESCE(d.load_began_at, excluded.load_began_at),
                    baseline_at = COALESCE(d.baseline_at,
                                           CASE WHEN $7 THEN COALESCE(d.load_began_at, $6::timestamptz) END)
         )
         SELECT id FROM held",
        cabinet.0,
        fence,
        source.name(),
        progress.cursor,
        progress.fingerprint,
        load_began_at,
        progress.is_complete,
        progress.is_wide
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(held.is_some())
}

/// Notes in the transaction of a chunk that nothing is told of what happened to a data set before this moment. A source
/// that has shown all of it already has ended its silence.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_silence(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    sources: &[Source],
    before: DateTime<Utc>,
) -> Result<()> {
    let names: Vec<String> = sources.iter().map(|source| source.name().to_owned()).collect();
    sqlx::query!(
        "UPDATE data_sets SET silent_before = GREATEST(silent_before, $3)
          WHERE cabinet_id = $1 AND data_set = ANY($2) AND (covered_until >= $3) IS NOT TRUE",
        cabinet.0,
        &names,
        before
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes in the transaction of a chunk that its numbers are those with which the next ones are compared: a silence of its
/// source is over, and it has shown what another one showed so far.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_armed(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    source: Source,
    covered_until: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE data_sets SET covered_until = GREATEST(covered_until, $3), silent_before = NULL
          WHERE cabinet_id = $1 AND data_set = $2",
        cabinet.0,
        source.name(),
        covered_until
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes in the transaction of a chunk that its answer is not believed until the next one agrees. It is no baseline of a
/// source that was not loaded before (`is_loaded`).
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_doubt(db: impl Executor<'_>, cabinet: CabinetId, source: Source, is_loaded: bool) -> Result<()> {
    sqlx::query!(
        "UPDATE data_sets SET is_doubted = true, baseline_at = CASE WHEN $3 THEN baseline_at END
          WHERE cabinet_id = $1 AND data_set = $2",
        cabinet.0,
        source.name(),
        is_loaded
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that WB refuses these sources.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_refused(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    sources: &[Source],
    now: DateTime<Utc>,
) -> Result<()> {
    let names: Vec<String> = sources.iter().map(|source| source.name().to_owned()).collect();
    sqlx::query!(
        "UPDATE data_sets SET refused_at = $3 WHERE cabinet_id = $1 AND data_set = ANY($2) AND refused_at IS NULL",
        cabinet.0,
        &names,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that WB gives these sources again.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_recovered(db: impl Executor<'_>, cabinet: CabinetId, sources: &[Source]) -> Result<()> {
    let names: Vec<String> = sources.iter().map(|source| source.name().to_owned()).collect();
    sqlx::query!(
        "UPDATE data_sets SET refused_at = NULL WHERE cabinet_id = $1 AND data_set = ANY($2)",
        cabinet.0,
        &names
    )
    .execute(db)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_of_a_newer_version_is_a_failure_and_keeps_nobody_from_reading_the_rest() {
        let read = |reason: &str| {
            let row = format!(r#"{{ "data_set": "orders", "put_off_reason": {reason} }}"#);
            serde_json::from_str::<DataSetState>(&row).unwrap().put_off
        };
        assert_eq!(read("\"gone\""), Some(PutOff::Gone));
        assert_eq!(read("\"newer\""), Some(PutOff::Failing));
        assert_eq!(read("null"), None);
    }
}
