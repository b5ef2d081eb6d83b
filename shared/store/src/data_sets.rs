//! `data_sets`: cursor, fingerprint, baseline and pace of each data set of a cabinet.

use chrono::{DateTime, Utc};
use domain::{CabinetId, DataSet};
use serde::Deserialize;

use crate::{Bytes, Executor, Result};

/// The state of one data set.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct DataSetState {
    /// The data set's name.
    pub data_set: String,
    /// Where the next request begins.
    pub cursor: Option<serde_json::Value>,
    /// Fingerprint of the last answer.
    pub fingerprint: Option<Bytes>,
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
    pub put_off_reason: Option<String>,
    /// Until when it is put off.
    pub put_off_until: Option<DateTime<Utc>>,
    /// Since when WB refuses it although it had been loaded, as the members were told.
    #[serde(default)]
    pub refused_at: Option<DateTime<Utc>>,
}

impl DataSetState {
    /// Whether the first sync waits for this data set no longer.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.baseline_at.is_some() || self.put_off_reason.is_some()
    }
}

/// Puts the rows into the order of [`DataSet::ALL`] and adds those that have no row yet.
#[must_use]
pub fn complete(rows: Vec<DataSetState>) -> Vec<DataSetState> {
    let mut rows = rows;
    DataSet::ALL
        .iter()
        .map(|data_set| match rows.iter().position(|row| row.data_set == data_set.name()) {
            Some(at) => rows.swap_remove(at),
            None => DataSetState { data_set: data_set.name().to_owned(), ..DataSetState::default() },
        })
        .collect()
}

/// Where a chunk leaves its data set.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Where the next request begins.
    pub cursor: Option<serde_json::Value>,
    /// The fingerprint of the whole answer, if it was one chunk.
    pub fingerprint: Option<Vec<u8>>,
    /// Whether everything up to now is loaded.
    pub is_complete: bool,
    /// Whether this answer is not believed until the next one agrees.
    pub is_doubted: bool,
}

/// Moves the cursor, in the transaction of the rows that it passes. The first complete load sets
/// the baseline to the moment when it began.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_progress(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    data_set: DataSet,
    progress: &Progress,
    load_began_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO data_sets AS d (cabinet_id, data_set, cursor, fingerprint, load_began_at, baseline_at,
                                     is_doubted)
         VALUES ($1, $2, $3, $4, $5::timestamptz, CASE WHEN $6 THEN $5::timestamptz END, $7)
         ON CONFLICT (cabinet_id, data_set) DO UPDATE
            SET cursor = excluded.cursor,
                fingerprint = excluded.fingerprint,
                is_doubted = excluded.is_doubted,
                load_began_at = COALESCE(d.load_began_at, excluded.load_began_at),
                baseline_at = COALESCE(d.baseline_at, CASE WHEN $6 THEN COALESCE(d.load_began_at, $5::timestamptz) END)",
        cabinet.0,
        data_set.name(),
        progress.cursor,
        progress.fingerprint,
        load_began_at,
        progress.is_complete,
        progress.is_doubted
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Notes that WB refuses these data sets, and returns those of which that is news. Whoever tells of
/// them does it in the same transaction.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_refused(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    data_sets: &[DataSet],
    now: DateTime<Utc>,
) -> Result<Vec<DataSet>> {
    let names: Vec<String> = data_sets.iter().map(|data_set| data_set.name().to_owned()).collect();
    let news = sqlx::query_scalar!(
        "UPDATE data_sets SET refused_at = $3
          WHERE cabinet_id = $1 AND data_set = ANY($2) AND refused_at IS NULL
         RETURNING data_set",
        cabinet.0,
        &names,
        now
    )
    .fetch_all(db)
    .await?;
    Ok(news.iter().filter_map(|name| DataSet::parse(name)).collect())
}

/// Notes that WB gives these data sets again, and returns those that it had refused.
///
/// # Errors
/// When the database cannot be reached.
pub async fn save_recovered(db: impl Executor<'_>, cabinet: CabinetId, data_sets: &[DataSet]) -> Result<Vec<DataSet>> {
    let names: Vec<String> = data_sets.iter().map(|data_set| data_set.name().to_owned()).collect();
    let news = sqlx::query_scalar!(
        "UPDATE data_sets SET refused_at = NULL
          WHERE cabinet_id = $1 AND data_set = ANY($2) AND refused_at IS NOT NULL
         RETURNING data_set",
        cabinet.0,
        &names
    )
    .fetch_all(db)
    .await?;
    Ok(news.iter().filter_map(|name| DataSet::parse(name)).collect())
}
