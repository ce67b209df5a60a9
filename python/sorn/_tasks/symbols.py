"""Tasks with symbols as inputs."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .. import sources
from .._arguments import IntArray, quoted, real_number, seed_value
from .._errors import ParameterError, UnknownNameError
from ._checks import Parts, count, parts_of
from .labels import one_hot, place_in_word, table_score
from .task import Task


def next_symbol(
    source: sources.Source,
    *,
    washout: int = 200,
    train_steps: int = 4000,
    test_steps: int = 2000,
    seed: int | None = None,
) -> Task:
    """Name the next symbol of a source.

    The inputs are the symbols in one-hot code. Steps before a pause are left out.

    Parameters
    ----------
    source : Source
        One of :mod:`sorn.sources`.
    washout, train_steps, test_steps, seed
        As for :func:`memory_capacity`. A source with a seed of its own keeps it.

    Returns
    -------
    Task
        Its floor is the symbol that followed the present one most often in the training part.

    Raises
    ------
    ParameterError
        If it is no source, for a source that ends too early, and for a value outside its range.
    """
    given = _source(source)
    parts, drawn = parts_of(washout, train_steps, test_steps), seed_value(seed)
    symbols = given.symbols(parts.steps + 1, seed=drawn)
    name = f"the next symbol of {given.to_dict()['source']}"
    return _following(name, given, symbols[:-1], symbols[1:], parts, drawn)


def counting(
    n: int = 8,
    target: Literal["letter", "last_letter", "position"] = "letter",
    *,
    washout: int = 200,
    train_steps: int = 4000,
    test_steps: int = 2000,
    seed: int | None = None,
) -> Task:
    """Know how many equal letters have come: the counting task of Lazar, Pipa & Triesch (2009).

    The words A Bⁿ C and D Eⁿ F come in random order, see :class:`sorn.sources.Counting`.

    A. Lazar, G. Pipa and J. Triesch, SORN: a self-organizing recurrent neural network, Frontiers in Computational
    Neuroscience 3:23 (2009).

    Parameters
    ----------
    n : int, default 8
        How often the middle letter comes.
    target : {'letter', 'last_letter', 'position'}, default 'letter'
        'letter': the next letter; the first letter of a word, which is drawn, is not scored. 'last_letter': the same,
        but only C and F are scored, for which alone the network must count. 'position': the place of the next letter in
        its word, from 0 to n + 1.
    washout, train_steps, test_steps, seed
        As for :func:`memory_capacity`.

    Returns
    -------
    Task
        Its floor is the answer that followed the present letter most often in the training part. For 'letter' that is
        about n/(n + 1), so that a high score may mean nothing.

    Raises
    ------
    ParameterError, UnknownNameError
        For a value outside its range.
    """
    if not isinstance(target, str) or target not in ("letter", "last_letter", "position"):
        raise UnknownNameError(f"target = {quoted(target)}", "must be 'letter', 'last_letter' or 'position'")
    times = count("n", n)
    source = sources.Counting(times)
    parts, drawn = parts_of(washout, train_steps, test_steps), seed_value(seed)
    symbols = source.symbols(parts.steps + 1, seed=drawn)
    letters = np.array(source.alphabet)[symbols]
    name = f"counting to {times}, {target.replace('_', ' ')}"
    if target == "position":
        places = place_in_word(np.isin(letters, ["A", "D"]))
        return _following(name, source, symbols[:-1], places[1:], parts, drawn)
    counted = "CF" if target == "last_letter" else "BCEF"
    scored = np.isin(letters[1:], list(counted))
    return _following(name, source, symbols[:-1], symbols[1:], parts, drawn, scored)


def random_sequence(
    length: int = 50,
    symbols: int = 10,
    *,
    washout: int = 200,
    train_steps: int = 4000,
    test_steps: int = 2000,
    seed: int | None = None,
) -> Task:
    """Know the place in a random sequence that is repeated, see :class:`sorn.sources.RandomSequence`.

    The label is the place of the next symbol, from 0 to `length` - 1. Each symbol comes at several places, so that the
    present one does not say where the sequence is.

    Parameters
    ----------
    length : int, default 50
        Length of the sequence, at least the number of symbols.
    symbols : int, default 10
        Their number, from 1 to 256.
    washout, train_steps, test_steps, seed
        As for :func:`memory_capacity`.

    Returns
    -------
    Task
        Its floor is the place that followed the present symbol most often in the training part.

    Raises
    ------
    ParameterError
        For a value outside its range.
    """
    period = count("length", length)
    source = sources.RandomSequence(period, count("symbols", symbols))
    parts, drawn = parts_of(washout, train_steps, test_steps), seed_value(seed)
    shown = source.symbols(parts.steps, seed=drawn)
    places = (np.arange(parts.steps) + 1) % period
    return _following(f"place in a random sequence of {period}", source, shown, places, parts, drawn)


def grammar(
    name: Literal["FDT", "eFDT"] = "FDT",
    *,
    washout: int = 200,
    train_steps: int = 20_000,
    test_steps: int = 5000,
    seed: int | None = None,
) -> Task:
    """Name the next letter of the sentences of a grammar, see :class:`sorn.sources.Grammar`.

    Parameters
    ----------
    name : {'FDT', 'eFDT'}, default 'FDT'
        The grammar. For one of your own use :func:`next_symbol`.
    washout, train_steps, test_steps, seed
        As for :func:`memory_capacity`, with more steps.

    Returns
    -------
    Task
        Its floor is the letter that followed the present one most often in the training part.

    Raises
    ------
    ParameterError
        For a value outside its range.
    """
    if not isinstance(name, str):
        raise ParameterError(f"name is of type {type(name).__name__}", "must be 'FDT' or 'eFDT'")
    source = sources.Grammar(name)
    return next_symbol(source, washout=washout, train_steps=train_steps, test_steps=test_steps, seed=seed)


def text_prediction(text: str, *, train_share: float = 0.8, washout: int = 200) -> Task:
    """Name the next character of a text of your own.

    Parameters
    ----------
    text : str
        The text. It is read once, character by character; "_" shows nothing.
    train_share : float, default 0.8
        In (0, 1). The share of the text that the readout is trained on; the rest tests.
    washout : int, default 200
        Characters at the beginning that train nothing.

    Returns
    -------
    Task
        Its floor is the character that followed the present one most often in the training part.

    Raises
    ------
    ParameterError
        If the text is too short, or for a value outside its range.
    """
    share = real_number("train_share", train_share)
    if not 0 < share < 1:
        raise ParameterError(f"train_share = {share:g}", "must be above 0 and below 1")
    if not isinstance(text, str):
        raise ParameterError(f"text is of type {type(text).__name__}", "must be a str")
    begin = count("washout", washout, low=0)
    source = sources.Text(text, repeat=False)
    steps = len(text) - 1
    middle = round(share * steps)
    if not begin < middle < steps:
        raise ParameterError(
            f"text has {len(text)} characters", f"too few to train and to test after {begin} characters of washout"
        )
    symbols = source.symbols(len(text))
    parts = Parts(steps, slice(begin, middle), slice(middle, steps))
    return _following(f"next of {len(text)} characters", source, symbols[:-1], symbols[1:], parts, 0)


def _following(
    name: str,
    source: sources.Source,
    symbols: IntArray,
    labels: IntArray,
    parts: Parts,
    seed: int,
    scored: npt.NDArray[np.bool_] | None = None,
) -> Task:
    """The task of naming what follows each symbol."""
    return Task(
        name=name,
        inputs=one_hot(symbols, len(source.alphabet)),
        targets=labels,
        train=parts.train,
        test=parts.test,
        measure="accuracy",
        floor=table_score(symbols, labels, parts.train, parts.test, scored),
        floor_is="what followed the present symbol most often",
        seed=seed,
        symbols=symbols,
        alphabet=source.alphabet,
        scored=scored,
    )


def _source(source: Any) -> sources.Source:
    if not isinstance(source, sources.Source):
        raise ParameterError(f"source is of type {type(source).__name__}", "must be a source of sorn.sources")
    return source
