//! `deltamerge git` with a real git: merges, rebases and picks in repositories of their own (F13, F14).
//!
//! It needs git. Where there is none, each test says so and counts as ignored, unless `DELTAMERGE_GIT=required`.

#[allow(dead_code, reason = "shared with the tests of the command")]
#[path = "cli/folder.rs"]
mod folder;
#[path = "common/harness.rs"]
mod harness;

use folder::{Folder, Ran, command};
use harness::Test;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let tests: [(&'static str, fn()); 21] = [
        ("neighbouring_changes_merge", neighbouring_changes_merge),
        (
            "a_rebase_and_a_cherry_pick_merge",
            a_rebase_and_a_cherry_pick_merge,
        ),
        (
            "a_contradiction_is_left_between_markers",
            a_contradiction_is_left_between_markers,
        ),
        (
            "the_base_is_shown_where_git_would_show_it",
            the_base_is_shown_where_git_would_show_it,
        ),
        (
            "an_attribute_sets_the_size_of_markers",
            an_attribute_sets_the_size_of_markers,
        ),
        (
            "a_clean_merge_by_lines_keeps_its_bytes",
            a_clean_merge_by_lines_keeps_its_bytes,
        ),
        (
            "a_clean_merge_by_lines_that_breaks_json_is_mended",
            a_clean_merge_by_lines_that_breaks_json_is_mended,
        ),
        (
            "what_is_no_json_is_merged_by_lines",
            what_is_no_json_is_merged_by_lines,
        ),
        (
            "a_member_named_twice_is_merged_by_lines",
            a_member_named_twice_is_merged_by_lines,
        ),
        (
            "what_is_no_text_stays_as_ours_has_it",
            what_is_no_text_stays_as_ours_has_it,
        ),
        (
            "a_file_that_both_added_is_merged",
            a_file_that_both_added_is_merged,
        ),
        (
            "comments_are_kept_where_a_file_has_them",
            comments_are_kept_where_a_file_has_them,
        ),
        (
            "contradictions_can_be_decided",
            contradictions_can_be_decided,
        ),
        ("one_merge_can_be_decided", one_merge_can_be_decided),
        (
            "a_name_like_an_option_is_a_name",
            a_name_like_an_option_is_a_name,
        ),
        (
            "without_a_driver_that_works_git_merges_by_lines",
            without_a_driver_that_works_git_merges_by_lines,
        ),
        (
            "files_are_merged_by_their_names",
            files_are_merged_by_their_names,
        ),
        (
            "uninstalling_leaves_what_was_there",
            uninstalling_leaves_what_was_there,
        ),
        (
            "it_installs_for_a_user_and_under_any_name",
            it_installs_for_a_user_and_under_any_name,
        ),
        (
            "the_examples_of_the_help_work",
            the_examples_of_the_help_work,
        ),
        (
            "it_refuses_where_it_can_do_nothing",
            it_refuses_where_it_can_do_nothing,
        ),
    ];
    harness::run(&tests.map(|(name, run)| Test {
        name,
        missing: no_git,
        variable: "DELTAMERGE_GIT",
        run,
    }))
}

fn no_git() -> Option<String> {
    let is_there = Command::new("git").arg("--version").output().is_ok();
    (!is_there).then(|| "there is no git (https://git-scm.com)".to_owned())
}

/// A text as git merges it: before 2.44 it told no driver what the sides are called, so none are called anything here.
fn with_names(text: &str) -> String {
    let git = Command::new("git").arg("--version").output();
    let git = String::from_utf8(git.expect("git").stdout).expect("a version");
    let mut numbers = git
        .split(|c: char| !c.is_ascii_digit())
        .flat_map(str::parse::<u32>);
    if (numbers.next(), numbers.next()) >= (Some(2), Some(44)) {
        return text.to_owned();
    }
    let lines = text
        .split_inclusive('\n')
        .map(|line| match line.split_once(' ') {
            Some((marker, _)) if marker.starts_with("<<<<<<<") || marker.starts_with(">>>>>>>") => {
                format!("{marker}\n")
            }
            _ => line.to_owned(),
        });
    lines.collect()
}

/// A repository with a home of its own, so that nothing of the user's configuration is read or written.
struct Repository(Folder);

impl Repository {
    fn new() -> Repository {
        let repository = Repository(Folder::with([]));
        fs::create_dir_all(repository.path("home")).expect("a folder");
        fs::create_dir_all(repository.path("work")).expect("a folder");
        repository.git(&["init", "-q", "-b", "main"]).ok();
        repository.git(&["config", "user.name", "Ann"]).ok();
        repository
            .git(&["config", "user.email", "ann@example.org"])
            .ok();
        repository
    }

    fn installed() -> Repository {
        let repository = Repository::new();
        repository.deltamerge(&["git", "install"]).ok();
        repository
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.0.join(name)
    }

    fn run(&self, mut command: Command) -> Ran {
        let home = self.path("home");
        command.env("HOME", &home).env("GIT_CONFIG_NOSYSTEM", "1");
        for name in [
            "XDG_CONFIG_HOME",
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_CONFIG_GLOBAL",
        ] {
            command.env_remove(name);
        }
        // Git looks for no repository above the folder; the folder itself would be passed over as a ceiling.
        command.env(
            "GIT_CEILING_DIRECTORIES",
            self.0.0.parent().expect("a folder above"),
        );
        // `finish` runs it in the folder of the test; git is told where to work by its own means.
        self.0.finish(command, b"")
    }

    fn git(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.path("work")).args(arguments);
        self.run(command)
    }

    fn deltamerge(&self, arguments: &[&str]) -> Ran {
        // Through git, which changes the folder and looks for the repository.
        let mut git = Command::new("git");
        let program = command(&[]).get_program().to_owned();
        let program = program.to_str().expect("text").replace('\\', "/");
        git.arg("-C").arg(self.path("work"));
        git.arg("-c").arg(format!("alias.tested=!'{program}'"));
        git.arg("tested").args(arguments);
        self.run(git)
    }

    fn write(&self, name: &str, content: &str) {
        let file = self.path("work").join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, content).expect("a file is written");
    }

    fn read(&self, name: &str) -> String {
        let text = fs::read_to_string(self.path("work").join(name)).expect("a file is there");
        with_names(&text)
    }

    fn commit(&self, name: &str, content: &str) {
        self.write(name, content);
        self.git(&["add", "-A"]).ok();
        self.git(&["commit", "-q", "-m", "change"]).ok();
    }

    /// A file as two branches have it: `main`, which is checked out, and `topic`.
    fn branches(&self, name: &str, base: Option<&str>, ours: &str, theirs: &str) {
        self.commit("readme", "");
        if let Some(base) = base {
            self.commit(name, base);
        }
        self.git(&["checkout", "-q", "-b", "topic"]).ok();
        self.commit(name, theirs);
        self.git(&["checkout", "-q", "main"]).ok();
        self.commit(name, ours);
    }

    fn merge(&self) -> Ran {
        self.git(&["merge", "-q", "--no-edit", "topic"])
    }
}

const BASE: &str =
    "{\n  \"name\": \"a\",\n  \"version\": \"1.0\",\n  \"files\": [\n    \"x\"\n  ]\n}\n";
const OURS: &str = "{\n  \"name\": \"b\",\n  \"version\": \"1.0\",\n  \"files\": [\n    \"x\",\n    \"y\"\n  ]\n}\n";
const THEIRS: &str = "{\n  \"name\": \"a\",\n  \"version\": \"2.0\",\n  \"files\": [\n    \"x\",\n    \"z\"\n  ]\n}\n";
const MERGED: &str = "{\n  \"name\": \"b\",\n  \"version\": \"2.0\",\n  \"files\": [\n    \"x\",\n    \"y\",\n    \"z\"\n  ]\n}\n";

fn neighbouring_changes_merge() {
    let without = Repository::new();
    without.branches("package.json", Some(BASE), OURS, THEIRS);
    assert_eq!(without.merge().code(), 1, "git alone cannot");

    let repository = Repository::installed();
    repository.branches("package.json", Some(BASE), OURS, THEIRS);
    repository.merge().ok();
    assert_eq!(repository.read("package.json"), MERGED);
    assert_eq!(repository.git(&["status", "--porcelain"]).ok(), "");
}

fn a_rebase_and_a_cherry_pick_merge() {
    let repository = Repository::installed();
    repository.branches("package.json", Some(BASE), OURS, THEIRS);
    repository.git(&["cherry-pick", "topic"]).ok();
    assert_eq!(repository.read("package.json"), MERGED);
    repository.git(&["reset", "-q", "--hard", "HEAD^"]).ok();
    repository.git(&["checkout", "-q", "topic"]).ok();
    repository.git(&["rebase", "-q", "main"]).ok();
    assert_eq!(repository.read("package.json"), MERGED);
}

fn a_contradiction_is_left_between_markers() {
    let repository = Repository::installed();
    let ours = OURS.replace("1.0", "1.1");
    repository.branches("web/package.json", Some(BASE), &ours, THEIRS);
    let merge = repository.merge();
    assert_eq!(merge.code(), 1);
    assert!(
        merge
            .err()
            .contains("deltamerge: web/package.json: 1 conflict, at /version"),
        "{}",
        merge.err()
    );
    let text = repository.read("web/package.json");
    let expected = MERGED.replace(
        "  \"version\": \"2.0\",\n",
        "<<<<<<< HEAD\n  \"version\": \"1.1\",\n=======\n  \"version\": \"2.0\",\n>>>>>>> topic\n",
    );
    assert_eq!(text, with_names(&expected));
    assert!(
        repository
            .git(&["status", "--porcelain"])
            .ok()
            .contains("UU web/package.json")
    );
    // Git itself knows these markers.
    assert!(
        repository
            .git(&["diff", "--check"])
            .out()
            .contains("leftover conflict marker")
    );
    repository.git(&["merge", "--abort"]).ok();
    assert_eq!(repository.read("web/package.json"), ours);
}

fn the_base_is_shown_where_git_would_show_it() {
    for style in ["diff3", "zdiff3"] {
        let repository = Repository::installed();
        repository
            .git(&["config", "merge.conflictStyle", style])
            .ok();
        let ours = OURS.replace("1.0", "1.1");
        repository.branches("package.json", Some(BASE), &ours, THEIRS);
        assert_eq!(repository.merge().code(), 1);
        let text = repository.read("package.json");
        let (_, shown) = text.split_once("|||||||").expect("the base");
        let (shown, _) = shown.split_once("=======").expect("theirs");
        assert!(shown.ends_with("\n  \"version\": \"1.0\",\n"), "{text}");
    }
}

fn an_attribute_sets_the_size_of_markers() {
    let repository = Repository::installed();
    repository.commit(".gitattributes", "*.json conflict-marker-size=11\n");
    repository.branches("a.json", Some("[1]\n"), "[2]\n", "[3]\n");
    assert_eq!(repository.merge().code(), 1);
    let expected = "<<<<<<<<<<< HEAD\n[2]\n===========\n[3]\n>>>>>>>>>>> topic\n";
    assert_eq!(repository.read("a.json"), with_names(expected));
}

fn a_clean_merge_by_lines_keeps_its_bytes() {
    // By members the number would stand once, by lines it stands twice.
    let base = "[\n  1,\n  2,\n  3,\n  4,\n  5,\n  6,\n  7\n]\n";
    let ours = base.replace("  1,\n", "  9,\n  1,\n");
    let theirs = base.replace("  6,\n", "  6,\n  9,\n").replace("7", "7.0");
    let expected = ours.replace("  6,\n", "  6,\n  9,\n").replace("7", "7.0");
    let repository = Repository::installed();
    repository.branches("a.json", Some(base), &ours, &theirs);
    repository.merge().ok();
    assert_eq!(repository.read("a.json"), expected);
}

fn a_clean_merge_by_lines_that_breaks_json_is_mended() {
    let base = "{\n  \"a\": 1,\n\n\n\n  \"b\": 2,\n\n\n\n  \"c\": 3\n}\n";
    let ours = base.replace("  \"a\": 1,\n", "  \"a\": 1,\n  \"new\": 1,\n");
    let theirs = base.replace("  \"b\": 2,\n", "  \"b\": 2,\n  \"new\": 1,\n");
    let without = Repository::new();
    without.branches("a.json", Some(base), &ours, &theirs);
    without.merge().ok();
    assert_eq!(without.read("a.json").matches("new").count(), 2);

    let repository = Repository::installed();
    repository.branches("a.json", Some(base), &ours, &theirs);
    repository.merge().ok();
    assert_eq!(repository.read("a.json"), ours);
}

/// What git makes of a merge without the driver: the text, and whether that failed.
fn by_git(name: &str, base: &str, ours: &str, theirs: &str) -> (String, i32) {
    let repository = Repository::new();
    repository.branches(name, Some(base), ours, theirs);
    let code = repository.merge().code();
    (repository.read(name), code)
}

fn what_is_no_json_is_merged_by_lines() {
    let cases = [
        ("{\n  \"a\": 1\n", "{\n  \"a\": 2\n", "{\n  \"a\": 3\n"),
        ("a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\n"),
        (
            "{\n  \"a\": 1 // one\n}\n",
            "{\n  \"a\": 2 // one\n}\n",
            "{\n  \"a\": 3 // one\n}\n",
        ),
    ];
    for (base, ours, theirs) in cases {
        let repository = Repository::installed();
        repository.branches("a.json", Some(base), ours, theirs);
        let merge = repository.merge();
        assert_eq!(
            (repository.read("a.json"), merge.code()),
            by_git("a.json", base, ours, theirs)
        );
        if merge.code() != 0 {
            let said = "deltamerge: a.json: base, line";
            assert!(merge.err().contains(said), "{}", merge.err());
            assert!(
                merge.err().contains("merged line by line"),
                "{}",
                merge.err()
            );
        }
    }
}

fn a_member_named_twice_is_merged_by_lines() {
    let base = "{\n  \"a\": 1,\n  \"b\": 1,\n  \"a\": 2\n}\n";
    let (ours, theirs) = (
        base.replace("\"b\": 1", "\"b\": 2"),
        base.replace("\"b\": 1", "\"b\": 3"),
    );
    let repository = Repository::installed();
    repository.branches("a.json", Some(base), &ours, &theirs);
    let merge = repository.merge();
    assert_eq!(
        (repository.read("a.json"), merge.code()),
        by_git("a.json", base, &ours, &theirs)
    );
    for part in ["line 4, column 3", "\"a\" twice", "first in line 2"] {
        assert!(merge.err().contains(part), "{}", merge.err());
    }
}

fn what_is_no_text_stays_as_ours_has_it() {
    let [base, ours, theirs] = ["1", "2", "3"].map(|digit| format!("\0\u{1}{digit}"));
    let repository = Repository::installed();
    repository.branches("a.json", Some(&base), &ours, &theirs);
    let merge = repository.merge();
    assert_eq!((repository.read("a.json"), merge.code()), (ours.clone(), 1));
    assert!(
        merge.err().contains("left as ours has it"),
        "{}",
        merge.err()
    );
}

fn a_file_that_both_added_is_merged() {
    let repository = Repository::installed();
    repository.branches(
        "de.json",
        None,
        "{\n  \"a\": 1,\n  \"c\": 3\n}\n",
        "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
    );
    repository.merge().ok();
    assert_eq!(
        repository.read("de.json"),
        "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n"
    );
}

fn comments_are_kept_where_a_file_has_them() {
    let base = "{\n  // strict\n  \"strict\": true,\n  \"target\": \"es5\", // old\n}\n";
    let ours = base.replace("true", "false");
    let theirs = base.replace("es5", "es6").replace("old", "new");
    let repository = Repository::installed();
    repository.branches("tsconfig.json", Some(base), &ours, &theirs);
    repository.merge().code();
    let text = repository.read("tsconfig.json");
    // The comment of theirs has no place of its own: the two lines are left to the person.
    assert!(
        text.contains("// new") && text.contains("// strict"),
        "{text}"
    );

    let theirs = base.replace(
        "  \"target\"",
        "  // modules\n  \"module\": \"esm\", // late\n  \"target\"",
    );
    let repository = Repository::installed();
    repository.branches("tsconfig.json", Some(base), &ours, &theirs);
    repository.merge().ok();
    assert_eq!(
        repository.read("tsconfig.json"),
        theirs.replace("true", "false")
    );
}

fn contradictions_can_be_decided() {
    let ours = OURS.replace("1.0", "1.1");
    for (decision, version, said) in [
        ("ours", "1.1", "ours stands"),
        ("theirs", "2.0", "theirs stands"),
        ("rules", "2.0", "resolved by the table"),
    ] {
        let repository = Repository::new();
        repository
            .deltamerge(&["git", "install", "--resolve", decision])
            .ok();
        repository.branches("package.json", Some(BASE), &ours, THEIRS);
        let merge = repository.merge();
        merge.ok();
        assert!(
            merge.err().contains(&format!("1 conflict, {said}")),
            "{}",
            merge.err()
        );
        assert!(
            merge.err().contains("/version: change ("),
            "{}",
            merge.err()
        );
        assert_eq!(
            repository.read("package.json"),
            MERGED.replace("2.0", version)
        );
    }
}

fn one_merge_can_be_decided() {
    let ours = OURS.replace("1.0", "1.1");
    // What is said for one merge holds, also against what was installed.
    for installed in ["mark", "ours"] {
        let repository = Repository::new();
        repository
            .deltamerge(&["git", "install", "--resolve", installed])
            .ok();
        repository.branches("package.json", Some(BASE), &ours, THEIRS);
        let decided = ["-c", "merge.deltamerge.resolve=theirs"];
        let merge = ["merge", "-q", "--no-edit", "topic"];
        repository.git(&[&decided[..], &merge].concat()).ok();
        assert_eq!(repository.read("package.json"), MERGED);
        repository.git(&["reset", "-q", "--hard", "HEAD^"]).ok();
        // By an installation to which it says nothing, it is not decided.
        repository.deltamerge(&["git", "install"]).ok();
        assert_eq!(repository.merge().code(), 1);
    }
}

fn a_name_like_an_option_is_a_name() {
    for name in [
        "-q.json",
        "--resolve=ours.json",
        "--.json",
        "it's 1 %P.json",
    ] {
        let repository = Repository::installed();
        repository.branches(name, Some(BASE), OURS, THEIRS);
        repository.merge().ok();
        assert_eq!(repository.read(name), MERGED, "{name}");
    }
}

fn without_a_driver_that_works_git_merges_by_lines() {
    let name = "package.json";
    let renamed = BASE.replace("\"a\"", "\"b\"");
    let longer = BASE.replace("\"x\"", "\"x\",\n    \"z\"");
    for (ours, theirs, code) in [(OURS, THEIRS, 1), (&renamed, &longer, 0)] {
        let repository = Repository::installed();
        let driver = repository.git(&["config", "--get", "merge.deltamerge.driver"]);
        let (program, _) = driver.out().split_once(" git driver").expect("a driver");
        let gone = driver.out().trim_end().replace(program, "no-such-program");
        repository.branches(name, Some(BASE), ours, theirs);
        for (key, value, said) in [
            ("merge.deltamerge.resolve", "thiers", "\"thiers\""),
            ("merge.deltamerge.driver", &gone, "no-such-program"),
        ] {
            repository.deltamerge(&["git", "install"]).ok();
            repository.git(&["config", key, value]).ok();
            let merge = repository.merge();
            assert!(merge.err().contains(said), "{}", merge.err());
            let merged = (repository.read(name), merge.code());
            assert_eq!(merged, by_git(name, BASE, ours, theirs));
            assert_eq!(merge.code(), code);
            repository.git(&["reset", "-q", "--hard", "ORIG_HEAD"]).ok();
        }
    }
}

fn files_are_merged_by_their_names() {
    let repository = Repository::installed();
    let merge = |name: &str| repository.git(&["check-attr", "merge", "--", name]);
    for name in [
        "package.json",
        "deep/down/tsconfig.json",
        ".vscode/settings.json",
        "a.jsonc",
        "a.geojson",
        "a.webmanifest",
        "a.jsonld",
        "a.code-workspace",
        "a.code-snippets",
        "a.hujson",
        "a.sublime-settings",
        ".babelrc",
        "web/.eslintrc",
        ".jshintrc",
        ".swcrc",
    ] {
        assert!(merge(name).ok().ends_with(": deltamerge\n"), "{name}");
    }
    for name in ["a.json5", "json", "a.jsonl", "babelrc"] {
        assert!(merge(name).ok().ends_with(": unspecified\n"), "{name}");
    }
}

fn uninstalling_leaves_what_was_there() {
    for attributes in [
        None,
        Some(""),
        Some("*.png binary\n"),
        Some("*.png binary"),
        Some("a b\r\n"),
    ] {
        let repository = Repository::new();
        let file = repository.path("work/.git/info/attributes");
        let config = repository.path("work/.git/config");
        match attributes {
            Some(text) => {
                fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
                fs::write(&file, text).expect("a file is written");
            }
            None => drop(fs::remove_file(&file)),
        }
        let before = fs::read(&config).expect("a configuration");
        let install = repository.deltamerge(&["git", "install"]);
        assert!(
            install.ok().contains("merge.deltamerge.driver"),
            "{}",
            install.out()
        );
        let installed = (
            fs::read(&file).expect("attributes"),
            fs::read(&config).expect("a configuration"),
        );
        let again = repository.deltamerge(&["git", "install"]);
        assert_eq!(again.ok(), "installed already; nothing to do\n");
        assert_eq!(
            installed,
            (
                fs::read(&file).expect("attributes"),
                fs::read(&config).expect("a configuration")
            )
        );
        // Another pattern comes into the same block.
        let more = [
            "git",
            "install",
            "--resolve",
            "rules",
            "--pattern",
            "*.topojson",
        ];
        let more = repository.deltamerge(&more);
        assert!(more.ok().contains("*.topojson"));
        let text = fs::read_to_string(&file).expect("attributes");
        assert_eq!(text.matches("*.json merge=deltamerge").count(), 1, "{text}");
        repository.deltamerge(&["git", "uninstall"]).ok();
        // An empty file is as good as none.
        let left = fs::read_to_string(&file).ok();
        assert_eq!(left.as_deref(), attributes.filter(|text| !text.is_empty()));
        assert_eq!(fs::read(&config).expect("a configuration"), before);
        let again = repository.deltamerge(&["git", "uninstall"]);
        assert_eq!(again.ok(), "not installed; nothing to do\n");
    }
    // Shared attributes are found again, and what stands around the block stays.
    let repository = Repository::new();
    repository.write(".gitattributes", "*.a b\n");
    repository
        .deltamerge(&["git", "install", "--attributes", ".gitattributes"])
        .ok();
    let text = repository.read(".gitattributes") + "*.c d\n";
    repository.write(".gitattributes", &text);
    repository.deltamerge(&["git", "uninstall"]).ok();
    assert_eq!(repository.read(".gitattributes"), "*.a b\n*.c d\n");
}

fn it_installs_for_a_user_and_under_any_name() {
    let repository = Repository::new();
    repository.deltamerge(&["git", "install", "--global"]).ok();
    let attributes = repository.path("home/.config/git/attributes");
    assert!(attributes.exists());
    repository.branches("package.json", Some(BASE), OURS, THEIRS);
    repository.merge().ok();
    assert_eq!(repository.read("package.json"), MERGED);
    repository
        .deltamerge(&["git", "uninstall", "--global"])
        .ok();
    assert!(!attributes.exists());
    let left = repository.git(&["config", "--global", "--get-regexp", "deltamerge"]);
    assert_eq!((left.out(), left.code()), ("", 1));

    // A program that is not on the PATH is named by its place, whatever characters that has.
    let strange = repository.path("it's 100% strange");
    fs::create_dir_all(&strange).expect("a folder");
    let program =
        strange.join(Path::new("deltamerge").with_extension(std::env::consts::EXE_EXTENSION));
    fs::copy(command(&[]).get_program(), &program).expect("a copy");
    let mut install = Command::new(&program);
    install
        .args(["git", "install", "--global", "--attributes"])
        .arg(&attributes);
    repository.run(install).ok();
    repository.git(&["reset", "-q", "--hard", "HEAD^"]).ok();
    repository.merge().ok();
    assert_eq!(repository.read("package.json"), MERGED);
}

fn it_refuses_where_it_can_do_nothing() {
    let repository = Repository::new();
    let outside = |arguments: &[&str]| repository.run(command(arguments));
    for verb in ["install", "uninstall"] {
        outside(&["git", verb]).refused(&["expected a git repository", "--global"]);
    }
    outside(&["git", "install", "--global", "--pattern", "two words"]).refused(&["without spaces"]);
    let ran = outside(&["git", "driver", "no-base", "no-ours", "no-theirs"]);
    assert_eq!(ran.code(), 129);
    assert!(
        ran.err().contains("no-base: cannot be read"),
        "{}",
        ran.err()
    );
}

/// Of the commands below `git`; those above have a test of their own.
fn the_examples_of_the_help_work() {
    for verb in ["install", "uninstall", "driver"] {
        let help = Folder::new().run(&["git", verb, "--help"]).ok().to_owned();
        assert!(
            help.lines().all(|line| line.chars().count() <= 100),
            "{help}"
        );
        let (_, examples) = help.split_once("EXAMPLES\n").expect("examples");
        let lines = examples
            .lines()
            .take_while(|line| line.is_empty() || line.starts_with("  "));
        let script: Vec<&str> = lines
            .map(|line| line.strip_prefix("  ").unwrap_or(line))
            .collect();
        // Each example in a folder of its own, as a person would begin.
        for example in script.join("\n").split("\n\n") {
            let folder = Folder::new();
            let ran = folder.shell(&format!(
                "set -eo pipefail\nexport HOME=\"$PWD\"\n{example}"
            ));
            assert_eq!(ran.code(), 0, "{example}\n{}", ran.err());
            assert!(
                !ran.out().is_empty() || !ran.err().is_empty(),
                "{example} says nothing"
            );
        }
    }
}
