//! Questions, answers to reviews, news.

use super::*;

const QUESTIONS: &str = "/feedbacks/api/v1/questions";
const ANSWER: &str = "/feedbacks/api/v1/feedbacks/answer";
const NEWS: &str = "/common/api/communications/v2/news";

impl Stage {
    async fn feedback(&self, id: &str) -> Reply {
        self.wb.refill();
        self.get(&format!("/feedbacks/api/v1/feedback?id={id}")).await
    }
}

#[tokio::test]
async fn questions_lie_in_two_lists_of_ten_thousand_in_all() {
    let stage = stage().await;
    let ids = stage
        .wb
        .shop(stage.seller, |shop, now| {
            let ids: Vec<_> = (0..4)
                .map(|hours| {
                    let at = Some(now - TimeDelta::hours(hours));
                    shop.ask(&NewQuestion { text: format!("{hours}?"), at, ..NewQuestion::default() }, now)
                })
                .collect::<anyhow::Result<_>>()?;
            shop.settle_question(&ids[1].id, Some("Да"))?;
            shop.settle_question(&ids[2].id, None)?;
            Ok(ids.into_iter().map(|question| question.id).collect::<Vec<_>>())
        })
        .unwrap();
    let list = async |query: &str| {
        stage.wb.refill();
        let reply = stage.get(&format!("{QUESTIONS}?{query}")).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()["data"]["questions"].as_array().unwrap().clone()
    };
    let new = list("isAnswered=false&take=10&skip=0").await;
    assert_eq!(new.iter().map(|row| &row["id"]).collect::<Vec<_>>(), [&json!(ids[0]), &json!(ids[3])]);
    assert_eq!(
        (&new[0]["state"], &new[0]["createdDate"]),
        (&json!("suppliersPortalSynch"), &json!("2026-11-22T09:10:00.769513469Z"))
    );
    let settled = list("isAnswered=true&take=10&skip=0&order=dateAsc").await;
    let of = |row: &Value| (row["state"].as_str().unwrap().to_owned(), row["answer"]["text"].clone());
    assert_eq!(
        settled.iter().map(of).collect::<Vec<_>>(),
        [("none".into(), Value::Null), ("wbRu".into(), json!("Да"))]
    );
    assert_eq!(list("isAnswered=false&take=1&skip=1").await[0]["id"], ids[3]);
    for query in ["take=1&skip=0", "isAnswered=true&take=5000&skip=5001", "isAnswered=true&take=0&skip=0"] {
        stage.wb.refill();
        assert_eq!(stage.get(&format!("{QUESTIONS}?{query}")).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn an_answer_is_accepted_for_any_id_and_shown_when_moderators_allow_it() {
    let stage = stage().await;
    let new = NewReview { text: "Мало".to_owned(), ..NewReview::default() };
    let id = stage.wb.shop(stage.seller, |shop, now| Ok(shop.review(&new, now)?.id)).unwrap();
    assert_eq!(stage.feedback(&id).await.json()["data"]["answer"], Value::Null);
    for id in [id.as_str(), "nobodys"] {
        let reply = stage.post(ANSWER, json!({"id": id, "text": "Спасибо!"})).await;
        assert_eq!((reply.status, reply.body.as_str()), (204, ""));
    }
    let unknown = stage.feedback("nobodys").await;
    assert_eq!((unknown.status, &unknown.json()["error"]), (422, &json!(true)));
    let found = stage.feedback(&id).await.json()["data"].clone();
    assert_eq!(found["answer"], json!({"text": "Спасибо!", "state": "reviewRequired", "editable": true}));
    assert_eq!(found["state"], "wbRu");
    for (state, word) in [(AnswerState::Published, "wbRu"), (AnswerState::Rejected, "rejected")] {
        stage.wb.shop(stage.seller, |shop, _| shop.moderate(&id, state)).unwrap();
        assert_eq!(stage.feedback(&id).await.json()["data"]["answer"]["state"], word);
    }

    stage.wb.refill();
    for body in [json!({"id": id}), json!({"id": id, "text": "!"}), json!({"id": id, "text": "я".repeat(5_001)})] {
        let reply = stage.post(ANSWER, body).await;
        assert_eq!((reply.status, &reply.json()["origin"]), (400, &json!("fbapi")), "{}", reply.body);
    }
    let reply = stage.post_text(ANSWER, "text/plain", "{}").await;
    assert_eq!((reply.status, &reply.json()["detail"]), (400, &json!("content-type header not specified")));
    let spec = TokenSpec { read_only: true, ..TokenSpec::of(stage.seller, TokenType::Personal) };
    let reader = stage.wb.issue_token(&spec).unwrap();
    let request = stage.http.post(format!("{}{ANSWER}", stage.wb.url())).header(AUTHORIZATION, &reader);
    let reply = read(request.json(&json!({"id": id, "text": "Спасибо!"})).send().await.unwrap()).await;
    assert_eq!(reply.status, 403);
}

#[tokio::test]
async fn all_methods_of_reviews_and_questions_share_one_limit() {
    let stage = stage().await;
    let base = stage.token_of(TokenType::Base, &Category::ALL);
    assert_eq!(stage.get_as(&base, &format!("{QUESTIONS}?isAnswered=true&take=1&skip=0")).await.status, 200);
    let reviews = stage.get_as(&base, &format!("{FEEDBACKS}?isAnswered=true&take=1&skip=0")).await;
    assert_eq!((reviews.status, reviews.header("x-ratelimit-retry")), (429, "720"));
}

#[tokio::test]
async fn news_are_given_since_a_day_or_a_number() {
    let stage = stage().await;
    stage.wb.publish(NewNews { header: "Реклама".to_owned(), ..NewNews::default() });
    stage.clock.advance(TimeDelta::days(1));
    let header = "Отключаем supplier/orders".to_owned();
    stage.wb.publish(NewNews { header, is_about_api: true, ..NewNews::default() });
    let ids = async |query: &str| {
        let reply = stage.get(&format!("{NEWS}?{query}")).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let read = |row: &Value| (row["id"].as_u64().unwrap(), row["types"][0]["name"].as_str().unwrap().to_owned());
        reply.json()["data"].as_array().unwrap().iter().map(read).collect::<Vec<_>>()
    };
    assert_eq!(ids("from=2026-11-22").await, [(1, "Маркетинг".to_owned()), (2, "API".to_owned())]);
    assert_eq!(ids("from=2026-11-23").await, [(2, "API".to_owned())]);
    assert_eq!(ids("fromID=2").await, [(2, "API".to_owned())]);
    for query in ["", "from=yesterday", "from=2026-11-22&fromID=1", "fromID=x"] {
        assert_eq!(stage.get(&format!("{NEWS}?{query}")).await.status, 400, "{query}");
    }
}
