"""Reads definitions: find, search, load. One TOML file a KPI, in `kpis/` and in the folders of users. Deferred."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
