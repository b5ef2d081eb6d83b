//! Reads one source of WB: where it begins, how its pages follow, when it is complete.

mod common;
mod lists;
mod order_feed;
mod products;
mod remains;
mod statistics;
mod stocks;

use domain::{Order, Question, Review, Sale, Source};

use super::{
    outcome::{Error, Read},
    plan::Ask,
    run::Run,
};

/// Reads the source of the ask with as many requests as were granted.
pub(super) async fn read(run: &Run<'_>, ask: &Ask) -> Result<Read, Error> {
    let token = &run.tokens[&ask.token];
    let wb = &run.sync.wb.for_one_reading(run.lease.data_sets[ask.source].said_nothing);
    match ask.source {
        Source::Orders => statistics::statistics::<Order>(run, ask, wb, token).await,
        Source::Sales => statistics::statistics::<Sale>(run, ask, wb, token).await,
        Source::OrderFeed => order_feed::order_feed(run, ask, wb, token).await,
        Source::Products => products::products(run, ask, wb, token).await,
        Source::Stocks | Source::SellerStocks => stocks::stocks(run, ask, wb, token).await,
        Source::Remains => remains::remains(run, ask, wb, token).await,
        Source::Reviews => lists::lists::<Review>(run, ask, wb, token).await,
        Source::Questions => lists::lists::<Question>(run, ask, wb, token).await,
    }
}
