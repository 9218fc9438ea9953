//! Kubernetes' quantities: 1.5, 200m, 64Mi.

use anyhow::{Result, bail};

/// Source: k8s.io/apimachinery/pkg/api/resource. The library's own reader is not public.
const SUFFIXES: [(&str, f64); 15] = [
    ("Ki", 1024.0),
    ("Mi", 1048576.0),
    ("Gi", 1073741824.0),
    ("Ti", 1099511627776.0),
    ("Pi", 1125899906842624.0),
    ("Ei", 1152921504606846976.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
];

/// A quantity as a number; fails when it is none.
pub fn parse(text: &str) -> Result<f64> {
    let known = SUFFIXES
        .iter()
        .find_map(|(suffix, factor)| Some((text.strip_suffix(suffix)?, factor)));
    let (number, factor) = known.unwrap_or((text, &1.0));
    match number.parse::<f64>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(value * factor),
        _ => bail!("{text} is no quantity"),
    }
}

#[cfg(test)]
mod tests;
