"""A small national pack and a small court's pack that lint clean, and the way to plant a fault in the court's."""

import tempfile
from functools import cache
from pathlib import Path

from rules.lint import CHECKS, LOAD, Clause, Draft, Finding, form, names, unusable
from rules.loader import PackError, load_pack, places

HOME = Path(__file__).with_name("small")
NATIONAL = (HOME / "national" / "pack.yaml").read_text("utf-8")
FILES = {file.stem: file.read_text("utf-8") for file in sorted((HOME / "mini").glob("*.yaml"))}
REGISTER = {f"M0{n}": Clause("mini") for n in range(1, 8)} | {"X01": Clause("other"), "M08": Clause("mini", True)}


def write(folder, files):
    """A pack's folder with these files."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return folder


def planted(file, old, new):
    """The files of the court's pack with one text in the place of another, which must be there."""
    assert old in FILES[file], old
    return FILES | {file: FILES[file].replace(old, new, 1)}


@cache
def national(old="", new=""):
    """The national pack, with one text in the place of another."""
    assert old in NATIONAL, old
    with tempfile.TemporaryDirectory() as folder:
        return load_pack(write(Path(folder) / "national", {"pack": NATIONAL.replace(old, new, 1)}))


def draft(folder, files=FILES, **more) -> Draft:
    """The court's pack, written to a new folder, as the linter gets it. PackError where it cannot be read."""
    write(folder, files)
    given = {"register": REGISTER, "places": places(folder), "texts": {f"{name}.yaml": files[name] for name in files}}
    return Draft(load_pack(folder), **({"parents": (national(),)} | given | more))


def found(folder, check, files, **more) -> list[Finding]:
    """What one check says of the court's pack; of one that cannot be read, what the loader says."""
    try:
        pack = draft(folder, files, **more)
    except PackError as error:
        return [unusable(fault) for fault in error.faults]
    if check == LOAD:
        return list(names.misfits(pack))
    remarks = [pack.finding(check, remark) for remark in CHECKS[check](pack)]
    return [*remarks, *(form.personal(pack) if check == "form" else ())]
