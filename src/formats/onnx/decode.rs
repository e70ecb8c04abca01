//! Messages, which are counted before they are decoded.
//!
//! A part of a message that holds nothing takes two bytes of the file and dozens in memory, so that the parts which
//! become values of their own are limited; no network comes near. What is then decoded takes at most about twelve
//! times the bytes of the file, as an integer of one byte becomes one of four or eight, and then a float of eight.

use prost::Message;
use prost::bytes::Bytes;

use super::super::elements::MOST_AXES;

/// The most parts of each kind that a message has; the largest networks have some thousands of nodes.
const MOST_PARTS: usize = 1 << 16;

/// A message of which some fields are lists.
pub trait Parts: Message + Default {
    /// The numbers of those fields and what they are lists of.
    const PARTS: &'static [(usize, &'static str)];
}

/// The message in these bytes.
///
/// # Errors
/// Where they hold none, or one of more parts than any network has.
pub fn decode<M: Parts>(bytes: Bytes) -> Result<M, String> {
    if !M::PARTS.is_empty() {
        count(&bytes, M::PARTS)?;
    }
    M::decode(bytes).map_err(|e| e.to_string())
}

/// Refuses a tensor of more axes than there are.
///
/// # Errors
/// Says how many.
pub fn check_axes(what: &str, axes: usize) -> Result<(), String> {
    match axes <= MOST_AXES {
        true => Ok(()),
        false => Err(format!("{what} of {axes} axes")),
    }
}

fn count(bytes: &[u8], parts: &[(usize, &str)]) -> Result<(), String> {
    let mut counts = vec![0; parts.len()];
    let mut rest = bytes;
    while !rest.is_empty() {
        // Where this ends early, decoding ends as well and says why.
        let Some((number, kind)) = skip(&mut rest) else {
            return Ok(());
        };
        match kind {
            2 => {}
            3 | 4 => return Err("a group, which no network has".to_string()),
            _ => continue,
        }
        let found = parts.iter().zip(&mut counts).find(|(p, _)| p.0 == number);
        if let Some(((_, name), count)) = found {
            *count += 1;
            if *count > MOST_PARTS {
                return Err(format!("more than {MOST_PARTS} {name}"));
            }
        }
    }
    Ok(())
}

/// The number and the kind of the field at the beginning, which is passed over; nothing where it is damaged.
fn skip(rest: &mut &[u8]) -> Option<(usize, usize)> {
    let key = prost::decode_length_delimiter(&mut *rest).ok()?;
    let length = match key & 7 {
        0 => {
            prost::decode_length_delimiter(&mut *rest).ok()?;
            0
        }
        1 => 8,
        2 => prost::decode_length_delimiter(&mut *rest).ok()?,
        5 => 4,
        3 | 4 => 0,
        _ => return None,
    };
    *rest = rest.get(length..)?;
    Some((key >> 3, key & 7))
}

#[cfg(test)]
mod tests {
    use super::super::proto::{GraphProto, ModelProto, NodeProto, TensorProto};
    use super::*;

    /// A field of bytes that holds nothing, many times.
    fn empty(number: u8, times: usize) -> Bytes {
        [number << 3 | 2, 0].repeat(times).into()
    }

    #[test]
    fn a_message_of_empty_parts_is_refused_before_they_are_decoded() {
        let many = MOST_PARTS + 1;
        let graph = |number| decode::<GraphProto>(empty(number, many)).expect_err("too many");
        assert_eq!(graph(1), "more than 65536 nodes");
        assert_eq!(graph(5), "more than 65536 initialisers");
        assert_eq!(graph(11), "more than 65536 inputs");
        assert_eq!(graph(12), "more than 65536 outputs");
        let found = decode::<ModelProto>(empty(8, many)).expect_err("too many");
        assert_eq!(found, "more than 65536 sets of operators");
        let found = decode::<NodeProto>(empty(1, many)).expect_err("too many");
        assert_eq!(found, "more than 65536 inputs of a node");
        let found = decode::<TensorProto>(empty(13, many)).expect_err("too many");
        assert_eq!(found, "more than 65536 entries of external data");
        // A field that is not read is passed over, however often it stands there.
        assert!(decode::<GraphProto>(empty(13, many)).is_ok());
        assert_eq!(
            decode::<GraphProto>(empty(1, 9)).expect("nodes").node.len(),
            9
        );
    }

    #[test]
    fn a_damaged_message_and_a_group_do_not_hide_what_follows() {
        let behind = |start: &[u8]| {
            let bytes = [start, &empty(1, MOST_PARTS + 1)].concat();
            decode::<GraphProto>(bytes.into()).expect_err("damaged")
        };
        assert_eq!(behind(&[0x73, 0x74]), "a group, which no network has");
        assert!(behind(&[0x77]).contains("wire type"), "{}", behind(&[0x77]));
    }
}
