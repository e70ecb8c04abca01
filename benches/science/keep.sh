#!/bin/sh
# keep.sh RUN NAME [LAYER]: what the science page tells of a run, as benches/science/NAME.csv, and NAME-growth.csv where
# the run has one; then PADGRAD_REBUILD=1 cargo test --release --test library science:: writes it into the page.
# Values keep six digits; with a LAYER only that one of the network's.
set -eu
run=$1 name=$2 layer=${3:-}
here=$(dirname "$0")
awk -F, -v layer="$layer" '
    function six(x) { return x == "" ? x : sprintf("%.6g", x) }
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; print "scheme,under,seed,stage,layer,metric,distance,value,lo,hi"; next }
    { of = $at["layer"]; metric = $at["metric"]; region = $at["region"] }
    region != "whole" && metric !~ /^placed_/ { next }
    metric !~ /^(rms_ppp|nrms|coherence|halo|impact_changed|test_accuracy|content_snr|mae_ppp|nmae|accuracy_change|padding_affected_.*|border_detectors_.*|spc|equivariance_db|crop_disagreement|placed_.*|nulls|false_positive_rate|per_tenfold|rank_correlation|lowest_detected)$/ { next }
    layer != "" && of != layer && of != "model" && of != "output" { next }
    { print $at["scheme"] "," $at["under"] "," $at["seed"] "," $at["stage"] "," of "," metric "," $at["distance"] "," six($at["value"]) "," six($at["lo"]) "," six($at["hi"]) }
' "$run/results.csv" > "$here/$name.csv"
[ ! -f "$run/growth.csv" ] || awk -F, -v layer="$layer" 'NR == 1 || layer == "" || $2 == layer' "$run/growth.csv" > "$here/$name-growth.csv"
