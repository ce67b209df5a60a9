"""scripts/check-includes.py: that it finds includes that go up, whatever room they are in."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check-includes.py"
SPEC = importlib.util.spec_from_file_location("check_includes", SCRIPT)
check_includes = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check_includes)

# A file of each room.
FILE_OF = {
    room: room if room.endswith(".hpp") else f"{room}/some.cpp" for room in check_includes.BELOW if room != "bindings"
}


def write(root, name, *includes):
    """Writes a file that includes these: texts with their quotes or brackets."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("// A file.\n" + "".join(f"#include {include}\n" for include in includes), encoding="utf-8")


def problems(root):
    return check_includes.check(root)[0]


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A tree that has a header in each room."""
    monkeypatch.setattr(check_includes, "ALLOWED", {})
    for room, file in FILE_OF.items():
        write(tmp_path / "src", file if room == file else f"{room}/header.hpp")
    return tmp_path


def header_of(room):
    return f'"{room}"' if room.endswith(".hpp") else f'"{room}/header.hpp"'


@pytest.mark.parametrize("here", FILE_OF)
def test_each_room_includes_what_is_below_and_nothing_else(tree, here):
    below = check_includes.reachable(here)
    for there in FILE_OF:
        write(tree / "src", FILE_OF[here], header_of(there))
        found = problems(tree)
        if there in below:
            assert found == []
        else:
            name = header_of(there).strip('"')
            assert found == [f"src/{FILE_OF[here]}:2: {here} must not include {name}, which is in {there}"]


def test_an_installed_header_is_in_the_room_of_its_source(tree):
    write(tree, "src/core/network.cpp")
    write(tree, "include/sorn/network.hpp")
    write(tree, "src/kernels/some.cpp", "<vector>", "<sorn/network.hpp>")
    assert problems(tree) == ["src/kernels/some.cpp:3: kernels must not include sorn/network.hpp, which is in core"]


def test_an_installed_header_is_not_of_the_engine_and_includes_installed_headers_only(tree):
    write(tree, "src/kernels/outgoing.cpp")
    write(tree, "include/sorn/outgoing.hpp")
    write(tree, "src/core/network.cpp")
    write(tree, "include/sorn/network.hpp", '"core/header.hpp"', "<sorn/version.hpp>", "<vector>")
    assert problems(tree) == [
        "include/sorn/outgoing.hpp: is installed, but kernels is internal",
        "include/sorn/network.hpp:2: an installed header must not include core/header.hpp, which is not installed",
    ]


def test_the_functions_of_a_header_are_in_the_source_of_its_name(tree):
    (tree / "src/core/build.hpp").write_text("int build(int size);\nint half(int size);\n", encoding="utf-8")
    (tree / "src/core/build.cpp").write_text("int build(int size) {\n  return size;\n}\n", encoding="utf-8")
    (tree / "src/core/other.cpp").write_text("int half(int size) { return size / 2; }\n", encoding="utf-8")
    assert problems(tree) == ["src/core/build.hpp: half() is defined in a source of another name"]


def test_the_bindings_do_not_include_the_command(tree):
    write(tree, "python/bindings/bindings.hpp")
    write(tree, "python/bindings/run.cpp", '"bindings.hpp"', '"config/header.hpp"', '"cli/header.hpp"')
    assert problems(tree) == ["python/bindings/run.cpp:4: bindings must not include cli/header.hpp, which is in cli"]


def test_libraries_stay_in_their_rooms(tree):
    write(tree, "src/io/hdf5/some.cpp", "<hdf5.h>")
    write(tree, "src/core/some.cpp", "<hdf5.h>")
    write(tree, "src/runs/some.cpp", "<mpi.h>")
    assert problems(tree) == [
        "src/core/some.cpp:2: core must not include hdf5.h; only io may",
        "src/runs/some.cpp:2: runs must not include mpi.h; only team/mpi may",
    ]


def test_a_file_without_a_room_is_named(tree):
    write(tree, "src/attic/some.cpp")
    write(tree, "src/io/some.cpp", "<sorn/strange.hpp>")
    assert problems(tree) == [
        "src/attic/some.cpp: is in no room that scripts/check-includes.py knows",
        "src/io/some.cpp:2: sorn/strange.hpp is in no room; give it a source file of its name or list it in PUBLIC",
    ]


def test_unused_exceptions_are_reported(tree, monkeypatch):
    monkeypatch.setattr(check_includes, "ALLOWED", {("src/kernels/some.cpp", "core/header.hpp"): "a reason"})
    write(tree, "src/kernels/some.cpp", '"core/header.hpp"')
    assert problems(tree) == []
    write(tree, "src/kernels/some.cpp")
    assert problems(tree) == ["src/kernels/some.cpp: no longer includes core/header.hpp; remove it from ALLOWED"]


def test_no_include_of_this_tree_points_upwards():
    assert problems(SCRIPT.parents[1]) == []


def test_the_picture_and_the_page_show_each_room():
    docs = SCRIPT.parents[1] / "docs"
    page = (docs / "development" / "architecture.md").read_text(encoding="utf-8")
    picture = (docs / "images" / "rooms.svg").read_text(encoding="utf-8")
    for room in check_includes.BELOW:
        if "/" not in room:
            assert f">{room}</text>" in picture
            assert (f"`src/{room}/`" if room != "bindings" else "`python/bindings/`") in page
