"""How the tests are spread over processes; and what they record as a table is printed after the run."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """With `-n … --dist loadgroup`: what uses the same fixtures of its module stays together, and the slow begin first.

    Tests that are slow and share nothing go wherever there is time; the others of a file stay together.
    """
    if not hasattr(config, "workerinput"):
        return
    sharing = sharing_of(items)
    for item in items:
        place = next((place for place, names in enumerate(sharing) if names & module_fixtures(item)), None)
        if place is not None:
            item.add_marker(pytest.mark.xdist_group(f"shared {place}"))
        elif not item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
    items.sort(key=lambda item: not item.get_closest_marker("slow"))


def sharing_of(items):
    """Sets of modules' fixtures; tests that use one of the same set stay in the same process."""
    sets = []
    for item in items:
        names = module_fixtures(item)
        for other in [other for other in sets if other & names]:
            sets.remove(other)
            names |= other
        if names:
            sets.append(names)
    return sets


def module_fixtures(item):
    """The fixtures that are made once for a test's module and used by it, directly or not."""
    found = item._fixtureinfo.name2fixturedefs.items()
    return {(item.path.stem, name) for name, definitions in found if definitions[-1].scope == "module"}


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, text in report.user_properties:
            if name == "table" and report.when == "call":
                terminalreporter.section(report.nodeid)
                terminalreporter.write_line(text)
