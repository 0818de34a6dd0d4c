//! The headline as a picture: time over Y for each workload.

use crate::decoders::{Kind, HEADLINE, HEADLINE_TEXT};
use crate::report::Group;
use crate::rounds::Output;
use plotters::prelude::*;
use std::error::Error;
use std::path::Path;

/// So many of the other crates are shown.
const OTHERS: usize = 3;

const COLOURS: [RGBColor; 2 + OTHERS] = [
    RGBColor(0x1b, 0x6c, 0xa8),
    RGBColor(0x7c, 0xb5, 0xdd),
    RGBColor(0xe0, 0x9f, 0x3e),
    RGBColor(0x7f, 0xb0, 0x69),
    RGBColor(0x9a, 0x8c, 0x98),
];

/// The other crates that are fastest over all workloads, by the geometric mean; those with the same
/// output on more workloads come first.
fn fastest(groups: &[&Group]) -> Vec<&'static str> {
    let Some(first) = groups.first() else { return Vec::new() };
    let mut others: Vec<_> = first
        .results
        .iter()
        .filter(|row| row.kind == Kind::Other)
        .map(|row| {
            let logarithms: Vec<_> = groups
                .iter()
                .filter_map(|group| ratio(group, row.candidate))
                .map(f64::ln)
                .collect();
            let missing = groups.len() - logarithms.len();
            let mean = logarithms.iter().sum::<f64>() / logarithms.len().max(1) as f64;
            (missing, mean, row.candidate)
        })
        .collect();
    others.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    others.into_iter().take(OTHERS).map(|(_, _, name)| name).collect()
}

fn ratio(group: &Group, candidate: &str) -> Option<f64> {
    let row = group.row(candidate).filter(|row| row.output == Output::Same)?;
    row.times_yardstick
}

pub fn draw(path: &Path, groups: &[&Group]) -> Result<(), Box<dyn Error>> {
    let mut shown = vec![HEADLINE, HEADLINE_TEXT];
    shown.extend(fastest(groups));
    let ratios = shown.iter().flat_map(|name| groups.iter().filter_map(|group| ratio(group, name)));
    let top = ratios.fold(1.0, f64::max) * 1.08;

    let area = SVGBackend::new(path, (1000, 420)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(30)
        .y_label_area_size(48)
        .build_cartesian_2d(0.0..groups.len() as f64, 0.0..top)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .light_line_style(WHITE)
        .y_desc("time (a bare memchr2 line split = 1)")
        .label_style(("sans-serif", 14))
        .draw()?;

    // The names of the workloads, below the middle of their bars.
    let style = TextStyle::from(("sans-serif", 14).into_font()).pos(
        plotters::style::text_anchor::Pos::new(
            plotters::style::text_anchor::HPos::Center,
            plotters::style::text_anchor::VPos::Top,
        ),
    );
    for (at, group) in groups.iter().enumerate() {
        let (x, y) = chart.backend_coord(&(at as f64 + 0.5, 0.0));
        area.draw(&Text::new(group.workload.clone(), (x, y + 8), style.clone()))?;
    }

    let width = 0.8 / shown.len() as f64;
    for (series, (name, colour)) in shown.iter().zip(COLOURS).enumerate() {
        let bars = groups.iter().enumerate().filter_map(|(at, group)| {
            let left = at as f64 + 0.1 + series as f64 * width;
            let bar = [(left, 0.0), (left + width * 0.92, ratio(group, name)?)];
            Some(Rectangle::new(bar, colour.filled()))
        });
        chart
            .draw_series(bars)?
            .label(*name)
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.filled()));
    }
    let line = [(0.0, 1.0), (groups.len() as f64, 1.0)];
    chart.draw_series([PathElement::new(line, BLACK.stroke_width(1))])?;
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .margin(8)
        .border_style(WHITE)
        .background_style(WHITE.mix(0.9))
        .label_font(("sans-serif", 14))
        .draw()?;
    area.present()?;
    Ok(())
}
