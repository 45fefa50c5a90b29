"""The profile of simulated customers as raw text, with the faults of the real file: padding, NA, mixed types."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bankrec.simulator.chances import Bools
from bankrec.simulator.figures import FIRST_MONTH, facts
from bankrec.simulator.population import JULY, Ints, Profile
from bankrec.tenure import months_since

_SEGMENTS = pa.array(["", "01 - TOP", "02 - PARTICULARES", "03 - UNIVERSITARIO"])
_BLANK = {
    "age": " NA",
    "ind_nuevo": "NA",
    "antiguedad": "     NA",
    "indrel": "NA",
    "tipodom": "NA",
    "cod_prov": "NA",
    "ind_actividad_cliente": "NA",
}
_KEPT_WHEN_BLANK = ("fecha_dato", "ncodpers")


class Texts:
    """Text columns of one simulated bank, by month: call `begin` for a month, then `columns` for some rows."""

    def __init__(self, profile: Profile, seed: int) -> None:
        self.profile = profile
        self._seed = seed
        n = len(profile.user_id)
        rng, known = np.random.default_rng([seed, 5]), facts()
        countries = known["countries"] | known["rare_countries"]
        self._country = _pick(countries, n, rng)
        self._resident = pc.equal(self._country, "ES").to_numpy(zero_copy_only=False)
        self._abroad = rng.random(n) < np.where(self._resident, 0.0425, 0.97)
        self._sex = _pick({"V": 545, "H": 455}, n, rng)
        self._employee = _pick({"N": 13610977, "B": 3566, "F": 2523, "A": 2492, "S": 17}, n, rng)
        self._employee_later = rng.random(n) < 309 / known["customers"]
        self._spouse_from = np.where(rng.random(n) < 2.2e-4, rng.integers(0, 17, n), 99)
        self._dead_from = np.where(rng.random(n) < 0.0030, rng.integers(-15, 17, n), 99)
        self._channel = np.empty(n, dtype=object)
        for segment in (1, 2, 3):
            chosen = np.flatnonzero(profile.segment == segment)
            self._channel[chosen] = _pick(known["channels"][str(segment)], len(chosen), rng).to_numpy(False)
        self._channel = pa.array(self._channel, pa.string())
        table = known["provinces"]
        weight = np.array([row[2] for row in table])
        self._province = rng.choice(len(table), n, p=weight / weight.sum())
        self._province[(rng.random(n) < 0.0018) | ~self._resident] = -1
        self._codes = pa.array([f"{row[0]:2d}" for row in table] + ["NA"])
        self._names = pa.array([row[1] for row in table] + [""])
        self._income = self._incomes(rng, np.append([row[3] for row in table], 11.97))
        self._float_relation = rng.random(n) < 0.6
        self._fresh = rng.random(n)  # months in which the bank knows little of a new customer
        self._relation = rng.random(n)
        self._absurd = rng.random(n) < 38 / 13.6e6
        self._absurd[rng.integers(n)] = True  # in every bank, so that cleaning always meets it
        self._salary = rng.random(n) < 0.0025
        self._left = np.zeros(n, bool)

    def _incomes(self, rng: np.random.Generator, log_mean: npt.NDArray[np.float64]) -> pa.Array:
        """Household incomes: one constant value per customer, some shared, a quarter unknown."""
        known, n = facts()["renta"], len(self._province)
        centre = log_mean[self._province] + np.array([0, 0.30, 0.06, -0.10])[self.profile.segment]
        tails = rng.standard_normal(n) * (known["sd"] - 0.05) * np.where(rng.random(n) < 0.03, 2.2, 1)
        income = np.round(np.clip(np.exp(centre + tails), known["lowest"], known["highest"]), 2)
        shared = np.flatnonzero(rng.random(n) < known["shared"])
        shared = shared[np.argsort(self._province[shared], kind="stable")]  # so that both are of one province
        income[shared[1::2]] = income[shared[: 2 * (len(shared) // 2) : 2]]
        long = (income < 2e5) & (income > 1e5) & (rng.random(n) < 0.1)
        income[long] = np.nextafter(income[long], np.inf)  # the last digit of a sum, as in the real file
        unknown = rng.random(n) < known["missing_customers"] * np.array([0, 0.7, 0.85, 1.2])[self.profile.segment]
        return pa.array(income, mask=unknown).cast(pa.string())

    def begin(self, month: int) -> None:
        """Draw the values that change in this month."""
        rng, n = np.random.default_rng([self._seed, 6, month]), len(self.profile.user_id)
        self._month = month
        known = self.profile.first == month
        rate = facts()["nearly_empty_rows"] / 13_647_309
        newcomer = (self.profile.first > 0) & (self.profile.first != JULY)
        self._blank = rng.random(n) < np.where(known & newcomer, 0.03, rate * 0.86)
        self._left = rng.random(n) < np.where(self._left, 0.36, 0.00115)  # some have left for two months
        self._day = rng.integers(1, 28, n)
        self._spelling = rng.random(n)
        self._early = newcomer & (self._fresh > 0.08) & (month - self.profile.first < 1)
        self._early_channel = newcomer & (month - self.profile.first < 1 + (self._fresh > 0.72))

    def salary_unknown(self, rows: Ints) -> Bools:
        """Customers whose payroll and pension flags are missing: some, in their first month."""
        joins = (self.profile.first[rows] == self._month) | (self._spelling[rows] < 0.0006)
        unknown: Bools = (self._salary[rows] & (self.profile.first[rows] >= self._month - 1)) | (
            joins & (self._spelling[rows] < 0.0009)
        )
        return unknown

    def columns(self, rows: Ints, active: Bools) -> dict[str, pa.Array]:
        """The first 24 raw columns of `rows` (customers) as text arrays; null is an empty field."""
        p, month = self.profile, self._month
        stamp = str((FIRST_MONTH + month).astype("datetime64[D]") + np.timedelta64(27, "D"))
        frozen = max(month, JULY)  # until July 2015 age and seniority hold July's value
        age = p.age[rows] + (frozen - JULY + (p.birthday[rows] % 12) + 1) // 12
        joined = p.joined[rows]
        seniority = np.maximum(months_since(joined, FIRST_MONTH + frozen), 0)
        young = np.where(p.first[rows] > 0, month - p.first[rows] < 6, False) & (seniority <= 6)
        sen_text = _padded(seniority, 7)
        if self._absurd[rows].any():
            sen_text = pc.if_else(pa.array(self._absurd[rows] & (month > 4)), "-999999", sen_text)
        left, spell = self._left[rows], self._spelling[rows]
        early, early_channel = self._early[rows], self._early_channel[rows]
        opposite = self._relation[rows] < np.where(active, 0.10, 0.072)
        type_index = np.where(active ^ opposite, 1, 2)
        type_index = np.where(self._relation[rows] > 0.99966, 3, type_index)
        type_index = np.where(self._relation[rows] > 0.99995, 4, type_index)
        floats = np.where(spell < 0.02, spell < 0.01, self._float_relation[rows] | (p.first[rows] == JULY))
        relation = np.where(floats, 1, 2)
        relation = np.where(spell > 0.9996, 3 + (spell * 1e7).astype(np.int64) % 5, relation)
        relation = np.where(type_index == 3, 3 + (spell > 0.33) + 5 * (spell > 0.9), relation)
        province = self._province[rows]
        later = self._employee_later[rows] & (month > 8)
        employee = pc.if_else(pa.array(later), "F", self._employee.take(pa.array(rows)))
        take = pa.array(rows)
        out: dict[str, Any] = {
            "fecha_dato": pa.array([stamp]).take(pa.array(np.zeros(len(rows), np.int8))),
            "ncodpers": pa.array(p.user_id[rows]).cast(pa.string()),
            "ind_empleado": employee,
            "pais_residencia": self._country.take(take),
            "sexo": _null(self._sex.take(take), self._fresh[rows] < 6e-6),
            "age": _padded(age, 3),
            "fecha_alta": pa.array(joined.astype("datetime64[D]")).cast(pa.string()),
            "ind_nuevo": _choice([" 0", " 1"], young),
            "antiguedad": sen_text,
            "indrel": _choice([" 1", "99"], left),
            "ult_fec_cli_1t": _null(
                pa.array(np.datetime64(stamp[:7]).astype("datetime64[D]") + self._day[rows]).cast(pa.string()), ~left
            ),
            "indrel_1mes": _null(_choice(["", "1.0", "1", "3.0", "3", "2.0", "2", "4.0", "P", "4"], relation), early),
            "tiprel_1mes": _null(_choice(["", "A", "I", "P", "R"], type_index), early),
            "indresi": _choice(["N", "S"], self._resident[rows]),
            "indext": _choice(["N", "S"], self._abroad[rows]),
            "conyuemp": _null(_choice(["N", "S"], spell < 0.009), self._spouse_from[rows] > month),
            "canal_entrada": _null(self._channel.take(take), early_channel | (self._fresh[rows] < 0.0008)),
            "indfall": _choice(["N", "S"], self._dead_from[rows] <= month),
            "tipodom": _choice([" 1", " 1"], left),
            "cod_prov": self._codes.take(pa.array(np.where(province < 0, 52, province))),
            "nomprov": self._names.take(pa.array(np.where(province < 0, 52, province))),
            "ind_actividad_cliente": _choice([" 0", " 1"], active),
            "renta": self._income.take(take),
            "segmento": _null(_SEGMENTS.take(pa.array(p.segment[rows])), early_channel | (self._fresh[rows] < 0.001)),
        }
        return self._blanked(out, rows)

    def _blanked(self, columns: dict[str, Any], rows: Ints) -> dict[str, pa.Array]:
        """Rows in which nearly everything is missing."""
        blank = self._blank[rows]
        if blank.any():
            mask = pa.array(blank)
            for name, column in columns.items():
                if name not in _KEPT_WHEN_BLANK:
                    columns[name] = pc.if_else(mask, pa.scalar(_BLANK.get(name, ""), pa.string()), column)
        return columns


def _pick(weights: dict[str, int], n: int, rng: np.random.Generator) -> pa.Array:
    share = np.array(list(weights.values()), float)
    return pa.array(list(weights)).take(pa.array(rng.choice(len(share), n, p=share / share.sum())))


def _choice(options: list[str], index: Any) -> pa.Array:
    return pa.array(options).take(pa.array(np.asarray(index).astype(np.int8)))


def _null(column: pa.Array, where: Bools) -> pa.Array:
    """Empty where missing: the raw file writes nothing there."""
    return pc.if_else(pa.array(where), pa.scalar("", pa.string()), column)


def _padded(values: Ints, width: int) -> pa.Array:
    """Whole numbers right-aligned in `width` characters."""
    low, high = int(values.min()), int(values.max())
    return pa.array([f"{value:{width}d}" for value in range(low, high + 1)]).take(pa.array(values - low))
