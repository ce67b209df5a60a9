"""Power laws and their rivals: the package powerlaw as an oracle, known answers, and what is refused."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib import pyplot as plt
from test_readme import blocks

from sorn import ParameterError, StateError, Statistics, UnknownNameError, criticality

Values = npt.NDArray[np.float64]


def tail(n: int, alpha: float, *, discrete: bool, seed: int = 1) -> Values:
    values = np.random.default_rng(seed).random(n) ** (-1 / (alpha - 1))
    return np.floor(values + 0.5) if discrete else values


def lognormal(n: int, mu: float, sigma: float, *, discrete: bool, seed: int = 1) -> Values:
    values = np.random.default_rng(seed).lognormal(mu, sigma, n)
    return np.ceil(values) if discrete else values


def best_of_package(values: Values, name: str, start: dict[str, float], **options: object) -> dict[str, float]:
    """The parameters that maximise the likelihood of the package powerlaw, more closely than its own optimiser."""
    powerlaw = pytest.importorskip("powerlaw")
    optimize = pytest.importorskip("scipy.optimize")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = getattr(powerlaw.Fit(values, verbose=False, estimate_discrete=False, **options), name)

        def loss(scaled: Values) -> float:
            made.set_parameters([p * s for p, s in zip(scaled, start.values(), strict=True)])
            return -float(np.sum(made.loglikelihoods(made.data))) / len(made.data)

        found = optimize.minimize(
            loss, np.ones(len(start)), method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-16, "maxiter": 4000}
        )
    return dict(zip(start, found.x * list(start.values()), strict=True))


@pytest.mark.parametrize("discrete", [False, True])
@pytest.mark.parametrize("xmax", [None, 300.0])
def test_exponents_maximise_the_likelihood_of_the_package_powerlaw(discrete: bool, xmax: float | None) -> None:
    values = tail(3000, 2.2, discrete=discrete)
    law = criticality.fit(values, xmin=3, xmax=xmax, discrete=discrete)
    theirs = best_of_package(values, "power_law", law.parameters, xmin=3, xmax=xmax, discrete=discrete)
    assert law.alpha == pytest.approx(theirs["alpha"], abs=1e-6)


def test_cut_offs_maximise_the_likelihood_of_the_package_powerlaw() -> None:
    values = np.random.default_rng(2).gamma(0.3, 20.0, 2000) + 1.0
    law = criticality.fit(values, "truncated_power_law", xmin=1.5)
    theirs = best_of_package(values, "truncated_power_law", law.parameters, xmin=1.5)
    assert law.parameters == pytest.approx(theirs, abs=1e-6)


def test_the_search_finds_the_xmin_of_the_package_powerlaw() -> None:
    powerlaw = pytest.importorskip("powerlaw")
    for seed in range(3):
        values = np.concatenate(
            [tail(300, 2.5, discrete=False, seed=seed) * 5, np.random.default_rng(seed).random(300) * 5]
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = powerlaw.Fit(values, verbose=False, parameter_ranges={"alpha": [1.0, 50.0]})
            alpha, distance = theirs.power_law.alpha, theirs.power_law.D
        law = criticality.fit_tail(values)
        assert law.xmin == theirs.xmin
        assert law.alpha == pytest.approx(alpha, abs=1e-4)
        assert law.ks_distance == pytest.approx(distance, abs=1e-4)


def test_likelihood_ratios_are_those_of_the_package_powerlaw() -> None:
    powerlaw = pytest.importorskip("powerlaw")
    values = lognormal(1000, 1.0, 1.0, discrete=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = powerlaw.Fit(values, xmin=1.0, verbose=False, parameter_ranges={"alpha": [0.1, 20]})
        ratio, p = theirs.distribution_compare("power_law", "exponential", normalized_ratio=True)
    law = criticality.fit(values, xmin=1.0)
    ours = criticality.compare(values, law, criticality.fit(values, "exponential", xmin=1.0))
    assert ours.normalized == pytest.approx(ratio, rel=1e-3)
    assert ours.p == pytest.approx(p, abs=1e-3)


def test_a_fit_has_its_functions() -> None:
    values = tail(500, 2.0, discrete=True)
    law = criticality.fit(values, xmax=50)
    x = np.arange(1, 52)
    assert law.survival(x)[[0, -1]].tolist() == [1.0, 0.0]
    assert np.allclose(-np.diff(law.survival(x)), law.density(x[:-1]), atol=1e-13)
    assert law.survival(3).shape == ()
    assert law.discrete
    assert pickle.loads(pickle.dumps(law)) == law
    assert (law.samples, law.xmin, law.xmax) == ((values <= 50).sum(), 1.0, 50.0)
    with pytest.raises(ParameterError, match="only power laws have one"):
        _ = criticality.fit(values, "lognormal").alpha


def test_the_verdict_is_in_words() -> None:
    values = lognormal(2000, 1.0, 0.6, discrete=False)
    law = criticality.fit(values, xmin=1.0)
    found = criticality.assess(values, law, repetitions=40, search=False)
    assert found.verdict == "a power law is rejected (p = 0.00); lognormal preferred"
    assert found.preferred == "lognormal"
    assert found.goodness is not None
    assert found.goodness.p == 0.0
    assert set(found.alternatives) == set(found.comparisons) == set(criticality.DISTRIBUTIONS[1:])
    best = max(found.alternatives.values(), key=lambda fit: fit.log_likelihood)
    assert best.distribution == "lognormal"
    true = tail(1000, 2.5, discrete=False)
    verdict = criticality.assess(true, criticality.fit(true, xmin=1), repetitions=40, search=False).verdict
    assert verdict.startswith("a power law is not rejected (p = ")


def test_a_bootstrap_is_the_same_on_any_number_of_threads() -> None:
    values = tail(300, 2.0, discrete=True)
    law = criticality.fit_tail(values)
    one, three = (criticality.goodness_of_fit(values, law, repetitions=20, seed=3, threads=n) for n in (1, 3))
    assert np.array_equal(one.distances, three.distances)
    assert np.array_equal(one.alphas, three.alphas)
    assert one.p == (one.distances >= law.ks_distance).mean()
    assert not np.array_equal(one.distances, criticality.goodness_of_fit(values, law, repetitions=20, seed=4).distances)


@pytest.mark.parametrize("discrete", [None, True, False])
def test_integers_of_any_size_have_the_fits_of_real_numbers(discrete: bool | None) -> None:
    values = np.random.default_rng(3).zipf(2.1, 3000).clip(max=60_000)
    expected = criticality.fit_tail(values.astype(np.float64), discrete=discrete)
    for kind in (np.uint16, np.int32, np.int64):
        whole = values.astype(kind)
        assert criticality.fit_tail(whole, discrete=discrete) == expected
        whole[1234] = 0
        with pytest.raises(StateError, match="value 1234 of the sample = 0"):
            criticality.fit_tail(whole, discrete=discrete)


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(StateError, match=r"value 1 of the sample = 0: must be finite and above 0"):
        criticality.fit([1, 0, 3])
    with pytest.raises(StateError, match="1 different value of 3"):
        criticality.fit([2, 2, 2])
    with pytest.raises(StateError, match="no values"):
        criticality.fit([])
    with pytest.raises(UnknownNameError, match="did you mean 'power_law'"):
        criticality.fit([1, 2, 3], "powerlaw")  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="xmin = 4"):
        criticality.fit([1, 2, 3], xmin=4, xmax=3)
    with pytest.raises(ParameterError, match="repetitions"):
        criticality.goodness_of_fit([1, 2, 3], criticality.fit([1, 2, 3]), repetitions=0)
    with pytest.raises(ParameterError, match="must be fits to the same values"):
        criticality.compare([1, 2, 3], criticality.fit([1, 2, 3]), criticality.fit([1, 2, 3], xmin=2))


def test_avalanches_of_a_network_can_be_assessed() -> None:
    spikes = np.random.default_rng(1).random((20_000, 50)) < 0.05
    sizes, durations = Statistics.avalanches(spikes)
    for values in (sizes, durations):
        law = criticality.fit_tail(values)
        assert "power law is rejected" in criticality.assess(values, criticality.fit(values), repetitions=20).verdict
        assert law.samples <= len(values)


@pytest.mark.usefixtures("picture_folder")
def test_the_page_runs() -> None:
    namespace: dict[str, object] = {}
    for block in blocks("{code-cell} python", "docs/criticality.md"):
        exec(compile(block, "criticality.md", "exec"), namespace)
    titles = [plt.figure(number).axes[-1].get_title("left") for number in plt.get_fignums()]
    assert [title.split()[0] for title in titles] == ["5,000", "Scaled:", "Multistep"]
    assert isinstance(namespace["found"], criticality.Branching)
