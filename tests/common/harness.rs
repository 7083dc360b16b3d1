//! A harness for tests that need what a machine may lack. The usual one knows no test that is ignored because something is missing.

use std::process::ExitCode;

/// A test, and what it needs.
pub(crate) struct Test {
    pub(crate) name: &'static str,
    /// What is missing, and how to get it.
    pub(crate) missing: fn() -> Option<String>,
    /// The variable that, set to `required`, makes that a failure.
    pub(crate) variable: &'static str,
    pub(crate) run: fn(),
}

/// Runs the tests that are asked for; says which it cannot run, and counts them as ignored.
pub(crate) fn run(tests: &[Test]) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if has("--list") {
        for test in tests {
            println!("{}: test", test.name);
        }
        return ExitCode::SUCCESS;
    }
    let filters = arguments.iter().filter(|it| !it.starts_with('-'));
    let filters: Vec<&String> = filters.collect();
    let is_meant = |name: &str| {
        let is_match = |filter: &&String| match has("--exact") {
            true => name == filter.as_str(),
            false => name.contains(filter.as_str()),
        };
        !has("--ignored") && (filters.is_empty() || filters.iter().any(is_match))
    };
    let (mut passed, mut ignored, mut filtered) = (0, 0, 0);
    for Test {
        name,
        missing,
        variable,
        run,
    } in tests
    {
        if !is_meant(name) {
            filtered += 1;
        } else if let Some(missing) = missing() {
            let is_required = std::env::var(variable).is_ok_and(|value| value == "required");
            assert!(!is_required, "{missing}, and {variable} requires it");
            println!("test {name} ... ignored, {missing}");
            ignored += 1;
        } else {
            run();
            println!("test {name} ... ok");
            passed += 1;
        }
    }
    println!(
        "\ntest result: ok. {passed} passed; 0 failed; {ignored} ignored; 0 measured; {filtered} filtered out\n"
    );
    ExitCode::SUCCESS
}

/// Why Node cannot be used.
#[allow(dead_code, reason = "not every test that is run so needs Node")]
pub(crate) fn no_node() -> Option<String> {
    let node = std::process::Command::new("node").arg("--version").output();
    let is_there = node.is_ok_and(|output| output.status.success());
    (!is_there).then(|| "there is no Node (https://nodejs.org)".to_owned())
}
