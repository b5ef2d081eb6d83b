//! The runbooks of docs/operations.md that can be played here, with the very commands that stand there.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::json;

use crate::cloud::{LocalCloud, get, post};

/// What @BotFather gives in place of the token before.
const NEW_TOKEN: &str = "1000000001:the-token-after-a-revoke";
/// The stack of the deploy that fails.
const FAILING: &str = "wb-assist-failing";
/// How often, and how many times, a tick has what was refused tried again.
const TICK_EVERY: Duration = Duration::from_secs(10);
const TICKS_MAX: usize = 30;
/// For a machine that has no jq: what the document asks it for.
const JQ: &str = r#"command -v jq > /dev/null || jq() { python3 -c 'import json, os, sys
secret = json.load(sys.stdin); secret["bot_token"] = os.environ["TOKEN"]; print(json.dumps(secret))'; }"#;
/// A resource that no AWS makes: its queue has no valid name.
const BROKEN: &str = "  Broken:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: no name!\n";

/// `/revoke`, and a new token in the secret: what is sent next is sent with it, by processes that are running.
pub async fn the_bots_token(cloud: &LocalCloud) {
    let order = cloud.order();
    let tellings = async || cloud.tellings_of(&order).await;
    cloud.play_telegram("token", &json!({ "token": NEW_TOKEN })).await;
    let mut ticks = vec![cloud.begin(&["tick"])];
    cloud.until("the refusal of the old token", async || cloud.logs().contains("the bot's token is refused")).await;
    assert_eq!(tellings().await, 0);

    bash(cloud, &blocks("The bot's token")[0], NEW_TOKEN);
    // A process asks for its secrets once a minute at most, so the first of these ticks may be refused as well.
    while tellings().await == 0 {
        assert!(ticks.len() < TICKS_MAX, "the new token never reaches the webhook:\n{}", cloud.logs());
        ticks.push(cloud.begin(&["tick"]));
        cloud.within(TICK_EVERY, async || tellings().await > 0).await;
    }
    assert_eq!(tellings().await, 1);
    for mut tick in ticks {
        // Each ends by itself, when nothing waits any more; none is of use now.
        let _ended_already = tick.kill();
        let _buried = tick.wait();
    }
}

/// A new secret for the webhook, and Telegram told of it: no update is lost, and none comes with the old one.
pub async fn the_webhooks_secret(cloud: &LocalCloud) {
    bash(cloud, &blocks("The webhook's secret")[0], "");
    // What a deploy with a higher SecretsGeneration does.
    let state = cloud.state();
    let [aws, watch] = ["aws_endpoint_url", "watch_url"].map(|name| state[name].as_str().expect("an address"));
    let answers = format!("{aws}/local/answers/webhooks-secret");
    let webhook = cloud.telegram(&format!("bot{NEW_TOKEN}/getWebhookInfo")).await["result"]["url"].clone();
    let event = json!({
        "RequestType": "Update",
        "ResponseURL": answers,
        "StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/wb-assist/local",
        "RequestId": "webhooks-secret",
        "LogicalResourceId": "TelegramBot",
        "PhysicalResourceId": "TelegramBot",
        "ResourceType": "Custom::TelegramBot",
        "ResourceProperties": { "WebhookUrl": webhook, "MaxConnections": "10" },
    });
    post(&format!("{watch}/2015-03-31/functions/migrate/invocations"), &event).await;
    let answer = get(&answers).await;
    assert_eq!(answer["Status"], "SUCCESS", "{answer}");

    let before = cloud.bot_messages().await.len();
    let mut say = cloud.begin(&["say", "/help"]);
    cloud
        .until("the answer to an update with the new secret", async || cloud.bot_messages().await.len() > before)
        .await;
    let _it_may_have_seen_no_answer = say.wait();
}

/// A new data key: what is sealed under the old one is sealed anew, and is read as before.
pub async fn the_data_key(cloud: &LocalCloud) {
    cloud.run(&["ops", "rotate-key"]);
    let order = cloud.order();
    cloud.run(&["tick"]);
    assert_eq!(cloud.tellings_of(&order).await, 1, "{}", cloud.logs());
    cloud.run(&["ops", "rotate-key", "--finish"]);
}

/// A stack that fails at its creation is deleted, leaves nothing that stands in the way, and is made again.
pub fn a_first_deploy_that_failed(cloud: &LocalCloud) {
    let mut template = bash(cloud, "aws s3 cp s3://local/template.yaml -", "");
    // On the local cloud functions have the names by which `cargo lambda watch` knows them.
    for function in cloud.state()["functions"].as_array().expect("the functions") {
        let name = format!("FunctionName: {}", function.as_str().expect("a name"));
        template = template.replace(&format!("{name}\n"), &format!("{name}-{FAILING}\n"));
    }
    let (before, resources) = template.split_once("\nResources:\n").expect("a template with resources");
    let broken = format!("{before}\nResources:\n{BROKEN}{resources}");
    for (name, template) in [("whole", &template), ("broken", &broken)] {
        fs::write(cloud.folder().join(name), template).expect("the template is written");
    }
    let create = |name: &str| {
        let file = cloud.folder().join(name);
        let parameters =
            "aws cloudformation describe-stacks --stack-name wb-assist --query 'Stacks[0].Parameters' --output json";
        format!(
            "aws s3 cp --quiet {file} s3://local/{name}.yaml && {parameters} > {file}.parameters && \
             aws cloudformation create-stack --stack-name {FAILING} --template-url $AWS_ENDPOINT_URL/local/{name}.yaml \
             --parameters file://{file}.parameters --capabilities CAPABILITY_IAM CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND",
            file = file.display()
        )
    };
    let wait = |for_what: &str| format!("aws cloudformation wait stack-{for_what}-complete --stack-name {FAILING}");
    let status = format!(
        "aws cloudformation describe-stacks --stack-name {FAILING} --query 'Stacks[0].StackStatus' --output text"
    );

    bash(cloud, &format!("{} && ! {}", create("broken"), wait("create")), "");
    let failed = bash(cloud, &status, "");
    assert!(failed.contains("FAILED") || failed.contains("ROLLBACK"), "{failed}");
    let delete = format!("aws cloudformation delete-stack --stack-name {FAILING} && {}", wait("delete"));
    bash(cloud, &delete, "");
    let left = bash(
        cloud,
        &format!("aws sqs list-queues --endpoint-url $AWS_ENDPOINT_URL --queue-name-prefix {FAILING} --output text"),
        "",
    );
    assert!(!left.contains(FAILING), "{left}");

    bash(cloud, &format!("{} && {}", create("whole"), wait("create")), "");
    assert_eq!(bash(cloud, &status, "").trim(), "CREATE_COMPLETE");
    bash(cloud, &delete, "");
}

fn operations() -> String {
    // A test stands in the folder of its crate.
    fs::read_to_string("../docs/operations.md").expect("docs/operations.md")
}

/// The blocks of code below a heading of docs/operations.md.
fn blocks(heading: &str) -> Vec<String> {
    let text = operations();
    let below = text.split("\n#").find(|part| part.trim_start_matches('#').trim_start().starts_with(heading));
    let below = below.unwrap_or_else(|| panic!("no heading {heading}"));
    below.split("```\n").skip(1).step_by(2).map(str::to_owned).collect()
}

/// Runs a block after the first one of the document, which names the stack and makes `output` and `resource`.
fn bash(cloud: &LocalCloud, block: &str, stdin: &str) -> String {
    let operations = operations();
    let prelude = operations.split("```\n").nth(1).expect("the first block");
    let state = cloud.state();
    let [venv, aws] = ["venv", "aws_endpoint_url"].map(|name| state[name].as_str().expect("it is known"));
    let path = format!("export PATH={venv}/bin:$PATH AWS_REGION=us-east-1");
    let script = format!("set -euo pipefail\n{prelude}\n{path}\n{JQ}\n{block}");
    let mut child = Command::new("bash")
        .args(["-c", &script])
        .env("AWS_ENDPOINT_URL", aws)
        .envs([("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local"), ("AWS_DEFAULT_REGION", "us-east-1")])
        .envs([("AWS_PAGER", ""), ("NO_PROXY", "127.0.0.1,localhost")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("bash");
    let mut input = child.stdin.take().expect("it is piped");
    writeln!(input, "{stdin}").expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{block}\n{said}{complained}\n{}", cloud.logs());
    said.into_owned()
}
