//! Weights that are kept in another form for the next pass, against weights that are not.

use super::*;

/// Output and output for the kept form of the same weights.
fn both(case: &Case, weight: &Tensor<f32>) -> [Vec<f32>; 2] {
    let (x, ring) = (narrow(&case.x), narrow(&case.ring));
    let border = Border {
        axes: &case.axes,
        halo: case.halo(&ring),
    };
    let bias = narrow(&case.bias);
    let epilogue = Epilogue::bias(Some(&bias));
    [
        forward(&case.shape, &border, &x, weight.data(), epilogue),
        forward_again(&case.shape, &border, &x, weight, epilogue),
    ]
}

#[test]
fn a_kept_form_changes_no_bit_whichever_instructions_made_it() {
    for case in Case::all() {
        let weight = narrow(&case.weight);
        let weight = Tensor::from_vec(weight, &[case.weight.len()]);
        // The first makes the form, which does not suit all of the others.
        for isa in Isa::available() {
            let [fresh, kept] = isa.force(|| both(&case, &weight));
            assert!(fresh == kept, "{} on {isa}", case.name);
        }
    }
}

#[test]
fn a_kept_form_lasts_until_somebody_writes_to_the_weights() {
    let sizes = ([2, 40, 33, 1], [6, 7], [3, 3], [1, 1], [1, 1]);
    let case = Case::new(&sizes, "zeros");
    let mut weight = Tensor::from_vec(narrow(&case.weight), &[case.weight.len()]);
    let shared = weight.clone();
    let [before, _] = both(&case, &weight);
    weight.data_mut()[7] = f32::INFINITY;
    let [fresh, kept] = both(&case, &weight);
    let bits = |y: &[f32]| y.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert!(fresh.iter().any(|v| v.is_nan()) && bits(&fresh) == bits(&kept));
    assert!(both(&case, &shared) == [before.clone(), before]);
}

#[test]
fn the_form_of_another_grouping_is_left_alone() {
    let weight = Tensor::from_vec(narrow(&random(Seed(1), 32 * 32 * 9)), &[32 * 32 * 9]);
    for (channels, groups) in [(32, 1), (64, 2), (32, 1)] {
        let sizes = ([2, channels, 32, groups], [6, 7], [3, 3], [1, 1], [1, 1]);
        let [fresh, kept] = both(&Case::new(&sizes, "reflect"), &weight);
        assert!(fresh == kept, "{groups} groups");
    }
}
