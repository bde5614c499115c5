"""kpikit.example: a worked example computes to the last digit, or is refused."""

from decimal import Decimal

import pytest

from kpikit.errors import DefinitionError
from kpikit.example import Example
from kpikit.formulas import Formula

SHARE = Formula("share", "flow", "users", "customers")
SCORE = Formula("balance", "flow", "promoters", "answers", "detractors")
WORTH = Formula("composed", "parts", combine="quotient", of=("contribution", "churn.monthly"))


def made(numerator, denominator, value, less="0"):
    return Example(Decimal(numerator), Decimal(denominator), Decimal(value), "made up", Decimal(less))


def of_parts(value, **parts):
    return Example(
        None, None, Decimal(value), "made up", parts={key.replace("__", "."): Decimal(part) for key, part in parts.items()}
    )


def refusal(example, formula):
    with pytest.raises(DefinitionError) as told:
        example.check(formula)
    return str(told.value)


@pytest.mark.parametrize(
    ("example", "formula"),
    [
        (made(26, 200, "0.13"), SHARE),
        (made(50, 100, "0.3", less="20"), SCORE),
        (made(20, 100, "-0.3", less="50"), SCORE),
        (of_parts("800", contribution=40, churn__monthly="0.05"), WORTH),
    ],
)
def test_an_example_that_computes_is_taken(example, formula):
    example.check(formula)


@pytest.mark.parametrize(
    ("example", "formula", "message"),
    [
        (made(1, 3, "0.333"), SHARE, "the worked example does not compute: 1 / 3 is not 0.333"),
        (made(50, 100, "0.5", less="20"), SCORE, "the worked example does not compute: (50 - 20) / 100 is not 0.5"),
        (made(11, 10, "1.1"), SHARE, "the worked example is impossible: users are a part of customers, but 11 is more than 10"),
        (made(0, 0, "0"), SHARE, "the worked example has a denominator of 0, so no value"),
        (Example(None, Decimal(1), Decimal(1), "made up"), SHARE, "example: the key 'numerator' is missing"),
        (Example(Decimal(1), None, Decimal(1), "made up"), SHARE, "example: the key 'denominator' is missing"),
        (of_parts("801", contribution=40, churn__monthly="0.05"), WORTH, "the worked example does not compute: the quotient of 40 and 0.05 is not 801"),
        (of_parts("800", contribution=40), WORTH, "the worked example has no value for the part 'churn.monthly'"),
        (of_parts("800", contribution=40, churn__monthly="0.05", chrun=1), WORTH, "the worked example's 'chrun' is no part; there is contribution, churn.monthly"),
        (of_parts("800", contribution=40, churn__monthly=0), WORTH, "the worked example has a denominator of 0, so no value"),
    ],
)  # fmt: skip
def test_an_example_that_does_not_is_refused_with_the_reason(example, formula, message):
    assert refusal(example, formula) == message
