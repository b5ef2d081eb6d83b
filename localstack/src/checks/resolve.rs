//! What CloudFormation would make of a value of the transform, with every parameter at its default and likely names of
//! resources. What it does not know is an error, so that nobody goes on with half of a name.

use anyhow::{Context, Result, bail, ensure};
use domain::deployment;
use serde_json::Value;

use crate::base::template;

/// The name of the stack.
pub(super) const STACK: &str = "wb-assist";
/// What stands before the names of resources in an ARN.
const ARN: &str = "eu-central-1:1";
/// The number of every version of a function.
pub(super) const VERSION: &str = "7";

/// A value as text.
pub(super) fn text(transformed: &Value, value: &Value) -> Result<String> {
    match value {
        Value::String(text) => return Ok(text.clone()),
        Value::Number(number) => return Ok(number.to_string()),
        _ => {}
    }
    let unknown = || format!("it is written in a way that is not known here: {value}");
    let (function, argument) = value.as_object().and_then(|fields| fields.iter().next()).with_context(unknown)?;
    match function.as_str() {
        "Ref" => reference(transformed, argument.as_str().with_context(unknown)?),
        "Fn::Sub" => substitute(transformed, argument.as_str().with_context(unknown)?),
        "Fn::GetAtt" => {
            let part = |place: usize| argument[place].as_str().with_context(unknown);
            attribute(transformed, part(0)?, part(1)?)
        }
        "Fn::If" => {
            let holds = holds(transformed, &transformed["Conditions"][argument[0].as_str().with_context(unknown)?])?;
            text(transformed, &argument[if holds { 1 } else { 2 }])
        }
        "Fn::FindInMap" => {
            let part = |place: usize| text(transformed, &argument[place]);
            text(transformed, &transformed["Mappings"][part(0)?][part(1)?][part(2)?])
        }
        _ => bail!(unknown()),
    }
}

/// Whether a condition is met.
fn holds(transformed: &Value, condition: &Value) -> Result<bool> {
    let unknown = || format!("the condition is not known here: {condition}");
    let (function, argument) = condition.as_object().and_then(|fields| fields.iter().next()).with_context(unknown)?;
    let all =
        || argument.as_array().into_iter().flatten().map(|one| holds(transformed, one)).collect::<Result<Vec<_>>>();
    Ok(match function.as_str() {
        "Fn::Equals" => text(transformed, &argument[0])? == text(transformed, &argument[1])?,
        "Fn::Not" => !holds(transformed, &argument[0])?,
        "Fn::And" => !all()?.contains(&false),
        "Fn::Or" => all()?.contains(&true),
        "Condition" => holds(transformed, &transformed["Conditions"][argument.as_str().with_context(unknown)?])?,
        _ => bail!(unknown()),
    })
}

/// What `Ref` gives of a parameter or a resource.
fn reference(transformed: &Value, name: &str) -> Result<String> {
    match &transformed["Parameters"][name]["Default"] {
        Value::Null => {}
        default => return text(transformed, default),
    }
    let resource = &transformed["Resources"][name];
    Ok(match resource["Type"].as_str() {
        Some("AWS::SQS::Queue") => {
            format!("https://sqs.eu-central-1.amazonaws.com/1/{}", attribute(transformed, name, "QueueName")?)
        }
        Some("AWS::SecretsManager::Secret") => format!("arn:aws:secretsmanager:{ARN}:secret:{name}"),
        Some("AWS::Lambda::Alias") => {
            let function = text(transformed, &resource["Properties"]["FunctionName"])?;
            let alias = text(transformed, &resource["Properties"]["Name"])?;
            format!("arn:aws:lambda:{ARN}:function:{function}:{alias}")
        }
        Some("AWS::Lambda::Version") => {
            let function = text(transformed, &resource["Properties"]["FunctionName"])?;
            format!("arn:aws:lambda:{ARN}:function:{function}:{VERSION}")
        }
        Some("AWS::Lambda::EventSourceMapping") => format!("uuid-of-{name}"),
        Some(
            "AWS::Events::EventBus"
            | "AWS::Lambda::Function"
            | "AWS::CloudWatch::Alarm"
            | "AWS::CloudWatch::CompositeAlarm",
        ) => format!("{STACK}-{name}"),
        Some("AWS::RDS::DBInstance") => format!("{STACK}-{}", name.to_lowercase()),
        other => bail!("it refers to {name}, of which the type {other:?} is not known here"),
    })
}

/// What `Fn::GetAtt` gives of a resource.
fn attribute(transformed: &Value, of: &str, name: &str) -> Result<String> {
    let resource = &transformed["Resources"][of];
    Ok(match (resource["Type"].as_str(), name) {
        (Some(template::SETTINGS), "VaultKeyArn") | (Some("AWS::KMS::Key"), "Arn") => {
            format!("arn:aws:kms:{ARN}:key/x")
        }
        // What preflight makes of the default class.
        (Some(template::SETTINGS), deployment::CONNECTIONS_ALARM) => {
            deployment::connections_alarm(&attribute(transformed, of, "DatabaseClass")?).to_string()
        }
        (Some(template::SETTINGS), name) => {
            let setting = deployment::SETTINGS.iter().find(|setting| setting.name == name);
            setting.with_context(|| format!("there is no setting {name}"))?.default.to_owned()
        }
        (Some("AWS::SQS::Queue"), "QueueName") => match &resource["Properties"]["QueueName"] {
            Value::Null => format!("{STACK}-{of}"),
            name => text(transformed, name)?,
        },
        (Some("AWS::SQS::Queue"), "Arn") => {
            format!("arn:aws:sqs:{ARN}:{}", attribute(transformed, of, "QueueName")?)
        }
        (Some("AWS::Lambda::Function"), "Arn") => format!("arn:aws:lambda:{ARN}:function:{STACK}-{of}"),
        (Some("AWS::Lambda::Version"), "Version") => VERSION.to_owned(),
        (Some("AWS::Lambda::Url"), "FunctionUrl") => "https://bot.example.org/".to_owned(),
        (Some("AWS::RDS::DBInstance"), "Endpoint.Address") => "database.example.org".to_owned(),
        (other, name) => bail!("it asks {of} of the type {other:?} for {name}, which is not known here"),
    })
}

/// A text with its names filled in.
fn substitute(transformed: &Value, text: &str) -> Result<String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        let (name, behind) = behind.split_once('}').with_context(|| format!("a name does not end in {text:?}"))?;
        filled.push_str(before);
        filled.push_str(&match name.split_once('.') {
            _ if name == "AWS::StackName" => STACK.to_owned(),
            Some((of, attribute_name)) => attribute(transformed, of, attribute_name)?,
            None => reference(transformed, name)?,
        });
        rest = behind;
    }
    ensure!(!rest.contains('}') || !text.contains("${"), "a name does not begin in {text:?}");
    Ok(filled + rest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_what_cloudformation_would_make_of_it() {
        let template = json!({
            "Parameters": { "Port": { "Default": 5432 }, "Empty": { "Default": "" } },
            "Conditions": {
                "Own": { "Fn::Equals": [{ "Ref": "Empty" }, ""] },
                "Other": { "Fn::Not": [{ "Condition": "Own" }] },
                "Both": { "Fn::And": [{ "Condition": "Own" }, { "Condition": "Other" }] },
            },
            "Mappings": { "Rates": { "5432": { "Seconds": 300 } } },
            "Resources": {
                "Queue": { "Type": "AWS::SQS::Queue", "Properties": { "QueueName": { "Fn::Sub": "${AWS::StackName}-sync" } } },
                "Letters": { "Type": "AWS::SQS::Queue" }, "Other": { "Type": "AWS::S3::Bucket" },
                "Database": { "Type": "AWS::RDS::DBInstance" }, "Bot": { "Type": "AWS::Lambda::Function" },
                "Version": { "Type": "AWS::Lambda::Version", "Properties": { "FunctionName": { "Ref": "Bot" } } },
                "Alias": { "Type": "AWS::Lambda::Alias", "Properties": { "FunctionName": { "Ref": "Bot" }, "Name": "live" } },
            },
        });
        let resolved = |value: Value| text(&template, &value).map_err(|error| error.to_string());
        for (value, expected) in [
            (json!({ "Ref": "Port" }), "5432"),
            (json!({ "Ref": "Empty" }), ""),
            (json!({ "Ref": "Queue" }), "https://sqs.eu-central-1.amazonaws.com/1/wb-assist-sync"),
            (json!({ "Fn::GetAtt": ["Letters", "QueueName"] }), "wb-assist-Letters"),
            (json!({ "Fn::GetAtt": ["Version", "Version"] }), "7"),
            (json!({ "Ref": "Version" }), "arn:aws:lambda:eu-central-1:1:function:wb-assist-Bot:7"),
            (json!({ "Ref": "Alias" }), "arn:aws:lambda:eu-central-1:1:function:wb-assist-Bot:live"),
            (
                json!({ "Fn::If": ["Own", { "Fn::GetAtt": ["Database", "Endpoint.Address"] }, "x"] }),
                "database.example.org",
            ),
            (json!({ "Fn::If": ["Other", "x", { "Ref": "Port" }] }), "5432"),
            (json!({ "Fn::If": ["Both", "x", "y"] }), "y"),
            (json!({ "Fn::FindInMap": ["Rates", { "Ref": "Port" }, "Seconds"] }), "300"),
            (json!({ "Fn::Sub": "Metrics/${AWS::StackName}" }), "Metrics/wb-assist"),
            (json!({ "Fn::Sub": "${Bot}:live of ${Queue.QueueName}" }), "wb-assist-Bot:live of wb-assist-sync"),
            (json!(7), "7"),
        ] {
            assert_eq!(resolved(value.clone()), Ok(expected.to_owned()), "{value}");
        }
        for unknown in [
            json!({ "Fn::Sub": "${Queue.Url}" }),
            json!({ "Fn::Sub": "${Nobody}" }),
            json!({ "Ref": "Other" }),
            json!({ "Fn::Join": [] }),
            json!({ "Fn::If": ["Nobody", "x", "y"] }),
            json!({ "Fn::FindInMap": ["Rates", "1", "Seconds"] }),
            json!(null),
        ] {
            assert!(resolved(unknown.clone()).is_err(), "{unknown}");
        }
    }
}
