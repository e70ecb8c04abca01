"""Compares padgrad with PyTorch, work by work, in turns.

Each work of works.csv runs in rounds: padgrad, then PyTorch in either memory format, and again. The
medians of all rounds are compared, PyTorch's better format against padgrad. Rows go to standard
output as CSV: work,ours_ms,peer_ms,ratio (above 1: padgrad is faster). A work `against` another of
padgrad's own gives how much of that one's speed it keeps. Where the quantity is `memory`, both
columns are the most MB that a process of its own held, and the ratio says how much less is padgrad's.
"""

import csv
import os
import resource
import statistics
import subprocess
import sys
import time

import torch

import torch_works

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = ["cargo", "bench", "--quiet", "--bench", "conv", "--"]
ROOT = os.path.join(HERE, "..", "..")
ROUND_MS = 120.0
PEAK_RUNS = 5
FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


class Padgrad:
    """The bench binary, waiting for works."""

    def __init__(self):
        self.process = subprocess.Popen(
            BENCH + ["--serve"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def time(self, work, reps):
        self.process.stdin.write(f"{reps}\t{work}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"error: padgrad's bench ended at {work}")
        return [float(ms) for ms in answer.split()]


def prepare(row, memory_format):
    """A row's work in PyTorch: something to call again and again."""
    sizes = dict(size.split("=") for size in row["sizes"].split())
    torch.manual_seed(1)
    return torch_works.KINDS[row["kind"]](sizes, FORMATS[memory_format])


def torch_turn(row, memory_format):
    run = prepare(row, memory_format)

    def turn(reps):
        times = []
        for _ in range(reps):
            start = time.perf_counter()
            run()
            times.append(1e3 * (time.perf_counter() - start))
        return times

    return turn


def compare_times(padgrad, row, rounds):
    """The medians of padgrad and of its best peer."""
    if row["against"] == "torch":
        peers = [torch_turn(row, memory_format) for memory_format in FORMATS]
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


def compare_memory(row):
    """The most MB that processes of their own held, padgrad's and PyTorch's in its better format."""

    def held(command):
        return float(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout)

    of_torch = [[sys.executable, __file__, "--peak", row["work"], name] for name in FORMATS]
    return held(BENCH + ["--peak", row["work"]]), min(map(held, of_torch))


def print_peak(row, memory_format):
    run = prepare(row, memory_format)
    for _ in range(PEAK_RUNS):
        run()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0)


def works():
    with open(os.path.join(HERE, "works.csv"), newline="") as table:
        return list(csv.DictReader(table))


def main():
    torch.set_num_threads(int(os.environ.get("RAYON_NUM_THREADS", os.cpu_count())))
    if sys.argv[1:2] == ["--peak"]:
        name, memory_format = sys.argv[2:]
        return print_peak(next(r for r in works() if r["work"] == name), memory_format)
    quick = "--quick" in sys.argv[1:]
    texts = [a for a in sys.argv[1:] if not a.startswith("--")]
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads", file=sys.stderr)
    padgrad = Padgrad()
    out = csv.writer(sys.stdout)
    out.writerow(["work", "ours_ms", "peer_ms", "ratio"])
    for row in works():
        if (quick and row["quick"] != "1") or not all(t in row["work"] for t in texts):
            continue
        if row["quantity"] == "memory":
            ours, peer = compare_memory(row)
        else:
            ours, peer = compare_times(padgrad, row, 4 if quick else 8)
        out.writerow([row["work"], f"{ours:.3f}", f"{peer:.3f}", f"{peer / ours:.3f}"])
        sys.stdout.flush()


if __name__ == "__main__":
    main()
