"""The works of works.csv in PyTorch. Each kind is a class made from a row's sizes and a memory format;
calling it runs the work once."""

import torch


class Conv:
    """A convolution: forward (`f`), with the weight's gradient (`fw`), with the input's too (`fb`)."""

    def __init__(self, sizes, memory_format):
        size = lambda key, default="1": int(sizes.get(key, default))
        self.convolution = torch.nn.Conv2d(
            size("channels"),
            size("out_channels"),
            size("kernel"),
            stride=size("stride"),
            dilation=size("dilation"),
            groups=size("groups"),
            padding=size("dilation") * (size("kernel") // 2),
            padding_mode=sizes.get("scheme", "zeros"),
        ).to(memory_format=memory_format)
        x = torch.randn(size("batch"), size("channels"), size("size"), size("size"))
        self.x = x.contiguous(memory_format=memory_format).requires_grad_(sizes["pass"] == "fb")
        self.backward = sizes["pass"] != "f"
        with torch.no_grad():
            self.y_grad = torch.randn_like(self.convolution(self.x))

    def __call__(self):
        if not self.backward:
            with torch.no_grad():
                self.convolution(self.x)
            return
        self.x.grad = None
        self.convolution.zero_grad(set_to_none=True)
        self.convolution(self.x).backward(self.y_grad)


LAYERS = {
    "small": [32, 32, "M", 64, 64, "M", 128],
    "vgg11_bn": [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
}


def plain(layers, bias):
    """Convolutions of three pixels with normalisations, pools between them, and a head on the mean."""
    parts, channels = [], 3
    for out_channels in layers:
        if out_channels == "M":
            parts.append(torch.nn.MaxPool2d(2))
            continue
        parts.append(torch.nn.Conv2d(channels, out_channels, 3, padding=1, bias=bias))
        parts += [torch.nn.BatchNorm2d(out_channels), torch.nn.ReLU(inplace=True)]
        channels = out_channels
    return torch.nn.Sequential(*parts, *head(channels))


def head(channels):
    return [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(channels, 10)]


class Residual(torch.nn.Module):
    """Two convolutions beside a shortcut that halves and fills with zeros where the shape changes."""

    def __init__(self, channels, out_channels):
        super().__init__()
        self.stride, self.more = out_channels // channels, out_channels - channels
        self.body = torch.nn.Sequential(
            torch.nn.Conv2d(channels, out_channels, 3, self.stride, 1, bias=False),
            torch.nn.BatchNorm2d(out_channels),
            torch.nn.ReLU(inplace=True),
            torch.nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
            torch.nn.BatchNorm2d(out_channels),
        )

    def forward(self, x):
        shortcut = x
        if self.more:
            sides = (0, 0, 0, 0, self.more // 2, self.more - self.more // 2)
            shortcut = torch.nn.functional.pad(x[:, :, :: self.stride, :: self.stride], sides)
        return torch.relu(self.body(x) + shortcut)


def resnet20():
    stem = torch.nn.Conv2d(3, 16, 3, padding=1, bias=False)
    parts = [stem, torch.nn.BatchNorm2d(16), torch.nn.ReLU(inplace=True)]
    for channels, out_channels in [(16, 16)] * 3 + [(16, 32)] + [(32, 32)] * 2 + [(32, 64)] + [(64, 64)] * 2:
        parts.append(Residual(channels, out_channels))
    return torch.nn.Sequential(*parts, *head(64))


def network(arch):
    if arch in LAYERS:
        return plain(LAYERS[arch], bias=arch != "small")
    if arch == "resnet20":
        return resnet20()
    import torchvision

    return torchvision.models.get_model(arch, num_classes=10)


class Network:
    """A network on images of `size` pixels, CIFAR's 32 where the row says nothing: a training step (`train`), or the
    logits of a batch (`infer`), on `threads` threads where the row says so."""

    def __init__(self, sizes, memory_format):
        size = int(sizes.get("size", 32))
        self.model = network(sizes["arch"]).to(memory_format=memory_format)
        images = torch.randn(int(sizes["batch"]), 3, size, size)
        self.images = images.contiguous(memory_format=memory_format)
        self.labels = torch.arange(len(images)) % 10
        self.training = sizes["pass"] == "train"
        self.model.train(self.training)
        weights = self.model.parameters()
        self.optimizer = torch.optim.SGD(weights, lr=1e-3, momentum=0.9, weight_decay=5e-4)
        self.threads = int(sizes.get("threads", torch.get_num_threads()))

    def __call__(self):
        torch.set_num_threads(self.threads)
        if not self.training:
            with torch.inference_mode():
                self.model(self.images)
            return
        self.optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(self.model(self.images), self.labels).backward()
        self.optimizer.step()


# A new kind is a class here and a file in benches/common.
KINDS = {"conv": Conv, "network": Network}
