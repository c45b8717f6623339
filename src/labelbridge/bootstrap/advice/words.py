"""What is said of paths, in words."""

from collections.abc import Sequence

from labelbridge.bootstrap.advice.found import PathAdvice, Signs

__all__ = ["NEEDS_TRAINING", "SIGNS", "advice_sentence", "not_trained_in", "numbers_of", "path_sentence"]

NEEDS_TRAINING = "A model must be trained before it can be tried."

SIGNS = ("trust", "steady", "certain", "plausible", "fitting", "found", "agreeing")
"""Titles of what `numbers_of` gives, as `PathAdvice` and `Signs` explain them."""

_FACTS = {
    "steady": "{:.0%} of the masks stay when a tile is turned, resized, shaded or gets noise",
    "certain": "{:.0%} certainty of the model",
    "plausible": "{:.0%} of the masks' area is fibres with closed rings and usual g-ratio, size and shape",
    "fitting": "{:.0%} agreement of the masks' borders with the image's edges",
    "found": "{:.0%} of the rings that can be seen without a model are found",
    "agreeing": "{:.0%} of the masks are as another path has them",
}
"""A fact for each sign, with its number."""

_REASONS = ("steady", "plausible", "fitting")
"""Signs that can speak for a path; the others only against it."""

_FACTS_TOLD = 2
_WEAK = 0.6
"""What a sign counts below which it speaks against a path."""

_HELP = (
    "What can help: a tutorship trained on these images, a scale that is right, or a few images of the new modality "
    "with labels."
)


def not_trained_in(minutes: float) -> str:
    """Say that a training took too long."""
    return f"Its model could not be trained in {minutes:g} minutes; what was learnt is kept, and goes on next time."


def numbers_of(one: PathAdvice, signs: Sequence[str] = SIGNS) -> list[str]:
    """Return some of `SIGNS` of a path in percent; empty where they are unknown."""
    values = (getattr(one if name == "trust" else one.signs, name, None) for name in signs)
    return ["" if value is None else f"{value:.0%}" for value in values]


def path_sentence(signs: Signs, *, is_empty: bool) -> str:
    """Say what counts of a path that was tried: what is wrong with it, or what is weak, or what is good."""
    if is_empty:
        return f"Its masks are nearly empty: {signs.axon:.1%} axon and {signs.myelin:.1%} myelin."
    problems = [*(f"it {breach}" for breach in signs.breaches), *_weaknesses(signs)]
    return _sentence(problems or _reasons(signs))


def advice_sentence(tried: Sequence[PathAdvice], left: Sequence[PathAdvice], recommended: PathAdvice | None) -> str:
    """Say which path to take and why, or that none is good enough and what can help.

    Parameters
    ----------
    tried
        The paths that were tried, the most trusted first.
    left
        Those that were not.
    recommended
        The one to take, or None.
    """
    sentences = [_choice(tried, recommended)]
    if waiting := [one.name for one in left if one.needs_training]:
        sentences.append(f"Not tried, because a model must be trained first: {', '.join(waiting)}.")
    if recommended is None:
        sentences.append(_HELP)
    return " ".join(sentences)


def _choice(tried: Sequence[PathAdvice], recommended: PathAdvice | None) -> str:
    if recommended is None and tried:
        return f"No path is good enough. The best is {tried[0].name}: {_uncapitalised(tried[0].sentence)}"
    if recommended is None or recommended.signs is None:
        return "No path could be tried."
    return f"Take {recommended.name}: {'; '.join(_reasons(recommended.signs))}."


def _weaknesses(signs: Signs) -> list[str]:
    """Return facts about the signs that count little, the weakest first."""
    weak = sorted((value, name) for name, value in signs.counted().items() if value < _WEAK)
    return [f"only {_fact(signs, name)}" for _, name in weak[:_FACTS_TOLD]]


def _reasons(signs: Signs) -> list[str]:
    """Return facts about the best signs."""
    best = sorted(_REASONS, key=lambda name: -float(getattr(signs, name)))
    return [_fact(signs, name) for name in best[:_FACTS_TOLD]]


def _fact(signs: Signs, name: str) -> str:
    return _FACTS[name].format(getattr(signs, name))


def _sentence(parts: Sequence[str]) -> str:
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _uncapitalised(sentence: str) -> str:
    return f"{sentence[:1].lower()}{sentence[1:]}"
