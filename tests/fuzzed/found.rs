//! What fuzzing has found, each by its name.
