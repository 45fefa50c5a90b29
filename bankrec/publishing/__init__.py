"""Publishing: sets, as the service reads them.

Comes in: ranked products batch by batch.
Goes out: a set that is written beside the others, verified, passed by the gate and switched to.
May import: shared types, storage, and the figures of drift (`model.drift`).
"""
