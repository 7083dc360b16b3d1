//! What the READMEs say of speed is what was measured, and the measuring package stays what it is said to be.

#[path = "../benches/figures/mod.rs"]
mod figures;

use figures::{Figure, Size};
use std::fs;
use std::path::Path;

fn text(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn measured() -> Vec<Figure> {
    figures::read(&text("benches/figures/speed.jsonl")).expect("figures")
}

fn sizes() -> Vec<Size> {
    figures::read_sizes(&text("benches/figures/sizes.jsonl")).expect("sizes")
}

#[test]
fn the_tables_in_the_readmes_are_those_of_the_measured_figures() {
    let machine = text("benches/figures/machine.txt");
    for (file, name, content) in [
        ("README.md", "machine", machine.clone()),
        ("README.md", "speed", figures::short_table(&measured())),
        ("benches/README.md", "machine", machine),
        ("benches/README.md", "figures", figures::tables(&measured())),
        (
            "benches/README.md",
            "aims",
            figures::aims_table(&measured()),
        ),
        ("benches/README.md", "sizes", figures::sizes_table(&sizes())),
    ] {
        let text = text(file);
        let mended = figures::between(&text, name, &content).expect("marks");
        assert!(
            text == mended,
            "{file}, {name}: run the peers' command with --readme, or with --readme --from benches/figures/speed.jsonl"
        );
    }
}

#[test]
fn every_task_was_measured_with_its_limit_and_with_others() {
    let measured = measured();
    assert_eq!(
        figures::disturbed(&measured),
        [],
        "measure them --again, on a quiet machine"
    );
    for task in figures::TASKS {
        let workloads: Vec<&str> = figures::WORKLOADS
            .iter()
            .copied()
            .filter(|workload| {
                measured
                    .iter()
                    .any(|figure| figure.task == task && figure.workload == *workload)
            })
            .collect();
        assert!(!workloads.is_empty(), "{task} was not measured");
        for workload in workloads {
            let contenders: Vec<&str> = measured
                .iter()
                .filter(|figure| figure.task == task && figure.workload == workload)
                .map(|figure| figure.contender.as_str())
                .collect();
            for needed in [figures::OWN, figures::LIMIT] {
                let count = contenders.iter().filter(|name| **name == needed).count();
                assert_eq!(count, 1, "{task}, {workload}: {needed}");
            }
            assert!(contenders.len() > 3, "{task}, {workload}: {contenders:?}");
        }
    }
}

#[test]
fn lines_come_back_as_they_were_written() {
    assert_eq!(
        figures::lines(&measured()),
        text("benches/figures/speed.jsonl")
    );
    assert_eq!(
        figures::size_lines(&sizes()),
        text("benches/figures/sizes.jsonl")
    );
    for bad in [
        "{}",
        "no JSON",
        r#"{"workload":"W2","task":"merges","contender":"yrs","median_ns":2.0,"min_ns":1.0}"#,
        r#"{"workload":"W2","task":"merge","contender":"yrs","median_ns":1.0,"min_ns":2.0}"#,
        r#"{"workload":"W2","task":"merge","contender":"yrs","median_ns":1.0,"min_ns":0.0}"#,
    ] {
        let error = figures::read(bad).expect_err("no figure");
        assert!(error.starts_with("line 1: "), "{error}");
    }
}

#[test]
fn times_and_ratios_have_three_figures_and_a_unit() {
    let shown = [1.234, 12.34, 123.4, 1_234.0, 12_340_000.0, 1.5e9].map(figures::time);
    assert_eq!(
        shown,
        [
            "1.23 ns", "12.3 ns", "123 ns", "1.23 µs", "12.3 ms", "1.50 s"
        ]
    );
    assert_eq!(figures::ratio(0.123), "0.12×");
    assert_eq!(
        figures::between("a<!-- x -->\nb<!-- /x -->c", "x", "d\n").expect("marks"),
        "a<!-- x -->\nd\n<!-- /x -->c"
    );
    assert!(figures::between("a", "x", "").is_err());
}

/// The benches' packages are not in the published crate, and need not be here.
fn peers(name: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
    folder
        .is_dir()
        .then(|| text(&format!("benches/peers/{name}")))
}

#[test]
fn the_peers_are_a_workspace_of_their_own() {
    let own = text("Cargo.lock");
    let Some(manifest) = peers("Cargo.toml") else {
        return;
    };
    assert!(manifest.contains("\n[workspace]\n"));
    let theirs = peers("Cargo.lock").expect("a lock file");
    for peer in [
        "automerge",
        "loro",
        "yrs",
        "treediff",
        "serde_json_diff",
        "diffy",
    ] {
        let package = format!("\nname = \"{peer}\"\n");
        assert!(
            !own.contains(&package),
            "{peer} is in the library's lock file"
        );
        assert!(theirs.contains(&package), "{peer} is not among the peers");
        assert!(manifest.contains(&format!("\n{peer} = ")), "{peer}");
    }
    for excluded in ["/benches/instructions", "/benches/peers"] {
        assert!(
            text("Cargo.toml").contains(&format!("\"{excluded}\"")),
            "{excluded}"
        );
    }
}

#[test]
fn the_peers_know_the_tasks_that_the_figures_know() {
    let Some(case) = peers("src/case.rs") else {
        return;
    };
    let named: Vec<&str> = case
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Task::")?.split_once(" => \""))
        .filter_map(|(_, name)| name.strip_suffix("\","))
        .collect();
    assert_eq!(named, figures::TASKS);
    let readme = text("benches/README.md");
    for task in figures::TASKS {
        assert!(readme.contains(&format!("| `{task}` |")), "{task}");
    }
    let contenders = peers("src/contenders.rs").expect("contenders");
    let measured = measured();
    for figure in &measured {
        let name = format!("\"{}\"", figure.contender);
        assert!(contenders.contains(&name), "nobody is called {name}");
    }
    for workload in figures::WORKLOADS {
        assert!(readme.contains(workload), "{workload}");
        assert!(
            measured.iter().any(|figure| figure.workload == workload),
            "{workload} was not measured"
        );
    }
}

#[test]
fn what_was_measured_again_replaces_what_was_disturbed() {
    let figure = |workload: &str, contender: &str, median_ns: f64| Figure {
        workload: workload.to_owned(),
        task: "merge".to_owned(),
        contender: contender.to_owned(),
        median_ns,
        min_ns: 10.0,
    };
    let first = [
        figure("W1", "deltamerge", 12.0),
        figure("W1", "yrs", 30.0),
        figure("W2", "limit", 13.0),
        figure("W2", "deltamerge", 12.0),
    ];
    // What others take matters to their own ratio alone.
    assert_eq!(figures::disturbed(&first), [("W2", "merge")]);
    let again = [figure("W2", "deltamerge", 11.0), figure("W2", "bare", 10.0)];
    let mended = figures::replaced(&first, &again);
    assert_eq!(mended[..3], first[..3]);
    assert_eq!(mended[3..], again);
}
