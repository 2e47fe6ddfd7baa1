//! Which module of a crate imports from which: each path that begins with `crate`, `self`, `super` or a child
//! module is followed, through re-exports, to the file that defines the item.

use crate::files::{Source, is_for_tests};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};
use syn::{Item, ItemMod, ItemUse, UseTree};

/// Module to modules, by their paths.
pub type Arrows = BTreeMap<String, BTreeSet<String>>;

type Path = Vec<String>;

/// Draws an arrow between two siblings, each with all modules below it, if a file of one names an item of the
/// other.
///
/// Parent and child have no arrow: a parent puts its children together and re-exports their items, and its
/// children use what it defines for all of them. Paths inside of macro calls are tokens, and are not seen.
pub fn arrows(sources: &[Source]) -> Arrows {
    let modules = Modules::new(sources);
    let mut arrows = Arrows::new();
    for source in sources {
        let mut named = Named { modules: &modules, module: &source.module, depth: 0, found: BTreeSet::new() };
        named.visit_file(&source.syntax);
        for (from, to) in named.found.iter().filter_map(|home| siblings(&source.module, home)) {
            arrows.entry(from).or_default().insert(to);
        }
    }
    arrows
}

/// Returns the siblings that the two modules are, or are below, unless one of them is above the other.
fn siblings(from: &[String], to: &[String]) -> Option<(String, String)> {
    let shared = from.iter().zip(to).take_while(|(from, to)| from == to).count();
    let path = |module: &[String]| module.get(..=shared).map(|path| path.join("::"));
    Some((path(from)?, path(to)?))
}

/// The modules of a crate, and the names that they import.
struct Modules {
    files: BTreeSet<Path>,
    imports: BTreeMap<Path, BTreeMap<String, Path>>,
}

impl Modules {
    fn new(sources: &[Source]) -> Self {
        let files = sources.iter().map(|source| source.module.clone()).collect();
        let mut imports = BTreeMap::new();
        for source in sources {
            let mut names = BTreeMap::new();
            for item in &source.syntax.items {
                if let Item::Use(import) = item
                    && !is_for_tests(&import.attrs)
                {
                    for (name, path) in leaves(&import.tree) {
                        names.insert(name, path);
                    }
                }
            }
            imports.insert(source.module.clone(), names);
        }
        Modules { files, imports }
    }

    /// Finds the module that defines what the path names, if it is one of this crate.
    fn home(&self, from: &[String], path: &[String]) -> Option<Path> {
        let (mut at, mut rest) = match path.first()?.as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (from.to_vec(), &path[1..]),
            "super" => (from.split_last()?.1.to_vec(), &path[1..]),
            child => {
                let child = [from, &[child.to_owned()]].concat();
                self.files.contains(&child).then_some((child, &path[1..]))?
            }
        };
        while let [first, after @ ..] = rest {
            let below = [at.as_slice(), std::slice::from_ref(first)].concat();
            if first == "super" {
                at.pop()?;
            } else if self.files.contains(&below) {
                at = below;
            } else {
                let import = self.imports.get(&at).and_then(|names| names.get(first));
                let home = import
                    .filter(|import| *import != path)
                    .and_then(|import| self.home(&at, &[import.as_slice(), after].concat()));
                return Some(home.unwrap_or(at));
            }
            rest = after;
        }
        Some(at)
    }
}

/// Collects the homes of all paths in one file.
struct Named<'a> {
    modules: &'a Modules,
    module: &'a Path,
    /// The number of inline modules that the visitor is in.
    depth: usize,
    found: BTreeSet<Path>,
}

impl Named<'_> {
    fn see(&mut self, path: &[String]) {
        // `super` in an inline module is the file itself.
        let ups = path.iter().take_while(|segment| *segment == "super").count().min(self.depth);
        let path = if ups == 0 { path.to_vec() } else { [&["self".to_owned()], &path[ups..]].concat() };
        self.found.extend(self.modules.home(self.module, &path));
    }
}

impl<'ast> Visit<'ast> for Named<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.depth += 1;
        visit::visit_item_mod(self, module);
        self.depth -= 1;
    }

    fn visit_item_use(&mut self, import: &'ast ItemUse) {
        for (_, path) in leaves(&import.tree) {
            self.see(&path);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            let segments: Path = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.see(&segments);
        }
        visit::visit_path(self, path);
    }
}

/// Lists the names that a `use` brings into scope, each with its path. A glob has the name `*`.
fn leaves(tree: &UseTree) -> Vec<(String, Path)> {
    let below = |name: String, tree: &UseTree| {
        let leaves = leaves(tree).into_iter();
        leaves.map(|(own, path)| (own, [vec![name.clone()], path].concat())).collect()
    };
    match tree {
        UseTree::Path(path) => below(path.ident.to_string(), &path.tree),
        UseTree::Name(name) => vec![(name.ident.to_string(), vec![name.ident.to_string()])],
        UseTree::Rename(name) => vec![(name.rename.to_string(), vec![name.ident.to_string()])],
        UseTree::Glob(_) => vec![("*".to_owned(), vec!["*".to_owned()])],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
    }
}

fn attributes(item: &Item) -> &[syn::Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
