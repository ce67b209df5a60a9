"""What a result file says, in words and numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

from .. import _core
from .._errors import SornError
from ..statistics import Statistics
from .result import ResultFile, population

_RULES = {row["name"]: row["label"] for row in _core.rules()}
_QUANTITIES = {row["name"]: row["meaning"] for row in _core.quantities()}


class Fact(NamedTuple):
    """A number and what it means."""

    key: str
    label: str
    text: str
    """As people read it."""
    value: float
    """In full."""
    note: str


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
    how = "with all plasticity at work"
    if run["phase"] != "plasticity":
        how = "with fixed weights and thresholds"
    elif run["freeze"]:
        how = f"without {_list([_RULES[rule] for rule in run['freeze']])}"
    drive = "without input" if run["inputs"] == "none" else "driven by inputs"
    noise = {"off": "and without noise", "replayed": "under noise that was replayed"}.get(
        run["noise"], f"under noise of σ = {run['noise']}"
    )
    return f"{neurons} ran for {_steps(run['steps'])} {how}, {drive} {noise}."


def _activity_sentence(result: ResultFile) -> str:
    rates = result.rates
    shown = result.name_of("E")
    one = population(shown, 1)
    text = f"On average an {one} fired in {_percent(rates.mean())} of the steps"
    if shown != "I" and result.run["phase"] == "plasticity" and "ip" not in result.run["freeze"]:
        target = result.network._network.parameters.target_rate
        text += f", where intrinsic plasticity aims at {100.0 * target:.4g}%"
    silent = int((rates == 0).sum())
    if silent == len(rates):
        return f"No {one} fired."
    return f"{text}; {silent:,} {'neuron' if silent == 1 else 'neurons'} never did." if silent else f"{text}."


def _connection_sentence(result: ResultFile) -> str:
    last = result.network.connection_counts[0]
    share = f"{_percent(Statistics.connection_fraction(result.weights))} of all pairs"
    if not result.holds("C"):
        return f"At the end {last:,} connections join excitatory neurons, {share}."
    counts = result.recordings["C"]
    first, fewest = int(counts[0]), int(counts.argmin())
    text = f"Connections between excitatory neurons went from {first:,}"
    if counts[fewest] < 0.95 * min(first, last):  # a dip, not the tremor around the end
        text += f" through {counts[fewest]:,} at step {result.recordings.steps('C')[fewest]:,}"
    return f"{text} to {last:,} at the end, {share}."


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count:,} steps"


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


# --- numbers -------------------------------------------------------------------------------------------------------


def facts(result: ResultFile) -> dict[str, list[Fact]]:
    """The main measures under the headings of their groups."""
    groups = {"Connections E → E": _connection_facts(result), "Weights E → E": _weight_facts(result)}
    if result.has("E"):
        return {**_spike_facts(result), **groups}
    return groups


def _connection_facts(result: ResultFile) -> list[Fact]:
    last = result.network.connection_counts[0]
    fraction = Statistics.connection_fraction(result.weights)
    made = []
    if result.holds("C"):
        counts, steps = result.recordings["C"], result.recordings.steps("C")
        fewest = int(counts.argmin())
        made = [
            _count("connections_first", "First", int(counts[0]), f"on entry to step {steps[0]:,}"),
            _count("connections_fewest", "Fewest", int(counts[fewest]), f"on entry to step {steps[fewest]:,}"),
        ]
    return [
        *made,
        _count("connections_last", "At the end", last, f"after step {result.network.step_count - 1:,}")
        if result.network.step_count
        else _count("connections_last", "As built", last, "before the first step"),
        Fact("connection_fraction", "Fraction", _percent(fraction), fraction, "of all ordered pairs of neurons"),
    ]


def _weight_facts(result: ResultFile) -> list[Fact]:
    try:
        fit = Statistics.lognormal_fit(result.weights)
    except SornError:  # fewer than two weights
        return []
    return [
        _real("lognormal_mu", "Lognormal μ", fit.mu, "mean of ln w"),
        _real("lognormal_sigma", "Lognormal σ", fit.sigma, "standard deviation of ln w"),
        _real("ks_distance", "KS distance", fit.ks_distance, "from the fit; 0 is perfect"),
        _count("lognormal_count", "Fitted weights", fit.samples, "those from 0.01 on"),
    ]


def _spike_facts(result: ResultFile) -> dict[str, list[Fact]]:
    found = Statistics.summary(result.spikes)
    count = result.spikes.shape[1]
    shown = result.name_of("E")
    of_whom = "" if shown == "E" else f" of {population(shown)}"
    activity = [
        Fact("mean_rate", "Mean rate", _percent(found["mean_rate"]), found["mean_rate"], "spikes per neuron and step"),
        Fact(
            "rate_range",
            "Slowest to fastest neuron",
            f"{_percent(found['lowest_rate'])[:-1]}–{_percent(found['highest_rate'])}",
            found["highest_rate"] - found["lowest_rate"],
            f"{found['silent_neurons']:,} of {count:,} neurons silent",
        ),
        _real("synchrony", "Synchrony χ", found["synchrony"], f"1: all together; {1 / count**0.5:.2g}: independent"),
        _real("pairwise_correlation", "Pair correlation", found["pairwise_correlation"], "mean over pairs of neurons"),
        _real("spike_source_entropy", "Source entropy", found["spike_source_entropy"], "1: all neurons fire alike"),
    ]
    groups = {f"Activity{of_whom}": [fact for fact in activity if fact]}
    if result.has("E", every_step=True):
        window = found["fano_window"]
        timing = [
            _real("isi_cv", "ISI variation CV", found["isi_cv"], "0: a clock, 1: a Poisson process"),
            _real("isi_lv", "Local variation LV", found["isi_lv"], "as CV, blind to slow changes"),
            _real("fano_factor", "Fano factor", found["fano_factor"], f"spike counts in {window:,} steps; Poisson: 1"),
            _real(
                "branching_ratio",
                "Branching ratio",
                found["branching_ratio"],
                "by regression; below 1 activity dies out",
            ),
            _count("avalanches", "Avalanches", found["avalanches"], "activity above half its mean"),
        ]
        groups[f"Spike timing{of_whom}"] = [fact for fact in timing if fact]
    return groups


def _count(key: str, label: str, value: int, note: str) -> Fact:
    return Fact(key, label, f"{value:,}", value, note)


def _real(key: str, label: str, value: float | None, note: str) -> Any:
    """None where the measure is not defined."""
    return None if value is None else Fact(key, label, _three_digits(value), value, note)


def _three_digits(value: float) -> str:
    """Three significant digits, trailing zeros as well: 0.170 was measured more finely than 0.17."""
    return f"{value:#.3g}".rstrip(".").replace("-", "−") if 1e-4 <= abs(value) < 999.5 else f"{value:,.3g}"


def _percent(share: float) -> str:
    return f"{_three_digits(100.0 * share)}%"


# --- tables --------------------------------------------------------------------------------------------------------


def run_table(result: ResultFile) -> list[Row]:
    """How the recordings came about."""
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
    """A date of ours as people read it; another text as it is."""
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
    """All hyperparameters, and which of them are not as they usually are."""
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
