"""Trying all paths that there are on a few tiles, and saying which one to take."""

import time
from collections.abc import Sequence

from labelbridge.bootstrap.advice.deadline import Deadline
from labelbridge.bootstrap.advice.found import Advice, PathAdvice, path_name
from labelbridge.bootstrap.advice.judging import Measured, judge
from labelbridge.bootstrap.advice.options import options_of
from labelbridge.bootstrap.advice.signs import measure_signs
from labelbridge.bootstrap.advice.tiles import Tile, choose_tiles
from labelbridge.bootstrap.advice.trying import Attempt, count_steps, try_path
from labelbridge.bootstrap.advice.words import NEEDS_TRAINING, not_trained_in
from labelbridge.bootstrap.loadedmodels import LoadedModels
from labelbridge.bootstrap.plan import Plan
from labelbridge.bootstrap.run import Bootstrap
from labelbridge.bootstrap.survey import look_at_examples
from labelbridge.core import Cancelled, Image, InputError, QuietReporter, Reporter, lacks_memory

__all__ = ["advise"]

_LOOKING = "looking at the images"
_MINUTE_S = 60.0


def advise(
    stock: Plan,
    unlabeled: Sequence[Image],
    reporter: Reporter | None = None,
    models: LoadedModels | None = None,
    *,
    minutes: float | None = None,
) -> Advice:
    """Try the paths that labels and models allow on a few tiles of U, and recommend one; no label of U is used.

    Parameters
    ----------
    stock
        Labels, models, translator and settings; its path does not count.
    unlabeled
        All images of U at hand. May be a sequence that reads them when it is asked for them.
    reporter
        Receives progress and may ask to stop.
    models
        Holds models that several runs use one after the other, or None for models of its own.
    minutes
        How long models that are missing may be trained, in all; None trains nothing. What was trained is kept as a
        bootstrap keeps it, and taken up again by the next one.

    Raises
    ------
    InputError
        Where there is nothing to try, or nothing that can be tried.
    Cancelled
        Where the reporter asked to stop.
    """
    told, end_s = reporter or Reporter(), time.monotonic() + _MINUTE_S * (minutes or 0)
    jobs, left = _prepared(options_of(stock), unlabeled, told, models or LoadedModels(), end_s)
    if not jobs:
        raise InputError(left[0].sentence)
    tiles = _tiles(jobs, unlabeled)
    steps = count_steps(tiles)
    attempts: list[tuple[Bootstrap, Attempt]] = []
    for number, job in enumerate(jobs):
        outcome = _tried(job, tiles, told, number * steps, len(jobs) * steps, minutes)
        if isinstance(outcome, PathAdvice):
            left.append(outcome)
        else:
            attempts.append((job, outcome))
    return judge(_measured(attempts, tiles), left)


def _prepared(
    options: Sequence[Plan], unlabeled: Sequence[Image], told: Reporter, models: LoadedModels, end_s: float
) -> tuple[list[Bootstrap], list[PathAdvice]]:
    """Look at the images for each path; what cannot be taken is told apart."""
    jobs, left = [], []
    for number, plan in enumerate(options):
        told.progress(number, len(options), _LOOKING)
        told.checkpoint()
        training = Deadline(told, path_name(plan.path, plan.translator), end_s)
        try:
            jobs.append(Bootstrap(plan, unlabeled, QuietReporter(told), models, training=training))
        except InputError as error:
            left.append(_left(plan, str(error)))
    return jobs, left


def _tiles(jobs: Sequence[Bootstrap], unlabeled: Sequence[Image]) -> list[Tile]:
    """Choose tiles by what is known of U's polarity and sizes: beside L where L is known."""
    survey = next((job.survey for job in jobs if job.survey), None)
    if survey:
        return choose_tiles(unlabeled, survey.polarity.polarity, survey.fibre_px)
    look = look_at_examples(unlabeled)
    return choose_tiles(unlabeled, look.style.polarity, lambda _: look.size_px)


def _tried(
    job: Bootstrap, tiles: Sequence[Tile], told: Reporter, done: int, total: int, minutes: float | None
) -> Attempt | PathAdvice:
    """Return what a path makes of the tiles, or why it does not."""
    if minutes is None and job.needs_training():
        return _left(job.plan, NEEDS_TRAINING, needs_training=True)
    try:
        return try_path(job, tiles, told, done, total)
    except InputError as error:
        if lacks_memory(error):
            raise
        return _left(job.plan, str(error))
    except Cancelled:
        told.checkpoint()
        return _left(job.plan, not_trained_in(minutes or 0), needs_training=True)


def _left(plan: Plan, sentence: str, *, needs_training: bool = False) -> PathAdvice:
    return PathAdvice(plan.path, plan.translator, sentence, needs_training=needs_training)


def _measured(attempts: Sequence[tuple[Bootstrap, Attempt]], tiles: Sequence[Tile]) -> list[Measured]:
    measured = []
    for job, attempt in attempts:
        others = [other for _, other in attempts if other is not attempt]
        signs = measure_signs(attempt, tiles, others, job.survey, job.plan.path)
        measured.append(Measured(job.plan.path, job.plan.translator, signs))
    return measured
