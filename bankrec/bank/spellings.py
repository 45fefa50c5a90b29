"""How missing values, yes and no are spelled in files, and the largest customer number that all readers hold."""

from __future__ import annotations

UNREADABLE_LIMIT = 0.001  # of the rows kept: a larger share of unreadable values in a product column stops the run
MISSING_SPELLINGS = ("", "NA", "N/A", "NaN", "nan", "NULL", "null", "None")  # after padding is taken off
# A flag in words, after padding is taken off and in capitals; Excel writes TRUE, and VERDADERO where it is Spanish.
YES_SPELLINGS = ("YES", "SÍ", "SI", "TRUE", "VERDADERO", "Y", "S", "T")
NO_SPELLINGS = ("NO", "FALSE", "FALSO", "N", "F")
LARGEST_CUSTOMER = 2**53  # the largest number that every reader of the files holds exactly
