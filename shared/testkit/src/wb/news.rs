//! The news of WB's portal, which are the same for every seller.

use chrono::{DateTime, NaiveDate, SecondsFormat, SubsecRound as _, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answers::Answer;
use super::asked::{Answered, Asked, parameters};
use super::moscow::{in_moscow, moscow};
use super::things::News;

/// WB's largest answer.
const LIMIT: usize = 100;

/// News to be published. By default about something else than the API.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewNews {
    /// The headline.
    pub header: String,
    /// The text.
    pub content: String,
    /// It has the tag «API».
    pub is_about_api: bool,
}

/// Adds news, as of now.
pub(super) fn publish(all: &mut Vec<News>, new: NewNews, now: DateTime<Utc>) -> News {
    let NewNews { header, content, is_about_api } = new;
    let news = News { id: all.len() + 1, published_at: now.trunc_subsecs(0), header, content, is_about_api };
    all.push(news.clone());
    news
}

pub(super) fn news(asked: &Asked<'_>) -> Answered {
    let refuse = |error: &str| Box::new(asked.request.bad_analytics(error));
    let parameters = parameters(asked.query, &["from", "fromID"]).map_err(|error| refuse(&error))?;
    let from = parameters.get("from").map(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d"));
    let from = from.transpose().map_err(|_| refuse("from: not a date"))?;
    let from_id = parameters.get("fromID").map(|id| id.parse::<usize>());
    let from_id = from_id.transpose().map_err(|_| refuse("fromID: not a number"))?;
    if from.is_some() == from_id.is_some() {
        return Err(refuse("one of from and fromID is required"));
    }
    let found = asked.news.iter().filter(|news| {
        from.is_none_or(|day| in_moscow(news.published_at).date() >= day) && from_id.is_none_or(|id| news.id >= id)
    });
    let rows: Vec<Value> = found.take(LIMIT).map(write).collect();
    Ok(Answer::json(json!({"data": rows})))
}

fn write(news: &News) -> Value {
    let tag = if news.is_about_api {
        json!({"id": 8, "name": "API"})
    } else {
        json!({"id": 4, "name": "Маркетинг"})
    };
    json!({
        "id": news.id,
        "date": news.published_at.with_timezone(&moscow()).to_rfc3339_opts(SecondsFormat::Secs, false),
        "header": news.header,
        "content": news.content,
        "types": [tag],
    })
}
