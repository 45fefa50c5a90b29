"""The eight categories of a row in one integer, four bits each: the value, and whether it was corrected.

Between its two steps, cleaning writes each row to disk and reads it again. Eight texts would take more space than
all other columns together, and the notes on them follow from the codes.

A code is the position of the value in `cleaning.rules.CATEGORIES`, plus the number of values if a rule corrected
its spelling; `OTHER_CODE` stands for any other value and `MISSING_CODE` for no value.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt

from bankrec.cleaning.rules import YES_OR_NO
from bankrec.cleaning.spellings import given, says_no, says_yes
from bankrec.santander.categories import CATEGORIES, OTHER

OTHER_CODE, MISSING_CODE = 14, 15
_BITS = 4
_SHIFT = {name: _BITS * place for place, name in enumerate(CATEGORIES)}
_WITHOUT_VALUE = {"unknown_value": OTHER_CODE, "missing": MISSING_CODE}
_CORRECTED = {
    "ind_empleado": "spouse",
    "indrel_1mes": "spelling",
    "segmento": "digits",
    **dict.fromkeys(YES_OR_NO, "spelling"),
}


def coded(raw: Any) -> Any:
    """`categories` int64 of a table with the columns of `CATEGORIES` as text."""
    return reduce(or_, (_coded(raw[name], name) for name in CATEGORIES))


def is_other(column: Any, name: str) -> Any:
    """Whether a raw text of category `name` is given but is no spelling of any of its values."""
    return _coded(column, name) == _literal(OTHER_CODE, name)


def is_missing(categories: Any, name: str) -> Any:
    """Whether nothing was given in category `name`."""
    return _masked(categories, name) == _literal(MISSING_CODE, name)


def decoded(categories: Any, name: str) -> Any:
    """The text of category `name`: one of its values, `OTHER`, or null."""
    codes, values = _masked(categories, name), CATEGORIES[name]
    cases: list[tuple[Any, Any]] = []
    for place, value in enumerate(values):
        cases.append((codes == _literal(place, name), value))
        if name in _CORRECTED:
            cases.append((codes == _literal(len(values) + place, name), value))
    return ibis.cases(*cases, (codes == _literal(OTHER_CODE, name), OTHER), else_=ibis.null("string"))


def noted(categories: npt.NDArray[np.int64], column: str, rule: str) -> npt.NDArray[np.bool_]:
    """Which of `categories` [n] a rule of `cleaning.rules.RULES` on a category applies to."""
    codes: npt.NDArray[np.int64] = categories >> _SHIFT[column] & MISSING_CODE
    if rule in _WITHOUT_VALUE:
        return np.equal(codes, _WITHOUT_VALUE[rule])
    if rule != _CORRECTED.get(column):
        raise ValueError(f"no rule {rule} of category {column}")
    return (codes >= len(CATEGORIES[column])) & (codes < OTHER_CODE)


def _coded(column: Any, name: str) -> Any:
    """Compare with the usual spellings first; only the remaining texts are stripped and turned to capitals."""
    values = CATEGORIES[name]
    usual = {value: place for place, value in enumerate(values)}
    if name == "indrel_1mes":
        usual = {"1": 0, "1.0": len(values)} | usual
    if name == "segmento":
        usual = {f"{number:02} - {value}": len(values) + number - 1 for number, value in enumerate(values, 1)}
    spelled = given(column.strip()).upper()
    cases = [(spelled == value, _literal(place, name)) for place, value in enumerate(values)]
    if name in _CORRECTED:
        bare = _corrected(spelled, name)
        cases += [(bare == value, _literal(len(values) + place, name)) for place, value in enumerate(values)]
    cases += [(spelled.notnull(), _literal(OTHER_CODE, name))]
    missing = _literal(MISSING_CODE, name)
    first = [(column == text, _literal(code, name)) for text, code in usual.items()]
    return ibis.cases(*first, (column.isnull(), missing), else_=ibis.cases(*cases, else_=missing))


def _corrected(spelled: Any, name: str) -> Any:
    if name == "ind_empleado":
        return (spelled == "S").ifelse("P", spelled)
    if name in YES_OR_NO:
        number = spelled.try_cast("float64")
        yes, no = (number == 1) | says_yes(spelled), (number == 0) | says_no(spelled)
        return ibis.cases((ibis.coalesce(yes, False), "S"), (ibis.coalesce(no, False), "N"), else_=spelled)
    return spelled.re_replace(r"\.0+$" if name == "indrel_1mes" else r"^[0-9]+\s*-?\s*", "")


def _masked(categories: Any, name: str) -> Any:
    return categories & _literal(MISSING_CODE, name)


def _literal(code: int, name: str) -> Any:
    return ibis.literal(code << _SHIFT[name], type="int64")
