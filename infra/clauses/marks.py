"""The clauses that tests name by `@pytest.mark.clause("Y06")`, read from the text of the tests without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from infra.installation import ROOT

TESTS = ROOT / "tests"
FILES = "test_*.py"
SCENARIOS = "scenario"
"""The folder of tests that may go through the services."""
_DATABASES = frozenset({"database", "module_database", "postgres"})
"""Fixtures without which no service runs."""
_ASSERTING = frozenset({"raises", "refused"})
"""What asserts without the word: pytest.raises, and the refusal of a request."""
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class NamingTest:
    """A test that names clauses. `through`: it goes through the services. `asserts`: it can fail by what it finds."""

    name: str
    file: str
    clauses: frozenset[str]
    through: bool
    asserts: bool


@dataclass(frozen=True)
class Marks:
    """Every test that names a clause, and the marks that cannot be read: `file:line`."""

    tests: tuple[NamingTest, ...] = ()
    unreadable: tuple[str, ...] = ()


def read_marks(folder: Path) -> Marks:
    """The marks in all test files of the folder. Names begin with that of the folder, as pytest tells them."""
    modules = [_Module.of(path, folder) for path in sorted(folder.rglob("*.py"))]
    asserting = _asserting_helpers(modules)
    helpers = {name: fixture for module in modules if not module.is_test for name, fixture in module.fixtures.items()}
    tests: list[NamingTest] = []
    unreadable: list[str] = []
    for module in modules:
        named = list(module.naming(asserting, helpers)) if module.is_test else []
        tests += [test for test in named if test.clauses]
        unreadable += module.unread_marks()
    return Marks(tuple(tests), tuple(unreadable))


@dataclass
class _Module:
    path: Path
    file: str
    tree: ast.Module
    read: set[ast.Call] = field(default_factory=set[ast.Call])
    """Marks that were understood."""

    @classmethod
    def of(cls, path: Path, folder: Path) -> _Module:
        file = path.relative_to(folder.parent).as_posix()
        return cls(path, file, ast.parse(path.read_text("utf-8"), file))

    @property
    def is_test(self) -> bool:
        return self.path.match(FILES)

    @cached_property
    def functions(self) -> dict[str, _Function]:
        """Those of the module itself; tests and helpers, not methods."""
        return {node.name: node for node in self.tree.body if isinstance(node, _Function)}

    @cached_property
    def constants(self) -> dict[str, ast.expr]:
        """Names that the module gives a value once; the marks may stand in it."""
        given = [node for node in self.tree.body if isinstance(node, ast.Assign)]
        return {target.id: node.value for node in given for target in node.targets if isinstance(target, ast.Name)}

    @cached_property
    def fixtures(self) -> dict[str, _Function]:
        return {name: function for name, function in self.functions.items() if _is_fixture(function)}

    def naming(self, asserting: set[str], helpers: dict[str, _Function]) -> Iterator[NamingTest]:
        """Every test of the module, with the clauses that it, its class and the module name."""
        of_module = self._clauses(value for value in map(_pytestmark, self.tree.body) if value is not None)
        fixtures = helpers | self.fixtures
        for trail, function, marked in _tests(self.tree.body):
            yield NamingTest(
                name="::".join((self.file, *trail)),
                file=self.file,
                clauses=of_module | self._clauses(marked),
                through=SCENARIOS in self.path.parent.parts and _reaches_database(function, fixtures),
                asserts=_asserts(function, asserting),
            )

    def _clauses(self, marks: Iterable[ast.expr]) -> frozenset[str]:
        found: set[str] = set()
        for call in (node for mark in marks for node in self._walk(mark) if _is_clause(node)):
            literal = [
                each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
            ]
            if literal and len(literal) == len(call.args) and not call.keywords:
                self.read.add(call)
                found.update(literal)
        return frozenset(found)

    def _walk(self, mark: ast.expr) -> Iterator[ast.AST]:
        """Also through the module's constants, such as a table of rows."""
        for node in ast.walk(mark):
            yield node
            if isinstance(node, ast.Name) and node.id in self.constants:
                yield from ast.walk(self.constants[node.id])

    def unread_marks(self) -> list[str]:
        """Those elsewhere than on a test, its class, a row of its parameters or in pytestmark; those of variables."""
        calls = {node.func: node for node in ast.walk(self.tree) if isinstance(node, ast.Call)}
        marks = [node for node in ast.walk(self.tree) if _names_clause(node)]
        return [f"{self.file}:{mark.lineno}" for mark in marks if calls.get(mark) not in self.read]


def _tests(body: list[ast.stmt]) -> Iterator[tuple[tuple[str, ...], _Function, list[ast.expr]]]:
    for node in body:
        if isinstance(node, _Function) and node.name.startswith("test"):
            yield (node.name,), node, node.decorator_list
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            for trail, function, marks in _tests(node.body):
                yield (node.name, *trail), function, [*node.decorator_list, *marks]


def _pytestmark(node: ast.stmt) -> ast.expr | None:
    is_mark = isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["pytestmark"]
    return node.value if is_mark else None


def _names_clause(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and ast.unparse(node).endswith("mark.clause")


def _is_clause(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _names_clause(node.func)


def _is_fixture(function: _Function) -> bool:
    return any("fixture" in ast.unparse(decorator) for decorator in function.decorator_list)


def _reaches_database(function: _Function, fixtures: dict[str, _Function]) -> bool:
    seen: set[str] = set()
    wanted = _parameters(function)
    while wanted - seen:
        name = (wanted - seen).pop()
        seen.add(name)
        wanted |= _parameters(fixtures[name]) if name in fixtures else set()
    return not _DATABASES.isdisjoint(wanted)


def _parameters(function: _Function) -> set[str]:
    return {each.arg for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}


def _asserts(function: _Function, asserting: set[str]) -> bool:
    return any(_is_assertion(node) or _called(node) in asserting for node in ast.walk(function))


def _is_assertion(node: ast.AST) -> bool:
    """An assert of constants alone cannot fail by what is found."""
    if isinstance(node, ast.Assert):
        return any(isinstance(part, ast.Name) for part in ast.walk(node.test))
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _ASSERTING


def _called(node: ast.AST) -> str | None:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None


def _asserting_helpers(modules: list[_Module]) -> set[str]:
    """Names of the functions of the tests that assert, themselves or by another that they call."""
    functions = [each for module in modules for each in module.functions.values() if not each.name.startswith("test")]
    asserting: set[str] = set()
    while more := {each.name for each in functions if each.name not in asserting and _asserts(each, asserting)}:
        asserting |= more
    return asserting
