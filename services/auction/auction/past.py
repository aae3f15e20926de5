"""What happened to a case before the court had this system: the disposals that were asked for."""

from __future__ import annotations

from families.history import OF_MATTERS, HistoryCommands
from families.matter import Matter


class PastCommands(HistoryCommands):
    """Rounds are not brought in: what they came to stands on bids that this system does not have."""

    BEGUN = frozenset({Matter})
    HISTORY = OF_MATTERS
