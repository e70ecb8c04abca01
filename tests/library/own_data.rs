//! Training on tensors of one's own, by one's own loss, in pieces, and with wide images of other data.

use std::collections::BTreeMap;

use padgrad::autodiff::{Var, ops};
use padgrad::data::{Augment, DataConfig, Dataset, FromFn, Source, Tensors, WideTensors, load};
use padgrad::nn::{Model, models};
use padgrad::optim::{OptimizerConfig, ParamGroup, clip_grad_norm, clip_grad_value};
use padgrad::padding::Padding;
use padgrad::ppp::{MeasureOptions, measure, measure_images};
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;
use padgrad::train::checkpoint::Checkpoint;
use padgrad::train::{FitOptions, Pass, Step, TrainConfig, Trainer, fit};

fn randn(shape: &[usize], seed: u64) -> Tensor<f32> {
    Tensor::randn(shape, &mut Seed(seed).rng())
}

/// Noise that is brighter for class 1.
fn tensors(count: usize, seed: u64) -> Tensors {
    let mut images = randn(&[count, 2, 12, 12], seed);
    for (i, image) in images.data_mut().chunks_mut(2 * 144).enumerate() {
        image.iter_mut().for_each(|v| *v += (i % 2) as f32);
    }
    Tensors::new(images, (0..count).map(|i| i % 2).collect()).expect("images with labels")
}

fn own() -> Dataset {
    let data = Dataset::new(tensors(60, 1), tensors(20, 2), ["dark", "bright"]);
    let data = data.and_then(Dataset::standardise).expect("a data set");
    let wide = WideTensors::new(randn(&[40, 2, 40, 40], 3), 14).expect("wide images");
    data.with_wide(wide).expect("images of the same shape")
}

fn small(classes: usize) -> Model<f32> {
    let padding = Padding::parse("randn").expect("a padding");
    let small = models::find("small").expect("an architecture");
    small
        .build([2, 12, 12], classes, padding, Seed(1))
        .expect("a network")
}

fn config(optimizer: OptimizerConfig) -> TrainConfig {
    TrainConfig {
        epochs: 3,
        batch_size: 16,
        lr: 0.02,
        optimizer,
        augment: Augment {
            crop: 1,
            flip: true,
        },
        ..TrainConfig::default()
    }
}

/// With true surroundings around every image no padded value is left: networks that pad differently are one.
#[test]
fn networks_that_are_trained_on_true_surroundings_do_not_depend_on_their_padding() {
    let images = |count, seed| {
        let images = randn(&[count, 2, 40, 40], seed);
        Tensors::new(images, (0..count).map(|i| i % 2).collect()).expect("images with labels")
    };
    let wide = |margin| {
        let data = Dataset::new(images(20, 1), images(20, 2), ["a", "b"]).expect("a data set");
        data.with_margin(margin)
    };
    let data = wide(14).expect("images of 12 pixels");
    assert_eq!((data.height, data.width, data.margin()), (12, 12, 14));
    let trained = |padding: &str, data: &Dataset| {
        let padding = Padding::parse(padding).expect("a padding");
        let small = models::find("small").expect("an architecture");
        let mut model = small
            .build([2, 12, 12], 2, padding, Seed(1))
            .expect("a network");
        let config = TrainConfig {
            epochs: 1,
            ..config(OptimizerConfig::parse("sgd").expect("sgd"))
        };
        let records = fit(&mut model, data, FitOptions::new(config).seed(Seed(5)))?;
        let accuracies: Vec<f64> = records.iter().map(|r| r.test.loss).collect();
        Ok::<_, padgrad::error::Error>((model.state.parameters, accuracies))
    };
    let zeros = trained("zeros", &data).expect("a training");
    for padding in ["reflect", "randn"] {
        assert!(
            trained(padding, &data).expect("a training") == zeros,
            "{padding}"
        );
    }
    let bare = images(40, 1);
    let bare = Dataset::new(bare, images(20, 2), ["a", "b"]).and_then(|d| d.with_margin(0));
    assert_eq!(bare.expect("a data set").height, 40);
    let few = trained("zeros", &wide(4).expect("images"));
    let few = few.expect_err("a refusal").to_string();
    assert!(few.contains("its images are [2, 32, 32]"), "{few}");
    let none = wide(20).map(|data| data.height);
    let none = none.expect_err("a refusal").to_string();
    assert!(none.contains("a margin of 20 pixels"), "{none}");
}

#[test]
fn tensors_are_learnt_and_measured_on_wide_images() {
    let (data, mut model) = (own(), small(2));
    let config = config(OptimizerConfig::parse("adam").expect("adam"));
    let mut epochs = 0;
    let options = FitOptions::new(config)
        .seed(Seed(5))
        .progress(|_| epochs += 1);
    let records = fit(&mut model, &data, options).expect("a training");
    assert_eq!((records.len(), epochs), (3, 3));
    assert!(records[2].test.accuracy > 0.9, "{:?}", records[2]);
    let options = MeasureOptions {
        images: 40,
        ..MeasureOptions::default()
    };
    let found = measure(&model, &data, &options, &mut |_| {}).expect("a measurement");
    assert_eq!(found.images, 40);
    // Wide images of another data set, normalised as the network was trained.
    let grey = DataConfig {
        size: Some(12),
        ..DataConfig::named("canvas-grey")
    };
    let other = load(&grey).expect("the canvas");
    assert!(
        data.clone().with_wide_of(&other).is_err(),
        "one channel for two"
    );
}

#[test]
fn a_source_that_is_not_in_memory_trains_to_the_same_bits() {
    let (kept, config) = (tensors(60, 1), config(OptimizerConfig::all()[0]));
    let read = {
        let kept = kept.clone();
        move |indices: &[usize]| kept.batch(indices)
    };
    let function = FromFn::new([2, 12, 12], 60, read);
    let of = |data: padgrad::error::Result<Dataset>| {
        let (data, mut model) = (data.expect("a data set"), small(2));
        fit(&mut model, &data, FitOptions::new(config.clone())).expect("a training");
        model.state
    };
    let classes = ["dark", "bright"];
    let in_memory = of(Dataset::new(kept, tensors(20, 2), classes));
    assert_eq!(
        of(Dataset::new(function, tensors(20, 2), classes)),
        in_memory
    );
}

#[test]
fn what_does_not_fit_is_named() {
    let message = |found: padgrad::error::Result<Dataset>| found.expect_err("refused").to_string();
    let names = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
    let found = message(Dataset::new(tensors(4, 1), tensors(4, 2), names(1)));
    assert!(
        found.contains("training images") && found.contains("1 is beyond 1 classes"),
        "{found}"
    );
    let narrow = Tensors::new(randn(&[2, 2, 12, 11], 1), vec![0, 1]).expect("images");
    let found = message(Dataset::new(tensors(4, 1), narrow, names(2)));
    assert!(
        found.contains("[2, 12, 11]") && found.contains("[2, 12, 12]"),
        "{found}"
    );
    let mut bad = randn(&[3, 1, 2, 2], 1);
    bad.data_mut()[6] = f32::NAN;
    let found = Tensors::new(bad.clone(), vec![0; 3])
        .expect_err("NaN")
        .to_string();
    assert!(found.contains("image 1 holds NaN"), "{found}");
    let found = Tensors::new(bad.clone(), vec![0; 2]).map(drop);
    assert!(found.is_err());
    // A function that gives something else is caught where it does.
    for (images, labels) in [
        (bad, vec![0, 0, 0]),
        (randn(&[3, 1, 2, 2], 1), vec![0, 7, 0]),
        (randn(&[2, 1, 2, 2], 1), vec![0, 0]),
    ] {
        let read = move |_: &[usize]| Ok((images.clone(), labels.clone()));
        let data = Dataset::new(
            FromFn::new([1, 2, 2], 3, read.clone()),
            FromFn::new([1, 2, 2], 3, read),
            names(2),
        );
        let data = data.expect("nothing was read yet").named("mine");
        let found = data.test_batch(0..3).expect_err("refused").to_string();
        assert!(found.contains("test images of mine"), "{found}");
    }
    let found = Trainer::new(
        &mut small(2),
        &load(&DataConfig::named("canvas")).expect("data"),
        TrainConfig::default(),
        Seed(0),
    )
    .map(drop);
    let found = found.expect_err("other images").to_string();
    assert!(
        found.contains("[3, 32, 32]") && found.contains("[2, 12, 12]"),
        "{found}"
    );
}

#[test]
fn wide_images_of_the_wrong_number_or_size_are_refused() {
    let model = small(2);
    let margin = model.needed_margin().expect("a margin");
    let options = MeasureOptions {
        images: 40,
        ..MeasureOptions::default()
    };
    let side = 12 + 2 * margin;
    for shape in [
        [39, 2, side, side],
        [50, 2, side, side],
        [40, 2, side + 2, side],
        [40, 1, side, side],
    ] {
        let wide = |_| Ok(randn(&shape, 1));
        let found = measure_images(&model, wide, margin, &options, &mut |_| {}).map(drop);
        let found = found.expect_err("another shape").to_string();
        assert!(
            found.contains(&format!("{shape:?}"))
                && found.contains(&format!("[40, 2, {side}, {side}]")),
            "{found}"
        );
    }
}

#[test]
fn training_goes_on_bit_for_bit_for_every_optimiser() {
    let (data, folder) = (own(), tempfile::tempdir().expect("a folder"));
    let groups = vec![
        ParamGroup::new("features.0").rate(0.1),
        ParamGroup::new("*.bias").weight_decay(0.0),
    ];
    let mut configs: Vec<TrainConfig> = OptimizerConfig::all().map(config).into();
    configs.push(TrainConfig {
        groups,
        clip_norm: Some(0.5),
        ..TrainConfig {
            clip_value: Some(0.1),
            ..configs[2].clone()
        }
    });
    configs[0] = TrainConfig {
        optimizer: TrainConfig::default().optimizer,
        ..configs[0].clone()
    };
    for config in configs {
        let path = folder.path().join("net.safetensors");
        let bytes = |trainer: &Trainer| {
            trainer.checkpoint().save(&path).expect("a checkpoint");
            std::fs::read(&path).expect("its bytes")
        };
        let mut whole = small(2);
        let mut trainer =
            Trainer::new(&mut whole, &data, config.clone(), Seed(3)).expect("a trainer");
        let mut wanted = Vec::new();
        for _ in 0..3 {
            trainer.run_epoch(&mut |_, _| Ok(())).expect("an epoch");
            wanted.push(bytes(&trainer));
        }
        std::fs::write(&path, &wanted[0]).expect("a file");
        let first = Checkpoint::load(&path).expect("the first epoch");
        let mut fresh = small(2);
        let trainer = Trainer::new(&mut fresh, &data, config.clone(), Seed(3)).expect("a trainer");
        let mut trainer = trainer.resume(&first, &path).expect("its own checkpoint");
        assert_eq!(trainer.epoch(), 1);
        for wanted in &wanted[1..] {
            trainer.run_epoch(&mut |_, _| Ok(())).expect("an epoch");
            assert!(
                bytes(&trainer) == *wanted,
                "{config:?}, epoch {}",
                trainer.epoch()
            );
        }
    }
}

#[test]
fn a_checkpoint_of_another_network_or_optimiser_is_not_gone_on_from() {
    let data = own();
    let [sgd, adam] =
        ["sgd", "adam"].map(|name| config(OptimizerConfig::parse(name).expect("a name")));
    let mut model = small(2);
    let mut trainer = Trainer::new(&mut model, &data, adam.clone(), Seed(3)).expect("a trainer");
    trainer.run_epoch(&mut |_, _| Ok(())).expect("an epoch");
    let checkpoint = trainer.checkpoint();
    for (classes, config) in [(2, sgd), (3, adam)] {
        let mut other = small(classes);
        let trainer = Trainer::new(&mut other, &data, config, Seed(3)).expect("a trainer");
        let found = trainer
            .resume(&checkpoint, "a.safetensors".as_ref())
            .map(drop);
        let found = found.expect_err("it does not fit").to_string();
        assert!(found.starts_with("a.safetensors"), "{found}");
    }
}

#[test]
fn a_head_is_replaced_by_a_partial_fill() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("net.safetensors");
    let (two, mut five) = (small(2), small(5));
    two.state.save(&path).expect("a file");
    let before = five.state.clone();
    assert!(five.state.load(&path).is_err());
    assert_eq!(five.state, before);
    let report = five.state.load_partial(&path).expect("a file");
    let names: Vec<&str> = report.misshaped.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["classifier.bias", "classifier.weight"]);
    assert!(report.missing.is_empty() && report.unexpected.is_empty());
    assert_eq!(
        five.state.parameters["features.0.weight"],
        two.state.parameters["features.0.weight"]
    );
    assert_eq!(
        five.state.parameters["classifier.weight"],
        before.parameters["classifier.weight"]
    );
    let mut again = small(2);
    again.state.load(&path).expect("its own file");
    assert_eq!(again.state, two.state);
}

#[test]
fn a_loss_and_a_hook_of_ones_own_change_the_step() {
    let data = own();
    let config = config(OptimizerConfig::parse("sgd").expect("sgd"));
    let losses = |options: FitOptions| {
        let mut model = small(2);
        let records = fit(&mut model, &data, options).expect("a training");
        (records[0].train.loss, model.state)
    };
    let (plain, own) = {
        let twice = |logits: &Var<f32>, labels: &[usize]| {
            ops::mul_scalar(&ops::cross_entropy(logits, labels, 0.0), 2.0)
        };
        let short = TrainConfig {
            epochs: 1,
            ..config.clone()
        };
        (
            losses(FitOptions::new(short.clone())).0,
            losses(FitOptions::new(short).loss(twice)).0,
        )
    };
    assert!(own > plain, "{own} {plain}");
    // A hook that removes the gradient of a layer freezes it.
    let hook = |gradients: &mut BTreeMap<String, Tensor<f32>>| {
        gradients.retain(|name, _| !name.starts_with("features.0"));
        Ok(())
    };
    let (_, state) = losses(FitOptions::new(config).hook(hook));
    let fresh = small(2).state;
    assert_eq!(
        state.parameters["features.0.weight"],
        fresh.parameters["features.0.weight"]
    );
    assert_ne!(
        state.parameters["features.3.weight"],
        fresh.parameters["features.3.weight"]
    );
}

#[test]
fn clipped_gradients_have_the_norm_and_the_range_that_pytorch_gives_them() {
    let model = small(2);
    let images = randn(&[4, 2, 12, 12], 9);
    let step = Step::new(&model, images, Pass::default(), |logits| {
        ops::mul_scalar(&ops::cross_entropy(logits, &[0, 1, 0, 1], 0.0), 100.0)
    });
    let mut gradients = step.expect("a finite loss").gradients;
    let elements = |g: &BTreeMap<String, Tensor<f32>>| -> Vec<f64> {
        g.values()
            .flat_map(|t| t.data())
            .map(|&v| f64::from(v))
            .collect()
    };
    let before = elements(&gradients);
    let norm = before.iter().map(|v| v * v).sum::<f64>().sqrt();
    assert!((clip_grad_norm(&mut gradients, norm * 2.0) / norm - 1.0).abs() < 1e-12);
    assert_eq!(elements(&gradients), before);
    clip_grad_norm(&mut gradients, 1.5);
    for (a, b) in elements(&gradients).iter().zip(&before) {
        assert!((a - b * 1.5 / (norm + 1e-6)).abs() <= 1e-6 * b.abs());
    }
    clip_grad_value(&mut gradients, 0.01);
    assert!(
        elements(&gradients)
            .iter()
            .all(|v| v.abs() <= f64::from(0.01f32))
    );
}
