"""What a policy pack can say, as closed, immutable models, by section. `loader.py` reads them from YAML."""

from rules.packs.assignment import Assignment, Doing, Step, Weight, Workload
from rules.packs.authority import Authority
from rules.packs.clocks import Clock, Extension, Key, Ladder, Past, Repeat, Suspension, Warn, Who
from rules.packs.documents import Document
from rules.packs.duties import Duty, WorkList
from rules.packs.gates import Elapsed, Gate, GateItem
from rules.packs.pack import RULE_SECTIONS, Effective, Pack, Settings, Source
from rules.packs.records import Conflict, Figure, Ledger, Process
from rules.packs.routing import Ask, Branch, Destination, Route
from rules.packs.rule import NOWHERE, Names, Origin, Reasoned, Rule, Trail, Window, parts
from rules.packs.structure import Limit, Structure, Team, TeamKind
from rules.packs.words import (
    ACT,
    ACTOR,
    ANY_KIND,
    HANDLER,
    NATIONAL,
    TEAM,
    AnyTerm,
    Clause,
    Code,
    Codes,
    Kinds,
    Pattern,
    RuleId,
)

__all__ = [
    "ACT",
    "ACTOR",
    "ANY_KIND",
    "HANDLER",
    "NATIONAL",
    "NOWHERE",
    "RULE_SECTIONS",
    "TEAM",
    "AnyTerm",
    "Ask",
    "Assignment",
    "Authority",
    "Branch",
    "Clause",
    "Clock",
    "Code",
    "Codes",
    "Conflict",
    "Destination",
    "Document",
    "Doing",
    "Duty",
    "Effective",
    "Elapsed",
    "Extension",
    "Figure",
    "Gate",
    "GateItem",
    "Key",
    "Kinds",
    "Ladder",
    "Ledger",
    "Limit",
    "Names",
    "Origin",
    "Pack",
    "Past",
    "Pattern",
    "Process",
    "Reasoned",
    "Repeat",
    "Route",
    "Rule",
    "RuleId",
    "Settings",
    "Source",
    "Step",
    "Structure",
    "Suspension",
    "Team",
    "TeamKind",
    "Trail",
    "Warn",
    "Weight",
    "Who",
    "Window",
    "WorkList",
    "Workload",
    "parts",
]
