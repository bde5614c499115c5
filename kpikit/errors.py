"""The errors a user can meet: one class per remedy, each message says who, what was wrong, what would be right."""


class KpikitError(Exception):
    """Any mistake that a message can mend; never a defect of kpikit itself."""


class DefinitionError(KpikitError):
    """Mend the KPI's TOML file, or the way its formula was called."""


class TableError(KpikitError):
    """Mend the data, or say how it is to be read."""


class CaseError(KpikitError):
    """Mend the case: its keys, dates, roles or story."""


class ReportError(KpikitError):
    """Mend the notebook or the place that the report goes to."""
