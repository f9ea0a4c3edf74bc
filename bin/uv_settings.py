"""Prints pip's index and folder settings as shell assignments that uv understands; prints nothing where pip has none.

uv reads no pip.conf. A machine that was told where packages come from must not be asked twice.
"""

import shlex
import subprocess
import sys

SAME_IN_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
}


def pip_settings(listing: str) -> dict[str, str]:
    """The last word of `pip config list` on each option: the environment beats the files.

    >>> pip_settings("global.find-links='/a'\\n:env:.find-links='/b'\\nglobal.timeout='3'\\n")
    {'find-links': '/b', 'timeout': '3'}
    """
    from_files: dict[str, str] = {}
    from_environment: dict[str, str] = {}
    for line in listing.splitlines():
        place, equals, value = line.partition("=")
        if equals:
            target = from_environment if place.startswith(":env:") else from_files
            target[place.rpartition(".")[2]] = " ".join(shlex.split(value))
    return {**from_files, **from_environment}


def main() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    settings = pip_settings(answer.stdout)
    for option, value in settings.items():
        if option in SAME_IN_UV:
            print(f"export {SAME_IN_UV[option]}={shlex.quote(value)}")
    if "extra-index-url" in settings:
        # pip looks in all indexes that its machine trusts and takes the best; uv stops at the first unless told the same
        print("export UV_INDEX_STRATEGY=unsafe-best-match")


if __name__ == "__main__":
    main()
