//! Training and measurement give the same bits on any number of threads, with batches prefetched or not.

use padgrad::data::{Augment, DataConfig, Dataset, load};
use padgrad::nn::{Model, State, models};
use padgrad::padding::Padding;
use padgrad::ppp::{MeasureOptions, Measurement, measure};
use padgrad::rng::Seed;
use padgrad::train::{EpochRecord, TrainConfig, Trainer, calibrate};

const SIDE: usize = 12;

fn small() -> Model<f32> {
    let padding = Padding::parse("randn").unwrap();
    let small = models::find("small").unwrap();
    small.build([3, SIDE, SIDE], 10, padding, Seed(1)).unwrap()
}

fn train(data: &Dataset) -> (State<f32>, EpochRecord, Measurement) {
    let mut model = small();
    calibrate(&mut model, data, 20, Seed(2)).unwrap();
    let config = TrainConfig {
        epochs: 1,
        batch_size: 20,
        augment: Augment {
            crop: 2,
            flip: true,
        },
        ..TrainConfig::default()
    };
    let mut trainer = Trainer::new(&mut model, data, config, Seed(3)).unwrap();
    let record = trainer.run_epoch(&mut |_, _| Ok(())).unwrap();
    let options = MeasureOptions {
        images: 50,
        batch: 16,
        ..MeasureOptions::default()
    };
    let found = measure(trainer.model, data, &options, &mut |_| {}).unwrap();
    (trainer.model.state.clone(), record, found)
}

#[test]
fn the_number_of_threads_changes_no_bit_of_training_or_measurement() {
    let data = load(&DataConfig {
        size: Some(SIDE),
        train_images: Some(70),
        test_images: Some(30),
        ..DataConfig::default()
    })
    .unwrap();
    let on_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| train(&data))
    };
    let (state, record, found) = on_threads(1);
    assert!(state != small().state);
    for threads in [2, 3] {
        let (other, other_record, other_found) = on_threads(threads);
        assert!(state == other, "{threads} threads");
        assert_eq!(
            (record.train, record.test),
            (other_record.train, other_record.test)
        );
        assert_eq!(found.impact, other_found.impact);
        for (layer, other) in found.layers.iter().zip(&other_found.layers) {
            assert_eq!(layer.pattern, other.pattern, "{}", layer.name);
            assert_eq!(layer.metrics, other.metrics, "{}", layer.name);
        }
    }
}

/// From outside the pool every operation would wait for one of its threads to begin and to end it.
#[test]
fn training_and_measuring_run_in_the_pool_wherever_they_are_called() {
    let data = load(&DataConfig {
        size: Some(SIDE),
        train_images: Some(40),
        test_images: Some(20),
        ..DataConfig::default()
    })
    .unwrap();
    let inside = || rayon::current_thread_index().is_some();
    assert!(!inside());
    let mut model = small();
    let mut trainer = Trainer::new(&mut model, &data, TrainConfig::default(), Seed(3)).unwrap();
    let mut seen = Vec::new();
    trainer.loss = Some(Box::new(|logits, labels| {
        // Of training and of scoring.
        assert!(inside());
        logits.cross_entropy(labels, 0.0)
    }));
    let after_step = &mut |_: &Trainer, _: &_| {
        seen.push(inside());
        Ok(())
    };
    trainer.run_epoch(after_step).unwrap();
    measure(
        trainer.model,
        &data,
        &MeasureOptions::images(40),
        &mut |_| seen.push(inside()),
    )
    .unwrap();
    assert!(seen.len() >= 2 && seen.iter().all(|inside| *inside));
}

#[test]
fn the_size_of_a_batch_and_a_wider_margin_change_no_bit_of_a_measurement() {
    let data = load(&DataConfig {
        size: Some(SIDE),
        train_images: Some(20),
        test_images: Some(20),
        ..DataConfig::default()
    })
    .unwrap();
    let model = small();
    let needed = model.needed_margin().unwrap();
    let of = |batch: usize, margin: usize| {
        let options = MeasureOptions {
            images: 45,
            batch,
            ..MeasureOptions::default()
        };
        let wide = |range| Ok(data.wide(range, margin)?.images);
        padgrad::ppp::measure_images(&model, wide, margin, &options, &mut |_| {}).unwrap()
    };
    let whole = of(45, needed);
    for (batch, margin) in [(7, needed), (45, needed + 5), (1, needed + 1)] {
        let other = of(batch, margin);
        for (layer, other) in whole.layers.iter().zip(&other.layers) {
            assert_eq!(
                layer.metrics, other.metrics,
                "{} {batch} {margin}",
                layer.name
            );
        }
        assert_eq!(whole.impact, other.impact);
    }
}
