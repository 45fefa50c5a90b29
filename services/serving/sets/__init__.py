"""Reading a published set, with every guarantee checked.

Comes in: the folder of one set.
Goes out: its manifest, bank, catalogue, customers and ranked lists as arrays, reasons and their texts; or a `SetError`.
May import: nothing else of the service.
"""
