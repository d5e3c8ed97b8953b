"""The key under which the dashboard keeps what it has read, computed or drawn."""

import pickle
from hashlib import blake2b
from typing import Any


def fingerprint(*parts: Any) -> bytes:
    """Return a digest of everything in ``parts``, each cell of a table included: other content has another fingerprint.

    Equal content may have another one too, and is then only made anew. Streamlit's own hashing of a protocol takes ten times as long.
    """
    return blake2b(pickle.dumps(parts, protocol=5)).digest()
