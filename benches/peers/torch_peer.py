"""Compares padgrad with PyTorch, work by work, in turns.

Each work of works.csv runs in rounds: padgrad, then PyTorch in either memory format, and again. The
medians of all rounds are compared, PyTorch's better format against padgrad. Rows go to standard
output as CSV: work,ours_ms,peer_ms,ratio (above 1: padgrad is faster). A work `against` another of
padgrad's own gives how much of that one's speed it keeps. Where the quantity is `memory`, both
columns are the most MB that a process of its own held, and the ratio says how much less is padgrad's.
"""

import os
import resource
import subprocess
import sys
import time

import torch

import comparison
import torch_works

PEAK_RUNS = 5
FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


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
        peers = [padgrad.turn(row["against"])]
    ours, *others = comparison.medians([padgrad.turn(row["work"])] + peers, rounds)
    return ours, min(others)


def compare_memory(row):
    """The most MB that processes of their own held, padgrad's and PyTorch's in its better format."""

    def held(command):
        run = subprocess.run(command, cwd=comparison.ROOT, check=True, stdout=subprocess.PIPE, text=True)
        return float(run.stdout)

    of_torch = [[sys.executable, __file__, "--peak", row["work"], name] for name in FORMATS]
    return held(comparison.BENCH + ["--peak", row["work"]]), min(map(held, of_torch))


def print_peak(row, memory_format):
    run = prepare(row, memory_format)
    for _ in range(PEAK_RUNS):
        run()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0)


def main():
    torch.set_num_threads(int(os.environ.get("RAYON_NUM_THREADS", os.cpu_count())))
    if sys.argv[1:2] == ["--peak"]:
        name, memory_format = sys.argv[2:]
        return print_peak(next(r for r in comparison.works() if r["work"] == name), memory_format)
    rows, rounds = comparison.chosen(sys.argv[1:])
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads", file=sys.stderr)
    padgrad = comparison.padgrad()
    table = comparison.Table()
    for row in rows:
        if row["quantity"] == "memory":
            table.add(row["work"], *compare_memory(row))
        else:
            table.add(row["work"], *compare_times(padgrad, row, rounds))


if __name__ == "__main__":
    main()
