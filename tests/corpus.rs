//! The fuzz targets, without a fuzzer: every law has its target, and the saved corpus is replayed.

mod common;

use common::campaign::{TARGETS, run};
use common::laws::LAWS;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let stem = |entry: fs::DirEntry| {
        entry
            .path()
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned()
    };
    entries
        .map(|entry| stem(entry.expect("an entry")))
        .collect()
}

#[test]
fn every_law_has_a_target_and_every_target_its_file() {
    let laws: BTreeSet<_> = LAWS.iter().map(|(name, _)| *name).collect();
    let driven: BTreeSet<_> = TARGETS
        .iter()
        .flat_map(|target| target.laws.iter().copied())
        .collect();
    assert_eq!(laws, driven);
    let targets: BTreeSet<_> = TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    assert_eq!(targets, names(&fuzz().join("fuzz_targets")));
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("a manifest");
    for target in &targets {
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")),
            "{target}"
        );
        let code = fs::read_to_string(
            fuzz()
                .join("fuzz_targets")
                .join(target)
                .with_extension("rs"),
        );
        assert!(
            code.expect("a target")
                .contains(&format!("run(\"{target}\", input)")),
            "{target}"
        );
    }
}

#[test]
fn the_saved_corpus_holds() {
    let corpus = fuzz().join("corpus");
    for target in TARGETS {
        let folder = corpus.join(target.name);
        let inputs =
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut count = 0;
        for input in inputs {
            let bytes = fs::read(input.expect("an entry").path()).expect("an input");
            run(target.name, &bytes);
            count += 1;
        }
        assert!(count > 0, "{} has no corpus", target.name);
    }
}
