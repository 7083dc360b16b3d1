# Run: pip install xxhash && python3 tests/checksum_vectors.py      (from the folder of the crate)
"""A second implementation of spec/checksum.md, written from its text alone.

Without arguments it prints the checksum of every document whose checksum a vector in spec/vectors/ states, with the checksum
stated there, and ends with status 1 if one differs. With arguments it prints the checksum of each argument, taken as JSON text.
"""
import json
import struct
import sys
from decimal import Decimal
from pathlib import Path

import xxhash

MOD = 1 << 128


class Num:
    """A number as the text has it; its value is worked out once (N3)."""

    def __init__(self, text):
        self.text = text
        exact = Decimal(text)
        self.whole = None
        if exact == 0:
            self.whole = 0
        elif exact.adjusted() <= 20 and exact == exact.to_integral_value():
            n = int(exact)
            if -(1 << 63) <= n < (1 << 64):
                self.whole = n
        self.double = float(text)


def pairs(members):
    out = {}
    for name, value in members:
        if name in out:
            raise ValueError("a member twice: " + name)
        out[name] = value
    return out


def load(text):
    return json.loads(text, parse_int=Num, parse_float=Num, object_pairs_hook=pairs)


def digest(parent, tag, token, payload):
    text = parent + bytes([tag]) + struct.pack("<I", len(token)) + token + payload
    return xxhash.xxh3_128(text, seed=0).digest()  # big-endian


def add(value, parent, token):
    """The sum of the digests of a value and of all that is in it."""
    if value is None:
        tag, payload = 0, b""
    elif value is False:
        tag, payload = 1, b""
    elif value is True:
        tag, payload = 2, b""
    elif isinstance(value, Num):
        if value.whole is not None and value.whole >= 0:
            tag, payload = 3, struct.pack("<Q", value.whole)
        elif value.whole is not None:
            tag, payload = 4, struct.pack("<q", value.whole)
        elif value.double in (float("inf"), float("-inf")):
            tag, payload = 9, value.text.encode()
        else:
            tag, payload = 5, struct.pack("<d", value.double)
    elif isinstance(value, str):
        tag, payload = 6, value.encode("utf-8")
    elif isinstance(value, list):
        tag, payload = 7, b""
    else:
        tag, payload = 8, b""
    own = digest(parent, tag, token, payload)
    total = int.from_bytes(own, "big")
    if isinstance(value, list):
        for i, element in enumerate(value):
            total += add(element, own, struct.pack("<Q", i))
    elif isinstance(value, dict):
        for name, member in value.items():
            total += add(member, own, name.encode("utf-8"))
    return total % MOD


def checksum(text):
    return format(add(load(text), bytes(16), b""), "032x")


def sum_of(document):
    return format(add(document, bytes(16), b""), "032x")


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
            if "state" in reply:
                document = reply["state"]
            else:
                request = case["request"] if "request" in case else load(case["line"])
                document = request["document"]
            own = sum_of(document)
            same = own == reply["checksum"]
            bad += not same
            print(own, "as stated" if same else "STATED " + reply["checksum"], path.name + ":", case["description"])
    print(bad, "differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.setrecursionlimit(10000)
    sys.exit(main())
