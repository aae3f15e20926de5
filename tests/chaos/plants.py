"""What no fault may do, done to a court that is whole: each promise is seen to be broken."""

from tests.chaos.court import Court

PLANTS = {
    "acknowledged is durable": "DELETE FROM funds.commands WHERE position('payment_id'::bytea IN response) > 0",
    "a command is there whole or not at all":
        "DELETE FROM intake.commands WHERE position = (SELECT max(position) FROM intake.commands)",
    "positions have no gaps, recorded_at never goes back":
        "UPDATE intake.events SET recorded_at = 'epoch' WHERE notification_id = 2",
    "the chain of a log holds": "UPDATE triage.events SET state = state || ' '::bytea WHERE notification_id = 1",
    "nothing is lost on the way":
        "DELETE FROM auction.facts WHERE event_id = (SELECT min(event_id) FROM auction.facts)",
    "effects are there once":
        """UPDATE funds.events SET published = NULL
           WHERE notification_id = (SELECT min(notification_id) FROM funds.events WHERE topic ~ 'AccountOpened')""",
    "nothing is left lying":
        "INSERT INTO triage.work_items VALUES ('', '', '', '', 'case/1', 'refused', '', now(), '', '')",
    "events of a log about a subject come in order":
        "UPDATE triage.events SET published = NULL WHERE notification_id = 1",
    "read models are what a fold from scratch gives":
        "DELETE FROM supervision.clocks WHERE subject = (SELECT min(subject) FROM supervision.clocks)",
    "money adds up": "UPDATE funds.cashbook SET amount_fen = amount_fen + 1",
}  # fmt: skip


async def plant(court: Court) -> None:
    for done in PLANTS.values():
        assert await court.pool.execute(done) != "DELETE 0"
