//! `deltamerge git install` and `uninstall`: what git is told, and how that is taken back to the byte.

use super::command::{answer, ask, done};
use super::driver::{Decide, RESOLVE};
use super::unwritable;
use crate::failure::Failure;
use crate::input::reason;
use crate::legible::legible;
use clap::ValueEnum;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::{env, fs};

const EXAMPLES: &str = "\
EXAMPLES
  # for one repository
  git init --quiet shop && cd shop && deltamerge git install

  # for everybody who has deltamerge: .gitattributes is to be committed
  git init --quiet shared && cd shared && deltamerge git install --attributes .gitattributes

  # and back
  git init --quiet back && cd back && deltamerge git install && deltamerge git uninstall

With --global it is for all repositories of the user.";

const UNDO_EXAMPLES: &str = "\
EXAMPLES
  # for one repository; with --global what was installed so
  git init --quiet shop && cd shop && deltamerge git install && deltamerge git uninstall";

/// Has git merge JSON files with deltamerge
///
/// Two things are written: the driver into git's configuration (merge.deltamerge.*), and the names of the files that it merges
/// into an attributes file. To install again changes nothing, or brings up to date.
#[derive(clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    scope: Scope,

    /// Merges files of these names too, as in .gitattributes; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pattern: Vec<String>,

    /// What becomes of two contradicting changes
    #[arg(long, value_enum, default_value_t = Decide::Mark)]
    resolve: Decide,
}

/// Takes back what `deltamerge git install` did
///
/// Its lines are taken out of the attributes files, and its entries out of the configuration; everything else stays as it is.
#[derive(clap::Args)]
#[command(after_long_help = UNDO_EXAMPLES)]
pub(crate) struct Undo {
    #[command(flatten)]
    scope: Scope,
}

#[derive(clap::Args)]
struct Scope {
    /// For all repositories of the user instead of this one
    #[arg(long)]
    global: bool,

    /// The attributes file: by default .git/info/attributes, which is not shared, or with --global git's own of the user
    #[arg(long, value_name = "FILE")]
    attributes: Option<PathBuf>,
}

/// The files that are JSON by their names.
const PATTERNS: [&str; 13] = [
    "*.json",
    "*.jsonc",
    "*.geojson",
    "*.webmanifest",
    "*.code-workspace",
    "*.jsonld",
    "*.hujson",
    "*.code-snippets",
    "*.sublime-settings",
    ".babelrc",
    ".eslintrc",
    ".jshintrc",
    ".swcrc",
];

const DRIVER: &str = "merge.deltamerge.driver";
const NAME: &str = "merge.deltamerge.name";
const BEGIN: &str = "# >>> deltamerge: `deltamerge git uninstall` removes these lines";
/// The line before had no end, and gets none back.
const BEGIN_OPEN: &str =
    "# >>> deltamerge (after an unended line): `deltamerge git uninstall` removes these lines";
const END: &str = "# <<< deltamerge";

pub(crate) fn install(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments {
        scope,
        pattern,
        resolve,
    } = arguments;
    for pattern in pattern {
        let is_plain = !pattern.is_empty()
            && !pattern.contains(char::is_whitespace)
            && !pattern.starts_with(['!', '#', '"', '[']);
        if !is_plain {
            return Err(Failure::new(
                format!("expected a file pattern without spaces, found {pattern:?}"),
                "give a pattern such as '*.topojson' or 'locales/*.txt'",
            ));
        }
    }
    let attributes = scope.attributes()?;
    let command = command_line()?;
    let resolve = Some(*resolve).filter(|resolve| *resolve != Decide::default());
    let resolve = resolve.and_then(|resolve| resolve.to_possible_value());
    let mut told = Vec::new();
    for (key, value) in [
        (NAME, Some("JSON by members (deltamerge)")),
        (DRIVER, Some(command.as_str())),
        (RESOLVE, resolve.as_ref().map(|value| value.get_name())),
    ] {
        told.extend(scope.set(key, value)?);
    }
    let patterns: Vec<&str> = PATTERNS
        .into_iter()
        .chain(pattern.iter().map(String::as_str))
        .collect();
    let before = read(&attributes)?;
    let text = before.as_deref().unwrap_or_default();
    let after = with_block(text, &patterns);
    if text != after {
        write(&attributes, &after)?;
        let patterns = patterns.join(", ");
        told.push(format!(
            "{}: merge=deltamerge for {patterns}",
            attributes.display()
        ));
    }
    if told.is_empty() {
        told.push("installed already; nothing to do".to_owned());
    }
    tell(&told)
}

pub(crate) fn uninstall(arguments: &Undo) -> Result<(), Failure> {
    let scope = &arguments.scope;
    let mut files = vec![scope.attributes()?];
    if scope.attributes.is_none() && !scope.global {
        // Where it may have been put by --attributes.
        files.extend(
            answer(&["rev-parse", "--show-toplevel"])?
                .map(|top| Path::new(&top).join(".gitattributes")),
        );
    }
    let mut told = Vec::new();
    for file in files {
        let Some(before) = read(&file)? else {
            continue;
        };
        let after = without_block(&before);
        if after == before {
            continue;
        }
        if after.is_empty() {
            fs::remove_file(&file).map_err(|error| unwritable(&file, &error))?;
        } else {
            write(&file, &after)?;
        }
        told.push(format!("{}: without merge=deltamerge", file.display()));
    }
    for key in [DRIVER, NAME, RESOLVE] {
        told.extend(scope.set(key, None)?);
    }
    if told.is_empty() {
        told.push("not installed; nothing to do".to_owned());
    }
    tell(&told)
}

impl Scope {
    fn flag(&self) -> &'static str {
        if self.global { "--global" } else { "--local" }
    }

    fn value(&self, key: &str) -> Result<Option<String>, Failure> {
        answer(&["config", self.flag(), "--get", key])
    }

    /// Sets an entry of the configuration, or takes it out: what was done, if it was not so before.
    fn set(&self, key: &str, value: Option<&str>) -> Result<Option<String>, Failure> {
        let before = self.value(key)?;
        if before.as_deref() == value {
            return Ok(None);
        }
        let next = "make sure that git's configuration may be written to";
        let flag = self.flag();
        match value {
            Some(value) => done(&["config", flag, key, value], next)?,
            None => done(&["config", flag, "--unset-all", key], next)?,
        }
        Ok(Some(match value {
            Some(value) => format!("set {key} to {value}"),
            None => format!("unset {key}"),
        }))
    }

    fn attributes(&self) -> Result<PathBuf, Failure> {
        if !self.global {
            let folder = ask(["rev-parse", "--git-path", "info/attributes"])?;
            if !folder.status.success() {
                let said = String::from_utf8_lossy(&folder.stderr);
                let said = said.trim().trim_start_matches("fatal: ");
                return Err(Failure::new(
                    format!("expected a git repository here, found none: {said}"),
                    "go to a repository, or install for all of yours with --global",
                ));
            }
            let path = String::from_utf8_lossy(&folder.stdout);
            let private = PathBuf::from(path.trim_end_matches(['\n', '\r']));
            return Ok(self.attributes.clone().unwrap_or(private));
        }
        if let Some(file) = &self.attributes {
            return Ok(file.clone());
        }
        let configured = answer(&[
            "config",
            "--global",
            "--type=path",
            "--get",
            "core.attributesFile",
        ])?;
        if let Some(file) = configured.filter(|file| !file.is_empty()) {
            return Ok(file.into());
        }
        let folder = |name: &str| {
            env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let config =
            folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")));
        let config = config.ok_or_else(|| {
            Failure::new(
                "expected the folder of the user in HOME or XDG_CONFIG_HOME, found neither"
                    .to_owned(),
                "set HOME, or name git's attributes file with --attributes",
            )
        })?;
        Ok(config.join("git").join("attributes"))
    }
}

/// What git is to run: by its name where that leads to this very program, else by its place.
fn command_line() -> Result<String, Failure> {
    let own = env::current_exe()
        .and_then(fs::canonicalize)
        .map_err(|error| {
            Failure::new(
                format!(
                    "the place of deltamerge cannot be found out: {}",
                    reason(&error)
                ),
                "run it by its whole path",
            )
        })?;
    let is_own = |place: PathBuf| fs::canonicalize(place).is_ok_and(|place| place == own);
    let name = format!("deltamerge{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_default();
    let first = env::split_paths(&path)
        .map(|folder| folder.join(&name))
        .find(|place| place.is_file());
    let program = if first.is_some_and(is_own) {
        "deltamerge".to_owned()
    } else {
        let place = own.to_str().ok_or_else(|| {
            Failure::new(
                format!(
                    "expected the place of deltamerge to be text in UTF-8, found {}",
                    own.display()
                ),
                "put it on the PATH, or into a folder whose name is UTF-8",
            )
        })?;
        // For the shell that git starts, and for git, to which % begins a placeholder.
        format!(
            "'{}'",
            place
                .replace('\\', "/")
                .replace('\'', r"'\''")
                .replace('%', "%%")
        )
    };
    // A name of a file may begin with a hyphen. If the driver is gone or stops, git would take ours for the merge, without a marker.
    Ok(format!(
        "{program} git driver --labels %S %X %Y -- %O %A %B %L %P || {{ test $? -eq 1 && exit 1; \
         git merge-file --marker-size=%L -L %X -L %S -L %Y -- %A %O %B; }}"
    ))
}

/// The text with the lines for these patterns, once, where they were or at the end.
fn with_block(text: &str, patterns: &[&str]) -> String {
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let place = block(text);
    let (before, behind) = match &place {
        Some(range) => (&text[..range.start], &text[range.end..]),
        None => (text, ""),
    };
    let is_open = !before.is_empty() && !before.ends_with('\n');
    let is_open = is_open || place.is_some_and(|range| text[range].starts_with(BEGIN_OPEN));
    let begin = if is_open { BEGIN_OPEN } else { BEGIN };
    let mut out = before.to_owned();
    if !before.is_empty() && !before.ends_with('\n') {
        out.push_str(line_end);
    }
    let rules = patterns
        .iter()
        .map(|pattern| format!("{pattern} merge=deltamerge"));
    for line in [begin.to_owned()]
        .into_iter()
        .chain(rules)
        .chain([END.to_owned()])
    {
        out.push_str(&line);
        out.push_str(line_end);
    }
    out + behind
}

fn without_block(text: &str) -> String {
    let Some(range) = block(text) else {
        return text.to_owned();
    };
    let mut before = &text[..range.start];
    let behind = &text[range.end..];
    if text[range].starts_with(BEGIN_OPEN) && behind.is_empty() {
        before = before.strip_suffix('\n').unwrap_or(before);
        before = before.strip_suffix('\r').unwrap_or(before);
    }
    format!("{before}{behind}")
}

/// Where the lines are that were written by an installation, whole lines.
fn block(text: &str) -> Option<std::ops::Range<usize>> {
    let starts = [BEGIN, BEGIN_OPEN]
        .into_iter()
        .filter_map(|begin| text.find(begin));
    let start = starts.min()?;
    let end = start + text[start..].find(END)? + END.len();
    let end = text[end..]
        .find('\n')
        .map_or(text.len(), |newline| end + newline + 1);
    Some(start..end)
}

fn read(file: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::new(
            format!("{}: cannot be read: {}", file.display(), reason(&error)),
            "make sure that it is a text file that may be read",
        )),
    }
}

fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), fs::create_dir_all);
    let written = made.and_then(|()| fs::write(file, text));
    written.map_err(|error| unwritable(file, &error))
}

fn tell(lines: &[String]) -> Result<(), Failure> {
    let mut out = anstream::stdout();
    for line in lines {
        // Whoever closes standard output does not want to know.
        let _ = writeln!(out, "{}", legible(line));
    }
    Ok(())
}
