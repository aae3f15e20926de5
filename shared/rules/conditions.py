"""Conditions of policy packs: CEL within the limits of pack language 2.2.

The library finds an unknown name or field only when it meets one, and `true || unknown` hides it. So the text is walked
here at load: every name and field must be declared, operands must agree in type, and what could cost too much or
read the clock is refused. At a decision a condition is true, false or unknown, never an error to the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import cel

MAX_SOURCE = 500
MAX_NESTED_MACROS = 2
MAX_LIST = 200

CASE = "case."
"""What the names of a case's fields begin with."""
_EVALUATION_ERRORS = (RuntimeError, KeyError, TypeError, ValueError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A plain type; `any` agrees with every other."""

    name: str


@dataclass(frozen=True, slots=True)
class ListOf:
    item: Type


@dataclass(frozen=True, slots=True)
class MapOf:
    """Any key, one type of value (`case.checks.kind`)."""

    value: Type


@dataclass(frozen=True, slots=True)
class Record:
    fields: Mapping[str, Type]


Type = Scalar | ListOf | MapOf | Record

ANY, BOOL, INT, STRING = Scalar("any"), Scalar("bool"), Scalar("int"), Scalar("string")
STRINGS = ListOf(STRING)


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition. `paths` are the declared names it reads, dotted from their root, as far as it reads them.

    Of a list whose items are only asked for fields, by `all` and `exists`, it reads those fields: `case.assets.state`;
    how often items alike stand in it says nothing then. `of_case`: the fields of `case` among them.
    """

    source: str
    paths: frozenset[str]
    of_case: frozenset[str]
    program: cel.Program = field(compare=False, repr=False)

    def holds(self, context: cel.Context) -> bool | None:
        """True, false, or None where the condition could not be evaluated (unknown)."""
        try:
            result = self.program.execute(context)
        except _EVALUATION_ERRORS:
            return None
        return result if isinstance(result, bool) else None


def compile_condition(source: object, roots: Mapping[str, Type]) -> Condition:
    """Compile `source`, whose names must be among `roots`. ValueError says what is wrong and what is known."""
    if not isinstance(source, str):
        raise ValueError("a condition is a text in quotes")
    if len(source) > MAX_SOURCE:
        raise ValueError(f"a condition has at most {MAX_SOURCE} characters")
    walk = _Walk(source, roots)
    try:
        type_ = walk.expression()
    except RecursionError:
        raise ValueError(f"'{source[:20]}…' is nested too deeply") from None
    walk.end()
    if type_ not in (BOOL, ANY):
        raise ValueError(f"'{source}' does not say true or false")
    of_case = frozenset(path.split(".")[1] for path in walk.paths if path.startswith(CASE))
    return Condition(source, frozenset(walk.paths), of_case, cel.compile(source))


def context(**variables: object) -> cel.Context:
    """One prepared context for all conditions of a decision: converting the facts costs more than any condition."""
    return cel.Context(dict(variables))


_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<int>\d+)|(?P<name>[A-Za-z_]\w*)"""
    r"""|(?P<op>&&|\|\||[=!<>]=|[-+*/%<>!?:.,()\[\]]))"""
)


def _tokens(source: str) -> Iterator[tuple[str, str]]:
    at, end = 0, len(source.rstrip())
    while at < end:
        found = _TOKEN.match(source, at)
        if found is None or found.lastgroup is None:
            raise ValueError(f"'{source[at:].strip()[:20]}' in '{source}' is no part of a condition")
        yield found.lastgroup, found.group(found.lastgroup)
        at = found.end()


@dataclass(frozen=True, slots=True)
class _Part:
    """A parsed part: its type and, where it is a name or a field of one, its dotted path."""

    type: Type
    path: str = ""


class _Walk:
    """Recursive descent over the text: resolves every name and infers every type."""

    def __init__(self, source: str, roots: Mapping[str, Type]) -> None:
        self.source = source
        self.tokens = [*_tokens(source), ("end", "")]
        self.at = 0
        self.scope = dict(roots)
        self.bound: dict[str, str] = {}  # variable of a macro -> the list it takes the items of; "" for no named one
        self.paths: set[str] = set()

    def expression(self) -> Type:
        chosen = self._or()
        if not self._take("?"):
            return chosen
        self._agree(chosen, BOOL)
        first = self.expression()
        self._expect(":")
        return self._agree(first, self.expression())

    def end(self) -> None:
        if self.tokens[self.at][0] != "end":
            raise self._error(f"'{self.tokens[self.at][1]}' was not expected")

    def _or(self) -> Type:
        return self._logic(self._and, "||")

    def _and(self) -> Type:
        return self._logic(self._relation, "&&")

    def _logic(self, operand: Callable[[], Type], sign: str) -> Type:
        left = operand()
        while self._take(sign):
            self._agree(left, BOOL)
            left = self._agree(operand(), BOOL)
        return left

    def _relation(self) -> Type:
        left = self._sum()
        while sign := self._take("==", "!=", "<", "<=", ">", ">=", "in"):
            right = self._sum()
            self._agree(ListOf(left), right) if sign == "in" else self._agree(left, right)
            left = BOOL
        return left

    def _sum(self) -> Type:
        left = self._unary()
        while self._take("+", "-", "*", "/", "%"):
            left = self._agree(self._agree(left, self._unary()), INT)
        return left

    def _unary(self) -> Type:
        if self._take("!"):
            return self._agree(self._unary(), BOOL)
        if self._take("-"):
            return self._agree(self._unary(), INT)
        return self._member()

    def _member(self) -> Type:
        part = self._primary()
        while self._take("."):
            name = self._name()
            part = self._macro(part, name) if self._take("(") else self._field(part, name)
        self._reads(part.path)
        return part.type

    def _reads(self, path: str) -> None:
        """What is read of the roots: of an item its field stands for that field of all items."""
        root, _, field = path.partition(".")
        origin = self.bound.get(root)
        if origin:
            self.paths.add(f"{origin}.{field}" if field else origin)
        elif origin is None and field:
            self.paths.add(path)

    def _field(self, part: _Part, name: str) -> _Part:
        path = f"{part.path}.{name}" if part.path else ""
        match part.type:
            case Record(fields) if name in fields:
                return _Part(fields[name], path)
            case Record(fields):
                raise self._error(f"{path or name} is unknown; known: {', '.join(sorted(fields))}")
            case MapOf(value):
                return _Part(value, path)
            case Scalar("any"):
                return _Part(ANY, path)
            case _:
                raise self._error(f"{part.path or 'this'} has no field {name}")

    def _macro(self, part: _Part, name: str) -> _Part:
        results: dict[str, Callable[[Type, Type], Type]] = {
            "exists": lambda _, body: self._agree(body, BOOL),
            "exists_one": lambda _, body: self._agree(body, BOOL),
            "all": lambda _, body: self._agree(body, BOOL),
            "filter": lambda item, body: self._agree(body, BOOL) and ListOf(item),
            "map": lambda _, body: ListOf(body),
        }
        if name not in results or not isinstance(part.type, ListOf):
            raise self._error(f"{name}() is not known here; lists have {', '.join(results)}")
        variable = self._name()
        self._expect(",")
        body = self._with(variable, part.type.item, self._origin(part, name))
        self._expect(")")
        return _Part(results[name](part.type.item, body))

    def _origin(self, part: _Part, macro: str) -> str:
        """The list of which the macro reads only what its body reads of the items; "" where it reads it whole."""
        asks_items = isinstance(part.type, ListOf) and isinstance(part.type.item, Record)
        if asks_items and macro in ("all", "exists") and part.path and part.path.partition(".")[0] not in self.bound:
            return part.path
        self._reads(part.path)
        return ""

    def _with(self, variable: str, item: Type, origin: str) -> Type:
        if variable in self.scope:
            raise self._error(f"{variable} is already a name")
        if len(self.bound) == MAX_NESTED_MACROS:
            raise self._error(f"at most {MAX_NESTED_MACROS} macros may be nested")
        self.scope[variable] = item
        self.bound[variable] = origin
        body = self.expression()
        del self.bound[variable]
        del self.scope[variable]
        if origin and not any(path.startswith(f"{origin}.") for path in self.paths):
            self.paths.add(origin)
        return body

    def _primary(self) -> _Part:
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "string":
            return _Part(STRING)
        if kind == "int":
            return _Part(INT)
        if kind == "name":
            return self._named(text)
        if text == "(":
            inner = self.expression()
            self._expect(")")
            return _Part(inner)
        if text == "[":
            return self._list()
        raise self._error(f"'{text}' was not expected" if text else "it ends too early")

    def _named(self, name: str) -> _Part:
        if name in ("true", "false"):
            return _Part(BOOL)
        if name == "size" and self._take("("):
            self._agree(self.expression(), ListOf(ANY))
            self._expect(")")
            return _Part(INT)
        if name not in self.scope:
            raise self._error(f"{name} is unknown; known: {', '.join(sorted(self.scope))}")
        return _Part(self.scope[name], name)

    def _list(self) -> _Part:
        item: Type = ANY
        while not self._take("]"):
            item = self._agree(item, self.expression())
            if not self._take(","):
                self._expect("]")
                break
        return _Part(ListOf(item))

    def _agree(self, left: Type, right: Type) -> Type:
        if ANY in (left, right):
            return right if left == ANY else left
        if isinstance(left, ListOf) and isinstance(right, ListOf):
            return ListOf(self._agree(left.item, right.item))
        if left != right:
            raise self._error(f"{_title(left)} stands where {_title(right)} is expected")
        return left

    def _take(self, *signs: str) -> str:
        kind, text = self.tokens[self.at]
        if kind in ("string", "end") or text not in signs:
            return ""
        self.at += 1
        return text

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._error(f"'{sign}' expected")

    def _name(self) -> str:
        kind, text = self.tokens[self.at]
        if kind != "name":
            raise self._error(f"a name expected, not '{text}'")
        self.at += 1
        return text

    def _error(self, message: str) -> ValueError:
        return ValueError(f"{message} (in '{self.source}')")


def _title(type_: Type) -> str:
    return f"a {type_.name}" if isinstance(type_, Scalar) else "a list" if isinstance(type_, ListOf) else "a record"
