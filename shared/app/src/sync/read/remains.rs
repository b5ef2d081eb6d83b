//! The report of remains, which a base token has instead: a task is made, awaited, downloaded.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::{Remains, Stock, StockKind};
use secrecy::SecretString;
use wb::TaskStatus;

use super::common::{Oddities, outcome};
use crate::sync::{
    cursor::{RemainsCursor, json},
    intake::Intake,
    outcome::{Error, Read},
    plan::Ask,
    run::Run,
};

/// More barcodes than any seller has; a report is added up in memory.
const REMAINS_MAX_ROWS: usize = 500_000;
/// A report that is being made is asked for again after this time.
const REPORT_PAUSE: TimeDelta = TimeDelta::seconds(60);

/// One step of a report: each has a limit of its own, and ticks take one after the other.
pub(super) async fn remains(run: &Run<'_>, ask: &Ask, wb: &wb::Client, token: &SecretString) -> Result<Read, Error> {
    let held = RemainsCursor::of(&run.lease.data_sets[ask.source]);
    let mut intake = Intake::<Stock>::new(run, ask.source);
    match remains_step(run, &mut intake, held, wb, token).await {
        // A report that cannot be had for long is given up; the error is told all the same.
        Err(Error::Wb(error)) if held.task.is_some() && held.while_it_lives(run.started_at) != held => {
            tracing::warn!(cabinet = %run.cabinet, source = ask.source.name(), "report task given up");
            intake.finish(json(&RemainsCursor::default()), false, false).await?;
            Err(error.into())
        }
        done => done,
    }
}

async fn remains_step(
    run: &Run<'_>,
    intake: &mut Intake<'_, Stock>,
    held: RemainsCursor,
    wb: &wb::Client,
    token: &SecretString,
) -> Result<Read, Error> {
    let (mut odd, mut is_complete, mut is_whole) = (Oddities::default(), false, false);
    let mut pause = None;
    let cursor = match held {
        RemainsCursor { task: None, .. } => {
            pause = Some(REPORT_PAUSE);
            let task = wb.create_remains_report(token).await?;
            RemainsCursor { task: Some(task), since: Some(run.started_at), is_made: false }
        }
        RemainsCursor { task: Some(task), is_made: false, .. } => match wb.fetch_remains_status(token, task).await? {
            TaskStatus::Done => RemainsCursor { is_made: true, ..held },
            TaskStatus::Lost => RemainsCursor::default(),
            TaskStatus::Pending => {
                pause = Some(REPORT_PAUSE);
                held.while_it_lives(run.started_at)
            }
        },
        RemainsCursor { task: Some(task), is_made: true, .. } => {
            if let Some(mut answer) = wb.fetch_remains(token, task).await? {
                let mut rows: Vec<Remains> = Vec::new();
                while let Some(chunk) = answer.next_chunk().await? {
                    rows.extend(chunk);
                    if rows.len() > REMAINS_MAX_ROWS {
                        return Err(wb::Error::Unavailable { detail: "the report of remains has no end".into() }.into());
                    }
                }
                odd.add(&answer);
                // Of an article one row of which cannot be read nothing is known but what was known before.
                let unknown: BTreeSet<i64> = answer.unknown().iter().map(|(nm_id, _)| *nm_id).collect();
                rows.retain(|row| !unknown.contains(&row.nm_id.0));
                let articles: Vec<i64> = unknown.iter().copied().collect();
                let kept = store::stocks::load_keys(&run.sync.pool, run.cabinet, StockKind::Wb, &articles).await?;
                // Barcodes of one size may stand in any two chunks, so all of them are added up at once.
                let (stocks, unmapped) = store::stocks::load_sizes_of(&run.sync.pool, run.cabinet, &rows).await?;
                // A barcode that no card has says nothing of the sizes that the cards know.
                is_whole = odd.skipped == answer.unknown().len();
                odd.skipped += unmapped;
                intake.add_unknown(kept);
                intake.add(stocks).await?;
                is_complete = true;
            }
            RemainsCursor::default()
        }
    };
    intake.finish(json(&cursor), is_complete, is_whole).await?;
    let waits_for_limit = cursor.task.is_some() && !cursor.is_made && held.task.is_some();
    // Its three methods have limits of their own, of which one request each is spent.
    Ok(Read { waits_for_limit, pause, cursor: json(&cursor), ..outcome(run, intake, odd, is_complete, None) })
}
