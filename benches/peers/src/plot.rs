//! How many times as long as deltamerge each contender takes, as an SVG that reads on light and on dark ground.

use crate::figures::{BARE, DIGESTS, Figure, LIMIT, OWN, TASKS, WORKLOADS};
use anyhow::{Result, anyhow, bail};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

const WIDTH: u32 = 960;
const ROW: u32 = 21;
const HEAD: u32 = 40;
/// Between the plot and the legend, and a line of that.
const GAP: u32 = 36;
const LINE: u32 = 18;
const COLUMNS: usize = 5;
const MARGIN: i32 = 150;
/// Room for half of the last number below.
const RIGHT: i32 = 32;

/// Stands for the colour of text and lines, which depends on the ground.
const INK: RGBColor = RGBColor(1, 2, 3);
const FAINT: RGBColor = RGBColor(4, 5, 6);

/// Colours that are neither too light for white nor too dark for black.
const COLOURS: [RGBColor; 12] = [
    RGBColor(59, 130, 246),
    RGBColor(239, 108, 59),
    RGBColor(16, 163, 127),
    RGBColor(192, 95, 214),
    RGBColor(200, 150, 20),
    RGBColor(224, 82, 132),
    RGBColor(23, 162, 184),
    RGBColor(160, 120, 100),
    RGBColor(124, 179, 66),
    RGBColor(130, 130, 200),
    RGBColor(200, 60, 60),
    RGBColor(120, 144, 156),
];

#[derive(Clone, Copy, PartialEq)]
struct Mark {
    colour: RGBColor,
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Dot,
    Ring,
    Triangle,
    Bar,
    Cross,
}

/// Who is drawn: the limit, and the others in their plain forms.
fn is_drawn(contender: &str) -> bool {
    contender != OWN
        && !contender.starts_with("deltamerge-")
        && ![BARE, DIGESTS].contains(&contender)
        && !matches!(contender, "json-patch-atomic" | "fast-json-patch-blind")
}

fn mark(contender: &str, drawn: &[&str]) -> Mark {
    if contender == LIMIT {
        return Mark {
            colour: INK,
            shape: Shape::Bar,
        };
    }
    // A library's forms share its colour.
    let family = contender
        .trim_end_matches("+json")
        .trim_end_matches("-blind");
    let families: Vec<&str> = drawn
        .iter()
        .map(|name| name.trim_end_matches("+json").trim_end_matches("-blind"))
        .filter(|name| *name != LIMIT)
        .fold(Vec::new(), |mut families, name| {
            if !families.contains(&name) {
                families.push(name);
            }
            families
        });
    let place = families.iter().position(|name| *name == family);
    let shape = match contender {
        "fast-json-patch" | "jsondiffpatch" | "ot-json1" | "trimerge" | "movex" => Shape::Triangle,
        "text-xxh3" | "text-md5" | "serde_jcs" | "serde_json_canonicalizer" => Shape::Cross,
        name if name != family => Shape::Ring,
        _ => Shape::Dot,
    };
    Mark {
        colour: COLOURS[place.unwrap_or(0) % COLOURS.len()],
        shape,
    }
}

struct Row<'f> {
    task: &'f str,
    workload: &'f str,
    ratios: Vec<(&'f str, f64)>,
}

fn rows(figures: &[Figure]) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for task in TASKS {
        for workload in &WORKLOADS[..6] {
            let own: Vec<&Figure> = figures
                .iter()
                .filter(|figure| figure.task == task && figure.workload == *workload)
                .collect();
            let Some(ours) = own.iter().find(|figure| figure.contender == OWN) else {
                continue;
            };
            let others = own
                .iter()
                .filter(|figure| is_drawn(&figure.contender))
                .map(|figure| (figure.contender.as_str(), figure.median_ns / ours.median_ns));
            rows.push(Row {
                task,
                workload,
                ratios: others.collect(),
            });
        }
    }
    rows
}

/// Whom the legend names.
fn drawn<'f>(rows: &[Row<'f>]) -> Vec<&'f str> {
    let mut drawn: Vec<&str> = Vec::new();
    for (contender, _) in rows.iter().flat_map(|row| &row.ratios) {
        if !drawn.contains(contender) {
            drawn.push(contender);
        }
    }
    drawn
}

pub(crate) fn draw(figures: &[Figure]) -> Result<String> {
    let rows = rows(figures);
    let drawn = drawn(&rows);
    for (number, contender) in drawn.iter().enumerate() {
        let is_alike = |other: &&str| mark(other, &drawn) == mark(contender, &drawn);
        if let Some(other) = drawn[..number].iter().find(|other| is_alike(other)) {
            bail!("the plot: {other} and {contender} have one mark");
        }
    }
    let mut svg = String::new();
    let lines = u32::try_from(drawn.len().div_ceil(COLUMNS))?;
    let height = HEAD + ROW * u32::try_from(rows.len())? + GAP + LINE * lines;
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        draw_rows(&area, &rows, &drawn).map_err(|error| anyhow!("the plot: {error}"))?;
        area.present()
            .map_err(|error| anyhow!("the plot: {error}"))?;
    }
    Ok(grounded(&svg))
}

/// Ink by class, so that a style can follow the ground.
fn grounded(svg: &str) -> String {
    let style = "<style>.ink{fill:#24292f}.line{stroke:#24292f}.faint{stroke:#d0d7de}text.faint{fill:#656d76;stroke:none}\
         @media(prefers-color-scheme:dark){.ink{fill:#e6edf3}.line{stroke:#e6edf3}.faint{stroke:#3d444d}text.faint{fill:#9198a1}}</style>\n";
    let svg = svg
        .replace("fill=\"#010203\"", "class=\"ink\"")
        .replace("stroke=\"#010203\"", "class=\"line\"")
        .replace("fill=\"#040506\"", "class=\"faint\"")
        .replace("stroke=\"#040506\"", "class=\"faint\"");
    match svg.find(">\n") {
        Some(at) => format!("{}{style}{}", &svg[..at + 2], &svg[at + 2..]),
        None => svg,
    }
}

type Drawn = std::result::Result<(), Box<dyn std::error::Error>>;
type Plane<'s> = DrawingArea<
    SVGBackend<'s>,
    Cartesian2d<plotters::coord::combinators::LogCoord<f64>, RangedCoordf64>,
>;
type Area<'s> = DrawingArea<SVGBackend<'s>, Shift>;

fn draw_rows(area: &Area<'_>, rows: &[Row<'_>], drawn: &[&str]) -> Drawn {
    let all = || {
        rows.iter()
            .flat_map(|row| row.ratios.iter().map(|(_, ratio)| *ratio))
    };
    let least = all().fold(0.5, f64::min) * 0.8;
    let most = all().fold(10.0, f64::max) * 1.5;
    let label = ("sans-serif", 13).into_font().color(&INK);
    let faint = ("sans-serif", 12).into_font().color(&FAINT);
    area.draw(&Text::new(
        "Times as long as deltamerge",
        (MARGIN, 6),
        ("sans-serif", 15).into_font().color(&INK),
    ))?;
    let height = i32::try_from(HEAD + ROW * u32::try_from(rows.len())?)?;
    let width = i32::try_from(WIDTH)?;
    let plane: Plane<'_> = area.apply_coord_spec(Cartesian2d::new(
        (least..most).log_scale(),
        0.0..rows.len() as f64,
        (MARGIN..width - RIGHT, i32::try_from(HEAD)?..height),
    ));
    let bottom = rows.len() as f64;
    let mut decade = 10_f64.powf(least.log10().ceil());
    while decade < most {
        let is_own = (decade - 1.0).abs() < 1e-9;
        let style = if is_own {
            INK.stroke_width(2)
        } else {
            FAINT.stroke_width(1)
        };
        plane.draw(&PathElement::new([(decade, 0.0), (decade, bottom)], style))?;
        let (x, y) = plane.map_coordinate(&(decade, bottom));
        area.draw(&Text::new(
            format!("{decade}×"),
            (x, y + 4),
            faint.clone().pos(Pos::new(HPos::Center, VPos::Top)),
        ))?;
        decade *= 10.0;
    }
    let mut task = "";
    for (number, row) in rows.iter().enumerate() {
        let middle = number as f64 + 0.5;
        let (_, y) = plane.map_coordinate(&(1.0, middle));
        if row.task != task {
            task = row.task;
            area.draw(&Text::new(task.to_owned(), (8, y - 5), label.clone()))?;
            let (_, top) = plane.map_coordinate(&(1.0, number as f64));
            area.draw(&PathElement::new(
                [(8, top), (width - RIGHT, top)],
                FAINT.stroke_width(1),
            ))?;
        }
        area.draw(&Text::new(
            row.workload.to_owned(),
            (MARGIN - 34, y - 5),
            faint.clone(),
        ))?;
        for (contender, ratio) in &row.ratios {
            let (x, _) = plane.map_coordinate(&(*ratio, middle));
            put(area, (x, y), mark(contender, drawn))?;
        }
    }
    for (number, contender) in drawn.iter().enumerate() {
        let (column, line) = (number % COLUMNS, number / COLUMNS);
        let x = 20 + i32::try_from(column)? * 188;
        let y = height + i32::try_from(GAP + LINE * u32::try_from(line)?)?;
        put(area, (x, y), mark(contender, drawn))?;
        area.draw(&Text::new(
            (*contender).to_owned(),
            (x + 10, y - 5),
            label.clone(),
        ))?;
    }
    Ok(())
}

fn put(area: &Area<'_>, at: (i32, i32), mark: Mark) -> Drawn {
    match mark.shape {
        Shape::Dot => area.draw(&Circle::new(at, 5, mark.colour.filled()))?,
        Shape::Ring => area.draw(&Circle::new(at, 5, mark.colour.stroke_width(2)))?,
        Shape::Triangle => area.draw(&TriangleMarker::new(at, 6, mark.colour.filled()))?,
        Shape::Cross => area.draw(&Cross::new(at, 4, mark.colour.stroke_width(3)))?,
        Shape::Bar => area.draw(&PathElement::new(
            [(at.0, at.1 - 7), (at.0, at.1 + 7)],
            mark.colour.stroke_width(3),
        ))?,
    }
    Ok(())
}
