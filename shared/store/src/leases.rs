//! The lease of a cabinet: one sync at a time, and no write by one that has lost it.

use chrono::{DateTime, Utc};
use domain::{CabinetId, PerSource, PutOff, SellerId, Source, token_care::ClosedParts};
use sqlx::types::Json;

use crate::{
    Executor, Result, Transaction,
    data_sets::{DataSetState, complete},
    limits::MethodLimit,
    tokens::SealedToken,
};

/// A lease, with everything that a sync must know to plan.
#[derive(Clone, Debug)]
pub struct Lease {
    /// The number that each write must carry.
    pub fence: i64,
    /// WB's seller, to whom the limits belong.
    pub seller: SellerId,
    /// Whether the first sync still goes on.
    pub is_first_sync: bool,
    /// Since when the cabinet pauses, because no token serves.
    pub paused_at: Option<DateTime<Utc>>,
    /// Whether the members are still to be told how much happened in a silence.
    pub has_silence: bool,
    /// The hosts of which the members know that they are closed.
    pub closed_parts: ClosedParts,
    /// The tokens that WB has not refused and that have not expired, newest first.
    pub tokens: Vec<SealedToken>,
    /// Those that WB refuses and that have not expired.
    pub refused_tokens: Vec<SealedToken>,
    /// How many have expired.
    pub expired_tokens: usize,
    /// What is known of each source, in the order of [`Source::ALL`].
    pub data_sets: PerSource<DataSetState>,
    /// The buckets of the seller's methods.
    pub limits: Vec<MethodLimit>,
}

/// Takes the lease of a cabinet and reads what a sync needs, in one statement. `None` when somebody
/// else holds it, or the cabinet is gone.
///
/// # Errors
/// When the database cannot be reached.
pub async fn take_lease(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
) -> Result<Option<Lease>> {
    let row = sqlx::query!(
        r#"WITH leased AS (
               UPDATE cabinets SET fence = fence + 1, lease_until = $3
                WHERE id = $1 AND deleted_at IS NULL AND (lease_until IS NULL OR lease_until <= $2)
               RETURNING id, fence, seller, first_sync_ended_at, paused_at, silence, silence_told_at, closed_parts
           )
           SELECT l.fence, l.seller, l.first_sync_ended_at IS NULL AS "is_first_sync!", l.paused_at,
                  l.silence IS NOT NULL AND l.silence_told_at IS NULL AS "has_silence!",
                  l.closed_parts AS "closed_parts!: Json<ClosedParts>",
                  (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                              'id', t.id, 'key_id', t.key_id, 'sealed', encode(t.sealed, 'hex'),
                              'token_type', t.token_type, 'categories', t.categories, 'expires_at', t.expires_at,
                              'suspected_at', t.suspected_at, 'refused_at', t.refused_at,
                              'refused_categories', t.refused_categories) ORDER BY t.created_at DESC), '[]')
                     FROM wb_tokens t WHERE t.cabinet_id = l.id
                  ) AS "tokens!: Json<Vec<SealedToken>>",
                  (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                              'data_set', d.data_set, 'cursor', d.cursor, 'fingerprint', encode(d.fingerprint, 'hex'),
                              'wide_fingerprint', encode(d.wide_fingerprint, 'hex'),
                              'silent_before', d.silent_before, 'said_nothing', d.said_nothing,
                              'covered_until', d.covered_until, 'is_doubted', d.is_doubted,
                              'load_began_at', d.load_began_at, 'baseline_at', d.baseline_at,
                              'not_before', d.not_before, 'last_success_at', d.last_success_at,
                              'last_error', d.last_error, 'last_error_at', d.last_error_at, 'refused_at', d.refused_at,
                              'put_off_reason', d.put_off_reason, 'put_off_until', d.put_off_until,
                              'failures', d.failures)), '[]')
                     FROM data_sets d WHERE d.cabinet_id = l.id
                  ) AS "data_sets!: Json<Vec<DataSetState>>",
                  (SELECT COALESCE(jsonb_agg(jsonb_build_object(
                              'method', w.method, 'full_at', w.full_at, 'not_before', w.not_before)), '[]')
                     FROM wb_limits w WHERE w.seller = l.seller
                  ) AS "limits!: Json<Vec<MethodLimit>>"
             FROM leased l"#,
        cabinet.0,
        now,
        lease_until
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let (expired, unexpired): (Vec<SealedToken>, Vec<SealedToken>) =
            row.tokens.0.into_iter().partition(|token| token.expires_at.is_some_and(|at| at <= now));
        let (refused_tokens, tokens) = unexpired.into_iter().partition(|token| token.refused_at.is_some());
        Lease {
            fence: row.fence,
            seller: SellerId(row.seller),
            is_first_sync: row.is_first_sync,
            paused_at: row.paused_at,
            has_silence: row.has_silence,
            closed_parts: row.closed_parts.0,
            tokens,
            refused_tokens,
            expired_tokens: expired.len(),
            data_sets: complete(row.data_sets.0),
            limits: row.limits.0,
        }
    }))
}

/// Proves inside a transaction that the lease is still ours and keeps it so until the commit.
///
/// # Errors
/// When the database cannot be reached.
pub async fn hold_fence(tx: &mut Transaction<'_>, cabinet: CabinetId, fence: i64) -> Result<bool> {
    let row =
        sqlx::query_scalar!("SELECT id FROM cabinets WHERE id = $1 AND fence = $2 FOR NO KEY UPDATE", cabinet.0, fence)
            .fetch_optional(&mut **tx)
            .await?;
    Ok(row.is_some())
}

/// How one source fared in a sync.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The source.
    pub source: Source,
    /// Whether it was asked and everything that came was taken in.
    pub succeeded: bool,
    /// The error, bounded in length and free of secrets.
    pub error: Option<String>,
    /// Whether WB answered with nothing instead of a list; `None`: it was not asked, or did not answer.
    pub said_nothing: Option<bool>,
    /// Whether WB refuses the position at which a reading was to go on: the next one begins anew.
    pub forgets_position: bool,
    /// Before this moment we do not ask again.
    pub not_before: Option<DateTime<Utc>>,
    /// Up to when WB's answers are now taken in.
    pub covered_until: Option<DateTime<Utc>>,
    /// Why the first sync need not wait for it.
    pub put_off: Option<PutOff>,
    /// Until when it is put off.
    pub put_off_until: Option<DateTime<Utc>>,
}

/// The last word of a sync.
#[derive(Clone, Debug)]
pub struct Closing<'a> {
    /// The cabinet.
    pub cabinet: CabinetId,
    /// The number of the lease.
    pub fence: i64,
    /// When the sync began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub now: DateTime<Utc>,
    /// Before this moment nothing of the cabinet may be asked.
    pub not_before: DateTime<Utc>,
    /// The sources that were asked.
    pub outcomes: &'a [Outcome],
    /// Counts by data set, for the log.
    pub log: serde_json::Value,
    /// Whether nothing changed and nothing failed: then the counts are only added to those of the day.
    pub is_quiet: bool,
    /// The events that the bus has since.
    pub published: &'a [i64],
}

/// Writes the log, the data sets' outcomes and `last_sync_at`, and releases the lease: the last
/// statement of a sync. `false` when the lease was lost; then nothing is written.
///
/// # Errors
/// When the database cannot be reached.
pub async fn close_lease(db: impl Executor<'_>, closing: &Closing<'_>) -> Result<bool> {
    let outcomes = closing.outcomes;
    let succeeded: Vec<bool> = outcomes.iter().map(|one| one.succeeded).collect();
    let data_sets: Vec<String> = outcomes.iter().map(|one| one.source.name().to_owned()).collect();
    let errors: Vec<Option<String>> = outcomes.iter().map(|one| one.error.clone()).collect();
    let not_before: Vec<Option<DateTime<Utc>>> = outcomes.iter().map(|one| one.not_before).collect();
    let covered: Vec<Option<DateTime<Utc>>> = outcomes.iter().map(|one| one.covered_until).collect();
    let reasons: Vec<Option<String>> =
        outcomes.iter().map(|one| one.put_off.map(|reason| reason.name().to_owned())).collect();
    let until: Vec<Option<DateTime<Utc>>> = outcomes.iter().map(|one| one.put_off_until).collect();
    let said_nothing: Vec<Option<bool>> = outcomes.iter().map(|one| one.said_nothing).collect();
    let released = sqlx::query_scalar!(
        r#"WITH released AS (
               UPDATE cabinets
                  SET lease_until = NULL, not_before = $4, updated_at = $5,
                      previous_sync_at = CASE WHEN $12 THEN last_sync_at ELSE previous_sync_at END,
                      last_sync_at = CASE WHEN $12 THEN $5::timestamptz ELSE last_sync_at END
                WHERE id = $1 AND fence = $2
               RETURNING id
           ), asked AS (
               INSERT INTO data_sets AS d (cabinet_id, data_set, not_before, covered_until, last_success_at,
                                           last_error, last_error_at, put_off_reason, put_off_until, failures,
                                           said_nothing)
               SELECT r.id, t.data_set, t.not_before, t.covered_until, CASE WHEN t.succeeded THEN $5 END,
                      t.error, CASE WHEN t.error IS NOT NULL THEN $5 END, t.reason, t.until,
                      CASE WHEN t.error IS NOT NULL THEN 1 ELSE 0 END, COALESCE(t.said_nothing, false)
                 FROM released r,
                      UNNEST($6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::text[], $11::timestamptz[],
                             $14::boolean[], $16::boolean[])
                        AS t(data_set, error, not_before, covered_until, reason, until, succeeded, said_nothing)
               ON CONFLICT (cabinet_id, data_set) DO UPDATE
                  SET not_before = excluded.not_before,
                      covered_until = GREATEST(d.covered_until, excluded.covered_until),
                      -- What WB shows after the first complete answer is news, whenever it happened. An answer that says
                      -- nothing may have left out what happened, and ends no silence.
                      silent_before = CASE WHEN excluded.covered_until >= d.silent_before AND NOT excluded.said_nothing
                                           THEN NULL
                                           ELSE d.silent_before END,
                      last_success_at = COALESCE(excluded.last_success_at, d.last_success_at),
                      last_error = excluded.last_error,
                      last_error_at = CASE WHEN excluded.last_error IS NOT NULL
                                           THEN COALESCE(d.last_error_at, excluded.last_error_at) END,
                      put_off_reason = excluded.put_off_reason,
                      put_off_until = excluded.put_off_until,
                      said_nothing = COALESCE((SELECT n.said FROM UNNEST($6::text[], $16::boolean[]) AS n(name, said)
                                                WHERE n.name = d.data_set), d.said_nothing),
                      cursor = CASE WHEN d.data_set = ANY($17) THEN NULL ELSE d.cursor END,
                      failures = CASE WHEN excluded.failures > 0 THEN d.failures + 1
                                      WHEN excluded.last_success_at IS NOT NULL THEN 0 ELSE d.failures END
           ), published AS (
               -- Also of a sync that has lost its lease: the bus has them.
               UPDATE events SET published_at = $5 WHERE id = ANY($15)
           ), logged AS (
               INSERT INTO wb_sync_logs (cabinet_id, started_at, completed_at, data_sets)
               SELECT id, $3, $5, $13 FROM released WHERE NOT $18
           ), quiet AS (
               INSERT INTO wb_quiet_readings AS q (cabinet_id, day, source, readings, put_off, rows)
               SELECT r.id, moscow_day($3), s.key, (s.value ? 'rows')::int, (s.value ? 'put_off')::int,
                      COALESCE((s.value->>'rows')::bigint, 0)
                 FROM released r, jsonb_each($13) s
                WHERE $18
                ORDER BY s.key
               ON CONFLICT (cabinet_id, day, source) DO UPDATE
                  SET readings = q.readings + excluded.readings, put_off = q.put_off + excluded.put_off,
                      rows = q.rows + excluded.rows
           )
           SELECT id FROM released"#,
        closing.cabinet.0,
        closing.fence,
        closing.started_at,
        closing.not_before,
        closing.now,
        &data_sets,
        &errors as &[Option<String>],
        &not_before as &[Option<DateTime<Utc>>],
        &covered as &[Option<DateTime<Utc>>],
        &reasons as &[Option<String>],
        &until as &[Option<DateTime<Utc>>],
        outcomes.iter().any(|one| one.succeeded),
        closing.log,
        &succeeded,
        closing.published,
        &said_nothing as &[Option<bool>],
        &outcomes
            .iter()
            .filter(|one| one.forgets_position)
            .map(|one| one.source.name().to_owned())
            .collect::<Vec<String>>(),
        closing.is_quiet
    )
    .fetch_optional(db)
    .await?;
    Ok(released.is_some())
}
