//! What the tests of the readers share.

use padgrad::data::{DataConfig, load};

/// The message with which a configuration is refused: one line that has every word.
#[track_caller]
pub fn refused(config: &DataConfig, words: &[&str]) {
    let message = match load(config) {
        Ok(_) => panic!("{config:?} was loaded"),
        Err(error) => error.to_string(),
    };
    assert!(!message.contains('\n'), "more than a line: {message}");
    for word in words {
        assert!(message.contains(word), "no {word:?} in: {message}");
    }
}
