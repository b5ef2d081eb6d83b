//! Stocks in the warehouses of WB and of the seller.

use domain::{Source, Stock};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::common::{Oddities, cursor, outcome};
use crate::sync::{
    cursor::json,
    intake::Intake,
    outcome::{Error, Read},
    plan::Ask,
    run::Run,
};

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct StocksCursor {
    /// Rows taken in by the reading that goes on.
    offset: u32,
}

pub(super) async fn stocks(run: &Run<'_>, ask: &Ask, wb: &wb::Client, token: &SecretString) -> Result<Read, Error> {
    let begin: StocksCursor = cursor(run, ask).unwrap_or_default();
    let mut offset = begin.offset;
    let mut intake = Intake::<Stock>::new(run, ask.source);
    let (mut odd, mut unknown, mut is_complete, mut remaining) = (Oddities::default(), 0, false, None);
    for _ in 0..ask.requests {
        let answer = match ask.source {
            Source::SellerStocks => wb.fetch_seller_stocks(token, offset).await,
            _ => wb.fetch_stocks(token, offset).await,
        };
        let mut answer = match answer {
            // A reading that would never end has raised its alarm; the next one begins anew.
            Err(error) if offset >= wb::STOCKS_MAX_ROWS => {
                intake.finish(json(&StocksCursor::default()), false, false).await?;
                return Err(error.into());
            }
            answer => answer?,
        };
        let before = intake.rows;
        while let Some(chunk) = answer.next_chunk().await? {
            intake.add(chunk).await?;
        }
        odd.add(&answer);
        unknown += answer.unknown().len();
        intake.add_unknown(answer.unknown().iter().copied());
        let page_rows = intake.rows - before + answer.skipped();
        is_complete = page_rows < wb::STOCKS_PAGE_ROWS as usize;
        remaining = answer.remaining();
        if is_complete {
            break;
        }
        offset += wb::STOCKS_PAGE_ROWS;
        if run.stops(remaining) {
            break;
        }
    }
    let cursor = StocksCursor { offset: if is_complete { 0 } else { offset } };
    // A row that does not even say what it is about could be any, and pages of two readings are not one answer.
    let is_whole = is_complete && begin.offset == 0 && odd.skipped == unknown;
    intake.finish(json(&cursor), is_complete, is_whole).await?;
    Ok(outcome(run, &intake, odd, is_complete, remaining))
}
