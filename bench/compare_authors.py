"""Compares the speed of variants in this package with that of their authors' programs, in turns in one run.

    python bench/compare_authors.py --authors PYTHON [--ours PYTHON] --checkout VARIANT=FOLDER ... [--write]

PYTHON is the interpreter of a virtual environment, FOLDER a checkout of the authors' repository; bench/README.md says
how to make them. Networks of 200 excitatory units are timed when they are new, after 10⁵ and after 10⁶ steps; both
sides build and grow their own. Variants without a program that runs are timed alone. Prints a table in Markdown;
--write also writes it into docs/performance.md. Without --ours it prints only the figures of the authors' programs.
"""

import argparse
from contextlib import ExitStack
from pathlib import Path

from compare_peers import BENCH, Side, side
from peer_tables import Figures, authors_table, write_page

AGES = (0, 100_000, 1_000_000)
STEPS = 1000  # of the authors' programs in each measurement
OURS = {0: (1000, 20), 100_000: (20_000, 1), 1_000_000: (20_000, 1)}  # by age: steps and networks in each measurement
VARIANTS = ("zheng2013", "delpapa2017", "sorn_v2", "sorn_v2_tasks")
ALONE = ("nambusubramaniyan2021", "lazar2009", "hartmann2015")


def checkout(text: str) -> tuple[str, Path]:
    variant, _, folder = text.partition("=")
    if variant not in VARIANTS or not Path(folder).is_dir():
        raise argparse.ArgumentTypeError(f"{text} is not VARIANT=FOLDER; a VARIANT is one of {', '.join(VARIANTS)}")
    return variant, Path(folder).resolve()


def sides(stack: ExitStack, options: argparse.Namespace) -> dict[str, Side]:
    """The sides by "SIDE VARIANT AGE"."""
    started = {}

    def start(name: str, *arguments: object) -> None:
        started[name] = stack.enter_context(side(*arguments))

    for variant, folder in [*((alone, None) for alone in ALONE), *options.checkout]:
        for age in AGES:
            if folder:
                start(f"authors {variant} {age}", options.authors, "side_authors.py", variant, folder, age, STEPS)
            if options.ours:
                start(f"ours {variant} {age}", options.ours, "side_variant.py", variant, age, *OURS[age])
    return started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--authors", required=True, metavar="PYTHON", help="interpreter with NumPy, SciPy and so on")
    parser.add_argument("--ours", metavar="PYTHON", help="interpreter with this package")
    parser.add_argument("--checkout", required=True, action="append", type=checkout, metavar="VARIANT=FOLDER")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="write the table into docs/performance.md")
    options = parser.parse_args()

    figures: Figures = {}
    with ExitStack() as stack:
        started = sides(stack, options)
        for number in range(1, options.rounds + 1):
            for name, each in started.items():
                figures.setdefault(name, []).append(each.measure())
            print(f"round {number} of {options.rounds} is done", flush=True)
    text = authors_table(figures)
    print(text)
    if options.write:
        write_page(BENCH.parent / "docs" / "performance.md", "authors", text)


if __name__ == "__main__":
    main()
