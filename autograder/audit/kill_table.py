"""Print and store the audit's kill table."""

from __future__ import annotations

import json
from pathlib import Path

from autograder.audit.audit import Row, as_json, summary
from autograder.lessons import ROOT

#: Kinds of answers that nobody wrote: thousands.
GENERATED = ("mutant", "crash", "pair", "style")
PLURALS = {
    "mutant": "solutions with one thing changed",
    "crash": "answers that stop, or give zeros, NaN or infinity",
    "pair": "pairs of mistakes",
    "style": "solutions dressed up",
}
FILE = ROOT / "autograder" / "classroom" / "audit.json"


def print_row(row: Row) -> None:
    """One line: how the visible check and the hidden tests judged one answer. Of generated ones only holes are told."""
    if row.kind in GENERATED and not row.hole:
        return
    if row.kind == "mistake":
        verdicts = f"visible {_kill(row.visible, row.visible_named)}  hidden {_kill(row.hidden, row.hidden_named)}"
    else:
        verdicts = f"visible {'pass' if row.visible else 'fail':<14}  hidden {'pass' if row.hidden else 'fail'}"
    hole = f"  HOLE: {row.hole}" if row.hole else ""
    print(f"{row.exercise:<20} {row.kind:<9} {row.answer[:38]:<38}  {verdicts}{hole}", flush=True)


def print_summary(rows: list[Row]) -> None:
    """The counts under the table, and its verdict."""
    count = summary(rows)
    total = count["mistakes"]
    print(
        f"\n{total} mistakes: rejected by the visible checks {count['rejected_visible']}, by the hidden tests "
        f"{count['rejected_hidden']}; named by the visible checks {count['named_visible']}, by the hidden tests "
        f"{count['named_hidden']}.\n{count['right_answers']} right answers: accepted {count['accepted']}."
    )
    for kind in GENERATED:
        if (told := count["by_kind"][kind])["answers"]:
            print(
                f"{told['answers']} {PLURALS[kind]}: {told['keep_all_points']} keep all points, {told['named']} are "
                f"named, {told['unnamed']} are not, {told['named_falsely']} falsely."
            )
    print(f"{count['holes']} holes: the audit {'passed' if count['passed'] else 'FAILED'}.")


def store(rows: list[Row]) -> Path:
    """Write the table as JSON for later comparison; return where."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(as_json(rows), indent=1) + "\n", encoding="utf-8")
    return FILE


def _kill(passed: bool, named: bool) -> str:
    return f"{'SURVIVES' if passed else 'killed, named' if named else 'killed, no name':<16}"
