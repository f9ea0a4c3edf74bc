"""The guest calculator: what a firm would get, asked in bands, answered without log-in by the engine that reviews and pays.

questions   the bands, what is assumed where nothing was asked (policies/estimates/guest.yaml)
answers     what a visitor typed, checked; and the applications at the ends of his bands
outcomes    those applications under every policy of the region, by the engine alone: ranges, reasons, what is missing
supposing   what an open answer would come to if what is open turned out well
"""
