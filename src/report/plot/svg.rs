//! A drawing as SVG: for the page, where it takes the page's text colour and answers to pointers, or as a
//! file of its own with its size in millimetres.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::canvas::{Anchor, Drawing, Hit, KEY, Mark};
use super::colours::{INK, Paint};
use super::font::{BYTES, NAME};
use crate::report::text::{escape_html, interval, short};

/// The radius around a value within which it is pointed at, in CSS pixels.
const REACH: f64 = 9.0;
const PAGE_FONT: &str = "system-ui, sans-serif";
/// The text colour of a file that stands on white paper.
const PAPER_INK: &str = "#1c2126";

impl Drawing {
    /// The drawing as an element of the page.
    pub fn svg(&self) -> String {
        let positions: Vec<String> = self
            .positions
            .iter()
            .map(|(value, x)| format!("[{value},{x:.1}]"))
            .collect();
        let hits: String = self.hits.iter().map(hit).collect();
        format!(
            "<svg class=\"chart\" role=\"img\" tabindex=\"0\" aria-label=\"{}\" viewBox=\"0 {:.0} {:.0} {:.0}\" \
             data-legend=\"{:.0}\" data-label=\"{}\" data-places=\"[{}]\" data-span=\"[{:.1},{:.1}]\" \
             xmlns=\"http://www.w3.org/2000/svg\">\n{}<g class=\"hits\">{hits}</g></svg>\n",
            escape_html(&self.description),
            self.legend,
            self.width,
            self.height - self.legend,
            self.legend,
            escape_html(&self.x_label),
            positions.join(","),
            self.span.0,
            self.span.1,
            self.marks(PAGE_FONT),
        )
    }

    /// Its legend alone, for charts that share it; empty where it has none to share.
    pub fn shared_legend(&self) -> String {
        let entry = |(name, marks): &(String, Vec<Mark>)| {
            let marks: String = marks.iter().map(|drawn| mark(drawn, PAGE_FONT)).collect();
            let [width, height] = KEY;
            format!(
                "<span><svg aria-hidden=\"true\" viewBox=\"0 0 {width} {height}\">{marks}</svg> {}</span>\n",
                escape_html(name)
            )
        };
        let entries: String = self.key.iter().map(entry).collect();
        match entries.is_empty() {
            true => entries,
            false => format!("<p class=\"key\">{entries}</p>\n"),
        }
    }

    /// The drawing as a file, `millimetres` wide on white paper, with its font.
    pub fn file(&self, millimetres: f64) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{millimetres}mm\" height=\"{:.2}mm\" \
             viewBox=\"0 0 {:.0} {:.0}\" color=\"{PAPER_INK}\">\n<title>{}</title>\n\
             <style>@font-face {{ font-family: {NAME}; src: url(data:font/ttf;base64,{}); }}</style>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n{}</svg>\n",
            millimetres * self.height / self.width,
            self.width,
            self.height,
            escape_html(&self.description),
            STANDARD.encode(BYTES),
            self.marks(&format!("{NAME}, Arial, Helvetica, sans-serif")),
        )
    }

    fn marks(&self, fonts: &str) -> String {
        self.marks.iter().map(|drawn| mark(drawn, fonts)).collect()
    }
}

fn mark(mark: &Mark, fonts: &str) -> String {
    match mark {
        Mark::Line {
            points,
            paint,
            width,
        } => format!(
            "<polyline points=\"{}\" fill=\"none\" {} stroke-width=\"{width}\" stroke-linejoin=\"round\"/>\n",
            corners(points),
            painted("stroke", *paint)
        ),
        Mark::Area { points, paint } => format!(
            "<polygon points=\"{}\" {}/>\n",
            corners(points),
            painted("fill", *paint)
        ),
        Mark::Text {
            text,
            at: (x, y),
            size,
            paint,
            anchor,
        } => {
            let anchor = match anchor {
                Anchor::Left => "start",
                Anchor::Middle => "middle",
                Anchor::Right => "end",
            };
            // Digits and capitals reach 0.72 of the size above the line: half of it lies below the middle.
            format!(
                "<text x=\"{x:.1}\" y=\"{:.1}\" font-size=\"{size}\" text-anchor=\"{anchor}\" \
                 font-family=\"{fonts}\" {}>{}</text>\n",
                y + 0.36 * size,
                painted("fill", *paint),
                escape_html(text)
            )
        }
    }
}

fn corners(points: &[(f64, f64)]) -> String {
    let points: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    points.join(" ")
}

fn painted(what: &str, paint: Paint) -> String {
    let colour = if paint.colour == INK {
        "currentColor".to_string()
    } else {
        paint.colour.hex()
    };
    match paint.opacity {
        1.0 => format!("{what}=\"{colour}\""),
        opacity => format!("{what}=\"{colour}\" {what}-opacity=\"{opacity}\""),
    }
}

fn hit(hit: &Hit) -> String {
    let text = |end: Option<f64>| end.map_or(String::new(), |end| end.to_string());
    let shown = match interval(&hit.y) {
        Some(interval) => format!("{} {interval}", short(hit.y.value)),
        None => short(hit.y.value),
    };
    format!(
        "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{REACH}\" fill=\"transparent\" data-series=\"{}\" \
         data-x=\"{}\" data-value=\"{}\" data-lo=\"{}\" data-hi=\"{}\" data-shown=\"{}\"/>",
        hit.at.0,
        hit.at.1,
        escape_html(&hit.series),
        escape_html(&hit.x),
        hit.y.value,
        text(hit.y.lo),
        text(hit.y.hi),
        escape_html(&shown),
    )
}

#[cfg(test)]
mod tests {
    use super::super::canvas::{Anchor, Canvas, ink};
    use super::*;
    use crate::study::summary::Estimate;

    fn drawing() -> Drawing {
        let mut canvas = Canvas::default();
        canvas.line(&[(0.0, 0.0), (5.0, 5.0)], ink(0.5), 1.0);
        canvas.hit(Hit {
            at: (1.0, 2.0),
            series: "<i>".into(),
            x: "3".into(),
            y: Estimate {
                value: 0.25,
                lo: None,
                hi: None,
                seeds: 1,
            },
        });
        canvas.text("<script>&", (1.0, 1.0), 12.0, Anchor::Left);
        canvas.finish((100.0, 50.0), "a \"b\" <c>")
    }

    #[test]
    fn texts_are_escaped_and_take_the_colour_of_the_page() {
        let svg = drawing().svg();
        assert!(svg.contains("aria-label=\"a &quot;b&quot; &lt;c&gt;\""));
        assert!(svg.contains("&lt;script&gt;&amp;"));
        assert!(svg.contains("stroke=\"currentColor\" stroke-opacity=\"0.5\""));
        assert!(svg.contains("viewBox=\"0 0 100 50\""));
        assert!(svg.contains("data-series=\"&lt;i&gt;\" data-x=\"3\" data-value=\"0.25\""));
        assert!(svg.trim_end().ends_with("</svg>"));
    }

    #[test]
    fn a_file_has_its_size_on_paper_and_no_handles() {
        let file = drawing().file(84.0);
        assert!(file.contains("width=\"84mm\" height=\"42.00mm\""));
        assert!(!file.contains("<circle"));
        assert!(file.contains("@font-face") && file.contains("font-family=\"Arimo, "));
    }
}
