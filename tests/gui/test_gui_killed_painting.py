from pathlib import Path

import pytest

from killed_painting import MOST_LOST_S, kill_and_restore


@pytest.mark.full
def test_a_painting_session_that_is_killed_five_times_loses_nothing_older_than_two_seconds(tmp_path: Path) -> None:
    kills = kill_and_restore(tmp_path, 5, seed=3)
    assert [kill.problem for kill in kills] == [""] * 5
    assert max(kill.lost_s for kill in kills) <= MOST_LOST_S
    assert sum(kill.acts for kill in kills) > 20
