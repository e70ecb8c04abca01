//! Whatever the bytes are, a reader answers or refuses; it never panics.

use std::path::Path;

use padgrad::data::Source;
use padgrad::data::cifar::{self, Variant};
use padgrad::data::{idx, picture};
use proptest::collection::vec;
use proptest::prelude::*;

/// Bytes that begin as a file of some format does, so that the readers get past the first check.
fn plausible(starts: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (prop::sample::select(starts), vec(any::<u8>(), 0..300))
        .prop_map(|(start, rest)| [start, rest].concat())
}

fn idx_starts() -> Vec<Vec<u8>> {
    vec![
        vec![],
        vec![0, 0, 8, 1],
        vec![0, 0, 8, 3],
        vec![0, 0, 8, 1, 0, 0, 0],
        vec![0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0],
    ]
}

fn picture_starts() -> Vec<Vec<u8>> {
    let png = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0".to_vec();
    let jpeg = vec![0xff, 0xd8, 0xff];
    let tables = vec![0xff, 0xd8, 0xff, 0xc4, 0, 20, 0, 1];
    let frame = vec![0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 8, 0, 8, 1];
    vec![vec![], png, header, jpeg, tables, frame]
}

proptest! {
    #[test]
    fn idx_never_panics(bytes in plausible(idx_starts())) {
        let path = Path::new("x");
        if let Ok(images) = idx::parse_images(&bytes, path) {
            prop_assert_eq!(images.data.len(), images.shape.iter().product::<usize>());
        }
        if let Ok(labels) = idx::parse_labels(&bytes, 10, path) {
            prop_assert!(labels.iter().all(|&label| label < 10));
        }
    }

    #[test]
    fn cifar_never_panics(bytes in vec(any::<u8>(), 0..8000), cut in any::<bool>()) {
        for (variant, record) in [(Variant::Cifar10, 3073), (Variant::Cifar100, 3074)] {
            let whole = bytes.len() / record * record;
            let bytes = if cut { &bytes[..whole] } else { &bytes[..] };
            if let Ok(set) = cifar::parse(bytes, variant, Path::new("x")) {
                prop_assert_eq!(set.images.shape, [set.len(), 3, 32, 32]);
            }
        }
    }

    #[test]
    fn pictures_never_panic(bytes in plausible(picture_starts())) {
        if let Ok(found) = picture::decode(&bytes, Path::new("x")) {
            prop_assert_eq!(found.rgb.len(), 3 * found.height * found.width);
        }
    }
}
