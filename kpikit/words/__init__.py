"""Plain values -> sentences, numbers as people write them."""

from kpikit.words.captions import bullet_alt, bullet_says, chart_title, dumbbell_says, run_chart_alt, run_chart_says
from kpikit.words.sentences import PARTS, change_sentence, depends_sentence, plain_sentence, sentences, worth_sentence
from kpikit.words.writing import (
    NOT_KNOWN,
    Said,
    amount,
    between,
    change,
    counted,
    day,
    html_list,
    level,
    listed,
    near,
    per_window,
    relative,
)

__all__ = [
    "NOT_KNOWN",
    "PARTS",
    "Said",
    "amount",
    "between",
    "bullet_alt",
    "bullet_says",
    "change",
    "change_sentence",
    "chart_title",
    "counted",
    "day",
    "depends_sentence",
    "dumbbell_says",
    "html_list",
    "level",
    "listed",
    "near",
    "per_window",
    "plain_sentence",
    "relative",
    "run_chart_alt",
    "run_chart_says",
    "sentences",
    "worth_sentence",
]
