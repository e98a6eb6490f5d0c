"""The explorable page: a network, its samples and its formulas as data, and what shows them.

    page/           the browser's part: plain ES modules, styles, one HTML file
    lesson.py       what a page opens with: a network, samples, a plan
    program.py      both passes, slopes and the update rule as formulas in data
    readings.py     each quantity's derivation as data whose numbers a page fills in
    blocks.py       large networks and graphs: blocks, matrices, elements
    payload.py      a lesson as the JSON that a page opens with
    gallery.py      networks to begin with

A page holds no derivative of its own: what it computes with are the rules themselves, read as
formulas (engine/passes.py, render/formula.py).
"""
