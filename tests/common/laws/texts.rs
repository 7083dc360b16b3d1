//! Texts of files: what is read from them, and what editing and merging leaves as it was (F1 to F12).

use super::super::generate;
use super::{Checked, ask, broken, good};
use arbitrary::{Result as Drawn, Unstructured};
use deltamerge::text::{
    Dialect, Markers, MergedText, Resolve, Text, edit, exact_deltas, merge, plain, plain_deltas,
};
use deltamerge::{apply, diff, equal, parse_within};
use jsonc_parser::ast::{ObjectPropName, Value as Ast};
use jsonc_parser::common::Ranged;
use serde_json::{Value, json};

/// A text of bytes that mean nothing, or little: pieces of JSON in any order.
fn pieces(u: &mut Unstructured) -> Drawn<String> {
    const PIECES: [&str; 32] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "\r\n",
        "\t",
        "\"a\"",
        "\"b\"",
        "\"\\u0041\"",
        "1",
        "-0",
        "1e400",
        "1.10",
        "01",
        "true",
        "null",
        "// c\n",
        "/* c */",
        "/",
        "\"",
        "\\",
        "é",
        "\u{feff}",
        "\u{a0}",
        "\u{c}",
        "'x'",
        "\"\\ud800\"",
        "NaN",
    ];
    if u.ratio(1, 4)? {
        let length = u.int_in_range(0..=40)?;
        return Ok(String::from_utf8_lossy(u.bytes(length)?).into_owned());
    }
    let mut text = String::new();
    for _ in 0..u.int_in_range(0..=24)? {
        text.push_str(u.choose(&PIECES)?);
    }
    Ok(text)
}

/// F1, F3: what is read is what `parse` reads, and a text with its own document is itself.
pub(super) fn texts_are_read(u: &mut Unstructured) -> Checked {
    let text = match u.int_in_range(0..=2_usize)? {
        0 => pieces(u)?,
        kind => {
            let document = generate::base(u)?;
            let dialects = [Dialect::Json, Dialect::JsonWithComments];
            written(u, &document, dialects[kind - 1])?
        }
    };
    let told = || json!({ "text": text });
    let usual = parse_within(text.strip_prefix('\u{feff}').unwrap_or(&text), 256);
    let read = Text::read(&text, Dialect::Json);
    match (&usual, &read) {
        (Ok(document), Ok(read)) => {
            let own = plain(read.document());
            let is_same = equal(document, &own) || is_beyond_doubles(document);
            ask(is_same, &told, format_args!("read as {own}"))?;
        }
        // Numbers beyond the doubles are the one thing that only texts hold.
        (Err(error), Ok(_)) => ask(
            error.to_string().contains("number out of range"),
            &told,
            format_args!("read, though {error}"),
        )?,
        (Ok(_), Err(error)) => return Err(broken(&told, format_args!("refused: {error}"))),
        (Err(_), Err(error)) => ask(
            error.line() > 0 && error.column() > 0 && !error.code().is_empty(),
            &told,
            "refused without a place",
        )?,
    }
    for dialect in [Dialect::Json, Dialect::JsonWithComments] {
        if let Ok(read) = Text::read(&text, dialect) {
            let same = read.with(read.document(), None, &[]);
            ask(same == text, &told, format_args!("written as {same}"))?;
        }
    }
    Ok(())
}

/// Whether a document has a number that no double holds: a crate of the program has switched on serde_json's
/// `arbitrary_precision` then.
fn is_beyond_doubles(document: &Value) -> bool {
    match document {
        Value::Number(number) => !number.to_string().parse().is_ok_and(f64::is_finite),
        Value::Array(items) => items.iter().any(is_beyond_doubles),
        Value::Object(members) => members.values().any(is_beyond_doubles),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// F4: an edited text says the edited document, and has the bytes of each member that was not edited.
pub(super) fn texts_are_edited(u: &mut Unstructured) -> Checked {
    let dialect = dialect(u)?;
    let document = generate::base(u)?;
    let text = written(u, &document, dialect)?;
    let before = match Text::read(&text, dialect) {
        Ok(text) => text,
        Err(error) => return Err(broken(&|| json!({ "text": text }), error)),
    };
    let after = generate::edited(u, before.document())?;
    let told = || json!({"text": text, "before": before.document(), "after": after});
    let deltas = good(&told, "diff", diff(before.document(), &after))?;
    let edited = before.with(&after, None, &[]);
    ask_document(&told, "edited", &edited, dialect, &after)?;
    // Through plain values, where they say it all.
    if equal(&plain(&after), &after) {
        let again = good(&told, "edit", edit(&text, &plain_deltas(&deltas), dialect))?;
        // Where maps keep the order of members, deltas add theirs in document order (N5).
        let applied = good(&told, "apply", apply(before.document(), &deltas))?;
        let whole = before.with(&applied, None, &[]);
        ask(
            again == whole,
            &told,
            format_args!("{whole}\nbut by deltas {again}"),
        )?;
    }
    ask(
        exact_deltas(&plain_deltas(&deltas)).len() == deltas.len(),
        &told,
        "deltas are lost",
    )?;
    let told = || json!({"text": text, "after": after, "edited": edited});
    let trees = [text.as_str(), edited.as_str()].map(tree);
    let [Some(one), Some(other)] = trees else {
        return Err(broken(&told, "jsonc-parser does not read it"));
    };
    ask_bytes_kept(
        &told,
        (&text, &one),
        (&edited, &other),
        before.document(),
        &after,
    )
}

/// F9, F10: a merge is the engine's; between conflict markers stands what each side would have.
pub(super) fn texts_are_merged(u: &mut Unstructured) -> Checked {
    let dialect = dialect(u)?;
    let document = generate::base(u)?;
    let base = written(u, &document, dialect)?;
    let side = |u: &mut Unstructured| -> Drawn<String> {
        let text = Text::read(&base, dialect).expect("what is written can be read");
        let after = generate::edited(u, text.document())?;
        if u.ratio(1, 4)? {
            written(u, &plain(&after), dialect)
        } else {
            Ok(text.with(&after, None, &[]))
        }
    };
    let (ours, theirs) = (side(u)?, side(u)?);
    let told = || json!({"base": base, "ours": ours, "theirs": theirs});
    let with = |resolve: Resolve| merge(Some(&base), &ours, &theirs, dialect, &resolve);
    let markers = Markers {
        base: Some("base".to_owned()),
        ..Markers::default()
    };
    let marked = match with(Resolve::Mark(markers)) {
        Ok(marked) => marked,
        // A comment that would be lost stops a merge; nothing else does.
        Err(error) if error.code() == "lost-comment" => return Ok(()),
        Err(error) => return Err(broken(&told, error)),
    };
    let sides = [Resolve::Ours, Resolve::Theirs].map(|resolve| with(resolve).ok());
    let [Some(first), Some(second)] = sides else {
        return Ok(());
    };
    let told = || json!({"base": base, "ours": ours, "theirs": theirs, "marked": marked.text, "first": first.text});
    let read =
        |merged: &MergedText| good(&told, "the merged text", document_of(&merged.text, dialect));
    let (first_document, second_document) = (read(&first)?, read(&second)?);
    let is_contradiction = !equal(&first_document, &second_document);
    ask(
        (marked.marked > 0) == is_contradiction,
        &told,
        "a conflict is not shown, or one too many",
    )?;
    ask(
        marked.conflicts.is_empty() <= (marked.marked == 0),
        &told,
        "markers without a conflict",
    )?;
    for (choice, expected) in [(0, &first_document), (2, &second_document)] {
        let chosen = chosen(&marked.text, choice);
        ask_document(&told, "chosen between markers", &chosen, dialect, expected)?;
    }
    good(
        &told,
        "the base between markers",
        document_of(&chosen(&marked.text, 1), dialect),
    )?;
    if equal(
        &good(&told, "ours", document_of(&ours, dialect))?,
        &good(&told, "base", document_of(&base, dialect))?,
    ) {
        let expected = good(&told, "theirs", document_of(&theirs, dialect))?;
        ask_document(&told, "of theirs alone", &marked.text, dialect, &expected)?;
    }
    Ok(())
}

fn dialect(u: &mut Unstructured) -> Drawn<Dialect> {
    Ok(if u.ratio(1, 3)? {
        Dialect::JsonWithComments
    } else {
        Dialect::Json
    })
}

fn document_of(text: &str, dialect: Dialect) -> Result<Value, String> {
    let read = Text::read(text, dialect);
    read.map(|read| read.document().clone())
        .map_err(|error| format!("{error} in {text}"))
}

fn ask_document(
    told: super::Told,
    what: &str,
    text: &str,
    dialect: Dialect,
    expected: &Value,
) -> Checked {
    let got = good(told, what, document_of(text, dialect))?;
    ask(
        equal(&got, expected),
        told,
        format_args!("{what}: {text}\nis {got}, not {expected}"),
    )
}

/// The text with one version of each conflict: 0 ours, 1 the base, 2 theirs.
fn chosen(text: &str, choice: usize) -> String {
    let mut version = None;
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        match line.trim_end() {
            "<<<<<<< ours" => version = Some(0),
            "||||||| base" => version = Some(1),
            "=======" => version = Some(2),
            ">>>>>>> theirs" => version = None,
            _ if version.is_none_or(|version| version == choice) => out.push_str(line),
            _ => {}
        }
    }
    out
}

// --- texts in many styles --------------------------------------------------------------------------------------------

struct Style {
    line_end: &'static str,
    unit: &'static str,
    colon: &'static str,
    dialect: Dialect,
}

fn written(u: &mut Unstructured, value: &Value, dialect: Dialect) -> Drawn<String> {
    let style = Style {
        line_end: u.choose(&["\n", "\n", "\r\n"])?,
        unit: u.choose(&["  ", "    ", "\t", ""])?,
        colon: u.choose(&[": ", ":", " : "])?,
        dialect,
    };
    let mut out = (*u.choose(&["", "", "\u{feff}", "\n"])?).to_owned();
    write(u, &mut out, value, &style, 0)?;
    out.push_str(u.choose(&["\n", "", "\r\n", " "])?);
    Ok(out)
}

fn write(
    u: &mut Unstructured,
    out: &mut String,
    value: &Value,
    style: &Style,
    level: usize,
) -> Drawn<()> {
    let items: Vec<(Option<&String>, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (Some(name), member))
            .collect(),
        Value::Array(items) => items.iter().map(|item| (None, item)).collect(),
        scalar => return write_scalar(u, out, scalar),
    };
    let (open, close) = if value.is_object() {
        ('{', '}')
    } else {
        ('[', ']')
    };
    let is_multi = u.ratio(2, 3)?;
    let line = |out: &mut String, level: usize| {
        out.push_str(style.line_end);
        out.push_str(&style.unit.repeat(level));
    };
    let comment = |u: &mut Unstructured| -> Drawn<&str> {
        if style.dialect == Dialect::JsonWithComments && u.ratio(1, 6)? {
            Ok(*u.choose(&["/* one */", "// two", "/* three\n\nlines */"])?)
        } else {
            Ok("")
        }
    };
    out.push(open);
    let count = items.len();
    for (index, (name, item)) in items.into_iter().enumerate() {
        if is_multi {
            let above = comment(u)?;
            if !above.is_empty() || u.ratio(1, 12)? {
                line(out, level + 1);
                out.push_str(above);
            }
            line(out, level + 1);
        } else if index > 0 {
            out.push_str(u.choose(&[" ", "", "\n"])?);
        }
        if let Some(name) = name {
            out.push_str(&json!(name).to_string());
            out.push_str(style.colon);
        }
        write(u, out, item, style, level + 1)?;
        let is_lenient = style.dialect == Dialect::JsonWithComments;
        if index + 1 < count || is_lenient && u.ratio(1, 3)? {
            out.push(',');
        }
        let behind = comment(u)?;
        out.push_str(behind);
        if behind.starts_with("//") && !is_multi {
            out.push('\n');
        }
    }
    if is_multi && count > 0 {
        line(out, level);
    }
    out.push(close);
    Ok(())
}

/// Numbers that no document holds stand in for some that do.
fn write_scalar(u: &mut Unstructured, out: &mut String, scalar: &Value) -> Drawn<()> {
    const EXACT: [&str; 5] = [
        "1e400",
        "1.10",
        "1E+2",
        "1234567890123456789012345678901234567890",
        "0.10000000000000000001",
    ];
    let written = scalar.to_string();
    out.push_str(match scalar {
        Value::Number(_) if u.ratio(1, 4)? => u.choose(&EXACT)?,
        Value::String(text) if text.is_ascii() && u.ratio(1, 8)? => {
            // Escapes that nobody needs are kept as well.
            let escaped: String = text.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
            out.push_str(&format!("\"{escaped}\""));
            return Ok(());
        }
        _ => &written,
    });
    Ok(())
}

// --- a second reader -------------------------------------------------------------------------------------------------

fn tree(text: &str) -> Option<Ast<'_>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let collect = jsonc_parser::CollectOptions::default();
    let parsed = jsonc_parser::parse_to_ast(text, &collect, &jsonc_parser::ParseOptions::default());
    parsed.ok()?.value
}

/// Members that are equal before and after have the same bytes, at any depth below objects.
fn ask_bytes_kept(
    told: super::Told,
    (text, one): (&str, &Ast<'_>),
    (edited, other): (&str, &Ast<'_>),
    before: &Value,
    after: &Value,
) -> Checked {
    let bytes = |text: &str, at: &Ast<'_>| {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        text[at.range().start..at.range().end].to_owned()
    };
    if equal(before, after) {
        let (one, other) = (bytes(text, one), bytes(edited, other));
        return ask(one == other, told, format_args!("{one} became {other}"));
    }
    let (Ast::Object(old), Ast::Object(new)) = (one, other) else {
        return Ok(());
    };
    for property in &old.properties {
        let ObjectPropName::String(name) = &property.name else {
            return Err(broken(told, "a name that is no string"));
        };
        let name = name.value.as_ref();
        let found = new
            .properties
            .iter()
            .find(|property| property.name.as_str() == name);
        if let (Some(found), Some(was), Some(is)) = (found, before.get(name), after.get(name)) {
            ask_bytes_kept(
                told,
                (text, &property.value),
                (edited, &found.value),
                was,
                is,
            )?;
        }
    }
    Ok(())
}
