"""Turns of one event loop: so many in a round, the rest in line."""

import pytest

from calotype.web.turns import Turns


class Loop:
    """A loop that comes round when it is told to."""

    def __init__(self):
        self.due = []

    def call_soon(self, callback, *arguments):
        self.due.append((callback, arguments))

    def come_round(self):
        due, self.due = self.due, []
        for callback, arguments in due:
            callback(*arguments)


@pytest.fixture
def loop():
    return Loop()


def test_there_are_so_many_turns_until_the_loop_has_come_round(loop):
    turns = Turns(2)
    first = [turns.take(loop) for _ in range(3)]
    loop.come_round()
    assert (first, turns.take(loop)) == ([True, True, False], True)


def test_who_waits_is_called_in_order_and_so_many_in_a_round(loop):
    turns, called, rounds = Turns(2), [], []
    assert [turns.take(loop), turns.take(loop), turns.take(loop)] == [True, True, False]
    for name in "abc":
        turns.wait(lambda name=name: called.append(name))
    while loop.due:
        loop.come_round()
        rounds.append("".join(called))
    assert rounds == ["ab", "abc"]


def test_nobody_passes_those_who_wait(loop):
    turns = Turns(1)
    turns.take(loop)
    turns.wait(lambda: None)
    loop.come_round()
    assert not turns.take(loop)


def test_a_failure_costs_nobody_else_the_turn(loop):
    turns, called = Turns(1), []
    turns.take(loop)
    turns.wait(lambda: called[0])
    turns.wait(lambda: called.append("next"))
    with pytest.raises(IndexError):
        loop.come_round()
    loop.come_round()
    assert called == ["next"]
