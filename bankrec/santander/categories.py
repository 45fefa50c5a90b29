"""Categories of the bank: values that its files hold, how missing and yes and no are spelled, and what can not be."""

from __future__ import annotations

OTHER = "OTHER"  # the class of its own of a value that the format does not know, as a new code
UNKNOWN_CODE = -1  # both of these, for categories that are whole numbers
OLDEST = 120  # years: nobody was older, the real file goes up to 164
LONGEST_TENURE = 1_200  # months: a hundred years; the real file goes up to 256
HIGHEST_INCOME = 10_000_000.0  # EUR a year: a hundred times the real median of 101,850
EARLIEST_JOIN = "1900-01-01"
# Categories with few values: the values the format knows, the commonest first, as they are compared in turn.
CATEGORIES: dict[str, tuple[str, ...]] = {
    "ind_empleado": ("N", "B", "F", "A", "P"),
    "sexo": ("V", "H"),
    "indrel_1mes": ("1", "2", "3", "4", "P", "N"),
    "tiprel_1mes": ("I", "A", "P", "R", "N"),
    "indresi": ("S", "N"),
    "indext": ("N", "S"),
    "indfall": ("N", "S"),
    "segmento": ("TOP", "PARTICULARES", "UNIVERSITARIO"),
}
OPEN = ("pais_residencia", "canal_entrada", "nomprov")  # categories with many values, and new ones at times
CODES: dict[str, tuple[int, ...]] = {"ind_nuevo": (0, 1), "indrel": (1, 99), "ind_actividad_cliente": (0, 1)}
PROVINCES = (1, 99)  # two digits, as the statistics office numbers them; 0: no row of the month has one
