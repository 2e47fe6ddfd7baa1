//! The repository's files, and the parsed sources of the two library crates.

use std::fs;
use std::path::{Path, PathBuf};
use syn::{Attribute, File, Meta};

/// One source file of a library crate.
pub struct Source {
    /// The file below the crate's `src`, such as `registry/cell.rs`.
    pub name: String,
    /// The module that the file is, such as `["registry", "cell"]`. The crate's root is empty.
    pub module: Vec<String>,
    pub syntax: File,
}

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Parses the sources of a crate, without the files that only tests compile.
pub fn library(name: &str) -> Vec<Source> {
    let root = repository().join(name).join("src");
    let mut sources: Vec<Source> = below(&root, "rs").iter().map(|file| parse(&root, file)).collect();
    let tests: Vec<Vec<String>> = sources.iter().flat_map(test_modules).collect();
    sources.retain(|source| !tests.iter().any(|module| source.module.starts_with(module)));
    sources
}

/// Lists the files with this extension below a folder, those of hidden folders and of `target` left out.
pub fn below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            files.extend(below(&path, extension));
        } else if path.extension().is_some_and(|own| own == extension) {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Returns true for an item that is compiled for tests or for the model checker only.
pub fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            let words: Vec<&str> = condition.split(|c: char| !c.is_alphanumeric()).collect();
            (words.contains(&"test") || words.contains(&"loom")) && !words.contains(&"not")
        }
        _ => false,
    })
}

fn parse(root: &Path, file: &Path) -> Source {
    let name = file.strip_prefix(root).unwrap().to_string_lossy().into_owned();
    let stem = name.trim_end_matches(".rs");
    let module = if stem == "lib" { Vec::new() } else { stem.split('/').map(str::to_owned).collect() };
    let text = fs::read_to_string(file).unwrap();
    let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    Source { name, module, syntax }
}

/// Lists the modules that a file declares for tests only.
fn test_modules(source: &Source) -> Vec<Vec<String>> {
    let items = source.syntax.items.iter();
    let modules = items.filter_map(|item| match item {
        syn::Item::Mod(module) if module.content.is_none() && is_for_tests(&module.attrs) => {
            Some([source.module.as_slice(), &[module.ident.to_string()]].concat())
        }
        _ => None,
    });
    modules.collect()
}
