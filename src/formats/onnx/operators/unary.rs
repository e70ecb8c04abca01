//! Functions of one element.

use super::super::call::Call;
use crate::autodiff::{Var, ops};
use crate::kernels::Scalar;
use crate::nn::Kind;

/// A function of every element, and what kind of layer it makes.
pub type Unary<E> = (Kind, Box<dyn Fn(&Var<E>) -> Var<E> + Send + Sync>);

/// The function of an operator; `None` where it is no such operator.
///
/// # Errors
/// Where its limits depend on the image.
pub fn find<E: Scalar>(call: &Call) -> Result<Option<Unary<E>>, String> {
    let node = call.node;
    let alpha = |otherwise: f64| node.float("alpha", otherwise);
    macro_rules! activation {
        ($f:expr) => {
            (Kind::Activation, Box::new($f))
        };
    }
    macro_rules! other {
        ($f:expr) => {
            (Kind::Other, Box::new($f))
        };
    }
    let found: Unary<E> = match call.operator() {
        "Relu" => activation!(ops::relu),
        "LeakyRelu" => {
            let a = alpha(0.01);
            activation!(move |x: &Var<E>| ops::leaky_relu(x, a))
        }
        "Elu" => {
            let a = alpha(1.0);
            activation!(move |x: &Var<E>| ops::elu(x, a))
        }
        "Celu" => {
            let a = alpha(1.0);
            activation!(move |x: &Var<E>| {
                let inner = ops::elu(&ops::mul_scalar(x, 1.0 / a), 1.0);
                ops::mul_scalar(&inner, a)
            })
        }
        "Selu" => {
            let a = alpha(1.673_263_192_176_818_8);
            let gamma = node.float("gamma", 1.050_700_902_938_842_8);
            activation!(move |x: &Var<E>| ops::mul_scalar(&ops::elu(x, a), gamma))
        }
        "Clip" => {
            let [low, high] = limits(call)?;
            activation!(move |x: &Var<E>| ops::clip(x, low, high))
        }
        "Sigmoid" => activation!(ops::sigmoid),
        "Tanh" => activation!(ops::tanh),
        "HardSigmoid" => {
            let (a, b) = (alpha(0.2), node.float("beta", 0.5));
            activation!(move |x: &Var<E>| ops::hard_sigmoid(x, a, b))
        }
        "HardSwish" => activation!(ops::hard_swish),
        "Swish" | "Silu" => activation!(ops::silu),
        "Gelu" | "com.microsoft.Gelu" => {
            let tanh = node.text("approximate", "none") == "tanh";
            activation!(move |x: &Var<E>| ops::gelu(x, tanh))
        }
        "Mish" => activation!(ops::mish),
        "Softplus" => activation!(ops::softplus),
        "Softsign" => activation!(|x: &Var<E>| ops::div(x, &ops::add_scalar(&ops::abs(x), 1.0))),
        "ThresholdedRelu" => {
            let a = E::from_f64(alpha(1.0));
            activation!(move |x: &Var<E>| {
                let above = x.value().map(|v| E::from_usize(usize::from(v > a)));
                ops::mul(x, &Var::constant(above))
            })
        }
        "Erf" => other!(ops::erf),
        "Sqrt" => other!(ops::sqrt),
        "Exp" => other!(ops::exp),
        "Log" => other!(ops::ln),
        "Abs" => other!(ops::abs),
        "Neg" => other!(ops::neg),
        "Reciprocal" => other!(|x: &Var<E>| ops::pow_scalar(x, -1.0)),
        "Floor" => other!(|x: &Var<E>| steps(x, E::floor)),
        "Ceil" => other!(|x: &Var<E>| steps(x, E::ceil)),
        "Sign" => other!(|x: &Var<E>| steps(x, |v| if v == E::zero() { v } else { v.signum() })),
        "Round" => other!(|x: &Var<E>| steps(x, |v| E::from_f64(v.as_f64().round_ties_even()))),
        "Identity" | "Dropout" => other!(Var::clone),
        _ => return Ok(None),
    };
    Ok(Some(found))
}

/// A function whose slope is 0 wherever it has one.
fn steps<E: Scalar>(x: &Var<E>, f: impl Fn(E) -> E) -> Var<E> {
    Var::constant(x.value().map(f))
}

/// The limits of a Clip: attributes at first, inputs since opset 11.
fn limits(call: &Call) -> Result<[f64; 2], String> {
    let of = |index: usize, name: &str, otherwise: f64| -> Result<f64, String> {
        let attribute = call.node.float(name, otherwise);
        match call.constant(index)? {
            None => Ok(attribute),
            Some(limit) => match limit.values.data() {
                [value] => Ok(*value),
                _ => Err(format!("a limit of the shape {:?}", limit.shape())),
            },
        }
    };
    Ok([
        of(1, "min", f64::NEG_INFINITY)?,
        of(2, "max", f64::INFINITY)?,
    ])
}
