// Reference values from public libraries (Tests/Fixtures/golden), and comparison with them.
import Foundation
import Tensors
import Testing
