"""Compares padgrad with candle and burn, in turns, on the works that torch_peer.py times against PyTorch.

A row per peer, named `WORK in PEER`; what a peer cannot run is left out, with a line on standard error.
"""

import os
import sys

import comparison

PEERS = ["candle", "burn"]
MANIFEST = os.path.join(comparison.HERE, "rust", "Cargo.toml")
RUN = ["cargo", "run", "--quiet", "--release", "--locked", "--manifest-path", MANIFEST, "--"]


def turns_of(peers, row):
    """The turns of the peers that can run a row's work."""
    turns = {}
    for name, server in peers.items():
        turn = server.turn(f"{row['kind']}\t{row['sizes']}")
        try:
            turn(0)
            turns[name] = turn
        except comparison.Cannot as why:
            print(f"left out: {row['work']} in {name}: {why}", file=sys.stderr)
    return turns


def main():
    # Left to itself, candle counts cores where rayon counts threads.
    os.environ.setdefault("RAYON_NUM_THREADS", str(os.cpu_count()))
    rows, rounds = comparison.chosen(sys.argv[1:])
    padgrad = comparison.padgrad()
    peers = {name: comparison.Server(RUN + [name]) for name in PEERS}
    table = comparison.Table()
    for row in rows:
        if row["against"] != "torch" or row["quantity"] != "time":
            continue
        turns = turns_of(peers, row)
        if not turns:
            continue
        ours, *others = comparison.medians([padgrad.turn(row["work"]), *turns.values()], rounds)
        for name, peer in zip(turns, others):
            table.add(f"{row['work']} in {name}", ours, peer)


if __name__ == "__main__":
    main()
