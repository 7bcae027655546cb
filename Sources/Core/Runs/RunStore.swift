import Training
import GRDB
