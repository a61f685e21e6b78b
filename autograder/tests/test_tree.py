"""What a hostile or a damaged archive or folder can do: nothing, to anybody else."""

import io
import json
import os
import stat
import tarfile
import warnings
import zipfile

import pytest

from autograder import stored
from autograder.collecting import tree as tree_module
from autograder.collecting.collect import collect
from autograder.collecting.tree import SubmissionsError, read_tree
from autograder.submission.reading import MAX_FILE

NAME = "00_welcome"
FILE = f"{NAME}.ipynb"


def notebook(mark):
    released = stored.lesson(NAME)["released"]
    return json.dumps({**released, "cells": [*released["cells"], {"cell_type": "code", "source": mark}]})


def pack(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def names(place):
    with read_tree(place) as tree:
        return [member.name for member in tree.members], list(tree.unsafe)


def texts(place):
    """Student -> text of the file that counts, or why there is none; and what is nobody's."""
    with collect(place, NAME) as found:
        told = {
            s.person.id: s.hand_in.path.read_bytes()[:20].decode() if s.hand_in else s.refused for s in found.students
        }
        return told, found.nobodys


@pytest.mark.parametrize(
    "name",
    ["../bo/x.ipynb", "/bo/x.ipynb", "bo/../../x.ipynb", "C:x.ipynb", "bo\\..\\..\\x.ipynb", "bo//x", "a\x01b"],
)  # fmt: skip
def test_names_that_lead_out_are_told_and_nothing_is_written(name, tmp_path):
    place = pack(tmp_path / "class.zip", {name: "text", f"ada/{FILE}": "Ada's"})
    assert names(place) == ([f"ada/{FILE}"], [name.replace("\\", "/")])
    assert texts(place)[0] == {"ada": "Ada's"}
    assert [path.name for path in tmp_path.iterdir()] == ["class.zip"]


def test_names_that_macos_writes_without_saying_so_are_read(tmp_path):
    place = pack(tmp_path / "class.zip", {"xx/00_welcome.ipynb": "text"})
    place.write_bytes(place.read_bytes().replace(b"xx/", "ё/".encode()))
    assert names(place)[0] == [f"ё/{FILE}"]


def test_what_systems_leave_behind_is_nobodys_and_not_told(tmp_path):
    junk = ["__MACOSX/ada/._x.ipynb", "ada/.DS_Store", f"ada/.ipynb_checkpoints/{NAME}-checkpoint.ipynb", "ada/.git/x"]
    place = pack(tmp_path / "class.zip", dict.fromkeys([*junk, f"ada/{FILE}", "list.csv"], "text"))
    assert texts(place) == ({"ada": "text"}, ("list.csv",))


def test_a_bomb_takes_no_room_and_harms_only_its_student(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.collecting.choosing.MAX_FILE", 10**6)
    place = pack(tmp_path / "class.zip", {f"bomb/{FILE}": b" " * 10**8, f"ada/{FILE}": "Ada's"})
    with collect(place, NAME) as found:
        bomb = next(s.hand_in.path for s in found.students if s.person.id == "bomb").stat()
        assert bomb.st_size == 10**6 + 1 and bomb.st_blocks < 100
    assert texts(place)[0]["ada"] == "Ada's"


def test_a_bomb_that_a_student_packs_stays_closed(tmp_path, monkeypatch):
    monkeypatch.setattr(tree_module, "MAX_PACKED", 10**6)
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as archive:
        info = tarfile.TarInfo(FILE)
        info.size = 10**8
        archive.addfile(info, io.BytesIO(bytes(10**8)))
    place = pack(tmp_path / "class.zip", {"eve/x.tar.gz": inner.getvalue(), f"ada/{FILE}": "Ada's"})
    told, _ = texts(place)
    assert told["ada"] == "Ada's" and "'x.tar.gz' is an archive that cannot be opened" in told["eve"]


def test_an_archive_of_thousands_of_files_in_the_archive_stays_closed(tmp_path, monkeypatch):
    monkeypatch.setattr(tree_module, "MAX_PACKED_FILES", 10)
    inner = pack(tmp_path / "inner.zip", {f"{n}.txt": "" for n in range(11)}).read_bytes()
    place = pack(tmp_path / "class.zip", {"eve/x.zip": inner, f"ada/{FILE}": "Ada's"})
    assert names(place)[0] == [f"ada/{FILE}", "eve/x.zip"]


def test_an_archive_in_an_archive_in_an_archive_in_an_archive_stays_closed(tmp_path):
    content = b"text"
    for depth in range(4):
        content = pack(tmp_path / "inner.zip", {f"{depth}.zip" if depth else FILE: content}).read_bytes()
    assert names(pack(tmp_path / "class.zip", {"ada/x.zip": content})) == (["ada/x.zip/3.zip/2.zip"], [])


def test_names_in_a_students_archive_cannot_lead_to_another(tmp_path):
    inner = pack(tmp_path / "inner.zip", {f"../../bo/{FILE}": "forged", FILE: "Eve's"}).read_bytes()
    told, nobodys = texts(pack(tmp_path / "class.zip", {"eve/x.zip": inner, f"bo/{FILE}": "Bo's"}))
    assert told == {"eve": "Eve's", "bo": "Bo's"} and nobodys == (f"eve/x.zip/../../bo/{FILE}",)


def test_a_link_in_an_archive_or_a_folder_is_refused(tmp_path):
    link = zipfile.ZipInfo(f"eve/{FILE}")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    place = pack(tmp_path / "class.zip", {link: "/etc/passwd", f"ada/{FILE}": "Ada's"})
    assert f"{FILE} is a link to another place" in texts(place)[0]["eve"]
    folder = tmp_path / "folder"
    (folder / "ada").mkdir(parents=True)
    (folder / "ada" / FILE).write_text("Ada's")
    (folder / "eve").symlink_to(folder / "ada")
    told, _ = texts(folder)
    assert told["ada"] == "Ada's" and "eve is a link to another place" in told["eve"]
    packed = tmp_path / "class.tar"
    with tarfile.open(packed, "w") as archive:
        archive.add(folder, "class")
    assert "eve" not in texts(packed)[0] or "link" in texts(packed)[0]["eve"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes on Windows")
def test_a_pipe_is_not_waited_for(tmp_path):
    for name in ("ada", "eve"):
        (tmp_path / name / NAME).mkdir(parents=True)
        (tmp_path / name / NAME / FILE).write_text("text")
    os.mkfifo(tmp_path / "eve" / "x.zip")
    os.mkfifo(tmp_path / "eve" / NAME / "timestamp.txt")
    (tmp_path / "ada" / NAME / "timestamp.txt").write_text("2026-01-31 12:00:00 UTC")
    assert texts(tmp_path)[0] == {"ada": "text", "eve": "text"}


def test_a_damaged_entry_harms_only_its_student(tmp_path):
    path = pack(tmp_path / "class.zip", {f"ada/{FILE}": "a" * 100, f"bo/{FILE}": "text"})
    damaged = bytearray(path.read_bytes())
    damaged[damaged.index(b"ada/") + len(f"ada/{FILE}")] ^= 0xFF
    path.write_bytes(damaged)
    assert texts(path)[0] == {"ada": "", "bo": "text"}


def test_a_name_that_stands_twice_in_an_archive_is_two_files(tmp_path):
    for texts_of_ada, words in (("ab", "2 files may be the notebook"), ("aa", "")):
        with zipfile.ZipFile(tmp_path / f"{texts_of_ada}.zip", "w") as archive:
            for text in (*texts_of_ada, "bo"):
                with warnings.catch_warnings(action="ignore"):
                    archive.writestr(f"{'bo' if text == 'bo' else 'ada'}/{FILE}", notebook(text))
        assert texts(tmp_path / f"{texts_of_ada}.zip")[0]["ada"][: len(words)] == words


@pytest.mark.parametrize("content", [b"", b"no", b"PK\x03\x04cut off", b"\x1f\x8bcut off"])
def test_a_file_that_is_no_archive_is_told(content, tmp_path):
    (tmp_path / "class.zip").write_bytes(content)
    with pytest.raises(SubmissionsError, match=r"class.zip cannot be unpacked: .*\. Download it again, or"):
        texts(tmp_path / "class.zip")


def test_a_class_that_is_far_too_large_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(tree_module, "MAX_FILES", 10)
    with pytest.raises(SubmissionsError, match="class.zip is too large: more than 10 files."):
        texts(pack(tmp_path / "class.zip", {f"ada/{n}": "" for n in range(20)}))


def test_one_student_cannot_make_the_class_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.collecting.choosing.MAX_FILE", 3_000)
    many = {f"eve/{NAME} ({n}).ipynb": str(n) * 1_000 for n in range(100)}
    place = pack(tmp_path / "class.zip", many | {f"ada/{FILE}": "Ada's"})
    with collect(place, NAME) as found:
        copied = [p for s in found.students if s.hand_in for p in s.hand_in.path.parents[1].rglob("*") if p.is_file()]
        assert sum(path.stat().st_blocks * 512 for path in copied) < 20 * 4096
    assert MAX_FILE > 3_000


@pytest.mark.parametrize("name", [f"eve/bo/{NAME}/{FILE}", f"eve/bo_{FILE}", f"eve/bo_1_assignsubmission_file/{FILE}"])
def test_nobody_hands_in_for_others(name, tmp_path):
    own = f"bo_1_assignsubmission_file/{FILE}" if "assign" in name else f"bo/{NAME}/{FILE}"
    told, _ = texts(pack(tmp_path / "class.zip", {f"eve/{FILE}": "Eve's", own: "Bo's", name: "forged"}))
    assert told["bo"] == "Bo's" and told.keys() == {"bo", "eve"}


def test_the_hidden_and_the_odd_are_students_too(tmp_path):
    odd = (
        ".hidden",
        "__x",
        "_ada",
        "ada.",
        "a b",
        "😀",
        "x" * 300,
        "Ada",
        "ada",
        "submitted",
        "-rf",
        "a'; DROP",
        "con",
    )
    told, nobodys = texts(pack(tmp_path / "class.zip", {f"{name}/{FILE}": name[:20] for name in odd}))
    assert told == {name: name[:20] for name in odd} and nobodys == ()


def test_names_written_in_two_ways_are_an_error_that_shows_both(tmp_path):
    told, _ = texts(pack(tmp_path / "class.zip", {f"{name}/{FILE}": name for name in ("Zo\xeb", "Zoe\u0308", "ada")}))
    assert told["Zo\xeb"] == r"several folders have this name: 'Zoe\u0308', 'Zo\xeb'. Leave or rename one."
    assert told["ada"] == "ada"
