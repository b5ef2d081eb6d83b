//! The texts, from the fluent files in `texts/`: one folder a language, one file for each screen or kind of message.
//!
//! Values come in as strings that are already escaped and formatted, or as numbers where a plural
//! depends on them. A key that is missing, or an argument that is, is a mistake of ours and not of
//! the seller's: the tests below find it before they do, and at run time the key is shown.

use std::sync::LazyLock;

use domain::Language;
use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

/// The files of a language: their names and what is in them.
macro_rules! files {
    ($language:literal, $($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../texts/", $language, "/", $name, ".ftl")))),+]
    };
}

type Bundle = FluentBundle<FluentResource>;

static RU: LazyLock<Bundle> = LazyLock::new(|| bundle("ru", RU_FILES));
static EN: LazyLock<Bundle> = LazyLock::new(|| bundle("en", EN_FILES));

/// Every file, in both languages.
macro_rules! names {
    ($($name:literal),+ $(,)?) => {
        const RU_FILES: &[(&str, &str)] = files!("ru", $($name),+);
        const EN_FILES: &[(&str, &str)] = files!("en", $($name),+);
    };
}
names!(
    "kinds",
    "block",
    "order",
    "review",
    "answer",
    "stock",
    "group",
    "breaks",
    "token_care",
    "status",
    "notifications",
    "screens",
    "heading",
    "orders",
    "stocks",
    "reviews",
    "analytics",
    "digest",
    "gate",
    "token",
    "first_sync",
    "people",
    "profile"
);

fn bundle(language: &str, files: &[(&str, &str)]) -> Bundle {
    let mut bundle =
        FluentBundle::new_concurrent(vec![language.parse::<LanguageIdentifier>().expect("a language code")]);
    // Telegram shows the marks that isolate directions as boxes; both languages run left to right.
    bundle.set_use_isolating(false);
    for (name, source) in files {
        let resource = FluentResource::try_new((*source).to_owned())
            .unwrap_or_else(|(_, errors)| panic!("texts/{name}.ftl: {errors:?}"));
        bundle.add_resource(resource).unwrap_or_else(|errors| panic!("texts/{name}.ftl: {errors:?}"));
    }
    bundle
}

/// The text of a key; [`say!`] is the way to call it.
pub(crate) fn text(language: Language, key: &str, args: Option<&FluentArgs<'_>>) -> String {
    let bundle = match language {
        Language::Ru => &RU,
        Language::En => &EN,
    };
    let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else { return key.to_owned() };
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, args, &mut errors);
    debug_assert!(errors.is_empty(), "{key}: {errors:?}");
    text.into_owned()
}

/// The text of a key in a language: `say!(language, "order-title", number = 7, time = &time)`.
macro_rules! say {
    ($language:expr, $key:literal $(,)?) => {
        $crate::base::texts::text($language, $key, None)
    };
    ($language:expr, $key:literal, $($name:ident = $value:expr),+ $(,)?) => {{
        let mut args = fluent_bundle::FluentArgs::new();
        $(args.set(stringify!($name), $value);)+
        $crate::base::texts::text($language, $key, Some(&args))
    }};
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        path::{Path, PathBuf},
    };

    use super::*;

    /// The keys of a language, each with the arguments that its text names.
    fn keys(files: &[(&str, &str)]) -> BTreeMap<String, BTreeSet<String>> {
        let mut keys = BTreeMap::new();
        let mut key = String::new();
        for line in files.iter().flat_map(|(_, source)| source.lines()) {
            if line.starts_with('#') {
                continue;
            }
            if let Some((name, _)) = line.split_once(" =").filter(|_| line.starts_with(|c: char| c.is_alphabetic())) {
                key = name.to_owned();
                assert!(keys.insert(key.clone(), BTreeSet::new()).is_none(), "{key} stands twice");
            }
            let names = line.split('$').skip(1).map(|rest| {
                rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect::<String>()
            });
            if let Some(arguments) = keys.get_mut(&key) {
                arguments.extend(names);
            }
        }
        keys
    }

    /// The files of the crate, without those of tests and this one.
    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let entries = entries.filter(|path| !["tests", "tests.rs", "texts.rs"].iter().any(|name| path.ends_with(name)));
        let files = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
        files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
    }

    /// The calls of `say!` in this crate: each key with the arguments that it is given.
    fn calls() -> BTreeMap<String, BTreeSet<String>> {
        let mut calls: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
            let source = std::fs::read_to_string(&path).unwrap();
            for call in source.split("say!(").skip(1) {
                let Some((_, rest)) = call.split_once('"') else { continue };
                let Some((key, rest)) = rest.split_once('"') else { continue };
                let arguments = calls.entry(key.to_owned()).or_default();
                let mut depth = 1;
                let mut own = String::new();
                for letter in rest.chars() {
                    match letter {
                        '(' | '[' | '{' => depth += 1,
                        ')' | ']' | '}' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                    if depth == 1 {
                        own.push(letter);
                    }
                }
                let names =
                    own.split(',').filter_map(|part| part.split_once(" = ")).map(|(name, _)| name.trim().to_owned());
                arguments.extend(names);
            }
        }
        calls
    }

    #[test]
    fn both_languages_have_the_same_keys_with_the_same_arguments() {
        assert_eq!(keys(RU_FILES), keys(EN_FILES));
    }

    #[test]
    fn every_key_in_the_code_has_its_text_and_every_text_its_code() {
        assert_eq!(calls(), keys(RU_FILES));
    }

    #[test]
    fn a_plural_follows_its_number() {
        let source = "orders = { $count ->\n    [one] { $count } заказ\n    [few] { $count } заказа\n   *[many] { $count } заказов\n }";
        let bundle = bundle("ru", &[("test", source)]);
        let orders = |count: i64| {
            let pattern = bundle.get_message("orders").unwrap().value().unwrap();
            let args: FluentArgs<'_> = [("count", count)].into_iter().collect();
            bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
        };
        assert_eq!([1, 3, 11, 25].map(orders), ["1 заказ", "3 заказа", "11 заказов", "25 заказов"]);
    }
}
