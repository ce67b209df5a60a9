"""The content of a result file in words and numbers."""

from __future__ import annotations

from typing import NamedTuple

from .. import _core
from .result import ResultFile, population

_RULES = {row["name"]: row["label"] for row in _core.rules()}
_QUANTITIES = {row["name"]: row["meaning"] for row in _core.quantities()}


class Fact(NamedTuple):
    """A number and its meaning."""

    key: str
    label: str
    text: str
    """The number as the page shows it."""
    value: float
    """The number in full precision."""
    note: str
    earlier: tuple[str, ...]
    """Its keys in earlier versions."""


class Row(NamedTuple):
    """A row of a table of two columns."""

    label: str
    text: str


# --- sentences -----------------------------------------------------------------------------------------------------


def story(result: ResultFile) -> list[str]:
    """The run in a few sentences."""
    sentences = [_run_sentence(result)]
    if result.has("E"):
        sentences.append(_activity_sentence(result))
    sentences.append(_connection_sentence(result))
    return sentences


def _run_sentence(result: ResultFile) -> str:
    run, parameters = result.run, result.network.parameters
    neurons = f"{parameters.ne:,} excitatory and {parameters.ni:,} inhibitory neurons"
    if run["steps"] == 0:
        return f"A network of {neurons}, after {_steps(result.network.step_count)}; the file holds no run of it."
    how = "with all plasticity rules"
    if run["phase"] != "plasticity":
        how = "with fixed weights and thresholds"
    elif run["freeze"]:
        how = f"without {_list([_RULES[rule] for rule in run['freeze']])}"
    drive = "without input" if run["inputs"] == "none" else "with inputs"
    noise = {"off": "without noise", "replayed": "with replayed noise"}.get(
        run["noise"], f"with noise of σ = {_short(run['noise'])}"
    )
    return f"{neurons} ran for {_steps(run['steps'])} {how}, {drive} and {noise}."


def _activity_sentence(result: ResultFile) -> str:
    rates = result.rates
    shown = result.name_of("E")
    one = population(shown, 1)
    text = f"On average an {one} fired in {_percent(rates.mean())} of the steps"
    if shown != "I" and result.run["phase"] == "plasticity" and "ip" not in result.run["freeze"]:
        target = result.network._network.parameters.target_rate
        text += f" (target of intrinsic plasticity: {100.0 * target:.4g}%)"
    silent = int((rates == 0).sum())
    if silent == len(rates):
        return f"No {one} fired."
    return f"{text}; {silent:,} {'neuron' if silent == 1 else 'neurons'} never fired." if silent else f"{text}."


def _connection_sentence(result: ResultFile) -> str:
    last = result.network.connection_counts[0]
    share = f"{_percent(result.measured['connection_fraction'])} of all pairs"
    if not result.holds("C"):
        return f"At the end {last:,} connections join excitatory neurons, {share}."
    first, _, fewest, row = result.connections
    text = f"Connections between excitatory neurons went from {first:,.0f}"
    if fewest < 0.95 * min(first, last):  # only a clear dip, not small changes near the end
        text += f" through {fewest:,.0f} at step {result.steps('C')[row]:,}"
    return f"{text} to {last:,} at the end, {share}."


def _short(text: str) -> str:
    """A number with four significant digits; another text as it is."""
    try:
        return f"{float(text):.4g}"
    except ValueError:
        return text


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count:,} steps"


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


# --- numbers -------------------------------------------------------------------------------------------------------


_GROUPS = {
    "activity": "Activity",
    "timing": "Spike timing",
    "synapses": "Synapses",
    "weights": "Weights E → E",
    "thresholds": "Thresholds",
}
_RATES = ("mean_rate", "inhibitory_rate", "lowest_rate", "highest_rate", "connection_fraction")  # shown as percentages


def facts(result: ResultFile) -> dict[str, list[Fact]]:
    """The main measures under the headings of their groups."""
    measured = result.measured
    shown = result.name_of("E")
    notes = _notes(result)
    groups: dict[str, list[Fact]] = {}
    for row in _core.measures():
        name, group = row["name"], row["group"]
        value = measured.get(name)
        if value is None or not row["headline"]:
            continue
        of_spikes = row["needs"].startswith("spike")
        if of_spikes and group == "timing" and not result.has("E", every_step=True):
            continue
        title = _GROUPS[group]
        if of_spikes and shown != "E":
            title += f" of {population(shown)}"
        text = _percent(value) if name in _RATES else f"{value:,}" if row["kind"] == "count" else _three_digits(value)
        note = notes.get(name, row["meaning"])
        groups.setdefault(title, []).append(Fact(name, row["label"], text, value, note, row["aliases"]))
    return groups


def _notes(result: ResultFile) -> dict[str, str]:
    """Notes on measures of this file, which replace their meanings."""
    end = result.network.step_count
    notes = {"ee_synapses": f"after step {end - 1:,}" if end else "as built, before the first step"}
    if result.has("E"):
        count = result.spikes.neurons
        notes["silent_neurons"] = f"of {count:,} neurons"
        notes["synchrony"] = f"1: all together; {1 / count**0.5:.2g}: independent"
    if result.holds("C"):
        steps = result.steps("C")
        notes["ee_first"] = f"on entry to step {steps[0]:,}"
        notes["ee_fewest"] = f"on entry to step {steps[result.connections[3]]:,}"
    return notes


def _three_digits(value: float) -> str:
    """Three significant digits, including trailing zeros: 0.170 is more precise than 0.17."""
    return f"{value:#.3g}".rstrip(".").replace("-", "−") if 1e-4 <= abs(value) < 999.5 else f"{value:,.3g}"


def _percent(share: float) -> str:
    return f"{_three_digits(100.0 * share)}%"


# --- tables --------------------------------------------------------------------------------------------------------


def run_table(result: ResultFile) -> list[Row]:
    """The description of the run and of the file."""
    run, network = result.run, result.network
    made = result.provenance
    rows = [Row("File", result.name), Row("Written by", f"sorn {result.version}")]
    said = (("Date", made.date and _date(made.date)), ("Host", made.host), ("Command", made.command))
    rows += [Row(label, text) for label, text in said if text]
    rows.append(Row("Seed", str(network.seed)))
    if run["steps"] == 0:
        return [*rows, Row("Run", "none"), Row("Network after", _steps(network.step_count))]
    inputs = [Row("Inputs", made.inputs)]
    if made.inputs_shape:
        features, steps = made.inputs_shape
        inputs.append(Row("Shape of the inputs", f"{features:,} × {steps:,} (nu × steps)"))
    if made.inputs_sha256:
        inputs.append(Row("SHA-256 of the inputs", made.inputs_sha256))
    first = run["first_step"]
    fixed = run["phase"] != "plasticity"
    frozen = _list([_RULES[rule] for rule in run["freeze"]]) if run["freeze"] else "nothing"
    return [
        *rows,
        Row("Phase", run["phase"]),
        Row("Frozen", "all weights and thresholds" if fixed else frozen),
        Row("Steps", f"{run['steps']:,}, from {first:,} to {first + run['steps'] - 1:,}"),
        Row("Noise", run["noise"] if run["noise"] in ("off", "replayed") else f"Gaussian, σ = {run['noise']}"),
        *inputs,
    ]


def _date(text: str) -> str:
    """A date in the form for readers. Any other text is not changed."""
    date, _, time = text.partition("T")
    return f"{date} {time[:-1]} UTC" if time.endswith("Z") else text


def recording_table(result: ResultFile) -> list[tuple[str, str, str, str]]:
    """Name, meaning, shape and stride of each recording."""
    return [
        (
            name,
            _QUANTITIES[name],
            " × ".join(f"{extent:,}" for extent in array.shape),
            "every step" if result.stride(name) == 1 else f"every {result.stride(name):,} steps",
        )
        for name, array in result.recordings.items()
    ]


class ParameterRow(NamedTuple):
    """A hyperparameter."""

    name: str
    symbol: str
    value: str
    usual: str
    changed: bool
    unit: str
    range: str
    meaning: str


def parameter_table(result: ResultFile) -> list[ParameterRow]:
    """All hyperparameters, with a mark on those that differ from their defaults."""
    values = result.network.parameters.to_dict()
    rows = []
    for row in _core.parameter_table():
        value, usual = values[row["name"]], row["default"]
        follows = f"{getattr(result.network.parameters, row['name'])} ({row['unset']})" if value is None else ""
        rows.append(
            ParameterRow(
                row["name"],
                row["symbol"],
                follows or str(value),
                row["unset"] if usual is None else str(usual),
                value != usual,
                row["unit"],
                row["range"],
                row["meaning"],
            )
        )
    return rows
