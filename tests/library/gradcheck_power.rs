//! The gradient check passes what is right and catches what is wrong, and says where.

use padgrad::gradcheck::{Broken, Sweep};
use padgrad::gradcheck::{Group, Outcome};
use padgrad::padding::Padding;

fn run(sweep: Sweep) -> Outcome {
    sweep.run().unwrap_or_else(|e| panic!("{e}"))
}

fn padding(text: &str) -> Option<Padding> {
    Some(Padding::parse(text).unwrap_or_else(|e| panic!("{e}")))
}

#[test]
fn every_right_gradient_passes() {
    let outcome = run(Sweep::default());
    let wrong: Vec<&Group> = outcome.groups.iter().filter(|g| g.failed > 0).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(outcome.cases() > 4000, "{} cases", outcome.cases());
    // A kink is an element that went unchecked. They come from detached borders that tie with the
    // pixels they show, in max-pool alone.
    let kinked = outcome.groups.iter().filter(|g| g.kinks > 0);
    assert!(
        kinked.clone().all(|g| g.op == "max_pool2d"),
        "{:#?}",
        kinked.collect::<Vec<_>>()
    );
    assert!(outcome.kinks() * 50 < outcome.elements());
}

/// The schemes of an operation in which the sweep with `kind` found something wrong.
fn caught(kind: Broken, op: &str, window: &Sweep) -> Vec<String> {
    let outcome = run(Sweep {
        op: Some(op.to_string()),
        broken: Some(kind),
        ..window.clone()
    });
    let wrong = outcome.groups.into_iter().filter(|g| g.failed > 0);
    wrong.filter_map(|g| g.padding).collect()
}

/// Schemes that show pixels of the image in the border, and let gradients through.
const INDEX: [&str; 4] = ["reflect", "replicate", "circular", "symmetric"];

#[test]
fn every_planted_mistake_is_caught_wherever_it_is_one() {
    let small = Sweep {
        size: Some(5),
        ..Sweep::default()
    };
    // Windows that leave up to three pixels unread.
    let uneven = Sweep {
        kernel: Some(4),
        stride: Some(4),
        dilation: Some(1),
        ..Sweep::default()
    };
    for op in ["conv2d", "avg_pool2d", "max_pool2d"] {
        caught_under_every_scheme(op, &small);
        caught_under_every_scheme(op, &uneven);
    }
    caught_under_every_scheme("pad2d", &small);
    for window in [small, uneven] {
        assert!(caught(Broken::MissingBias, "conv2d", &window).len() > 15);
    }
}

fn caught_under_every_scheme(op: &str, window: &Sweep) {
    let index = [&INDEX[..], &["replicate/circular"]].concat();
    let halo = [
        &INDEX[..],
        &[
            "extrapolate",
            "randn",
            "replicate/circular",
            "circular/zeros",
        ],
    ]
    .concat();
    assert_eq!(caught(Broken::HaloDropped, op, window), halo, "{op}");
    assert_eq!(caught(Broken::HaloCountedOnce, op, window), index, "{op}");
    assert_eq!(caught(Broken::OffByOne, op, window), index, "{op}");
    let everywhere = caught(Broken::TransposedAxes, op, window);
    assert!(everywhere.len() > 15, "{op}: {everywhere:?}");
}

#[test]
fn a_mistake_in_the_border_is_located_in_the_border() {
    let outcome = run(Sweep {
        op: Some("conv2d".to_string()),
        padding: padding("replicate@1"),
        broken: Some(Broken::HaloDropped),
        stride: Some(1),
        dilation: Some(1),
        ..Sweep::default()
    });
    let [group] = &outcome.groups[..] else {
        panic!("one operation under one scheme")
    };
    assert!(
        group.border.failed > 0 && group.interior.failed == 0,
        "{group:#?}"
    );
    let [map] = &outcome.maps[..] else {
        panic!("one scheme")
    };
    for (i, &error) in map.mean_error.iter().enumerate() {
        let (y, x) = (i / map.size, i % map.size);
        let border = y.min(x) == 0 || y.max(x) == map.size - 1;
        assert_eq!(error > 1e-3, border, "{error:e} at ({y}, {x})");
    }
    let worst = outcome.worst().expect("a worst element").1;
    assert_eq!(
        (worst.element.input, worst.case.contains("replicate@1")),
        (0, true)
    );
}

#[test]
fn choices_narrow_the_sweep() {
    let one = run(Sweep {
        op: Some("conv2d".to_string()),
        padding: padding("circular@2"),
        stride: Some(2),
        dilation: Some(1),
        kernel: Some(4),
        size: Some(7),
        ..Sweep::default()
    });
    assert_eq!((one.cases(), one.groups.len()), (1, 1));
    assert_eq!(
        one.groups[0].worst.as_ref().map(|w| w.case.as_str()),
        Some("7×7 kernel 4 stride 2 dilation 1 circular@2")
    );
    let pointwise = run(Sweep {
        op: Some("tanh".to_string()),
        ..Sweep::default()
    });
    assert!(pointwise.passed() && pointwise.groups.iter().all(|g| g.padding.is_none()));
    // Another seed draws other cotangents, and the same one the same.
    let with = |seed| {
        serde_json::to_string(&run(Sweep {
            op: Some("relu".into()),
            seed,
            ..Sweep::default()
        }))
    };
    let [a, again, b] = [1, 1, 2].map(|seed| with(seed).expect("numbers can be written"));
    assert!(a == again && a != b);
}

#[test]
fn impossible_choices_are_refused_with_a_remedy() {
    let refused = |sweep: Sweep| sweep.run().expect_err("refused").to_string();
    let unknown = refused(Sweep {
        op: Some("conv3d".into()),
        ..Sweep::default()
    });
    assert!(
        unknown.contains("conv3d") && unknown.contains("conv2d"),
        "{unknown}"
    );
    let zero = refused(Sweep {
        stride: Some(0),
        ..Sweep::default()
    });
    assert!(zero.contains("stride 0"), "{zero}");
    let none = refused(Sweep {
        op: Some("conv2d".into()),
        padding: padding("valid"),
        kernel: Some(5),
        size: Some(2),
        ..Sweep::default()
    });
    assert!(none.contains("no case is left"), "{none}");
    let nothing = refused(Sweep {
        op: Some("relu".into()),
        broken: Some(Broken::MissingBias),
        ..Sweep::default()
    });
    assert!(nothing.contains("no case is left"), "{nothing}");
    let unread = Broken::parse("halo").expect_err("no such kind").to_string();
    assert!(unread.contains("halo-counted-once"), "{unread}");
    for kind in Broken::ALL {
        assert_eq!(kind.to_string().parse::<Broken>().ok(), Some(kind));
    }
}
