"""What every comparison shares: the works, processes that wait for them, and the turns of all sides."""

import csv
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
BENCH = ["cargo", "bench", "--quiet", "--bench", "conv", "--"]
ROUND_MS = 120.0


class Cannot(Exception):
    """Why a side does not run a work."""


class Server:
    """A process that waits for works and answers with the milliseconds of each run."""

    def __init__(self, command):
        self.command = " ".join(command)
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def turn(self, work):
        def run(reps):
            self.process.stdin.write(f"{reps}\t{work}\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
            if not answer:
                sys.exit(f"error: `{self.command}` ended at {work}")
            if answer.startswith("cannot: "):
                raise Cannot(answer.removeprefix("cannot: ").strip())
            return [float(ms) for ms in answer.split()]

        return run


def padgrad():
    return Server(BENCH + ["--serve"])


def medians(turns, rounds):
    """The median milliseconds of each side; a turn is a function from repetitions to milliseconds."""
    # Two runs to warm up, one to see how many fit into a round: long enough that the system has given every
    # thread a core of its own, which takes some milliseconds after a pause.
    reps = [max(2, min(1000, int(ROUND_MS / turn(3)[-1]))) for turn in turns]
    times = [[] for _ in turns]
    for _ in range(rounds):
        for turn, n, own in zip(turns, reps, times):
            # The threads of the one that ran last spin for a moment.
            time.sleep(0.02)
            own.extend(turn(n + 1)[1:])
    return [statistics.median(own) for own in times]


def works():
    with open(os.path.join(HERE, "works.csv"), newline="") as table:
        return list(csv.DictReader(table))


def chosen(arguments):
    """The works that `[--quick] [TEXT]` asks for, and in how many rounds."""
    quick = "--quick" in arguments
    texts = [a for a in arguments if not a.startswith("--")]
    fits = lambda row: (not quick or row["quick"] == "1") and all(t in row["work"] for t in texts)
    return [row for row in works() if fits(row)], 4 if quick else 8


class Table:
    """CSV on standard output, a row as soon as it is known."""

    def __init__(self):
        self.out = csv.writer(sys.stdout)
        self.out.writerow(["work", "ours_ms", "peer_ms", "ratio"])

    def add(self, work, ours, peer):
        self.out.writerow([work, f"{ours:.3f}", f"{peer:.3f}", f"{peer / ours:.3f}"])
        sys.stdout.flush()
