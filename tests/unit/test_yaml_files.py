"""Files of packs that are no such YAML: each is told in one line, with its file and line, and at bounded cost."""

from pathlib import Path

import pytest
import yaml

import packs
from rules.loader import MOST_FAULTS, PackError, load_pack
from rules.yaml_files import MAX_BYTES, YamlFiles

pytestmark = pytest.mark.fast

BOMB = "limits:\n- &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"- &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.fixture
def plant(tmp_path: Path):
    """What the loader says of a pack with these bytes as its limits."""

    def planted(content: bytes) -> list[str]:
        for file in packs.folders("guancheng")[-1].glob("*.yaml"):
            (tmp_path / file.name).write_bytes(file.read_bytes())
        (tmp_path / "limits.yaml").write_bytes(content)
        with pytest.raises(PackError) as error:
            load_pack(tmp_path)
        return list(error.value.faults)

    return planted


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1: expected sections"),
        ("# nothing\n", "1: expected sections"),
        ("- limits\n", "1: expected sections"),
        ("limits:\n\t- {}\n", "2: found character '\\t' that cannot start any token"),
        ("limits: []\n\nlimits: []\n", "3: limits stands already in limits.yaml:1"),
        ("gates: []\n", "1: gates stands already in gates.yaml:"),
        ("limits: []\n---\nlimits: []\n", "2: but found another document"),
        ("\nlimits: &a [*a]\n", "2: nested too deeply, or an alias stands for what holds it"),
        ("limits: [*b]\n", "1: found undefined alias"),
        (BOMB, ": expected at most 50000 parts, those that aliases stand for among them"),
        ("limits: [\n\x07]\n", "2: no text: it holds the character U+0007"),
        ("limits: " + "[" * 5000 + "]" * 5000, "1: nested too deeply"),
        ("limits: {" + "a: {" * 100 + "}" * 101 + "\n", "1: nested too deeply"),
        ("? [a]\n: b\n", "1: expected the name of a field in quotes"),
        ("limits: [{true: x}]\n", "1: expected the name of a field in quotes"),
        ("limits: [{~: x}]\n", "1: expected the name of a field in quotes"),
        ("limits: !!python/object/apply:os.system [ls]\n", "1: expected no tag, found tag:yaml.org,2002:python"),
        ("limits: !!int x\n", "1: expected no tag"),
        ("limits: !!timestamp x\n", "1: expected no tag"),
        ("limits:\n", "1: limits: expected a list"),
        ("limits: {id: a.b}\n", "1: a.b: limits: expected a list"),
        ("limits: [[]]\n", "1: limits: expected a mapping"),
        ("limits: [x]\n", "1: limits: expected a mapping"),
        ("limits:\n- {id: a.b, fen: 1.5}\n", "2: a.b: limits.fen: expected a whole number"),
        ("limits:\n- {id: a.b, fen: " + "9" * 5000 + "}\n", "2: a.b: limits.fen: expected a whole number"),
        ("limits:\n- {id: a.b, incl: perhaps}\n", "2: a.b: limits.incl: expected true or false"),
    ],
)
def test_what_is_no_pack_is_told_by_file_and_line(plant, text, told):
    faults = plant(text.encode())
    assert [fault for fault in faults if fault.startswith("limits.yaml:") and told in fault], faults
    assert all("\n" not in fault for fault in faults)


def test_bytes_that_are_no_text_are_told_by_their_line(plant):
    assert plant(b"limits:\n- \xff\n") == ["limits.yaml:2: no UTF-8 text: invalid start byte"]


def test_a_file_too_long_is_not_even_read_whole(plant):
    [told] = plant(b"#" * (MAX_BYTES + 1))
    assert told.startswith(f"limits.yaml:1: expected at most {MAX_BYTES} bytes")


def test_of_a_pack_full_of_faults_as_many_are_told_as_somebody_reads(plant):
    told = plant(b"limits:\n" + b"- {}\n" * 500)
    assert len(told) == MOST_FAULTS + 1
    assert told[-1] == "and more faults, not told"


def test_numbers_are_as_they_are_written():
    files = YamlFiles()
    files.add("x.yaml", b"a: [017, 0, -5, 08:30, yes, 2026-02-30, 1e3]\n")
    assert files.document == {"a": ["017", 0, -5, "08:30", "yes", "2026-02-30", "1e3"]}


@pytest.mark.parametrize("pack", sorted({line.pack for line in packs.published()}))
def test_a_pack_reads_the_same_without_libyaml(pack, monkeypatch):
    """An installation that lacks it has the same rules in the same places, only later."""
    files = sorted(packs.folders(pack)[-1].glob("*.yaml"))
    quick, slow = YamlFiles(), YamlFiles()
    quick.read(files)
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    slow.read(files)
    assert (quick.document, quick.places) == (slow.document, slow.places)
