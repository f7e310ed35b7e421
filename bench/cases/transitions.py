"""The emulator's own cost, measured by a program of its own, which has no native counterpart."""

import os
import re
import subprocess

from bench.goals import Value
from bench.harness import Case
from bench.processes import BUILD
from bench.sides import AUTO

GOALS = [Value(metric="EENTER + EEXIT", at_most=80), Value(metric="AEX + ERESUME", at_most=2500)]

# By what bench_transitions calls them.
TRANSITIONS = {"EENTER+EEXIT": "EENTER + EEXIT", "AEX+ERESUME, page fault": "AEX + ERESUME"}


def cases(_):
    def measure(_):
        program = os.path.join(BUILD, "bin/bench_transitions")
        done = subprocess.run([program], capture_output=True, text=True, timeout=120, check=True)
        numbers = dict(re.findall(r"^(.+?) {2,}([0-9.]+) ns", done.stdout, re.MULTILINE))
        return {title: float(numbers[key]) for key, title in TRANSITIONS.items()}

    return [Case("transitions", {title: "ns" for title in TRANSITIONS.values()}, measure, sides=(AUTO,))]
