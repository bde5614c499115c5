"""How `segments` answers: the cells, what may be shown of them, the model, and the list that is never shown."""
