"""debugged.py: a program with a breakpoint."""

answer = 42
print("the program has started")
breakpoint()  # noqa: T100 - its prompt is what the test is about
print("the program goes on")
