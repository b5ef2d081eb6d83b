//! Carries out the commands of whoever invokes the function by hand, and answers the deploy, which wants a first link.

use std::sync::Arc;

use anyhow::Context;
use app::{function::Function, operations::Command};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::{Value, json};

use crate::{
    deploy::{self, Done, Step},
    diagnostic,
    renewed::Renewed,
    secrets::Fetch,
    within,
};

/// For how long the link of the deploy works.
const FIRST_LINK_DAYS: u16 = 7;

/// Serves commands until the process ends. A command is the event, such as `{"command":"invite","days":7}`; with
/// `"yes": true` it agrees to what cannot be taken back. The answer is `{"answer":"…"}`, a text to be read.
///
/// # Errors
/// When the runtime API cannot be reached.
pub async fn serve<I, T, F, R>(function: &Function, use_case: &Renewed<I, T>, run: F) -> anyhow::Result<()>
where
    I: Fetch,
    F: Fn(Arc<T>, Command, bool) -> R,
    R: Future<Output = anyhow::Result<String>>,
{
    let client = deploy::client()?;
    let service = service_fn(async |event: LambdaEvent<Value>| {
        let present = use_case.get().await;
        let run = |command, is_agreed| run(present.clone(), command, is_agreed);
        let outcome = if event.payload.get("ResponseURL").is_some() {
            let budget = deploy::budget_of(&event.context, function.timeout);
            let step = async |step| first_link(step, &run).await;
            deploy::handle(&client, event.payload, budget, &step).await.map(|()| Value::Null)
        } else {
            let answered = async {
                let (command, is_agreed) = parse(event.payload)?;
                run(command, is_agreed).await
            };
            within(function.work_limit(), answered).await.map(|answer| json!({ "answer": answer }))
        };
        use_case.end_invocation(outcome.is_err());
        // lambda_runtime logs the error and reports it to whoever invoked the function.
        outcome.map_err(|error| diagnostic("CommandFailed", &error))
    });
    lambda_runtime::run(service).await.map_err(anyhow::Error::from_boxed)
}

async fn first_link<R>(step: Step, run: &impl Fn(Command, bool) -> R) -> anyhow::Result<Done>
where
    R: Future<Output = anyhow::Result<String>>,
{
    anyhow::ensure!(step == Step::FirstInvite, "{step:?} is for another function");
    let answer = run(Command::Invite { days: FIRST_LINK_DAYS }, false).await?;
    // The link, and below it for whom and until when.
    let link = answer.lines().next().unwrap_or_default();
    Ok(Done { attributes: [("Link".to_owned(), link.into())].into_iter().collect(), id: None })
}

/// The command that an event is, and whether it agrees to what cannot be taken back.
fn parse(mut event: Value) -> anyhow::Result<(Command, bool)> {
    let is_agreed = event.as_object_mut().and_then(|fields| fields.remove("yes")) == Some(Value::Bool(true));
    let command = serde_json::from_value(event).context(
        "no command of this version; commands are invite (days), cabinets, cabinet (id), people, broadcast (text, language), \
         remove-cabinet (id), remove-person (telegram_id), redrive, rotate-key (finish)",
    )?;
    Ok((command, is_agreed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_command_and_may_agree() {
        let invite = parse(json!({ "command": "invite", "days": 7 })).unwrap();
        assert_eq!(invite, (Command::Invite { days: 7 }, false));
        let remove = parse(json!({ "command": "remove-cabinet", "id": 7, "yes": true })).unwrap();
        assert_eq!(remove, (Command::RemoveCabinet { id: 7 }, true));
        assert!(!parse(json!({ "command": "people", "yes": "true" })).unwrap().1, "a word is no yes");
        for unknown in [json!({ "command": "drop" }), json!({}), json!([]), json!("people"), Value::Null] {
            assert!(parse(unknown).unwrap_err().to_string().contains("commands are invite (days), cabinets"));
        }
    }

    #[tokio::test]
    async fn the_deploy_gets_a_link_for_one_person_and_nothing_else() {
        let run = |command, is_agreed| async move {
            assert_eq!((command, is_agreed), (Command::Invite { days: 7 }, false));
            Ok("https://t.me/wb_bot?start=code\nFor one person, until 2026-12-07.".to_owned())
        };
        let done = first_link(Step::FirstInvite, &run).await.unwrap();
        assert_eq!(done.attributes["Link"], "https://t.me/wb_bot?start=code");
        assert!(first_link(Step::ByHand, &run).await.is_err());
    }
}
