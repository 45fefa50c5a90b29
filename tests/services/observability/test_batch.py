"""Lines that wait are written together, in order, once."""

from __future__ import annotations

import asyncio

import pytest

from serving.observability.batch import Batch


def test_what_is_added_is_written_in_one_piece_when_the_time_is_over() -> None:
    written: list[list[int]] = []

    async def scenario() -> None:
        done = asyncio.Event()

        def write(numbers: list[int]) -> None:
            written.append(numbers)
            done.set()

        batch = Batch(write, 0.01)
        for number in range(5):
            batch.add(number)
        assert written == []
        await asyncio.wait_for(done.wait(), 5)
        done.clear()
        batch.add(5)  # the clock starts again
        await asyncio.wait_for(done.wait(), 5)

    asyncio.run(scenario())
    assert written == [[0, 1, 2, 3, 4], [5]]


def test_a_flush_writes_now_and_stops_the_clock() -> None:
    written: list[list[int]] = []

    async def scenario() -> None:
        batch = Batch(written.append, 0.01)
        batch.add(1)
        batch.flush()
        later = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.02, later.set_result, None)
        await later

    asyncio.run(scenario())
    assert written == [[1]]


def test_what_could_not_be_written_is_not_kept() -> None:
    def full(_: list[int]) -> None:
        raise OSError(28, "No space left on device")

    async def scenario() -> None:
        batch = Batch(full, 10)
        batch.add(1)
        with pytest.raises(OSError, match="No space"):
            batch.flush()
        assert batch._waiting == []

    asyncio.run(scenario())


def test_as_many_as_may_wait_are_written_at_once() -> None:
    written: list[list[int]] = []

    async def scenario() -> None:
        batch = Batch(written.append, 10, most=2)
        for number in range(5):
            batch.add(number)
        assert written == [[0, 1], [2, 3]]
        batch.flush()

    asyncio.run(scenario())
    assert written == [[0, 1], [2, 3], [4]]
