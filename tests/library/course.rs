//! The course: every example asks, sets an exercise and answers it, and the contents lead to it by its question.
//! `.ci/examples` runs examples and answers, and compares what they print with what they say.

use std::path::Path;

/// The text behind a mark in a comment, up to the next empty line of it, without line breaks.
fn passage(comment: &[&str], mark: &str) -> Option<String> {
    let start = comment.iter().position(|line| line.contains(mark))?;
    let lines = comment[start..].iter().map(|line| line[3..].trim());
    let text = lines.take_while(|line| !line.is_empty());
    let text = text.collect::<Vec<_>>().join(" ");
    Some(
        text.trim_start_matches(mark)
            .trim_start_matches(": ")
            .into(),
    )
}

#[test]
fn every_lesson_asks_sets_an_exercise_and_answers_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let contents = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let files = std::fs::read_dir(&folder).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut lessons: Vec<String> = names.filter(|name| name.ends_with(".rs")).collect();
    lessons.sort();
    let mut last = 0;
    for lesson in &lessons {
        let text = std::fs::read_to_string(folder.join(lesson)).unwrap();
        let with = |start: &str| -> Vec<&str> {
            text.lines()
                .filter(|line| line.starts_with(start))
                .collect()
        };
        let (head, own) = (with("//!"), with("///"));
        let found = |comment, mark| {
            let text = passage(comment, mark).filter(|text| text.len() > 30);
            text.unwrap_or_else(|| panic!("{lesson} has no {mark}"))
        };
        let question = found(&head, "**Question**");
        assert!(question.ends_with('?'), "{lesson} asks: {question}");
        let exercise = found(&head, "**Exercise**");
        assert!(exercise.contains("--answer"), "{lesson}: {exercise}");
        found(&own, "**Answer**");
        assert!(text.contains("== \"--answer\""), "{lesson} has no answer");

        let line = contents.find(&format!("]({lesson}) | {question} | "));
        let place = line.unwrap_or_else(|| panic!("no line in the contents: {lesson}, {question}"));
        assert!(place > last, "{lesson} is out of order in the contents");
        last = place;
    }
    let lines = contents.lines().filter(|line| line.contains(".rs) | "));
    assert_eq!(lines.count(), lessons.len(), "a line without its lesson");
}
