"""The explorable page: a network, its samples and its formulas as data, and what shows them.

    page/           the browser's part: plain ES modules, styles, one HTML file
    lesson.py       what a page opens with: a network, samples, a plan; from files, runs, objects
    spec.py         a lesson as a page asks for one: strict, limited in size
    gallery.py      networks to begin with
    program.py      both passes, slopes and the update rule as formulas in data
    readings.py     each quantity's derivation as data whose numbers a page fills in
                    (variants.py: the passes they are read off; lines.py: their lines and mistakes)
    blocks.py       large networks and graphs: blocks, elements (matrices.py: arrays as pictures)
    payload.py      a lesson as the JSON that a page opens with (sharing.py: repeated parts once)
    frame.py        the page's HTML, with its policy; report.py one file; view.py a notebook's cell
    server.py       the local server (api.py: its answers; export.py: files; runs.py: run folders;
                    connections.py: who may keep one open, and how long)

A page holds no derivative of its own: what it computes with are the rules themselves, read as
formulas (engine/passes.py, render/formula.py).
"""
