//! Every operation of the registry on every one of its cases: gradients against finite differences,
//! linear ones against their adjoint, f32 against f64, one thread against several.

use padgrad::autodiff::ops::{self, Case, CaseFn, REGISTRY};
use padgrad::autodiff::{Tape, Var};
use padgrad::gradcheck::{Options, adjoint_check};
use padgrad::kernels::Scalar;
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;

/// Runs `check` on every case and names all that fail, not only the first.
fn every_case(check: impl Fn(&Case) -> Result<(), String>) {
    let cases = REGISTRY
        .iter()
        .flat_map(|op| (op.cases)().into_iter().map(move |case| (op.name, case)));
    let failures: Vec<String> = cases
        .filter_map(|(op, case)| Some(format!("{op}, {}: {}", case.name, check(&case).err()?)))
        .collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(message()) }
}

#[test]
fn every_operation_has_cases_with_names_of_their_own() {
    for op in REGISTRY {
        let names: Vec<String> = (op.cases)().into_iter().map(|case| case.name).collect();
        assert!(!names.is_empty(), "{} has no case", op.name);
        for (i, name) in names.iter().enumerate() {
            assert!(!names[..i].contains(name), "{}: two cases {name}", op.name);
        }
    }
}

#[test]
fn gradients_match_finite_differences() {
    every_case(|case| {
        let report = case.gradcheck(&Options::default());
        ensure(report.passed(), || report.to_string())?;
        // A kink is an element that was not checked; `spread` keeps inputs away from them.
        ensure(report.kinks() == 0, || report.to_string())
    });
}

#[test]
fn linear_operations_and_their_gradients_are_adjoint() {
    every_case(|case| {
        for &which in &case.linear_in {
            let found = adjoint_check(&case.f64, &case.inputs, which, Seed(5));
            ensure(found.passed(), || format!("input {which}: {found}"))?;
        }
        Ok(())
    });
}

/// How far f32 may be from f64, in units of f32's ε times the largest number involved.
///
/// Rounding the inputs costs ½ unit each, an operation ½ more for each of its few roundings, and the
/// sums of the cases have at most some tens of terms whose errors partly cancel.
const F32_UNITS: f64 = 16.0;

#[test]
fn f32_agrees_with_f64() {
    every_case(|case| {
        let exact: Vec<Var<f64>> = case.inputs.iter().cloned().map(Var::constant).collect();
        let rounded: Vec<Var<f32>> = exact.iter().map(|v| v.value().cast().into()).collect();
        let (want, got) = ((case.f64)(&exact), (case.f32)(&rounded));
        ensure(want.shape() == got.shape(), || "shapes differ".to_string())?;
        let magnitude = |t: &Tensor<f64>| t.data().iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        let largest = case.inputs.iter().map(magnitude).fold(1.0, f64::max);
        let allowed = F32_UNITS * f64::from(f32::EPSILON) * largest.max(magnitude(want.value()));
        let got: Tensor<f64> = got.value().cast();
        for (want, got) in want.value().data().iter().zip(got.data()) {
            ensure((want - got).abs() <= allowed, || {
                format!("{got:e} in f32, {want:e} in f64, allowed {allowed:e}")
            })?;
        }
        Ok(())
    });
}

/// The output's gradients in `T` for a cotangent that single precision holds.
fn gradients<T: Scalar>(f: &CaseFn<T>, inputs: &[Tensor<f32>]) -> Vec<Tensor<f64>> {
    let tape = Tape::new();
    let leaves: Vec<Var<T>> = inputs.iter().map(|x| tape.leaf(x.cast())).collect();
    let output = f(&leaves);
    let cotangent = Tensor::<f32>::randn(output.shape(), &mut Seed(6).rng());
    let gradients = output.backward_with(cotangent.cast());
    let zeros = |leaf: &Var<T>| Tensor::zeros(leaf.shape());
    let gradient = |leaf| {
        gradients
            .get(leaf)
            .map_or_else(|| zeros(leaf), Tensor::cast)
    };
    leaves.iter().map(gradient).collect()
}

#[test]
fn gradients_in_f32_agree_with_f64() {
    every_case(|case| {
        let inputs: Vec<Tensor<f32>> = case.inputs.iter().map(Tensor::cast).collect();
        let want = gradients(&case.f64, &inputs);
        for (i, (got, want)) in gradients(&case.f32, &inputs).iter().zip(&want).enumerate() {
            let largest = want.data().iter().fold(1.0, |m: f64, v| m.max(v.abs()));
            // Four times the share of the forward pass: sums that cancel more.
            let allowed = 4.0 * F32_UNITS * f64::from(f32::EPSILON) * largest;
            for (got, want) in got.data().iter().zip(want.data()) {
                ensure((want - got).abs() <= allowed, || {
                    format!("input {i}: {got:e} in f32, {want:e} in f64, allowed {allowed:e}")
                })?;
            }
        }
        Ok(())
    });
}

/// The bits of an output and of the gradients of its inputs.
fn bits(f: &dyn Fn(&[Var<f32>]) -> Var<f32>, inputs: &[Tensor<f32>]) -> Vec<u32> {
    let tape = Tape::new();
    let leaves: Vec<Var<f32>> = inputs.iter().cloned().map(|x| tape.leaf(x)).collect();
    let output = f(&leaves);
    let cotangent = Tensor::randn(output.shape(), &mut Seed(2).rng());
    let gradients = output.backward_with(cotangent);
    let tensors = leaves.iter().filter_map(|leaf| gradients.get(leaf));
    let all = tensors.chain([output.value()]);
    all.flat_map(|t| t.data().iter().map(|v| v.to_bits()))
        .collect()
}

type Function = fn(&[Var<f32>]) -> Var<f32>;

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    // Large enough to be cut into pieces.
    let cases: [(&str, &[&[usize]], Function); 8] = [
        ("matmul", &[&[200, 90], &[90, 150]], |v| {
            ops::matmul(&v[0], &v[1])
        }),
        ("linear", &[&[200, 90], &[150, 90], &[150]], |v| {
            ops::linear(&v[0], &v[1], Some(&v[2]))
        }),
        ("batch norm", &[&[9, 5, 40, 41], &[5], &[5]], |v| {
            ops::batch_norm2d_train(&v[0], &v[1], &v[2], 1e-5).0
        }),
        ("softmax", &[&[40, 30, 50]], |v| ops::softmax(&v[0], 1)),
        ("average", &[&[6, 5, 60, 61]], |v| {
            ops::global_avg_pool2d(&v[0])
        }),
        ("sum", &[&[300, 301]], |v| ops::sum(&v[0], &[])),
        ("resize", &[&[3, 4, 50, 60]], |v| {
            ops::resize_bilinear(&v[0], [77, 31], false)
        }),
        ("dropout", &[&[70_001]], |v| {
            ops::dropout(&v[0], 0.4, Seed(9))
        }),
    ];
    for (name, shapes, f) in cases {
        let input = |(i, shape): (usize, &&[usize])| {
            Tensor::randn(shape, &mut Seed(1).child(name).child(i).rng())
        };
        let inputs: Vec<Tensor<f32>> = shapes.iter().enumerate().map(input).collect();
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| bits(&f, &inputs))
        };
        assert!(with(1) == with(3), "{name}: one and three threads differ");
    }
}

/// The message with which `f` panics.
fn panic_message(f: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let payload = std::panic::catch_unwind(f).expect_err("no panic");
    payload
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_default()
}

/// A wrong call, given a way to make variables of a shape.
type Misuse = fn(fn(&[usize]) -> Var<f64>);

#[test]
fn misuse_names_the_operation_and_the_shapes() {
    let z = |shape: &[usize]| Var::constant(Tensor::zeros(shape));
    let cases: [(Misuse, &[&str]); 9] = [
        (
            |z| drop(ops::sub(&z(&[2]), &z(&[3]))),
            &["sub", "[2]", "[3]"],
        ),
        (
            |z| drop(ops::matmul(&z(&[2, 3]), &z(&[2, 3]))),
            &["matmul", "[2, 3]", "[3, n]"],
        ),
        (
            |z| drop(ops::linear(&z(&[2, 3]), &z(&[4, 5]), None)),
            &["linear", "[2, 3]", "[O, 3]", "[4, 5]"],
        ),
        (
            |z| drop(ops::softmax(&z(&[2, 3]), 2)),
            &["softmax", "[2, 3]", "axis 2"],
        ),
        (
            |z| drop(ops::cross_entropy(&z(&[2, 3]), &[0, 3], 0.0)),
            &["cross_entropy", "label 3", "3"],
        ),
        (
            |z| {
                drop(ops::batch_norm2d_train(
                    &z(&[1, 2, 1, 1]),
                    &z(&[2]),
                    &z(&[2]),
                    0.0,
                ))
            },
            &["batch_norm2d_train", "[1, 2, 1, 1]", "two"],
        ),
        (
            |z| drop(ops::crop2d(&z(&[1, 1, 3, 3]), 0..4, 0..3)),
            &["crop2d", "0..4", "[1, 1, 3, 3]"],
        ),
        (
            |z| drop(ops::concat(&[&z(&[2, 3]), &z(&[3, 2])], 0)),
            &["concat", "[2, 3]", "[3, 2]", "axis 0"],
        ),
        (|z| drop(ops::max(&z(&[0, 2]), &[0])), &["max", "[0, 2]"]),
    ];
    for (misuse, words) in cases {
        let message = panic_message(|| misuse(z));
        for word in words {
            assert!(message.contains(word), "{word:?} is not in {message:?}");
        }
    }
}
