use super::distribution::LocalMeans;
use crate::padding::scheme::{Rule, Scheme};

pub const SCHEME: Scheme = Scheme {
    name: "distribution:interp",
    picture: "≈≈≈|ABCDEF|≈≈≈",
    values: "local means over 2p+1, stretched over the padded map, last pixels aligned",
    gradient: "stopped at the padded values",
    source: "Nguyen et al., ICIP 2019, resized as in their code: output i of m reads (i+1)·n/m - 1",
    rule: |_| Ok(Rule::Computed(&LocalMeans::INTERP)),
    ..Scheme::BASE
};

pub const CENTRED: Scheme = Scheme {
    name: "distribution:interp-centred",
    values: "as `distribution:interp`, pixel centres aligned",
    source: "Nguyen et al., ICIP 2019; resized by padgrad: output i of m reads (i+½)·n/m - ½",
    rule: |_| Ok(Rule::Computed(&LocalMeans::INTERP_CENTRED)),
    ..SCHEME
};
