//! The measured figures as JSON Lines, and the tables that are made from them. The peers' command writes both, and a test holds
//! the tables in the READMEs against the lines beside this file.

#![allow(dead_code, reason = "the test writes no lines")]

use serde_json::Value;
use std::fmt::Write as _;

pub(crate) const TASKS: [&str; 7] = [
    "diff",
    "apply",
    "merge",
    "merge_state",
    "replicas",
    "stream",
    "checksum",
];

pub(crate) const WORKLOADS: [&str; 11] = [
    "W1",
    "W2",
    "W3",
    "W4",
    "W5",
    "W6",
    "notebook",
    "manifest",
    "lockfile",
    "translation",
    "game",
];

pub(crate) const OWN: &str = "deltamerge";
pub(crate) const LIMIT: &str = "limit";
pub(crate) const BARE: &str = "bare";
pub(crate) const DIGESTS: &str = "digests";
const CHECKED: &str = "deltamerge-checked";
const KEEP: &str = "deltamerge-keep";
const KEEP_CHECKED: &str = "deltamerge-keep-checked";
const LENT: &str = "deltamerge-lent";

/// One contender on one task and workload.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    pub(crate) workload: String,
    pub(crate) task: String,
    pub(crate) contender: String,
    pub(crate) median_ns: f64,
    pub(crate) min_ns: f64,
}

/// A delta set in some form.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Size {
    pub(crate) workload: String,
    pub(crate) form: String,
    pub(crate) bytes: u64,
    pub(crate) deflated: u64,
}

pub(crate) fn lines(figures: &[Figure]) -> String {
    let line = |figure: &Figure| {
        // A tenth of a nanosecond is enough.
        let tenth = |ns: f64| (ns * 10.0).round() / 10.0;
        line_of(&[
            ("workload", figure.workload.as_str().into()),
            ("task", figure.task.as_str().into()),
            ("contender", figure.contender.as_str().into()),
            ("median_ns", tenth(figure.median_ns).into()),
            ("min_ns", tenth(figure.min_ns).into()),
        ])
    };
    figures.iter().map(line).collect()
}

/// Member by member, for the order of a map is up to serde_json's features.
fn line_of(members: &[(&str, Value)]) -> String {
    let member = |(name, value): &(&str, Value)| format!("\"{name}\":{value}");
    let members: Vec<String> = members.iter().map(member).collect();
    format!("{{{}}}\n", members.join(","))
}

/// Reads what [`lines`] writes.
pub(crate) fn read(text: &str) -> Result<Vec<Figure>, String> {
    read_lines(text, |line| {
        let figure = Figure {
            workload: name(line, "workload")?,
            task: name(line, "task")?,
            contender: name(line, "contender")?,
            median_ns: line["median_ns"].as_f64()?,
            min_ns: line["min_ns"].as_f64()?,
        };
        let is_known = TASKS.contains(&figure.task.as_str())
            && WORKLOADS.contains(&figure.workload.as_str())
            && figure.min_ns > 0.0
            && figure.min_ns <= figure.median_ns;
        is_known.then_some(figure)
    })
}

/// The rows, a workload and a task, whose ratios something else disturbed that the machine did meanwhile: what they rest on took
/// much longer, as a rule, than it did at best.
pub(crate) fn disturbed(figures: &[Figure]) -> Vec<(&str, &str)> {
    const MUCH: f64 = 1.25;
    let disturbed = figures.iter().filter(|figure| {
        [OWN, LIMIT, BARE].contains(&figure.contender.as_str())
            && figure.median_ns > figure.min_ns * MUCH
    });
    let mut rows: Vec<_> = disturbed
        .map(|figure| (figure.workload.as_str(), figure.task.as_str()))
        .collect();
    rows.dedup();
    rows
}

/// Figures with those that were measured again in the place of the former.
pub(crate) fn replaced(kept: &[Figure], again: &[Figure]) -> Vec<Figure> {
    let is_of = |one: &Figure, other: &Figure| {
        (&one.workload, &one.task, &one.contender)
            == (&other.workload, &other.task, &other.contender)
    };
    let mut figures = kept.to_vec();
    for figure in again {
        match figures.iter_mut().find(|former| is_of(former, figure)) {
            Some(former) => former.clone_from(figure),
            None => figures.push(figure.clone()),
        }
    }
    figures
}

pub(crate) fn size_lines(sizes: &[Size]) -> String {
    let line = |size: &Size| {
        line_of(&[
            ("workload", size.workload.as_str().into()),
            ("form", size.form.as_str().into()),
            ("bytes", size.bytes.into()),
            ("deflated", size.deflated.into()),
        ])
    };
    sizes.iter().map(line).collect()
}

pub(crate) fn read_sizes(text: &str) -> Result<Vec<Size>, String> {
    read_lines(text, |line| {
        Some(Size {
            workload: name(line, "workload")?,
            form: name(line, "form")?,
            bytes: line["bytes"].as_u64()?,
            deflated: line["deflated"].as_u64()?,
        })
    })
}

fn name(line: &Value, member: &str) -> Option<String> {
    line[member].as_str().map(str::to_owned)
}

fn read_lines<T>(text: &str, read: impl Fn(&Value) -> Option<T>) -> Result<Vec<T>, String> {
    let mut found = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let value =
            serde_json::from_str(line).map_err(|error| format!("line {number}: {error}"))?;
        found.push(read(&value).ok_or_else(|| format!("line {number}: not a figure: {line}"))?);
    }
    Ok(found)
}

/// The contenders' names, as they first come.
fn in_order<'f>(names: impl Iterator<Item = &'f str>) -> Vec<&'f str> {
    let mut found: Vec<&str> = Vec::new();
    for name in names {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

fn median(figures: &[Figure], task: &str, workload: &str, contender: &str) -> Option<f64> {
    let figure = figures.iter().find(|figure| {
        figure.task == task && figure.workload == workload && figure.contender == contender
    })?;
    Some(figure.median_ns)
}

/// Three figures and a unit.
pub(crate) fn time(ns: f64) -> String {
    let (value, unit) = match ns {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "µs"),
        ns if ns < 1e9 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    format!("{} {unit}", three(value))
}

/// How many times as long.
pub(crate) fn ratio(times: f64) -> String {
    format!("{}×", three(times))
}

fn three(value: f64) -> String {
    match value {
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

/// A table for each task: the contenders, the workloads, and in each cell the median, and how many times ours that is.
pub(crate) fn tables(figures: &[Figure]) -> String {
    let mut text = String::new();
    for task in TASKS {
        let own: Vec<&Figure> = figures
            .iter()
            .filter(|figure| figure.task == task)
            .collect();
        let has = |workload: &&str| own.iter().any(|figure| figure.workload == *workload);
        let workloads: Vec<&str> = WORKLOADS.iter().copied().filter(has).collect();
        let contenders = in_order(own.iter().map(|figure| figure.contender.as_str()));
        if contenders.is_empty() {
            continue;
        }
        let mut rows = vec![
            std::iter::once(format!("`{task}`"))
                .chain(workloads.iter().map(|name| (*name).to_owned()))
                .collect::<Vec<_>>(),
        ];
        for contender in contenders {
            let cell = |workload: &&str| match median(figures, task, workload, contender) {
                None => String::new(),
                Some(ns) => match median(figures, task, workload, OWN) {
                    Some(ours) if contender != OWN => {
                        format!("{} ({})", time(ns), ratio(ns / ours))
                    }
                    _ => time(ns),
                },
            };
            let title = if contender == OWN {
                format!("**{contender}**")
            } else {
                contender.to_owned()
            };
            let cells = workloads.iter().map(cell);
            rows.push(std::iter::once(title).chain(cells).collect());
        }
        text.push_str(&table(&rows));
        text.push('\n');
    }
    text
}

/// What the library wants to be: at most so many times what another takes.
struct Aim {
    task: &'static str,
    own: &'static str,
    most: f64,
    other: &'static str,
    workloads: &'static [&'static str],
}

const fn aim(
    task: &'static str,
    most: f64,
    other: &'static str,
    workloads: &'static [&'static str],
) -> Aim {
    Aim {
        task,
        own: OWN,
        most,
        other,
        workloads,
    }
}

const OBJECTS: &[&str] = &["W1", "W2", "W3"];
const LARGE: &[&str] = &["W2", "W3", "W4"];
const STATES: &[&str] = &["W1", "W2", "W3", "W4"];

const AIMS: [Aim; 26] = [
    aim("diff", 1.6, LIMIT, OBJECTS),
    aim("diff", 2.0, LIMIT, &["W4"]),
    aim("diff", 0.25, "json-patch", &["W1", "W2"]),
    aim("diff", 0.5, "json-patch", &["W3"]),
    aim("diff", 1.0, "json-patch", &["W4"]),
    aim("apply", 2.5, LIMIT, OBJECTS),
    aim("apply", 0.4, "json-patch", OBJECTS),
    Aim {
        own: CHECKED,
        ..aim("apply", 1.5, OWN, STATES)
    },
    Aim {
        own: KEEP_CHECKED,
        ..aim("apply", 1.5, KEEP, STATES)
    },
    aim("merge", 0.7, "json-patch-blind", STATES),
    Aim {
        own: LENT,
        ..aim("merge", 0.7, "json-patch-blind", STATES)
    },
    aim("merge", 0.2, "yrs", LARGE),
    aim("merge", 0.01, "yrs+json", LARGE),
    aim("merge", 0.05, "automerge", LARGE),
    aim("merge", 0.01, "automerge+json", LARGE),
    aim("merge", 0.05, "loro", LARGE),
    aim("merge", 0.01, "loro+json", LARGE),
    aim("merge_state", 2.5, LIMIT, STATES),
    aim("merge_state", 0.2, "diffy", STATES),
    aim("merge_state", 0.2, "trimerge", STATES),
    aim("replicas", 4.0, LIMIT, &["W5"]),
    aim("replicas", 1.0 / 15.0, "yrs", &["W5"]),
    aim("replicas", 1.0, "json-patch-blind", &["W5"]),
    aim("stream", 1.0 / 5_000.0, "movex", &["W6"]),
    aim("checksum", 0.6, "text-xxh3", STATES),
    aim("checksum", 0.25, "text-md5", STATES),
];

/// One row an aim, one cell a workload: our part of the other's time, and where that is more than was aimed at, the limit's.
pub(crate) fn aims_table(figures: &[Figure]) -> String {
    let workloads = &WORKLOADS[..6];
    let head = ["", "at most"].map(str::to_owned).into_iter();
    let mut rows = vec![
        head.chain(workloads.iter().map(|name| (*name).to_owned()))
            .collect::<Vec<_>>(),
    ];
    for aim in &AIMS {
        let cell = |workload: &&str| {
            let time = |contender| median(figures, aim.task, workload, contender);
            let is_meant = aim.workloads.contains(workload);
            let (Some(ours), Some(other), true) = (time(aim.own), time(aim.other), is_meant) else {
                return String::new();
            };
            let part = part(ours / other);
            if ours <= aim.most * other {
                return format!("**{part}**");
            }
            // Element by element it is no limit.
            let bare = time(BARE).filter(|_| *workload != "W4");
            let least = bare.or_else(|| time(LIMIT).filter(|_| aim.other != LIMIT));
            let least = match aim.own {
                CHECKED => time(DIGESTS),
                KEEP_CHECKED => None,
                _ => least,
            };
            least.map_or(part.clone(), |least| {
                format!("{part}; {}", self::part(least / other))
            })
        };
        let title = format!("`{}` of {} to {}", aim.task, aim.own, aim.other);
        let head = [title, part(aim.most)].into_iter();
        rows.push(head.chain(workloads.iter().map(cell)).collect());
    }
    table(&rows)
}

/// Per cent, in three figures.
fn part(part: f64) -> String {
    let percent = part * 100.0;
    let before = percent.log10().floor();
    let digits = (2.0 - before).clamp(0.0, 6.0) as usize;
    format!("{percent:.digits$} %")
}

/// Who stands for the others in the short table: all that do the same work, so neither a limit, nor a form of ours, nor what
/// does not merge.
fn is_other(contender: &str) -> bool {
    ![LIMIT, BARE, DIGESTS].contains(&contender)
        && !contender.starts_with(OWN)
        && !contender.ends_with("-blind")
}

/// One row a task: our time, and the fastest of the others.
pub(crate) fn short_table(figures: &[Figure]) -> String {
    let workloads = &WORKLOADS[..6];
    let mut rows = vec![
        std::iter::once(String::new())
            .chain(workloads.iter().map(|name| (*name).to_owned()))
            .collect::<Vec<_>>(),
    ];
    for task in TASKS {
        let cell = |workload: &&str| {
            let Some(ours) = median(figures, task, workload, OWN) else {
                return String::new();
            };
            let best = figures
                .iter()
                .filter(|figure| figure.task == task && figure.workload == *workload)
                .filter(|figure| is_other(&figure.contender))
                .min_by(|one, other| one.median_ns.total_cmp(&other.median_ns));
            match best {
                None => time(ours),
                Some(best) => format!(
                    "**{}**, {} {}",
                    time(ours),
                    best.contender,
                    ratio(best.median_ns / ours)
                ),
            }
        };
        rows.push(
            std::iter::once(format!("`{task}`"))
                .chain(workloads.iter().map(cell))
                .collect(),
        );
    }
    table(&rows)
}

pub(crate) fn sizes_table(sizes: &[Size]) -> String {
    let workloads = in_order(sizes.iter().map(|size| size.workload.as_str()));
    let forms = in_order(sizes.iter().map(|size| size.form.as_str()));
    let mut rows = vec![
        std::iter::once("bytes, deflated".to_owned())
            .chain(workloads.iter().map(|name| (*name).to_owned()))
            .collect::<Vec<_>>(),
    ];
    for form in forms {
        let cell = |workload: &&str| {
            let size = sizes
                .iter()
                .find(|size| size.form == form && size.workload == *workload);
            size.map_or(String::new(), |size| {
                format!("{}, {}", size.bytes, size.deflated)
            })
        };
        let cells = workloads.iter().map(cell);
        rows.push(std::iter::once(form.to_owned()).chain(cells).collect());
    }
    table(&rows)
}

/// Markdown that is aligned, so that it reads on a terminal, too.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows[0].len();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0).max(3)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(text, "| {cell:width$} ");
        }
        text.push_str("|\n");
        if number == 0 {
            for width in &widths {
                let _ = write!(text, "|{}", "-".repeat(width + 2));
            }
            text.push_str("|\n");
        }
    }
    text
}

/// A text with other content between two marks, `<!-- name -->` and `<!-- /name -->`.
pub(crate) fn between(text: &str, name: &str, content: &str) -> Result<String, String> {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let missing = |mark: &str| format!("there is no {mark:?}");
    let (head, rest) = text.split_once(&begin).ok_or_else(|| missing(&begin))?;
    let (_, tail) = rest.split_once(&end).ok_or_else(|| missing(&end))?;
    Ok(format!("{head}{begin}{content}{end}{tail}"))
}
