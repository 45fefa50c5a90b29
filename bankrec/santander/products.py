"""The products of the shipped description, as the adapter of the raw format and the simulator need them."""

from __future__ import annotations

from bankrec.bank.files import santander

PRODUCTS = santander().products
PRODUCT_COLUMNS, BIT, N_PRODUCTS = santander().ids, santander().bit, santander().n
