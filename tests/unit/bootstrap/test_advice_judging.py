"""From signs to a recommendation, and what is said of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from labelbridge.bootstrap import Plan
from labelbridge.bootstrap.advice.found import PathAdvice, Signs, path_name
from labelbridge.bootstrap.advice.judging import GOOD_ENOUGH, Measured, is_nearly_empty, judge, trust_in
from labelbridge.bootstrap.advice.options import options_of
from labelbridge.bootstrap.advice.words import NEEDS_TRAINING, SIGNS, numbers_of
from labelbridge.core import InputError

GOOD = Signs(steady=0.9, certain=0.9, plausible=0.95, fitting=0.85, found=0.85, agreeing=0.8, axon=0.3, myelin=0.3)
BAD = replace(GOOD, steady=0.3, plausible=0.2, fitting=0.1, found=0.2, agreeing=0.2)
LABELED = object()


def measured(**signs: Signs) -> list[Measured]:
    return [Measured(path, None, one) for path, one in signs.items()]  # type: ignore[arg-type]


@pytest.mark.parametrize("sign", ["steady", "certain", "plausible", "fitting", "found", "agreeing"])
def test_each_sign_counts(sign: str) -> None:
    assert 0 < trust_in(replace(GOOD, **{sign: 0.2})) < trust_in(GOOD) <= trust_in(replace(GOOD, **{sign: 1.0})) <= 1


@pytest.mark.parametrize("sign", ["certain", "found", "agreeing"])
def test_what_differs_among_good_masks_does_not_count_where_it_is_high(sign: str) -> None:
    assert trust_in(replace(GOOD, **{sign: 0.7})) == trust_in(GOOD)


def test_good_signs_do_not_make_up_for_one_that_is_gone() -> None:
    assert trust_in(replace(GOOD, steady=0.0)) < 0.15


def test_without_other_paths_the_other_signs_decide() -> None:
    assert trust_in(replace(GOOD, agreeing=None)) >= GOOD_ENOUGH
    assert trust_in(replace(BAD, agreeing=None)) < GOOD_ENOUGH


def test_a_breach_halves_the_trust() -> None:
    assert trust_in(replace(GOOD, breaches=("moves edges",))) == pytest.approx(trust_in(GOOD) / 2)


@pytest.mark.parametrize(("axon", "myelin"), [(0.0, 0.0), (0.003, 0.3), (0.3, 0.003)])
def test_nearly_empty_masks_are_never_recommended(axon: float, myelin: float) -> None:
    perfect = Signs(1.0, 1.0, 1.0, 1.0, 1.0, 1.0, axon, myelin)
    assert is_nearly_empty(perfect)
    advice = judge(measured(direct=perfect, adaptation=BAD), [])
    assert advice.recommended is None
    empty = next(one for one in advice.paths if one.path == "direct")
    assert empty.trust == 0
    assert empty.sentence.startswith("Its masks are nearly empty")


def test_the_most_trusted_path_is_recommended_with_its_reason() -> None:
    advice = judge(measured(direct=BAD, adaptation=GOOD), [])
    assert [one.path for one in advice.paths] == ["adaptation", "direct"]
    assert advice.recommended is advice.paths[0]
    assert advice.sentence.startswith("Take adaptation: 95% of the masks' area is fibres")
    assert advice.paths[1].sentence.startswith("Only 20% of the masks' area is fibres")


def test_where_none_is_good_enough_it_says_so_and_what_can_help() -> None:
    left = [PathAdvice("tutorship", None, NEEDS_TRAINING, needs_training=True)]
    advice = judge(measured(direct=BAD), left)
    assert advice.recommended is None
    assert advice.sentence.startswith("No path is good enough. The best is direct: only 20% of")
    assert "Not tried, because a model must be trained first: tutorship." in advice.sentence
    assert "What can help" in advice.sentence
    assert advice.needs_training
    assert [one.path for one in advice.paths] == ["direct", "tutorship"]


def test_where_nothing_could_be_tried_it_says_so() -> None:
    advice = judge([], [PathAdvice("direct", None, "m: it is broken.")])
    assert advice.recommended is None
    assert advice.sentence.startswith("No path could be tried.")
    assert not advice.needs_training


def test_a_breach_is_told_first() -> None:
    broken = replace(GOOD, steady=0.5, breaches=("exchanges bright and dark from U to L",))
    (one,) = judge(measured(adaptation=broken), []).paths
    assert one.sentence.startswith("It exchanges bright and dark from U to L; only 50% of the masks stay")


def test_numbers_are_percent_and_empty_where_unknown() -> None:
    (tried,) = judge(measured(direct=replace(GOOD, agreeing=None)), []).paths
    assert dict(zip(SIGNS, numbers_of(tried), strict=True)) | {"trust": ""} == {
        "trust": "",
        "steady": "90%",
        "certain": "90%",
        "plausible": "95%",
        "fitting": "85%",
        "found": "85%",
        "agreeing": "",
    }
    assert set(numbers_of(PathAdvice("direct", None, NEEDS_TRAINING))) == {""}


def test_the_options_follow_from_labels_and_models() -> None:
    model, translator = Path("model"), Path("translator")

    def names(**given: object) -> list[str]:
        return [path_name(one.path, one.translator) for one in options_of(Plan("adaptation", **given))]  # type: ignore

    both = ["direct", "adaptation", "tutorship"]
    assert names(segmenter=model) == ["direct", "adaptation"]
    assert names(labeled=[LABELED]) == names(segmenter=model, tutored=model) == both
    assert names(tutored=model, translator=translator) == ["tutorship"]
    assert names(labeled=[LABELED], translator=translator) == [
        "direct",
        "adaptation",
        "adaptation, translator",
        "tutorship",
        "tutorship, translator",
    ]
    with pytest.raises(InputError, match="got neither labels nor a model to try"):
        names(translator=translator)


def test_no_option_has_what_its_path_refuses() -> None:
    stock = Plan("direct", [LABELED], segmenter=Path("s"), tutored=Path("t"), translator=Path("u"))  # type: ignore
    direct, adaptation, translated, tutorship = options_of(stock)
    assert direct.translator is adaptation.translator is tutorship.translator is None
    assert translated.translator == Path("u")
    assert [one.tutored for one in (direct, adaptation, translated)] == [None] * 3
    assert (tutorship.tutored, tutorship.segmenter) == (Path("t"), None)
