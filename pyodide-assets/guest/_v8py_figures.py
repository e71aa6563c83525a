"""The backend of matplotlib: draws by Agg, and show() shows. _v8py.py chooses it."""

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

import _v8py_show


class FigureManager(FigureManagerBase):
    @classmethod
    def pyplot_show(cls, *, block=None):
        _v8py_show.show_figures()


class FigureCanvas(FigureCanvasAgg):
    manager_class = FigureManager
