"""Rows of the table differ in what they are named for."""

from pathlib import Path

import numpy as np
import pytest

from labelbridge.bootstrap import Plan, TutorshipSettings
from labelbridge.core import Image, LabeledImage, LabelMap
from realtable.material import Material
from realtable.rows import ROWS

TRANSLATED = {"adaptation-syndiff", "tutorship-syndiff", "tutorship-mixed"}


@pytest.fixture
def plans(tmp_path: Path) -> dict[str, Plan]:
    """The plans of all rows with a seed."""
    sample = LabeledImage(Image(np.zeros((16, 16), np.float32), "tem"), LabelMap(np.zeros((16, 16), np.uint8)))
    settings = TutorshipSettings(preset="tiny", device="cpu")
    material = Material([sample], [sample.image], {}, translator=tmp_path, settings=settings)
    return {name: row.plan(material, 7) for name, row in ROWS.items()}


def test_all_rows_train_alike_but_for_what_they_say(plans: dict[str, Plan]) -> None:
    own = {"length", "rounds", "translated_share"}
    assert len({plan.settings.model_dump_json(exclude=own) for plan in plans.values()}) == 1
    assert plans["direct"].settings.seed == 7
    assert plans["direct"].settings.preset == "tiny"


def test_no_two_rows_are_the_same(plans: dict[str, Plan]) -> None:
    told = [(plan.path, plan.translator, plan.settings) for plan in plans.values()]
    assert len({str(one) for one in told}) == len(ROWS)
    assert len({row.title for row in ROWS.values()}) == len(ROWS)


def test_only_rows_of_a_translator_use_it(plans: dict[str, Plan]) -> None:
    assert {name for name, plan in plans.items() if plan.translator} == TRANSLATED
    shares = [plans[name].settings.translated_share for name in ("tutorship-syndiff", "tutorship-mixed")]
    assert shares == [1.0, 0.5]


def test_a_row_goes_on_from_an_earlier_one_that_differs_in_its_rounds(plans: dict[str, Plan]) -> None:
    order = list(ROWS)
    going_on = {name: row.goes_on_from for name, row in ROWS.items() if row.goes_on_from}
    assert set(going_on) >= {"tutorship"}
    for name, before in going_on.items():
        without = plans[name].settings.model_copy(update={"rounds": 0})
        assert (plans[before].path, plans[before].settings) == (plans[name].path, without)
        assert order.index(before) < order.index(name)
