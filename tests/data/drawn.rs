//! Pictures and folders of them that tests write.

use std::path::Path;

use padgrad::data::DataConfig;
use png::{BitDepth, ColorType};

pub fn encode(width: u32, height: u32, colour: ColorType, depth: BitDepth, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    if colour == ColorType::Indexed {
        encoder.set_palette(vec![10, 20, 30, 40, 50, 60]);
        encoder.set_trns(vec![255, 0]);
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}

/// A colour PNG whose pixels say where they lie, and which picture they belong to.
pub fn rgb_png(width: u32, height: u32, which: u8) -> Vec<u8> {
    let data: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| [(x * 3) as u8, (y * 3) as u8, which]))
        .collect();
    encode(width, height, ColorType::Rgb, BitDepth::Eight, &data)
}

pub fn write(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

pub fn folder(path: &Path, size: usize) -> DataConfig {
    DataConfig {
        size: Some(size),
        ..DataConfig::named(format!("folder:{}", path.display()))
    }
}
