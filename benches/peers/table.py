"""Turns the CSV of run.sh on standard input into a short Markdown table, headed by when and on what."""

import csv
import datetime
import os
import platform
import re
import subprocess
import sys

import torch


def processor():
    with open("/proc/cpuinfo") as info:
        return re.search(r"model name\s*: (.*)", info.read()).group(1)


def version(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()[1]


def row(fields):
    name, ours, peer, ratio = fields
    return f"| {name} | {float(ours):.2f} | {float(peer):.2f} | {float(ratio):.2f} |"


def main():
    threads = os.environ.get("RAYON_NUM_THREADS", os.cpu_count())
    instructions = torch.backends.cpu.get_cpu_capability()
    print(
        f"{datetime.date.today()}, {processor()} ({instructions}, {platform.system()}), {threads} threads, "
        f"Rust {version(['rustc', '--version'])}, PyTorch {torch.__version__}; milliseconds (MB where "
        "the work says memory), medians of alternating runs; speed above 1: padgrad is ahead.\n"
    )
    print("| work | padgrad | PyTorch | speed |\n| --- | ---: | ---: | ---: |")
    for fields in list(csv.reader(sys.stdin))[1:]:
        print(row(fields))


if __name__ == "__main__":
    main()
