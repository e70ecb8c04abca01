"""The location test of F-Conv in PyTorch, independent of padgrad's, for a comparison of the tables.

    python check_location.py [--seeds N] [valid zeros circular zeros@full ...]

prints a Markdown row per padding: mean and population standard deviation, in percent, of the accuracy on
similar and dissimilar images, as `padgrad probe location` does. Images and weights come from PyTorch's
generators and differ from padgrad's, so rows agree as two samples of networks do, not to the digit.
Protocol: Kayhan and van Gemert, CVPR 2020, arXiv 2003.07064, as padgrad's `probes::location` tells it.
"""

import argparse
import copy

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

SIDE, SQUARE, SHIFT = 32, 4, 16
CENTRES = (7, 23)
BATCH, EPOCHS, PATIENCE = 200, 50, 9
LAYERS = [(3, 32, 1), (32, 32, 2), (32, 64, 2), (64, 64, 2)]
# Torch's padding mode, and pixels per side of a 3×3 kernel.
PADDINGS = {
    "valid": ("constant", 0),
    "zeros": ("constant", 1),
    "reflect": ("reflect", 1),
    "replicate": ("replicate", 1),
    "circular": ("circular", 1),
    "zeros@full": ("constant", 2),
}


def scenes(count, rng):
    """Images whose class is the colour on the left, and the same with the halves exchanged."""
    labels = np.arange(count) % 2
    similar = np.zeros((count, 3, SIDE, SIDE), np.float32)
    dissimilar = np.zeros_like(similar)
    for image, label in enumerate(labels):
        left = rng.integers(0, 10)
        right = rng.integers(left + 5, 28)
        # Red, then green: class 0 has red on the left.
        for channel, x in enumerate((left, right) if label == 0 else (right, left)):
            y = CENTRES[label] + rng.integers(-4, 4)
            moved = y + (SHIFT if label == 0 else -SHIFT)
            similar[image, channel, y : y + SQUARE, x : x + SQUARE] = 1
            dissimilar[image, channel, moved : moved + SQUARE, x : x + SQUARE] = 1
    return torch.from_numpy(similar), torch.from_numpy(dissimilar), torch.from_numpy(labels)


class Net(nn.Module):
    def __init__(self, padding):
        super().__init__()
        self.mode, self.pixels = PADDINGS[padding]
        convs = [nn.Conv2d(i, o, 3, stride=s, bias=False) for i, o, s in LAYERS]
        self.convs = nn.ModuleList(convs)
        self.classes = nn.Linear(LAYERS[-1][1], 2)

    def forward(self, x):
        for conv in self.convs:
            if self.pixels:
                x = F.pad(x, [self.pixels] * 4, mode=self.mode)
            x = F.relu(conv(x))
        return self.classes(x.amax((2, 3)))


def accuracy(net, images, labels):
    with torch.no_grad():
        return 100 * (net(images).argmax(1) == labels).double().mean().item()


def train(net, training, validation):
    """Leaves the weights with the lowest validation loss."""
    optimiser = torch.optim.Adadelta(net.parameters(), lr=1, rho=0.9, eps=1e-6, weight_decay=5e-5)
    best, kept, waited = float("inf"), None, 0
    for _ in range(EPOCHS):
        for images, labels in zip(*(part.split(BATCH) for part in training)):
            optimiser.zero_grad()
            F.cross_entropy(net(images), labels).backward()
            optimiser.step()
        with torch.no_grad():
            loss = F.cross_entropy(net(validation[0]), validation[1]).item()
        if loss < best:
            best, kept, waited = loss, copy.deepcopy(net.state_dict()), 0
            continue
        waited += 1
        if waited == PATIENCE:
            break
    net.load_state_dict(kept)


def accuracies(padding, seed):
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    training, _, training_labels = scenes(2000, rng)
    validation, _, validation_labels = scenes(1000, rng)
    similar, dissimilar, labels = scenes(1000, rng)
    net = Net(padding)
    train(net, (training, training_labels), (validation, validation_labels))
    return accuracy(net, similar, labels), accuracy(net, dissimilar, labels)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("paddings", nargs="*", default=["valid", "zeros", "circular", "zeros@full"])
    options = parser.parse_args()
    print("| padding | seeds | similar | dissimilar |\n| --- | --- | --- | --- |")
    for padding in options.paddings:
        runs = np.array([accuracies(padding, seed) for seed in range(options.seeds)])
        cells = [f"{runs[:, i].mean():.2f} ± {runs[:, i].std():.2f}" for i in range(2)]
        print(f"| {padding} | {options.seeds} | {' | '.join(cells)} |", flush=True)


main()
