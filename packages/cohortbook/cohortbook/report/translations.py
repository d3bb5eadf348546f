"""What tables and figures say, in Portuguese and Spanish, by what they say in English."""

from __future__ import annotations

from collections.abc import Mapping

TRANSLATIONS: Mapping[str, Mapping[str, str]] = {"pt": {}, "es": {}}
