"""Answers that nobody wrote: are they what they are said to be, and is a hole among them found?"""

import ast
import dataclasses

import pytest

from autograder.audit.audit import BANK, audit, summary
from autograder.audit.crashes import crashes_of
from autograder.audit.equivalent import read_equivalent
from autograder.audit.generated import generated
from autograder.audit.mutants import mutants
from autograder.audit.styles import styles_of
from autograder.exercises.bank import bank_of
from autograder.exercises.mistakes import BankError, Mistake

SOURCE = '''def f(x, y, eps=1e-5):
    """Text."""
    if x > y:
        return (x - y) / np.sqrt(eps)
    return x.mean(axis=0)
'''


def test_every_kind_of_thing_is_changed_one_at_a_time():
    made = {mutant.new: mutant.rule for mutant in mutants(SOURCE)}
    expected = {
        "return (x + y) / np.sqrt(eps)": "operator",
        "return (y - x) / np.sqrt(eps)": "operator",
        "return (x - y) / (eps)": "call",
        "if x >= y:": "operator",
        "if True:": "condition",
        "return x.sum(axis=0)": "call",
        "return x.mean(axis=1)": "constant",
        "return x.mean()": "argument",
        "return y.mean(axis=0)": "name",
        "def f(x, y, eps=0.0):": "constant",
        "pass": "statement",
    }
    assert expected.items() <= made.items()
    for mutant in mutants(SOURCE):
        ast.parse(mutant.text)
        assert sum(a != b for a, b in zip(SOURCE.split("\n"), mutant.text.split("\n"))) >= 1


def test_a_mutant_that_keeps_its_points_is_a_hole_unless_it_is_listed(tmp_path, monkeypatch):
    bank = bank_of("center")
    loose = dataclasses.replace(bank, parts=[])
    monkeypatch.setattr("autograder.audit.generated.diagnose_visibly", lambda name, answer: found_right())
    holes = [row.hole for row in generated(loose) if row.kind == "mutant"]
    assert holes and all("keeps its points, and is not listed" in hole for hole in holes)


def found_right():
    from autograder.learner.diagnosis.diagnose import Diagnosis

    return Diagnosis(())


def test_what_is_listed_and_loses_points_is_a_hole(tmp_path, monkeypatch):
    (tmp_path / "equivalent.md").write_text("### No.\n- `return x - x.mean(axis=0)` → anything\n", encoding="utf-8")
    monkeypatch.setattr("autograder.audit.generated.folder_of", lambda name: tmp_path)
    holes = {row.hole for row in generated(bank_of("center")) if row.kind == "mutant"}
    assert "is listed as equivalent, and loses points" in holes
    assert any("no mutant that passes is" in hole for hole in holes)


def test_a_list_without_reasons_is_refused(tmp_path):
    (tmp_path / "equivalent.md").write_text("- `a` → `b`\n", encoding="utf-8")
    with pytest.raises(BankError, match=r"equivalent\.md:1: an entry is `old` → `new`, under a heading"):
        read_equivalent(tmp_path)


def test_a_false_name_is_a_hole(monkeypatch):
    """Where the check takes any wrong answer for one known mistake, fresh data show that it is not."""
    bank = bank_of("center")

    def names_everything(name, answer):
        from autograder.learner.check import diagnose_visibly

        found = diagnose_visibly(name, answer)
        return found if found.passed else dataclasses.replace(found, mistakes=("one_mean_for_all",), complete=True)

    monkeypatch.setattr("autograder.audit.generated.diagnose_visibly", names_everything)
    rows = [row for row in generated(bank) if row.kind == "mutant"]
    assert any(row.false_names == ("one_mean_for_all",) and "falsely" in row.hole for row in rows)


def test_answers_that_stop_and_answers_dressed_up_are_what_they_say():
    bank = bank_of("batchnorm_forward")
    stopping = dict(crashes_of(bank.solution, bank.name, True))
    assert len(stopping) > 30 and len({*stopping.values()}) == len(stopping)
    dressed = dict(styles_of(bank.solution, bank.name, True, True))
    assert len(dressed) >= 16
    for text in (*stopping.values(), *dressed.values()):
        assert bank.name in ast.dump(ast.parse(text))


def test_the_summary_counts_each_kind():
    count = summary(list(audit(["center"])))["by_kind"]
    assert count["mutant"]["answers"] >= 10 and count["mutant"]["named_falsely"] == 0
    assert count["crash"]["named"] == 0 and count["crash"]["unnamed"] == count["crash"]["answers"]
    assert count["style"]["keep_all_points"] == count["style"]["answers"] >= 8
    assert summary(list(audit(["center"], scope=BANK)))["by_kind"]["mutant"]["answers"] == 0


def test_too_few_named_pairs_fail_the_audit(monkeypatch):
    bank = bank_of("center")
    monkeypatch.setattr(
        "autograder.learner.stored.pairs", lambda name: type("None_", (), {"explaining": lambda *_: []})()
    )
    rows = list(generated(bank))
    assert not summary(rows)["passed"] and not any(row.hole for row in rows)


def test_a_mistake_that_cannot_be_merged_makes_no_pair():
    bank = bank_of("center")
    same = dataclasses.replace(
        bank, mistakes={n: Mistake(n, "c", "l", code="def center(x):\n    return x\n") for n in "ab"}
    )
    assert not [row for row in generated(same) if row.kind == "pair"]
