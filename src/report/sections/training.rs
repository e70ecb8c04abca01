//! Charts: how the pattern and the accuracy change with training, how far in the pattern reaches.

use super::{Context, figure, nothing, section};
use crate::error::Result;
use crate::report::charts::{self, Measure, Spread};
use crate::report::summary::{FINAL, Summary};

const MAE: Measure = Measure {
    metric: "mae_ppp",
    label: "MAE-PPP [feature units]",
    spread: Spread::Log,
};
const ZERO_LINE: &str = "The vertical axis is logarithmic; values of exactly 0, which have no \
                         logarithm, are drawn on the line marked 0 below the dashed rule.";

/// PPP against epochs: the last layer, before against after, and every layer.
pub fn growth(context: &Context) -> Result<String> {
    let heading = "The pattern during training";
    let (summary, Some(layer)) = (&context.summary, context.layer) else {
        let body = nothing("The pattern was not measured at any layer.");
        return Ok(section("growth", heading, &body));
    };
    let mut body = String::new();
    if let Some(chart) = charts::over_epochs(summary, layer, &MAE) {
        let names = schemes_in_words(summary);
        let description = format!("Line chart of MAE-PPP at {layer} against epochs for {names}.");
        let caption = format!(
            "Strength of the pattern at {layer} as training goes on. {ZERO_LINE} Lines: {} Bands: \
             95% intervals.",
            means(summary)
        );
        body += &figure(&chart.svg(&description)?, &caption);
    }
    if let Some(chart) = charts::change(summary, layer, &MAE) {
        let description =
            format!("MAE-PPP at {layer} of each scheme before and after training, with intervals.");
        let caption = format!(
            "The same layer before and after training, with 95% intervals. Where the bars of a scheme do \
             not overlap, the change with training is clear. {}",
            ZERO_LINE
                .replace("vertical", "horizontal")
                .replace("below", "left of")
        );
        body += &figure(&chart.svg(&description)?, &caption);
    }
    body = format!("<div class=\"pair\">\n{body}</div>\n");
    body += &every_layer(summary)?;
    Ok(section("growth", heading, &body))
}

fn every_layer(summary: &Summary) -> Result<String> {
    let small = charts::over_epochs_of_every_layer(summary, &MAE);
    if small.len() < 2 {
        return Ok(String::new());
    }
    let mut charts = String::from("<div class=\"small-charts\">\n");
    for (layer, chart) in &small {
        let description = format!("Line chart of MAE-PPP at {layer} against epochs.");
        charts += &chart.svg(&description)?;
    }
    charts += "</div>\n";
    let caption = "MAE-PPP [feature units] at every measured layer, from the input to the output \
                   of the network, all on one logarithmic axis; colours and markers as in the \
                   chart above. Layers differ in the size of their features: to compare layers, \
                   use nMAE or SNR-PPP.";
    Ok(figure(&charts, caption))
}

/// MAE-PPP by distance to the border at the last layer.
pub fn profile(context: &Context) -> Result<String> {
    let heading = "How far in the pattern reaches";
    let summary = &context.summary;
    let chart = context.layer.and_then(|l| {
        Some((
            l,
            charts::profile(summary, FINAL, l, "profile_mae_d", &MAE)?,
        ))
    });
    let Some((layer, chart)) = chart else {
        let body = nothing("This run has no measurements by distance to the border.");
        return Ok(section("profile", heading, &body));
    };
    let description =
        format!("Line chart of MAE-PPP at {layer} after training against distance to the border.");
    let caption = format!(
        "MAE-PPP at {layer} after training, by distance to the nearest border of the feature map; \
         0 is the outermost ring. {ZERO_LINE} Lines: {} Bands: 95% intervals.",
        means(summary)
    );
    let body = figure(&chart.svg(&description)?, &caption);
    Ok(section("profile", heading, &body))
}

/// Test accuracy per epoch.
pub fn accuracy(context: &Context) -> Result<String> {
    let heading = "Accuracy during training";
    let summary = &context.summary;
    let Some(chart) = charts::accuracy(summary, &context.results.epochs) else {
        let body = nothing("This run trained no network.");
        return Ok(section("accuracy", heading, &body));
    };
    let names = schemes_in_words(summary);
    let description = format!("Line chart of test accuracy against epochs for {names}.");
    let band = match summary.seeds().len() {
        0 | 1 => "",
        _ => " Bands: from the lowest to the highest seed.",
    };
    let caption = format!(
        "Test accuracy after each epoch. Lines: {}{band}",
        means(summary)
    );
    let body = figure(&chart.svg(&description)?, &caption);
    Ok(section("accuracy", heading, &body))
}

fn means(summary: &Summary) -> String {
    match summary.seeds().len() {
        0 | 1 => "one seed.".to_string(),
        n => format!("means over {n} seeds."),
    }
}

fn schemes_in_words(summary: &Summary) -> String {
    summary.schemes().join(", ")
}
