"""Panels with lines, drawn by gnuplot as PNG and SVG."""

import dataclasses
import os
import subprocess

WIDTH, HEIGHT = 760, 520  # of one panel, in pixels
TERMINALS = {
    "png": "pngcairo size {width},{height} font 'Sans,11'",
    "svg": "svg size {width},{height} font 'Sans,14' background 'white'",
}


@dataclasses.dataclass(frozen=True)
class Line:
    title: str
    colour: str
    points: list
    is_paper: bool = False  # drawn thin and dashed: another machine's

    def style(self):
        if self.is_paper:
            return f"with linespoints lc rgb '{self.colour}' lw 1 dt 2 pt 6 ps 0.4"
        return f"with linespoints lc rgb '{self.colour}' lw 2 pt 7 ps 0.6"


@dataclasses.dataclass(frozen=True)
class Panel:
    title: str
    x_label: str
    y_label: str
    lines: list
    is_logarithmic: bool = False  # its y axis


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def panel_script(panel):
    lines = [
        f"set title {quoted(panel.title)} noenhanced",
        f"set xlabel {quoted(panel.x_label)} noenhanced",
        f"set ylabel {quoted(panel.y_label)} noenhanced",
        "set logscale y" if panel.is_logarithmic else "unset logscale y",
        "set autoscale" if panel.is_logarithmic else "set autoscale; set yrange [0:*]",
        "set xrange [0:*]",
    ]
    for number, line in enumerate(panel.lines):
        lines += [f"$line{number} << END", *(f"{x:g} {y:g}" for x, y in line.points), "END"]
    plots = [f"$line{i} title {quoted(line.title)} noenhanced {line.style()}" for i, line in enumerate(panel.lines)]
    return "\n".join([*lines, "plot " + ", ".join(plots)])


def script(panels, caption, columns, terminal, output):
    rows = -(-len(panels) // columns)
    size = TERMINALS[terminal].format(width=WIDTH * columns, height=HEIGHT * rows + 60)
    head = f"""\
set terminal {size}
set output {quoted(output)}
set grid lc rgb '#dddddd'
set offsets 0, graph 0.03, 0, 0
set bmargin 8
set key at graph 0.5,-0.16 center top horizontal maxcols 4 noenhanced
set multiplot layout {rows},{columns} title {quoted(caption)} noenhanced font ',10'
"""
    return head + "\n".join(map(panel_script, panels)) + "\nunset multiplot\n"


def draw(directory, name, panels, caption, columns=2):
    """Writes NAME.png and NAME.svg, and returns their paths."""
    paths = []
    for terminal in TERMINALS:
        path = os.path.join(directory, f"{name}.{terminal}")
        text = script(panels, caption, columns, terminal, path)
        done = subprocess.run(["gnuplot"], input=text, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"gnuplot, {name}: {done.stderr.strip()[-300:]}")
        paths.append(path)
    return paths
