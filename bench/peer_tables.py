"""Makes the tables of compare_peers.py from its figures."""

import platform
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

HEAD = ("| beside | this engine | the other | ratio |", "|---|---|---|---|")
PYMONNTO_STYLES = {
    "dense": "its own fast style",
    "dense32": "its own fast style in single precision",
    "edges": "NumPy lists of synapses",
}

# By side or program: the figures that it measured in each round.
Figures = dict[str, list[dict[str, object]]]


def number(value: float) -> str:
    """The number with three significant digits."""
    if value >= 100:
        return f"{round(value, 3 - len(str(int(value)))):,.0f}"
    return f"{value:.3g}"


def spread(values: list[float]) -> str:
    """Median and range over the rounds."""
    text = number(statistics.median(values))
    return text if len(values) == 1 else f"{text} ({number(min(values))}–{number(max(values))})"


def row(what: str, ours: list[float], theirs: list[float], ratios: list[float]) -> str:
    return f"| {what} | {spread(ours)} | {spread(theirs)} | {spread(ratios)} |"


def column(figures: Figures, side: str, name: str) -> list[float]:
    return [values[name] for values in figures[side]]


def divided(a: list[float], b: list[float]) -> list[float]:
    return [x / y for x, y in zip(a, b, strict=True)]


def steps_row(what: str, ours: list[float], theirs: list[float]) -> str:
    """A row with steps per second, from the seconds of a step."""
    rates = [[1 / value for value in values] for values in (ours, theirs)]
    return row(f"{what}, steps/s", *rates, divided(theirs, ours))


def microseconds_row(what: str, ours: list[float], theirs: list[float]) -> str:
    micro = [[1e6 * value for value in values] for values in (ours, theirs)]
    return row(f"{what}, µs", *micro, divided(theirs, ours))


def rows(figures: Figures) -> Iterator[str]:
    for peer, what in (("peer", "pure-Python `sorn`"), ("brian2", "Brian2, C++ standalone")):
        for age in ("new", "old"):
            if f"{peer} {age}" in figures:
                ours, theirs = column(figures, f"ours {age}", "step"), column(figures, f"{peer} {age}", "step")
                yield steps_row(f"{what}, 200 units, {age} network", ours, theirs)
    if "peer new" in figures:
        for phase in ("training", "plasticity"):
            what = f'pure-Python `sorn`, a call of `Trainer.train_sorn`, one step, 50 units, `phase="{phase}"`'
            yield microseconds_row(what, column(figures, "ours new", phase), column(figures, "peer new", phase))
    for name in figures:
        if name.startswith("plain"):
            what = f"plain network, a step of {int(name.split()[1]):,} units"
            yield microseconds_row(what, column(figures, name, "engine"), column(figures, name, "plain"))
    silent, recorded = column(figures, "recording", "silent"), column(figures, "recording", "recorded")
    yield microseconds_row("this engine recording E, I, R and C, a step of 200 units", silent, recorded)


def large_rows(values: dict[str, float]) -> Iterator[str]:
    rate = 1 / values["step_seconds"]
    yield f"| built in | {values['build_seconds']:.1f} s |"
    yield f"| bytes of an excitatory synapse, with indices and free room | {values['bytes_per_synapse']:.1f} |"
    yield f"| resident memory of the whole network | {values['resident_bytes'] / 1e9:.2f} GB |"
    yield f"| steps/s | {number(rate)} |"
    yield f"| plastic synapses | {values['synapses'] / 1e6:.1f} million |"
    yield f"| plastic synapses accounted for a second | {values['synapses'] * rate / 1e6:,.0f} million |"
    yield f"| units that fire in a step | {values['activity']:.1%} |"


def versions(figures: Figures, side: str) -> str:
    return ", ".join(f"{name} {version}" for name, version in figures[side][0]["versions"].items())


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))


def setting(figures: Figures, side: str, package: str = "This package") -> Iterator[str]:
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    compiler = subprocess.run(["c++", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    yield f"One core of {processor()}; {system}; {compiler}."
    yield f"Median of {len(figures[side])} interleaved rounds and, in brackets, their range; processor time."
    yield f"{package}: {versions(figures, side)}."


def conditions(figures: Figures) -> Iterator[str]:
    yield from setting(figures, "ours new")
    if "peer new" in figures:
        yield f"Pure-Python `sorn`: {versions(figures, 'peer new')}."
    if "brian2 new" in figures:
        yield f"Brian2: {versions(figures, 'brian2 new')}."
        for age in ("new", "old"):
            ours, theirs = figures[f"ours {age}"][0], figures[f"brian2 {age}"][0]
            yield (
                f"In a step of the {age} network {theirs['activity']:.1%} of its units fire, of this package's "
                f"{ours['activity']:.1%}; it ends with {theirs['synapses']:,} excitatory synapses, this package with "
                f"{ours['synapses']:,}."
            )


def tables(figures: Figures) -> str:
    lines = [" ".join(conditions(figures)), ""]
    lines += [*HEAD, *rows(figures)]
    if "large" in figures:
        lines += ["", "| a million excitatory and 200,000 inhibitory units | |", "|---|---|"]
        lines += large_rows(figures["large"][0])
    return "\n".join(lines)


def pymonnto_rows(figures: Figures) -> Iterator[str]:
    for state, values in figures.items():
        if state.startswith("ours "):
            age, units = (*state.removeprefix("ours ").split(), "200")[:2]
            for style, what in PYMONNTO_STYLES.items():
                ours, theirs = column(figures, state, "step"), column(figures, f"{style} {state[5:]}", "step")
                synapses = f"{values[0]['synapses']:,} synapses"
                yield steps_row(f"{what}, {int(units):,} units, {age} network, {synapses}", ours, theirs)


def pymonnto_table(figures: Figures) -> str:
    conditions = [*setting(figures, "ours new"), f"PymoNNto: {versions(figures, 'edges new')}."]
    return "\n".join([" ".join(conditions), "", *HEAD, *pymonnto_rows(figures)])


def authors_rows(figures: Figures) -> Iterator[str]:
    for variant, age in dict.fromkeys(tuple(name.split()[1:]) for name in figures):
        ours, theirs = (figures.get(f"{who} {variant} {age}", []) for who in ("ours", "authors"))
        rates = [[1 / values["step"] for values in each] for each in (ours, theirs)]
        counts = [f"{each[-1]['synapses']:,}, {each[-1]['activity']:.1%}" for each in (ours, theirs) if each]
        what = "new" if age == "0" else f"after {int(age):,} steps"
        ratios = divided(*rates) if ours and theirs else []
        cells = [spread(each) if each else "" for each in (*rates, ratios)]
        yield f"| `{variant}`, {what} | {' | '.join(cells)} | {'; '.join(counts)} |"


def authors_table(figures: Figures) -> str:
    theirs = next(name for name in figures if name.startswith("authors"))
    conditions = list(setting(figures, theirs, "The authors' programs"))
    ours = theirs.replace("authors", "ours")
    if ours in figures:
        conditions.append(f"This package: {versions(figures, ours)}.")
    head = (
        "| 200 units | this engine, steps/s | the authors' program, steps/s | ratio | synapses and activity of each |"
    )
    return "\n".join([" ".join(conditions), "", head, "|---|---|---|---|---|", *authors_rows(figures)])


def write_page(page: Path, section: str, text: str) -> None:
    """Writes the text between the markers of a section of the page."""
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    before, rest = page.read_text().split(begin)
    _, after = rest.split(end)
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")
