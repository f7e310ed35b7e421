"""Figures of files by what keeps them: the paper's figures 12 and 13, as (name, panels, what) of the results as JSON has them.

Both machines' rates are over what the same machine does without protection, as in all figures.
"""

import re

from bench.plots.gnuplot import Line, Panel
from bench.sides import AUTO, ENCRYPTED, EPHEMERAL, GOCRYPTFS, NATIVE, SQLCIPHER, VOLUME, VOLUME_LAZY

COLOURS = {
    NATIVE: "#b30000",
    AUTO: "#756bb1",
    EPHEMERAL: "#08519c",
    ENCRYPTED: "#41ab5d",
    VOLUME: "#000000",
    VOLUME_LAZY: "#969696",
    GOCRYPTFS: "#d95f0e",
    SQLCIPHER: "#ee3a2c",
}
BASE_RECORD = 4  # KiB

# Figure 12: colours of the paper by what is done and where; it has no more kinds than these two.
PAPER_RECORDS = {
    "read": {NATIVE: "34,138,69", EPHEMERAL: "7,64,129", ENCRYPTED: "179,0,0"},
    "write": {NATIVE: "65,171,93", EPHEMERAL: "7,104,172", ENCRYPTED: "238,58,44"},
}
# Figure 13: native, with the file system shield, and SQLCipher natively.
PAPER_DATABASE = {NATIVE: "34,138,69", VOLUME: "238,58,44", SQLCIPHER: "7,64,129"}


def curves(results, pattern):
    """{first group of the pattern: {side: {x: rate}}} of the metrics that it matches; its groups are `what` and `x`."""
    found = {}
    for row in results["results"]:
        if matched := re.fullmatch(pattern, row["name"]):
            for side, values in row["sides"].items():
                if values["median"]:
                    found.setdefault(matched["what"], {}).setdefault(side, {})[int(matched["x"])] = values["median"]
    return found


def lines(rates, over, is_paper=False):
    """`rates` maps sides to {x: rate}; `over(x)` is the rate without protection, None where it is not known."""
    return [
        Line(f"paper's {side}" if is_paper else str(side), COLOURS[side], points, is_paper=is_paper)
        for side, rate in rates.items()
        if (points := [(x, rate[x] / over(x)) for x in sorted(rate) if over(x)])
    ]


def own(rates):
    """In the order of the colours, with sides for their names."""
    return {side: rates[str(side)] for side in COLOURS if str(side) in rates}


def papers_rates(series, colours):
    return {side: dict(series[colour]) for side, colour in colours.items() if colour in series}


def record_panel(operation, rates, series):
    native = rates[NATIVE][BASE_RECORD]
    label = f"record, KiB (1 is here: {native:,.0f} MB/s"
    drawn = lines(rates, lambda _: native)
    reference = papers_rates(series, PAPER_RECORDS["write" if "write" in operation else "read"])
    if NATIVE in reference:
        base = reference[NATIVE][BASE_RECORD]
        label += f"; the paper's machine: {base * 1000:,.0f} MB/s"
        drawn += lines(reference, lambda _: base, is_paper=True)
    return Panel(operation, label + ")", f"rate / tmpfs with records of {BASE_RECORD} KiB", drawn)


def record_figures(results, papers):
    panels = [
        record_panel(operation, own(rates), papers.get("12", {}))
        for operation, rates in curves(results, r"records of (?P<x>\d+) KiB, (?P<what>.+)").items()
        if BASE_RECORD in rates.get(str(NATIVE), ())
    ]
    if panels:
        yield "file-records", panels, "one file in records, one pass; native: on tmpfs"


def database_panel(mode, rates, series):
    drawn = lines({side: rate for side, rate in rates.items() if side != NATIVE}, rates[NATIVE].get)
    reference = papers_rates(series, PAPER_DATABASE)
    if unprotected := reference.pop(NATIVE, None):
        within = {side: {x: y for x, y in rate.items() if x <= max(rates[NATIVE])} for side, rate in reference.items()}
        drawn += lines(within, unprotected.get, is_paper=True)
    return Panel(mode, "thousands of keys", "operations / native operations with as many keys", drawn)


def database_figures(results, papers):
    panels = [
        database_panel(mode, own(rates), papers.get("13", {}))
        for mode, rates in curves(results, r"sqlite3, (?P<what>.+), (?P<x>\d+) k keys").items()
        if str(NATIVE) in rates and len(rates[str(NATIVE)]) > 1
    ]
    if panels:
        yield "sqlite", panels, "sqlite3, transactions of reads and updates"
