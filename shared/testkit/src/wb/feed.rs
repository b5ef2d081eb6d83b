//! The order feed: every order once, with its present status, in real time and with those whose
//! payment is deferred.

use anyhow::{Context as _, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;

use super::answers::Answer;
use super::asked::{Answered, Asked, parameters};
use super::readings::{FeedRow, Snapshot, Status};
use super::shop::Shop;
use super::things::{Order, Sale, SaleKind};
use super::wire;

/// How far back a period may begin or end.
const WINDOW_DAYS: i64 = 31;
/// WB's largest page, and the page of a request that names none.
const LIMIT: usize = 10_000;
const DEFAULT_LIMIT: usize = 50;
/// The most articles, and the most of anything else, that one request may name.
const ARTICLES: usize = 1_000;
const OTHERS: usize = 50;
/// How many readings of more than one page are remembered per shop; WB says nothing of it.
const SNAPSHOTS: usize = 4;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct FeedRequest {
    selected_period: Period,
    #[serde(default)]
    nm_ids: Vec<i64>,
    #[serde(default)]
    subject_ids: Vec<i64>,
    #[serde(default)]
    brand_names: Vec<String>,
    #[serde(default)]
    tag_ids: Vec<i64>,
    #[serde(default)]
    pagination: Pagination,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Period {
    start: String,
    end: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct Pagination {
    snapshot_time: Option<String>,
    offset: usize,
    limit: usize,
}

impl Default for Pagination {
    fn default() -> Self {
        Self { snapshot_time: None, offset: 0, limit: DEFAULT_LIMIT }
    }
}

impl FeedRequest {
    /// The period, or what WB has against it or the filters.
    fn judge(&self, now: DateTime<Utc>) -> anyhow::Result<(DateTime<Utc>, DateTime<Utc>)> {
        let oldest = now - TimeDelta::days(WINDOW_DAYS);
        let moment = |name: &str, text: &str| {
            let moment = DateTime::parse_from_rfc3339(text).with_context(|| format!("{name} (no date-time)"))?.to_utc();
            ensure!(moment >= oldest, "{name} (must be within the last {WINDOW_DAYS} days)");
            Ok(moment)
        };
        let start = moment("selectedPeriod.start", &self.selected_period.start)?;
        let end = match &self.selected_period.end {
            Some(end) => moment("selectedPeriod.end", end)?,
            None => DateTime::<Utc>::MAX_UTC,
        };
        ensure!(start <= end, "selectedPeriod.start (must not be later than end)");
        ensure!(self.nm_ids.len() <= ARTICLES, "nmIds (length must be at most {ARTICLES})");
        for (name, length) in [
            ("subjectIds", self.subject_ids.len()),
            ("brandNames", self.brand_names.len()),
            ("tagIds", self.tag_ids.len()),
        ] {
            ensure!(length <= OTHERS, "{name} (length must be at most {OTHERS})");
        }
        ensure!((1..=LIMIT).contains(&self.pagination.limit), "pagination.limit (must be from 1 to {LIMIT})");
        let Pagination { snapshot_time, offset, .. } = &self.pagination;
        ensure!(*offset > 0 || snapshot_time.is_none(), "pagination.snapshotTime (not for the first page)");
        ensure!(*offset == 0 || snapshot_time.is_some(), "pagination.snapshotTime (required for offset > 0)");
        Ok((start, end))
    }

    fn key(&self) -> String {
        let Period { start, end } = &self.selected_period;
        json!([start, end, self.nm_ids, self.subject_ids, self.brand_names, self.tag_ids]).to_string()
    }

    fn wants(&self, shop: &Shop, order: &Order) -> bool {
        let product = shop.product(order.nm_id).ok();
        let is_of = |wanted: bool, found: Option<bool>| !wanted || found.unwrap_or(false);
        is_of(!self.nm_ids.is_empty(), Some(self.nm_ids.contains(&order.nm_id)))
            && is_of(!self.subject_ids.is_empty(), product.map(|product| self.subject_ids.contains(&product.subject_id)))
            && is_of(!self.brand_names.is_empty(), product.map(|product| self.brand_names.contains(&product.brand)))
            // Nothing in the shop has a tag.
            && self.tag_ids.is_empty()
    }
}

pub(super) fn order_feed(asked: &Asked<'_>, shop: &mut Shop) -> Answered {
    let now = asked.request.now;
    let refuse = |detail: &str| Box::new(asked.request.bad_analytics(detail));
    parameters(asked.query, &[]).map_err(|error| refuse(&error))?;
    let wanted: FeedRequest = asked.json_body().map_err(|error| refuse(&error))?;
    let (start, end) = wanted.judge(now).map_err(|error| refuse(&error.to_string()))?;
    let Pagination { snapshot_time, offset, limit } = &wanted.pagination;
    let snapshot = match snapshot_time {
        None => {
            let time = now.to_rfc3339_opts(SecondsFormat::Secs, true);
            let rows = shop.feed(&wanted, start, end.min(now));
            Snapshot { time, asked: wanted.key(), rows }
        }
        Some(time) => {
            let known = shop.feed_snapshots.iter().find(|known| known.time == *time && known.asked == wanted.key());
            let known = known.ok_or_else(|| refuse("pagination.snapshotTime (unknown for this period and filters)"))?;
            known.clone()
        }
    };
    let page = snapshot.rows.iter().skip(*offset).take(*limit);
    let orders: Vec<_> = page.filter_map(|row| wire::feed_order(row, shop, asked.is_masked)).collect();
    let answer = json!({"data": {"snapshotTime": snapshot.time, "currency": "RUB", "orders": orders}});
    if snapshot_time.is_none() && snapshot.rows.len() >= *limit {
        shop.feed_snapshots.retain(|known| known.time != snapshot.time || known.asked != snapshot.asked);
        shop.feed_snapshots.push(snapshot);
        let surplus = shop.feed_snapshots.len().saturating_sub(SNAPSHOTS);
        shop.feed_snapshots.drain(..surplus);
    }
    Ok(Answer::json(answer))
}

impl Shop {
    /// The orders whose present status is of the period, the newest first.
    fn feed(&self, wanted: &FeedRequest, start: DateTime<Utc>, end: DateTime<Utc>) -> Vec<FeedRow> {
        let mut rows: Vec<FeedRow> = self
            .orders()
            .filter(|order| !order.unfed && wanted.wants(self, order))
            .map(|order| self.feed_row(order))
            .filter(|row| start <= row.updated_at && row.updated_at <= end)
            .collect();
        rows.sort_by(|a, b| (b.updated_at, &b.srid).cmp(&(a.updated_at, &a.srid)));
        rows
    }

    fn feed_row(&self, order: &Order) -> FeedRow {
        let sale = |kind| self.sale(&order.srid, kind);
        let back = |sale: &Sale| {
            let status = if sale.defective { Status::ReturnDefective } else { Status::Return };
            (status, sale.sold_at)
        };
        let (status, updated_at) = sale(SaleKind::Return)
            .map(back)
            .or_else(|| sale(SaleKind::Buyout).map(|sale| (Status::Buyout, sale.sold_at)))
            .or_else(|| order.cancelled_at.map(|at| (Status::Cancel, at)))
            .unwrap_or((Status::Created, order.ordered_at));
        FeedRow { srid: order.srid.clone(), status, updated_at }
    }
}
