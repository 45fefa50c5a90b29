"""The message of an error is one line that a terminal can show, and its kind is an exit code."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bankrec.errors import GateError, InputError, in_one_line


@given(st.text(), st.integers(3, 60))
def test_any_text_is_one_printable_line_of_the_length_asked(text: str, longest: int) -> None:
    line = in_one_line(text, longest)
    assert line.isprintable() and len(line) <= longest
    assert line == " ".join(line.split()) or line.endswith("...")


def test_lines_by_hand() -> None:
    assert in_one_line("a\n  b\tc\0") == "a b c"
    assert in_one_line("x" * 30, 10) == "xxxxxxx..."
    assert in_one_line(FileNotFoundError(2, "No such file or directory", "a.csv")) == "No such file or directory"


def test_bad_input_and_a_refused_set_have_exit_codes_of_their_own() -> None:
    assert (InputError("x").exit_code, GateError("x").exit_code) == (2, 3)
    assert isinstance(GateError("x"), InputError)
