"""The bureau's indicators: formulas as data, facts as of a day and as known at a moment, and the bridge of two reports.

`terms` reads the definitions, `facts` names what they are worked out from, `rules` works them out (pure), `gathering` reads
the facts for a viewer in a bounded number of queries, `bridge` goes from one report to another. Nothing here writes.
"""
