"""Puts a built module beside the page and notes the digests of the sources that it was made from.

Comments and tests are left out of a digest, and so are the layers of which nothing is in the module: a change of theirs
does not make it older.
"""

import re
import sys
from pathlib import Path

MOST_BYTES = 800_000
# Compiled, because the library needs them, but not called by any scene.
NOT_INSIDE = ("src/formats/", "src/files/", "src/npy", "src/guide/")
WORD = (1 << 64) - 1


def mix(word):
    z = (word + 0x9E3779B97F4A7C15) & WORD
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
    return z ^ (z >> 31)


def digest(text):
    """That of `Seed(0).child(code)`, which the test computes."""
    kept = []
    for line in text.split("\n"):
        if line == "#[cfg(test)]":
            break
        if line.strip() and not line.strip().startswith("//"):
            kept.append(line.strip())
    word = 0xCBF29CE484222325
    for byte in "\n".join(kept).encode():
        word = ((word ^ byte) * 0x100000001B3) & WORD
    return mix(mix(word))


def main():
    built, page = Path(sys.argv[1]), Path("src/report/lesson")
    module = built.with_suffix(".small.wasm").read_bytes()
    if len(module) > MOST_BYTES:
        sys.exit(f"the module has {len(module)} bytes, more than {MOST_BYTES}")
    rules = built.with_suffix(".d").read_text()
    found = {path for path in re.findall(r"\S+\.rs\b", rules)}
    sources = sorted(str(Path(path).resolve().relative_to(Path.cwd())) for path in found)
    sources = [path for path in sources if not path.startswith(NOT_INSIDE) and path != "build.rs"]
    lines = [f"{digest(Path(path).read_text()):016x} {path}\n" for path in sources]
    (page / "padgrad.wasm").write_bytes(module)
    (page / "padgrad.wasm.sources").write_text("".join(lines))
    print(f"ok  {len(module)} bytes from {len(sources)} sources")


if __name__ == "__main__":
    main()
