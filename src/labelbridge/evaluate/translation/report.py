"""A judgement of a translator as a table and in words."""

from collections.abc import Iterator, Mapping

from labelbridge.evaluate.translation.picking import broken_conditions, score

__all__ = ["translation_report"]

_Metrics = Mapping[str, float]
_Row = tuple[str, str, str]
"""What a number is, its name in a judgement, and its format."""

_FEW_FIBRES = 30
_MODALITIES = {"unlabeled": "U", "labeled": "L"}
_MARGIN = 0.9


def translation_report(
    judgements: Mapping[str, _Metrics], real: Mapping[str, _Metrics] | None = None, *, title: str = "Translator"
) -> str:
    """Return a Markdown page on one translator, others beside it where there are any.

    Parameters
    ----------
    judgements
        What `TranslationJudge` gave, by the translator's name; the words are about the first, and compare it with the
        others.
    real
        How far real images are from real ones, by what they are.
    title
        Heading of the page.
    """
    columns = {**judgements, **(real or {})}
    return "\n".join([f"# {title}", "", *_verdict(judgements), "", *_table(columns)]) + "\n"


def _verdict(judgements: Mapping[str, _Metrics]) -> list[str]:
    (name, metrics), *others = judgements.items()
    return [
        f"- {name}: {_trust(metrics)} {_few_fibres(metrics)}".strip(),
        *(f"- Beside {other}: {_comparison(metrics, than)}" for other, than in others),
    ]


def _trust(metrics: _Metrics) -> str:
    """Say whether the translations can be relied on, and else what is wrong with them."""
    broken = broken_conditions(metrics)
    if not broken:
        return f"bright and dark, edges and fibres stay what and where they were; score {score(metrics):.3f} of 1."
    faults = ", ".join(condition.breach for condition in broken)
    return f"do not rely on it, it {faults}; score {score(metrics):.3f}, below 0."


def _few_fibres(metrics: _Metrics) -> str:
    fewest = min(metrics[f"fibres_{modality}"] for modality in _MODALITIES)
    if fewest >= _FEW_FIBRES:
        return ""
    return f"Only {fewest:.0f} fibres were found in the images of a modality: parts of so few say little."


def _comparison(metrics: _Metrics, than: _Metrics) -> str:
    """Say in which modality the translations look more like real images than another translator's."""
    said = []
    for modality, letter in _MODALITIES.items():
        ours, theirs = (one[f"patch_distance_{modality}"] for one in (metrics, than))
        word = "closer" if ours < _MARGIN * theirs else "further" if _MARGIN * ours > theirs else "about as close"
        said.append(f"{word} to real {letter} ({ours:.3f} and {theirs:.3f})")
    return ", ".join(said) + "."


def _table(columns: Mapping[str, _Metrics]) -> list[str]:
    lines = [["measured on held-out images", *columns], ["---", *["---:"] * len(columns)]]
    for text, name, style in _rows():
        if any(name in metrics for metrics in columns.values()):
            lines.append(
                [text, *(f"{metrics[name]:{style}}" if name in metrics else "" for metrics in columns.values())]
            )
    return [f"| {' | '.join(line)} |" for line in lines]


def _rows() -> Iterator[_Row]:
    for source, target in (("labeled", "unlabeled"), ("unlabeled", "labeled")):
        letter, other = _MODALITIES[source], _MODALITIES[target]
        yield from _rows_there(f"to_{target}", f"{letter}→{other}")
        yield f"{letter}→{other}: patch distance to real {other}", f"patch_distance_{target}", ".3f"
        yield from _rows_on_fibres(f"to_{target}", f"{letter}→{other}")
        yield from _rows_back(f"cycle_{source}", f"{letter}→{other}→{letter}")
        yield from _rows_on_fibres(f"cycle_{source}", f"{letter}→{other}→{letter}")
        yield f"fibres found in the images of {letter}", f"fibres_{source}", ".0f"


def _rows_there(way: str, arrow: str) -> Iterator[_Row]:
    yield f"{arrow}: windows in which bright and dark keep their meaning", f"polarity_agreement_{way}", ".1%"
    yield f"{arrow}: windows whose edges are found again", f"edges_found_{way}", ".1%"
    yield f"{arrow}: edge displacement, median, px", f"edge_displacement_{way}_median_px", ".2f"
    yield f"{arrow}: edge displacement, 95th percentile, px", f"edge_displacement_{way}_p95_px", ".2f"


def _rows_on_fibres(way: str, arrow: str) -> Iterator[_Row]:
    yield f"{arrow}: fibres lost", f"fibres_lost_{way}", ".1%"
    yield f"{arrow}: fibres invented", f"fibres_invented_{way}", ".1%"
    yield f"{arrow}: labelled fibres lost", f"labeled_fibres_lost_{way}", ".1%"


def _rows_back(way: str, arrow: str) -> Iterator[_Row]:
    yield f"{arrow}: SSIM", f"{way}_ssim", ".3f"
    yield f"{arrow}: PSNR, dB", f"{way}_psnr_db", ".1f"
    yield f"{arrow}: mean absolute difference", f"{way}_l1", ".3f"
