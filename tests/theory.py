#!/usr/bin/env python3
"""Checks the theory of spec/theory.md with Z3, from the table that spec/resolution.md prints: nothing of the code is used.

Run it with:  pip install z3-solver && python3 tests/theory.py
It prints a line for each theorem and ends with a count; the exit code is 1 where one does not hold.
"""

import itertools
import pathlib
import re
import sys

from z3 import (
    And, Array, Bool, BoolSort, Const, DeclareSort, EnumSort, If, Implies, Int, Not, Or, SetUnion, Solver, sat, unsat,
)

TABLE = pathlib.Path(__file__).parent.parent / "spec" / "resolution.md"
PRESETS = ["movex", "remove-wins", "first-wins"]
OPS = ["add", "change", "remove"]

Op, OP_VALUES = EnumSort("Op", OPS)
OP = dict(zip(OPS, OP_VALUES))
failures = 0
theorems = 0


def read_table():
    """{preset: {(first, second, data): verdict}}, as the specification prints it."""
    table = {preset: {} for preset in PRESETS}
    for line in TABLE.read_text().splitlines():
        if re.match(r"\| R\d+ \|", line):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            for preset, verdict in zip(PRESETS, cells[5:8]):
                table[preset][tuple(cells[1:4])] = verdict
    assert all(len(cells) == 27 for cells in table.values()), "the table has 27 rows"
    return table


def theorem(name, claim, expected=unsat):
    """Proves that the claim holds for all values: its negation has no model."""
    global failures, theorems
    solver = Solver()
    solver.add(Not(claim))
    result = solver.check()
    theorems += 1
    holds = result == expected
    failures += not holds
    print(f"{'holds' if holds else 'FAILS'}  {name}" + ("" if expected == unsat else "  (as a counterexample)"))
    if not holds and result == sat:
        print("       ", solver.model())
    return result


class Delta:
    """What counts of a delta at one slot: its stamp and its diff type."""

    def __init__(self, name):
        self.stamp = Int(f"{name}.stamp")
        self.op = Const(f"{name}.op", Op)

    def is_one_of(self, *ops):
        return Or([self.op == OP[op] for op in ops])

    def same(self, other):
        return And(self.stamp == other.stamp, self.op == other.op)


def second_wins(cells, data, first, second):
    """Whether the second of two deltas is the stronger; of two REMOVEs one stands for both (V3)."""
    by_order = data != "primitive" and cells["add", "remove", data] == cells["remove", "add", data]
    removes = cells["remove", "add", data] if by_order else cells["change", "change", data]
    decides = lambda verdict: removes if verdict == "both" else verdict
    return Or([
        And(first.op == OP[a], second.op == OP[b])
        for (a, b, kind), verdict in cells.items()
        if kind == data and decides(verdict) == "second"
    ])


def beats(cells, data, a, b):
    return If(a.stamp < b.stamp, Not(second_wins(cells, data, a, b)), second_wins(cells, data, b, a))


class Stronger(Delta):
    """The stronger of two deltas: a delta again."""

    def __init__(self, cells, data, a, b):
        wins = beats(cells, data, a, b)
        self.stamp = If(wins, a.stamp, b.stamp)
        self.op = If(wins, a.op, b.op)


def distinct(*deltas):
    return And([a.stamp != b.stamp for a, b in itertools.combinations(deltas, 2)])


def check_join():
    entry = DeclareSort("Entry")
    a, b, c = (Array(name, entry, BoolSort()) for name in "abc")
    theorem("the join is commutative", SetUnion(a, b) == SetUnion(b, a))
    theorem("the join is associative", SetUnion(a, SetUnion(b, c)) == SetUnion(SetUnion(a, b), c))
    theorem("the join is idempotent", SetUnion(a, a) == a)


def check_slot(cells, name, data):
    """The strongest of the deltas at a slot that the base has, and what writes inside it do."""
    a, b, c, inside = (Delta(label) for label in ["a", "b", "c", "inside"])
    at_slot = And([delta.is_one_of("change", "remove") for delta in (a, b, c)])
    given = And(at_slot, distinct(a, b, c, inside))
    stronger = lambda x, y: Stronger(cells, data, x, y)
    where = f"{name}, {data}: "
    theorem(where + "the stronger of two is the same either way around",
            Implies(given, stronger(a, b).same(stronger(b, a))))
    theorem(where + "the strongest of three is the same however they are grouped",
            Implies(given, stronger(stronger(a, b), c).same(stronger(a, stronger(b, c)))))
    if data == "primitive":
        return
    write = inside.is_one_of("add", "change")
    strongest = stronger(a, b)
    theorem(where + "a write inside that beats the strongest at the slot beats all that are at the slot",
            Implies(And(given, write, beats(cells, data, inside, strongest)),
                    And(beats(cells, data, inside, a), beats(cells, data, inside, b))))
    theorem(where + "a write inside that does not beat the strongest is beaten by it",
            Implies(And(given, write, Not(beats(cells, data, inside, strongest))),
                    beats(cells, data, strongest, inside)))


def check_added(cells, name):
    """Values added where the base has nothing: R1 picks, but R19 where both are objects (V5)."""
    a, b, c = ((Int(f"{label}.stamp"), Bool(f"{label}.object")) for label in "abc")
    whole = cells["add", "add", "primitive"] == "second"
    of_objects = cells["add", "add", "object"]
    joined = whole if of_objects == "both" else of_objects == "second"

    def stronger(x, y):
        later_wins = If(And(x[1], y[1]), joined, whole)
        wins = If(x[0] < y[0], Not(later_wins), later_wins)
        return (If(wins, x[0], y[0]), If(wins, x[1], y[1]))

    def same(x, y):
        return And(x[0] == y[0], x[1] == y[1])

    given = And([x[0] != y[0] for x, y in itertools.combinations([a, b, c], 2)])
    theorem(f"{name}, added values: the stronger of two is the same either way around",
            Implies(given, same(stronger(a, b), stronger(b, a))))
    theorem(f"{name}, added values: the strongest of three is the same however they are grouped",
            Implies(given, same(stronger(stronger(a, b), c), stronger(a, stronger(b, c)))))


def check_all_tables():
    """Of the eight tables for CHANGE and REMOVE, just two go in circles (U3)."""
    circles = []
    for changes, change_remove, remove_change in itertools.product(["first", "second"], repeat=3):
        cells = {
            ("change", "change", "primitive"): changes,
            ("change", "remove", "primitive"): change_remove,
            ("remove", "change", "primitive"): remove_change,
            ("remove", "remove", "primitive"): "both",
        }
        a, b, c = (Delta(label) for label in "abc")
        given = And(distinct(a, b, c), *[delta.is_one_of("change", "remove") for delta in (a, b, c)])
        stronger = lambda x, y: Stronger(cells, "primitive", x, y)
        grouping = Implies(given, stronger(stronger(a, b), c).same(stronger(a, stronger(b, c))))
        goes_around = (changes, change_remove, remove_change) in [
            ("second", "first", "first"), ("first", "second", "second"),
        ]
        name = f"changes {changes}, change/remove {change_remove}, remove/change {remove_change}"
        result = theorem(f"any table: {name}", grouping, expected=sat if goes_around else unsat)
        if result == sat:
            circles.append(name)
    assert len(circles) == 2, circles


def main():
    check_join()
    for name, cells in read_table().items():
        for data in ["primitive", "array", "object"]:
            check_slot(cells, name, data)
        check_added(cells, name)
    check_all_tables()
    print(f"{theorems - failures} passed, {failures} failed")
    sys.exit(failures > 0)


main()
