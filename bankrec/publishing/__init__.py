"""Publishing: writes the sets that the service reads.

Comes in: ranked products batch by batch.
Goes out: a new set beside the others, verified, checked by the gate and put in use.
May import: shared types, storage, and the figures of drift (`model.drift`).
"""
