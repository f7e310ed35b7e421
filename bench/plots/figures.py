"""Which figures are drawn of the results, as JSON has them.

Two machines cannot be compared by their absolute rates. So both are drawn over the native peak of the same machine.
"""

import re
import statistics

from bench.plots import paper, stored
from bench.plots.gnuplot import Line, Panel
from bench.sides import ENGINES, ENGINES_SGX2, NATIVE

COLOURS = {"native": "#b30000", "async": "#ee3a2c", "sync": "#41ab5d", "auto": "#08519c"}
PAPER_COLOURS = {paper.NATIVE: "native", paper.ASYNC: "async", paper.SYNC: "sync"}

# server: the paper's figures of latency and of processor use, and what its latencies are in
PAPER_SERVERS = {
    "apache event": ("8a", "9a", 1e3),
    "apache worker": ("8a", "9a", 1e3),
    "redis": ("8b", "9b", 1),
    "memcached": ("8c", "9c", 1),
    "nginx": ("10", "11", 1e3),
}
ENGINE_ROWS = {"no emulated costs": ENGINES, "emulated costs of SGX2": ENGINES_SGX2}


def caption(machine, what):
    names = ("processor", "cpus", "kernel", "commit")
    return f"{what}; {', '.join(f'{name}: {machine[name]}' for name in names)}; {machine['date']}"


def server_curves(details):
    """{(server, placement): {side: curve}}; of several rounds, each coordinate is the median."""
    rounds = {}
    for detail in details:
        if "curve" in detail:
            sides = rounds.setdefault((detail["server"], detail["placement"]), {})
            sides.setdefault(detail["side"], []).append(detail["curve"])
    return {key: {side: merged(curves) for side, curves in sides.items()} for key, sides in rounds.items()}


def merged(curves):
    """The same points of several rounds as one."""
    return [{key: statistics.median(point[key] for point in points) for key in points[0]} for points in zip(*curves)]


def peak(curve):
    return max(point["achieved"] for point in curve)


def own_lines(sides, curves, native_peak, value):
    return [
        Line(str(side), COLOURS[side.mode], [(point["achieved"] / native_peak, value(point)) for point in curves[str(side)]])
        for side in sides
        if str(side) in curves
    ]


def paper_lines(series, scale):
    """The paper's series over its own native peak; `scale` is what its y values are multiplied by."""
    if not series:
        return []
    native_peak = max(x for x, _ in series[paper.NATIVE])
    return [
        Line(f"paper's {name}", COLOURS[name], [(x / native_peak, y * scale) for x, y in series[colour]], is_paper=True)
        for colour, name in PAPER_COLOURS.items()
        if colour in series
    ]


def server_panels(server, curves, papers):
    native_peak = peak(curves[str(NATIVE)])
    latency, processors, latency_unit = PAPER_SERVERS[server]
    reference = papers.get(latency, {})
    x_label = f"throughput / native peak (here: {native_peak / 1000:.3g} k/s"
    if reference:
        x_label += f"; the paper's machine: {max(x for x, _ in reference[paper.NATIVE]):.3g} k/s"
    x_label += ")"
    for row, engines in ENGINE_ROWS.items():
        sides = (NATIVE, *engines)
        own = own_lines(sides, curves, native_peak, lambda point: point["mean_us"] / 1000)
        yield Panel(f"latency, {row}", x_label, "mean latency, ms", own + paper_lines(reference, latency_unit), True)
        own = own_lines(sides, curves, native_peak, lambda point: point["processors"])
        lines = own + paper_lines(papers.get(processors, {}), 1 / 100)
        yield Panel(f"processor use of the server, {row}", x_label, "processors", lines)


PLACED = {
    "pinned": "server on one processor, client on another",
    "free": "server and client on any processor",
}


def server_figures(results, papers):
    for (server, placement), curves in server_curves(results["details"]).items():
        if str(NATIVE) not in curves:
            continue  # nothing to put the others in relation to
        what = f"{server}, {PLACED[placement]}, 100 connections, open loop"
        name = f"{server.replace(' ', '-')}-{placement}"
        yield name, list(server_panels(server, curves, papers)), caption(results["machine"], what)


# Figure 14: colours of the paper by size and side.
PAPER_WRITES = {
    "32 B": {"0,0,138": "native", "179,0,0": "async", "0,99,0": "sync"},
    "64 KiB": {"73,111,138": "native", "238,58,44": "async", "34,138,69": "sync"},
}


def write_rates(rows):
    """{size: {side: [(threads, k calls/s)]}}"""
    rates = {}
    for row in rows:
        if matched := re.fullmatch(r"pwrite (.+), (\d+) threads?", row["name"]):
            for side, values in row["sides"].items():
                if values["median"]:
                    rates.setdefault(matched[1], {}).setdefault(side, []).append((int(matched[2]), values["median"]))
    return rates


def over_one_thread(points, base):
    return [(threads, rate / base) for threads, rate in sorted(points)]


def write_panel(size, rates, engines, row, reference):
    native = dict(rates[str(NATIVE)])
    lines = [
        Line(str(side), COLOURS[side.mode], over_one_thread(rates[str(side)], native[1]))
        for side in (NATIVE, *engines)
        if str(side) in rates
    ]
    papers = {name: reference[colour] for colour, name in PAPER_WRITES.get(size, {}).items() if colour in reference}
    label = f"calls / native calls of one thread (here: {native[1]:.3g} k/s"
    if papers:
        base = dict(papers["native"])[1]
        label += f"; the paper's machine: {base:.3g} k/s"
        for name, points in papers.items():
            lines.append(Line(f"paper's {name}", COLOURS[name], over_one_thread(points, base), is_paper=True))
    return Panel(f"{size}, {row}", "threads", label + ")", lines)


def write_figures(results, papers):
    panels = [
        write_panel(size, rates, engines, row, papers.get("14", {}))
        for size, rates in write_rates(results["results"]).items()
        if 1 in dict(rates.get(str(NATIVE), ()))
        for row, engines in ENGINE_ROWS.items()
    ]
    if panels:
        yield "pwrite-threads", panels, caption(results["machine"], "pwrite of several threads to files on tmpfs")


def all_figures(results, papers):
    """(name, panels, caption) of each figure that there are results for"""
    yield from server_figures(results, papers)
    yield from write_figures(results, papers)
    for name, panels, what in (*stored.record_figures(results, papers), *stored.database_figures(results, papers)):
        yield name, panels, caption(results["machine"], what)
