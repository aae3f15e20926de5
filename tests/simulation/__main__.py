"""Histories by command: `python -m tests.simulation --seed 17 --journal`, `--seconds 60`, `--events N --progress FILE`.

A run up to a number of events notes in the progress file how far it has come; called again, it goes on there.
"""

import argparse
import sys
from pathlib import Path

from tests.simulation.history import run
from tests.simulation.plan import PROFILES, plan
from tests.simulation.runs import for_seconds, told, until_events


def main() -> int:
    asked = _arguments()
    if asked.seed is not None:
        outcome = run(plan(asked.seed, asked.profile), journal=asked.journal)
        print("\n".join(outcome.journal))
        print(told(outcome, asked.profile) if outcome.violations else f"{outcome.events} events, all well")
        return bool(outcome.violations)
    if asked.events:
        tally = until_events(asked.events, asked.first, asked.profile, asked.progress)
        failed = None
    else:
        tally, failed = for_seconds(asked.seconds, asked.first, asked.profile)
    print(f"{tally}\n{tally.events_a_minute:,} events a minute of processor time")
    if failed:
        print(told(failed, asked.profile))
    return bool(tally.failed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--profile", choices=PROFILES, default="mixed")
    parser.add_argument("--seed", type=int, help="play this history only")
    parser.add_argument("--journal", action="store_true", help="tell what happened in it")
    parser.add_argument("--first", type=int, default=1, help="the first seed of many")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--events", type=int, help="play until so many were stored")
    parser.add_argument("--progress", type=Path, default=Path(".zhixing/simulation.json"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
