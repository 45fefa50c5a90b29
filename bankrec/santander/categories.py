"""Categories of the bank: the values that its files hold, and the limits of plausible numbers."""

from __future__ import annotations

OTHER = "OTHER"  # the class of all values that the format does not know, such as new codes
UNKNOWN_CODE = -1  # other and unknown, for categories that are whole numbers
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
OPEN = ("pais_residencia", "canal_entrada", "nomprov")  # categories with many values, to which new ones are added
CODES: dict[str, tuple[int, ...]] = {"ind_nuevo": (0, 1), "indrel": (1, 99), "ind_actividad_cliente": (0, 1)}
PROVINCES = (1, 99)  # codes of the statistics office, two digits; 0: no row of the month has one
