"""The private events of all services: which there are, and which code can record them."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from types import ModuleType

from infra.host import SERVICES
from kernel.application import KERNEL_PUBLISHED
from kernel.domain import DomainEvent
from kernel.service import Service

Events = set[type[DomainEvent]]
OUR_CODE = ("kernel", "families", *(service.schema for service in SERVICES.values()))


def named_by(service: Service) -> Events:
    """What the service's tables know."""
    return {*service.published, *service.private}


def known() -> Events:
    """What any table knows."""
    return {*KERNEL_PUBLISHED}.union(*map(named_by, SERVICES.values()))


def defined() -> Events:
    """Every class of stored events in our code, wherever it stands."""
    for service in SERVICES.values():
        list(modules_of(service))
    return {event for event in _below(DomainEvent) if event.__module__.split(".")[0] in OUR_CODE}


def _below(event: type[DomainEvent]) -> Iterator[type[DomainEvent]]:
    for each in event.__subclasses__():
        yield each
        yield from _below(each)


def recordable_by(service: Service) -> Events:
    """What the code of the service, or of the families it uses, records."""
    return {event for module in modules_of(service) for event in recorded_in(module)}


def modules_of(service: Service) -> Iterator[ModuleType]:
    package = importlib.import_module(service.schema)
    names = {module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")}
    modules = [importlib.import_module(name) for name in sorted(names)]
    families = {name for module in modules for name in _imports(module) if name.startswith("families.")}
    yield from [*modules, *map(importlib.import_module, sorted(families))]


def _imports(module: ModuleType) -> Iterable[str]:
    return (node.module for node in ast.walk(_tree(module)) if isinstance(node, ast.ImportFrom) and node.module)


def recorded_in(module: ModuleType) -> Events:
    """Classes of events that stand first among the arguments of a call, as in `self.record(events.CaseFiled, …)`."""
    calls = (node for node in ast.walk(_tree(module)) if isinstance(node, ast.Call) and node.args)
    named = (_value(part, module) for call in calls for part in ast.walk(call.args[0]))
    return {value for value in named if isinstance(value, type) and issubclass(value, DomainEvent)}


def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def _value(node: ast.AST, module: ModuleType) -> object:
    """What a name, or a name in a module, stands for."""
    if isinstance(node, ast.Name):
        return vars(module).get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return getattr(vars(module).get(node.value.id), node.attr, None)
    return None
