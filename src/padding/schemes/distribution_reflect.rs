use super::distribution::LocalMeans;
use crate::padding::scheme::{Rule, Scheme};

pub const SCHEME: Scheme = Scheme {
    name: "distribution:reflect",
    picture: "dcb|ABCDEF|edc",
    values: "local means over 2p+1, resized to the map, last pixels aligned, and reflected",
    gradient: "stopped at the padded values",
    source: "Nguyen et al., ICIP 2019, resized as in their code: output i of m reads (i+1)·n/m - 1",
    rule: |_| Ok(Rule::Computed(&LocalMeans::REFLECT)),
    ..Scheme::BASE
};

pub const CENTRED: Scheme = Scheme {
    name: "distribution:reflect-centred",
    values: "as `distribution:reflect`, pixel centres aligned",
    source: "Nguyen et al., ICIP 2019; resized by padgrad: output i of m reads (i+½)·n/m - ½",
    rule: |_| Ok(Rule::Computed(&LocalMeans::REFLECT_CENTRED)),
    ..SCHEME
};
