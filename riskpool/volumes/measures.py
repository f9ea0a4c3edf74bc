"""The measures that pay on volume, as they ship: one file each in `policies/volume`, read once a process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from riskpool.schemes.loading import scheme_files
from riskpool.schemes.volume import VolumeScheme, load_volume_schemes

if TYPE_CHECKING:
    from finance.parties.models import Organisation


@cache
def measures() -> Mapping[str, VolumeScheme]:
    """Every measure by its id. Refused with every fault of a file that is not valid."""
    files = scheme_files(settings.POLICIES_DIR / "volume")
    return {scheme.id: scheme for path in files for scheme in load_volume_schemes(path)}


def measures_for(organisation: Organisation) -> dict[str, VolumeScheme]:
    """Those under which an organisation may award: written for its region. A measure without regions is nobody's."""
    return {name: one for name, one in measures().items() if organisation.region in one.regions}


def fingerprint(scheme: VolumeScheme) -> str:
    """SHA-256 of the measure's text: what two persons looked at."""
    return hashlib.sha256(scheme.document.encode()).hexdigest()
