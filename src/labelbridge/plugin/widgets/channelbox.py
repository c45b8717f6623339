"""What is taken of a colour image, in the same words wherever it is chosen."""

from labelbridge.plugin.presenters.shownimage import COLOUR_CHANNELS
from labelbridge.plugin.widgets.choicebox import Choice, ChoiceBox

__all__ = ["ChannelBox"]


class ChannelBox(ChoiceBox):
    """Luminance, or one of the colours."""

    def __init__(self) -> None:
        super().__init__("Channel", "What is taken of a colour image.")

    def show_channel(self, channel: str | int) -> None:
        """Show which channel is chosen."""
        self.show_choices([Choice(name, name.capitalize()) for name in COLOUR_CHANNELS], channel)
