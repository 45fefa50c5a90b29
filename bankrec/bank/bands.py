"""Bands of the bank: where ages are cut, for popularity, reasons and lifts."""

from __future__ import annotations

AGE_BANDS = (18, 22, 26, 31, 41, 51, 66)  # years at which a band ends
