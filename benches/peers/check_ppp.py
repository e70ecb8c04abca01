"""An implementation of the PPP metrics in PyTorch, independent of padgrad's, and its comparison with padgrad.

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
import torch
import torch.nn.functional as F

TOLERANCE = 1e-4
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
    if name == "zeros":
        return F.pad(x, (1, 1, 1, 1))
    if name == "constant":
        return F.pad(x, (1, 1, 1, 1), value=float(value))
    if name == "valid":
        return x
    mode = {"reflect": "reflect", "replicate": "replicate", "symmetric": "replicate", "circular": "circular"}
    return F.pad(x, (1, 1, 1, 1), mode=mode[name])


def pointwise(x, kind, name, weights):
    if kind == "relu":
        return x.clamp(min=0)
    get = lambda part: weights[f"{name}.{part}"]
    return F.batch_norm(x, get("running_mean"), get("running_var"), get("weight"), get("bias"), eps=1e-5)


def padded_features(x, arch, weights, scheme):
    taps = {}
    for number, kind in plan(arch):
        name = f"features.{number}"
        if kind == "conv":
            x = F.conv2d(pad(x, scheme), weights[f"{name}.weight"], weights.get(f"{name}.bias"))
            taps[name] = x
        elif kind == "pool":
            x = F.max_pool2d(x, 2)
        else:
            x = pointwise(x, kind, name, weights)
    return taps


def optimal_features(x, margin, arch, weights, shapes, padding):
    """Every border from the wide image: at each layer the margin m shrinks to (m - p - r) / s."""
    taps = {}
    for number, kind in plan(arch):
        name = f"features.{number}"
        if kind == "conv":
            x = F.conv2d(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"))
            margin -= padding
            _, h, w = shapes[name]
            taps[name] = x[:, :, margin : margin + h, margin : margin + w]
        elif kind == "pool":
            rest = margin % 2
            x = F.max_pool2d(x[:, :, rest:, rest:], 2)
            margin = (margin - rest) // 2
        else:
            x = pointwise(x, kind, name, weights)
    return taps


def metrics(a, b):
    """The metrics of a layer from its features [N, C, h, w] under padding and true surroundings."""
    d = a - b
    n = len(d)
    pattern, variance = d.mean(0), d.var(0, unbiased=True)
    content = b.var(0, unbiased=True).mean().item()
    energy = (pattern**2 - variance / n).mean().item()
    power = (d**2).mean().item()
    mae = pattern.abs().mean().item()
    ratio = lambda x, y: x / y if y else math.nan
    return {
        "mae_ppp": mae,
        "mae_floor": (2 / math.pi * variance / n).sqrt().mean().item(),
        "energy": energy,
        "snr_ppp": ratio(energy, content),
        "nmae": ratio(mae, math.sqrt(content)),
        "coherence": ratio(energy, power),
        "mad": d.abs().mean().item(),
        "edge_mae": edge(pattern.abs()),
    }, power


def edge(strength):
    """Mean over the border without its corners."""
    _, h, w = strength.shape
    sides = [strength[:, 0, 1 : w - 1], strength[:, h - 1, 1 : w - 1], strength[:, 1 : h - 1, 0], strength[:, 1 : h - 1, w - 1]]
    return torch.cat([side.flatten() for side in sides]).mean().item()


def measure(images, side, arch, weights, scheme):
    """Metrics and powers by layer; the middle `side`×`side` of the wide images is the image."""
    margin = (images.shape[-1] - side) // 2
    middle = images[:, :, margin : margin + side, margin : margin + side]
    a = padded_features(middle, arch, weights, scheme)
    shapes = {name: features.shape[1:] for name, features in a.items()}
    padding = 0 if scheme == "valid" else 1
    b = optimal_features(images, margin, arch, weights, shapes, padding)
    return {name: metrics(a[name], b[name]) for name in a}


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
        tensors[name] = torch.tensor(array, dtype=torch.float64)
    return tensors, described


def compare(checkpoint, folder):
    weights, described = safetensors(checkpoint)
    images = torch.tensor(np.load(Path(folder) / "images.npy"), dtype=torch.float64)
    results = json.loads((Path(folder) / "results.json").read_text())
    scheme = results["rows"][0]["scheme"]
    told = {(row["layer"], row["metric"]): row["value"] for row in results["rows"]}
    found = measure(images, described["input"][-1], described["arch"], weights, scheme)
    worst = 0.0
    print(f"{scheme}: {len(images)} images of {described['data']['name']}")
    for layer, (own, power) in found.items():
        for name, value in own.items():
            other = told[layer, name]
            if other is None or math.isnan(value):
                assert other is None and math.isnan(value), (layer, name, other, value)
                continue
            scale = max(abs(value), abs(other))
            if name == "energy":
                scale = max(scale, power)
            if name in ("snr_ppp", "coherence") and own["energy"]:
                scale = max(scale, abs(value) * power / abs(own["energy"]))
            error = abs(value - other) / scale if scale else 0.0
            worst = max(worst, error)
            if name in ("mae_ppp", "snr_ppp"):
                print(f"  {layer:<12} {name:<8} padgrad {other:.8g}  PyTorch {value:.8g}")
    print(f"  largest relative difference {worst:.1e}")
    return worst


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
        return torch.tensor(values.reshape(shape), dtype=torch.float64)


def fixture():
    """Expected metrics for weights and images from [`Draws`]; tests/library/ppp_torch.rs draws the same."""
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
