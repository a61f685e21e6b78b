"""In which order processes take the tests; and what these record as a table is printed after the run."""

#: Files that take longest, the longest first. Begun last, one of them would keep one process alone at work.
LONGEST = (
    "test_conformance.py", "test_threats.py", "test_grading.py", "test_stock_nbgrader.py", "test_gradescope.py",
    "test_sandbox.py", "test_build.py", "test_new.py", "test_environment.py", "test_attempt.py",
    "test_readiness.py", "test_audit.py", "test_standing_in.py", "test_provisioner.py", "test_keys.py",
)  # fmt: skip


def pytest_collection_modifyitems(config, items):
    """Where this is one of several processes: with `--dist loadfile`, files are begun in this order."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, text in report.user_properties:
            if name == "table" and report.when == "call":
                terminalreporter.section(report.nodeid)
                terminalreporter.write_line(text)
