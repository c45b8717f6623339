"""Names that files can have, on every system: Windows is the strictest."""

import re
from collections.abc import Iterable, Sequence

from labelbridge.core import InputError
from labelbridge.io.names import AXONMYELIN

__all__ = ["check_class_names", "check_stem", "check_stems"]

_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f]')
_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|COM[0-9¹²³]|LPT[0-9¹²³])(\..*)?", re.IGNORECASE)
_CLASS_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9 _.-]*[A-Za-z0-9_-])?")


def check_stem(stem: str) -> None:
    """Raise InputError where `stem` cannot be the beginning of a file's name, on Windows either."""
    if not stem or stem.startswith(".") or _FORBIDDEN.search(stem):
        raise InputError(f"got the image name '{stem}', expected one that can begin a file's name; rename the image.")
    if _RESERVED.fullmatch(stem) or stem.endswith((".", " ")):
        why = "ends in a dot or a space" if stem.endswith((".", " ")) else "is reserved there"
        raise InputError(f"got the image name '{stem}', which Windows cannot hold: it {why}; rename the image.")


def check_stems(stems: Iterable[str]) -> None:
    """Raise InputError where a stem cannot be used or two differ only in case, which many disks do not tell apart."""
    seen: dict[str, str] = {}
    for stem in stems:
        check_stem(stem)
        before = seen.setdefault(stem.casefold(), stem)
        if before != stem:
            raise InputError(
                f"got the image names '{before}' and '{stem}', expected names that differ in more than upper and lower "
                "case; rename one of them."
            )


def check_class_names(names: Sequence[str]) -> None:
    """Raise InputError where a class name cannot be part of a mask's name, or two differ only in case."""
    for index, name in enumerate(names):
        if not _CLASS_NAME.fullmatch(name) or name == AXONMYELIN or name.endswith("-manual"):
            raise InputError(f"got the class '{name}', expected a name of letters and digits; rename the class.")
        if name.casefold() in (other.casefold() for other in names[:index]):
            raise InputError(f"got two classes named '{name}' but for the case, expected different names; rename one.")
