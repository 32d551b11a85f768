"""The part of the grader that runs inside the box, beside the student's code.

Nothing here is secret and nothing here is trusted: a submission may read and change all of it.
"""
