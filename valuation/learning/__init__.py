"""Learning from outcomes: fit a scorecard on an institution's own defaults, and say how far it may be trusted.

Pure: arrays in, values out; no Django, no clock. How a fit is done (least bin, ridge, limits) is data:
`policies/scorecards/_learning.yaml`. Nothing here is money; probabilities and scores are floats.
"""
