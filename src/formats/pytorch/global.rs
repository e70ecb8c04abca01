//! The names of Python's that weights are made of; every other one is refused.

use super::super::elements::Dtype;
use super::trouble::Trouble;

/// A name of Python's that weights are made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Global {
    OrderedDict,
    Tuple,
    Set,
    Device,
    Tensor,
    TypedTensor,
    Parameter,
    Storage(Option<Dtype>),
    Dtype(Dtype),
}

/// What a name of Python's stands for.
pub(super) fn global(module: &str, name: &str) -> Result<Global, Trouble> {
    let dtype = |name: &str| {
        Some(match name {
            "Half" | "float16" | "half" => Dtype::F16,
            "BFloat16" | "bfloat16" => Dtype::BF16,
            "Float" | "float32" | "float" => Dtype::F32,
            "Double" | "float64" | "double" => Dtype::F64,
            "Char" | "int8" => Dtype::I8,
            "Short" | "int16" | "short" => Dtype::I16,
            "Int" | "int32" | "int" => Dtype::I32,
            "Long" | "int64" | "long" => Dtype::I64,
            "Byte" | "uint8" => Dtype::U8,
            "Bool" | "bool" => Dtype::Bool,
            _ => return None,
        })
    };
    let found = match (module, name) {
        ("collections", "OrderedDict") => Some(Global::OrderedDict),
        ("torch", "Size") => Some(Global::Tuple),
        ("torch", "device") => Some(Global::Device),
        ("builtins" | "__builtin__", "set") => Some(Global::Set),
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Some(Global::Tensor),
        ("torch._utils", "_rebuild_tensor_v3") => Some(Global::TypedTensor),
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
            Some(Global::Parameter)
        }
        ("torch.storage" | "torch", "UntypedStorage") => Some(Global::Storage(None)),
        ("torch" | "torch.cuda", _) => match name.strip_suffix("Storage") {
            Some(of) => dtype(of).map(|dtype| Global::Storage(Some(dtype))),
            None => dtype(name).map(Global::Dtype),
        },
        _ => None,
    };
    found.ok_or_else(|| {
        let name: String = format!("{module}.{name}").escape_debug().take(80).collect();
        Trouble::Refused(format!("the Python object {name}"))
    })
}
