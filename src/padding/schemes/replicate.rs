use crate::padding::scheme::{Rule, Scheme};

pub const SCHEME: Scheme = Scheme {
    name: "replicate",
    aliases: &["edge"],
    argument: None,
    picture: "AAA|ABCDEF|FFF",
    values: "the nearest edge pixel",
    gradient: "to the pixels read",
    source: "PyTorch padding_mode='replicate', NumPy mode='edge'",
    samples: &[None],
    rule: |_| Ok(Rule::Index(|i, n| i.clamp(0, n as isize - 1) as usize)),
};
