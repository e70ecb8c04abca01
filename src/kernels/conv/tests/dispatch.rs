//! Every algorithm on every shape that it accepts, and what the tables choose.

use super::*;
use crate::kernels::conv::dispatch::{Algorithm, FORWARD, GRAD_INPUT, GRAD_WEIGHT, Row, choose};
use crate::kernels::conv::passes::Problem;
use crate::kernels::simd::{Routine, Simd};

/// A pass by every algorithm that accepts it.
struct ByEach<P>(P);

fn accepting(table: &[Row], problem: Problem) -> Vec<Algorithm> {
    let rows = table.iter().filter(|row| (row.accepts)(&problem));
    rows.map(|row| row.algorithm).collect()
}

impl Routine for ByEach<Forward<'_>> {
    type Output = Vec<(Algorithm, Vec<f32>)>;

    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let all = accepting(FORWARD, self.0.problem::<S>()).into_iter();
        all.map(|by| (by, self.0.by(simd, by))).collect()
    }
}

impl Routine for ByEach<GradWeight<'_>> {
    type Output = Vec<(Algorithm, Vec<f32>)>;

    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let all = accepting(GRAD_WEIGHT, self.0.problem::<S>()).into_iter();
        all.map(|by| (by, self.0.by(simd, by))).collect()
    }
}

impl Routine for ByEach<GradInput<'_>> {
    type Output = Vec<(Algorithm, InputGrad<f32>)>;

    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let all = accepting(GRAD_INPUT, self.0.problem::<S>()).into_iter();
        all.map(|by| (by, self.0.by(simd, by))).collect()
    }
}

#[test]
fn every_algorithm_agrees_with_the_reference_and_forward_to_the_bit_with_every_other() {
    for case in Case::all() {
        let [y, weight, _, x, ring, ..] = case.run::<f64>(|v| v.to_vec());
        let [of_ring, xs, ws, bs, gs] =
            [&case.ring, &case.x, &case.weight, &case.bias, &case.y_grad].map(|v| narrow(v));
        let border = Border {
            axes: &case.axes,
            halo: case.halo(&of_ring),
        };
        for isa in Isa::available() {
            let check = |by: Algorithm, pass: &str, near: f64, want: &[f64], got: &[f32]| {
                let far = far(want, got);
                assert!(
                    want.len() == got.len() && far < near,
                    "{pass} by {by:?} of {} on {isa} is off by {far:e}",
                    case.name
                );
            };
            let run = || {
                Isa::dispatch(ByEach(Forward {
                    shape: &case.shape,
                    border: &border,
                    x: &xs,
                    weight: &ws,
                    kept: None,
                    epilogue: Epilogue::bias(Some(&bs)),
                }))
            };
            let outputs = isa.force(run);
            for (by, got) in &outputs {
                check(*by, "y", 3e-6, &y, got);
                let (other, bits) = &outputs[0];
                assert!(
                    bits == got,
                    "{other:?} and {by:?} differ in {} on {isa}",
                    case.name
                );
            }
            let run = || {
                Isa::dispatch(ByEach(GradWeight {
                    shape: &case.shape,
                    border: &border,
                    x: &xs,
                    y_grad: &gs,
                }))
            };
            for (by, got) in isa.force(run) {
                check(by, "grad_weight", 1e-5, &weight, &got);
            }
            let run = || {
                Isa::dispatch(ByEach(GradInput {
                    shape: &case.shape,
                    axes: &case.axes,
                    ring: case.frame,
                    weight: &ws,
                    y_grad: &gs,
                    sums: Sums::Tiled,
                }))
            };
            for (by, got) in isa.force(run) {
                check(by, "grad_input", 1e-5, &x, &got.x);
                check(by, "grad_ring", 1e-5, &ring, &got.ring);
            }
        }
    }
}

/// A convolution of the benches' table.
struct Work {
    name: &'static str,
    pass: &'static str,
    shape: ConvShape,
    axes: [Axis; 2],
}

fn works() -> Vec<Work> {
    let table = include_str!("../../../../benches/peers/works.csv");
    let work = |line: &'static str| {
        let fields: Vec<&str> = line.split(',').collect();
        let find = |key: &str| {
            let mut sizes = fields[2].split(' ').filter_map(|size| size.split_once('='));
            sizes.find(|(k, _)| *k == key).map(|(_, value)| value)
        };
        let size = |key: &str| find(key).map_or(1, |value| value.parse().unwrap());
        let [input, kernel, stride, dilation] =
            ["size", "kernel", "stride", "dilation"].map(|key| [size(key); 2]);
        let batch = ["batch", "channels", "out_channels", "groups"].map(size);
        let (shape, axes, _) = geometry(&(batch, input, kernel, stride, dilation), "zeros");
        Work {
            name: fields[0],
            pass: find("pass").unwrap(),
            shape,
            axes,
        }
    };
    let lines = table.lines().filter(|line| line.contains(",conv,"));
    lines.map(work).collect()
}

#[test]
fn every_row_of_a_table_is_chosen_for_the_bench_that_set_it() {
    let works = works();
    for (table, passes) in [
        (FORWARD, "f fw fb"),
        (GRAD_INPUT, "fb"),
        (GRAD_WEIGHT, "fw fb"),
    ] {
        for row in table {
            let work = works.iter().find(|work| work.name == row.bench);
            let work =
                work.unwrap_or_else(|| panic!("{:?}: no bench {}", row.algorithm, row.bench));
            assert!(passes.contains(work.pass), "{} has no such pass", work.name);
            let problem = Problem {
                shape: &work.shape,
                axes: &work.axes,
                ring: false,
                sums: Sums::Tiled,
                lanes: 16,
                square: 8,
            };
            assert_eq!(choose(table, &problem), row.algorithm, "{}", work.name);
        }
    }
}
