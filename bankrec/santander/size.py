"""Size of the bank: its customers and months in the published file, and how large a simulated one may be."""

from __future__ import annotations

CUSTOMERS, MONTHS = 956_645, 17  # customers with a row in any month; January 2015 to May 2016
SIMULATED_CUSTOMERS = (1_000, CUSTOMERS)  # smallest and largest number
SIMULATED_MONTHS = (2, MONTHS)
