//! `deltamerge merge --html`: one page that asks for nothing, to move over what changed (spec/report.md, T8).

mod data;

use crate::account::{Outcome, count};
use crate::legible::legible;
use crate::report::Report;
use data::Data;
use data_encoding::BASE64;
use deltamerge::{Rules, Stamp};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use std::path::Path;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// As many conflicts are listed for a reader without scripts.
const LISTED: usize = 200;

/// Writes the page. The data goes straight to `out`: it may be large.
pub(crate) fn print(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(head(report).into_string().as_bytes())?;
    out.write_all(b"<body>")?;
    out.write_all(body(report).into_string().as_bytes())?;
    out.write_all(br#"<script type="application/json" id="data">"#)?;
    serde_json::to_writer(InScript(out), &Data(report))?;
    out.write_all(b"</script><script>")?;
    out.write_all(SCRIPT.as_bytes())?;
    out.write_all(b"</script></body></html>\n")
}

/// The page may show what is in it, and nothing else.
fn policy() -> String {
    let hash = |text: &str| BASE64.encode(&Sha256::digest(text));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

fn head(report: &Report<'_>) -> Markup {
    html! {
        (DOCTYPE)
        (PreEscaped(r#"<html lang="en">"#))
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy());
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="generator" content=(concat!("deltamerge ", env!("CARGO_PKG_VERSION")));
            title { "Merge of " (name(report)) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

/// The base's file, without its folder.
fn name(report: &Report<'_>) -> String {
    let (file, _) = &report.merge.base;
    let name = Path::new(file).file_name();
    legible(&name.map_or_else(|| file.into(), |name| name.to_string_lossy()))
}

fn body(report: &Report<'_>) -> Markup {
    html! {
        a.skip href="#tree" { "To the document" }
        header {
            h1 { "Merge of " (name(report)) }
            p.summary { (summary(report)) }
            ul.sides aria-label="Sides" {
                @for (side, (file, action)) in report.merge.actions.iter().enumerate() {
                    li title=(legible(file)) {
                        span.dot.{ "side-" (side % 8) } aria-hidden="true" {}
                        (side_name(report, &action.stamp)) " "
                        span.count { (count(action.deltas.len(), "delta")) }
                    }
                }
            }
        }
        main {
            section.document aria-labelledby="document-title" {
                h2.hidden #document-title { "Document" }
                div.tools {
                    div.pair role="group" aria-label="Conflicts" {
                        button #previous type="button" aria-keyshortcuts="k" { span.wide { "Previous conflict " } span.narrow { "‹ Previous " } kbd { "k" } }
                        button #next type="button" aria-keyshortcuts="j" { span.wide { "Next conflict " } span.narrow { "Next › " } kbd { "j" } }
                    }
                    label { span { "Show" }
                        select #show {
                            option value="all" { "everything" }
                            option value="changes" { "what changed" }
                            option value="conflicts" { "conflicts" }
                        }
                    }
                    p #status role="status" {}
                }
                div #tree role="treegrid" tabindex="0" aria-label="The document: base, sides and result" aria-readonly="true" {}
            }
            aside aria-labelledby="details-title" {
                h2 #details-title { "Details" }
                div #details {}
                (help())
            }
        }
        noscript { (listed(report)) }
    }
}

fn summary(report: &Report<'_>) -> Markup {
    let conflicts = report.conflicts();
    html! {
        (count(report.merge.actions.len(), "action")) ", "
        (count(report.delta_count(), "delta")) ", "
        (report.merge.decisions.len()) " met another: "
        strong.alarm[conflicts > 0].calm[conflicts == 0] { (count(conflicts, "conflict")) }
        ". Rules: " (rules_name(report.merge.rules)) "."
    }
}

fn rules_name(rules: &Rules) -> String {
    let presets = Rules::PRESETS.into_iter();
    let mut named = presets.filter_map(|name| Some((name, Rules::preset(name)?)));
    let found = named.find_map(|(name, preset)| match preset {
        _ if preset == *rules => Some(name.to_owned()),
        _ if preset.clone().collapsing() == *rules => {
            Some(format!("{name}, equal additions stand once"))
        }
        _ => None,
    });
    found.unwrap_or_else(|| format!("a rule set of its own, {}", rules.hash()))
}

fn side_name(report: &Report<'_>, stamp: &Stamp) -> String {
    report.account.name(stamp)
}

fn help() -> Markup {
    html! {
        details.help {
            summary { "Keys and signs" }
            dl {
                dt { kbd { "↑" } kbd { "↓" } } dd { "the row above, below" }
                dt { kbd { "→" } kbd { "←" } } dd { "open, or into; close, or out" }
                dt { kbd { "j" } kbd { "k" } } dd { "the next, the previous conflict" }
                dt { kbd { "Home" } kbd { "End" } } dd { "the first, the last row" }
                dt { kbd { "Enter" } } dd { "open or close" }
                dt { kbd { "*" } } dd { "open all beside it" }
                dt { span.sign.added { "+" } } dd { "added" }
                dt { span.sign.removed { "−" } } dd { "removed" }
                dt { span.sign.changed { "~" } } dd { "changed" }
                dt { span.sign { "×" } } dd { "left out of the result" }
                dt { span.sign { "=" } } dd { "told by an equal addition" }
                dt { span.sign { "•" } } dd { "this side changed something inside" }
            }
        }
    }
}

/// For a reader without scripts.
fn listed(report: &Report<'_>) -> Markup {
    let conflicts = report.merge.decisions.iter();
    let conflicts = conflicts.filter(|decision| decision.conflict);
    html! {
        div.noscript {
            p { "The document is shown by a script, which does not run here." }
            @if report.conflicts() > 0 { h2 { "Conflicts" } }
            ol {
                @for decision in conflicts.take(LISTED) {
                    li {
                        code { @if decision.path.is_root() { "the root" } @else { (legible(decision.path.as_str())) } }
                        @for line in report.account.sentence(decision, Outcome::Conflict, 200) { br; (line) }
                        br; (decision.rule) ": " (report.account.reason(decision.rule))
                    }
                }
            }
            @if report.conflicts() > LISTED { p { "and " (report.conflicts() - LISTED) " more" } }
        }
    }
}

/// JSON inside a script element: no `<` ends it.
struct InScript<'o>(&'o mut dyn Write);

impl Write for InScript<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for (index, part) in bytes.split(|byte| *byte == b'<').enumerate() {
            if index > 0 {
                self.0.write_all(br"\u003c")?;
            }
            self.0.write_all(part)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
