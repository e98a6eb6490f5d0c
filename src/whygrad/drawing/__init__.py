"""Drawings, before any format has drawn them: a network, a weight's way, errors that meet."""

from whygrad.drawing.network import drawing_of, meeting_drawing, network_drawing, path_drawing
from whygrad.drawing.parts import Drawing

__all__ = ["Drawing", "drawing_of", "meeting_drawing", "network_drawing", "path_drawing"]
