"""The sections of the weekly report: each module has ID, TITLE, `build(week)` and `sentences(section, report)`.

`sentences` looks at nothing but the finished section and the head of the report, so that `verify` can write them again.
"""
