"""Times padgrad against PyTorch, work by work, in turns.

Each work of works.csv runs in rounds: padgrad, then PyTorch in either memory format, and again. The
medians of all rounds are compared, PyTorch's better format against padgrad. Rows go to standard
output as CSV: work,ours_ms,peer_ms,ratio (above 1: padgrad is faster). A work `against` another of
padgrad's own gives how much of that one's speed it keeps.
"""

import csv
import os
import statistics
import subprocess
import sys
import time

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
ROUND_MS = 120.0
FORMATS = (torch.contiguous_format, torch.channels_last)


class Padgrad:
    """The bench binary, waiting for works."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["cargo", "bench", "--quiet", "--bench", "conv", "--", "--serve"],
            cwd=os.path.join(HERE, "..", ".."),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def time(self, work, reps):
        self.process.stdin.write(f"{reps}\t{work}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"padgrad's bench ended at {work}")
        return [float(ms) for ms in answer.split()]


class TorchConv:
    """A convolution of the table in one memory format."""

    def __init__(self, row, memory_format):
        n = {k: int(row[k]) for k in "batch channels filters size kernel stride dilation groups".split()}
        torch.manual_seed(1)
        self.convolution = torch.nn.Conv2d(
            n["channels"],
            n["filters"],
            n["kernel"],
            stride=n["stride"],
            dilation=n["dilation"],
            groups=n["groups"],
            padding=n["dilation"] * (n["kernel"] // 2),
            padding_mode=row["scheme"],
        ).to(memory_format=memory_format)
        x = torch.randn(n["batch"], n["channels"], n["size"], n["size"])
        self.x = x.contiguous(memory_format=memory_format).requires_grad_(row["pass"] == "fb")
        self.backward = row["pass"] != "f"
        with torch.no_grad():
            self.y_grad = torch.randn_like(self.convolution(self.x))

    def run(self):
        if not self.backward:
            with torch.no_grad():
                self.convolution(self.x)
            return
        self.x.grad = None
        self.convolution.zero_grad(set_to_none=True)
        self.convolution(self.x).backward(self.y_grad)

    def time(self, reps):
        times = []
        for _ in range(reps):
            start = time.perf_counter()
            self.run()
            times.append(1e3 * (time.perf_counter() - start))
        return times


# A new kind of work is a class like TorchConv here and an arm in benches/common.
KINDS = {"conv": TorchConv}


def compare(padgrad, row, rounds):
    """The medians of padgrad and of its best peer."""
    if row["against"] == "torch":
        runs = [KINDS[row["kind"]](row, memory_format) for memory_format in FORMATS]
        peers = [run.time for run in runs]
    else:
        peers = [lambda reps: padgrad.time(row["against"], reps)]
    turns = [lambda reps: padgrad.time(row["work"], reps)] + peers
    # Two runs to warm up, one to see how many fit into a round.
    reps = [max(2, min(50, int(ROUND_MS / turn(3)[-1]))) for turn in turns]
    times = [[] for _ in turns]
    for _ in range(rounds):
        for turn, n, own in zip(turns, reps, times):
            # The threads of the one that ran last spin for a moment.
            time.sleep(0.02)
            own.extend(turn(n + 1)[1:])
    ours, *others = [statistics.median(own) for own in times]
    return ours, min(others)


def main():
    quick = "--quick" in sys.argv[1:]
    texts = [a for a in sys.argv[1:] if not a.startswith("--")]
    torch.set_num_threads(int(os.environ.get("RAYON_NUM_THREADS", os.cpu_count())))
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads", file=sys.stderr)
    with open(os.path.join(HERE, "works.csv"), newline="") as table:
        rows = [r for r in csv.DictReader(table) if not quick or r["quick"] == "1"]
    rows = [r for r in rows if all(t in r["work"] for t in texts)]
    padgrad = Padgrad()
    out = csv.writer(sys.stdout)
    out.writerow(["work", "ours_ms", "peer_ms", "ratio"])
    for row in rows:
        ours, peer = compare(padgrad, row, 4 if quick else 8)
        out.writerow([row["work"], f"{ours:.3f}", f"{peer:.3f}", f"{peer / ours:.3f}"])
        sys.stdout.flush()


if __name__ == "__main__":
    main()
