//! A drawing as a PDF file with its font: lines and areas as paths, letters as text that can be searched and copied.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{
    CidFontType, FontFlags, LineCapStyle, LineJoinStyle, SystemInfo, UnicodeCmap,
};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::canvas::{Drawing, Mark};
use super::colours::Paint;
use super::font::{self, BASELINE, BYTES, font, glyphs, left};

const POINTS_PER_MILLIMETRE: f64 = 72.0 / 25.4;
const FONT: Name = Name(b"F1");
/// Six letters before a font's name say that it is a subset.
const SUBSET: Name = Name(b"PADGRD+Arimo");
const IDENTITY: SystemInfo = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// The numbers of the file's objects.
struct Ids {
    catalog: Ref,
    pages: Ref,
    page: Ref,
    content: Ref,
    info: Ref,
    font: Ref,
    cid: Ref,
    descriptor: Ref,
    file: Ref,
    unicode: Ref,
}

impl Ids {
    fn new() -> Ids {
        let mut last = 0;
        let mut next = || {
            last += 1;
            Ref::new(last)
        };
        Ids {
            catalog: next(),
            pages: next(),
            page: next(),
            content: next(),
            info: next(),
            font: next(),
            cid: next(),
            descriptor: next(),
            file: next(),
            unicode: next(),
        }
    }
}

impl Drawing {
    /// The drawing as a PDF file of one page, `millimetres` wide.
    pub fn pdf(&self, millimetres: f64) -> Vec<u8> {
        let ids = Ids::new();
        let width = millimetres * POINTS_PER_MILLIMETRE;
        let scale = width / self.width;
        let height = self.height * scale;
        let opacities = self.opacities();
        let mut pdf = Pdf::new();
        pdf.catalog(ids.catalog).pages(ids.pages);
        pdf.pages(ids.pages).kids([ids.page]).count(1);
        pdf.document_info(ids.info)
            .title(TextStr(&self.description));
        let mut page = pdf.page(ids.page);
        page.media_box(Rect::new(0.0, 0.0, width as f32, height as f32));
        page.parent(ids.pages).contents(ids.content);
        let mut resources = page.resources();
        resources.fonts().pair(FONT, ids.font);
        let mut states = resources.ext_g_states();
        for (i, opacity) in opacities.iter().enumerate() {
            let name = state(i);
            let mut state = states
                .insert(Name(name.as_bytes()))
                .start::<pdf_writer::writers::ExtGraphicsState>();
            state
                .stroking_alpha(*opacity as f32)
                .non_stroking_alpha(*opacity as f32);
        }
        states.finish();
        resources.finish();
        page.finish();
        let content = self.content([scale, height], &opacities);
        pdf.stream(ids.content, &deflated(&content))
            .filter(Filter::FlateDecode);
        write_font(&mut pdf, &ids);
        pdf.finish()
    }

    /// The opacities that its marks have.
    fn opacities(&self) -> Vec<f64> {
        let mut found: Vec<f64> = self.marks.iter().map(|mark| paint(mark).opacity).collect();
        found.sort_by(f64::total_cmp);
        found.dedup();
        found
    }

    /// The marks as the operators of a page, whose origin lies at the bottom.
    fn content(&self, [scale, height]: [f64; 2], opacities: &[f64]) -> Vec<u8> {
        let mut content = Content::new();
        let scale = scale as f32;
        content.transform([scale, 0.0, 0.0, -scale, 0.0, height as f32]);
        content.set_line_join(LineJoinStyle::RoundJoin);
        content.set_line_cap(LineCapStyle::ButtCap);
        for mark in &self.marks {
            let Paint { colour, opacity } = paint(mark);
            let number = opacities.iter().position(|known| *known == opacity);
            content.set_parameters(Name(state(number.unwrap_or(0)).as_bytes()));
            let [r, g, b] = [colour.0, colour.1, colour.2].map(|part| f32::from(part) / 255.0);
            match mark {
                Mark::Line { points, width, .. } => {
                    content
                        .set_stroke_rgb(r, g, b)
                        .set_line_width(*width as f32);
                    path(&mut content, points);
                    content.stroke();
                }
                Mark::Area { points, .. } => {
                    content.set_fill_rgb(r, g, b);
                    path(&mut content, points);
                    content.close_path().fill_nonzero();
                }
                Mark::Text {
                    text,
                    at: (x, y),
                    size,
                    anchor,
                    ..
                } => {
                    let x = left(*x, font::width(text, *size), *anchor);
                    let y = y + BASELINE * size;
                    let glyphs: Vec<u8> = glyphs(text).flat_map(|g| g.0.to_be_bytes()).collect();
                    content.set_fill_rgb(r, g, b).begin_text();
                    content.set_font(FONT, *size as f32);
                    content.set_text_matrix([1.0, 0.0, 0.0, -1.0, x as f32, y as f32]);
                    content.show(Str(&glyphs)).end_text();
                }
            }
        }
        content.finish().into_vec()
    }
}

fn paint(mark: &Mark) -> Paint {
    match mark {
        Mark::Line { paint, .. } | Mark::Area { paint, .. } | Mark::Text { paint, .. } => *paint,
    }
}

/// The name of the state of an opacity.
fn state(number: usize) -> String {
    format!("G{number}")
}

fn path(content: &mut Content, points: &[(f64, f64)]) {
    for (i, (x, y)) in points.iter().enumerate() {
        let (x, y) = (*x as f32, *y as f32);
        match i {
            0 => content.move_to(x, y),
            _ => content.line_to(x, y),
        };
    }
}

/// The embedded font, its widths, and which letter each glyph is.
fn write_font(pdf: &mut Pdf, ids: &Ids) {
    let face = font();
    let thousandths = |units: i16| f32::from(units) * 1000.0 / f32::from(face.units_per_em());
    let mut whole = pdf.type0_font(ids.font);
    whole
        .base_font(SUBSET)
        .encoding_predefined(Name(b"Identity-H"));
    whole.descendant_font(ids.cid).to_unicode(ids.unicode);
    whole.finish();
    let mut cid = pdf.cid_font(ids.cid);
    cid.subtype(CidFontType::Type2).base_font(SUBSET);
    cid.system_info(IDENTITY).font_descriptor(ids.descriptor);
    cid.cid_to_gid_map_predefined(Name(b"Identity"))
        .default_width(0.0);
    let all = (0..face.number_of_glyphs()).map(ttf_parser::GlyphId);
    let widths = all.map(|glyph| (1000.0 * font::advance(glyph)) as f32);
    cid.widths().consecutive(0, widths);
    cid.finish();
    let bounds = face.global_bounding_box();
    let [x0, y0, x1, y1] =
        [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(thousandths);
    let mut descriptor = pdf.font_descriptor(ids.descriptor);
    descriptor
        .name(SUBSET)
        .flags(FontFlags::NON_SYMBOLIC)
        .bbox(Rect::new(x0, y0, x1, y1));
    descriptor.italic_angle(0.0).stem_v(80.0);
    descriptor
        .ascent(thousandths(face.ascender()))
        .descent(thousandths(face.descender()));
    descriptor.cap_height(thousandths(face.capital_height().unwrap_or(0)));
    descriptor.font_file2(ids.file);
    descriptor.finish();
    let packed = deflated(BYTES);
    let mut file = pdf.stream(ids.file, &packed);
    file.filter(Filter::FlateDecode);
    file.pair(Name(b"Length1"), BYTES.len() as i32);
    file.finish();
    let mut unicode = UnicodeCmap::new(Name(b"Custom"), IDENTITY);
    for letter in '\u{20}'..='\u{2fff}' {
        if let Some(glyph) = face.glyph_index(letter) {
            unicode.pair(glyph.0, letter);
        }
    }
    let unicode = deflated(&unicode.finish());
    pdf.cmap(ids.unicode, &unicode).filter(Filter::FlateDecode);
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // A Vec takes everything.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::canvas::{Anchor, Canvas, ink};

    #[test]
    fn a_file_is_one_page_of_its_size_with_its_font() {
        let mut canvas = Canvas::default();
        canvas.line(&[(0.0, 0.0), (5.0, 5.0)], ink(0.5), 1.0);
        canvas.text("×2", (1.0, 1.0), 12.0, Anchor::Left);
        let pdf = canvas.finish((100.0, 50.0), "what it shows").pdf(25.4);
        assert!(pdf.starts_with(b"%PDF-1."));
        let text = String::from_utf8_lossy(&pdf);
        for part in [
            "/MediaBox [0 0 72 36]",
            "/FontFile2",
            "/PADGRD+Arimo",
            "/CA 0.5",
            "%%EOF",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
