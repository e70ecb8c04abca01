//! The works in burn, on its CPU backend `flex`.

use std::hint::black_box;

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, SgdConfig};
use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Distribution, Int, Tensor};

use crate::work::{
    CLASSES, Conv, Failure, IMAGE, LEARNING_RATE, Layer, MOMENTUM, Network, Run, WEIGHT_DECAY, Work,
};

pub fn prepare(work: &Work) -> Result<Run, Failure> {
    let device = Device::flex();
    device.seed(1);
    Ok(match work {
        Work::Conv(sizes) => conv(sizes, device),
        Work::Network(sizes) => network(sizes, device),
    })
}

fn normal<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
}

fn conv(sizes: &Conv, mut device: Device) -> Run {
    let (backward, input_gradient) = (sizes.backward, sizes.input_gradient);
    if backward {
        device = device.autodiff();
    }
    let Conv {
        channels,
        out_channels,
        size,
        kernel,
        ..
    } = *sizes;
    let x = normal([sizes.batch, channels, size, size], &device);
    let shape = [out_channels, channels / sizes.groups, kernel, kernel];
    let (weight, bias) = (normal(shape, &device), normal([out_channels], &device));
    let x = x.set_require_grad(input_gradient);
    let (weight, bias) = (
        weight.set_require_grad(backward),
        bias.set_require_grad(backward),
    );
    let options = ConvOptions::new(
        [sizes.stride; 2],
        [sizes.padding; 2],
        [sizes.dilation; 2],
        sizes.groups,
    );
    Box::new(move || {
        let y = conv2d(
            x.clone(),
            weight.clone(),
            Some(bias.clone()),
            options.clone(),
        );
        if backward {
            black_box(y.backward());
        }
        Ok(())
    })
}

#[derive(Module, Debug)]
struct Block {
    convolution: Conv2d,
    norm: BatchNorm,
}

#[expect(clippy::large_enum_variant, reason = "burn's modules cannot be boxed")]
#[derive(Module, Debug)]
enum Stage {
    Block(Block),
    Pool(MaxPool2d),
}

#[derive(Module, Debug)]
struct Model {
    stages: Vec<Stage>,
    classifier: Linear,
}

impl Model {
    fn new(sizes: &Network, device: &Device) -> Model {
        let [mut channels, _, _] = IMAGE;
        let mut stage = |layer: &Layer| {
            let Layer::Conv(out_channels) = *layer else {
                return Stage::Pool(MaxPool2dConfig::new([2, 2]).init());
            };
            let convolution = Conv2dConfig::new([channels, out_channels], [3, 3])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .with_bias(sizes.conv_bias)
                .init(device);
            let norm = BatchNormConfig::new(out_channels).init(device);
            channels = out_channels;
            Stage::Block(Block { convolution, norm })
        };
        Model {
            stages: sizes.layers.iter().map(&mut stage).collect(),
            classifier: LinearConfig::new(channels, CLASSES).init(device),
        }
    }

    fn logits(&self, images: Tensor<4>) -> Tensor<2> {
        let features = self.stages.iter().fold(images, |x, stage| match stage {
            Stage::Block(block) => relu(block.norm.forward(block.convolution.forward(x))),
            Stage::Pool(pool) => pool.forward(x),
        });
        let [batch, channels, _, _] = features.dims();
        let means = features.mean_dims(&[2, 3]).reshape([batch, channels]);
        self.classifier.forward(means)
    }
}

fn network(sizes: &Network, mut device: Device) -> Run {
    if sizes.train {
        device = device.autodiff();
    }
    let [channels, height, width] = IMAGE;
    let images = normal([sizes.batch, channels, height, width], &device);
    let model = Model::new(sizes, &device);
    if !sizes.train {
        return Box::new(move || {
            black_box(model.logits(images.clone()));
            Ok(())
        });
    }
    let labels: Vec<i64> = (0..sizes.batch).map(|i| (i % CLASSES) as i64).collect();
    let labels = Tensor::<1, Int>::from_data(labels.as_slice(), &device);
    let loss = CrossEntropyLossConfig::new().init(&device);
    let mut optimizer = SgdConfig::new()
        .with_momentum(Some(
            MomentumConfig::new()
                .with_momentum(MOMENTUM)
                .with_dampening(0.0),
        ))
        .with_weight_decay(Some(WeightDecayConfig::new(WEIGHT_DECAY as f32)))
        .init();
    let mut model = Some(model);
    Box::new(move || {
        let before = model.take().ok_or("the step before failed")?;
        let loss = loss.forward(before.logits(images.clone()), labels.clone());
        let gradients = GradientsParams::from_grads(loss.backward(), &before);
        model = Some(optimizer.step(LEARNING_RATE, before, gradients));
        Ok(())
    })
}
