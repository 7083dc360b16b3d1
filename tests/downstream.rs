//! The library as a dependency: a small crate outside this tree links it, with default features and with none, merges, and says what it
//! pulls in. It is built without a network, by the versions of this `Cargo.lock`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// How many crates the library may bring along by default.
const MOST: usize = 12;

/// The ones that need the standard library, as the crate's documentation says.
const NEED_STD: [&str; 1] = ["imara-diff"];

const MAIN: &str = r##"
use deltamerge::{Action, diff, merge, parse};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base = parse(r#"{"hp": 7, "log": ["start"]}"#)?;
    let ann = Action::new((1, "ann"), diff(&base, &parse(r#"{"hp": 5, "log": ["start"]}"#)?)?);
    let bob = Action::new((2, "bob"), diff(&base, &parse(r#"{"hp": 6, "log": ["start", "hit"]}"#)?)?);
    let merged = merge(&base, [&ann, &bob])?;
    println!("{}", merged.state);
    for decision in merged.conflicts() {
        println!("{decision}");
    }
    Ok(())
}
"##;

/// A crate in the system's folder for temporary files; gone with the value.
struct Crate(PathBuf);

impl Crate {
    fn new(name: &str, dependency: &str) -> Crate {
        let folder = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        let library = Path::new(env!("CARGO_MANIFEST_DIR"));
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
             deltamerge = {{ path = {library:?}, {dependency} }}\n"
        );
        fs::create_dir_all(folder.join("src")).expect("a folder is made");
        fs::write(folder.join("Cargo.toml"), manifest).expect("a file is written");
        fs::write(folder.join("src/main.rs"), MAIN).expect("a file is written");
        fs::copy(library.join("Cargo.lock"), folder.join("Cargo.lock")).expect("a file is copied");
        Crate(folder)
    }

    fn cargo(&self, arguments: &[&str]) -> String {
        // One folder for all: what is built once is there the next time.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("downstream");
        let mut command = Command::new(env!("CARGO"));
        command
            .args(arguments)
            .current_dir(&self.0)
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", target);
        // What concerns this tree's own build does not concern the crate's.
        for name in [
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "RUSTC_WORKSPACE_WRAPPER",
        ] {
            command.env_remove(name);
        }
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().expect("cargo starts");
        let errors = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "cargo {}:\n{errors}", arguments.join(" "));
        String::from_utf8(stdout).expect("text")
    }

    /// The crates that the library brings along: name and folder of each.
    fn pulled_in(&self) -> BTreeSet<(String, PathBuf)> {
        let names = self.cargo(&["tree", "--edges", "normal", "--prefix", "none"]);
        let names: BTreeSet<&str> = names
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        let metadata = self.cargo(&["metadata", "--format-version", "1"]);
        let metadata: serde_json::Value = serde_json::from_str(&metadata).expect("JSON");
        let packages = metadata["packages"].as_array().expect("a list of packages");
        let text = |package: &serde_json::Value, field: &str| {
            package[field].as_str().expect("a text").to_owned()
        };
        let all = packages.iter().map(|package| {
            let manifest = PathBuf::from(text(package, "manifest_path"));
            let folder = manifest.parent().expect("a folder").to_owned();
            (text(package, "name"), folder)
        });
        all.filter(|(name, _)| names.contains(name.as_str()))
            .filter(|(name, _)| name != "deltamerge" && !name.starts_with("downstream"))
            .collect()
    }
}

impl Drop for Crate {
    fn drop(&mut self) {
        // A folder that is left over does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_crate_links_the_library_and_pulls_in_little() {
    let crates = [
        Crate::new("downstream-default", "default-features = true"),
        Crate::new("downstream-bare", "default-features = false"),
    ];
    for linking in &crates {
        let merged = linking.cargo(&["run", "--quiet"]);
        assert_eq!(
            merged,
            "{\"hp\":6,\"log\":[\"start\",\"hit\"]}\n/hp: change (2:bob) over change (1:ann), rule R5\n"
        );
        let pulled_in = linking.pulled_in();
        let names: Vec<_> = pulled_in.iter().map(|(name, _)| name.as_str()).collect();
        println!("{} crates: {}", names.len(), names.join(", "));
        assert!(names.contains(&"serde_json"), "{names:?}");
        assert!(names.len() <= MOST, "{} crates: {names:?}", names.len());
        let needs_std = |folder: &Path| {
            let code = fs::read_to_string(folder.join("src/lib.rs")).expect("a library");
            !code.contains("no_std")
        };
        let need_std: Vec<_> = pulled_in
            .iter()
            .filter(|(_, folder)| needs_std(folder))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(need_std, NEED_STD);
    }
}
