//! The documentation is plain English: summaries begin with a verb, and neither docs nor comments use old
//! idioms.

use crate::files::{Source, below, is_for_tests, library, repository};
use std::collections::BTreeMap;
use std::fs;
use syn::visit::{self, Visit};
use syn::{
    Attribute, Expr, ExprLit, ImplItemFn, Item, ItemFn, ItemTrait, Lit, Meta, TraitItemFn, Visibility,
};

/// The percentage of public functions whose summary begins with a verb in the third person.
const VERBS: usize = 90;

/// The least number of `# Examples` sections in the library.
const EXAMPLES: usize = 60;

/// Beginnings of a summary that make a clause of it, where a verb or a noun says more.
const CLAUSES: [&str; 5] = ["What ", "Whether ", "How ", "The same", "As "];

/// Words that end in `s` but are not verbs. A plural before `of` or `that` is not one either.
const NOT_VERBS: [&str; 6] = ["As", "Is", "Its", "Series", "Since", "This"];

/// Idioms that a present-day reader stumbles over.
const IDIOMS: [&str; 19] = [
    "for ever",
    "anew",
    "is none",
    "are none",
    "is to be had",
    "goes before",
    "those who",
    "what is told",
    "is told",
    "as many as",
    "the same again",
    "tells of",
    "told of",
    "there is none if",
    "owed",
    "so that it be",
    "meanwhile",
    "as much as it",
    "of its own accord",
];

#[test]
fn summaries_of_public_functions_begin_with_a_verb() {
    let functions = functions();
    let (verbs, others): (Vec<_>, Vec<_>) =
        functions.iter().partition(|(_, summary)| begins_with_verb(summary));
    let share = 100 * verbs.len() / functions.len();
    println!("{} of {} summaries begin with a verb: {share} %", verbs.len(), functions.len());
    let others: Vec<String> = others.iter().map(|(place, summary)| format!("{place}: {summary}")).collect();
    assert!(functions.len() >= 300, "only {} functions were found", functions.len());
    assert!(
        share >= VERBS,
        "{share} % of the summaries begin with a verb. The others:\n{}",
        others.join("\n")
    );
}

#[test]
fn no_summary_begins_with_a_clause() {
    let clause = |line: &Line| CLAUSES.iter().any(|clause| line.text.starts_with(clause));
    let summaries = lines().into_iter().filter(|line| line.is_summary && is_library(line));
    refuse(summaries.filter(clause), "begin with a clause");
}

#[test]
fn the_library_has_examples() {
    let heading = |line: &Line| line.is_doc && ["# Example", "# Examples"].contains(&line.text.as_str());
    let found = lines().iter().filter(|line| is_library(line) && heading(line)).count();
    println!("{found} sections of examples");
    assert!(found >= EXAMPLES, "{found} sections of examples, not {EXAMPLES}");
}

#[test]
fn no_comment_or_page_has_an_old_idiom() {
    let has_idiom = |line: &Line| IDIOMS.iter().any(|idiom| has_words(&line.text.to_lowercase(), idiom));
    refuse(lines().into_iter().chain(pages()).filter(has_idiom), "have an old idiom");
}

/// Code is left to rustfmt, which breaks it except in string literals and macro bodies. Rows of tables,
/// headings and examples in comments cannot be broken either, nor can the target of a link.
#[test]
fn comments_keep_to_the_width_of_rustfmt() {
    let config = fs::read_to_string(repository().join("rustfmt.toml")).unwrap();
    let width = config.lines().find_map(|line| line.strip_prefix("max_width = ")).unwrap();
    let width: usize = width.parse().unwrap();
    let is_generated = |line: &Line| line.place.starts_with("telemetry-macros/golden/");
    let too_wide = |line: &Line| line.width > width && !line.is_unbreakable && !is_generated(line);
    refuse(lines().into_iter().filter(too_wide), "are too wide");
}

#[test]
fn words_are_found_as_words() {
    assert!(has_words("it is owed.", "owed"));
    assert!(!has_words("it is allowed, and borrowed", "owed"));
    assert!(begins_with_verb("Returns the name."));
    assert!(begins_with_verb("Calls every method."));
    assert!(!begins_with_verb("Calls of a method."));
    assert!(!begins_with_verb("Series in a family."));
    assert!(!begins_with_verb("The name."));
}

fn is_library(line: &Line) -> bool {
    ["telemetry/src/", "telemetry-macros/src/"].iter().any(|folder| line.place.starts_with(folder))
}

fn refuse(lines: impl Iterator<Item = Line>, what: &str) {
    let found: Vec<String> = lines.map(|line| format!("{}: {}", line.place, line.text)).collect();
    assert!(found.is_empty(), "{} lines {what}:\n{}", found.len(), found.join("\n"));
}

fn begins_with_verb(summary: &str) -> bool {
    let mut words = summary.split(' ');
    let word = words.next().unwrap_or_default();
    let is_word =
        word.len() > 2 && word.ends_with('s') && word.chars().all(|letter| letter.is_ascii_alphabetic());
    let is_noun = words.next().is_some_and(|next| ["of", "that", "which", "with"].contains(&next));
    is_word && !is_noun && word.starts_with(char::is_uppercase) && !NOT_VERBS.contains(&word)
}

fn has_words(text: &str, words: &str) -> bool {
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    text.match_indices(words).any(|(at, _)| {
        !is_letter(text[..at].chars().next_back()) && !is_letter(text[at + words.len()..].chars().next())
    })
}

/// A line of a comment or of a page.
struct Line {
    place: String,
    /// The text without the marks of the comment.
    text: String,
    /// The number of characters, the indentation and the marks included.
    width: usize,
    is_doc: bool,
    /// The first line of an item's documentation.
    is_summary: bool,
    /// A row of a table, a heading, a line of an example, or one long word.
    is_unbreakable: bool,
}

/// Lists the comments of all sources that take a whole line.
fn lines() -> Vec<Line> {
    let folders = ["telemetry", "telemetry-macros", "tests"];
    let files = folders.iter().flat_map(|folder| below(&repository().join(folder), "rs"));
    let mut lines = Vec::new();
    for file in files {
        let name = file.strip_prefix(repository()).unwrap().display().to_string();
        let text = fs::read_to_string(&file).unwrap();
        let mut was_doc = false;
        let mut in_example = false;
        for (index, line) in text.lines().enumerate() {
            let comment = line.trim_start();
            let is_doc = comment.starts_with("///");
            if let Some(text) = comment.strip_prefix("//") {
                let text = text.trim_start_matches(['/', '!']).trim().to_owned();
                in_example ^= text.starts_with("```");
                lines.push(Line {
                    place: format!("{name}:{}", index + 1),
                    is_unbreakable: in_example
                        || text.starts_with(['|', '#'])
                        || !text.contains(' ')
                        || text.starts_with('['),
                    text,
                    width: line.chars().count(),
                    is_doc: is_doc || comment.starts_with("//!"),
                    is_summary: is_doc && !was_doc,
                });
            } else {
                in_example = false;
            }
            was_doc = is_doc;
        }
    }
    lines
}

/// Lists the lines of all Markdown pages.
fn pages() -> Vec<Line> {
    let mut lines = Vec::new();
    for file in below(&repository(), "md") {
        let name = file.strip_prefix(repository()).unwrap().display().to_string();
        for (index, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            let place = format!("{name}:{}", index + 1);
            let text = line.to_owned();
            lines.push(Line {
                place,
                text,
                width: 0,
                is_doc: false,
                is_summary: false,
                is_unbreakable: true,
            });
        }
    }
    lines
}

/// Lists the documented public functions of the library crates, methods of public traits included, by their
/// summaries.
fn functions() -> Vec<(String, String)> {
    let mut found = Functions::default();
    for name in ["telemetry", "telemetry-macros"] {
        for source in library(name) {
            found.read(name, &source);
        }
    }
    found.summaries.into_iter().collect()
}

#[derive(Default)]
struct Functions {
    file: String,
    summaries: BTreeMap<String, String>,
}

impl Functions {
    fn read(&mut self, name: &str, source: &Source) {
        self.file = format!("{name}/src/{}", source.name);
        self.visit_file(&source.syntax);
    }

    fn see(&mut self, name: &syn::Ident, attributes: &[Attribute]) {
        if let Some(summary) = summary(attributes) {
            let place = format!("{} {name} ({})", self.file, self.summaries.len());
            self.summaries.insert(place, summary);
        }
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item(&mut self, item: &'ast Item) {
        let is_test = matches!(item, Item::Mod(module) if is_for_tests(&module.attrs));
        if !is_test {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        if is_public(&function.vis) {
            self.see(&function.sig.ident, &function.attrs);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        if is_public(&function.vis) {
            self.see(&function.sig.ident, &function.attrs);
        }
    }

    fn visit_item_trait(&mut self, item: &'ast ItemTrait) {
        if is_public(&item.vis) {
            visit::visit_item_trait(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        self.see(&function.sig.ident, &function.attrs);
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Returns the first line of the documentation, if there is one.
fn summary(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    })
}
