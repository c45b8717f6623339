"""The command `labelbridge`."""

import sys
import warnings
from io import TextIOWrapper
from typing import Annotated

import typer

from labelbridge import __version__
from labelbridge.cli.advise import advise
from labelbridge.cli.bootstrap import bootstrap
from labelbridge.cli.demo import demo
from labelbridge.cli.doctor import doctor
from labelbridge.cli.evaluate import evaluate
from labelbridge.cli.export import export
from labelbridge.cli.jobs import jobs
from labelbridge.cli.journals import journals
from labelbridge.cli.models import models
from labelbridge.cli.napari import napari
from labelbridge.cli.train import train
from labelbridge.cli.translate import translate

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (bootstrap, advise, translate, export, napari, demo, doctor):
    app.command()(command)
app.add_typer(evaluate, name="evaluate")
app.add_typer(train, name="train")
app.add_typer(jobs, name="jobs")
app.add_typer(journals, name="journals")
app.add_typer(models, name="models")


def main() -> None:
    """Run the command line and exit: 0 done, 1 a bug, 2 something to correct, 130 stopped by the user."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a file or pipe on Windows may not take every letter of a path
    app(prog_name="labelbridge")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"labelbridge {__version__}")
        raise typer.Exit


@app.callback()
def _labelbridge(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """First axon and myelin masks in a new microscopy modality, from the labels you already have in another."""
