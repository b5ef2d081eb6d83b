//! How a source stands to what is known already: what of it is news, and whether it may be believed.
//!
//! A data set has one baseline, however many sources it has. A source that is used for the first time,
//! or again after long, is laid over what the others have shown.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    CabinetId, DataSet, Source,
    event::{GAP_TOLD, NewsSince},
};
use store::data_sets::DataSetState;

use super::{
    outcome::Error,
    row::{Moment, SourceRow},
    run::Run,
};

/// Statistics show what happened up to so long ago.
const STATISTICS_LAG: TimeDelta = TimeDelta::minutes(30);
/// So many orders of two sources must be comparable to say that they disagree.
const COMPARABLE_ORDERS: usize = 20;
/// So many of a hundred comparable orders must be known to both.
const MATCHING_PERCENT: i64 = 95;

/// What a reading of one source means beside the others.
pub(super) struct Standing {
    /// The baseline of the data set, which its first source has set.
    pub baseline_at: Option<DateTime<Utc>>,
    news: Option<NewsSince>,
    sales_news: Option<NewsSince>,
    arms_silently: bool,
    is_forgotten: bool,
    /// Whether an answer means something though it says the same as the last one of its source.
    pub is_begun_anew: bool,
    /// In this time another source has shown every order that was made.
    compared: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Those of the data sets for which a silence begins with this reading.
    pub gaps: Vec<Gap>,
}

/// A time for which a data set could not be read, too long to tell what happened in it.
#[derive(Clone, Copy)]
pub(super) struct Gap {
    pub data_set: DataSet,
    pub since: DateTime<Utc>,
}

/// What is news of one data set.
#[derive(Default)]
struct OfDataSet {
    baseline_at: Option<DateTime<Utc>>,
    news: Option<NewsSince>,
    laid_over: Option<Cover>,
    gap: Option<Gap>,
}

/// What another source has shown so far.
#[derive(Clone, Copy)]
struct Cover {
    /// When its first load began.
    baseline_at: DateTime<Utc>,
    /// Up to when it has shown what happened.
    until: DateTime<Utc>,
}

impl Standing {
    pub(super) fn of(run: &Run<'_>, source: Source) -> Self {
        let data_set = match source {
            Source::Orders | Source::OrderFeed => DataSet::Orders,
            Source::Sales => DataSet::Sales,
            Source::Products => DataSet::Products,
            Source::Stocks | Source::Remains | Source::SellerStocks => DataSet::Stocks,
            Source::Reviews | Source::Questions => DataSet::Reviews,
        };
        let own = OfDataSet::of(run, source, data_set);
        let sales =
            if source == Source::OrderFeed { OfDataSet::of(run, source, DataSet::Sales) } else { OfDataSet::default() };
        let days = TimeDelta::days(run.sync.settings.initial_sync_days.into());
        // The feed reaches back less far than the reports may be asked to.
        let days = if source == Source::Orders { days.min(TimeDelta::days(wb::FEED_DAYS)) } else { days };
        let compared = own.laid_over.filter(|_| data_set == DataSet::Orders);
        let state = &run.lease.data_sets[source];
        // Stocks do not say when they changed: what the first answer that is believed shows is of the silence.
        let are_stocks = data_set == DataSet::Stocks;
        let is_silent = are_stocks && state.silent_before.is_some();
        let is_laid_over = own.laid_over.is_some();
        Self {
            baseline_at: own.baseline_at,
            news: own.news,
            sales_news: sales.news,
            arms_silently: are_stocks && (is_silent || is_laid_over || own.gap.is_some()),
            // Only whoever comes back moves both to the same moment.
            is_forgotten: is_silent && state.covered_until >= state.silent_before,
            is_begun_anew: is_silent || is_laid_over,
            // A day less, so that both loads began before it.
            compared: compared.map(|cover| (cover.baseline_at - days + TimeDelta::days(1), cover.until)),
            gaps: own.gap.into_iter().chain(sales.gap).collect(),
        }
    }

    pub(super) fn moment(&self, run: &Run<'_>, source: Source, now: DateTime<Utc>) -> Moment {
        Moment {
            cabinet: run.cabinet,
            source,
            news: self.news,
            sales_news: self.sales_news,
            arms_silently: self.arms_silently,
            is_forgotten: self.is_forgotten,
            now,
        }
    }

    /// Refuses the rows of a source of orders that does not know the orders of the other one.
    pub(super) async fn compare<T: SourceRow>(
        &self,
        tx: &mut store::Transaction<'_>,
        cabinet: CabinetId,
        rows: &[T],
    ) -> Result<(), Error> {
        let Some((from, until)) = self.compared else { return Ok(()) };
        let orders = rows.iter().filter_map(SourceRow::order);
        let srids: Vec<String> =
            orders.filter(|(_, at)| (from..until).contains(at)).map(|(srid, _)| srid.0.clone()).collect();
        if srids.len() < COMPARABLE_ORDERS {
            return Ok(());
        }
        let known = store::orders::count_known(&mut **tx, cabinet, &srids).await?;
        let needed = i64::try_from(srids.len()).unwrap_or(i64::MAX).saturating_mul(MATCHING_PERCENT);
        if known * 100 < needed {
            return Err(Error::Disagrees { known, of: srids.len() });
        }
        Ok(())
    }
}

impl OfDataSet {
    fn of(run: &Run<'_>, source: Source, data_set: DataSet) -> Self {
        let states = &run.lease.data_sets;
        let others = || data_set.sources().iter().copied().filter(|other| *other != source);
        let own = &states[source];
        let silent_before = own.silent_before;
        let Some(baseline_at) =
            others().map(|other| &states[other]).chain([own]).filter_map(|state| state.baseline_at).min()
        else {
            return Self::default();
        };
        let covers = others().filter_map(|other| Cover::of(other, &states[other]));
        let cover = covers.max_by_key(|cover| cover.until).filter(|cover| is_recent(cover.until, run.started_at));
        // A sync that died after its first load has covered what that load began with.
        let own_until = own.baseline_at.map(|begun| own.covered_until.map_or(begun, |until| until.max(begun)));
        let is_up_to_date = own_until.is_some_and(|until| match (data_set, cover) {
            // What two methods count is compared with what was counted last, by either. Neither counts
            // what is in the seller's own warehouses.
            (DataSet::Stocks, Some(cover)) if source != Source::SellerStocks => until >= cover.until,
            _ => is_recent(until, run.started_at),
        });
        let news = NewsSince::since_baseline(baseline_at).silent_before(silent_before);
        let of = Self { baseline_at: Some(baseline_at), ..Self::default() };
        if is_up_to_date {
            return Self { news: Some(news), ..of };
        }
        if let Some(cover) = cover {
            return Self { news: Some(news.laid_over(cover.until)), laid_over: Some(cover), ..of };
        }
        // What happened before is not news any more; that there was a gap is told. One that takes several syncs to be read
        // ended when the first of them began.
        let since = others().map(|other| &states[other]).chain([own]).filter_map(|state| state.covered_until).max();
        let Some(since) = since else { return Self { news: Some(news), ..of } };
        if silent_before.is_some_and(|before| before > since) {
            return Self { news: Some(news), ..of };
        }
        let news = news.silent_before(Some(run.started_at));
        Self { news: Some(news), gap: Some(Gap { data_set, since }), ..of }
    }
}

impl Cover {
    fn of(source: Source, state: &DataSetState) -> Option<Self> {
        let lag = match source {
            Source::Orders | Source::Sales => STATISTICS_LAG,
            _ => TimeDelta::zero(),
        };
        Some(Self { baseline_at: state.baseline_at?, until: state.covered_until? - lag })
    }
}

/// Whether what happened since then is still told.
fn is_recent(covered_until: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - covered_until <= GAP_TOLD
}
