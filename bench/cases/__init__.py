"""What is measured. Each module has cases(is_quick), and may have GOALS for their metrics."""

from bench.cases import calls, files, image, parallel_pwrite, redis, servers, sqlite, start, threads, transitions

MODULES = (calls, files, image, parallel_pwrite, threads, start, transitions, redis, sqlite, servers)


def all_cases(is_quick):
    return [case for module in MODULES for case in module.cases(is_quick)]


def all_goals():
    return [goal for module in MODULES for goal in getattr(module, "GOALS", ())]
