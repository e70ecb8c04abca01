//! `results.csv`, `growth.csv` and `epochs.csv`: the values of a run for pandas, polars, R and spreadsheets.

use super::growth::GrowthRow;
use super::results::{EpochRow, Results, Row};
use super::schema::unit;

/// `results.csv`: one line per measured value; one that does not exist is an empty field.
///
/// Values have as many digits as it takes to read back the same `f64`, and always a point or an exponent, so that no
/// reader takes a column of them for whole numbers. Fields are quoted as in RFC 4180, lines end in `\n`.
pub fn results_csv(results: &Results) -> String {
    RESULTS.to_string() + &results_lines(results, &results.rows)
}

/// The first line of `results.csv`.
pub const RESULTS: &str = "data,arch,scheme,under,seed,stage,epoch,step,layer,metric,region,distance,unit,images,\
                           value,lo,hi\n";

/// The lines of some rows of `results`.
pub fn results_lines(results: &Results, rows: &[Row]) -> String {
    lines(rows.iter().map(|row| {
        [
            field(&results.data),
            field(&results.arch),
            field(&row.scheme),
            field(row.under.as_deref().unwrap_or_default()),
            row.seed.to_string(),
            field(&row.stage),
            row.epoch.to_string(),
            row.step.to_string(),
            field(&row.layer),
            field(&row.metric),
            row.region.name().to_string(),
            row.region
                .distance()
                .map_or_else(String::new, |d| d.to_string()),
            unit(&row.metric).to_string(),
            row.images.unwrap_or(results.images).to_string(),
            optional(row.value),
            optional(row.lo),
            optional(row.hi),
        ]
    }))
}

/// `epochs.csv`: one line per epoch of every network.
pub fn epochs_csv(epochs: &[EpochRow]) -> String {
    let header = "scheme,seed,epoch,step,lr,train_loss,train_accuracy,test_loss,test_accuracy,\
                  seconds";
    let lines = epochs.iter().map(|row| {
        [
            field(&row.scheme),
            row.seed.to_string(),
            row.epoch.to_string(),
            row.step.to_string(),
            real(row.lr),
            real(row.train_loss),
            real(row.train_accuracy),
            real(row.test_loss),
            real(row.test_accuracy),
            real(row.seconds),
        ]
    });
    document(header, lines)
}

/// `growth.csv`: by how much each scheme's pattern changed from initialisation to the end.
pub fn growth_csv(growth: &[GrowthRow]) -> String {
    let header = "scheme,layer,metric,from,to,comparison,value,lo,hi,interval,seeds,p,p_holm";
    let lines = growth.iter().map(|row| {
        [
            field(&row.scheme),
            field(&row.layer),
            row.metric.clone(),
            row.from.clone(),
            row.to.clone(),
            row.comparison.name().to_string(),
            optional(row.value),
            optional(row.lo),
            optional(row.hi),
            row.interval.name().to_string(),
            row.seeds.to_string(),
            optional(row.p),
            optional(row.p_holm),
        ]
    });
    document(header, lines)
}

/// A header and its lines.
pub(super) fn document<const N: usize>(
    header: &str,
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    format!("{header}\n{}", lines(rows))
}

fn lines<const N: usize>(rows: impl Iterator<Item = [String; N]>) -> String {
    let mut text = String::new();
    for line in rows {
        text.push_str(&line.join(","));
        text.push('\n');
    }
    text
}

/// Quotes a text only where a reader would otherwise split or misread it.
pub(super) fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_string()
    }
}

/// A value, or nothing.
pub(super) fn optional(value: Option<f64>) -> String {
    value.map_or_else(String::new, real)
}

fn real(value: f64) -> String {
    format!("{value:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ppp::Region;
    use crate::study::results::RunKind;

    #[test]
    fn quotes_only_where_needed_and_leaves_missing_values_empty() {
        let row = Row {
            scheme: "constant:\"a\",b".to_string(),
            seed: 3,
            stage: "init".to_string(),
            layer: "features.0".to_string(),
            metric: "snr_ppp_db".to_string(),
            value: None,
            lo: Some(0.1),
            hi: Some(-2.0),
            ..Row::default()
        };
        let mut results = Results::new(RunKind::Study, "", 40).on("small", "folder:a,b");
        let ring = Row {
            region: Region::Ring(2),
            images: Some(10),
            metric: "rms_ppp".to_string(),
            value: Some(1e-9),
            ..row.clone()
        };
        results.rows = vec![row, ring];
        let text = results_csv(&results);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let network = "\"folder:a,b\",small,\"constant:\"\"a\"\",b\",,3,init,0,0,features.0";
        assert_eq!(
            lines,
            [
                format!("{network},snr_ppp_db,whole,,dB,40,,0.1,-2.0"),
                format!("{network},rms_ppp,ring,2,features,10,1e-9,0.1,-2.0")
            ]
        );
    }

    #[test]
    fn epochs_have_a_header_even_without_rows() {
        assert_eq!(
            epochs_csv(&[]),
            "scheme,seed,epoch,step,lr,train_loss,train_accuracy,test_loss,test_accuracy,seconds\n"
        );
        let row = EpochRow {
            scheme: "zeros".to_string(),
            seed: 1,
            epoch: 2,
            step: 30,
            lr: 0.05,
            train_loss: 1.5,
            train_accuracy: 0.5,
            test_loss: 1.25,
            test_accuracy: 0.625,
            seconds: 4.0,
        };
        let text = epochs_csv(&[row]);
        assert_eq!(
            text.lines().nth(1),
            Some("zeros,1,2,30,0.05,1.5,0.5,1.25,0.625,4.0")
        );
    }
}
