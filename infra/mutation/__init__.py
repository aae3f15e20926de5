"""Mutation tests of calendar, terms and clocks (期限, 节点): would a test notice if this code were a little wrong?

mutmut makes the mutants and runs, for each, the tests that reach the function it is in.
"""

FILES = (
    "calendar", "calendar_data", "calendar_vector", "terms", "terms_text", "due", "past", "effective", "reading",
    "occurrences", "breach", "derive",
)  # fmt: skip
"""Of shared/rules: what a day, a term, an occurrence and its state are."""
TESTS = (
    "calendar.py",
    "terms.py",
    "term_command.py",
    "past.py",
    "clauses_due.py",
    "duties.py",
    "derive_answers.py",
    "derive_occurrences.py",
    "derive_order_free.py",
    "derive_states.py",
    "supervise.py::test_a_clock_may_have_days_off_of_its_own",
    "supervise.py::test_one_state_of_knowledge_is_judged_as_the_whole_history_is",
)
"""Of tests/unit, those marked fast: the tests that are asked."""
