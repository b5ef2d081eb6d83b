//! WB's specification as a judge: OpenAPI files, and a validator of JSON Schema that knows them.

use std::path::Path;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};
use testkit::wb::{Exchange, Method};

/// The official files that hold the methods in use.
const FILES: [&str; 5] =
    ["01-general.yaml", "02-items.yaml", "09-communications.yaml", "11-analytics.yaml", "12-reports.yaml"];
/// What is newer than they are, in words of ours.
const NEWER: &str = include_str!("../../../testkit/schemas/wb-newer.yaml");
/// What the newer file says of every method.
const ANY_METHOD: &str = "x-any-method";

/// One file: as it is, and with its schemas in the words of JSON Schema.
struct Document {
    is_official: bool,
    raw: Value,
    components: Value,
}

pub struct Specification(Vec<Document>);

impl Specification {
    /// The official files in `folder`, and ours.
    pub fn load(folder: &Path) -> Self {
        let official = FILES.map(|name| {
            let path = folder.join(name);
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            Document::new(&text, true)
        });
        Self(official.into_iter().chain([Document::new(NEWER, false)]).collect())
    }

    /// The official examples of what a method answers with this status; where a file has none as a
    /// whole, one made of the examples of its fields.
    pub fn examples(&self, method: Method, verb: &str, is_wanted: impl Fn(u16) -> bool) -> Vec<(u16, Value)> {
        let mut examples = Vec::new();
        for (document, operation) in self.operations(method.path(), verb) {
            for (status, response) in operation["responses"].as_object().into_iter().flatten() {
                let status: u16 = status.parse().unwrap();
                let response = document.resolve(response);
                for content in response["content"].as_object().into_iter().flat_map(Map::values) {
                    if !is_wanted(status) {
                        continue;
                    }
                    let named = content["examples"].as_object().into_iter().flat_map(Map::values);
                    let mut found: Vec<Value> =
                        named.map(|example| document.resolve(example)["value"].clone()).collect();
                    found.extend(content.get("example").cloned());
                    if found.is_empty() && content.get("schema").is_some() {
                        found.push(document.made_up(&content["schema"]));
                    }
                    examples.extend(found.into_iter().map(|example| (status, example)));
                }
            }
        }
        examples
    }

    /// What is wrong with a request.
    pub fn judge_request(&self, exchange: &Exchange) -> Vec<String> {
        let Some((document, operation)) = self.operations(exchange.method.path(), &exchange.verb).next() else {
            return vec![format!("{} {} is in no specification", exchange.verb, exchange.method.path())];
        };
        let mut wrong = Vec::new();
        let host = format!("https://{}-api.wildberries.ru", exchange.host.name());
        let path = document.path(exchange.method.path());
        let servers = path["servers"].as_array().or(operation["servers"].as_array()).into_iter().flatten();
        // A ping is at every host, of which the file names one.
        if exchange.method != Method::Ping && servers.into_iter().all(|server| server["url"] != host) {
            wrong.push(format!("{host} is no server of it"));
        }
        let parameters: Vec<&Value> = [&path["parameters"], &operation["parameters"]]
            .into_iter()
            .flat_map(|list| list.as_array().into_iter().flatten())
            .map(|parameter| document.resolve(parameter))
            .filter(|parameter| parameter["in"] == "query")
            .collect();
        let query: Vec<(String, String)> =
            url::form_urlencoded::parse(exchange.query.as_bytes()).into_owned().collect();
        for (name, value) in &query {
            let Some(parameter) = parameters.iter().find(|parameter| parameter["name"] == **name) else {
                wrong.push(format!("unknown parameter {name}"));
                continue;
            };
            let value = match parameter["schema"]["type"].as_str() {
                Some("integer" | "boolean" | "number") => serde_json::from_str(value).unwrap_or(json!(value)),
                _ => json!(value),
            };
            wrong.extend(
                document.errors(&parameter["schema"], &value).into_iter().map(|error| format!("{name}: {error}")),
            );
        }
        let required = parameters.iter().filter(|parameter| parameter["required"] == true);
        let missing = required.filter(|parameter| query.iter().all(|(name, _)| parameter["name"] != **name));
        wrong.extend(missing.map(|parameter| format!("the parameter {} is missing", parameter["name"])));

        let body = document.resolve(&operation["requestBody"]);
        let content_type = exchange.request_type.as_deref().unwrap_or_default();
        match (&body["content"][content_type]["schema"], exchange.request_body.as_slice()) {
            (Value::Null, []) if body["required"] != true => {}
            (Value::Null, _) => wrong.push(format!("a body of the type {content_type:?} is not foreseen")),
            (schema, bytes) => match serde_json::from_slice(bytes) {
                Ok(body) => wrong.extend(document.errors(schema, &body)),
                Err(error) => wrong.push(format!("the body is no JSON: {error}")),
            },
        }
        wrong
    }

    /// What is wrong with an answer, and whether the official files speak of it.
    pub fn judge_answer(&self, exchange: &Exchange) -> (Vec<String>, bool) {
        let status = exchange.status.to_string();
        let of_method = self.operations(exchange.method.path(), &exchange.verb);
        let responses = of_method
            .map(|(document, operation)| (document, &operation["responses"][&status]))
            .chain(self.0.iter().map(|document| (document, &document.raw[ANY_METHOD][&status])))
            .filter(|(_, response)| !response.is_null());
        let mut first = None;
        for (document, response) in responses {
            let wrong = document.judge_body(document.resolve(response), exchange);
            if wrong.is_empty() {
                return (Vec::new(), document.is_official);
            }
            first.get_or_insert((wrong, document.is_official));
        }
        first.unwrap_or_else(|| (vec![format!("the status {status} is in no specification")], false))
    }

    /// A method in the files that have it, the official ones first.
    fn operations<'a>(&'a self, path: &'a str, verb: &str) -> impl Iterator<Item = (&'a Document, &'a Value)> {
        let verb = verb.to_lowercase();
        self.0.iter().filter_map(move |document| {
            let operation = &document.path(path)[&verb];
            (!operation.is_null()).then_some((document, operation))
        })
    }
}

impl Document {
    fn new(text: &str, is_official: bool) -> Self {
        let raw: Value = serde_norway::from_str(text).unwrap();
        let mut components = raw["components"].clone();
        into_json_schema(&mut components, true);
        Self { is_official, raw, components }
    }

    fn path(&self, path: &str) -> &Value {
        &self.raw["paths"][path]
    }

    /// What stands at the place that a value points to, or the value itself.
    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(place) => {
                self.raw.pointer(place.trim_start_matches('#')).unwrap_or_else(|| panic!("{place} leads nowhere"))
            }
            None => value,
        }
    }

    fn errors(&self, schema: &Value, instance: &Value) -> Vec<String> {
        let mut schema = schema.clone();
        into_json_schema(&mut schema, true);
        let errors = self.validator(&schema);
        errors.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    fn validator(&self, schema: &Value) -> Validator {
        // OpenAPI 3.0 speaks draft 4 with few words of its own.
        let root = json!({"allOf": [schema], "components": self.components});
        let options = jsonschema::options().with_draft(Draft::Draft4).should_validate_formats(true);
        options.build(&root).unwrap_or_else(|error| panic!("{error}"))
    }

    fn judge_body(&self, response: &Value, exchange: &Exchange) -> Vec<String> {
        let Some(content) = response["content"].as_object() else {
            let is_empty = exchange.answer_body.is_empty();
            // Some answers are named without a word of their body.
            return if is_empty || exchange.status != 204 { vec![] } else { vec!["a body where none is".to_owned()] };
        };
        let Some(content) = content.get(exchange.answer_type) else {
            return vec![format!("the type {} is not foreseen", exchange.answer_type)];
        };
        let Some(schema) = content.get("schema") else { return vec![] };
        match serde_json::from_slice(&exchange.answer_body) {
            Ok(body) => self.errors(schema, &body),
            Err(error) => vec![format!("the body is no JSON: {error}")],
        }
    }

    /// An instance of a schema, made of the examples of its fields.
    fn made_up(&self, schema: &Value) -> Value {
        let schema = self.resolve(schema);
        if let Some(example) = schema.get("example") {
            return example.clone();
        }
        match schema["type"].as_str() {
            Some("array") => json!([self.made_up(&schema["items"])]),
            Some("object") => schema["properties"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, schema)| (name.clone(), self.made_up(schema)))
                .collect(),
            Some("integer" | "number") => json!(1),
            Some("boolean") => json!(true),
            _ => json!("text"),
        }
    }
}

/// Puts a schema of OpenAPI 3.0 into the words of JSON Schema. `is_strict`: an object has the fields
/// that are named and no others, or a field that nobody knows would go unnoticed; parts of one that
/// is put together are not strict.
fn into_json_schema(value: &mut Value, is_strict: bool) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| into_json_schema(value, is_strict)),
        Value::Object(schema) => {
            for (name, inner) in schema.iter_mut().filter(|(name, _)| *name != "example" && *name != "examples") {
                into_json_schema(inner, is_strict && name != "allOf");
            }
            if schema.get("nullable") == Some(&Value::Bool(true)) {
                if let Some(Value::String(name)) = schema.get("type").cloned() {
                    schema.insert("type".to_owned(), json!([name, "null"]));
                }
                if let Some(Value::Array(values)) = schema.get_mut("enum") {
                    values.push(Value::Null);
                }
            }
            let has_fields = schema
                .get("properties")
                .is_some_and(|fields| fields.is_object() && !fields.get("type").is_some_and(Value::is_string));
            if is_strict && has_fields && !schema.contains_key("additionalProperties") {
                schema.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        _ => {}
    }
}
