"""The command lines of the benchmarks: the flags that they share, the program of ours, and the rows that are meant."""
import argparse
import os
import re

from peers import ROOT, fail


def make_parser(doc):
    return argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)


def add_program(parser, flag, name):
    parser.add_argument(flag, default=os.path.join(ROOT, "build", name), help=f"the program (build/{name})")


def add_pairs(parser, rows, measurement):
    """Flags of a table whose rows are measured in pairs; `rows` says what a row's name is."""
    option = parser.add_argument
    option("--rows", default="", help=f"only {rows}, has this (regular expression)")
    option("--pairs", type=int, default=7, help="pairs of measurements a row (7)")
    option("--steps", type=int, default=5, help=f"{measurement} a measurement (5)")
    option("--threads", type=int, default=2, help="threads for all (2)")
    option("--only-ours", action="store_true", help="without the peers, which need not be installed")
    option("--json", action="store_true", help="print JSON instead of a table")


def check_program(program, flag, how_to_build):
    if not os.access(program, os.X_OK):
        fail(f"no program at {program}; build it ({how_to_build}) or name it with {flag}")


def matching(rows, name_of, pattern):
    """The rows whose name has the pattern; at least one."""
    found = [row for row in rows if re.search(pattern, name_of(row))]
    names = ", ".join(map(name_of, rows[:9])) + (", ..." if len(rows) > 9 else "")
    return found or fail(f"no row has '{pattern}'; the rows are: {names}")
