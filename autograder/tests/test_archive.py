"""Archives as learning management systems give them: whose is what, and what a hostile one can do."""

import stat
import zipfile

import pytest

from autograder.grading import archive
from autograder.grading.archive import unpack
from autograder.grading.grade import _unpacked
from autograder.grading.intake import SubmissionsError
from autograder.submission.reading import MAX_BYTES

NAME = "00_welcome"
FILE = f"{NAME}.ipynb"
#: Layout -> (name in the archive, where it lands).
LAYOUTS = {
    "a folder of folders": (f"ada/{NAME}/{FILE}", f"ada/{FILE}"),
    "the same in a folder": (f"week1/ada/{NAME}/{FILE}", f"ada/{FILE}"),
    "folders with the notebook": (f"ada/{FILE}", f"ada/{FILE}"),
    "Moodle": (f"Ada Lovelace_81_assignsubmission_file_/{FILE}", f"Ada Lovelace/{FILE}"),
    "Moodle, a folder handed in": (f"Ada Lovelace_81_assignsubmission_file/{NAME}/{FILE}", f"Ada Lovelace/{FILE}"),
    "Canvas": (f"lovelaceada_4711_998877_{FILE}", f"lovelaceada_4711/{FILE}"),
    "Canvas, late and again": (f"lovelaceada_LATE_4711_998877_{NAME}-2.ipynb", f"lovelaceada_4711/{NAME}-2.ipynb"),
    "Blackboard": (f"Welcome_ada1_attempt_2026-01-31-12-00-00_{FILE}", f"ada1/{FILE}"),
    "flat": (f"ada_{FILE}", f"ada/{FILE}"),
    "unicode": (f"Адá/{FILE}", f"Адá/{FILE}"),
}


def pack(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def unpacked(tmp_path, entries):
    folder = tmp_path / "out"
    folder.mkdir()
    nobodys = unpack(pack(tmp_path / "class.zip", entries), NAME, folder)
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}, nobodys


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_student_is_found_in_every_known_layout(layout, tmp_path):
    name, place = LAYOUTS[layout]
    found, nobodys = unpacked(tmp_path, {name: "text", "__MACOSX/._x": "", "list.csv": "", "empty/": ""})
    assert list(found) == [place]
    assert found[place].read_text() == "text"
    assert nobodys == ["list.csv"]


def test_namesakes_stay_apart(tmp_path):
    found, _ = unpacked(tmp_path, {f"Ada Byron_{n}_assignsubmission_file_/{FILE}": str(n) for n in (7, 8)})
    assert {place: path.read_text() for place, path in found.items()} == {
        f"Ada Byron_{n}/{FILE}": str(n) for n in (7, 8)
    }


def test_other_files_are_only_named_and_inner_archives_stay_closed(tmp_path):
    found, _ = unpacked(tmp_path, {"ada/inner.zip": b"PK" * 1000, "ada/photo.png": b"x" * 1000})
    assert {place: path.stat().st_size for place, path in found.items()} == {"ada/inner.zip": 0, "ada/photo.png": 0}


@pytest.mark.parametrize(
    "name", ["../ada/x.ipynb", "/ada/x.ipynb", "ada/../../x.ipynb", "ada/C:x.ipynb", "ada/a\\..\\x.ipynb"]
)
def test_nothing_is_written_outside_of_the_folder(name, tmp_path):
    found, nobodys = unpacked(tmp_path, {name: "text"})
    assert (found, nobodys) == ({}, [name])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["class.zip", "out"]


def test_a_bomb_takes_no_room_and_harms_only_its_student(tmp_path):
    found, _ = unpacked(tmp_path, {f"bomb/{FILE}": b" " * (10 * MAX_BYTES), f"ada/{FILE}": "text"})
    assert found[f"ada/{FILE}"].read_text() == "text"
    bomb = found[f"bomb/{FILE}"].stat()
    assert bomb.st_size == MAX_BYTES + 1 and bomb.st_blocks < 100


@pytest.mark.parametrize("name", [f"eve/bo/{NAME}/{FILE}", f"eve/bo_{FILE}", f"eve/bo_1_assignsubmission_file/{FILE}"])
def test_nobody_hands_in_for_others(name, tmp_path):
    own = f"bo_1_assignsubmission_file/{FILE}" if "assign" in name else f"bo/{NAME}/{FILE}"
    found, nobodys = unpacked(tmp_path, {f"eve/{FILE}": "Eve's", own: "Bo's", name: "forged"})
    assert {place: path.read_text() for place, path in found.items()} == {f"eve/{FILE}": "Eve's", f"bo/{FILE}": "Bo's"}
    assert nobodys == [name]


def test_nobody_hands_in_so_much_that_the_class_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_TOTAL", 30 * 1000)
    found, _ = unpacked(tmp_path, {f"eve/{n}.ipynb": "x" * 1000 for n in range(1000)} | {f"eve/{FILE}": "Eve's"})
    assert len(found) == archive.MAX_OF_ONE and found[f"eve/{FILE}"].read_text() == "Eve's"


def test_a_link_becomes_an_ordinary_file(tmp_path):
    link = zipfile.ZipInfo(f"ada/{FILE}")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    found, _ = unpacked(tmp_path, {link: "/etc/passwd"})
    assert not found[f"ada/{FILE}"].is_symlink() and found[f"ada/{FILE}"].read_text() == "/etc/passwd"


def test_a_damaged_entry_harms_only_its_student(tmp_path):
    path = pack(tmp_path / "class.zip", {f"ada/{FILE}": "a" * 100, f"bo/{FILE}": "text"})
    damaged = bytearray(path.read_bytes())
    damaged[damaged.index(b"ada/") + len(f"ada/{FILE}")] ^= 0xFF
    path.write_bytes(damaged)
    (tmp_path / "out").mkdir()
    unpack(path, NAME, tmp_path / "out")
    assert (tmp_path / "out" / "bo" / FILE).read_text() == "text"
    assert (tmp_path / "out" / "ada" / FILE).read_bytes() == b""


def test_a_file_that_is_no_archive_is_told(tmp_path):
    (tmp_path / "class.zip").write_bytes(b"no")
    with pytest.raises(
        SubmissionsError, match="class.zip cannot be unpacked: File is not a zip file. Download it again."
    ):
        unpack(tmp_path / "class.zip", NAME, tmp_path)


def test_what_was_unpacked_is_there_for_a_moment_only(tmp_path):
    with _unpacked(pack(tmp_path / "class.zip", {f"ada/{FILE}": "text"}), NAME) as folder:
        assert (folder / "ada" / FILE).read_text() == "text"
    assert not folder.exists()
    with _unpacked(tmp_path, NAME) as folder:
        assert folder == tmp_path
