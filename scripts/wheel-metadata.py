#!/usr/bin/env python3
"""Writes what a self-contained wheel says of the libraries in it: a list in CycloneDX's format, and their licences.

wheel-metadata.py SOURCES OUT                SOURCES: the folder in which scripts/wheels.sh unpacks source packages
wheel-metadata.py SOURCES OUT ARCH TARGET    for another processor: TARGET has packages for it, in debs and in system
"""

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

# Built from source packages: name and licence.
BUILT = {
    "hdf5": "BSD-3-Clause",
    "highway": "Apache-2.0",
    "libdeflate": "MIT",
    "xz-utils": None,  # liblzma is in the public domain
    "zlib": "Zlib",
}
# From packages of the system: the package, its source, and the licence of what is taken from it.
INSTALLED = {
    "libcli11-dev": ("cli11", "BSD-3-Clause"),
    "libeigen3-dev": ("eigen3", "MPL-2.0"),
    "libfmt-dev": ("fmtlib", "MIT"),
    "libgomp1": ("gcc-12", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "librandom123-dev": ("random123", "BSD-3-Clause"),
    "libssl-dev": ("openssl", "Apache-2.0"),
    "libstdc++-12-dev": ("gcc-12", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "libtomlplusplus-dev": ("tomlplusplus", "MIT"),
    "nlohmann-json3-dev": ("nlohmann-json3", "MIT"),
}
DEBIAN = {"aarch64": "arm64"}
CROSS = {"libgomp1", "libstdc++-12-dev"}  # those that come with the compiler


def component(name: str, version: str, licence: str | None, purl: str) -> dict[str, object]:
    if licence is None:
        licences: list[object] = [{"license": {"name": "public domain"}}]
    elif " " in licence:
        licences = [{"expression": licence}]
    else:
        licences = [{"license": {"id": licence}}]
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "licenses": licences,
        "purl": purl,
    }


def debian(name: str, version: str, qualifiers: str) -> str:
    return f"pkg:deb/debian/{name}@{version.replace('+', '%2B')}?{qualifiers}"


def run(*command: str) -> list[str]:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


def installed(package: str) -> tuple[str, str, str, Path]:
    """Name, version, architecture and licence of a package of the system."""
    version, architecture = run("dpkg-query", "--show", "--showformat=${Version} ${Architecture}", package)
    return package, version, architecture, Path("/usr/share/doc", package, "copyright").resolve()


def taken(package: str, arch: str, target: Path) -> tuple[str, str, str, Path]:
    """The same of what a wheel for another processor holds."""
    if package in CROSS:
        return installed(f"{package}-{DEBIAN[arch]}-cross")
    for file in target.glob(f"debs/{package}_*.deb"):
        version, architecture = run("dpkg-deb", "--show", "--showformat=${Version} ${Architecture}", str(file))
        return package, version, architecture, target / "system/usr/share/doc" / package / "copyright"
    return installed(package)


def main() -> None:
    sources, out = Path(sys.argv[1]), Path(sys.argv[2])
    shutil.rmtree(out, ignore_errors=True)
    licences = out / "licenses" / "libraries"
    licences.mkdir(parents=True)
    (out / "sboms").mkdir()
    components = []
    for name, licence in BUILT.items():
        changelog = (sources / name / "debian" / "changelog").read_text("utf-8")
        found = re.match(r"\S+ \((\S+)\)", changelog)
        assert found is not None, f"{name} has no version"
        version = found[1]
        components.append(component(name, version, licence, debian(name, version, "arch=source")))
        shutil.copyfile(sources / name / "debian" / "copyright", licences / f"{name}.txt")
    for package, (source, licence) in INSTALLED.items():
        if len(sys.argv) > 3:
            name, version, architecture, text = taken(package, sys.argv[3], Path(sys.argv[4]))
        else:
            name, version, architecture, text = installed(package)
        components.append(component(name, version, licence, debian(name, version, f"arch={architecture}")))
        shutil.copyfile(text, licences / f"{source}.txt")
    nanobind = importlib.metadata.distribution("nanobind")
    components.append(component("nanobind", nanobind.version, "BSD-3-Clause", f"pkg:pypi/nanobind@{nanobind.version}"))
    for file in nanobind.files or []:
        if file.name == "LICENSE":
            shutil.copyfile(str(file.locate()), licences / "nanobind.txt")
    cmake = Path(__file__).parent.parent / "CMakeLists.txt"
    project = re.search(r"project\(sorn VERSION (\S+)", cmake.read_text("utf-8"))
    assert project is not None
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": f"pkg:pypi/sorn@{project[1]}",
                "name": "sorn",
                "version": project[1],
                "licenses": [{"license": {"id": "MIT"}}],
                "purl": f"pkg:pypi/sorn@{project[1]}",
            }
        },
        "components": sorted(components, key=lambda each: str(each["name"])),
    }
    (out / "sboms" / "sorn.cdx.json").write_text(json.dumps(bom, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
