//! The cards of products, with their pictures.

use chrono::{DateTime, Utc};
use domain::{NmId, Product};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use wb::CardsCursor;

use super::common::{Oddities, cursor, full_is_due, outcome};
use crate::sync::{
    cursor::json,
    intake::Intake,
    outcome::{Error, Read},
    plan::Ask,
    run::Run,
};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct ProductsCursor {
    /// The last card taken in.
    cards: Option<CardsCursor>,
    /// When the last full reading began.
    full_at: Option<DateTime<Utc>>,
    /// Whether a reading stopped between two pages.
    between_pages: bool,
    /// Whether WB has refused to go on at that card: then the reading goes on one number before it.
    is_refused: bool,
}

impl ProductsCursor {
    /// After which card the next page begins.
    fn position(&self) -> Option<CardsCursor> {
        let cards = self.cards.clone()?;
        let nm_id = if self.is_refused { NmId(cards.nm_id.0 - 1) } else { cards.nm_id };
        Some(CardsCursor { nm_id, ..cards })
    }
}

pub(super) async fn products(run: &Run<'_>, ask: &Ask, wb: &wb::Client, token: &SecretString) -> Result<Read, Error> {
    let held: Option<ProductsCursor> = cursor(run, ask);
    let is_first = held.is_none();
    let mut cursor = held.unwrap_or_default();
    if is_first || (!cursor.between_pages && full_is_due(run, cursor.full_at)) {
        cursor = ProductsCursor { full_at: Some(run.started_at), ..ProductsCursor::default() };
    }
    let mut intake = Intake::<Product>::new(run, ask.source);
    let (mut odd, mut is_complete, mut remaining) = (Oddities::default(), false, None);
    for _ in 0..ask.requests {
        let page = match wb.fetch_products(token, cursor.position().as_ref()).await {
            // WB may not know that card any more. Cards are sorted by time and number, so the number before it leads to
            // the same place; where that is refused too, the reading begins anew.
            Err(wb::Error::Rejected { detail }) if cursor.cards.is_some() && !cursor.is_refused => {
                tracing::warn!(cabinet = %run.cabinet, %detail, "cursor reset: WB refused the position among the cards");
                cursor.is_refused = true;
                continue;
            }
            page => page?,
        };
        cursor.is_refused = false;
        odd.skipped += page.skipped;
        odd.mended += page.mended;
        odd.is_nothing |= page.is_nothing;
        intake.add(page.products).await?;
        cursor.cards = page.cursor.or(cursor.cards);
        is_complete = page.is_last;
        remaining = page.remaining;
        if is_complete || run.stops(remaining) {
            break;
        }
    }
    // A position that was refused at the end of what may be asked now is left the same way at the next tick.
    cursor.between_pages = !is_complete;
    intake.finish(json(&cursor), is_complete, false).await?;
    Ok(outcome(run, &intake, odd, is_complete, remaining))
}
