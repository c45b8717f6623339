"""What each thing that an annotator does takes, and what the correction of an image took."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Costs", "Effort", "Tally"]


@dataclass(frozen=True)
class Costs:
    """Fixed costs of the annotator's actions.

    Attributes
    ----------
    press_s
        A click, or a key.
    stroke_s
        A stroke of the brush or the eraser, its length aside.
    speed_px_per_s
        How far the brush goes in a second, in px of the screen.
    navigation_s
        Showing another field of view.
    inspection_s
        Looking at a fibre, or at a place of the queue.
    fibre_on_screen_px
        Diameter at which the image's median fibre is shown: a hand strays by some 2 px of the screen, and an IoU of 0.9
        leaves a fibre of 200 px no more than 5 px at its outline.
    canvas_px
        Height and width of what is shown, in px of the screen: a window of 1280 x 800 px with the dock.
    """

    press_s: float = 1.0
    stroke_s: float = 1.0
    speed_px_per_s: float = 200.0
    navigation_s: float = 1.5
    inspection_s: float = 1.0
    fibre_on_screen_px: float = 200.0
    canvas_px: tuple[int, int] = (700, 900)

    def zoom(self, fibre_px: float) -> float:
        """Return how many px of the screen show a px of an image with fibres of this median diameter, in px."""
        return self.fibre_on_screen_px / fibre_px

    def stroke(self, length_px: float) -> float:
        """Return the seconds of a stroke of this length, in px of the screen."""
        return self.stroke_s + length_px / self.speed_px_per_s


@dataclass(frozen=True)
class Effort:
    """What it took to correct the masks of an image, or of several.

    Attributes
    ----------
    fibres
        Fibres of the truth.
    wrong
        How many of them the masks have not, or not well enough, at the start.
    invented
        Things in the masks that had to go.
    left
        Fibres that are still wrong at the end.
    seconds_by_action
        Seconds by what was done, the names as the dock has them.
    right_after_s
        When each of the wrong fibres became right, in seconds since the start; rising within an image.
    """

    fibres: int
    wrong: int
    invented: int
    left: int
    seconds_by_action: Mapping[str, float]
    right_after_s: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """Seconds of all actions."""
        return sum(self.seconds_by_action.values())

    @property
    def seconds_a_fibre(self) -> float:
        """Seconds for each fibre of the truth; 0 where it has none."""
        return self.seconds / self.fibres if self.fibres else 0.0

    def seconds_until(self, share: float) -> float:
        """Return the seconds until this share of the fibres of the truth is right, 0 to 1; all where it never is."""
        short = -(-self.fibres * share // 1) - (self.fibres - self.wrong)
        if short <= 0:
            return 0.0
        return self.right_after_s[int(short) - 1] if short <= len(self.right_after_s) else self.seconds


@dataclass
class Tally:
    """What an annotator has done so far."""

    seconds_by_action: dict[str, float] = field(default_factory=dict)
    right_after_s: list[float] = field(default_factory=list)
    elapsed_s: float = 0.0

    def add(self, action: str, seconds: float) -> None:
        """Count an action; nothing where it took no time."""
        if seconds:
            self.seconds_by_action[action] = self.seconds_by_action.get(action, 0.0) + seconds
            self.elapsed_s += seconds

    def note_right(self) -> None:
        """Note that a fibre has become right."""
        self.right_after_s.append(self.elapsed_s)
