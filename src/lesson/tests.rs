//! Requests and what they must give: here, with scalar kernels, and by the module in Node (`.ci/lesson-answers.mjs`).

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::Lesson;
use crate::kernels::simd::Isa;

/// How far a number may lie from its like, as a share of it or of 1.
const NEAR: f64 = 1e-5;

/// What is asked, one after the other of one lesson.
fn asked() -> Vec<Value> {
    let picture = |side: usize| {
        let values = (0..side * side).map(|i| (i * 37 % 101) as f64 / 50.0 - 1.0);
        json!({"shape": [side, side], "values": values.collect::<Vec<_>>()})
    };
    let edge = |padding: &str| {
        let kernel = [1.0, 2.0, -1.0, 0.5, 0.0, -2.0, 1.0, 0.25, 3.0];
        json!({"ask": "edge", "picture": picture(9), "top": 1, "left": 2, "side": 5, "kernel": kernel, "padding": padding})
    };
    let deeper = |side: usize, strides: &[usize]| json!({"ask": "deeper", "side": side, "strides": strides, "padding": "zeros"});
    let gradcheck =
        |broken: Option<&str>| json!({"ask": "gradcheck", "padding": "reflect", "broken": broken});
    vec![
        json!({"ask": "picture", "index": 3, "side": 8}),
        edge("zeros"),
        edge("reflect"),
        edge("randn"),
        edge("valid"),
        deeper(12, &[1, 1, 1]),
        deeper(13, &[2, 1, 2]),
        json!({"ask": "gradient", "side": 7, "at": [0, 1], "depth": 2, "kernel": [1, 2, 1, 2, 4, 2, 1, 2, 1],
            "paddings": ["zeros", "reflect", "replicate", "circular", "valid"]}),
        gradcheck(None),
        gradcheck(Some("halo-dropped")),
        gradcheck(Some("transposed-axes")),
        json!({"ask": "average-start", "padding": "zeros"}),
        json!({"ask": "average-next", "count": 1}),
        json!({"ask": "average-next", "count": 7}),
        json!({"ask": "train-start", "padding": "zeros", "seed": 0, "rate": 0.003}),
        json!({"ask": "train-steps", "count": 3}),
        json!({"ask": "train-look"}),
        json!({"ask": "plant", "strength": 0.1, "images": 40}),
    ]
}

fn near(a: &Value, b: &Value, at: &str) {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{at}");
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                near(a, b, &format!("{at}/{i}"));
            }
        }
        (Value::Object(a), Value::Object(b)) => {
            assert!(a.keys().eq(b.keys()), "{at}");
            for (key, a) in a {
                near(a, &b[key], &format!("{at}/{key}"));
            }
        }
        (Value::Number(x), Value::Number(y)) => {
            let [x, y] = [x, y].map(|v| v.as_f64().expect("a number"));
            let far = (x - y).abs() / x.abs().max(y.abs()).max(1.0);
            assert!(far <= NEAR, "{at}: {x} and {y}");
        }
        _ => assert_eq!(a, b, "{at}"),
    }
}

/// The answers that `answers.json` holds; `PADGRAD_WRITE_ANSWERS=1` writes them anew.
#[test]
fn scalar_kernels_give_the_answers_that_the_module_must_give() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lesson/answers.json");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let given = pool.expect("a thread").install(|| {
        Isa::Scalar.force(|| {
            let mut lesson = Lesson::default();
            let answers = asked().into_iter().map(|ask| {
                let answer: Value =
                    serde_json::from_str(&lesson.answer(&ask.to_string())).expect("JSON");
                assert!(answer.get("error").is_none(), "{ask}: {answer}");
                json!({"request": ask, "answer": answer})
            });
            answers.collect::<Vec<_>>()
        })
    });
    if std::env::var_os("PADGRAD_WRITE_ANSWERS").is_some() {
        let lines: Vec<String> = given.iter().map(Value::to_string).collect();
        fs::write(&path, format!("[\n{}\n]\n", lines.join(",\n"))).expect("a place to write");
    }
    let kept = fs::read_to_string(&path).expect("answers.json");
    let kept: Value = serde_json::from_str(&kept).expect("JSON");
    near(&json!(given), &kept, "");
}

#[test]
fn what_cannot_be_answered_says_so_in_one_line() {
    let mut lesson = Lesson::default();
    for (request, part) in [
        ("{", "request"),
        (r#"{"ask": "nothing"}"#, "request"),
        (r#"{"ask": "train-look"}"#, "begun"),
        (
            r#"{"ask": "deeper", "side": 20, "strides": [3], "padding": "zeros"}"#,
            "stride",
        ),
        (
            r#"{"ask": "deeper", "side": 3, "strides": [1, 1], "padding": "valid"}"#,
            "conv2",
        ),
        (
            r#"{"ask": "deeper", "side": 9, "strides": [1], "padding": "moon"}"#,
            "moon",
        ),
        (
            r#"{"ask": "train-start", "padding": "zeros", "seed": 1, "rate": 7}"#,
            "learning rate",
        ),
        (r#"{"ask": "average-next", "count": 0}"#, "begun"),
        (r#"{"ask": "picture", "index": 1, "side": 4}"#, "side"),
    ] {
        let answer: Value = serde_json::from_str(&lesson.answer(request)).expect("JSON");
        let error = answer["error"]
            .as_str()
            .unwrap_or_else(|| panic!("{request}: {answer}"));
        assert!(
            error.contains(part) && !error.contains('\n'),
            "{request}: {error}"
        );
    }
}

fn ask(lesson: &mut Lesson, request: Value) -> Value {
    serde_json::from_str(&lesson.answer(&request.to_string())).expect("JSON")
}

#[test]
fn padding_touches_no_more_than_the_theoretical_reach() {
    let mut lesson = Lesson::default();
    for padding in ["zeros", "reflect", "circular", "randn", "valid"] {
        for strides in [&[1, 1, 1][..], &[2, 1, 2], &[1, 2]] {
            let request =
                json!({"ask": "deeper", "side": 20, "strides": strides, "padding": padding});
            let reach = ask(&mut lesson, request);
            for layer in reach["layers"].as_array().expect("layers") {
                assert_eq!(layer["inside"], true, "{padding} {strides:?}");
                assert_eq!(
                    layer["touched"] == 0,
                    padding == "valid",
                    "{padding} {strides:?}"
                );
            }
        }
    }
}

#[test]
fn two_strides_are_even_at_every_fourth_size_and_one() {
    let mut lesson = Lesson::default();
    for side in 16..26 {
        let request = json!({"ask": "deeper", "side": side, "strides": [2, 2], "padding": "zeros"});
        assert_eq!(ask(&mut lesson, request)["even"], side % 4 == 1, "{side}");
    }
}

#[test]
fn the_control_of_the_average_is_exactly_zero() {
    let mut lesson = Lesson::default();
    ask(
        &mut lesson,
        json!({"ask": "average-start", "padding": "reflect"}),
    );
    let mean = ask(&mut lesson, json!({"ask": "average-next", "count": 20}));
    assert_eq!(mean["control"], 0.0);
    assert!(mean["size"].as_f64() > mean["chance"].as_f64(), "{mean}");
}

#[test]
fn a_network_learns_its_textures() {
    let mut lesson = Lesson::default();
    let classes = ask(
        &mut lesson,
        json!({"ask": "train-start", "padding": "zeros", "seed": 0, "rate": 0.003}),
    );
    assert_eq!(classes.as_array().map(Vec::len), Some(4));
    ask(&mut lesson, json!({"ask": "train-steps", "count": 60}));
    let look = ask(&mut lesson, json!({"ask": "train-look"}));
    assert!(
        look["accuracy"].as_f64() > Some(0.6),
        "{}",
        look["accuracy"]
    );
    // At the first layer zeros stand for the images' mean, so that nothing is shared.
    for layer in &look["layers"].as_array().expect("layers")[1..] {
        assert!(layer["p"].as_f64() < Some(0.05), "{}", layer["name"]);
    }
}

#[test]
fn a_strong_signal_is_found_and_none_is_not() {
    let mut lesson = Lesson::default();
    let mut p = |strength: f64| {
        let found = ask(
            &mut lesson,
            json!({"ask": "plant", "strength": strength, "images": 40}),
        );
        found["p"].as_f64().expect("a probability")
    };
    assert!(p(0.2) < 0.01 && p(0.0) > 0.05);
}
