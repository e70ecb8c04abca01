"""The works of works.csv in PyTorch. Each kind is a class made from a row's sizes and a memory format;
calling it runs the work once."""

import torch


class Conv:
    """A convolution: forward (`f`), with the weight's gradient (`fw`), with the input's too (`fb`)."""

    def __init__(self, sizes, memory_format):
        size = lambda key, default="1": int(sizes.get(key, default))
        self.convolution = torch.nn.Conv2d(
            size("channels"),
            size("filters"),
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


# A new kind is a class here and a file in benches/common.
KINDS = {"conv": Conv}
