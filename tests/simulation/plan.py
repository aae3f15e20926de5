"""What one history is made of: everything follows from its seed."""

from dataclasses import dataclass, replace
from random import Random

FAULTS = (
    "kill",
    "restart",
    "pause",
    "crash_database",
    "crash_unflushed",
    "lose_connections",
    "lose_answers",
    "part",
    "slow_disk",
    "full_disk",
    "jump",
)
KAFKA_FAULTS = ("broker_away", "topics_anew", "lose_offsets", "rebalance", "part_from_broker")


@dataclass(frozen=True)
class Plan:
    """`kafka` carries the events, or the logs are followed themselves. `together`: one process runs all services.
    `twins`: each process runs twice, at once. `shuffled`: see the loop.

    `commands` are those of all clients; `bulk` is how many payments one of them may hold, and `small` the share of
    these that cause nothing. One event in `poison` cannot be applied until it is mended, 0 for none. `faults` come
    every `fault_every_s` on average; `long_delays` is the share of messages that are late.
    """

    seed: int
    kafka: bool
    together: bool
    twins: bool
    shuffled: bool
    clients: int
    commands: int
    accounts: int
    bulk: int
    small: float
    poison: int
    faults: tuple[str, ...]
    fault_every_s: float
    long_delays: float


def mixed(seed: int) -> Plan:
    chance = Random(f"plan {seed}")
    kafka, twins = chance.random() < 0.4, chance.random() < 0.4
    accounts = chance.choice((1, 5, 20, 40))
    bulk = min(chance.choice((1, 20, 100)), 4 * accounts)  # an account that is read anew is no long read
    faults = FAULTS + KAFKA_FAULTS if kafka else FAULTS
    return Plan(
        seed=seed,
        kafka=kafka,
        together=chance.random() < 0.4,
        twins=twins,
        shuffled=chance.random() < 0.5,
        clients=chance.choice((1, 4, 12, 24)),
        commands=chance.choice((150, 300)),
        accounts=accounts,
        bulk=bulk,
        small=bulk / (bulk + 1),
        poison=0 if (twins and not kafka) or chance.random() < 0.6 else chance.choice((20, 100)),
        faults=() if chance.random() < 0.1 else tuple(chance.sample(faults, chance.randint(1, len(faults)))),
        fault_every_s=chance.choice((0.3, 1.0, 4.0)),
        long_delays=chance.choice((0.0, 0.0, 0.01, 0.05)),
    )


def brief(seed: int) -> Plan:
    """For a look at one kind of fault."""
    return replace(mixed(seed), kafka=False, commands=100, bulk=3, small=0.5, clients=8, accounts=6, poison=0)


def light(seed: int) -> Plan:
    """As many events as possible: commands hold many, few of them cause others, most stay in one process."""
    plan = mixed(seed)
    if seed % 5:
        plan = replace(plan, kafka=False, twins=False, together=True, poison=0)
    return replace(plan, clients=24, commands=400, accounts=40, bulk=100, small=0.99)


PROFILES = {"mixed": mixed, "brief": brief, "light": light}


def plan(seed: int, profile: str = "mixed") -> Plan:
    return PROFILES[profile](seed)
