"""The stage of the end-to-end tests: a display, sound devices, a browser with the extension. All real, all private.

Two runs stand side by side: every display number, socket, port and folder is the stage's own. What the stage starts, it
ends, by process id.
"""
