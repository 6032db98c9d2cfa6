"""Networks: which devices reach each other over links, what cuts them apart, and how reliable a path is.

Takes a Snapshot, gives paths, single points and probabilities; `reach` says which requirements of the estate hold
only while a path is left, and `expand` turns those into rows of `impact.structure.Structure`.
"""
