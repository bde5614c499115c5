"""Reads user data: file or frame -> checked table with roles, and its data contract. Deferred."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
