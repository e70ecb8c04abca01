//! Networks on images of `size` pixels, CIFAR's 32 where the row says nothing: a training step (`train`), or the logits
//! of a batch (`infer`), on `threads` threads where the row says so.

use std::sync::Mutex;

use padgrad::autodiff::{Var, ops};
use padgrad::nn::{Model, models};
use padgrad::optim::{Optimizer, OptimizerConfig, SgdConfig};
use padgrad::padding::Padding;
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;
use padgrad::train::{Pass, Step};
use rayon::ThreadPoolBuilder;

use super::{Ready, Run, Work};

const CHANNELS: usize = 3;
const SIZE: usize = 32;
const CLASSES: usize = 10;

pub fn prepare(work: &Work) -> Ready {
    let batch = work.number("batch");
    let size = work.number_or("size", SIZE);
    let padding = Padding::parse("zeros").expect("a padding scheme");
    let architecture = models::find(work.text("arch")).expect("an architecture in works.csv");
    let model = architecture
        .build([CHANNELS, size, size], CLASSES, padding, Seed(1))
        .expect("a network for this image");
    let mut rng = Seed(2).rng();
    let images = Tensor::randn(&[batch, CHANNELS, size, size], &mut rng);
    let run: Box<Run> = match work.text("pass") {
        "infer" => Box::new(move || {
            let logits = model.logits(images.clone());
            logits.expect("images of the right size");
        }),
        "train" => {
            let training = Mutex::new(Training::new(model, images));
            Box::new(move || training.lock().expect("no panic before").step())
        }
        pass => panic!("no such pass: {pass}"),
    };
    let run: Box<Run> = match work.find("threads") {
        None => run,
        Some(_) => on_threads(work.number("threads"), run),
    };
    Ready { run, gflop: None }
}

/// The work on a pool of this many threads of its own.
fn on_threads(threads: usize, run: Box<Run>) -> Box<Run> {
    let pool = ThreadPoolBuilder::new().num_threads(threads);
    let pool = pool.build().expect("a pool of threads");
    Box::new(move || pool.install(&run))
}

/// A network in training, on the same batch again and again.
struct Training {
    model: Model<f32>,
    optimizer: Box<dyn Optimizer<f32>>,
    images: Tensor<f32>,
    labels: Vec<usize>,
}

impl Training {
    fn new(model: Model<f32>, images: Tensor<f32>) -> Training {
        let labels = (0..images.shape()[0]).map(|i| i % CLASSES).collect();
        let config = SgdConfig {
            momentum: 0.9,
            weight_decay: 5e-4,
            ..SgdConfig::default()
        };
        Training {
            model,
            optimizer: OptimizerConfig::Sgd(config).build(),
            images,
            labels,
        }
    }

    fn step(&mut self) {
        let loss = |logits: &Var<f32>| ops::cross_entropy(logits, &self.labels, 0.0);
        let step = Step::new(&self.model, self.images.clone(), Pass::default(), loss);
        let step = step.expect("a finite loss");
        step.update(&mut self.model, &mut *self.optimizer, 1e-3);
    }
}
