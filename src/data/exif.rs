//! Which way up a picture was taken.

/// The tag of the orientation in the first directory of EXIF data.
const ORIENTATION: u16 = 0x0112;

/// The orientation in EXIF data, from 1 to 8; 1, as it lies, where there is none.
///
/// Source: CIPA DC-008 (Exif 2.32), sections 4.5 and 4.6.4.
pub(super) fn orientation(exif: &[u8]) -> u16 {
    // Some writers keep the header that JPEG puts in front.
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    stated(exif).filter(|o| (1..=8).contains(o)).unwrap_or(1)
}

fn stated(exif: &[u8]) -> Option<u16> {
    let little = match exif.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = exif.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(match little {
            true => u16::from_le_bytes(bytes),
            false => u16::from_be_bytes(bytes),
        })
    };
    let [first, second] = [short(4)?, short(6)?].map(usize::from);
    let directory = match little {
        true => second << 16 | first,
        false => first << 16 | second,
    };
    let entry = |i: usize| directory + 2 + 12 * i;
    let entries = 0..usize::from(short(directory)?);
    let found = entries
        .into_iter()
        .find(|i| short(entry(*i)) == Some(ORIENTATION))?;
    short(entry(found) + 8)
}

/// Whether rows of a picture of this orientation are stored as columns.
pub(super) fn is_turned(orientation: u16) -> bool {
    orientation > 4
}

/// Height and width, and the triples of a picture turned and mirrored so that its top is up.
pub(super) fn upright([h, w]: [usize; 2], rgb: Vec<u8>, orientation: u16) -> ([usize; 2], Vec<u8>) {
    // Where the pixel at row y and column x of the upright picture lies in the file.
    let source = |y: usize, x: usize| match orientation {
        2 => [y, w - 1 - x],
        3 => [h - 1 - y, w - 1 - x],
        4 => [h - 1 - y, x],
        5 => [x, y],
        6 => [h - 1 - x, y],
        7 => [h - 1 - x, w - 1 - y],
        8 => [x, w - 1 - y],
        _ => [y, x],
    };
    if orientation == 1 {
        return ([h, w], rgb);
    }
    let size = match is_turned(orientation) {
        true => [w, h],
        false => [h, w],
    };
    let mut turned = Vec::with_capacity(rgb.len());
    for y in 0..size[0] {
        for x in 0..size[1] {
            let [row, column] = source(y, x);
            let at = 3 * (row * w + column);
            turned.extend_from_slice(&rgb[at..at + 3]);
        }
    }
    (size, turned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exif(little: bool, orientation: u16) -> Vec<u8> {
        let short = |v: u16| {
            if little {
                v.to_le_bytes()
            } else {
                v.to_be_bytes()
            }
        };
        let long = |v: u32| {
            if little {
                v.to_le_bytes()
            } else {
                v.to_be_bytes()
            }
        };
        let mut bytes = if little {
            b"II*\0".to_vec()
        } else {
            b"MM\0*".to_vec()
        };
        bytes.extend(long(8));
        bytes.extend(short(2));
        for (tag, value) in [(0x0100, 7), (ORIENTATION, orientation)] {
            bytes.extend([short(tag), short(3)].concat());
            bytes.extend(long(1));
            bytes.extend([short(value), short(0)].concat());
        }
        bytes
    }

    #[test]
    fn the_orientation_is_read_in_both_byte_orders() {
        for little in [true, false] {
            for wanted in 1..=8 {
                let bytes = exif(little, wanted);
                assert_eq!(orientation(&bytes), wanted);
                assert_eq!(
                    orientation(&[b"Exif\0\0", bytes.as_slice()].concat()),
                    wanted
                );
                for end in 0..bytes.len() - 4 {
                    assert_eq!(orientation(&bytes[..end]), 1, "cut at {end}");
                }
            }
        }
        assert_eq!(orientation(&exif(true, 9)), 1);
    }

    #[test]
    fn pictures_are_turned_upright() {
        // 1 2 3 / 4 5 6, as EXIF's eight orientations store it.
        let picture = |rows: &[&[u8]]| -> ([usize; 2], Vec<u8>) {
            let rgb = rows.concat().iter().flat_map(|v| [*v; 3]).collect();
            ([rows.len(), rows[0].len()], rgb)
        };
        let stored: [&[&[u8]]; 8] = [
            &[&[1, 2, 3], &[4, 5, 6]],
            &[&[3, 2, 1], &[6, 5, 4]],
            &[&[6, 5, 4], &[3, 2, 1]],
            &[&[4, 5, 6], &[1, 2, 3]],
            &[&[1, 4], &[2, 5], &[3, 6]],
            &[&[3, 6], &[2, 5], &[1, 4]],
            &[&[6, 3], &[5, 2], &[4, 1]],
            &[&[4, 1], &[5, 2], &[6, 3]],
        ];
        for (orientation, rows) in (1..).zip(stored) {
            let (size, rgb) = picture(rows);
            let found = upright(size, rgb, orientation);
            assert_eq!(found, picture(stored[0]), "orientation {orientation}");
        }
    }
}
