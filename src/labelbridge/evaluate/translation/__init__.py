"""How good a translator is, without a label of the new modality: images that come back, texture, edges, fibres."""

from labelbridge.evaluate.translation.judge import Direction, HeldOut, Translate, TranslationJudge
from labelbridge.evaluate.translation.picking import broken_conditions, score
from labelbridge.evaluate.translation.report import translation_report

__all__ = ["Direction", "HeldOut", "Translate", "TranslationJudge", "broken_conditions", "score", "translation_report"]
