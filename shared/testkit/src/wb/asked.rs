//! What a method is asked: a request that got past the gateway, its parameters, the page that it wants.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use url::form_urlencoded;

use super::answers::{Answer, Request};
use super::things::News;

/// A request that got past the gateway.
pub(super) struct Asked<'a> {
    pub(super) request: &'a Request,
    /// What stands for the parameter in the path.
    pub(super) path_parameter: &'a str,
    pub(super) query: &'a str,
    pub(super) content_type: Option<&'a str>,
    pub(super) body: &'a [u8],
    /// Where the pictures are, if not at WB's hosts.
    pub(super) picture_base: Option<&'a str>,
    /// How many orders or sales one answer holds at most.
    pub(super) orders_cap: usize,
    /// Whether WB hides the names of its warehouses in Russia.
    pub(super) is_masked: bool,
    /// How often a report's status is asked before it is done.
    pub(super) remains_calls: u32,
    pub(super) news: &'a [News],
    /// Whether reviews and questions begin with the first page, whichever is asked for.
    pub(super) gives_first_page: bool,
}

impl Asked<'_> {
    pub(super) fn json_body<T: serde::de::DeserializeOwned>(&self) -> Result<T, String> {
        if !self.content_type.is_some_and(|content_type| content_type.starts_with("application/json")) {
            return Err("content-type header not specified".to_owned());
        }
        serde_json::from_slice(self.body).map_err(|error| error.to_string())
    }
}

/// The second is boxed because an answer is large and a refusal rare.
pub(super) type Answered = Result<Answer, Box<Answer>>;

/// The parameters of a query; unknown and doubled ones are an error, which names them.
pub(super) fn parameters(query: &str, known: &[&str]) -> Result<BTreeMap<String, String>, String> {
    let mut parameters = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if !known.contains(&name.as_ref()) {
            return Err(format!("{name}: unknown parameter"));
        }
        if parameters.insert(name.to_string(), value.to_string()).is_some() {
            return Err(format!("{name}: more than one value"));
        }
    }
    Ok(parameters)
}

/// Which page of reviews or questions is asked for.
pub(super) struct ListQuery {
    pub(super) processed: bool,
    pub(super) take: usize,
    pub(super) skip: usize,
    nm_id: Option<i64>,
    from: Option<i64>,
    to: Option<i64>,
    oldest_first: bool,
}

impl ListQuery {
    /// Judges the parameters, of which `take` and `skip` have their highest values.
    pub(super) fn read(asked: &Asked<'_>, most_taken: usize, most_skipped: usize) -> Result<Self, Box<Answer>> {
        let refuse = |error: &str| Box::new(asked.request.bad_feedbacks(error));
        let known = ["isAnswered", "nmId", "take", "skip", "order", "dateFrom", "dateTo"];
        let parameters = parameters(asked.query, &known).map_err(|error| refuse(&error))?;
        let number = |name: &str| match parameters.get(name).map(|value| value.parse::<i64>()) {
            None => Ok(None),
            Some(Ok(number)) => Ok(Some(number)),
            Some(Err(_)) => Err(refuse(&format!("{name}: not a number"))),
        };
        let window = |name: &str, most: usize| match number(name)?.map(usize::try_from) {
            None => Err(refuse(&format!("{name}: field required"))),
            Some(Ok(number)) if number <= most => Ok(number),
            Some(_) => Err(refuse(&format!("{name}: must be from 0 to {most}"))),
        };
        let processed = match parameters.get("isAnswered").map(String::as_str) {
            Some("true") => true,
            Some("false") => false,
            Some(_) => return Err(refuse("isAnswered: not a boolean")),
            None => return Err(refuse("isAnswered: field required")),
        };
        let (take, skip) = (window("take", most_taken)?, window("skip", most_skipped)?);
        if take == 0 {
            return Err(refuse(&format!("take: must be from 1 to {most_taken}")));
        }
        let (nm_id, from, to) = (number("nmId")?, number("dateFrom")?, number("dateTo")?);
        let oldest_first = match parameters.get("order").map(String::as_str) {
            Some("dateAsc") => true,
            None | Some("dateDesc") => false,
            Some(_) => return Err(refuse("order: must be dateAsc or dateDesc")),
        };
        let skip = if asked.gives_first_page { 0 } else { skip };
        Ok(Self { processed, take, skip, nm_id, from, to, oldest_first })
    }

    /// The page, of rows that have a time, an article and an id.
    pub(super) fn page<'a, T>(
        &self,
        rows: impl Iterator<Item = &'a T>,
        read: impl Fn(&'a T) -> (DateTime<Utc>, i64, &'a String),
    ) -> std::vec::IntoIter<&'a T> {
        let mut found: Vec<&'a T> = rows
            .filter(|row| {
                let (at, nm_id, _) = read(row);
                self.nm_id.is_none_or(|wanted| nm_id == wanted)
                    && self.from.is_none_or(|from| at.timestamp() >= from)
                    && self.to.is_none_or(|to| at.timestamp() <= to)
            })
            .collect();
        found.sort_by_key(|row| {
            let (at, _, id) = read(row);
            (at, id)
        });
        if !self.oldest_first {
            found.reverse();
        }
        found.drain(..self.skip.min(found.len()));
        found.truncate(self.take);
        found.into_iter()
    }
}
