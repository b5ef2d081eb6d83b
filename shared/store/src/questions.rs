//! `wb_questions`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{CabinetId, Question, QuestionState};

use crate::{Executor, Result};

/// Writes the questions that are new or differ and returns how many.
///
/// # Errors
/// When the database cannot be reached.
pub async fn upsert_questions(
    db: impl Executor<'_>,
    cabinet: CabinetId,
    questions: &[Question],
    now: DateTime<Utc>,
) -> Result<u64> {
    // A question that is answered between two requests stands in both lists; the later answer counts.
    let latest: HashMap<&str, &Question> =
        questions.iter().map(|question| (question.id.0.as_str(), question)).collect();
    let rows: Vec<&Question> = latest.into_values().collect();
    let id: Vec<String> = rows.iter().map(|q| q.id.0.clone()).collect();
    let nm_id: Vec<i64> = rows.iter().map(|q| q.nm_id.0).collect();
    let asked_at: Vec<DateTime<Utc>> = rows.iter().map(|q| q.created_at).collect();
    let text: Vec<Option<String>> = rows.iter().map(|q| q.text.clone()).collect();
    let answer: Vec<Option<String>> = rows.iter().map(|q| q.answer.clone()).collect();
    let state: Vec<String> = rows.iter().map(|q| state_name(q.state).to_owned()).collect();
    let done = sqlx::query!(
        "INSERT INTO wb_questions AS q (cabinet_id, created_at, updated_at, id, nm_id, created_date, text, answer, state)
         SELECT $1, $2, $2, t.*
           FROM UNNEST($3::text[], $4::bigint[], $5::timestamptz[], $6::text[], $7::text[], $8::text[]) AS t
         ON CONFLICT (cabinet_id, id) DO UPDATE
            SET updated_at = excluded.updated_at, text = excluded.text, answer = excluded.answer, state = excluded.state
          WHERE (q.text, q.answer, q.state) IS DISTINCT FROM (excluded.text, excluded.answer, excluded.state)",
        cabinet.0,
        now,
        &id,
        &nm_id,
        &asked_at,
        &text as &[Option<String>],
        &answer as &[Option<String>],
        &state
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected())
}

/// Where a question stands, as the column holds it.
fn state_name(state: QuestionState) -> &'static str {
    match state {
        QuestionState::New => "new",
        QuestionState::Answered => "answered",
        QuestionState::Rejected => "rejected",
    }
}
