"""Names of a package that are imported from their modules when first asked for."""

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(
    package: str, modules: Mapping[str, str | Iterable[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Make what a package needs so that importing it costs next to nothing.

    Parameters
    ----------
    package : str
        ``__name__`` of the package.
    modules : mapping
        For each module, the names of it that the package offers: in one string with spaces between
        them, or one by one (the keys of a dictionary do), and then also as ``"name as other"``.
        Under the package's own name stand those of its modules that it offers.

    Returns
    -------
    tuple
        ``__getattr__`` (which imports a name's module and keeps the name), ``__dir__`` and
        ``__all__`` (sorted) of the package.

    Raises
    ------
    AttributeError
        From ``__getattr__``, for a name that the package does not have.

    References
    ----------
    PEP 562, Module ``__getattr__`` and ``__dir__``.

    Examples
    --------
    >>> get, _, names = lazy_names(__name__, {"math": ["sqrt", "floor as down"]})
    >>> names, get("sqrt")(9), get("down")(1.5)
    (['down', 'sqrt'], 3.0, 1)
    """
    homes = {}
    for module, names in modules.items():
        for entry in names.split() if isinstance(names, str) else names:
            name, _, other = entry.partition(" as ")
            homes[other or name] = (module, name)

    def get(name: str) -> Any:
        if name not in homes:
            there = sys.modules.get(package)
            raise AttributeError(
                f"module {package!r} has no attribute {name!r}", name=name, obj=there
            )
        module, attribute = homes[name]
        if module == package:
            value: Any = import_module(f"{package}.{attribute}")
        else:
            value = getattr(import_module(module), attribute)
        setattr(sys.modules[package], name, value)
        return value

    def listed() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return get, listed, sorted(homes)
