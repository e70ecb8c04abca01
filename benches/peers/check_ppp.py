"""An implementation of the PPP metrics in NumPy, independent of padgrad's, and its comparison with padgrad.

    padgrad measure --checkpoint NET.safetensors --save-images --out DIR
    python check_ppp.py compare NET.safetensors DIR      # the same weights and images
    python check_ppp.py fixture > tests/fixtures/ppp.json # expected numbers for `cargo test`

Everything is computed in double precision, without padgrad: padding, features under the true surroundings,
metrics. A number agrees where it is within 1e-4 of the other, relative to the larger; energies, which are
differences of nearly equal numbers, relative to the mean square of D that they are a part of.
"""

import json
import math
import struct
import sys
from pathlib import Path

import numpy as np

TOLERANCE = 1e-4
# Blocks of images, and the share of the content's deviation below which the halo ends.
BLOCKS = 20
TAU = 0.1
SMALL = [32, 32, "M", 64, 64, "M", 128]
VGG = {
    "vgg11": [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    "vgg13": [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
}


def plan(arch):
    """The layers of an architecture with their numbers: ("conv", 0), ("norm", 1), ("relu", 2), ..."""
    norm = arch == "small" or arch.endswith("_bn")
    widths = SMALL if arch == "small" else VGG[arch.removesuffix("_bn")]
    kinds = []
    for width in widths:
        kinds += ["pool"] if width == "M" else ["conv"] + ["norm"] * norm + ["relu"]
    return list(enumerate(kinds))


def pad(x, scheme):
    """One pixel of padding on every side."""
    name, _, value = scheme.partition(":")
    if name == "valid":
        return x
    sides = ((0, 0), (0, 0), (1, 1), (1, 1))
    if name in ("zeros", "constant"):
        return np.pad(x, sides, constant_values=float(value or 0))
    return np.pad(x, sides, {"replicate": "edge", "circular": "wrap"}.get(name, name))


def conv(x, weight, bias):
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], (2, 3))
    out = np.stack([np.tensordot(of_image, weight, ((0, 3, 4), (1, 2, 3))) for of_image in windows])
    out = out.transpose(0, 3, 1, 2)
    return out if bias is None else out + bias[:, None, None]


def max_pool(x):
    n, c, h, w = x.shape
    return x[:, :, : h // 2 * 2, : w // 2 * 2].reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5))


def pointwise(x, kind, name, weights):
    if kind == "relu":
        return np.maximum(x, 0)
    mean, var, weight, bias = (
        weights[f"{name}.{part}"][:, None, None] for part in ("running_mean", "running_var", "weight", "bias")
    )
    return (x - mean) / np.sqrt(var + 1e-5) * weight + bias


def padded_features(x, arch, weights, scheme):
    taps = {}
    for number, kind in plan(arch):
        name = f"features.{number}"
        if kind == "conv":
            x = conv(pad(x, scheme), weights[f"{name}.weight"], weights.get(f"{name}.bias"))
            taps[name] = x
        elif kind == "pool":
            x = max_pool(x)
        else:
            x = pointwise(x, kind, name, weights)
    return taps


def optimal_features(x, margin, arch, weights, shapes, padding):
    """Every border from the wide image: at each layer the margin m shrinks to (m - p - r) / s."""
    taps = {}
    for number, kind in plan(arch):
        name = f"features.{number}"
        if kind == "conv":
            x = conv(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"))
            margin -= padding
            _, h, w = shapes[name]
            taps[name] = x[:, :, margin : margin + h, margin : margin + w]
        elif kind == "pool":
            rest = margin % 2
            x = max_pool(x[:, :, rest:, rest:])
            margin = (margin - rest) // 2
        else:
            x = pointwise(x, kind, name, weights)
    return taps


def shared(means):
    """The power of what blocks share, from products of different blocks; `means` is [blocks, ...]."""
    others = means.sum(0) - means
    return (means * others).mean() / (len(means) - 1)


def metrics(a, b, stride):
    """The metrics of a layer from its features [N, C, h, w] under padding and true surroundings."""
    d = a - b
    n = len(d)
    pattern, variance = d.mean(0), d.var(0, ddof=1)
    content = b.var(0, ddof=1).mean()
    blocks = np.arange(n) * BLOCKS // n
    means = np.stack([d[blocks == block].mean(0) for block in range(BLOCKS)])
    energy = shared(means)
    power = (d**2).mean()
    mae = abs(pattern).mean()
    ratio = lambda x, y: x / y if y else math.nan
    root = lambda x: math.sqrt(max(x, 0))
    return {
        "rms_ppp": root(energy),
        "nrms": root(ratio(energy, content)),
        "rmsd": math.sqrt(power),
        "halo": halo(d, content, stride),
        "channel_mean_rms": root(shared(means.mean(1))),
        "mae_unbiased": (np.sign(means.sum(0) - means) * means).mean(),
        "mae_ppp": mae,
        "mae_floor": np.sqrt(2 / math.pi * variance / n).mean(),
        "energy": energy,
        "snr_ppp": ratio(energy, content),
        "nmae": ratio(mae, math.sqrt(content)),
        "coherence": ratio(energy, power),
        "mad": abs(d).mean(),
        "edge_mae": abs(pattern)[:, on_edge(*pattern.shape[1:])].mean(),
    }, power


def border_distance(h, w):
    y, x = np.indices((h, w))
    return np.minimum(np.minimum(y, x), np.minimum(h - 1 - y, w - 1 - x))


def on_edge(h, w):
    """The border without its corners."""
    on_border = border_distance(h, w) == 0
    on_border[[0, 0, -1, -1], [0, -1, 0, -1]] = False
    return on_border


def halo(d, content, stride):
    """Pixels of the image from which on √(mean D²) stays below TAU of the content's deviation; NaN for nowhere."""
    distance = border_distance(*d.shape[2:])
    rings = range(distance.max() + 1)
    above = [ring for ring in rings if (d[:, :, distance == ring] ** 2).mean() >= TAU**2 * content]
    first = max(above, default=-1) + 1
    return first * stride if first < len(rings) else math.nan


def measure(images, side, arch, weights, scheme):
    """Metrics and powers by layer; the middle `side`×`side` of the wide images is the image."""
    margin = (images.shape[-1] - side) // 2
    middle = images[:, :, margin : margin + side, margin : margin + side]
    a = padded_features(middle, arch, weights, scheme)
    shapes = {name: features.shape[1:] for name, features in a.items()}
    padding = 0 if scheme == "valid" else 1
    b = optimal_features(images, margin, arch, weights, shapes, padding)
    kinds = [kind for _, kind in plan(arch)]
    stride = lambda name: 2 ** kinds[: int(name.split(".")[1])].count("pool")
    return {name: metrics(a[name], b[name], stride(name)) for name in a}


def safetensors(path):
    """Tensors and metadata of a safetensors file."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    described = json.loads(header.pop("__metadata__")["padgrad"])
    tensors = {}
    for name, entry in header.items():
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        array = np.frombuffer(data[start:end], np.float32).reshape(entry["shape"])
        tensors[name] = array.astype(np.float64)
    return tensors, described


def compare(checkpoint, folder):
    weights, described = safetensors(checkpoint)
    images = np.load(Path(folder) / "images.npy").astype(np.float64)
    results = json.loads((Path(folder) / "results.json").read_text())
    scheme = results["rows"][0]["scheme"]
    told = {(row["layer"], row["metric"], row["region"]): row["value"] for row in results["rows"]}
    found = measure(images, described["input"][-1], described["arch"], weights, scheme)
    worst = 0.0
    print(f"{scheme}: {len(images)} images of {described['data']['name']}")
    for layer, (own, power) in found.items():
        for name, value in own.items():
            other = told[layer, *(("mae_ppp", "edge") if name == "edge_mae" else (name, "whole"))]
            if other is None or math.isnan(value):
                assert other is None and math.isnan(value), (layer, name, other, value)
                continue
            scale = scale_of(name, value, own["energy"], power)
            error = abs(value - other) / scale if scale else 0.0
            worst = max(worst, error)
            if name in ("rms_ppp", "nrms"):
                print(f"  {layer:<12} {name:<8} padgrad {other:.8g}  NumPy {value:.8g}")
    print(f"  largest relative difference {worst:.1e}")
    return worst


def scale_of(name, value, energy, power):
    """What a difference is relative to."""
    if name == "energy":
        return power
    if name == "channel_mean_rms":
        return power / abs(value) if value else math.sqrt(power)
    lost = power / abs(energy) if energy else 1.0
    return abs(value) * (lost if name in ("rms_ppp", "nrms", "snr_ppp", "coherence") else 1.0)


class Draws:
    """Numbers in [-1/2, 1/2) that Rust computes bit by bit as well: x -> 1664525 x + 1013904223 mod 2^32."""

    def __init__(self):
        self.state = 1

    def tensor(self, shape, scale=1.0, offset=0.0):
        values = np.empty(math.prod(shape))
        for i in range(len(values)):
            self.state = (1664525 * self.state + 1013904223) % 2**32
            values[i] = self.state / 2**32 - 0.5
        values = (values * scale + offset).astype(np.float32)
        return values.reshape(shape).astype(np.float64)


def fixture():
    """Expected metrics for weights and images from [`Draws`]; tests/library/ppp_numpy.rs draws the same."""
    side, margin, count = 12, 14, 40
    shapes, channels = {}, 3
    for number, kind in plan("small"):
        name = f"features.{number}"
        if kind == "conv":
            width = [w for w in SMALL if w != "M"][sum(k == "conv" for _, k in plan("small")[:number])]
            shapes[f"{name}.weight"] = (width, channels, 3, 3)
            channels = width
        elif kind == "norm":
            for part in ("weight", "bias", "running_mean", "running_var"):
                shapes[f"{name}.{part}"] = (channels,)
    draws, weights = Draws(), {}
    for name in sorted(shapes):
        positive = name.endswith("running_var") or (name.endswith("weight") and len(shapes[name]) == 1)
        scale = math.sqrt(12 / math.prod(shapes[name][1:])) if len(shapes[name]) == 4 else 1.0
        weights[name] = draws.tensor(shapes[name], np.float32(scale), 1.0 if positive else 0.0)
    images = draws.tensor((count, 3, side + 2 * margin, side + 2 * margin), 4.0, 0.5)
    schemes = ["zeros", "constant:0.5", "reflect", "replicate", "circular", "symmetric"]
    expected = {}
    for scheme in schemes:
        found = measure(images, side, "small", weights, scheme)
        expected[scheme] = {layer: dict(own, power=power) for layer, (own, power) in found.items()}
    expected = {s: {l: {k: None if math.isnan(v) else v for k, v in m.items()} for l, m in e.items()} for s, e in expected.items()}
    about = {"side": side, "margin": margin, "images": count, "expected": expected}
    print(json.dumps(about, indent=1))


if __name__ == "__main__":
    if sys.argv[1:2] == ["fixture"]:
        fixture()
    elif sys.argv[1:2] == ["compare"] and len(sys.argv) == 4:
        worst = compare(sys.argv[2], sys.argv[3])
        sys.exit(0 if worst <= TOLERANCE else f"more than {TOLERANCE}")
    else:
        sys.exit(__doc__)
