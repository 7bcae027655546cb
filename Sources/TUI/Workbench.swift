import Viz
import CNcurses
