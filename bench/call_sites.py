"""How many system calls of the files that matter most are replaced, and why others are not."""

import json
import os
import subprocess

from bench.processes import BUILD
from bench.report import note
from bench.tables import print_table

# What programs call through, and what they are when static.
ANALYSED = ("/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1", "/bin/busybox")


def site_rows():
    analyser = os.path.join(BUILD, "bin/farl-rewrite")
    files = [path for path in ANALYSED if os.path.exists(path)]
    done = subprocess.run([analyser, "--json", *files], capture_output=True, text=True, timeout=120)
    rows = []
    for line in done.stdout.splitlines():
        file = json.loads(line)
        reasons = sorted({site["reason"] for kind in ("skipped", "unproven") for site in file[kind]})
        counts = [len(file[kind]) for kind in ("patched", "skipped", "unproven")]
        rows.append([file["path"], *map(str, counts), "; ".join(reasons)])
    return rows


def print_sites():
    try:
        rows = site_rows()
    except (OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
        note(f"system call sites: {error}")
        return
    print()
    print_table(["system call sites", "patched", "left alone", "unproven", "why"], rows)
