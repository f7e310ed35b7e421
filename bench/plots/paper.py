"""The curves of the SCONE paper (OSDI 2016), digitised. The file lies beside the repository, and may be missing.

Its form: a heading for each figure, and one series a line, which a colour names:
    ## 8a Apache latency(s) vs k.req/s
       179,0,0  (0.989,0.00103) (7.96,0.000517)
"""

import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILE = os.path.join(ROOT, "../shared/paper/figures.txt")

NATIVE, ASYNC, SYNC = "179,0,0", "238,58,44", "65,171,93"  # in figures 8 to 11


def parse(text):
    """{figure: {colour: [(x, y)]}}"""
    figures, series = {}, None
    for line in text.splitlines():
        if line.startswith("## "):
            series = figures.setdefault(line.split()[1], {})
        elif series is not None and (colour := re.match(r"\s+(\d+,\d+,\d+)\s", line)):
            series[colour[1]] = [(float(x), float(y)) for x, y in re.findall(r"\(([\d.e+-]+),([\d.e+-]+)\)", line)]
    return figures


def figures():
    """All of them; none where the file is missing."""
    if not os.path.exists(FILE):
        return {}
    with open(FILE) as file:
        return parse(file.read())
