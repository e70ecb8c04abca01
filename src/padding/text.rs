//! How a padding is written and read.

use std::fmt;

use super::geometry::Extent;
use super::scheme::Scheme;
use super::schemes::REGISTRY;
use super::spec::Padding;
use crate::error::{Error, Result};

/// How no padding at all is written.
const VALID: &str = "valid";

impl Padding {
    /// Reads a padding as it is written.
    ///
    /// # Errors
    /// A usage error that lists the names where the text is none of them.
    pub fn parse(text: &str) -> Result<Padding> {
        let (rest, extent) = match text.split_once('@') {
            Some((rest, extent)) => (rest, Some(Extent::parse(extent)?)),
            None if text == VALID => return Ok(Padding::valid()),
            None => (text, None),
        };
        if rest.strip_suffix("+detach").unwrap_or(rest) == VALID {
            return Err(Error::usage(
                "padding",
                format!(
                    "`{text}` cannot be: {VALID} pads nothing, so it has no extent and nothing to detach"
                ),
                format!("use {VALID} alone, or a scheme, as in zeros@3"),
            ));
        }
        let (names, detach) = match rest.strip_suffix("+detach") {
            Some(names) => (names, true),
            None => (rest, false),
        };
        let scheme = |name: &str| {
            let (scheme, argument) = find(name)?;
            Padding::new(scheme, argument)
        };
        let padding = match names.split_once('/') {
            None => scheme(names)?,
            Some((rows, columns)) => Padding::per_axis(scheme(rows)?, scheme(columns)?)?,
        };
        Ok(Padding {
            extent,
            detach,
            ..padding
        })
    }
}

/// The registry entry for a name or alias, and the argument after a colon.
fn find(name: &str) -> Result<(&'static Scheme, Option<&str>)> {
    let exact = |s: &&Scheme| s.name == name || s.aliases.contains(&name);
    if let Some(scheme) = REGISTRY.iter().find(exact).filter(|s| s.argument.is_none()) {
        return Ok((scheme, None));
    }
    let (head, argument) = match name.split_once(':') {
        Some((head, argument)) => (head, Some(argument)),
        None => (name, None),
    };
    REGISTRY
        .iter()
        .find(|s| s.argument.is_some() && s.name == head)
        .map(|scheme| (scheme, argument))
        .ok_or_else(|| {
            let written = |s: &Scheme| match s.argument {
                Some(argument) => format!("{}:{argument}", s.name),
                None => s.name.to_string(),
            };
            let known: Vec<String> = REGISTRY.iter().map(written).collect();
            let known = known.iter().map(String::as_str);
            Error::unknown("padding scheme", name, known.chain([VALID]))
        })
}

impl fmt::Display for Padding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.extent == Some(Extent::Valid) {
            return f.write_str(VALID);
        }
        let [rows, columns] = &self.values;
        let written = if rows.same(columns) { 1 } else { 2 };
        for (axis, values) in self.values.iter().take(written).enumerate() {
            f.write_str(["", "/"][axis])?;
            f.write_str(values.scheme.name)?;
            if let Some(argument) = values.argument {
                // Padding is part of file names, which hundreds of zeros would make too long.
                match argument.abs() {
                    0.0 | 1e-5..1e16 => write!(f, ":{argument}")?,
                    _ => write!(f, ":{argument:e}")?,
                }
            }
        }
        if self.detach {
            f.write_str("+detach")?;
        }
        self.extent.map_or(Ok(()), |extent| write!(f, "@{extent}"))
    }
}

impl std::str::FromStr for Padding {
    type Err = Error;

    fn from_str(text: &str) -> Result<Padding> {
        Padding::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paddings_are_read_as_they_are_written() {
        for text in [
            "zeros",
            "constant:0.5",
            "constant:-3e30",
            "reflect+detach",
            "circular@full",
            "valid",
            "symmetric@1,2,0,3",
            "distribution:interp@2",
            "distribution:reflect-centred",
            "extrapolate@3",
            "randn",
            "partial@1",
            "replicate/circular",
            "constant:0.5/reflect+detach@1,2,0,3",
        ] {
            assert_eq!(
                Padding::parse(text).map(|p| p.to_string()).ok().as_deref(),
                Some(text)
            );
        }
        for text in [
            "",
            "mirror",
            "constant",
            "constant:",
            "constant:nan",
            "constant:1e39",
            "zeros:1",
            "zeros@x",
            "valid+detach",
            "valid@3",
            "zeros/constant:1",
            "randn/zeros",
            "circular/partial",
            "circular/",
        ] {
            let error = Padding::parse(text).err().map(|e| e.exit_code());
            assert_eq!(error, Some(2), "{text:?}");
        }
    }
}
