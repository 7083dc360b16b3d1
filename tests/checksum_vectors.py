# Run: pip install xxhash && python3 tests/checksum_vectors.py      (from the folder of the crate)
"""A second implementation of spec/checksum.md, written from its text alone.

Without arguments it prints the checksum of every document whose checksum a vector in spec/vectors/ states, with the checksum
stated there, and ends with status 1 if one differs. With arguments it prints the checksum of each argument, taken as JSON text.
"""
import json
import struct
import sys
from pathlib import Path

import xxhash

MOD = 1 << 128


class Num:
    """A number as the text has it; its value is worked out once (N3)."""

    def __init__(self, text):
        self.text = text
        self.double = float(text)
        written = int(text) if text.lstrip("-").isdigit() else None
        doubled = int(self.double) if self.double.is_integer() else None
        in_range = [n for n in (written, doubled) if n is not None and -(1 << 63) <= n < (1 << 64)]
        self.whole = in_range[0] if in_range else None


def pairs(members):
    out = {}
    for name, value in members:
        if name in out:
            raise ValueError("a member twice: " + name)
        out[name] = value
    return out


def load(text):
    return json.loads(text, parse_int=Num, parse_float=Num, object_pairs_hook=pairs)


WORD = (1 << 64) - 1
ROOT = xxhash.xxh3_128(b"", seed=0).intdigest()


def keyed(key, text):
    return xxhash.xxh3_128(text, seed=key & WORD).intdigest() ^ (key >> 64 << 64)


def words(value):
    """The two words that stand for a value."""
    if value is None:
        return 0, 1
    if value is False:
        return 0, 2
    if value is True:
        return 0, 3
    if isinstance(value, Num):
        if value.whole is not None:
            return value.whole & WORD, 4 if value.whole >= 0 else 5
        if value.double in (float("inf"), float("-inf")):
            digest = xxhash.xxh3_128(value.text.encode(), seed=9).intdigest()
            return digest & WORD, digest >> 64
        return struct.unpack("<Q", struct.pack("<d", value.double))[0], 6
    if isinstance(value, str):
        digest = xxhash.xxh3_128(value.encode("utf-8"), seed=0).intdigest()
        return digest & WORD, digest >> 64
    return 0, 7 if isinstance(value, list) else 8


def total(value, key):
    """The sum of a value that has this key."""
    first, second = words(value)
    own = ((first + key) & WORD) * ((second + (key >> 64)) & WORD)
    if isinstance(value, list):
        elements = keyed(key, b"\xff")
        for i, element in enumerate(value):
            own += (keyed(key, struct.pack("<Q", i)) | 1) * total(element, elements)
    elif isinstance(value, dict):
        for name, member in value.items():
            own += total(member, keyed(key, name.encode("utf-8")))
    return own % MOD


def checksum(text):
    return format(total(load(text), ROOT), "032x")


def sum_of(document, path=""):
    """The checksum of the part below a path (C5), or None."""
    key = ROOT
    for token in path.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict) and name in document:
            document, key = document[name], keyed(key, name.encode("utf-8"))
        elif isinstance(document, list) and name.isdecimal() and str(int(name)) == name and int(name) < len(document):
            document, key = document[int(name)], keyed(key, b"\xff")
        else:
            return None
    return format(total(document, key), "032x")


def main():
    if len(sys.argv) > 1:
        for text in sys.argv[1:]:
            print(checksum(text))
        return 0
    bad = 0
    for path in sorted((Path(__file__).resolve().parent.parent / "spec" / "vectors").glob("*.json")):
        for case in load(path.read_text(encoding="utf-8"))["cases"]:
            reply = case["reply"].get("ok", {})
            if "checksum" not in reply:
                continue
            request = case["request"] if "request" in case else load(case["line"])
            if "form" in request:
                continue  # tests/checksum/checksum.mjs has those
            document = reply["state"] if "state" in reply else request["document"]
            own = sum_of(document, request.get("path", ""))
            same = own == reply["checksum"]
            bad += not same
            print(own, "as stated" if same else f"STATED {reply['checksum']}", path.name + ":", case["description"])
    print(bad, "differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    sys.exit(main())
