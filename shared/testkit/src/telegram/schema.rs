//! Which parameters a method takes: read from a machine-readable Bot API, not written down here.
//!
//! `bot-api.json` is the part of Bot API 10.3 (npm `@gramio/types` 10.3.1, MIT) that the fake plays.
//! What is not in it is refused, although Telegram would ignore it: a misspelt name is found at once.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use serde_json::{Map, Value};

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| serde_json::from_str(include_str!("bot-api.json")).expect("the file is tested"));

#[derive(Deserialize)]
struct Schema {
    methods: BTreeMap<String, Fields>,
    types: BTreeMap<String, Type>,
}

type Fields = BTreeMap<String, Field>;

#[derive(Deserialize)]
struct Field {
    types: Vec<String>,
    required: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Type {
    Union { one_of: Vec<String> },
    Object { fields: Fields },
}

/// The method's name as the documents write it; Telegram takes it in any case.
pub(super) fn method_name(name: &str) -> Option<&'static str> {
    SCHEMA.methods.keys().find(|known| known.eq_ignore_ascii_case(name)).map(String::as_str)
}

/// Gives every parameter the type that the documents name, whether it came as JSON or as a form's text.
///
/// # Errors
/// What is wrong with one of them. That a required parameter is missing is for the method to tell.
pub(super) fn typed(method: &str, parameters: Map<String, Value>) -> Result<Map<String, Value>, String> {
    let fields = &SCHEMA.methods[method];
    let mut result = Map::new();
    for (name, value) in parameters {
        let field = fields.get(&name).ok_or_else(|| format!("unknown parameter \"{name}\" of {method}"))?;
        let value = convert(&value, &field.types).map_err(|problem| format!("can't parse {name}: {problem}"))?;
        result.insert(name, value);
    }
    Ok(result)
}

/// Whether a value is of a type of the documents: with what it must have, and with nothing else.
///
/// # Errors
/// What is wrong with it.
#[cfg(test)]
pub(super) fn check_type(value: &Value, kind: &str) -> Result<(), String> {
    convert(value, &[kind.to_owned()]).map(|_| ())
}

fn convert(value: &Value, types: &[String]) -> Result<Value, String> {
    let mut problem = None;
    for kind in types {
        match convert_to(value, kind) {
            Ok(value) => return Ok(value),
            // Of several objects the one that the value was meant to be tells what is wrong with it.
            Err(Problem::Inside(inside)) => problem = Some(inside),
            Err(Problem::AnotherType) => {}
        }
    }
    Err(problem.unwrap_or_else(|| format!("must be {}", types.join(" or "))))
}

enum Problem {
    AnotherType,
    Inside(String),
}

fn convert_to(value: &Value, kind: &str) -> Result<Value, Problem> {
    match (kind, value) {
        ("Integer", Value::Number(number)) if number.is_i64() => Ok(value.clone()),
        ("Integer", Value::String(text)) => text.parse::<i64>().map(Value::from).map_err(|_| Problem::AnotherType),
        ("Boolean", Value::Bool(_)) | ("String", Value::String(_)) | ("True", Value::Bool(true)) => Ok(value.clone()),
        ("Boolean", Value::String(text)) => text.parse::<bool>().map(Value::from).map_err(|_| Problem::AnotherType),
        ("Integer" | "Boolean" | "String" | "True" | "InputFile", _) => Err(Problem::AnotherType),
        // A form carries arrays and objects as JSON text.
        (kind, Value::String(text)) => match serde_json::from_str(text) {
            Ok(parsed @ (Value::Array(_) | Value::Object(_))) => convert_to(&parsed, kind),
            _ => union(value, kind),
        },
        (kind, value) => match (kind.strip_prefix("Array of "), value) {
            (Some(kind), Value::Array(values)) => {
                Ok(Value::Array(values.iter().map(|value| convert_to(value, kind)).collect::<Result<_, _>>()?))
            }
            (None, Value::Object(values)) => match SCHEMA.types.get(kind) {
                Some(Type::Object { fields }) => object(values, kind, fields),
                _ => union(value, kind),
            },
            _ => Err(Problem::AnotherType),
        },
    }
}

fn union(value: &Value, kind: &str) -> Result<Value, Problem> {
    let Some(Type::Union { one_of }) = SCHEMA.types.get(kind) else { return Err(Problem::AnotherType) };
    convert(value, one_of).map_err(Problem::Inside)
}

fn object(values: &Map<String, Value>, kind: &str, fields: &Fields) -> Result<Value, Problem> {
    if let Some((missing, _)) = fields.iter().find(|(name, field)| field.required && !values.contains_key(*name)) {
        // Another member of the union may be meant, unless the value has a required field of this one.
        let is_meant = values.keys().any(|name| fields.get(name).is_some_and(|field| field.required));
        return Err(if is_meant {
            Problem::Inside(format!("{kind} has no \"{missing}\""))
        } else {
            Problem::AnotherType
        });
    }
    let mut result = Map::new();
    for (name, value) in values {
        let field = fields.get(name).ok_or_else(|| Problem::Inside(format!("unknown field \"{name}\" of {kind}")))?;
        let value = convert(value, &field.types)
            .map_err(|problem| Problem::Inside(format!("\"{name}\" of {kind}: {problem}")))?;
        result.insert(name.clone(), value);
    }
    Ok(Value::Object(result))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(method: &str, parameters: Value) -> Result<Value, String> {
        let Value::Object(parameters) = parameters else { panic!("parameters are an object") };
        typed(method, parameters).map(Value::Object)
    }

    #[test]
    fn names_of_methods_are_taken_in_any_case() {
        assert_eq!(method_name("SENDmessage"), Some("sendMessage"));
        assert_eq!(method_name("sendMessages"), None);
    }

    #[test]
    fn a_form_and_json_become_the_same() {
        let keyboard = json!({"inline_keyboard": [[{"text": "Да", "callback_data": "y"}]]});
        let as_json = json!({"chat_id": 7, "text": "x", "protect_content": true, "reply_markup": keyboard});
        let as_form =
            json!({"chat_id": "7", "text": "x", "protect_content": "true", "reply_markup": keyboard.to_string()});
        assert_eq!(check("sendMessage", as_form), check("sendMessage", as_json.clone()));
        assert_eq!(check("sendMessage", as_json.clone()), Ok(as_json));
    }

    #[test]
    fn a_misspelt_name_is_found_at_every_depth() {
        assert_eq!(
            check("sendMessage", json!({"chat_id": 7, "txt": "x"})),
            Err("unknown parameter \"txt\" of sendMessage".to_owned())
        );
        assert_eq!(
            check("sendMessage", json!({"reply_markup": {"inline_keyboard": [[{"text": "x", "data": "y"}]]}})),
            Err("can't parse reply_markup: \"inline_keyboard\" of InlineKeyboardMarkup: \
                 unknown field \"data\" of InlineKeyboardButton"
                .to_owned())
        );
        assert_eq!(
            check("sendMessage", json!({"reply_markup": {"inline_keyboard": [[{"callback_data": "y"}]]}})).unwrap_err(),
            "can't parse reply_markup: \"inline_keyboard\" of InlineKeyboardMarkup: \
             must be Array of Array of InlineKeyboardButton"
        );
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        assert_eq!(check("sendMessage", json!({"text": 1})), Err("can't parse text: must be String".to_owned()));
        assert!(check("setMyCommands", json!({"commands": "[]", "scope": {"type": "default"}})).is_ok());
        assert!(check("setMyCommands", json!({"commands": [], "scope": {"type": "chat", "chat_id": 1}})).is_ok());
        assert!(check("sendMessage", json!({"reply_markup": "x"})).is_err());
    }

    #[test]
    fn every_type_that_the_file_names_is_in_it() {
        let fields = SCHEMA.methods.values().chain(SCHEMA.types.values().filter_map(|kind| match kind {
            Type::Object { fields } => Some(fields),
            Type::Union { .. } => None,
        }));
        for kind in fields.flat_map(BTreeMap::values).flat_map(|field| &field.types) {
            let kind = kind.trim_start_matches("Array of ");
            let simple = ["Integer", "String", "Boolean", "True", "InputFile"].contains(&kind);
            assert!(simple || SCHEMA.types.contains_key(kind), "{kind}");
        }
    }
}
