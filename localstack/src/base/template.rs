//! template.yaml as LocalStack gets it: the same, but for the code, the functions' names, an unusual interval, and what
//! stands in left-out.yaml.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context, Result, ensure};
use domain::deployment::SETTINGS as SETTINGS_OF_THIS_VERSION;
use serde::Deserialize;
use serde_norway::{Mapping, Value, value::TaggedValue};

/// What LocalStack does not have, each with its reason.
const LEFT_OUT: &str = include_str!("../../left-out.yaml");

/// The types of resources that are not in the local stack.
#[derive(Deserialize)]
pub(crate) struct LeftOut {
    /// Those that LocalStack lacks.
    pub left_out: BTreeMap<String, Why>,
    /// Resources, by their names, of types that LocalStack has.
    pub named: BTreeMap<String, Why>,
    /// Resources that only the transform makes, by their names: LocalStack looks for what refers to them before it.
    pub made_by_the_transform: BTreeSet<String>,
    /// The conditions that are not met here.
    pub unmet: BTreeSet<String>,
    /// Those that conditions keep away, each with what looks at it.
    pub by_condition: BTreeMap<String, String>,
    /// Those that are deployed.
    pub deployed: BTreeSet<String>,
}

/// Why a type is left out.
#[derive(Deserialize)]
pub(crate) struct Why {
    /// What is missing.
    pub reason: String,
    /// What looks at it instead.
    pub covered_by: String,
}

impl LeftOut {
    /// The list.
    pub(crate) fn read() -> Result<Self> {
        serde_norway::from_str(LEFT_OUT).context("left-out.yaml cannot be read")
    }

    /// Whether a resource is in the local stack.
    fn lets_stay(&self, id: &str, resource: &Value) -> bool {
        let of_type = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        !self.left_out.contains_key(of_type) && !self.named.contains_key(id) && !is_unmet(resource, self)
    }
}

/// The template, read.
pub(crate) struct Template {
    root: Value,
    /// The functions: names of binaries, in pipeline order.
    pub functions: Vec<String>,
    /// The custom resources: names, each with its type and properties, in the order of the file.
    pub custom: Vec<(String, String, Value)>,
}

impl Template {
    /// Reads it; each function takes the name of its binary, which is how `cargo lambda watch` knows it.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("in {}", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let mut root: Value = serde_norway::from_str(text)?;
        let list = LeftOut::read()?;
        let mut functions = Vec::new();
        let resources = root.get_mut("Resources").and_then(Value::as_mapping_mut).context("no Resources")?;
        for (id, resource) in resources.iter_mut() {
            let of_type = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
            let id = id.as_str().unwrap_or_default();
            let is_function = ["AWS::Serverless::Function", "AWS::Lambda::Function"].contains(&of_type);
            if !is_function || !list.lets_stay(id, resource) {
                continue;
            }
            let binary = ["Metadata", "BuildProperties", "Binary"].iter().try_fold(&*resource, |at, key| at.get(key));
            let binary = binary.and_then(Value::as_str).with_context(|| format!("{id} names no Binary"))?.to_owned();
            let properties = resource.get_mut("Properties").and_then(Value::as_mapping_mut);
            let properties = properties.with_context(|| format!("{id} has no Properties"))?;
            properties.insert("FunctionName".into(), binary.clone().into());
            // Here nothing stands in the way of SAM's globals, which say this of every function.
            properties.remove("Code");
            properties.remove("Architectures");
            if let Some(of_type) = resource.get_mut("Type") {
                *of_type = "AWS::Serverless::Function".into();
            }
            functions.push(binary);
        }
        let mut template = Self { root, functions, custom: Vec::new() };
        template.leave_out(&list)?;
        Ok(template)
    }

    /// Takes out what LocalStack does not have, and what refers to it.
    fn leave_out(&mut self, list: &LeftOut) -> Result<()> {
        let resources = self.root.get_mut("Resources").and_then(Value::as_mapping_mut).context("no Resources")?;
        let mut gone = list.made_by_the_transform.clone();
        resources.retain(|id, resource| {
            let of_type = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
            let id = id.as_str().unwrap_or_default();
            let stays = list.lets_stay(id, resource);
            // Its attributes are put in later, when the settings are known.
            if !stays && of_type != SETTINGS {
                gone.insert(id.to_owned());
            }
            if of_type.starts_with("Custom::") && !is_unmet(resource, list) {
                let properties = resource.get("Properties").cloned().unwrap_or_default();
                self.custom.push((id.to_owned(), of_type.to_owned(), properties));
            }
            stays
        });
        for (_, resource) in resources.iter_mut() {
            let Some(resource) = resource.as_mapping_mut() else { continue };
            if resource.get("DependsOn").and_then(Value::as_str).is_some_and(|id| gone.contains(id)) {
                resource.remove("DependsOn");
            }
            // From this property the transform makes the resources of CodeDeploy.
            let properties = resource.get_mut("Properties").and_then(Value::as_mapping_mut);
            if let Some(properties) = properties.filter(|_| list.left_out.contains_key("AWS::CodeDeploy::Application"))
            {
                properties.remove("DeploymentPreference");
            }
        }
        forget(&mut self.root, &gone);
        if let Some(outputs) = self.root.get_mut("Outputs").and_then(Value::as_mapping_mut) {
            outputs.retain(|_, output| !is_unmet(output, list));
        }
        Ok(())
    }

    /// The template with this address for the functions' code, which nobody runs, with these settings, and with this interval
    /// allowed.
    pub(crate) fn for_local_cloud(
        mut self,
        code_uri: &str,
        sync_interval_s: u32,
        settings: &BTreeMap<&'static str, String>,
    ) -> Result<String> {
        let custom = self.custom.iter().find(|(_, of_type, _)| of_type == SETTINGS);
        let id = custom.map(|(id, _, _)| id.clone()).with_context(|| format!("no resource of the type {SETTINGS}"))?;
        put_in(&mut self.root, &id, settings, Within::Resource)?;
        let globals = ["Globals", "Function"].iter().try_fold(&mut self.root, |at, key| at.get_mut(key));
        let globals = globals.and_then(Value::as_mapping_mut).context("no Globals.Function")?;
        globals.insert("CodeUri".into(), code_uri.into());

        let interval = sync_interval_s.to_string();
        let rates = self.root.get_mut("Mappings").and_then(|mappings| mappings.get_mut("RateOfInterval"));
        let rates = rates.and_then(Value::as_mapping_mut).context("no Mappings.RateOfInterval")?;
        if !rates.contains_key(interval.as_str()) {
            let period = [
                ("Expression", rate(sync_interval_s)),
                ("PeriodSeconds", sync_interval_s.max(300).into()),
                ("WaitSeconds", wait_s(sync_interval_s).into()),
            ];
            rates.insert(interval.clone().into(), mapping(period));
            let allowed = ["Parameters", "SyncInterval", "AllowedValues"];
            let allowed = allowed.iter().try_fold(&mut self.root, |at, key| at.get_mut(key));
            allowed
                .and_then(Value::as_sequence_mut)
                .context("SyncInterval has no AllowedValues")?
                .push(interval.into());
        }
        serde_norway::to_string(&self.root).map(|text| quote_words(&text)).context("cannot write the template")
    }
}

fn is_unmet(value: &Value, list: &LeftOut) -> bool {
    value.get("Condition").and_then(Value::as_str).is_some_and(|condition| list.unmet.contains(condition))
}

/// `yes` and `no` are words where the template is written, and truth values where LocalStack reads it.
fn quote_words(yaml: &str) -> String {
    let lines = yaml.lines().map(|line| {
        let word =
            ["yes", "no"].into_iter().find(|word| [": ", "- "].iter().any(|at| line.ends_with(&format!("{at}{word}"))));
        word.map_or_else(|| format!("{line}\n"), |word| format!("{}'{word}'\n", &line[..line.len() - word.len()]))
    });
    lines.collect()
}

/// What the deployed functions were given, in one: under `cargo lambda watch` all of them see all of it.
pub(crate) fn unite(
    environments: impl IntoIterator<Item = (String, BTreeMap<String, String>)>,
) -> Result<BTreeMap<String, String>> {
    let mut united: BTreeMap<String, String> = BTreeMap::new();
    for (function, environment) in environments {
        for (name, value) in environment {
            let known = united.entry(name.clone()).or_insert_with(|| value.clone());
            anyhow::ensure!(
                *known == value,
                "template.yaml gives {name} two values, and {function} has the second: under `cargo lambda watch` \
                 all functions share one environment, so use two names"
            );
        }
    }
    Ok(united)
}

/// As EventBridge writes it.
fn rate(interval_s: u32) -> Value {
    match interval_s / 60 {
        1 => "rate(1 minute)".into(),
        minutes => format!("rate({minutes} minutes)").into(),
    }
}

/// How long a notification may wait before a tick tells of it: so that the alarm comes within ten minutes, two of which
/// are CloudWatch's, where the ticks are that close.
fn wait_s(interval_s: u32) -> u32 {
    480_u32.saturating_sub(interval_s).max(180)
}

fn mapping<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Mapping(Mapping::from_iter(entries.map(|(key, value)| (Value::from(key), value))))
}

/// The type of the resource whose attributes are the settings.
pub(crate) const SETTINGS: &str = "Custom::Settings";

/// Where a setting stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// CloudFormation makes of a text what the property is; LocalStack does not.
    Resource,
    /// Variables of the environment are texts.
    Environment,
}

/// Puts each setting in the place of the attribute that it is in the cloud.
fn put_in(value: &mut Value, id: &str, settings: &BTreeMap<&'static str, String>, within: Within) -> Result<()> {
    match value {
        Value::Tagged(tagged) if tagged.tag == "!GetAtt" => {
            let attribute = tagged.value.as_str().and_then(|text| text.split_once('.')).filter(|(of, _)| *of == id);
            if let Some((_, name)) = attribute {
                let setting = settings.get(name).with_context(|| format!("there is no setting {name}"))?.as_str();
                *value = match setting.parse::<u64>() {
                    Ok(number) if within == Within::Resource => number.into(),
                    _ => setting.into(),
                };
            }
            Ok(())
        }
        Value::Tagged(tagged) => put_in(&mut tagged.value, id, settings, within),
        Value::Mapping(mapping) => mapping.iter_mut().try_for_each(|(key, value)| {
            put_in(value, id, settings, if key == "Variables" { Within::Environment } else { within })
        }),
        Value::Sequence(sequence) => sequence.iter_mut().try_for_each(|value| put_in(value, id, settings, within)),
        _ => Ok(()),
    }
}

/// Puts a word in the place of each resource that is not there, and of its attributes.
fn forget(value: &mut Value, gone: &BTreeSet<String>) {
    match value {
        Value::Tagged(tagged) => {
            let TaggedValue { tag, value: inner } = &mut **tagged;
            let text = inner.as_str().map(str::to_owned);
            match text {
                Some(text) if *tag == "!GetAtt" => {
                    if text.split_once('.').is_some_and(|(id, _)| gone.contains(id)) {
                        *value = LOCAL.into();
                    }
                }
                Some(text) if *tag == "!Ref" && gone.contains(&text) => *value = LOCAL.into(),
                Some(mut text) if *tag == "!Sub" => {
                    for id in gone {
                        while let Some(at) = text.find(&format!("${{{id}.")) {
                            let length = text[at..].find('}').map_or(text.len() - at, |end| end + 1);
                            text.replace_range(at..at + length, LOCAL);
                        }
                    }
                    *inner = text.into();
                }
                _ => forget(inner, gone),
            }
        }
        Value::Mapping(mapping) => mapping.iter_mut().for_each(|(_, value)| forget(value, gone)),
        Value::Sequence(sequence) => sequence.iter_mut().for_each(|value| forget(value, gone)),
        _ => {}
    }
}

/// What a resource that is left out, or an attribute of it, is here.
const LOCAL: &str = "local";

/// What names the migrations in `migrations/`: the number of the last one, and the beginning of its checksum. `store` says
/// the same of those that are compiled into the functions.
pub(crate) fn migrations_name() -> String {
    let Some(last) = crate::base::database::MIGRATIONS.iter().last() else { return String::new() };
    let begin = last.checksum.first_chunk::<6>().map(hex::encode).unwrap_or_default();
    format!("{:04}-{begin}", last.version)
}

/// What names the settings that this version knows.
pub(crate) fn settings_name() -> String {
    let defaults = SETTINGS_OF_THIS_VERSION.iter().flat_map(|setting| [setting.name, "=", setting.default, ";"]);
    format!("{:016x}", fnv(defaults.flat_map(str::bytes)))
}

/// FNV-1a: nobody attacks it, and it needs no library.
fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What names the texts that Telegram shows of the bot.
pub(crate) fn texts_name(workspace: &Path) -> Result<String> {
    let mut texts = Vec::new();
    for file in ["messages/texts/ru/profile.ftl", "messages/texts/en/profile.ftl", "messages/src/profile.rs"] {
        let path = workspace.join("shared").join(file);
        texts.extend(std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
    }
    Ok(format!("{:016x}", fnv(texts.into_iter())))
}

/// template.yaml with the names of the present migrations, texts and settings.
pub(crate) fn with_present_names(workspace: &Path) -> Result<(String, String)> {
    let path = workspace.join("template.yaml");
    let before = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut after = String::with_capacity(before.len());
    let mut found = 0;
    for line in before.lines() {
        let property = line.trim_start();
        let name = match property.split_once(": \"").map(|(name, _)| name) {
            Some("Migrations") => Some(("Migrations", migrations_name())),
            Some("Texts") => Some(("Texts", texts_name(workspace)?)),
            Some("Names") => Some(("Names", settings_name())),
            _ => None,
        };
        match name {
            Some((property_name, name)) => {
                found += 1;
                let indent = line.len() - property.len();
                after.push_str(&format!("{:indent$}{property_name}: \"{name}\"", ""));
            }
            None => after.push_str(line),
        }
        after.push('\n');
    }
    ensure!(found == 3, "template.yaml has the properties Names, Migrations and Texts once each");
    Ok((before, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = include_str!("../../../template.yaml");

    fn settings() -> BTreeMap<&'static str, String> {
        domain::deployment::parse("").unwrap()
    }

    #[test]
    fn every_function_is_called_like_its_binary_and_the_tags_survive() {
        let template = Template::parse(OURS).unwrap();
        assert_eq!(template.functions, ["preflight", "migrate", "fanout", "sync", "webhook", "bot", "ops"]);
        let text = template.for_local_cloud("s3://local/code.zip", 180, &settings()).unwrap();
        assert!(text.contains("INITIAL_SYNC_DAYS: '30'") && !text.contains("Setting."), "{text}");
        assert!(text.contains("FunctionName: fanout") && text.contains("CodeUri: s3://local/code.zip"));
        assert!(text.contains("SYNC_QUEUE_URL: !Ref SyncQueue"), "{text}");
        let tags = OURS.matches("!FindInMap").count();
        assert!(tags > 1 && text.matches("!FindInMap").count() == tags);
        assert!(!text.contains("Schema.Digest") && !text.contains("DependsOn: Schema"), "{text}");
    }

    #[test]
    fn a_word_stays_a_word() {
        assert_eq!(
            quote_words("Default: no\nAllowed:\n- yes\n- 'no'\nText: say no\n"),
            "Default: 'no'\nAllowed:\n- 'yes'\n- 'no'\nText: say no\n"
        );
        let text = Template::parse(OURS).unwrap().for_local_cloud("s3://a/b", 180, &settings()).unwrap();
        assert!(text.contains("Default: 'no'") && !text.contains("Default: no\n"), "{text}");
    }

    #[test]
    fn what_localstack_lacks_is_left_out_and_the_rest_is_not() {
        let count = |root: &Value| root["Resources"].as_mapping().unwrap().len();
        let whole: Value = serde_norway::from_str(OURS).unwrap();
        let list = LeftOut::read().unwrap();
        let template = Template::parse(OURS).unwrap();
        let names: Vec<_> = template.custom.iter().map(|(id, of_type, _)| (id.as_str(), of_type.as_str())).collect();
        let custom = [SETTINGS, "Custom::Schema", "Custom::TelegramBot", "Custom::FirstInvite"];
        let ids = ["Setting", "Schema", "TelegramBot", "FirstInvite"];
        assert!(names.into_iter().eq(ids.into_iter().zip(custom)));
        let resources = whole["Resources"].as_mapping().unwrap();
        let gone = resources.iter().filter(|(id, resource)| !list.lets_stay(id.as_str().unwrap(), resource)).count();
        assert_eq!(count(&template.root), count(&whole) - gone);
    }

    #[test]
    fn the_template_names_the_present_settings_migrations_and_texts() {
        let (before, after) = with_present_names(Path::new("..")).unwrap();
        assert!(before == after, "`cargo local prepare` writes their names into template.yaml");
    }

    #[test]
    fn every_setting_stands_in_the_documentation_as_it_is() {
        let text = std::fs::read_to_string("../docs/settings.md").unwrap();
        let written: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
        let known: Vec<String> = SETTINGS_OF_THIS_VERSION
            .iter()
            .map(|setting| {
                let default =
                    if setting.default.is_empty() { "nothing".to_owned() } else { format!("`{}`", setting.default) };
                format!("| `{}` | {default} | {} | {} |", setting.name, setting.allowed, setting.meaning)
            })
            .collect();
        assert!(written == known, "docs/settings.md is to have these lines:\n{}", known.join("\n"));
    }

    #[test]
    fn what_samconfig_says_of_settings_is_usable() {
        let samconfig = include_str!("../../../samconfig.toml");
        let lines: Vec<&str> = samconfig.lines().filter(|line| line.starts_with("parameter_overrides")).collect();
        assert_eq!(lines.len(), 3, "default, staging, prod");
        for line in lines {
            let settings = line.split(['"', ' ']).find_map(|part| part.strip_prefix("Settings=")).unwrap_or_default();
            domain::deployment::parse(settings).unwrap();
        }
    }

    #[test]
    fn a_guided_deploy_asks_ten_questions_and_each_has_an_answer() {
        let template: Value = serde_norway::from_str(OURS).unwrap();
        let parameters = template["Parameters"].as_mapping().unwrap();
        assert!(parameters.len() <= 10, "{}", parameters.len());
        assert!(
            parameters
                .values()
                .all(|parameter| parameter.get("Default").is_some() && parameter.get("NoEcho").is_none())
        );
        // SAM asks of these whether they may be open, with No as the answer to Enter.
        assert!(!OURS.contains("FunctionUrlConfig:"));
    }

    #[test]
    fn an_unusual_interval_is_added_and_a_usual_one_is_not() {
        let deployed = |interval_s| {
            let text = Template::parse(OURS).unwrap().for_local_cloud("s3://a/b", interval_s, &settings()).unwrap();
            serde_norway::from_str::<Value>(&text).unwrap()
        };
        let count =
            |template: &Value| template["Parameters"]["SyncInterval"]["AllowedValues"].as_sequence().unwrap().len();
        let (usual, unusual) = (deployed(180), deployed(420));
        assert_eq!(count(&unusual), count(&usual) + 1);
        assert_eq!(unusual["Mappings"]["RateOfInterval"]["420"]["Expression"], Value::from("rate(7 minutes)"));
        assert_eq!(unusual["Mappings"]["RateOfInterval"]["420"]["WaitSeconds"], Value::from(180));
    }

    #[test]
    fn every_allowed_interval_has_its_rate() {
        let template: Value = serde_norway::from_str(OURS).unwrap();
        let allowed = template["Parameters"]["SyncInterval"]["AllowedValues"].as_sequence().unwrap();
        for interval in allowed {
            let written = &template["Mappings"]["RateOfInterval"][interval]["Expression"];
            let seconds = interval.as_str().unwrap().parse().unwrap();
            assert_eq!(*written, rate(seconds));
            let period = &template["Mappings"]["RateOfInterval"][interval]["PeriodSeconds"];
            assert_eq!(period.as_u64().unwrap(), u64::from(seconds.max(300)));
            let wait = &template["Mappings"]["RateOfInterval"][interval]["WaitSeconds"];
            assert_eq!(wait.as_u64().unwrap(), u64::from(wait_s(seconds)));
        }
    }

    #[test]
    fn one_name_with_two_values_is_refused() {
        let environment = |value: &str| BTreeMap::from([("A".to_owned(), value.to_owned())]);
        assert!(unite([("x".to_owned(), environment("1")), ("y".to_owned(), environment("1"))]).is_ok());
        let refused = unite([("x".to_owned(), environment("1")), ("y".to_owned(), environment("2"))]);
        assert!(refused.unwrap_err().to_string().starts_with("template.yaml gives A two values, and y has the second"));
    }
}
