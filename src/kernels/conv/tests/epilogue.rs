//! What output channels make of their sums, against the same steps by themselves.

use super::*;
use crate::kernels::batchnorm::Affine;

fn bits(values: &[f32]) -> Vec<u32> {
    // Not every NaN has the same bits.
    let bits = |v: &f32| if v.is_nan() { u32::MAX } else { v.to_bits() };
    values.iter().map(bits).collect()
}

/// The epilogues of a case beyond its bias.
fn epilogues<'a>(bias: &'a [f32], norm: &'a [Affine<f32>]) -> [Epilogue<'a, f32>; 3] {
    let bias = Epilogue::bias(Some(bias));
    let norm = Some(norm);
    [
        Epilogue { relu: true, ..bias },
        Epilogue { norm, ..bias },
        Epilogue {
            norm,
            relu: true,
            ..bias
        },
    ]
}

#[test]
fn an_epilogue_is_its_steps_one_after_the_other_bit_for_bit() {
    for case in Case::all() {
        let ring = narrow(&case.ring);
        let border = Border {
            axes: &case.axes,
            halo: case.halo(&ring),
        };
        let [x, weight, bias] = [&case.x, &case.weight, &case.bias].map(|v| narrow(v));
        let norm: Vec<Affine<f32>> = random(Seed(5), 3 * case.shape.out_channels)
            .chunks(3)
            .map(|v| Affine {
                mean: v[0] as f32,
                scale: v[1] as f32,
                bias: v[2] as f32,
            })
            .collect();
        for isa in Isa::available() {
            let run = |e| isa.force(|| forward(&case.shape, &border, &x, &weight, e));
            let biased = run(Epilogue::bias(Some(&bias)));
            for epilogue in epilogues(&bias, &norm) {
                let mut apart = biased.clone();
                epilogue.after_bias().apply(&case.shape, &mut apart);
                let together = run(epilogue);
                assert!(bits(&apart) == bits(&together), "{} on {isa}", case.name);
            }
        }
    }
}

#[test]
fn an_epilogue_hides_no_nan_and_keeps_the_sign_of_zero() {
    // 17 output channels run along the output channels, one along the pixels.
    for out_channels in [17, 1] {
        let sizes = ([1, 1, out_channels, 1], [5, 4], [3, 3], [1, 1], [1, 1]);
        let mut case = Case::new(&sizes, "zeros");
        case.x.fill(0.0);
        case.x[0] = f64::NAN;
        let border = Border {
            axes: &case.axes,
            halo: Halo::Constant(0.0),
        };
        let norm = Affine {
            mean: 0.0,
            scale: -1.0,
            bias: -0.0,
        };
        let epilogue = Epilogue {
            bias: None,
            norm: Some(&vec![norm; out_channels]),
            relu: true,
        };
        for isa in Isa::available() {
            let (x, weight) = (narrow(&case.x), narrow(&case.weight));
            let y = isa.force(|| forward(&case.shape, &border, &x, &weight, epilogue));
            assert!(y[0].is_nan() && y[5].is_nan(), "{isa}");
            assert_eq!(y[19].to_bits(), (-0.0f32).to_bits(), "{isa}");
        }
    }
}
