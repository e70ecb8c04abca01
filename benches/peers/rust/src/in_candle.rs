//! The works in candle.

use candle_core::backprop::GradStore;
use candle_core::{Device, Result, Shape, Tensor, Var};
use candle_nn::{BatchNorm, Conv2d, Conv2dConfig, Linear, Module, ModuleT, loss};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};

use crate::work::{
    CLASSES, Conv, Failure, IMAGE, LEARNING_RATE, Layer, MOMENTUM, Network, Run, WEIGHT_DECAY, Work,
};

pub fn prepare(work: &Work) -> std::result::Result<Run, Failure> {
    let mut draws = Draws {
        rng: StdRng::seed_from_u64(1),
        vars: Vec::new(),
    };
    match work {
        Work::Conv(sizes) => Ok(conv(sizes, &mut draws)?),
        Work::Network(sizes) => Ok(network(sizes, draws)?),
    }
}

/// Draws from a seed, which candle's own on the CPU do not have, and the variables made of them.
struct Draws {
    rng: StdRng,
    vars: Vec<Var>,
}

impl Draws {
    fn data(&mut self, shape: impl Into<Shape>) -> Result<Tensor> {
        let shape = shape.into();
        let normal = Distribution::<f32>::sample_iter(StandardNormal, &mut self.rng);
        let values: Vec<f32> = normal.take(shape.elem_count()).collect();
        Tensor::from_vec(values, shape, &Device::Cpu)
    }

    fn weight(&mut self, shape: impl Into<Shape>) -> Result<Tensor> {
        const DEVIATION: f64 = 0.05;
        let drawn = (self.data(shape)? * DEVIATION)?;
        self.variable(drawn)
    }

    fn variable(&mut self, value: Tensor) -> Result<Tensor> {
        let var = Var::from_tensor(&value)?;
        self.vars.push(var.clone());
        Ok(var.into_inner())
    }
}

fn conv(sizes: &Conv, draws: &mut Draws) -> Result<Run> {
    let Conv {
        channels,
        out_channels,
        kernel,
        ..
    } = *sizes;
    let mut x = draws.data((sizes.batch, channels, sizes.size, sizes.size))?;
    if sizes.input_gradient {
        x = draws.variable(x)?;
    }
    let weight = draws.weight((out_channels, channels / sizes.groups, kernel, kernel))?;
    let bias = draws.weight(out_channels)?;
    let config = Conv2dConfig {
        padding: sizes.padding,
        stride: sizes.stride,
        dilation: sizes.dilation,
        groups: sizes.groups,
        ..Conv2dConfig::default()
    };
    let convolution = Conv2d::new(weight, Some(bias), config);
    let backward = sizes.backward;
    Ok(Box::new(move || {
        let y = convolution.forward(&x)?;
        if backward {
            y.backward()?;
        }
        Ok(())
    }))
}

enum Stage {
    Block(Conv2d, BatchNorm),
    Pool,
}

struct Model {
    stages: Vec<Stage>,
    classifier: Linear,
}

impl Model {
    fn new(sizes: &Network, draws: &mut Draws) -> Result<Model> {
        let config = Conv2dConfig {
            padding: 1,
            ..Conv2dConfig::default()
        };
        let [mut channels, _, _] = IMAGE;
        let mut stages = Vec::new();
        for layer in sizes.layers {
            let Layer::Conv(out_channels) = *layer else {
                stages.push(Stage::Pool);
                continue;
            };
            let weight = draws.weight((out_channels, channels, 3, 3))?;
            let bias = sizes.conv_bias.then(|| draws.weight(out_channels));
            let convolution = Conv2d::new(weight, bias.transpose()?, config);
            stages.push(Stage::Block(convolution, batch_norm(out_channels, draws)?));
            channels = out_channels;
        }
        let weight = draws.weight((CLASSES, channels))?;
        let classifier = Linear::new(weight, Some(draws.weight(CLASSES)?));
        Ok(Model { stages, classifier })
    }

    fn logits(&self, images: &Tensor, train: bool) -> Result<Tensor> {
        let mut x = images.clone();
        for stage in &self.stages {
            x = match stage {
                Stage::Block(conv, norm) => norm.forward_t(&conv.forward(&x)?, train)?.relu()?,
                Stage::Pool => x.max_pool2d(2)?,
            };
        }
        self.classifier.forward(&x.mean((2, 3))?)
    }
}

fn batch_norm(channels: usize, draws: &mut Draws) -> Result<BatchNorm> {
    const EPSILON: f64 = 1e-5;
    let filled = |value: f32| Tensor::full(value, channels, &Device::Cpu);
    let (weight, bias) = (draws.variable(filled(1.0)?)?, draws.variable(filled(0.0)?)?);
    BatchNorm::new(channels, filled(0.0)?, filled(1.0)?, weight, bias, EPSILON)
}

fn network(sizes: &Network, mut draws: Draws) -> Result<Run> {
    let [channels, height, width] = IMAGE;
    let images = draws.data((sizes.batch, channels, height, width))?;
    let model = Model::new(sizes, &mut draws)?;
    if !sizes.train {
        return Ok(Box::new(move || {
            model.logits(&images, false)?;
            Ok(())
        }));
    }
    let labels: Vec<u32> = (0..sizes.batch).map(|i| (i % CLASSES) as u32).collect();
    let labels = Tensor::new(labels, &Device::Cpu)?;
    let mut optimizer = Momentum::new(draws.vars)?;
    Ok(Box::new(move || {
        let loss = loss::cross_entropy(&model.logits(&images, true)?, &labels)?;
        optimizer.step(&loss.backward()?)?;
        Ok(())
    }))
}

/// Gradient descent with momentum and weight decay, which candle's own has not.
struct Momentum {
    weights: Vec<(Var, Tensor)>,
}

impl Momentum {
    fn new(vars: Vec<Var>) -> Result<Momentum> {
        let with_velocity = |var: Var| var.zeros_like().map(|velocity| (var, velocity));
        let weights = vars.into_iter().map(with_velocity).collect::<Result<_>>()?;
        Ok(Momentum { weights })
    }

    fn step(&mut self, gradients: &GradStore) -> Result<()> {
        for (var, velocity) in &mut self.weights {
            let Some(gradient) = gradients.get(var) else {
                continue;
            };
            let weight = var.as_detached_tensor();
            let decayed = (gradient + (&weight * WEIGHT_DECAY)?)?;
            *velocity = ((&*velocity * MOMENTUM)? + decayed)?;
            var.set(&(weight - (&*velocity * LEARNING_RATE)?)?)?;
        }
        Ok(())
    }
}
