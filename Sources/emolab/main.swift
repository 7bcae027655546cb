import Tensors

print(Libraries.blasCore, Libraries.oneDNNVersion)
