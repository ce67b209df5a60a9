# ruff: noqa: F403, F405 - the star is Spack's convention
"""The command and the C++ library, for Spack 1.0 or later.

Copy this file as packages/sorn/package.py into a repository of your own (`spack repo create`, `spack repo add`), and
install from a checkout of sorn: `spack dev-build -d . sorn@1.0.0 +mpi`. The Python package comes from a wheel, in the
environment of the Python that uses it. scripts/release.sh sets the version.
"""

from spack.package import *
from spack_repo.builtin.build_systems.cmake import CMakePackage


class Sorn(CMakePackage):
    """Simulator of self-organizing recurrent neural networks: the sorn command, and a C++ library."""

    license("MIT")

    version("1.0.0")

    variant("cli", default=True, description="Build the sorn command")
    variant("mpi", default=False, when="+cli", description="Share the work among processes that mpirun or srun start")
    variant("shared", default=False, description="Build shared libraries")

    depends_on("cxx", type="build")
    depends_on("c", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("eigen@3.3:", type="build")
    depends_on("fmt", type="build")
    depends_on("random123", type="build")
    depends_on("highway@1.0.3:")
    depends_on("hdf5@1.10: +hl")
    depends_on("libdeflate")
    depends_on("openssl")
    depends_on("xz")
    depends_on("cli11@2:", type="build", when="+cli")
    depends_on("nlohmann-json", type="build", when="+cli")
    depends_on("tomlplusplus", type="build", when="+cli")
    depends_on("mpi", when="+mpi")

    def cmake_args(self):
        return [
            self.define_from_variant("SORN_BUILD_CLI", "cli"),
            self.define_from_variant("SORN_BUILD_MPI", "mpi"),
            self.define_from_variant("BUILD_SHARED_LIBS", "shared"),
        ]
