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


class Network:
    """A network on CIFAR's shape: a training step (`train`), or the logits of a batch (`infer`), on `threads` threads
    where the row says so."""

    def __init__(self, sizes, memory_format):
        layers, channels = [], 3
        for out_channels in LAYERS[sizes["arch"]]:
            if out_channels == "M":
                layers.append(torch.nn.MaxPool2d(2))
                continue
            bias = sizes["arch"] != "small"
            layers.append(torch.nn.Conv2d(channels, out_channels, 3, padding=1, bias=bias))
            layers += [torch.nn.BatchNorm2d(out_channels), torch.nn.ReLU(inplace=True)]
            channels = out_channels
        layers += [torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(channels, 10)]
        self.model = torch.nn.Sequential(*layers).to(memory_format=memory_format)
        images = torch.randn(int(sizes["batch"]), 3, 32, 32)
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
