"""The smallest definition, in pieces that a test can exchange."""

from kpikit.kpi import ATTRIBUTES

TOP = """\
id = "tiny"
name = "Tiny"
question = "How many?"
better = "higher"
unit = "percent"
cadence = "month"
cadence_source = "made up"
functions = ["sales"]
industries = ["retail"]
synonyms = []
related = []
"""
VARIANT = """\
[[variant]]
id = "use"
name = "Users"
definition = "Those who use it."
formula = "users / customers"
source = "made up"
kind = "share"
counts = "flow"
numerator = "users"
denominator = "customers"
"""
BANDS = """\
bands_source = "made up"
[[variant.bands]]
name = "low"
below = 0.15
[[variant.bands]]
name = "high"
"""
EXAMPLE = """\
[variant.example]
numerator = 1
denominator = 10
value = 0.1
source = "made up"
"""
IMPACT = '[attributes.change_impact]\nupsell_ratio = "Moves it."\n'
PROSE = "[attributes]\n" + "".join(f'{key} = "Prose."\n' for key in ATTRIBUTES if key != "change_impact") + IMPACT
TINY = TOP + VARIANT + BANDS + EXAMPLE + PROSE
