"""A desk simulated event by event. Pure: no Django, no clock, no files; seconds in, seconds out.

`axis` lays working hours end to end, `sampling` draws arrivals and lives, `desk` plays them, `figures`
and `stats` say what came of it and how sure that is, `theory` knows what a queue must do by formula.
"""
