//! Writing: all or nothing, files by way of a temporary file beside them.

use crate::failure::Failure;
use crate::input::reason;
use serde::Serialize;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Where the result goes, and how it looks, as arguments.
#[derive(clap::Args)]
pub(crate) struct Output {
    /// Writes the result to FILE, whole or not at all, instead of to standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Writes JSON on one line
    #[arg(long)]
    pub(crate) compact: bool,
}

impl Output {
    pub(crate) fn is_standard(&self) -> bool {
        let file = self.output.as_deref();
        file.is_none_or(|file| file.as_os_str() == "-")
    }

    /// Writes the one result of a command.
    pub(crate) fn json(&self, result: &impl Serialize) -> Result<(), Failure> {
        write(&[Page::json(self.output.as_deref(), result, self.compact)])
    }
}

pub(crate) type Print<'r> = Box<dyn Fn(&mut dyn Write) -> io::Result<()> + 'r>;

/// Something to write, and the file to write it to; none, or `-`, is standard output.
pub(crate) struct Page<'r> {
    file: Option<&'r Path>,
    print: Print<'r>,
}

impl<'r> Page<'r> {
    pub(crate) fn json(
        file: Option<&'r Path>,
        result: &'r impl Serialize,
        compact: bool,
    ) -> Page<'r> {
        let print = move |out: &mut dyn Write| {
            if compact {
                serde_json::to_writer(&mut *out, result)?;
            } else {
                serde_json::to_writer_pretty(&mut *out, result)?;
            }
            out.write_all(b"\n")
        };
        Page::new(file, Box::new(print))
    }

    pub(crate) fn text(text: &'r [u8]) -> Page<'r> {
        Page::text_to(None, text)
    }

    pub(crate) fn text_to(file: Option<&'r Path>, text: &'r [u8]) -> Page<'r> {
        Page::new(file, Box::new(move |out| out.write_all(text)))
    }

    pub(crate) fn new(file: Option<&'r Path>, print: Print<'r>) -> Page<'r> {
        let file = file.filter(|file| file.as_os_str() != "-");
        Page { file, print }
    }

    fn name(&self) -> String {
        match self.file {
            Some(file) => file.display().to_string(),
            None => "standard output".to_owned(),
        }
    }

    fn failure(&self, error: &io::Error) -> Failure {
        Failure::new(
            format!("{}: cannot be written: {}", self.name(), reason(error)),
            "make sure that the folder is there, may be written to, and has space",
        )
    }
}

/// Refuses to write several results to one place.
fn check_apart(pages: &[Page<'_>]) -> Result<(), Failure> {
    for (index, page) in pages.iter().enumerate() {
        if pages[..index].iter().any(|other| other.file == page.file) {
            let place = page.name();
            return Err(Failure::new(
                format!("expected a place of its own for each result, found two for {place}"),
                "give each result, such as those of --output, --deltas and --report, another FILE",
            ));
        }
    }
    Ok(())
}

/// Writes all pages. Files are put in their places last, when everything is written.
pub(crate) fn write(pages: &[Page<'_>]) -> Result<(), Failure> {
    check_apart(pages)?;
    let mut staged = Vec::new();
    for page in pages {
        if let Some(file) = page.file {
            let stage = stage(file, &page.print).map_err(|error| page.failure(&error))?;
            staged.push((page, stage));
        }
    }
    for page in pages.iter().filter(|page| page.file.is_none()) {
        let mut out = BufWriter::new(io::stdout().lock());
        let printed = (page.print)(&mut out).and_then(|()| out.flush());
        match printed {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                return Err(page.failure(&error));
            }
            // Whoever reads has read enough.
            Err(_) | Ok(()) => {}
        }
        // What is left after an error is not to be tried again.
        let _ = out.into_parts();
    }
    for (page, stage) in staged {
        stage.commit().map_err(|error| page.failure(&error))?;
    }
    Ok(())
}

/// A file that is written but not in its place yet; dropped before that, it is gone.
struct Stage {
    temporary: Option<PathBuf>,
    place: PathBuf,
}

fn stage(file: &Path, print: &Print<'_>) -> io::Result<Stage> {
    // A link stays a link: what it leads to is replaced.
    let place = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let there = fs::metadata(&place).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        // A device or a pipe cannot be replaced.
        fill(File::create(&place)?, print)?;
        let temporary = None;
        return Ok(Stage { temporary, place });
    }
    let (temporary, opened) = create_beside(&place)?;
    let stage = Stage {
        temporary: Some(temporary),
        place,
    };
    if let Some(there) = there {
        opened.set_permissions(there.permissions())?;
    }
    fill(opened, print)?.sync_all()?;
    Ok(stage)
}

fn create_beside(place: &Path) -> io::Result<(PathBuf, File)> {
    let name = place.file_name().ok_or(ErrorKind::InvalidFilename)?;
    let process = std::process::id();
    let mut attempt = 0_u32;
    loop {
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{process}-{attempt}.tmp"));
        let temporary = place.with_file_name(hidden);
        let opened = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&temporary);
        match opened {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && attempt < 100 => attempt += 1,
            Err(error) => return Err(error),
            Ok(opened) => return Ok((temporary, opened)),
        }
    }
}

fn fill(file: File, print: &Print<'_>) -> io::Result<File> {
    let mut out = BufWriter::new(file);
    print(&mut out)?;
    Ok(out.into_inner()?)
}

impl Stage {
    fn commit(mut self) -> io::Result<()> {
        match self.temporary.as_ref() {
            Some(temporary) => fs::rename(temporary, &self.place)?,
            None => return Ok(()),
        }
        self.temporary = None;
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            // If it cannot be removed, there is nothing more to do about it.
            let _ = fs::remove_file(temporary);
        }
    }
}
