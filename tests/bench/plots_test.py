"""Which figures come of which results; with the paper's curves, and without them."""

import os
import shutil
import tempfile
import unittest

from bench.plots import paper
from bench.plots.figures import all_figures, merged
from bench.plots.gnuplot import Line, Panel, draw

TEXT = """\
# Curves: colour [dash] (x,y)...
## 8b Redis latency(ms) vs k.op/s
   179,0,0  (16,0.25) (100,1e+01)
   238,58,44 [4.27,4.27] (50,2)
## 14 pwrite k/s vs threads
   0,0,138  (1,3.43e+03) (2,6.86e+03)
## 12 IOZone GB/s vs record KB
   34,138,69 [] (4,4) (8,5)
   7,64,129 [] (4,10)
## 13 SQLite k.op/s vs k keys
   34,138,69 [] (10,4) (1000,8)
   238,58,44 [] (10,2) (1000,6)
"""
MACHINE = {"processor": "p", "cpus": 2, "kernel": "k", "commit": "c", "date": "d"}


def point(achieved, mean_us, processors=1):
    return {"achieved": achieved, "mean_us": mean_us, "processors": processors}


def curve(side, *points):
    return {"server": "redis", "placement": "pinned", "side": side, "curve": list(points)}


def results(details=(), rows=()):
    return {"machine": MACHINE, "details": list(details), "results": list(rows)}


def writes(threads, **sides):
    sides = {name: {"median": value} for name, value in sides.items()}
    return {"name": f"pwrite 32 B, {threads} thread{'s' if threads > 1 else ''}", "sides": sides}


def lines_of(panel):
    return {line.title: line.points for line in panel.lines}


class PaperTest(unittest.TestCase):
    def test_each_series_is_named_by_its_colour(self):
        figures = paper.parse(TEXT)
        self.assertEqual(figures["8b"], {"179,0,0": [(16, 0.25), (100, 10)], "238,58,44": [(50, 2)]})
        self.assertEqual(figures["14"], {"0,0,138": [(1, 3430), (2, 6860)]})

    @unittest.skipUnless(os.path.exists(paper.FILE), "the paper's curves are not there")
    def test_the_file_has_the_peaks_of_the_paper(self):
        self.assertEqual(max(paper.figures()["8b"][paper.NATIVE])[0], 189)
        self.assertEqual(max(paper.figures()["10"][paper.SYNC])[0], 22)


class ServerFigureTest(unittest.TestCase):
    details = [curve("native", point(1e5, 100), point(2e5, 400)), curve("auto sgx2", point(5e4, 200, processors=1.5))]

    def test_machines_are_compared_over_their_native_peaks(self):
        [(name, panels, _)] = all_figures(results(self.details), paper.parse(TEXT))
        self.assertEqual(name, "redis-pinned")
        drawn = lines_of(panels[2])
        self.assertEqual(drawn["native"], [(0.5, 0.1), (1, 0.4)])
        self.assertEqual(drawn["auto sgx2"], [(0.25, 0.2)])
        self.assertEqual(drawn["paper's native"], [(0.16, 0.25), (1, 10)])
        self.assertEqual(drawn["paper's async"], [(0.5, 2)])
        self.assertIn("here: 200 k/s; the paper's machine: 100 k/s", panels[2].x_label)

    def test_costs_have_panels_of_their_own(self):
        [(_, panels, _)] = all_figures(results(self.details), {})
        self.assertEqual([list(lines_of(panel)) for panel in panels], [["native"]] * 2 + [["native", "auto sgx2"]] * 2)
        self.assertEqual(lines_of(panels[3])["auto sgx2"], [(0.25, 1.5)])

    def test_without_the_native_side_there_is_nothing_to_compare_with(self):
        self.assertEqual(list(all_figures(results(self.details[1:]), {})), [])

    def test_rounds_are_merged_point_by_point(self):
        rounds = [[point(10, 1), point(20, 9)], [point(30, 2), point(20, 7)], [point(20, 3), point(20, 8)]]
        self.assertEqual(merged(rounds), [point(20, 2), point(20, 8)])


class WriteFigureTest(unittest.TestCase):
    rows = [writes(2, native=300, sync=90), writes(1, native=200, sync=50)]

    def test_writes_are_over_the_native_rate_of_one_thread(self):
        [(name, panels, _)] = all_figures(results(rows=self.rows), paper.parse(TEXT))
        self.assertEqual(name, "pwrite-threads")
        drawn = lines_of(panels[0])
        own = {"native": [(1, 1), (2, 1.5)], "sync": [(1, 0.25), (2, 0.45)]}
        self.assertEqual(drawn, {**own, "paper's native": [(1, 1), (2, 2)]})

    def test_the_paper_may_be_missing(self):
        [(_, panels, _)] = all_figures(results(rows=self.rows), {})
        self.assertEqual(list(lines_of(panels[0])), ["native", "sync"])


def measured(name, **sides):
    return {"name": name, "sides": {side: {"median": value} for side, value in sides.items()}}


class StoredFigureTest(unittest.TestCase):
    records = [
        measured("records of 4 KiB, random-read", native=200, volume=300),
        measured("records of 16 KiB, random-read", native=400, volume=None),
    ]
    databases = [measured(f"sqlite3, WAL, {keys} k keys", native=10, volume=rate) for keys, rate in ((100, 5), (10, 8))]

    def test_records_are_over_those_of_4_KiB_natively(self):
        [(name, panels, _)] = all_figures(results(rows=self.records), paper.parse(TEXT))
        self.assertEqual((name, panels[0].title), ("file-records", "random-read"))
        own = {"native": [(4, 1), (16, 2)], "volume": [(4, 1.5)]}
        self.assertEqual(lines_of(panels[0]), {**own, "paper's native": [(4, 1), (8, 1.25)], "paper's ephemeral": [(4, 2.5)]})
        self.assertIn("here: 200 MB/s; the paper's machine: 4,000 MB/s", panels[0].x_label)

    def test_without_the_native_rate_of_4_KiB_there_is_nothing_to_compare_with(self):
        self.assertEqual(list(all_figures(results(rows=self.records[1:]), {})), [])

    def test_databases_are_over_native_ones_with_as_many_keys(self):
        [(name, panels, _)] = all_figures(results(rows=self.databases), paper.parse(TEXT))
        self.assertEqual((name, panels[0].title), ("sqlite", "WAL"))
        own = {"volume": [(10, 0.8), (100, 0.5)]}
        self.assertEqual(lines_of(panels[0]), {**own, "paper's volume": [(10, 0.5)]})

    def test_one_size_of_a_database_is_no_curve(self):
        self.assertEqual(list(all_figures(results(rows=self.databases[:1]), {})), [])


@unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
class GnuplotTest(unittest.TestCase):
    def test_a_figure_is_drawn_in_both_formats(self):
        panels = [Panel("it's", "x", "y", [Line("a_b", "#ff0000", [(1, 2), (3, 4)])], is_logarithmic=True)] * 2
        with tempfile.TemporaryDirectory() as directory:
            png, svg = draw(directory, "figure", panels, "caption")
            with open(png, "rb") as file:
                self.assertEqual(file.read(4), b"\x89PNG")
            with open(svg, encoding="utf-8") as file:
                self.assertIn("it's", file.read().replace("&#39;", "'"))


if __name__ == "__main__":
    unittest.main()
