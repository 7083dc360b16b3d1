//! `deltamerge git driver`: what git runs for each file that both sides changed.

use super::command::{answer, ask};
use super::unwritable;
use crate::failure::Failure;
use crate::input::reason;
use crate::legible::legible;
use clap::ValueEnum;
use deltamerge::Rules;
use deltamerge::text::{Dialect, Markers, MergeTextError, MergedText, Resolve, Text, merge};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, str};

const EXAMPLES: &str = "\
EXAMPLES
  # what git runs, once it is installed; here by hand, on copies
  cp examples/trip/ann.json ours.json
  deltamerge git driver examples/trip/base.json ours.json \\
    examples/trip/chloe.json 7 trip.json && echo merged

  # the same, but of two contradicting changes theirs stands
  cp examples/trip/ann.json ours.json
  deltamerge git driver --resolve theirs examples/trip/base.json ours.json \\
    examples/trip/bob.json";

/// Merges three versions of a file: what git runs, with %O %A %B %L %P
///
/// The merged text replaces OURS. Where git's own merge by lines succeeds and gives JSON, it is that, byte for byte. Otherwise
/// the file is merged member by member, and where both sides contradict each other, both are left between
/// conflict markers. A file that cannot be merged so (it is no JSON, names a member twice) is merged by lines, as if there were no
/// driver, and why is said.
///
/// Exit codes: 0 merged; 1 conflicts are left in OURS; 129 nothing was done: as installed, git merges by lines then.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What both sides started from (%O)
    base: PathBuf,

    /// One side, which is replaced by the merged text (%A)
    ours: PathBuf,

    /// The other side (%B)
    theirs: PathBuf,

    /// The length of a conflict marker (%L)
    #[arg(default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=1000))]
    size: u16,

    /// The name of the file in the repository (%P), which says whether it may have comments
    path: Option<OsString>,

    /// What base, ours and theirs are called in conflict markers (%S %X %Y)
    #[arg(
        long,
        num_args = 3,
        value_names = ["BASE", "OURS", "THEIRS"],
        allow_hyphen_values = true
    )]
    labels: Option<Vec<OsString>>,

    /// What becomes of two contradicting changes [default: what git's configuration says in merge.deltamerge.resolve, or mark]
    #[arg(long, value_enum)]
    resolve: Option<Decide>,
}

/// Who decides where both sides contradict each other.
#[derive(Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Decide {
    /// Both are shown between conflict markers
    #[default]
    Mark,
    /// Ours stands, and it is reported
    Ours,
    /// Theirs stands, and it is reported
    Theirs,
    /// The resolution table decides (spec/resolution.md), and it is reported
    Rules,
}

/// The entry of git's configuration that says what --resolve says.
pub(super) const RESOLVE: &str = "merge.deltamerge.resolve";

/// Nothing was done: the command that is installed leaves the merge to git then, and a git of today stops.
pub(crate) const STOPPED: u8 = 129;

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match arguments.merge() {
        Ok(code) => Ok(code),
        Err(failure) => {
            crate::failure::report(failure);
            Ok(ExitCode::from(STOPPED))
        }
    }
}

/// What git's own merge by lines gives: its exit code is the number of conflicts.
struct Lines {
    bytes: Vec<u8>,
    conflicts: i32,
}

/// What git's configuration says.
struct Configured {
    resolve: Decide,
    shows_base: bool,
}

/// The three versions of a file.
struct Versions {
    base: Vec<u8>,
    ours: Vec<u8>,
    theirs: Vec<u8>,
}

impl Arguments {
    fn merge(&self) -> Result<ExitCode, Failure> {
        let versions = Versions {
            base: read(&self.base)?,
            ours: read(&self.ours)?,
            theirs: read(&self.theirs)?,
        };
        let Versions { base, ours, theirs } = &versions;
        if ours == theirs || base == theirs {
            return Ok(ExitCode::SUCCESS);
        }
        if base == ours {
            return self.write(theirs, ExitCode::SUCCESS);
        }
        let configured = self.configured()?;
        let lines = self.by_lines()?;
        let merged = self.by_members(&versions, &configured);
        if let Some(lines) = lines.as_ref().filter(|lines| lines.conflicts == 0) {
            // A clean merge by lines is what everybody would have had, unless it broke what was JSON on all sides.
            let is_kept = match &merged {
                Ok(merged) => merged.marked > 0 || self.is_readable(&lines.bytes),
                Err(_) => true,
            };
            if is_kept {
                return self.write(&lines.bytes, ExitCode::SUCCESS);
            }
        }
        match (merged, lines) {
            (Ok(merged), _) => {
                self.tell(&merged, configured.resolve);
                let code = if merged.marked > 0 { 1 } else { 0 };
                self.write(merged.text.as_bytes(), ExitCode::from(code))
            }
            (Err(refusal), Some(lines)) => {
                self.say(&format!(
                    "{refusal}; merged line by line, as without deltamerge"
                ));
                let code = u8::from(lines.conflicts != 0);
                self.write(&lines.bytes, ExitCode::from(code))
            }
            (Err(refusal), None) => {
                self.say(&format!(
                    "{refusal}; left as ours has it, as git leaves files that are no text"
                ));
                Ok(ExitCode::FAILURE)
            }
        }
    }

    /// None where git does not merge such files by lines: they are no text.
    fn by_lines(&self) -> Result<Option<Lines>, Failure> {
        let mut command: Vec<OsString> = ["merge-file", "-p", "-q"].map(OsString::from).to_vec();
        command.push(format!("--marker-size={}", self.size).into());
        let (base, ours, theirs) = self.labels();
        for label in [ours, base, theirs] {
            command.extend(["-L".into(), label.into()]);
        }
        command.push("--".into());
        command.extend([&self.ours, &self.base, &self.theirs].map(OsString::from));
        let output = ask(command)?;
        // 255 is a failure, and up to 127 conflicts are counted.
        let conflicts = output.status.code().filter(|code| *code < 128);
        Ok(conflicts.map(|conflicts| Lines {
            bytes: output.stdout,
            conflicts,
        }))
    }

    fn by_members(
        &self,
        versions: &Versions,
        configured: &Configured,
    ) -> Result<MergedText, String> {
        let text = |bytes, name: &str| {
            str::from_utf8(bytes).map_err(|_| format!("{name}: expected text in UTF-8"))
        };
        let base = text(&versions.base, "base")?;
        // Where both sides added the file, git gives an empty base.
        let base = Some(base).filter(|base| !base.is_empty());
        let (ours, theirs) = (
            text(&versions.ours, "ours")?,
            text(&versions.theirs, "theirs")?,
        );
        let resolve = match configured.resolve {
            Decide::Mark => Resolve::Mark(self.markers(configured.shows_base)),
            Decide::Ours => Resolve::Ours,
            Decide::Theirs => Resolve::Theirs,
            Decide::Rules => Resolve::Rules(Rules::default()),
        };
        let merged = merge(base, ours, theirs, self.dialect(), &resolve);
        merged.map_err(|error: MergeTextError| error.to_string())
    }

    fn is_readable(&self, bytes: &[u8]) -> bool {
        str::from_utf8(bytes).is_ok_and(|text| Text::read(text, self.dialect()).is_ok())
    }

    fn name(&self) -> String {
        let path = self
            .path
            .clone()
            .unwrap_or_else(|| self.ours.clone().into());
        path.to_string_lossy().into_owned()
    }

    fn dialect(&self) -> Dialect {
        Dialect::of_name(&self.name())
    }

    fn configured(&self) -> Result<Configured, Failure> {
        let entries = answer(&[
            "config",
            "--get-regexp",
            r"^merge\.(conflictstyle|deltamerge\.resolve)$",
        ])?;
        let mut configured = Configured {
            resolve: Decide::default(),
            shows_base: false,
        };
        // Of several entries the last counts, which is the nearest.
        for entry in entries.iter().flat_map(|entries| entries.lines()) {
            match entry.split_once(' ') {
                Some(("merge.conflictstyle", style)) => {
                    configured.shows_base = matches!(style, "diff3" | "zdiff3");
                }
                Some((RESOLVE, value)) if self.resolve.is_none() => {
                    configured.resolve = Decide::from_str(value, true).map_err(|_| {
                        Failure::new(
                            format!("expected mark, ours, theirs or rules in git's configuration, {RESOLVE}, found {value:?}"),
                            "correct the entry, or take it out: git config --unset merge.deltamerge.resolve",
                        )
                    })?;
                }
                _ => {}
            }
        }
        configured.resolve = self.resolve.unwrap_or(configured.resolve);
        Ok(configured)
    }

    fn markers(&self, shows_base: bool) -> Markers {
        let (base, ours, theirs) = self.labels();
        Markers {
            size: self.size.into(),
            ours,
            base: shows_base.then_some(base),
            theirs,
        }
    }

    /// What base, ours and theirs are called. A git that does not know a placeholder hands it over as it is.
    fn labels(&self) -> (String, String, String) {
        let usual = ["base", "ours", "theirs"];
        let given = self.labels.iter().flatten();
        let mut labels = usual.map(str::to_owned);
        for ((label, given), unknown) in labels.iter_mut().zip(given).zip(["%S", "%X", "%Y"]) {
            let given = given.to_string_lossy();
            if given != unknown && !given.is_empty() {
                *label = given.replace(['\n', '\r'], " ");
            }
        }
        let [base, ours, theirs] = labels;
        (base, ours, theirs)
    }

    /// Says what was contradictory, and what became of it.
    fn tell(&self, merged: &MergedText, resolve: Decide) {
        let conflicts = &merged.conflicts;
        if conflicts.is_empty() {
            return;
        }
        let count = match conflicts.len() {
            1 => "1 conflict".to_owned(),
            count => format!("{count} conflicts"),
        };
        let what = match resolve {
            Decide::Mark => {
                let mut paths: Vec<&str> = conflicts
                    .iter()
                    .map(|conflict| conflict.path.as_str())
                    .collect();
                paths.dedup();
                return self.say(&format!("{count}, at {}", paths.join(", ")));
            }
            Decide::Ours => "ours stands",
            Decide::Theirs => "theirs stands",
            Decide::Rules => "resolved by the table",
        };
        self.say(&format!("{count}, {what}"));
        for conflict in conflicts {
            self.say(&conflict.to_string());
        }
    }

    fn say(&self, message: &str) {
        let line = format!(
            "deltamerge: {}: {}\n",
            legible(&self.name()),
            legible(message)
        );
        // Where standard error is closed there is nobody to tell.
        let _ = anstream::stderr().write_all(line.as_bytes());
    }

    fn write(&self, bytes: &[u8], code: ExitCode) -> Result<ExitCode, Failure> {
        fs::write(&self.ours, bytes).map_err(|error| unwritable(&self.ours, &error))?;
        Ok(code)
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|error| {
        Failure::new(
            format!("{}: cannot be read: {}", file.display(), reason(&error)),
            "give the three files that git gives a merge driver: %O %A %B",
        )
    })
}
