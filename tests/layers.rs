//! Modules import downwards only: a module may use those before it in this list.

use std::fs;
use std::path::{Path, PathBuf};

/// From the bottom to the top. What stands in one row may not use each other.
const LAYERS: &[&[&str]] = &[
    &["error", "maps", "salvage", "stale", "text"],
    &["clock", "random", "formats", "files", "ini", "zone"],
    &["lock"],
    &["names", "site"],
    &["settings"],
    &["auth"],
    &["ice", "thread", "wire"],
    &["mail", "notice"],
    &["check"],
    &["programs"],
    &["gateway", "hub"],
    &["server"],
];

fn layer_of(module: &str) -> usize {
    LAYERS.iter().position(|row| row.contains(&module)).unwrap_or_else(|| panic!("{module} has no layer in this test"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

/// The top-level modules that a source names as `crate::module`, outside its comments.
fn imports(source: &str) -> Vec<String> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let after_crate = code.flat_map(|line| line.split("crate::").skip(1));
    after_crate.map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()).collect()
}

#[test]
fn no_module_imports_upwards_or_sideways() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let mut wrong = Vec::new();
    for file in &files {
        let place = file.strip_prefix(&src).unwrap();
        let own = place.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if own == "lib" {
            continue;
        }
        for used in imports(&fs::read_to_string(file).unwrap()) {
            if used != own && layer_of(&used) >= layer_of(&own) {
                wrong.push(format!("{} uses {used}", place.display()));
            }
        }
    }
    assert!(files.len() > 20, "the sources were not found");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_one_module_has_unsafe_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "bin"] {
        rust_files(&root.join(folder), &mut files);
    }
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let words = |line: &str| {
        line.split(|c: char| !c.is_alphanumeric() && !"_-".contains(c)).map(str::to_owned).collect::<Vec<_>>()
    };
    let has_unsafe = |file: &PathBuf| {
        let source = fs::read_to_string(file).unwrap();
        source.lines().filter(is_code).flat_map(words).any(|word| word == "unsafe" || word == "unsafe_code")
    };
    let found: Vec<_> =
        files.iter().filter(|file| has_unsafe(file)).map(|file| file.strip_prefix(root).unwrap()).collect();
    assert_eq!(found, [Path::new("src/gateway/process.rs")]);
    // Wherever else it stands, it does not compile.
    assert!(fs::read_to_string(root.join("Cargo.toml")).unwrap().contains("\nunsafe_code = \"deny\"\n"));
}
