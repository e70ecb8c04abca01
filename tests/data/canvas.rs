//! The textures carry no position, and the same pixels show through every window.

use crate::support::{bytes_of, wide_bytes};
use padgrad::data::canvas::{COUNT, Gallery, Window, label};
use padgrad::data::{Augment, DataConfig, Dataset, epoch_order, load};
use padgrad::rng::Seed;

fn canvas(name: &str, train: usize, test: usize) -> Dataset {
    let config = DataConfig {
        train_images: Some(train),
        test_images: Some(test),
        ..DataConfig::named(name)
    };
    load(&config).unwrap()
}

fn on_threads<T: Send>(threads: usize, f: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.unwrap().install(f)
}

#[test]
fn the_bytes_are_the_same_on_every_machine_and_thread_count() {
    let paint = || canvas("canvas", 40, 20);
    let (one, two) = (on_threads(1, paint), on_threads(2, paint));
    assert_eq!(bytes_of(&*one.train), bytes_of(&*two.train));
    assert_eq!(bytes_of(&*one.test), bytes_of(&*two.test));
    assert_ne!(
        bytes_of(&*one.train).images.image(0),
        bytes_of(&*one.test).images.image(0)
    );
    // FNV-1a over both sets: what a published seed stands for must not change.
    let [train, test] = [&one.train, &one.test].map(|set| bytes_of(&**set).images.data);
    let bytes = train.iter().chain(&test);
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325u64, |h, &b| {
        (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    });
    assert_eq!(hash, 1037633779094449022, "the textures have changed");
}

#[test]
fn the_seed_changes_every_image_and_the_set_size_none() {
    let few = canvas("canvas", 10, 10);
    let many = canvas("canvas", 30, 20);
    assert_eq!(
        bytes_of(&*many.train).images.data[..bytes_of(&*few.train).images.data.len()],
        bytes_of(&*few.train).images.data
    );
    let other = load(&DataConfig {
        train_images: Some(10),
        test_images: Some(10),
        seed: 1,
        ..DataConfig::default()
    });
    let other = other.unwrap();
    for i in 0..10 {
        assert_ne!(
            bytes_of(&*other.train).images.image(i),
            bytes_of(&*few.train).images.image(i)
        );
    }
}

#[test]
fn classes_are_balanced() {
    let data = canvas("canvas-grey", 200, 50);
    for (set, each) in [(&data.train, 20), (&data.test, 5)] {
        let mut counts = [0; COUNT];
        set.labels().unwrap().iter().for_each(|&l| counts[l] += 1);
        assert_eq!(counts, [each; COUNT]);
    }
    assert_eq!((data.classes.len(), data.channels), (10, 1));
}

/// The part of `[C, H, W]` bytes that remains when `cut` pixels go on each side.
fn middle(image: &[u8], channels: usize, side: usize, cut: usize) -> Vec<u8> {
    let mut inner = Vec::new();
    for c in 0..channels {
        for y in cut..side - cut {
            let row = (c * side + y) * side;
            inner.extend_from_slice(&image[row + cut..row + side - cut]);
        }
    }
    inner
}

#[test]
fn the_middle_of_a_wide_image_is_the_test_image() {
    for name in ["canvas", "canvas-grey"] {
        let data = canvas(name, 10, 20);
        for margin in [0, 1, 7, 40] {
            let (wide, labels) = wide_bytes(&data, 0..20, margin);
            for (i, label) in labels.iter().enumerate() {
                let inner = middle(wide.image(i), data.channels, 32 + 2 * margin, margin);
                assert_eq!(
                    inner,
                    bytes_of(&*data.test).images.image(i),
                    "{name} {i} margin {margin}"
                );
                assert_eq!(*label, Some(bytes_of(&*data.test).labels[i]));
            }
        }
    }
}

#[test]
fn wide_images_go_on_beyond_the_test_set_whatever_the_range() {
    let data = canvas("canvas", 10, 5);
    assert_eq!(data.wide_len(), None);
    let whole = data.wide(0..12, 3).unwrap();
    let part = data.wide(7..12, 3).unwrap();
    assert_eq!(whole.images.rows(7..12), part.images);
    assert_eq!(whole.labels[7..], part.labels);
    let (numbers, _) = data.test_batch(0..5).unwrap();
    let narrow = data.wide(0..5, 0).unwrap();
    assert_eq!(numbers, narrow.images, "one normalisation for all");
    let message = data.wide(0..1, 1 << 20).unwrap_err().to_string();
    assert!(message.contains("margin"), "{message}");
}

#[test]
fn a_crop_shows_true_pixels_and_depends_on_the_image_alone() {
    let data = canvas("canvas-grey", 20, 10);
    let augment = Augment {
        crop: 3,
        flip: false,
    };
    let order = epoch_order(20, Seed(5), 0);
    let (batch, labels) = data.train_batch(&order, Some(&augment), Seed(9)).unwrap();
    let (alone, _) = data
        .train_batch(&order[4..5], Some(&augment), Seed(9))
        .unwrap();
    assert_eq!(batch.rows(4..5), alone);
    assert_eq!(labels[4], bytes_of(&*data.train).labels[order[4]]);
    let gallery = Gallery::new(Seed(0).child("data"), "train", 1);
    let plane = gallery.paint_all(order[4]..order[4] + 1, Window::around(32, 3));
    let (mean, std) = (data.mean[0], data.std[0]);
    let plane = plane.to_tensor().map(|v| (v - mean) / std);
    let shown_at = |top: usize, left: usize| {
        (0..32).all(|y| {
            (0..32).all(|x| plane.at(&[0, 0, top + y, left + x]) == alone.at(&[0, 0, y, x]))
        })
    };
    assert!((0..7).any(|top| (0..7).any(|left| shown_at(top, left))));
}

#[test]
fn flipping_twice_is_not_flipping() {
    let data = canvas("canvas", 30, 10);
    let augment = Augment {
        crop: 0,
        flip: true,
    };
    let indices: Vec<usize> = (0..30).collect();
    let (flipped, _) = data.train_batch(&indices, Some(&augment), Seed(2)).unwrap();
    let (plain, _) = data.train_batch(&indices, None, Seed(2)).unwrap();
    let mut mirrored = 0;
    for i in 0..30 {
        let at = |t: &padgrad::tensor::Tensor<f32>, x| t.at(&[i, 1, 3, x]);
        let same = (0..32).all(|x| at(&flipped, x) == at(&plain, x));
        let mirror = (0..32).all(|x| at(&flipped, x) == at(&plain, 31 - x));
        assert!(same || mirror);
        mirrored += usize::from(mirror);
    }
    assert!((5..=25).contains(&mirrored));
}

/// If every position has the same law, the mean at a position over N independent planes differs from
/// the grand mean by no more than chance: z = (mean - grand) / (sd / √N) is about standard normal.
///
/// Over 3·16·16 = 768 positions the largest |z| exceeds 5 with probability below 768 · 5.8e-7 < 5e-4,
/// and the seed is fixed. A border of one pixel that was 5% of a standard deviation darker would
/// stand out with |z| = 0.05·√20000 ≈ 7.
#[test]
fn mean_and_variance_are_flat_over_positions() {
    const COUNT: usize = 20_000;
    const SIDE: usize = 16;
    let gallery = Gallery::new(Seed(11), "test", 3);
    let images = gallery.paint_all(0..COUNT, Window::around(SIDE, 0));
    let positions = 3 * SIDE * SIDE;
    let moment = |f: &dyn Fn(f64) -> f64| {
        let (mut sums, mut squares) = (vec![0.0; positions], vec![0.0; positions]);
        for image in images.data.chunks_exact(positions) {
            for (i, &byte) in image.iter().enumerate() {
                let value = f(f64::from(byte));
                sums[i] += value;
                squares[i] += value * value;
            }
        }
        let count = COUNT as f64;
        let mut worst = 0f64;
        for channel in 0..3 {
            let own = channel * SIDE * SIDE..(channel + 1) * SIDE * SIDE;
            let grand = sums[own.clone()].iter().sum::<f64>() / (count * own.len() as f64);
            for i in own {
                let mean = sums[i] / count;
                let deviation = (squares[i] / count - mean * mean).sqrt();
                worst = worst.max(((mean - grand) / (deviation / count.sqrt())).abs());
            }
        }
        worst
    };
    let (mean, spread) = (moment(&|v| v), moment(&|v| (v - 128.0).powi(2)));
    assert!(mean < 5.0, "the mean stands out somewhere: |z| = {mean}");
    assert!(
        spread < 5.0,
        "the spread stands out somewhere: |z| = {spread}"
    );
}

/// The mean byte of a class, over N images of independent planes, must not tell the class: every
/// image's own mean colour is drawn, from the same law for all.
#[test]
fn mean_colour_tells_no_class() {
    const EACH: usize = 400;
    let gallery = Gallery::new(Seed(12), "train", 1);
    let images = gallery.paint_all(0..EACH * COUNT, Window::around(24, 0));
    let mut means = vec![Vec::new(); COUNT];
    for (i, image) in images.data.chunks_exact(24 * 24).enumerate() {
        let sum: u64 = image.iter().map(|&b| u64::from(b)).sum();
        means[label(i)].push(sum as f64 / 576.0);
    }
    for (class, means) in means.iter().enumerate() {
        let mean = means.iter().sum::<f64>() / EACH as f64;
        let variance = means.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / EACH as f64;
        let z = (mean - 128.0) / (variance / EACH as f64).sqrt();
        // Ten draws of a standard normal beyond 4: below 1e-3, and the seed is fixed.
        assert!(z.abs() < 4.0, "class {class}: mean {mean}, z = {z}");
    }
}
