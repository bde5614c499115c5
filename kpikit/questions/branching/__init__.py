"""What a KPI is composed of, down to KPIs that count: a change of theirs computed through the formulas, exact."""
