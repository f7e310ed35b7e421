"""What is measured. Each module has cases(is_quick), and may have GOALS for their metrics."""

from bench.cases import calls, database, files, fio, image, parallel_pwrite, records, redis, servers, sqlite, start, threads, tls, transitions

MODULES = (calls, files, records, fio, image, parallel_pwrite, threads, start, transitions, redis, sqlite, database, servers, tls)


def all_cases(is_quick):
    return [case for module in MODULES for case in module.cases(is_quick)]


def all_goals():
    return [goal for module in MODULES for goal in getattr(module, "GOALS", ())]
