//! The works to time, as the table shared with the peers lists them, and how to time them.

use std::time::Instant;

use padgrad::autodiff::ops::{ConvOptions, conv2d};
use padgrad::autodiff::{Tape, Var};
use padgrad::padding::{Extent, Padding};
use padgrad::rng::Seed;
use padgrad::tensor::Tensor;

const TABLE: &str = include_str!("../peers/works.csv");

/// One row of the table.
pub struct Work {
    pub name: &'static str,
    fields: Vec<&'static str>,
}

/// Every work of the table, in its order.
pub fn works() -> Vec<Work> {
    let work = |line: &'static str| {
        let fields: Vec<&str> = line.split(',').collect();
        Work {
            name: fields[0],
            fields,
        }
    };
    TABLE.lines().skip(1).map(work).collect()
}

/// Something to run again and again, and how many multiply-adds that takes (two operations each).
pub struct Ready {
    pub run: Box<dyn Fn()>,
    pub gflop: f64,
}

impl Work {
    fn number(&self, field: usize) -> usize {
        self.fields[field].parse().expect("a number in the table")
    }

    /// Draws the data. A new kind of work is a new arm here and in the peer.
    pub fn prepare(&self) -> Ready {
        match self.fields[1] {
            "conv" => self.prepare_conv(),
            kind => panic!("no such kind of work: {kind}"),
        }
    }

    fn prepare_conv(&self) -> Ready {
        let [
            batch,
            channels,
            filters,
            size,
            kernel,
            stride,
            dilation,
            groups,
        ] = std::array::from_fn(|i| self.number(2 + i));
        let extent = Extent::Uniform(dilation * (kernel / 2));
        let padding = Padding::parse(self.fields[10])
            .expect("a padding scheme in the table")
            .extent(extent);
        let options = ConvOptions::new(padding)
            .stride(stride)
            .dilation(dilation)
            .groups(groups);
        let mut rng = Seed(1).child(self.name).rng();
        let mut randn = |shape: &[usize]| Tensor::<f32>::randn(shape, &mut rng);
        let x = randn(&[batch, channels, size, size]);
        let weight = randn(&[filters, channels / groups, kernel, kernel]);
        let bias = randn(&[filters]);
        let forward =
            move |x: &Var<f32>, w: &Var<f32>, b: &Var<f32>| conv2d(x, w, Some(b), &options);
        let constant = |t: &Tensor<f32>| Var::constant(t.clone());
        let y = forward(&constant(&x), &constant(&weight), &constant(&bias));
        let products = y.value().len() * channels / groups * kernel * kernel;
        let gflop = 2e-9 * products as f64;
        let (passes, input) = match self.fields[11] {
            "f" => (1.0, false),
            "fw" => (2.0, false),
            "fb" => (3.0, true),
            pass => panic!("no such pass: {pass}"),
        };
        let y_grad = randn(y.shape());
        let run = move || {
            if passes == 1.0 {
                let (x, w, b) = (x.clone(), weight.clone(), bias.clone());
                forward(&x.into(), &w.into(), &b.into());
                return;
            }
            let tape = Tape::new();
            let x = if input {
                tape.leaf(x.clone())
            } else {
                Var::constant(x.clone())
            };
            let (w, b) = (tape.leaf(weight.clone()), tape.leaf(bias.clone()));
            forward(&x, &w, &b).backward_with(y_grad.clone());
        };
        Ready {
            run: Box::new(run),
            gflop: gflop * passes,
        }
    }
}

/// The milliseconds of each of `reps` runs.
pub fn time(run: &dyn Fn(), reps: usize) -> Vec<f64> {
    let one = |_| {
        let start = Instant::now();
        run();
        1e3 * start.elapsed().as_secs_f64()
    };
    (0..reps).map(one).collect()
}

/// The quartiles: lower, median, upper.
pub fn quartiles(mut times: Vec<f64>) -> [f64; 3] {
    times.sort_by(f64::total_cmp);
    [1, 2, 3].map(|q| times[(times.len() - 1) * q / 4])
}
