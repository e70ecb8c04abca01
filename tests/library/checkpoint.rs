//! Checkpoints: what is saved is loaded bit for bit, and nothing else is taken for one.

use std::path::{Path, PathBuf};

use padgrad::data::{DataConfig, load};
use padgrad::nn::{Model, models};
use padgrad::padding::Padding;
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;
use padgrad::train::checkpoint::{Checkpoint, Description};
use padgrad::train::{TrainConfig, Trainer, calibrate};
use proptest::prelude::*;

/// A network after an epoch on a few images, its checkpoint, and images to look at.
fn trained() -> (Model<f32>, Checkpoint, Tensor<f32>) {
    let data_config = DataConfig {
        size: Some(12),
        train_images: Some(40),
        test_images: Some(20),
        ..DataConfig::default()
    };
    let data = load(&data_config).unwrap();
    let config = TrainConfig {
        epochs: 1,
        batch_size: 20,
        ..TrainConfig::default()
    };
    let padding = Padding::parse("reflect").unwrap();
    let small = models::find("small").unwrap();
    let mut model = small.build([3, 12, 12], 10, padding, Seed(1)).unwrap();
    calibrate(&mut model, &data, 20, Seed(2)).unwrap();
    let mut trainer = Trainer::new(&mut model, &data, config.clone(), Seed(3)).unwrap();
    trainer.run_epoch(&mut |_, _| Ok(())).unwrap();
    let description = Description {
        version: "0.1.0".into(),
        arch: "small".into(),
        padding: padding.to_string(),
        input: [3, 12, 12],
        classes: data.classes.clone(),
        mean: data.mean.clone(),
        std: data.std.clone(),
        data: data_config,
        train: config,
        seed: 1,
        epoch: trainer.epoch(),
        step: trainer.step(),
        binding: None,
    };
    let checkpoint = trainer.checkpoint().described(description);
    drop(trainer);
    (model, checkpoint, data.test_batch(0..20).unwrap().0)
}

/// A checkpoint's file in a folder of its own, and its bytes.
fn saved(checkpoint: &Checkpoint) -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    checkpoint.save(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    (folder, path, bytes)
}

fn bits(tensor: &Tensor<f32>) -> Vec<u32> {
    tensor.data().iter().map(|v| v.to_bits()).collect()
}

/// The message of a file that cannot be used; it names the file and is one line.
#[track_caller]
fn refusal(path: &Path) -> String {
    let found = Checkpoint::load(path).and_then(|checkpoint| checkpoint.model(path).map(drop));
    let message = found.expect_err("it cannot be used").to_string();
    assert!(
        message.starts_with(&path.display().to_string()),
        "{message}"
    );
    assert!(!message.contains('\n'), "{message}");
    message
}

#[test]
fn what_is_saved_is_loaded_bit_for_bit() {
    let (model, checkpoint, images) = trained();
    let (_folder, path, bytes) = saved(&checkpoint);
    let loaded = Checkpoint::load(&path).unwrap();
    assert_eq!(loaded.description, checkpoint.description);
    assert!(loaded.tensors.keys().eq(checkpoint.tensors.keys()));
    assert!(loaded.optimizer.keys().eq(checkpoint.optimizer.keys()));
    for (name, tensor) in loaded.tensors.iter().chain(&loaded.optimizer) {
        let original = checkpoint
            .tensors
            .get(name)
            .or(checkpoint.optimizer.get(name));
        let original = original.expect("a tensor that was saved");
        assert_eq!(tensor.shape(), original.shape(), "{name}");
        assert_eq!(bits(tensor), bits(original), "{name}");
    }
    let again = loaded.model(&path).unwrap();
    let [before, after] = [&model, &again].map(|m| m.logits(images.clone()).unwrap());
    assert_eq!(bits(&before), bits(&after));
    assert_eq!(saved(&loaded).2, bytes, "saved again it is the same file");
}

#[test]
fn a_file_that_is_cut_short_anywhere_is_refused() {
    let (_, checkpoint, _) = trained();
    let (_folder, path, bytes) = saved(&checkpoint);
    let spread = (0..20).map(|k| bytes.len() * k / 20);
    for length in spread.chain([1, 7, 8, 9, bytes.len() - 1]) {
        std::fs::write(&path, &bytes[..length]).unwrap();
        let message = refusal(&path);
        assert!(message.contains("not a whole"), "{length} bytes: {message}");
    }
    std::fs::write(&path, [&bytes[..], b"more"].concat()).unwrap();
    refusal(&path);
}

#[test]
fn values_that_are_not_finite_are_refused_by_name() {
    let (_, mut checkpoint, _) = trained();
    for value in [f32::NAN, f32::INFINITY] {
        let weight = checkpoint.tensors.get_mut("features.3.weight").unwrap();
        let mut data = weight.data().to_vec();
        data[7] = value;
        *weight = Tensor::from_vec(data, weight.shape());
        let (_folder, path, _) = saved(&checkpoint);
        let message = refusal(&path);
        assert!(message.contains("features.3.weight holds"), "{message}");
    }
}

#[test]
fn a_description_that_makes_no_sense_is_refused() {
    let (_, checkpoint, _) = trained();
    type Damage = fn(&mut Description);
    let cases: [(&str, Damage); 9] = [
        ("`nope` is not known", |d| d.arch = "nope".into()),
        ("`mirror` is not known", |d| d.padding = "mirror".into()),
        ("up to 4096", |d| d.padding = "zeros@99999999999".into()),
        ("images of 3×0×0", |d| d.input = [3, 0, 0]),
        ("images of", |d| d.input = [3, usize::MAX, usize::MAX]),
        ("0 classes", |d| d.classes.clear()),
        ("means and deviations", |d| d.mean.truncate(1)),
        ("means and deviations", |d| d.std[1] = -1.0),
        ("means and deviations of 5 channels", |d| d.input[0] = 5),
    ];
    for (expected, damage) in cases {
        let mut damaged = checkpoint.clone();
        damage(damaged.description.as_mut().unwrap());
        let (_folder, path, _) = saved(&damaged);
        let message = refusal(&path);
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn tensors_that_do_not_fit_the_network_are_refused_and_change_nothing() {
    let (_, checkpoint, _) = trained();
    type Damage = fn(&mut Checkpoint);
    let cases: [(&str, Damage); 4] = [
        ("missing: classifier.bias", |c| {
            drop(c.tensors.remove("classifier.bias"))
        }),
        ("unexpected: extra", |c| {
            c.tensors.insert("extra".into(), Tensor::zeros(&[1]));
        }),
        ("classifier.weight with the shape [128, 10]", |c| {
            c.tensors
                .insert("classifier.weight".into(), Tensor::zeros(&[128, 10]));
        }),
        ("does not say which network", |c| c.description = None),
    ];
    for (expected, damage) in cases {
        let mut damaged = checkpoint.clone();
        damage(&mut damaged);
        let (_folder, path, _) = saved(&damaged);
        let message = refusal(&path);
        assert!(message.contains(expected), "{message}");
        if damaged.description.is_none() {
            continue;
        }
        let (small, padding) = (
            models::find("small").unwrap(),
            Padding::parse("zeros").unwrap(),
        );
        let mut model = small.build([3, 12, 12], 10, padding, Seed(9)).unwrap();
        let before = model.state.parameters.clone();
        damaged
            .fill(&mut model, &path)
            .expect_err("it does not fit");
        for (name, tensor) in &model.state.parameters {
            assert_eq!(bits(tensor), bits(&before[name]), "{name}");
        }
    }
}

#[test]
fn a_network_that_is_described_larger_than_the_file_is_not_built() {
    let (_, checkpoint, _) = trained();
    let refused = |change: fn(&mut Description)| {
        let mut damaged = checkpoint.clone();
        change(damaged.description.as_mut().unwrap());
        let (_folder, path, _) = saved(&damaged);
        refusal(&path)
    };
    let message = refused(|d| d.classes = vec![String::new(); 100_000]);
    let expected = "describes 100000 classes, and has classifier.weight with the shape [10, 128]";
    assert!(message.contains(expected), "{message}");
    let message = refused(|d| {
        d.input[0] = 4096;
        (d.mean, d.std) = (vec![0.0; 4096], vec![1.0; 4096]);
    });
    assert!(
        message.contains("describes images of 4096 channels"),
        "{message}"
    );
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noise.safetensors");
        std::fs::write(&path, &bytes).unwrap();
        prop_assert!(Checkpoint::load(&path).is_err());
        // The same behind a header length that is believable.
        let header = (bytes.len() as u64 / 2).to_le_bytes();
        std::fs::write(&path, [&header[..], b"{", &bytes].concat()).unwrap();
        prop_assert!(Checkpoint::load(&path).is_err());
    }
}
